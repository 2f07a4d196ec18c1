//! From a journal to the state: every envelope decided once more.

use std::collections::HashMap;

use jiff::Timestamp;
use setoff_journal::{
    Entry, Envelope, EnvelopeError, Hash, Journal, JournalError, KeyId, Limit, Micros, PublicKey,
};
use setoff_union::{Action, Actor, Command, Key, Refusal, State, apply, decide};

use crate::submission::{Submission, SubmissionError, UnionId};

/// What a journal gives: the state, and what the next submissions are compared with.
#[derive(Default)]
pub struct Replayed {
    /// The union's state.
    pub state: State,
    /// The union; none before it is founded.
    pub union: Option<UnionId>,
    /// Every key that was ever in use, by the journal's name for it.
    keys: HashMap<KeyId, PublicKey>,
    /// How many of the state's keys are in there.
    keys_read: usize,
    /// What came under each key of a submission, and at which position.
    seen: HashMap<Hash, (u64, Hash)>,
}

/// Why a journal can't be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The journal can't be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An envelope in it is none that was accepted.
    #[error("entry {seq} would not be accepted: {why}")]
    Envelope {
        /// Its position.
        seq: u64,
        /// Why not.
        why: Unfit,
    },
    /// An entry is not there, though the journal has so many.
    #[error("entry {seq} is missing: run the check")]
    Missing {
        /// Its position.
        seq: u64,
    },
    /// An envelope is in it twice, which no writer appends.
    #[error("entry {seq} is entry {first} once more")]
    Twice {
        /// The position of the second.
        seq: u64,
        /// That of the first.
        first: u64,
    },
    /// The rules refuse what they once accepted: the journal or this program is damaged.
    #[error("entry {seq} is refused now: {refusal}")]
    Refused {
        /// Its position.
        seq: u64,
        /// Why.
        refusal: Refusal,
    },
}

