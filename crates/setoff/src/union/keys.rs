//! `setoff union key`: the keys of members and of the operator, and how many people it takes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use setoff_union::{Action, Amount, NewKey, Owner, Role, State};

use crate::failure::Failure;
use crate::key_files::{self, known};
use crate::place::PlaceArgs;
use crate::standard_output::{columns, print, print_json, table_lines};

use super::acting::{ActArgs, read};
use super::{amount, code, names};

/// What a key may do where nothing is said.
pub(crate) fn all_roles() -> BTreeSet<Role> {
    [Role::Submit, Role::Approve, Role::Vote].into()
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
        return print_json(&keys.collect::<serde_json::Value>());
    }
    let mut table = columns();
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
