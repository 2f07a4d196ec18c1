//! One row's cells made into an obligation, or into the reason why not.

use jiff::civil::Date;
use setoff_money::{Currency, Decimal, DecimalError, Minor};

use crate::amount::{self, AmountProblem};
use crate::columns::Field;
use crate::currency_label::{Labelled, Names};
use crate::date::{self, DateProblem};
use crate::read::RowRead;
use crate::rejected::{Original, Part, Problem, Rejected, is_invisible, shown};
use crate::rules::{CreditNotes, DateOrder, DecimalMark, Rules, Sign};
use crate::{Declared, Place};

/// The longest name or reference, in bytes.
pub const LONGEST_TEXT: usize = 1_000;

/// The largest weight of one obligation.
pub const LARGEST_WEIGHT: u32 = 1_000_000;

/// One cell, as typed as its file has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// Nothing.
    Empty,
    /// Text that may mean anything.
    Text(&'a str),
    /// A number in plain digits with a point: its marks have one reading.
    Number(String),
    /// A day.
    Date(Date),
    /// What can't be read, and why.
    Bad(String, &'static str),
}

/// Makes rows of one file into obligations. It remembers which decimal mark the file uses, so that
/// a second one is noticed.
pub(crate) struct RowReader<'r> {
    file: String,
    part: Part,
    rules: &'r Rules,
    /// The mark that an earlier row used, and its line.
    mark: Option<(DecimalMark, u64)>,
    /// The order of day and month that an earlier row used, and its line.
    order: Option<(DateOrder, u64)>,
    /// Whether numbers count days from 1904.
    since_1904: bool,
    /// The last currency read, which is mostly the next one too.
    known: Option<(String, Currency)>,
}

/// What is wrong with one cell.
struct Fault {
    field: Option<Field>,
    value: Option<String>,
    problem: Problem,
}

impl Fault {
    fn of(field: Field, value: &str, problem: impl Into<Problem>) -> Self {
        Self { field: Some(field), value: Some(shown(value)), problem: problem.into() }
    }

    fn empty(field: Field) -> Self {
        let totals = match field {
            Field::Debtor | Field::Creditor => "; if this is a line of totals, delete it",
            _ => "",
        };
        let problem = format!("is empty: every obligation needs its {field}{totals}");
        Self { field: Some(field), value: None, problem: Problem::new("is empty", problem) }
    }
}

impl Cell<'_> {
    /// The cell as its file writes it, or as near as can be.
    fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => (*text).to_owned(),
            Self::Number(text) | Self::Bad(text, _) => text.clone(),
            Self::Date(date) => date.to_string(),
        }
    }
}

impl<'r> RowReader<'r> {
    pub(crate) fn new(file: &str, part: Part, rules: &'r Rules) -> Self {
        Self {
            file: file.to_owned(),
            part,
            rules,
            mark: None,
            order: None,
            since_1904: false,
            known: None,
        }
    }

    /// The same for a workbook whose days are counted from 1904, if it is one.
    pub(crate) fn since_1904(self, since_1904: bool) -> Self {
        Self { since_1904, ..self }
    }

    /// A bad row that has no single cell at fault.
    pub(crate) fn reject(
        &self,
        place: Place,
        problem: Problem,
        original: Original,
    ) -> Box<Rejected> {
        Box::new(Rejected {
            file: self.file.clone(),
            place,
            column: None,
            part: self.part,
            value: None,
            problem: problem.words,
            cause: problem.cause,
            original,
        })
    }

