//! A path of open slots between two members, looked for from both ends.
//!
//! Two trees grow breadth first, one from the member that is to lose excess along open slots and one
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

/// Which slots a path may use.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    /// None of a length above 0, so that the gap does not grow.
    pub(super) free: bool,
    /// None through which less than this can be pushed.
    pub(super) least: u64,
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
    /// The members of each tree in the order in which they were reached.
    trees: [Vec<u32>; 2],
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

impl Search {
    /// The slots of the path found, and how much can be pushed through all of them.
    pub(super) fn path(&self, kilter: &Kilter) -> (&[usize], u64) {
        let left = self.path.iter().map(|slot| kilter.residual().left(*slot));
        (&self.path, left.min().unwrap_or(0))
    }

    /// The members that a side has reached.
    pub(super) fn reached(&self, side: usize) -> &[u32] {
        &self.trees[side]
    }

    /// Whether a side has reached a member.
    pub(super) fn has_reached(&self, side: usize, member: u32) -> bool {
        self.marks[index(member)].stamp == self.stamp_of(side)
    }

    /// How many slots the last search scanned, at least 1.
    pub(super) fn scanned(&self) -> u64 {
        self.scanned.max(1)
    }

    /// Looks for a path between two members.
    pub(super) fn find(&mut self, kilter: &Kilter, ends: [u32; 2], rule: Rule, most: u64) -> End {
        self.start(kilter, ends);
        let mut next = [0; 2];
        let mut scanned = [0; 2];
        loop {
            let side = usize::from(scanned[1] < scanned[0]);
            let Some(&member) = self.trees[side].get(next[side]) else {
                return End::Closed(side);
            };
            let row = kilter.residual().row(member);
            scanned[side] += 1 + row.all().len() as u64;
            self.scanned = scanned[0] + scanned[1];
            if self.scanned > most {
                return End::Spent;
            }
            next[side] += 1;
            let met = if side == SOURCE {
                self.grow_forwards(kilter, member, rule)
            } else {
                self.grow_backwards(kilter, member, rule)
            };
            if let Some(slot) = met {
                self.trace(kilter, slot);
                return End::Met;
            }
        }
    }

    fn start(&mut self, kilter: &Kilter, ends: [u32; 2]) {
        self.marks.resize(index(kilter.members()), Mark::default());
        if self.stamp > u32::MAX - 4 {
            self.marks.fill(Mark::default());
            self.stamp = 0;
        }
        self.stamp += 2;
        self.scanned = 0;
        for (side, end) in ends.into_iter().enumerate() {
            self.trees[side].clear();
            self.reach(side, end, 0);
        }
    }

    fn stamp_of(&self, side: usize) -> u32 {
        if side == SOURCE { self.stamp } else { self.stamp + 1 }
    }

    fn reach(&mut self, side: usize, member: u32, slot: usize) {
        let slot = u32::try_from(slot).expect("slots are numbered in u32");
        self.marks[index(member)] = Mark { stamp: self.stamp_of(side), slot };
        self.trees[side].push(member);
    }

    /// Reaches on from a member of the source's tree. Returns the slot that meets the other tree.
    fn grow_forwards(&mut self, kilter: &Kilter, member: u32, rule: Rule) -> Option<usize> {
        let (residual, potentials) = (kilter.residual(), kilter.potentials());
        let row = residual.row(member);
        for (slots, sign) in [(row.cancelling(), 1), (row.restoring(), -1)] {
            for slot in residual.open().within(slots) {
                let head = residual.heads()[slot];
                let stamp = self.marks[index(head)].stamp;
                let long = || {
                    sign * residual.weights().get(slot) + potentials[index(head)]
                        > potentials[index(member)]
                };
                if stamp == self.stamp_of(0)
                    || residual.left(slot) < rule.least
                    || rule.free && long()
                {
                    continue;
                }
                if stamp == self.stamp_of(1) {
                    return Some(slot);
                }
                self.reach(0, head, slot);
            }
        }
        None
    }

    /// Reaches on, against the slots, from a member of the target's tree. Returns the slot that
    /// meets the other tree.
    fn grow_backwards(&mut self, kilter: &Kilter, member: u32, rule: Rule) -> Option<usize> {
        let (residual, potentials) = (kilter.residual(), kilter.potentials());
        let row = residual.row(member);
        // The mate of a slot that cancels restores.
        for (slots, sign) in [(row.cancelling(), -1), (row.restoring(), 1)] {
            for slot in residual.mate_open().within(slots) {
                let head = residual.heads()[slot];
                let stamp = self.marks[index(head)].stamp;
                let long = || {
                    sign * residual.weights().get(slot) + potentials[index(member)]
                        > potentials[index(head)]
                };
                if stamp == self.stamp_of(1)
                    || rule.free && long()
                    || rule.least > 1 && residual.left(residual.mate(slot)) < rule.least
                {
                    continue;
                }
                if stamp == self.stamp_of(0) {
                    return Some(residual.mate(slot));
                }
                self.reach(1, head, slot);
            }
        }
        None
    }

    /// Notes the path through a slot from one tree to the other.
    fn trace(&mut self, kilter: &Kilter, meets: usize) {
        let residual = kilter.residual();
        let (mut from, mut to) = kilter.ends(meets);
        self.path.clear();
        self.path.push(meets);
        while from != self.trees[0][0] {
            let slot = index(self.marks[index(from)].slot);
            self.path.push(slot);
            from = residual.heads()[residual.mate(slot)];
        }
        while to != self.trees[1][0] {
            let slot = residual.mate(index(self.marks[index(to)].slot));
            self.path.push(slot);
            to = residual.heads()[slot];
        }
    }
}
