//! Tables of exchange rates: a small one of one's own, or the European Central Bank's history.
//!
//! A *quote* says what one major unit of its base is worth: `base EUR, quote USD, rate 1.0871`
//! means 1 EUR = 1.0871 USD. The rate between two currencies comes from a quote between them,
//! either way round, or from two quotes against the same base on the same day. Where a table
//! allows several of these and they differ, it is refused: no one should choose unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use jiff::civil::Date;
use setoff_money::{Currency, Decimal, Rate, RateError};
use thiserror::Error;

use crate::line_count::LineCount;
use crate::rejected::shown;
use crate::source::{is_machine, unreadable};

/// The largest table of rates in bytes, 32 MiB; the ECB's whole history has 2.
pub const LARGEST_RATES: u64 = 32 << 20;

/// Quotes by day; `None` where the table has no dates.
type Days = BTreeMap<Option<Date>, BTreeMap<(String, String), Decimal>>;

/// A table of exchange rates.
#[derive(Clone, Debug)]
pub struct RateTable {
    file: PathBuf,
    days: Days,
}

/// Why rates can't be had from a table.
#[derive(Debug, Error)]
pub enum RatesError {
    /// The machine can't read it.
    #[error("{}: {}", file.display(), unreadable(error))]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the machine says.
        error: io::Error,
    },
    /// It is no table of rates.
    #[error(
        "{}: {problem}. A table of rates is a CSV file with the columns base,quote,rate and \
         perhaps date (1 base = rate quote), or the ECB's eurofxref-hist.csv, unzipped",
        file.display()
    )]
    NotATable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it as a whole.
        problem: String,
    },
    /// One of its lines has too many fields or too few.
    #[error(
        "{}:{line}: has {has} fields where the header has {header}: write rates with a decimal \
         point, and no thousands marks",
        file.display()
    )]
    Ragged {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// How many fields it has.
        has: usize,
        /// How many it should have.
        header: usize,
    },
    /// One of its cells is wrong.
    #[error("{}:{line}: column \"{column}\": \"{value}\" {problem}", file.display())]
    Cell {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// What stands there.
        value: String,
        /// What is wrong with it and how to mend it.
        problem: String,
    },
    /// The table has dates and none was named.
    #[error("{}: has rates of many days: name one, such as --rate-date {newest}", file.display())]
    DateNeeded {
        /// The file.
        file: PathBuf,
        /// The newest day there is.
        newest: Date,
    },
    /// A date was named and the table has none.
    #[error("{}: has no column \"date\": leave --rate-date out, or add the column", file.display())]
    NoDates {
        /// The file.
        file: PathBuf,
    },
    /// It has no rate between two currencies on that day.
    #[error("{}: no rate between {from} and {to}{}; {}", file.display(), on(*date), nearest(*before, *after))]
    Missing {
        /// The file.
        file: PathBuf,
        /// The currency to convert from.
        from: Currency,
        /// The currency to convert to.
        to: Currency,
        /// The day asked for.
        date: Option<Date>,
        /// The last day before it that has the rate.
        before: Option<Date>,
        /// The first day after it that has the rate.
        after: Option<Date>,
    },
    /// It says two different things about one pair.
    #[error(
        "{}: gives two different rates between {from} and {to}{}, by way of {one} and of {other}: \
         leave one of them out",
        file.display(), on(*date)
    )]
    Contradiction {
        /// The file.
        file: PathBuf,
        /// The currency to convert from.
        from: Currency,
        /// The currency to convert to.
        to: Currency,
        /// The day.
        date: Option<Date>,
        /// The base of one way.
        one: String,
        /// The base of the other.
        other: String,
    },
    /// The rate does not fit.
    #[error("{}: the rate between {from} and {to}: {error}", file.display())]
    Rate {
        /// The file.
        file: PathBuf,
        /// The currency to convert from.
        from: Currency,
        /// The currency to convert to.
        to: Currency,
        /// What is wrong with it.
        error: RateError,
    },
}

impl RatesError {
    /// Whether the machine is at fault rather than the table.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        matches!(self, Self::Unreadable { error, .. } if is_machine(error))
    }
}

fn on(date: Option<Date>) -> String {
    date.map_or_else(String::new, |date| format!(" on {date}"))
}

fn nearest(before: Option<Date>, after: Option<Date>) -> String {
    match (before, after) {
        (None, None) => "add it to the table".to_owned(),
        (Some(day), None) | (None, Some(day)) => format!("the nearest day that has it is {day}"),
        (Some(before), Some(after)) => {
            format!("the nearest days that have it are {before} and {after}")
        }
    }
}

