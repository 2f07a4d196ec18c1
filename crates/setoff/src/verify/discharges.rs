//! `discharges.csv` beside the input, row by row: is each row what was declared, and is what is
//! taken off it allowed, right in every currency, and asked for by the certificate?

use std::cmp::Reverse;
use std::collections::BTreeMap;

use setoff_formats::{Declared, Place};
use setoff_money::Currency;

use super::Stop;
use super::claims::{Claims, UnitRate};
use super::findings::{Findings, quoted};
use super::rejections::Rejections;
use super::table::Table;
use super::tally::{Kept, Tally, Turn};
use crate::outcome::Mode;

const FILE: usize = 0;
const LINE: usize = 1;
const REFERENCE: usize = 2;
const DEBTOR: usize = 3;
const CREDITOR: usize = 4;
const CURRENCY: usize = 5;
const DUE: usize = 6;
const WEIGHT: usize = 7;
const AMOUNT: usize = 8;
const DISCHARGED: usize = 9;
const OUTSTANDING: usize = 10;
const UNIT_AMOUNT: usize = 11;
const UNIT_DISCHARGED: usize = 12;

const HEADER: [&str; 13] = [
    "file",
    "line",
    "reference",
    "debtor",
    "creditor",
    "currency",
    "due",
    "weight",
    "amount",
    "discharged",
    "outstanding",
    "unit_amount",
    "unit_discharged",
];

/// The most rows: no sum can overflow before.
const MOST_ROWS: u64 = 1 << 40;

/// The largest amount, in its own currency or in the unit.
const LARGEST_AMOUNT: i128 = 1 << 62;

/// What the rows add up to, by currency code.
///
/// Without a unit of account the tallies of the currencies are those of the clearings too.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    pub(super) currencies: BTreeMap<String, Tally>,
    /// With a unit of account: the clearing in it.
    pub(super) unit: Option<Tally>,
}

impl Tallies {
    /// The tallies of the clearings, by currency code.
    pub(super) fn clearings(&self) -> Vec<&Tally> {
        match &self.unit {
            Some(_) if self.currencies.is_empty() => Vec::new(),
            Some(unit) => vec![unit],
            None => self.currencies.values().collect(),
        }
    }

    /// The same, to be changed.
    pub(super) fn clearings_mut(&mut self) -> impl Iterator<Item = &mut Tally> {
        let own = if self.unit.is_some() { None } else { Some(self.currencies.values_mut()) };
        self.unit.iter_mut().chain(own.into_iter().flatten())
    }

    /// The tally of a clearing.
    pub(super) fn clearing_mut(&mut self, code: &str) -> Option<&mut Tally> {
        match &mut self.unit {
            Some(unit) => (unit.currency.code() == code).then_some(unit),
            None => self.currencies.get_mut(code),
        }
    }
}

/// Compares the rows of the input with those of `discharges.csv` as they come.
pub(super) struct Comparison<'a> {
    table: Table,
    /// Whether the table has a current row, which is the next to be compared.
    at_row: bool,
    claims: &'a Claims,
    tallies: Tallies,
    rows: u64,
    rejections: Rejections,
    /// Every currency met; a code has one number of decimals.
    met: Vec<Currency>,
}

impl<'a> Comparison<'a> {
    /// Begins at the top of the table. `tallies` know the potentials.
    pub(super) fn begin(
        folder: &std::path::Path,
        claims: &'a Claims,
        tallies: Tallies,
    ) -> Result<Self, Stop> {
        let columns = if claims.unit.is_some() { HEADER.len() } else { UNIT_AMOUNT };
        let mut table = Table::open(folder, "discharges.csv", &HEADER[..columns])?;
        let at_row = table.next_row()?;
        let rejections = Rejections::begin(folder, claims)?;
        Ok(Self { table, at_row, claims, tallies, rows: 0, rejections, met: Vec::new() })
    }

    /// Goes past a row of the input that can't be read.
    pub(super) fn bad_row(&mut self, place: Place, findings: &mut Findings) -> Result<(), Stop> {
        self.rejections.bad_row(place, self.claims, findings)
    }

