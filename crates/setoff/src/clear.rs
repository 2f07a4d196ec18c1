//! `setoff clear`: from files of obligations to a proven set-off.

mod args;

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};
use setoff_clearing::solve_watched;
use setoff_formats::{MOST_REJECTED, Member, Obligations, RateTable, Reading};
use setoff_money::Currency;

use crate::about::UnitOfAccount;
use crate::bad_rows::{TOLD, told};
use crate::canonical;
use crate::choosing::{Among, Choice, Weighing};
use crate::failure::Failure;
use crate::figures::{self, Figures};
use crate::memory;
use crate::netting::{self, Engine, Settings, Stage};
use crate::out_dir;
use crate::outcome::{Mode, Outcome};
use crate::progress::Phases;
use crate::reading_args::read;
use crate::result_folder::Folder;
use crate::result_json::{self, Provenance, Weights};
use crate::standard_output::print;
use crate::summary;
use crate::weights;
use crate::wording::money;

use args::{AmongArg, ModeArg};

pub(crate) use args::{ClearArgs, parse_seed};

/// With more members than this, statements are written only on request.
const MOST_STATEMENTS: usize = 200;

/// Runs the command.
///
/// # Errors
/// [`Failure`] of every kind but [`Failure::Check`].
pub(crate) fn run(args: &ClearArgs) -> Result<(), Failure> {
    run_with(args, solve_watched)
}

/// The same with this optimiser.
fn run_with(args: &ClearArgs, engine: Engine) -> Result<(), Failure> {
    let weights = weights(args)?;
    let choice = choice(args, weights.as_ref())?;
    if args.centre.is_some() && args.mode != ModeArg::Novation && !args.compare {
        return Err(Failure::Input("--centre needs --mode novation".to_owned()));
    }
    if let Some(out) = &args.out {
        out_dir::check_destination(out, args.force)?;
    }
    let mut phases = Phases::start(args.quiet || args.json);

    phases.begin("read");
    let inputs = args.reading.inputs(weights.as_ref().and_then(Weights::column))?;
    let keep = if args.keep_going { MOST_REJECTED } else { TOLD };
    let mut reading = read(&inputs, keep, &mut phases)?;
    phases.end();
    refuse_or_tell(args, &reading)?;
    let mut obligations = std::mem::take(&mut reading.obligations);
    // The other choices among set-offs take several times as much, which nobody has bounded.
    if args.mode == ModeArg::SetOff && choice.among == Among::Default && !choice.whole {
        let needed = memory::for_clearing(&obligations, args.unit.is_some());
        if let Some(warning) = memory::warning(needed) {
            eprintln!("{warning}");
        }
        if args.timings {
            eprintln!("Clearing takes at most {} of memory.", memory::megabytes(needed));
        }
    }
    if let Some(weights) = &weights {
        weights::weigh(&mut obligations, weights, args.as_of);
    }
    let mut unit = unit_of_account(args, &obligations)?;
    let mut settings = Settings {
        mode: args.mode.into(),
        choice,
        centre: args.centre.clone().unwrap_or_else(|| "Netting centre".to_owned()),
        unit: unit.as_ref().map(|u| (u.currency, u.rates.iter().map(|(_, rate)| *rate).collect())),
        seed: args.seed,
        time_limit: args.time_limit,
        engine,
    };
    if args.compare {
        return compare(args, obligations, &mut settings, &mut phases);
    }

    phases.begin("clear");
    let outcome = netting::clear(obligations, &settings, &mut |stage| show(stage, &mut phases))?;
    if let Some(unit) = &mut unit {
        unit.rounding = rounding(&outcome, unit);
    }
    let provenance = Provenance {
        files: std::mem::take(&mut reading.files),
        own_rules: inputs.files.into_iter().map(|(_, rules)| rules).collect(),
        rules: inputs.rules,
        rejected: reading.rejected_count,
        weights,
        as_of: args.as_of,
        unit,
    };
    // It counts the circles, which takes a while to find.
    let result = (args.json || args.out.is_some()).then(|| {
        phases.begin("circles");
        result_json::result(&outcome, &provenance)
    });

    if let (Some(out), Some(result)) = (&args.out, &result) {
        phases.begin("write");
        let members = with_statement(args, &outcome)?;
        let folder = Folder {
            outcome: &outcome,
            provenance: &provenance,
            result,
            rejected: &reading.rejected,
            members: &members,
        };
        if !args.dry_run {
            folder.write(out, args.force, &mut phases)?;
        }
    }
    phases.end();
    tell(args, &outcome, result.as_ref(), &phases)?;
    if reading.rejected_count > 0 && !args.allow_rejected {
        return Err(Failure::Input(format!(
            "{} left out: see above. With --allow-rejected this exits with 0",
            counted_rows(reading.rejected_count)
        )));
    }
    Ok(())
}

