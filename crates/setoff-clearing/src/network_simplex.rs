//! Network simplex: the optimiser's second engine, for networks that push-relabel is slow on.
//!
//! # When
//! [`PushRelabel`](crate::push_relabel::PushRelabel) calls it with the set-off, excess and
//! potentials that it has reached, if it sees that its updates bring little. It works on a copy of
//! what changes, so that giving up costs its time and nothing else.
//!
//! # The problem
//! As there: carry all excess to members that lack, through arcs whose flow is between 0 and their
//! amount. Here an arc is a bundle of debts and its flow what is set off of it, so excess moves from
//! its debtor to its creditor as the flow grows. Each member also has an *artificial* arc to or
//! from a root, whose flow is the member's excess or lack: then all is conserved, and it is left to
//! bring the artificial flow to 0.
//!
//! # The method
//! A spanning [tree](tree) of the members and the root; arcs outside it carry nothing or all. With
//! potentials under which every arc of the tree has gain 0, `weight + π(debtor) − π(creditor)`, an
//! arc outside that carries nothing and has a positive gain, or carries all and has a negative one,
//! *enters*: as much as possible is pushed round the circle that it closes with the tree, and an
//! arc that is then empty or full leaves. What hung on that moves to the other end of the one that
//! came, and its potentials with it. When no arc can enter, the flow is optimal.
//!
//! **No endless rounds.** Of several arcs that could leave, the last one on the way round counts, the
//! circle taken from its highest node in the direction of the push. So from every member something
//! could be pushed to the root along the tree (it is *strongly feasible*), and no tree comes twice
//! (W. H. Cunningham, *A network simplex method*, Mathematical Programming 11, 1976).
//!
//! **The start.** All members hang on the root, with the potentials given; those of members that
//! lack are lowered by a *penalty* of 1. So an artificial arc has a cost that makes its gain 0, and
//! the penalty is what it costs to leave something lacking. Then all arcs that are neither empty nor
//! full enter, in their order, whatever their gain. If the given potentials go with the flow, which
//! those of push-relabel do, few others can enter after that.
//!
//! **The penalty** is doubled whenever no arc can enter and something is still lacking: what hangs
//! on members that lack is lowered by as much. A low penalty takes the near ones first and so keeps
//! what is good of the potentials given; with one so high that all is carried at once there were up
//! to 1.4 times as many steps. An optimum without artificial flow is one of the network, whatever
//! the penalty is.
//!
//! **Which arc enters.** The one with the largest gain of a block of half the square root of the
//! number of arcs, then the next block (M. D. Grigoriadis, *An efficient implementation of the
//! network simplex method*, Mathematical Programming Study 26, 1986). The arcs are listed so that
//! neighbours in the list are far apart in the network.
//!
//! # Limits
//! With `n` members and weights up to `w`, potentials given are in `0 ..= n·(w + 1)`. Once the
//! penalty passes the cost of every way, at most `2·n·(w + 1)`, nothing is left lacking (every
//! member leads to those that lack, as [`push_relabel`](crate::push_relabel) says), so it stays
//! below twice that. Potentials differ from the root's by at most those three together, under
//! `6·n·(w + 1)`, and from each other by twice that. Shifts may be made on either side of the tree,
//! so all potentials may drift together; sums are made modulo the stored width, and differences are
//! right as long as they fit, which [`Simplex::fits`] asks.
//!
//! The number of steps has no polynomial bound; the caller gives a budget of work. A step takes
//! `O(n)` time at worst and the search for the arc `O(m)`.

mod tree;

use std::ops::{ControlFlow, Range};

use crate::bundle::index;
use crate::label::Label;
use crate::residual::{Residual, Weights};
use tree::{Amount, NONE, Tree};

/// A tree and the arcs of one component.
pub(crate) struct Simplex<L, W> {
    tree: Tree,
    /// Of all members, and the root's; modulo the width of `L`.
    potentials: Vec<L>,
    ends: Vec<Ends>,
    amounts: Vec<u64>,
    flows: Vec<Flow>,
    weights: W,
    /// Where the members are in the residual network.
    members: Range<u32>,
    /// Where the search for the next arc goes on.
    next: usize,
    work: u64,
}

