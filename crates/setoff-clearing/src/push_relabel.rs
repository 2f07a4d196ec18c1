//! The optimiser's engine: push-relabel at a single, exact scale.
//!
//! # The problem
//! Every debt that is worth something is set off whole at first, the others not at all. That is
//! best for each debt alone, but some members then have an *excess*: more is set off to them than
//! from them. Others lack as much. All excess must be pushed through the
//! [residual network](crate::residual) to members that lack, at least cost, where a unit cancelled
//! on a debt of weight `w` costs `w` and a unit restored gains `w`.
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
//! the single scale practical: labels order ways by cost first and by number of steps second. See
//! [`global_update`](crate::global_update).
//!
//! # Limits
//! In a component every member leads, through open slots, to one that lacks as long as there is
//! one (the members that do not would have nothing set off to them from the others and everything
//! set off from them to the others: some of them would lack). One that lacks has never been raised,
//! its label is 0. So with `n` members and weights up to `w` a label never exceeds
//! `n·(w·(n + 1) + 1)`, nor does any sum made here exceed twice that, which
//! [`Network::new`](crate::Network::new) keeps inside `i64`. Started from other labels
//! ([`PushRelabel::at`]), the highest of them is added; who does so keeps the sum in range. Labels are
//! stored in `i32` until one passes [`Label::HIGHEST`]; then the work goes on with the same labels in
//! `i64`. Excess is `i128`.
//!
//! Goldberg and Tarjan's bound for one refinement is `O(n² m)` from a tolerance that is a constant
//! factor off; from the costs themselves it is `O(n² m w)`. What it really takes is measured:
//! `examples/measure.rs`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::ops::{ControlFlow, Range};

use prefetch_index::prefetch_index;

use crate::bundle::index;
use crate::label::Label;
use crate::queue::Queue;
use crate::residual::{Residual, Weights};

/// The state of the method, for all components.
pub(crate) struct PushRelabel<L, W> {
    pub(crate) residual: Residual<W>,
    /// What is set off to each member less what is set off from it.
    pub(crate) excess: Vec<i128>,
    /// All excess there is.
    remaining: u128,
    pub(crate) labels: Vec<L>,
    /// How far into its row each member's scan is; slots before that are not admissible.
    current: Vec<u32>,
    /// Members with excess, first come, first served.
    active: VecDeque<u32>,
    /// During an update, the label that each member would get.
    pub(crate) raised: Vec<L>,
    pub(crate) queue: Queue,
}

/// A component, its scale, and how far the work on it is.
pub(crate) struct Component {
    pub(crate) members: Range<u32>,
    pub(crate) scale: i64,
    /// How many updates there were.
    pub(crate) updates: usize,
    /// How many members were out of balance when that was last counted.
    pub(crate) unbalanced: Option<usize>,
    /// Whether another method may take over where this one is slow.
    pub(crate) may_switch: bool,
}

/// Why the work stops before its end. All labels keep the invariant.
#[derive(Debug)]
pub(crate) enum Halt<Break> {
    /// A label passed what can be stored.
    TooHigh,
    /// The caller asked for it.
    Asked(Break),
}

/// A label passed what can be stored.
pub(crate) struct TooHigh;

impl<Break> From<TooHigh> for Halt<Break> {
    fn from(_: TooHigh) -> Self {
        Self::TooHigh
    }
}

/// The open slot over which a label can be raised least.
struct Lowest {
    label: i64,
    slot: usize,
}

impl Lowest {
    fn none() -> Self {
        Self { label: i64::MAX, slot: usize::MAX }
    }

    /// Considers a slot; of several over which the label is raised as little, the first counts.
    #[inline]
    fn consider(&mut self, label: i64, slot: usize) {
        if label < self.label || label == self.label && slot < self.slot {
            *self = Self { label, slot };
        }
    }
}

impl<L: Label, W: Weights> PushRelabel<L, W> {
    /// Starts with the excess of each member, as it is with the first set-off.
    pub(crate) fn new(residual: Residual<W>, excess: Vec<i128>) -> Self {
        let members = excess.len();
        Self::at(residual, excess, vec![L::narrow(0); members])
    }