    /// Reads one row; `name` gives what the file calls a field, `cell` its cell.
    pub(crate) fn declare<'a>(
        &mut self,
        place: Place,
        name: impl Fn(Field) -> String,
        cell: impl Fn(Field) -> Cell<'a>,
    ) -> RowRead<'a> {
        self.fields(place, &cell).map_err(|fault| {
            let original = Original::fields(|field| cell(field).text());
            let mut rejected = self.reject(place, fault.problem, original);
            rejected.column = fault.field.map(name);
            rejected.value = fault.value;
            rejected
        })
    }

    fn fields<'a>(
        &mut self,
        place: Place,
        cell: impl Fn(Field) -> Cell<'a>,
    ) -> Result<Declared<'a>, Fault> {
        let debtor = name(Field::Debtor, cell(Field::Debtor))?;
        let creditor = name(Field::Creditor, cell(Field::Creditor))?;
        if debtor == creditor {
            let problem = "is both debtor and creditor: nobody owes themselves; correct one of \
                           the two, or delete the row";
            return Err(Fault { field: None, value: Some(shown(debtor)), problem: problem.into() });
        }
        let currency = self.currency(cell(Field::Currency))?;
        let amount = self.amount(place, currency, &cell(Field::Amount))?;
        let (debtor, creditor) = if amount.0 > 0 { (debtor, creditor) } else { (creditor, debtor) };
        Ok(Declared {
            debtor,
            creditor,
            amount: Minor(amount.0.abs()),
            currency,
            due: self.due(place, &cell(Field::Due))?,
            reference: reference(cell(Field::Reference))?,
            weight: self.weight(&cell(Field::Weight))?,
            place,
        })
    }

    fn currency(&mut self, cell: Cell<'_>) -> Result<Currency, Fault> {
        let text = match cell {
            Cell::Empty => return Ok(self.rules.currency.unwrap_or(Currency::NONE)),
            Cell::Text(text) => text,
            other => return Err(not_text(Field::Currency, &other)),
        };
        match &self.known {
            Some((known, currency)) if known == text => return Ok(*currency),
            _ => {}
        }
        let own = self.rules.currency.filter(|own| own.code().eq_ignore_ascii_case(text));
        let currency: Currency = own.map_or_else(|| text.parse(), Ok).map_err(|_| {
            let problem = "is not a currency code of ISO 4217 (EUR, USD, …): correct it, or \
                           declare a unit of your own with --currency, such as POINTS:2";
            Fault::of(Field::Currency, text, problem)
        })?;
        match currency.code().parse::<Currency>() {
            Ok(iso) if iso != currency && own.is_none() => {
                let words = format!(
                    "has other decimals than ISO 4217 gives {iso} ({}): write {iso}, or choose \
                     another code for a unit of your own",
                    iso.decimals()
                );
                return Err(Fault::of(
                    Field::Currency,
                    text,
                    Problem::new("has other decimals", words),
                ));
            }
            _ => {}
        }
        self.known = Some((text.to_owned(), currency));
        Ok(currency)
    }

    /// The amount in minor units, above zero unless the pair has to be turned round.
    fn amount(
        &mut self,
        place: Place,
        currency: Currency,
        cell: &Cell<'_>,
    ) -> Result<Minor, Fault> {
        let field = Field::Amount;
        let (text, value) = match cell {
            Cell::Empty => return Err(Fault::empty(field)),
            Cell::Text(text) => (*text, self.marked(place, text, currency)?),
            Cell::Number(text) => {
                let value = text.parse::<Decimal>();
                (text.as_str(), value.map_err(|_| Fault::of(field, text, NOT_A_NUMBER))?)
            }
            Cell::Date(date) => {
                let problem = "is a date where an amount should stand: correct the cell's format";
                return Err(Fault::of(field, &date.to_string(), problem));
            }
            Cell::Bad(text, problem) => return Err(Fault::of(field, text, *problem)),
        };
        let minor = value.in_minor_units(&currency).map_err(|error| {
            Fault::of(field, text, in_words(error, currency, self.rules.currency.is_some()))
        })?;
        let minor = match self.rules.sign {
            Sign::DebtPositive => minor,
            Sign::DebtNegative => Minor(-minor.0),
        };
        if minor.0 == 0 {
            return Err(Fault::of(
                field,
                text,
                "is zero: an obligation is above zero; delete the row",
            ));
        }
        if minor.0 < 0 && self.rules.credit_notes == CreditNotes::Refuse {
            let problem = "is below zero: if it is a credit note, --credit-notes reverse makes it \
                           a debt of the creditor to the debtor; otherwise correct it";
            return Err(Fault::of(field, text, problem));
        }
        Ok(minor)
    }

    /// The value of an amount's text, whose marks must agree with those of earlier rows.
    fn marked(&mut self, place: Place, text: &str, currency: Currency) -> Result<Decimal, Fault> {
        let field = Field::Amount;
        let mut read = amount::read(text, self.rules.decimal);
        if read == Err(AmountProblem::Letters)
            && let Some(labelled) = Labelled::split(text)
        {
            match labelled.names(currency) {
                Names::TheRows => read = amount::read(&labelled.bare, self.rules.decimal),
                Names::Another(codes) if text.bytes().any(|b| b.is_ascii_digit()) => {
                    let problem = another_currency(&codes, currency, self.rules.currency.is_some());
                    return Err(Fault::of(field, text, problem));
                }
                _ => {}
            }
        }
        let amount =
            read.map_err(|problem| Fault::of(field, text, why_no_amount(&problem, text)))?;
        match (amount.decimal_mark, self.mark) {
            (Some(mark), Some((earlier, line))) if mark != earlier => {
                let words = format!(
                    "has another decimal mark than line {line}: say which with --decimal . or \
                     --decimal , and correct the other rows"
                );
                return Err(Fault::of(field, text, Problem::new("has another mark", words)));
            }
            (Some(mark), None) => self.mark = Some((mark, place.line)),
            _ => {}
        }
        Ok(amount.value)
    }

    fn due(&mut self, place: Place, cell: &Cell<'_>) -> Result<Option<Date>, Fault> {
        let (text, day) = match cell {
            Cell::Empty => return Ok(None),
            Cell::Date(date) => return Ok(Some(*date)),
            Cell::Text(text) => (*text, date::read(text, self.rules.date_order)),
            // A number in a spreadsheet is a count of days, even if its digits look like a date.
            Cell::Number(text) => (text.as_str(), Err(DateProblem::Serial(date::serial(text)))),
            Cell::Bad(text, problem) => return Err(Fault::of(Field::Due, text, *problem)),
        };
        let day = day.map_err(|problem| {
            let problem = if self.since_1904 { problem.counted_since_1904() } else { problem };
            Fault::of(Field::Due, text, why_no_date(problem))
        })?;
        match (day.order, self.order) {
            (Some(order), Some((earlier, line))) if order != earlier => {
                let words = format!(
                    "has day and month in another order than line {line}: say which with \
                     --date-order dmy or --date-order mdy, and correct the other rows"
                );
                Err(Fault::of(Field::Due, text, Problem::new("has another order", words)))
            }
            (Some(order), None) => {
                self.order = Some((order, place.line));
                Ok(Some(day.date))
            }
            _ => Ok(Some(day.date)),
        }
    }

    fn weight(&self, cell: &Cell<'_>) -> Result<u32, Fault> {
        if self.rules.weights.is_none() {
            return Ok(1);
        }
        let text = match cell {
            Cell::Empty => return Err(Fault::empty(Field::Weight)),
            Cell::Text(text) => (*text).to_owned(),
            Cell::Number(text) => text.clone(),
            other => return Err(not_text(Field::Weight, other)),
        };
        let weight = text.parse().ok().filter(|weight| (1..=LARGEST_WEIGHT).contains(weight));
        weight.ok_or_else(|| {
            let problem = "is not a weight: write a whole number from 1 to 1000000";
            Fault::of(Field::Weight, &text, problem)
        })
    }
}

