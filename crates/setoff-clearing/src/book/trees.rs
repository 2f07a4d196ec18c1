//! Excess to those that lack, along cheapest ways, by two trees that grow towards each other.
//!
//! # The problem
//! Some members have an excess, the *sources*, and some lack as much, the *targets*. Every open
//! slot from `x` to `y` has a *length*: its cost less what the potentials already account for,
//! `cost − π(x) + π(y)`. It is never negative but for unsettled debts, where it counts as 0. Push
//! the excess from sources to targets through shortest paths, and keep the lengths so.
//!
//! # The method
//! It is that of Boykov and Kolmogorov (*An experimental comparison of min-cut/max-flow algorithms
//! for energy minimization in vision*, IEEE Transactions on Pattern Analysis and Machine
//! Intelligence 26, 2004), within the primal-dual method for cheapest flows (Ford and Fulkerson,
//! *Flows in Networks*, 1962, chapter III).
//!
//! One tree grows from the sources forwards and one from the targets backwards, through *ready*
//! slots: open ones of no length. Where they meet there is a path, and as much as possible is pushed
//! through it. The slots that it fills up cut branches off; the members at which they are cut off,
//! the *orphans*, look for another parent in the same tree. One that finds none leaves the tree,
//! and its children are orphans too. So the trees survive a push and are repaired where it hurt
//! them, in place of a new search for every path.
//!
//! When one tree can't grow and the two do not meet, no path of ready slots is left. Then the
//! potentials of that tree's members are raised (of the tree at the targets: lowered) by the length
//! of the shortest open slot that leaves it. Inside the tree nothing changes, and at least one more
//! slot is ready.
//!
//! The tree that has scanned fewer slots goes on first, so where one of the two is shut in by a few
//! slots, as it often is after small changes, the other, which may be most of the network, is not
//! grown: a search costs about twice what the smaller side does.
//!
//! # Invariants
//! Between steps: no slot is of a length below 0 that was not before; a member in a tree has a way
//! of ready slots from a source (to a target) through its parents, or is an orphan that waits; a
//! ready slot that leads out of a tree from a member that does not wait in `active` leads to no
//! member outside.
//!
//! # Complexity
//! Each push fills a slot or ends a source or target, as in any method of augmenting paths; the
//! repair after it is at most the size of the trees, but mostly small. It is measured in
//! `examples/arrivals`.

use std::collections::VecDeque;

use crate::book::kilter::{HIGHEST_POTENTIAL, Kilter};
use crate::book::residual::Step;
use crate::book::rows::Slot;
use crate::bundle::index;

/// Instead of a parent's slot: the member is a source or target.
const ROOT: u32 = u32::MAX;

/// Instead of a parent's slot: the way to the parent is cut.
const ORPHAN: u32 = u32::MAX - 1;

/// The side of the sources; that of the targets is 1.
const SOURCES: usize = 0;

/// What may be done to push the excess.
#[derive(Clone, Copy)]
pub(super) struct Task {
    /// Only paths shorter than this serve.
    pub(super) limit: i64,
    /// How many slots may be scanned. One push more than that may be made.
    pub(super) budget: u64,
    /// Whether all lengths count as 0; debts may be unsettled by it.
    pub(super) by_steps: bool,
}

/// Why no more is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// No source has any excess.
    Done,
    /// No path is shorter than the limit; the potentials prove it.
    Limit,
    /// The budget is spent.
    Budget,
    /// A potential would go beyond [`HIGHEST_POTENTIAL`].
    Potential,
}

/// The two trees, with the room that they use again and again.
#[derive(Clone, Default)]
pub(super) struct Trees {
    /// The even number of the search. A member in the tree of the sources has it as its
    /// [`tree`](crate::book::kilter::Member), one in that of the targets has one more.
    number: u32,
    sides: [Side; 2],
    notes: Vec<Note>,
    orphans: VecDeque<u32>,
    /// How many pushes there have been.
    time: u32,
    /// Excess of the sources.
    left: u128, pub(super) augs: u64, pub(super) raises: u64
}

/// What a tree notes of a member besides.
#[derive(Clone, Copy, Default)]
struct Note {
    /// When the way to a root was last seen to be whole, and how many steps it had.
    seen: u32,
    steps: u32,
    /// The tree in which it waits to be scanned.
    active: u32,
    /// The tree in whose list it is.
    listed: u32,
}

