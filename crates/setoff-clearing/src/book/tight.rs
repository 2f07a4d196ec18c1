//! Much excess at once, through the slots of no length only.
//!
//! # The problem
//! After many changes many members have an excess and many lack. As much as possible is to be
//! pushed from the former to the latter through slots of no length, where it costs nothing: a
//! largest flow from many sources to many targets. What then is left needs the potentials to move,
//! and is left to the [trees](crate::book::trees).
//!
//! # The method
//! Push-relabel with global relabelling (Goldberg and Tarjan, *A new approach to the maximum-flow
//! problem*, Journal of the ACM 35, 1988; Cherkassky and Goldberg, *On implementing the
//! push-relabel method for the maximum flow problem*, Algorithmica 19, 1997). A member's label is a
//! lower bound of the steps from it to a member that lacks. Excess goes one step down at a time,
//! and a member without a step down raises its label. After so much work all labels are computed
//! anew from the members that lack; those that no such search reaches keep their excess.
//!
//! The slots of no length are few, a tenth to a half of all. They are copied into an array of their
//! own, on which the searches run; this is what makes them cheap.
//!
//! Push-relabel does a whole batch of changes in a few passes over that array, where single paths
//! would take one search each. For the last few members with excess it is the other way round, so
//! it is run once and the trees do the rest.

use std::collections::VecDeque;

use crate::book::kilter::Kilter;
use crate::bundle::index;

/// The label of a member from which no way leads to one that lacks.
const NEVER: u32 = u32::MAX;

/// No debt has been met.
const UNMET: u32 = u32::MAX;

/// The slots of no length, as a network of their own.
#[derive(Default)]
pub(super) struct Tight {
    /// Where each member's ways start.
    starts: Vec<u32>,
    ways: Vec<Way>,
    /// The slot of each way, and the way of its partner.
    links: Vec<(u32, u32)>,
    labels: Vec<u32>,
    /// The way at which each member's scan goes on.
    current: Vec<u32>,
    /// Members with excess and a label, first come, first served.
    active: VecDeque<u32>,
    /// Members that had excess at some time.
    sources: Vec<u32>,
    queue: Vec<u32>,
    scanned: u64,
}

/// A slot of no length, as scans see it.
#[derive(Clone, Copy, Default)]
struct Way {
    head: u32,
    is_open: bool,
    is_partner_open: bool,
}

impl Tight {
    /// The slots of no length; no debt is unsettled.
    pub(super) fn new(kilter: &Kilter) -> Self {
        let members = kilter.members.len();
        let mut tight = Self { labels: vec![NEVER; members], ..Self::default() };
        let mut met = vec![UNMET; kilter.residual.places()];
        tight.starts.push(0);
        for member in 0..kilter.residual.members() {
            for (number, slot) in kilter.residual.row(member).zip(kilter.residual.slots(member)) {
                if !slot.is_tight() {
                    continue;
                }
                let way = u32::try_from(tight.ways.len()).expect("no more than slots");
                tight.ways.push(Way {
                    head: slot.head(),
                    is_open: slot.is_open(0),
                    is_partner_open: slot.is_open(1),
                });
                let met = &mut met[index(kilter.residual.debt(number))];
                tight.links.push((number, *met));
                if *met == UNMET {
                    *met = way;
                } else {
                    tight.links[index(*met)].1 = way;
                }
            }
            tight.starts.push(u32::try_from(tight.ways.len()).expect("no more than slots"));
        }
        tight.current = tight.starts[..members].to_vec();
        tight
    }

    pub(super) fn ways(&self) -> usize { self.ways.len() }
    /// Pushes until no excess has a way to a member that lacks. Returns how many ways were scanned.
    pub(super) fn run(mut self, kilter: &mut Kilter) -> u64 {
        let members = 0..kilter.residual.members();
        self.sources.extend(members.filter(|member| kilter.excess[index(*member)] > 0));
        // Measured at 10^5 and 10^6 debts: half as much and twice as much take about as long.
        let most = (self.ways.len() as f64 * std::env::var("WORK").ok().and_then(|w| w.parse::<f64>().ok()).unwrap_or(1.0)) as u64;
        loop {
            self.relabel_all(kilter);
            self.sources.retain(|member| kilter.excess[index(*member)] > 0);
            let labels = &self.labels;
            let active = self.sources.iter().filter(|member| labels[index(**member)] != NEVER);
            self.active.clear();
            self.active.extend(active);
            if self.active.is_empty() {
                return self.scanned;
            }
            let until = self.scanned + most;
            while self.scanned < until
                && let Some(member) = self.active.pop_front()
            {
                self.discharge(kilter, member);
            }
        }
    }

    /// Labels all members with the steps from them to one that lacks.
    #[inline(never)]
    fn relabel_all(&mut self, kilter: &Kilter) {
        let members = self.labels.len();
        self.labels.fill(NEVER);
        self.current.copy_from_slice(&self.starts[..members]);
        self.queue.clear();
        for (member, excess) in (0..).zip(&kilter.excess) {
            if *excess < 0 {
                self.labels[index(member)] = 0;
                self.queue.push(member);
            }
        }
        let mut next = 0;
        while let Some(&member) = self.queue.get(next) {
            next += 1;
            let label = self.labels[index(member)] + 1;
            let ways = index(self.starts[index(member)])..index(self.starts[index(member) + 1]);
            self.scanned += ways.len() as u64;
            for way in &self.ways[ways] {
                if way.is_partner_open && self.labels[index(way.head)] == NEVER {
                    self.labels[index(way.head)] = label;
                    self.queue.push(way.head);
                }
            }
        }
    }

    /// Pushes the excess of a member one step on, raising its label as needed.
    #[inline(never)]
    fn discharge(&mut self, kilter: &mut Kilter, member: u32) {
        let ways = self.starts[index(member)]..self.starts[index(member) + 1];
        while self.labels[index(member)] != NEVER {
            let label = self.labels[index(member)];
            for way in self.current[index(member)]..ways.end {
                self.scanned += 1;
                let Way { head, is_open, .. } = self.ways[index(way)];
                if is_open && self.labels[index(head)].wrapping_add(1) == label {
                    self.push(kilter, [member, head], way);
                    if kilter.excess[index(member)] == 0 {
                        self.current[index(member)] = way;
                        return;
                    }
                }
            }
            self.scanned += u64::from(ways.end - ways.start);
            let open = self.ways[index(ways.start)..index(ways.end)].iter().filter(|w| w.is_open);
            let lowest = open.map(|way| self.labels[index(way.head)]).min().unwrap_or(NEVER);
            self.labels[index(member)] = lowest.saturating_add(1);
            self.current[index(member)] = ways.start;
        }
    }

    #[inline(never)]
    fn push(&mut self, kilter: &mut Kilter, [from, to]: [u32; 2], way: u32) {
        let (slot, partner) = self.links[index(way)];
        let step = kilter.residual.step(slot, 0);
        let room = kilter.residual.record(step.debt).room(step.more);
        let excess = u64::try_from(kilter.excess[index(from)]).unwrap_or(u64::MAX);
        let had_excess = kilter.excess[index(to)] > 0;
        kilter.push(step, room.min(excess));

        let (is_open, is_partner_open) = (excess < room, true);
        self.ways[index(way)] = Way { is_open, is_partner_open, ..self.ways[index(way)] };
        let back = &mut self.ways[index(partner)];
        (back.is_open, back.is_partner_open) = (is_partner_open, is_open);
        if !had_excess && kilter.excess[index(to)] > 0 {
            self.active.push_back(to);
            self.sources.push(to);
        }
    }
}
