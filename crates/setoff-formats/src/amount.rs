//! Amounts as people write them: which mark is the decimal one, and when nobody can know.

use setoff_money::{Decimal, DecimalError};

use crate::rules::DecimalMark;

/// Why a text is no amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AmountProblem {
    /// It has two readings.
    Ambiguous {
        /// With the mark between thousands.
        whole: String,
        /// With the mark before decimals.
        fraction: String,
    },
    /// It names a currency or holds other letters.
    Letters,
    /// It has an exponent, as spreadsheets show numbers in narrow columns.
    Exponent,
    /// It is in brackets, an accountant's minus.
    Brackets,
    /// Its thousands are not groups of three digits.
    Groups,
    /// It has more than 30 digits.
    TooLong,
    /// It is not a number.
    NotANumber,
}

/// An amount and the mark that was found to stand before its decimals, if one was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) value: Decimal,
    pub(crate) decimal_mark: Option<DecimalMark>,
}

/// Reads an amount. Without a rule only what has a single reading is accepted.
///
/// Spaces of every width and apostrophes can only stand between thousands. A point or comma stands
/// before decimals if the other one, or one of those, stands between thousands, or if what follows
/// it is not three digits, or what precedes it no group of one to three digits without a leading
/// zero. Twice the same mark stands between thousands.
pub(crate) fn read(text: &str, rule: Option<DecimalMark>) -> Result<Amount, AmountProblem> {
    let (negative, unsigned) = split_sign(text);
    if unsigned.starts_with('(') && unsigned.ends_with(')') {
        return Err(AmountProblem::Brackets);
    }
    if is_exponential(unsigned) {
        return Err(AmountProblem::Exponent);
    }
    if unsigned.chars().any(|c| c.is_alphabetic() || "€$£¥%".contains(c)) {
        return Err(AmountProblem::Letters);
    }
    let (whole, fraction, decimal_mark) = split_decimals(unsigned, rule)?;
    let whole = without_thousands(whole, decimal_mark)?;
    let mut plain = String::with_capacity(text.len());
    if negative {
        plain.push('-');
    }
    plain.push_str(&whole);
    if !fraction.is_empty() {
        plain.push('.');
        plain.push_str(fraction);
    }
    let value = plain.parse().map_err(|problem| match problem {
        DecimalError::TooLong => AmountProblem::TooLong,
        _ => AmountProblem::NotANumber,
    })?;
    Ok(Amount { value, decimal_mark })
}

/// Digits and marks, an E, and digits with perhaps a sign.
fn is_exponential(text: &str) -> bool {
    let Some((number, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = exponent.trim_start_matches(['+', '-']);
    let all = |text: &str, extra: &[u8]| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || extra.contains(&b))
    };
    all(number, b".,") && all(digits, b"")
}

fn split_sign(text: &str) -> (bool, &str) {
    for minus in ['-', '\u{2212}'] {
        if let Some(rest) = text.strip_prefix(minus).or_else(|| text.strip_suffix(minus)) {
            return (true, rest.trim());
        }
    }
    (false, text.strip_prefix('+').unwrap_or(text))
}

/// Splits before and behind the decimal mark.
fn split_decimals(
    text: &str,
    rule: Option<DecimalMark>,
) -> Result<(&str, &str, Option<DecimalMark>), AmountProblem> {
    let split = |mark: DecimalMark| match text.rsplit_once(sign_of(mark)) {
        Some((_, "")) => Err(AmountProblem::NotANumber),
        Some((whole, fraction)) => Ok((whole, fraction, Some(mark))),
        None => Ok((text, "", None)),
    };
    if let Some(mark) = rule {
        // What is no decimal mark stands between thousands, which is checked as the rule says.
        let (whole, fraction, _) = split(mark)?;
        return Ok((whole, fraction, Some(mark)));
    }
    let points = text.matches('.').count();
    let commas = text.matches(',').count();
    match (points, commas) {
        (0, 0) => Ok((text, "", None)),
        (1, 0) | (0, 1) => {
            let mark = if points == 1 { DecimalMark::Point } else { DecimalMark::Comma };
            let (whole, fraction, found) = split(mark)?;
            if could_be_thousands(whole, fraction) {
                return Err(AmountProblem::Ambiguous {
                    whole: format!("{whole}{fraction}"),
                    fraction: format!("{whole}.{fraction}"),
                });
            }
            Ok((whole, fraction, found))
        }
        (_, 0) => Ok((text, "", Some(DecimalMark::Comma))),
        (0, _) => Ok((text, "", Some(DecimalMark::Point))),
        _ => split(match text.rfind(['.', ',']) {
            Some(last) if text[last..].starts_with('.') => DecimalMark::Point,
            _ => DecimalMark::Comma,
        }),
    }
}

