//! A statement as a table, a row an invoice; `docs/files.md` says what its columns mean.

use std::io::{self, Write};

use setoff_money::Minor;

use crate::about::About;

use super::{Side, Statements};

pub(super) fn write(
    statements: &Statements<'_>,
    place: usize,
    about: &About,
    out: &mut impl Write,
) -> io::Result<()> {
    let outcome = statements.outcome;
    let mut table = csv::Writer::from_writer(out);
    let mut header = vec![
        "side",
        "reference",
        "due",
        "counterparty",
        "currency",
        "before",
        "set_off",
        "after",
        "circles",
        "file",
        "line",
    ];
    if about.unit.is_some() {
        header.extend([
            "unit",
            "rate_numerator",
            "rate_denominator",
            "unit_before",
            "unit_set_off",
        ]);
    }
    table.write_record(header)?;
    for line in statements.listed(place) {
        let obligation = &outcome.obligations.rows()[line.row];
        let currency = outcome.currency(line.row);
        table.write_field(match line.side {
            Side::Payable => "payable",
            Side::Receivable => "receivable",
        })?;
        table.write_field(outcome.obligations.reference(line.row))?;
        table.write_field(obligation.due.map(|due| due.to_string()).unwrap_or_default())?;
        table.write_field(outcome.obligations.name(line.other))?;
        table.write_field(currency.code())?;
        table.write_field(currency.format(obligation.amount))?;
        table.write_field(currency.format(outcome.discharged[line.row]))?;
        table.write_field(currency.format(Minor(outcome.outstanding(line.row))))?;
        table.write_field(circles(statements, about, line.row))?;
        table.write_field((u32::from(obligation.place.file) + 1).to_string())?;
        table.write_field(obligation.place.line.to_string())?;
        if let (Some(unit), Some(converted)) = (&about.unit, &outcome.converted) {
            let rate = about.rate(currency).map(|rate| rate.parts());
            let part = |part: Option<i128>| part.unwrap_or(1).to_string();
            table.write_field(unit.currency.code())?;
            table.write_field(part(rate.map(|r| r.0)))?;
            table.write_field(part(rate.map(|r| r.1)))?;
            for sum in [converted.amounts[line.row], converted.discharged[line.row]] {
                table.write_field(unit.currency.format_sum(i128::from(sum)))?;
            }
        }
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}

/// `3:60.00 7:40.00`: 60.00 through circle 3 and 40.00 through circle 7.
fn circles(statements: &Statements<'_>, about: &About, row: usize) -> String {
    let own = statements.outcome.currency(row);
    let currency = about.unit.as_ref().map_or(own, |unit| unit.currency);
    let parts = statements.trace.parts(row);
    let texts: Vec<String> = parts
        .map(|part| format!("{}:{}", part.circle, currency.format_sum(i128::from(part.amount))))
        .collect();
    texts.join(" ")
}
