//! One union in a hostile world: two nodes on one disk, clocks that lie, requests that are lost and
//! repeated, and a model that watches.

mod mail;
mod nodes;

use std::collections::HashMap;

use jiff::Timestamp;
use setoff_journal::{Hash, Journal, Origin};
use setoff_node::{Node, Replayed, UnionId};
use setoff_union::Digest;

use crate::commands::twist::{self, Mail, Request};
use crate::commands::{Author, founding};
use crate::coverage::Coverage;
use crate::dice::Dice;
use crate::disk::{Disk, Fault};
use crate::model::{Broken, Checked, Model, must};
use crate::people::People;
use crate::plant::Plant;

/// The 1st of January 2026, 08:00 UTC, in microseconds.
const BEGIN: i64 = 1_767_254_400_000_000;
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// How many of the last requests may come again.
const KEPT: usize = 60;

/// Where a node runs.
#[derive(Default)]
struct Desk {
    node: Option<Node>,
    /// By how much its clock is wrong.
    skew: i64,
}

/// A union, who watches it, and what happens to both.
pub struct World {
    seed: u64,
    disk: Disk,
    people: People,
    model: Model,
    desks: [Desk; 2],
    /// Whose node holds the lease.
    leader: Option<usize>,
    /// The true time.
    now: i64,
    union: Option<UnionId>,
    /// The last requests, sent or lost.
    sent: Vec<Request>,
    /// The payload at each position that was acknowledged.
    history: Vec<Hash>,
    /// The position of each of them.
    accepted: HashMap<Hash, u64>,
    /// The payload that came under each key in the name of each party.
    slots: HashMap<String, Hash>,
    /// Requests whose append failed, with when they were received.
    doubt: Option<(Vec<Request>, i64)>,
    /// A takeover that failed may have taken the lease nevertheless.
    lease_lost: bool,
    /// The digest of the state that a node had when it went.
    parting: Option<(u64, Digest)>,
    follower: Option<(Journal, Replayed)>,
    /// What happened.
    pub coverage: Coverage,
    /// The story, where it is to be told.
    pub story: Option<Vec<String>>,
}

#[derive(Clone, Copy)]
enum Event {
    Commands,
    Repeat,
    Lose,
    DiskFails,
    Asleep,
    Takeover,
    Kill,
    PowerCut,
    Close,
    Renew,
    ClockJumps,
}

const EVENTS: [(usize, Event); 11] = [
    (1200, Event::Commands),
    (60, Event::Repeat),
    (30, Event::Lose),
    (4, Event::DiskFails),
    (20, Event::Asleep),
    (4, Event::Takeover),
    (1, Event::Kill),
    (1, Event::PowerCut),
    (1, Event::Close),
    (20, Event::Renew),
    (16, Event::ClockJumps),
];

impl World {
    /// A union that has just been founded.
    ///
    /// # Errors
    /// [`Broken`] if not even that works.
    pub fn founded(seed: u64, plant: Option<Plant>) -> Checked<Self> {
        let origin = Origin::new("example.org/simulated")
            .map_err(|error| Broken { rule: "a name is a name", what: error.to_string() })?;
        let mut world = Self {
            seed,
            disk: Disk::new(origin, plant),
            people: People::default(),
            model: Model::default(),
            desks: Default::default(),
            leader: None,
            now: BEGIN,
            union: None,
            sent: Vec::new(),
            history: Vec::new(),
            accepted: HashMap::new(),
            slots: HashMap::new(),
            doubt: None,
            lease_lost: false,
            parting: None,
            follower: None,
            coverage: Coverage::default(),
            story: None,
        };
        let mut dice = Dice::of(seed, u64::MAX);
        let draft = founding(&mut world.people, &mut dice);
        let mail = Mail { union: None, position: 0, used: &[], key: "founding".to_owned() };
        let request = twist::envelope(draft, mail, &mut world.people, &mut dice, false);
        let request = request.ok_or_else(|| Broken {
            rule: "a founding can be signed",
            what: "it could not".to_owned(),
        })?;
        world.union = Some(UnionId::founded_by(request.envelope.payload()));
        while world.leader.is_none() {
            world.start(0, &mut dice)?;
        }
        world.deliver(0, vec![request], &mut dice)?;
        must(world.history.len() == 1, "a union is founded", || "it was refused".to_owned())?;
        Ok(world)
    }

