//! The largest set-off of whole obligations: each is discharged whole or not at all.
//!
//! # The problem
//! Find `y[d]` in {0, 1} for every debt `d`, so that at every member the amounts discharged of its
//! debts and of its claims are equal, with the largest `Σ w·c·y`. Already whether anything at all can
//! be set off is the question whether some debts of a member add up to some of its claims, so the
//! problem is NP-hard (subset sum), and no certificate like that of parts exists for all networks.
//!
//! # How
//! Branch and bound, exact in whole numbers throughout: a node of the search decides for some debts
//! that they are discharged or not, and lets the others be discharged in parts. That is an ordinary
//! clearing between bounds ([`bounded`](crate::bounded)); its potentials bound what whole debts can
//! reach. Where a clearing in parts bounds badly, sums often decide: if no choice of a member's open
//! debts adds up to a choice of its claims, nothing below the node is possible; and a debt that is
//! in no such choice, or in every one, is decided. A first set-off comes from debts of equal amounts,
//! which cancel along circles one for one.
//!
//! Of debts that are alike in debtor, creditor, weight and amount the first ones go.
//!
//! The search ends after a number of nodes that follows from the size of the network. Then the
//! largest set-off found comes with the proven bound that the search has reached.
//!
//! # The proof
//! The whole search, node by node ([`WholeProof`]), with the potentials or the member that ended each
//! branch: [`verify_whole`](crate::verify_whole()) walks through it again.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::bounded::{Arc, Kept, Part, change, keep_to_bounds};
use crate::budget::Budget;
use crate::sums::{Decided, decide};
use crate::{ChoiceError, Clearing, Network, Progress, Seed, Stopped, solve_with};

/// How much work the search may be: nodes times debts and members.
const EFFORT: usize = 2_000_000;

/// Nodes that are solved, at most.
const MOST_NODES: usize = 20_000;

/// In larger networks sums are not looked at.
const MOST_SUMMED: usize = 4_000;

/// A set-off of whole debts, and how large one could be at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeClearing {
    /// What is taken off each debt: its amount, or 0.
    pub discharges: Vec<u64>,
    /// The weighted sum of the discharges.
    pub weighted: i128,
    /// No set-off of whole debts has a larger weighted sum than this. Equal to `weighted` where the
    /// search came to its end.
    pub bound: i128,
    /// Why not: the search in the order in which it is walked.
    pub proof: Vec<WholeProof>,
}

/// A node of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WholeProof {
    /// Two parts follow: first the one in which this debt is not discharged, then the one in which
    /// it is.
    Split {
        /// The debt's place in the network.
        debt: usize,
    },
    /// No set-off here exceeds `Σ max(w·c·y + (π[debtor] − π[creditor])·c·y)` over what each `y` may
    /// still be.
    Bound {
        /// The potentials `π`, one a member.
        potentials: Vec<i64>,
    },
    /// There is no set-off here, as `Σ max((π[debtor] − π[creditor])·c·y)` is less than 0.
    None {
        /// The potentials `π`, one a member.
        potentials: Vec<i64>,
    },
    /// There is no set-off here, as no choice of this member's debts adds up to one of its claims.
    Unbalanced {
        /// The member.
        member: u32,
    },
}

/// The largest set-off of whole debts, as far as the search comes, and a proven bound. The search
/// ends soon after `progress` breaks, too.
///
/// # Errors
/// [`ChoiceError::Network`] if the network is at the limit of size, so that changes don't fit.
pub fn solve_whole(
    network: &Network,
    seed: Seed,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<WholeClearing, ChoiceError> {
    let mut tell = |p: Progress| progress(Progress { of: 2 * p.of, ..p });
    let (relaxed, potentials, end) = match solve_with(network, seed, &mut tell) {
        Ok(Clearing { discharges, certificate }) => {
            (discharges, certificate.potentials, ControlFlow::Continue(()))
        }
        Err(Stopped { discharges, certificate }) => {
            (discharges, certificate.potentials, ControlFlow::Break(()))
        }
    };
    let debts = network.debts();
    let arcs = debts.iter().zip(&relaxed).map(|(debt, discharge)| Arc {
        from: debt.debtor,
        to: debt.creditor,
        low: 0,
        high: debt.amount.into(),
        flow: (*discharge).into(),
    });
    let size = debts.len() + network.members() as usize + 1;
    let nodes = (EFFORT / size).clamp(1, MOST_NODES);
    let mut search = Search {
        network,
        seed,
        allowed: vec![Allowed::Either; debts.len()],
        budget: Budget::new(if end.is_break() { 0 } else { nodes }, progress),
        best: equal_amounts(network, seed)?,
        best_weighted: 0,
        touching: if debts.len() <= MOST_SUMMED { touching(network) } else { Vec::new() },
    };
    search.best_weighted = weighted(network, &search.best);
    let dirty = (0..network.members()).collect();
    let (proof, bound) = search.search(arcs.collect(), dirty, &potentials)?;
    let bound = bound.max(search.best_weighted);
    let mut discharges = search.best;
    first_in_turn(network, &mut discharges);
    Ok(WholeClearing { discharges, weighted: search.best_weighted, bound, proof })
}

/// What a debt may still be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    Either,
    No,
    Yes,
}

