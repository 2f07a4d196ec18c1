//! Cheapest ways from some members to others, by two trees that grow towards each other.

use std::collections::VecDeque;

use crate::book::residual::{Residual, SETTLED, Step};
use crate::book::rows::Slot;
use crate::bundle::index;

/// What a search looks up of each member.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) potential: i64,
    /// The tree that it is in: the number of the search, plus the side.
    tree: u32,
    /// The slot of its own row that leads to its parent.
    parent: u32,
}

const ROOT: u32 = u32::MAX;
const ORPHAN: u32 = u32::MAX - 1;

impl Member {
    pub(super) fn new(potential: i64) -> Self {
        Self { potential, tree: 0, parent: ROOT }
    }
}

/// What is asked of a search.
#[derive(Clone, Copy)]
pub(super) struct Query {
    /// How much to push at most.
    pub(super) most: u128,
    /// Only paths shorter than this are wanted.
    pub(super) limit: i64,
    /// How many slots may be scanned before the search gives up.
    pub(super) budget: u64,
    /// Whether all lengths count as 0.
    pub(super) by_steps: bool,
    /// Whether to stop at the first path, before anything is pushed.
    pub(super) meet: bool,
}

/// Searches, with the room that they use again and again.
#[derive(Clone, Default)]
pub(super) struct Search {
    number: u32,
    sides: [Side; 2],
    notes: Vec<Note>,
    /// What sources can give (first) and targets can take.
    pub(super) supply: [Vec<u128>; 2],
    orphans: VecDeque<u32>,
    time: u32,
    pub(super) pushed: u128,
    met: bool,
    pub(super) cleared: i128,
    pub(super) weighted: i128,
    /// Debts whose terms may have changed.
    pub(super) touched: Vec<u32>,
    pub(super) augmentations: u64,
    pub(super) raises: u64,
    shifts: Vec<(u32, i64)>,
}

#[derive(Clone, Copy, Default)]
struct Note {
    stamp: u32,
    hops: u32,
    active: u32,
    listed: u32,
}

#[derive(Clone, Default)]
struct Side {
    /// By how much its members have been raised or lowered.
    shift: i64,
    active: VecDeque<u32>,
    members: Vec<u32>,
    scanned: u64,
}

impl Search {
    pub(super) fn add_member(&mut self) {
        self.notes.push(Note::default());
        self.supply[0].push(0);
        self.supply[1].push(0);
    }

    pub(super) fn remove_last_member(&mut self) {
        self.notes.pop();
        self.supply[0].pop();
        self.supply[1].pop();
    }

    pub(super) fn scanned(&self) -> u64 {
        self.sides[0].scanned + self.sides[1].scanned
    }

    pub(super) fn shifted(&self) -> i64 {
        self.sides[0].shift + self.sides[1].shift
    }

    fn start(&mut self, members: &mut [Member]) {
        if self.number > u32::MAX - 4 || self.time > u32::MAX / 2 {
            members.iter_mut().for_each(|member| member.tree = 0);
            self.notes.iter_mut().for_each(|note| *note = Note::default());
            self.number = 0;
            self.time = 0;
        }
        self.number += 2;
        self.touched.clear();
        self.orphans.clear();
        self.pushed = 0;
        self.met = false;
        self.cleared = 0;
        self.weighted = 0;
        self.augmentations = 0;
        self.raises = 0;
        for side in &mut self.sides {
            side.shift = 0;
            side.active.clear();
            side.members.clear();
            side.scanned = 0;
        }
    }

    pub(super) fn run(&mut self, residual: &mut Residual, members: &mut [Member], ends: [&[u32]; 2], query: Query) {
        self.start(members);
        for side in 0..2 {
            for &end in ends[side] {
                self.join(members, side, end, ROOT);
            }
        }
        while self.pushed < query.most && !self.met && self.scanned() <= query.budget {
            let side = usize::from(self.sides[1].scanned < self.sides[0].scanned);
            match self.sides[side].active.pop_front() {
                Some(member) => {
                    let note = &mut self.notes[index(member)];
                    if note.active == self.number + side as u32 {
                        note.active = 0;
                    }
                    self.grow(residual, members, query, side, member);
                }
                None => {
                    if query.by_steps || !self.raise(residual, members, query, side) {
                        break;
                    }
                }
            }
        }
    }

    fn side_of(&self, member: Member) -> Option<usize> {
        match member.tree.wrapping_sub(self.number) {
            0 => Some(0),
            1 => Some(1),
            _ => None,
        }
    }

