//! The order that the debts left impose on the members: a debt that is left runs from a lower
//! rank to a higher one. The debts left after a largest set-off hold no circle, so there always
//! is such an order; ranks are the lengths of the longest chains of debt that end at a member
//! (Kahn's algorithm, 1962; linear in the debts).

use super::debts::Debts;

/// A member's rank, or nothing for a member without any debt or claim left.
pub(super) type Rank = Option<usize>;

/// The rank of every member, or nothing if the debts left hold a circle.
pub(super) fn ranks(debts: &Debts<'_>) -> Option<Vec<Rank>> {
    let members = debts.clearing.members.len();
    let mut starts = vec![0_usize; members + 1];
    let mut incoming = vec![0_u32; members];
    for debt in debts.iter().filter(|d| d.after() > 0) {
        starts[debt.debtor + 1] += 1;
        incoming[debt.creditor] += 1;
    }
    for m in 0..members {
        starts[m + 1] += starts[m];
    }
    let mut next = starts.clone();
    let mut creditors = vec![0_usize; starts[members]];
    for debt in debts.iter().filter(|d| d.after() > 0) {
        creditors[next[debt.debtor]] = debt.creditor;
        next[debt.debtor] += 1;
    }

    let mut ranks: Vec<Rank> = vec![None; members];
    let mut ready: Vec<usize> =
        (0..members).filter(|&m| incoming[m] == 0 && starts[m] < starts[m + 1]).collect();
    for &m in &ready {
        ranks[m] = Some(0);
    }
    while let Some(debtor) = ready.pop() {
        let below = ranks[debtor].map(|rank| rank + 1);
        for &creditor in &creditors[starts[debtor]..starts[debtor + 1]] {
            ranks[creditor] = ranks[creditor].max(below);
            incoming[creditor] -= 1;
            if incoming[creditor] == 0 {
                ready.push(creditor);
            }
        }
    }
    incoming.iter().all(|&left| left == 0).then_some(ranks)
}
