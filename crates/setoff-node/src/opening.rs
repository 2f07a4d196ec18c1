//! Opens envelopes: whose signatures they bear, and what they say.
//!
//! Opening needs nothing of the state but the keys that were ever in use, and those only grow. So
//! whoever hands an envelope in opens it in its own thread, and only the decision is left to the
//! writer. Whether the keys may still sign is decided by the rules.
//!
//! Signatures are verified before the payload is read, since reading is what an attacker could make
//! expensive. Only who founds, applies or hands in a key signs with one that its payload brings
//! along: these payloads are read first, and bounded.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use setoff_journal::{Envelope, EnvelopeError, Hash, KeyId, PublicKey};
use setoff_union::{Action, Actor, Command, Key};

use crate::answer::Unfit;
use crate::submission::{PAYLOAD_TYPE, Submission, SubmissionError, UnionId};

/// The largest application, in bytes.
const LARGEST_APPLICATION: usize = 64 << 10;

/// An envelope that was opened: a command with who signed it, for the rules.
pub(crate) struct Opened {
    pub(crate) command: Command,
    pub(crate) union: Option<UnionId>,
    pub(crate) key: String,
    pub(crate) position: Option<u64>,
    pub(crate) ticket: Ticket,
}

/// By what an envelope is known again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// Of the key of the submission, in the name of whoever gave the command.
    pub(crate) slot: Hash,
    /// Of the payload.
    pub(crate) payload: Hash,
}

/// Every key that was ever in use, by the journal's name for it. Clones share one table.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<RwLock<HashMap<KeyId, PublicKey>>>);

impl Keys {
    /// Adds keys that came into use.
    pub(crate) fn add(&self, keys: &[Key]) {
        if keys.is_empty() {
            return;
        }
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // One that is no point of the curve is refused below; it could sign nothing.
        let keys = keys.iter().filter_map(|key| PublicKey::from_bytes(&key.key.public.0).ok());
        table.extend(keys.map(|key| (key.id(), key)));
    }

    /// Of those who are said to have signed, the ones that are known; nothing before the first key
    /// came into use.
    fn of(&self, envelope: &Envelope) -> Option<HashMap<KeyId, PublicKey>> {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = |id: KeyId| table.get(&id).map(|key| (id, *key));
        let signatures = envelope.signatures().iter();
        (!table.is_empty()).then(|| signatures.filter_map(|s| known(s.key)).collect())
    }
}

/// Opens an envelope.
///
/// # Errors
/// [`Unfit`]: it is not a submission, not rightly signed, or brings keys that are none.
pub(crate) fn open(envelope: &Envelope, keys: &Keys) -> Result<Opened, Unfit> {
    let (payload_type, payload) = (envelope.payload_type(), envelope.payload());
    if payload_type != PAYLOAD_TYPE {
        return Err(SubmissionError::OtherType { found: payload_type.to_owned() }.into());
    }
    if envelope.signatures().is_empty() {
        return Err(EnvelopeError::Unsigned.into());
    }
    let founded = keys.of(envelope);
    let known = founded.clone().unwrap_or_default();
    let all_known = known.len() == envelope.signatures().len();
    if all_known {
        envelope.verify(|id| known.get(&id).copied())?;
    } else if founded.is_some() && payload.len() > LARGEST_APPLICATION {
        let (bytes, most) = (payload.len(), LARGEST_APPLICATION);
        return Err(Unfit::LargeApplication { bytes, most });
    }
    let Submission { union, key, position, mut command } =
        Submission::parse(payload_type, payload)?;
    let brought = brought(&command.action)?;
    let signer = |id: KeyId| known.get(&id).or_else(|| brought.get(&id)).copied();
    if !all_known {
        envelope.verify(signer)?;
    }
    let signers = envelope.signatures().iter().filter_map(|signature| signer(signature.key));
    command.signers = signers.map(|key| setoff_union::PublicKey(key.to_bytes())).collect();
    let ticket = Ticket { slot: slot(&command, &key), payload: Hash::of(&[payload]) };
    Ok(Opened { command, union, key, position, ticket })
}

/// What two submissions share if they bear the same key in the name of the same party. Applicants
/// have no number yet: they are told apart by who signed.
fn slot(command: &Command, key: &str) -> Hash {
    match command.by {
        Actor::Operator => Hash::of(&[b"operator/", key.as_bytes()]),
        Actor::Member(member) => Hash::of(&[b"member/", &member.0.to_be_bytes(), key.as_bytes()]),
        Actor::Applicant => {
            let signers: Vec<u8> = command.signers.iter().flat_map(|key| key.0).collect();
            Hash::of(&[b"applicant/", &Hash::of(&[&signers]).0, key.as_bytes()])
        }
    }
}

/// The keys that a command hands in, which sign it themselves.
fn brought(action: &Action) -> Result<HashMap<KeyId, PublicKey>, Unfit> {
    let checked = |public: setoff_union::PublicKey| {
        let key = PublicKey::from_bytes(&public.0);
        key.map(|key| (key.id(), key)).map_err(|_| Unfit::NotAKey { key: public })
    };
    action.brought().into_iter().map(checked).collect()
}

/// The key by which a signature of an envelope is to be verified: one that is or was in use, or one
/// that the command hands in.
pub(crate) fn key_of(envelope: &Envelope, keys: &Keys, id: KeyId) -> Option<PublicKey> {
    let in_use = keys.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
    in_use.or_else(|| {
        let submission = Submission::parse(envelope.payload_type(), envelope.payload()).ok()?;
        brought(&submission.command.action).ok()?.get(&id).copied()
    })
}
