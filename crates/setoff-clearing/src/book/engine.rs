//! How a book is kept cleared.
//!
//! Three methods share one [state](crate::book::kilter):
//!
//! - **One debt** ([`Engine::settle`]), within a budget. More of an unsettled debt with a positive
//!   gain is set off, and the excess that this makes at its creditor goes back to its debtor by a
//!   path of slots that cost nothing. Where a [search](crate::book::search) finds that there is none
//!   because one of its sides is closed, the potentials of that side are shifted by the shortest slot
//!   that leads out of it, or by the gain if that is less, which lowers the gain. Both lower the gap,
//!   and nothing raises it. A debt with a negative gain of which something is set off is the same
//!   with the signs turned. This is Fulkerson's out-of-kilter method (*An out-of-kilter method for
//!   minimal-cost flow problems*, Journal of the Society for Industrial and Applied Mathematics 9,
//!   1961).
//! - **All debts** ([`Engine::optimise`]). Unsettled debts are set off whole, or not at all, as their
//!   gains ask; then [push-relabel](crate::push_relabel), which goes on from the potentials that
//!   there are, pushes all excess where it is lacking. Only what has changed makes excess.
//! - **A debt that goes** ([`Engine::lower`]). What was set off of it must go another way from its
//!   debtor to its creditor, or be taken back along the circles of which it was a part. Both are
//!   paths of open slots from the debtor, who would have an excess, to the creditor, and there
//!   always are enough of them, since the set-off was conserved: along each circle through the debt,
//!   everything else of the circle can be taken back. Ways that cost nothing are looked for first;
//!   then any does, wide ones first, and the gap says what that costs.

use std::convert::Infallible;
use std::ops::ControlFlow;

use crate::book::kilter::{HIGHEST_POTENTIAL, Kilter, Remedy};
use crate::book::search::{End, SOURCE, Search, Wish};
use crate::bundle::index;
use crate::engine::scale;
use crate::potential::whole;
use crate::push_relabel::{Component, PushRelabel};
use crate::residual::Weights;

/// How many slots are scanned for ways around a debt that goes that cost nothing.
const DETOUR: u64 = 500;

/// What [`Engine::improve`] spends on a debt before it tries the others, at first.
const FIRST_TRY: u64 = 1_000;

/// Labels of the optimiser start below this.
const HIGHEST_LABEL: i64 = 1 << 61;

/// A book's state and what works on it.
#[derive(Clone, Default)]
pub(super) struct Engine {
    pub(super) kilter: Kilter,
    search: Search,
    /// The unsettled debt whose turn it is.
    turn: usize,
}

/// Whether a debt is settled now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Settled,
    /// It would have taken longer than allowed.
    Unsettled,
}

impl Engine {
    pub(super) fn new(kilter: Kilter) -> Self {
        Self { kilter, ..Self::default() }
    }

    /// Settles a debt, if that takes no more slots scanned than `budget`, which is lowered by as
    /// many. In any case the gap is not larger than before.
    pub(super) fn settle(&mut self, place: u32, budget: &mut u64) -> Outcome {
        while let Some(Remedy { slot, gain }) = self.kilter.remedy(place) {
            let (from, to) = self.kilter.ends(slot);
            let amount = self.kilter.residual().left(slot);
            let wish = Wish { ends: [to, from], amount, is_free: true };
            let end = self.search.find(&self.kilter, wish, *budget);
            *budget = budget.saturating_sub(self.search.scanned());
            match end {
                End::Met => {
                    let amount = self.push_along(wish);
                    self.kilter.push(slot, amount);
                }
                End::Closed(side) if self.shift(side, gain) => {}
                _ => return Outcome::Unsettled,
            }
        }
        Outcome::Settled
    }

    /// Settles what can be with so many slots scanned: first what takes little, then what takes more.
    pub(super) fn improve(&mut self, mut budget: u64) {
        let mut each = FIRST_TRY;
        while budget > 0 {
            for _ in 0..self.kilter.unsettled() {
                self.turn = if self.turn < self.kilter.unsettled() { self.turn } else { 0 };
                let Some(place) = self.kilter.unsettled_at(self.turn) else { return };
                let mut allowed = budget.min(each);
                budget -= allowed;
                if self.settle(place, &mut allowed) == Outcome::Unsettled {
                    self.turn += 1;
                }
                budget += allowed;
                if budget == 0 {
                    return;
                }
            }
            if self.kilter.unsettled() == 0 || each > budget {
                return;
            }
            each *= 4;
        }
    }

    /// Takes a debt out. What was set off of it is set off otherwise, or no more.
    pub(super) fn remove(&mut self, place: u32) {
        self.lower(place, 0);
        self.kilter.remove(place);
    }

    /// Changes what is owed. What was set off beyond it is set off otherwise, or no more.
    pub(super) fn set_amount(&mut self, place: u32, amount: u64) {
        self.lower(place, amount);
        self.kilter.set_amount(place, amount);
    }