    fn join(&mut self, members: &mut [Member], side: usize, member: u32, parent: u32) {
        let tree = self.number + side as u32;
        let it = &mut members[index(member)];
        it.tree = tree;
        it.parent = parent;
        self.sides[side].members.push(member);
        self.activate(side, member);
    }

    fn activate(&mut self, side: usize, member: u32) {
        let note = &mut self.notes[index(member)];
        if note.active != self.number + side as u32 {
            note.active = self.number + side as u32;
            self.sides[side].active.push_back(member);
        }
    }

    fn usable(query: Query, side: usize, slot: Slot) -> bool {
        if query.by_steps { slot.is_open(side) } else { slot.is_ready(side) }
    }

    #[inline(never)]
    fn grow(
        &mut self,
        residual: &mut Residual,
        members: &mut [Member],
        query: Query,
        side: usize,
        member: u32,
    ) {
        let tree = self.number + side as u32;
        if members[index(member)].tree != tree {
            return;
        }
        let row = residual.row(member);
        self.sides[side].scanned += 1 + row.len() as u64;
        for place in row {
            loop {
                let slot = residual.slot(place as u32);
                if !Self::usable(query, side, slot) {
                    break;
                }
                let head = members[index(slot.head())];
                if head.tree == tree {
                    break;
                }
                let number = place as u32;
                if self.side_of(head).is_none() {
                    self.join(members, side, slot.head(), residual.partner(number));
                    break;
                }
                if query.meet {
                    self.met = true;
                    return;
                }
                let (from, to) = if side == 0 { (member, slot.head()) } else { (slot.head(), member) };
                let step = residual.step(number);
                let step = if side == 0 { step } else { step.back() };
                self.augment(residual, members, query, from, to, step);
                if self.pushed == query.most || members[index(member)].tree != tree {
                    return;
                }
            }
        }
    }

    fn push(&mut self, residual: &mut Residual, query: Query, step: Step, amount: u64) -> bool {
        residual.push(step, amount);
        let record = residual.record(step.debt);
        let change = if step.more { i128::from(amount) } else { -i128::from(amount) };
        self.cleared += change;
        self.weighted += change * i128::from(record.weight);
        if query.by_steps || record.unsettled != SETTLED {
            self.touched.push(step.debt);
        }
        record.room(step.more) == 0
    }

    #[inline(never)]
    fn augment(
        &mut self,
        residual: &mut Residual,
        members: &mut [Member],
        query: Query,
        from: u32,
        to: u32,
        step: Step,
    ) {
        self.augmentations += 1;
        let room = |step: Step| residual.record(step.debt).room(step.more);
        let mut amount = room(step).min(u64::try_from(query.most - self.pushed).unwrap_or(u64::MAX));
        for (side, end) in [(0, from), (1, to)] {
            let mut member = end;
            loop {
                let parent = members[index(member)].parent;
                self.sides[side].scanned += 1;
                if parent == ROOT {
                    amount = u64::try_from(self.supply[side][index(member)]).unwrap_or(u64::MAX).min(amount);
                    break;
                }
                let step = residual.step(parent);
                amount = amount.min(room(if side == 0 { step.back() } else { step }));
                member = residual.slot(parent).head();
            }
        }
        self.push(residual, query, step, amount);
        for (side, end) in [(0, from), (1, to)] {
            let mut member = end;
            loop {
                let parent = members[index(member)].parent;
                if parent == ROOT {
                    let supply = &mut self.supply[side][index(member)];
                    *supply -= u128::from(amount);
                    if *supply == 0 {
                        members[index(member)].parent = ORPHAN;
                        self.orphans.push_back(member);
                    }
                    break;
                }
                let next = residual.slot(parent).head();
                let step = residual.step(parent);
                if self.push(residual, query, if side == 0 { step.back() } else { step }, amount) {
                    members[index(member)].parent = ORPHAN;
                    self.orphans.push_back(member);
                }
                member = next;
            }
        }
        self.pushed += u128::from(amount);
        self.time += 1;
        while let Some(orphan) = self.orphans.pop_front() {
            self.adopt(residual, members, query, orphan);
        }
    }

