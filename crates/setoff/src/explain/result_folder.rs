//! What `setoff explain` needs of a result folder: how it was cleared, the sums between every two
//! members, and one member's obligations. Tables are read row by row; memory grows with the pairs
//! of members, not with the obligations.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

use csv::ByteRecord;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use setoff_money::{Currency, Decimal};

use crate::failure::Failure;

/// How the obligations were set off, from `result.json`.
#[derive(Debug)]
pub(super) struct Settings {
    /// The mode.
    pub(super) mode: Mode,
    /// The netting centre's name, in mode novation.
    pub(super) centre: Option<String>,
    /// Every currency of the obligations.
    currencies: Vec<Currency>,
    /// The unit of account, if all currencies cleared together.
    pub(super) unit: Option<Currency>,
    /// Whether obligations had weights.
    pub(super) weighted: bool,
    /// Whether each obligation was discharged whole or not at all.
    pub(super) whole: bool,
    /// The clearings, by code.
    clearings: Vec<ClearingJson>,
}

impl Settings {
    /// Whether the time limit came before the largest set-off of a clearing.
    pub(super) fn is_stopped(&self, currency: Currency) -> bool {
        self.clearing(currency).is_some_and(|clearing| {
            clearing.gap.is_some() || clearing.classes.iter().any(|class| class.gap.is_some())
        })
    }

    /// Whether a set-off of whole obligations is as large as any of them can be, as was proven.
    pub(super) fn reaches_bound(&self, currency: Currency) -> bool {
        self.clearing(currency).is_some_and(|clearing| clearing.weighted_bound == clearing.weighted)
    }

    fn clearing(&self, currency: Currency) -> Option<&ClearingJson> {
        self.clearings.iter().find(|clearing| clearing.currency == currency.code())
    }
}

/// The modes, by their names in `result.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Mode {
    /// Along circles of debt.
    SetOff,
    /// Between two members only.
    Bilateral,
    /// Against a netting centre.
    Novation,
}

impl Mode {
    /// The name in files and on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SetOff => "set-off",
            Self::Bilateral => "bilateral",
            Self::Novation => "novation",
        }
    }
}

#[derive(Deserialize)]
struct ResultJson {
    format: String,
    mode: Mode,
    centre: Option<String>,
    weights: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    whole: bool,
    unit: Option<CurrencyJson>,
    currencies: Vec<CurrencyJson>,
    #[serde(default)]
    clearings: Vec<ClearingJson>,
}

/// What is proven of a clearing.
#[derive(Debug, Deserialize)]
struct ClearingJson {
    currency: String,
    weighted: Option<String>,
    weighted_bound: Option<String>,
    gap: Option<String>,
    #[serde(default)]
    classes: Vec<ClassJson>,
}

#[derive(Debug, Deserialize)]
struct ClassJson {
    gap: Option<String>,
}

#[derive(Deserialize)]
struct CurrencyJson {
    currency: String,
    decimals: u8,
}

/// What a debtor owes a creditor in one clearing: the sum of their obligations, in minor units of
/// the clearing's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Debt {
    /// Which clearing, a place in [`Debts::clearings`].
    pub(super) clearing: usize,
    /// Who owes, a place in [`Debts::names`].
    pub(super) debtor: u32,
    /// Who is owed, a place in [`Debts::names`].
    pub(super) creditor: u32,
    /// How much.
    pub(super) amount: i128,
    /// What of it is set off.
    pub(super) discharged: i128,
}

impl Debt {
    /// What is left of it.
    pub(super) fn outstanding(&self) -> i128 {
        self.amount - self.discharged
    }
}

/// One obligation of the member in question, in minor units of its own currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnObligation {
    /// Which clearing it belongs to.
    pub(super) clearing: usize,
    /// Who owes.
    pub(super) debtor: u32,
    /// Who is owed.
    pub(super) creditor: u32,
    /// Its file's place in the list of input files, from 1.
    pub(super) file: u64,
    /// Its line there, from 1.
    pub(super) line: u64,
    /// Its document's number, or empty.
    pub(super) reference: String,
    /// Its due date, or empty.
    pub(super) due: String,
    /// Its own currency.
    pub(super) currency: Currency,
    /// How much.
    pub(super) amount: i128,
    /// What of it is set off.
    pub(super) discharged: i128,
    /// How much it is in the clearing: with a unit of account it may be worth less than a minor unit
    /// of that, which is nothing, and then it does not take part.
    pub(super) cleared_as: i128,
}

impl OwnObligation {
    /// Whether it took part in the clearing.
    pub(super) fn took_part(&self) -> bool {
        self.cleared_as > 0
    }
}

