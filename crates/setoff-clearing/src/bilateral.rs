//! Bilateral netting: what two members owe each other, set off between the two.

use crate::Network;

/// What bilateral netting takes off each debt, in the network's order of debts.
///
/// Between two members the smaller of the two sums is taken off both sides, each side's debts in
/// the order given; weights play no part. `O(m log m)` for `m` debts.
#[must_use]
pub fn bilateral(network: &Network) -> Vec<u64> {
    let debts = network.debts();
    let pair = |place: usize| {
        let debt = debts[place];
        (debt.debtor.min(debt.creditor), debt.debtor.max(debt.creditor))
    };
    let mut order: Vec<usize> = (0..debts.len()).collect();
    order.sort_by_key(|&place| (pair(place), debts[place].debtor));

    let mut discharges = vec![0; debts.len()];
    for between in order.chunk_by(|&a, &b| pair(a) == pair(b)) {
        let (lower, _) = pair(between[0]);
        let split = between.partition_point(|&place| debts[place].debtor == lower);
        let (one_way, other_way) = between.split_at(split);
        let sum = |side: &[usize]| -> u128 {
            side.iter().map(|&place| u128::from(debts[place].amount)).sum()
        };
        let mutual = sum(one_way).min(sum(other_way));
        for side in [one_way, other_way] {
            let mut rest = mutual;
            for &place in side {
                let amount = debts[place].amount;
                let share = u64::try_from(rest).map_or(amount, |rest| rest.min(amount));
                discharges[place] = share;
                rest -= u128::from(share);
            }
        }
    }
    discharges
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LARGEST_AMOUNT;
    use crate::testing::network;

    #[test]
    fn the_smaller_side_goes_and_the_older_debts_first() {
        let network = network(3, &[(1, 0, 30), (0, 1, 50), (0, 1, 50), (1, 0, 40), (1, 2, 9)]);

        assert_eq!(bilateral(&network), [30, 50, 20, 40, 0]);
    }

    #[test]
    fn sums_over_64_bits_are_set_off_whole() {
        let mut debts = vec![(0, 1, LARGEST_AMOUNT); 9];
        debts.extend([(1, 0, LARGEST_AMOUNT); 8]);
        let network = network(2, &debts);

        let discharges = bilateral(&network);

        assert_eq!(discharges[7..10], [LARGEST_AMOUNT, 0, LARGEST_AMOUNT]);
    }

    #[test]
    fn a_circle_of_three_is_not_bilateral() {
        let network = network(3, &[(0, 1, 5), (1, 2, 5), (2, 0, 5)]);

        assert_eq!(bilateral(&network), [0, 0, 0]);
    }
}
