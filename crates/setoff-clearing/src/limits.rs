//! Limits: at most so much a member or a pair, and debts that are held out.
//!
//! # The network
//! These limits are still network flow. A member that may not have more than `L` of its debts
//! discharged is split in two: what is discharged to it arrives at the member, an arc of weight 0 and
//! limit `L` leads to its *outlet*, and its debts start there. The debts of one member to another that
//! may not be discharged of more than `L` together start at a node of the pair, to which an arc with
//! that limit leads. A debt that is held out starts at a node to which nothing leads.
//!
//! So the same optimiser finds the largest discharge within the limits, and the same certificate
//! proves it: [`Funded::within`](crate::Funded::within) puts limits beside liquidity, and everything
//! that can be asked of a [`Funded`](crate::Funded) holds within them. (All arcs of one circle, a
//! [`Group`](crate::Group)'s debts or a whole clearing can't be limited like that; for those see
//! [`clear_within`](crate::clear_within()).)

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::Network;

/// What may not be exceeded, and what is held out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of two for the same member, the smaller counts.
    pub members: Vec<MemberLimit>,
    /// Of two for the same pair, the smaller counts.
    pub pairs: Vec<PairLimit>,
    /// The places of debts of which nothing is discharged.
    pub held: Vec<usize>,
}

/// At most so much of a member's debts is discharged, in sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberLimit {
    /// The debtor.
    pub member: u32,
    /// How much, from 0.
    pub most: u64,
}

/// At most so much of a member's debts to another is discharged, in sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairLimit {
    /// Who owes.
    pub debtor: u32,
    /// Who is owed.
    pub creditor: u32,
    /// How much, from 0.
    pub most: u64,
}

/// A limit that does not fit its network, or that discharges exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenLimit {
    /// A member's.
    Member {
        /// Its place in [`Limits::members`].
        limit: usize,
    },
    /// A pair's.
    Pair {
        /// Its place in [`Limits::pairs`].
        limit: usize,
    },
    /// A debt that is held out.
    Held {
        /// Its place in [`Limits::held`].
        limit: usize,
    },
}

/// Checks in one pass over the debts that discharges keep the limits. Shares nothing with what finds
/// them.
///
/// # Errors
/// The first [`BrokenLimit`].
pub fn check_limits(
    network: &Network,
    discharges: &[u64],
    limits: &Limits,
) -> Result<(), BrokenLimit> {
    let mut of_members: BTreeMap<u32, u128> = BTreeMap::new();
    let mut of_pairs: BTreeMap<(u32, u32), u128> = BTreeMap::new();
    for (debt, &discharge) in network.debts().iter().zip(discharges) {
        *of_members.entry(debt.debtor).or_default() += u128::from(discharge);
        *of_pairs.entry((debt.debtor, debt.creditor)).or_default() += u128::from(discharge);
    }
    for (limit, one) in limits.members.iter().enumerate() {
        if of_members.get(&one.member).is_some_and(|sum| *sum > u128::from(one.most)) {
            return Err(BrokenLimit::Member { limit });
        }
    }
    for (limit, one) in limits.pairs.iter().enumerate() {
        let sum = of_pairs.get(&(one.debtor, one.creditor));
        if sum.is_some_and(|sum| *sum > u128::from(one.most)) {
            return Err(BrokenLimit::Pair { limit });
        }
    }
    for (limit, &debt) in limits.held.iter().enumerate() {
        if discharges.get(debt).is_some_and(|discharge| *discharge > 0) {
            return Err(BrokenLimit::Held { limit });
        }
    }
    Ok(())
}

/// The nodes and arcs that limits add to a network.
#[derive(Clone, Debug, Default)]
pub(crate) struct Detours {
    outlets: BTreeMap<u32, Detour>,
    pairs: BTreeMap<(u32, u32), Detour>,
    held: BTreeSet<usize>,
    /// Where debts start that are held out.
    dead_end: u32,
    nodes: u32,
}

/// A node on the way, and how much may pass to it.
#[derive(Clone, Copy, Debug)]
struct Detour {
    node: u32,
    most: u64,
}

impl Detours {
    /// Numbers the nodes from `first`, which with all of them must fit `u32`.
    pub(crate) fn new(network: &Network, limits: &Limits, first: u32) -> Result<Self, BrokenLimit> {
        let is_member = |member| member < network.members();
        let mut detours = Self { nodes: first, ..Self::default() };
        for (limit, one) in limits.members.iter().enumerate() {
            if !is_member(one.member) {
                return Err(BrokenLimit::Member { limit });
            }
            let nodes = &mut detours.nodes;
            let outlet = detours.outlets.entry(one.member).or_insert_with(|| new(nodes));
            outlet.most = outlet.most.min(one.most);
        }
        for (limit, one) in limits.pairs.iter().enumerate() {
            if !is_member(one.debtor) || !is_member(one.creditor) {
                return Err(BrokenLimit::Pair { limit });
            }
            let nodes = &mut detours.nodes;
            let pair = detours.pairs.entry((one.debtor, one.creditor));
            let pair = pair.or_insert_with(|| new(nodes));
            pair.most = pair.most.min(one.most);
        }
        for (limit, &debt) in limits.held.iter().enumerate() {
            if debt >= network.debts().len() {
                return Err(BrokenLimit::Held { limit });
            }
            detours.held.insert(debt);
        }
        if !detours.held.is_empty() {
            detours.dead_end = new(&mut detours.nodes).node;
        }
        Ok(detours)
    }

    /// How many nodes there are with these.
    pub(crate) fn nodes(&self) -> u32 {
        self.nodes
    }

    /// Where a debt starts.
    pub(crate) fn start(&self, place: usize, debtor: u32, creditor: u32) -> u32 {
        if self.held.contains(&place) {
            return self.dead_end;
        }
        let pair = self.pairs.get(&(debtor, creditor));
        pair.map_or_else(|| self.outlet(debtor), |pair| pair.node)
    }

    /// From whom to whom how much may pass.
    pub(crate) fn arcs(&self) -> impl Iterator<Item = (u32, u32, u64)> {
        let outlets = self.outlets.iter().map(|(member, to)| (*member, to.node, to.most));
        let pairs = self.pairs.iter();
        let pairs = pairs.map(|((debtor, _), to)| (self.outlet(*debtor), to.node, to.most));
        outlets.chain(pairs)
    }

    fn outlet(&self, member: u32) -> u32 {
        self.outlets.get(&member).map_or(member, |outlet| outlet.node)
    }
}

fn new(nodes: &mut u32) -> Detour {
    let node = *nodes;
    // A number too large is found when all of them are counted.
    *nodes = nodes.saturating_add(1);
    Detour { node, most: u64::MAX }
}

impl fmt::Display for BrokenLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member { limit } => write!(f, "limit {limit} of members"),
            Self::Pair { limit } => write!(f, "limit {limit} of pairs"),
            Self::Held { limit } => write!(f, "number {limit} of the debts held out"),
        }
    }
}

impl std::error::Error for BrokenLimit {}
