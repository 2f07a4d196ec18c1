//! Exact exchange rates, and rounding that is named: down in clearing, up for what is paid instead.

use std::fmt;

use crate::{Currency, Decimal, Minor};

/// How many minor units of one currency one minor unit of another is worth: an exact fraction.
///
/// Rates are published as decimals of major units (1 EUR = 1.0871 USD), and a cross rate is the
/// quotient of two of them, so a fraction keeps them exact where a decimal could not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At least 1, below 2^63.
    numerator: i128,
    /// At least 1, below 2^63.
    denominator: i128,
}

/// Why a rate can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateError {
    /// A rate is above zero.
    NotPositive,
    /// In lowest terms its numerator or denominator has more than 62 bits.
    TooPrecise,
}

impl Rate {
    /// One to one, between two currencies with the same decimals or a currency and itself.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// The rate from `from` to `to` where both are quoted against a common base: one major unit
    /// of the base is worth `from_quote` of `from` and `to_quote` of `to`.
    ///
    /// For the base itself the quote is 1.
    ///
    /// # Errors
    /// [`RateError`] if a quote is not above zero or the fraction does not fit.
    pub fn cross(
        (from, from_quote): (&Currency, Decimal),
        (to, to_quote): (&Currency, Decimal),
    ) -> Result<Self, RateError> {
        let (mut numerator, mut denominator) = (to_quote.digits(), from_quote.digits());
        if numerator <= 0 || denominator <= 0 {
            return Err(RateError::NotPositive);
        }
        let up = u32::from(to.decimals()) + u32::from(from_quote.scale());
        let down = u32::from(from.decimals()) + u32::from(to_quote.scale());
        let shift = 10_i128.checked_pow(up.abs_diff(down)).ok_or(RateError::TooPrecise)?;
        let scaled = if up >= down { &mut numerator } else { &mut denominator };
        *scaled = scaled.checked_mul(shift).ok_or(RateError::TooPrecise)?;
        Self::fraction(numerator, denominator)
    }

    /// `numerator` / `denominator` minor units of the target for one of the source.
    ///
    /// # Errors
    /// [`RateError`] if either is not above zero, or not below 2^62 in lowest terms.
    pub fn fraction(numerator: i128, denominator: i128) -> Result<Self, RateError> {
        if numerator <= 0 || denominator <= 0 {
            return Err(RateError::NotPositive);
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        let rate = Self { numerator: numerator / divisor, denominator: denominator / divisor };
        if rate.numerator >= 1 << 62 || rate.denominator >= 1 << 62 {
            return Err(RateError::TooPrecise);
        }
        Ok(rate)
    }

    /// The fraction in lowest terms.
    #[must_use]
    pub fn parts(&self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }

    /// The rate the other way.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { numerator: self.denominator, denominator: self.numerator }
    }

    /// A sum of amounts, none below zero, converted and rounded down.
    #[must_use]
    pub fn convert_sum_down(&self, sum: i128) -> i128 {
        // Whole and rest apart, so that no product is larger than the result or 2^124.
        let (whole, rest) = (sum / self.denominator, sum % self.denominator);
        whole.saturating_mul(self.numerator) + rest * self.numerator / self.denominator
    }

    /// A sum of amounts, none below zero, converted and rounded up; `None` if it is over 127 bits.
    #[must_use]
    pub fn convert_sum_up(&self, sum: i128) -> Option<i128> {
        let (whole, rest) = (sum / self.denominator, sum % self.denominator);
        // The rest is below the denominator, so its product is below 2^124.
        let of_rest = (rest * self.numerator + self.denominator - 1) / self.denominator;
        whole.checked_mul(self.numerator)?.checked_add(of_rest)
    }

    /// `amount` converted and rounded down (towards zero for amounts of either sign).
    ///
    /// `None` if the result is over 2^62 in size.
    #[must_use]
    pub fn convert_down(&self, amount: Minor) -> Option<Minor> {
        // |amount| ≤ 2^63 and numerator < 2^62, so the product fits 127 bits.
        let converted = amount.wide() * self.numerator / self.denominator;
        let converted = i64::try_from(converted).ok().map(Minor)?;
        (converted.0.unsigned_abs() <= 1 << 62).then_some(converted)
    }
}

fn greatest_common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPositive => write!(f, "a rate is a number above zero"),
            Self::TooPrecise => write!(f, "the rate has more digits than 62 bits can hold"),
        }
    }
}

impl std::error::Error for RateError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn dollars_become_euros_at_the_published_quote() {
        let (usd, eur) = (currency("USD"), currency("EUR"));

        let rate = Rate::cross((&usd, decimal("1.0871")), (&eur, decimal("1"))).unwrap();

        assert_eq!(rate.convert_down(Minor(108_710)), Some(Minor(100_000)));
        assert_eq!(rate.convert_down(Minor(108_709)), Some(Minor(99_999)));
    }

    #[test]
    fn a_cross_rate_between_currencies_of_different_decimals_is_exact() {
        let (jpy, kwd) = (currency("JPY"), currency("KWD"));

        // 1 EUR = 160 JPY = 0.320 KWD, so 160 yen are 320 fils.
        let rate = Rate::cross((&jpy, decimal("160")), (&kwd, decimal("0.320"))).unwrap();

        assert_eq!(rate.parts(), (2, 1));
        assert_eq!(rate.convert_down(Minor(160)), Some(Minor(320)));
    }

    #[test]
    fn a_rate_that_is_not_positive_is_refused() {
        let eur = currency("EUR");

        let zero = Rate::cross((&eur, decimal("0")), (&eur, decimal("1")));

        assert_eq!(zero, Err(RateError::NotPositive));
    }

    #[test]
    fn a_sum_is_rounded_up_only_where_it_does_not_come_out_whole() {
        let rate = Rate::fraction(3, 2).unwrap();

        assert_eq!(rate.convert_sum_up(4), Some(6));
        assert_eq!(rate.convert_sum_up(5), Some(8));
        assert_eq!(rate.convert_sum_up(0), Some(0));
        assert_eq!(rate.convert_sum_up(i128::MAX), None);
    }

    proptest! {
        #[test]
        fn rounded_up_is_what_comes_back_whole_and_one_less_is_not(
            sum in 1_i128..1 << 90,
            numerator in 1_i128..1 << 30,
            denominator in 1_i128..1 << 30,
        ) {
            let rate = Rate::fraction(numerator, denominator).unwrap();
            let there = rate.convert_sum_up(sum).unwrap();
            prop_assert!(rate.inverse().convert_sum_down(there) >= sum);
            prop_assert!(rate.inverse().convert_sum_down(there - 1) < sum);
        }

        #[test]
        fn there_and_back_never_gains(
            amount in 0_i64..1 << 50,
            numerator in 1_i128..1_000_000,
            denominator in 1_i128..1_000_000,
        ) {
            let rate = Rate::fraction(numerator, denominator).unwrap();
            if let Some(there) = rate.convert_down(Minor(amount)) {
                let back = rate.inverse().convert_down(there).unwrap();
                prop_assert!(back.0 <= amount);
            }
        }
    }
}
