//! The CSV files of `setoff within`; `docs/limits.md` says what their columns mean.

use std::io::{self, Write};

use crate::discharge_table;
use crate::failure::Failure;
use crate::out_dir::OutDir;
use crate::proof_tables::{Proof, write_arcs, write_levels};

use super::Findings;

/// Writes `discharges.csv`: every obligation in the order of the input, and what is taken off it.
pub(super) fn write_discharges(findings: &Findings, out: impl Write) -> io::Result<()> {
    let clearings = findings.clearings.iter();
    let parts = clearings.map(|c| (c.rows.as_slice(), c.within.discharges.as_slice()));
    discharge_table::write(&findings.weighed.obligations, parts, out)
}

/// Writes `limits.csv`: every limit, what is discharged of it, and a group's toll.
pub(super) fn write_limits(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["currency", "kind", "name", "limit", "discharged", "toll"])?;
    for clearing in &findings.clearings {
        for line in clearing.lines(&findings.weighed.obligations) {
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

/// Writes `proof.csv` and `levels.csv`: the network of the bound, and the level of each of its nodes.
pub(super) fn write_proof(findings: &Findings, out: &OutDir) -> Result<(), Failure> {
    let obligations = &findings.weighed.obligations;
    let proofs = findings.clearings.iter().map(|clearing| Proof {
        currency: clearing.currency,
        rows: &clearing.rows,
        names: clearing.members.iter().map(|member| obligations.name(*member)).collect(),
        network: &clearing.proven,
        flows: Vec::new(),
        levels: vec![&clearing.within.proof.potentials],
    });
    let proofs: Vec<_> = proofs.collect();
    out.write("proof.csv", |out| write_arcs(obligations, &proofs, None, out))?;
    out.write("levels.csv", |out| write_levels(&proofs, "level", out))
}