    /// Lowers what is owed and set off of a debt to `most`, where more is set off.
    fn lower(&mut self, place: u32, most: u64) {
        let mut rest = self.kilter.set_off(place).saturating_sub(most);
        if rest == 0 {
            return;
        }
        let slot = self.kilter.slot(place, false);
        let (creditor, debtor) = self.kilter.ends(slot);
        self.kilter.push(slot, rest);
        self.kilter.set_amount(place, most);

        let mut budget = DETOUR;
        while rest > 0 {
            let is_free = budget > 0;
            let wish = Wish { ends: [debtor, creditor], amount: rest, is_free };
            let most = if is_free { budget } else { u64::MAX };
            if let End::Met = self.search.find(&self.kilter, wish, most) {
                rest -= self.push_along(wish);
                budget = budget.saturating_sub(self.search.scanned());
            } else {
                assert!(is_free, "what was set off of a debt can be taken back along circles");
                budget = 0;
            }
        }
    }

    /// Settles all debts.
    pub(super) fn optimise(&mut self) {
        let members = self.kilter.members();
        let scale = scale(index(members));
        let span = |potentials: &[i64]| {
            let (low, high) = (potentials.iter().min(), potentials.iter().max());
            high.zip(low).map_or(0, |(high, low)| high - low)
        };
        if span(self.kilter.potentials()) > HIGHEST_LABEL / scale {
            self.kilter.reset_potentials();
        }
        self.kilter.settle_all(|residual, excess, potentials| {
            let lowest = potentials.iter().copied().min().unwrap_or(0);
            let labels = potentials.iter().map(|potential| (potential - lowest) * scale).collect();
            let mut engine = PushRelabel::at(residual, excess, labels);
            let mut never = |_, _: &_| ControlFlow::<Infallible>::Continue(());
            let mut all = Component {
                members: 0..members,
                scale,
                updates: 0,
                unbalanced: None,
                may_switch: false,
            };
            let halted = engine.run(&mut all, &mut never);
            assert!(halted.is_ok(), "the limits of a book keep labels in range");
            whole(&mut engine.labels, scale);
            let lowest = engine.labels.iter().copied().min().unwrap_or(0);
            for (potential, label) in potentials.iter_mut().zip(&engine.labels) {
                *potential = label - lowest;
            }
            engine.residual
        });
    }

    /// Pushes what is wished for, or as much as can be, along the paths found.
    fn push_along(&mut self, wish: Wish) -> u64 {
        let mut rest = wish.amount;
        for number in 0..self.search.paths() {
            let (path, width) = self.search.path(&self.kilter, wish, number);
            let amount = width.min(rest);
            if amount > 0 {
                for &slot in path {
                    self.kilter.push(slot, amount);
                }
                rest -= amount;
            }
        }
        wish.amount - rest
    }

    /// Shifts the potentials of a closed side so that the gain of the debt searched for is lowered:
    /// by the gain, or by less if a slot that leads out gets to be of no length before. Says whether
    /// it did, since potentials stay within [`HIGHEST_POTENTIAL`].
    ///
    /// No term of the gap is raised: slots that lead out keep a length of 0 or more, and those that
    /// lead in get longer.
    fn shift(&mut self, side: usize, gain: i64) -> bool {
        let sign = if side == SOURCE { 1 } else { -1 };
        let mut by = gain;
        let mut unsettled = Vec::new();
        for &member in self.search.reached(side) {
            let (residual, potentials) = (self.kilter.residual(), self.kilter.potentials());
            if (potentials[index(member)] + sign * gain).abs() > HIGHEST_POTENTIAL {
                return false;
            }
            let row = residual.row(member);
            let (out, into) = if side == SOURCE {
                (residual.open(), residual.mate_open())
            } else {
                (residual.mate_open(), residual.open())
            };
            // On the side of the source slots lead out, on the other their mates do.
            for (slots, cost) in [(row.cancelling(), sign), (row.restoring(), -sign)] {
                let length = |slot: usize| {
                    let head = residual.heads()[slot];
                    let over = potentials[index(head)] - potentials[index(member)];
                    (head, cost * residual.weights().get(slot) + sign * over)
                };
                for slot in out.within(slots.clone()) {
                    let (head, length) = length(slot);
                    if length < by && !self.search.has_reached(side, head) {
                        by = length;
                    }
                }
                for slot in into.within(slots) {
                    let (head, length) = length(slot);
                    if length > 0 && !self.search.has_reached(side, head) {
                        unsettled.push(slot);
                    }
                }
            }
        }
        debug_assert!(by > 0, "slots of no length that lead out were used");
        for &member in self.search.reached(side) {
            self.kilter.raise(member, sign * by);
        }
        for slot in unsettled {
            self.kilter.judge_slot(slot);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Debt;

    #[test]
    fn potentials_too_far_apart_for_labels_are_forgotten() {
        let members = 1 << 18;
        let mut potentials = vec![0; members];
        potentials[1] = HIGHEST_POTENTIAL;
        let debt = |debtor, creditor, amount| Debt { debtor, creditor, amount, weight: 1 };
        let debts = [debt(0, 1, 5), debt(1, 2, 4), debt(2, 0, 3)];
        let mut engine = Engine::new(Kilter::new(&debts, &[0; 3], potentials));
        assert!(engine.kilter.totals().gap > 0);

        engine.optimise();

        assert_eq!(engine.kilter.totals().cleared, 9);
        assert_eq!(engine.kilter.out_of_date(), None);
        assert!(engine.kilter.potentials().iter().all(|potential| (0..4).contains(potential)));
    }
}