fn sign_of(mark: DecimalMark) -> char {
    match mark {
        DecimalMark::Point => '.',
        DecimalMark::Comma => ',',
    }
}

fn could_be_thousands(before: &str, after: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    after.len() == 3
        && digits(after)
        && (1..=3).contains(&before.len())
        && digits(before)
        && !before.starts_with('0')
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// The whole part without the marks between its thousands, which must all be of one kind.
fn without_thousands(
    whole: &str,
    decimal_mark: Option<DecimalMark>,
) -> Result<String, AmountProblem> {
    let is_mark = |c: char| match c {
        '.' => decimal_mark != Some(DecimalMark::Point),
        ',' => decimal_mark != Some(DecimalMark::Comma),
        '\'' | '’' => true,
        _ => is_space(c),
    };
    let mut marks = whole.chars().filter(|&c| is_mark(c));
    let Some(mark) = marks.next() else { return Ok(whole.to_owned()) };
    let same = |other: char| other == mark || (is_space(mark) && is_space(other));
    if !marks.all(same) {
        return Err(AmountProblem::NotANumber);
    }
    let groups: Vec<&str> = whole.split(is_mark).collect();
    let digits = |group: &&str| group.bytes().all(|b| b.is_ascii_digit());
    if !groups.iter().all(digits) {
        return Err(AmountProblem::NotANumber);
    }
    let well_grouped =
        (1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|g| g.len() == 3);
    if !well_grouped {
        return Err(AmountProblem::Groups);
    }
    Ok(groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Option<String> {
        read(text, None).ok().map(|amount| amount.value.to_string())
    }

    #[test]
    fn what_has_one_reading_needs_no_rule() {
        for (text, value) in [
            ("1234", "1234"),
            ("1234.5", "1234.5"),
            ("1234,5", "1234.5"),
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1 234,56", "1234.56"),
            ("1\u{a0}234\u{a0}567", "1234567"),
            ("1'234.500", "1234.500"),
            ("1.234.567", "1234567"),
            ("1,234,567", "1234567"),
            ("0.125", "0.125"),
            ("1234.567", "1234.567"),
            ("-12.50", "-12.50"),
            ("12.50-", "-12.50"),
            ("\u{2212}12,50", "-12.50"),
            ("+7", "7"),
            ("00.50", "0.50"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(value), "{text}");
        }
    }

    #[test]
    fn what_has_two_readings_needs_a_rule() {
        for text in ["1.234", "1,234", "12.345", "999,999"] {
            assert!(matches!(read(text, None), Err(AmountProblem::Ambiguous { .. })), "{text}");
        }
        let value = |mark| read("1.234", Some(mark)).unwrap().value.to_string();
        assert_eq!(value(DecimalMark::Point), "1.234");
        assert_eq!(value(DecimalMark::Comma), "1234");
    }

    #[test]
    fn what_is_no_amount_says_why() {
        let problem = |text: &str| read(text, None).unwrap_err();

        assert_eq!(problem("12.50 EUR"), AmountProblem::Letters);
        assert_eq!(problem("€ 12.50"), AmountProblem::Letters);
        assert_eq!(problem("(12.50)"), AmountProblem::Brackets);
        assert_eq!(problem("12,34,567.00"), AmountProblem::Groups);
        assert_eq!(problem("1.23.456"), AmountProblem::Groups);
        assert_eq!(problem("1e5"), AmountProblem::Exponent);
        assert_eq!(problem("1,5E+05"), AmountProblem::Exponent);
        assert_eq!(problem("1 Euro"), AmountProblem::Letters);
        for text in ["", "-", "1.", ".5", "--1", "1-2", "1'2 3", "#"] {
            assert!(read(text, None).is_err(), "{text:?}");
        }
    }
}
