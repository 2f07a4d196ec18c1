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
//! Group by group the toll is raised until the group keeps its limit: doubled, then by bisection, a
//! solve a step; and again as long as another group was pushed over its limit, [`MOST_SWEEPS`] times
//! at most. At the toll that is just right some circle of changes gains nothing, and the toll is the
//! circle's gain over how often the group's debts are on it: most often a multiple of 1/36. So tolls
//! are tried that are odd multiples of 1/72, where such ties are not, and the bound is taken at the
//! multiple of 1/36 between the one just too low and the one just enough.
//!
//! At these two there are two set-offs. Their difference is taken apart into circles of changes, and as
//! much of each is made as the limits let. Where one group is limited, and the right toll is a multiple
//! of 1/36, all these circles add as much for a unit of the group's limit as the bound allows, and what
//! is missing to the bound in the end is less than what one unit round one of them adds. Set-offs that
//! still exceed a limit after all sweeps give up circles through that group.
//!
//! For the smallest piece, debts of which less would be discharged are held out, and all is done
//! again, until there are none. The bound is that without pieces.

use std::fmt;

use crate::limits::Detours;
use crate::loops::take_out_circles;
use crate::{
    BrokenLimit, Debt, LARGEST_AMOUNT, LARGEST_WEIGHT, Limits, Network, NetworkError, Seed,
    Violation, check_limits, solve, verify,
};

/// Tolls are in this part of a unit.
const SCALE: i64 = 72;