/// Shows what the clearing is about and how far it is.
fn show(stage: Stage<'_>, phases: &mut Phases) {
    match stage {
        Stage::Optimise(progress) => {
            phases.go_on("optimise");
            phases.advance(progress.done, progress.of);
        }
        Stage::Watch(currency, watch) => {
            let progress = watch.progress();
            phases.go_on("optimise");
            phases.advance_with(progress.done, progress.of, &mut || {
                let most = i128::try_from(watch.at_most()).unwrap_or(i128::MAX);
                format!("at most {}", money(currency, most))
            });
        }
        Stage::Verify => phases.go_on("verify"),
        Stage::Account => phases.go_on("clear"),
    }
}

/// Bad rows end the command, or with --keep-going are told loudly.
fn refuse_or_tell(args: &ClearArgs, reading: &Reading) -> Result<(), Failure> {
    if reading.rejected_count == 0 {
        return Ok(());
    }
    let told = told(reading).join("\n");
    if !args.keep_going {
        return Err(Failure::Input(format!(
            "{told}\nNothing was cleared. Mend the rows, or leave them out with --keep-going."
        )));
    }
    eprintln!(
        "{told}\nWARNING: {} left out; only the others are cleared.",
        counted_rows(reading.rejected_count)
    );
    if reading.obligations.rows().is_empty() {
        return Err(Failure::Input("No good row is left to clear.".to_owned()));
    }
    Ok(())
}

fn counted_rows(count: u64) -> String {
    match count {
        1 => "1 bad row is".to_owned(),
        _ => format!("{count} bad rows are"),
    }
}

/// Tells the person or the program what was found.
fn tell(
    args: &ClearArgs,
    outcome: &Outcome,
    result: Option<&Value>,
    phases: &Phases,
) -> Result<(), Failure> {
    if args.timings {
        let seconds = phases.finished().iter().map(|(phase, time)| (*phase, time.as_secs_f64()));
        eprintln!("{}", json!(seconds.collect::<std::collections::BTreeMap<_, _>>()));
    }
    if args.json
        && let Some(result) = result
    {
        return print(&format!("{result:#}\n"));
    }
    if args.quiet {
        return Ok(());
    }
    let mut text = summary::summary(outcome);
    match &args.out {
        Some(out) if args.dry_run => {
            let _ = writeln!(text, "\nNothing was written to {} (--dry-run).", out.display());
        }
        Some(out) => {
            let out = out.display();
            let _ = writeln!(
                text,
                "\nWritten to {out}: open {out}/report.html, check with \
                                    `setoff verify {out}`."
            );
        }
        None => text
            .push_str("\nAdd --out DIR for every discharge, statements, a report and the proof.\n"),
    }
    print(&text)?;
    let milliseconds = phases.elapsed().as_millis();
    eprintln!("Took {}.{:03} s.", milliseconds / 1000, milliseconds % 1000);
    Ok(())
}

/// The members that get a statement.
fn with_statement(args: &ClearArgs, outcome: &Outcome) -> Result<Vec<Member>, Failure> {
    let all = || canonical::by_name(&outcome.obligations);
    match args.statements.as_deref() {
        None if outcome.obligations.names().len() <= MOST_STATEMENTS => Ok(all()),
        None | Some("none") => Ok(Vec::new()),
        Some("all") => Ok(all()),
        Some(names) => names
            .split(',')
            .map(|name| {
                outcome.obligations.find(name.trim()).ok_or_else(|| {
                    Failure::Input(format!("--statements: there is no member \"{}\"", name.trim()))
                })
            })
            .collect(),
    }
}

/// By how much the conversions were rounded down, in whole minor units of the unit: what the sum
/// of each currency is worth, less the sum of what each of its obligations was counted as.
fn rounding(outcome: &Outcome, unit: &UnitOfAccount) -> i128 {
    let Some(converted) = &outcome.converted else { return 0 };
    let mut sums: BTreeMap<Currency, (i128, i128)> = BTreeMap::new();
    for (row, obligation) in outcome.obligations.rows().iter().enumerate() {
        let (own, counted) = sums.entry(outcome.currency(row)).or_default();
        *own += obligation.amount.wide();
        *counted += i128::from(converted.amounts[row]);
    }
    let rate = |currency| unit.rates.iter().find(|(c, _)| *c == currency).map(|(_, rate)| *rate);
    let worth = |(currency, (own, counted))| match rate(currency) {
        Some(rate) => rate.convert_sum_down(own) - counted,
        None => 0,
    };
    sums.into_iter().map(worth).sum()
}

/// What --weights asks for.
fn weights(args: &ClearArgs) -> Result<Option<Weights>, Failure> {
    let Some(text) = &args.weights else { return Ok(None) };
    if args.mode != ModeArg::SetOff {
        return Err(Failure::Input(format!(
            "--weights needs --mode set-off: with --mode {} there is nothing to choose between",
            Mode::from(args.mode)
        )));
    }
    weights::parse(text, args.as_of).map(Some)
}

