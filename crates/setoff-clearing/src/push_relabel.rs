//! The optimiser's engine: push-relabel at a single, exact scale.

use std::collections::VecDeque;
use std::ops::{ControlFlow, Range};

use crate::queue::Queue;
use crate::residual::Residual;

pub(crate) struct PushRelabel {
    pub(crate) residual: Residual,
    pub(crate) excess: Vec<i128>,
    pub(crate) labels: Vec<i64>,
    /// Where each member's scan goes on.
    current: Vec<u32>,
    /// During an update, the label that each member would get; see `update`.
    target: Vec<i64>,
    queue: Queue,
    active: VecDeque<u32>,
    /// How many slots were scanned for relabels since the last update.
    scanned: usize,
    base: Vec<i64>,
}

impl PushRelabel {
    pub(crate) fn new(residual: Residual, excess: Vec<i128>) -> Self {
        let members = excess.len();
        Self {
            residual,
            excess,
            labels: vec![0; members],
            current: vec![0; members],
            target: vec![i64::MAX; members],
            queue: Queue::new(),
            active: VecDeque::new(),
            scanned: 0,
            base: vec![0; members],
        }
    }

    /// Brings the excess of a component's members to 0 at least cost.
    pub(crate) fn run(
        &mut self,
        component: Range<usize>,
        progress: &mut dyn FnMut(&Self) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let scale = i64::try_from(component.len()).expect("members are numbered in u32") + 1;
        let slots =
            self.residual.row(component.start).start..self.residual.row(component.end - 1).end;
        while component.clone().any(|member| self.excess[member] > 0) {
            self.update(component.clone(), scale);
            progress(self)?;
            self.round(component.clone(), scale, 2 * slots.len());
        }
        ControlFlow::Continue(())
    }

    fn round(&mut self, component: Range<usize>, scale: i64, budget: usize) {
        self.scanned = 0;
        self.active.clear();
        for member in component {
            self.current[member] = self.residual.row(member).start as u32;
            self.base[member] = self.labels[member];
            if self.excess[member] > 0 {
                self.active.push_back(member as u32);
            }
        }
        while let Some(member) = self.active.pop_front() {
            self.discharge(member as usize, scale);
            if self.scanned > budget {
                break;
            }
        }
    }

    fn discharge(&mut self, member: usize, scale: i64) {
        let row = self.residual.row(member);
        let mut label = self.labels[member];
        let mut excess = self.excess[member];
        let mut at = self.current[member] as usize;
        loop {
            let entry = at;
            let mut lowest = i64::MAX;
            let mut lowest_at = at;
            while at < row.end {
                let slot = self.residual.slots(row.clone())[at - row.start];
                if slot.is_open() {
                    let head = slot.head();
                    let over = self.labels[head] + scale * slot.cost() + 1;
                    if over == label {
                        let left = self.residual.left(at);
                        let amount = u64::try_from(excess).unwrap_or(u64::MAX).min(left);
                        self.residual.push(at, amount);
                        let amount = i128::from(amount);
                        excess -= amount;
                        let there = &mut self.excess[head];
                        if *there <= 0 && *there + amount > 0 {
                            self.active.push_back(head as u32);
                        }
                        *there += amount;
                        if excess == 0 {
                            self.current[member] = at as u32;
                            self.labels[member] = label;
                            self.excess[member] = 0;
                            return;
                        }
                    } else if over < lowest {
                        lowest = over;
                        lowest_at = at;
                    }
                }
                at += 1;
            }
            for (place, slot) in row.clone().zip(self.residual.slots(row.start..entry)) {
                if slot.is_open() {
                    let over = self.labels[slot.head()] + scale * slot.cost() + 1;
                    if over < lowest || over == lowest && place < lowest_at {
                        lowest = over;
                        lowest_at = place;
                    }
                }
            }
            debug_assert!(lowest > label && lowest < i64::MAX);
            self.scanned += row.len();
            label = lowest;
            at = lowest_at;
            if label % scale - self.base[member] % scale > 10 {
                self.current[member] = at as u32;
                self.labels[member] = label;
                self.excess[member] = excess;
                return;
            }
        }
    }

    /// Raises all labels to the distances from the members that lack.
    fn update(&mut self, component: Range<usize>, scale: i64) {
        self.queue.clear();
        let mut waiting = 0_usize;
        for member in component.clone() {
            self.target[member] = i64::MAX;
            if self.excess[member] < 0 {
                self.target[member] = self.labels[member];
                self.queue.enter(0, member as u32);
            } else if self.excess[member] > 0 {
                waiting += 1;
            }
        }
        let mut farthest = 0;
        while let Some((distance, member)) = self.queue.take() {
            let member = member as usize;
            let target = self.labels[member] + distance as i64;
            if target > self.target[member] {
                continue;
            }
            farthest = distance as i64;
            if self.excess[member] > 0 {
                waiting -= 1;
                if waiting == 0 {
                    break;
                }
            }
            for slot in self.residual.slots(self.residual.row(member)) {
                if slot.is_partner_open() {
                    let before = slot.head();
                    let through = target - scale * slot.cost() + 1;
                    if through < self.target[before] {
                        self.target[before] = through;
                        self.queue
                            .enter((through - self.labels[before]) as u64, before as u32);
                    }
                }
            }
        }
        for member in component {
            self.labels[member] = self.target[member].min(self.labels[member] + farthest);
        }
    }
}