/// How many times all groups' tolls are set.
const MOST_SWEEPS: usize = 4;

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
/// Takes about `2·log2(72·t)` times a solve for each group that needs a toll `t`, in each sweep, and all
/// of that again for each time that debts are held out for the smallest piece.
pub fn clear_within(
    network: &Network,
    limits: &Limits,
    side: &SideLimits,
    seed: Seed,
) -> Result<Within, WithinError> {
    let mut limits = limits.clone();
    let mut best: Option<(i128, BoundProof)> = None;
    loop {
        let problem = Problem::new(network, &limits, side)?;
        let (discharges, bound, proof) = problem.solve(seed)?;
        let (bound, proof) = best.get_or_insert((bound, proof)).clone();
        let too_small: Vec<usize> = problem.too_small(&discharges).collect();
        if too_small.is_empty() {
            let weighted = weighted(network, &discharges);
            return Ok(Within { discharges, weighted, bound, proof });
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

/// The network that limits make, and the groups.
struct Problem<'a> {
    network: &'a Network,
    side: &'a SideLimits,
    detours: Detours,
    gross: u64,
    /// The groups of each member.
    groups_of: Vec<Vec<usize>>,
}

/// A flow through all arcs, and the potentials that prove it best at some tolls.
struct Solved {
    flow: Vec<u64>,
    potentials: Vec<i64>,
}

impl<'a> Problem<'a> {
    fn new(
        network: &'a Network,
        limits: &Limits,
        side: &'a SideLimits,
    ) -> Result<Self, WithinError> {
        let detours =
            Detours::new(network, limits, network.members()).map_err(WithinError::Limit)?;
        let mut groups_of = vec![Vec::new(); network.members() as usize];
        for (group, one) in side.groups.iter().enumerate() {
            for &member in &one.members {
                let groups: Option<&mut Vec<usize>> = groups_of.get_mut(member as usize);
                let groups = groups.ok_or(WithinError::Group { group })?;
                if groups.last() != Some(&group) {
                    groups.push(group);
                }
            }
        }
        let gross = u64::try_from(network.gross()).ok().filter(|sum| *sum <= LARGEST_AMOUNT);
        let gross = gross.ok_or(WithinError::Gross)?;
        Ok(Self { network, side, detours, gross, groups_of })
    }

    /// The network at some tolls: first the debts in their order.
    fn tolled(&self, tolls: &[i64]) -> Result<Network, WithinError> {
        let mut debts = Vec::with_capacity(self.network.debts().len());
        for (place, debt) in self.network.debts().iter().enumerate() {
            let groups = &self.groups_of[debt.debtor as usize];
            let toll: i64 = groups.iter().map(|group| tolls[*group]).sum();
            let weight = SCALE * i64::from(debt.weight) - toll;
            let fits = weight.abs() <= i64::from(LARGEST_WEIGHT);
            let weight = i32::try_from(weight).ok().filter(|_| fits).ok_or(WithinError::Weight)?;
            let debtor = self.detours.start(place, debt.debtor, debt.creditor);
            debts.push(Debt { debtor, weight, ..*debt });
        }
        for (debtor, creditor, most) in self.detours.arcs() {
            let amount = most.min(self.gross);
            if amount > 0 {
                debts.push(Debt { debtor, creditor, amount, weight: 0 });
            }
        }
        Network::new(self.detours.nodes(), debts).map_err(WithinError::Network)
    }

    fn best_at(&self, tolls: &[i64], seed: Seed) -> Result<Solved, WithinError> {
        let network = self.tolled(tolls)?;
        let clearing = solve(&network, seed);
        verify(&network, &clearing.discharges, &clearing.certificate)
            .map_err(WithinError::Unproven)?;
        Ok(Solved { flow: clearing.discharges, potentials: clearing.certificate.potentials })
    }

    /// The bound that tolls and potentials prove, rounded down: sums are whole.
    fn bound(&self, tolls: &[i64], potentials: &[i64]) -> Result<i128, WithinError> {
        let network = self.tolled(tolls)?;
        if potentials.len() != network.members() as usize {
            return Err(WithinError::Bound);
        }
        let potential = |node: u32| i128::from(potentials[node as usize]);
        let mut sum = Some(0_i128);
        for debt in network.debts() {
            let gain = i128::from(debt.weight) + potential(debt.debtor) - potential(debt.creditor);
            let most = gain.max(0).checked_mul(i128::from(debt.amount));
            sum = sum.zip(most).and_then(|(sum, most)| sum.checked_add(most));
        }
        let tolls = tolls.iter().zip(&self.side.groups);
        let paid: i128 = tolls
            .map(|(toll, group)| i128::from(*toll) * i128::from(group.most.min(self.gross)))
            .sum();
        let sum = sum.and_then(|sum| sum.checked_add(paid)).ok_or(WithinError::Bound)?;
        Ok(sum.div_euclid(i128::from(SCALE)))
    }

    /// What is discharged of a group's debts.
    fn owed_by(&self, group: usize, flow: &[u64]) -> u128 {
        let debts = self.network.debts().iter().zip(flow);
        let theirs =
            debts.filter(|(debt, _)| self.groups_of[debt.debtor as usize].contains(&group));
        theirs.map(|(_, discharge)| u128::from(*discharge)).sum()
    }

    fn exceeds(&self, group: usize, flow: &[u64]) -> bool {
        self.owed_by(group, flow) > u128::from(self.side.groups[group].most)
    }

    /// Debts of which something is discharged, but less than the smallest piece.
    fn too_small(&self, discharges: &[u64]) -> impl Iterator<Item = usize> {
        let debts = self.network.debts().iter().zip(discharges).enumerate();
        let is_small = |(debt, &discharge): (&Debt, &u64)| {
            discharge > 0 && discharge < self.side.piece.min(debt.amount)
        };
        debts.filter(move |(_, debt)| is_small(*debt)).map(|(place, _)| place)
    }

    /// Discharges within the groups' limits, the best bound found, and its proof.
    fn solve(&self, seed: Seed) -> Result<(Vec<u64>, i128, BoundProof), WithinError> {
        let mut tolls = vec![0; self.side.groups.len()];
        let mut found = self.best_at(&tolls, seed)?;
        let mut best = self.prove(&tolls, &found)?;
        for _ in 0..MOST_SWEEPS {
            let exceeded = (0..tolls.len()).filter(|group| self.exceeds(*group, &found.flow));
            let exceeded: Vec<usize> = exceeded.collect();
            if exceeded.is_empty() {
                break;
            }
            for group in exceeded {
                found = self.set_toll(group, &mut tolls, found, seed, &mut best)?;
            }
        }
        self.give_up(&mut found.flow);
        found.flow.truncate(self.network.debts().len());
        let (bound, proof) = best;
        Ok((found.flow, bound, proof))
    }

    fn prove(&self, tolls: &[i64], solved: &Solved) -> Result<(i128, BoundProof), WithinError> {
        let bound = self.bound(tolls, &solved.potentials)?;
        let fits = |toll: &i64| u32::try_from(*toll).map_err(|_| WithinError::Weight);
        let tolls = tolls.iter().map(fits).collect::<Result<_, _>>()?;
        Ok((bound, BoundProof { tolls, potentials: solved.potentials.clone() }))
    }

    /// Raises a group's toll to the least at which it keeps its limit, and goes from the set-off there
    /// towards the one at a toll too low as far as the limits let.
    fn set_toll(
        &self,
        group: usize,
        tolls: &mut [i64],
        found: Solved,
        seed: Seed,
        best: &mut (i128, BoundProof),
    ) -> Result<Solved, WithinError> {
        if !self.exceeds(group, &found.flow) {
            return Ok(found);
        }
        let mut too_low = (tolls[group], found);
        let mut enough: Option<(i64, Solved)> = None;
        let mut step = SCALE;
        loop {
            let next = match &enough {
                None => too_low.0 + step,
                Some((high, _)) if high - too_low.0 > 2 => too_low.0 + (high - too_low.0) / 2,
                Some(_) => break,
            };
            step *= 2;
            tolls[group] = next | 1;
            let solved = match self.best_at(tolls, seed) {
                // No higher toll can be tried: circles are given up in the end.
                Err(WithinError::Weight) if enough.is_none() => break,
                solved => solved?,
            };
            if self.exceeds(group, &solved.flow) {
                too_low = (tolls[group], solved);
            } else {
                enough = Some((tolls[group], solved));
            }
        }
        let Some((toll, mut enough)) = enough else {
            tolls[group] = too_low.0;
            return Ok(too_low.1);
        };
        tolls[group] = toll - 1;
        let proven = self.prove(tolls, &self.best_at(tolls, seed)?)?;
        if proven.0 < best.0 {
            *best = proven;
        }
        self.approach(&mut enough.flow, &too_low.1.flow)?;
        Ok(enough)
    }

    /// Changes `flow` towards `other`, circle by circle, as far as it gains and the limits let.
    ///
    /// Any part of the circles of a difference may be changed: every arc changes towards its flow in
    /// `other` and never past it.
    fn approach(&self, flow: &mut [u64], other: &[u64]) -> Result<(), WithinError> {
        let network = self.tolled(&vec![0; self.side.groups.len()])?;
        let more: Vec<bool> = flow.iter().zip(other).map(|(flow, other)| other > flow).collect();
        let mut changes: Vec<u64> = flow.iter().zip(other).map(|(a, b)| a.abs_diff(*b)).collect();
        let ends = |(debt, more): (&Debt, &bool)| {
            if *more { (debt.debtor, debt.creditor) } else { (debt.creditor, debt.debtor) }
        };
        let arcs: Vec<(u32, u32)> = network.debts().iter().zip(&more).map(ends).collect();
        let mut circles = Vec::new();
        take_out_circles(network.members() as usize, &arcs, &mut changes, &mut |circle, amount| {
            circles.push((circle.to_vec(), amount));
        });

        let groups = 0..self.side.groups.len();
        let mut room: Vec<i128> = groups
            .map(|group| {
                let owed = i128::try_from(self.owed_by(group, flow)).unwrap_or(i128::MAX);
                i128::from(self.side.groups[group].most) - owed
            })
            .collect();
        for (circle, amount) in circles {
            let sign = |arc: usize| if more[arc] { 1_i128 } else { -1 };
            let gain: i128 = circle
                .iter()
                .map(|arc| sign(*arc) * i128::from(network.debts()[*arc].weight))
                .sum();
            let mut used = vec![0_i128; room.len()];
            for &arc in circle.iter().filter(|arc| **arc < self.network.debts().len()) {
                for &group in &self.groups_of[self.network.debts()[arc].debtor as usize] {
                    used[group] += sign(arc);
                }
            }
            let limits = room.iter().zip(&used).filter(|(_, used)| **used > 0);
            let most = limits.map(|(room, used)| (room / used).max(0)).min().unwrap_or(i128::MAX);
            let amount = u64::try_from(most).unwrap_or(u64::MAX).min(amount);
            if gain <= 0 || amount == 0 {
                continue;
            }
            for &arc in &circle {
                flow[arc] = if more[arc] { flow[arc] + amount } else { flow[arc] - amount };
            }
            for (room, used) in room.iter_mut().zip(used) {
                *room -= used * i128::from(amount);
            }
        }
        Ok(())
    }

    /// Gives up circles through groups that exceed their limits, until none does.
    fn give_up(&self, flow: &mut [u64]) {
        for group in 0..self.side.groups.len() {
            let limit = u128::from(self.side.groups[group].most);
            let mut excess = self.owed_by(group, flow).saturating_sub(limit);
            if excess == 0 {
                continue;
            }
            let is_theirs = |debt: &Debt| self.groups_of[debt.debtor as usize].contains(&group);
            let debts = self.network.debts();
            let arcs: Vec<(u32, u32)> = debts.iter().map(|d| (d.debtor, d.creditor)).collect();
            // The debts alone are conserved at every member: detours only limit.
            let mut left = flow[..debts.len()].to_vec();
            take_out_circles(
                self.network.members() as usize,
                &arcs,
                &mut left,
                &mut |circle, amount| {
                    let theirs =
                        circle.iter().filter(|arc| is_theirs(&debts[**arc])).count() as u128;
                    if theirs == 0 || excess == 0 {
                        return;
                    }
                    let needed = excess.div_ceil(theirs).min(u128::from(amount));
                    let given_up = u64::try_from(needed).unwrap_or(amount);
                    for &arc in circle {
                        flow[arc] -= given_up;
                    }
                    excess = excess.saturating_sub(theirs * needed);
                },
            );
        }
    }
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
