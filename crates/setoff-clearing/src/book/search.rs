//! The cheapest way from one member to another, searched from both ends.
//!
//! # The problem
//! Every open slot from `x` to `y` has a *length*: its cost less what the potentials already
//! account for, `cost − π(x) + π(y)`, and 0 where that is negative (it is so for unsettled debts
//! only). Find a shortest path of open slots from `source` to `target`, if one is shorter than
//! `limit`.
//!
//! # The method
//! Dijkstra's, from both ends at once: forwards from the source and backwards from the target
//! (Dantzig 1962; Nicholson, *Finding the shortest route between two points in a network*, The
//! Computer Journal 9, 1966). Each side has a *radius*, and has scanned all members nearer to its
//! end than that. A slot scanned whose head the other side has reached makes a path. No path is
//! shorter than the sum of the radii: it would have a slot between a member nearer than the radius
//! on one side and one nearer on the other, and the second of the two to be scanned found it. So
//! the search is over when the sum of the radii has reached the shortest path found, or `limit`.
//!
//! Most lengths are 0, and most distances: potentials of a network whose debts weigh the same are
//! small numbers. So members at the radius wait in a plain queue, first come, first served, which
//! also makes paths of few steps; only those farther off are in a heap. The side that has scanned
//! fewer slots goes on. When one side can go no further, that alone proves that no path is shorter
//! than `limit`, and the other side, which may be most of the network, need not be finished: a
//! search costs about twice what the smaller side does.
//!
//! # What it leaves
//! With `r` and `s` the radii at the end, raise the potential of each member at distance `d < r`
//! from the source by `r − d` and lower that of each at distance `d < s` from the target by `s − d`
//! ([`Search::shifts`]). Then the length of no slot is negative that was not before, the path found
//! has only slots of length 0 or less, and without a path the potential of the source has risen
//! against that of the target by `limit`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::book::residual::{Residual, Step};
use crate::bundle::index;

/// What a search looks up of each member.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) potential: i64,
    /// The last search that reached it, for each side.
    reached: [u32; 2],
}

impl Member {
    pub(super) fn new(potential: i64) -> Self {
        Self { potential, reached: [0; 2] }
    }
}

/// What came of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A shortest path, in [`Search::path`].
    Path,
    /// No path is shorter than the limit.
    NoPath,
    /// It would have taken too long to say; nothing is known.
    TooLong,
}

/// What is asked of a search.
#[derive(Clone, Copy)]
pub(super) struct Query {
    pub(super) source: u32,
    pub(super) target: u32,
    /// Only paths shorter than this are wanted.
    pub(super) limit: i64,
    /// How many slots may be scanned before the search gives up.
    pub(super) budget: u64,
    /// Whether all lengths count as 0.
    pub(super) by_steps: bool,
}

/// Searches, with the room that they use again and again.
#[derive(Clone, Default)]
pub(super) struct Search {
    number: u32,
    sides: [Side; 2],
    /// The steps of the path last found.
    path: Vec<Step>,
    /// Unsettled debts of members scanned.
    unsettled: Vec<u32>,
}

#[derive(Clone, Default)]
struct Side {
    labels: Vec<Label>,
    radius: i64,
    /// Members not farther than the radius, by distance; those before `next` are scanned.
    queue: Vec<u32>,
    next: usize,
    /// Members farther than the radius.
    farther: BinaryHeap<Reverse<(i64, u32)>>,
    scanned: u64,
}

/// How a side reached a member.
#[derive(Clone, Copy, Default)]
struct Label {
    distance: i64,
    /// The slot through which, in the row of the member nearer to the end.
    slot: u32,
}

/// The slot at the end itself, which was reached through none.
const NONE: u32 = u32::MAX;

/// A slot in whose middle a path's two halves meet.
#[derive(Clone, Copy)]
struct Meeting {
    length: i64,
    /// The member that was scanned, its side, and the slot in its row.
    member: u32,
    side: usize,
    slot: u32,
}

impl Search {
    /// Room for one more member.
    pub(super) fn add_member(&mut self) {
        self.sides.iter_mut().for_each(|side| side.labels.push(Label::default()));
    }

    pub(super) fn remove_last_member(&mut self) {
        self.sides.iter_mut().for_each(|side| {
            side.labels.pop();
        });
    }

    /// The steps of the path last found, in no particular order.
    pub(super) fn path(&self) -> &[Step] {
        &self.path
    }

    /// The unsettled debts of the members that [`Search::shifts`] names, and perhaps others and
    /// some twice.
    pub(super) fn unsettled(&self) -> &[u32] {
        &self.unsettled
    }

    /// How many slots were scanned.
    pub(super) fn scanned(&self) -> u64 {
        self.sides[0].scanned + self.sides[1].scanned
    }

    /// By how much potentials change after a path was found or ruled out.
    pub(super) fn shifts(&self) -> impl Iterator<Item = (u32, i64)> {
        self.sides.iter().zip([1, -1]).flat_map(|(side, sign)| {
            let distance = |member: u32| side.labels[index(member)].distance;
            let members = side.queue.iter();
            members
                .map(move |&member| (member, side.radius - distance(member)))
                .take_while(|(_, shift)| *shift > 0)
                .map(move |(member, shift)| (member, sign * shift))
        })
    }

