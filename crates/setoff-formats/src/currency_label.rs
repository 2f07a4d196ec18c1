//! Currencies written beside an amount: `€ 1,234.00`, `5.00 USD`. They are left out where they say
//! what the row says anyway, and never decide anything.

use setoff_money::Currency;

/// Signs that people write for currencies, and the codes of those that they are written for.
pub(crate) const SIGNS: [(&str, &[&str]); 8] = [
    ("€", &["EUR"]),
    ("£", &["GBP"]),
    (
        "$",
        &[
            "AUD", "BBD", "BMD", "BND", "BSD", "BZD", "CAD", "FJD", "GYD", "HKD", "JMD", "KYD",
            "LRD", "NAD", "NZD", "SBD", "SGD", "SRD", "TTD", "TWD", "USD", "XCD",
        ],
    ),
    ("¥", &["CNY", "JPY"]),
    ("zł", &["PLN"]),
    ("Kč", &["CZK"]),
    ("Ft", &["HUF"]),
    ("kr", &["DKK", "ISK", "NOK", "SEK"]),
];

/// An amount with letters or signs before or behind its digits.
pub(crate) struct Labelled<'a> {
    label: &'a str,
    /// The amount without the label.
    pub(crate) bare: String,
}

/// Which currency a label is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// That of the row.
    TheRows,
    /// One of these, of which the row's is none.
    Another(Vec<String>),
    /// None that is known.
    Nothing,
}

impl<'a> Labelled<'a> {
    /// Takes an amount apart, if it has a label on one side of it.
    pub(crate) fn split(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix(['-', '\u{2212}']).unwrap_or(text);
        let minus = &text[..text.len() - unsigned.len()];
        let unsigned = unsigned.trim_start();
        let is_label =
            |c: char| c.is_alphabetic() || SIGNS.iter().any(|(sign, _)| sign.contains(c));
        let behind = unsigned.trim_start_matches(is_label);
        let before = unsigned.trim_end_matches(is_label);
        let (label, bare) = if behind.len() < unsigned.len() {
            (&unsigned[..unsigned.len() - behind.len()], behind)
        } else {
            (&unsigned[before.len()..], before)
        };
        let bare = format!("{minus}{}", bare.trim());
        (!label.is_empty()).then_some(Self { label, bare })
    }

    /// Which currency the label is for, if the row is in this one.
    pub(crate) fn names(&self, currency: Currency) -> Names {
        if self.label.eq_ignore_ascii_case(currency.code()) {
            return Names::TheRows;
        }
        let sign = SIGNS.iter().find(|(sign, _)| *sign == self.label);
        match (sign, self.label.parse::<Currency>()) {
            (Some((_, codes)), _) if codes.contains(&currency.code()) => Names::TheRows,
            (Some((_, codes)), _) => {
                Names::Another(codes.iter().map(ToString::to_string).collect())
            }
            (None, Ok(other)) => Names::Another(vec![other.code().to_owned()]),
            (None, Err(_)) => Names::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stands_on_one_side_of_the_digits() {
        let bare = |text| Labelled::split(text).map(|labelled| labelled.bare);
        for (text, amount) in [
            ("€ 1,234.00", "1,234.00"),
            ("$5.00", "5.00"),
            ("EUR 5.00", "5.00"),
            ("5,00 €", "5,00"),
            ("-€5", "-5"),
            ("- € 5", "-5"),
            ("€-5", "-5"),
            ("€5-", "5-"),
            ("12 kr", "12"),
            ("EUR", ""),
            ("€€", ""),
        ] {
            assert_eq!(bare(text).as_deref(), Some(amount), "{text}");
        }
        assert_eq!(bare("5.00"), None);
        assert_eq!(bare("5 € 6"), None);
    }

    #[test]
    fn a_label_agrees_with_the_row_or_not() {
        let names =
            |text, currency: &str| Labelled::split(text).unwrap().names(currency.parse().unwrap());
        let another =
            |codes: &[&str]| Names::Another(codes.iter().map(ToString::to_string).collect());
        assert_eq!(names("€5", "EUR"), Names::TheRows);
        assert_eq!(names("eur 5", "EUR"), Names::TheRows);
        assert_eq!(names("$5", "CAD"), Names::TheRows);
        assert_eq!(names("5 points", "POINTS:2"), Names::TheRows);
        assert_eq!(names("€5", "USD"), another(&["EUR"]));
        assert_eq!(names("¥5", "EUR"), another(&["CNY", "JPY"]));
        assert_eq!(names("5 USD", "EUR"), another(&["USD"]));
        assert_eq!(names("5 pieces", "EUR"), Names::Nothing);
        assert_eq!(names("€€5", "EUR"), Names::Nothing);
    }
}
