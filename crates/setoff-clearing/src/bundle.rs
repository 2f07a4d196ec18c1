//! Parallel debts brought together: the optimiser sees one sum a debtor, creditor and weight.
//!
//! Merging makes the optimiser's work smaller and its answer independent of how a debt is split
//! into invoices. The debts of a bundle stay in the order given. `O(n + m log d)` time for `m`
//! debts of `n` members who have at most `d` each.

use crate::Network;
use crate::bits::Bits;

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
    /// The sum of the debts.
    pub(crate) amount: u64,
}

impl Bundle {
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
///
/// They lie in memory beside the engine, so each is 12 bytes, four more where weights differ, and
/// four bytes and a bit a debt.
pub(crate) struct Bundles {
    /// Where each debtor's bundles start, and at the end how many there are in all.
    rows: Vec<u32>,
    creditors: Vec<u32>,
    weights: Worth,
    amounts: Vec<u64>,
    /// The debts' places in the network, bundle by bundle.
    order: Vec<u32>,
    /// The places in `order` where a bundle starts.
    first: Bits,
}

/// What a unit set off of each bundle is worth.
enum Worth {
    /// The same for all.
    Alike(i32),
    /// As many as bundles.
    Each(Vec<i32>),
}

impl Worth {
    fn of(&self, bundle: usize) -> i32 {
        match self {
            Self::Alike(weight) => *weight,
            Self::Each(weights) => weights[bundle],
        }
    }
}

impl Bundles {
    /// Merges the debts of `network`, whose member `i` gets the number `numbers[i]`.
    pub(crate) fn new(network: &Network, numbers: &[u32]) -> Self {
        let debts = network.debts();
        let (mut order, starts, pairs) = by_pair(network, numbers);
        let one = debts.first().map_or(1, |debt| debt.weight);
        let mut weights = Worth::Alike(one);
        if debts.iter().any(|debt| debt.weight != one) {
            weights = Worth::Each(Vec::with_capacity(pairs));
            let creditor = |place: u32| debts[index(place)].creditor;
            for ends in starts.windows(2) {
                let row = &mut order[ends[0]..ends[1]];
                for pair in row.chunk_by_mut(|a, b| creditor(*a) == creditor(*b)) {
                    pair.sort_by_key(|place| debts[index(*place)].weight);
                }
            }
        }

        let mut bundles = Self {
            rows: Vec::with_capacity(starts.len()),
            creditors: Vec::with_capacity(pairs),
            weights,
            amounts: Vec::with_capacity(pairs),
            first: Bits::none(order.len()),
            order: Vec::new(),
        };
        bundles.rows.push(0);
        for ends in starts.windows(2) {
            let row = bundles.creditors.len();
            for place in ends[0]..ends[1] {
                let debt = debts[index(order[place])];
                let creditor = numbers[index(debt.creditor)];
                bundles.add(row, place, creditor, debt.weight, debt.amount);
            }
            bundles.rows.push(narrow(bundles.creditors.len()));
        }
        bundles.order = order;
        bundles
    }

    /// Adds a debt to the last bundle, if that is one of the debtor's, who has those from `row` on,
    /// and the debt suits it; or to a new one.
    fn add(&mut self, row: usize, place: usize, creditor: u32, weight: i32, amount: u64) {
        if let Some(last) = self.creditors.len().checked_sub(1)
            && last >= row
            && self.creditors[last] == creditor
            && self.weights.of(last) == weight
            && let Some(sum) = self.amounts[last].checked_add(amount)
        {
            self.amounts[last] = sum;
            return;
        }
        self.first.insert(place);
        self.creditors.push(creditor);
        self.amounts.push(amount);
        if let Worth::Each(weights) = &mut self.weights {
            weights.push(weight);
        }
    }

    /// How many members there are.
    pub(crate) fn members(&self) -> usize {
        self.rows.len() - 1
    }

    /// Where each debtor's bundles start, and at the end how many there are in all.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The creditors of all bundles.
    pub(crate) fn creditors(&self) -> &[u32] {
        &self.creditors
    }

    /// A debtor's bundles.
    pub(crate) fn of(&self, debtor: usize) -> impl Iterator<Item = Bundle> {
        let row = index(self.rows[debtor])..index(self.rows[debtor + 1]);
        row.map(move |bundle| self.get(debtor, bundle))
    }

    /// The bundles in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Bundle> {
        (0..self.members()).flat_map(|debtor| self.of(debtor))
    }

    fn get(&self, debtor: usize, bundle: usize) -> Bundle {
        Bundle {
            debtor: narrow(debtor),
            creditor: self.creditors[bundle],
            weight: self.weights.of(bundle),
            amount: self.amounts[bundle],
        }
    }

    /// Keeps, in the room of the amounts, what is taken off each bundle. Where several lie side by
    /// side because their sum would not fit, the first is taken off first.
    pub(crate) fn taken_off(mut self, mut taken_off: impl FnMut(Bundle) -> u64) -> TakenOff {
        for debtor in 0..self.members() {
            let mut start = index(self.rows[debtor]);
            while start < index(self.rows[debtor + 1]) {
                let mut end = start;
                let mut rest = 0;
                while end < index(self.rows[debtor + 1]) && self.suits(end, start) {
                    rest += u128::from(taken_off(self.get(debtor, end)));
                    end += 1;
                }
                for amount in &mut self.amounts[start..end] {
                    *amount = u64::try_from(rest).map_or(*amount, |rest| rest.min(*amount));
                    rest -= u128::from(*amount);
                }
                start = end;
            }
        }
        TakenOff { of_bundles: self.amounts, order: self.order, first: self.first }
    }

    /// Whether two bundles of a debtor have the same creditor and weight.
    fn suits(&self, one: usize, other: usize) -> bool {
        self.creditors[one] == self.creditors[other]
            && self.weights.of(one) == self.weights.of(other)
    }
}

/// What is taken off each bundle.
pub(crate) struct TakenOff {
    of_bundles: Vec<u64>,
    order: Vec<u32>,
    first: Bits,
}

impl TakenOff {
    /// What is taken off each debt: the first of a bundle first.
    pub(crate) fn share_out(self, network: &Network) -> Vec<u64> {
        let debts = network.debts();
        let mut discharges = vec![0; debts.len()];
        let mut of_bundles = self.of_bundles.into_iter();
        let mut rest = 0;
        for (place, &debt) in self.order.iter().enumerate() {
            if self.first.contains(place) {
                debug_assert_eq!(rest, 0, "no more is taken off than there are debts");
                rest = of_bundles.next().expect("a bundle for each beginning of one");
            }
            let discharge = rest.min(debts[index(debt)].amount);
            discharges[index(debt)] = discharge;
            rest -= discharge;
        }
        debug_assert_eq!(rest, 0, "no more is taken off than there are debts");
        discharges
    }
}

/// Widens a number of a member, a debt or a slot to index with.
pub(crate) fn index(number: u32) -> usize {
    number as usize
}

/// A number of a member, a debt or a bundle.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("a network's members and debts are numbered in u32")
}

/// The debts' places by debtor, creditor and place, where each debtor's start, and how many
/// different pairs there are.
///
/// One counting sort by debtor, and then each debtor's few debts by creditor, which lie together:
/// a second counting sort would go through memory in no order once more.
fn by_pair(network: &Network, numbers: &[u32]) -> (Vec<u32>, Vec<usize>, usize) {
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
    (keys.into_iter().map(place).collect(), starts, pairs)
}
