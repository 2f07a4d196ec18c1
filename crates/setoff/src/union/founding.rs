//! `setoff union init`: a union from a founding document, signed by all who found it.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use setoff_journal::{Envelope, Origin, SecretKey};
use setoff_node::{Answer, Rejection, Submission, UnionId};
use setoff_union::{
    Action, Actor, Application, Capacity, Code, Founding, NewKey, Profile, PublicKey, Refusal,
    Role, Rulebook, State,
};

use crate::failure::Failure;
use crate::key_files::{self, known};
use crate::place::{self, PlaceArgs};
use crate::standard_output::print;
use crate::wording::counted;

use super::acting::{
    node_failure, open_node, read_envelope, rejected, sealed, submit, write_envelope,
};
use super::keys::all_roles;
use super::names;

/// Found a union and make its journal
#[derive(Debug, Args)]
#[command(
    after_help = "FOUNDING is TOML; docs/union.md shows one. Every founder signs: with --as \
    here, or each with `setoff union sign` on the file that --out writes."
)]
pub(crate) struct InitArgs {
    /// The founding document, or a file that --out wrote and all have signed
    founding: PathBuf,

    #[command(flatten)]
    place: PlaceArgs,

    /// The operator's key file
    #[arg(long, value_name = "KEY", env = "SETOFF_OPERATOR")]
    operator: PathBuf,

    /// The founders' key files, as many as are here
    #[arg(long = "as", value_name = "KEY", value_delimiter = ',')]
    signers: Vec<PathBuf>,