/// An arc's debtor and creditor.
#[derive(Clone, Copy, Default)]
struct Ends {
    debtor: u32,
    creditor: u32,
}

/// What an arc carries, as a number by which its gain is multiplied to see whether it can enter.
type Flow = i8;
const EMPTY: Flow = 1;
const FULL: Flow = -1;
/// In the tree, which knows how much.
const IN_TREE: Flow = 0;

impl<L: Label, W: Weights> Simplex<L, W> {
    /// Whether potentials of so many members at weights up to `heaviest` can be stored.
    pub(crate) fn fits(members: usize, heaviest: i64) -> bool {
        let members = i64::try_from(members).unwrap_or(i64::MAX);
        members.saturating_mul(16 * (heaviest + 1)) <= L::HIGHEST
    }

    /// Starts with the flow as it is in the residual network, the excess of all members in it, and
    /// potentials of the members of the component.
    pub(crate) fn new(
        residual: &Residual<W>,
        excess: &[i128],
        members: &Range<u32>,
        potentials: impl Iterator<Item = i64>,
    ) -> Self {
        let excess = &excess[index(members.start)..index(members.end)];
        let arcs = members.clone().map(|member| residual.row(member).restoring().len()).sum();
        let mut simplex = Self {
            tree: Tree::star(excess),
            potentials: Vec::with_capacity(excess.len() + 1),
            ends: vec![Ends::default(); arcs],
            amounts: vec![0; arcs],
            flows: vec![EMPTY; arcs],
            weights: W::of_slots(arcs),
            members: members.clone(),
            next: 0,
            work: 0,
        };
        let at_first = |(potential, excess): (i64, &i128)| {
            L::narrow(0).plus(potential - i64::from(*excess < 0))
        };
        simplex.potentials.extend(potentials.zip(excess).map(at_first));
        simplex.potentials.push(L::narrow(0));
        simplex
    }

    /// The numbers of the arcs in the order of the members' rows: those of neighbours are far apart.
    fn numbers(&self) -> impl Iterator<Item = usize> + use<L, W> {
        let arcs = self.ends.len();
        let apart = arcs.isqrt().max(1);
        (0..apart).flat_map(move |start| (start..arcs).step_by(apart))
    }

    /// Lists all arcs, and takes those into the tree that are neither empty nor full. False if
    /// `may_go_on` says so.
    fn list<Break>(
        &mut self,
        residual: &Residual<W>,
        may_go_on: &mut dyn FnMut(u64) -> ControlFlow<Break, bool>,
    ) -> ControlFlow<Break, bool> {
        let mut numbers = self.numbers();
        for member in self.members.clone() {
            for slot in residual.row(member).restoring() {
                let arc = numbers.next().expect("a number for each arc");
                let heads = residual.heads();
                let [debtor, creditor] = [member, heads[slot]].map(|m| m - self.members.start);
                self.ends[arc] = Ends { debtor, creditor };
                let weight = residual.weights().get(slot);
                self.weights.set(arc, i32::try_from(weight).expect("it is stored in i32"));
                let (more, less) = (residual.left(slot), residual.left(residual.mate(slot)));
                self.amounts[arc] = more + less;
                if more == 0 {
                    self.flows[arc] = FULL;
                } else if less > 0 {
                    let grows = self.gain(arc) >= 0;
                    let (ahead, behind) = if grows { (more, less) } else { (less, more) };
                    self.enter(arc, grows, ahead, behind);
                    if !may_go_on(self.work)? {
                        return ControlFlow::Continue(false);
                    }
                }
            }
        }
        ControlFlow::Continue(true)
    }