/// Which set-off --among and --weights ask for.
fn choice(args: &ClearArgs, weights: Option<&Weights>) -> Result<Choice, Failure> {
    let asked = match (args.whole, args.among) {
        (true, _) => Some("whole"),
        (false, AmongArg::Default) => None,
        (false, _) => Some("among"),
    };
    if let (Some(asked), true) = (asked, args.mode != ModeArg::SetOff) {
        return Err(Failure::Input(format!(
            "--{asked} needs --mode set-off: with --mode {} there is nothing to choose between",
            Mode::from(args.mode)
        )));
    }
    if args.time_limit.is_some() && args.mode != ModeArg::SetOff {
        return Err(Failure::Input(format!(
            "--time-limit needs --mode set-off: with --mode {} there is nothing to optimise",
            Mode::from(args.mode)
        )));
    }
    let weighing = weights.map_or(Weighing::Alike, Weights::weighing);
    if args.whole && weighing == Weighing::Classes {
        return Err(Failure::Input(
            "--whole goes with weights that count, not with classes: use overdue:N or a column of \
             weights"
                .to_owned(),
        ));
    }
    Ok(Choice { among: args.among.into(), weighing, whole: args.whole })
}

fn unit_of_account(
    args: &ClearArgs,
    obligations: &Obligations,
) -> Result<Option<UnitOfAccount>, Failure> {
    let (Some(currency), Some(path)) = (args.unit, &args.rates) else { return Ok(None) };
    let rates = RateTable::read(path)
        .and_then(|table| table.rates_to(&currency, obligations.currencies(), args.rate_date))
        .map_err(|error| Failure::of_reading(error.is_machine(), &error))?;
    let source = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let rates = obligations.currencies().iter().copied().zip(rates).collect();
    Ok(Some(UnitOfAccount { currency, source, rate_date: args.rate_date, rates, rounding: 0 }))
}

/// Runs all three modes on the same obligations.
fn compare(
    args: &ClearArgs,
    mut obligations: Obligations,
    settings: &mut Settings,
    phases: &mut Phases,
) -> Result<(), Failure> {
    let mut modes: Vec<(Mode, Vec<Figures>)> = Vec::new();
    for mode in [Mode::SetOff, Mode::Bilateral, Mode::Novation] {
        phases.begin("clear");
        settings.mode = mode;
        let outcome = netting::clear(obligations, settings, &mut |stage| show(stage, phases))?;
        let clearings = outcome.clearings.iter().map(|c| figures::of_clearing(&outcome, c));
        modes.push((mode, clearings.collect()));
        obligations = outcome.obligations;
    }
    phases.end();
    if args.json {
        return print(&format!("{:#}\n", result_json::comparison(&modes)));
    }
    if args.quiet {
        return Ok(());
    }
    print(&summary::comparison(&modes))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::process::ExitCode;

    use clap::Parser;
    use setoff_clearing::{Clearing, Network, Seed, Stopped, Watch};

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: ClearArgs,
    }

    type OnProgress<'a> = &'a mut dyn FnMut(Watch<'_>) -> ControlFlow<()>;

    /// The right answer, changed.
    fn wrong(
        network: &Network,
        seed: Seed,
        on: OnProgress<'_>,
        change: fn(&mut Clearing),
    ) -> Result<Clearing, Stopped> {
        let mut clearing = solve_watched(network, seed, on)?;
        change(&mut clearing);
        Ok(clearing)
    }

    fn too_little(network: &Network, seed: Seed, on: OnProgress<'_>) -> Result<Clearing, Stopped> {
        wrong(network, seed, on, |clearing| clearing.discharges.fill(0))
    }

    fn uneven(network: &Network, seed: Seed, on: OnProgress<'_>) -> Result<Clearing, Stopped> {
        wrong(network, seed, on, |clearing| clearing.discharges[0] -= 1)
    }

    fn too_much(network: &Network, seed: Seed, on: OnProgress<'_>) -> Result<Clearing, Stopped> {
        wrong(network, seed, on, |clearing| clearing.discharges.iter_mut().for_each(|d| *d += 1))
    }

    fn unproven(network: &Network, seed: Seed, on: OnProgress<'_>) -> Result<Clearing, Stopped> {
        wrong(network, seed, on, |clearing| clearing.certificate.potentials.clear())
    }

    #[test]
    fn a_wrong_answer_of_the_optimiser_is_a_bug_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("circle.csv");
        std::fs::write(&input, "debtor,creditor,amount\nA,B,5\nB,C,6\nC,A,7\n").unwrap();
        let out = folder.path().join("result");
        let command = Command::parse_from([
            "clear".as_ref(),
            input.as_os_str(),
            "--quiet".as_ref(),
            "--out".as_ref(),
            out.as_os_str(),
        ]);

        for engine in [too_little as Engine, uneven, too_much, unproven] {
            let failure = run_with(&command.args, engine).unwrap_err();

            assert!(matches!(failure, Failure::Bug(_)), "{failure}");
            assert_eq!(failure.exit_code(), ExitCode::from(4));
            let told = failure.to_string();
            assert!(told.starts_with("XXX: the result does not verify: "), "{told}");
            assert!(told.contains("\nThis is a bug in Setoff; nothing was written."), "{told}");
            // Neither the result nor a part of it under another name.
            let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
            assert_eq!(left.len(), 1, "{left:?}");
        }
        run_with(&command.args, solve_watched).unwrap();
        assert!(out.join("certificate.json").is_file());
    }
}
