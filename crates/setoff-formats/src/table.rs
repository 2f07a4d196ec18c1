//! Small CSV tables with named columns: liquidity, limits and changes.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use setoff_money::{Currency, Decimal, Minor};
use thiserror::Error;

use crate::line_count::LineCount;
use crate::rejected::shown;
use crate::row::LONGEST_TEXT;

/// The largest table of liquidity, limits or changes in bytes, 256 MiB.
pub const LARGEST_TABLE: u64 = 256 << 20;

/// Why a table of liquidity, limits or changes can't be had.
#[derive(Debug, Error)]
pub enum TableError {
    /// The machine can't read it.
    #[error("{}: can't be read: {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the machine says.
        error: io::Error,
    },
    /// It is not the table that it should be.
    #[error("{}: {problem}. {expected}", file.display())]
    NotATable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it as a whole.
        problem: String,
        /// What it should be.
        expected: &'static str,
    },
    /// One of its cells is wrong.
    #[error("{}:{line}: column \"{column}\": \"{value}\" {problem}", file.display())]
    Cell {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column's name.
        column: &'static str,
        /// What stands there.
        value: String,
        /// What is wrong with it and how to mend it.
        problem: String,
    },
}

impl TableError {
    /// Whether the machine is at fault rather than the table.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}

/// A cell that is wrong.
pub(crate) struct Wrong {
    column: &'static str,
    value: String,
    problem: String,
}

impl Wrong {
    pub(crate) fn new(column: &'static str, value: &str, problem: impl Into<String>) -> Self {
        Self { column, value: value.to_owned(), problem: problem.into() }
    }
}

/// The bytes of a file, or one more than [`LARGEST_TABLE`] of them.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, TableError> {
    let unreadable = |error| TableError::Unreadable { file: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST_TABLE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// One line of a table: its cells by the names of their columns.
pub(crate) struct Line<'a> {
    header: &'a StringRecord,
    record: &'a StringRecord,
    /// From 1, the header counted.
    pub(crate) number: u64,
}

/// Reads each line of a table that has at least the columns `needed`.
pub(crate) fn lines<Row>(
    path: &Path,
    bytes: &[u8],
    needed: &[&str],
    expected: &'static str,
    row: impl Fn(&Line<'_>) -> Result<Row, Wrong>,
) -> Result<Vec<Row>, TableError> {
    let not_a_table =
        |problem: String| TableError::NotATable { file: path.to_owned(), problem, expected };
    if bytes.len() as u64 > LARGEST_TABLE {
        return Err(not_a_table("it is larger than 256 MiB".to_owned()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header =
        reader.headers().map_err(|_| not_a_table("it is not UTF-8 text".to_owned()))?.clone();
    for name in needed {
        if !header.iter().any(|h| h.eq_ignore_ascii_case(name)) {
            return Err(not_a_table(format!("its first line has no column \"{name}\"")));
        }
    }
    let mut rows = Vec::new();
    let mut lines = LineCount::new(bytes);
    for record in reader.records() {
        let record = record.map_err(|error| not_a_table(format!("it is no CSV: {error}")))?;
        let number = lines.of(record.position().map_or(0, csv::Position::byte));
        let line = Line { header: &header, record: &record, number };
        rows.push(row(&line).map_err(|wrong| TableError::Cell {
            file: path.to_owned(),
            line: number,
            column: wrong.column,
            value: shown(&wrong.value),
            problem: wrong.problem,
        })?);
    }
    if rows.is_empty() {
        return Err(not_a_table("it has no lines".to_owned()));
    }
    Ok(rows)
}

impl Line<'_> {
    /// What stands in a column; nothing if there is no such column.
    pub(crate) fn cell(&self, column: &str) -> &str {
        let place = self.header.iter().position(|h| h.eq_ignore_ascii_case(column));
        place.and_then(|place| self.record.get(place)).unwrap_or_default()
    }

    /// A name, which must be there.
    pub(crate) fn name(&self, column: &'static str) -> Result<String, Wrong> {
        let text = self.cell(column);
        if text.is_empty() {
            return Err(Wrong::new(column, text, "is no name: fill it in, or delete the line"));
        }
        if text.chars().count() > LONGEST_TEXT || text.chars().any(char::is_control) {
            let problem = "is too long for a name, or has control characters: shorten it";
            return Err(Wrong::new(column, text, problem));
        }
        Ok(text.to_owned())
    }

    /// The line's currency, or `default` if it names none.
    pub(crate) fn currency(&self, default: Currency) -> Result<Currency, Wrong> {
        match self.cell("currency") {
            "" => Ok(default),
            code => code.parse().map_err(|_| {
                let problem = "is no currency: write a code of ISO 4217 (EUR, USD, …), or a unit \
                               of your own with its decimals, such as POINTS:2";
                Wrong::new("currency", code, problem)
            }),
        }
    }

    /// The column `limit`: an amount that is not below zero, or nothing.
    pub(crate) fn limit(&self, currency: &Currency) -> Result<Option<Minor>, Wrong> {
        self.at_least_zero("limit", currency, "a limit is 0 or more, or empty for none")
    }

    /// The column `amount`: an amount that is not below zero, or nothing.
    pub(crate) fn amount(&self, currency: &Currency) -> Result<Option<Minor>, Wrong> {
        self.at_least_zero("amount", currency, "an amount is above zero")
    }

    fn at_least_zero(
        &self,
        column: &'static str,
        currency: &Currency,
        rule: &str,
    ) -> Result<Option<Minor>, Wrong> {
        let text = self.cell(column);
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = |why: String| {
            let hint = "write it with a decimal point and no thousands marks, such as 1250.00";
            Wrong::new(column, text, format!("{why}: {hint}"))
        };
        let decimal: Decimal = text.parse().map_err(|error| wrong(format!("{error}")))?;
        let amount = decimal.in_minor_units(currency).map_err(|error| wrong(format!("{error}")))?;
        if amount.0 < 0 {
            return Err(Wrong::new(column, text, format!("is below zero: {rule}")));
        }
        Ok(Some(amount))
    }
}