impl RateTable {
    /// Reads a table of either kind; the header tells which.
    ///
    /// # Errors
    /// [`RatesError`] names the file, line and column at fault.
    pub fn read(path: &Path) -> Result<Self, RatesError> {
        let unreadable = |error| RatesError::Unreadable { file: path.to_owned(), error };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(LARGEST_RATES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        Self::parse(path, &bytes)
    }

    /// Reads a table from its bytes; `path` is its name in messages.
    ///
    /// # Errors
    /// [`RatesError`] names the line and column at fault.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, RatesError> {
        let not_a_table = |problem: &str| RatesError::NotATable {
            file: path.to_owned(),
            problem: problem.to_owned(),
        };
        if bytes.len() as u64 > LARGEST_RATES {
            return Err(not_a_table("it is larger than 32 MiB"));
        }
        if bytes.starts_with(b"PK") {
            return Err(not_a_table("it is a zip archive: unzip it first"));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes);
        let header = reader.headers().map_err(|_| not_a_table("it is not UTF-8 text"))?.clone();
        let layout = Layout::of(&header).map_err(|problem| not_a_table(&problem))?;
        let mut table = Self { file: path.to_owned(), days: Days::new() };
        let mut lines = LineCount::new(bytes);
        for record in reader.records() {
            let record =
                record.map_err(|e| not_a_table(&format!("it can't be read as CSV: {e}")))?;
            let line = lines.of(record.position().map_or(0, csv::Position::byte));
            if record.len() != header.len() {
                let (has, header) = (record.len(), header.len());
                return Err(RatesError::Ragged { file: path.to_owned(), line, has, header });
            }
            layout.quotes(&record, |column, quote| {
                quote.and_then(|quote| table.add(quote)).map_err(|problem| RatesError::Cell {
                    file: path.to_owned(),
                    line,
                    column: shown(header.get(column).unwrap_or_default()),
                    value: shown(record.get(column).unwrap_or_default()),
                    problem,
                })
            })?;
        }
        if table.days.is_empty() {
            return Err(not_a_table("it has no rates"));
        }
        Ok(table)
    }

    fn add(&mut self, quote: Quote) -> Result<(), String> {
        let pairs = self.days.entry(quote.date).or_default();
        if pairs.insert((quote.base, quote.quote), quote.rate).is_some() {
            return Err("stands in a second line for the same pair and day: leave one out".into());
        }
        Ok(())
    }

    /// The rates from each of `currencies` to `unit` on `date`, in their order.
    ///
    /// # Errors
    /// [`RatesError`] where a rate is missing, ambiguous or does not fit, and where a date is
    /// needed or can't be used.
    pub fn rates_to(
        &self,
        unit: &Currency,
        currencies: &[Currency],
        date: Option<Date>,
    ) -> Result<Vec<Rate>, RatesError> {
        match (date, self.days.keys().next_back()) {
            (None, Some(&Some(newest))) => {
                return Err(RatesError::DateNeeded { file: self.file.clone(), newest });
            }
            (Some(_), Some(None)) => return Err(RatesError::NoDates { file: self.file.clone() }),
            _ => {}
        }
        currencies.iter().map(|from| self.rate(from, unit, date)).collect()
    }

    fn rate(&self, from: &Currency, to: &Currency, date: Option<Date>) -> Result<Rate, RatesError> {
        if from == to {
            return Ok(Rate::ONE);
        }
        let refuse =
            |error| RatesError::Rate { file: self.file.clone(), from: *from, to: *to, error };
        let mut found: Option<(&str, Rate)> = None;
        for (base, from_quote, to_quote) in ways(self.days.get(&date), from.code(), to.code()) {
            let rate = Rate::cross((from, from_quote), (to, to_quote)).map_err(refuse)?;
            match found {
                Some((other, known)) if known != rate => {
                    return Err(RatesError::Contradiction {
                        file: self.file.clone(),
                        from: *from,
                        to: *to,
                        date,
                        one: other.to_owned(),
                        other: base.to_owned(),
                    });
                }
                _ => found = Some((base, rate)),
            }
        }
        found.map(|(_, rate)| rate).ok_or_else(|| {
            let has = |(_, pairs): &(&Option<Date>, _)| {
                !ways(Some(*pairs), from.code(), to.code()).is_empty()
            };
            let day = |(date, _): (&Option<Date>, _)| *date;
            RatesError::Missing {
                file: self.file.clone(),
                from: *from,
                to: *to,
                date,
                before: self.days.range(..date).rev().find(has).and_then(day),
                after: self.days.range(date..).find(has).and_then(day),
            }
        })
    }
}