    /// Compares the next row of the input.
    pub(super) fn next(&mut self, row: &Declared<'_>, findings: &mut Findings) -> Result<(), Stop> {
        match self.met.iter().find(|met| met.code() == row.currency.code()) {
            Some(met) if *met != row.currency => return self.bad_row(row.place, findings),
            Some(_) => {}
            None => self.met.push(row.currency),
        }
        if self.rejections.leaves_out(row, self.claims, findings)? {
            return Ok(());
        }
        while self.at_row && self.place().is_some_and(|place| place < row.place) {
            findings.add(|| format!("{}: the input has no such row", self.table.place()));
            self.at_row = self.table.next_row()?;
        }
        if !self.at_row || self.place() != Some(row.place) {
            findings.add(|| {
                format!("discharges.csv: the row for {} is missing", self.in_input(row.place))
            });
            return Ok(());
        }
        self.compare(row, findings);
        self.at_row = self.table.next_row()?;
        self.rows += 1;
        if self.rows > MOST_ROWS {
            return Err(Stop::Broken("discharges.csv: has more than 2^40 rows".to_owned()));
        }
        Ok(())
    }

    /// Ends behind the input's last row.
    pub(super) fn end(mut self, findings: &mut Findings) -> Result<Tallies, Stop> {
        while self.at_row {
            findings.add(|| format!("{}: the input has no such row", self.table.place()));
            self.at_row = self.table.next_row()?;
        }
        self.rejections.end(self.claims, findings)?;
        // A currency in the certificate that no row has.
        self.tallies.currencies.retain(|_, tally| tally.obligations > 0);
        Ok(self.tallies)
    }

    /// The place in the input that the current row names.
    fn place(&self) -> Option<Place> {
        self.table.place_in_input(FILE, LINE)
    }

    fn in_input(&self, place: Place) -> String {
        in_input(self.claims, place)
    }

    fn compare(&mut self, row: &Declared<'_>, findings: &mut Findings) {
        let due = row.due.map(|due| due.to_string()).unwrap_or_default();
        let weight = self.claims.weight(row.due, row.weight);
        let texts = [
            (REFERENCE, row.reference),
            (DEBTOR, row.debtor),
            (CREDITOR, row.creditor),
            (CURRENCY, row.currency.code()),
            (DUE, &due),
        ];
        for (column, text) in texts {
            if self.table.bytes(column) != text.as_bytes() {
                findings.add(|| self.table.unexpected(column, text));
            }
        }
        if self.table.number(WEIGHT) != Some(u64::from(weight)) {
            findings.add(|| self.table.unexpected(WEIGHT, &weight.to_string()));
        }
        self.expect_money(AMOUNT, row.currency, row.amount.wide(), findings);
        let discharged = self.money_within(DISCHARGED, row.currency, row.amount.wide(), findings);
        self.expect_money(OUTSTANDING, row.currency, row.amount.wide() - discharged, findings);

        let (amount, cleared) = match &self.claims.unit {
            None => (row.amount.wide(), discharged),
            Some(unit) => {
                let Some(rate) = unit.rates.iter().find(|rate| rate.currency == row.currency)
                else {
                    findings.add(|| format!("result.json: has no rate for {}", row.currency));
                    return;
                };
                self.in_unit(row, rate, unit.currency, discharged, findings)
            }
        };
        self.account(row, weight, discharged, (amount, cleared), findings);
    }

    /// Checks the conversion to the unit and back; returns the amount and discharge in it.
    fn in_unit(
        &self,
        row: &Declared<'_>,
        rate: &UnitRate,
        unit: Currency,
        discharged: i128,
        findings: &mut Findings,
    ) -> (i128, i128) {
        // Amounts are at most 2^62, and so are the parts of a rate.
        let amount = row.amount.wide() * rate.numerator / rate.denominator;
        if amount > LARGEST_AMOUNT {
            findings.add(|| {
                format!("{}: is over 2^62 minor units of {unit}", self.in_input(row.place))
            });
            return (0, 0);
        }
        self.expect_money(UNIT_AMOUNT, unit, amount, findings);
        let cleared = self.money_within(UNIT_DISCHARGED, unit, amount, findings);
        let back = if cleared == amount && amount > 0 {
            row.amount.wide()
        } else {
            cleared * rate.denominator / rate.numerator
        };
        if discharged != back {
            findings.add(|| {
                let back = row.currency.format_sum(back);
                self.table
                    .unexpected(DISCHARGED, &format!("{back}, unit_discharged converted back"))
            });
        }
        (amount, cleared)
    }

