//! The rates of a unit of account: one for each currency, and those of the table if it is there.

use std::path::Path;

use setoff_formats::RateTable;

use super::Stop;
use super::claims::{Claims, UnitRate};
use super::discharges::Books;
use super::findings::Findings;

/// Checks the rates that `result.json` claims, against `table` if it is given.
pub(super) fn check(
    claims: &Claims,
    books: &Books,
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
    let used: Vec<_> = books.currencies.values().map(|book| book.currency).collect();
    if claimed != used {
        findings.add(|| "result.json: does not have one rate for every currency".to_owned());
    }
    for UnitRate { currency, numerator, denominator } in &unit.rates {
        if *currency == unit.currency && (*numerator, *denominator) != (1, 1) {
            findings.add(|| format!("result.json: the rate of {currency} to itself is not 1"));
        }
    }
    let Some(path) = table else { return Ok(()) };
    let published = RateTable::read(path)
        .and_then(|table| table.rates_to(&unit.currency, &used, unit.rate_date))
        .map_err(|error| match error.is_machine() {
            true => Stop::Machine(error.to_string()),
            false => Stop::Usage(error.to_string()),
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