    /// Goes on from labels that keep the invariant.
    pub(crate) fn at(residual: Residual<W>, excess: Vec<i128>, labels: Vec<L>) -> Self {
        Self {
            residual,
            remaining: excess.iter().filter(|excess| **excess > 0).map(|e| e.unsigned_abs()).sum(),
            current: vec![0; labels.len()],
            active: VecDeque::new(),
            raised: vec![L::UNKNOWN; labels.len()],
            queue: Queue::new(),
            excess,
            labels,
        }
    }

    /// The same state with labels stored in eight bytes.
    pub(crate) fn widened(self) -> PushRelabel<i64, W> {
        let labels = self.labels.iter().map(|label| label.wide()).collect();
        PushRelabel::at(self.residual, self.excess, labels)
    }

    /// All excess there is.
    pub(crate) fn remaining(&self) -> u128 {
        self.remaining
    }

    /// Brings the excess of a component's members to 0 at least cost. Calls `progress` now and
    /// then with [`PushRelabel::remaining`] and the labels, and stops when it breaks.
    pub(crate) fn run<Break>(
        &mut self,
        component: &mut Component,
        progress: &mut dyn FnMut(u128, &[L]) -> ControlFlow<Break>,
    ) -> Result<(), Halt<Break>> {
        let slots = self.residual.slots_of(&component.members);
        while self.excess[index(component.members.start)..index(component.members.end)]
            .iter()
            .any(|excess| *excess > 0)
        {
            self.update(component)?;
            component.updates += 1;
            if let ControlFlow::Break(stop) = progress(self.remaining, &self.labels) {
                return Err(Halt::Asked(stop));
            }
            if component.may_switch && self.switch(component, progress)? {
                break;
            }
            self.discharge_all(component, slots / SLOTS_AN_UPDATE)?;
        }
        Ok(())
    }

    /// Brings the excess of a component's members to 0 by short ways whatever they cost. With
    /// scale 0 the labels are numbers of steps, which always fit.
    pub(crate) fn balance(&mut self, members: Range<u32>) {
        self.labels[index(members.start)..index(members.end)].fill(L::narrow(0));
        let mut never = |_, _: &[L]| ControlFlow::<Infallible>::Continue(());
        let mut component =
            Component { members, scale: 0, updates: 0, unbalanced: None, may_switch: false };
        let halted = self.run(&mut component, &mut never);
        debug_assert!(halted.is_ok(), "numbers of steps fit");
    }

    /// Gives back the room of what is empty between updates.
    pub(crate) fn give_room(&mut self) {
        self.active = VecDeque::new();
        self.queue = Queue::new();
    }

    /// Sets the excess of these members to 0, which sums to 0 already.
    pub(crate) fn forget_excess(&mut self, members: &Range<u32>) {
        for excess in &mut self.excess[index(members.start)..index(members.end)] {
            self.remaining -= u128::try_from(*excess).unwrap_or(0);
            *excess = 0;
        }
    }

    /// Discharges members with excess until none is left or the rows of those that were raised
    /// add up to more than `most` slots.
    fn discharge_all(&mut self, component: &Component, most: usize) -> Result<(), TooHigh> {
        let mut scanned = 0;
        self.active.clear();
        for member in component.members.clone() {
            self.current[index(member)] = 0;
            if self.excess[index(member)] > 0 {
                self.active.push_back(member);
            }
        }
        while scanned <= most
            && let Some(member) = self.active.pop_front()
        {
            self.fetch_ahead();
            scanned += self.discharge(member, component.scale)?;
        }
        Ok(())
    }

    /// Fetches what the next discharges in the queue will read, in the order in which one read
    /// says where the next one is.
    fn fetch_ahead(&self) {
        if let Some(&member) = self.active.get(FETCH_MEMBER) {
            self.residual.fetch_row(member);
            prefetch_index(&self.excess, index(member));
            prefetch_index(&self.labels, index(member));
            prefetch_index(&self.current, index(member));
        }
        if let Some(&member) = self.active.get(FETCH_SLOT) {
            self.residual.fetch_slot(self.next_slot(member));
        }
        if let Some(&member) = self.active.get(FETCH_HEADS) {
            let slot = self.next_slot(member);
            let heads = &self.residual.heads()[slot..self.residual.row(member).all().end];
            for head in heads.iter().take(8) {
                prefetch_index(&self.labels, index(*head));
            }
            if let Some(head) = heads.first() {
                prefetch_index(&self.excess, index(*head));
                self.residual.fetch_mate(slot);
            }
        }
    }

