//! The checker: small, obvious, and without a line of the optimiser.

use crate::{Certificate, Network};

/// What a verified clearing is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The sum of all debts.
    pub gross: u128,
    /// The sum of all discharges: the largest there can be (the largest weighted sum where the
    /// debts have weights).
    pub cleared: u128,
    /// The weighted sum of all discharges.
    pub weighted: u128,
}

/// Why a clearing is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Not one discharge for every debt.
    Discharges,
    /// Not one potential for every member.
    Potentials,
    /// More is discharged than is owed.
    MoreThanOwed {
        /// The debt's place in the network.
        debt: usize,
    },
    /// A member is not discharged of as much as is discharged to it.
    NotConserved {
        /// The member.
        member: u32,
    },
    /// A debt with a positive gain is not discharged whole, or one with a negative gain is
    /// discharged in part: there may be a larger set-off.
    NotOptimal {
        /// The debt's place in the network.
        debt: usize,
    },
}

/// Checks in one pass over the debts that these discharges are feasible, conserved and optimal.
///
/// # Errors
/// The first [`Violation`] found.
pub fn verify(
    _network: &Network,
    _discharges: &[u64],
    _certificate: &Certificate,
) -> Result<Verified, Violation> {
    todo!()
}
