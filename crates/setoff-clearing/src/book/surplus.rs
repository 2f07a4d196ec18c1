//! push-relabel over ready slots
use std::collections::VecDeque;

use crate::book::residual::{Residual, SETTLED, Step};
use crate::bundle::index;

const NEVER: u32 = u32::MAX;

#[derive(Clone, Default)]
pub(super) struct Surplus {
    pub(super) excess: Vec<i128>,
    labels: Vec<u32>,
    current: Vec<u32>,
    active: VecDeque<u32>,
    queue: Vec<u32>,
    pub(super) cleared: i128,
    pub(super) weighted: i128,
    pub(super) touched: Vec<u32>,
    pub(super) scanned: u64,
    pub(super) updates: u64,
    pub(super) pushes: u64,
}

impl Surplus {
    pub(super) fn new(excess: Vec<i128>) -> Self {
        let n = excess.len();
        Self { excess, labels: vec![NEVER; n], current: vec![0; n], ..Self::default() }
    }

    /// Pushes until no excess can reach a deficit through ready slots.
    pub(super) fn run(&mut self, residual: &mut Residual, work: u64) {
        let mut sources: Vec<u32> = Vec::new();
        let members = self.excess.len() as u32;
        for m in 0..members { if self.excess[index(m)] > 0 { sources.push(m); } }
        loop {
            self.update(residual);
            self.active.clear();
            sources.retain(|m| self.excess[index(*m)] > 0);
            for &m in &sources {
                if self.labels[index(m)] != NEVER { self.active.push_back(m); }
            }
            if self.active.is_empty() { return; }
            let mut spent = 0;
            while spent <= work && let Some(member) = self.active.pop_front() {
                spent += self.discharge(residual, member, &mut sources);
            }
            self.scanned += spent;
        }
    }

    fn update(&mut self, residual: &Residual) {
        self.updates += 1;
        self.labels.fill(NEVER);
        self.current.fill(0);
        self.queue.clear();
        for (m, &e) in (0..).zip(&self.excess) {
            if e < 0 { self.labels[index(m)] = 0; self.queue.push(m); }
        }
        let mut next = 0;
        while let Some(&member) = self.queue.get(next) {
            next += 1;
            let label = self.labels[index(member)] + 1;
            let row = residual.row(member);
            self.scanned += row.len() as u64;
            for slot in residual.slots(row) {
                if slot.is_ready(1) && self.labels[index(slot.head())] == NEVER {
                    self.labels[index(slot.head())] = label;
                    self.queue.push(slot.head());
                }
            }
        }
    }

    fn discharge(&mut self, residual: &mut Residual, member: u32, sources: &mut Vec<u32>) -> u64 {
        let row = residual.row(member);
        let mut spent = 0;
        loop {
            let label = self.labels[index(member)];
            if label == NEVER { return spent; }
            let mut place = row.start + self.current[index(member)] as usize;
            while place < row.end {
                let slot = residual.slot(place as u32);
                spent += 1;
                if slot.is_ready(0) && self.labels[index(slot.head())].wrapping_add(1) == label {
                    self.push(residual, member, slot.head(), place as u32, sources);
                    if self.excess[index(member)] == 0 {
                        self.current[index(member)] = (place - row.start) as u32;
                        return spent;
                    }
                }
                place += 1;
            }
            let mut lowest = NEVER;
            for slot in residual.slots(row.clone()) {
                if slot.is_ready(0) { lowest = lowest.min(self.labels[index(slot.head())]); }
            }
            spent += row.len() as u64;
            self.labels[index(member)] = lowest.saturating_add(1);
            self.current[index(member)] = 0;
        }
    }

    fn push(&mut self, residual: &mut Residual, from: u32, to: u32, slot: u32, sources: &mut Vec<u32>) {
        self.pushes += 1;
        let step = residual.step(slot);
        let record = residual.record(step.debt);
        let amount = u64::try_from(self.excess[index(from)]).unwrap_or(u64::MAX).min(record.room(step.more));
        if record.unsettled != SETTLED { self.touched.push(step.debt); }
        let change = if step.more { i128::from(amount) } else { -i128::from(amount) };
        self.cleared += change;
        self.weighted += change * i128::from(record.weight);
        residual.push(step, amount);
        self.excess[index(from)] -= i128::from(amount);
        let before = self.excess[index(to)];
        self.excess[index(to)] += i128::from(amount);
        if before <= 0 && self.excess[index(to)] > 0 {
            self.active.push_back(to);
            sources.push(to);
        }
    }
}
