//! Tables of liquidity: who offers money or credit, and who takes it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use setoff_money::{Currency, Decimal, Minor};
use thiserror::Error;

use crate::rejected::shown;
use crate::row::LONGEST_TEXT;

/// The largest table of liquidity in bytes, 256 MiB.
pub const LARGEST_LIQUIDITY: u64 = 256 << 20;

/// One line of a table of liquidity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiquidityRow {
    /// What is said.
    pub kind: LiquidityKind,
    /// Whose money or credit it is.
    pub funder: String,
    /// The member, or `None` for `*`, any member.
    pub member: Option<String>,
    /// How much at most, 0 to [`Minor::LARGEST`]; `None` for no limit.
    pub limit: Option<Minor>,
    /// In what.
    pub currency: Currency,
    /// Where it stands, from 1, the header counted.
    pub line: u64,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiquidityKind {
    /// The funder's money may go to the member.
    Tender,
    /// The member takes the funder's money or credit.
    Acceptance,
}

/// Why a table of liquidity can't be had.
#[derive(Debug, Error)]
pub enum LiquidityTableError {
    /// The machine can't read it.
    #[error("{}: can't be read: {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the machine says.
        error: io::Error,
    },
    /// It is no table of liquidity.
    #[error(
        "{}: {problem}. A table of liquidity is a CSV file with the columns \
         kind,funder,member,limit and perhaps currency (docs/liquidity.md)",
        file.display()
    )]
    NotATable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it as a whole.
        problem: String,
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