    /// Searches.
    pub(super) fn run(
        &mut self,
        residual: &Residual,
        members: &mut [Member],
        query: Query,
    ) -> Found {
        self.start(members);
        for (side, end) in [query.source, query.target].into_iter().enumerate() {
            self.sides[side].labels[index(end)] = Label { distance: 0, slot: NONE };
            members[index(end)].reached[side] = self.number;
            self.sides[side].queue.push(end);
        }
        let mut best: Option<Meeting> = None;
        loop {
            let within = best.map_or(query.limit, |meeting| meeting.length);
            if self.sides[0].radius + self.sides[1].radius >= within {
                break;
            }
            if self.scanned() > query.budget {
                return Found::TooLong;
            }
            let side = usize::from(self.sides[1].scanned < self.sides[0].scanned);
            let other = self.sides[1 - side].radius;
            if let Some(member) = self.sides[side].next(within - other) {
                let meeting = self.scan(residual, members, query.by_steps, side, member, within);
                best = meeting.or(best);
            }
        }
        match best {
            None => Found::NoPath,
            Some(meeting) => {
                self.trace(residual, meeting);
                Found::Path
            }
        }
    }

    fn start(&mut self, members: &mut [Member]) {
        if self.number == u32::MAX {
            members.iter_mut().for_each(|member| member.reached = [0; 2]);
            self.number = 0;
        }
        self.number += 1;
        self.path.clear();
        self.unsettled.clear();
        for side in &mut self.sides {
            side.radius = 0;
            side.queue.clear();
            side.next = 0;
            side.farther.clear();
            side.scanned = 0;
        }
    }

    /// Scans a member's slots; returns the best path shorter than `within` found by it.
    fn scan(
        &mut self,
        residual: &Residual,
        members: &mut [Member],
        by_steps: bool,
        side: usize,
        member: u32,
        mut within: i64,
    ) -> Option<Meeting> {
        let [ref mut this, ref mut that] = self.sides;
        let (this, that) = if side == 0 { (this, that) } else { (that, this) };
        let sign = if side == 0 { 1 } else { -1 };
        let here = this.labels[index(member)].distance;
        let potential = members[index(member)].potential;
        let mut best = None;

        let row = residual.row(member);
        this.scanned += 1 + row.len() as u64;
        for (place, slot) in row.clone().zip(residual.slots(row)) {
            if slot.is_unsettled() {
                self.unsettled.push(residual.debt(place));
            }
            if !(if side == 0 { slot.is_open() } else { slot.is_partner_open() }) {
                continue;
            }
            let head = &mut members[index(slot.head())];
            let length = if by_steps {
                0
            } else {
                (sign * (slot.cost() - potential + head.potential)).max(0)
            };
            let distance = here + length;
            let label = Label { distance, slot: u32::try_from(place).expect("slots are numbered in u32") };
            if head.reached[1 - side] == self.number {
                let whole = distance + that.labels[index(slot.head())].distance;
                if whole < within {
                    within = whole;
                    best = Some(Meeting { length: whole, member, side, slot: label.slot });
                    if whole == this.radius + that.radius {
                        break;
                    }
                }
            }
            if distance + that.radius >= within {
                continue;
            }
            if head.reached[side] != self.number {
                head.reached[side] = self.number;
            } else if this.labels[index(slot.head())].distance <= distance {
                continue;
            }
            this.labels[index(slot.head())] = label;
            this.reach(slot.head(), distance);
        }
        best
    }

    /// Writes down the path with this meeting.
    fn trace(&mut self, residual: &Residual, meeting: Meeting) {
        // From a member back to its side's end. The steps of the side at the target are those of
        // the slots' partners.
        let mut back = |side: usize, mut member: u32| loop {
            let slot = self.sides[side].labels[index(member)].slot;
            if slot == NONE {
                return;
            }
            let step = residual.step(slot);
            member = residual.ends(step).0;
            self.path.push(if side == 0 { step } else { step.back() });
        };
        back(meeting.side, meeting.member);
        let step = residual.step(meeting.slot);
        back(1 - meeting.side, residual.ends(step).1);
        self.path.push(if meeting.side == 0 { step } else { step.back() });
    }
}

impl Side {
    fn reach(&mut self, member: u32, distance: i64) {
        if distance <= self.radius {
            self.queue.push(member);
        } else {
            self.farther.push(Reverse((distance, member)));
        }
    }

    /// The next member to scan. Widens the radius if there is none, but not beyond `within`; then
    /// there may be one the next time.
    fn next(&mut self, within: i64) -> Option<u32> {
        if let Some(&member) = self.queue.get(self.next) {
            self.next += 1;
            return Some(member);
        }
        self.radius = within;
        while let Some(&Reverse((distance, member))) = self.farther.peek() {
            if distance > self.radius || distance >= within {
                break;
            }
            self.farther.pop();
            // Others were entered before a shorter way was found.
            if self.labels[index(member)].distance == distance {
                self.radius = distance;
                self.queue.push(member);
            }
        }
        None
    }
}
