//! From a journal to the state: every envelope decided once more, in the one way in which it is
//! decided when it comes.

use std::collections::HashMap;
use std::num::NonZero;

use jiff::Timestamp;
use setoff_journal::{Entry, Hash, Journal, JournalError, Limit, Micros};
use setoff_union::{Action, Refusal, State, apply, decide};

use crate::answer::{Rejection, Unfit};
use crate::opening::{Keys, Opened, Ticket, open};
use crate::submission::UnionId;

/// What a journal gives: the state, and what the next submissions are compared with.
#[derive(Default)]
pub struct Replayed {
    /// The union's state.
    pub state: State,
    /// The union; none before it is founded.
    pub union: Option<UnionId>,
    keys: Keys,
    /// How many of the state's keys are in there.
    keys_read: usize,
    /// What came under each key of a submission: at which position, and the hash of its payload.
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

/// An envelope that is in the state.
pub(crate) enum Accepted {
    /// Now, with what it changed.
    New { seq: u64, changes: Vec<setoff_union::Entry> },
    /// Before, at this position.
    Again { seq: u64 },
}

/// Reads a whole journal from its first entry on, without writing. `O(entries)` signatures and
/// decisions; [`Follower`](crate::Follower) begins with the newest snapshot.
///
/// # Errors
/// [`ReplayError`] names the first entry that is not as it was accepted.
pub fn read(journal: &mut Journal) -> Result<Replayed, ReplayError> {
    let mut replayed = Replayed::default();
    replayed.follow(journal)?;
    Ok(replayed)
}

impl Replayed {
    /// With a state that a snapshot gave.
    pub(crate) fn restored(
        state: State,
        union: Option<UnionId>,
        seen: HashMap<Hash, (u64, Hash)>,
    ) -> Self {
        let mut replayed = Self { state, union, seen, ..Self::default() };
        replayed.note_keys();
        replayed
    }

    /// The same, but sharing the table of keys with what was read before.
    pub(crate) fn sharing(mut self, keys: &Keys) -> Self {
        self.keys = keys.clone();
        self.keys_read = 0;
        self.note_keys();
        self
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(crate) fn seen(&self) -> &HashMap<Hash, (u64, Hash)> {
        &self.seen
    }

    /// At which position an envelope was accepted.
    pub(crate) fn position_of(&self, ticket: &Ticket) -> Option<u64> {
        let (seq, payload) = self.seen.get(&ticket.slot)?;
        (*payload == ticket.payload).then_some(*seq)
    }

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
            let opened = opened_at_once(&entries, &self.keys);
            for (entry, opened) in entries.iter().zip(opened) {
                if !wanted(entry) {
                    return Ok(());
                }
                let changes = self.take_opened(entry, opened)?;
                see(changes, &self.state);
            }
        }
        Ok(())
    }

    pub(crate) fn take(&mut self, entry: &Entry) -> Result<Vec<setoff_union::Entry>, ReplayError> {
        self.take_opened(entry, open(&entry.envelope, &self.keys))
    }

    fn take_opened(
        &mut self,
        entry: &Entry,
        opened: Result<Opened, Unfit>,
    ) -> Result<Vec<setoff_union::Entry>, ReplayError> {
        let seq = entry.seq;
        // An entry shortly before it may have brought the key into use.
        let opened = opened.or_else(|_| open(&entry.envelope, &self.keys));
        let accepted =
            opened.map_err(Rejection::from).and_then(|opened| self.accept(&opened, entry.received));
        match accepted {
            Ok(Accepted::New { changes, .. }) => Ok(changes),
            Ok(Accepted::Again { seq: first }) => Err(ReplayError::Twice { seq, first }),
            Err(Rejection::Unfit(why)) => Err(ReplayError::Envelope { seq, why }),
            Err(Rejection::Refused(refusal)) => Err(ReplayError::Refused { seq, refusal }),
        }
    }

    /// Lets the rules decide a command, and applies what it changes if they accept it. Refused, it
    /// leaves no trace.
    pub(crate) fn accept(
        &mut self,
        opened: &Opened,
        received: Micros,
    ) -> Result<Accepted, Rejection> {
        let at = Timestamp::from_microsecond(received.0)
            .map_err(|_| Unfit::NoTime { micros: received.0 })?;
        if let Some(seq) = self.compare(opened)? {
            return Ok(Accepted::Again { seq });
        }
        let seq = self.state.position().0;
        let changes = decide(&self.state, &opened.command, at)?;
        for change in &changes {
            apply(&mut self.state, change);
        }
        debug_assert_eq!(self.state.position().0, seq + 1, "a command is one position");
        let Ticket { slot, payload } = opened.ticket;
        self.seen.insert(slot, (seq, payload));
        self.union.get_or_insert(UnionId(payload));
        self.note_keys();
        Ok(Accepted::New { seq, changes })
    }

    /// Compares a command with what came before; with a position, it was accepted there.
    fn compare(&self, opened: &Opened) -> Result<Option<u64>, Unfit> {
        let Opened { command, union, key, position, ticket } = opened;
        match (*union, self.union) {
            (None, None) if matches!(command.action, Action::Found(_)) => {}
            (Some(found), Some(own)) if found == own => {}
            (Some(found), Some(own)) => return Err(Unfit::OtherUnion { found, own }),
            // The founding once more: answered as the first time.
            (None, Some(own)) if own == UnionId(ticket.payload) => {}
            _ => return Err(Unfit::Founding),
        }
        if let Some(seq) = self.position_of(ticket) {
            return Ok(Some(seq));
        }
        if self.seen.contains_key(&ticket.slot) {
            return Err(Unfit::KeyUsed { key: key.clone() });
        }
        let now = self.state.position().0;
        match *position {
            Some(position) if position != now => Err(Unfit::OutOfDate { position, now }),
            _ => Ok(None),
        }
    }

    fn note_keys(&mut self) {
        self.keys.add(&self.state.keys()[self.keys_read..]);
        self.keys_read = self.state.keys().len();
    }
}

/// Opens entries on all processors: verifying and reading is most of a replay, and needs of what
/// came before only keys.
fn opened_at_once(entries: &[Entry], keys: &Keys) -> Vec<Result<Opened, Unfit>> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = entries.len().div_ceil(threads).max(1);
    let opened = |share: &[Entry]| -> Vec<_> {
        share.iter().map(|entry| open(&entry.envelope, keys)).collect()
    };
    std::thread::scope(|scope| {
        let shares: Vec<_> =
            entries.chunks(share).map(|share| scope.spawn(move || opened(share))).collect();
        let joined = shares.into_iter().flat_map(|share| {
            share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.collect()
    })
}
