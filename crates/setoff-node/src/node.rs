//! The writer: opens envelopes, decides, makes durable, applies, answers.

use std::time::Duration;

use setoff_journal::lease::{self, Lease};
use setoff_journal::{
    Entry, Envelope, Journal, JournalError, Micros, Salt, SecretKey, SignedCheckpoint, Store,
    StoreError,
};
use setoff_union::{Action, State};

use crate::answer::{Answer, Receipt, Rejection, Unfit};
use crate::follower::{Follower, is_the_operators, resumed};
use crate::opening::{Keys, Opened, Ticket, open};
use crate::replay::{Accepted, ReplayError};
use crate::snapshot::Moment;
use crate::submission::UnionId;

/// A union at work, and the only one that writes its journal.
pub struct Node {
    follower: Follower,
    operator: SecretKey,
    lease: Lease,
    /// What is in memory may be ahead of what is durable.
    failed: bool,
}

/// An envelope that waits for its answer; not opened yet, or opened by who handed it in.
pub(crate) struct Waiting {
    pub(crate) envelope: Envelope,
    pub(crate) salt: Salt,
    pub(crate) opened: Option<Opened>,
}

/// Why a node does not work.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The journal can't be read or appended to.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal can't be replayed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// Another holds the lease, or the store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key that would sign checkpoints is not the operator's.
    #[error("this key is not one of the union's operator: start with one that is")]
    NotTheOperator,
    /// An append failed before: what is durable is known only after opening again.
    #[error("an append has failed: open the journal again before going on")]
    Failed,
}

impl NodeError {
    /// Who writes now, if another took the lease.
    #[must_use]
    pub fn fenced_by(&self) -> Option<&str> {
        match self {
            Self::Store(StoreError::Fenced { holder, .. })
            | Self::Journal(JournalError::Store(StoreError::Fenced { holder, .. })) => Some(holder),
            _ => None,
        }
    }
}

impl Node {
    /// Reads the journal, takes the lease, and reads what was appended meanwhile.
    ///
    /// `now` is when this was called. Where reading may take longer than the term, call
    /// [`Follower::open`] and then [`Follower::lead`] with a clock that was read between the two.
    ///
    /// # Errors
    /// [`NodeError`]: another writes, or the journal is damaged.
    pub fn open(
        store: Box<dyn Store>,
        operator: SecretKey,
        holder: &str,
        now: Micros,
        term: Duration,
    ) -> Result<Self, NodeError> {
        let follower = Follower::open(store)?;
        follower.lead(operator, holder, now, term).map_err(|not_leading| not_leading.why)
    }

    pub(crate) fn leading(follower: Follower, operator: SecretKey, lease: Lease) -> Self {
        Self { follower, operator, lease, failed: false }
    }

    /// The union's state.
    #[must_use]
    pub fn state(&self) -> &State {
        self.follower.state()
    }

    /// Which union it is; none before it is founded.
    #[must_use]
    pub fn union(&self) -> Option<UnionId> {
        self.follower.union()
    }

    /// The journal, for proofs and checkpoints.
    pub fn journal(&mut self) -> &mut Journal {
        &mut self.follower.journal
    }

    pub(crate) fn keys(&self) -> &Keys {
        self.follower.replayed.keys()
    }

    pub(crate) fn position_of(&self, ticket: &Ticket) -> Option<u64> {
        self.follower.replayed.position_of(ticket)
    }

    /// Whether an append failed, so that only [`Node::recover`] helps.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// Answers these envelopes in their order, as one durable append: `salts` has one for each.
    /// Received at `now`, or when the last command was, should a clock have gone back.
    ///
    /// Nothing is answered before it is durable. Gives the checkpoint after them, if there were any
    /// to append.
    ///
    /// # Errors
    /// [`NodeError`]: nothing is acknowledged, and [`Node::recover`] or opening again comes first.
    pub fn submit(
        &mut self,
        envelopes: Vec<(Envelope, Salt)>,
        now: Micros,
    ) -> Result<(Vec<Answer>, Option<SignedCheckpoint>), NodeError> {
        let waiting = |(envelope, salt)| Waiting { envelope, salt, opened: None };
        self.answer(envelopes.into_iter().map(waiting).collect(), now)
    }

