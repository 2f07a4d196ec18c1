//! Networks for the tests.

use crate::bundle::{Bundles, index};
use crate::residual::{Residual, Weights};
use crate::{Debt, Network};

/// A network of plain debts, each a debtor, a creditor and an amount.
pub(crate) fn network(members: u32, debts: &[(u32, u32, u64)]) -> Network {
    let debts = debts
        .iter()
        .map(|&(debtor, creditor, amount)| Debt { debtor, creditor, amount, weight: 1 })
        .collect();
    Network::new(members, debts).unwrap()
}

/// Whole numbers from Knuth's linear congruential generator.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let Self(state) = self;
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((*state >> 33) % u64::from(bound)).unwrap()
    }
}

/// The residual network and excess of a network that is one component, set off as
/// [`Bundle::at_first`](crate::bundle::Bundle::at_first) says.
pub(crate) fn strongly_connected<W: Weights>(network: &Network) -> (Residual<W>, Vec<i128>) {
    let numbers: Vec<u32> = (0..network.members()).collect();
    let bundles = Bundles::new(network, &numbers);
    let mut excess = vec![0; numbers.len()];
    for bundle in bundles.iter() {
        excess[index(bundle.debtor)] -= i128::from(bundle.at_first());
        excess[index(bundle.creditor)] += i128::from(bundle.at_first());
    }
    (Residual::new(numbers.len(), || bundles.iter()), excess)
}
