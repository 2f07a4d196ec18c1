//! The rates of a unit of account: one for each currency, and those of the table if it is there.

use std::path::Path;

use setoff_formats::RateTable;

use super::Stop;
use super::claims::{Claims, Unit, UnitRate};
use super::discharges::Tallies;
use super::findings::Findings;

/// Checks the rates that `result.json` claims, against `table` if it is given.
pub(super) fn check(
    claims: &Claims,
    tallies: &Tallies,
    table: Option<&Path>,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let Some(unit) = &claims.unit else {
        return match table {
            None => Ok(()),
            Some(_) => Err(Stop::Usage(
                "--rates: the result has no unit of account and needs no rates".to_owned(),
            )),
        };
    };
    let mut claimed: Vec<_> = unit.rates.iter().map(|rate| rate.currency).collect();
    claimed.sort_unstable();
    let used: Vec<_> = tallies.currencies.values().map(|tally| tally.currency).collect();
    if claimed != used {
        findings.add(|| "result.json: does not have one rate for every currency".to_owned());
    }
    for UnitRate { currency, numerator, denominator } in &unit.rates {
        if *currency == unit.currency && (*numerator, *denominator) != (1, 1) {
            findings.add(|| format!("result.json: the rate of {currency} to itself is not 1"));
        }
    }
    check_rounding(unit, tallies, findings);
    let Some(path) = table else { return Ok(()) };
    let published = RateTable::read(path)
        .and_then(|table| table.rates_to(&unit.currency, &used, unit.rate_date))
        .map_err(|error| {
            let kind = if error.is_machine() { Stop::Machine } else { Stop::Usage };
            kind(error.to_string())
        })?;
    for (currency, rate) in used.iter().zip(published) {
        let claimed = unit.rates.iter().find(|claimed| claimed.currency == *currency);
        let claimed = claimed.map(|claimed| (claimed.numerator, claimed.denominator));
        if claimed.is_some_and(|claimed| claimed != rate.parts()) {
            findings.add(|| {
                let (numerator, denominator) = rate.parts();
                format!(
                    "result.json: the rate of {currency} is not that of {}, {numerator}/{denominator}",
                    path.display()
                )
            });
        }
    }
    Ok(())
}

/// Checks by how much the conversions are said to be rounded down: what each currency's sum is
/// worth, rounded down, less what its obligations are counted as.
fn check_rounding(unit: &Unit, tallies: &Tallies, findings: &mut Findings) {
    let counted = tallies.unit.as_ref().map_or(0, |tally| tally.gross);
    let worth = tallies.currencies.values().map(|tally| {
        let rate = unit.rates.iter().find(|rate| rate.currency == tally.currency)?;
        // Whole and rest apart: the sum is worth at most 2^102, as its obligations are.
        let (whole, rest) = (tally.gross / rate.denominator, tally.gross % rate.denominator);
        let whole = whole.checked_mul(rate.numerator)?;
        whole.checked_add(rest * rate.numerator / rate.denominator)
    });
    let rounding = worth.sum::<Option<i128>>().map(|worth| worth - counted);
    if rounding.map(|sum| sum.to_string()).as_deref() != Some(&*unit.rounding) {
        findings.add(|| {
            let expected =
                rounding.map_or_else(|| "one that fits".to_owned(), |sum| sum.to_string());
            format!("result.json: unit.rounding is {}, expected {expected}", unit.rounding)
        });
    }
}
