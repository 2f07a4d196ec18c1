//! `setoff frontier`: how much is discharged with how much money, and who should get the next unit.

mod chart;
mod curve;
mod json;
mod liquidity;
mod page;
mod tables;
mod words;

use std::path::PathBuf;

use clap::Args;
use setoff_clearing::Limits;
use setoff_formats::{LiquidityRow, Obligations, Rules, read_liquidity};
use setoff_money::{Currency, Decimal};

use crate::failure::Failure;
use crate::limits;
use crate::netting::CurrencyNetwork;
use crate::out_dir::OutDir;
use crate::output_args::{OutputArgs, file_name};
use crate::weighed::{Weighed, WeighedArgs};

use curve::{Asked, Curve};

/// Show how much is discharged with how much money, and who should get the next unit
#[derive(Debug, Args)]
#[command(after_help = "docs/liquidity.md says what money, tenders and acceptances are.")]
pub(crate) struct FrontierArgs {
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

    #[command(flatten)]
    weighed: WeighedArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// All that was found, and what it was found from.
struct Findings {
    weighed: Weighed,
    /// The name of the table of liquidity.
    liquidity: Option<String>,
    /// The name of the table of limits.
    limits: Option<String>,
    /// Whether the money there is was named.
    money: bool,
    /// One a currency, by code.
    curves: Vec<Curve>,
}

/// Reports on standard output, and in a folder if asked to.
///
/// # Errors
/// [`Failure::Input`] if the obligations or the liquidity are at fault, [`Failure::Machine`] if
/// something can't be read or written, [`Failure::Bug`] if an answer does not verify.
pub(crate) fn run(args: &FrontierArgs) -> Result<(), Failure> {
    let mut phases = args.output.begin()?;
    let (weighed, networks) = args.weighed.read(&mut phases)?;

    phases.begin("solve");
    let (obligations, rules) = (&weighed.obligations, &weighed.rules);
    let source = args.liquidity.as_deref();
    let rows = liquidity_rows(args, rules)?;
    let liquidities = liquidity::by_currency(obligations, &networks, rows, source)?;
    let limits = limits(args, rules, obligations, &networks)?;
    let money = money(args, networks.iter().map(|network| network.currency))?;
    let solved = networks.into_iter().zip(liquidities).zip(limits);
    let curves = solved.map(|((network, liquidity), limits)| {
        let asked = Asked { money, seed: weighed.seed, proof: args.output.out.is_some() };
        let mut tell = |done, of| phases.advance(done, of);
        Curve::of(network, liquidity, &limits, asked, &mut tell)
    });
    let findings = Findings {
        curves: curves.collect::<Result<_, _>>()?,
        weighed,
        liquidity: source.map(file_name),
        limits: args.limits.as_deref().map(file_name),
        money: args.money.is_some(),
    };
    args.output.deliver(
        phases,
        |out| write(&findings, out),
        || json::json(&findings),
        || words::words(&findings),
        Some("frontier.html"),
    )
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

/// Writes the files of the folder.
fn write(findings: &Findings, out: &OutDir) -> Result<(), Failure> {
    out.write("frontier.json", |out| out.write_all(json::json(findings).as_bytes()))?;
    out.write("frontier.csv", |out| tables::write_frontier(findings, out))?;
    out.write("next-unit.csv", |out| tables::write_next_unit(findings, out))?;
    out.write("discharges.csv", |out| tables::write_discharges(findings, out))?;
    out.write("liquidity.csv", |out| tables::write_liquidity(findings, out))?;
    tables::write_proof(findings, out)?;
    tables::write_curve(findings, out)?;
    out.write("frontier.html", |mut out| page::write_page(findings, &mut out))
}
