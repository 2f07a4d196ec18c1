//! The slots of each member, in rows that grow and shrink.
//!
//! All rows lie in one array. A row has room for a power of two of slots; one that is full moves to
//! a place twice as large, one that is three quarters empty to a place half as large. A place left
//! behind is kept in a list of places of its size and used again. When these lists hold most of the
//! array (because rows of other sizes are wanted now than before), all rows are packed anew.
//!
//! So entering and leaving take constant time, amortised, and the array never has more than
//! [`SPREAD`] times as many places as there are slots, plus a constant: memory follows the number of
//! debts at hand, whatever has come and gone before.

use std::ops::Range;

use crate::bundle::index;

/// The array may be so many times as long as all slots. Rows alone can make it 4.
const SPREAD: usize = 6;

/// The array may have so many places more.
const SPARE: usize = 1 << 10;

/// One way to change what is set off, as scans see it: the debt at its debtor, where more of it
/// can be set off, or at its creditor, where less can be.
#[derive(Clone, Copy, Default)]
pub(super) struct Slot {
    head: u32,
    /// The cost times sixteen; below it, from the lowest bit up, whether anything can be pushed
    /// through the slot, whether anything can be through its partner, whether its length is above 0
    /// and whether that of its partner is. `LARGEST_WEIGHT` makes the bits suffice.
    cost_and_state: i32,
}

const OPEN: i32 = 1;
const PARTNER_OPEN: i32 = 2;
const LONG: i32 = 4;
const PARTNER_LONG: i32 = 8;
const COST: u32 = 4;

impl Slot {
    pub(super) fn new(head: u32, cost: i32) -> Self {
        Self { head, cost_and_state: cost << COST }
    }

    /// The member it leads to.
    pub(super) fn head(self) -> u32 {
        self.head
    }

    /// What a unit pushed through it costs. Its partner costs as much less.
    pub(super) fn cost(self) -> i64 {
        i64::from(self.cost_and_state >> COST)
    }

    /// Whether anything can be pushed through it (or, on side 1, through its partner).
    pub(super) fn is_open(self, side: usize) -> bool {
        self.cost_and_state & (OPEN << side) != 0
    }

    /// Whether something can be pushed through it at no length (or, on side 1, through its partner).
    pub(super) fn is_ready(self, side: usize) -> bool {
        self.cost_and_state & (OPEN | LONG) << side == OPEN << side
    }

    /// Whether it is of no length, neither above 0 nor below.
    pub(super) fn is_tight(self) -> bool {
        self.cost_and_state & (LONG | PARTNER_LONG) == 0
    }

    /// Whether it or its partner is open and of a length below 0.
    pub(super) fn is_unsettled(self) -> bool {
        let state = self.cost_and_state;
        state & (OPEN | PARTNER_LONG) == OPEN | PARTNER_LONG
            || state & (PARTNER_OPEN | LONG) == PARTNER_OPEN | LONG
    }
}

/// Where a member's slots are.
#[derive(Clone, Copy, Default)]
struct Row {
    start: u32,
    length: u32,
    /// A power of two, or 0 where there is no slot.
    room: u32,
}

/// The slots of all members.
#[derive(Clone, Default)]
pub(super) struct Rows {
    rows: Vec<Row>,
    slots: Vec<Slot>,
    /// The debt of each slot.
    debts: Vec<u32>,
    /// Unused places of 2^i slots.
    free: [Vec<u32>; 32],
    /// How many slots there are.
    used: usize,
}

impl Rows {
    /// Empty rows with room for so many slots of each member.
    pub(super) fn with_room_for(lengths: &[u32]) -> Self {
        let mut rows = Self::default();
        for &length in lengths {
            let room = room_for(length);
            rows.rows.push(Row { start: rows.end(), length: 0, room });
            rows.extend(room);
        }
        rows
    }

    /// A new member without slots.
    pub(super) fn add_member(&mut self) {
        self.rows.push(Row::default());
    }

    /// The last member, who has no slots, goes.
    pub(super) fn remove_last_member(&mut self) {
        if let Some(row) = self.rows.pop() {
            debug_assert_eq!(row.length, 0, "a member without slots");
            self.give_back(row);
        }
    }

    /// How many members there are.
    pub(super) fn members(&self) -> u32 {
        u32::try_from(self.rows.len()).expect("members are numbered in u32")
    }

    /// The numbers of a member's slots.
    pub(super) fn numbers(&self, member: u32) -> Range<u32> {
        let row = self.rows[index(member)];
        row.start..row.start + row.length
    }

    /// The same, to index with.
    pub(super) fn row(&self, member: u32) -> Range<usize> {
        let numbers = self.numbers(member);
        index(numbers.start)..index(numbers.end)
    }

    /// A slot by its number.
    pub(super) fn slot(&self, number: usize) -> Slot {
        self.slots[number]
    }

    /// Slots by their numbers.
    pub(super) fn slots(&self, numbers: Range<usize>) -> &[Slot] {
        &self.slots[numbers]
    }

    /// The debt of a slot.
    pub(super) fn debt(&self, slot: usize) -> u32 {
        self.debts[slot]
    }

    /// Says whether anything can be pushed through a slot and its partner.
    pub(super) fn set_open(&mut self, slot: u32, own: bool, partner: bool) {
        let state = &mut self.slots[index(slot)].cost_and_state;
        *state &= !(OPEN | PARTNER_OPEN);
        *state |= i32::from(own) * OPEN | i32::from(partner) * PARTNER_OPEN;
    }

