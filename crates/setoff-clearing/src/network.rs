//! A network of debts: who owes whom how much.

use std::fmt;

/// The largest amount of one debt.
pub const LARGEST_AMOUNT: u64 = 1 << 62;

/// The largest weight of one debt, and with a minus sign the smallest.
pub const LARGEST_WEIGHT: i32 = 1_000_000;

/// The largest number of debts of one network.
pub const MOST_DEBTS: usize = (1 << 31) - 1;

/// One debt: `debtor` owes `creditor` the `amount`, and a unit of it set off counts `weight`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Debt {
    /// Who owes, a number below [`Network::members`].
    pub debtor: u32,
    /// Who is owed, a number below [`Network::members`] and not the debtor.
    pub creditor: u32,
    /// How much, 1 to [`LARGEST_AMOUNT`].
    pub amount: u64,
    /// What each unit set off is worth, at most [`LARGEST_WEIGHT`] either way; 1 where all debts are
    /// alike.
    ///
    /// Weight 0 is for what may carry a circle without counting, such as a limit of credit; a
    /// negative weight is for what costs to use. Neither is set off for its own sake.
    pub weight: i32,
}

/// Members, numbered from 0, and the debts between them in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    members: u32,
    debts: Vec<Debt>,
}

/// Why a network can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkError {
    /// A debt names a member that is not there.
    NoSuchMember {
        /// The debt's place in the list.
        debt: usize,
    },
    /// A debt of a member to itself.
    OwnDebt {
        /// The debt's place in the list.
        debt: usize,
    },
    /// An amount of 0 or over [`LARGEST_AMOUNT`].
    Amount {
        /// The debt's place in the list.
        debt: usize,
    },
    /// A weight over [`LARGEST_WEIGHT`] or under its negative.
    Weight {
        /// The debt's place in the list.
        debt: usize,
    },
    /// More than [`MOST_DEBTS`] debts.
    TooManyDebts {
        /// How many there are.
        debts: usize,
    },
    /// The square of the number of members, times the largest weight either way, is not under
    /// 2^62: about 2,147,000 members at the weight 1,000,000, or 2,147,000,000 where all weights
    /// are 1.
    TooManyMembers {
        /// How many members there are.
        members: u32,
        /// The largest weight of a debt either way.
        weight: u32,
    },
}

impl Network {
    /// A network of `members` members and these debts.
    ///
    /// Several debts between the same two members are kept apart; a clearing discharges those of
    /// equal weight in the order given here, so put the oldest first.
    ///
    /// # Errors
    /// [`NetworkError`] names the first debt that is not as [`Debt`] says, or the limit of size
    /// that is passed.
    pub fn new(members: u32, debts: Vec<Debt>) -> Result<Self, NetworkError> {
        if debts.len() > MOST_DEBTS {
            return Err(NetworkError::TooManyDebts { debts: debts.len() });
        }
        for (debt, d) in debts.iter().enumerate() {
            if d.debtor >= members || d.creditor >= members {
                return Err(NetworkError::NoSuchMember { debt });
            }
            if d.debtor == d.creditor {
                return Err(NetworkError::OwnDebt { debt });
            }
            if d.amount == 0 || d.amount > LARGEST_AMOUNT {
                return Err(NetworkError::Amount { debt });
            }
            if d.weight.unsigned_abs() > LARGEST_WEIGHT.unsigned_abs() {
                return Err(NetworkError::Weight { debt });
            }
        }
        let weight = debts.iter().map(|debt| debt.weight.unsigned_abs()).max().unwrap_or(1).max(1);
        if u128::from(members) * u128::from(members) * u128::from(weight) >= 1 << 62 {
            return Err(NetworkError::TooManyMembers { members, weight });
        }
        Ok(Self { members, debts })
    }

    /// How many members there are.
    #[must_use]
    pub fn members(&self) -> u32 {
        self.members
    }

    /// The debts in the order given.
    #[must_use]
    pub fn debts(&self) -> &[Debt] {
        &self.debts
    }

    /// The sum of all debts.
    #[must_use]
    pub fn gross(&self) -> u128 {
        self.debts.iter().map(|d| u128::from(d.amount)).sum()
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchMember { debt } => {
                write!(f, "debt {debt} names a member that the network does not have")
            }
            Self::OwnDebt { debt } => write!(f, "debt {debt} is owed by a member to itself"),
            Self::Amount { debt } => write!(f, "debt {debt} has an amount of 0 or over 2^62"),
            Self::Weight { debt } => {
                write!(f, "debt {debt} has a weight beyond {LARGEST_WEIGHT} either way")
            }
            Self::TooManyDebts { debts } => {
                write!(f, "{debts} debts are more than the {MOST_DEBTS} that a network may have")
            }
            Self::TooManyMembers { members, weight } => write!(
                f,
                "{members} members are too many for weights up to {weight}: \
                 members squared times weight must be under 2^62; use smaller weights"
            ),
        }
    }
}

impl std::error::Error for NetworkError {}
