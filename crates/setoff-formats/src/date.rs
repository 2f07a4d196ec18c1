//! Dates as people write them: year first, or in an order that someone has to say.

use jiff::civil::Date;

use crate::rules::DateOrder;

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateProblem {
    /// It has two readings.
    Ambiguous {
        /// Day first.
        dmy: Date,
        /// Month first.
        mdy: Date,
    },
    /// There is no such day.
    Impossible,
    /// Its year has two digits.
    ShortYear,
    /// It is outside 1900 to 2199, which no due date is.
    FarAway,
    /// It is a number that a spreadsheet counts days by.
    Serial(Option<Date>),
    /// It is not a date.
    NotADate,
}

impl DateProblem {
    /// The same in a workbook that counts its days from 1904: four years and a day later.
    pub(crate) fn counted_since_1904(self) -> Self {
        match self {
            Self::Serial(Some(date)) => {
                Self::Serial(date.checked_add(jiff::Span::new().days(1_462)).ok())
            }
            other => other,
        }
    }
}

/// A date, and the order in which its day and month were found to stand, if only one was possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) date: Date,
    pub(crate) order: Option<DateOrder>,
}

/// Reads a date. Without a rule only what has a single reading is accepted.
pub(crate) fn read(text: &str, rule: Option<DateOrder>) -> Result<Day, DateProblem> {
    let day = parse(text, rule)?;
    if (1900..2200).contains(&day.date.year()) { Ok(day) } else { Err(DateProblem::FarAway) }
}

fn parse(text: &str, rule: Option<DateOrder>) -> Result<Day, DateProblem> {
    let plain = |date: Result<Date, DateProblem>| date.map(|date| Day { date, order: None });
    let day_part = text.split(['T', ' ']).next().unwrap_or_default();
    if day_part.len() < text.len() && !is_time(&text[day_part.len() + 1..]) {
        return Err(DateProblem::NotADate);
    }
    if !day_part.is_empty() && day_part.bytes().all(|b| b.is_ascii_digit()) {
        return match day_part.len() {
            8 => plain(day(&day_part[..4], &day_part[4..6], &day_part[6..])),
            5 => Err(DateProblem::Serial(serial(day_part))),
            _ => Err(DateProblem::NotADate),
        };
    }
    let separator = day_part.chars().find(|c| matches!(c, '-' | '/' | '.'));
    let separator = separator.ok_or(DateProblem::NotADate)?;
    let parts: Vec<&str> = day_part.split(separator).collect();
    let &[a, b, c] = parts.as_slice() else { return Err(DateProblem::NotADate) };
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !parts.iter().all(digits) {
        return Err(DateProblem::NotADate);
    }
    if a.len() == 4 {
        return plain(day(a, b, c));
    }
    match (c.len(), rule) {
        (2, _) => Err(DateProblem::ShortYear),
        (4, Some(DateOrder::Dmy)) => plain(day(c, b, a)),
        (4, Some(DateOrder::Mdy)) => plain(day(c, a, b)),
        (4, _) => match (day(c, b, a), day(c, a, b)) {
            (Ok(dmy), Ok(mdy)) if dmy != mdy => Err(DateProblem::Ambiguous { dmy, mdy }),
            (Ok(date), Ok(_)) => Ok(Day { date, order: None }),
            (Ok(date), Err(_)) => Ok(Day { date, order: Some(DateOrder::Dmy) }),
            (Err(_), Ok(date)) => Ok(Day { date, order: Some(DateOrder::Mdy) }),
            (Err(impossible), Err(_)) => Err(impossible),
        },
        _ => Err(DateProblem::NotADate),
    }
}

fn is_time(text: &str) -> bool {
    text.len() >= 4 && text.bytes().all(|b| b.is_ascii_digit() || b":.+-ZAPM ".contains(&b))
}

fn day(year: &str, month: &str, day: &str) -> Result<Date, DateProblem> {
    if month.len() > 2 || day.len() > 2 {
        return Err(DateProblem::NotADate);
    }
    let number = |text: &str| text.parse::<i8>().map_err(|_| DateProblem::Impossible);
    let year = year.parse::<i16>().map_err(|_| DateProblem::Impossible)?;
    Date::new(year, number(month)?, number(day)?).map_err(|_| DateProblem::Impossible)
}

/// The day that a number means in the spreadsheets' 1900 system, from March 1900 on, where its
/// extra day of 1900 is past.
pub(crate) fn serial(text: &str) -> Option<Date> {
    let days = text.parse::<i32>().ok().filter(|days| (61..=109_000).contains(days))?;
    let epoch = Date::new(1899, 12, 30).ok()?;
    epoch.checked_add(jiff::Span::new().days(days)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(text: &str, rule: Option<DateOrder>) -> Result<String, DateProblem> {
        read(text, rule).map(|day| day.date.to_string())
    }

    #[test]
    fn what_has_one_reading_needs_no_rule() {
        for text in [
            "2026-02-25",
            "2026/2/25",
            "20260225",
            "25.02.2026",
            "25/2/2026",
            "02-25-2026",
            "2026-02-25T10:00:00Z",
            "2026-02-25 00:00:00",
            "2/25/2026 12:00:00 AM",
        ] {
            assert_eq!(iso(text, None).as_deref(), Ok("2026-02-25"), "{text}");
        }
        assert_eq!(iso("02/02/2026", None).as_deref(), Ok("2026-02-02"));
    }

    #[test]
    fn what_has_two_readings_needs_a_rule() {
        assert!(matches!(iso("01/02/2026", None), Err(DateProblem::Ambiguous { .. })));
        assert!(matches!(
            iso("01.02.2026", Some(DateOrder::Ymd)),
            Err(DateProblem::Ambiguous { .. })
        ));
        assert_eq!(iso("01/02/2026", Some(DateOrder::Dmy)).as_deref(), Ok("2026-02-01"));
        assert_eq!(iso("01/02/2026", Some(DateOrder::Mdy)).as_deref(), Ok("2026-01-02"));
    }

    #[test]
    fn what_is_no_date_says_why() {
        assert_eq!(iso("2026-02-30", None), Err(DateProblem::Impossible));
        assert_eq!(iso("31/31/2026", None), Err(DateProblem::Impossible));
        assert_eq!(iso("13/01/2026", Some(DateOrder::Mdy)), Err(DateProblem::Impossible));
        assert_eq!(iso("01/02/26", None), Err(DateProblem::ShortYear));
        assert_eq!(iso("0202-01-01", None), Err(DateProblem::FarAway));
        let serial = Date::new(2026, 2, 25).ok();
        assert_eq!(iso("46078", None), Err(DateProblem::Serial(serial)));
        for text in ["", "soon", "2026", "2026-02", "1-2", "-", "2026-02-25x", "२०२६-०२-२५"]
        {
            assert_eq!(iso(text, None), Err(DateProblem::NotADate), "{text:?}");
        }
    }
}
