//! Of all largest set-offs the one that discharges the most obligations whole.
//!
//! # The problem
//! Among the set-offs with the largest weighted sum, class before class, find one in which as many
//! debts as possible are discharged whole, so that as few as possible stay open. Between one debtor
//! and one creditor the debts that are left open by the optimum are discharged in the order given, as
//! always; so with `C[k]` the sum of the first `k` of them, a sum `F` between the two discharges as
//! many as there are `C[k] ≤ F`. Which pairs get how much is to choose.
//!
//! The problem is NP-hard: let one member owe `A` to each of many, the i-th of whom owes `a[i]` onward,
//! where only `Σ a / 2` comes back; then whether a choice of the `a[i]` fills it exactly decides
//! whether one more debt can be whole (subset sum).
//!
//! # How
//! Branch and bound on what the optimum leaves open ([`face`](crate::face)), exact in whole numbers. A
//! node bounds the sum of every pair; it is solved with the number of whole debts replaced by the
//! least concave function above it, which is a clearing between bounds ([`bounded`](crate::bounded)).
//! Its flow is itself a largest set-off, so every node gives one; its potentials give a bound. Worths
//! of a unit are fractions there, which the optimiser gets as whole multiples of a small part: rounding
//! them costs sharpness and no correctness, as the bound is computed from the potentials alone.
//!
//! The search ends after a number of nodes that follows from the size of the network. Then the best
//! set-off found comes with the proven bound that the search has reached.

use std::ops::ControlFlow;

use crate::bounded::{Arc, Kept, Part, balances, change, keep_to_bounds};
use crate::budget::Budget;
use crate::classes::{free_debts, solve_classes};
use crate::face::{self, Free};
use crate::network::LARGEST_WEIGHT;
use crate::{Certificate, ChoiceError, ClassClearing, Classes, Network, Progress, Seed};

/// How much work the search may be: nodes times pairs and members.
const EFFORT: usize = 400_000;

/// Nodes that are solved, at most.
const MOST_NODES: usize = 10_000;

/// Rounds of looking for a better set-off before the search.
const ROUNDS: usize = 8;

/// The largest set-off that discharges the most debts whole, as far as the search came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FewestClearing {
    /// What is taken off each debt, in the network's order of debts.
    pub discharges: Vec<u64>,
    /// Why no set-off is larger: a certificate for each class.
    pub certificates: Vec<Certificate>,
    /// How many debts are discharged whole.
    pub whole: usize,
    /// No set-off as large discharges more debts whole than this. Equal to `whole` where the search
    /// came to its end.
    pub bound: usize,
    /// Why not: the search in the order in which it is walked.
    pub proof: Vec<FewestProof>,
}

/// A node of the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FewestProof {
    /// Two parts follow: first the one in which fewer than `whole` of the free debts between these
    /// two are discharged whole, then the one in which so many are.
    Split {
        /// Who owes them.
        debtor: u32,
        /// Who is owed them.
        creditor: u32,
        /// How many, at least one.
        whole: usize,
    },
    /// No largest set-off here has more whole debts than, over the pairs' sums `F` within their
    /// bounds, `Σ max(scale·count(F) + (π[debtor] − π[creditor])·F)`, and for all other debts `Σ (π[debtor]
    /// − π[creditor])·f`, divided by `scale`. With the scale 0 the sum is less than 0, and there is no
    /// set-off here.
    Bound {
        /// What one whole debt counts.
        scale: u64,
        /// The potentials `π`, one a member.
        potentials: Vec<i64>,
    },
}

