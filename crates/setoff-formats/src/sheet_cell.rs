//! One cell of a workbook, as `calamine` gives it, made into what a row is read from.

use calamine::{DataRef, ExcelDateTime};
use jiff::civil::Date;

use crate::columns::Field;
use crate::row::Cell;

/// A cell that holds something, by itself.
pub(crate) enum Held {
    Text(String),
    Number(String),
    Date(Date),
    Bad(String, &'static str),
}

impl Held {
    pub(crate) fn of(value: DataRef<'_>, has_formula: bool) -> Option<Self> {
        Some(match value {
            DataRef::Empty if has_formula => Self::Bad(
                String::new(),
                "is a formula without a value: open the workbook, let it calculate, and save it",
            ),
            DataRef::Empty => return None,
            DataRef::String(text) => return Self::text(&text),
            DataRef::SharedString(text) => return Self::text(text),
            DataRef::Int(number) => Self::Number(number.to_string()),
            DataRef::Float(number) => Self::number(number),
            DataRef::Bool(value) => {
                Self::Bad(value.to_string().to_uppercase(), "is neither a text nor a number")
            }
            DataRef::DateTime(date) => Self::date(date),
            DataRef::DateTimeIso(text) => match text.get(..10).and_then(|day| day.parse().ok()) {
                Some(date) => Self::Date(date),
                None => Self::Bad(text, "is not a date: write it as 2026-11-24"),
            },
            DataRef::DurationIso(text) => {
                Self::Bad(text, "is a span of time: correct the cell's format")
            }
            DataRef::Error(error) => Self::Bad(
                error.to_string(),
                "is an error of the spreadsheet: mend its formula and save it again",
            ),
        })
    }

    /// A spreadsheet calculates in binary and shows 15 digits of what comes out: 0.1 + 0.2 is kept
    /// as 0.30000000000000004 and means 0.3. A number that needs more was not kept exactly.
    fn number(number: f64) -> Self {
        let shown = format!("{number:.14e}").parse().unwrap_or(number).to_string();
        let whole = shown.trim_start_matches('-').split('.').next().unwrap_or_default();
        if number.is_finite() && whole.len() <= 15 {
            return Self::Number(shown);
        }
        Self::Bad(
            number.to_string(),
            "is longer than the 15 digits that a spreadsheet keeps: write it as text",
        )
    }

    fn text(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self::Text(text.to_owned()))
    }

    fn date(date: ExcelDateTime) -> Self {
        let (year, month, day, ..) = date.to_ymd_hms_milli();
        let number = |value: u8| i8::try_from(value).ok();
        let date_of = || Date::new(i16::try_from(year).ok()?, number(month)?, number(day)?).ok();
        match date_of().filter(|date| (1900..2200).contains(&date.year())) {
            Some(day) if date.is_datetime() => Self::Date(day),
            _ => Self::Bad(
                date.as_f64().to_string(),
                "is not a day between 1900 and 2199: correct it",
            ),
        }
    }

    /// The cell as one of a field: names and references may be numbers.
    pub(crate) fn cell(&self, field: Field) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(text),
            Self::Number(number) => match field {
                Field::Debtor | Field::Creditor | Field::Reference => Cell::Text(number),
                _ => Cell::Number(number.clone()),
            },
            Self::Date(date) => Cell::Date(*date),
            Self::Bad(text, problem) => Cell::Bad(text.clone(), problem),
        }
    }

    /// The cell as a column's name.
    pub(crate) fn header(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Bad(text, _) => text.clone(),
            Self::Date(date) => date.to_string(),
        }
    }
}
