//! How much memory the optimiser needs, before it runs.

/// For each debt: its place in the order of pairs (4 bytes), its bundle (12, and 4 where weights
/// differ), both its slots (33), their weights (8), and what network simplex adds where it takes over
/// (17, and 4 where weights differ). What is set off of it (8) comes when all but the bundles is gone.
const A_DEBT: u64 = 82;

/// For each member: its number, component and place (20 bytes), excess (16), row (12), labels, old
/// and new, in eight bytes (24), where its scan is (4), the list of members with excess (8), and the
/// queue of the search. That one alone has no bound that follows from the number of members: up to
/// three entries of 16 bytes a member were measured. Network simplex has 72 bytes a member for its tree
/// and potentials, in the room of the list and the queue.
const A_MEMBER: u64 = 128;

/// What does not grow.
const FIXED: u64 = 4 << 20;

/// The most bytes that [`solve`](crate::solve()) takes for a network of so many members and debts, beside
/// the network itself (24 bytes a debt): 82 a debt, 128 a member, and 4 MiB.
///
/// What grows with the debts is added up from the arrays that are alive at once, for debts of which no
/// two have the same debtor and creditor; with others it is less. A test measures it on several kinds of
/// networks. Choosing among the largest ([`solve_fair`](crate::solve_fair()) and its like) takes several
/// times as much, for networks of twice as many members.
#[must_use]
pub fn memory_needed(members: u32, debts: usize) -> u64 {
    let debts = u64::try_from(debts).unwrap_or(u64::MAX);
    debts.saturating_mul(A_DEBT).saturating_add(u64::from(members) * A_MEMBER).saturating_add(FIXED)
}
