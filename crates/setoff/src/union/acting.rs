//! Giving a command to a union: signed with key files, then journalled by the operator's node here,
//! or written to a file for the operator.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use setoff_journal::{Envelope, Micros, Salt, SecretKey, StoreError};
use setoff_node::{
    Answer, Follower, Node, NodeError, PAYLOAD_TYPE, Receipt, Rejection, ReplayError, Submission,
    UnionId,
};
use setoff_union::{Action, Actor, MemberId, Owner, Refusal, State};

use crate::failure::Failure;
use crate::key_files::{self, known, random};
use crate::place::{self, PlaceArgs};
use crate::standard_output::{print, print_json};

use super::names;

/// How long a command holds the journal, and waits for another that does.
const TERM: Duration = Duration::from_secs(10);

/// Who acts, and where to
#[derive(Debug, Args)]
pub(crate) struct ActArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// The key file that signs; several where two people are needed
    #[arg(long = "as", value_name = "KEY", env = "SETOFF_AS", value_delimiter = ',')]
    signers: Vec<PathBuf>,

    /// The member for whom a delegate acts
    #[arg(long = "for", value_name = "MEMBER")]
    principal: Option<String>,

    /// The operator's key file, which journals the command
    #[arg(long, value_name = "KEY", env = "SETOFF_OPERATOR")]
    operator: Option<PathBuf>,

    /// Write the signed command to this file, for others to sign or the operator to submit
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// A name for this command: given twice under one name, it is carried out once
    #[arg(long, value_name = "TEXT")]
    once: Option<String>,

    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who gives a command.
pub(crate) struct Who {
    /// For whom.
    pub(crate) by: Actor,
}

impl Who {
    /// The member for whom it is given.
    ///
    /// # Errors
    /// [`Failure::Input`] for the operator.
    pub(crate) fn member(&self) -> Result<MemberId, Failure> {
        match self.by {
            Actor::Member(member) => Ok(member),
            Actor::Operator | Actor::Applicant => Err(Failure::Input(
                "this is for a member to do: name a member's key with --as, not the operator's"
                    .to_owned(),
            )),
        }
    }
}

/// What became of a command.
pub(crate) struct Done {
    /// How many of each thing there were before.
    before: [usize; CREATED.len()],
    to: Destination,
    action: Value,
    json: bool,
}

enum Destination {
    Journal { node: Box<Node>, position: u64, again: bool },
    File(PathBuf),
}

/// What a command may create.
const CREATED: [&str; 6] =
    ["members", "obligations", "proposals", "cycles", "instructions", "agreements"];

fn counts(state: &State) -> [usize; CREATED.len()] {
    [
        state.members().len(),
        state.obligations().len(),
        state.proposals().len(),
        state.cycles().len(),
        state.instructions().len(),
        state.agreements().len(),
    ]
}

impl ActArgs {
    /// The key files of `--as`.
    pub(crate) fn signers(&self) -> &[PathBuf] {
        &self.signers
    }

    /// Gives the command that `make` makes, for whoever owns the first key.
    ///
    /// # Errors
    /// [`Failure::Input`] if the union refuses it, and what reading and writing fail with.
    pub(crate) fn give(
        &self,
        make: impl FnOnce(&State, &Who) -> Result<Action, Failure>,
    ) -> Result<Done, Failure> {
        self.give_signed_also(&[], make)
    }

    /// The same, signed by further keys that are new.
    ///
    /// # Errors
    /// As [`ActArgs::give`].
    pub(crate) fn give_signed_also(
        &self,
        also: &[SecretKey],
        make: impl FnOnce(&State, &Who) -> Result<Action, Failure>,
    ) -> Result<Done, Failure> {
        let keys = self.keys()?;
        self.give_by(|state| self.actor(state, &keys), &keys, also, make)
    }

