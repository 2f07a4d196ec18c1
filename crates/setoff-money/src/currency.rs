//! Currencies of ISO 4217 and units that a union defines for itself.

use std::fmt;
use std::str::FromStr;

use crate::Minor;

/// The most decimals a unit may have.
pub const MAX_DECIMALS: u8 = 8;

const LONGEST_CODE: usize = 12;

/// A currency: its code and how many decimals its minor unit has.
///
/// ISO 4217 currencies are read from their code (`EUR`); a unit of one's own also states its
/// decimals (`POINTS:2`). Currencies order by code.
///
/// With the feature `serde` it is a text with its decimals in JSON, `EUR:2`: what was kept is read
/// the same, whatever ISO 4217 says of the code by then.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "String", try_from = "String")
)]
pub struct Currency {
    /// Upper-case ASCII letters and digits, padded with zero bytes.
    code: [u8; LONGEST_CODE],
    decimals: u8,
}

/// What is wrong with the text that should name a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCurrency {
    /// The text as it was given.
    pub text: String,
}

impl Currency {
    /// The unit of amounts that came without any currency: ISO 4217's `XXX`, whole numbers.
    pub const NONE: Self = Self { code: *b"XXX\0\0\0\0\0\0\0\0\0", decimals: 0 };

    /// A unit of one's own, such as `POINTS` with 2 decimals.
    ///
    /// # Errors
    /// [`UnknownCurrency`] if the code is not 3 to 12 upper-case letters and digits, or the
    /// decimals are over [`MAX_DECIMALS`].
    pub fn own(code: &str, decimals: u8) -> Result<Self, UnknownCurrency> {
        let bytes = code.as_bytes();
        let well_formed = (3..=LONGEST_CODE).contains(&bytes.len())
            && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !well_formed || decimals > MAX_DECIMALS {
            return Err(UnknownCurrency { text: code.to_owned() });
        }
        let mut padded = [0; LONGEST_CODE];
        padded[..bytes.len()].copy_from_slice(bytes);
        Ok(Self { code: padded, decimals })
    }

    /// The code, such as `EUR`.
    ///
    /// # Panics
    /// Never: a code is ASCII by construction.
    #[must_use]
    pub fn code(&self) -> &str {
        let end = self.code.iter().position(|&b| b == 0).unwrap_or(LONGEST_CODE);
        std::str::from_utf8(&self.code[..end]).expect("codes are ASCII by construction")
    }

    /// How many decimals its minor unit has: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn decimals(&self) -> u8 {
        self.decimals
    }

    /// An amount in it as a decimal number without thousands marks: `-1234.56`.
    #[must_use]
    pub fn format(&self, amount: Minor) -> String {
        self.format_sum(amount.wide())
    }

    /// A sum of amounts in it as a decimal number without thousands marks.
    #[must_use]
    pub fn format_sum(&self, sum: i128) -> String {
        let sign = if sum < 0 { "-" } else { "" };
        let digits = sum.unsigned_abs();
        let decimals = usize::from(self.decimals);
        if decimals == 0 {
            return format!("{sign}{digits}");
        }
        let one = 10_u128.pow(u32::from(self.decimals));
        format!("{sign}{}.{:0decimals$}", digits / one, digits % one)
    }

    /// The same with commas between thousands, for people to read: `1,234.56`.
    #[must_use]
    pub fn format_readable(&self, sum: i128) -> String {
        let plain = self.format_sum(sum);
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |d| ("-", d));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut text = String::from(sign);
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push('.');
            text.push_str(fraction);
        }
        text
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// Reads `EUR` (ISO 4217, upper or lower case) or `POINTS:2` (a unit of one's own).
    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        let unknown = || UnknownCurrency { text: text.to_owned() };
        let upper = text.to_ascii_uppercase();
        if let Some((code, decimals)) = upper.split_once(':') {
            let decimals = decimals.parse().map_err(|_| unknown())?;
            return Self::own(code, decimals).map_err(|_| unknown());
        }
        let iso = iso_currency::Currency::from_code(&upper).ok_or_else(unknown)?;
        let decimals = iso.exponent().map_or(Some(0), |e| u8::try_from(e).ok());
        Self::own(&upper, decimals.ok_or_else(unknown)?).map_err(|_| unknown())
    }
}

#[cfg(feature = "serde")]
impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        format!("{currency:?}")
    }
}

#[cfg(feature = "serde")]
impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(text: String) -> Result<Self, UnknownCurrency> {
        text.parse()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.code(), self.decimals)
    }
}

impl fmt::Display for UnknownCurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is not a currency code of ISO 4217 (EUR, USD, …); a unit of your own is \
             written with its decimals, such as POINTS:2",
            self.text
        )
    }
}

impl std::error::Error for UnknownCurrency {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_come_from_iso_4217() {
        let decimals = |code: &str| code.parse::<Currency>().map(|c| c.decimals());

        assert_eq!(decimals("EUR"), Ok(2));
        assert_eq!(decimals("jpy"), Ok(0));
        assert_eq!(decimals("KWD"), Ok(3));
        assert_eq!(decimals("XXX"), Ok(0));
        assert_eq!(decimals("POINTS:4"), Ok(4));
        assert!(decimals("EURO").is_err());
        assert!(decimals("POINTS:99").is_err());
        assert!(decimals("").is_err());
    }

    #[test]
    fn amounts_print_to_the_last_minor_unit() {
        let euro: Currency = "EUR".parse().unwrap();

        assert_eq!(euro.format(Minor(5)), "0.05");
        assert_eq!(euro.format(Minor(i64::MIN)), "-92233720368547758.08");
        assert_eq!(Currency::NONE.format(Minor(7)), "7");
        assert_eq!(euro.format_readable(123_456_789), "1,234,567.89");
        assert_eq!(euro.format_readable(-10_000), "-100.00");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn in_json_a_currency_has_its_decimals_and_an_amount_is_a_whole_number() {
        let yen: Currency = "JPY".parse().unwrap();

        let text = serde_json::to_string(&(yen, Minor(12))).unwrap();

        assert_eq!(text, r#"["JPY:0",12]"#);
        assert_eq!(serde_json::from_str::<(Currency, Minor)>(&text).unwrap(), (yen, Minor(12)));
        assert!(serde_json::from_str::<Currency>("\"JPYEN:9\"").is_err());
    }
}
