//! Exact decimal numbers as they stand in files, before their currency is known.

use std::fmt;
use std::str::FromStr;

use crate::{Currency, Minor};

/// An exact decimal number: `digits` / 10^`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    scale: u8,
}

/// Why a text is no decimal number, or the number no amount of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// Not an optional sign, digits and at most one point with digits after it.
    NotANumber,
    /// More than 30 digits.
    TooLong,
    /// It has a non-zero digit beyond the decimals of the currency.
    MoreDecimals {
        /// How many decimals the number has, trailing zeros left out.
        has: u8,
        /// How many the currency allows.
        allowed: u8,
    },
    /// Its size is over [`Minor::LARGEST`].
    TooLarge,
}

impl Decimal {
    /// `digits` / 10^`scale`.
    #[must_use]
    pub fn new(digits: i128, scale: u8) -> Self {
        Self { digits, scale }
    }

    /// The number without its point.
    #[must_use]
    pub fn digits(&self) -> i128 {
        self.digits
    }

    /// How many of the digits stand behind the point.
    #[must_use]
    pub fn scale(&self) -> u8 {
        self.scale
    }

    /// The number as an amount of `currency`, exactly.
    ///
    /// # Errors
    /// [`DecimalError::MoreDecimals`] rather than rounding; [`DecimalError::TooLarge`] over
    /// [`Minor::LARGEST`] in size.
    pub fn in_minor_units(self, currency: &Currency) -> Result<Minor, DecimalError> {
        let Self { mut digits, mut scale } = self;
        while scale > currency.decimals() && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        if scale > currency.decimals() {
            return Err(DecimalError::MoreDecimals { has: scale, allowed: currency.decimals() });
        }
        let shift = 10_i128.pow(u32::from(currency.decimals() - scale));
        let minor = digits.checked_mul(shift).ok_or(DecimalError::TooLarge)?;
        if minor.unsigned_abs() > Minor::LARGEST.wide().unsigned_abs() {
            return Err(DecimalError::TooLarge);
        }
        i64::try_from(minor).map(Minor).map_err(|_| DecimalError::TooLarge)
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    /// Reads `-12.50`: a sign, digits, a point. No thousands marks, no exponent, no spaces.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(DecimalError::NotANumber),
            Some((whole, fraction)) => (whole, fraction),
            None => (unsigned, ""),
        };
        let mut digits: i128 = 0;
        let mut count = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(DecimalError::NotANumber);
            }
            count += usize::from(count > 0 || byte != b'0');
            if count > 30 {
                return Err(DecimalError::TooLong);
            }
            digits = digits * 10 + i128::from(byte - b'0');
        }
        if whole.is_empty() {
            return Err(DecimalError::NotANumber);
        }
        let scale = u8::try_from(fraction.len()).map_err(|_| DecimalError::TooLong)?;
        Ok(Self { digits: if negative { -digits } else { digits }, scale })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let scale = usize::from(self.scale);
        if let (Ok(digits), 0..=18) = (u64::try_from(self.digits.unsigned_abs()), scale) {
            let one = 10_u64.pow(u32::from(self.scale));
            let (whole, fraction) = (digits / one, digits % one);
            return match scale {
                0 => write!(f, "{sign}{whole}"),
                _ => write!(f, "{sign}{whole}.{fraction:0scale$}"),
            };
        }
        let digits = format!("{:0width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        match fraction {
            "" => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => write!(f, "is not a number"),
            Self::TooLong => write!(f, "has more than 30 digits"),
            Self::MoreDecimals { has, allowed } => {
                write!(f, "has {has} decimals where the currency has {allowed}")
            }
            Self::TooLarge => write!(f, "is over the limit of 2^62 minor units"),
        }
    }
}

impl std::error::Error for DecimalError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(text: &str, currency: &str) -> Result<i64, DecimalError> {
        let amount: Decimal = text.parse()?;
        amount.in_minor_units(&currency.parse().unwrap()).map(|m| m.0)
    }

    #[test]
    fn a_number_is_an_amount_only_if_nothing_is_lost() {
        assert_eq!(minor("12.5", "EUR"), Ok(1250));
        assert_eq!(minor("-0.05", "EUR"), Ok(-5));
        assert_eq!(minor("12.5000", "EUR"), Ok(1250));
        assert_eq!(minor("12.505", "EUR"), Err(DecimalError::MoreDecimals { has: 3, allowed: 2 }));
        assert_eq!(minor("12.505", "KWD"), Ok(12_505));
        assert_eq!(minor("100", "JPY"), Ok(100));
    }

    #[test]
    fn the_largest_amount_is_two_to_the_62() {
        assert_eq!(minor("4611686018427387904", "JPY"), Ok(1 << 62));
        assert_eq!(minor("4611686018427387905", "JPY"), Err(DecimalError::TooLarge));
        assert_eq!(minor("999999999999999999999999999999", "EUR"), Err(DecimalError::TooLarge));
        assert_eq!(minor("9999999999999999999999999999999", "EUR"), Err(DecimalError::TooLong));
    }

    #[test]
    fn only_plain_numbers_are_numbers() {
        for text in ["", "-", "+", ".", "1.", ".5", "1e5", "1,5", " 1", "0x1", "NaN", "1.2.3", "١"]
        {
            assert_eq!(text.parse::<Decimal>(), Err(DecimalError::NotANumber), "{text:?}");
        }
        assert_eq!("-0012.340".parse::<Decimal>().unwrap().to_string(), "-12.340");
    }
}