    /// Brings all excess to 0 at least cost; false if that takes more than `budget` units of work,
    /// each about as long as it takes an update of push-relabel to read an eighth of a slot. Asks
    /// `go_on` after every `often` units.
    pub(crate) fn run<Break>(
        &mut self,
        residual: &Residual<W>,
        budget: u64,
        often: u64,
        go_on: &mut dyn FnMut() -> ControlFlow<Break>,
    ) -> ControlFlow<Break, bool> {
        let mut ask = often;
        let mut may_go_on = |work: u64| {
            if work >= ask {
                ask = work + often;
                go_on()?;
            }
            ControlFlow::Continue(work <= budget)
        };
        if !self.list(residual, &mut may_go_on)? {
            return ControlFlow::Continue(false);
        }
        let mut penalty = 1;
        loop {
            while let Some(arc) = self.find() {
                self.enter(arc, self.flows[arc] == EMPTY, self.amounts[arc], 0);
                if !may_go_on(self.work)? {
                    return ControlFlow::Continue(false);
                }
            }
            let lacking: Vec<u32> = self.tree.lacking().collect();
            if lacking.is_empty() {
                return ControlFlow::Continue(true);
            }
            for member in lacking {
                self.shift(member, NONE, -penalty);
            }
            penalty *= 2;
        }
    }

    #[inline]
    fn gain(&self, arc: usize) -> i64 {
        let Ends { debtor, creditor } = self.ends[arc];
        let (debtor, creditor) = (self.potentials[index(debtor)], self.potentials[index(creditor)]);
        self.weights.get(arc) + debtor.minus(creditor)
    }

    /// The arc with the largest gain of the first block in which any can enter.
    fn find(&mut self) -> Option<usize> {
        let arcs = self.ends.len();
        let block = (arcs.isqrt() / 2).max(10);
        let mut seen = 0;
        while seen < arcs {
            let range = self.next..arcs.min(self.next + block);
            self.next = if range.end == arcs { 0 } else { range.end };
            seen += range.len();
            self.work += range.len() as u64;
            let mut best = (0, None);
            // So that the bounds are checked once a block.
            let rows = self.ends[range.clone()].iter().zip(&self.flows[range.clone()]);
            for (arc, (ends, flow)) in range.zip(rows) {
                let debtor = self.potentials[index(ends.debtor)];
                let creditor = self.potentials[index(ends.creditor)];
                let gain = i64::from(*flow) * (self.weights.get(arc) + debtor.minus(creditor));
                if gain > best.0 {
                    best = (gain, Some(arc));
                }
            }
            if best.1.is_some() {
                return best.1;
            }
        }
        None
    }

    /// Pushes as much as can be round the circle that an arc closes with the tree, in its direction
    /// if its flow is to grow, and takes it into the tree unless it can itself carry no more. It can
    /// carry so much `ahead`, in that direction, and so much `behind`.
    fn enter(&mut self, arc: usize, grows: bool, ahead: u64, behind: u64) {
        let Ends { debtor, creditor } = self.ends[arc];
        let (from, to) = if grows { (debtor, creditor) } else { (creditor, debtor) };
        let Circle { join, leaving, amount } = self.circle(from, to, ahead);
        let Some((top, is_behind)) = leaving else {
            self.tree.push(from, join, Amount::Down(amount), 0);
            self.tree.push(to, join, Amount::Up(amount), 0);
            self.flows[arc] = if grows { FULL } else { EMPTY };
            return;
        };

        // What hangs on `top` moves over to the other end of the arc.
        let (inside, outside) = if is_behind { (to, from) } else { (from, to) };
        let gain = self.gain(arc);
        let moved = self.tree.step(top).size;
        let (its, others) = if is_behind {
            (Amount::Up(amount), Amount::Down(amount))
        } else {
            (Amount::Down(amount), Amount::Up(amount))
        };
        let above = self.tree.step(top).parent;
        self.tree.push(outside, join, others, moved);
        self.tree.push(inside, above, its, 0);
        self.tree.push(above, join, its, moved.wrapping_neg());
        if let Some(left) = self.tree.arc(top) {
            let left = index(left);
            self.flows[left] = if self.open_in_tree(left, top) == 0 { FULL } else { EMPTY };
        }
        self.flows[arc] = IN_TREE;
        let (ahead, behind) = (ahead - amount, behind + amount);
        let rooms = if is_behind { (behind, ahead) } else { (ahead, behind) };
        let number = u32::try_from(arc).expect("slots are numbered in u32");
        self.tree.rehang(top, (inside, outside), number, rooms);
        if gain != 0 {
            let by = if inside == debtor { -gain } else { gain };
            if moved <= self.tree.root() / 2 {
                self.shift(inside, NONE, by);
            } else {
                self.shift(self.tree.root(), inside, -by);
            }
        }
    }

