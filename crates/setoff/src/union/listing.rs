//! `setoff union obligations`: who owes whom what, and where it stands.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use setoff_union::{Obligation, ObligationId, Side, Stage, State};

use crate::failure::Failure;
use crate::place::PlaceArgs;
use crate::standard_output::{columns, flush_right, print, print_json, table_lines};
use crate::wording::counted;

use super::acting::read;
use super::names;

/// List obligations
#[derive(Debug, Args)]
pub(crate) struct ObligationsArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Only of this member
    #[arg(long)]
    member: Option<String>,
    /// Only in this stage
    #[arg(long, value_enum)]
    stage: Option<StageArg>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    most: usize,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StageArg {
    /// Neither discharged nor withdrawn
    Open,
    /// Waits for the other side
    Proposed,
    /// Agreed by both sides
    Confirmed,
    /// Disputed by the other side
    Disputed,
    /// No longer claimed
    Withdrawn,
    /// Nothing is outstanding
    Discharged,
}

impl StageArg {
    fn holds(self, stage: Stage) -> bool {
        match self {
            Self::Open => !stage.is_over(),
            Self::Proposed => stage == Stage::Proposed,
            Self::Confirmed => stage == Stage::Confirmed,
            Self::Disputed => stage == Stage::Disputed,
            Self::Withdrawn => stage == Stage::Withdrawn,
            Self::Discharged => stage == Stage::Discharged,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Input`] if there is no union, or no such member.
pub(crate) fn run(args: &ObligationsArgs) -> Result<(), Failure> {
    let follower = read(&args.place.union)?;
    let state = follower.state();
    let member = args.member.as_deref().map(|name| names::member(state, name)).transpose()?;
    let wanted = |found: &Obligation| {
        member.is_none_or(|member| found.side(member).is_some())
            && args.stage.is_none_or(|stage| stage.holds(found.stage))
    };
    let numbered = || (0..).map(ObligationId).zip(state.obligations());
    let listed = || numbered().filter(|(_, found)| wanted(found));
    if args.json {
        let all = listed().map(|(number, found)| value(state, number, found));
        return print_json(&all.collect::<Value>());
    }
    let mut table = columns();
    table.add_row(["", "debtor", "creditor", "outstanding", "due", "reference", "stands"]);
    for (number, found) in listed().take(args.most) {
        table.add_row([
            number.0.to_string(),
            names::name(state, found.debtor).to_owned(),
            names::name(state, found.creditor).to_owned(),
            names::outstanding(state, found),
            found.due.to_string(),
            state.reference(found).to_owned(),
            standing(state, number),
        ]);
    }
    flush_right(&mut table, &[3]);
    let count = listed().count();
    let mut text = table_lines(&table, 0);
    if count > args.most {
        let more = counted(count - args.most, "more", "more");
        let _ = writeln!(text, "… and {more}: --most {count} lists all, --json too");
    } else if count == 0 {
        "There are none.\n".clone_into(&mut text);
    }
    print(&text)
}

/// How an obligation stands, in words.
pub(super) fn standing(state: &State, number: ObligationId) -> String {
    let found = &state.obligations()[number.0 as usize];
    let mut words = vec![found.stage.name().to_owned()];
    if found.held_by_debtor || found.held_by_creditor {
        words.push("held back".to_owned());
    }
    if let Some(instruction) = found.instruction {
        words.push(format!("to be paid by instruction {}", instruction.0));
    }
    if let Some(asked) = state.asked(number) {
        let by = match asked.by {
            Side::Debtor => found.debtor,
            Side::Creditor => found.creditor,
        };
        let wish = names::wish(state, names::currency(state, found), &asked.what);
        words.push(format!("{} asks {wish}", names::name(state, by)));
    }
    words.join(", ")
}

fn value(state: &State, number: ObligationId, found: &Obligation) -> Value {
    let currency = names::currency(state, found);
    json!({
        "number": number.0,
        "debtor": names::name(state, found.debtor),
        "creditor": names::name(state, found.creditor),
        "currency": currency.code(),
        "amount": currency.format(found.amount),
        "outstanding": currency.format(found.outstanding),
        "issued": found.issued.to_string(),
        "due": found.due.to_string(),
        "reference": state.reference(found),
        "stands": standing(state, number),
    })
}
