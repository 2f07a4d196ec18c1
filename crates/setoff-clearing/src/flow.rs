//! What is discharged between two members in sum.

use crate::{Debt, Network};

/// What flows when `discharges` are taken off the debts of a network: one entry a debtor and
/// creditor with the sum of the discharges between them, sorted, without those of 0; of weight 1.
///
/// A sum over `u64` is split into several entries. Discharges beyond the number of debts are
/// ignored.
#[must_use]
pub fn flow(network: &Network, discharges: &[u64]) -> Vec<Debt> {
    let discharged = network.debts().iter().zip(discharges);
    merged(discharged.map(|(debt, &amount)| Debt { amount, ..*debt }).collect())
}

/// The entries sorted by debtor and creditor, those of the same two summed.
pub(crate) fn merged(mut entries: Vec<Debt>) -> Vec<Debt> {
    entries.retain(|entry| entry.amount > 0);
    entries.sort_unstable_by_key(|entry| (entry.debtor, entry.creditor, entry.amount));
    for entry in &mut entries {
        entry.weight = 1;
    }
    entries.dedup_by(|next, kept| {
        let same = (next.debtor, next.creditor) == (kept.debtor, kept.creditor);
        match kept.amount.checked_add(next.amount) {
            Some(sum) if same => {
                kept.amount = sum;
                true
            }
            _ => false,
        }
    });
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::network;

    #[test]
    fn discharges_between_the_same_two_are_summed() {
        let network = network(3, &[(1, 2, 10), (0, 1, 10), (1, 2, 10), (2, 1, 10)]);

        let flow = flow(&network, &[3, 0, 4, 7]);

        let entries: Vec<_> = flow.iter().map(|d| (d.debtor, d.creditor, d.amount)).collect();
        assert_eq!(entries, [(1, 2, 7), (2, 1, 7)]);
    }
}
