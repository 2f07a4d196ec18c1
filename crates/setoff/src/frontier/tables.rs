//! The CSV files of `setoff frontier`; `docs/liquidity.md` says what their columns mean.

use std::io::{self, Write};

use setoff_clearing::CurveProof;

use crate::discharge_table;
use crate::failure::Failure;
use crate::out_dir::OutDir;
use crate::proof_tables::{Proof, write_arcs, write_levels};

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
                    curve.name(&findings.weighed.obligations, *funder),
                    curve.name(&findings.weighed.obligations, value.member),
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
    discharge_table::write(&findings.weighed.obligations, parts, out)
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
                curve.name(&findings.weighed.obligations, funder),
                curve.name(&findings.weighed.obligations, member),
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

/// Writes `proof.csv` and `levels.csv`: the network of the proof for the money there is, and the level
/// of each of its nodes.
pub(super) fn write_proof(findings: &Findings, out: &OutDir) -> Result<(), Failure> {
    let proofs = findings.curves.iter().map(|curve| Proof {
        currency: curve.currency,
        rows: &curve.rows,
        names: curve.names(&findings.weighed.obligations),
        network: &curve.proven,
        flows: vec![&curve.clearing.proof.discharges],
        levels: vec![&curve.clearing.proof.certificate.potentials],
    });
    let proofs: Vec<_> = proofs.collect();
    out.write("proof.csv", |out| {
        write_arcs(&findings.weighed.obligations, &proofs, Some("flow"), out)
    })?;
    out.write("levels.csv", |out| write_levels(&proofs, "level", out))
}

/// Writes `curve.csv` and `curve-levels.csv`: the same for all breakpoints and segments of the frontier.
pub(super) fn write_curve(findings: &Findings, out: &OutDir) -> Result<(), Failure> {
    let proofs = findings.curves.iter().filter_map(|curve| {
        let CurveProof { network, flows, potentials } = curve.proof.as_ref()?;
        Some(Proof {
            currency: curve.currency,
            rows: &curve.rows,
            names: curve.names(&findings.weighed.obligations),
            network,
            flows: flows.iter().map(Vec::as_slice).collect(),
            levels: potentials.iter().map(Vec::as_slice).collect(),
        })
    });
    let proofs: Vec<_> = proofs.collect();
    out.write("curve.csv", |out| {
        write_arcs(&findings.weighed.obligations, &proofs, Some("flows"), out)
    })?;
    out.write("curve-levels.csv", |out| write_levels(&proofs, "levels", out))
}
