//! `setoff check`: reads files of obligations and says what is in them and what is doubtful.
//! Nothing is changed or written.

mod alike;
mod duplicates;
mod json;
mod legal_form;
mod lookalikes;
mod on_circles;
mod one_letter;
mod spelling;
mod survey;
#[cfg(test)]
mod testing;
mod words;

use clap::Args;
use setoff_formats::Reading;

use crate::bad_rows::TOLD;
use crate::failure::Failure;
use crate::progress::Phases;
use crate::reading_args::{ReadingArgs, read};
use crate::standard_output::print;
use crate::wording::counted;
use duplicates::Duplicates;
use lookalikes::{Appearance, Lookalike};
use survey::CurrencyFigures;

/// Say what is in files of obligations, and what is doubtful; changes nothing
#[derive(Debug, Args)]
#[command(after_help = "Exits with 2 if there are bad rows. What is only doubtful is no failure.")]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    reading: ReadingArgs,

    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// What was read, and all that was found in it.
struct Findings {
    reading: Reading,
    figures: Vec<CurrencyFigures>,
    duplicates: Vec<Duplicates>,
    appearances: Vec<Appearance>,
    lookalikes: Vec<Lookalike>,
}

/// Reports on standard output.
///
/// # Errors
/// [`Failure::Input`] if there are bad rows, or a file is no table of obligations;
/// [`Failure::Machine`] if one can't be read.
pub(crate) fn run(args: &CheckArgs) -> Result<(), Failure> {
    let mut phases = Phases::start(args.json);
    phases.begin("read");
    let reading = read(&args.reading.inputs(None)?, TOLD, &mut phases)?;
    phases.end();

    let findings = Findings::of(reading);

    print(&if args.json { json::json(&findings) } else { words::words(&findings) })?;
    match usize::try_from(findings.reading.rejected_count) {
        Ok(0) => Ok(()),
        bad => {
            let rows = counted(bad.unwrap_or(usize::MAX), "bad row", "bad rows");
            Err(Failure::Input(format!(
                "{rows}: `setoff clear` clears nothing unless they are mended, or left out with --keep-going"
            )))
        }
    }
}

impl Findings {
    fn of(reading: Reading) -> Self {
        let obligations = &reading.obligations;
        let appearances = lookalikes::appearances(obligations);
        Self {
            figures: survey::by_currency(obligations),
            duplicates: duplicates::doubtful_duplicates(obligations),
            lookalikes: lookalikes::lookalikes(obligations, &appearances),
            appearances,
            reading,
        }
    }
}