    /// What happens at a step, and whether everything is as it should be afterwards.
    ///
    /// # Errors
    /// [`Broken`]: a rule that does not hold.
    pub fn step(&mut self, step: u64) -> Checked {
        let mut dice = Dice::of(self.seed, step);
        self.now += match dice.below(60) {
            0 => dice.within(1, 3) * DAY,
            1..6 => dice.within(1, 12) * HOUR,
            _ => dice.within(1, 20) * MINUTE,
        };
        if self.leader.is_none() {
            let place = dice.below(2);
            self.start(place, &mut dice)?;
        }
        let Some(leader) = self.leader else { return Ok(()) };
        match dice.weighted(&EVENTS) {
            Event::Commands => {
                let requests = self.requests(leader, step, &mut dice);
                self.deliver(leader, requests, &mut dice)?;
            }
            Event::Repeat => {
                self.coverage.event("request repeated");
                let again = dice.pick(&self.sent).cloned();
                self.deliver(leader, again.into_iter().collect(), &mut dice)?;
            }
            Event::Lose => {
                // It may come later, as one that is repeated.
                self.coverage.event("request lost");
                let requests = self.requests(leader, step, &mut dice);
                self.keep(requests);
            }
            Event::DiskFails => {
                let requests = self.requests(leader, step, &mut dice);
                let stored = dice.one_in(2);
                self.coverage.event("append fails");
                self.disk.arm(if stored { Fault::AppendStored } else { Fault::AppendNotStored });
                self.deliver(leader, requests, &mut dice)?;
                self.disk.disarm();
            }
            Event::Asleep => self.wake(leader, step, &mut dice)?,
            Event::Takeover => self.take_over(1 - leader, &mut dice)?,
            Event::Kill => {
                self.coverage.event("node killed");
                self.part(leader);
            }
            Event::PowerCut => {
                self.coverage.event("power cut");
                self.part(leader);
                self.desks[1 - leader].node = None;
                self.disk.crash();
            }
            Event::Close => self.close(leader)?,
            Event::Renew => self.renew(leader)?,
            Event::ClockJumps => {
                self.coverage.event("clock jumps");
                let place = dice.below(2);
                self.desks[place].skew = match dice.below(3) {
                    0 => 0,
                    1 => dice.within(-DAY, DAY),
                    _ => dice.within(-10, 10) * MINUTE,
                };
            }
        }
        self.check(step)
    }

    /// Compares with the model: what was touched always, all of it and a replay at intervals.
    fn check(&mut self, step: u64) -> Checked {
        let Some(leader) = self.leader else { return Ok(()) };
        let Some(node) = &self.desks[leader].node else { return Ok(()) };
        if step.is_multiple_of(37) {
            self.model.compare_all(node.state())?;
        } else {
            self.model.compare(node.state())?;
        }
        if step.is_multiple_of(61) {
            self.follow()?;
        }
        Ok(())
    }

    /// What is asked for in a step: mostly one command, sometimes several at once.
    fn requests(&mut self, leader: usize, step: u64, dice: &mut Dice) -> Vec<Request> {
        let count = if dice.one_in(8) { dice.within(2, 5) } else { 1 };
        let mut requests = Vec::new();
        for row in 0..count {
            // Not every try finds something to ask for.
            let request = (0..4).find_map(|_| self.request(leader, step, row, dice));
            requests.extend(request);
        }
        requests
    }

    fn request(&mut self, leader: usize, step: u64, row: i64, dice: &mut Dice) -> Option<Request> {
        let at = self.time_at(leader)?;
        let node = self.desks[leader].node.as_ref()?;
        let unique = step * 8 + u64::try_from(row).unwrap_or(0);
        let (model, state, people) = (&self.model, node.state(), &mut self.people);
        let mut author = Author { model, state, people, dice, at, step: unique };
        let mut draft = author.sensible()?;
        let bent = dice.one_in(6);
        if bent {
            twist::bend(&mut draft, &self.model, dice);
        }
        let mail = Mail {
            union: self.union,
            position: self.model.accepted,
            used: &self.sent,
            key: format!("step {unique}"),
        };
        let dishonest = !bent && dice.one_in(20);
        twist::envelope(draft, mail, &mut self.people, dice, dishonest)
    }

    /// When a command is received that comes to this desk now.
    fn time_at(&self, place: usize) -> Option<Timestamp> {
        let here = Timestamp::from_microsecond(self.now + self.desks[place].skew).ok()?;
        Some(self.model.last.map_or(here, |last| last.max(here)))
    }

    fn keep(&mut self, requests: Vec<Request>) {
        self.sent.extend(requests);
        let surplus = self.sent.len().saturating_sub(KEPT);
        self.sent.drain(..surplus);
    }

    fn tell(&mut self, what: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            story.push(what());
        }
    }
}
