//! Dates as they stand in documents, `2026-11-24`, read and written in a few steps.
//!
//! A file of obligations has two in each row, and a snapshot two of each obligation. What is not of
//! this form is left to the calendar's own reader and writer, so that the same texts are dates as
//! everywhere else, and what is none is refused in the same words.

use jiff::civil::Date;
use serde::{Deserializer, Serialize, Serializer};

use crate::amount::from_text;

/// Reads a date.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    from_text(deserializer, "a date string", |text| match plain(text.as_bytes()) {
        Some(date) => Ok(date),
        None => text.parse::<Date>().map_err(|error| error.to_string()),
    })
}

/// Writes it.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
pub(crate) fn serialize<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    let [Ok(year), Ok(month), Ok(day)] =
        [date.year(), date.month().into(), date.day().into()].map(u16::try_from)
    else {
        return date.serialize(serializer);
    };
    let digit = |number: u16, unit: u16| {
        b'0' + u8::try_from(number / unit % 10).expect("one digit is below ten")
    };
    let (years, two) = (|unit| digit(year, unit), |number| [digit(number, 10), digit(number, 1)]);
    let ([m0, m1], [d0, d1]) = (two(month), two(day));
    let text = [years(1000), years(100), years(10), years(1), b'-', m0, m1, b'-', d0, d1];
    serializer.serialize_str(std::str::from_utf8(&text).expect("digits and hyphens are ASCII"))
}

/// A date of four, two and two digits that is one of the calendar.
fn plain(text: &[u8]) -> Option<Date> {
    let &[y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = text else { return None };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    let two = |tens, ones| Some(digit(tens)? * 10 + digit(ones)?);
    let (year, month, day) = (two(y0, y1)? * 100 + two(y2, y3)?, two(m0, m1)?, two(d0, d1)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Ours(#[serde(with = "super")] Date);

    /// Read by the calendar's own reader and by this one, with what each says.
    fn both(text: &str) -> (Result<Date, String>, Result<Date, String>) {
        let json = serde_json::to_string(text).unwrap();
        let theirs = serde_json::from_str::<Date>(&json).map_err(|error| error.to_string());
        let ours = serde_json::from_str::<Ours>(&json).map_err(|error| error.to_string());
        (theirs, ours.map(|Ours(date)| date))
    }

    #[test]
    fn the_same_texts_are_dates_as_everywhere_else() {
        for text in [
            "2026-11-24",
            "2024-02-29",
            "2023-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-01-00",
            "20261124",
            "2026-11-24T10:00:00",
            "2026-11-24[u-ca=iso8601]",
            "+002026-11-24",
            "-000001-01-01",
            "0000-01-01",
            "9999-12-31",
            "2026-1-1",
            " 2026-11-24",
            "2026/11/24",
            "",
            "２026-11-24",
            "2026-11-2a",
        ] {
            let (theirs, ours) = both(text);
            assert_eq!(ours, theirs, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_date_is_written_as_everywhere_else(days in -4_371_587_i32..=2_932_896) {
            let epoch = jiff::civil::date(1970, 1, 1);
            let date = epoch.checked_add(jiff::Span::new().days(days)).unwrap();

            let written = serde_json::to_string(&Ours(date)).unwrap();

            prop_assert_eq!(&written, &serde_json::to_string(&date).unwrap());
            prop_assert_eq!(serde_json::from_str::<Ours>(&written).unwrap().0, date);
        }
    }
}
