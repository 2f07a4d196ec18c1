//! `setoff verify`: is a folder of results what the input files ask for, and the best there is?
//!
//! The input is read again and compared with `discharges.csv` row by row as both stream by; what
//! is remembered are sums by member and by pair, so memory does not grow with the rows. All other
//! files follow from these sums and are compared with them. Of folders of `setoff frontier` and `setoff
//! within` the rows are kept, for their proofs are networks of them. Nothing here calls the optimiser, the
//! netting or the writers of the files: `docs/certificate.md`, `docs/liquidity.md` and `docs/limits.md`
//! say what is checked and why it is enough.

mod balance;
mod brief;
mod certificate;
mod circles;
mod claims;
mod discharges;
mod even;
mod figures;
mod findings;
mod frontier;
mod gaps;
mod inputs;
mod limits;
mod liquidity;
mod marginal;
mod network;
mod payments;
mod positions;
mod rates;
mod rejections;
mod report;
mod search;
mod strict_json;
mod table;
mod tally;
mod within;

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use setoff_formats::{ReadError, Source, read_rows};
use setoff_money::Currency;

use crate::failure::Failure;
use brief::Brief;
use certificate::Certificate;
use claims::Claims;
use discharges::{Comparison, Tallies};
use even::Step;
use figures::AllFigures;
use findings::{Findings, quoted};
use report::Report;
use tally::{Class, Tally};

/// Check a result against its input: every figure, and that no better answer exists
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The folder that `setoff clear`, `frontier` or `within` wrote with --out
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// The files that were cleared, in their order [default: under their own names, else beside
    /// DIR]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    input: Vec<PathBuf>,

    /// The table of exchange rates, to check those of the result against
    #[arg(long, value_name = "FILE")]
    rates: Option<PathBuf>,

    /// The table of liquidity of a folder of `setoff frontier` [default: under its own name, else
    /// beside DIR]
    #[arg(long, value_name = "FILE")]
    liquidity: Option<PathBuf>,

    /// The table of limits of a folder of `setoff frontier` or `within` [default: as --liquidity]
    #[arg(long, value_name = "FILE")]
    limits: Option<PathBuf>,

    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Why a result, or a part of it, can't be checked further.
#[derive(Debug)]
enum Stop {
    /// A file of the result is missing or not in its form: a finding.
    Broken(String),
    /// The command must be put differently.
    Usage(String),
    /// The machine can't read a file.
    Machine(String),
}