/// All debts of a result and one member's obligations.
#[derive(Debug)]
pub(super) struct Debts {
    /// The members' names.
    pub(super) names: Vec<String>,
    numbers: HashMap<String, u32>,
    /// The clearings' currencies.
    pub(super) clearings: Vec<Currency>,
    /// One debt a clearing, debtor and creditor, in this order.
    pub(super) all: Vec<Debt>,
    /// The obligations of the member in question, in the order of the input.
    pub(super) own: Vec<OwnObligation>,
}

/// Reads `result.json`.
///
/// # Errors
/// [`Failure::Input`] if it is not there or not what Setoff writes; [`Failure::Machine`] if it
/// can't be read.
pub(super) fn read_settings(folder: &Path) -> Result<Settings, Failure> {
    let path = folder.join("result.json");
    let result: ResultJson = read_json(folder, "result.json")?;
    if result.format != "setoff-result/1" {
        let what = format!("its format is \"{}\", not \"setoff-result/1\"", result.format);
        return Err(not_ours(&path, &what));
    }
    let currency = |json: &CurrencyJson| {
        Currency::own(&json.currency, json.decimals).map_err(|e| not_ours(&path, &e))
    };
    Ok(Settings {
        mode: result.mode,
        centre: result.centre,
        currencies: result.currencies.iter().map(currency).collect::<Result<_, _>>()?,
        unit: result.unit.as_ref().map(currency).transpose()?,
        weighted: result.weights.is_some(),
        whole: result.whole,
        clearings: result.clearings,
    })
}

/// Reads `discharges.csv`, keeping the obligations of `member` apart.
///
/// # Errors
/// As [`read_settings`].
pub(super) fn read_debts(
    folder: &Path,
    settings: &Settings,
    member: &str,
) -> Result<Debts, Failure> {
    let mut table = Table::open(
        folder,
        "discharges.csv",
        [
            "file",
            "line",
            "reference",
            "debtor",
            "creditor",
            "currency",
            "due",
            "amount",
            "discharged",
        ],
    )?;
    let in_unit = match settings.unit {
        Some(unit) => Some((unit, table.columns(["unit_amount", "unit_discharged"])?)),
        None => None,
    };
    let mut debts = Debts {
        names: Vec::new(),
        numbers: HashMap::new(),
        clearings: settings.unit.map_or_else(|| settings.currencies.clone(), |unit| vec![unit]),
        all: Vec::new(),
        own: Vec::new(),
    };
    while table.next()? {
        let [file, line, reference, debtor, creditor, code, due, amount, discharged] =
            table.fields()?;
        let known = settings.currencies.iter().position(|c| c.code() == code);
        let number = known.ok_or_else(|| table.fault("currency"))?;
        let currency = settings.currencies[number];
        let amount = table.money("amount", amount, &currency)?;
        let discharged = table.money("discharged", discharged, &currency)?;
        let (clearing, cleared_amount, cleared_discharged) = match &in_unit {
            None => (number, amount, discharged),
            Some((unit, [unit_amount, unit_discharged])) => (
                0,
                table.money("unit_amount", table.field(*unit_amount)?, unit)?,
                table.money("unit_discharged", table.field(*unit_discharged)?, unit)?,
            ),
        };
        let debt = Debt {
            clearing,
            debtor: debts.number(debtor),
            creditor: debts.number(creditor),
            amount: cleared_amount,
            discharged: cleared_discharged,
        };
        if debtor == member || creditor == member {
            debts.own.push(OwnObligation {
                clearing,
                debtor: debt.debtor,
                creditor: debt.creditor,
                file: file.parse().map_err(|_| table.fault("file"))?,
                line: line.parse().map_err(|_| table.fault("line"))?,
                reference: reference.to_owned(),
                due: due.to_owned(),
                currency,
                amount,
                discharged,
                cleared_as: cleared_amount,
            });
        }
        if debt.amount > 0 {
            debts.all.push(debt);
        }
    }
    debts.sum_up();
    Ok(debts)
}

