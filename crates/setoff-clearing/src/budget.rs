//! How much a search may still do.

use std::ops::ControlFlow;

use crate::Progress;

/// A number of nodes, and a caller who may ask to stop before.
pub(crate) struct Budget<'a> {
    all: usize,
    left: usize,
    progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
}

impl<'a> Budget<'a> {
    /// So many nodes. `progress` heard of the first half of the way already, and hears of the other.
    pub(crate) fn new(
        nodes: usize,
        progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Self {
        Self { all: nodes, left: nodes, progress }
    }

    /// Takes a node from the budget, unless none is left.
    pub(crate) fn spend(&mut self) -> bool {
        if !self.go_on() {
            return false;
        }
        self.left -= 1;
        true
    }

    /// Whether there is anything left. Asks the caller.
    pub(crate) fn go_on(&mut self) -> bool {
        let (all, left) = (self.all as u64, self.left as u64);
        if left > 0 && (self.progress)(Progress { done: 2 * all - left, of: 2 * all }).is_break() {
            self.left = 0;
        }
        self.left > 0
    }

    /// Whether nothing is left.
    pub(crate) fn is_spent(&self) -> bool {
        self.left == 0
    }
}
