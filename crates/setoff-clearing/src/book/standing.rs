//! What a book tells: its debts by number, how it stands, and what was taken back.

use std::fmt;
use std::num::NonZeroU64;

/// A debt in a book: no other of the same book ever has the same. Debts added later are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DebtId {
    pub(super) serial: NonZeroU64,
    pub(super) place: u32,
}

/// How a book stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The sum of all debts.
    pub gross: u128,
    /// The sum of all discharges.
    pub cleared: u128,
    /// The weighted sum of all discharges.
    pub weighted: i128,
    /// No set-off of these debts has a larger weighted sum than this.
    pub bound: i128,
}

/// What [`ClearingBook::undo`](crate::ClearingBook::undo) took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// A member had been added; its number is free again.
    Member(u32),
    /// A debt had been added and is gone. Its number is never used again.
    Added(DebtId),
    /// A debt's amount had been changed and is what it was.
    Changed(DebtId),
    /// A debt had been removed and is there again, under its old number.
    Removed(DebtId),
}

impl Standing {
    /// How much more, by weight, a largest set-off can be at most; 0 when this is one.
    #[must_use]
    pub fn gap(&self) -> u128 {
        self.bound.abs_diff(self.weighted)
    }
}

impl fmt::Display for DebtId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "debt {}", self.serial)
    }
}
