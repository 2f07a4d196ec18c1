//! Paths of open slots between two members, looked for from both ends.
//!
//! Two trees grow, along the widest ways first and breadth first among those about as wide: one from
//! the member that is to lose excess along open slots and one from the member that is to get it
//! against them. The tree that has scanned fewer slots goes on first, so a search costs about twice
//! what the smaller side does: where one member is shut in by a few slots, the other side, which may
//! be most of the network, is not explored. Where the two meet there is a path. The search goes on for
//! about as long again, since now most steps find another; paths may share slots, and whoever pushes
//! looks again at how much can be.
//!
//! A row is scanned a part at a time, by turns with others: in a trade network a large firm's row is a
//! good part of the whole, and most searches reach one.
//!
//! The trees of Boykov and Kolmogorov (*An experimental comparison of min-cut/max-flow algorithms
//! for energy minimization in vision*, IEEE Transactions on Pattern Analysis and Machine
//! Intelligence 26, 2004) grow like that too, and are repaired after each push; here each search
//! starts anew.

use std::collections::VecDeque;

use crate::book::kilter::Kilter;
use crate::bundle::index;
use crate::residual::{Row, Weights};

/// The side that loses excess; that which gets it is 1.
pub(super) const SOURCE: usize = 0;

/// A search goes on for more paths until it has scanned so many times what it took to find one.
const LONGER: u64 = 2;

/// Of a row so many slots are scanned at once; then others have their turn, since a large firm's row
/// can be a large part of the network.
const PART: usize = 64;

/// What path is looked for.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    /// From whom to whom.
    pub(super) ends: [u32; 2],
    /// How much is to be pushed; a path as wide as that is as good as a wider one.
    pub(super) amount: u64,
    /// Whether only slots of a length of 0 or less will do, so that the gap does not grow.
    pub(super) is_free: bool,
}

/// How a search ended.
pub(super) enum End {
    /// There is a path, in [`Search::path`].
    Met,
    /// This side has no slot left that leads out of it: there is no path.
    Closed(usize),
    /// So many slots were scanned as were allowed.
    Spent,
}

/// Room for searches, used again and again.
#[derive(Clone, Default)]
pub(super) struct Search {
    marks: Vec<Mark>,
    /// Twice the number of the search.
    stamp: u32,
    trees: [Tree; 2],
    /// The slots through which the trees meet.
    meets: Vec<usize>,
    /// How much could be pushed through these, if no two paths shared a slot.
    hoped: u128,
    path: Vec<usize>,
    scanned: u64,
}

/// By which search, on which side and through which slot a member was reached.
#[derive(Clone, Copy, Default)]
struct Mark {
    stamp: u32,
    /// The slot of the tree's member that led here. It is to be pushed through on the side of the
    /// source, and its mate on the other.
    slot: u32,
    /// How much can be pushed between the member and the root.
    width: u64,
}

/// The members that a side has reached.
#[derive(Clone)]
struct Tree {
    /// All, in the order in which they were reached.
    members: Vec<u32>,
    /// Those to go on from, by the logarithm of how much can be pushed between them and the root.
    waiting: [VecDeque<Waiting>; 64],
    /// Which of `waiting` have any left, one bit each.
    any: u64,
}

/// A member, and how many slots of its row were scanned.
#[derive(Clone, Copy)]
struct Waiting {
    member: u32,
    done: usize,
}

impl Default for Tree {
    fn default() -> Self {
        Self { members: Vec::new(), waiting: [const { VecDeque::new() }; 64], any: 0 }
    }
}

impl Tree {
    fn start(&mut self, root: u32, amount: u64) {
        self.members.clear();
        while self.any != 0 {
            self.waiting[self.any.trailing_zeros() as usize].clear();
            self.any &= self.any - 1;
        }
        self.reach(root, amount);
    }

    fn reach(&mut self, member: u32, width: u64) {
        self.members.push(member);
        self.wait(Waiting { member, done: 0 }, width.max(1).ilog2());
    }

    fn wait(&mut self, waiting: Waiting, class: u32) {
        self.waiting[class as usize].push_back(waiting);
        self.any |= 1 << class;
    }

    /// Takes a member to go on from to which the widest way leads, with its class.
    fn take(&mut self) -> Option<(Waiting, u32)> {
        let class = self.any.checked_ilog2()?;
        let waiting = self.waiting[class as usize].pop_front();
        if self.waiting[class as usize].is_empty() {
            self.any &= !(1 << class);
        }
        waiting.map(|waiting| (waiting, class))
    }
}

impl Search {
    /// How many paths were found. They may share slots.
    pub(super) fn paths(&self) -> usize {
        self.meets.len()
    }

    /// The slots of one of the paths found, and how much can be pushed through all of them now.
    pub(super) fn path(&mut self, kilter: &Kilter, wish: Wish, number: usize) -> (&[usize], u64) {
        self.trace(kilter, self.meets[number], wish.ends);
        let left = self.path.iter().map(|slot| kilter.residual().left(*slot));
        (&self.path, left.min().unwrap_or(0))
    }

    /// The members that a side has reached.
    pub(super) fn reached(&self, side: usize) -> &[u32] {
        &self.trees[side].members
    }

    /// Whether a side has reached a member.
    pub(super) fn has_reached(&self, side: usize, member: u32) -> bool {
        self.marks[index(member)].stamp == self.stamp_of(side)
    }

    /// How many slots the last search scanned, at least 1.
    pub(super) fn scanned(&self) -> u64 {
        self.scanned.max(1)
    }

