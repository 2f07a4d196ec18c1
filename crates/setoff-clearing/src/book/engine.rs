//! How a book is kept cleared: the ways in which debts are settled.
//!
//! Three methods share one [state](crate::book::kilter):
//!
//! - **One debt at a time** ([`Engine::settle`]), within a budget. An unsettled debt with a positive
//!   gain is set off whole, which leaves its creditor with an excess and its debtor short of as
//!   much. The [trees](crate::book::trees) push the excess back by ways shorter than the gain, and
//!   what does not go back is taken off the debt again. Either all went, or the trees have brought
//!   the gain to 0, or the budget is spent; the set-off is conserved in each case and no debt's
//!   term has risen. This is Fulkerson's out-of-kilter method (*An out-of-kilter method for
//!   minimal-cost flow problems*, Journal of the Society for Industrial and Applied Mathematics 9,
//!   1961). A debt with a negative gain of which something is set off is the same with the signs
//!   turned.
//! - **A batch** ([`Engine::optimise`]). All unsettled debts are set off whole, or not at all, as
//!   their gains ask; then all excess is pushed where it is lacking, by
//!   [push-relabel](crate::book::tight) as far as it costs nothing and by the trees from there on.
//! - **Afresh**: where so much is unsettled that a batch would take longer, the
//!   [optimiser](crate::solve()) does the whole network.
//!
//! # When a debt goes
//! What was set off of it must go another way from its debtor to its creditor, or be taken back
//! along the circles of which it was a part. Both are paths of open slots from the debtor, who
//! would have an excess, to the creditor, and there always are enough of them, since the set-off
//! was conserved: along each circle through the debt, everything else of the circle can be taken
//! back. The cheapest ways are looked for within a budget ([`DETOUR`]), which leaves a settled
//! set-off settled. When it is spent, paths of few steps do, at whatever cost; debts of such a path
//! may be unsettled by it, and the gap says how much that is.

use crate::book::kilter::Kilter;
use crate::book::residual::{Record, Step};
use crate::book::trees::{End, Task, Trees};
use crate::book::tight::Tight;
use crate::bundle::index;

/// How many slots are scanned for the cheapest ways around a debt that goes, before any way does.
const DETOUR: u64 = 2_000;

/// No way is as long as this whose potentials could be kept.
const FARTHEST: i64 = 1 << 50;

/// A batch is given up for a start afresh when it has scanned so many times all slots.
const PATIENCE: u64 = 30;

/// The trees may scan so many slots before push-relabel is worth another run: one in so many.
const TREES_SHARE: u64 = 2;

/// A book's state and what works on it.
#[derive(Clone, Default)]
pub(super) struct Engine {
    pub(super) kilter: Kilter,
    trees: Trees,
    /// The unsettled debt whose turn it is.
    turn: usize,
}

/// Whether everything is settled now.
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
    /// many. In any case less of it is unsettled than before, or as much.
    pub(super) fn settle(&mut self, place: u32, budget: &mut u64) -> Outcome {
        let Some((step, gain)) = self.kilter.remedy(place) else {
            return Outcome::Settled;
        };
        let (from, to) = self.kilter.residual.ends(step);
        let room = self.kilter.residual.record(place).room(step.more);
        let limit = i64::try_from(gain).expect("potentials and weights are kept small");

        self.kilter.push(step, room);
        let task = Task { limit, budget: *budget, by_steps: false };
        let end = self.trees.run(&mut self.kilter, [&[to], &[from]], task);
        *budget = budget.saturating_sub(self.trees.scanned());
        let rest = u64::try_from(self.kilter.excess[index(to)]).expect("no more than was pushed");
        self.kilter.push(Step { debt: place, more: !step.more }, rest);
        match end {
            End::Done | End::Limit => Outcome::Settled,
            End::Budget | End::Potential => Outcome::Unsettled,
        }
    }

    /// Settles what can be with so many slots scanned: first what takes little, then what takes more.
    pub(super) fn improve(&mut self, mut budget: u64) {
        let mut each = 1_000;
        while budget > 0 && self.kilter.unsettled() > 0 {
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
            if each > budget {
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
        let Record { set_off, debtor, creditor, .. } = *self.kilter.residual.record(place);
        let Some(rest) = set_off.checked_sub(most).filter(|rest| *rest > 0) else {
            return;
        };
        self.kilter.push(Step { debt: place, more: false }, rest);
        self.kilter.set_amount(place, most);
        let ends: [&[u32]; 2] = [&[debtor], &[creditor]];
        let task = Task { limit: FARTHEST, budget: DETOUR, by_steps: false };
        if self.trees.run(&mut self.kilter, ends, task) != End::Done {
            let task = Task { budget: u64::MAX, by_steps: true, ..task };
            let end = self.trees.run(&mut self.kilter, ends, task);
            assert_eq!(end, End::Done, "what was set off of a debt can be taken back along circles");
        }
    }

    /// Settles all debts, or gives up with a set-off that is not conserved.
    pub(super) fn optimise(&mut self) -> Outcome {
        while let Some(place) = self.kilter.unsettled_at(0) {
            let (step, _) = self.kilter.remedy(place).expect("an unsettled debt has a remedy");
            let room = self.kilter.residual.record(place).room(step.more);
            self.kilter.push(step, room);
        }
        let slots = 2 * self.kilter.residual.len() as u64;
        let mut allowed = PATIENCE * slots;
        let mut round = 1.0;
        loop {
            let t0 = std::time::Instant::now();
            let tight = Tight::new(&self.kilter); let ways = tight.ways(); let t1 = t0.elapsed();
            let scanned = tight.run(&mut self.kilter);
            let t2 = t0.elapsed();
            allowed = allowed.saturating_sub(scanned);
            let having = |sign: i128| {
                let members = (0..).zip(&self.kilter.excess);
                let having = members.filter(|(_, excess)| excess.signum() == sign);
                having.map(|(member, _)| member).collect::<Vec<u32>>()
            };
            let (sources, targets) = (having(1), having(-1));
            let budget = allowed.min((slots as f64 * std::env::var("SHARE").ok().and_then(|w| w.parse::<f64>().ok()).unwrap_or(0.5)*round) as u64);
            let task = Task { limit: FARTHEST, budget, by_steps: false };
            let end = self.trees.run(&mut self.kilter, [&sources, &targets], task);
            if std::env::var("STAT").is_ok() { eprintln!("ways {ways} build {t1:?} run {:?} scanned {scanned}; left {} sources {} targets; trees {:?} {end:?} scanned {} augs {} raises {}", t2 - t1, sources.len(), targets.len(), t0.elapsed() - t2, self.trees.scanned(), self.trees.augs, self.trees.raises); }
            allowed = allowed.saturating_sub(self.trees.scanned());
            match end {
                End::Done => return Outcome::Settled,
                End::Budget if allowed > 0 => { round *= 2.0; }
                _ => return Outcome::Unsettled,
            }
        }
    }
}
