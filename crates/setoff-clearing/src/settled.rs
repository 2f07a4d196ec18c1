//! Is only one choice left?
//!
//! A conserved choice between bounds can change if and only if there is a circle of changes, each
//! within its bounds, that does not merely go forth and back on one arc. An arc strictly between
//! its bounds can change both ways, one at a bound only away from it. So a circle of arcs of the
//! first kind alone, whichever way they point, is a change; without one, they join nodes to trees
//! in which every change can pass from any node to any other, and what is left is a circle that
//! follows the arrows between the trees. `O(n + m)` apart from the inverse of Ackermann's function.

/// A choice of how much passes from one node to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Whether more can pass.
    pub(crate) up: bool,
    /// Whether less can pass.
    pub(crate) down: bool,
}

/// Whether no circle of changes among `nodes` nodes is possible.
pub(crate) fn is_settled(nodes: usize, arcs: &[Arc]) -> bool {
    let mut trees = Trees((0..nodes).collect());
    for arc in arcs.iter().filter(|arc| arc.up && arc.down) {
        if !trees.join(arc.from as usize, arc.to as usize) {
            return false;
        }
    }

    // Every other arc leads from a tree to a tree; take those away that none leads to.
    let mut arrows: Vec<(usize, usize)> = Vec::new();
    for arc in arcs.iter().filter(|arc| arc.up != arc.down) {
        let (from, to) = (trees.root(arc.from as usize), trees.root(arc.to as usize));
        arrows.push(if arc.up { (from, to) } else { (to, from) });
    }
    arrows.sort_unstable();
    let mut before = vec![0_usize; nodes];
    for &(_, to) in &arrows {
        before[to] += 1;
    }
    let mut first: Vec<usize> = (0..nodes).filter(|node| before[*node] == 0).collect();
    let mut taken_away = 0;
    while let Some(node) = first.pop() {
        let start = arrows.partition_point(|(from, _)| *from < node);
        for &(_, to) in arrows[start..].iter().take_while(|(from, _)| *from == node) {
            taken_away += 1;
            before[to] -= 1;
            if before[to] == 0 {
                first.push(to);
            }
        }
    }
    taken_away == arrows.len()
}

/// Disjoint sets of nodes, each node with one nearer to its set's root.
struct Trees(Vec<usize>);

impl Trees {
    fn root(&mut self, mut node: usize) -> usize {
        while self.0[node] != node {
            self.0[node] = self.0[self.0[node]];
            node = self.0[node];
        }
        node
    }

    /// Joins the sets of two nodes; false if they are one already.
    fn join(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one] = other;
        one != other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arcs(arcs: &[(u32, u32, bool, bool)]) -> Vec<Arc> {
        arcs.iter().map(|&(from, to, up, down)| Arc { from, to, up, down }).collect()
    }

    #[test]
    fn a_single_arc_can_go_forth_and_back_without_changing() {
        assert!(is_settled(2, &arcs(&[(0, 1, true, true)])));
        assert!(is_settled(0, &[]));
    }

    #[test]
    fn two_arcs_side_by_side_can_be_exchanged_unless_both_are_full() {
        assert!(!is_settled(2, &arcs(&[(0, 1, true, true), (0, 1, true, true)])));
        assert!(!is_settled(2, &arcs(&[(0, 1, true, false), (0, 1, false, true)])));
        assert!(is_settled(2, &arcs(&[(0, 1, false, true), (0, 1, false, true)])));
    }

    #[test]
    fn arrows_round_trees_are_a_circle() {
        let tree = [(0, 1, true, true), (2, 1, true, true)];
        let arrow =
            |from, to| arcs(&[&tree[..], &[(from, to, true, false), (3, 2, true, false)]].concat());

        assert!(is_settled(4, &arrow(3, 0)));
        assert!(!is_settled(4, &arrow(0, 3)));
        assert!(!is_settled(4, &arrow(2, 0)));
    }
}