/// Every base against which both currencies are quoted, with the two quotes.
fn ways<'a>(
    pairs: Option<&'a BTreeMap<(String, String), Decimal>>,
    from: &str,
    to: &str,
) -> Vec<(&'a str, Decimal, Decimal)> {
    let Some(pairs) = pairs else { return Vec::new() };
    let against = |base: &str, code: &str| {
        if base == code {
            return Some(Decimal::new(1, 0));
        }
        pairs.get(&(base.to_owned(), code.to_owned())).copied()
    };
    let bases: BTreeSet<&str> = pairs.keys().map(|(base, _)| base.as_str()).collect();
    bases
        .into_iter()
        .filter_map(|base| Some((base, against(base, from)?, against(base, to)?)))
        .collect()
}

#[allow(clippy::struct_field_names, reason = "the quote of a quote is its column's name")]
struct Quote {
    date: Option<Date>,
    base: String,
    quote: String,
    rate: Decimal,
}

/// Which of the two kinds of table, and where its columns are.
enum Layout {
    /// One quote a line.
    Pairs { base: usize, quote: usize, rate: usize, date: Option<usize> },
    /// The ECB's: a day a line, a currency a column, all against the euro.
    Ecb { codes: Vec<(usize, String)> },
}

impl Layout {
    fn of(header: &StringRecord) -> Result<Self, String> {
        let column = |name: &str| header.iter().position(|h| h.eq_ignore_ascii_case(name));
        if let (Some(base), Some(quote), Some(rate)) =
            (column("base"), column("quote"), column("rate"))
        {
            return Ok(Self::Pairs { base, quote, rate, date: column("date") });
        }
        let codes: Vec<_> =
            header.iter().enumerate().skip(1).filter(|(_, h)| !h.is_empty()).collect();
        let is_code = |h: &str| h.len() == 3 && h.bytes().all(|b| b.is_ascii_uppercase());
        if column("Date") == Some(0) && !codes.is_empty() && codes.iter().all(|(_, h)| is_code(h)) {
            let codes = codes.into_iter().map(|(i, h)| (i, h.to_owned())).collect();
            return Ok(Self::Ecb { codes });
        }
        let found: Vec<_> = header.iter().take(8).collect();
        Err(format!("its first line is \"{}\"", shown(&found.join(","))))
    }

    /// Gives every quote of a line, or what is wrong with a cell, with the cell's column.
    fn quotes(
        &self,
        record: &StringRecord,
        mut give: impl FnMut(usize, Result<Quote, String>) -> Result<(), RatesError>,
    ) -> Result<(), RatesError> {
        let cell = |column: usize| record.get(column).unwrap_or_default();
        match self {
            Self::Pairs { base, quote, rate, date } => {
                for column in [*base, *quote] {
                    if cell(column).parse::<Currency>().is_err() {
                        return give(column, Err(NOT_A_CURRENCY.to_owned()));
                    }
                }
                let day = match *date {
                    Some(column) => match cell(column).parse::<Date>() {
                        Ok(day) => Some(day),
                        Err(_) => return give(column, Err(NOT_A_DATE.to_owned())),
                    },
                    None => None,
                };
                let code = |column: usize| {
                    let text = cell(column).to_ascii_uppercase();
                    text.split(':').next().unwrap_or_default().to_owned()
                };
                if code(*base) == code(*quote) {
                    let problem = "is the base itself: a currency is worth itself";
                    return give(*quote, Err(problem.to_owned()));
                }
                let quote = positive(cell(*rate)).map(|value| Quote {
                    date: day,
                    base: code(*base),
                    quote: code(*quote),
                    rate: value,
                });
                give(*rate, quote)
            }
            Self::Ecb { codes } => {
                let Ok(day) = cell(0).parse::<Date>() else {
                    return give(0, Err(NOT_A_DATE.to_owned()));
                };
                for (column, code) in codes {
                    if matches!(cell(*column), "N/A" | "") {
                        continue;
                    }
                    let quote = positive(cell(*column)).map(|value| Quote {
                        date: Some(day),
                        base: "EUR".to_owned(),
                        quote: code.clone(),
                        rate: value,
                    });
                    give(*column, quote)?;
                }
                Ok(())
            }
        }
    }
}

const NOT_A_CURRENCY: &str = "is no currency: write a code of ISO 4217 (EUR, USD, …), or a unit of \
                              your own with its decimals, such as POINTS:2";

const NOT_A_DATE: &str = "is not a date: write it as 2026-11-24";

