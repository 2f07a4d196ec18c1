//! The spanning tree of the network simplex method.
//!
//! Its nodes are the members and a *root*, on which at first all members hang. A member hangs on
//! its parent by an arc of the network, or on the root by an *artificial* arc, which carries its
//! excess. The tree keeps how much each of its arcs can still carry in both directions, how many
//! members hang on each, and for each the list of those that hang on it directly.

use crate::bundle::index;

/// Stands for no node and no arc.
pub(super) const NONE: u32 = u32::MAX;

/// What a walk towards the root reads of a member: kept apart, so that walks read little.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) parent: u32,
    /// How many members hang on this one, itself included.
    pub(super) size: u32,
    /// How much can be pushed through the arc to the parent. Means nothing of an artificial arc.
    up: u64,
    /// How much can be pushed through it from the parent.
    down: u64,
}

/// What a walk away from the root reads of a node.
#[derive(Clone, Copy)]
struct Links {
    parent: u32,
    /// The first of those that hang on it.
    child: u32,
    /// The next that hangs on the same parent.
    next: u32,
    /// The one before that.
    before: u32,
    /// The arc to the parent; `NONE` if that is artificial.
    arc: u32,
}

pub(super) struct Tree {
    steps: Vec<Step>,
    links: Vec<Links>,
    /// What is set off to each member less what is set off from it, which its artificial arc
    /// carries. 0 of members without one.
    excess: Vec<i128>,
    root: u32,
}

impl Tree {
    /// All members hang on the root.
    pub(super) fn star(excess: &[i128]) -> Self {
        let root = u32::try_from(excess.len()).expect("members are numbered in u32");
        let member = |node: u32| Links {
            parent: root,
            child: NONE,
            next: if node + 1 < root { node + 1 } else { NONE },
            before: node.checked_sub(1).unwrap_or(NONE),
            arc: NONE,
        };
        let mut links = Vec::with_capacity(excess.len() + 1);
        links.extend((0..root).map(member));
        links.push(Links { parent: NONE, child: 0, next: NONE, before: NONE, arc: NONE });
        let mut steps = Vec::with_capacity(excess.len() + 1);
        steps.resize(excess.len(), Step { parent: root, size: 1, up: 0, down: 0 });
        // Larger than all others: walks that climb from the smaller side meet here at last.
        steps.push(Step { parent: NONE, size: u32::MAX, up: 0, down: 0 });
        Self { steps, links, excess: excess.to_vec(), root }
    }

    pub(super) fn root(&self) -> u32 {
        self.root
    }

    #[inline]
    pub(super) fn step(&self, node: u32) -> Step {
        self.steps[index(node)]
    }

    /// The arc of the network by which a member hangs on its parent, if that is not the root.
    pub(super) fn arc(&self, node: u32) -> Option<u32> {
        let arc = self.links[index(node)].arc;
        (arc != NONE).then_some(arc)
    }

    /// The members that hang on the root by an artificial arc and lack.
    pub(super) fn lacking(&self) -> impl Iterator<Item = u32> {
        let on_root = |node: u32| (node != NONE).then_some(node);
        let first = on_root(self.links[index(self.root)].child);
        std::iter::successors(first, move |node| on_root(self.links[index(*node)].next))
            .filter(|node| self.excess[index(*node)] < 0)
    }

    /// How much can be pushed from a member to its parent.
    #[inline]
    pub(super) fn up(&self, node: u32, step: Step) -> u64 {
        if step.parent == self.root { self.artificial(node, true) } else { step.up }
    }

    /// How much can be pushed to a member from its parent.
    #[inline]
    pub(super) fn down(&self, node: u32, step: Step) -> u64 {
        if step.parent == self.root { self.artificial(node, false) } else { step.down }
    }

    /// How much an artificial arc can carry: it leads up if its member does not lack, and its flow
    /// can grow without bound and fall to 0.
    #[cold]
    fn artificial(&self, node: u32, up: bool) -> u64 {
        let excess = self.excess[index(node)];
        if up == (excess < 0) {
            u64::try_from(excess.unsigned_abs()).unwrap_or(u64::MAX)
        } else {
            u64::MAX
        }
    }

    /// Pushes `amount` along all arcs from `node` to `end` above it, and counts `moved` members
    /// more that hang on each node on the way. Less are counted modulo 2^32, as what is pushed down is
    /// modulo 2^64; both are right since the true sums fit.
    #[inline]
    pub(super) fn push(&mut self, node: u32, end: u32, amount: Amount, moved: u32) {
        let (up, by) = match amount {
            Amount::Up(amount) => (amount, i128::from(amount)),
            Amount::Down(amount) => (amount.wrapping_neg(), -i128::from(amount)),
        };
        let mut node = node;
        while node != end {
            let step = &mut self.steps[index(node)];
            step.size = step.size.wrapping_add(moved);
            step.up = step.up.wrapping_sub(up);
            step.down = step.down.wrapping_add(up);
            if step.parent == self.root {
                self.excess[index(node)] += by;
            }
            node = step.parent;
        }
    }

    /// Cuts the arc above `top` and hangs what was below it on `outside`, by `arc` from `inside`, a
    /// member below `top` or itself; that arc can carry `up` and `down` so much.
    pub(super) fn rehang(
        &mut self,
        top: u32,
        (inside, outside): (u32, u32),
        mut arc: u32,
        (mut up, mut down): (u64, u64),
    ) {
        let all = self.steps[index(top)].size;
        let (mut node, mut parent, mut size) = (inside, outside, all);
        loop {
            let old = (self.steps[index(node)], self.links[index(node)].arc);
            self.unlink(node);
            self.link(node, parent, arc);
            self.steps[index(node)] = Step { parent, size, up, down };
            if node == top {
                return;
            }
            // On the way up to `top` all arcs turn round.
            let (step, its_arc) = old;
            (up, down, arc) = (step.down, step.up, its_arc);
            size = all - step.size;
            (node, parent) = (step.parent, node);
        }
    }

    fn unlink(&mut self, node: u32) {
        let Links { parent, next, before, .. } = self.links[index(node)];
        if before == NONE {
            self.links[index(parent)].child = next;
        } else {
            self.links[index(before)].next = next;
        }
        if next != NONE {
            self.links[index(next)].before = before;
        }
    }

    fn link(&mut self, node: u32, parent: u32, arc: u32) {
        let next = std::mem::replace(&mut self.links[index(parent)].child, node);
        if next != NONE {
            self.links[index(next)].before = node;
        }
        let links = &mut self.links[index(node)];
        *links = Links { parent, child: links.child, next, before: NONE, arc };
    }

    /// Calls `with` with `top` and all that hang on it, but not with `without` and what hangs on
    /// that.
    #[inline]
    pub(super) fn each_below(&self, top: u32, without: u32, mut with: impl FnMut(u32)) {
        let mut node = top;
        loop {
            if node != without {
                with(node);
                let child = self.links[index(node)].child;
                if child != NONE {
                    node = child;
                    continue;
                }
            }
            while node != top && self.links[index(node)].next == NONE {
                node = self.links[index(node)].parent;
            }
            if node == top {
                return;
            }
            node = self.links[index(node)].next;
        }
    }
}

/// What is pushed along arcs of the tree: towards the root, or away from it.
#[derive(Clone, Copy)]
pub(super) enum Amount {
    Up(u64),
    Down(u64),
}