/// Why an envelope is refused before the rules hear of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its payload is no submission.
    #[error(transparent)]
    Submission(#[from] SubmissionError),
    /// A signature is not one of a key in use, or not over these bytes.
    #[error(transparent)]
    Signature(#[from] EnvelopeError),
    /// For another union.
    #[error("it is for union {found}, and this is {own}")]
    OtherUnion {
        /// Which it is for.
        found: UnionId,
        /// Which this is.
        own: UnionId,
    },
    /// Founds a union where there is one, or names one where there is none.
    #[error("only the founding of a union, and no other command, names no union")]
    Founding,
    /// The signer knew of fewer commands.
    #[error("it was made when there were {position} commands, and there are {now}: look again")]
    OutOfDate {
        /// What the signer knew of.
        position: u64,
        /// How many there are.
        now: u64,
    },
    /// Another command came under the same key.
    #[error("key `{key}` was used for another command: choose a new one")]
    KeyUsed {
        /// The key.
        key: String,
    },
    /// The time is none that a calendar has.
    #[error("{micros} µs is no time")]
    NoTime {
        /// The time given.
        micros: i64,
    },
}

/// An envelope that was opened.
pub(crate) enum Opened {
    /// A command with who signed it, for the rules.
    New {
        command: Box<Command>,
        /// Of the key of the submission, in the name of whoever gave the command.
        slot: Hash,
    },
    /// The same was accepted before.
    Again {
        /// At which position.
        seq: u64,
    },
}

/// Reads a whole journal, without writing. `O(entries)` signatures and decisions.
///
/// # Errors
/// [`ReplayError`] names the first entry that is not as it was accepted.
pub fn read(journal: &mut Journal) -> Result<Replayed, ReplayError> {
    let mut replayed = Replayed::default();
    replayed.follow(journal)?;
    Ok(replayed)
}

impl Replayed {
    /// Reads what was appended since.
    ///
    /// # Errors
    /// As [`read`].
    pub fn follow(&mut self, journal: &mut Journal) -> Result<(), ReplayError> {
        self.follow_seeing(journal, &mut |_, _| {})
    }

    /// Reads what was appended since, and hands over what each command changed, with the state after
    /// it: views fold over that.
    ///
    /// # Errors
    /// As [`read`].
    pub fn follow_seeing(
        &mut self,
        journal: &mut Journal,
        see: &mut dyn FnMut(Vec<setoff_union::Entry>, &State),
    ) -> Result<(), ReplayError> {
        self.follow_while(journal, &mut |_| true, see)
    }

    /// The same only as long as the next entry is wanted: for the union as it was at a position or
    /// on a date.
    ///
    /// # Errors
    /// As [`read`].
    pub fn follow_while(
        &mut self,
        journal: &mut Journal,
        wanted: &mut dyn FnMut(&Entry) -> bool,
        see: &mut dyn FnMut(Vec<setoff_union::Entry>, &State),
    ) -> Result<(), ReplayError> {
        journal.refresh()?;
        while self.state.position().0 < journal.size() {
            let seq = self.state.position().0;
            let entries = journal.read(seq, Limit::default())?;
            if entries.is_empty() {
                return Err(ReplayError::Missing { seq });
            }
            for entry in entries {
                if !wanted(&entry) {
                    return Ok(());
                }
                let changes = self.take(&entry)?;
                see(changes, &self.state);
            }
        }
        Ok(())
    }

    pub(crate) fn take(&mut self, entry: &Entry) -> Result<Vec<setoff_union::Entry>, ReplayError> {
        let seq = entry.seq;
        let unfit = |why| ReplayError::Envelope { seq, why };
        let at = time(entry.received).map_err(unfit)?;
        match self.open(&entry.envelope).map_err(unfit)? {
            Opened::New { command, slot } => self
                .decided(&entry.envelope, &command, slot, at)
                .map_err(|refusal| ReplayError::Refused { seq, refusal }),
            Opened::Again { seq: first } => Err(ReplayError::Twice { seq, first }),
        }
    }

    /// A key that is or was in use.
    pub(crate) fn key(&self, id: KeyId) -> Option<PublicKey> {
        self.keys.get(&id).copied()
    }

    /// Opens an envelope: what it says, for which union, and whose signatures it bears.
    pub(crate) fn open(&self, envelope: &Envelope) -> Result<Opened, Unfit> {
        let Submission { union, key, position, mut command } =
            Submission::parse(envelope.payload_type(), envelope.payload())?;
        match (union, self.union) {
            (None, None) if matches!(command.action, Action::Found(_)) => {}
            (Some(found), Some(own)) if found == own => {}
            (Some(found), Some(own)) => return Err(Unfit::OtherUnion { found, own }),
            // The founding once more: answered as the first time.
            (None, Some(own)) if own == UnionId::founded_by(envelope.payload()) => {}
            _ => return Err(Unfit::Founding),
        }
        // Keys that the command brings sign it too; whoever else signs has one in use.
        let brought = brought(&command.action);
        let known = |id: KeyId| brought.get(&id).or_else(|| self.keys.get(&id)).copied();
        let signers = envelope.verify(known)?;
        command.signers = signers
            .into_iter()
            .filter_map(known)
            .map(|key| setoff_union::PublicKey(key.to_bytes()))
            .collect();

        let slot = slot(&command, &key);
        if let Some((seq, payload)) = self.seen.get(&slot) {
            if *payload == Hash::of(&[envelope.payload()]) {
                return Ok(Opened::Again { seq: *seq });
            }
            return Err(Unfit::KeyUsed { key });
        }
        let now = self.state.position().0;
        if let Some(position) = position
            && position != now
        {
            return Err(Unfit::OutOfDate { position, now });
        }
        Ok(Opened::New { command: Box::new(command), slot })
    }

    /// Decides a command, and if it is accepted applies what it changes, and gives that.
    pub(crate) fn decided(
        &mut self,
        envelope: &Envelope,
        command: &Command,
        slot: Hash,
        at: Timestamp,
    ) -> Result<Vec<setoff_union::Entry>, Refusal> {
        let seq = self.state.position().0;
        let entries = decide(&self.state, command, at)?;
        for entry in &entries {
            apply(&mut self.state, entry);
        }
        debug_assert_eq!(self.state.position().0, seq + 1, "a command is one position");
        let payload = envelope.payload();
        self.seen.insert(slot, (seq, Hash::of(&[payload])));
        self.union.get_or_insert_with(|| UnionId::founded_by(payload));
        for Key { key, .. } in &self.state.keys()[self.keys_read..] {
            // One that is no point of the curve can sign nothing.
            if let Ok(key) = PublicKey::from_bytes(&key.public.0) {
                self.keys.insert(key.id(), key);
            }
        }
        self.keys_read = self.state.keys().len();
        Ok(entries)
    }
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

/// The keys that a command itself hands in.
pub(crate) fn brought(action: &Action) -> HashMap<KeyId, PublicKey> {
    let keys = action.brought();
    let keys = keys.iter().filter_map(|key| PublicKey::from_bytes(&key.0).ok());
    keys.map(|key| (key.id(), key)).collect()
}

/// The time at which an entry was received.
pub(crate) fn time(received: Micros) -> Result<Timestamp, Unfit> {
    Timestamp::from_microsecond(received.0).map_err(|_| Unfit::NoTime { micros: received.0 })
}