fn positive(text: &str) -> Result<Decimal, String> {
    let hint = "write it with a decimal point, such as 1.0871";
    let rate: Decimal = text.parse().map_err(|e| format!("{e}: {hint}"))?;
    if rate.digits() <= 0 {
        return Err(format!("is not above zero: {hint}"));
    }
    Ok(rate)
}

#[cfg(test)]
mod tests {
    use setoff_money::Minor;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn table(text: &str) -> Result<RateTable, RatesError> {
        RateTable::parse(Path::new("rates.csv"), text.as_bytes())
    }

    fn rate(text: &str, from: &str, to: &str, date: Option<&str>) -> Result<Rate, String> {
        let date = date.map(|d| d.parse().unwrap());
        let rates = table(text).and_then(|t| t.rates_to(&currency(to), &[currency(from)], date));
        rates.map(|r| r[0]).map_err(|e| e.to_string())
    }

    const ECB: &str = "Date,USD,JPY,HRK,\n2026-10-30,1.1172,175.68,N/A,\n2026-10-28,1.11,176,N/A,\n\
                       2022-12-30,1.0666,140.66,7.5365,\n";

    #[test]
    fn the_ecbs_history_converts_through_the_euro() {
        let usd_to_jpy = rate(ECB, "USD", "JPY", Some("2026-10-30")).unwrap();

        // 1.1172 USD = 175.68 JPY, so 111.72 dollars are 17,568 yen.
        assert_eq!(usd_to_jpy.convert_down(Minor(11_172)), Some(Minor(17_568)));
    }

    #[test]
    fn a_missing_rate_names_the_pair_and_the_nearest_days() {
        assert_eq!(
            rate(ECB, "USD", "EUR", Some("2026-10-29")).unwrap_err(),
            "rates.csv: no rate between USD and EUR on 2026-10-29; the nearest days that have it \
             are 2026-10-28 and 2026-10-30"
        );
        assert_eq!(
            rate(ECB, "GBP", "EUR", Some("2026-10-30")).unwrap_err(),
            "rates.csv: no rate between GBP and EUR on 2026-10-30; add it to the table"
        );
        assert_eq!(
            rate(ECB, "USD", "EUR", None).unwrap_err(),
            "rates.csv: has rates of many days: name one, such as --rate-date 2026-10-30"
        );
    }

    #[test]
    fn a_small_table_works_either_way_round() {
        let small = "base,quote,rate\nEUR,USD,1.25\nGBP,EUR,1.2\n";

        assert_eq!(rate(small, "USD", "EUR", None).unwrap().parts(), (4, 5));
        assert_eq!(rate(small, "EUR", "USD", None).unwrap().parts(), (5, 4));
        assert_eq!(rate(small, "GBP", "EUR", None).unwrap().parts(), (6, 5));
        assert!(
            rate(small, "GBP", "USD", None).unwrap_err().contains("no rate between GBP and USD")
        );
        assert!(rate(small, "USD", "EUR", Some("2026-01-01")).unwrap_err().contains("--rate-date"));
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let both = "base,quote,rate\nEUR,USD,1.25\nUSD,EUR,0.79\n";

        assert!(rate(both, "USD", "EUR", None).unwrap_err().contains("two different rates"));
        let agreeing = "base,quote,rate\nEUR,USD,1.25\nUSD,EUR,0.8\n";
        assert_eq!(rate(agreeing, "USD", "EUR", None).unwrap().parts(), (4, 5));
    }

    #[test]
    fn a_bad_cell_is_named_with_its_line_and_column() {
        let message = |text: &str| table(text).unwrap_err().to_string();

        assert_eq!(
            message("base,quote,rate\nEUR,USD,1.25\nEUR,GBP,0\n"),
            "rates.csv:3: column \"rate\": \"0\" is not above zero: write it with a decimal \
             point, such as 1.0871"
        );
        assert_eq!(
            message("base,quote,rate\nEUR,USD,\"1,25\"\n"),
            "rates.csv:2: column \"rate\": \"1,25\" is not a number: write it with a decimal \
             point, such as 1.0871"
        );
        assert_eq!(
            message("Date,USD\n30/10/2026,1.1\n"),
            "rates.csv:2: column \"Date\": \"30/10/2026\" is not a date: write it as 2026-11-24"
        );
        assert!(
            message("base,quote,rate\nEUR,US,1\n")
                .contains("column \"quote\": \"US\" is no currency")
        );
        assert!(message("base,quote,rate\nEUR,USD,1\nEUR,USD,2\n").contains("second line"));
        assert!(message("PK\u{3}\u{4}").contains("unzip it first"));
        assert!(message("").contains("first line"));
        assert!(message("base,quote,rate\n").contains("no rates"));
    }
}
