//! Which debts lie on a circle of debts at all.
//!
//! A debt does exactly if its debtor and creditor are strongly connected: each reaches the other
//! along debts. The components are found in one pass over members and debts (R. Tarjan, *Depth-first
//! search and linear graph algorithms*, 1972), with a stack of our own, because a chain of debts
//! may be a million members long.

/// For each debt, a debtor and a creditor below `members`, whether it lies on a circle.
pub(super) fn on_circles(members: usize, debts: &[(u32, u32)]) -> Vec<bool> {
    let component = Search::new(members, debts).components();
    debts
        .iter()
        .map(|&(debtor, creditor)| component[debtor as usize] == component[creditor as usize])
        .collect()
}

/// Not yet visited.
const UNSEEN: u32 = u32::MAX;

struct Search {
    /// The creditors of member m are `creditors[start[m]..start[m + 1]]`.
    start: Vec<usize>,
    creditors: Vec<u32>,
    /// When each member was first visited, and the earliest visited one that it is known to reach
    /// among those still on the path.
    visited: Vec<u32>,
    earliest: Vec<u32>,
    /// Each member's component, once it is complete.
    component: Vec<u32>,
}

impl Search {
    fn new(members: usize, debts: &[(u32, u32)]) -> Self {
        let mut start = vec![0; members + 1];
        for &(debtor, _) in debts {
            start[debtor as usize + 1] += 1;
        }
        for member in 0..members {
            start[member + 1] += start[member];
        }
        let mut next = start.clone();
        let mut creditors = vec![0; debts.len()];
        for &(debtor, creditor) in debts {
            let place = &mut next[debtor as usize];
            creditors[*place] = creditor;
            *place += 1;
        }
        Self {
            start,
            creditors,
            visited: vec![UNSEEN; members],
            earliest: vec![UNSEEN; members],
            component: vec![UNSEEN; members],
        }
    }

    /// A number for each member, the same for those that reach each other.
    fn components(mut self) -> Vec<u32> {
        let mut clock = 0;
        let mut complete = 0;
        let mut open: Vec<u32> = Vec::new();
        // A path of members, each with the place of its next creditor to visit.
        let mut path: Vec<(u32, usize)> = Vec::new();
        for root in 0..self.visited.len() {
            if self.visited[root] != UNSEEN {
                continue;
            }
            self.enter(root, &mut clock, &mut open, &mut path);
            while let Some((member, next)) = path.pop() {
                let m = member as usize;
                if next < self.start[m + 1] {
                    path.push((member, next + 1));
                    let creditor = self.creditors[next] as usize;
                    if self.visited[creditor] == UNSEEN {
                        self.enter(creditor, &mut clock, &mut open, &mut path);
                    } else if self.component[creditor] == UNSEEN {
                        self.earliest[m] = self.earliest[m].min(self.visited[creditor]);
                    }
                    continue;
                }
                if self.earliest[m] == self.visited[m] {
                    self.complete(member, complete, &mut open);
                    complete += 1;
                }
                if let Some(&(before, _)) = path.last() {
                    let before = before as usize;
                    self.earliest[before] = self.earliest[before].min(self.earliest[m]);
                }
            }
        }
        self.component
    }

    fn enter(
        &mut self,
        member: usize,
        clock: &mut u32,
        open: &mut Vec<u32>,
        path: &mut Vec<(u32, usize)>,
    ) {
        self.visited[member] = *clock;
        self.earliest[member] = *clock;
        *clock += 1;
        let number = u32::try_from(member).expect("members are numbered in 32 bits");
        open.push(number);
        path.push((number, self.start[member]));
    }

    /// Everyone visited since `member` and not yet in a component is in its.
    fn complete(&mut self, member: u32, component: u32, open: &mut Vec<u32>) {
        while let Some(last) = open.pop() {
            self.component[last as usize] = component;
            if last == member {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_debt_is_on_a_circle_only_if_a_chain_leads_back() {
        let debts = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 0)];

        assert_eq!(on_circles(6, &debts), [true, true, true, false, true, true, false]);
    }

    #[test]
    fn a_chain_of_a_million_needs_no_deep_stack() {
        let mut debts: Vec<(u32, u32)> = (0..1_000_000).map(|m| (m, m + 1)).collect();
        assert!(on_circles(1_000_001, &debts).iter().all(|on| !on));

        debts.push((1_000_000, 0));
        assert!(on_circles(1_000_001, &debts).iter().all(|&on| on));
    }

    proptest! {
        #[test]
        fn agrees_with_searching_a_chain_back_for_every_debt(
            debts in prop::collection::vec((0_u32..12, 0_u32..12), 0..40),
        ) {
            let chain_back = |&(debtor, creditor): &(u32, u32)| {
                let mut reached = vec![creditor];
                let mut next = 0;
                while next < reached.len() {
                    for &(d, c) in &debts {
                        if d == reached[next] && !reached.contains(&c) {
                            reached.push(c);
                        }
                    }
                    next += 1;
                }
                reached.contains(&debtor)
            };

            let expected: Vec<bool> = debts.iter().map(chain_back).collect();
            prop_assert_eq!(on_circles(12, &debts), expected);
        }
    }
}
