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
//! The slots of a member are a row of neighbours in memory. What every scan reads is in eight
//! bytes a slot; what only a push needs is apart.

use std::ops::Range;

use crate::bundle::{Bundle, index};

/// One way to change what is set off, as scans see it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Slot {
    head: u32,
    /// The cost times four; then a bit for "the partner is open" and one for "open".
    cost_and_state: i32,
}

const OPEN: i32 = 1;
const PARTNER_OPEN: i32 = 2;

impl Slot {
    /// The member it leads to.
    pub(crate) fn head(self) -> u32 {
        self.head
    }

    /// What a unit pushed through it costs.
    pub(crate) fn cost(self) -> i64 {
        i64::from(self.cost_and_state >> 2)
    }

    /// Whether anything can be pushed through it.
    pub(crate) fn is_open(self) -> bool {
        self.cost_and_state & OPEN != 0
    }

    /// Whether anything can be pushed through the same bundle's other slot.
    pub(crate) fn is_partner_open(self) -> bool {
        self.cost_and_state & PARTNER_OPEN != 0
    }

    fn set(&mut self, state: i32, on: bool) {
        if on {
            self.cost_and_state |= state;
        } else {
            self.cost_and_state &= !state;
        }
    }
}

/// What a push needs besides.
#[derive(Clone, Copy, Default)]
struct Room {
    /// How much can be pushed through the slot.
    left: u64,
    /// The same bundle's other slot.
    partner: u32,
}

/// The slots of all members that lie on circles, numbered anew.
pub(crate) struct Residual {
    starts: Vec<u32>,
    slots: Vec<Slot>,
    rooms: Vec<Room>,
}

impl Residual {
    /// The network of these bundles, set off as [`Bundle::at_first`] says.
    pub(crate) fn new<I: Iterator<Item = Bundle>>(members: usize, bundles: impl Fn() -> I) -> Self {
        let mut starts = vec![0_u32; members + 1];
        for bundle in bundles() {
            starts[index(bundle.debtor) + 1] += 1;
            starts[index(bundle.creditor) + 1] += 1;
        }
        for member in 0..members {
            starts[member + 1] += starts[member];
        }
        let slots = index(starts[members]);
        let mut residual = Self {
            slots: vec![Slot::default(); slots],
            rooms: vec![Room::default(); slots],
            starts: Vec::new(),
        };
        let mut next = starts.clone();
        for bundle in bundles() {
            let mut place = |member: u32| {
                let slot = next[index(member)];
                next[index(member)] += 1;
                slot
            };
            residual.enter(bundle, place(bundle.debtor), place(bundle.creditor));
        }
        residual.starts = starts;
        residual
    }

    fn enter(&mut self, bundle: Bundle, restore: u32, cancel: u32) {
        // Network::new limits weights, so that four times as much fits.
        let cost = bundle.weight << 2;
        let set_off = bundle.at_first();
        let (of_restore, of_cancel) =
            if set_off > 0 { (PARTNER_OPEN, OPEN) } else { (OPEN, PARTNER_OPEN) };
        self.slots[index(restore)] =
            Slot { head: bundle.creditor, cost_and_state: -cost | of_restore };
        self.rooms[index(restore)] = Room { left: bundle.amount - set_off, partner: cancel };
        self.slots[index(cancel)] = Slot { head: bundle.debtor, cost_and_state: cost | of_cancel };
        self.rooms[index(cancel)] = Room { left: set_off, partner: restore };
    }

    /// The numbers of a member's slots.
    pub(crate) fn row(&self, member: u32) -> Range<usize> {
        index(self.starts[index(member)])..index(self.starts[index(member) + 1])
    }

    /// The numbers of the slots of several members.
    pub(crate) fn rows(&self, members: &Range<u32>) -> Range<usize> {
        index(self.starts[index(members.start)])..index(self.starts[index(members.end)])
    }

    /// Slots by their numbers.
    pub(crate) fn slots(&self, numbers: Range<usize>) -> &[Slot] {
        &self.slots[numbers]
    }

    /// A slot by its number.
    pub(crate) fn slot(&self, number: usize) -> Slot {
        self.slots[number]
    }

    /// How much can be pushed through a slot.
    pub(crate) fn left(&self, slot: usize) -> u64 {
        self.rooms[slot].left
    }

    /// Pushes an amount, which is not more than is left, through a slot.
    pub(crate) fn push(&mut self, slot: usize, amount: u64) {
        let partner = index(self.rooms[slot].partner);
        self.rooms[slot].left -= amount;
        self.rooms[partner].left += amount;
        let open = self.rooms[slot].left > 0;
        if open && self.slots[slot].is_partner_open() {
            return;
        }
        self.slots[slot].set(OPEN, open);
        self.slots[partner].set(PARTNER_OPEN, open);
        self.slots[partner].set(OPEN, true);
        self.slots[slot].set(PARTNER_OPEN, true);
    }

    /// What is set off of each bundle; `bundles` are those of [`Residual::new`].
    pub(crate) fn set_off(
        &self,
        bundles: impl Iterator<Item = Bundle>,
    ) -> impl Iterator<Item = u64> {
        let mut next = self.starts.clone();
        bundles.map(move |bundle| {
            let cancel = next[index(bundle.creditor)];
            next[index(bundle.creditor)] += 1;
            next[index(bundle.debtor)] += 1;
            self.rooms[index(cancel)].left
        })
    }
}
