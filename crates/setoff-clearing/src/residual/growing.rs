//! A residual network whose debts come, change and go.
//!
//! It is laid out as the optimiser reads it, so that the optimiser can go on with it at any moment
//! without anything being built. Each debt has its own two slots; debts of the same pair are not
//! brought together.
//!
//! A row has room for a power of two of slots. One that is full moves to a place twice as large, one
//! that is three quarters empty to a place half as large. A place left behind is kept in a list of
//! places of its size and used again. When these lists hold most of the array (because rows of other
//! sizes are wanted now than before), all rows are packed anew.
//!
//! So entering and leaving take constant time, amortised, and there are never more than [`SPREAD`]
//! times as many places as slots, plus a constant: memory follows the number of debts at hand,
//! whatever has come and gone before.

use crate::Debt;
use crate::bundle::index;
use crate::residual::{Each, Link, Residual, Row, Weights};

/// There may be so many times as many places as slots. Rows alone can make it 4.
const SPREAD: usize = 6;

/// There may be so many places more.
const SPARE: usize = 1 << 10;

/// No debt has this number.
const NONE: u32 = u32::MAX;

/// The slots of debts that have numbers of their own.
#[derive(Clone, Default)]
pub(crate) struct Growing {
    residual: Residual<Each>,
    /// The debt of each slot.
    debts: Vec<u32>,
    /// The cancelling slot of each debt.
    cancels: Vec<u32>,
    /// How many slots each member's row has room for: a power of two, or 0.
    rooms: Vec<u32>,
    /// Unused places for 2^i slots.
    free: [Vec<u32>; 32],
    /// How many slots there are.
    used: usize,
}

impl Growing {
    /// No debts yet, but room for so many slots of each member.
    pub(crate) fn with_room_for(slots: &[u32]) -> Self {
        let mut growing = Self::default();
        for &slots in slots {
            let (start, room) = (growing.places(), room_for(slots));
            growing.residual.rows.push(Row { start, middle: start, end: start });
            growing.rooms.push(room);
            growing.extend(room);
        }
        growing
    }

    /// The network as searches read it.
    pub(crate) fn residual(&self) -> &Residual<Each> {
        &self.residual
    }

    /// Lets the optimiser change what is set off.
    pub(crate) fn lend(&mut self, to: impl FnOnce(Residual<Each>) -> Residual<Each>) {
        self.residual = to(std::mem::take(&mut self.residual));
    }

    /// How many members there are.
    pub(crate) fn members(&self) -> u32 {
        u32::try_from(self.rooms.len()).expect("members are numbered in u32")
    }

    pub(crate) fn add_member(&mut self) {
        self.residual.rows.push(Row::default());
        self.rooms.push(0);
    }

    /// The last member, who has no debts, goes.
    pub(crate) fn remove_last_member(&mut self) {
        if let (Some(row), Some(room)) = (self.residual.rows.pop(), self.rooms.pop()) {
            debug_assert!(row.all().is_empty(), "a member without slots");
            self.give_back(row.start, room);
        }
    }

    /// Enters a debt of which nothing is set off, under a number that no other has.
    pub(crate) fn insert(&mut self, number: u32, debt: Debt) {
        let Debt { debtor, creditor, amount, weight } = debt;
        if self.cancels.len() <= index(number) {
            self.cancels.resize(index(number) + 1, NONE);
        }
        // The second leaves the first where it is, since it is in another row.
        let cancel = self.make_place(creditor, true);
        let restore = self.make_place(debtor, false);
        self.cancels[index(number)] = cancel;
        for (slot, mate, head, left) in
            [(cancel, restore, debtor, 0), (restore, cancel, creditor, amount)]
        {
            let slot = index(slot);
            self.debts[slot] = number;
            self.residual.heads[slot] = head;
            self.residual.links[slot] = Link { left, mate };
            self.residual.weights.set(slot, weight);
        }
        let (cancel, restore) = (index(cancel), index(restore));
        self.residual.open.set(cancel, false);
        self.residual.open.set(restore, true);
        self.residual.mate_open.set(cancel, true);
        self.residual.mate_open.set(restore, false);
    }

    /// Takes a debt out.
    pub(crate) fn remove(&mut self, number: u32) {
        let Debt { debtor, creditor, .. } = self.debt(number);
        let (cancel, restore) = (self.slot(number, false), self.slot(number, true));
        self.close_place(creditor, cancel);
        self.close_place(debtor, restore);
        self.cancels[index(number)] = NONE;
        if self.debts.len() > SPREAD * self.used + SPARE {
            self.pack();
        }
    }

    /// A debt by its number.
    pub(crate) fn debt(&self, number: u32) -> Debt {
        let (cancel, restore) = (self.slot(number, false), self.slot(number, true));
        Debt {
            debtor: self.residual.heads[cancel],
            creditor: self.residual.heads[restore],
            amount: self.residual.left(cancel) + self.residual.left(restore),
            weight: self.residual.weights.0[cancel],
        }
    }

