//! Novation: every debt replaced by a net position against a centre.
//!
//! All debts end, and every member whose position is not level gets one new debt: to the centre,
//! which is paid by those that owe more than they are owed and pays the others. This needs no
//! optimiser, but makes the centre everyone's debtor or creditor.

use crate::{Debt, Network};

/// What each member is owed less what it owes, in the network's numbering. Their sum is 0.
#[must_use]
pub fn net_positions(network: &Network) -> Vec<i128> {
    let mut positions = vec![0; network.members() as usize];
    for debt in network.debts() {
        positions[debt.debtor as usize] -= i128::from(debt.amount);
        positions[debt.creditor as usize] += i128::from(debt.amount);
    }
    positions
}

/// The conserved flow that novation is: every debt of the network in whole, and the new debts to
/// and from `centre` with their direction turned round, for [`circles`](crate::circles()).
///
/// So a chain of debts from a net debtor to a net creditor closes through the centre. The centre
/// is a member of the network, or else has the number [`Network::members`]; with any other number
/// the flow belongs to a network of more members.
///
/// All entries have weight 1; those between the same two members are merged as in
/// [`flow`](crate::flow()).
#[must_use]
pub fn novation_flow(network: &Network, centre: u32) -> Vec<Debt> {
    let mut entries = network.debts().to_vec();
    for (member, position) in (0..network.members()).zip(net_positions(network)) {
        if member == centre {
            continue;
        }
        let (debtor, creditor) = if position < 0 { (centre, member) } else { (member, centre) };
        let mut rest = position.unsigned_abs();
        while rest > 0 {
            let amount = u64::try_from(rest).unwrap_or(u64::MAX);
            rest -= u128::from(amount);
            entries.push(Debt { debtor, creditor, amount, weight: 1 });
        }
    }
    crate::flow::merged(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::network;

    #[test]
    fn a_chain_of_debt_leaves_its_two_ends() {
        let network = network(3, &[(0, 1, 10), (1, 2, 7)]);

        assert_eq!(net_positions(&network), [-10, 3, 7]);
    }

    #[test]
    fn chains_close_through_the_centre() {
        let network = network(3, &[(0, 1, 10), (1, 2, 7)]);

        let flow = novation_flow(&network, 3);

        let flow: Vec<_> = flow.iter().map(|d| (d.debtor, d.creditor, d.amount)).collect();
        assert_eq!(flow, [(0, 1, 10), (1, 2, 7), (1, 3, 3), (2, 3, 7), (3, 0, 10)]);
    }

    #[test]
    fn a_member_as_centre_has_no_debt_to_itself() {
        let network = network(3, &[(0, 1, 10), (1, 2, 7)]);

        let flow = novation_flow(&network, 1);

        let flow: Vec<_> = flow.iter().map(|d| (d.debtor, d.creditor, d.amount)).collect();
        assert_eq!(flow, [(0, 1, 10), (1, 0, 10), (1, 2, 7), (2, 1, 7)]);
    }

    #[test]
    fn positions_over_64_bits_are_split() {
        let largest = crate::LARGEST_AMOUNT;
        let network = network(2, &[(0, 1, largest); 5]);

        assert_eq!(net_positions(&network), [-5 * i128::from(largest), 5 * i128::from(largest)]);
        let flow = novation_flow(&network, 2);
        let centre: u128 =
            flow.iter().filter(|d| d.creditor == 2).map(|d| u128::from(d.amount)).sum();
        assert_eq!(centre, 5 * u128::from(largest));
        assert!(crate::circles(3, &flow).is_ok());
    }
}
