//! Strongly connected components: only debts inside one can lie on a circle.
//!
//! A debt whose debtor and creditor are in different components lies on no circle of debt, so
//! nothing is taken off it in any set-off; the optimiser never sees it. The components are found
//! by one depth-first search (Tarjan, *Depth-first search and linear graph algorithms*, SIAM
//! Journal on Computing 1, 1972), written with its own stack, since chains of debt may be longer
//! than the program's. `O(n + m)` time.

use std::ops::Range;

use crate::bundle::{Bundles, index};

/// A member that the search has not met.
const UNSEEN: u32 = u32::MAX;

/// The members by component.
pub(crate) struct Components {
    /// The component of each member. Debts between components lead to lower numbers.
    of: Vec<u32>,
    /// The place of each member when the members are listed component by component.
    places: Vec<u32>,
    /// The members in that list.
    members: Vec<u32>,
    /// Where each component starts in that list, and at the end how many members there are.
    starts: Vec<u32>,
}

impl Components {
    /// Finds the components.
    pub(crate) fn new(bundles: &Bundles) -> Self {
        let mut search = Search::new(bundles.members());
        for root in 0..search.of.len() {
            if search.met[root] == UNSEEN {
                search.explore(root, bundles);
            }
        }
        let mut places = search.met;
        for (place, member) in (0..).zip(&search.members) {
            places[index(*member)] = place;
        }
        Self { of: search.of, places, members: search.members, starts: search.starts }
    }

    /// The component of a member.
    pub(crate) fn of(&self, member: u32) -> usize {
        index(self.of[index(member)])
    }

    /// The place of each member when the members are listed component by component.
    pub(crate) fn places(&self) -> &[u32] {
        &self.places
    }

    /// The members in that list.
    pub(crate) fn members(&self) -> &[u32] {
        &self.members
    }

    /// The places of each component's members, component by component.
    pub(crate) fn ranges(&self) -> impl DoubleEndedIterator<Item = Range<u32>> + ExactSizeIterator {
        self.starts.windows(2).map(|ends| ends[0]..ends[1])
    }
}

struct Search {
    /// When a member was met first.
    met: Vec<u32>,
    /// The earliest met of those still on the stack that a member leads back to.
    low: Vec<u32>,
    of: Vec<u32>,
    members: Vec<u32>,
    starts: Vec<u32>,
    /// Members met whose component is not complete, in the order met.
    stack: Vec<u32>,
    clock: u32,
}

impl Search {
    fn new(members: usize) -> Self {
        Self {
            met: vec![UNSEEN; members],
            low: vec![UNSEEN; members],
            of: vec![UNSEEN; members],
            members: Vec::with_capacity(members),
            starts: vec![0],
            stack: Vec::new(),
            clock: 0,
        }
    }

    /// Completes every component that `root` leads to.
    fn explore(&mut self, root: usize, bundles: &Bundles) {
        let (rows, creditors) = (bundles.rows(), bundles.creditors());
        // The path from the root, each member with the next of its bundles to look at.
        let mut path = vec![(root, self.meet(root, rows))];
        while let Some((member, next)) = path.last_mut() {
            let (member, bundle) = (*member, *next);
            if bundle == rows[member + 1] {
                path.pop();
                if let Some((before, _)) = path.last() {
                    self.low[*before] = self.low[*before].min(self.low[member]);
                }
                if self.low[member] == self.met[member] {
                    self.complete(member);
                }
                continue;
            }
            *next += 1;
            let creditor = index(creditors[index(bundle)]);
            if self.met[creditor] == UNSEEN {
                path.push((creditor, self.meet(creditor, rows)));
            } else if self.of[creditor] == UNSEEN {
                self.low[member] = self.low[member].min(self.met[creditor]);
            }
        }
    }

    /// Enters a member and returns its first bundle.
    fn meet(&mut self, member: usize, rows: &[u32]) -> u32 {
        self.met[member] = self.clock;
        self.low[member] = self.clock;
        self.clock += 1;
        self.stack.push(u32::try_from(member).expect("members are numbered in u32"));
        rows[member]
    }

    /// Takes the component that `first` was met first of off the stack.
    fn complete(&mut self, first: usize) {
        let number = u32::try_from(self.starts.len() - 1).expect("no more components than members");
        while let Some(member) = self.stack.pop() {
            self.of[index(member)] = number;
            self.members.push(member);
            if index(member) == first {
                break;
            }
        }
        self.starts.push(u32::try_from(self.members.len()).expect("members are numbered in u32"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Debt, Network};

    fn components(members: u32, debts: &[(u32, u32)]) -> Components {
        let debts = debts
            .iter()
            .map(|&(debtor, creditor)| Debt { debtor, creditor, amount: 1, weight: 1 })
            .collect();
        let network = Network::new(members, debts).unwrap();
        let bundles = Bundles::new(&network, &(0..members).collect::<Vec<_>>());
        Components::new(&bundles)
    }

    #[test]
    fn two_circles_joined_by_one_debt_are_two_components() {
        let found = components(5, &[(0, 1), (1, 0), (1, 2), (2, 3), (3, 4), (4, 2)]);

        assert_eq!(found.ranges().collect::<Vec<_>>(), [0..3, 3..5]);
        assert_eq!(found.of, [1, 1, 0, 0, 0]);
    }

    #[test]
    fn a_chain_is_all_single_members_each_before_its_debtor() {
        let length = 200_000;
        let chain: Vec<_> = (1..length).map(|member| (member - 1, member)).collect();

        let found = components(length, &chain);

        assert_eq!(found.ranges().len(), length as usize);
        assert!(chain.iter().all(|&(u, v)| found.of(v) < found.of(u)));
    }
}
