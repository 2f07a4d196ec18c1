//! `setoff union status`: how a union stands, and what waits for whom.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use serde_json::json;
use setoff_union::{
    Calendar, CycleStage, InstructionStage, MemberId, Obligation, Stage, Standing, State,
};

use crate::failure::Failure;
use crate::place::PlaceArgs;
use crate::standard_output::{print, print_json};
use crate::wording::{count, counted, money};

use super::acting::read;
use super::{names, obligations, today, votes};

/// Say how the union stands, and what waits for whom
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// What waits for this member
    #[arg(long)]
    member: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Input`] if there is no union.
pub(crate) fn run(args: &StatusArgs) -> Result<(), Failure> {
    let mut follower = read(&args.place.union)?;
    let union = follower.union();
    let journal = follower.journal();
    let (root, size) = (journal.root(), journal.size());
    let place = journal.store().place().to_owned();
    let state = follower.state();
    if !state.is_founded() {
        return Err(Failure::Input("the journal has no union yet".to_owned()));
    }
    let member = args.member.as_deref().map(|name| names::member(state, name)).transpose()?;
    if let Some(member) = member {
        return waiting(state, member, args.json);
    }
    if args.json {
        let told = json!({
            "name": state.name(),
            "union": union.map(|union| union.to_string()),
            "journal": place,
            "position": state.position().0,
            "root": root.to_string(),
            "members": state.members().iter().filter(|m| m.standing == Standing::Active).count(),
            "obligations": by_stage(state).into_iter().map(|(s, n)| (s.to_owned(), json!(n)))
                .collect::<serde_json::Map<_, _>>(),
            "cycles": state.cycles().len(),
            "agreements": state.agreements().len(),
        });
        return print_json(&told);
    }
    let active = state.members().iter().filter(|m| m.standing == Standing::Active).count();
    let mut text = format!(
        "{}: {}, {}\n",
        state.name(),
        counted(active, "active member", "active members"),
        counted(state.obligations().len(), "obligation", "obligations"),
    );
    for (stage, number) in by_stage(state) {
        let _ = writeln!(text, "  {} {stage}", count(number));
    }
    for (place, currency) in state.currencies().iter().enumerate() {
        let open = |found: &&Obligation| {
            found.stage == Stage::Confirmed && usize::from(found.currency.0) == place
        };
        let owed: i128 =
            state.obligations().iter().filter(open).map(|o| o.outstanding.wide()).sum();
        if owed > 0 {
            let _ = writeln!(text, "  {} owed and confirmed", money(*currency, owed));
        }
    }
    for (number, cycle) in state.cycles().iter().enumerate() {
        let stands = match &cycle.stage {
            CycleStage::Open => "is open",
            CycleStage::CutOff(_) => "is cut off: corrections, then its result",
            CycleStage::Proposed { .. } => "has a proposed result",
            CycleStage::Final { instructed: false, .. } => "is final; no instructions yet",
            CycleStage::Final { .. } | CycleStage::Abandoned { .. } => continue,
        };
        let _ = writeln!(text, "Cycle {number} {stands}.");
    }
    for (number, proposal) in state.proposals().iter().enumerate() {
        if proposal.outcome.is_none() {
            let _ = writeln!(text, "{}.", votes::proposal_line(state, number));
        }
    }
    text.push_str(&next_cut_off(&state.rulebook_on(today()).calendar));
    let _ = writeln!(
        text,
        "The journal {} has {}; its root is {}.",
        place,
        counted(usize::try_from(size).unwrap_or(usize::MAX), "entry", "entries"),
        root
    );
    print(&text)
}

fn by_stage(state: &State) -> BTreeMap<&'static str, usize> {
    let mut stages = BTreeMap::new();
    for found in state.obligations() {
        *stages.entry(found.stage.name()).or_default() += 1;
    }
    stages
}

fn next_cut_off(calendar: &Calendar) -> String {
    calendar.next_cut_off(today()).map_or(String::new(), |day| {
        format!(
            "The next cut-off is on {day} at {} ({}).\n",
            calendar.cut_off.strftime("%H:%M"),
            calendar.time_zone
        )
    })
}

/// What one member has to answer.
fn waiting(state: &State, member: MemberId, as_json: bool) -> Result<(), Failure> {
    let to_confirm = obligations::waiting(state, member, None);
    let disputed: Vec<u32> = (0..)
        .zip(state.obligations())
        .filter(|(_, found)| {
            found.stage == Stage::Disputed && found.side(member) == Some(found.declared_by)
        })
        .map(|(number, _)| number)
        .collect();
    let to_receive: Vec<usize> = state
        .instructions()
        .iter()
        .enumerate()
        .filter(|(_, i)| i.stage == InstructionStage::Open && i.creditor == member)
        .map(|(number, _)| number)
        .collect();
    let to_sign: Vec<usize> = state
        .agreements()
        .iter()
        .enumerate()
        .filter(|(_, a)| a.draft.parties.contains(&member) && !a.signed.contains(&member))
        .map(|(number, _)| number)
        .collect();
    let to_vote: Vec<usize> = state
        .proposals()
        .iter()
        .enumerate()
        .filter(|(_, p)| {
            p.outcome.is_none() && p.voters.contains(&member) && !p.votes.contains_key(&member)
        })
        .map(|(number, _)| number)
        .collect();
    if as_json {
        let told = json!({
            "member": names::name(state, member),
            "to_confirm": to_confirm.iter().map(|number| number.0).collect::<Vec<u32>>(),
            "disputed": disputed,
            "to_receive": to_receive,
            "to_sign": to_sign,
            "to_vote": to_vote,
        });
        return print_json(&told);
    }
    let mut text = String::new();
    for number in &to_confirm {
        let _ = writeln!(text, "to confirm: {}", names::obligation_line(state, *number));
    }
    for number in disputed {
        let line = names::obligation_line(state, setoff_union::ObligationId(number));
        let _ = writeln!(text, "disputed by the other side: {line}");
    }
    for number in to_receive {
        let found = &state.instructions()[number];
        let currency = state.currencies()[usize::from(found.paid_in().0)];
        let _ = writeln!(
            text,
            "to be paid to you: instruction {number}, {} from {}",
            money(currency, found.left()),
            names::name(state, found.debtor)
        );
    }
    for number in to_sign {
        let subject = &state.agreements()[number].draft.subject;
        let _ = writeln!(text, "to sign: agreement {number}, {subject}");
    }
    for number in to_vote {
        let _ = writeln!(text, "to vote on: {}", votes::proposal_line(state, number));
    }
    if text.is_empty() {
        text = format!("Nothing waits for {}.\n", names::name(state, member));
    }
    print(&text)
}
