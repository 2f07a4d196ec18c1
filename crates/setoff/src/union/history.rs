//! `setoff union history`: everything that happened to one obligation.

use clap::Args;
use serde_json::{Value, json};
use setoff_union::{
    Actor, Author, Change, Entry, InstructionStage, ObligationId, Owner, Side, State,
    history as history_of,
};

use crate::failure::Failure;
use crate::place::PlaceArgs;
use crate::standard_output::{columns, print, print_json, table_lines};
use crate::wording::money;

use super::names;
use super::reading::read_entries;

/// Tell everything that happened to one obligation: by whom, why, when
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// The obligation, by number or reference
    obligation: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `setoff union history`.
///
/// # Errors
/// [`Failure::Input`] if there is no such obligation.
pub(crate) fn history(args: &HistoryArgs) -> Result<(), Failure> {
    let read = read_entries(&args.place.union, None)?;
    let state = &read.state;
    let number = names::obligation(state, &args.obligation)?;
    let entries = history_of(&read.entries, number);
    if args.json {
        let all = entries.iter().map(|entry| {
            json!({
                "position": entry.position.0,
                "at": entry.at.to_string(),
                "by": author(state, &entry.author),
                "what": told(state, entry, number),
            })
        });
        return print_json(&all.collect::<Value>());
    }
    let mut text = format!("{}\n\n", names::obligation_line(state, number));
    let mut table = columns();
    for entry in entries {
        table.add_row([
            entry.at.strftime("%Y-%m-%d %H:%M").to_string(),
            entry.position.0.to_string(),
            author(state, &entry.author),
            told(state, entry, number),
        ]);
    }
    text.push_str(&table_lines(&table, 0));
    print(&text)
}

/// Who gave a command: for whom, by which persons, through which delegate.
fn author(state: &State, author: &Author) -> String {
    let whom = match author.actor {
        Actor::Operator => "the operator".to_owned(),
        Actor::Member(member) => names::name(state, member).to_owned(),
        Actor::Applicant => "an applicant".to_owned(),
    };
    let holders: Vec<&str> = author
        .keys
        .iter()
        .map(|key| &state.keys()[key.0 as usize])
        .filter(
            |key| !matches!(key.owner, Owner::Member(m) if names::name(state, m) == key.key.holder),
        )
        .map(|key| key.key.holder.as_str())
        .collect();
    let through =
        author.through.map(|delegate| format!("through {}", names::name(state, delegate)));
    let beside: Vec<String> = holders.into_iter().map(str::to_owned).chain(through).collect();
    if beside.is_empty() { whom } else { format!("{whom} ({})", beside.join(", ")) }
}

/// What an entry did to an obligation.
fn told(state: &State, entry: &Entry, number: ObligationId) -> String {
    let found = &state.obligations()[number.0 as usize];
    let currency = names::currency(state, found);
    let amount = |minor: &setoff_money::Minor| money(currency, minor.wide());
    match &entry.change {
        Change::Declared { file, .. } => match file {
            None => "declared".to_owned(),
            Some(digest) => format!("declared, in the file with SHA-256 {digest}"),
        },
        Change::Confirmed { .. } => "confirmed".to_owned(),
        Change::Disputed { part, split, reason, .. } => match split {
            None => format!("disputed: {reason}"),
            Some(split) => {
                format!("{} of it disputed, which is {} now: {reason}", amount(part), split.0)
            }
        },
        Change::Insisted { reason, .. } => format!("the declarer insists: {reason}"),
        Change::Withdrawn { reason, .. } => format!("withdrawn: {reason}"),
        Change::Asked { asked, reason, .. } => {
            format!("asks {}: {reason}", names::wish(state, currency, &asked.what))
        }
        Change::Corrected { outstanding, due, reason, .. } => {
            format!("corrected to {}, due {due}: {reason}", amount(outstanding))
        }
        Change::Paid { amount: paid, paid_on, reason, .. } => {
            format!("{} paid on {paid_on}: {reason}", amount(paid))
        }
        Change::Credited { amount: by, reference, reason, .. } => {
            format!("{} credited by {reference}: {reason}", amount(by))
        }
        Change::Assigned { to, .. } => format!("assigned to {}", names::name(state, *to)),
        Change::Held { side, reason, .. } => format!("held back by the {}: {reason}", name(*side)),
        Change::Released { side, .. } => format!("released by the {}", name(*side)),
        Change::Final { cycle, discharges } => {
            let of = discharges.iter().find(|discharge| discharge.obligation == number);
            let set_off = of.map_or(String::new(), |of| amount(&of.amount));
            format!("{set_off} set off in {cycle}, which is final")
        }
        Change::Instructed { cycle, .. } => format!("to be paid after {cycle}"),
        Change::Received { instruction, payments, .. } => {
            let of = payments.iter().find(|payment| payment.obligation == number);
            let paid = of.map_or(String::new(), |of| amount(&of.amount));
            format!("{paid} received on {instruction}")
        }
        Change::InstructionEnded { instruction, stage } => match stage {
            InstructionStage::Failed { reason } => format!("{instruction} failed: {reason}"),
            _ => format!("{instruction} went stale; outstanding again"),
        },
        Change::Novated { cycle, ended, .. } if ended.contains(&number) => {
            format!("ended by novation: net positions of {cycle} take its place")
        }
        Change::Novated { cycle, .. } => format!("the net position that {cycle} left"),
        Change::Merged(merger) => {
            let [from, into] =
                [merger.member, merger.into].map(|member| names::name(state, member));
            let lapsed = merger.lapse.contains(&number);
            let what = if lapsed { "lapsed by confusion" } else { "passed to it" };
            format!("{what}, as {from} merged into {into}")
        }
        _ => "changed".to_owned(),
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Debtor => "debtor",
        Side::Creditor => "creditor",
    }
}