    /// Says whether a slot and its partner are of a length above 0.
    pub(super) fn set_long(&mut self, slot: u32, own: bool, partner: bool) {
        let state = &mut self.slots[index(slot)].cost_and_state;
        *state &= !(LONG | PARTNER_LONG);
        *state |= i32::from(own) * LONG | i32::from(partner) * PARTNER_LONG;
    }

    /// Enters a slot at the end of a member's row. Slots with other numbers now than before are in
    /// the range returned, and the new one is the last of it.
    pub(super) fn enter(&mut self, member: u32, slot: Slot, debt: u32) -> Range<usize> {
        let mut moved = self.rows[index(member)].length;
        if self.rows[index(member)].length == self.rows[index(member)].room {
            self.resize(member, room_for(self.rows[index(member)].length + 1));
            moved = 0;
        }
        let row = &mut self.rows[index(member)];
        let place = index(row.start + row.length);
        row.length += 1;
        self.used += 1;
        self.slots[place] = slot;
        self.debts[place] = debt;
        index(row.start + moved)..place + 1
    }

    /// Takes a slot of a member out. Slots with other numbers now than before are in the range
    /// returned.
    pub(super) fn leave(&mut self, member: u32, slot: u32) -> Range<usize> {
        let row = &mut self.rows[index(member)];
        row.length -= 1;
        self.used -= 1;
        let last = index(row.start + row.length);
        let place = index(slot);
        self.slots.swap(place, last);
        self.debts.swap(place, last);
        if row.length <= row.room / 4 {
            let length = row.length;
            self.resize(member, room_for(length));
            return self.row(member);
        }
        if place == last { place..place } else { place..place + 1 }
    }

    /// Whether the array holds so much unused room that [`Rows::pack`] should be called.
    pub(super) fn is_loose(&self) -> bool {
        self.slots.len() > SPREAD * self.used + SPARE
    }

    /// Packs all rows anew, in the order of the members. All slots change their numbers.
    pub(super) fn pack(&mut self) {
        let lengths: Vec<u32> = self.rows.iter().map(|row| row.length).collect();
        let mut packed = Self::with_room_for(&lengths);
        for (old, new) in self.rows.iter().zip(&mut packed.rows) {
            new.length = old.length;
            let from = index(old.start)..index(old.start + old.length);
            let to = index(new.start)..index(new.start + new.length);
            packed.slots[to.clone()].copy_from_slice(&self.slots[from.clone()]);
            packed.debts[to].copy_from_slice(&self.debts[from]);
        }
        packed.used = self.used;
        *self = packed;
    }

    /// Moves a row to a place with other room.
    fn resize(&mut self, member: u32, room: u32) {
        let old = self.rows[index(member)];
        if room == old.room {
            return;
        }
        let start = match self.free[class(room)].pop() {
            _ if room == 0 => 0,
            Some(start) => start,
            None => {
                let start = self.end();
                self.extend(room);
                start
            }
        };
        let from = index(old.start)..index(old.start + old.length);
        self.slots.copy_within(from.clone(), index(start));
        self.debts.copy_within(from, index(start));
        self.give_back(old);
        self.rows[index(member)] = Row { start, length: old.length, room };
    }

    fn give_back(&mut self, row: Row) {
        if row.room > 0 {
            self.free[class(row.room)].push(row.start);
        }
    }

    /// Where the array ends.
    fn end(&self) -> u32 {
        // The book limits the number of debts, and `is_loose` what there is besides.
        u32::try_from(self.slots.len()).expect("SPREAD times the most slots fit u32")
    }

    fn extend(&mut self, room: u32) {
        self.slots.resize(self.slots.len() + index(room), Slot::default());
        self.debts.resize(self.debts.len() + index(room), 0);
    }
}

/// The room of a row of so many slots.
fn room_for(length: u32) -> u32 {
    if length == 0 { 0 } else { length.next_power_of_two() }
}

/// The list that keeps places with so much room.
fn class(room: u32) -> usize {
    index(room.max(1).trailing_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_stay_in_their_rows_and_the_array_stays_small_whatever_comes_and_goes() {
        let members = 50_u32;
        let mut rows = Rows::default();
        (0..members).for_each(|_| rows.add_member());
        let mut expected: Vec<Vec<u32>> = vec![Vec::new(); index(members)];
        let mut random = 1_u32;
        let mut most = 0;

        for step in 0..200_000_u32 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let member = (random >> 16) % members;
            // Rows grow in one phase and shrink in the next, other rows each time.
            let grows = (step / 5_000 + member) % 2 == 0;
            let row = rows.row(member);
            if grows || row.is_empty() {
                rows.enter(member, Slot::new(member, 1), step);
                expected[index(member)].push(step);
            } else {
                let slot = row.start + index(random >> 8) % row.len();
                let debt = rows.debt(slot);
                rows.leave(member, u32::try_from(slot).unwrap());
                expected[index(member)].retain(|other| *other != debt);
            }
            if rows.is_loose() {
                rows.pack();
            }
            most = most.max(rows.used);
            assert!(rows.slots.len() <= SPREAD * most + SPARE);
        }

        for (member, expected) in (0..).zip(&mut expected) {
            let mut found: Vec<u32> = rows.row(member).map(|slot| rows.debt(slot)).collect();
            assert!(rows.slots(rows.row(member)).iter().all(|slot| slot.head() == member));
            found.sort_unstable();
            assert_eq!(&found, expected);
        }
    }
}
