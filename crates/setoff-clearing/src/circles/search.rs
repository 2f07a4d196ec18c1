//! The search for the shortest circles through one member, from both sides.
//!
//! A member reached in `k` steps along what flows from home has level `k`; one from which home is
//! reached in `k` steps has level `−k`; home has level 0. Where an entry leads from a level `k ≥ 0`
//! to a level `−l ≤ 0` there is a circle of `k + 1 + l` steps, if both its ends still lead home:
//! from level to level towards 0. No member is in it twice, because the levels of its members
//! differ. A member that no longer leads home is *lost* for the rest of the search.

use super::stream::{End, Stream};
use crate::bundle::index;

/// The level of a member that is lost.
const LOST: i32 = i32::MIN;

/// What a search knows of a member.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Mark {
    /// The search that reached it last.
    search: u32,
    level: i32,
}

/// Where a member's scan for the way home goes on.
#[derive(Clone, Copy, Default)]
struct Scan {
    search: u32,
    skipped: u32,
}

/// The members reached last on one side.
#[derive(Default)]
struct Front {
    members: Vec<u32>,
    level: i32,
    /// How many entries lead on from them.
    entries: usize,
}

/// Searches a stream for circles and takes them off it.
pub(super) struct Search {
    stream: Stream,
    number: u32,
    home: u32,
    marks: Vec<Mark>,
    scans: Vec<Scan>,
    /// Forward and backward.
    fronts: [Front; 2],
    next: Vec<u32>,
    /// Entries of the circle being closed: the one where the searches met, those back home from
    /// its debtor, those on home from its creditor.
    path: Vec<u32>,
    /// The members of that circle, in order.
    circle: Vec<u32>,
}

impl Search {
    pub(super) fn new(stream: Stream, members: usize) -> Self {
        Self {
            stream,
            number: 0,
            home: 0,
            marks: vec![Mark::default(); members],
            scans: vec![Scan::default(); members],
            fronts: Default::default(),
            next: Vec::new(),
            path: Vec::new(),
            circle: Vec::new(),
        }
    }

    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }

    /// Takes circles through `home` off the stream until nothing flows through it, and gives each
    /// to `on_circle` with its members in order.
    pub(super) fn exhaust(&mut self, home: u32, on_circle: &mut dyn FnMut(&[u32], u64)) {
        self.home = home;
        while self.home_has_flow() {
            let found = self.find_shortest(on_circle);
            debug_assert!(found, "what flows from a member flows back to it");
            if !found {
                break;
            }
        }
    }

    fn home_has_flow(&self) -> bool {
        !self.stream.row(End::Debtor, self.home).is_empty()
    }

    /// Searches until the two sides meet, and takes off circles of that length. Says whether
    /// there were any.
    fn find_shortest(&mut self, on_circle: &mut dyn FnMut(&[u32], u64)) -> bool {
        self.number += 1;
        self.marks[index(self.home)] = Mark { search: self.number, level: 0 };
        for end in [End::Debtor, End::Creditor] {
            let entries = self.stream.row(end, self.home).len();
            let front = &mut self.fronts[end as usize];
            front.members.clear();
            front.members.push(self.home);
            front.level = 0;
            front.entries = entries;
        }
        let mut found = false;
        while !found && self.fronts.iter().all(|front| front.entries > 0) {
            let [forward, backward] = &self.fronts;
            let shorter = forward.entries <= backward.entries;
            let end = if shorter { End::Debtor } else { End::Creditor };
            found = self.advance(end, on_circle);
        }
        found
    }

    /// Goes one level further from the front that stands at `end` of its entries, and closes
    /// circles where the other side was there before. Says whether there were any.
    fn advance(&mut self, end: End, on_circle: &mut dyn FnMut(&[u32], u64)) -> bool {
        let away = match end {
            End::Debtor => 1,
            End::Creditor => -1,
        };
        let front = std::mem::take(&mut self.fronts[end as usize]);
        let level = front.level + away;
        let mut next = std::mem::take(&mut self.next);
        let mut entries = 0;
        let mut found = false;
        next.clear();
        for &member in &front.members {
            let mut place = self.stream.row(end, member).start;
            while place < self.stream.row(end, member).end && !self.is_lost(member) {
                let other = self.stream.across(end, place);
                let mark = &mut self.marks[index(other)];
                if mark.search != self.number {
                    *mark = Mark { search: self.number, level };
                    entries += self.stream.row(end, other).len();
                    next.push(other);
                } else if mark.level != LOST && mark.level.signum() != away {
                    let entry = self.stream.entry(end, place);
                    found |= self.close(entry, on_circle);
                    if !self.home_has_flow() {
                        break;
                    }
                    if self.stream.left(entry) == 0 {
                        continue; // another entry has taken its place
                    }
                }
                place += 1;
            }
        }
        self.next = front.members;
        self.fronts[end as usize] = Front { members: next, level, entries };
        found
    }

    fn is_lost(&self, member: u32) -> bool {
        self.marks[index(member)].level == LOST
    }

    /// Takes off circles through an entry whose debtor was reached forward and whose creditor
    /// backward, until the entry is used up or one of the two is lost. Says whether there were any.
    fn close(&mut self, entry: u32, on_circle: &mut dyn FnMut(&[u32], u64)) -> bool {
        let mut found = false;
        while self.stream.left(entry) > 0 {
            self.path.clear();
            self.path.push(entry);
            if !self.lead_home(End::Creditor, self.stream.member(End::Debtor, entry)) {
                break;
            }
            let back = self.path.len();
            if !self.lead_home(End::Debtor, self.stream.member(End::Creditor, entry)) {
                break;
            }
            let left = self.path.iter().map(|entry| self.stream.left(*entry));
            let amount = left.min().unwrap_or(0);
            let in_order =
                self.path[1..back].iter().rev().chain([&entry]).chain(&self.path[back..]);
            self.circle.clear();
            self.circle.extend(in_order.map(|entry| self.stream.member(End::Debtor, *entry)));
            for entry in &self.path {
                self.stream.take(*entry, amount);
            }
            on_circle(&self.circle, amount);
            found = true;
        }
        found
    }

    /// Adds the entries that lead from a member home, level by level, to the path. Says whether
    /// there are any; members from which there are none are lost.
    fn lead_home(&mut self, end: End, from: u32) -> bool {
        let start = self.path.len();
        let mut member = from;
        while member != self.home {
            if self.is_lost(member) {
                return false;
            }
            if let Some(place) = self.step_home(end, member) {
                self.path.push(self.stream.entry(end, place));
                member = self.stream.across(end, place);
                continue;
            }
            self.marks[index(member)].level = LOST;
            if self.path.len() > start
                && let Some(entry) = self.path.pop()
            {
                member = self.stream.member(end, entry);
            }
        }
        true
    }

    /// The place in a member's row of an entry to a member one level nearer home.
    fn step_home(&mut self, end: End, member: u32) -> Option<usize> {
        let level = self.marks[index(member)].level;
        let nearer = Mark { search: self.number, level: level - level.signum() };
        let scan = &mut self.scans[index(member)];
        if scan.search != self.number {
            *scan = Scan { search: self.number, skipped: 0 };
        }
        let row = self.stream.row(end, member);
        let step = (row.start + index(scan.skipped)..row.end)
            .find(|place| self.marks[index(self.stream.across(end, *place))] == nearer);
        let skipped = step.map_or(row.len(), |place| place - row.start);
        scan.skipped = u32::try_from(skipped).expect("entries are numbered in u32");
        step
    }
}