    /// What is set off of a debt.
    pub(crate) fn set_off(&self, number: u32) -> u64 {
        self.residual.left(self.slot(number, false))
    }

    /// The slot through which more of a debt is set off, or less.
    pub(crate) fn slot(&self, number: u32, more: bool) -> usize {
        let cancel = index(self.cancels[index(number)]);
        if more { self.residual.mate(cancel) } else { cancel }
    }

    /// The debt of a slot, and whether more of it is set off through the slot.
    pub(crate) fn debt_of(&self, slot: usize) -> (u32, bool) {
        let debt = self.debts[slot];
        (debt, index(self.cancels[index(debt)]) != slot)
    }

    /// Sets what is owed, which is not less than what is set off.
    pub(crate) fn set_amount(&mut self, number: u32, amount: u64) {
        let (cancel, restore) = (self.slot(number, false), self.slot(number, true));
        let left = amount.checked_sub(self.residual.left(cancel));
        let left = left.expect("no more is set off than is owed");
        self.residual.links[restore].left = left;
        self.residual.open.set(restore, left > 0);
        self.residual.mate_open.set(cancel, left > 0);
    }

    /// Pushes an amount, which is above 0 and not more than is left, through a slot.
    pub(crate) fn push(&mut self, slot: usize, amount: u64) {
        self.residual.push(slot, amount);
    }

    /// A place for one more slot of a member: at the end of its row, or, for a slot that cancels, in
    /// the middle.
    fn make_place(&mut self, member: u32, cancels: bool) -> u32 {
        let length = self.length(member);
        if length == self.rooms[index(member)] {
            self.resize(member, room_for(length + 1));
        }
        let Row { middle, end, .. } = self.residual.rows[index(member)];
        if cancels && middle < end {
            self.move_slot(index(middle), index(end));
        }
        let row = &mut self.residual.rows[index(member)];
        row.end += 1;
        row.middle += u32::from(cancels);
        self.used += 1;
        if cancels { middle } else { end }
    }

    /// Fills the place of a slot that goes with the last slot of its kind, and so on.
    fn close_place(&mut self, member: u32, mut place: usize) {
        let row = self.residual.rows[index(member)];
        if place < index(row.middle) {
            self.move_slot(index(row.middle) - 1, place);
            place = index(row.middle) - 1;
            self.residual.rows[index(member)].middle -= 1;
        }
        self.move_slot(index(row.end) - 1, place);
        self.residual.rows[index(member)].end -= 1;
        self.used -= 1;
        let length = self.length(member);
        if length <= self.rooms[index(member)] / 4 {
            self.resize(member, room_for(length));
        }
    }

    /// Moves a slot to a place where none is.
    fn move_slot(&mut self, from: usize, to: usize) {
        if from == to {
            return;
        }
        let residual = &mut self.residual;
        let link = residual.links[from];
        residual.heads[to] = residual.heads[from];
        residual.links[to] = link;
        residual.weights.0[to] = residual.weights.0[from];
        residual.open.set(to, residual.open.contains(from));
        residual.mate_open.set(to, residual.mate_open.contains(from));
        residual.links[index(link.mate)].mate = number(to);
        self.debts[to] = self.debts[from];
        let cancel = &mut self.cancels[index(self.debts[to])];
        if index(*cancel) == from {
            *cancel = number(to);
        }
    }

    /// Moves a row to a place with other room.
    fn resize(&mut self, member: u32, room: u32) {
        let (row, old_room) = (self.residual.rows[index(member)], self.rooms[index(member)]);
        if room == old_room {
            return;
        }
        let unused = if room > 0 { self.free[class(room)].pop() } else { Some(0) };
        let start = unused.unwrap_or_else(|| {
            let start = self.places();
            self.extend(room);
            start
        });
        for (to, from) in (index(start)..).zip(row.all()) {
            self.move_slot(from, to);
        }
        self.give_back(row.start, old_room);
        let (middle, end) = (start + row.middle - row.start, start + row.end - row.start);
        self.residual.rows[index(member)] = Row { start, middle, end };
        self.rooms[index(member)] = room;
    }

