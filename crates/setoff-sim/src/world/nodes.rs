//! Nodes that start, stop, crash, sleep and take over.

use std::time::Duration;

use setoff_journal::{
    Entry, Journal, JournalError, Limit, Micros, Origin, SecretKey, SqliteStore, StoreError,
};
use setoff_node::{Node, NodeError, Replayed, read};
use setoff_union::{Action, PublicKey, State};

use super::{HOUR, World};
use crate::dice::Dice;
use crate::disk::{Disk, Fault};
use crate::model::{Broken, Checked, must};

/// How long a lease is.
const TERM: Duration = Duration::from_hours(2);

fn broken(rule: &'static str) -> impl Fn(&dyn std::error::Error) -> Broken {
    move |error| Broken { rule, what: error.to_string() }
}

impl World {
    /// Opens a node at a desk; whether it leads then depends on the lease and the disk.
    pub(super) fn start(&mut self, place: usize, dice: &mut Dice) -> Checked {
        let Some(operator) = self.operators_key(dice) else { return Ok(()) };
        let armed = dice.one_in(8);
        if armed {
            let faults = [Fault::Read, Fault::LeaseNotStored, Fault::LeaseStored];
            self.disk.arm(faults[dice.below(3)]);
        }
        let held = self.disk.lease_until();
        let now = self.now + self.desks[place].skew;
        if self.leader != Some(place) {
            self.desks[place].node = None;
        }
        let holder = format!("desk {place}");
        let opened = Node::open(self.disk.store(), operator, &holder, Micros(now), TERM);
        self.disk.disarm();
        self.tell(|| format!("  desk {place} opens: {:?}", opened.as_ref().map(Node::union)));
        match opened {
            Ok(node) => {
                must(held.is_none_or(|until| until <= now), "a lease is respected", || {
                    format!("taken at {now}, held until {held:?}")
                })?;
                self.desks[place].node = Some(node);
                self.leader = Some(place);
                self.lease_lost = false;
                self.coverage.event("node opens");
                self.reconcile(place)
            }
            Err(NodeError::Store(StoreError::Held(_))) => {
                must(held.is_some_and(|until| until > now), "a lease ends", || {
                    format!("refused at {now}, held until {held:?}")
                })?;
                self.coverage.event("lease is held");
                // Nobody leads: who waits gets it in the end.
                if self.leader.is_none() && dice.one_in(2) {
                    self.now += held.unwrap_or(now) - now + 1;
                }
                Ok(())
            }
            Err(
                NodeError::Store(StoreError::Storage { .. })
                | NodeError::Journal(JournalError::Store(StoreError::Storage { .. }))
                | NodeError::Replay(setoff_node::ReplayError::Journal(JournalError::Store(
                    StoreError::Storage { .. },
                ))),
            ) if armed => {
                self.coverage.event("opening fails");
                self.lease_lost = true;
                Ok(())
            }
            Err(other) => Err(broken("a journal opens again")(&other)),
        }
    }

    /// One of the operator's live keys; before the founding the first of all. Not one that a request
    /// in doubt may have ended: that of the node which handed it in is always left.
    fn operators_key(&mut self, dice: &mut Dice) -> Option<SecretKey> {
        let doubt = self.doubt.as_ref().map_or(&[][..], |(requests, _)| requests);
        let ended = |public: &PublicKey| {
            doubt.iter().any(|request| match &request.draft.action {
                Action::RevokeKey { key, .. } | Action::RotateKey { old: key, .. } => key == public,
                _ => false,
            })
        };
        let keys = self.model.keys.iter();
        let live: Vec<_> = keys
            .filter(|(public, key)| key.owner.is_none() && key.live && !ended(public))
            .collect();
        let founded = dice.pick(&live).map(|(public, _)| **public);
        let public = founded.or_else(|| self.people.first())?;
        self.people.secret(&public).cloned()
    }

