//! Who goes first between one debtor and one creditor, where no optimum says so.

use crate::Network;

/// Shares out anew what is discharged between each debtor and creditor: the debts with the least
/// `turn` first, of the same turn the first given first.
///
/// Takes `O(debts · log debts)` time.
pub(crate) fn in_turn<Turn: Ord>(
    network: &Network,
    discharges: &mut [u64],
    turn: impl Fn(usize) -> Turn,
) {
    let debts = network.debts();
    let pair = |place: usize| (debts[place].debtor, debts[place].creditor);
    let mut places: Vec<usize> = (0..debts.len()).collect();
    places.sort_by_key(|&place| (pair(place), turn(place)));
    for between in places.chunk_by(|&a, &b| pair(a) == pair(b)) {
        let mut rest: u128 = between.iter().map(|&place| u128::from(discharges[place])).sum();
        for &place in between {
            let amount = debts[place].amount;
            let share = u64::try_from(rest).map_or(amount, |rest| rest.min(amount));
            discharges[place] = share;
            rest -= u128::from(share);
        }
        debug_assert_eq!(rest, 0, "no more is discharged than is owed");
    }
}
