//! Where an outcome comes from: what a reader of a report needs besides the figures to repeat and
//! to check them. It holds no time and no machine's name, so the same run gives the same pages.

use std::collections::BTreeMap;

use jiff::civil::Date;
use setoff_formats::Member;
use setoff_money::{Currency, Rate};

/// What stands above and below the figures of a report or a statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    /// What was cleared, in a few words: the group's name, or that of the file.
    pub(crate) title: String,
    /// The input files in their order.
    pub(crate) inputs: Vec<InputFile>,
    /// How many rows were left out as bad.
    pub(crate) rejected: u64,
    /// What decided between equally large set-offs, 64 hexadecimal digits.
    pub(crate) seed: String,
    /// The SHA-256 of `certificate.json`, 64 hexadecimal digits.
    pub(crate) certificate: String,
    /// The day as of which the obligations were set off, if one was given.
    pub(crate) as_of: Option<Date>,
    /// What was weighted and how, in words: `weighted by the column prio`.
    pub(crate) weights: Option<String>,
    /// The unit of account, where all currencies cleared together.
    pub(crate) unit: Option<UnitOfAccount>,
    /// The members that get a statement, each with its file's name without an ending.
    pub(crate) statements: BTreeMap<Member, String>,
}

/// One input file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InputFile {
    /// Its name as given; `-` is standard input.
    pub(crate) name: String,
    /// The SHA-256 of its bytes, 64 hexadecimal digits.
    pub(crate) sha256: String,
}

/// The unit in which several currencies cleared together.
#[derive(Clone, Debug)]
pub(crate) struct UnitOfAccount {
    /// The unit.
    pub(crate) currency: Currency,
    /// The day of the rates, where their source has days.
    pub(crate) rate_date: Option<Date>,
    /// The rates' file.
    pub(crate) source: String,
    /// What one minor unit of each currency is worth in minor units of the unit.
    pub(crate) rates: Vec<(Currency, Rate)>,
    /// By how much all conversions together were rounded down, in minor units of the unit.
    pub(crate) rounding: i128,
}

impl About {
    /// The rate of a currency, where currencies were converted.
    pub(crate) fn rate(&self, currency: Currency) -> Option<Rate> {
        let rates = &self.unit.as_ref()?.rates;
        rates.iter().find(|(c, _)| *c == currency).map(|(_, r)| *r)
    }

    /// `1 USD = 0.9198 EUR`, or with `≈` where more than eight decimals would be needed.
    pub(crate) fn rate_in_words(&self, currency: Currency, unit: Currency) -> String {
        /// Decimals of the rate that are shown.
        const SHOWN: u32 = 8;
        let rate = match self.rate(currency) {
            Some(rate) if currency != unit => rate,
            _ => return format!("1 {currency} = 1 {unit}"),
        };
        // Below 2^62 × 10^(8 + 8) < 2^116.
        let (mut numerator, mut denominator) = rate.parts();
        numerator *= 10_i128.pow(SHOWN + u32::from(currency.decimals()));
        denominator *= 10_i128.pow(u32::from(unit.decimals()));
        let exact = numerator % denominator == 0;
        let digits = format!("{:09}", numerator / denominator);
        let (whole, fraction) = digits.split_at(digits.len() - SHOWN as usize);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        let sign = if exact { '=' } else { '≈' };
        format!("1 {currency} {sign} {whole}{point}{fraction} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_says_whether_it_is_exact() {
        let [eur, usd, jpy]: [Currency; 3] = ["EUR", "USD", "JPY"].map(|c| c.parse().unwrap());
        let words = |currency: Currency, numerator, denominator| {
            let rate = Rate::fraction(numerator, denominator).unwrap();
            let unit = UnitOfAccount {
                currency: eur,
                rate_date: None,
                source: "rates.csv".to_owned(),
                rates: vec![(currency, rate)],
                rounding: 0,
            };
            About { unit: Some(unit), ..About::default() }.rate_in_words(currency, eur)
        };

        assert_eq!(words(usd, 10_000, 10_871), "1 USD ≈ 0.91987857 EUR");
        assert_eq!(words(usd, 1, 2), "1 USD = 0.5 EUR");
        assert_eq!(words(jpy, 5, 8), "1 JPY = 0.00625 EUR");
        assert_eq!(words(eur, 1, 1), "1 EUR = 1 EUR");
    }
}