    /// Gives a command for someone who is no member yet.
    ///
    /// # Errors
    /// As [`ActArgs::give`].
    pub(crate) fn apply(
        &self,
        make: impl FnOnce(&State, &Who) -> Result<Action, Failure>,
    ) -> Result<Done, Failure> {
        let keys = self.keys()?;
        self.give_by(|_| Ok(Actor::Applicant), &keys, &[], make)
    }

    fn give_by(
        &self,
        actor: impl FnOnce(&State) -> Result<Actor, Failure>,
        keys: &[SecretKey],
        also: &[SecretKey],
        make: impl FnOnce(&State, &Who) -> Result<Action, Failure>,
    ) -> Result<Done, Failure> {
        if let Some(file) = &self.out {
            let follower = read(&self.place.union)?;
            let state = follower.state();
            let by = actor(state)?;
            let action = make(state, &Who { by })?;
            let envelope = self.signed(follower.union(), by, &action, keys.iter().chain(also))?;
            write_envelope(file, &envelope)?;
            let to = Destination::File(file.clone());
            return Ok(Done { before: counts(state), to, action: value(&action), json: self.json });
        }
        let operator = self.operator_key(keys)?;
        let mut node = open_node(&self.place.union, &operator, self.operator.as_deref())?;
        let given = self.give_to(&mut node, actor, keys, also, make);
        let (Receipt { position }, again, before, action) = match given {
            Ok(given) => given,
            Err(failure) => {
                node.close().map_err(node_failure)?;
                return Err(failure);
            }
        };
        let to = Destination::Journal { node: Box::new(node), position, again };
        Ok(Done { before, to, action, json: self.json })
    }

    fn give_to(
        &self,
        node: &mut Node,
        actor: impl FnOnce(&State) -> Result<Actor, Failure>,
        keys: &[SecretKey],
        also: &[SecretKey],
        make: impl FnOnce(&State, &Who) -> Result<Action, Failure>,
    ) -> Result<(Receipt, bool, [usize; CREATED.len()], Value), Failure> {
        let before = counts(node.state());
        let by = actor(node.state())?;
        let action = make(node.state(), &Who { by })?;
        let envelope = self.signed(node.union(), by, &action, keys.iter().chain(also))?;
        match submit(node, vec![envelope])?.pop() {
            Some(Answer::Accepted(receipt)) => Ok((receipt, false, before, value(&action))),
            Some(Answer::AcceptedBefore(receipt)) => Ok((receipt, true, before, value(&action))),
            Some(Answer::Rejected(rejection)) => Err(rejected(node.state(), &rejection)),
            None => Err(Failure::Bug("no answer to a command".to_owned())),
        }
    }

    fn keys(&self) -> Result<Vec<SecretKey>, Failure> {
        if self.signers.is_empty() {
            return Err(Failure::Input(
                "who acts? Name the key file with --as KEY or SETOFF_AS".to_owned(),
            ));
        }
        self.signers.iter().map(|path| key_files::open(path)).collect()
    }

    /// The operator's key, which may be the one that signs.
    fn operator_key(&self, keys: &[SecretKey]) -> Result<SecretKey, Failure> {
        if let Some(path) = &self.operator {
            let same = self.signers.iter().position(|signer| signer == path);
            return match same {
                Some(place) => Ok(keys[place].clone()),
                None => key_files::open(path),
            };
        }
        let follower = read(&self.place.union)?;
        let of_operator = |key: &&SecretKey| owner(follower.state(), key) == Some(Owner::Operator);
        keys.iter().find(of_operator).cloned().ok_or_else(|| {
            Failure::Input(
                "the operator's node journals commands: name its key with --operator KEY or \
                 SETOFF_OPERATOR; or, if that is not yours, write the signed command with --out FILE and hand it over \
                 (`setoff union submit FILE` takes it)"
                    .to_owned(),
            )
        })
    }