    /// Packs all rows anew, in the order of the members.
    fn pack(&mut self) {
        let lengths: Vec<u32> = (0..self.members()).map(|member| self.length(member)).collect();
        let mut packed = Self::with_room_for(&lengths);
        packed.cancels = vec![NONE; self.cancels.len()];
        let mut now_at = vec![NONE; self.debts.len()];
        for (old, new) in self.residual.rows.iter().zip(&mut packed.residual.rows) {
            new.middle = new.start + (old.middle - old.start);
            new.end = new.start + (old.end - old.start);
            for (from, to) in old.all().zip(new.start..) {
                now_at[from] = to;
            }
        }
        for (from, &to) in now_at.iter().enumerate().filter(|(_, to)| **to != NONE) {
            let (old, to) = (&self.residual, index(to));
            let Link { left, mate } = old.links[from];
            packed.residual.heads[to] = old.heads[from];
            packed.residual.links[to] = Link { left, mate: now_at[index(mate)] };
            packed.residual.weights.0[to] = old.weights.0[from];
            packed.residual.open.set(to, old.open.contains(from));
            packed.residual.mate_open.set(to, old.mate_open.contains(from));
            let (debt, restores) = self.debt_of(from);
            packed.debts[to] = debt;
            if !restores {
                packed.cancels[index(debt)] = number(to);
            }
        }
        packed.used = self.used;
        *self = packed;
    }

    fn length(&self, member: u32) -> u32 {
        let row = self.residual.rows[index(member)];
        row.end - row.start
    }

    fn give_back(&mut self, start: u32, room: u32) {
        if room > 0 {
            self.free[class(room)].push(start);
        }
    }

    /// How many places for slots there are.
    fn places(&self) -> u32 {
        number(self.debts.len())
    }

    fn extend(&mut self, room: u32) {
        let places = self.debts.len() + index(room);
        self.debts.resize(places, NONE);
        self.residual.heads.resize(places, 0);
        self.residual.links.resize(places, Link::default());
        self.residual.weights.0.resize(places, 0);
        self.residual.open.raise_bound(places);
        self.residual.mate_open.raise_bound(places);
    }

    /// Looks for a slot that is not where it should be or does not show what it should. Takes
    /// `O(members + debts)`.
    pub(crate) fn out_of_place(&self) -> Option<&'static str> {
        let residual = &self.residual;
        let mut slots = 0;
        for member in 0..self.members() {
            let row = residual.row(member);
            slots += row.all().len();
            let is_right = |slot: usize| {
                let (mate, (debt, more)) = (residual.mate(slot), self.debt_of(slot));
                residual.mate(mate) == slot
                    && residual.heads[mate] == member
                    && more == row.restoring().contains(&slot)
                    && self.debt_of(mate) == (debt, !more)
                    && residual.weights.get(slot) == residual.weights.get(mate)
                    && residual.open.contains(slot) == (residual.left(slot) > 0)
                    && residual.mate_open.contains(slot) == (residual.left(mate) > 0)
            };
            if row.all().len() > index(self.rooms[index(member)]) || !row.all().all(is_right) {
                return Some("the slots of a member");
            }
        }
        (slots != self.used).then_some("the number of slots")
    }
}

/// The places for slots of a member that has so many.
fn room_for(slots: u32) -> u32 {
    if slots == 0 { 0 } else { slots.next_power_of_two() }
}

/// The list that keeps places with so much room.
fn class(room: u32) -> usize {
    index(room.max(1).trailing_zeros())
}

/// A slot's number.
fn number(slot: usize) -> u32 {
    u32::try_from(slot).expect("the book limits the number of debts, and pack() the places")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_stay_in_order_and_the_array_stays_small_whatever_comes_and_goes() {
        let members = 50_u32;
        let mut growing = Growing::default();
        (0..members).for_each(|_| growing.add_member());
        let mut held: Vec<(u32, Debt)> = Vec::new();
        let mut free: Vec<u32> = (0..3_000).rev().collect();
        let mut state = 1_u32;
        let mut draw = |bound: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % bound
        };
        let mut most = 0;

        for step in 0..60_000_u32 {
            // Rows of some members grow in one phase and shrink in the next.
            let grows = (step / 5_000) % 2 == 0;
            if (grows || held.is_empty()) && !free.is_empty() {
                let number = free.pop().unwrap();
                let debtor = (step / 10_000 * 7 + draw(10)) % members;
                let creditor = (debtor + 1 + draw(members - 1)) % members;
                let amount = u64::from(draw(100)) + 1;
                let debt = Debt { debtor, creditor, amount, weight: 1 };
                growing.insert(number, debt);
                growing.push(growing.slot(number, true), amount.div_ceil(2));
                held.push((number, debt));
            } else if !held.is_empty() {
                let drawn = draw(u32::try_from(held.len()).unwrap());
                let (number, debt) = held.swap_remove(index(drawn));
                assert_eq!(growing.debt(number), debt);
                assert_eq!(growing.set_off(number), debt.amount.div_ceil(2));
                growing.remove(number);
                free.push(number);
            }
            most = most.max(growing.used);
            assert!(growing.debts.len() <= SPREAD * most + SPARE);
            if step % 500 == 0 {
                assert_eq!(growing.out_of_place(), None);
            }
        }

        assert_eq!(growing.used, 2 * held.len());
        for (number, debt) in held {
            assert_eq!(growing.debt(number), debt);
        }
    }
}
