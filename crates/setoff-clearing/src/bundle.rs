//! Parallel debts brought together: the optimiser sees one sum a debtor, creditor and weight.
//!
//! Merging makes the optimiser's work smaller and its answer independent of how a debt is split
//! into invoices. The debts of a bundle stay in the order given. `O(n + m log d)` time for `m`
//! debts of `n` members who have at most `d` each.

use crate::Network;

/// The debts of one debtor to one creditor at one weight.
///
/// Where their sum would not fit `u64` there are several bundles, each as large as can be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bundle {
    /// The debtor, in the optimiser's numbering.
    pub(crate) debtor: u32,
    /// The creditor, in the optimiser's numbering.
    pub(crate) creditor: u32,
    /// What each unit set off is worth.
    pub(crate) weight: i32,
    /// Where its debts end in [`Bundles::order`]; they start where the bundle before ends.
    end: u32,
    /// The sum of the debts.
    pub(crate) amount: u64,
}

impl Bundle {
    /// What its debts have in common.
    fn key(self) -> (u32, u32, i32) {
        (self.debtor, self.creditor, self.weight)
    }

    /// What is set off of it at first: all of it if that is worth something.
    pub(crate) fn at_first(self) -> u64 {
        if self.weight > 0 { self.amount } else { 0 }
    }

    /// The same bundle with its debtor and creditor numbered otherwise.
    pub(crate) fn renumbered(self, numbers: &[u32]) -> Self {
        Self {
            debtor: numbers[index(self.debtor)],
            creditor: numbers[index(self.creditor)],
            ..self
        }
    }
}

/// All bundles of a network, by debtor, creditor and weight.
pub(crate) struct Bundles {
    /// The debts' places in the network, bundle by bundle.
    order: Vec<u32>,
    bundles: Vec<Bundle>,
}

impl Bundles {
    /// Merges the debts of `network`, whose member `i` gets the number `numbers[i]`.
    pub(crate) fn new(network: &Network, numbers: &[u32]) -> Self {
        let debts = network.debts();
        let number = |member: u32| numbers[index(member)];
        let debtor = |place: u32| number(debts[index(place)].debtor);
        let creditor = |place: u32| number(debts[index(place)].creditor);
        let weight = |place: u32| debts[index(place)].weight;

        let (mut order, pairs) = by_pair(network, numbers);
        if debts.iter().any(|debt| debt.weight != debts[0].weight) {
            for pair in
                order.chunk_by_mut(|a, b| debtor(*a) == debtor(*b) && creditor(*a) == creditor(*b))
            {
                pair.sort_by_key(|place| weight(*place));
            }
        }

        let mut bundles: Vec<Bundle> = Vec::with_capacity(pairs);
        for (end, &place) in (1..).zip(&order) {
            let amount = debts[index(place)].amount;
            let (debtor, creditor, weight) = (debtor(place), creditor(place), weight(place));
            if let Some(last) = bundles.last_mut()
                && last.key() == (debtor, creditor, weight)
                && let Some(sum) = last.amount.checked_add(amount)
            {
                last.amount = sum;
                last.end = end;
            } else {
                bundles.push(Bundle { debtor, creditor, weight, end, amount });
            }
        }
        Self { order, bundles }
    }

    /// The bundles in their order.
    pub(crate) fn as_slice(&self) -> &[Bundle] {
        &self.bundles
    }

    /// Where each debtor's bundles start, and at the end how many there are in all.
    pub(crate) fn rows(&self, members: usize) -> Vec<u32> {
        let mut starts = vec![0; members + 1];
        for bundle in &self.bundles {
            starts[index(bundle.debtor) + 1] += 1;
        }
        for debtor in 0..members {
            starts[debtor + 1] += starts[debtor];
        }
        starts
    }

    /// Gives the debts what is taken off their bundle, the first of them first.
    pub(crate) fn share_out(
        &self,
        network: &Network,
        mut taken_off: impl Iterator<Item = u64>,
    ) -> Vec<u64> {
        let debts = network.debts();
        let mut discharges = vec![0; debts.len()];
        let mut start = 0;
        for parts in self.bundles.chunk_by(|a, b| a.key() == b.key()) {
            let mut rest: u128 = taken_off.by_ref().take(parts.len()).map(u128::from).sum();
            let end = parts.last().map_or(start, |bundle| index(bundle.end));
            for &place in &self.order[start..end] {
                let amount = debts[index(place)].amount;
                let share = u64::try_from(rest).map_or(amount, |rest| rest.min(amount));
                discharges[index(place)] = share;
                rest -= u128::from(share);
            }
            debug_assert_eq!(rest, 0, "no more is taken off than there are debts");
            start = end;
        }
        discharges
    }
}

/// Widens a number of a member, a debt or a slot to index with.
pub(crate) fn index(number: u32) -> usize {
    number as usize
}

/// The debts' places by debtor, creditor and place, and how many different pairs there are.
///
/// One counting sort by debtor, and then each debtor's few debts by creditor, which lie together:
/// a second counting sort would go through memory in no order once more.
fn by_pair(network: &Network, numbers: &[u32]) -> (Vec<u32>, usize) {
    let debts = network.debts();
    let mut next = vec![0; numbers.len() + 1];
    for debt in debts {
        next[index(numbers[index(debt.debtor)]) + 1] += 1;
    }
    for member in 0..numbers.len() {
        next[member + 1] += next[member];
    }
    let starts = next.clone();

    let mut keys = vec![0_u64; debts.len()];
    for (place, debt) in (0_u64..).zip(debts) {
        let slot: &mut usize = &mut next[index(numbers[index(debt.debtor)])];
        keys[*slot] = u64::from(numbers[index(debt.creditor)]) << 32 | place;
        *slot += 1;
    }
    let mut pairs = 0;
    for ends in starts.windows(2) {
        let row = &mut keys[ends[0]..ends[1]];
        row.sort_unstable();
        pairs += row.chunk_by(|a, b| a >> 32 == b >> 32).count();
    }
    let place = |key: u64| u32::try_from(key & 0xffff_ffff).expect("32 bits");
    (keys.into_iter().map(place).collect(), pairs)
}