impl Debts {
    /// Debts without any obligations.
    #[cfg(test)]
    pub(super) fn of_one_clearing(
        names: Vec<String>,
        currency: Currency,
        debts: Vec<Debt>,
    ) -> Self {
        let clearings = vec![currency];
        let numbers = HashMap::new();
        let mut all = Self { names, numbers, clearings, all: debts, own: Vec::new() };
        all.sum_up();
        all
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = u32::try_from(self.names.len()).expect("readers limit the members to 2^32");
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The member of this name.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// A member's name.
    pub(super) fn name(&self, member: u32) -> &str {
        &self.names[member as usize]
    }

    /// Makes one debt of all between the same two members in the same clearing.
    fn sum_up(&mut self) {
        self.all.sort_unstable_by_key(|d| (d.clearing, d.debtor, d.creditor));
        self.all.dedup_by(|later, sum| {
            let same = (later.clearing, later.debtor, later.creditor)
                == (sum.clearing, sum.debtor, sum.creditor);
            if same {
                sum.amount += later.amount;
                sum.discharged += later.discharged;
            }
            same
        });
    }

    /// The place of a debt in the list of debts.
    pub(super) fn place(&self, clearing: usize, debtor: u32, creditor: u32) -> Option<usize> {
        let key = (clearing, debtor, creditor);
        self.all.binary_search_by_key(&key, |d| (d.clearing, d.debtor, d.creditor)).ok()
    }
}

/// A CSV file of a result, read row by row, its first `N` columns of interest found by name.
pub(super) struct Table<const N: usize> {
    name: &'static str,
    reader: csv::Reader<BufReader<File>>,
    row: ByteRecord,
    columns: [usize; N],
}

impl<const N: usize> Table<N> {
    /// Opens a file of the folder and finds its columns.
    pub(super) fn open(
        folder: &Path,
        name: &'static str,
        columns: [&str; N],
    ) -> Result<Self, Failure> {
        let reader = csv::Reader::from_reader(BufReader::new(open(folder, name)?));
        let mut table = Self { name, reader, row: ByteRecord::new(), columns: [0; N] };
        table.columns = table.columns(columns)?;
        Ok(table)
    }

    /// The places of more columns.
    fn columns<const M: usize>(&mut self, names: [&str; M]) -> Result<[usize; M], Failure> {
        let header = self.reader.headers().map_err(|e| csv_fault(self.name, e))?;
        let mut places = [0; M];
        for (place, name) in places.iter_mut().zip(names) {
            *place = header.iter().position(|column| column == name).ok_or_else(|| {
                Failure::Input(format!(
                    "{}: there is no column \"{name}\": is this a folder that `setoff clear --out` \
                     wrote?",
                    self.name
                ))
            })?;
        }
        Ok(places)
    }

    /// Goes to the next row; false behind the last.
    pub(super) fn next(&mut self) -> Result<bool, Failure> {
        self.reader.read_byte_record(&mut self.row).map_err(|e| csv_fault(self.name, e))
    }

    /// The fields of the columns that the table was opened for.
    pub(super) fn fields(&self) -> Result<[&str; N], Failure> {
        let mut fields = [""; N];
        for (field, &column) in fields.iter_mut().zip(&self.columns) {
            *field = self.field(column)?;
        }
        Ok(fields)
    }

    /// The same as bytes.
    pub(super) fn bytes(&self) -> [&[u8]; N] {
        self.columns.map(|column| &self.row[column])
    }

    fn field(&self, column: usize) -> Result<&str, Failure> {
        // The reader refuses rows shorter than the header.
        std::str::from_utf8(&self.row[column]).map_err(|_| self.fault("encoding"))
    }

    /// An amount that has exactly the currency's decimals.
    pub(super) fn money(
        &self,
        column: &str,
        text: &str,
        currency: &Currency,
    ) -> Result<i128, Failure> {
        let exact = text.parse::<Decimal>().ok().filter(|d| d.scale() == currency.decimals());
        exact.map(|d| d.digits()).ok_or_else(|| self.fault(column))
    }

    /// The current row has a value in this column that Setoff does not write.
    pub(super) fn fault(&self, column: &str) -> Failure {
        let line = self.row.position().map_or(0, csv::Position::line);
        Failure::Input(format!(
            "{}:{line}: the {column} is not as `setoff clear` writes it; `setoff verify` says \
             whether the result is sound",
            self.name
        ))
    }
}

/// Reads a JSON file of the folder.
pub(super) fn read_json<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, Failure> {
    let path = folder.join(name);
    let mut bytes = Vec::new();
    let read = open(folder, name)?.read_to_end(&mut bytes);
    read.map_err(|error| cannot_read(&path, &error))?;
    serde_json::from_slice(&bytes).map_err(|error| not_ours(&path, &error))
}

fn open(folder: &Path, name: &str) -> Result<File, Failure> {
    let path = folder.join(name);
    File::open(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Failure::Input(format!(
            "there is no {}: name the folder that `setoff clear --out` wrote",
            path.display()
        )),
        _ => cannot_read(&path, &error),
    })
}

fn cannot_read(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Machine(format!("cannot read {}: {error}", path.display()))
}

/// A file of a result holds something else.
fn not_ours(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::Input(format!("{} is not a file that `setoff clear` wrote: {why}", path.display()))
}

fn csv_fault(name: &str, error: csv::Error) -> Failure {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::Machine(format!("cannot read {name}: {error}")),
        _ => Failure::Input(format!("{name} is not a table that `setoff clear` wrote: {text}")),
    }
}
