//! Numbers of things in a union.
//!
//! Each is assigned by [`decide`](crate::decide()) in order, from 0, so that the number is the place
//! in the state's table and the same journal gives the same numbers on every machine.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Refusal;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident($noun:literal);)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The number of the next one where there are `count` already.
            pub(crate) fn next(count: usize) -> Result<Self, Refusal> {
                u32::try_from(count).map(Self).map_err(|_| Refusal::Full { of: $noun.to_owned() })
            }

            /// The place in the state's table.
            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($noun, " {}"), self.0)
            }
        }
    )*};
}

ids! {
    /// A member, or an agent that acts for members.
    MemberId("member");
    /// A signing key.
    KeyId("key");
    /// An obligation.
    ObligationId("obligation");
    /// A proposal that is voted on.
    ProposalId("proposal");
    /// A clearing cycle.
    CycleId("cycle");
    /// A settlement instruction.
    InstructionId("instruction");
    /// An agreement.
    AgreementId("agreement");
}

/// A currency of the union, by its place in the list with which it was founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CurrencyId(pub u8);

impl CurrencyId {
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A place in the union's history: how many commands were accepted before.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "position {}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_numbers_as_fit_into_32_bits() {
        let last = u32::MAX as usize;

        assert_eq!(ObligationId::next(last), Ok(ObligationId(u32::MAX)));
        assert_eq!(
            ObligationId::next(last + 1),
            Err(Refusal::Full { of: "obligation".to_owned() })
        );
    }
}
