//! The CSV files of `setoff within`; `docs/limits.md` says what their columns mean.

use std::io::{self, Write};

use crate::discharge_table;

use super::Findings;

/// Writes `discharges.csv`: every obligation in the order of the input, and what is taken off it.
pub(super) fn write_discharges(findings: &Findings, out: impl Write) -> io::Result<()> {
    let clearings = findings.clearings.iter();
    let parts = clearings.map(|c| (c.rows.as_slice(), c.within.discharges.as_slice()));
    discharge_table::write(&findings.obligations, parts, out)
}

/// Writes `limits.csv`: every limit, what is discharged of it, and a group's toll.
pub(super) fn write_limits(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["currency", "kind", "name", "limit", "discharged", "toll"])?;
    for clearing in &findings.clearings {
        for line in clearing.lines(&findings.obligations) {
            table.write_record([
                clearing.currency.code(),
                line.kind,
                &line.name,
                &clearing.currency.format_sum(line.limit),
                &clearing.currency.format_sum(line.discharged),
                &line.toll.map(|toll| toll.to_string()).unwrap_or_default(),
            ])?;
        }
    }
    table.flush()
}

/// Writes `levels.csv`: the potential of every node of the proof's network.
pub(super) fn write_levels(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["currency", "node", "name", "level"])?;
    for clearing in &findings.clearings {
        for (node, level) in clearing.within.proof.potentials.iter().enumerate() {
            let member = clearing.members.get(node);
            table.write_record([
                clearing.currency.code(),
                &node.to_string(),
                member.map_or("", |member| findings.obligations.name(*member)),
                &level.to_string(),
            ])?;
        }
    }
    table.flush()
}

/// Writes `proof.csv`: every arc of the proof's network in minor units, first the obligations.
pub(super) fn write_proof(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["currency", "file", "line", "from", "to", "limit", "weight"])?;
    for clearing in &findings.clearings {
        for (number, arc) in clearing.proven.debts().iter().enumerate() {
            let rows = clearing.rows.get(number);
            let place = rows.map(|&row| findings.obligations.rows()[row].place);
            let [file, line] = place.map_or_else(
                || [String::new(), String::new()],
                |place| [(u32::from(place.file) + 1).to_string(), place.line.to_string()],
            );
            table.write_record([
                clearing.currency.code(),
                &file,
                &line,
                &arc.debtor.to_string(),
                &arc.creditor.to_string(),
                &arc.amount.to_string(),
                &arc.weight.to_string(),
            ])?;
        }
    }
    table.flush()
}
