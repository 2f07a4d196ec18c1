//! What a further unit discharged costs a member by the rule of [`fair`](crate::fair).

use crate::Seed;

/// Prices are in so many parts of the whole.
pub(crate) const PARTS: u32 = 1_000_000;

/// What the sum discharged of a member's debts may be: from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) low: u128,
    pub(crate) high: u128,
}

impl Span {
    fn width(self) -> u128 {
        self.high - self.low
    }

    /// Whether prices can still tell its units apart.
    pub(crate) fn is_wide(self) -> bool {
        self.width() > 1
    }

    /// The price of the unit that raises the sum from `sum` to one more: how far `sum` is from
    /// `low` to `high`, in parts of the way, rounded down. `sum` is from `low` to below `high`.
    pub(crate) fn price(self, sum: u128) -> u32 {
        // A sum of debts is below 2^93.
        let price = u128::from(PARTS) * (sum - self.low) / self.width();
        u32::try_from(price).expect("less than PARTS, since sum is below high")
    }

    /// The lowest sum whose next unit costs `price` or more; `high` if none does.
    pub(crate) fn first_at(self, price: i128) -> u128 {
        match u128::try_from(price) {
            Err(_) => self.low,
            Ok(price) if price >= u128::from(PARTS) => self.high,
            Ok(price) => self.low + (price * self.width()).div_ceil(u128::from(PARTS)),
        }
    }

    /// The sums at which every unit that costs less than `worth` is taken and none that costs more.
    pub(crate) fn priced(self, worth: i128) -> Self {
        Self { low: self.first_at(worth), high: self.first_at(worth.saturating_add(1)) }
    }

    /// The same where units cost nothing.
    pub(crate) fn unpriced(self, worth: i128) -> Self {
        match worth.signum() {
            -1 => Self { high: self.low, ..self },
            0 => self,
            _ => Self { low: self.high, ..self },
        }
    }

    /// Whether a sum is in it.
    pub(crate) fn holds(self, sum: u128) -> bool {
        self.low <= sum && sum <= self.high
    }
}

/// The numbers that decide what prices leave open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    state: u64,
}

impl Draws {
    /// The draws of a round, from 0.
    pub(crate) fn new(seed: Seed, round: u64) -> Self {
        let (words, _) = seed.0.as_chunks::<8>();
        let words = words.iter().map(|word| u64::from_le_bytes(*word));
        Self { state: words.chain([round]).fold(0, absorbed) }
    }

    /// The draw of a debtor and a creditor: 0 to below 2^19.
    pub(crate) fn of(self, debtor: u32, creditor: u32) -> i32 {
        let state = absorbed(absorbed(self.state, debtor.into()), creditor.into());
        i32::try_from(next(state) >> 45).expect("19 bits are left")
    }
}

fn absorbed(state: u64, word: u64) -> u64 {
    next(state) ^ word
}

/// One step of `SplitMix64` (Steele, Lea, Flood, *Fast splittable pseudorandom number generators*,
/// OOPSLA 2014).
fn next(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_costs_the_share_before_it() {
        let span = Span { low: 0, high: 3 };

        assert_eq!([0, 1, 2].map(|sum| span.price(sum)), [0, 333_333, 666_666]);
        assert_eq!(span.priced(333_333), Span { low: 1, high: 2 });
        assert_eq!(span.priced(333_332), Span { low: 1, high: 1 });
        assert_eq!(span.priced(-1), Span { low: 0, high: 0 });
        assert_eq!(span.priced(1_000_000), Span { low: 3, high: 3 });
    }

    #[test]
    fn what_a_millionth_leaves_open_is_divided_again() {
        let span = Span { low: 0, high: 5_000_000 }.priced(400_000);
        assert_eq!(span, Span { low: 2_000_000, high: 2_000_005 });

        assert_eq!(span.price(2_000_003), 600_000);
        assert_eq!(span.priced(600_000), Span { low: 2_000_003, high: 2_000_004 });
    }

    #[test]
    fn every_sum_is_at_the_price_of_its_units() {
        for (low, high) in [(0, 7), (3, 1_000_003), (5, 2_000_008), (0, 1 << 93)] {
            let span = Span { low, high };
            for part in 0..=97 {
                let sum = (low + part * ((high - low) / 97)).min(high - 1);
                let worth = span.priced(span.price(sum).into());
                assert!(worth.holds(sum) && worth.holds(sum + 1), "{sum} in {span:?}");
            }
        }
    }

    #[test]
    fn draws_differ_by_seed_round_debtor_and_creditor() {
        let draws = Draws::new(Seed([3; 32]), 0);
        let all = [
            draws.of(1, 2),
            draws.of(2, 1),
            draws.of(1, 3),
            Draws::new(Seed([3; 32]), 1).of(1, 2),
            Draws::new(Seed([4; 32]), 0).of(1, 2),
        ];

        for (place, one) in all.iter().enumerate() {
            assert!((0..1 << 19).contains(one) && !all[place + 1..].contains(one), "{all:?}");
        }
    }
}
