//! `setoff union member`: who is in the union, and how it stands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use setoff_union::{
    Action, Application, Capacity, MemberId, MergerOffer, NewKey, Profile, Step, Way,
};

use crate::failure::Failure;
use crate::key_files::{self, known};
use crate::place::PlaceArgs;
use crate::standard_output::{columns, print, print_json, table_lines};

use super::acting::{ActArgs, read};
use super::keys::all_roles;
use super::{code, digest_of, names};

/// Apply, admit, suspend, leave; list members
#[derive(Debug, Args)]
pub(crate) struct MemberArgs {
    #[command(subcommand)]
    command: MemberCommand,
}

#[derive(Debug, Subcommand)]
enum MemberCommand {
    /// List members, applicants and agents
    List {
        #[command(flatten)]
        place: PlaceArgs,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask to be admitted, with the keys of --as
    Apply(ApplyArgs),
    /// Admit an applicant (the operator, where the rulebook says so)
    Admit(StepArgs),
    /// Refuse an applicant
    Reject(StepArgs),
    /// Exclude a member for a time
    Suspend(StepArgs),
    /// Take a suspended member back
    Reinstate(StepArgs),
    /// Block a member's account by law
    Block(StepArgs),
    /// Lift a block
    Unblock(StepArgs),
    /// Record the notice of a member's insolvency
    Insolvent(StepArgs),
    /// Leave the clearing, and go on matching (for oneself)
    MatchOnly(StepArgs),
    /// Take part in the clearing again (for oneself)
    Rejoin(StepArgs),
    /// Begin to leave: only settle from now on, for the days of the rulebook (for oneself)
    RunOff(StepArgs),
    /// Leave the union (for oneself)
    Leave(StepArgs),
    /// Merge into another member, which has to absorb (for oneself)
    Merge(MergeArgs),
    /// Absorb a member that offered to merge (for oneself)
    Absorb {
        /// The member that offered it
        member: String,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
    /// Choose to settle what cycles leave net or gross (for oneself)
    Settle {
        /// How
        #[arg(value_enum)]
        way: WayArg,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
    /// Choose a currency in which to pay and be paid by whoever chose the same (for oneself)
    SettleIn {
        /// Which; without one, each debt is paid in its own again
        currency: Option<String>,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
}

#[derive(Debug, Args)]
struct ApplyArgs {
    /// The legal name
    name: String,
    /// The country, two letters
    #[arg(long)]
    country: String,
    /// The legal entity identifier
    #[arg(long)]
    lei: Option<String>,
    /// The group of companies it belongs to
    #[arg(long)]
    group: Option<String>,
    /// Apply as an agent, which acts for members and has no obligations
    #[arg(long)]
    agent: bool,
    /// The person who has the key [default: the name]
    #[arg(long)]
    holder: Option<String>,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Debug, Args)]
struct MergeArgs {
    /// Into which member
    into: String,
    /// Why
    #[arg(long)]
    reason: String,
    /// The register's extract; its SHA-256 is recorded
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WayArg {
    /// In one sum with the centre, or with each other member
    Net,
    /// Each obligation by itself
    Gross,
}

#[derive(Debug, Args)]
struct StepArgs {
    /// The member [default: whose key acts]
    member: Option<String>,
    /// Why
    #[arg(long)]
    reason: String,
    /// A document that shows it; its SHA-256 is recorded
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union member`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn run(args: &MemberArgs) -> Result<(), Failure> {
    match &args.command {
        MemberCommand::List { place, json } => list(place, *json),
        MemberCommand::Apply(args) => apply(args),
        MemberCommand::Admit(args) => step(args, Step::Admit),
        MemberCommand::Reject(args) => step(args, Step::Reject),
        MemberCommand::Suspend(args) => step(args, Step::Suspend),
        MemberCommand::Reinstate(args) => step(args, Step::Reinstate),
        MemberCommand::Block(args) => step(args, Step::Block),
        MemberCommand::Unblock(args) => step(args, Step::Unblock),
        MemberCommand::Insolvent(args) => step(args, Step::Insolvency),
        MemberCommand::MatchOnly(args) => step(args, Step::MatchOnly),
        MemberCommand::Rejoin(args) => step(args, Step::Clear),
        MemberCommand::RunOff(args) => step(args, Step::RunOff),
        MemberCommand::Leave(args) => step(args, Step::Leave),
        MemberCommand::Merge(args) => merge(args),
        MemberCommand::Absorb { member, act } => {
            let done = act.give(|state, _| {
                Ok(Action::AcceptMerger { member: names::member(state, member)? })
            })?;
            done.tell(|_| {
                format!("{member} is merged into you: what it owes and is owed is yours.")
            })
        }
        MemberCommand::Settle { way, act } => {
            let way = match way {
                WayArg::Net => Way::Net,
                WayArg::Gross => Way::Gross,
            };
            let done = act.give(|_, _| Ok(Action::ChooseSettlement { way }))?;
            done.tell(|_| {
                format!(
                    "You settle {} from now on.",
                    match way {
                        Way::Net => "net",
                        Way::Gross => "gross",
                    }
                )
            })
        }
        MemberCommand::SettleIn { currency, act } => {
            let done = act.give(|state, _| {
                let currency = currency.as_deref().map(|text| code(state, text)).transpose()?;
                Ok(Action::ChooseCurrency { currency })
            })?;
            done.tell(|_| match currency {
                Some(currency) => format!(
                    "You pay in {currency} whom chose that too, and are paid in it by them, where \
                     the cycle has rates."
                ),
                None => "Each of your debts is paid in its own currency.".to_owned(),
            })
        }
    }
}

fn list(place: &PlaceArgs, as_json: bool) -> Result<(), Failure> {
    let follower = read(&place.union)?;
    let state = follower.state();
    if as_json {
        let members = (0..).zip(state.members()).map(|(number, member): (u32, _)| {
            json!({
                "number": number,
                "name": member.profile.name,
                "country": member.profile.country,
                "lei": member.profile.lei,
                "group": member.profile.group,
                "agent": member.profile.capacity == Capacity::Agent,
                "standing": member.standing.name(),
                "open_obligations": member.open,
            })
        });
        return print_json(&members.collect::<serde_json::Value>());
    }
    let mut table = columns();
    table.add_row(["", "name", "country", "standing", "open obligations"]);
    for (number, member) in state.members().iter().enumerate() {
        let standing = match member.profile.capacity {
            Capacity::Agent => format!("{}, an agent", member.standing.name()),
            Capacity::Member => member.standing.name().to_owned(),
        };
        table.add_row([
            number.to_string(),
            member.profile.name.clone(),
            member.profile.country.clone(),
            standing,
            member.open.to_string(),
        ]);
    }
    print(&table_lines(&table, 0))
}

fn apply(args: &ApplyArgs) -> Result<(), Failure> {
    let keys: Result<Vec<NewKey>, Failure> = args
        .act
        .signers()
        .iter()
        .map(|path| {
            let public = known(&key_files::public(path)?);
            let holder = args.holder.clone().unwrap_or_else(|| args.name.clone());
            Ok(NewKey { public, holder, roles: all_roles() })
        })
        .collect();
    let profile = Profile {
        name: args.name.clone(),
        country: args.country.clone(),
        lei: args.lei.clone(),
        capacity: if args.agent { Capacity::Agent } else { Capacity::Member },
        group: args.group.clone(),
    };
    let application = Application { profile, keys: keys? };
    let done = args.act.apply(|_, _| Ok(Action::Apply(application)))?;
    done.tell(|state| {
        format!("{} has applied; it is member {}.", args.name, state.members().len() - 1)
    })
}

fn merge(args: &MergeArgs) -> Result<(), Failure> {
    let evidence = args.evidence.as_deref().map(digest_of).transpose()?;
    let done = args.act.give(|state, _| {
        let into = names::member(state, &args.into)?;
        let reason = args.reason.clone();
        Ok(Action::OfferMerger(MergerOffer { into, reason, evidence }))
    })?;
    done.tell(|_| format!("Offered: {} has to absorb you.", args.into))
}

fn step(args: &StepArgs, step: Step) -> Result<(), Failure> {
    let evidence = args.evidence.as_deref().map(digest_of).transpose()?;
    let mut whose = None;
    let done = args.act.give(|state, who| {
        let member = match &args.member {
            Some(name) => names::member(state, name)?,
            None => who.member()?,
        };
        whose = Some(member);
        Ok(Action::Stand { member, step, reason: args.reason.clone(), evidence })
    })?;
    done.tell(|state| match whose {
        Some(MemberId(number)) => {
            let member = &state.members()[number as usize];
            format!("{} is {} now.", member.profile.name, member.standing.name())
        }
        None => String::new(),
    })
}
