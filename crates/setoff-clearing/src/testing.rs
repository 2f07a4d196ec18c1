//! Networks for the tests.

use crate::{Debt, Network};

/// A network of plain debts, each a debtor, a creditor and an amount.
pub(crate) fn network(members: u32, debts: &[(u32, u32, u64)]) -> Network {
    let debts = debts
        .iter()
        .map(|&(debtor, creditor, amount)| Debt { debtor, creditor, amount, weight: 1 })
        .collect();
    Network::new(members, debts).unwrap()
}