impl Allowed {
    /// The most of `gain·y`.
    pub(crate) fn most(self, gain: i128) -> i128 {
        match self {
            Self::Either => gain.max(0),
            Self::No => 0,
            Self::Yes => gain,
        }
    }
}

struct Search<'a> {
    network: &'a Network,
    seed: Seed,
    allowed: Vec<Allowed>,
    budget: Budget<'a>,
    best: Vec<u64>,
    best_weighted: i128,
    /// Each member's debts and claims; nothing if sums are not looked at.
    touching: Vec<(Vec<usize>, Vec<usize>)>,
}

impl Search<'_> {
    /// Searches the part that `allowed` leaves, where `dirty` members have something newly decided.
    /// Returns its proof, and the most it can hold. `above` are potentials that bound it.
    fn search(
        &mut self,
        mut arcs: Vec<Arc>,
        dirty: Vec<u32>,
        above: &[i64],
    ) -> Result<(Vec<WholeProof>, i128), ChoiceError> {
        let mut before = Vec::new();
        let mut after = Vec::new();
        let mut decided = Vec::new();
        let found = self.decide(dirty, &mut before, &mut after, &mut decided);
        for &debt in &decided {
            self.bound_arc(&mut arcs, debt);
        }
        let (proof, bound) = if let Some(member) = found {
            (vec![WholeProof::Unbalanced { member }], i128::MIN)
        } else {
            self.search_decided(arcs, above)?
        };
        for debt in decided {
            self.allowed[debt] = Allowed::Either;
        }
        before.extend(proof);
        before.extend(after.into_iter().rev());
        Ok((before, bound))
    }

    /// Decides debts by sums until none is left to decide. Returns a member whose sums can't be equal.
    fn decide(
        &mut self,
        mut dirty: Vec<u32>,
        before: &mut Vec<WholeProof>,
        after: &mut Vec<WholeProof>,
        decided: &mut Vec<usize>,
    ) -> Option<u32> {
        if self.touching.is_empty() {
            return None;
        }
        while let Some(member) = dirty.pop() {
            let (owing, owed) = &self.touching[member as usize];
            let side = |debts: &[usize]| {
                debts
                    .iter()
                    .map(|&debt| (self.network.debts()[debt].amount, self.allowed[debt]))
                    .collect::<Vec<_>>()
            };
            match decide(&side(owing), &side(owed)) {
                Decided::Impossible => return Some(member),
                Decided::Forced(forced) => {
                    for (place, is_yes) in forced {
                        let debt = owing.iter().chain(owed).nth(place);
                        let &debt = debt.expect("places are of the member's debts and claims");
                        before.push(WholeProof::Split { debt });
                        let other = WholeProof::Unbalanced { member };
                        if is_yes { &mut *before } else { &mut *after }.push(other);
                        self.allowed[debt] = if is_yes { Allowed::Yes } else { Allowed::No };
                        decided.push(debt);
                        let owed = self.network.debts()[debt];
                        dirty.extend([owed.debtor, owed.creditor].iter().filter(|m| **m != member));
                    }
                }
            }
        }
        None
    }

    /// Bounds the part by a clearing in parts, and splits it unless that is enough.
    fn search_decided(
        &mut self,
        mut arcs: Vec<Arc>,
        above: &[i64],
    ) -> Result<(Vec<WholeProof>, i128), ChoiceError> {
        let bound = |search: &Self, potentials: &[i64]| {
            let bound = bound(search.network, &search.allowed, 1, potentials);
            (vec![WholeProof::Bound { potentials: potentials.to_vec() }], bound)
        };
        let by_above = bound(self, above);
        if by_above.1 <= self.best_weighted || !self.budget.spend() {
            return Ok(by_above);
        }
        let members = self.network.members() as usize;
        if let Kept::Never(potentials) = keep_to_bounds(members, &mut arcs, self.seed)? {
            return Ok((vec![WholeProof::None { potentials }], i128::MIN));
        }
        let part = |(number, arc): (usize, &Arc)| {
            let weight = self.network.debts()[number].weight;
            [
                Part { arc: number, more: true, room: arc.high - arc.flow, weight },
                Part { arc: number, more: false, room: arc.flow - arc.low, weight: -weight },
            ]
        };
        let parts: Vec<Part> = arcs.iter().enumerate().flat_map(part).collect();
        let potentials = change(members, &mut arcs, &parts, self.seed)?;

        let by_parts = bound(self, &potentials);
        let in_part = |arc: &&Arc| 0 < arc.flow && arc.flow < arc.high;
        let split = arcs.iter().filter(in_part).map(|arc| arc.high).max();
        let split =
            split.and_then(|high| arcs.iter().position(|arc| in_part(&arc) && arc.high == high));
        let Some(debt) = split else {
            // Nothing is in parts: this is the best here.
            if by_parts.1 > self.best_weighted {
                let amount =
                    |arc: &Arc| u64::try_from(arc.flow).expect("at most the debt's amount");
                self.best = arcs.iter().map(amount).collect();
                self.best_weighted = by_parts.1;
            }
            return Ok(by_parts);
        };
        if by_parts.1 <= self.best_weighted || self.budget.is_spent() {
            return Ok(by_parts);
        }

        let yes_first = 2 * arcs[debt].flow >= arcs[debt].high;
        let mut halves: [Option<(Vec<WholeProof>, i128)>; 2] = [None, None];
        for yes in [yes_first, !yes_first] {
            self.allowed[debt] = if yes { Allowed::Yes } else { Allowed::No };
            let mut arcs = arcs.clone();
            self.bound_arc(&mut arcs, debt);
            let ends = self.network.debts()[debt];
            let dirty = vec![ends.debtor, ends.creditor];
            halves[usize::from(yes)] = Some(self.search(arcs, dirty, &potentials)?);
        }
        self.allowed[debt] = Allowed::Either;
        let mut proof = vec![WholeProof::Split { debt }];
        let mut bound = i128::MIN;
        for (half, most) in halves.into_iter().flatten() {
            proof.extend(half);
            bound = bound.max(most);
        }
        if bound >= by_parts.1 {
            // The halves show nothing that is not shown without them.
            return Ok(by_parts);
        }
        Ok((proof, bound))
    }

    fn bound_arc(&self, arcs: &mut [Arc], debt: usize) {
        match self.allowed[debt] {
            Allowed::Either => {}
            Allowed::No => arcs[debt].high = 0,
            Allowed::Yes => arcs[debt].low = arcs[debt].high,
        }
    }
}

