//! The debts of a book and the ways in which what is set off of them can change.
//!
//! As in the [optimiser](crate::residual), a debt has two *slots*: one at its debtor through which
//! more of it can be set off, which gains its weight, and one at its creditor through which what is
//! set off can be taken back, which costs its weight. Here debts come, change and go, so the record
//! of a debt says where its slots are, and a slot which debt it belongs to.

use std::num::NonZeroU64;
use std::ops::Range;

use crate::Debt;
use crate::book::rows::{Rows, Slot};
use crate::bundle::index;

/// A debt in the book.
#[derive(Clone, Copy)]
pub(super) struct Record {
    /// Tells it from all others that were or will be in its place.
    pub(super) serial: NonZeroU64,
    pub(super) amount: u64,
    /// What is set off of it.
    pub(super) set_off: u64,
    pub(super) debtor: u32,
    pub(super) creditor: u32,
    /// The slot at the debtor.
    restore: u32,
    /// The slot at the creditor.
    cancel: u32,
    pub(super) weight: i32,
    /// Its place in the list of unsettled debts, or [`SETTLED`].
    pub(super) unsettled: u32,
}

/// The debt is not in the list of unsettled debts.
pub(super) const SETTLED: u32 = u32::MAX;

impl Record {
    /// As its user knows it.
    pub(super) fn debt(&self) -> Debt {
        let Self { debtor, creditor, amount, weight, .. } = *self;
        Debt { debtor, creditor, amount, weight }
    }

    /// How much can be pushed by a step of it.
    pub(super) fn room(&self, more: bool) -> u64 {
        if more { self.amount - self.set_off } else { self.set_off }
    }
}

/// A push through one of a debt's two slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The place of the debt.
    pub(super) debt: u32,
    /// Whether more of the debt is set off by it, or less.
    pub(super) more: bool,
}

/// All debts, each in a place that it keeps, and all slots.
#[derive(Clone, Default)]
pub(super) struct Residual {
    rows: Rows,
    /// By place; `None` where no debt is.
    records: Vec<Option<Record>>,
    /// The places where no debt is, the one left last at the end.
    free: Vec<u32>,
}

impl Residual {
    /// No debts yet, but room for so many of each member.
    pub(super) fn with_room_for(degrees: &[u32]) -> Self {
        Self { rows: Rows::with_room_for(degrees), ..Self::default() }
    }

    pub(super) fn add_member(&mut self) {
        self.rows.add_member();
    }

    /// The last member, who has no debts, goes.
    pub(super) fn remove_last_member(&mut self) {
        self.rows.remove_last_member();
    }

    /// How many debts there are.
    pub(super) fn len(&self) -> usize {
        self.records.len() - self.free.len()
    }

    /// How many slots a member has.
    pub(super) fn degree(&self, member: u32) -> u64 {
        self.rows.row(member).len() as u64
    }

    /// How many members there are.
    pub(super) fn members(&self) -> u32 {
        self.rows.members()
    }

    /// No debt is in a place with this or a higher number.
    pub(super) fn places(&self) -> usize {
        self.records.len()
    }

