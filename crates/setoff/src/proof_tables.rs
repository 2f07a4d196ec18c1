//! The proofs of the commands that clear without a result folder: a network, what flows through it, and a
//! level for each of its nodes.

use std::io::{self, Write};

use setoff_clearing::Network;
use setoff_formats::Obligations;
use setoff_money::Currency;

/// A proof in one currency.
pub(crate) struct Proof<'a> {
    pub(crate) currency: Currency,
    /// The obligations' rows, in the order of the network's debts.
    pub(crate) rows: &'a [usize],
    /// The names of the first nodes; the others have none.
    pub(crate) names: Vec<&'a str>,
    /// First the obligations, then what else there is.
    pub(crate) network: &'a Network,
    /// What flows through each arc, once for each point that is proven; the tables have one field for
    /// all of them.
    pub(crate) flows: Vec<&'a [u64]>,
    /// The level of each node, once for each bound.
    pub(crate) levels: Vec<&'a [i64]>,
}

/// Writes every arc in minor units, first the obligations with their place in the input. What flows
/// through it stands in the column `flow`, if there is one.
pub(crate) fn write_arcs(
    obligations: &Obligations,
    proofs: &[Proof<'_>],
    flow: Option<&str>,
    out: impl Write,
) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let fixed = ["currency", "file", "line", "from", "to", "limit", "weight"];
    table.write_record(fixed.into_iter().chain(flow))?;
    for proof in proofs {
        for (number, arc) in proof.network.debts().iter().enumerate() {
            let place = proof.rows.get(number).map(|&row| obligations.rows()[row].place);
            let [file, line] = place.map_or_else(
                || [String::new(), String::new()],
                |place| [(u32::from(place.file) + 1).to_string(), place.line.to_string()],
            );
            let fields = [
                proof.currency.code(),
                &file,
                &line,
                &arc.debtor.to_string(),
                &arc.creditor.to_string(),
                &arc.amount.to_string(),
                &arc.weight.to_string(),
            ];
            let flows = flow.map(|_| joined(proof.flows.iter().map(|flows| flows[number])));
            table.write_record(fields.into_iter().chain(flows.as_deref()))?;
        }
    }
    table.flush()
}

/// Writes the level of every node in the column `level`.
pub(crate) fn write_levels(proofs: &[Proof<'_>], level: &str, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["currency", "node", "name", level])?;
    for proof in proofs {
        for node in 0..proof.network.members() as usize {
            table.write_record([
                proof.currency.code(),
                &node.to_string(),
                proof.names.get(node).unwrap_or(&""),
                &joined(proof.levels.iter().map(|levels| levels[node])),
            ])?;
        }
    }
    table.flush()
}

fn joined(numbers: impl Iterator<Item = impl ToString>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ")
}
