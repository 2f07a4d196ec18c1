//! `setoff union member`, `key`, `delegate`: who is in the union, with which keys, acting for whom.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use comfy_table::{Table, presets};
use jiff::civil::Date;
use serde_json::json;
use setoff_union::{
    Action, Amount, Application, Capacity, MemberId, MergerOffer, NewKey, Owner, Profile, Role,
    Scope, State, Step, Way,
};

use crate::failure::Failure;
use crate::key_files::{self, known};
use crate::place::PlaceArgs;
use crate::standard_output::{print, table_lines};

use super::acting::{ActArgs, read};
use super::{amount, code, date, digest_of, names};

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
        return print(&format!("{:#}\n", members.collect::<serde_json::Value>()));
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
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

/// What a key may do where nothing is said.
pub(crate) fn all_roles() -> BTreeSet<Role> {
    [Role::Submit, Role::Approve, Role::Vote].into()
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

/// Add, revoke and list keys; say over which amount it takes two people
#[derive(Debug, Args)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleArg {
    /// Enter things: declare, dispute, hold
    Submit,
    /// Bind the member: confirm, agree, change keys
    Approve,
    /// Propose and vote
    Vote,
}

impl RoleArg {
    fn role(self) -> Role {
        match self {
            Self::Submit => Role::Submit,
            Self::Approve => Role::Approve,
            Self::Vote => Role::Vote,
        }
    }
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// List every key that was ever in use
    List {
        #[command(flatten)]
        place: PlaceArgs,
        /// Only of this member
        #[arg(long)]
        member: Option<String>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a key from a key file
    Add {
        /// The new key's file; it signs too, which shows that it is there
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The person who has it
        #[arg(long)]
        holder: String,
        /// What it may do [default: all three]
        #[arg(long, value_enum, value_delimiter = ',')]
        roles: Vec<RoleArg>,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
    /// Revoke a key from now on
    Revoke {
        /// The key, as file or in hexadecimal digits
        key: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
    /// Say over which amount it takes the keys of two people
    Limit {
        /// The currency
        currency: String,
        /// The amount; without it the limit ends
        #[arg(long, value_parser = amount)]
        over: Option<Amount>,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
}

/// Runs `setoff union key`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn keys(args: &KeysArgs) -> Result<(), Failure> {
    match &args.command {
        KeysCommand::List { place, member, json } => list_keys(place, member.as_deref(), *json),
        KeysCommand::Add { file, holder, roles, act } => {
            let new = key_files::open(file)?;
            let roles: BTreeSet<Role> = match roles[..] {
                [] => all_roles(),
                _ => roles.iter().map(|role| role.role()).collect(),
            };
            let key = NewKey { public: known(&new.public()), holder: holder.clone(), roles };
            let done = act.give_signed_also(&[new], |_, _| Ok(Action::AddKey(key)))?;
            done.tell(|_| format!("The key in {} counts from now on.", file.display()))
        }
        KeysCommand::Revoke { key, reason, act } => {
            let key = known(&key_files::public_or_file(key)?);
            let action = Action::RevokeKey { key, reason: reason.clone() };
            act.give(|_, _| Ok(action))?.tell(|_| "The key counts no more.".to_owned())
        }
        KeysCommand::Limit { currency, over, act } => {
            let done = act.give(|state, _| {
                Ok(Action::LimitOnePerson { currency: code(state, currency)?, over: *over })
            })?;
            done.tell(|_| match over {
                Some(over) => format!("Over {over} {currency} it takes two people now."),
                None => format!("One person is enough for any amount of {currency} now."),
            })
        }
    }
}

fn list_keys(place: &PlaceArgs, member: Option<&str>, as_json: bool) -> Result<(), Failure> {
    let follower = read(&place.union)?;
    let state = follower.state();
    let only = member.map(|name| names::member(state, name)).transpose()?;
    let wanted = |owner: Owner| only.is_none_or(|member| owner == Owner::Member(member));
    let keys = state.keys().iter().filter(|key| wanted(key.owner));
    let roles = |roles: &BTreeSet<Role>| -> Vec<&'static str> {
        roles.iter().map(|role| role.name()).collect()
    };
    if as_json {
        let keys = keys.map(|key| {
            json!({
                "public_key": key.key.public.to_string(),
                "owner": owner_name(state, key.owner),
                "holder": key.key.holder,
                "roles": roles(&key.key.roles),
                "since_position": key.since.0,
                "revoked_at_position": key.revoked.map(|position| position.0),
            })
        });
        return print(&format!("{:#}\n", keys.collect::<serde_json::Value>()));
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_row(["public key", "of", "holder", "roles", "counts"]);
    for key in keys {
        let counts = match key.revoked {
            None => format!("from position {}", key.since.0),
            Some(end) => format!("from position {} to {}", key.since.0, end.0),
        };
        let public = key.key.public.to_string();
        table.add_row([
            format!("{}…", &public[..16]),
            owner_name(state, key.owner).to_owned(),
            key.key.holder.clone(),
            roles(&key.key.roles).join(", "),
            counts,
        ]);
    }
    print(&table_lines(&table, 0))
}

fn owner_name(state: &State, owner: Owner) -> &str {
    match owner {
        Owner::Operator => "the operator",
        Owner::Member(member) => names::name(state, member),
    }
}

/// Authorise a delegate to act for a member, or end that
#[derive(Debug, Args)]
pub(crate) struct DelegateArgs {
    /// Who is to act for the member of --as
    delegate: String,
    /// In what
    #[arg(long, value_enum, value_delimiter = ',', required_unless_present = "end")]
    scope: Vec<ScopeArg>,
    /// The last day
    #[arg(long, value_parser = date, required_unless_present = "end")]
    until: Option<Date>,
    /// End the delegation now
    #[arg(long, requires = "reason", conflicts_with_all = ["scope", "until"])]
    end: bool,
    /// Why it ends
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScopeArg {
    /// Enter obligations, disputes, answers and holds
    Enter,
    /// Confirm, and otherwise bind the member about obligations
    Bind,
    /// Confirm payments received
    Receive,
    /// Sign agreements
    Agree,
}

/// Runs `setoff union delegate`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn delegate(args: &DelegateArgs) -> Result<(), Failure> {
    let scope = args.scope.iter().map(|scope| match scope {
        ScopeArg::Enter => Scope::Enter,
        ScopeArg::Bind => Scope::Bind,
        ScopeArg::Receive => Scope::Receive,
        ScopeArg::Agree => Scope::Agree,
    });
    let scope: BTreeSet<Scope> = scope.collect();
    let done = args.act.give(|state, _| {
        let delegate = names::member(state, &args.delegate)?;
        Ok(match (args.until, &args.reason) {
            (Some(until), _) => Action::Delegate { delegate, scope, until },
            (None, reason) => {
                Action::EndDelegation { delegate, reason: reason.clone().unwrap_or_default() }
            }
        })
    })?;
    done.tell(|_| match args.until {
        Some(until) => format!("{} acts for you until {until}.", args.delegate),
        None => format!("{} acts for you no more.", args.delegate),
    })
}