    /// Follows the circle by which `most` could go from `from` over an arc to `to` and back along the
    /// tree.
    fn circle(&mut self, from: u32, to: u32, most: u64) -> Circle {
        let tree = &self.tree;
        let (mut a, mut b) = (from, to);
        let (mut step_a, mut step_b) = (tree.step(a), tree.step(b));
        // The narrowest before the arc, the first in this order; and after it, the last.
        let (mut before, mut after) = ((most, None), (most, None));
        let mut steps = 0;
        while a != b {
            steps += 1;
            if step_a.size <= step_b.size {
                let room = tree.down(a, step_a);
                if room < before.0 {
                    before = (room, Some((a, false)));
                }
                a = step_a.parent;
                step_a = tree.step(a);
            } else {
                let room = tree.up(b, step_b);
                if room <= after.0 {
                    after = (room, Some((b, true)));
                }
                b = step_b.parent;
                step_b = tree.step(b);
            }
        }
        self.work += 4 * steps;
        let (amount, leaving) =
            if after.1.is_some() && after.0 <= before.0 { after } else { before };
        Circle { join: a, leaving, amount }
    }

    /// Adds to the potentials of all that hang on `top`, but not on `without`.
    fn shift(&mut self, top: u32, without: u32, by: i64) {
        let potentials = &mut self.potentials;
        let mut members = 0;
        self.tree.each_below(top, without, |node| {
            let potential = &mut potentials[index(node)];
            *potential = potential.plus(by);
            members += 1;
        });
        self.work += 4 * members;
    }

    /// How much more of an arc in the tree, above `node`, can be set off.
    fn open_in_tree(&self, arc: usize, node: u32) -> u64 {
        let step = self.tree.step(node);
        let is_debtor = self.ends[arc].debtor == node;
        if is_debtor { self.tree.up(node, step) } else { self.tree.down(node, step) }
    }

    /// The members' potentials, of which the lowest is 0.
    pub(crate) fn potentials(&self) -> impl Iterator<Item = i64> {
        let root = self.potentials[self.potentials.len() - 1];
        let members = &self.potentials[..self.potentials.len() - 1];
        let above = move |potential: &L| potential.minus(root);
        let lowest = members.iter().map(above).min().unwrap_or(0);
        members.iter().map(move |potential| above(potential) - lowest)
    }

    /// Sets the flow of all arcs in the residual network.
    pub(crate) fn write(mut self, residual: &mut Residual<W>) {
        // From here on what is left of each.
        let mut left = std::mem::take(&mut self.amounts);
        for (left, flow) in left.iter_mut().zip(&self.flows) {
            *left = if *flow == EMPTY { *left } else { 0 };
        }
        for node in 0..self.tree.root() {
            if let Some(arc) = self.tree.arc(node) {
                left[index(arc)] = self.open_in_tree(index(arc), node);
            }
        }
        let mut numbers = self.numbers();
        for member in self.members.clone() {
            for slot in residual.row(member).restoring() {
                residual.set_left(slot, left[numbers.next().expect("a number for each arc")]);
            }
        }
    }
}

/// What comes of pushing round a circle.
struct Circle {
    /// Its node nearest to the root.
    join: u32,
    /// The member below the arc that leaves, and whether it is passed after the arc that enters;
    /// none if that itself is the narrowest.
    leaving: Option<(u32, bool)>,
    amount: u64,
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;
    use crate::residual::Each;
    use crate::testing::{Draw, strongly_connected};
    use crate::{Debt, Network, Seed, solve, verify};

    /// Networks of one component: a circle of debts through all members, and others.
    fn networks(
        members: std::ops::RangeInclusive<u32>,
        others: std::ops::RangeInclusive<usize>,
        amounts: impl Strategy<Value = u64> + Clone + 'static,
    ) -> impl Strategy<Value = Network> {
        members.prop_flat_map(move |members| {
            let debt = (0..members, 1..members, amounts.clone(), -3..=4);
            let first = (amounts.clone(), -3..=4);
            let circle = prop::collection::vec(first, members as usize..=members as usize);
            (circle, prop::collection::vec(debt, others.clone())).prop_map(
                move |(circle, others)| {
                    let circle = (0..members).zip(circle).map(|(m, (amount, w))| (m, 1, amount, w));
                    let debts = circle.chain(others).map(|(debtor, gap, amount, weight)| Debt {
                        debtor,
                        creditor: (debtor + gap) % members,
                        amount,
                        weight,
                    });
                    Network::new(members, debts.collect()).unwrap()
                },
            )
        })
    }