impl Stop {
    fn of_io(path: &Path, error: &io::Error) -> Self {
        let words = format!("{}: can't be read: {error}", path.display());
        match error.kind() {
            io::ErrorKind::NotFound => Self::Broken(words),
            _ => Self::Machine(words),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Check`] with the findings; [`Failure::Input`] if the folder is no result or the
/// input is not found; [`Failure::Machine`].
pub(crate) fn run(args: &VerifyArgs) -> Result<(), Failure> {
    let beside = [
        ("frontier", frontier::is_folder(&args.folder), frontier::CHECKED.as_slice()),
        ("within", within::is_folder(&args.folder), within::CHECKED.as_slice()),
    ];
    if let Some((mode, _, checked)) = beside.into_iter().find(|(_, is_one, _)| *is_one) {
        let mut brief = Brief::of(mode, checked);
        let outcome = check_beside(args, &mut brief);
        finish(outcome, &mut brief.findings)?;
        return brief.print(&args.folder, args.json);
    }
    let mut report = Report::default();
    let outcome = check(args, &mut report);
    finish(outcome, &mut report.findings)?;
    report.print(&args.folder, args.json)
}

/// Makes what ended a check a finding, or the failure that it is.
fn finish(outcome: Result<(), Stop>, findings: &mut Findings) -> Result<(), Failure> {
    match outcome {
        Ok(()) => {}
        Err(Stop::Broken(words)) => findings.add(|| words),
        Err(Stop::Usage(words)) => return Err(Failure::Input(words)),
        Err(Stop::Machine(words)) => return Err(Failure::Machine(words)),
    }
    Ok(())
}

/// Checks a folder of `setoff frontier` or `setoff within`.
fn check_beside(args: &VerifyArgs, brief: &mut Brief) -> Result<(), Stop> {
    let claims = match brief.mode {
        "frontier" => Claims::read_beside(&args.folder, "frontier.json", "setoff-frontier/1"),
        _ => Claims::read_beside(&args.folder, "within.json", "setoff-within/1"),
    }?;
    brief.inputs = claims.inputs.iter().map(|input| input.name.clone()).collect();
    let sources = inputs::find(&args.folder, &claims, &args.input)?;
    let mut comparison = Comparison::begin(&args.folder, &claims, Tallies::default())?;
    let is_same_input = read_inputs(&claims, &sources, &mut comparison, &mut brief.findings)?;
    let tallies = comparison.end(&mut brief.findings)?;
    if !is_same_input || brief.findings.count() > 0 {
        // All else would differ too, and say nothing more.
        return Ok(());
    }
    match brief.mode {
        "frontier" => frontier::check(args, &claims, &tallies, brief)?,
        _ => within::check(args, &claims, &tallies, brief)?,
    }
    brief.note_other_files(&args.folder)
}

fn check(args: &VerifyArgs, report: &mut Report) -> Result<(), Stop> {
    let folder = &args.folder;
    if !folder.join("result.json").is_file() {
        return Err(Stop::Usage(format!(
            "{}: is not a folder that setoff clear, frontier or within wrote: there is no result.json, \
             frontier.json or within.json in it",
            folder.display()
        )));
    }
    let claims = Claims::read(folder)?;
    let sources = inputs::find(folder, &claims, &args.input)?;
    let certificate = Certificate::read(folder)?;
    let findings = &mut report.findings;

    let tallies = begin_books(&claims, &certificate, findings);
    let mut comparison = Comparison::begin(folder, &claims, tallies)?;
    let is_same_input = read_inputs(&claims, &sources, &mut comparison, findings)?;
    let mut tallies = comparison.end(findings)?;
    if !is_same_input {
        // All else would differ too, and say nothing more.
        return Ok(());
    }
    for tally in tallies.clearings() {
        balance::check(&claims, tally, findings);
        even::check(tally, &claims.seed, findings);
    }
    rates::check(&claims, &tallies, args.rates.as_deref(), findings)?;

    let figures = AllFigures::of(&claims, &tallies);
    figures::check_certificate(&claims, &certificate, &figures, &tallies, findings);
    for (certified, tally) in certificate.clearings.iter().zip(tallies.clearings()) {
        gaps::check(&claims, tally, certified, findings);
        search::check(&claims, tally, certified, findings);
    }
    let searched = figures::Searched::of(&certificate);
    drop(certificate);
    let checked = positions::check(folder, &claims, &tallies, findings);
    noted(checked, findings)?;
    let checked = payments::check(folder, &claims, &tallies, findings);
    noted(checked, findings)?;
    let counted = circles::check(folder, &claims, &mut tallies, findings);
    let circles = noted(counted, findings)?;
    let unknown = figures::check_result(&claims, &figures, &searched, circles.as_ref(), findings);
    let listed = inputs::check_list(folder, &claims, findings);
    noted(listed, findings)?;
    report.describe(folder, &claims, (figures, searched), unknown, args.rates.is_some())
}

/// Makes a file that is broken a finding, so that the other files are checked too.
fn noted<T>(checked: Result<T, Stop>, findings: &mut Findings) -> Result<Option<T>, Stop> {
    match checked {
        Ok(checked) => Ok(Some(checked)),
        Err(Stop::Broken(words)) => {
            findings.add(|| words);
            Ok(None)
        }
        Err(stop) => Err(stop),
    }
}

/// Tallies without rows that know the certificate's potentials.
fn begin_books(claims: &Claims, certificate: &Certificate, findings: &mut Findings) -> Tallies {
    let unit = claims.unit.as_ref().map(|unit| Tally::new(unit.currency));
    let mut tallies = Tallies { unit, ..Tallies::default() };
    for clearing in &certificate.clearings {
        let Ok(currency) = Currency::own(&clearing.currency, clearing.decimals) else {
            findings.add(|| {
                let code = quoted(clearing.currency.as_bytes());
                format!("certificate.json: {code} is not a currency")
            });
            continue;
        };
        if tallies.unit.is_none() {
            tallies.currencies.insert(clearing.currency.clone(), Tally::new(currency));
        }
        let Some(tally) = tallies.clearing_mut(&clearing.currency) else { continue };
        let mut twice = |name: &str| {
            findings.add(|| {
                let name = quoted(name.as_bytes());
                format!("certificate.json: {currency}: {name} has two potentials")
            });
        };
        tally.is_stopped = clearing.is_stopped();
        let plain = clearing.potentials.iter().map(|potentials| (None, potentials));
        let classes = clearing.classes.iter().flatten();
        let classes = classes.map(|class| (Some(class.weight), &class.potentials));
        for (weight, potentials) in plain.chain(classes) {
            let potentials = tally.by_number(potentials, &mut twice);
            let missed = Some(0);
            tally.classes.push(Class { weight, potentials, discharged: 0, rows: 0, missed });
        }
        for step in clearing.fair.iter().flatten() {
            let owed = tally.by_number(&step.owed, &mut twice);
            let owing = tally.by_number(&step.owing, &mut twice);
            tally.even.get_or_insert_default().push(Step { owed, owing });
        }
        if clearing.fair.is_some() {
            tally.even.get_or_insert_default();
        }
    }
    tallies
}

/// Reads all inputs beside `discharges.csv`; says whether they are the ones that were cleared.
fn read_inputs(
    claims: &Claims,
    sources: &[Source],
    comparison: &mut Comparison<'_>,
    findings: &mut Findings,
) -> Result<bool, Stop> {
    let mut is_same_input = true;
    for ((number, source), claimed) in (0..).zip(sources).zip(&claims.inputs) {
        let mut stop = None;
        let rules = claimed.reading.as_ref().unwrap_or(&claims.rules);
        let read = read_rows(source, number, rules, &mut |row| {
            let compared = match row {
                Ok(row) => comparison.next(&row, findings),
                Err(rejected) => comparison.bad_row(rejected.place, findings),
            };
            match compared {
                Ok(()) => ControlFlow::Continue(()),
                Err(stopped) => {
                    stop = Some(stopped);
                    ControlFlow::Break(())
                }
            }
        });
        if let Some(stopped) = stop {
            return Err(stopped);
        }
        match read {
            Ok(read) => is_same_input &= inputs::check(claimed, &read, findings),
            Err(error) if error.is_machine() => return Err(Stop::Machine(error.to_string())),
            Err(error @ ReadError::Unreadable { .. }) => {
                return Err(Stop::Usage(error.to_string()));
            }
            Err(error) => {
                inputs::check_unread(claimed, source, findings)?;
                return Err(Stop::Broken(error.to_string()));
            }
        }
    }
    Ok(is_same_input)
}

/// Opens an ordinary file: anything else, such as a pipe, might never end.
fn open_file(path: &Path) -> Result<File, Stop> {
    let metadata = path.metadata().map_err(|error| Stop::of_io(path, &error))?;
    if !metadata.is_file() {
        return Err(Stop::Broken(format!("{}: is not a file", path.display())));
    }
    File::open(path).map_err(|error| Stop::of_io(path, &error))
}