    /// Adds the row to the tallies and checks that the certificate asks for its discharge.
    fn account(
        &mut self,
        row: &Declared<'_>,
        weight: u32,
        discharged: i128,
        (amount, cleared): (i128, i128),
        findings: &mut Findings,
    ) {
        let parties = (row.debtor, row.creditor);
        let code = row.currency.code();
        if !self.tallies.currencies.contains_key(code) {
            self.tallies.currencies.insert(code.to_owned(), Tally::new(row.currency));
        }
        let own = self.tallies.currencies.get_mut(code).expect("it was just added");
        if own.obligations == 0 {
            // Until now it stands there as the certificate has it.
            own.currency = row.currency;
        }
        let mut pair = own.add(parties, weight, row.amount.wide(), discharged);
        let tally = match &mut self.tallies.unit {
            None => own,
            // What is worth less than one minor unit of the unit takes no part.
            Some(_) if amount == 0 => return,
            Some(unit) => {
                pair = unit.add(parties, weight, amount, cleared);
                unit
            }
        };

        let (debtor, creditor) = (tally.pairs[pair].debtor, tally.pairs[pair].creditor);
        // A potential that is missing is a finding of its own.
        let gain = match self.claims.mode {
            Mode::SetOff if !self.claims.whole => tally.gain(debtor, creditor, weight),
            Mode::SetOff | Mode::Bilateral | Mode::Novation => None,
        };
        if let Some(class) = tally.classes.iter_mut().find(|c| c.weight == Some(weight)) {
            class.discharged += cleared;
            class.rows += 1;
        }
        if gain.is_some_and(|(_, gain)| gain == 0) {
            tally.pairs[pair].free += amount;
            tally.pairs[pair].free_discharged += cleared;
        }
        if let Some((class, gain)) = gain
            && tally.is_stopped
        {
            let missed = if gain > 0 { amount - cleared } else { cleared };
            let more = missed.unsigned_abs().checked_mul(gain.unsigned_abs());
            let class = &mut tally.classes[class].missed;
            *class = class.zip(more).and_then(|(sum, more)| sum.checked_add(more));
        }
        let gain = gain.map(|(_, gain)| gain);
        let asks = match (self.claims.mode, gain) {
            (Mode::SetOff, _) if tally.is_stopped => None,
            (Mode::SetOff, Some(gain)) if gain > 0 => (cleared < amount).then_some("whole"),
            (Mode::SetOff, Some(gain)) if gain < 0 => (cleared > 0).then_some("not at all"),
            (Mode::Novation, _) => (cleared < amount).then_some("whole"),
            _ => None,
        };
        if let Some(asks) = asks {
            findings.add(|| {
                let why = gain.map_or_else(
                    || "mode novation asks".to_owned(),
                    |gain| format!("the certificate asks (its gain is {gain})"),
                );
                format!(
                    "{}: {} of {} is discharged, where {why} that it be discharged {asks}",
                    self.table.place(),
                    tally.currency.format_sum(cleared),
                    tally.currency.format_sum(amount),
                )
            });
        }
        let turn = || Turn {
            lightness: Reverse(weight),
            undated: row.due.is_none(),
            due: row.due,
            reference: row.reference.into(),
            amount: row.amount.0,
            currency: row.currency,
            place: row.place,
        };
        // Where there is a gain or a loss it is all or nothing, whatever the order, unless stopped.
        if gain == Some(0) || tally.is_stopped || self.claims.mode == Mode::Bilateral {
            tally.pairs[pair].note(cleared > 0, cleared < amount, turn());
        }
        if self.claims.keeps_rows {
            let number = self.rows + 1;
            let (discharged, turn) = (cleared, turn());
            tally.kept.push(Kept { debtor, creditor, weight, amount, discharged, turn, number });
        }
        if self.claims.whole && cleared > 0 && cleared < amount {
            findings.add(|| format!("{}: is discharged in part", self.table.place()));
        }
    }

    fn expect_money(&self, column: usize, currency: Currency, sum: i128, findings: &mut Findings) {
        if self.table.minor(column, currency.decimals()) != Some(sum) {
            findings.add(|| self.table.unexpected(column, &currency.format_sum(sum)));
        }
    }

    /// A field that must be between nothing and `most`; nothing if it is not.
    fn money_within(
        &self,
        column: usize,
        currency: Currency,
        most: i128,
        findings: &mut Findings,
    ) -> i128 {
        let money = self.table.minor(column, currency.decimals());
        money.filter(|money| (0..=most).contains(money)).unwrap_or_else(|| {
            let most = currency.format_sum(most);
            findings.add(|| self.table.unexpected(column, &format!("an amount from 0 to {most}")));
            0
        })
    }
}

/// A place in the input, as people find it.
pub(super) fn in_input(claims: &Claims, place: Place) -> String {
    let name = claims.inputs.get(usize::from(place.file)).map_or("", |input| &input.name);
    format!("{}:{}", quoted(name.as_bytes()).trim_matches('"'), place.line)
}
