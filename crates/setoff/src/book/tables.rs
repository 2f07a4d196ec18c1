//! The CSV files of `setoff book`; `docs/book.md` says what their columns mean.

use std::io::{self, Write};

use setoff_clearing::Standing;

use super::Findings;
use super::words::signed;

/// Writes `moments.csv`: how it stood after the changes.
pub(super) fn write_moments(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["line", "change", "currency", "gross", "cleared", "gap"])?;
    for moment in &findings.moments {
        let Standing { gross, cleared, .. } = moment.standing;
        table.write_record([
            &moment.line.to_string(),
            moment.change,
            moment.currency.code(),
            &moment.currency.format_sum(signed(gross)),
            &moment.currency.format_sum(signed(cleared)),
            &moment.currency.format_sum(signed(moment.standing.gap())),
        ])?;
    }
    table.flush()
}

/// Writes `discharges.csv`: every obligation at the end and what is taken off it.
pub(super) fn write_discharges(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "reference",
        "debtor",
        "creditor",
        "currency",
        "amount",
        "discharged",
        "outstanding",
    ])?;
    for cleared in &findings.cleared {
        let debts = cleared.network.debts().iter().zip(&cleared.discharges);
        for ((debt, &discharge), reference) in debts.zip(&cleared.references) {
            let amount = |amount: u64| cleared.currency.format_sum(amount.into());
            table.write_record([
                reference,
                &cleared.names[debt.debtor as usize],
                &cleared.names[debt.creditor as usize],
                cleared.currency.code(),
                &amount(debt.amount),
                &amount(discharge),
                &amount(debt.amount - discharge),
            ])?;
        }
    }
    table.flush()
}

/// Writes `levels.csv`: every member's potential, the proof that no set-off is larger.
pub(super) fn write_levels(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["currency", "member", "level"])?;
    for cleared in &findings.cleared {
        for (name, level) in cleared.names.iter().zip(&cleared.potentials) {
            table.write_record([cleared.currency.code(), name, &level.to_string()])?;
        }
    }
    table.flush()
}