    /// The largest set-off by this method alone, from a flow and potentials that are drawn.
    fn optimum(network: &Network, draw: u64) -> i128 {
        let (mut residual, mut excess) = strongly_connected::<Each>(network);
        let members = 0..network.members();
        let mut draw = Draw(draw);
        for member in members.clone() {
            for slot in residual.row(member).all() {
                let most = u32::try_from(residual.left(slot)).unwrap_or(u32::MAX - 1);
                let amount = u64::from(draw.below(most + 1));
                if amount > 0 && draw.below(3) == 0 {
                    residual.push(slot, amount);
                    excess[index(member)] -= i128::from(amount);
                    excess[index(residual.heads()[slot])] += i128::from(amount);
                }
            }
        }
        let potentials: Vec<i64> = excess.iter().map(|_| i64::from(draw.below(9))).collect();
        let mut simplex =
            Simplex::<i32, Each>::new(&residual, &excess, &members, potentials.iter().copied());
        let mut go_on = || ControlFlow::<Infallible>::Continue(());
        let ended = simplex.run(&residual, u64::MAX, u64::MAX, &mut go_on);
        assert!(ended == ControlFlow::Continue(true));
        let potentials: Vec<i64> = simplex.potentials().collect();
        simplex.write(&mut residual);

        let mut balance = vec![0; potentials.len()];
        let mut sum = 0;
        for member in members {
            for slot in residual.row(member).restoring() {
                let (left, creditor) = (residual.left(slot), index(residual.heads()[slot]));
                let set_off = residual.left(residual.mate(slot));
                let weight = residual.weights().get(slot);
                let gain = weight + potentials[index(member)] - potentials[creditor];
                assert!(gain <= 0 || left == 0, "what gains is set off whole");
                assert!(gain >= 0 || set_off == 0, "what loses is not set off");
                balance[index(member)] -= i128::from(set_off);
                balance[creditor] += i128::from(set_off);
                sum += i128::from(weight) * i128::from(set_off);
            }
        }
        assert!(balance.iter().all(|balance| *balance == 0), "all is conserved");
        sum
    }

    /// The most of all conserved choices, each tried.
    fn tried(network: &Network) -> i128 {
        fn most(debts: &[Debt], balance: &mut [i64]) -> Option<i128> {
            let Some((debt, others)) = debts.split_first() else {
                return balance.iter().all(|balance| *balance == 0).then_some(0);
            };
            let (debtor, creditor) = (debt.debtor as usize, debt.creditor as usize);
            (0..=i64::try_from(debt.amount).unwrap())
                .filter_map(|amount| {
                    balance[debtor] -= amount;
                    balance[creditor] += amount;
                    let rest = most(others, balance);
                    balance[debtor] += amount;
                    balance[creditor] -= amount;
                    rest.map(|rest| rest + i128::from(debt.weight) * i128::from(amount))
                })
                .max()
        }
        most(network.debts(), &mut vec![0; network.members() as usize]).unwrap()
    }

    proptest! {
        #[test]
        fn finds_the_most_of_all_that_can_be_tried(
            network in networks(2..=4, 0..=4, 1..=3_u64), draw: u64,
        ) {
            prop_assert_eq!(optimum(&network, draw), tried(&network));
        }

        #[test]
        fn finds_what_push_relabel_finds(
            network in networks(2..=40, 0..=200, prop_oneof![1..=9_u64, 1..=1_u64 << 62]),
            draw: u64,
        ) {
            let clearing = solve(&network, Seed::default());
            let verified = verify(&network, &clearing.discharges, &clearing.certificate).unwrap();
            prop_assert_eq!(optimum(&network, draw), verified.weighted);
        }
    }
}