#[derive(Clone, Default)]
struct Side {
    /// By how much its members were raised or lowered.
    shift: i64,
    /// Members that wait to be scanned, first come, first served: paths get few steps.
    active: VecDeque<u32>,
    /// All members of the tree and some that have left it.
    members: Vec<u32>,
    /// How many slots were scanned.
    scanned: u64,
}

impl Trees {
    /// How many slots the last run scanned.
    pub(super) fn scanned(&self) -> u64 {
        self.sides.iter().map(|side| side.scanned).sum()
    }

    /// Pushes excess of the sources to the targets, and shifts potentials as needed.
    pub(super) fn run(
        &mut self,
        kilter: &mut Kilter,
        [sources, targets]: [&[u32]; 2],
        task: Task,
    ) -> End {
        self.start(kilter);
        for (side, roots) in [sources, targets].into_iter().enumerate() {
            for &root in roots {
                self.join(kilter, side, root, ROOT);
            }
        }
        let excess = sources.iter().map(|source| kilter.excess[index(*source)].unsigned_abs());
        self.left = excess.sum();
        while self.left > 0 {
            let side = usize::from(self.sides[1].scanned < self.sides[0].scanned);
            let Some(&member) = self.sides[side].active.front() else {
                if task.by_steps {
                    return End::Limit;
                }
                match self.raise(kilter, side, task.limit) {
                    Some(end) => return end,
                    None => continue,
                }
            };
            if self.scanned() + kilter.residual.degree(member) > task.budget {
                return End::Budget;
            }
            self.sides[side].active.pop_front();
            self.notes[index(member)].active = 0;
            if kilter.members[index(member)].tree == self.tree(side) {
                self.grow(kilter, side, member, task);
            }
        }
        End::Done
    }

    fn start(&mut self, kilter: &mut Kilter) {
        if self.number > u32::MAX / 2 || self.time > u32::MAX / 2 {
            kilter.members.iter_mut().for_each(|member| member.tree = 0);
            self.notes.fill(Note::default());
            self.number = 0;
            self.time = 0;
        }
        self.number += 2;
        self.notes.resize(kilter.members.len(), Note::default());
        self.orphans.clear();self.augs=0;self.raises=0;
        for side in &mut self.sides {
            side.shift = 0;
            side.active.clear();
            side.members.clear();
            side.scanned = 0;
        }
    }

    fn tree(&self, side: usize) -> u32 {
        if side == SOURCES { self.number } else { self.number + 1 }
    }

    fn join(&mut self, kilter: &mut Kilter, side: usize, member: u32, parent: u32) {
        let joins = &mut kilter.members[index(member)];
        joins.tree = self.tree(side);
        joins.parent = parent;
        self.sides[side].members.push(member);
        self.activate(side, member);
    }

    fn activate(&mut self, side: usize, member: u32) {
        let tree = self.tree(side);
        let note = &mut self.notes[index(member)];
        if note.active != tree {
            note.active = tree;
            self.sides[side].active.push_back(member);
        }
    }

    /// Scans a member of a tree: outsiders that it reaches join, and where it reaches the other
    /// tree, excess is pushed.
    #[inline(never)]
    fn grow(&mut self, kilter: &mut Kilter, side: usize, member: u32, task: Task) {
        let (this, that) = (self.tree(side), self.tree(1 - side));
        self.sides[side].scanned += 1 + kilter.residual.degree(member);
        for number in kilter.residual.row(member) {
            // As long as the slot stays ready after a push, and the member in its tree.
            while task.serves(kilter.residual.slot(number), side) {
                let head = kilter.residual.slot(number).head();
                let tree = kilter.members[index(head)].tree;
                if tree == this {
                    break;
                }
                if tree != that {
                    self.join(kilter, side, head, kilter.residual.partner(number));
                    break;
                }
                let step = kilter.residual.step(number, side);
                self.augment(kilter, step, if side == SOURCES { [member, head] } else { [head, member] });
                self.adopt_all(kilter, task);
                if self.left == 0 || kilter.members[index(member)].tree != this {
                    return;
                }
            }
        }
    }

