//! The checker: small, obvious, and without a line of the optimiser.
//!
//! # Why the certificate proves it
//! Let `f` be conserved discharges and `π` the potentials, and let `gain(d) = w + π[debtor] −
//! π[creditor]`. Summed over all debts, `Σ gain·f = Σ w·f`, because at every member what is set
//! off from it equals what is set off to it and its potential cancels out. That holds for *every*
//! conserved set-off, so the one with the largest `Σ gain·f` has the largest `Σ w·f`. And no
//! `0 ≤ f ≤ amount` has a larger `Σ gain·f` than one that is whole where the gain is positive and
//! nothing where it is negative: which is what is checked here, debt by debt.
//!
//! # What could overflow
//! Nothing: a network has fewer than 2^32 debts of at most 2^62, so sums stay under 2^94, weighted
//! sums under 2^114, and both are kept in 128 bits; potentials may be any `i64`, gains are `i128`. Only a [`gap`]
//! can exceed 128 bits, with potentials that no optimiser makes; it then stays at the largest.

use std::fmt;

use crate::{Certificate, Network};

/// What a verified clearing is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The sum of all debts.
    pub gross: u128,
    /// The sum of all discharges. Where all weights are 1 it is the largest there can be.
    pub cleared: u128,
    /// The weighted sum of all discharges: the largest there can be.
    pub weighted: i128,
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
/// Takes `O(members + debts)` time and 16 bytes a member.
///
/// # Errors
/// The first [`Violation`] found.
pub fn verify(
    network: &Network,
    discharges: &[u64],
    certificate: &Certificate,
) -> Result<Verified, Violation> {
    weigh(network, discharges, certificate, |debt, gain, missed| {
        if gain != 0 && missed > 0 { Err(Violation::NotOptimal { debt }) } else { Ok(()) }
    })
}

/// Checks that these discharges are feasible and conserved, and says by how much more any set-off
/// could be worth at most.
///
/// By the argument above `Σ w·f = Σ gain·f` for every conserved set-off, which is at most
/// `Σ amount·max(0, gain)`, whatever the potentials are. The gap is the difference; it is 0 exactly
/// where [`verify`] finds nothing wrong.
///
/// Takes `O(members + debts)` time and 16 bytes a member.
///
/// # Errors
/// The first [`Violation`] found; never [`Violation::NotOptimal`].
pub fn gap(
    network: &Network,
    discharges: &[u64],
    certificate: &Certificate,
) -> Result<(Verified, u128), Violation> {
    let mut gap = 0_u128;
    let verified = weigh(network, discharges, certificate, |_, gain, missed| {
        gap = gap.saturating_add(gain.unsigned_abs().saturating_mul(u128::from(missed)));
        Ok(())
    })?;
    Ok((verified, gap))
}

/// Checks that discharges are feasible and conserved and adds them up. `judge` hears of each debt,
/// in order, its place, its gain, and how much of it the sign of the gain would have otherwise:
/// what is not discharged where the gain is positive, what is where it is not.
fn weigh(
    network: &Network,
    discharges: &[u64],
    certificate: &Certificate,
    mut judge: impl FnMut(usize, i128, u64) -> Result<(), Violation>,
) -> Result<Verified, Violation> {
    let potentials = &certificate.potentials;
    if discharges.len() != network.debts().len() {
        return Err(Violation::Discharges);
    }
    if potentials.len() != network.members() as usize {
        return Err(Violation::Potentials);
    }

    let mut balances = vec![0_i128; potentials.len()];
    let mut verified = Verified { gross: 0, cleared: 0, weighted: 0 };
    for (debt, (owed, &discharge)) in network.debts().iter().zip(discharges).enumerate() {
        let (debtor, creditor) = (owed.debtor as usize, owed.creditor as usize);
        if discharge > owed.amount {
            return Err(Violation::MoreThanOwed { debt });
        }

        let gain = i128::from(owed.weight) + i128::from(potentials[debtor])
            - i128::from(potentials[creditor]);
        judge(debt, gain, if gain > 0 { owed.amount - discharge } else { discharge })?;

        balances[debtor] -= i128::from(discharge);
        balances[creditor] += i128::from(discharge);
        verified.gross += u128::from(owed.amount);
        verified.cleared += u128::from(discharge);
        verified.weighted += i128::from(owed.weight) * i128::from(discharge);
    }
    match (0..).zip(balances).find(|(_, balance)| *balance != 0) {
        Some((member, _)) => Err(Violation::NotConserved { member }),
        None => Ok(verified),
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Discharges => write!(f, "there is not one discharge for every debt"),
            Self::Potentials => write!(f, "there is not one potential for every member"),
            Self::MoreThanOwed { debt } => {
                write!(f, "more is discharged of debt {debt} than is owed")
            }
            Self::NotConserved { member } => {
                write!(f, "member {member} is not discharged of as much as is discharged to it")
            }
            Self::NotOptimal { debt } => write!(
                f,
                "the potentials ask for more or less to be discharged of debt {debt}: \
                 a larger set-off is not ruled out"
            ),
        }
    }
}

impl std::error::Error for Violation {}
