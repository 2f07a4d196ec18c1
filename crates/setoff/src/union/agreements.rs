//! `setoff union agree`: agreements among members, and which of them is in force on a date.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use serde_json::{Value, json};
use setoff_union::{
    Action, Agreement, AgreementId, Draft, MemberId, State, Supersedes, terms_in_force,
};

use crate::failure::Failure;
use crate::place::PlaceArgs;
use crate::standard_output::{print, print_json};

use super::acting::{ActArgs, read};
use super::{date, digest_of, names, today};

/// Draft, sign and end agreements; ask which is in force
#[derive(Debug, Args)]
pub(crate) struct AgreeArgs {
    #[command(subcommand)]
    command: AgreeCommand,
}

#[derive(Debug, Subcommand)]
enum AgreeCommand {
    /// Draft an agreement and sign it
    Draft {
        /// What it is about: payment terms, rates, guarantee, or any other words
        subject: String,
        /// The other parties
        #[arg(long, required = true)]
        with: Vec<String>,
        /// The text; its SHA-256 is recorded, the file stays with the parties
        #[arg(long, value_name = "FILE")]
        text: PathBuf,
        /// From which day it is in force
        #[arg(long, value_parser = date)]
        from: Date,
        /// Takes the place of these agreements, by number
        #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
        supersedes: Vec<String>,
        /// Takes the place of every older one on the subject between the same parties
        #[arg(long, conflicts_with = "supersedes")]
        supersedes_subject: bool,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
    /// Sign an agreement that another party drafted
    Sign {
        /// Its number
        agreement: String,
        /// The text that you agree to
        #[arg(long, value_name = "FILE")]
        text: PathBuf,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
    /// End an agreement with notice
    End {
        /// Its number
        agreement: String,
        /// The first day on which it is no longer in force
        #[arg(long, value_parser = date)]
        from: Date,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
    /// Say which agreement on a subject is in force between parties on a date
    Terms {
        /// The subject
        subject: String,
        /// The parties, with a comma between them
        #[arg(long, required = true)]
        between: Vec<String>,
        /// The date [default: today]
        #[arg(long, value_parser = date)]
        at: Option<Date>,
        #[command(flatten)]
        place: PlaceArgs,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// List all agreements
    List {
        #[command(flatten)]
        place: PlaceArgs,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn run(args: &AgreeArgs) -> Result<(), Failure> {
    match &args.command {
        AgreeCommand::Draft { subject, with, text, from, supersedes, supersedes_subject, act } => {
            let text = digest_of(text)?;
            let done = act.give(|state, who| {
                let mut parties = members(state, with)?;
                parties.insert(who.member()?);
                let named = supersedes.iter().map(|number| names::agreement(state, number));
                let named: BTreeSet<AgreementId> = named.collect::<Result<_, _>>()?;
                let supersedes = match (supersedes_subject, named.is_empty()) {
                    (true, _) => Supersedes::Subject,
                    (false, true) => Supersedes::Nothing,
                    (false, false) => Supersedes::Named(named),
                };
                let subject = subject.clone();
                let draft = Draft { subject, parties, text, from: *from, supersedes };
                Ok(Action::DraftAgreement(draft))
            })?;
            done.tell(|state| {
                let number = state.agreements().len() - 1;
                let line = line(state, number, &state.agreements()[number]);
                format!("{line}\nThe other parties have to sign the same text.")
            })
        }
        AgreeCommand::Sign { agreement, text, act } => {
            let text = digest_of(text)?;
            let mut number = AgreementId(0);
            let done = act.give(|state, _| {
                number = names::agreement(state, agreement)?;
                Ok(Action::SignAgreement { agreement: number, text })
            })?;
            done.tell(|state| told(state, number))
        }
        AgreeCommand::End { agreement, from, reason, act } => {
            let mut number = AgreementId(0);
            let done = act.give(|state, _| {
                number = names::agreement(state, agreement)?;
                Ok(Action::EndAgreement { agreement: number, from: *from, reason: reason.clone() })
            })?;
            done.tell(|state| told(state, number))
        }
        AgreeCommand::Terms { subject, between, at, place, json } => {
            let follower = read(&place.union)?;
            let state = follower.state();
            terms(state, subject, between, at.unwrap_or_else(today), *json)
        }
        AgreeCommand::List { place, json } => list(read(&place.union)?.state(), *json),
    }
}

fn members(state: &State, texts: &[String]) -> Result<BTreeSet<MemberId>, Failure> {
    Ok(names::members(state, texts)?.into_iter().collect())
}

fn told(state: &State, number: AgreementId) -> String {
    let number = number.0 as usize;
    line(state, number, &state.agreements()[number])
}

/// `Agreement 3, payment terms, between Alder and Birch, from 2026-01-01: signed by all.`
fn line(state: &State, number: usize, agreement: &Agreement) -> String {
    let names_of = |members: &BTreeSet<MemberId>| {
        let names: Vec<&str> = members.iter().map(|m| names::name(state, *m)).collect();
        names.join(" and ")
    };
    let signed = if agreement.is_concluded() {
        "signed by all".to_owned()
    } else {
        format!("signed by {}", names_of(&agreement.signed))
    };
    let mut text = format!(
        "Agreement {number}, {}, between {}, from {}: {signed}",
        agreement.draft.subject,
        names_of(&agreement.draft.parties),
        agreement.draft.from,
    );
    match &agreement.draft.supersedes {
        Supersedes::Nothing => {}
        Supersedes::Named(named) => {
            let numbers: Vec<String> = named.iter().map(|number| number.0.to_string()).collect();
            let _ = write!(text, "; supersedes {}", numbers.join(" and "));
        }
        Supersedes::Subject => text.push_str("; supersedes all older ones on the subject"),
    }
    if let Some(end) = agreement.ended {
        let _ = write!(text, "; ended from {end}");
    }
    text + "."
}

fn terms(
    state: &State,
    subject: &str,
    between: &[String],
    date: Date,
    as_json: bool,
) -> Result<(), Failure> {
    let parties = members(state, between)?;
    if parties.len() < 2 {
        return Err(Failure::Input(
            "an agreement has two parties or more: name all with --between \"A,B\"".to_owned(),
        ));
    }
    let found = terms_in_force(state, subject, &parties, date);
    if as_json {
        let found = found.map(|(number, agreement)| value(state, number.0 as usize, agreement));
        return print_json(&json!({ "date": date.to_string(), "in_force": found }));
    }
    let text = match found {
        None => format!("No agreement on {subject} is in force between them on {date}."),
        Some((number, agreement)) => format!(
            "In force on {date}:\n{}\nIts text has the SHA-256 {}.",
            line(state, number.0 as usize, agreement),
            agreement.draft.text
        ),
    };
    print(&(text + "\n"))
}

fn list(state: &State, as_json: bool) -> Result<(), Failure> {
    let numbered = || state.agreements().iter().enumerate();
    if as_json {
        let all = numbered().map(|(number, agreement)| value(state, number, agreement));
        return print_json(&all.collect::<Value>());
    }
    let lines = numbered().map(|(number, agreement)| line(state, number, agreement) + "\n");
    let text: String = lines.collect();
    print(if text.is_empty() { "There are none.\n" } else { &text })
}

fn value(state: &State, number: usize, agreement: &Agreement) -> Value {
    let names_of = |members: &BTreeSet<MemberId>| -> Vec<String> {
        members.iter().map(|member| names::name(state, *member).to_owned()).collect()
    };
    json!({
        "number": number,
        "subject": agreement.draft.subject,
        "parties": names_of(&agreement.draft.parties),
        "signed": names_of(&agreement.signed),
        "text_sha256": agreement.draft.text.to_string(),
        "from": agreement.draft.from.to_string(),
        "supersedes": agreement.draft.supersedes,
        "ended": agreement.ended.map(|end| end.to_string()),
    })
}