    /// What a node finds in the journal is what was acknowledged, and beyond that at most what was
    /// in doubt.
    fn reconcile(&mut self, place: usize) -> Checked {
        let doubt = self.doubt.take();
        let Some(node) = &mut self.desks[place].node else { return Ok(()) };
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let next = node.journal().read(entries.len() as u64, Limit::default());
            let next = next.map_err(|error| broken("a journal can be read")(&error))?;
            if next.is_empty() {
                break;
            }
            entries.extend(next);
        }
        must(entries.len() >= self.history.len(), "what was acknowledged is there", || {
            format!("{} of {} entries", entries.len(), self.history.len())
        })?;
        let hash = |entry: &Entry| setoff_journal::Hash::of(&[entry.envelope.payload()]);
        let same = entries.iter().map(hash).zip(&self.history).all(|(own, known)| own == *known);
        must(same, "what was acknowledged is there", || "entries differ".to_owned())?;
        let more = entries.split_off(self.history.len());
        let position = self.history.len() as u64;
        let parting = self.parting.take().filter(|(size, _)| more.is_empty() && *size == position);
        for entry in more {
            let found = doubt.as_ref().and_then(|(requests, received)| {
                let payload = hash(&entry);
                let request = requests.iter().find(|request| request.payload() == payload)?;
                (entry.received.0 == *received).then_some(request)
            });
            let request = found.ok_or_else(|| Broken {
                rule: "nothing is written that nobody was told of",
                what: format!("{entry:?}"),
            })?;
            self.accept(request, entry.seq, entry.received)?;
            self.coverage.event("doubt: was stored");
        }
        let Some(node) = &self.desks[place].node else { return Ok(()) };
        self.model.compare_all(node.state())?;
        if let Some((_, digest)) = parting {
            must(node.state().digest() == digest, "a replay gives the live state", || {
                format!("at position {position}")
            })?;
        }
        Ok(())
    }

    /// The node at a desk is gone, without a word.
    pub(super) fn part(&mut self, place: usize) {
        if let Some(node) = self.desks[place].node.take() {
            self.parting = Some((node.state().position().0, node.state().digest()));
        }
        self.leader = None;
    }

    pub(super) fn close(&mut self, place: usize) -> Checked {
        self.coverage.event("node closed");
        self.leader = None;
        let Some(node) = self.desks[place].node.take() else { return Ok(()) };
        self.parting = Some((node.state().position().0, node.state().digest()));
        match node.close() {
            Err(NodeError::Store(StoreError::Fenced { .. })) if self.lease_lost => Ok(()),
            other => other.map_err(|error| broken("a lease is given back")(&error)),
        }
    }

    pub(super) fn renew(&mut self, place: usize) -> Checked {
        let now = Micros(self.now + self.desks[place].skew);
        let Some(node) = &mut self.desks[place].node else { return Ok(()) };
        match node.renew(now, TERM) {
            Err(NodeError::Store(StoreError::Fenced { .. })) if self.lease_lost => {
                self.leader = None;
                Ok(())
            }
            Ok(()) => {
                // Sometimes there is enough for one; the next start begins with it.
                node.keep_snapshot();
                Ok(())
            }
            Err(other) => Err(broken("a lease is held on")(&other)),
        }
    }

    /// The other desk tries to lead, while this one does.
    pub(super) fn take_over(&mut self, place: usize, dice: &mut Dice) -> Checked {
        self.coverage.event("takeover tried");
        if dice.one_in(2) {
            self.now += 3 * HOUR;
        }
        let before = self.leader;
        if let Some(leader) = before
            && let Some(node) = &self.desks[leader].node
        {
            self.parting = Some((node.state().position().0, node.state().digest()));
        }
        self.start(place, dice)?;
        if self.leader != before {
            self.coverage.event("taken over");
        }
        self.parting = None;
        Ok(())
    }

    /// A node that was stopped while another took over wakes, and goes on with what it had to do.
    pub(super) fn wake(&mut self, leader: usize, step: u64, dice: &mut Dice) -> Checked {
        let asleep = 1 - leader;
        if self.desks[asleep].node.is_none() {
            return Ok(());
        }
        self.coverage.event("sleeper wakes");
        if dice.one_in(3) {
            let now = Micros(self.now + self.desks[asleep].skew);
            let renewed = self.desks[asleep].node.as_mut().map(|node| node.renew(now, TERM));
            let fenced = matches!(renewed, Some(Err(NodeError::Store(StoreError::Fenced { .. }))));
            return must(fenced, "a lost lease is not held on", || format!("{renewed:?}"));
        }
        let requests = self.requests(leader, step, dice);
        self.deliver(asleep, requests, dice)
    }

    /// A reader that follows the journal has the same state as the node that writes it.
    pub(super) fn follow(&mut self) -> Checked {
        if self.follower.is_none() {
            let journal = Journal::open(self.disk.store());
            let journal = journal.map_err(|error| broken("a journal can be followed")(&error))?;
            self.follower = Some((journal, Replayed::default()));
        }
        let Some((journal, replayed)) = &mut self.follower else { return Ok(()) };
        let followed = replayed.follow(journal);
        followed.map_err(|error| broken("a journal can be followed")(&error))?;
        self.coverage.event("digests compared");
        let live = self.leader.and_then(|leader| self.desks[leader].node.as_ref());
        same_state(&replayed.state, live.map(Node::state))
    }

    /// At the end: the follower, the model and, for some seeds, the check of the whole journal and
    /// a copy on SQLite.
    ///
    /// # Errors
    /// [`Broken`]: a rule that does not hold.
    pub fn finish(&mut self, check: bool, copy: bool) -> Checked {
        self.follow()?;
        if check {
            check_journal(&self.disk)?;
            self.coverage.event("journal checked");
        }
        if copy {
            let state = copied(&self.disk)?;
            let followed = self.follower.as_ref().map(|(_, replayed)| &replayed.state);
            same_state(&state, followed)?;
            self.coverage.event("copied to SQLite");
        }
        Ok(())
    }
}

fn same_state(one: &State, other: Option<&State>) -> Checked {
    let Some(other) = other else { return Ok(()) };
    must(one.digest() == other.digest(), "a replay gives the live state", || {
        format!("at {} and {}", one.position(), other.position())
    })
}

/// Every hash, signature, root and decision again.
fn check_journal(disk: &Disk) -> Checked {
    let mut store = disk.store();
    let checked = setoff_node::check(store.as_mut(), &[], &mut |_| {});
    checked.map(drop).map_err(|error| broken("the journal stands its check")(&error))
}

/// The state that a copy of the journal on SQLite gives.
fn copied(disk: &Disk) -> Checked<State> {
    let rule = "a copy on SQLite is the same";
    let failed = |error: &dyn std::error::Error| broken(rule)(error);
    let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
    let path = folder.path().join("copy.journal");
    let from = disk.store();
    let origin: Origin = from.origin().clone();
    let to = SqliteStore::create(&path, &origin).map_err(|error| failed(&error))?;
    // When nobody writes any more.
    let later = Micros(disk.lease_until().unwrap_or(0).max(0));
    setoff_journal::copy(from, Box::new(to), &mut || later).map_err(|error| failed(&error))?;
    let store = SqliteStore::open(&path).map_err(|error| failed(&error))?;
    let mut journal = Journal::open(Box::new(store)).map_err(|error| failed(&error))?;
    Ok(read(&mut journal).map_err(|error| failed(&error))?.state)
}