    /// All debts in the order of their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Record)> {
        (0..).zip(&self.records).filter_map(|(place, record)| Some((place, record.as_ref()?)))
    }

    /// The debt in a place, if one is there.
    pub(super) fn get(&self, place: u32) -> Option<&Record> {
        self.records.get(index(place))?.as_ref()
    }

    /// The debt in a place where one is.
    pub(super) fn record(&self, place: u32) -> &Record {
        self.records[index(place)].as_ref().expect("slots and lists only name debts at hand")
    }

    fn record_mut(&mut self, place: u32) -> &mut Record {
        self.records[index(place)].as_mut().expect("slots and lists only name debts at hand")
    }

    /// Enters a debt of which nothing is set off, and returns its place.
    pub(super) fn insert(&mut self, serial: NonZeroU64, debt: Debt) -> u32 {
        let Debt { debtor, creditor, amount, weight } = debt;
        let record = Record {
            serial,
            amount,
            set_off: 0,
            debtor,
            creditor,
            restore: 0,
            cancel: 0,
            weight,
            unsettled: SETTLED,
        };
        let place = self.free.pop().unwrap_or_else(|| {
            self.records.push(None);
            u32::try_from(self.records.len() - 1).expect("the book limits the number of debts")
        });
        self.records[index(place)] = Some(record);
        let moved = self.rows.enter(debtor, Slot::new(creditor, -weight), place);
        self.renumber(debtor, moved);
        let moved = self.rows.enter(creditor, Slot::new(debtor, weight), place);
        self.renumber(creditor, moved);
        self.show(place);
        self.pack_if_loose();
        place
    }

    /// Takes a debt out, which may have been set off in part.
    pub(super) fn remove(&mut self, place: u32) -> Record {
        let Record { debtor, creditor, .. } = *self.record(place);
        let moved = self.rows.leave(debtor, self.record(place).restore);
        self.renumber(debtor, moved);
        let moved = self.rows.leave(creditor, self.record(place).cancel);
        self.renumber(creditor, moved);
        let record = *self.record(place);
        self.records[index(place)] = None;
        self.free.push(place);
        self.pack_if_loose();
        record
    }

    /// Sets what is owed, which is not less than what is set off; returns what was owed.
    pub(super) fn set_amount(&mut self, place: u32, amount: u64) -> u64 {
        let record = self.record_mut(place);
        debug_assert!(record.set_off <= amount, "no more is set off than is owed");
        let was = std::mem::replace(&mut record.amount, amount);
        self.show(place);
        was
    }

    /// Pushes an amount, which is not more than there is room for.
    pub(super) fn push(&mut self, step: Step, amount: u64) {
        let record = self.record_mut(step.debt);
        debug_assert!(amount <= record.room(step.more), "a push fits its slot");
        if step.more {
            record.set_off += amount;
        } else {
            record.set_off -= amount;
        }
        self.show(step.debt);
    }

    /// Says where a debt is in the list of unsettled debts, or that it is [`SETTLED`].
    pub(super) fn set_unsettled(&mut self, place: u32, unsettled: u32) {
        self.record_mut(place).unsettled = unsettled;
    }

    /// The numbers of a member's slots.
    pub(super) fn row(&self, member: u32) -> Range<u32> {
        self.rows.numbers(member)
    }

    /// A slot by its number.
    pub(super) fn slot(&self, number: u32) -> Slot {
        self.rows.slot(index(number))
    }

    /// A member's slots.
    pub(super) fn slots(&self, member: u32) -> &[Slot] {
        self.rows.slots(self.rows.row(member))
    }

    /// The debt of a slot.
    pub(super) fn debt(&self, slot: u32) -> u32 {
        self.rows.debt(index(slot))
    }

    /// Whether a debt's slots are of no length.
    pub(super) fn is_tight(&self, place: u32) -> bool {
        self.slot(self.record(place).restore).is_tight()
    }

    /// What a push through a slot is (or, on side 1, through its partner).
    pub(super) fn step(&self, slot: u32, side: usize) -> Step {
        let debt = self.rows.debt(index(slot));
        Step { debt, more: (self.record(debt).restore == slot) == (side == 0) }
    }

    /// The same debt's other slot.
    pub(super) fn partner(&self, slot: u32) -> u32 {
        let record = self.record(self.rows.debt(index(slot)));
        if record.restore == slot { record.cancel } else { record.restore }
    }

    /// The member from whom a step leads, and to whom.
    pub(super) fn ends(&self, step: Step) -> (u32, u32) {
        let record = self.record(step.debt);
        if step.more {
            (record.debtor, record.creditor)
        } else {
            (record.creditor, record.debtor)
        }
    }

    /// Brings the bits of a debt's slots up to date.
    fn show(&mut self, place: u32) {
        let record = *self.record(place);
        let (more, less) = (record.room(true) > 0, record.room(false) > 0);
        self.rows.set_open(record.restore, more, less);
        self.rows.set_open(record.cancel, less, more);
    }

    /// Shows the sign of a debt's gain in its slots: the length of the slot at the debtor is less
    /// than 0 where the gain is more, and that of the slot at the creditor is the gain.
    pub(super) fn set_gain(&mut self, place: u32, gain: i64) {
        let record = *self.record(place);
        self.rows.set_long(record.restore, gain < 0, gain > 0);
        self.rows.set_long(record.cancel, gain > 0, gain < 0);
    }

    /// Tells the debts of a member's slots among these the numbers that they have now.
    fn renumber(&mut self, member: u32, slots: Range<usize>) {
        for slot in slots {
            let number = u32::try_from(slot).expect("slots are numbered in u32");
            let record = self.record_mut(self.rows.debt(slot));
            if record.debtor == member {
                record.restore = number;
            } else {
                record.cancel = number;
            }
        }
    }

    fn pack_if_loose(&mut self) {
        if !self.rows.is_loose() {
            return;
        }
        self.rows.pack();
        for member in 0..self.rows.members() {
            self.renumber(member, self.rows.row(member));
        }
    }

    /// Whether a debt's slots show what they should; for tests.
    #[cfg(test)]
    pub(super) fn is_shown(&self, place: u32, gain: i64) -> bool {
        let record = self.record(place);
        let shows = |number: u32, length: i64, room: [u64; 2], head: u32| {
            let slot = self.slot(number);
            slot.head() == head
                && self.debt(number) == place
                && slot.is_tight() == (length == 0)
                && [0, 1].into_iter().all(|side| {
                    let length = if side == 0 { length } else { -length };
                    slot.is_open(side) == (room[side] > 0)
                        && slot.is_ready(side) == (room[side] > 0 && length <= 0)
                })
        };
        let (more, less) = (record.room(true), record.room(false));
        shows(record.restore, -gain, [more, less], record.creditor)
            && shows(record.cancel, gain, [less, more], record.debtor)
    }
}
