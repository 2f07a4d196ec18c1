//! The same document is declared once, however often a file is imported, and the same credit note is
//! given once.
//!
//! A document is known by debtor, creditor, currency and reference. What is kept of it are 8 bytes
//! of the SHA-256 of these. Should two documents ever have the same 8 bytes, they are told apart by
//! what the obligation says, and only the later one is known again.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Stage;
use crate::{CurrencyId, MemberId, ObligationId, State};

/// What a document is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
        Self::head_of(hash)
    }

    /// The key of a credit note on an obligation: that of no declared document, since it begins with
    /// one member on both sides, and nobody owes itself.
    pub(crate) fn of_credit_note(obligation: ObligationId, reference: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update([u8::MAX; 8]);
        hash.update(obligation.0.to_be_bytes());
        hash.update(reference);
        Self::head_of(hash)
    }

    fn head_of(hash: Sha256) -> Self {
        let head = hash.finalize().into_iter().take(8);
        Self(head.fold(0, |key, byte| key << 8 | u64::from(byte)))
    }
}

/// The obligations of each document. Mostly it is one, in a hash table, since a file of a million rows asks it a million
/// times. 12 bytes a document and one for the table, of which at least 7 in 16 places are in use.
///
/// A key is uniform as it is, being part of a SHA-256, and serves as its own hash. Whoever looks for
/// documents that fall into one place of the table has to try some as often as it has places, for
/// each of them, and slows down the search for these alone.
///
/// There are more where a dispute split an obligation, or two claims of one reference came to the
/// same creditor. The first in the table is the smallest number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(DocumentKey, ObligationId)>", into = "Vec<(DocumentKey, ObligationId)>")]
pub(crate) struct Documents {
    first: HashTable<Noted>,
    others: BTreeMap<DocumentKey, BTreeSet<ObligationId>>,
}

/// A document in the table; its key in two halves, so that nothing is lost to alignment.
#[derive(Clone, Copy, Debug)]
struct Noted {
    high: u32,
    low: u32,
    obligation: ObligationId,
}

impl Noted {
    fn key(&self) -> DocumentKey {
        DocumentKey(u64::from(self.high) << 32 | u64::from(self.low))
    }
}

impl Documents {
    /// Takes note of a document. One that was withdrawn gives way to its next declaration.
    pub(crate) fn note(&mut self, key: DocumentKey, obligation: ObligationId) {
        self.others.remove(&key);
        self.set_first(key, obligation);
    }

    /// Takes note of an obligation that has the document as well.
    pub(crate) fn note_another(&mut self, key: DocumentKey, obligation: ObligationId) {
        let Some(first) = self.get(key) else { return self.set_first(key, obligation) };
        if first == obligation {
            return;
        }
        if obligation < first {
            self.set_first(key, obligation);
        }
        self.others.entry(key).or_default().insert(first.max(obligation));
    }

    fn set_first(&mut self, key: DocumentKey, obligation: ObligationId) {
        let same = |noted: &Noted| noted.key() == key;
        match self.first.entry(key.0, same, |noted| noted.key().0) {
            Entry::Occupied(mut noted) => noted.get_mut().obligation = obligation,
            Entry::Vacant(place) => {
                let half = |bits: u64| u32::try_from(bits).expect("it is half of 64 bits");
                let (high, low) = (half(key.0 >> 32), half(key.0 & u64::from(u32::MAX)));
                place.insert(Noted { high, low, obligation });
            }
        }
    }

    fn of(&self, key: DocumentKey) -> impl Iterator<Item = ObligationId> {
        let others = self.others.get(&key).into_iter().flatten().copied();
        self.get(key).into_iter().chain(others)
    }

    fn get(&self, key: DocumentKey) -> Option<ObligationId> {
        self.first.find(key.0, |noted| noted.key() == key).map(|noted| noted.obligation)
    }
}

impl From<Vec<(DocumentKey, ObligationId)>> for Documents {
    fn from(list: Vec<(DocumentKey, ObligationId)>) -> Self {
        let first = HashTable::with_capacity(list.len());
        let mut documents = Self { first, others: BTreeMap::new() };
        for (key, obligation) in list {
            documents.note_another(key, obligation);
        }
        documents
    }
}

/// By key, so that equal states have equal snapshots.
impl From<Documents> for Vec<(DocumentKey, ObligationId)> {
    fn from(documents: Documents) -> Self {
        let first = documents.first.into_iter().map(|noted| (noted.key(), noted.obligation));
        let others = documents.others.into_iter();
        let others = others.flat_map(|(key, these)| these.into_iter().map(move |n| (key, n)));
        let mut list: Self = first.chain(others).collect();
        list.sort_unstable();
        list
    }
}

impl PartialEq for Documents {
    fn eq(&self, other: &Self) -> bool {
        let in_other = |noted: &Noted| other.get(noted.key()) == Some(noted.obligation);
        self.first.len() == other.first.len()
            && self.first.iter().all(in_other)
            && self.others == other.others
    }
}

impl Eq for Documents {}

impl State {
    /// An obligation that a document was declared as, or that was split off from it, and that was not
    /// withdrawn.
    #[must_use]
    pub fn declared_as(
        &self,
        key: DocumentKey,
        debtor: MemberId,
        reference: &str,
    ) -> Option<ObligationId> {
        self.documents.of(key).find(|number| {
            let found = &self.obligations()[number.index()];
            let same = found.debtor == debtor && self.reference(found) == reference;
            same && found.stage != Stage::Withdrawn
        })
    }

    /// Whether an obligation was lowered by a credit note with this reference.
    pub(crate) fn is_credited(&self, obligation: ObligationId, reference: &str) -> bool {
        let key = DocumentKey::of_credit_note(obligation, reference);
        self.documents.get(key) == Some(obligation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_to_the_obligation_that_was_noted_last_and_back_from_a_snapshot() {
        let mut documents = Documents::default();
        for number in 0..1_000 {
            let reference = format!("INV-{}", number % 900);
            let key = DocumentKey::new((MemberId(0), MemberId(1)), CurrencyId(0), &reference);
            documents.note(key, ObligationId(number));
        }

        let list: Vec<(DocumentKey, ObligationId)> = documents.clone().into();
        let restored = Documents::from(list.clone());

        let key = |text| DocumentKey::new((MemberId(0), MemberId(1)), CurrencyId(0), text);
        assert_eq!(documents.get(key("INV-7")), Some(ObligationId(907)));
        assert_eq!(documents.get(key("INV-899")), Some(ObligationId(899)));
        assert_eq!(documents.get(key("INV-900")), None);
        assert_eq!((list.len(), list.is_sorted()), (900, true));
        assert!(restored == documents);
    }

    #[test]
    fn a_document_takes_12_bytes_in_the_table() {
        assert_eq!(size_of::<Noted>(), 12);
    }
}
