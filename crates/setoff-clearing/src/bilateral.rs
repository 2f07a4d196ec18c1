//! Bilateral netting: what two members owe each other, set off between the two.

use crate::Network;

/// What bilateral netting takes off each debt, in the network's order of debts.
///
/// Between two members the smaller of the two sums is taken off both sides, each side's debts in
/// the order given.
#[must_use]
pub fn bilateral(_network: &Network) -> Vec<u64> {
    todo!()
}