    fn actor(&self, state: &State, keys: &[SecretKey]) -> Result<Actor, Failure> {
        if let Some(name) = &self.principal {
            return Ok(Actor::Member(names::member(state, name)?));
        }
        let first = &keys[0];
        match owner(state, first) {
            Some(Owner::Operator) => Ok(Actor::Operator),
            Some(Owner::Member(member)) => Ok(Actor::Member(member)),
            None => Err(Failure::Input(format!(
                "the key in {} is not known to the union {}: its public key is {}",
                self.signers[0].display(),
                state.name(),
                known(&first.public())
            ))),
        }
    }

    fn signed<'a>(
        &self,
        union: Option<UnionId>,
        by: Actor,
        action: &Action,
        keys: impl Iterator<Item = &'a SecretKey>,
    ) -> Result<Envelope, Failure> {
        let once = match &self.once {
            Some(name) => name.clone(),
            None => setoff_union::Digest(random()?).to_string(),
        };
        sealed(Submission::document(union, &once, None, by, action), keys)
    }
}

impl Done {
    /// Tells what was done, in these words or as JSON, and lets others write again.
    ///
    /// # Errors
    /// [`Failure::Machine`] if it can't be printed.
    pub(crate) fn tell(self, words: impl FnOnce(&State) -> String) -> Result<(), Failure> {
        let Self { before, to, action, json: as_json } = self;
        match to {
            Destination::Journal { node, position, again } => {
                let text = if as_json {
                    let created = created(before, counts(node.state()));
                    let told = json!({
                        "position": position,
                        "carried_out_before": again,
                        "created": created,
                        "command": action,
                    });
                    format!("{told:#}\n")
                } else if again {
                    format!(
                        "This command was carried out before, at position {position}; nothing \
                         changed.\n"
                    )
                } else {
                    format!("{}\n", words(node.state()).trim_end())
                };
                node.close().map_err(node_failure)?;
                print(&text)
            }
            Destination::File(path) => {
                let path = path.display();
                if as_json {
                    let told = json!({ "file": path.to_string(), "command": action });
                    return print_json(&told);
                }
                print(&format!(
                    "The signed command is in {path}. `setoff union sign {path}` adds a \
                     signature, `setoff union submit {path}` hands it to the union.\n"
                ))
            }
        }
    }
}

/// The first and the last number of what was created.
fn created(before: [usize; CREATED.len()], after: [usize; CREATED.len()]) -> Value {
    let each = CREATED.iter().zip(before).zip(after).filter(|((_, before), after)| after > before);
    let each = each.map(|((what, before), after)| ((*what).to_owned(), json!([before, after - 1])));
    Value::Object(each.collect())
}

fn value(action: &Action) -> Value {
    serde_json::to_value(action).unwrap_or(Value::Null)
}

/// An envelope around a payload with the signatures of these keys.
///
/// # Errors
/// [`Failure::Input`] if the payload is too large or a key signs twice.
pub(crate) fn sealed<'a>(
    payload: Vec<u8>,
    keys: impl Iterator<Item = &'a SecretKey>,
) -> Result<Envelope, Failure> {
    let wrong = |error: setoff_journal::EnvelopeError| Failure::Input(error.to_string());
    let mut envelope = Envelope::new(PAYLOAD_TYPE, payload).map_err(wrong)?;
    for key in keys {
        envelope.sign(key).map_err(wrong)?;
    }
    Ok(envelope)
}

/// Writes an envelope as JSON to a new file: one that is there may hold what others signed.
///
/// # Errors
/// [`Failure::Input`] if there is such a file, [`Failure::Machine`] if it can't be written.
pub(crate) fn write_envelope(path: &Path, envelope: &Envelope) -> Result<(), Failure> {
    let file = std::fs::File::create_new(path);
    let written = file.and_then(|mut file| file.write_all((envelope.to_json() + "\n").as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::Input(format!(
            "{}: exists already, and may hold signatures: name another file, or remove it",
            path.display()
        )),
        _ => Failure::Machine(format!("{}: can't be written: {error}", path.display())),
    })
}