    /// Looks for a path.
    pub(super) fn find(&mut self, kilter: &Kilter, wish: Wish, most: u64) -> End {
        self.start(kilter, wish);
        let mut scanned = [0; 2];
        let mut most = most;
        while self.hoped < u128::from(wish.amount) {
            let side = usize::from(scanned[1] < scanned[0]);
            let Some((waiting, class)) = self.trees[side].take() else {
                return if self.meets.is_empty() { End::Closed(side) } else { End::Met };
            };
            let row = kilter.residual().row(waiting.member);
            let part = row.part(waiting.done, PART);
            scanned[side] += 1 + part.all().len() as u64;
            self.scanned = scanned[0] + scanned[1];
            if self.scanned > most {
                return if self.meets.is_empty() { End::Spent } else { End::Met };
            }
            let had_met = !self.meets.is_empty();
            if side == SOURCE {
                self.grow_forwards(kilter, waiting.member, part, wish.is_free);
            } else {
                self.grow_backwards(kilter, waiting.member, part, wish.is_free);
            }
            if part.all().end < row.all().end {
                let done = waiting.done + part.all().len();
                self.trees[side].wait(Waiting { done, ..waiting }, class);
            }
            if !had_met && !self.meets.is_empty() {
                most = most.min(LONGER * self.scanned);
            }
        }
        End::Met
    }

    fn start(&mut self, kilter: &Kilter, wish: Wish) {
        self.marks.resize(index(kilter.members()), Mark::default());
        if self.stamp > u32::MAX - 4 {
            self.marks.fill(Mark::default());
            self.stamp = 0;
        }
        self.stamp += 2;
        self.scanned = 0;
        self.meets.clear();
        self.hoped = 0;
        for (side, end) in wish.ends.into_iter().enumerate() {
            self.trees[side].start(end, wish.amount);
            self.marks[index(end)] =
                Mark { stamp: self.stamp_of(side), slot: 0, width: wish.amount };
        }
    }

    fn stamp_of(&self, side: usize) -> u32 {
        if side == SOURCE { self.stamp } else { self.stamp + 1 }
    }

    fn reach(&mut self, side: usize, member: u32, slot: usize, width: u64) {
        let slot = u32::try_from(slot).expect("slots are numbered in u32");
        self.marks[index(member)] = Mark { stamp: self.stamp_of(side), slot, width };
        self.trees[side].reach(member, width);
    }

    /// Reaches on from a member of the source's tree, and notes where it meets the other.
    fn grow_forwards(&mut self, kilter: &Kilter, member: u32, row: Row, is_free: bool) {
        let width = self.marks[index(member)].width;
        let (residual, potentials) = (kilter.residual(), kilter.potentials());
        for (slots, sign) in [(row.cancelling(), 1), (row.restoring(), -1)] {
            for slot in residual.open().within(slots) {
                let head = residual.heads()[slot];
                let stamp = self.marks[index(head)].stamp;
                let is_long = || {
                    let over = potentials[index(head)] - potentials[index(member)];
                    sign * residual.weights().get(slot) + over > 0
                };
                if stamp == self.stamp_of(0) || is_free && is_long() {
                    continue;
                }
                if stamp == self.stamp_of(1) {
                    self.meet(head, slot, width.min(residual.left(slot)));
                    continue;
                }
                let left = if is_free { width } else { residual.left(slot) };
                self.reach(0, head, slot, width.min(left));
            }
        }
    }

    /// Reaches on, against the slots, from a member of the target's tree, and notes where it meets
    /// the other.
    fn grow_backwards(&mut self, kilter: &Kilter, member: u32, row: Row, is_free: bool) {
        let width = self.marks[index(member)].width;
        let (residual, potentials) = (kilter.residual(), kilter.potentials());
        // The mate of a slot that cancels restores.
        for (slots, sign) in [(row.cancelling(), -1), (row.restoring(), 1)] {
            for slot in residual.mate_open().within(slots) {
                let head = residual.heads()[slot];
                let stamp = self.marks[index(head)].stamp;
                let is_long = || {
                    let over = potentials[index(member)] - potentials[index(head)];
                    sign * residual.weights().get(slot) + over > 0
                };
                if stamp == self.stamp_of(1) || is_free && is_long() {
                    continue;
                }
                if stamp == self.stamp_of(0) {
                    let mate = residual.mate(slot);
                    self.meet(head, mate, width.min(residual.left(mate)));
                    continue;
                }
                let left = if is_free { width } else { residual.left(residual.mate(slot)) };
                self.reach(1, head, slot, width.min(left));
            }
        }
    }

    /// Notes that a slot from or to a member of the other tree joins the two.
    fn meet(&mut self, member: u32, slot: usize, width: u64) {
        self.hoped += u128::from(width.min(self.marks[index(member)].width));
        self.meets.push(slot);
    }

    /// Notes the path through a slot from one tree to the other.
    fn trace(&mut self, kilter: &Kilter, meets: usize, ends: [u32; 2]) {
        let residual = kilter.residual();
        let (mut from, mut to) = kilter.ends(meets);
        self.path.clear();
        self.path.push(meets);
        while from != ends[0] {
            let slot = index(self.marks[index(from)].slot);
            self.path.push(slot);
            from = residual.heads()[residual.mate(slot)];
        }
        while to != ends[1] {
            let slot = residual.mate(index(self.marks[index(to)].slot));
            self.path.push(slot);
            to = residual.heads()[slot];
        }
    }
}
