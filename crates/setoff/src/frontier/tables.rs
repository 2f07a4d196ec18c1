//! The CSV files of `setoff frontier`; `docs/liquidity.md` says what their columns mean.

use std::io::{self, Write};

use crate::discharge_table;

use super::Findings;

/// Writes `frontier.csv`: the breakpoints.
pub(super) fn write_frontier(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "currency",
        "money",
        "cleared",
        "weighted",
        "next_discharge",
        "next_money",
    ])?;
    for curve in &findings.curves {
        for point in curve.points() {
            let [discharge, money] = point.slope.map_or_else(
                || ["0".to_owned(), "1".to_owned()],
                |slope| [slope.discharge.to_string(), slope.money.to_string()],
            );
            table.write_record([
                curve.currency.code(),
                &curve.currency.format_sum(point.money),
                &curve.currency.format_sum(point.cleared),
                &curve.currency.format_sum(point.weighted),
                &discharge,
                &money,
            ])?;
        }
    }
    table.flush()
}

/// Writes `next-unit.csv`: what one unit more would discharge, funder by funder and member by member.
pub(super) fn write_next_unit(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["currency", "funder", "member", "discharge", "at_least"])?;
    for curve in &findings.curves {
        for (funder, values) in &curve.next {
            for value in values {
                table.write_record([
                    curve.currency.code(),
                    curve.name(&findings.obligations, *funder),
                    curve.name(&findings.obligations, value.member),
                    &value.discharge.to_string(),
                    &curve.currency.format_sum(value.at_least.into()),
                ])?;
            }
        }
    }
    table.flush()
}

/// Writes `discharges.csv`: every obligation in the order of the input, and what the liquidity there
/// is takes off it.
pub(super) fn write_discharges(findings: &Findings, out: impl Write) -> io::Result<()> {
    let curves = findings.curves.iter();
    let parts = curves.map(|c| (c.rows.as_slice(), c.clearing.discharges.as_slice()));
    discharge_table::write(&findings.obligations, parts, out)
}

/// Writes `liquidity.csv`: which money goes to whom, and with whom it ends.
pub(super) fn write_liquidity(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["currency", "kind", "funder", "member", "amount"])?;
    for curve in &findings.curves {
        let mut write = |kind, funder, member, amount: u64| {
            table.write_record([
                curve.currency.code(),
                kind,
                curve.name(&findings.obligations, funder),
                curve.name(&findings.obligations, member),
                &curve.currency.format_sum(amount.into()),
            ])
        };
        for receipt in &curve.clearing.receipts {
            let funder = curve.liquidity.tenders[receipt.tender].funder;
            write("tender", funder, receipt.member, receipt.amount)?;
        }
        let held = curve.liquidity.acceptances.iter().zip(&curve.clearing.held);
        for (acceptance, &held) in held.filter(|(_, held)| **held > 0) {
            write("acceptance", acceptance.funder, acceptance.member, held)?;
        }
    }
    table.flush()
}

/// Writes `levels.csv`: the potential of every node of the proof's network.
pub(super) fn write_levels(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["currency", "node", "name", "level"])?;
    for curve in &findings.curves {
        let named = curve.members.len() + curve.funders.len();
        for (node, level) in (0..).zip(&curve.clearing.proof.certificate.potentials) {
            let is_named = usize::try_from(node).is_ok_and(|node| node < named);
            let name = if is_named { curve.name(&findings.obligations, node) } else { "" };
            table.write_record([
                curve.currency.code(),
                &node.to_string(),
                name,
                &level.to_string(),
            ])?;
        }
    }
    table.flush()
}

/// Writes `proof.csv`: every arc of the proof's network in minor units, first the obligations.
pub(super) fn write_proof(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["currency", "file", "line", "from", "to", "limit", "weight", "flow"])?;
    for curve in &findings.curves {
        let arcs = curve.proven.debts().iter().zip(&curve.clearing.proof.discharges);
        for (number, (arc, flow)) in arcs.enumerate() {
            let place = curve.rows.get(number).map(|&row| findings.obligations.rows()[row].place);
            let [file, line] = place.map_or_else(
                || [String::new(), String::new()],
                |place| [(u32::from(place.file) + 1).to_string(), place.line.to_string()],
            );
            table.write_record([
                curve.currency.code(),
                &file,
                &line,
                &arc.debtor.to_string(),
                &arc.creditor.to_string(),
                &arc.amount.to_string(),
                &arc.weight.to_string(),
                &flow.to_string(),
            ])?;
        }
    }
    table.flush()
}
