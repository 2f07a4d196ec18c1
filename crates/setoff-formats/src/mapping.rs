//! `--map FILE`: a small TOML file that says what a table's own header does not.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use thiserror::Error;

use crate::rules::{Columns, DateOrder, DecimalMark, Delimiter, Encoding, HeaderLine, Rules, Sign};
use crate::source::{is_machine, unreadable};

/// The largest `--map` file in bytes, 1 MiB.
pub const LARGEST_MAPPING: u64 = 1 << 20;

/// Why a `--map` file can't be used.
#[derive(Debug, Error)]
pub enum MappingError {
    /// The machine can't read it, or it is not there.
    #[error("{}: {}", file.display(), unreadable(error))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the machine says.
        error: std::io::Error,
    },
    /// It is not as documented.
    #[error("{}{}: {problem}. docs/input.md says what a --map file holds", file.display(), at(*line))]
    Wrong {
        /// The file.
        file: PathBuf,
        /// The line and column at fault, from 1.
        line: Option<(usize, usize)>,
        /// What is wrong with it.
        problem: String,
    },
}

fn at(line: Option<(usize, usize)>) -> String {
    line.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"))
}

impl MappingError {
    /// Whether the machine is at fault rather than the file.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        matches!(self, Self::Unreadable { error, .. } if is_machine(error))
    }
}

/// The file as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Mapping {
    encoding: Option<Encoding>,
    delimiter: Option<Delimiter>,
    sheet: Option<String>,
    header: Option<HeaderLine>,
    currency: Option<String>,
    columns: Columns,
    amount: AmountRules,
    date: DateRules,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AmountRules {
    decimal: Option<DecimalMark>,
    sign: Option<Sign>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DateRules {
    order: Option<DateOrder>,
}

/// Reads a `--map` file.
///
/// # Errors
/// [`MappingError`] with the line and column at fault.
pub fn read_mapping(path: &Path) -> Result<Rules, MappingError> {
    let unreadable = |error| MappingError::Unreadable { file: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST_MAPPING + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let wrong = |problem: &str| MappingError::Wrong {
        file: path.to_owned(),
        line: None,
        problem: problem.to_owned(),
    };
    if bytes.len() as u64 > LARGEST_MAPPING {
        return Err(wrong("is larger than 1 MiB: is it the table itself?"));
    }
    let text =
        String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text: save it as UTF-8"))?;
    parse_mapping(path, &text)
}

/// Reads a mapping from its text; `path` is its name in messages.
///
/// # Errors
/// [`MappingError`] with the line and column at fault.
pub fn parse_mapping(path: &Path, text: &str) -> Result<Rules, MappingError> {
    let wrong =
        |line, problem: String| MappingError::Wrong { file: path.to_owned(), line, problem };
    let mapping: Mapping = toml::from_str(text).map_err(|error| {
        let line = error.span().and_then(|span| text.get(..span.start)).map(|before| {
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
        });
        let said = error.message().trim_end_matches('.').replace('\n', " ");
        wrong(line, said.chars().take(300).collect())
    })?;
    let currency = match mapping.currency {
        None => None,
        Some(text) => Some(text.parse().map_err(|unknown: setoff_money::UnknownCurrency| {
            wrong(None, format!("currency: {unknown}"))
        })?),
    };
    Ok(Rules {
        encoding: mapping.encoding.unwrap_or_default(),
        delimiter: mapping.delimiter,
        sheet: mapping.sheet,
        header: mapping.header.unwrap_or_default(),
        columns: mapping.columns,
        currency,
        decimal: mapping.amount.decimal,
        sign: mapping.amount.sign.unwrap_or_default(),
        date_order: mapping.date.order,
        ..Rules::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Column;

    #[test]
    fn a_mapping_names_columns_marks_and_order() {
        let text = r#"
            encoding = "windows-1252"
            delimiter = ";"
            header = 3
            currency = "EUR"
            [columns]
            debtor = "Kunde"
            creditor = 2
            [amount]
            decimal = ","
            sign = "debt-negative"
            [date]
            order = "dmy"
        "#;

        let rules = parse_mapping(Path::new("map.toml"), text).unwrap();

        assert_eq!(rules.columns.debtor, Some(Column::Name("Kunde".into())));
        assert_eq!(rules.columns.creditor, Some(Column::Number(2)));
        assert_eq!(rules.decimal, Some(DecimalMark::Comma));
        assert_eq!(rules.header, HeaderLine(3));
        assert_eq!(rules.date_order, Some(DateOrder::Dmy));
    }

    #[test]
    fn a_wrong_mapping_is_named_with_its_line_and_column() {
        let message =
            |text: &str| parse_mapping(Path::new("map.toml"), text).unwrap_err().to_string();

        assert_eq!(
            message("[columns]\ndeptor = \"Kunde\"\n"),
            "map.toml:2:1: unknown field `deptor`, expected one of `debtor`, `creditor`, `amount`, \
             `currency`, `due`, `reference`. docs/input.md says what a --map file holds"
        );
        assert!(message("[amount]\ndecimal = \"x\"\n").starts_with("map.toml:2:11: "));
        assert!(message("header = \n").starts_with("map.toml:1:"));
        assert!(message("currency = \"EURO\"\n").contains("not a currency code"));
    }
}
