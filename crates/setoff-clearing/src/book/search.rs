//! A path of open slots between two members, looked for from both ends.
//!
//! Two trees grow along the widest ways first, and breadth first among those about as wide, one from the member that is to lose excess along open slots and one
//! from the member that is to get it against them. The tree that has scanned fewer slots goes on
//! first, so a search costs about twice what the smaller side does: where one member is shut in by a
//! few slots, the other side, which may be most of the network, is not explored. Where the two meet
//! there is a path of few steps.
//!
//! The trees of Boykov and Kolmogorov (*An experimental comparison of min-cut/max-flow algorithms
//! for energy minimization in vision*, IEEE Transactions on Pattern Analysis and Machine
//! Intelligence 26, 2004) grow like that too; here each search starts anew.

use crate::book::kilter::Kilter;
use crate::bundle::index;
use crate::residual::Weights;

/// The side that loses excess; that which gets it is 1.
pub(super) const SOURCE: usize = 0;

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
}

/// The members that a side has reached.
#[derive(Clone)]
struct Tree {
    /// All, in the order in which they were reached.
    members: Vec<u32>,
    /// Those to go on from, by the logarithm of how much can be pushed between them and the root, and
    /// how many of these are done with.
    waiting: [(Vec<(u32, u64)>, usize); 64],
    /// Which of `waiting` have any left, one bit each.
    any: u64,
}

impl Default for Tree {
    fn default() -> Self {
        Self { members: Vec::new(), waiting: [const { (Vec::new(), 0) }; 64], any: 0 }
    }
}

impl Tree {
    fn start(&mut self, root: u32, amount: u64) {
        self.members.clear();
        while self.any != 0 {
            let width = self.any.trailing_zeros();
            self.waiting[width as usize] = (std::mem::take(&mut self.waiting[width as usize].0), 0);
            self.waiting[width as usize].0.clear();
            self.any &= self.any - 1;
        }
        self.reach(root, amount);
    }

    fn reach(&mut self, member: u32, width: u64) {
        let class = width.max(1).ilog2();
        self.members.push(member);
        self.waiting[class as usize].0.push((member, width));
        self.any |= 1 << class;
    }

    /// A member to go on from to which the widest way leads, and how wide it is.
    fn next(&self) -> Option<(u32, u64)> {
        let (waiting, next) = &self.waiting[self.any.checked_ilog2()? as usize];
        waiting.get(*next).copied()
    }

    /// Goes on to the next.
    fn advance(&mut self) {
        let class = self.any.ilog2();
        let (waiting, next) = &mut self.waiting[class as usize];
        *next += 1;
        if *next == waiting.len() {
            waiting.clear();
            *next = 0;
            self.any &= !(1 << class);
        }
    }
}

impl Search {
    /// The slots of the path found, and how much can be pushed through all of them.
    pub(super) fn path(&self, kilter: &Kilter) -> (&[usize], u64) {
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
        loop {
            let side = usize::from(scanned[1] < scanned[0]);
            let Some((member, width)) = self.trees[side].next() else {
                return End::Closed(side);
            };
            scanned[side] += 1 + kilter.residual().row(member).all().len() as u64;
            self.scanned = scanned[0] + scanned[1];
            if self.scanned > most {
                return End::Spent;
            }
            self.trees[side].advance();
            let met = if side == SOURCE {
                self.grow_forwards(kilter, member, width, wish.is_free)
            } else {
                self.grow_backwards(kilter, member, width, wish.is_free)
            };
            if let Some(slot) = met {
                self.trace(kilter, slot, wish.ends);
                return End::Met;
            }
        }
    }

    fn start(&mut self, kilter: &Kilter, wish: Wish) {
        self.marks.resize(index(kilter.members()), Mark::default());
        if self.stamp > u32::MAX - 4 {
            self.marks.fill(Mark::default());
            self.stamp = 0;
        }
        self.stamp += 2;
        self.scanned = 0;
        for (side, end) in wish.ends.into_iter().enumerate() {
            self.trees[side].start(end, wish.amount);
            self.marks[index(end)] = Mark { stamp: self.stamp_of(side), slot: 0 };
        }
    }

    fn stamp_of(&self, side: usize) -> u32 {
        if side == SOURCE { self.stamp } else { self.stamp + 1 }
    }

    fn reach(&mut self, side: usize, member: u32, slot: usize, width: u64) {
        let slot = u32::try_from(slot).expect("slots are numbered in u32");
        self.marks[index(member)] = Mark { stamp: self.stamp_of(side), slot };
        self.trees[side].reach(member, width);
    }

    /// Reaches on from a member of the source's tree. Returns the slot that meets the other tree.
    fn grow_forwards(
        &mut self,
        kilter: &Kilter,
        member: u32,
        width: u64,
        is_free: bool,
    ) -> Option<usize> {
        let (residual, potentials) = (kilter.residual(), kilter.potentials());
        let row = residual.row(member);
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
                    return Some(slot);
                }
                let left = if is_free { width } else { residual.left(slot) };
                self.reach(0, head, slot, width.min(left));
            }
        }
        None
    }

    /// Reaches on, against the slots, from a member of the target's tree. Returns the slot that
    /// meets the other tree.
    fn grow_backwards(
        &mut self,
        kilter: &Kilter,
        member: u32,
        width: u64,
        is_free: bool,
    ) -> Option<usize> {
        let (residual, potentials) = (kilter.residual(), kilter.potentials());
        let row = residual.row(member);
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
                    return Some(residual.mate(slot));
                }
                let left = if is_free { width } else { residual.left(residual.mate(slot)) };
                self.reach(1, head, slot, width.min(left));
            }
        }
        None
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
