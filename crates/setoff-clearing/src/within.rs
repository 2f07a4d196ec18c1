//! Limits that are not network flow: groups, a whole clearing, and a smallest piece.
//!
//! # The problem
//! Find the largest set-off within [`Limits`] of which, besides,
//!
//! - the debts owed by the members of each *group* are discharged by at most so much together (a group
//!   of all members limits the clearing);
//! - each debt is discharged by nothing, or by at least a smallest *piece*.
//!
//! Both are beyond network flow; with pieces the problem holds the subset-sum problem and is hard. So
//! what is found here is a set-off that keeps all limits, and an upper bound that no set-off within
//! them exceeds. The difference is stated; it is often 0 or a few units.
//!
//! # The bound
//! Give each group `g` a *toll* `t(g) ≥ 0`, which every unit discharged of its debts must pay. For any
//! set-off `f` within the limits, and any potentials,
//!
//! ```text
//! Σ w·f  ≤  Σ (w − tolls)·f + Σ t(g)·limit(g)  ≤  Σ c·max(0, gain) + Σ t(g)·limit(g),
//! ```
//!
//! with gains as everywhere, at the weights less the tolls. (Lagrange; M. L. Fisher, *The Lagrangian
//! relaxation method for solving integer programming problems*, Management Science 27, 1981.) The right
//! side is the bound; tolls and potentials are its proof, which [`check_within`] evaluates.
//!
//! # The method
//! The toll of a group that exceeds its limit is raised until it does not: doubled, then by bisection, a
//! solve a step. Of several such groups it is the one whose toll proves the lowest bound; then the
//! others are looked at again, with that toll, a dozen times at most. At the toll that is just right some circle of changes gains nothing, and the toll is the
//! circle's gain over how often the group's debts are on it: most often a multiple of 1/36. So tolls
//! are tried that are odd multiples of 1/72, where such ties are not, and the bound is taken at the
//! multiple of 1/36 between the one just too low and the one just enough.
//!
//! At these two there are two set-offs. Their difference is taken apart into circles of changes, and as
//! much of each is made as the limits let. Where one group is limited, and the right toll is a multiple
//! of 1/36, all these circles add as much for a unit of the group's limit as the bound allows, and what
//! is missing to the bound in the end is less than what one unit round one of them adds. Set-offs that
//! exceed a limit give up circles through that group; the best of all that are met is taken.
//!
//! For the smallest piece, debts of which less would be discharged are held out, and all is done
//! again, until there are none. The bound is that without pieces.

mod problem;
mod search;

use std::fmt;

use problem::Problem;
use search::Bound;

use crate::{
    BrokenLimit, LARGEST_WEIGHT, Limits, Network, NetworkError, Seed, Violation, check_limits,
};

/// The debts owed by these members are discharged by at most so much together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The debtors.
    pub members: Vec<u32>,
    /// How much, from 0.
    pub most: u64,
}

/// What a set-off must keep to besides [`Limits`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SideLimits {
    /// Groups may have members in common.
    pub groups: Vec<Group>,
    /// Of each debt nothing is discharged, or at least this, or all of it where it is less. 0 and 1 ask
    /// for nothing.
    pub piece: u64,
}

/// A set-off within limits, and how far from the largest it is at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// What is taken off each debt, in the network's order of debts.
    pub discharges: Vec<u64>,
    /// The weighted sum of all discharges.
    pub weighted: i128,
    /// No set-off within the limits has a larger weighted sum.
    pub bound: i128,
    /// The proof of the bound.
    pub proof: BoundProof,
}

/// Tolls and potentials that prove a bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoundProof {
    /// A toll for each group, in 72nds.
    pub tolls: Vec<u32>,
    /// A potential for each node of the network that limits make, at 72 times the weights less the
    /// tolls.
    pub potentials: Vec<i64>,
}

/// Why there is no set-off within limits, or why one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithinError {
    /// A limit names what is not there, or is exceeded.
    Limit(BrokenLimit),
    /// A group names a member that is not there, or exceeds its limit.
    Group {
        /// Its place in [`SideLimits::groups`].
        group: usize,
    },
    /// Less of a debt is discharged than the smallest piece.
    Piece {
        /// The debt's place in the network.
        debt: usize,
    },
    /// All debts together are over 2^62.
    Gross,
    /// 72 times a weight or a toll is over [`LARGEST_WEIGHT`].
    Weight,
    /// The network with its limits is too large.
    Network(NetworkError),
    /// Discharges are more than owed or do not balance, or the optimiser's answer does not verify.
    Unproven(Violation),
    /// The proof is not one for this network, or the bound or the sum is not as claimed.
    Bound,
}

