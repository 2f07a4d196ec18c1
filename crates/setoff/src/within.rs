//! `setoff within`: the set-off within limits of members, pairs, groups and all, with its proven gap.

mod json;
mod limited;
mod tables;
mod words;

use std::path::PathBuf;

use clap::Args;
use setoff_money::Currency;

use crate::failure::Failure;
use crate::limits;
use crate::out_dir::OutDir;
use crate::output_args::{OutputArgs, file_name};
use crate::weighed::{Weighed, WeighedArgs};

use limited::Limited;

/// Set off as much as limits of members, pairs, groups or in all allow, with a proven gap
#[derive(Debug, Args)]
#[command(after_help = "docs/limits.md says what can be limited and what is proven.")]
pub(crate) struct WithinArgs {
    /// What is limited or held out, as CSV: kind,member,creditor,reference,group,limit,currency
    #[arg(long, value_name = "FILE")]
    limits: PathBuf,

    #[command(flatten)]
    weighed: WeighedArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// All that was found, and what it was found from.
struct Findings {
    weighed: Weighed,
    /// The name of the table of limits.
    limits: String,
    /// One a currency, by code.
    clearings: Vec<Limited>,
}

/// Reports on standard output, and in a folder if asked to.
///
/// # Errors
/// [`Failure::Input`] if the obligations or the limits are at fault, [`Failure::Machine`] if something
/// can't be read or written, [`Failure::Bug`] if an answer does not pass its check.
pub(crate) fn run(args: &WithinArgs) -> Result<(), Failure> {
    let mut phases = args.output.begin()?;
    let (weighed, networks) = args.weighed.read(&mut phases)?;
    let default = weighed.rules.currency.unwrap_or(Currency::NONE);
    let limits = limits::read(&args.limits, default, &weighed.obligations, &networks)?;

    phases.begin("solve");
    let solved = networks.into_iter().zip(limits);
    let clearings = solved.map(|(network, limits)| Limited::of(network, limits, weighed.seed));
    let findings = Findings {
        clearings: clearings.collect::<Result<_, _>>()?,
        weighed,
        limits: file_name(&args.limits),
    };
    args.output.deliver(
        phases,
        |out| write(&findings, out),
        || json::json(&findings),
        || words::words(&findings),
        None,
    )
}

/// Writes the files of the folder.
fn write(findings: &Findings, out: &OutDir) -> Result<(), Failure> {
    out.write("within.json", |out| out.write_all(json::json(findings).as_bytes()))?;
    out.write("discharges.csv", |out| tables::write_discharges(findings, out))?;
    out.write("limits.csv", |out| tables::write_limits(findings, out))?;
    tables::write_proof(findings, out)
}
