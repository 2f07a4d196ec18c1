//! Cheapest ways from one member to another, by two trees that grow towards each other.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::book::residual::{Residual, Step};
use crate::book::rows::{Slot, Width};
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
    /// Only slots so wide are used.
    pub(super) width: Width,
    /// Whether all lengths count as 0.
    pub(super) by_steps: bool,
}

/// Searches, with the room that they use again and again.
#[derive(Clone, Default)]
pub(super) struct Search {
    number: u32,
    sides: [Side; 2],
    notes: Vec<Note>,
    /// What sources can give (first) and targets can take.
    pub(super) supply: [Vec<u128>; 2],
    crossing: BinaryHeap<Reverse<(i64, u32, u32)>>,
    orphans: VecDeque<u32>,
    time: u64,
    pub(super) pushed: u128,
    pub(super) cleared: i128,
    pub(super) weighted: i128,
    /// Debts whose terms may have changed.
    pub(super) touched: Vec<u32>,
    pub(super) augmentations: u64,
    pub(super) raises: u64,
}

#[derive(Clone, Copy, Default)]
struct Note {
    stamp: u64,
    hops: u32,
    listed: [u32; 2],
    active: [bool; 2],
}

#[derive(Clone, Default)]
struct Side {
    /// By how much its members have been raised or lowered.
    shift: i64,
    active: VecDeque<u32>,
    members: Vec<u32>,
    /// Slots that leave the tree, by the shift at which they are of length 0, with their member.
    farther: BinaryHeap<Reverse<(i64, u32, u32)>>,
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
        if self.number > u32::MAX - 4 {
            members.iter_mut().for_each(|member| member.tree = 0);
            self.notes.iter_mut().for_each(|note| note.listed = [0; 2]);
            self.number = 0;
        }
        self.number += 2;
        self.touched.clear();
        self.crossing.clear();
        self.orphans.clear();
        self.pushed = 0;
        self.cleared = 0;
        self.weighted = 0;
        self.augmentations = 0;
        self.raises = 0;
        for (number, side) in self.sides.iter_mut().enumerate() {
            side.shift = 0;
            for member in side.active.drain(..) {
                // The member may be gone.
                if let Some(note) = self.notes.get_mut(index(member)) {
                    note.active[number] = false;
                }
            }
            side.members.clear();
            side.farther.clear();
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
        while self.pushed < query.most && self.scanned() <= query.budget {
            let side = usize::from(self.sides[1].scanned < self.sides[0].scanned);
            match self.sides[side].active.pop_front() {
                Some(member) => {
                    self.notes[index(member)].active[side] = false;
                    self.grow(residual, members, query, side, member);
                }
                None => {
                    if !self.raise(residual, members, query, side) {
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
        let note = &mut self.notes[index(member)];
        if note.listed[side] != tree {
            note.listed[side] = tree;
            self.sides[side].members.push(member);
        }
        self.activate(side, member);
    }

    fn activate(&mut self, side: usize, member: u32) {
        let note = &mut self.notes[index(member)];
        if !note.active[side] {
            note.active[side] = true;
            self.sides[side].active.push_back(member);
        }
    }

    /// Length of the slot as seen from `side`: 0 outward from source, 1 inward to target.
    fn length(query: Query, side: usize, slot: Slot, here: i64, there: i64) -> i64 {
        if query.by_steps {
            return 0;
        }
        let length = slot.cost() - here + there;
        (if side == 0 { length } else { -length }).max(0)
    }

    fn is_open(query: Query, side: usize, slot: Slot) -> bool {
        if side == 0 { slot.has(query.width) } else { slot.partner_has(query.width) }
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
        let row = residual.row(member);
        let mut place = row.start;
        self.sides[side].scanned += 1;
        while place < row.end {
            if members[index(member)].tree != tree {
                return;
            }
            self.sides[side].scanned += 1;
            let slot = residual.slots(place..place + 1)[0];
            if slot.is_unsettled() {
                self.touched.push(residual.debt(place));
            }
            if !Self::is_open(query, side, slot) {
                place += 1;
                continue;
            }
            let here = members[index(member)].potential;
            let head = members[index(slot.head())];
            let length = Self::length(query, side, slot, here, head.potential);
            let head_side = self.side_of(head);
            if head_side == Some(side) {
                place += 1;
                continue;
            }
            let number = place as u32;
            if length > 0 {
                if head_side.is_none() {
                    let key = self.sides[side].shift + length;
                    if self.shifted() + length < query.limit {
                        self.sides[side].farther.push(Reverse((key, member, number)));
                    }
                } else if self.shifted() + length < query.limit {
                    self.crossing.push(Reverse((self.shifted() + length, if side == 0 { member } else { slot.head() }, if side == 0 { number } else { residual.partner(number) })));
                }
                place += 1;
                continue;
            }
            if head_side.is_none() {
                self.join(members, side, slot.head(), residual.partner(number));
                place += 1;
                continue;
            }
            let (from, to) = if side == 0 { (member, slot.head()) } else { (slot.head(), member) };
            let step = residual.step(number);
            let step = if side == 0 { step } else { step.back() };
            self.augment(residual, members, query, from, to, step);
            if self.pushed == query.most {
                return;
            }
        }
    }

    fn push(&mut self, residual: &mut Residual, query: Query, step: Step, amount: u64) -> bool {
        residual.push(step, amount);
        let record = residual.record(step.debt);
        let change = if step.more { i128::from(amount) } else { -i128::from(amount) };
        self.cleared += change;
        self.weighted += change * i128::from(record.weight);
        if query.by_steps || record.unsettled != crate::book::residual::SETTLED {
            self.touched.push(step.debt);
        }
        Width::of(record.room(step.more)) < query.width
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
                member = residual.slots(index(parent)..index(parent) + 1)[0].head();
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
                let next = residual.slots(index(parent)..index(parent) + 1)[0].head();
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
        let here = members[index(orphan)].potential;
        let mut best = (u32::MAX, ROOT);
        // The slot from the orphan to a parent counts in the other direction.
        for place in row.clone() {
            self.sides[side].scanned += 1;
            let slot = residual.slots(place..place + 1)[0];
            let head = members[index(slot.head())];
            if head.tree == tree
                && Self::is_open(query, 1 - side, slot)
                && Self::length(query, 1 - side, slot, here, head.potential) == 0
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
            let slot = residual.slots(place..place + 1)[0];
            let head = members[index(slot.head())];
            let Some(its) = self.side_of(head) else { continue };
            if its == side && head.parent < ORPHAN && residual.slots(index(head.parent)..index(head.parent) + 1)[0].head() == orphan {
                members[index(slot.head())].parent = ORPHAN;
                self.orphans.push_back(slot.head());
            }
            if Self::is_open(query, 1 - its, slot) {
                let length = Self::length(query, 1 - its, slot, here, head.potential);
                if length == 0 {
                    self.activate(its, slot.head());
                } else if self.shifted() + length < query.limit {
                    let key = self.sides[its].shift + length;
                    self.sides[its].farther.push(Reverse((key, slot.head(), residual.partner(place as u32))));
                }
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
                    member = residual.slots(index(parent)..index(parent) + 1)[0].head();
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
            member = residual.slots(index(parent)..index(parent) + 1)[0].head();
        }
        Some(all)
    }

    #[inline(never)]
    fn raise(&mut self, residual: &Residual, members: &mut [Member], query: Query, side: usize) -> bool {
        if query.by_steps || query.width > Width::OPEN {
            return false;
        }
        let tree = self.number + side as u32;
        let mut by = query.limit - self.shifted();
        while let Some(&Reverse((key, member, number))) = self.sides[side].farther.peek() {
            if key - self.sides[side].shift >= by { break; }
            let slot = residual.slots(index(number)..index(number) + 1)[0];
            let head = members[index(slot.head())];
            if members[index(member)].tree != tree || head.tree == tree || !Self::is_open(query, side, slot) {
                self.sides[side].farther.pop();
                continue;
            }
            let length = Self::length(query, side, slot, members[index(member)].potential, head.potential);
            if head.tree == self.number + 1 - side as u32 {
                self.sides[side].farther.pop();
                let slots = if side == 0 { (member, number) } else { (slot.head(), residual.partner(number)) };
                self.crossing.push(Reverse((self.shifted() + length, slots.0, slots.1)));
                continue;
            }
            if self.sides[side].shift + length != key {
                self.sides[side].farther.pop();
                self.sides[side].farther.push(Reverse((self.sides[side].shift + length, member, number)));
                continue;
            }
            by = length;
            break;
        }
        while let Some(&Reverse((key, member, number))) = self.crossing.peek() {
            if key - self.shifted() >= by { break; }
            let slot = residual.slots(index(number)..index(number) + 1)[0];
            let head = members[index(slot.head())];
            if members[index(member)].tree != self.number || head.tree != self.number + 1 || !Self::is_open(query, 0, slot) {
                self.crossing.pop();
                continue;
            }
            let length = Self::length(query, 0, slot, members[index(member)].potential, head.potential);
            if self.shifted() + length != key {
                self.crossing.pop();
                self.crossing.push(Reverse((self.shifted() + length, member, number)));
                continue;
            }
            if length == 0 {
                self.activate(side, if side == 0 { member } else { slot.head() });
                return true;
            }
            by = length;
            break;
        }
        self.raises += 1;
        for &member in &self.sides[side].members {
            if members[index(member)].tree == tree {
                members[index(member)].potential += if side == 0 { by } else { -by };
            }
        }
        self.sides[side].scanned += self.sides[side].members.len() as u64;
        self.sides[side].shift += by;
        if self.shifted() >= query.limit {
            return false;
        }
        while let Some(&Reverse((key, member, number))) = self.sides[side].farther.peek() {
            if key > self.sides[side].shift { break; }
            self.sides[side].farther.pop();
            let slot = residual.slots(index(number)..index(number) + 1)[0];
            let head = members[index(slot.head())];
            if members[index(member)].tree != tree || head.tree == tree || !Self::is_open(query, side, slot) {
                continue;
            }
            let length = Self::length(query, side, slot, members[index(member)].potential, head.potential);
            if length > 0 {
                self.sides[side].farther.push(Reverse((self.sides[side].shift + length, member, number)));
            } else if self.side_of(head).is_none() {
                self.join(members, side, slot.head(), residual.partner(number));
            } else {
                let slots = if side == 0 { (member, number) } else { (slot.head(), residual.partner(number)) };
                self.crossing.push(Reverse((self.shifted() + length, slots.0, slots.1)));
            }
        }
        true
    }
}
