//! `setoff union propose`, `vote`, `count`, `rulebook`: what the members decide for everyone.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use setoff_union::{Action, Choice, Opening, Outcome, ProposalId, Rulebook, State, Step, Subject};

use crate::failure::Failure;
use crate::place::PlaceArgs;
use crate::standard_output::print;

use super::acting::{ActArgs, read};
use super::cycles::OpeningArgs;
use super::{date, digest_of, founding, names, today};

/// Put something to the vote
#[derive(Debug, Args)]
pub(crate) struct ProposeArgs {
    #[command(subcommand)]
    what: Proposed,
}

#[derive(Debug, Args)]
struct Closing {
    /// Until when votes are taken, as 2026-10-31T12:00:00Z [default: after the rulebook's days]
    #[arg(long, value_parser = moment)]
    closes: Option<Timestamp>,
    #[command(flatten)]
    act: ActArgs,
}

/// A moment of the command line.
fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "write date, time and Z for UTC: 2026-10-31T12:00:00Z".to_owned())
}

#[derive(Debug, Subcommand)]
enum Proposed {
    /// Another rulebook, from a day on
    Rulebook {
        /// A TOML file with what is to change; the rest stays
        file: PathBuf,
        /// From which day [default: as soon as the notice of the rulebook allows]
        #[arg(long, value_parser = date)]
        from: Option<Date>,
        #[command(flatten)]
        closing: Box<Closing>,
    },
    /// To admit, reject, suspend or reinstate a member
    Standing {
        /// Whom
        member: String,
        /// What
        #[arg(value_enum)]
        step: StepArg,
        #[command(flatten)]
        closing: Box<Closing>,
    },
    /// A cycle beside the calendar
    Cycle {
        #[command(flatten)]
        opening: Box<OpeningArgs>,
        #[command(flatten)]
        closing: Box<Closing>,
    },
    /// Anything else, by the digest of its text
    Resolution {
        /// The text
        file: PathBuf,
        #[command(flatten)]
        closing: Box<Closing>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StepArg {
    Admit,
    Reject,
    Suspend,
    Reinstate,
}

/// Runs `setoff union propose`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn propose(args: &ProposeArgs) -> Result<(), Failure> {
    let closing = match &args.what {
        Proposed::Rulebook { closing, .. }
        | Proposed::Standing { closing, .. }
        | Proposed::Cycle { closing, .. }
        | Proposed::Resolution { closing, .. } => closing,
    };
    let done = closing.act.give(|state, _| {
        let rulebook = state.rulebook_on(today());
        let days = i64::from(rulebook.voting_days);
        // A minute for the command to arrive.
        let earliest =
            Timestamp::now() + SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(1);
        let closes = closing.closes.unwrap_or(earliest);
        let subject = match &args.what {
            Proposed::Rulebook { file, from, .. } => {
                let changed = founding::changed_rulebook(state, rulebook, file)?;
                let notice = jiff::Span::new().days(i64::from(rulebook.notice_days));
                let soonest = setoff_union::utc_date(closes).saturating_add(notice);
                Subject::Rulebook { rulebook: Box::new(changed), from: from.unwrap_or(soonest) }
            }
            Proposed::Standing { member, step, .. } => Subject::Standing {
                member: names::member(state, member)?,
                step: match step {
                    StepArg::Admit => Step::Admit,
                    StepArg::Reject => Step::Reject,
                    StepArg::Suspend => Step::Suspend,
                    StepArg::Reinstate => Step::Reinstate,
                },
            },
            Proposed::Cycle { opening, .. } => {
                let day = setoff_union::utc_date(closes);
                // It is opened when the votes are counted, and may not be of a day before that.
                let opening = opening.opening(state)?;
                Subject::Cycle(Opening { value_date: opening.value_date.max(day), ..opening })
            }
            Proposed::Resolution { file, .. } => Subject::Resolution { text: digest_of(file)? },
        };
        Ok(Action::Propose { subject, closes })
    })?;
    done.tell(|state| {
        let number = state.proposals().len() - 1;
        format!("{}.", proposal_line(state, number))
    })
}

/// `Proposal 2, a rulebook from 2026-02-01, by Alder: open until …, 1 of 3 have voted`.
pub(super) fn proposal_line(state: &State, number: usize) -> String {
    let proposal = &state.proposals()[number];
    let what = match &proposal.subject {
        Subject::Rulebook { from, .. } => format!("another rulebook from {from}"),
        Subject::Standing { member, step } => {
            let step = match step {
                Step::Admit => "admit",
                Step::Reject => "reject",
                Step::Suspend => "suspend",
                Step::Reinstate => "reinstate",
                _ => "change the standing of",
            };
            format!("to {step} {}", names::name(state, *member))
        }
        Subject::Cycle(opening) => format!("a cycle with value date {}", opening.value_date),
        Subject::Resolution { text } => format!("the text with SHA-256 {text}"),
    };
    let stands = match &proposal.outcome {
        Some(Outcome::Passed) => "passed".to_owned(),
        Some(Outcome::PassedWithoutEffect(cause)) => {
            format!("passed, and was not possible any more ({cause})")
        }
        Some(Outcome::NoQuorum) => "failed: too few voted".to_owned(),
        Some(Outcome::NoMajority) => "failed: too few were for it".to_owned(),
        None => format!(
            "open until {}, {} of {} have voted",
            proposal.closes,
            proposal.votes.len(),
            proposal.voters.len()
        ),
    };
    format!("Proposal {number}, {what}, by {}: {stands}", names::name(state, proposal.by))
}

/// Vote on a proposal, once
#[derive(Debug, Args)]
pub(crate) struct VoteArgs {
    /// The proposal's number
    proposal: String,
    /// How
    #[arg(value_enum)]
    choice: ChoiceArg,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ChoiceArg {
    For,
    Against,
    /// Counts for the quorum only
    Abstain,
}

/// Runs `setoff union vote`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn vote(args: &VoteArgs) -> Result<(), Failure> {
    let choice = match args.choice {
        ChoiceArg::For => Choice::For,
        ChoiceArg::Against => Choice::Against,
        ChoiceArg::Abstain => Choice::Abstain,
    };
    about(&args.act, &args.proposal, |proposal| Action::Vote { proposal, choice })
}

/// Count the votes on a proposal that has closed
#[derive(Debug, Args)]
pub(crate) struct CountArgs {
    /// The proposal's number
    proposal: String,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union count`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn count(args: &CountArgs) -> Result<(), Failure> {
    about(&args.act, &args.proposal, |proposal| Action::CountVotes { proposal })
}

fn about(
    act: &ActArgs,
    text: &str,
    make: impl FnOnce(ProposalId) -> Action,
) -> Result<(), Failure> {
    let mut number = ProposalId(0);
    let done = act.give(|state, _| {
        number = names::proposal(state, text)?;
        Ok(make(number))
    })?;
    done.tell(|state| format!("{}.", proposal_line(state, number.0 as usize)))
}

/// Show the rulebook in force, as TOML
#[derive(Debug, Args)]
pub(crate) struct RulebookArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// On which date [default: today]
    #[arg(long, value_parser = date)]
    at: Option<Date>,
    /// Show the one that a union is founded with where its founding says nothing
    #[arg(long, conflicts_with = "at")]
    usual: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `setoff union rulebook`.
///
/// # Errors
/// [`Failure::Input`] if there is no union.
pub(crate) fn rulebook(args: &RulebookArgs) -> Result<(), Failure> {
    let rulebook = if args.usual {
        Rulebook::usual()
    } else {
        let follower = read(&args.place.union)?;
        let state = follower.state();
        if !state.is_founded() {
            return Err(Failure::Input("the journal has no union yet".to_owned()));
        }
        state.rulebook_on(args.at.unwrap_or_else(today)).clone()
    };
    if args.json {
        let json = serde_json::to_string_pretty(&rulebook);
        return print(&(json.map_err(|error| Failure::Bug(error.to_string()))? + "\n"));
    }
    let text = toml::to_string(&rulebook).map_err(|error| Failure::Bug(error.to_string()))?;
    print(&text)
}
