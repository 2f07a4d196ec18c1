//! `setoff union open`, `preview`, `cut-off`, `clear`, `finalise`, `abandon`: one clearing cycle.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow::{Break, Continue};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};
use setoff_clearing::{Clearing, solve, solve_whole};
use setoff_union::{
    Action, Amount, Code, CycleId, CycleNetwork, CycleStage, Digest, MemberId, Mode, NetworkResult,
    Opening, Portions, Published, State, networks, seed,
};

use crate::failure::Failure;
use crate::place::PlaceArgs;
use crate::standard_output::{columns, flush_right, print, print_json, table_lines};
use crate::wording::{counted, money, percent};

use super::acting::{ActArgs, read};
use super::{amount, code, date, digest_of, names, today};

/// How long to search for a larger set-off of whole obligations, in each currency.
const LONGEST_SEARCH: Duration = Duration::from_secs(30);

/// Open a cycle (the operator, by the calendar)
#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    #[command(flatten)]
    opening: OpeningArgs,
    #[command(flatten)]
    act: ActArgs,
}

/// What a cycle is to be
#[derive(Debug, Args)]
pub(super) struct OpeningArgs {
    /// The currencies that clear [default: all]
    #[arg(long, value_delimiter = ',', conflicts_with = "unit")]
    currency: Vec<String>,
    /// Clear all currencies together in this one
    #[arg(long, requires = "rate")]
    unit: Option<String>,
    /// What one of --unit is worth in another currency, as USD=1.0843; repeat for each
    #[arg(long, value_name = "CODE=RATE", value_parser = rate)]
    rate: Vec<(String, Amount)>,
    /// The document in which the rates were published; its digest is kept
    #[arg(long, value_name = "FILE", requires_all = ["rate", "rates_of"])]
    rates_from: Option<PathBuf>,
    /// The day on which they were published
    #[arg(long, value_name = "DATE", value_parser = date, requires = "rates_from")]
    rates_of: Option<Date>,
    /// The day by which it is judged what is due [default: today]
    #[arg(long, value_parser = date)]
    value_date: Option<Date>,
}

impl OpeningArgs {
    /// The opening in a union's currencies.
    ///
    /// # Errors
    /// [`Failure::Input`] if the union has no such currency.
    pub(super) fn opening(&self, state: &State) -> Result<Opening, Failure> {
        let mode = match &self.unit {
            Some(unit) => {
                let mut rates = BTreeMap::new();
                for (text, rate) in &self.rate {
                    if rates.insert(code(state, text)?, *rate).is_some() {
                        return Err(Failure::Input(format!("--rate {text} is given twice")));
                    }
                }
                let published = match (&self.rates_from, self.rates_of) {
                    (Some(file), Some(on)) => Some(Published { on, document: digest_of(file)? }),
                    _ => None,
                };
                Mode::UnitOfAccount { unit: code(state, unit)?, rates, published }
            }
            None if self.currency.is_empty() => {
                Mode::PerCurrency { currencies: state.currencies().iter().map(Code::of).collect() }
            }
            None => {
                let codes = self.currency.iter().map(|text| code(state, text));
                Mode::PerCurrency { currencies: codes.collect::<Result<_, _>>()? }
            }
        };
        Ok(Opening { mode, value_date: self.value_date.unwrap_or_else(today) })
    }
}

fn rate(text: &str) -> Result<(String, Amount), String> {
    let (code, rate) = text.split_once('=').ok_or("write a rate as USD=1.0843")?;
    Ok((code.to_owned(), amount(rate)?))
}

/// Runs `setoff union open`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn open(args: &OpenArgs) -> Result<(), Failure> {
    let done = args.act.give(|state, _| Ok(Action::OpenCycle(args.opening.opening(state)?)))?;
    done.tell(|state| {
        let number = state.cycles().len() - 1;
        let cycle = &state.cycles()[number];
        format!("Cycle {number} is open, with value date {}.", cycle.opening.value_date)
    })
}

/// Which cycle a command is about where none is named: the last in such a stage.
fn chosen(
    state: &State,
    named: Option<&str>,
    fits: impl Fn(&CycleStage) -> bool,
    words: &str,
) -> Result<CycleId, Failure> {
    if let Some(text) = named {
        return names::cycle(state, text);
    }
    let numbered = (0..).map(CycleId).zip(state.cycles());
    let fitting: Vec<CycleId> =
        numbered.filter(|(_, cycle)| fits(&cycle.stage)).map(|(number, _)| number).collect();
    match fitting[..] {
        [only] => Ok(only),
        [] => Err(Failure::Input(format!("no cycle is {words}"))),
        [first, second, ..] => Err(Failure::Input(format!(
            "several cycles are {words}: name one behind the command, such as {} or {}",
            first.0, second.0
        ))),
    }
}

