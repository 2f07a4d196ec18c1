//! `setoff within`: the set-off within limits of members, pairs, groups and all, with its proven gap.

mod json;
mod limited;
mod tables;
mod words;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use setoff_clearing::Seed;
use setoff_formats::{FileRead, Obligations};
use setoff_money::Currency;

use crate::bad_rows::{TOLD, told};
use crate::clear::parse_seed;
use crate::failure::Failure;
use crate::out_dir::{self, OutDir};
use crate::progress::Phases;
use crate::reading_args::{ReadingArgs, read};
use crate::result_json::Weights;
use crate::standard_output::print;
use crate::{limits, netting, weights};

use limited::Limited;

/// Set off as much as limits of members, pairs, groups or in all allow, with a proven gap
#[derive(Debug, Args)]
#[command(after_help = "docs/limits.md says what can be limited and what is proven.")]
pub(crate) struct WithinArgs {
    #[command(flatten)]
    reading: ReadingArgs,

    /// What is limited or held out, as CSV: kind,member,creditor,reference,group,limit,currency
    #[arg(long, value_name = "FILE")]
    limits: PathBuf,

    /// Count a unit discharged as often as this column says, or N times if its obligation was due before
    /// --as-of
    #[arg(long, value_name = "COLUMN|overdue:N")]
    weights: Option<String>,

    /// The day on which an obligation is overdue, for --weights overdue:N
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,

    /// Decides between equally large set-offs: a whole number or 64 hexadecimal digits [default: a
    /// hash of the obligations]
    #[arg(long, value_name = "SEED", value_parser = parse_seed)]
    seed: Option<Seed>,

    /// Write the discharges, the limits and the proof to this new folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Replace an earlier result in --out
    #[arg(long, requires = "out")]
    force: bool,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
}

/// All that was found, and what it was found from.
struct Findings {
    obligations: Obligations,
    files: Vec<FileRead>,
    seed: Seed,
    weights: Option<String>,
    /// The day on which obligations are overdue.
    as_of: Option<Date>,
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
    if let Some(out) = &args.out {
        out_dir::check_destination(out, args.force)?;
    }
    let weights = weights::parse_counting(args.weights.as_deref(), args.as_of)?;
    let mut phases = Phases::start(args.quiet || args.json);
    phases.begin("read");
    let inputs = args.reading.inputs(weights.as_ref().and_then(Weights::column))?;
    let reading = read(&inputs, TOLD, &mut phases)?;
    if reading.rejected_count > 0 {
        return Err(Failure::Input(format!(
            "{}\nNothing was set off. Mend the rows first.",
            told(&reading).join("\n")
        )));
    }
    let mut obligations = reading.obligations;
    if let Some(weights) = &weights {
        weights::weigh(&mut obligations, weights, args.as_of);
    }
    let (networks, own_seed) = netting::networks(&obligations)?;
    let default = inputs.rules.currency.unwrap_or(Currency::NONE);
    let limits = limits::read(&args.limits, default, &obligations, &networks)?;

    phases.begin("solve");
    let seed = args.seed.unwrap_or(own_seed);
    let solved = networks.into_iter().zip(limits);
    let clearings = solved.map(|(network, limits)| Limited::of(network, limits, seed));
    let findings = Findings {
        clearings: clearings.collect::<Result<_, _>>()?,
        obligations,
        files: reading.files,
        seed,
        weights: args.weights.clone(),
        as_of: args.as_of,
        limits: file_name(&args.limits),
    };

    if let Some(out) = &args.out {
        phases.begin("write");
        write(&findings, out, args.force)?;
    }
    phases.end();
    if args.json {
        return print(&json::json(&findings));
    }
    if args.quiet {
        return Ok(());
    }
    let mut text = words::words(&findings);
    match &args.out {
        Some(out) => {
            let _ = writeln!(text, "\nWritten to {}.", out.display());
        }
        None => text.push_str("\nAdd --out DIR for every discharge and the proof.\n"),
    }
    print(&text)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Writes the folder, whole or not at all.
fn write(findings: &Findings, destination: &Path, replace: bool) -> Result<(), Failure> {
    let out = OutDir::create(destination, replace)?;
    out.write("within.json", |out| out.write_all(json::json(findings).as_bytes()))?;
    out.write("discharges.csv", |out| tables::write_discharges(findings, out))?;
    out.write("limits.csv", |out| tables::write_limits(findings, out))?;
    out.write("levels.csv", |out| tables::write_levels(findings, out))?;
    out.write("proof.csv", |out| tables::write_proof(findings, out))?;
    out.publish()
}
