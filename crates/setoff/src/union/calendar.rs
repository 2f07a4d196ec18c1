//! `setoff union calendar`, `due`: when cut-offs are, and what the operator has to do now.

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use setoff_node::{cut_off_at, due as due_now};
use setoff_union::{Action, State};

use crate::failure::Failure;
use crate::place::PlaceArgs;
use crate::standard_output::{print, print_json};

use super::acting::{ActArgs, read};
use super::{today, votes};

/// Show the next cut-offs by the rulebook's calendar
#[derive(Debug, Args)]
pub(crate) struct CalendarArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 12)]
    next: usize,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `setoff union calendar`.
///
/// # Errors
/// [`Failure::Input`] if there is no union, or its calendar can't be reckoned with.
pub(crate) fn calendar(args: &CalendarArgs) -> Result<(), Failure> {
    let follower = read(&args.place.union)?;
    let state = follower.state();
    let mut after = today();
    let mut days = Vec::new();
    while days.len() < args.next {
        let calendar = &state.rulebook_on(after).calendar;
        let Some(day) = calendar.next_cut_off(after) else { break };
        // The rulebook in force on that day says at which time.
        let calendar = &state.rulebook_on(day).calendar;
        let at = cut_off_at(calendar, day).map_err(|error| Failure::Input(error.to_string()))?;
        days.push((day, calendar.time_zone.clone(), calendar.cut_off, at));
        after = day;
    }
    if args.json {
        let days = days.iter().map(|(day, zone, _, at)| {
            json!({ "day": day.to_string(), "time_zone": zone, "at": at.to_string() })
        });
        return print_json(&days.collect::<Value>());
    }
    let lines = days.iter().map(|(day, zone, time, at)| {
        format!("{day} {} ({zone}), which is {at}\n", time.strftime("%H:%M"))
    });
    print(&lines.collect::<String>())
}

/// Show what the operator has to do now, by the calendar and the rulebook; do it with --as
#[derive(Debug, Args)]
#[command(after_help = "With --as OPERATOR each command that is due is given, in this order.")]
pub(crate) struct DueArgs {
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union due`.
///
/// # Errors
/// [`Failure::Input`] if there is no union, or a command that is due is refused.
pub(crate) fn due(args: &DueArgs) -> Result<(), Failure> {
    let actions = {
        let follower = read(&args.act.place.union)?;
        let actions = due_now(follower.state(), Timestamp::now())
            .map_err(|error| Failure::Input(error.to_string()))?;
        if args.act.signers().is_empty() {
            return list(follower.state(), &actions, args.act.json);
        }
        actions
    };
    if actions.is_empty() {
        return print("Nothing is due.\n");
    }
    for action in actions {
        let done = args.act.give(|_, _| Ok(action.clone()))?;
        done.tell(|state| format!("Done: {}", told(state, &action)))?;
    }
    Ok(())
}

fn list(state: &State, actions: &[Action], as_json: bool) -> Result<(), Failure> {
    if as_json {
        let actions = serde_json::to_value(actions);
        let actions = actions.map_err(|error| Failure::Bug(error.to_string()))?;
        return print_json(&actions);
    }
    if actions.is_empty() {
        return print("Nothing is due.\n");
    }
    let lines = actions.iter().map(|action| format!("{}\n", told(state, action)));
    print(&lines.collect::<String>())
}

fn told(state: &State, action: &Action) -> String {
    match action {
        Action::OpenCycle(opening) => {
            format!("open a cycle with value date {}", opening.value_date)
        }
        Action::CutOff { cycle } => format!("cut off cycle {}", cycle.0),
        Action::CountVotes { proposal } => {
            format!("count the votes on {}", votes::proposal_line(state, proposal.0 as usize))
        }
        Action::ExpireInstruction { instruction } => {
            format!("let settlement instruction {} go back to outstanding", instruction.0)
        }
        // Nothing else is due by itself.
        other => format!("{other:?}"),
    }
}