/// Reads an envelope that [`write_envelope`] wrote.
///
/// # Errors
/// [`Failure::Input`] if the file is none.
pub(crate) fn read_envelope(path: &Path) -> Result<Envelope, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Input(format!("{}: can't be read: {error}", path.display())))?;
    Envelope::from_json(&text)
        .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))
}

/// Whose key it is, if it counts.
fn owner(state: &State, key: &SecretKey) -> Option<Owner> {
    let number = state.key_of(&known(&key.public()))?;
    let found = state.keys().get(number.0 as usize)?;
    found.is_live().then_some(found.owner)
}

/// Opens a journal as the one that writes it, with the operator's key and the file that it is from;
/// waits while another does.
///
/// # Errors
/// [`Failure::Input`] if another goes on writing, and what reading fails with.
pub(crate) fn open_node(
    place: &str,
    operator: &SecretKey,
    file: Option<&Path>,
) -> Result<Node, Failure> {
    let begun = Instant::now();
    loop {
        let store = place::open(place)?;
        let holder = format!("process {}", std::process::id());
        match Node::open(store, operator.clone(), &holder, now(), TERM) {
            Err(NodeError::Store(StoreError::Held(_))) if begun.elapsed() < 2 * TERM => {
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(error @ NodeError::NotTheOperator) => {
                let file = file.map(|path| format!("{}: ", path.display())).unwrap_or_default();
                return Err(Failure::Input(format!("{file}{error}")));
            }
            opened => return opened.map_err(node_failure),
        }
    }
}

/// Hands envelopes to a node, each with a salt, received now.
///
/// # Errors
/// [`Failure::Machine`] if they can't be journalled.
pub(crate) fn submit(node: &mut Node, envelopes: Vec<Envelope>) -> Result<Vec<Answer>, Failure> {
    let salted: Result<Vec<(Envelope, Salt)>, Failure> =
        envelopes.into_iter().map(|envelope| Ok((envelope, Salt(random()?)))).collect();
    let (answers, _) = node.submit(salted?, now()).map_err(node_failure)?;
    Ok(answers)
}

/// Reads a union, from its newest snapshot on where it has one.
///
/// # Errors
/// [`Failure::Input`] if there is none, [`Failure::Check`] if its journal is damaged.
pub(crate) fn read(place: &str) -> Result<Follower, Failure> {
    Follower::open(place::open(place)?).map_err(replay_failure)
}

/// Whose fault it is that a journal can't be replayed.
pub(crate) fn replay_failure(error: ReplayError) -> Failure {
    match error {
        ReplayError::Journal(setoff_journal::JournalError::Store(error)) => place::failure(error),
        other => Failure::Check(other.to_string()),
    }
}

/// Whose fault it is that a node does not work.
pub(crate) fn node_failure(error: NodeError) -> Failure {
    match error {
        NodeError::Replay(error) => replay_failure(error),
        NodeError::Store(error)
        | NodeError::Journal(setoff_journal::JournalError::Store(error)) => place::failure(error),
        NodeError::Journal(error) => Failure::Check(error.to_string()),
        other => Failure::Input(other.to_string()),
    }
}

/// A command that was not accepted, with names beside the numbers in the text.
pub(crate) fn rejected(state: &State, rejection: &Rejection) -> Failure {
    let text = names::explained(state, &rejection.to_string());
    match rejection {
        Rejection::Refused(refusal) => Failure::Input(format!("refused: {text}{}", hint(refusal))),
        Rejection::Unfit(_) => Failure::Input(format!("refused: {text}")),
    }
}

/// What the command line can add to a refusal.
fn hint(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NeedsTwoPeople { .. } => {
            "\nSign with a second key: --as KEY,KEY, or --out FILE here and `setoff union sign \
             FILE` there."
        }
        _ => "",
    }
}

/// The time, by this machine's clock.
pub(crate) fn now() -> Micros {
    Micros(Timestamp::now().as_microsecond())
}
