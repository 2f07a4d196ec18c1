//! The writer: opens envelopes, decides, makes durable, applies, answers.

use std::time::Duration;

use jiff::Timestamp;
use setoff_journal::lease::{self, Lease, Takeover};
use setoff_journal::{
    Entry, Envelope, Journal, JournalError, Micros, Salt, SecretKey, SignedCheckpoint, Store,
    StoreError,
};
use setoff_union::{Owner, Refusal, State};

use crate::replay::{Opened, ReplayError, Replayed, Unfit, read};
use crate::submission::UnionId;

/// A union at work, and the only one that writes its journal.
pub struct Node {
    journal: Journal,
    replayed: Replayed,
    operator: SecretKey,
    lease: Lease,
    /// What is in memory may be ahead of what is durable.
    failed: bool,
}

/// What becomes of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is durable and in the state.
    Accepted(Receipt),
    /// It was accepted before, under the same key.
    AcceptedBefore(Receipt),
    /// It changed nothing.
    Rejected(Rejection),
}

/// Where an accepted envelope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its position in the journal.
    pub position: u64,
}

/// Why an envelope was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Before the rules heard of it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// By the rules.
    #[error(transparent)]
    Refused(#[from] Refusal),
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

impl Node {
    /// Takes the lease and replays the journal.
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
        let mut journal = Journal::open(store)?;
        let lease = lease::take(journal.store(), holder, now, term, Takeover::WhenExpired)?;
        let node = Self { replayed: read(&mut journal)?, journal, operator, lease, failed: false };
        if node.union().is_some() && !node.is_the_operators() {
            return Err(NodeError::NotTheOperator);
        }
        Ok(node)
    }

    /// Whether the key that signs checkpoints is one of the operator's that counts.
    fn is_the_operators(&self) -> bool {
        let own = setoff_union::PublicKey(self.operator.public().to_bytes());
        self.state().key_of(&own).is_some_and(|number| {
            let key = self.state().keys().get(number.0 as usize);
            key.is_some_and(|key| key.is_live() && key.owner == Owner::Operator)
        })
    }

    /// The union's state.
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

    /// Answers these envelopes in their order, as one durable append: `salts` has one for each.
    /// Received at `now`, or when the last command was, should a clock have gone back.
    ///
    /// Nothing is answered before it is durable. Gives the checkpoint after them, if there were any
    /// to append.
    ///
    /// # Errors
    /// [`NodeError`]: nothing is acknowledged, and the node must be opened again.
    pub fn submit(
        &mut self,
        envelopes: Vec<(Envelope, Salt)>,
        now: Micros,
    ) -> Result<(Vec<Answer>, Option<SignedCheckpoint>), NodeError> {
        if self.failed {
            return Err(NodeError::Failed);
        }
        // Until what is in memory is durable, or nothing was changed there.
        self.failed = true;
        let last = self.state().last_received().as_microsecond();
        let received = Micros(now.0.max(last));
        let mut answers = Vec::with_capacity(envelopes.len());
        let mut entries = Vec::new();
        for (envelope, salt) in envelopes {
            let position = self.state().position().0;
            match self.decided(&envelope, received) {
                Ok(None) if !self.is_the_operators() => return Err(NodeError::NotTheOperator),
                Ok(None) => {
                    answers.push(Answer::Accepted(Receipt { position }));
                    entries.push(Entry { seq: position, received, salt, envelope });
                }
                Ok(Some(receipt)) => answers.push(Answer::AcceptedBefore(receipt)),
                Err(rejection) => answers.push(Answer::Rejected(rejection)),
            }
        }
        if entries.is_empty() {
            self.failed = false;
            return Ok((answers, None));
        }
        let checkpoint = self.journal.append(self.lease.epoch, &entries, &self.operator)?;
        self.failed = false;
        Ok((answers, Some(checkpoint)))
    }

    /// Applies what an envelope asks for; with a receipt, it was accepted before.
    fn decided(
        &mut self,
        envelope: &Envelope,
        received: Micros,
    ) -> Result<Option<Receipt>, Rejection> {
        let at: Timestamp = crate::replay::time(received)?;
        match self.replayed.open(envelope)? {
            Opened::Again { seq } => Ok(Some(Receipt { position: seq })),
            Opened::New { command, slot } => {
                self.replayed.decided(envelope, &command, slot, at)?;
                Ok(None)
            }
        }
    }

    /// Holds the lease on for `term` from `now`.
    ///
    /// # Errors
    /// [`StoreError::Fenced`]: another has taken it, and this node writes no more.
    pub fn renew(&mut self, now: Micros, term: Duration) -> Result<(), NodeError> {
        self.lease = lease::renew(self.journal.store(), self.lease.epoch, now, term)?;
        Ok(())
    }

    /// Gives the lease back, so that the next writer need not wait.
    ///
    /// # Errors
    /// As [`Node::renew`].
    pub fn close(mut self) -> Result<(), NodeError> {
        Ok(lease::release(self.journal.store(), self.lease.epoch)?)
    }
}