/// A large set-off within limits with its gap.
///
/// # Errors
/// [`WithinError`] if the limits do not fit the network or it is too large.
///
/// Takes about `2·log2(72·t)` times a solve for a group that needs a toll `t`, for each group that exceeds
/// its limit in each round; and all of that again each time that debts are held out for the smallest
/// piece.
pub fn clear_within(
    network: &Network,
    limits: &Limits,
    side: &SideLimits,
    seed: Seed,
) -> Result<Within, WithinError> {
    let mut limits = limits.clone();
    let mut first = None;
    loop {
        let problem = Problem::new(network, &limits, side)?;
        let (discharges, bound) = problem.solve(seed)?;
        // Only the first, before anything was held out, bounds what may be set off.
        let bound = first.get_or_insert(bound);
        let too_small: Vec<usize> = problem.too_small(&discharges).collect();
        if too_small.is_empty() {
            let weighted = weighted(network, &discharges);
            let Bound { most, proof } = bound.clone();
            return Ok(Within { discharges, weighted, bound: most, proof });
        }
        limits.held.extend(too_small);
    }
}

/// Checks a set-off within limits and the proof of its bound, in one pass over the debts.
///
/// # Errors
/// The first thing that is wrong.
pub fn check_within(
    network: &Network,
    limits: &Limits,
    side: &SideLimits,
    within: &Within,
) -> Result<(), WithinError> {
    let discharges = &within.discharges;
    if discharges.len() != network.debts().len() {
        return Err(WithinError::Unproven(Violation::Discharges));
    }
    let mut balances = vec![0_i128; network.members() as usize];
    for (debt, (owed, &discharge)) in network.debts().iter().zip(discharges).enumerate() {
        if discharge > owed.amount {
            return Err(WithinError::Unproven(Violation::MoreThanOwed { debt }));
        }
        balances[owed.debtor as usize] -= i128::from(discharge);
        balances[owed.creditor as usize] += i128::from(discharge);
    }
    if let Some((member, _)) = (0..).zip(balances).find(|(_, balance)| *balance != 0) {
        return Err(WithinError::Unproven(Violation::NotConserved { member }));
    }
    check_limits(network, discharges, limits).map_err(WithinError::Limit)?;
    let problem = Problem::new(network, limits, side)?;
    for (group, limit) in side.groups.iter().enumerate() {
        if problem.owed_by(group, discharges) > u128::from(limit.most) {
            return Err(WithinError::Group { group });
        }
    }
    if let Some(debt) = problem.too_small(discharges).next() {
        return Err(WithinError::Piece { debt });
    }
    let tolls: Vec<i64> = within.proof.tolls.iter().map(|toll| i64::from(*toll)).collect();
    let bound = (tolls.len() == side.groups.len())
        .then(|| problem.bound(&tolls, &within.proof.potentials))
        .ok_or(WithinError::Bound)??;
    let is_as_claimed = bound == within.bound && weighted(network, discharges) == within.weighted;
    if is_as_claimed { Ok(()) } else { Err(WithinError::Bound) }
}

/// The network whose potentials prove a bound: first the debts in their order, at 72 times their
/// weights less the tolls; then the arcs that limits make.
///
/// # Errors
/// [`WithinError`] if limits or proof do not fit the network.
pub fn bound_network(
    network: &Network,
    limits: &Limits,
    side: &SideLimits,
    proof: &BoundProof,
) -> Result<Network, WithinError> {
    let tolls: Vec<i64> = proof.tolls.iter().map(|toll| i64::from(*toll)).collect();
    if tolls.len() != side.groups.len() {
        return Err(WithinError::Bound);
    }
    Problem::new(network, limits, side)?.tolled(&tolls)
}

fn weighted(network: &Network, discharges: &[u64]) -> i128 {
    let debts = network.debts().iter().zip(discharges);
    debts.map(|(debt, &discharge)| i128::from(debt.weight) * i128::from(discharge)).sum()
}

impl fmt::Display for WithinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(limit) => write!(f, "{limit} names what is not there, or is exceeded"),
            Self::Group { group } => {
                write!(f, "group {group} names a member that is not there, or exceeds its limit")
            }
            Self::Piece { debt } => write!(f, "less than the smallest piece of debt {debt}"),
            Self::Gross => write!(f, "all debts together are over 2^62; count in larger units"),
            Self::Weight => write!(
                f,
                "72 times a weight or a toll is over {LARGEST_WEIGHT}: use smaller weights"
            ),
            Self::Network(error) => write!(f, "with its limits: {error}"),
            Self::Unproven(violation) => write!(f, "it does not verify: {violation}"),
            Self::Bound => write!(f, "the bound is not what its proof proves"),
        }
    }
}

impl std::error::Error for WithinError {}
