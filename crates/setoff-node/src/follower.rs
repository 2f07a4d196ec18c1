//! A journal that is followed: read up to its end, and again when more was appended. Whoever
//! follows can take over the writing.

use std::time::Duration;

use setoff_journal::lease::{self, Takeover};
use setoff_journal::{Journal, Micros, SecretKey, Store};
use setoff_union::State;

use crate::node::{Node, NodeError};
use crate::replay::{ReplayError, Replayed};
use crate::snapshot::{self, Moment};
use crate::submission::UnionId;

/// A union whose journal is read. Any number may follow one journal.
pub struct Follower {
    pub(crate) journal: Journal,
    pub(crate) replayed: Replayed,
    /// The weight of the state when it was last kept.
    pub(crate) kept: u64,
}

/// Who follows does not lead, and goes on following.
pub struct NotLeading {
    /// It can try again.
    pub follower: Follower,
    /// Why not.
    pub why: NodeError,
}

impl Follower {
    /// Begins with the newest good snapshot, or with the first entry where there is none, and reads
    /// to the end. `O(state)` and a signature and a decision for each entry after the snapshot.
    ///
    /// # Errors
    /// [`ReplayError`] names the first entry that is not as it was accepted.
    pub fn open(store: Box<dyn Store>) -> Result<Self, ReplayError> {
        let mut journal = Journal::open(store)?;
        let (replayed, kept) = resumed(&mut journal)?;
        Ok(Self { journal, replayed, kept })
    }

    /// Reads what was appended since.
    ///
    /// # Errors
    /// As [`Follower::open`].
    pub fn follow(&mut self) -> Result<(), ReplayError> {
        self.replayed.follow(&mut self.journal)
    }

    /// The state at the end of what was read.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.replayed.state
    }

    /// Which union it is; none before it is founded.
    #[must_use]
    pub fn union(&self) -> Option<UnionId> {
        self.replayed.union
    }

    /// The journal, for proofs and checkpoints.
    pub fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// Takes the lease from `now` on for `term`, reads what the last writer still appended, and
    /// writes from here on. Nearly all is read before the lease is taken, however long the journal:
    /// read the clock after [`Follower::open`], not before.
    ///
    /// # Errors
    /// [`NotLeading`]: another holds the lease, this is not a key of the operator, or the journal is
    /// damaged.
    pub fn lead(
        mut self,
        operator: SecretKey,
        holder: &str,
        now: Micros,
        term: Duration,
    ) -> Result<Node, Box<NotLeading>> {
        match self.taken(&operator, holder, now, term) {
            Ok(lease) => Ok(Node::leading(self, operator, lease)),
            Err(why) => Err(Box::new(NotLeading { follower: self, why })),
        }
    }

    fn taken(
        &mut self,
        operator: &SecretKey,
        holder: &str,
        now: Micros,
        term: Duration,
    ) -> Result<lease::Lease, NodeError> {
        self.follow()?;
        self.check_operator(operator)?;
        let store = self.journal.store();
        let lease = lease::take(store, holder, now, term, Takeover::WhenExpired)?;
        let ready = self.follow().map_err(NodeError::from);
        let ready = ready.and_then(|()| self.check_operator(operator));
        if let Err(why) = ready {
            // Not given back, the lease ends with its term.
            let _ = lease::release(self.journal.store(), lease.epoch);
            return Err(why);
        }
        Ok(lease)
    }

    /// Whoever writes signs the checkpoints with a key of the operator's that counts.
    fn check_operator(&self, operator: &SecretKey) -> Result<(), NodeError> {
        let mine = self.union().is_none() || is_the_operators(self.state(), operator);
        if mine { Ok(()) } else { Err(NodeError::NotTheOperator) }
    }

    /// Keeps a snapshot if enough happened since the last. One that can't be kept loses nothing.
    pub(crate) fn keep_snapshot(&mut self, moment: Moment) {
        if snapshot::is_due(self.state(), self.kept, moment) {
            let _ = snapshot::keep(&mut self.journal, &self.replayed);
            self.kept = snapshot::weight(self.state());
        }
    }
}

/// What the journal gives, from its newest snapshot on, and the snapshot's weight.
pub(crate) fn resumed(journal: &mut Journal) -> Result<(Replayed, u64), ReplayError> {
    let mut replayed = snapshot::newest(journal)?.unwrap_or_default();
    let kept = snapshot::weight(&replayed.state);
    replayed.follow(journal)?;
    Ok((replayed, kept))
}

/// Whether a key is one of the operator's that counts.
pub(crate) fn is_the_operators(state: &State, key: &SecretKey) -> bool {
    let own = setoff_union::PublicKey(key.public().to_bytes());
    state.key_of(&own).is_some_and(|number| {
        let key = state.keys().get(number.0 as usize);
        key.is_some_and(|key| key.is_live() && key.owner == setoff_union::Owner::Operator)
    })
}