/// A member's name.
fn name(field: Field, cell: Cell<'_>) -> Result<&str, Fault> {
    match cell {
        Cell::Empty => Err(Fault::empty(field)),
        Cell::Text(text) => printable(field, text),
        other => Err(not_text(field, &other)),
    }
}

fn reference(cell: Cell<'_>) -> Result<&str, Fault> {
    match cell {
        Cell::Empty => Ok(""),
        Cell::Text(text) => printable(Field::Reference, text),
        other => Err(not_text(Field::Reference, &other)),
    }
}

/// A text without characters that can't be seen.
fn printable(field: Field, text: &str) -> Result<&str, Fault> {
    if text.len() > LONGEST_TEXT {
        return Err(Fault::of(field, text, "is longer than 1,000 bytes: shorten it"));
    }
    let plain = text.bytes().all(|b| (0x20..0x7f).contains(&b));
    let hidden =
        if plain { None } else { text.chars().find(|&c| c.is_control() || is_invisible(c)) };
    match hidden {
        None => Ok(text),
        Some('\n' | '\r') => {
            Err(Fault::of(field, text, "holds a line break: write it on one line"))
        }
        Some(c) => {
            let words = format!(
                "holds the invisible character U+{:04X}, which makes two names look alike: remove it",
                u32::from(c)
            );
            Err(Fault::of(field, text, Problem::new("holds an invisible character", words)))
        }
    }
}

