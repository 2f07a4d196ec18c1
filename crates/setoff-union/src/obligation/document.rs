//! The same document is declared once, however often a file is imported.
//!
//! A document is known by debtor, creditor, currency and reference. What is kept of it are 8 bytes
//! of the SHA-256 of these. Should two documents ever have the same 8 bytes, they are told apart by
//! what the obligation says, and only the later one is known again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Stage;
use crate::{CurrencyId, MemberId, ObligationId, State};

/// What a document is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentKey(u64);

impl DocumentKey {
    /// The key of a document between two members.
    #[must_use]
    pub fn new(
        (debtor, creditor): (MemberId, MemberId),
        currency: CurrencyId,
        reference: &str,
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(debtor.0.to_be_bytes());
        hash.update(creditor.0.to_be_bytes());
        hash.update([currency.0]);
        hash.update(reference);
        let head = hash.finalize().into_iter().take(8);
        Self(head.fold(0, |key, byte| key << 8 | u64::from(byte)))
    }
}

/// The obligation of each document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Documents(BTreeMap<DocumentKey, ObligationId>);

impl Documents {
    /// Takes note of a document. One that was withdrawn gives way to its next declaration.
    pub(crate) fn note(&mut self, key: DocumentKey, obligation: ObligationId) {
        self.0.insert(key, obligation);
    }
}

impl State {
    /// The obligation that a document was declared as, unless that was withdrawn.
    #[must_use]
    pub fn declared_as(
        &self,
        key: DocumentKey,
        debtor: MemberId,
        reference: &str,
    ) -> Option<ObligationId> {
        let number = *self.documents.0.get(&key)?;
        let found = &self.obligations()[number.index()];
        let same = found.debtor == debtor && self.reference(found) == reference;
        (same && found.stage != Stage::Withdrawn).then_some(number)
    }
}
