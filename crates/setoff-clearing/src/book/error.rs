//! Why a book refuses a change.

use std::fmt;

/// Why a book refuses a change. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookError {
    NoSuchMember,
    OwnDebt,
    Amount,
    Weight,
    TooManyDebts,
    TooManyMembers,
    TooMuchOwed,
    NoSuchDebt,
}
impl fmt::Display for BookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
impl std::error::Error for BookError {}
