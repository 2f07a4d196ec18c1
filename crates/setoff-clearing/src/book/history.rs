//! What was changed last, to take it back.

use std::collections::VecDeque;

use crate::Debt;
use crate::book::DebtId;

/// A change, with what it takes to take it back.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// A member was added.
    Member,
    /// A debt was added.
    Added(DebtId),
    /// A debt's amount was changed from this.
    Changed(DebtId, u64),
    /// A debt was removed.
    Removed(DebtId, Debt),
}

/// The latest changes, no more than a limit.
#[derive(Clone)]
pub(super) struct History {
    changes: VecDeque<Change>,
    limit: usize,
}

impl History {
    pub(super) fn with_limit(limit: usize) -> Self {
        Self { changes: VecDeque::new(), limit }
    }

    /// Keeps no more than so many changes, the latest, from now on.
    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.changes.drain(..self.changes.len().saturating_sub(limit));
        self.changes.shrink_to(limit);
    }

    /// Enters a change; the oldest is forgotten when there are too many.
    pub(super) fn enter(&mut self, change: Change) {
        if self.limit == 0 {
            return;
        }
        if self.changes.len() == self.limit {
            self.changes.pop_front();
        }
        self.changes.push_back(change);
    }

    /// Takes the latest change out.
    pub(super) fn take(&mut self) -> Option<Change> {
        self.changes.pop_back()
    }
}
