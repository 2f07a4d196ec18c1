//! A set-off taken apart into closed chains of debt: circles.
//!
//! A set-off is a number for each debt. People, accountants and courts ask for more: *which* debts
//! were set off against each other? Since at every member as much is set off from it as to it,
//! the whole is a sum of circles, "A owed B, B owed C, C owed A: each is lighter by 100" (Ford and
//! Fulkerson, *Flows in Networks*, 1962). There are many such sums; this one is made to be read:
//!
//! - no member is twice in a circle, and no two circles are needed for what one can say: there
//!   are at most as many circles as debtor-creditor pairs with a discharge;
//! - circles are short. Each is the shortest there is through some member when it is taken.
//!
//! # Method
//! Take a member; search forward along what flows from it and backward along what flows to it,
//! level by level, always on the side with less to look at, until the two searches meet. Then
//! take off circles of that length as long as the levels lead home ([`search`]: the blocking flow
//! of Dinic, *Algorithm for solution of a problem of maximum flow in networks with power
//! estimation*, Soviet Mathematics Doklady 11, 1970, with a search from both sides); repeat until
//! nothing flows through the member; take the next.
//!
//! Members with many partners come first, because one search then yields many circles. The others
//! follow by what flows through them, the least first: that keeps the broad streams, which many
//! circles can close through, to the last, and made the circles of networks of like amounts a
//! third shorter. Whenever the circles are half as many as the entries were, what still flows is
//! copied to a smaller network, so that searches stay in the processor's cache.
//!
//! # Cost
//! Every search finds a circle, so there are at most as many searches as entries, each at most as
//! long as the flow: `O(e²)` for `e` entries. What really counts is the size of the two searches
//! when they meet, of the order of the square root of the members; about 200 entries are looked at
//! per entry of a trade network of 10^6 debts, and 600 where partners are drawn evenly (the
//! hardest case). The circles of both have 10 and 14 steps on average.

mod search;
mod stream;

use std::fmt;

use crate::{Debt, MOST_DEBTS};
use search::Search;
use stream::Stream;

/// Members with more entries than this are taken first.
const MANY_ENTRIES: u32 = 50;

/// Closed chains of debt whose sum is a conserved set-off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circles {
    members: Vec<u32>,
    ends: Vec<usize>,
    amounts: Vec<u64>,
}

impl Circles {
    /// How many circles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing was set off.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many steps all circles have together.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.members.len()
    }

    /// The members of a circle, each a debtor of the next and the last of the first, beginning
    /// with the lowest number, and the amount by which each of these debts is lighter.
    ///
    /// # Panics
    /// Where `circle` is not below [`Circles::len`].
    #[must_use]
    pub fn get(&self, circle: usize) -> (&[u32], u64) {
        let start = if circle == 0 { 0 } else { self.ends[circle - 1] };
        (&self.members[start..self.ends[circle]], self.amounts[circle])
    }

    /// All circles in their order, each as [`Circles::get`] gives them.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u32], u64)> {
        (0..self.len()).map(|circle| self.get(circle))
    }

    fn push(&mut self, members: impl Iterator<Item = u32>, amount: u64) {
        let start = self.members.len();
        self.members.extend(members);
        let circle = &mut self.members[start..];
        let first = (0..circle.len()).min_by_key(|&place| circle[place]).unwrap_or(0);
        circle.rotate_left(first);
        self.ends.push(self.members.len());
        self.amounts.push(amount);
    }
}

/// Why a flow can't be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowError {
    /// More than [`MOST_DEBTS`] entries.
    TooManyEntries {
        /// How many there are.
        entries: usize,
    },
    /// An entry names a member that is not there.
    NoSuchMember {
        /// The entry's place in the flow.
        entry: usize,
    },
    /// An entry of a member to itself.
    OwnDebt {
        /// The entry's place in the flow.
        entry: usize,
    },
    /// A member does not get as much as it gives.
    NotConserved {
        /// The member.
        member: u32,
    },
}

/// Takes a conserved flow apart into circles, whose sum it is.
///
/// `amount` is what flows; weights are ignored, and so are entries of 0. [`flow`](crate::flow())
/// makes a flow out of discharges. The circles and their order depend on the entries alone, not
/// on their order.
///
/// # Errors
/// [`FlowError`] says what keeps the flow from being a sum of circles.
///
/// # Examples
/// ```
/// use setoff_clearing::{Debt, circles};
///
/// let debt = |debtor, creditor, amount| Debt { debtor, creditor, amount, weight: 1 };
/// let found = circles(3, &[debt(0, 1, 70), debt(1, 0, 20), debt(1, 2, 50), debt(2, 0, 50)])?;
///
/// let found: Vec<_> = found.iter().collect();
/// assert_eq!(found, [(&[0, 1, 2][..], 50), (&[0, 1][..], 20)]);
/// # Ok::<(), setoff_clearing::FlowError>(())
/// ```
pub fn circles(members: u32, flow: &[Debt]) -> Result<Circles, FlowError> {
    check(members, flow)?;
    let mut circles = Circles::default();
    let mut rest: Vec<Debt> = flow.iter().filter(|entry| entry.amount > 0).copied().collect();
    while !rest.is_empty() {
        let order = order(members, &rest);
        let entries = renumbered(members, &rest, &order);
        let enough = circles.len() + entries.len() / 2;
        let mut search = Search::new(Stream::new(order.len(), &entries), order.len());
        let name = |member: u32| order[member as usize];
        for member in (0..).take(order.len()) {
            if circles.len() > enough {
                break;
            }
            search.exhaust(member, &mut |found, amount| {
                circles.push(found.iter().map(|member| name(*member)), amount);
            });
        }
        rest = search.into_stream().rest(name).collect();
    }
    Ok(circles)
}

