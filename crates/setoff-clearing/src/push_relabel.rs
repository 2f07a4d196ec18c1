//! The optimiser's engine: push-relabel at a single, exact scale.
//!
//! # The problem
//! Every debt that is worth something is set off whole at first, the others not at all. That is
//! best for each debt alone, but some members then have an *excess*: more is set off to them than from them. Others lack as much. All excess must
//! be pushed through the [residual network](crate::residual) to members that lack, at least cost,
//! where a unit cancelled on a debt of weight `w` costs `w` and a unit restored gains `w`.
//!
//! # The method
//! This is `refine` of Goldberg and Tarjan (*Finding minimum-cost circulations by successive
//! approximation*, Mathematics of Operations Research 15, 1990, sections 4–6), run once and not
//! along a scale of falling tolerances. All costs are multiplied by a *scale* above the number of
//! the component's members. Each member `u` has a label `L(u)`, and always, on every open slot
//! from `u` to `v`,
//!
//! ```text
//! L(u) ≤ L(v) + scale · cost + 1.
//! ```
//!
//! A slot is *admissible* when equality holds. Members with excess push it through admissible
//! slots (which opens only slots with `L(v) ≤ L(u) − scale·cost − 1`: the invariant stays), and
//! one that has none left raises its label as far as the invariant lets it.
//!
//! **Why the end is optimal.** When no excess is left, look at any circle of open slots that
//! meets no member twice. Summed along it, the labels cancel out: `0 ≤ scale · Σ cost + length`.
//! The length is at most the number of members and so under the scale; the costs are whole; hence
//! `Σ cost ≥ 0`. A conserved set-off that no circle improves is optimal.
//!
//! # Global updates
//! Raising labels one by one is slow where the way is long. So, after every so many slots
//! scanned, all labels are raised at once by the distance from the members that lack, over the
//! lengths `L(v) + scale·cost + 1 − L(u) ≥ 0` (Goldberg, *An efficient implementation of a
//! scaling minimum-cost flow algorithm*, Journal of Algorithms 22, 1997; Cherkassky and Goldberg,
//! *On implementing the push-relabel method for the maximum flow problem*, Algorithmica 19, 1997).
//! After it every member with excess has an admissible way to one that lacks. This is what makes
//! the single scale practical: labels order ways by cost first and by number of steps second.
//!
//! # Limits
//! In a component every member leads, through open slots, to one that lacks as long as there is
//! one (the members that do not would have nothing set off to them from the others and everything
//! set off from them to the others: some of them would lack). One that lacks has never been raised, its label is 0. So with
//! `n` members and weights up to `w` a label never exceeds `n·(w·(n + 1) + 1)`, nor does any sum
//! made here exceed twice that, which [`Network::new`](crate::Network::new) keeps inside `i64`.
//! Excess is `i128`.
//!
//! Goldberg and Tarjan's bound for one refinement is `O(n² m)` from a tolerance that is a constant
//! factor off; from the costs themselves it is `O(n² m w)`. What it really takes is measured:
//! `examples/measure.rs`.

use std::collections::VecDeque;
use std::ops::{ControlFlow, Range};

use crate::bundle::index;
use crate::queue::Queue;
use crate::residual::Residual;

/// The state of the method, for all components.
pub(crate) struct PushRelabel {
    residual: Residual,
    /// What is set off to each member less what is set off from it.
    excess: Vec<i128>,
    /// All excess there is.
    remaining: u128,
    labels: Vec<i64>,
    /// The slot at which each member's scan goes on; those before it are not admissible.
    current: Vec<usize>,
    /// Members with excess, first come, first served.
    active: VecDeque<u32>,
    /// Slots scanned for relabels since the last update.
    scanned: usize,
    /// During an update, the label that each member would get.
    raised: Vec<i64>,
    queue: Queue,
}

/// What is scaled: a component and its scale.
#[derive(Clone)]
struct Component {
    members: Range<u32>,
    scale: i64,
}

/// The open slot over which a label can be raised least.
struct Lowest {
    label: i64,
    slot: usize,
}

impl PushRelabel {
    /// Starts with the excess of each member, as it is when all debts are set off whole.
    pub(crate) fn new(residual: Residual, excess: Vec<i128>) -> Self {
        let members = excess.len();
        Self {
            residual,
            remaining: excess.iter().filter(|excess| **excess > 0).map(|e| e.unsigned_abs()).sum(),
            excess,
            labels: vec![0; members],
            current: vec![0; members],
            active: VecDeque::new(),
            scanned: 0,
            raised: vec![0; members],
            queue: Queue::new(),
        }
    }

    /// All excess there is.
    pub(crate) fn remaining(&self) -> u128 {
        self.remaining
    }

    /// The residual network and the labels.
    pub(crate) fn finish(self) -> (Residual, Vec<i64>) {
        debug_assert!(self.excess.iter().all(|excess| *excess == 0), "all is conserved");
        (self.residual, self.labels)
    }

    /// The number by which the costs of a component with so many members are multiplied.
    pub(crate) fn scale(members: usize) -> i64 {
        i64::try_from(members).expect("members are numbered in u32") + 1
    }