    /// Pushes as much as possible from a root to a root through a step between two members.
    #[inline(never)]
    fn augment(&mut self, kilter: &mut Kilter, step: Step, ends: [u32; 2]) {self.augs+=1;
        let room = |kilter: &Kilter, step: Step| kilter.residual.record(step.debt).room(step.more);
        let mut amount = room(kilter, step);
        for (side, mut member) in ends.into_iter().enumerate() {
            while kilter.members[index(member)].parent != ROOT {
                let (step, parent) = parent(kilter, side, member);
                amount = amount.min(room(kilter, step));
                member = parent;
                self.sides[side].scanned += 1;
            }
            let needed = kilter.excess[index(member)].unsigned_abs();
            amount = amount.min(u64::try_from(needed).unwrap_or(u64::MAX));
        }

        kilter.push(step, amount);
        for (side, mut member) in ends.into_iter().enumerate() {
            while kilter.members[index(member)].parent != ROOT {
                let (step, parent) = parent(kilter, side, member);
                kilter.push(step, amount);
                if room(kilter, step) == 0 {
                    self.cut_off(kilter, member);
                }
                member = parent;
            }
            if kilter.excess[index(member)] == 0 {
                self.cut_off(kilter, member);
            }
        }
        self.left -= u128::from(amount);
    }

    fn cut_off(&mut self, kilter: &mut Kilter, member: u32) {
        kilter.members[index(member)].parent = ORPHAN;
        self.orphans.push_back(member);
    }

    /// Finds new parents for all orphans, or puts them out of their tree.
    fn adopt_all(&mut self, kilter: &mut Kilter, task: Task) {
        self.time += 1;
        while let Some(orphan) = self.orphans.pop_front() {
            let side = usize::from(kilter.members[index(orphan)].tree == self.tree(1));
            self.sides[side].scanned += 1 + kilter.residual.degree(orphan);
            match self.new_parent(kilter, side, orphan, task) {
                Some((parent, steps)) => {
                    kilter.members[index(orphan)].parent = parent;
                    let note = &mut self.notes[index(orphan)];
                    (note.seen, note.steps) = (self.time, steps);
                }
                None => self.put_out(kilter, side, orphan, task),
            }
        }
    }

    /// The slot to the new parent of an orphan with the fewest steps to a root, and their number.
    #[inline(never)]
    fn new_parent(
        &mut self,
        kilter: &Kilter,
        side: usize,
        orphan: u32,
        task: Task,
    ) -> Option<(u32, u32)> {
        let mut best: Option<(u32, u32)> = None;
        for (number, slot) in kilter.residual.row(orphan).zip(kilter.residual.slots(orphan)) {
            // From the parent to the orphan is against the slot.
            if task.serves(*slot, 1 - side)
                && kilter.members[index(slot.head())].tree == self.tree(side)
                && let Some(steps) = self.steps(kilter, side, slot.head())
                && best.is_none_or(|(_, least)| steps + 1 < least)
            {
                best = Some((number, steps + 1));
            }
        }
        best
    }

    /// The number of steps from a member to a root, if the way there is whole.
    #[inline(never)]
    fn steps(&mut self, kilter: &Kilter, side: usize, member: u32) -> Option<u32> {
        let mut length = 0;
        let mut at = member;
        while self.notes[index(at)].seen != self.time {
            self.sides[side].scanned += 1;
            match kilter.members[index(at)].parent {
                ORPHAN => return None,
                ROOT => {
                    let note = &mut self.notes[index(at)];
                    (note.seen, note.steps) = (self.time, 0);
                }
                slot => {
                    length += 1;
                    at = kilter.residual.slot(slot).head();
                }
            }
        }
        let steps = length + self.notes[index(at)].steps;
        let mut left = steps;
        at = member;
        while self.notes[index(at)].seen != self.time {
            let note = &mut self.notes[index(at)];
            (note.seen, note.steps) = (self.time, left);
            left -= 1;
            at = kilter.residual.slot(kilter.members[index(at)].parent).head();
        }
        Some(steps)
    }