    /// Write the founding for the others to sign, and make no journal yet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// A founding document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    name: String,
    currencies: Vec<String>,
    unit_of_account: Option<Code>,
    operator: Vec<DocumentKey>,
    member: Vec<DocumentMember>,
    #[serde(default)]
    rulebook: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentKey {
    /// A key file beside the document, or a public key in hexadecimal digits.
    key: String,
    holder: String,
    roles: Option<Vec<Role>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentMember {
    name: String,
    country: String,
    lei: Option<String>,
    group: Option<String>,
    #[serde(default)]
    agent: bool,
    keys: Vec<DocumentKey>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Input`] if the document is not right or a signature is missing.
pub(crate) fn run(args: &InitArgs) -> Result<(), Failure> {
    let operator = key_files::open(&args.operator)?;
    let signers: Result<Vec<SecretKey>, Failure> =
        args.signers.iter().map(|path| key_files::open(path)).collect();
    let signers = signers?;
    let keys = || std::iter::once(&operator).chain(&signers);
    let envelope = match read_envelope(&args.founding) {
        Ok(mut envelope) => {
            for key in keys() {
                let signed = envelope.signatures().iter().any(|s| s.key == key.id());
                if !signed {
                    envelope.sign(key).map_err(|error| Failure::Input(error.to_string()))?;
                }
            }
            envelope
        }
        Err(_) => sealed(document(&args.founding)?, keys())?,
    };
    if let Some(out) = &args.out {
        write_envelope(out, &envelope)?;
        let out = out.display();
        return print(&format!(
            "The founding is in {out}. Each founder signs with `setoff union sign {out} --as \
             KEY`; then `setoff union init {out}`.\n"
        ));
    }
    found(args, envelope, &operator)
}

fn found(args: &InitArgs, envelope: Envelope, operator: &SecretKey) -> Result<(), Failure> {
    let id = UnionId::founded_by(envelope.payload());
    let name = format!("setoff/{id}");
    let origin = Origin::new(&name).map_err(|error| Failure::Bug(error.to_string()))?;
    // What the rules refuse leaves no empty journal behind.
    rehearsed(&envelope, operator, &origin)?;
    drop(place::create(&args.place.union, &origin)?);
    let mut node = open_node(&args.place.union, operator, Some(&args.operator))?;
    match submit(&mut node, vec![envelope])?.pop() {
        Some(Answer::Accepted(_)) => {}
        Some(Answer::Rejected(rejection)) => return Err(rejected(node.state(), &rejection)),
        other => return Err(Failure::Bug(format!("a founding was answered {other:?}"))),
    }
    let state = node.state();
    let text = if args.json {
        let told = serde_json::json!({
            "union": id.to_string(),
            "name": state.name(),
            "members": state.members().len(),
        });
        format!("{told:#}\n")
    } else {
        format!(
            "Founded {} with {}; its journal is {}.\nIts identifier is {id}.\n",
            state.name(),
            counted(state.members().len(), "member", "members"),
            args.place.union,
        )
    };
    node.close().map_err(node_failure)?;
    print(&text)
}

/// Founds the union in a journal that is thrown away.
fn rehearsed(envelope: &Envelope, operator: &SecretKey, origin: &Origin) -> Result<(), Failure> {
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::Machine(format!("no temporary folder can be made: {error}")))?;
    let path = folder.path().join("rehearsal.db").display().to_string();
    drop(place::create(&path, origin)?);
    let mut node = open_node(&path, operator, None)?;
    match submit(&mut node, vec![envelope.clone()])?.pop() {
        Some(Answer::Rejected(rejection)) => Err(match rejection {
            Rejection::Refused(Refusal::KeyNotProven { key }) => unsigned(envelope, &key),
            other => rejected(node.state(), &other),
        }),
        _ => Ok(()),
    }
}

/// Whose key has not signed a founding.
fn unsigned(envelope: &Envelope, key: &PublicKey) -> Failure {
    let submission = Submission::parse(envelope.payload_type(), envelope.payload());
    let holder = submission.ok().and_then(|submission| match submission.command.action {
        Action::Found(founding) => {
            let of_members = founding.members.iter().flat_map(|member| {
                member.keys.iter().map(|key| (member.profile.name.as_str(), key))
            });
            let mut all =
                founding.operator.iter().map(|key| ("the operator", key)).chain(of_members);
            let found = all.find(|(_, new)| new.public == *key);
            found.map(|(of, new)| format!("{} of {of}", new.holder))
        }
        _ => None,
    });
    Failure::Input(format!(
        "refused: {} has to sign the founding with the key {key}, to show that it is there",
        holder.as_deref().unwrap_or("its holder")
    ))
}

/// The payload to be signed, made from a founding document.
fn document(path: &Path) -> Result<Vec<u8>, Failure> {
    let text = read_text(path)?;
    let read: Document = toml::from_str(&text)
        .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    let beside = path.parent().unwrap_or(Path::new("."));
    let key = |key: &DocumentKey| -> Result<NewKey, Failure> {
        let public = match key.key.parse() {
            Ok(public) => public,
            Err(_) => known(&key_files::public(&beside.join(&key.key))?),
        };
        let roles = key.roles.as_ref();
        let roles = roles.map_or_else(all_roles, |roles| roles.iter().copied().collect());
        Ok(NewKey { public, holder: key.holder.clone(), roles })
    };
    let members = read.member.iter().map(|member| {
        let profile = Profile {
            name: member.name.clone(),
            country: member.country.clone(),
            lei: member.lei.clone(),
            capacity: if member.agent { Capacity::Agent } else { Capacity::Member },
            group: member.group.clone(),
        };
        let keys = member.keys.iter().map(key).collect::<Result<_, _>>()?;
        Ok(Application { profile, keys })
    });
    let founding = Founding {
        name: read.name,
        currencies: read.currencies,
        unit_of_account: read.unit_of_account,
        operator: read.operator.iter().map(key).collect::<Result<_, _>>()?,
        members: members.collect::<Result<_, Failure>>()?,
        rulebook: {
            let numbered = |name: &str| {
                let found = read.member.iter().position(|member| member.name == name);
                found.ok_or_else(|| Failure::Input(format!("no member is named \"{name}\"")))
            };
            changed(&Rulebook::usual(), read.rulebook, path, numbered)?
        },
    };
    let action = Action::Found(Box::new(founding));
    Ok(Submission::document(None, "founding", None, Actor::Operator, &action))
}

/// A rulebook with the changes that a TOML file names.
///
/// # Errors
/// [`Failure::Input`] names what is no field of a rulebook, or has no such value.
pub(super) fn changed_rulebook(
    state: &State,
    rulebook: &Rulebook,
    path: &Path,
) -> Result<Rulebook, Failure> {
    let table: toml::Table = toml::from_str(&read_text(path)?)
        .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    let numbered = |name: &str| names::member(state, name).map(|member| member.0 as usize);
    changed(rulebook, table, path, numbered)
}

/// A rulebook with the changes of a table, in which the netting centre may be a member's name.
fn changed(
    rulebook: &Rulebook,
    mut table: toml::Table,
    path: &Path,
    numbered: impl FnOnce(&str) -> Result<usize, Failure>,
) -> Result<Rulebook, Failure> {
    let settlement = table.get_mut("settlement").and_then(toml::Value::as_table_mut);
    if let Some(centre) = settlement.and_then(|ways| ways.get_mut("centre"))
        && let Some(name) = centre.as_str()
    {
        let number = numbered(name).map_err(|failure| {
            Failure::Input(format!("{}: the netting centre: {failure}", path.display()))
        })?;
        *centre = toml::Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    }
    let wrong = |error: serde_json::Error| {
        Failure::Input(format!("{}: the rulebook: {error}", path.display()))
    };
    let mut whole = serde_json::to_value(rulebook).map_err(wrong)?;
    overlay(&mut whole, serde_json::to_value(table).map_err(wrong)?);
    serde_json::from_value(whole).map_err(wrong)
}

/// Puts the values of `over` in place of those of `under`, table by table.
fn overlay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                overlay(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::Input(format!("{}: can't be read: {error}", path.display())))
}