    /// Where a member's scan goes on.
    fn next_slot(&self, member: u32) -> usize {
        self.residual.row(member).all().start + index(self.current[index(member)])
    }

    /// Pushes all excess of a member on, raising its label as needed. Says how many slots were
    /// scanned for raising it.
    fn discharge(&mut self, member: u32, scale: i64) -> Result<usize, TooHigh> {
        let row = self.residual.row(member);
        let mut scanned = 0;
        loop {
            let from = self.next_slot(member);
            let mut lowest = Lowest::none();
            if self.push_from(member, from, scale, &mut lowest) {
                return Ok(scanned);
            }
            // The slots before were not admissible, but may now be those to raise over.
            self.consider(
                row.cancelling().start..row.cancelling().end.min(from),
                scale,
                &mut lowest,
            );
            self.consider(row.restoring().start..from, -scale, &mut lowest);
            scanned += row.all().len();
            debug_assert!(lowest.label > self.labels[index(member)].wide(), "none is admissible");
            debug_assert!(lowest.slot < row.all().end, "excess came through a slot open now");
            if lowest.label > L::HIGHEST {
                return Err(TooHigh);
            }
            self.labels[index(member)] = L::narrow(lowest.label);
            self.current[index(member)] = narrow(lowest.slot - row.all().start);
        }
    }

    /// Pushes excess of a member through its admissible slots at `from` and after. If some is
    /// left, says so, and over which of these the label can be raised least.
    fn push_from(&mut self, member: u32, from: usize, scale: i64, lowest: &mut Lowest) -> bool {
        let row = self.residual.row(member);
        let label = self.labels[index(member)].wide();
        let mut place = from;
        let mut excess = self.excess[index(member)];
        while place < row.all().end {
            let (side, scale) = if place < row.cancelling().end {
                (place..row.cancelling().end, scale)
            } else {
                (place..row.all().end, -scale)
            };
            place = side.end;
            let Some(slot) = self.admissible(label, side, scale, lowest) else { continue };
            let amount = u64::try_from(excess).unwrap_or(u64::MAX).min(self.residual.left(slot));
            self.residual.push(slot, amount);
            self.receive(self.residual.heads()[slot], amount);
            excess -= i128::from(amount);
            if excess == 0 {
                self.excess[index(member)] = 0;
                self.current[index(member)] = narrow(slot - row.all().start);
                return true;
            }
            place = slot + 1;
        }
        self.excess[index(member)] = excess;
        false
    }

    /// The first admissible one of these slots, all of one kind; those before it are considered
    /// for raising the label.
    #[inline]
    fn admissible(
        &self,
        label: i64,
        slots: Range<usize>,
        scale: i64,
        lowest: &mut Lowest,
    ) -> Option<usize> {
        for slot in self.residual.open().within(slots) {
            let over = self.over(slot, scale);
            debug_assert!(over >= label, "the labels keep the invariant");
            if over == label {
                return Some(slot);
            }
            lowest.consider(over, slot);
        }
        None
    }

    /// Considers open slots, all of one kind, for raising the label.
    #[inline]
    fn consider(&self, slots: Range<usize>, scale: i64, lowest: &mut Lowest) {
        if slots.is_empty() {
            return;
        }
        for slot in self.residual.open().within(slots) {
            lowest.consider(self.over(slot, scale), slot);
        }
    }

    /// The highest label that a slot's member may have; the scale is negative for slots that
    /// restore.
    #[inline]
    fn over(&self, slot: usize, scale: i64) -> i64 {
        let head = self.residual.heads()[slot];
        self.labels[index(head)].wide() + scale * self.residual.weights().get(slot) + 1
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
}

/// A place in a row.
fn narrow(place: usize) -> u32 {
    u32::try_from(place).expect("slots are numbered in u32")
}

/// Between updates, the rows of members that are raised may add up to one in so many of all slots.
///
/// Measured at 10^6 debts: from 4 to 8 makes little difference on all families.
const SLOTS_AN_UPDATE: usize = 6;

/// How many discharges ahead a member's own figures are fetched.
const FETCH_MEMBER: usize = 12;
/// How many discharges ahead the slot where its scan goes on is fetched.
const FETCH_SLOT: usize = 7;
/// How many discharges ahead what lies at the other ends of its next slots is fetched.
const FETCH_HEADS: usize = 3;
