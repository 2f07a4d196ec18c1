//! Why a book refuses a change.

use std::fmt;

use crate::LARGEST_WEIGHT;
use crate::book::{DebtId, MOST_BOOKED};

/// Why a book refuses a change; it is then as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookError {
    /// The debtor or creditor is not in the book.
    NoSuchMember {
        /// The number that no member has.
        member: u32,
    },
    /// A debt of a member to itself.
    OwnDebt {
        /// The member.
        member: u32,
    },
    /// An amount of 0 or over [`LARGEST_AMOUNT`](crate::LARGEST_AMOUNT).
    Amount {
        /// The amount.
        amount: u64,
    },
    /// A weight over [`LARGEST_WEIGHT`] or under its negative.
    Weight {
        /// The weight.
        weight: i32,
    },
    /// The square of the number of members, times the largest weight either way that any debt has
    /// had, would not be under 2^60.
    TooManyMembers {
        /// How many members there would be.
        members: u32,
        /// The largest weight.
        weight: u32,
    },
    /// More than [`MOST_BOOKED`] debts.
    TooManyDebts,
    /// All debts together would be over [`MOST_OWED`](crate::MOST_OWED).
    TooMuchOwed {
        /// What they would come to.
        gross: u128,
    },
    /// The debt is not, or no more, in the book.
    NoSuchDebt {
        /// The debt.
        debt: DebtId,
    },
}

impl fmt::Display for BookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchMember { member } => {
                write!(f, "there is no member {member} in the book: add members first")
            }
            Self::OwnDebt { member } => write!(f, "member {member} can't owe itself"),
            Self::Amount { amount } => {
                write!(f, "an amount is 1 to 2^62, not {amount}; to take a debt out, remove it")
            }
            Self::Weight { weight } => {
                write!(f, "the weight {weight} is beyond {LARGEST_WEIGHT} either way")
            }
            Self::TooManyMembers { members, weight } => write!(
                f,
                "{members} members are too many for weights up to {weight}: \
                 members squared times weight must be under 2^60; use smaller weights"
            ),
            Self::TooManyDebts => write!(f, "a book holds no more than {MOST_BOOKED} debts"),
            Self::TooMuchOwed { gross } => write!(
                f,
                "all debts together would come to {gross}, over 2^80; count in a larger unit"
            ),
            Self::NoSuchDebt { debt } => write!(f, "{debt} is not, or no more, in the book"),
        }
    }
}

impl std::error::Error for BookError {}
