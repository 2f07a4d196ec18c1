//! The residual network: every way in which a set-off can still change.
//!
//! A bundle of debts of `u` to `v` with weight `w`, amount `c` and `f` set off has two *slots*:
//!
//! - at its creditor `v` a slot that leads to `u`: up to `f` of the set-off can be *cancelled*, at
//!   a cost of `w` a unit;
//! - at its debtor `u` a slot that leads to `v`: up to `c − f` can be *restored*, at a cost of
//!   `−w`.
//!
//! A slot with room left is *open*. Pushing `x` units through a slot moves `x` of the excess
//! (what is set off to a member less what is set off from it) from the slot's member to the one it
//! leads to. The network starts with everything set off that is worth something: `f = c` where
//! `w > 0`, and `f = 0` elsewhere.
//!
//! # In memory
//! The slots of a member are a row of neighbours, first those that cancel, then those that restore.
//! A scan of a row reads four bytes a slot and the [`Bits`] that say which slots it must look at;
//! what only a push needs is apart. That is 32 bytes and four bits a bundle, and eight bytes more
//! where weights differ. While the optimiser works, slots stay where they are; a
//! [`Growing`] network moves them between times, as debts come and go.

mod growing;

use std::ops::Range;

use prefetch_index::prefetch_index;

use crate::bits::Bits;
use crate::bundle::{Bundle, index};

pub(crate) use growing::Growing;

/// What a unit set off of each slot's bundle is worth.
pub(crate) trait Weights {
    /// Room for the weights of so many slots.
    fn of_slots(slots: usize) -> Self;
    /// Sets the weight of a slot's bundle.
    fn set(&mut self, slot: usize, weight: i32);
    /// The weight of a slot's bundle.
    fn get(&self, slot: usize) -> i64;
}

/// All bundles weigh 1, which needs no memory.
#[derive(Clone, Default)]
pub(crate) struct Alike;

impl Weights for Alike {
    fn of_slots(_: usize) -> Self {
        Self
    }

    fn set(&mut self, _: usize, weight: i32) {
        debug_assert_eq!(weight, 1, "all bundles weigh 1");
    }

    #[inline]
    fn get(&self, _: usize) -> i64 {
        1
    }
}

/// A weight for each slot.
#[derive(Clone, Default)]
pub(crate) struct Each(Vec<i32>);

impl Weights for Each {
    fn of_slots(slots: usize) -> Self {
        Self(vec![0; slots])
    }

    fn set(&mut self, slot: usize, weight: i32) {
        self.0[slot] = weight;
    }

    #[inline]
    fn get(&self, slot: usize) -> i64 {
        self.0[slot].into()
    }
}

/// A member's slots: those that cancel up to the middle, then those that restore.
#[derive(Clone, Copy, Default)]
pub(crate) struct Row {
    start: u32,
    middle: u32,
    end: u32,
}

impl Row {
    /// All slots.
    pub(crate) fn all(self) -> Range<usize> {
        index(self.start)..index(self.end)
    }

    /// Those that cancel.
    pub(crate) fn cancelling(self) -> Range<usize> {
        index(self.start)..index(self.middle)
    }

    /// A part of the row: after so many slots, so many.
    pub(crate) fn part(self, after: usize, most: usize) -> Self {
        let from = |after: usize| {
            let after = u32::try_from(after).unwrap_or(u32::MAX);
            self.start.saturating_add(after).min(self.end)
        };
        let (start, end) = (from(after), from(after.saturating_add(most)));
        Self { start, middle: self.middle.clamp(start, end), end }
    }

    /// Those that restore.
    pub(crate) fn restoring(self) -> Range<usize> {
        index(self.middle)..index(self.end)
    }
}

/// What a push needs of a slot: 12 bytes, so that a row's lie close together.
#[derive(Clone, Copy, Default)]
#[repr(C, packed(4))]
struct Link {
    /// How much can be pushed through the slot.
    left: u64,
    /// The same bundle's other slot.
    mate: u32,
}

/// The slots of all members that lie on circles, numbered anew.
#[derive(Clone, Default)]
pub(crate) struct Residual<W> {
    rows: Vec<Row>,
    heads: Vec<u32>,
    links: Vec<Link>,
    weights: W,
    open: Bits,
    mate_open: Bits,
}

impl<W: Weights> Residual<W> {
    /// The network of these bundles, set off as [`Bundle::at_first`] says.
    pub(crate) fn new<I: Iterator<Item = Bundle>>(members: usize, bundles: impl Fn() -> I) -> Self {
        let mut rows = vec![Row::default(); members];
        for bundle in bundles() {
            rows[index(bundle.creditor)].middle += 1;
            rows[index(bundle.debtor)].end += 1;
        }
        let mut start = 0;
        for row in &mut rows {
            let (cancelling, restoring) = (row.middle, row.end);
            *row = Row { start, middle: start + cancelling, end: start + cancelling + restoring };
            start = row.end;
        }
        let slots = index(start);
        let mut residual = Self {
            heads: vec![0; slots],
            links: vec![Link::default(); slots],
            weights: W::of_slots(slots),
            open: Bits::none(slots),
            mate_open: Bits::none(slots),
            rows: Vec::new(),
        };
        let mut next = rows.clone();
        for bundle in bundles() {
            let take = |slot: &mut u32| {
                *slot += 1;
                *slot - 1
            };
            let cancel = take(&mut next[index(bundle.creditor)].start);
            let restore = take(&mut next[index(bundle.debtor)].middle);
            residual.enter(bundle, cancel, restore);
        }
        residual.rows = rows;
        residual
    }