    #[inline(never)]
    fn adopt(&mut self, residual: &Residual, members: &mut [Member], query: Query, orphan: u32) {
        let side = self.side_of(members[index(orphan)]).expect("orphans are in a tree");
        let tree = self.number + side as u32;
        let row = residual.row(orphan);
        let mut best = (u32::MAX, ROOT);
        // The slot from the orphan to a parent counts in the other direction.
        self.sides[side].scanned += 1 + row.len() as u64;
        for place in row.clone() {
            let slot = residual.slot(place as u32);
            if Self::usable(query, 1 - side, slot)
                && members[index(slot.head())].tree == tree
                && let Some(hops) = self.hops(residual, members, side, slot.head())
                && hops < best.0
            {
                best = (hops, place as u32);
            }
        }
        if best.1 != ROOT {
            members[index(orphan)].parent = best.1;
            self.notes[index(orphan)].stamp = self.time;
            self.notes[index(orphan)].hops = best.0 + 1;
            return;
        }
        members[index(orphan)].tree = 0;
        for place in row {
            let slot = residual.slot(place as u32);
            let (onward, back) = (Self::usable(query, side, slot), Self::usable(query, 1 - side, slot));
            if !onward && !back {
                continue;
            }
            let head = members[index(slot.head())];
            if head.tree == tree {
                if onward && head.parent < ORPHAN && residual.slot(head.parent).head() == orphan {
                    members[index(slot.head())].parent = ORPHAN;
                    self.orphans.push_back(slot.head());
                }
                if back {
                    self.activate(side, slot.head());
                }
            } else if head.tree == self.number + 1 - side as u32 && onward {
                self.activate(1 - side, slot.head());
            }
        }
    }

    /// The number of steps to the root, if the way there is whole.
    #[inline(never)]
    fn hops(&mut self, residual: &Residual, members: &[Member], side: usize, start: u32) -> Option<u32> {
        let mut count = 0;
        let mut member = start;
        let end = loop {
            self.sides[side].scanned += 1;
            let note = self.notes[index(member)];
            if note.stamp == self.time {
                break note.hops;
            }
            match members[index(member)].parent {
                ROOT => break 0,
                ORPHAN => return None,
                parent => {
                    count += 1;
                    member = residual.slot(parent).head();
                }
            }
        };
        let all = count + end;
        let mut member = start;
        let mut left = all;
        loop {
            let note = &mut self.notes[index(member)];
            if note.stamp == self.time { break; }
            note.stamp = self.time;
            note.hops = left;
            let parent = members[index(member)].parent;
            if parent == ROOT { break; }
            left -= 1;
            member = residual.slot(parent).head();
        }
        Some(all)
    }

    /// Raises the potentials of the tree at the source, or lowers those of the tree at the target.
    #[inline(never)]
    fn raise(&mut self, residual: &mut Residual, members: &mut [Member], query: Query, side: usize) -> bool {
        let tree = self.number + side as u32;
        let sign = if side == 0 { 1 } else { -1 };
        let mut list = std::mem::take(&mut self.sides[side].members);
        // Members that left and came again are in the list more than once.
        list.retain(|member| {
            let note = &mut self.notes[index(*member)];
            let keep = members[index(*member)].tree == tree && note.listed != tree;
            if keep { note.listed = tree; }
            keep
        });
        for member in &list { self.notes[index(*member)].listed = 0; }
        let mut by = query.limit - self.shifted();
        let length = |members: &[Member], member: u32, slot: Slot| {
            sign * (slot.cost() - members[index(member)].potential + members[index(slot.head())].potential)
        };
        for &member in &list {
            self.sides[side].scanned += 1 + residual.row(member).len() as u64;
            if by == 1 { continue; }
            for place in residual.row(member) {
                let slot = residual.slot(place as u32);
                if slot.is_open(side) && members[index(slot.head())].tree != tree {
                    by = by.min(length(members, member, slot));
                }
            }
        }
        debug_assert!(by > 0);
        self.raises += 1;
        self.sides[side].shift += by;
        for &member in &list {
            let mut reaches = false;
            for place in residual.row(member) {
                let slot = residual.slot(place as u32);
                if members[index(slot.head())].tree == tree {
                    continue;
                }
                let before = length(members, member, slot);
                let after = before - by;
                if before.signum() != after.signum() {
                    let debt = residual.debt(place);
                    let step = residual.step(place as u32);
                    let length = sign * after;
                    residual.set_gain(debt, if step.more { -length } else { length });
                    if slot.is_open(side) && after <= 0 {
                        reaches = true;
                        if members[index(slot.head())].tree == self.number + 1 - side as u32 {
                            self.activate(1 - side, slot.head());
                        }
                    }
                }
                if slot.is_unsettled() {
                    self.touched.push(residual.debt(place));
                }
            }
            if reaches { self.activate(side, member); }
        }
        for &member in &list {
            members[index(member)].potential += sign * by;
        }
        self.sides[side].members = list;
        self.shifted() < query.limit
    }
}