fn check(members: u32, flow: &[Debt]) -> Result<(), FlowError> {
    if flow.len() > MOST_DEBTS {
        return Err(FlowError::TooManyEntries { entries: flow.len() });
    }
    let mut balances = vec![0_i128; members as usize];
    for (entry, debt) in flow.iter().enumerate() {
        if debt.debtor >= members || debt.creditor >= members {
            return Err(FlowError::NoSuchMember { entry });
        }
        if debt.debtor == debt.creditor {
            return Err(FlowError::OwnDebt { entry });
        }
        balances[debt.debtor as usize] -= i128::from(debt.amount);
        balances[debt.creditor as usize] += i128::from(debt.amount);
    }
    match (0..).zip(balances).find(|(_, balance)| *balance != 0) {
        Some((member, _)) => Err(FlowError::NotConserved { member }),
        None => Ok(()),
    }
}

/// The members through which something flows, in the order in which they are taken.
fn order(members: u32, flow: &[Debt]) -> Vec<u32> {
    let mut entries = vec![0_u32; members as usize];
    let mut through = vec![0_u128; members as usize];
    for entry in flow {
        entries[entry.debtor as usize] += 1;
        entries[entry.creditor as usize] += 1;
        through[entry.debtor as usize] += u128::from(entry.amount);
    }
    let mut order: Vec<u32> = (0..members).filter(|m| entries[*m as usize] > 0).collect();
    order.sort_by_key(|member| {
        let entries = entries[*member as usize];
        let many = if entries > MANY_ENTRIES { entries } else { 0 };
        (std::cmp::Reverse(many), through[*member as usize])
    });
    order
}

/// The flow with its members numbered by their places in `order`, sorted.
fn renumbered(members: u32, flow: &[Debt], order: &[u32]) -> Vec<Debt> {
    let mut places = vec![0; members as usize];
    for (place, member) in (0..).zip(order) {
        places[*member as usize] = place;
    }
    let renumber = |entry: &Debt| Debt {
        debtor: places[entry.debtor as usize],
        creditor: places[entry.creditor as usize],
        ..*entry
    };
    let mut entries: Vec<Debt> = flow.iter().map(renumber).collect();
    entries.sort_unstable_by_key(|entry| (entry.debtor, entry.creditor, entry.amount));
    entries
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyEntries { entries } => {
                write!(f, "{entries} entries are more than the {MOST_DEBTS} that a flow may have")
            }
            Self::NoSuchMember { entry } => {
                write!(f, "entry {entry} of the flow names a member that is not there")
            }
            Self::OwnDebt { entry } => {
                write!(f, "entry {entry} of the flow is of a member to itself")
            }
            Self::NotConserved { member } => {
                write!(f, "member {member} does not get as much as it gives")
            }
        }
    }
}

impl std::error::Error for FlowError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::network;

    #[test]
    fn a_figure_of_eight_is_two_circles() {
        let flow = network(3, &[(0, 1, 5), (1, 0, 5), (1, 2, 9), (2, 1, 9)]);

        let found = circles(3, flow.debts()).unwrap();

        assert_eq!(found.iter().collect::<Vec<_>>(), [(&[0, 1][..], 5), (&[1, 2][..], 9)]);
        assert_eq!(found.steps(), 4);
    }

    #[test]
    fn short_circles_are_taken_rather_than_one_long_way_round() {
        // 0 owes 1 owes 2 … owes 5 owes 0, and everyone owes the one before as much.
        let ring = (0..6).map(|m| (m, (m + 1) % 6, 10));
        let back = (0..6).map(|m| ((m + 1) % 6, m, 10));
        let flow = network(6, &ring.chain(back).collect::<Vec<_>>());

        let found = circles(6, flow.debts()).unwrap();

        assert!(found.iter().all(|(members, amount)| members.len() == 2 && amount == 10));
        assert_eq!(found.len(), 6);
    }

    #[test]
    fn a_very_long_circle_is_found_whole() {
        let length = 100_000;
        let ring: Vec<_> = (0..length).map(|m| (m, (m + 1) % length, 7)).collect();

        let found = circles(length, network(length, &ring).debts()).unwrap();

        assert_eq!((found.len(), found.steps()), (1, length as usize));
    }

    #[test]
    fn what_is_not_a_flow_is_refused() {
        let refused = |members, debts: &[(u32, u32, u64)]| {
            let debts: Vec<_> = debts
                .iter()
                .map(|&(debtor, creditor, amount)| Debt { debtor, creditor, amount, weight: 1 })
                .collect();
            circles(members, &debts).unwrap_err()
        };

        assert_eq!(refused(2, &[(0, 1, 5)]), FlowError::NotConserved { member: 0 });
        assert_eq!(refused(2, &[(0, 1, 5), (1, 0, 4)]), FlowError::NotConserved { member: 0 });
        assert_eq!(refused(2, &[(0, 1, 5), (1, 2, 5)]), FlowError::NoSuchMember { entry: 1 });
        assert_eq!(refused(2, &[(1, 1, 5)]), FlowError::OwnDebt { entry: 0 });
    }

    #[test]
    fn nothing_flows_in_no_circles() {
        assert!(circles(0, &[]).unwrap().is_empty());
        let nothing = Debt { debtor: 0, creditor: 1, amount: 0, weight: 1 };
        assert!(circles(2, &[nothing]).unwrap().is_empty());
    }
}