/// Show what a cycle would set off now
#[derive(Debug, Args)]
pub(crate) struct PreviewArgs {
    /// The cycle [default: the one that runs]
    cycle: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Only what this member would see
    #[arg(long)]
    member: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `setoff union preview`.
///
/// # Errors
/// [`Failure::Input`] if there is no such cycle.
pub(crate) fn preview(args: &PreviewArgs) -> Result<(), Failure> {
    let follower = read(&args.place.union)?;
    let state = follower.state();
    let runs = |stage: &CycleStage| {
        matches!(stage, CycleStage::Open | CycleStage::CutOff(_) | CycleStage::Proposed { .. })
    };
    let cycle = chosen(state, args.cycle.as_deref(), runs, "open")?;
    let member = args.member.as_deref().map(|name| names::member(state, name)).transpose()?;
    let (networks, clearings, _) = cleared(state, cycle)?;
    if args.json {
        let parts = networks.iter().zip(&clearings);
        let parts = parts.map(|(part, clearing)| as_json(state, part, clearing, member));
        return print_json(&parts.collect::<Value>());
    }
    let mut text = String::new();
    for (part, clearing) in networks.iter().zip(&clearings) {
        text.push_str(&preview_lines(state, part, clearing, member));
    }
    if networks.is_empty() {
        text.push_str("Nothing of it can clear now.\n");
    }
    let _ = writeln!(
        text,
        "This is a preview of {cycle}: until its result is final, nothing is discharged."
    );
    print(&text)
}

/// Every network of a cycle with its largest set-off, or where the rulebook discharges whole
/// obligations only with the largest of these that is found, and the digest of what is cleared.
pub(crate) fn cleared(
    state: &State,
    cycle: CycleId,
) -> Result<(Vec<CycleNetwork>, Vec<Clearing>, Digest), Failure> {
    let networks = networks(state, cycle).map_err(|refusal| Failure::Input(refusal.to_string()))?;
    let seed = seed(state, cycle, &networks);
    let value_date = state.cycles()[cycle.0 as usize].opening.value_date;
    let whole = state.rulebook_on(value_date).portions == Portions::Whole;
    let clearings = networks.iter().map(|part| {
        let mut clearing = solve(&part.network, seed);
        if whole {
            let deadline = Instant::now() + LONGEST_SEARCH;
            let found = solve_whole(&part.network, seed, &mut |_| {
                if Instant::now() < deadline { Continue(()) } else { Break(()) }
            });
            let found = found.map_err(|error| Failure::Input(error.to_string()))?;
            clearing.discharges = found.discharges;
        }
        Ok(clearing)
    });
    let clearings = clearings.collect::<Result<_, Failure>>()?;
    Ok((networks, clearings, Digest(seed.0)))
}

/// The command that hands in the result of a cycle.
pub(crate) fn proposal(
    state: &State,
    cycle: CycleId,
    networks: &[CycleNetwork],
    clearings: Vec<Clearing>,
    cleared: Digest,
) -> Action {
    let results = networks.iter().zip(clearings).map(|(part, clearing)| NetworkResult {
        currency: Code::of(&state.currencies()[usize::from(part.currency.0)]),
        discharges: clearing.discharges,
        potentials: clearing.certificate.potentials,
    });
    Action::ProposeResult { cycle, cleared, results: results.collect() }
}

fn preview_lines(
    state: &State,
    part: &CycleNetwork,
    clearing: &Clearing,
    member: Option<MemberId>,
) -> String {
    let currency = state.currencies()[usize::from(part.currency.0)];
    let own = |place: usize| {
        let found = &state.obligations()[part.obligations[place].0 as usize];
        member.is_none_or(|member| found.side(member).is_some())
    };
    let places: Vec<usize> = (0..part.obligations.len()).filter(|place| own(*place)).collect();
    let sum = |amount: &dyn Fn(usize) -> u64| -> i128 {
        places.iter().map(|place| i128::from(amount(*place))).sum()
    };
    let gross = sum(&|place| part.network.debts()[place].amount);
    let set_off = sum(&|place| clearing.discharges[place]);
    let mut text = format!(
        "{}: {} of {} would be set off ({}), {}\n",
        currency,
        money(currency, set_off),
        money(currency, gross),
        percent(set_off, gross),
        counted(places.len(), "obligation", "obligations"),
    );
    let Some(_) = member else { return text };
    let mut table = columns();
    for place in places {
        let number = part.obligations[place];
        let found = &state.obligations()[number.0 as usize];
        let set_off = money(currency, i128::from(clearing.discharges[place]));
        table.add_row([
            number.0.to_string(),
            format!(
                "{} owes {}",
                names::name(state, found.debtor),
                names::name(state, found.creditor)
            ),
            state.reference(found).to_owned(),
            names::outstanding(state, found),
            format!("of which {set_off}"),
        ]);
    }
    flush_right(&mut table, &[3, 4]);
    text.push_str(&table_lines(&table, 1));
    text
}

fn as_json(
    state: &State,
    part: &CycleNetwork,
    clearing: &Clearing,
    member: Option<MemberId>,
) -> Value {
    let currency = state.currencies()[usize::from(part.currency.0)];
    let figures = part.obligations.iter().zip(part.network.debts()).zip(&clearing.discharges);
    let own = figures.filter(|((number, _), _)| {
        let found = &state.obligations()[number.0 as usize];
        member.is_none_or(|member| found.side(member).is_some())
    });
    let obligations = own.map(|((number, debt), set_off)| {
        json!({
            "obligation": number.0,
            "amount": currency.format_sum(i128::from(debt.amount)),
            "set_off": currency.format_sum(i128::from(*set_off)),
        })
    });
    json!({ "currency": currency.code(), "obligations": obligations.collect::<Value>() })
}

/// Freeze what a cycle clears (the operator)
#[derive(Debug, Args)]
pub(crate) struct CutOffArgs {
    /// The cycle [default: the one that is open]
    cycle: Option<String>,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union cut-off`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn cut_off(args: &CutOffArgs) -> Result<(), Failure> {
    let mut number = CycleId(0);
    let done = args.act.give(|state, _| {
        number = chosen(state, args.cycle.as_deref(), |s| *s == CycleStage::Open, "open")?;
        Ok(Action::CutOff { cycle: number })
    })?;
    done.tell(|state| match state.cycles()[number.0 as usize].frozen() {
        Some(cut_off) => format!(
            "Cycle {} is cut off at {}, with {}. Confirmations and disputes of these count until {}.",
            number.0,
            cut_off.position,
            counted(cut_off.candidates.len(), "obligation", "obligations"),
            cut_off.corrections_until,
        ),
        None => String::new(),
    })
}

/// Find the largest set-off of a cycle that is cut off, and propose it with its proof
#[derive(Debug, Args)]
pub(crate) struct ClearArgs {
    /// The cycle [default: the one that is cut off]
    cycle: Option<String>,
    /// Make it final at once
    #[arg(long = "final")]
    finalise: bool,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union clear`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn clear(args: &ClearArgs) -> Result<(), Failure> {
    let mut number = CycleId(0);
    let mut told = String::new();
    let done = args.act.give(|state, _| {
        let cut_off = |stage: &CycleStage| matches!(stage, CycleStage::CutOff(_));
        number = chosen(state, args.cycle.as_deref(), cut_off, "cut off")?;
        let (networks, clearings, cleared) = cleared(state, number)?;
        for (part, clearing) in networks.iter().zip(&clearings) {
            told.push_str(&preview_lines(state, part, clearing, None).replace("would be", "is"));
        }
        Ok(proposal(state, number, &networks, clearings, cleared))
    })?;
    if !args.finalise {
        return done.tell(|_| {
            format!(
                "{told}Cycle {} is proposed, verified to be the largest set-off there is. It is \
                 not final yet: `setoff union finalise` makes it so.",
                number.0
            )
        });
    }
    done.tell(|_| told)?;
    let done = args.act.give(|_, _| Ok(Action::Finalise { cycle: number }))?;
    done.tell(|state| finality(state, number))
}

fn finality(state: &State, number: CycleId) -> String {
    match &state.cycles()[number.0 as usize].stage {
        CycleStage::Final { at, position, .. } => {
            format!("Cycle {} is final since {at}, at {position}. Nothing of it unwinds.", number.0)
        }
        _ => String::new(),
    }
}

/// Make the proposed result of a cycle final (the operator)
#[derive(Debug, Args)]
pub(crate) struct FinaliseArgs {
    /// The cycle [default: the one with a proposed result]
    cycle: Option<String>,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union finalise`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn finalise(args: &FinaliseArgs) -> Result<(), Failure> {
    let mut number = CycleId(0);
    let done = args.act.give(|state, _| {
        let proposed = |stage: &CycleStage| matches!(stage, CycleStage::Proposed { .. });
        number = chosen(state, args.cycle.as_deref(), proposed, "proposed")?;
        Ok(Action::Finalise { cycle: number })
    })?;
    done.tell(|state| finality(state, number))
}

/// Give a cycle up before it is final (the operator)
#[derive(Debug, Args)]
pub(crate) struct AbandonArgs {
    /// The cycle
    cycle: String,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union abandon`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn abandon(args: &AbandonArgs) -> Result<(), Failure> {
    let done = args.act.give(|state, _| {
        let cycle = names::cycle(state, &args.cycle)?;
        Ok(Action::Abandon { cycle, reason: args.reason.clone() })
    })?;
    done.tell(|_| format!("Cycle {} is abandoned; what it held is free again.", args.cycle))
}
