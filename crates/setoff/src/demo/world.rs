//! The union of the demo while it is lived: its node, everybody's keys, and a clock that goes as fast
//! as the story.

use std::path::Path;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use setoff_journal::key_file::Cost;
use setoff_journal::{Envelope, Micros, Origin, Salt, SecretKey};
use setoff_node::{Answer, Node, Submission};
use setoff_union::{Action, Actor, MemberId, NewKey, Standing, State};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::generate::Draws;
use crate::key_files::{self, known};
use crate::place;
use crate::union::acting::{node_failure, rejected, sealed};
use crate::union::{all_roles, ascii_words};

/// How long the node holds its lease: the demo's clock runs ahead of this machine's.
const TERM: std::time::Duration = std::time::Duration::from_hours(400 * 24);

/// A guess of the demo's passphrase costs little: everybody knows it.
const CHEAP: Cost = Cost { memory_kib: 1 << 10, passes: 1 };

/// The passphrase of every key.
const PASSPHRASE: &str = "demo";

pub(super) struct World {
    pub(super) node: Node,
    operator: SecretKey,
    pub(super) draws: Draws,
    now: Timestamp,
    /// Commands that wait for the end of the day.
    day: Vec<Envelope>,
    given: u64,
    interesting: usize,
}

/// What the story comes to.
pub(super) struct Figures {
    pub(super) members: usize,
    pub(super) obligations: usize,
    pub(super) commands: u64,
    pub(super) cycles: usize,
    pub(super) digest: String,
    /// An obligation with a history worth reading.
    pub(super) interesting: usize,
}

/// The key of a name, the same in every demo.
pub(super) fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&Sha256::digest(format!("setoff-demo/{name}")).into())
}

/// The key as the union is told of it.
pub(super) fn new_key(name: &str, holder: &str) -> NewKey {
    NewKey { public: known(&key(name).public()), holder: holder.to_owned(), roles: all_roles() }
}

impl World {
    pub(super) fn new(journal: &Path) -> Result<Self, Failure> {
        let operator = key("operator");
        let origin = Origin::new("setoff/demo").map_err(|e| Failure::Bug(e.to_string()))?;
        let path = journal.display().to_string();
        drop(place::create(&path, &origin)?);
        let now = day(date(2025, 1, 2));
        let begun = Micros(now.as_microsecond());
        let node = Node::open(place::open(&path)?, operator.clone(), "demo", begun, TERM)
            .map_err(node_failure)?;
        let draws = Draws::new(2025);
        Ok(Self { node, operator, draws, now, day: Vec::new(), given: 0, interesting: 0 })
    }

    pub(super) fn state(&self) -> &State {
        self.node.state()
    }

    pub(super) fn today(&self) -> Date {
        setoff_union::utc_date(self.now)
    }

    /// Goes on to a day, at eight in the morning.
    pub(super) fn go_to(&mut self, to: Date) {
        self.now = self.now.max(day(to));
    }

    pub(super) fn wait(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    /// The moment so many days from now.
    pub(super) fn moment_in(&self, days: i64) -> Timestamp {
        self.now + SignedDuration::from_hours(24 * days)
    }

    /// A member by the first word of its name.
    pub(super) fn member(&self, begins: &str) -> MemberId {
        let numbered = (0..).map(MemberId).zip(self.state().members());
        let found = numbered.filter(|(_, member)| member.profile.name.starts_with(begins));
        found.map(|(number, _)| number).last().expect("the story names members that are there")
    }

    pub(super) fn name(&self, member: MemberId) -> &str {
        &self.state().members()[member.0 as usize].profile.name
    }

    /// The members that take part in everything.
    pub(super) fn active(&self) -> Vec<MemberId> {
        let numbered = (0..).map(MemberId).zip(self.state().members());
        let active = numbered.filter(|(_, member)| {
            member.standing == Standing::Active
                && member.profile.capacity == setoff_union::Capacity::Member
        });
        active.map(|(number, _)| number).collect()
    }

    /// Remembers an obligation for who wants to read a history.
    pub(super) fn remember(&mut self, obligation: usize) {
        self.interesting = obligation;
    }

    /// A command that is journalled at the end of the day.
    pub(super) fn later(
        &mut self,
        by: Actor,
        signers: &[&str],
        action: &Action,
    ) -> Result<(), Failure> {
        self.given += 1;
        let union = self.node.union();
        let payload =
            Submission::document(union, &format!("demo/{}", self.given), None, by, action);
        let keys: Vec<SecretKey> = signers.iter().map(|name| self.key_named(name)).collect();
        self.day.push(sealed(payload, keys.iter())?);
        Ok(())
    }

    fn key_named(&self, name: &str) -> SecretKey {
        if name == "operator" { self.operator.clone() } else { key(name) }
    }

    /// A member's command, by its own key, at the end of the day.
    pub(super) fn member_later(
        &mut self,
        member: MemberId,
        action: &Action,
    ) -> Result<(), Failure> {
        let name = self.name(member).to_owned();
        self.later(Actor::Member(member), &[&name], action)
    }

    /// A member's command, now.
    pub(super) fn by_member(&mut self, member: MemberId, action: &Action) -> Result<(), Failure> {
        self.member_later(member, action)?;
        self.end_day()
    }

    /// The operator's command, now.
    pub(super) fn by_operator(&mut self, action: &Action) -> Result<(), Failure> {
        self.later(Actor::Operator, &["operator"], action)?;
        self.end_day()
    }

    /// Journals what was given, in one durable append.
    pub(super) fn end_day(&mut self) -> Result<(), Failure> {
        if self.day.is_empty() {
            return Ok(());
        }
        let salted = std::mem::take(&mut self.day).into_iter().map(|envelope| {
            let salt = Sha256::digest(envelope.payload());
            (envelope, Salt(salt.into()))
        });
        let salted: Vec<(Envelope, Salt)> = salted.collect();
        let received = Micros(self.now.as_microsecond());
        let (answers, _) = self.node.submit(salted, received).map_err(node_failure)?;
        self.now += SignedDuration::from_mins(1);
        for answer in answers {
            if let Answer::Rejected(rejection) = answer {
                let why = rejected(self.state(), &rejection);
                return Err(Failure::Bug(format!("the demo's own command was {why}")));
            }
        }
        Ok(())
    }

    pub(super) fn figures(&self) -> Figures {
        let state = self.state();
        Figures {
            members: state.members().len(),
            obligations: state.obligations().len(),
            commands: state.position().0,
            cycles: state.cycles().len(),
            digest: state.digest().to_string(),
            interesting: self.interesting,
        }
    }

    /// Writes everybody's key file.
    pub(super) fn write_keys(&self, folder: &Path) -> Result<(), Failure> {
        std::fs::create_dir(folder).map_err(|error| {
            Failure::Machine(format!("{}: can't be made: {error}", folder.display()))
        })?;
        key_files::write(&folder.join("operator.key"), &self.operator, PASSPHRASE, CHEAP)?;
        for member in self.state().members() {
            let name = &member.profile.name;
            let file = folder.join(format!("{}.key", ascii_words(name).to_lowercase()));
            key_files::write(&file, &key(name), PASSPHRASE, CHEAP)?;
        }
        Ok(())
    }

    /// Lets others write.
    pub(super) fn close(self) -> Result<(), Failure> {
        self.node.close().map_err(node_failure)
    }
}

fn day(day: Date) -> Timestamp {
    let morning = day.at(8, 0, 0, 0);
    jiff::tz::Offset::UTC.to_timestamp(morning).expect("the demo's year is in every calendar")
}
