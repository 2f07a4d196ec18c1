//! Chance in whole numbers: a generator of random words and the distributions drawn from it.
//!
//! Everything here is integer arithmetic, so that any machine and any language gets the same
//! numbers; `docs/networks.md` states each formula. The words come from `SplitMix64` (Steele, Lea
//! and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, section 5).

/// The fractional bits of an exponent: `1 << 32` stands for one doubling.
pub(super) const ONE: i64 = 1 << 32;

const FRACTION: u32 = 32;

/// A factor between 1 and 2 is held in units of 2^-62.
const FACTOR: u32 = 62;

/// `ROOTS[i]` is 2 to the power 2^-(i+1), rounded down: each the square root of the one before.
const ROOTS: [u64; FRACTION as usize] = {
    let mut roots = [0; FRACTION as usize];
    let mut power = 1_u128 << (FACTOR + 1);
    let mut i = 0;
    while i < roots.len() {
        power = (power << FACTOR).isqrt();
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a root of 2 is below 2, so it has 63 bits; try_from is not const"
        )]
        {
            roots[i] = power as u64;
        }
        i += 1;
    }
    roots
};

/// A stream of random 64-bit words.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    state: u64,
}

impl Draws {
    /// The stream of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A stream of its own for number `label`, the same whenever it is asked for.
    pub(super) fn branch(&self, label: u64) -> Self {
        Self { state: mix(self.state ^ mix(label)) }
    }

    /// The next word.
    pub(super) fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A whole number below `limit`, each as likely as any other (to within `limit` / 2^64).
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        high_product(self.word(), limit)
    }

    /// A whole number below `limit`, where low numbers are likelier: `limit` times the cube of a
    /// uniform number between 0 and 1.
    pub(crate) fn below_cubed(&mut self, limit: u64) -> u64 {
        let u = self.word();
        high_product(high_product(high_product(u, u), u), limit)
    }

    /// `least` times a Pareto factor with exponent `numerator` / `denominator`, at most
    /// `least` << `doublings`.
    pub(crate) fn pareto(
        &mut self,
        least: u64,
        (numerator, denominator): (i64, i64),
        doublings: u32,
    ) -> u64 {
        let exponent = minus_log2(self.word()) * denominator / numerator;
        doubled(least, exponent.min(i64::from(doublings) * ONE))
    }

    /// `median` times a log-normal factor: 2 to the power of a normal number with standard
    /// deviation `deviation` (in units of [`ONE`]). At least 1.
    pub(super) fn log_normal(&mut self, median: u64, deviation: i64) -> u64 {
        // A half-word is a uniform number in units of 2^-32; twelve of them have variance 1 and
        // mean 6 (less the half unit that rounding down takes from each).
        let mut sum = -6 * ONE;
        for _ in 0..6 {
            let word = self.word();
            sum += (word >> 32).cast_signed() + (word & 0xffff_ffff).cast_signed();
        }
        let exponent = (i128::from(sum) * i128::from(deviation)) >> FRACTION;
        let exponent = i64::try_from(exponent).expect("|sum| ≤ 6·2^32 and the deviation is small");
        doubled(median, exponent).max(1)
    }
}

/// The finaliser of `SplitMix64`: a one-to-one scramble of 64 bits.
fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// `a` times `b` divided by 2^64, rounded down.
fn high_product(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    u64::try_from(product >> 64).expect("the upper half of 128 bits")
}

/// Minus the binary logarithm of (`word` + 1) / 2^64, in units of [`ONE`]: from 0 to 64.
///
/// The fraction is found bit by bit: squaring a number between 1 and 2 doubles its logarithm,
/// and a square of 2 or more gives a bit and is halved.
fn minus_log2(word: u64) -> i64 {
    let Some(number) = word.checked_add(1) else {
        return 0;
    };
    let zeros = number.leading_zeros();
    let mut factor = number << zeros;
    let mut fraction = 0;
    for _ in 0..FRACTION {
        let square = u128::from(factor) * u128::from(factor);
        let bit = u32::from(square >> 127 == 1);
        fraction = fraction << 1 | i64::from(bit);
        factor = u64::try_from(square >> (63 + bit)).expect("below 2 in units of 2^-63");
    }
    i64::from(zeros + 1) * ONE - fraction
}

/// `value` times 2 to the power `exponent` (in units of [`ONE`]), rounded down.
///
/// `value` is below 2^40, the exponent between -60 and 22.
fn doubled(value: u64, exponent: i64) -> u64 {
    let mut factor = 1_u128 << FACTOR;
    for (i, root) in ROOTS.iter().enumerate() {
        if exponent >> (FRACTION as usize - 1 - i) & 1 == 1 {
            factor = (factor * u128::from(*root)) >> FACTOR;
        }
    }
    let shift = i64::from(FACTOR) - (exponent >> FRACTION);
    u64::try_from((u128::from(value) * factor) >> shift).expect("2^40 · 2^22 · 2 fits 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_published_generator() {
        // The first three outputs for seed 1234567 as every implementation's tests have them.
        let mut draws = Draws::new(1_234_567);

        let words = [draws.word(), draws.word(), draws.word()];

        assert_eq!(
            words,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn logarithms_and_powers_undo_each_other() {
        for number in [1, 2, 3, 1000, 12_345, 999_999, 1 << 20] {
            // The logarithm of number / 2^64, that is 64 less than the number's own.
            let exponent = 64 * ONE - minus_log2(number - 1);
            let again = doubled(1 << 39, exponent);
            assert!(again.abs_diff(number << 39) <= number << 10, "{number}: {again}");
        }
        assert_eq!(minus_log2(u64::MAX), 0);
        assert_eq!(minus_log2(u64::MAX / 2), ONE);
        assert_eq!(minus_log2(0), 64 * ONE);
        assert_eq!(doubled(1000, ONE / 2), 1414);
        assert_eq!(doubled(1000, -ONE / 2), 707);
        assert_eq!(doubled(1000, 10 * ONE), 1_024_000);
    }

    #[test]
    fn a_pareto_number_doubles_as_often_as_its_exponent_says() {
        let mut draws = Draws::new(7);
        let drawn: Vec<u64> = (0..100_000).map(|_| draws.pareto(1000, (2, 1), 20)).collect();

        // With exponent 2 a quarter is above twice the least and a sixteenth above four times.
        let above = |limit: u64| drawn.iter().filter(|&&amount| amount > limit).count();
        assert!(above(2000).abs_diff(25_000) < 500, "{}", above(2000));
        assert!(above(4000).abs_diff(6_250) < 300, "{}", above(4000));
        assert!(drawn.iter().all(|&amount| amount >= 1000));
    }

    #[test]
    fn a_log_normal_number_is_below_its_median_half_of_the_time() {
        let mut draws = Draws::new(7);
        let drawn: Vec<u64> = (0..100_000).map(|_| draws.log_normal(1_000_000, ONE)).collect();

        // One standard deviation is one doubling: 15.9 % are above twice the median.
        let above = |limit: u64| drawn.iter().filter(|&&amount| amount > limit).count();
        assert!(above(1_000_000).abs_diff(50_000) < 600);
        assert!(above(2_000_000).abs_diff(15_866) < 500);
        assert!(above(4_000_000).abs_diff(2_275) < 200);
    }
}