impl LiquidityTableError {
    /// Whether the machine is at fault rather than the table.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}

/// Reads a table of liquidity. Lines that name no currency are in `currency`.
///
/// # Errors
/// [`LiquidityTableError`] names the file, line and column at fault.
pub fn read_liquidity(
    path: &Path,
    currency: Currency,
) -> Result<Vec<LiquidityRow>, LiquidityTableError> {
    let unreadable = |error| LiquidityTableError::Unreadable { file: path.to_owned(), error };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST_LIQUIDITY + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    parse_liquidity(path, &bytes, currency)
}

/// Reads a table of liquidity from its bytes; `path` is its name in messages.
///
/// # Errors
/// As [`read_liquidity`].
pub fn parse_liquidity(
    path: &Path,
    bytes: &[u8],
    currency: Currency,
) -> Result<Vec<LiquidityRow>, LiquidityTableError> {
    let not_a_table =
        |problem: String| LiquidityTableError::NotATable { file: path.to_owned(), problem };
    if bytes.len() as u64 > LARGEST_LIQUIDITY {
        return Err(not_a_table("it is larger than 256 MiB".to_owned()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header =
        reader.headers().map_err(|_| not_a_table("it is not UTF-8 text".to_owned()))?.clone();
    let columns = Columns::of(&header).map_err(not_a_table)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| not_a_table(format!("it is no CSV: {error}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        let row =
            columns.row(&record, line, currency).map_err(|wrong| LiquidityTableError::Cell {
                file: path.to_owned(),
                line,
                column: wrong.column,
                value: shown(&wrong.value),
                problem: wrong.problem,
            })?;
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(not_a_table("it has no lines".to_owned()));
    }
    Ok(rows)
}

/// Where the columns are.
struct Columns {
    kind: usize,
    funder: usize,
    member: usize,
    limit: usize,
    currency: Option<usize>,
}

/// A cell that is wrong.
struct Wrong {
    column: &'static str,
    value: String,
    problem: String,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, String> {
        let column = |name: &str| header.iter().position(|h| h.eq_ignore_ascii_case(name));
        let needed = |name: &str| {
            column(name).ok_or_else(|| format!("its first line has no column \"{name}\""))
        };
        Ok(Self {
            kind: needed("kind")?,
            funder: needed("funder")?,
            member: needed("member")?,
            limit: needed("limit")?,
            currency: column("currency"),
        })
    }

    fn row(
        &self,
        record: &StringRecord,
        line: u64,
        default: Currency,
    ) -> Result<LiquidityRow, Wrong> {
        let cell = |column: usize| record.get(column).unwrap_or_default();
        let wrong = |column, value: &str, problem: &str| Wrong {
            column,
            value: value.to_owned(),
            problem: problem.to_owned(),
        };
        let kind = match cell(self.kind).to_ascii_lowercase().as_str() {
            "tender" => LiquidityKind::Tender,
            "acceptance" => LiquidityKind::Acceptance,
            other => {
                let problem = "is no kind of liquidity: write tender or acceptance";
                return Err(wrong("kind", other, problem));
            }
        };
        let name = |column, text: &str| {
            if text.is_empty() {
                return Err(wrong(column, text, "is no name: fill it in, or delete the line"));
            }
            if text.chars().count() > LONGEST_TEXT || text.chars().any(char::is_control) {
                let problem = "is too long for a name, or has control characters: shorten it";
                return Err(wrong(column, text, problem));
            }
            Ok(text.to_owned())
        };
        let funder = name("funder", cell(self.funder))?;
        if funder == "*" {
            return Err(wrong("funder", "*", "is not one funder: write a line for each"));
        }
        let member = name("member", cell(self.member))?;
        if member == funder {
            let problem = "is the funder, too: nobody lends to themselves; delete the line";
            return Err(wrong("member", &member, problem));
        }
        let currency = match self.currency.map(cell) {
            None | Some("") => default,
            Some(code) => code.parse().map_err(|_| {
                let problem = "is no currency: write a code of ISO 4217 (EUR, USD, …), or a unit \
                               of your own with its decimals, such as POINTS:2";
                wrong("currency", code, problem)
            })?,
        };
        let limit = match cell(self.limit) {
            "" => None,
            text => Some(amount(text, &currency).map_err(|why| wrong("limit", text, &why))?),
        };
        let member = (member != "*").then_some(member);
        Ok(LiquidityRow { kind, funder, member, limit, currency, line })
    }
}

fn amount(text: &str, currency: &Currency) -> Result<Minor, String> {
    let hint = "write it with a decimal point and no thousands marks, such as 1250.00";
    let decimal: Decimal = text.parse().map_err(|error| format!("{error}: {hint}"))?;
    let amount = decimal.in_minor_units(currency).map_err(|error| format!("{error}: {hint}"))?;
    if amount.0 < 0 {
        return Err("is below zero: a limit is 0 or more, or empty for none".to_owned());
    }
    Ok(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<LiquidityRow>, String> {
        parse_liquidity(Path::new("liquidity.csv"), text.as_bytes(), Currency::NONE)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_table_says_who_offers_and_who_takes() {
        let text = "kind,funder,member,limit,currency\n\
                    tender,Bank,Alder,100.50,EUR\n\
                    Acceptance,Bank,*,,EUR\n";

        let rows = rows(text).unwrap();

        assert_eq!(rows[0].kind, LiquidityKind::Tender);
        assert_eq!(
            (rows[0].member.as_deref(), rows[0].limit),
            (Some("Alder"), Some(Minor(10_050)))
        );
        assert_eq!(rows[1].kind, LiquidityKind::Acceptance);
        assert_eq!((rows[1].member.as_deref(), rows[1].limit, rows[1].line), (None, None, 3));
    }

    #[test]
    fn a_bad_cell_is_named_with_its_line_and_column() {
        let message =
            |row: &str| rows(&format!("kind,funder,member,limit,currency\n{row}\n")).unwrap_err();

        assert_eq!(
            message("loan,Bank,Alder,1,EUR"),
            "liquidity.csv:2: column \"kind\": \"loan\" is no kind of liquidity: write tender or \
             acceptance"
        );
        assert!(message("tender,*,Alder,1,EUR").contains("is not one funder"));
        assert!(message("tender,Alder,Alder,1,EUR").contains("nobody lends to themselves"));
        assert!(message("tender,Bank,,1,EUR").contains("is no name"));
        assert!(message("tender,Bank,Alder,-1,EUR").contains("is below zero"));
        assert!(message("tender,Bank,Alder,1.005,EUR").contains("column \"limit\""));
        assert!(message("tender,Bank,Alder,1,EURO").contains("is no currency"));
        assert!(rows("kind,funder,member\n").unwrap_err().contains("no column \"limit\""));
        assert!(rows("kind,funder,member,limit\n").unwrap_err().contains("has no lines"));
    }
}