/// Of the largest set-offs of `network` the one with the most debts discharged whole, as far as the
/// search comes, and a proven bound. The search ends soon after `progress` breaks, too.
///
/// # Errors
/// [`ChoiceError`] as in [`solve_classes`].
pub fn solve_fewest(
    network: &Network,
    classes: &Classes,
    seed: Seed,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<FewestClearing, ChoiceError> {
    let ClassClearing { mut discharges, certificates } =
        solve_classes(network, classes, seed, &mut |p| progress(Progress { of: 2 * p.of, ..p }))?;
    let is_free = free_debts(network, classes, &certificates);
    let is_free = |place: usize| is_free[place];
    let mut free = face::free(network, &discharges, is_free, |_| ());
    let pairs = pairs(network, is_free);
    let fixed = network.debts().iter().zip(&discharges).enumerate();
    let fixed = fixed
        .filter(|(place, (debt, discharge))| !is_free(*place) && debt.amount == **discharge)
        .count();

    let arc = |sum: &Free| Arc {
        from: sum.debtor,
        to: sum.creditor,
        low: 0,
        high: sum.amount,
        flow: sum.set_off,
    };
    let arcs: Vec<Arc> = free.iter().map(arc).collect();
    let size = arcs.len() + network.members() as usize + 1;
    let mut search = Search {
        members: network.members() as usize,
        balances: balances(network.members() as usize, &arcs),
        seed,
        scale: scale(&pairs),
        budget: Budget::new((EFFORT / size).clamp(1, MOST_NODES), progress),
        best: arcs.iter().map(|arc| arc.flow).collect(),
        best_whole: 0,
        pairs,
    };
    search.best_whole = search.whole(&arcs);
    search.look_around(&arcs)?;
    let none = vec![0; search.members];
    let (proof, bound) = search.search(arcs, &none)?;
    let bound = fixed + bound.unwrap_or(0).max(search.best_whole);

    for (sum, flow) in free.iter_mut().zip(&search.best) {
        sum.set_off = *flow;
    }
    face::share_out(network, &mut discharges, &free, is_free, |_| ());
    Ok(FewestClearing { discharges, certificates, whole: fixed + search.best_whole, bound, proof })
}

/// For each debtor and creditor the sums of the first free debts between them.
fn pairs(network: &Network, is_free: impl Fn(usize) -> bool) -> Vec<Sums> {
    let debts = network.debts();
    let key = |place: &usize| (debts[*place].debtor, debts[*place].creditor);
    let mut places: Vec<usize> = (0..debts.len()).filter(|place| is_free(*place)).collect();
    places.sort_by_key(key);
    let sums = |alike: &[usize]| {
        let amounts = alike.iter().map(|&place| u128::from(debts[place].amount));
        Sums(
            amounts
                .scan(0, |sum, amount| {
                    *sum += amount;
                    Some(*sum)
                })
                .collect(),
        )
    };
    places.chunk_by(|a, b| key(a) == key(b)).map(sums).collect()
}

/// The sums of the first one, two, … of a pair's free debts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sums(pub(crate) Vec<u128>);

impl Sums {
    /// How many debts a sum discharges whole.
    pub(crate) fn whole(&self, sum: u128) -> usize {
        self.0.partition_point(|first| *first <= sum)
    }

    /// The most of `scale·count(F) + worth·F` for `F` from `low` to `high`. Saturates.
    pub(crate) fn most(&self, (low, high): (u128, u128), scale: u64, worth: i128) -> i128 {
        let value = |sum: u128| {
            let count = i128::try_from(self.whole(sum)).unwrap_or(i128::MAX);
            let sum = i128::try_from(sum).unwrap_or(i128::MAX);
            i128::from(scale).saturating_mul(count).saturating_add(worth.saturating_mul(sum))
        };
        // Between two neighbours of these it only rises or only falls, without a step.
        let steps = self.0.iter().copied().filter(|sum| low < *sum && *sum < high);
        steps.chain([low, high]).map(value).max().unwrap_or(i128::MIN)
    }

    /// The corners of the least concave function above the count, from `low` to `high`.
    fn corners(&self, low: u128, high: u128) -> Vec<(u128, usize)> {
        let steps = self.0.iter().copied().filter(|sum| low < *sum && *sum < high);
        let mut corners: Vec<(u128, usize)> = Vec::new();
        for sum in std::iter::once(low).chain(steps).chain((low < high).then_some(high)) {
            let corner = (sum, self.whole(sum));
            // A corner is none if the way past it is not below it.
            while let [.., one, two] = corners[..]
                && rise(one, two).0 * rise(two, corner).1 <= rise(two, corner).0 * rise(one, two).1
            {
                corners.pop();
            }
            corners.push(corner);
        }
        corners
    }
}

/// How many more are whole from one corner to the next, and for how much.
fn rise(one: (u128, usize), two: (u128, usize)) -> (u128, u128) {
    ((two.1 - one.1) as u128, two.0 - one.0)
}

/// What a whole debt counts, so that a unit of the middle one counts a thousand.
fn scale(pairs: &[Sums]) -> u64 {
    let first = |sums: &Sums| sums.0.first().copied();
    let mut firsts: Vec<u128> = pairs.iter().filter_map(first).collect();
    let middle = firsts.len() / 2;
    if firsts.is_empty() {
        return 1;
    }
    let (_, middle, _) = firsts.select_nth_unstable(middle);
    u64::try_from(*middle * 1000).unwrap_or(u64::MAX).clamp(1, 1 << 50)
}

struct Search<'a> {
    members: usize,
    /// What flows from each member along all arcs, less what flows to it.
    balances: Vec<i128>,
    seed: Seed,
    pairs: Vec<Sums>,
    scale: u64,
    budget: Budget<'a>,
    best: Vec<u128>,
    best_whole: usize,
}