    /// Takes an orphan out of its tree. Its children become orphans, and those that could have it
    /// back are scanned again.
    #[inline(never)]
    fn put_out(&mut self, kilter: &mut Kilter, side: usize, orphan: u32, task: Task) {
        kilter.members[index(orphan)].tree = 0;
        for number in kilter.residual.row(orphan) {
            let slot = kilter.residual.slot(number);
            let (onward, back) = (task.serves(slot, side), task.serves(slot, 1 - side));
            if !onward && !back {
                continue;
            }
            let head = kilter.members[index(slot.head())];
            if head.tree == self.tree(side) {
                let child = |slot| kilter.residual.slot(slot).head() == orphan;
                if onward && head.parent < ORPHAN && child(head.parent) {
                    self.cut_off(kilter, slot.head());
                }
                if back {
                    self.activate(side, slot.head());
                }
            } else if onward && head.tree == self.tree(1 - side) {
                self.activate(1 - side, slot.head());
            }
        }
    }

    /// Raises the potentials of the tree at the sources, or lowers those of the tree at the
    /// targets, until a slot out of it is ready or the limit is reached.
    #[inline(never)]
    fn raise(&mut self, kilter: &mut Kilter, side: usize, limit: i64) -> Option<End> {
        self.raises+=1;let tree = self.tree(side);
        let mut inside = std::mem::take(&mut self.sides[side].members);
        // Members that left and came again are listed more than once.
        inside.retain(|member| {
            let listed = &mut self.notes[index(*member)].listed;
            kilter.members[index(*member)].tree == tree && std::mem::replace(listed, tree) != tree
        });
        inside.iter().for_each(|member| self.notes[index(*member)].listed = 0);

        let sign = if side == SOURCES { 1 } else { -1 };
        let length = |kilter: &Kilter, member: u32, slot: Slot| {
            let from = kilter.members[index(member)].potential;
            sign * (slot.cost() - from + kilter.members[index(slot.head())].potential)
        };
        let mut by = limit - self.sides[0].shift - self.sides[1].shift;
        for &member in &inside {
            self.sides[side].scanned += 1 + kilter.residual.degree(member);
            for slot in kilter.residual.slots(member) {
                // Lengths are whole numbers, so there is none shorter than 1.
                if by > 1 && slot.is_open(side) && kilter.members[index(slot.head())].tree != tree {
                    by = by.min(length(kilter, member, *slot));
                }
            }
        }
        debug_assert!(by > 0, "ready slots out of the tree were used before");
        let high = |member: &u32| {
            (kilter.members[index(*member)].potential + sign * by).abs() > HIGHEST_POTENTIAL
        };
        if inside.iter().any(high) {
            return Some(End::Potential);
        }

        let mut unsettled = Vec::new();
        for &member in &inside {
            for number in kilter.residual.row(member) {
                let slot = kilter.residual.slot(number);
                if kilter.members[index(slot.head())].tree == tree {
                    continue;
                }
                let before = length(kilter, member, slot);
                let after = before - by;
                if slot.is_unsettled() {
                    unsettled.push(kilter.residual.debt(number));
                }
                if before.signum() == after.signum() {
                    continue;
                }
                let step = kilter.residual.step(number, side);
                kilter.residual.set_gain(step.debt, if step.more { -after } else { after });
                if after <= 0 && slot.is_open(side) {
                    self.activate(side, member);
                    // Neither tree is shifted again before the two have met here.
                    if kilter.members[index(slot.head())].tree == self.tree(1 - side) {
                        self.activate(1 - side, slot.head());
                    }
                }
            }
        }
        for &member in &inside {
            kilter.members[index(member)].potential += sign * by;
        }
        for debt in unsettled {
            kilter.judge(debt);
        }
        self.sides[side].members = inside;
        self.sides[side].shift += by;
        (self.sides[0].shift + self.sides[1].shift >= limit).then_some(End::Limit)
    }
}

impl Task {
    /// Whether a slot (on side 1, its partner) is one that trees grow through.
    fn serves(self, slot: Slot, side: usize) -> bool {
        if self.by_steps { slot.is_open(side) } else { slot.is_ready(side) }
    }
}

/// The step between a member and its parent in the direction from sources to targets, and the
/// parent.
fn parent(kilter: &Kilter, side: usize, member: u32) -> (Step, u32) {
    let slot = kilter.members[index(member)].parent;
    (kilter.residual.step(slot, 1 - side), kilter.residual.slot(slot).head())
}
