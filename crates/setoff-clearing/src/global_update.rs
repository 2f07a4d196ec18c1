//! The global update: all labels raised at once by the distance from the members that lack.
//!
//! A search in the manner of Dijkstra against the direction of the slots. The length of an open
//! slot from `u` to `v` is `L(v) + scale·cost + 1 − L(u)`, which the invariant keeps at 0 or more;
//! a label raised by its member's distance is the largest that the invariant allows. The search
//! ends when every member with excess has its distance `d`; the labels of all that are farther
//! are raised by the last distance found, which keeps the invariant too, since
//! `min(d(u), D) ≤ min(d(v), D) + length` wherever `d(u) ≤ d(v) + length`.
//!
//! What it takes is the time of reading memory in no order, so members of equal distance are
//! handled in batches: first the places of all their rows are read, then the beginnings of all the
//! rows, and only then slot by slot. The reads of one step don't wait for each other.

use std::hint::black_box;
use std::ops::Range;

use crate::bundle::index;
use crate::label::Label;
use crate::push_relabel::{Component, PushRelabel, TooHigh};
use crate::queue::BATCH;
use crate::residual::{Row, Weights};

/// A member whose distance is final.
struct Settled {
    row: Row,
    raised: i64,
}

impl<L: Label, W: Weights> PushRelabel<L, W> {
    /// Raises every label by its member's distance from those that lack; those farther away than
    /// all excess by as much as the farthest excess.
    ///
    /// # Errors
    /// [`TooHigh`] if a label would pass what can be stored; all labels stay as they are.
    pub(crate) fn update(&mut self, component: &Component) -> Result<(), TooHigh> {
        let mut waiting = self.start_at_those_that_lack(component);
        let mut farthest = 0;
        let mut batch = Vec::with_capacity(BATCH);
        let mut settled = Vec::with_capacity(BATCH);
        let mut reached = Vec::new();
        while waiting > 0
            && let Some(distance) = self.queue.take(&mut batch)
        {
            farthest = distance.cast_signed();
            settled.clear();
            for &member in &batch {
                let raised = self.raised[index(member)].wide();
                // Otherwise it was entered again nearer since.
                if raised - self.labels[index(member)].wide() == farthest {
                    settled.push(Settled { row: self.residual.row(member), raised });
                    waiting -= usize::from(self.excess[index(member)] > 0);
                }
            }
            self.read_ahead(&settled);
            for Settled { row, raised } in settled.drain(..) {
                self.look(row.cancelling(), raised, component.scale, &mut reached)?;
                self.look(row.restoring(), raised, -component.scale, &mut reached)?;
            }
            self.enter_nearer(&mut reached);
        }
        let members = index(component.members.start)..index(component.members.end);
        let highest = self.labels[members.clone()].iter().map(|label| label.wide()).max();
        if highest.is_some_and(|highest| highest > L::HIGHEST - farthest) {
            return Err(TooHigh);
        }
        for (label, raised) in self.labels[members.clone()].iter_mut().zip(&self.raised[members]) {
            *label = L::narrow(raised.wide().min(label.wide() + farthest));
        }
        Ok(())
    }

    /// Enters all members that lack and returns how many have excess.
    fn start_at_those_that_lack(&mut self, component: &Component) -> usize {
        self.queue.clear();
        let mut with_excess = 0;
        for member in component.members.clone() {
            self.raised[index(member)] = L::UNKNOWN;
            match self.excess[index(member)] {
                ..0 => {
                    self.raised[index(member)] = self.labels[index(member)];
                    self.queue.enter(0, member);
                }
                0 => {}
                1.. => with_excess += 1,
            }
        }
        with_excess
    }

    /// Reads the slots where scans of these rows start, so that they are in the cache.
    fn read_ahead(&self, settled: &[Settled]) {
        let heads = self.residual.heads();
        let read = |at: usize| heads.get(at).copied().unwrap_or_default();
        let ends = |s: &Settled| read(s.row.all().start) ^ read(s.row.restoring().start);
        black_box(settled.iter().fold(0, |all, s| all ^ ends(s)));
    }

    /// Adds to `reached` the members with a way to a settled one over the mates of these slots of
    /// it, all of one kind, and the labels that they would get.
    #[inline]
    fn look(
        &self,
        slots: Range<usize>,
        raised: i64,
        scale: i64,
        reached: &mut Vec<(u32, L)>,
    ) -> Result<(), TooHigh> {
        if slots.is_empty() {
            return Ok(());
        }
        let heads = self.residual.heads();
        for slot in self.residual.mate_open().within(slots) {
            let over = raised - scale * self.residual.weights().get(slot) + 1;
            if over > L::HIGHEST {
                return Err(TooHigh);
            }
            reached.push((heads[slot], L::narrow(over)));
        }
        Ok(())
    }

    /// Enters those members that are reached nearer than before.
    fn enter_nearer(&mut self, reached: &mut Vec<(u32, L)>) {
        // Whether a member is nearer can't be foreseen and takes a far read to see, so it must not
        // decide where the program goes on: all are read first, and those that are not are dropped.
        let mut nearer = 0;
        for place in 0..reached.len() {
            let (member, over) = reached[place];
            reached[nearer] = (member, over);
            nearer += usize::from(over.wide() < self.raised[index(member)].wide());
        }
        for (member, over) in reached.drain(..).take(nearer) {
            if over.wide() < self.raised[index(member)].wide() {
                self.raised[index(member)] = over;
                let distance = over.wide() - self.labels[index(member)].wide();
                debug_assert!(distance >= 0, "no length is negative");
                self.queue.enter(distance.cast_unsigned(), member);
            }
        }
    }
}
