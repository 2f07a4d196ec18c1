//! `setoff union settle`: payments for what a final cycle left over.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use setoff_union::{
    Action, Amount, CycleId, CycleStage, Instruction, InstructionId, InstructionStage, State,
};

use crate::failure::Failure;
use crate::place::PlaceArgs;
use crate::standard_output::{columns, flush_right, print, print_json, table_lines};
use crate::wording::{counted, money};

use super::acting::{ActArgs, read};
use super::{amount, names};

/// Pay what is left: instructions, payments received, failures
#[derive(Debug, Args)]
pub(crate) struct SettleArgs {
    #[command(subcommand)]
    command: SettleCommand,
}

#[derive(Debug, Subcommand)]
enum SettleCommand {
    /// Make the instructions of a final cycle (the operator)
    Instruct {
        /// The cycle [default: the last final one without instructions]
        cycle: Option<String>,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
    /// List instructions
    List {
        #[command(flatten)]
        place: PlaceArgs,
        /// Only of this member
        #[arg(long)]
        member: Option<String>,
        /// Also those that are over
        #[arg(long)]
        all: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Say that you were paid on an instruction, in the currency in which it is to be paid
    Received {
        /// Its number
        instruction: String,
        /// How much [default: all that is left]
        #[arg(long, value_parser = amount)]
        amount: Option<Amount>,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
    /// Say that an instruction was not paid
    Failed {
        /// Its number
        instruction: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
    /// Let an instruction that nobody answered go back to outstanding (the operator)
    Expire {
        /// Its number
        instruction: String,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn run(args: &SettleArgs) -> Result<(), Failure> {
    match &args.command {
        SettleCommand::Instruct { cycle, act } => instruct(cycle.as_deref(), act),
        SettleCommand::List { place, member, all, json } => {
            let follower = read(&place.union)?;
            let state = follower.state();
            list(state, member.as_deref(), *all, *json)
        }
        SettleCommand::Received { instruction, amount, act } => {
            about(act, instruction, |state, number| {
                let amount = match amount {
                    Some(amount) => *amount,
                    None => left(state, number)?,
                };
                Ok(Action::ConfirmInstruction { instruction: number, amount })
            })
        }
        SettleCommand::Failed { instruction, reason, act } => {
            about(act, instruction, |_, number| {
                Ok(Action::FailInstruction { instruction: number, reason: reason.clone() })
            })
        }
        SettleCommand::Expire { instruction, act } => about(act, instruction, |_, number| {
            Ok(Action::ExpireInstruction { instruction: number })
        }),
    }
}

fn instruct(cycle: Option<&str>, act: &ActArgs) -> Result<(), Failure> {
    let mut first = 0;
    let done = act.give(|state, _| {
        first = state.instructions().len();
        let numbered = (0..).map(CycleId).zip(state.cycles());
        let waits = numbered.filter(|(_, cycle)| {
            matches!(cycle.stage, CycleStage::Final { instructed: false, .. })
        });
        let last = waits.map(|(number, _)| number).last();
        let none = || Failure::Input("no final cycle waits for its instructions".to_owned());
        let cycle =
            cycle.map_or_else(|| last.ok_or_else(none), |text| names::cycle(state, text))?;
        Ok(Action::Instruct { cycle })
    })?;
    done.tell(|state| {
        let made = &state.instructions()[first..];
        if made.is_empty() {
            return "Nothing that is left of it is due, so that nothing is to be paid.".to_owned();
        }
        let listed = lines(state, (first..).zip(made));
        format!("{}:\n{listed}", counted(made.len(), "instruction", "instructions"))
    })
}

fn left(state: &State, number: InstructionId) -> Result<Amount, Failure> {
    let found = &state.instructions()[number.0 as usize];
    let left = state.currencies()[usize::from(found.paid_in().0)].format_sum(found.left());
    super::amount(&left).map_err(Failure::Bug)
}

fn about(
    act: &ActArgs,
    text: &str,
    make: impl FnOnce(&State, InstructionId) -> Result<Action, Failure>,
) -> Result<(), Failure> {
    let mut number = InstructionId(0);
    let done = act.give(|state, _| {
        number = names::instruction(state, text)?;
        make(state, number)
    })?;
    done.tell(|state| {
        let place = number.0 as usize;
        lines(state, std::iter::once((place, &state.instructions()[place])))
    })
}

fn list(state: &State, member: Option<&str>, all: bool, as_json: bool) -> Result<(), Failure> {
    let member = member.map(|name| names::member(state, name)).transpose()?;
    let wanted = |found: &Instruction| {
        (all || found.stage == InstructionStage::Open)
            && member.is_none_or(|member| [found.debtor, found.creditor].contains(&member))
    };
    let listed = state.instructions().iter().enumerate().filter(|(_, found)| wanted(found));
    if as_json {
        let all = listed.map(|(number, found)| value(state, number, found));
        return print_json(&all.collect::<Value>());
    }
    let text = lines(state, listed);
    print(if text.is_empty() { "There are none.\n" } else { &text })
}

fn lines<'a>(
    state: &State,
    instructions: impl Iterator<Item = (usize, &'a Instruction)>,
) -> String {
    let mut table = columns();
    for (number, found) in instructions {
        let currency = state.currencies()[usize::from(found.currency.0)];
        table.add_row([
            number.to_string(),
            format!(
                "{} pays {}",
                names::name(state, found.debtor),
                names::name(state, found.creditor)
            ),
            match found.payable {
                None => money(currency, found.amount),
                Some(payable) => {
                    let other = state.currencies()[usize::from(payable.currency.0)];
                    format!(
                        "{} for {}",
                        money(other, payable.amount),
                        money(currency, found.amount)
                    )
                }
            },
            stage(found, &received(state, found)),
        ]);
    }
    if table.row_count() == 0 {
        return String::new();
    }
    flush_right(&mut table, &[2]);
    table_lines(&table, 1)
}

/// What was received on an instruction, in the currency in which it is paid.
fn received(state: &State, found: &Instruction) -> String {
    money(state.currencies()[usize::from(found.paid_in().0)], sum_received(found))
}

fn sum_received(found: &Instruction) -> i128 {
    found.payable.map_or(found.received, |payable| payable.received)
}

fn stage(found: &Instruction, received: &str) -> String {
    match &found.stage {
        InstructionStage::Open if sum_received(found) == 0 => "to be paid".to_owned(),
        InstructionStage::Open => format!("{received} received"),
        InstructionStage::Settled => "settled".to_owned(),
        InstructionStage::Failed { reason } => format!("failed: {reason}"),
        InstructionStage::Stale => "stale: outstanding again".to_owned(),
    }
}

fn value(state: &State, number: usize, found: &Instruction) -> Value {
    let paid_in = state.currencies()[usize::from(found.paid_in().0)];
    let currency = state.currencies()[usize::from(found.currency.0)];
    json!({
        "number": number,
        "cycle": found.cycle.0,
        "debtor": names::name(state, found.debtor),
        "creditor": names::name(state, found.creditor),
        "currency": currency.code(),
        "amount": currency.format_sum(found.amount),
        "received": currency.format_sum(found.received),
        "payable": found.payable.map(|payable| {
            json!({
                "currency": paid_in.code(),
                "amount": paid_in.format_sum(payable.amount),
                "received": paid_in.format_sum(payable.received),
            })
        }),
        "obligations": found.obligations.iter().map(|number| number.0).collect::<Vec<u32>>(),
        "issued": found.issued.to_string(),
        "stands": stage(found, &paid_in.format_sum(sum_received(found))),
    })
}