fn not_text(field: Field, cell: &Cell<'_>) -> Fault {
    match cell {
        Cell::Bad(text, problem) => Fault::of(field, text, *problem),
        Cell::Date(date) => Fault::of(field, &date.to_string(), "is a date: write it as text"),
        Cell::Number(text) => Fault::of(field, text, "is a number: write it as text"),
        Cell::Text(text) => Fault::of(field, text, "can't be read"),
        Cell::Empty => Fault::empty(field),
    }
}

fn in_words(error: DecimalError, currency: Currency, given: bool) -> Problem {
    match error {
        DecimalError::MoreDecimals { has, .. } if currency == Currency::NONE && !given => {
            let words = format!(
                "has {}, but amounts without a currency are whole numbers: name it with --currency \
                 EUR, or a unit of your own with --currency UNIT:{has}",
                decimals(has)
            );
            Problem::new("has decimals without a currency", words)
        }
        DecimalError::MoreDecimals { has, allowed } => {
            let words = format!(
                "has {} where {currency} has {allowed}: round it yourself, Setoff does not",
                decimals(has)
            );
            Problem::new("has more decimals", words)
        }
        DecimalError::TooLarge => {
            let of = match currency {
                Currency::NONE => String::new(),
                _ => format!(" minor units of {currency}"),
            };
            let words = format!("is over the limit of one amount, 2^62{of}: split it");
            Problem::new("is over the limit", words)
        }
        DecimalError::TooLong => TOO_LONG.into(),
        DecimalError::NotANumber => NOT_A_NUMBER.into(),
    }
}

const TOO_LONG: &str = "has more than 30 digits: correct it";
const NOT_A_NUMBER: &str = "is not a number: correct it, as in 1234.50";

fn decimals(count: u8) -> String {
    format!("{count} decimal{}", if count == 1 { "" } else { "s" })
}

/// An amount with the code or sign of a currency that is not the row's.
fn another_currency(codes: &[String], currency: Currency, given: bool) -> Problem {
    match codes {
        [code] if currency == Currency::NONE && !given => {
            let words = format!(
                "names a currency that the row does not: add --currency {code}, or a column for it"
            );
            Problem::new("names a currency", words)
        }
        _ if currency == Currency::NONE && !given => {
            "names a currency that the row does not, with a sign of several: say which with \
             --currency, or add a column for it"
                .into()
        }
        _ => {
            let words = format!(
                "names another currency than the row's, {currency}: correct one of the two"
            );
            Problem::new("names another currency", words)
        }
    }
}

fn why_no_amount(problem: &AmountProblem, text: &str) -> Problem {
    match problem {
        AmountProblem::Ambiguous { whole, fraction } => {
            let words =
                format!("can be {whole} or {fraction}: say which with --decimal . or --decimal ,");
            Problem::new("can be two amounts", words)
        }
        AmountProblem::Letters if !text.bytes().any(|b| b.is_ascii_digit()) => {
            "is not a number: correct it; if this line is a second header, delete it, or name its \
             line with --header"
                .into()
        }
        AmountProblem::Letters => {
            "is more than a number: write the number alone, and the currency into a column of its \
             own"
            .into()
        }
        AmountProblem::Brackets => {
            "is in brackets, an accountant's minus: write it with a minus".into()
        }
        AmountProblem::Groups => "has marks that are not between groups of three digits: correct \
                                  it, or say with --decimal which mark is the decimal one"
            .into(),
        AmountProblem::Exponent => "has an exponent: write all its digits".into(),
        AmountProblem::TooLong => TOO_LONG.into(),
        AmountProblem::NotANumber => NOT_A_NUMBER.into(),
    }
}

fn why_no_date(problem: DateProblem) -> Problem {
    match problem {
        DateProblem::Ambiguous { dmy, mdy } => {
            let words = format!(
                "can be {dmy} or {mdy}: say which with --date-order dmy or --date-order mdy"
            );
            Problem::new("can be two days", words)
        }
        DateProblem::Impossible => "is not a day of the calendar: correct it".into(),
        DateProblem::ShortYear => "has a year of two digits: write all four".into(),
        DateProblem::FarAway => "is not between 1900 and 2199: correct it".into(),
        DateProblem::Serial(Some(date)) => {
            let words = format!(
                "is a number: if it is a spreadsheet's count of days it means {date}; format the \
                 column as a date, or write 2026-11-24"
            );
            Problem::new("is a count of days", words)
        }
        DateProblem::Serial(None) | DateProblem::NotADate => {
            "is not a date: write it as 2026-11-24".into()
        }
    }
}