    /// Brings the excess of a component's members to 0 at least cost. Calls `progress` now and
    /// then with [`PushRelabel::remaining`], and stops when it breaks.
    pub(crate) fn run<Break>(
        &mut self,
        members: Range<u32>,
        progress: &mut dyn FnMut(u128) -> ControlFlow<Break>,
    ) -> ControlFlow<Break> {
        let component = Component { scale: Self::scale(members.len()), members };
        let slots = self.residual.rows(&component.members).len();
        while self.excess[index(component.members.start)..index(component.members.end)]
            .iter()
            .any(|excess| *excess > 0)
        {
            self.update(&component);
            progress(self.remaining)?;
            // Measured at 10^6 debts of all families: from a quarter to once the slots makes
            // little difference, twice is slower on most.
            self.discharge_all(&component, slots / 2);
        }
        ControlFlow::Continue(())
    }

    /// Discharges members with excess until none is left or more than `most` slots are scanned.
    fn discharge_all(&mut self, component: &Component, most: usize) {
        self.scanned = 0;
        self.active.clear();
        for member in component.members.clone() {
            self.current[index(member)] = self.residual.row(member).start;
            if self.excess[index(member)] > 0 {
                self.active.push_back(member);
            }
        }
        while self.scanned <= most
            && let Some(member) = self.active.pop_front()
        {
            self.discharge(member, component.scale);
        }
    }

    /// Pushes all excess of a member on, raising its label as needed.
    fn discharge(&mut self, member: u32, scale: i64) {
        let row = self.residual.row(member);
        loop {
            let from = self.current[index(member)];
            let Some(lowest) = self.push_from(member, from..row.end, scale) else {
                return;
            };
            self.relabel(member, lowest, row.start..from, scale);
            self.scanned += row.len();
        }
    }

    /// Pushes excess of a member through its admissible slots among `slots`. If some is left,
    /// says over which of them the label can be raised least.
    fn push_from(&mut self, member: u32, slots: Range<usize>, scale: i64) -> Option<Lowest> {
        let label = self.labels[index(member)];
        let mut excess = self.excess[index(member)];
        let mut lowest = Lowest { label: i64::MAX, slot: slots.end };
        for place in slots {
            let slot = self.residual.slot(place);
            if !slot.is_open() {
                continue;
            }
            let over = self.labels[index(slot.head())] + scale * slot.cost() + 1;
            debug_assert!(over >= label, "the labels keep the invariant");
            if over > label {
                if over < lowest.label {
                    lowest = Lowest { label: over, slot: place };
                }
                continue;
            }
            let amount = u64::try_from(excess).unwrap_or(u64::MAX).min(self.residual.left(place));
            self.residual.push(place, amount);
            self.receive(slot.head(), amount);
            excess -= i128::from(amount);
            if excess == 0 {
                self.excess[index(member)] = 0;
                self.current[index(member)] = place;
                return None;
            }
        }
        self.excess[index(member)] = excess;
        Some(lowest)
    }

    fn receive(&mut self, member: u32, amount: u64) {
        let excess = &mut self.excess[index(member)];
        let before = *excess;
        *excess += i128::from(amount);
        if before < 0 {
            self.remaining -= before.unsigned_abs().min(u128::from(amount));
        }
        if before <= 0 && *excess > 0 {
            self.active.push_back(member);
        }
    }

    /// Raises a label as far as the invariant lets it: `lowest` of the slots seen already, or
    /// lower over one of those in `unseen`, which come before.
    fn relabel(&mut self, member: u32, mut lowest: Lowest, unseen: Range<usize>, scale: i64) {
        for place in unseen.rev() {
            let slot = self.residual.slot(place);
            if slot.is_open() {
                let over = self.labels[index(slot.head())] + scale * slot.cost() + 1;
                if over <= lowest.label {
                    lowest = Lowest { label: over, slot: place };
                }
            }
        }
        debug_assert!(lowest.label > self.labels[index(member)], "nothing was admissible");
        debug_assert!(lowest.label < i64::MAX, "excess came through a slot that is open now");
        self.labels[index(member)] = lowest.label;
        self.current[index(member)] = lowest.slot;
    }

    /// Raises every label by its member's distance from those that lack; those farther away than
    /// all excess by as much as the farthest excess.
    fn update(&mut self, component: &Component) {
        let mut waiting = self.start_at_those_that_lack(component);
        let mut farthest = 0;
        while waiting > 0
            && let Some((distance, member)) = self.queue.take()
        {
            let label = self.raised[index(member)];
            if label - self.labels[index(member)] < distance.cast_signed() {
                continue; // entered again nearer since
            }
            farthest = distance.cast_signed();
            if self.excess[index(member)] > 0 {
                waiting -= 1;
            }
            for slot in self.residual.slots(self.residual.row(member)) {
                if !slot.is_partner_open() {
                    continue;
                }
                let before = slot.head();
                let over = label - component.scale * slot.cost() + 1;
                if over < self.raised[index(before)] {
                    self.raised[index(before)] = over;
                    let distance = over - self.labels[index(before)];
                    debug_assert!(distance >= farthest, "no length is negative");
                    self.queue.enter(distance.cast_unsigned(), before);
                }
            }
        }
        for member in component.members.clone().map(index) {
            self.labels[member] = self.raised[member].min(self.labels[member] + farthest);
        }
    }

    /// Enters all members that lack and returns how many have excess.
    fn start_at_those_that_lack(&mut self, component: &Component) -> usize {
        self.queue.clear();
        let mut with_excess = 0;
        for member in component.members.clone() {
            self.raised[index(member)] = i64::MAX;
            match self.excess[index(member)] {
                ..0 => {
                    self.raised[index(member)] = self.labels[index(member)];
                    self.queue.enter(0, member);
                }
                0 => {}
                1.. => with_excess += 1,
            }
        }
        with_excess
    }
}