impl Search<'_> {
    /// Searches between the arcs' bounds. Returns the proof, and the most whole debts there can be:
    /// `None` if there is no set-off. `above` are potentials that bound it.
    fn search(
        &mut self,
        mut arcs: Vec<Arc>,
        above: &[i64],
    ) -> Result<(Vec<FewestProof>, Option<usize>), ChoiceError> {
        let by_above = self.bound(&arcs, above);
        if by_above.1 <= Some(self.best_whole) || !self.budget.spend() {
            return Ok(by_above);
        }
        if let Kept::Never(potentials) = keep_to_bounds(self.members, &mut arcs, self.seed)? {
            return Ok((vec![FewestProof::Bound { scale: 0, potentials }], None));
        }
        let potentials = self.solve(&mut arcs, |_, worth| worth)?;
        let by_parts = self.bound(&arcs, &potentials);
        let by_parts = if by_above.1 < by_parts.1 { by_above } else { by_parts };
        if by_parts.1 <= Some(self.best_whole) || self.budget.is_spent() {
            return Ok(by_parts);
        }
        let Some((pair, whole)) = self.most_in_parts(&arcs) else { return Ok(by_parts) };

        let step = self.pairs[pair].0[whole - 1];
        let mut fewer = arcs.clone();
        fewer[pair].high = step - 1;
        let mut as_many = arcs.clone();
        as_many[pair].low = step;
        // The one that is more likely to hold a good set-off first.
        let as_many = self.search(as_many, &potentials)?;
        let fewer = self.search(fewer, &potentials)?;
        let bound = fewer.1.max(as_many.1);
        if bound >= by_parts.1 {
            return Ok(by_parts);
        }
        let Arc { from: debtor, to: creditor, .. } = arcs[pair];
        let mut proof = vec![FewestProof::Split { debtor, creditor, whole }];
        proof.extend(fewer.0);
        proof.extend(as_many.0);
        Ok((proof, bound))
    }

    /// Makes the best of the flow where a unit of a debt counts its part, weighed anew by `weigh` from
    /// the pair and the worth; keeps the set-off if it is the best so far.
    fn solve(
        &mut self,
        arcs: &mut [Arc],
        weigh: impl Fn(usize, i32) -> i32,
    ) -> Result<Vec<i64>, ChoiceError> {
        let mut parts = Vec::new();
        for (number, (arc, sums)) in arcs.iter().zip(&self.pairs).enumerate() {
            for two in sums.corners(arc.low, arc.high).windows(2) {
                let (count, width) = rise(two[0], two[1]);
                let worth = count * u128::from(self.scale) / width;
                let worth = i32::try_from(worth).map_or(LARGEST_WEIGHT, |w| w.min(LARGEST_WEIGHT));
                let weight = weigh(number, worth);
                let flow = arc.flow.clamp(two[0].0, two[1].0);
                let (more, less) = (two[1].0 - flow, flow - two[0].0);
                parts.push(Part { arc: number, more: true, room: more, weight });
                parts.push(Part { arc: number, more: false, room: less, weight: -weight });
            }
        }
        let potentials = change(self.members, arcs, &parts, self.seed)?;
        let whole = self.whole(arcs);
        if whole > self.best_whole {
            self.best_whole = whole;
            self.best = arcs.iter().map(|arc| arc.flow).collect();
        }
        Ok(potentials)
    }

    /// Looks for good set-offs by letting count less, round by round, what is discharged in part.
    fn look_around(&mut self, arcs: &[Arc]) -> Result<(), ChoiceError> {
        let mut arcs = arcs.to_vec();
        let mut halvings = vec![0_u32; arcs.len()];
        for _ in 0..ROUNDS {
            if !self.budget.go_on() {
                break;
            }
            self.solve(&mut arcs, |pair, worth| worth >> halvings[pair].min(31))?;
            let mut in_parts = 0;
            for ((arc, sums), halvings) in arcs.iter().zip(&self.pairs).zip(&mut halvings) {
                if arc.flow > 0 && sums.0.binary_search(&arc.flow).is_err() {
                    *halvings += 1;
                    in_parts += 1;
                }
            }
            if in_parts == 0 {
                break;
            }
        }
        Ok(())
    }

    /// The pair whose sum counts most beyond its whole debts, and which debt it is in part.
    fn most_in_parts(&self, arcs: &[Arc]) -> Option<(usize, usize)> {
        let beyond = |(pair, (arc, sums)): (usize, (&Arc, &Sums))| {
            let whole = sums.whole(arc.flow);
            let before = whole.checked_sub(1).map_or(0, |last| sums.0[last]);
            let next = *sums.0.get(whole)?;
            let (part, amount) = (arc.flow - before, next - before);
            let can_split = part > 0 && next <= arc.high;
            // In millionths; sums are below 2^93.
            can_split.then(|| (part * 1_000_000 / amount, pair, whole + 1))
        };
        let most = arcs.iter().zip(&self.pairs).enumerate().filter_map(beyond).max();
        most.map(|(_, pair, whole)| (pair, whole))
    }

    fn whole(&self, arcs: &[Arc]) -> usize {
        arcs.iter().zip(&self.pairs).map(|(arc, sums)| sums.whole(arc.flow)).sum()
    }

    /// The bound by these potentials, and its proof.
    fn bound(&self, arcs: &[Arc], potentials: &[i64]) -> (Vec<FewestProof>, Option<usize>) {
        let between = arcs.iter().map(|arc| (arc.from, arc.to, (arc.low, arc.high)));
        let most = most(between, &self.pairs, self.scale, (potentials, &self.balances));
        let whole = usize::try_from(most / i128::from(self.scale)).ok();
        let proof = FewestProof::Bound { scale: self.scale, potentials: potentials.to_vec() };
        (vec![proof], whole)
    }
}

/// `Σ max(scale·count(F) + (π[debtor] − π[creditor])·F)` over `F` within the bounds, less `Σ π·balance`.
/// Saturates.
pub(crate) fn most<'a>(
    between: impl Iterator<Item = (u32, u32, (u128, u128))>,
    pairs: impl IntoIterator<Item = &'a Sums>,
    scale: u64,
    (potentials, balances): (&[i64], &[i128]),
) -> i128 {
    let potential = |member: u32| i128::from(potentials[member as usize]);
    let balanced = potentials.iter().zip(balances).fold(0, |sum: i128, (potential, balance)| {
        sum.saturating_sub(i128::from(*potential).saturating_mul(*balance))
    });
    between.zip(pairs).fold(balanced, |sum: i128, ((debtor, creditor, bounds), sums)| {
        let worth = potential(debtor) - potential(creditor);
        sum.saturating_add(sums.most(bounds, scale, worth))
    })
}
