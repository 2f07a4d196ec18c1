//! `setoff book`: obligations that come, change and go, set off at every moment.

mod books;
mod json;
mod tables;
mod words;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use setoff_clearing::Seed;
use setoff_formats::{FileRead, read_changes};
use setoff_money::Currency;

use crate::clear::parse_seed;
use crate::failure::Failure;
use crate::out_dir::OutDir;
use crate::output_args::{OutputArgs, file_name};
use crate::reading_args::{ReadingArgs, read_good};

use books::{Books, Cleared, Moment};

/// Keep a network set off while obligations come, change and go
#[derive(Debug, Args)]
#[command(after_help = "docs/book.md says what is known after each change and what is proven.")]
pub(crate) struct BookArgs {
    #[command(flatten)]
    reading: ReadingArgs,

    /// What changes, in this order, as CSV: change,reference,debtor,creditor,amount,currency
    #[arg(long, value_name = "FILE")]
    changes: PathBuf,

    /// Tell how it stands after every so many changes
    #[arg(long, value_name = "N", default_value = "1")]
    every: NonZeroUsize,

    /// How far to look after each change for more to set off, in ends of obligations looked at (each
    /// has two)
    #[arg(long, value_name = "N", default_value_t = 0)]
    improve: u64,

    /// Decides between equally large set-offs before the first change: a whole number or 64
    /// hexadecimal digits [default: a hash of the obligations]
    #[arg(long, value_name = "SEED", value_parser = parse_seed)]
    seed: Option<Seed>,

    #[command(flatten)]
    output: OutputArgs,
}

/// All that was found, and what it was found from.
struct Findings {
    files: Vec<FileRead>,
    /// The name of the table of changes.
    changes: String,
    /// How many lines it has.
    count: usize,
    seed: Seed,
    /// How it stood after changes.
    moments: Vec<Moment>,
    /// How it stands at the end, one a currency, by code.
    cleared: Vec<Cleared>,
}

/// Reports on standard output, and in a folder if asked to.
///
/// # Errors
/// [`Failure::Input`] if the obligations or the changes are at fault, [`Failure::Machine`] if something
/// can't be read or written, [`Failure::Bug`] if the set-off at the end does not verify.
pub(crate) fn run(args: &BookArgs) -> Result<(), Failure> {
    let mut phases = args.output.begin()?;
    phases.begin("read");
    let inputs = args.reading.inputs(None)?;
    let reading = read_good(&inputs, &mut phases)?;
    let default = inputs.rules.currency.unwrap_or(Currency::NONE);
    let changes = read_changes(&args.changes, default)
        .map_err(|error| Failure::of_reading(error.is_machine(), &error))?;

    phases.begin("solve");
    let (mut books, seed) = Books::new(&reading.obligations, args.seed)?;
    phases.go_on("change");
    let mut moments = Vec::new();
    for (number, row) in (1..).zip(&changes) {
        let moment = books.apply(row, args.improve).map_err(|problem| {
            Failure::Input(format!("{}:{}: {problem}", args.changes.display(), row.line))
        })?;
        if number % args.every == 0 || number == changes.len() {
            moments.push(moment);
        }
    }
    let findings = Findings {
        files: reading.files,
        changes: file_name(&args.changes),
        count: changes.len(),
        seed,
        moments,
        cleared: books.cleared()?,
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
    out.write("book.json", |out| out.write_all(json::json(findings).as_bytes()))?;
    out.write("moments.csv", |out| tables::write_moments(findings, out))?;
    out.write("discharges.csv", |out| tables::write_discharges(findings, out))?;
    out.write("levels.csv", |out| tables::write_levels(findings, out))
}