    pub(crate) fn answer(
        &mut self,
        waiting: Vec<Waiting>,
        now: Micros,
    ) -> Result<(Vec<Answer>, Option<SignedCheckpoint>), NodeError> {
        if self.failed {
            return Err(NodeError::Failed);
        }
        // Until what is in memory is durable, or nothing was changed there.
        self.failed = true;
        let last = self.state().last_received().as_microsecond();
        let received = Micros(now.0.max(last));
        let mut answers = Vec::with_capacity(waiting.len());
        let mut entries = Vec::new();
        for Waiting { envelope, salt, opened } in waiting {
            answers.push(match self.accept(&envelope, opened, received) {
                Ok(Accepted::New { .. }) if !is_the_operators(self.state(), &self.operator) => {
                    return Err(NodeError::NotTheOperator);
                }
                Ok(Accepted::New { seq, .. }) => {
                    entries.push(Entry { seq, received, salt, envelope });
                    Answer::Accepted(Receipt { position: seq })
                }
                Ok(Accepted::Again { seq }) => Answer::AcceptedBefore(Receipt { position: seq }),
                Err(rejection) => Answer::Rejected(rejection),
            });
        }
        if entries.is_empty() {
            self.failed = false;
            return Ok((answers, None));
        }
        let epoch = self.lease.epoch;
        let checkpoint = self.follower.journal.append(epoch, &entries, &self.operator)?;
        self.failed = false;
        Ok((answers, Some(checkpoint)))
    }

    fn accept(
        &mut self,
        envelope: &Envelope,
        opened: Option<Opened>,
        received: Micros,
    ) -> Result<Accepted, Rejection> {
        let opened = match opened {
            Some(opened) => opened,
            None => open(envelope, self.keys())?,
        };
        self.check_keeps_own_key(&opened.command.action)?;
        self.follower.replayed.accept(&opened, received)
    }

    /// The checkpoint after a command is signed with this node's key, so that none ends it.
    fn check_keeps_own_key(&self, action: &Action) -> Result<(), Unfit> {
        let own = setoff_union::PublicKey(self.operator.public().to_bytes());
        match action {
            Action::RevokeKey { key, .. } | Action::RotateKey { old: key, .. } if *key == own => {
                Err(Unfit::NodesKey { key: own })
            }
            _ => Ok(()),
        }
    }

    /// Looks, after an append that failed, at what of it is durable, and goes on from there. Holds
    /// the lease on for `term` from `now`.
    ///
    /// The lease is changed first: that waits until a transaction of this node that may still be
    /// under way in the database has ended, so that nothing becomes durable after the look.
    /// `O(state)`, as opening is.
    ///
    /// # Errors
    /// [`NodeError`]. Where [`NodeError::fenced_by`] names another, the state is what is durable all
    /// the same; after any other error nothing is known.
    pub fn recover(&mut self, now: Micros, term: Duration) -> Result<(), NodeError> {
        let renewed = self.renew(now, term);
        if renewed.as_ref().is_err_and(|why| why.fenced_by().is_none()) {
            return renewed;
        }
        self.failed = true;
        let keys = self.keys().clone();
        let (replayed, kept) = resumed(&mut self.follower.journal)?;
        self.follower.replayed = replayed.sharing(&keys);
        self.follower.kept = kept;
        self.failed = renewed.is_err();
        renewed
    }

    /// Holds the lease on for `term` from `now`.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]: another has taken it, and this node writes no more.
    pub fn renew(&mut self, now: Micros, term: Duration) -> Result<(), NodeError> {
        self.lease = lease::renew(self.follower.journal.store(), self.lease.epoch, now, term)?;
        Ok(())
    }

    /// Keeps a snapshot for the next start, if enough happened since the last. One that can't be
    /// kept loses nothing, so that it is not said.
    pub fn keep_snapshot(&mut self) {
        self.keep_snapshot_at(Moment::Idle);
    }

    pub(crate) fn keep_snapshot_at(&mut self, moment: Moment) {
        if !self.failed {
            self.follower.keep_snapshot(moment);
        }
    }

    /// Keeps a snapshot if it is worth it, and gives the lease back, so that the next writer need
    /// not wait.
    ///
    /// # Errors
    /// As [`Node::renew`].
    pub fn close(mut self) -> Result<(), NodeError> {
        self.keep_snapshot();
        Ok(lease::release(self.follower.journal.store(), self.lease.epoch)?)
    }
}