    fn enter(&mut self, bundle: Bundle, cancel: u32, restore: u32) {
        let set_off = bundle.at_first();
        let halves = [
            (cancel, restore, bundle.debtor, set_off),
            (restore, cancel, bundle.creditor, bundle.amount - set_off),
        ];
        for (slot, mate, head, left) in halves {
            self.heads[index(slot)] = head;
            self.links[index(slot)] = Link { left, mate };
            self.weights.set(index(slot), bundle.weight);
            if left > 0 {
                self.open.insert(index(slot));
                self.mate_open.insert(index(mate));
            }
        }
    }

    /// A member's slots.
    #[inline]
    pub(crate) fn row(&self, member: u32) -> Row {
        self.rows[index(member)]
    }

    /// How many slots several members have.
    pub(crate) fn slots_of(&self, members: &Range<u32>) -> usize {
        let rows = &self.rows[index(members.start)..index(members.end)];
        rows.iter().map(|row| row.all().len()).sum()
    }

    /// The largest weight of several members' bundles, whatever its sign.
    pub(crate) fn heaviest(&self, members: &Range<u32>) -> i64 {
        let rows = self.rows[index(members.start)..index(members.end)].iter();
        let weights = rows.flat_map(|row| row.restoring()).map(|slot| self.weights.get(slot).abs());
        weights.max().unwrap_or(0)
    }

    /// The members that slots lead to.
    #[inline]
    pub(crate) fn heads(&self) -> &[u32] {
        &self.heads
    }

    /// The weights of the slots' bundles.
    #[inline]
    pub(crate) fn weights(&self) -> &W {
        &self.weights
    }

    /// The slots through which something can be pushed.
    #[inline]
    pub(crate) fn open(&self) -> &Bits {
        &self.open
    }

    /// The slots to whose member something can be pushed through the same bundle's other slot.
    #[inline]
    pub(crate) fn mate_open(&self) -> &Bits {
        &self.mate_open
    }

    /// How much can be pushed through a slot.
    #[inline]
    pub(crate) fn left(&self, slot: usize) -> u64 {
        self.links[slot].left
    }

    /// Fetches where a member's row is.
    #[inline]
    pub(crate) fn fetch_row(&self, member: u32) {
        prefetch_index(&self.rows, index(member));
    }

    /// Fetches what a discharge reads of a slot.
    #[inline]
    pub(crate) fn fetch_slot(&self, slot: usize) {
        prefetch_index(&self.heads, slot);
        prefetch_index(&self.links, slot);
        self.open.fetch(slot);
    }

    /// Fetches what a push through a slot changes of its mate.
    #[inline]
    pub(crate) fn fetch_mate(&self, slot: usize) {
        prefetch_index(&self.links, index(self.links[slot].mate));
    }

    /// The same bundle's other slot.
    #[inline]
    pub(crate) fn mate(&self, slot: usize) -> usize {
        index(self.links[slot].mate)
    }

    /// Pushes an amount, which is above 0 and not more than is left, through a slot.
    #[inline]
    pub(crate) fn push(&mut self, slot: usize, amount: u64) {
        let link = &mut self.links[slot];
        let mate = index(link.mate);
        link.left -= amount;
        let all = link.left == 0;
        // The mate lies far away, so nothing is decided by what is read there.
        self.links[mate].left += amount;
        if !self.mate_open.contains(slot) {
            self.open.insert(mate);
            self.mate_open.insert(slot);
        }
        if all {
            self.open.remove(slot);
            self.mate_open.remove(mate);
        }
    }

    /// Sets how much can be pushed through a slot, at most as much as its bundle's amount.
    pub(crate) fn set_left(&mut self, slot: usize, left: u64) {
        let mate = self.mate(slot);
        let amount = self.left(slot) + self.left(mate);
        if left == self.left(slot) {
            return;
        }
        for (slot, mate, left) in [(slot, mate, left), (mate, slot, amount - left)] {
            self.links[slot].left = left;
            if left > 0 {
                self.open.insert(slot);
                self.mate_open.insert(mate);
            } else {
                self.open.remove(slot);
                self.mate_open.remove(mate);
            }
        }
    }

    /// What is set off in all.
    #[cfg(test)]
    pub(crate) fn set_off_in_all(&self) -> u128 {
        let cancelling = self.rows.iter().flat_map(|row| row.cancelling());
        cancelling.map(|slot| u128::from(self.left(slot))).sum()
    }

    /// What is set off of each bundle, asked in the order of [`Residual::new`].
    pub(crate) fn set_off(&self) -> impl FnMut(Bundle) -> u64 {
        let mut next: Vec<u32> = self.rows.iter().map(|row| row.start).collect();
        move |bundle| {
            let cancel = &mut next[index(bundle.creditor)];
            *cancel += 1;
            self.links[index(*cancel - 1)].left
        }
    }
}
