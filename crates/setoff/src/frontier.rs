//! `setoff frontier`: how much is discharged with how much money, and who should get the next unit.

mod chart;
mod curve;
mod json;
mod liquidity;
mod page;
mod tables;
mod words;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use setoff_clearing::{Limits, Seed};
use setoff_formats::{FileRead, LiquidityRow, Obligations, Rules, read_liquidity};
use setoff_money::{Currency, Decimal};

use crate::bad_rows::{TOLD, told};
use crate::clear::parse_seed;
use crate::failure::Failure;
use crate::netting::CurrencyNetwork;
use crate::out_dir::{self, OutDir};
use crate::progress::Phases;
use crate::reading_args::{ReadingArgs, read};
use crate::result_json::Weights;
use crate::standard_output::print;
use crate::{limits, netting, weights};

use curve::Curve;

/// Show how much is discharged with how much money, and who should get the next unit
#[derive(Debug, Args)]
#[command(after_help = "docs/liquidity.md says what money, tenders and acceptances are.")]
pub(crate) struct FrontierArgs {
    #[command(flatten)]
    reading: ReadingArgs,

    /// Who offers money or credit and who takes it, as CSV: kind,funder,member,limit,currency
    /// [default: one funder, whose money all members can get and all accept]
    #[arg(long, value_name = "FILE")]
    liquidity: Option<PathBuf>,

    /// How much money there is: what it discharges, and who should get the next unit [default: all
    /// that --liquidity tenders; without it, none]
    #[arg(long, value_name = "AMOUNT")]
    money: Option<Decimal>,

    /// What is limited or held out besides, as CSV: member, pair and hold of docs/limits.md
    #[arg(long, value_name = "FILE")]
    limits: Option<PathBuf>,

    /// Count a unit discharged as often as this column says, or N times if its obligation was due before
    /// --as-of
    #[arg(long, value_name = "COLUMN|overdue:N")]
    weights: Option<String>,

    /// The day on which an obligation is overdue, for --weights overdue:N
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,

    /// Decides between equally large discharges: a whole number or 64 hexadecimal digits [default: a
    /// hash of the obligations]
    #[arg(long, value_name = "SEED", value_parser = parse_seed)]
    seed: Option<Seed>,

    /// Write the tables, the page and the proof to this new folder
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
    /// The name of the table of liquidity.
    liquidity: Option<String>,
    /// One a currency, by code.
    curves: Vec<Curve>,
}

/// Reports on standard output, and in a folder if asked to.
///
/// # Errors
/// [`Failure::Input`] if the obligations or the liquidity are at fault, [`Failure::Machine`] if
/// something can't be read or written, [`Failure::Bug`] if an answer does not verify.
pub(crate) fn run(args: &FrontierArgs) -> Result<(), Failure> {
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
            "{}\nNothing was computed. Mend the rows first.",
            told(&reading).join("\n")
        )));
    }
    let rows = liquidity_rows(args, &inputs.rules)?;

    phases.begin("solve");
    let mut obligations = reading.obligations;
    if let Some(weights) = &weights {
        weights::weigh(&mut obligations, weights, args.as_of);
    }
    let (networks, own_seed) = netting::networks(&obligations)?;
    let seed = args.seed.unwrap_or(own_seed);
    let source = args.liquidity.as_deref();
    let liquidities = liquidity::by_currency(&obligations, &networks, rows, source)?;
    let limits = limits(args, &inputs.rules, &obligations, &networks)?;
    let money = money(args, networks.iter().map(|network| network.currency))?;
    let solved = networks.into_iter().zip(liquidities).zip(limits);
    let curves = solved.map(|((network, liquidity), limits)| {
        let mut tell = |done, of| phases.advance(done, of);
        Curve::of(network, liquidity, &limits, money, seed, &mut tell)
    });
    let findings = Findings {
        curves: curves.collect::<Result<_, _>>()?,
        obligations,
        files: reading.files,
        seed,
        weights: args.weights.clone(),
        as_of: args.as_of,
        liquidity: source.map(file_name),
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
            let _ = writeln!(text, "\nWritten to {0}: open {0}/frontier.html.", out.display());
        }
        None => text.push_str("\nAdd --out DIR for the picture, every discharge and the proof.\n"),
    }
    print(&text)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn liquidity_rows(
    args: &FrontierArgs,
    rules: &Rules,
) -> Result<Option<Vec<LiquidityRow>>, Failure> {
    let Some(path) = &args.liquidity else { return Ok(None) };
    let default = rules.currency.unwrap_or(Currency::NONE);
    let rows = read_liquidity(path, default)
        .map_err(|error| Failure::of_reading(error.is_machine(), &error))?;
    Ok(Some(rows))
}

/// The limits of each network.
fn limits(
    args: &FrontierArgs,
    rules: &Rules,
    obligations: &Obligations,
    networks: &[CurrencyNetwork],
) -> Result<Vec<Limits>, Failure> {
    let Some(path) = &args.limits else {
        return Ok(vec![Limits::default(); networks.len()]);
    };
    let default = rules.currency.unwrap_or(Currency::NONE);
    let limits = limits::read(path, default, obligations, networks)?;
    if limits.iter().any(|limits| !limits.side.groups.is_empty() || limits.side.piece > 1) {
        return Err(Failure::Input(format!(
            "{}: limits of groups, of all, and a smallest piece are for `setoff within`, without \
             money",
            path.display()
        )));
    }
    Ok(limits.into_iter().map(|limits| limits.limits).collect())
}

/// What --money says, in minor units.
fn money(
    args: &FrontierArgs,
    mut currencies: impl Iterator<Item = Currency>,
) -> Result<Option<u64>, Failure> {
    let Some(money) = args.money else { return Ok(None) };
    let (Some(currency), None) = (currencies.next(), currencies.next()) else {
        return Err(Failure::Input(
            "--money needs obligations in a single currency: ask for each currency by itself"
                .to_owned(),
        ));
    };
    let wrong = |why: String| Failure::Input(format!("--money: {why}"));
    let amount = money.in_minor_units(&currency).map_err(|error| wrong(error.to_string()))?;
    let amount = u64::try_from(amount.0).map_err(|_| wrong("is below zero".to_owned()))?;
    Ok(Some(amount))
}

/// Writes the folder, whole or not at all.
fn write(findings: &Findings, destination: &Path, replace: bool) -> Result<(), Failure> {
    let out = OutDir::create(destination, replace)?;
    out.write("frontier.json", |out| out.write_all(json::json(findings).as_bytes()))?;
    out.write("frontier.csv", |out| tables::write_frontier(findings, out))?;
    out.write("next-unit.csv", |out| tables::write_next_unit(findings, out))?;
    out.write("discharges.csv", |out| tables::write_discharges(findings, out))?;
    out.write("liquidity.csv", |out| tables::write_liquidity(findings, out))?;
    out.write("levels.csv", |out| tables::write_levels(findings, out))?;
    out.write("proof.csv", |out| tables::write_proof(findings, out))?;
    out.write("frontier.html", |mut out| page::write_page(findings, &mut out))?;
    out.publish()
}