/// `Σ max(scale·w·c·y + (π[debtor] − π[creditor])·c·y)` over what each `y` may be.
///
/// Saturates; fewer than 2^31 debts of amounts up to 2^62 and gains up to 2^65 could pass 2^127.
pub(crate) fn bound(
    network: &Network,
    allowed: &[Allowed],
    scale: i32,
    potentials: &[i64],
) -> i128 {
    let potential = |member: u32| i128::from(potentials[member as usize]);
    network.debts().iter().zip(allowed).fold(0, |sum: i128, (debt, allowed)| {
        let gain = i128::from(scale) * i128::from(debt.weight) + potential(debt.debtor)
            - potential(debt.creditor);
        sum.saturating_add(allowed.most(gain.saturating_mul(debt.amount.into())))
    })
}

/// Lets the first go first among debts that are alike in debtor, creditor, weight and amount.
fn first_in_turn(network: &Network, discharges: &mut [u64]) {
    let debts = network.debts();
    let key = |place: &usize| {
        let debt = debts[*place];
        (debt.debtor, debt.creditor, debt.weight, debt.amount)
    };
    let mut places: Vec<usize> = (0..debts.len()).collect();
    places.sort_by_key(key);
    for alike in places.chunk_by(|a, b| key(a) == key(b)) {
        let whole = alike.iter().filter(|place| discharges[**place] > 0).count();
        for (turn, &place) in alike.iter().enumerate() {
            discharges[place] = if turn < whole { debts[place].amount } else { 0 };
        }
    }
}

fn weighted(network: &Network, discharges: &[u64]) -> i128 {
    let debts = network.debts().iter().zip(discharges);
    debts.map(|(debt, discharge)| i128::from(debt.weight) * i128::from(*discharge)).sum()
}

/// Each member's debts and claims.
fn touching(network: &Network) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut touching = vec![(Vec::new(), Vec::new()); network.members() as usize];
    for (place, debt) in network.debts().iter().enumerate() {
        touching[debt.debtor as usize].0.push(place);
        touching[debt.creditor as usize].1.push(place);
    }
    touching
}

/// The largest set-off in which every circle consists of debts of one amount.
fn equal_amounts(network: &Network, seed: Seed) -> Result<Vec<u64>, ChoiceError> {
    let debts = network.debts();
    let mut by_amount: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, debt) in debts.iter().enumerate() {
        by_amount.entry(debt.amount).or_default().push(place);
    }
    let mut discharges = vec![0; debts.len()];
    for (amount, places) in by_amount.into_iter().filter(|(_, places)| places.len() > 1) {
        let arc = |place: &usize| {
            let (from, to) = (debts[*place].debtor, debts[*place].creditor);
            Arc { from, to, low: 0, high: 1, flow: 0 }
        };
        let part = |(arc, place): (usize, &usize)| Part {
            arc,
            more: true,
            room: 1,
            weight: debts[*place].weight,
        };
        let mut arcs: Vec<Arc> = places.iter().map(arc).collect();
        let parts: Vec<Part> = places.iter().enumerate().map(part).collect();
        change(network.members() as usize, &mut arcs, &parts, seed)?;
        for (place, arc) in places.into_iter().zip(arcs) {
            discharges[place] = if arc.flow > 0 { amount } else { 0 };
        }
    }
    Ok(discharges)
}
