//! `circles.csv`: is each circle closed, and do they add up to the discharges, pair by pair?

use std::collections::BTreeMap;
use std::path::Path;

use super::Stop;
use super::claims::Claims;
use super::discharges::Tallies;
use super::findings::Findings;
use super::table::Table;
use super::tally::Tally;
use crate::outcome::Mode;

const CIRCLE: usize = 0;
const STEP: usize = 1;
const DEBTOR: usize = 2;
const CREDITOR: usize = 3;
const CURRENCY: usize = 4;
const AMOUNT: usize = 5;

const HEADER: [&str; 6] = ["circle", "step", "debtor", "creditor", "currency", "amount"];

/// The circles of one clearing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) circles: u64,
    pub(super) longest: u64,
}

/// The circle whose steps are being read.
struct Circle {
    number: u64,
    steps: u64,
    first_debtor: u32,
    last_creditor: u32,
    code: String,
    amount: i128,
}

/// Takes the circles off the discharges in the tallies, of which nothing may be left, and counts
/// them by currency code.
pub(super) fn check(
    folder: &Path,
    claims: &Claims,
    tallies: &mut Tallies,
    findings: &mut Findings,
) -> Result<BTreeMap<String, Counted>, Stop> {
    let mut table = Table::open(folder, "circles.csv", &HEADER)?;
    if let Some(centre) = &claims.centre {
        for tally in tallies.clearings_mut() {
            add_new_claims(tally, centre);
        }
    }
    let mut counted: BTreeMap<String, Counted> = BTreeMap::new();
    let mut circle: Option<Circle> = None;
    while table.next_row()? {
        // Nothing can be said of the steps behind a wrong one.
        let wrong = |what| Stop::Broken(format!("{}: {what}", table.place()));
        let goes_on =
            circle.as_ref().is_some_and(|circle| table.number(CIRCLE) == Some(circle.number));
        let before = match circle.take() {
            Some(ended) if !goes_on => {
                close(&ended, claims.mode, &mut counted)?;
                Err(ended.number)
            }
            Some(circle) => Ok(circle),
            None => Err(0),
        };
        circle = Some(step(&table, tallies, before).map_err(wrong)?);
    }
    if let Some(ended) = circle {
        close(&ended, claims.mode, &mut counted)?;
    }
    for tally in tallies.clearings() {
        for pair in tally.pairs.iter().filter(|pair| pair.discharged != 0) {
            findings.add(|| {
                format!(
                    "circles.csv: the circles do not add up to what is discharged from {}: {} {} \
                     is left",
                    tally.pair_name(pair),
                    tally.currency,
                    tally.currency.format_sum(pair.discharged),
                )
            });
        }
    }
    Ok(counted)
}

/// Reads one step and takes it off its pair: of the circle that it continues, or of a new one
/// behind the circle of that number.
fn step(
    table: &Table,
    tallies: &mut Tallies,
    before: Result<Circle, u64>,
) -> Result<Circle, &'static str> {
    let code = table.text(CURRENCY);
    let tally = tallies.clearing_mut(code).ok_or("there is no clearing in this currency")?;
    let amount = table.minor(AMOUNT, tally.currency.decimals()).filter(|amount| *amount > 0);
    let amount = amount.ok_or("amount is not an amount above zero")?;
    let debtor = tally.find(table.text(DEBTOR)).ok_or("debtor is not a member of the clearing")?;
    let creditor =
        tally.find(table.text(CREDITOR)).ok_or("creditor is not a member of the clearing")?;
    let circle = match before {
        Err(last) => {
            if table.number(CIRCLE) != last.checked_add(1) || table.number(STEP) != Some(1) {
                return Err("does not follow the row before it: circles and steps count from 1");
            }
            let (number, code) = (last + 1, code.to_owned());
            Circle { number, steps: 1, first_debtor: debtor, last_creditor: creditor, code, amount }
        }
        Ok(circle) => {
            if table.number(STEP) != Some(circle.steps + 1) {
                return Err("does not follow the step before it");
            }
            if (circle.code.as_str(), circle.amount) != (code, amount) {
                return Err("its currency and amount are not those of the step before it");
            }
            if circle.last_creditor != debtor {
                return Err("its debtor is not the creditor of the step before it");
            }
            Circle { steps: circle.steps + 1, last_creditor: creditor, ..circle }
        }
    };
    let member = &mut tally.members[debtor as usize];
    if member.circle == circle.number {
        return Err("its debtor is in this circle twice");
    }
    member.circle = circle.number;
    let left = tally.find_pair_mut(debtor, creditor).map(|pair| &mut pair.discharged);
    let left = left.filter(|left| **left >= amount);
    *left.ok_or("more goes through the circles than is discharged between the two")? -= amount;
    Ok(circle)
}

/// Checks and counts a circle whose last step is known.
fn close(circle: &Circle, mode: Mode, counted: &mut BTreeMap<String, Counted>) -> Result<(), Stop> {
    let number = circle.number;
    if circle.first_debtor != circle.last_creditor {
        return Err(Stop::Broken(format!(
            "circles.csv: circle {number} does not close: its last creditor is not its first debtor"
        )));
    }
    if mode == Mode::Bilateral && circle.steps != 2 {
        return Err(Stop::Broken(format!(
            "circles.csv: circle {number} is not of two members, as mode bilateral asks"
        )));
    }
    let counted = counted.entry(circle.code.clone()).or_default();
    counted.circles += 1;
    counted.longest = counted.longest.max(circle.steps);
    Ok(())
}

/// Adds the new claims of a novation, to and from the centre, with their direction turned round:
/// with them the discharged debts are a sum of circles.
fn add_new_claims(tally: &mut Tally, centre: &str) {
    let nets: Vec<i128> = tally.members.iter().map(super::tally::Member::net).collect();
    let centre = tally.number(centre);
    for (member, net) in (0..).zip(nets) {
        if member == centre || net == 0 {
            continue;
        }
        let (debtor, creditor) = if net > 0 { (member, centre) } else { (centre, member) };
        let pair = tally.pair_of(debtor, creditor);
        tally.pairs[pair].discharged += net.abs();
    }
}
