//! A set-off, potentials, and the gap between the two, always up to date.
//!
//! # The problem
//! `f` is the set-off: `0 ≤ f ≤ c` for each debt with amount `c`, and at every member as much is
//! set off from it as to it. `π` are potentials, any at all, and a debt's *gain* is `w + π(debtor)
//! − π(creditor)`. Since `f` is conserved, `Σ w·f = Σ gain·f`; and since that holds for every
//! conserved set-off, none is worth more than `Σ c·max(0, gain)`, the *bound*. The *gap* between
//! bound and set-off is a sum over the debts,
//!
//! ```text
//! bound − Σ w·f = Σ max(0, gain)·(c − f) + max(0, −gain)·f,
//! ```
//!
//! in which each term depends on one debt and the potentials of its two members only: a debt that
//! comes, changes or goes changes one term. A debt whose term is not 0 is *unsettled* (in
//! Fulkerson's words, out of kilter). When none is, `f` is the largest set-off and `π` its
//! certificate: the conditions that [`verify`](crate::verify()) checks are that every term is 0.
//!
//! The set-off is always conserved when a function of the [engine](crate::book::engine) returns.
//! While one works, members may have an *excess*: more set off to them than from them, or less.
//!
//! # What could overflow
//! Nothing: the potentials stay within [`HIGHEST_POTENTIAL`], weights within 2^20 and all amounts
//! together within [`MOST_OWED`](crate::MOST_OWED), 2^80. So a gain is under 2^46, the gap under
//! 2^126, and the weighted sum under 2^100.

use std::num::NonZeroU64;

use crate::Debt;
use crate::book::residual::{Record, Residual, SETTLED, Step};
use crate::bundle::index;

/// Potentials are never farther from 0 than this. Those of a clearing are within three times the
/// number of members times the largest weight, which the limits of a network keep under it.
pub(super) const HIGHEST_POTENTIAL: i64 = 1 << 44;

/// The state of a book.
#[derive(Clone, Default)]
pub(super) struct Kilter {
    pub(super) residual: Residual,
    pub(super) members: Vec<Member>,
    /// For each member what is set off to it less what is set off from it.
    pub(super) excess: Vec<i128>,
    /// Unsettled debts, each with its term of the gap.
    unsettled: Vec<(u32, u128)>,
    totals: Totals,
}

/// What searches look up of a member.
#[derive(Clone, Copy)]
pub(super) struct Member {
    pub(super) potential: i64,
    /// The tree that it is in.
    pub(super) tree: u32,
    /// Its parent there.
    pub(super) parent: u32,
}

/// Sums over all debts.
#[derive(Clone, Copy, Default)]
pub(super) struct Totals {
    /// What is owed.
    pub(super) gross: u128,
    /// What is set off.
    pub(super) cleared: u128,
    /// What is set off, by weight.
    pub(super) weighted: i128,
    /// The gap.
    pub(super) gap: u128,
}

impl Kilter {
    /// Debts with a conserved set-off and a potential for each member.
    pub(super) fn new(debts: &[Debt], discharges: &[u64], potentials: &[i64]) -> Self {
        let mut degrees = vec![0; potentials.len()];
        for debt in debts {
            degrees[index(debt.debtor)] += 1;
            degrees[index(debt.creditor)] += 1;
        }
        let mut kilter = Self {
            residual: Residual::with_room_for(&degrees),
            members: potentials.iter().map(|&potential| Member::new(potential)).collect(),
            excess: vec![0; potentials.len()],
            ..Self::default()
        };
        let mut serial = NonZeroU64::MIN;
        for (debt, &discharge) in debts.iter().zip(discharges) {
            let place = kilter.insert(serial, *debt);
            serial = serial.saturating_add(1);
            kilter.push(Step { debt: place, more: true }, discharge);
        }
        debug_assert!(kilter.excess.iter().all(|excess| *excess == 0), "it is conserved");
        kilter
    }

    /// The sums.
    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// How many debts are unsettled.
    pub(super) fn unsettled(&self) -> usize {
        self.unsettled.len()
    }

    /// An unsettled debt by its number in the list of them, which any change may change.
    pub(super) fn unsettled_at(&self, number: usize) -> Option<u32> {
        self.unsettled.get(number).map(|(place, _)| *place)
    }

    pub(super) fn add_member(&mut self) {
        self.residual.add_member();
        self.members.push(Member::new(0));
        self.excess.push(0);
    }

    /// The last member, who has no debts, goes.
    pub(super) fn remove_last_member(&mut self) {
        self.residual.remove_last_member();
        self.members.pop();
        self.excess.pop();
    }

    /// Enters a debt of which nothing is set off, and returns its place.
    pub(super) fn insert(&mut self, serial: NonZeroU64, debt: Debt) -> u32 {
        let place = self.residual.insert(serial, debt);
        self.totals.gross += u128::from(debt.amount);
        self.judge(place);
        place
    }

    /// Takes over another set-off, which is conserved, and its potentials. `discharges` are in the
    /// order of `places`, which are all.
    pub(super) fn replace(&mut self, places: &[u32], discharges: &[u64], potentials: &[i64]) {
        for (member, &potential) in self.members.iter_mut().zip(potentials) {
            member.potential = potential;
        }
        for (&place, &discharge) in places.iter().zip(discharges) {
            let set_off = self.residual.record(place).set_off;
            let more = discharge > set_off;
            self.push(Step { debt: place, more }, discharge.abs_diff(set_off));
            self.judge(place);
        }
        debug_assert!(self.excess.iter().all(|excess| *excess == 0), "it is conserved");
    }

    /// Takes a debt out of which nothing is set off.
    pub(super) fn remove(&mut self, place: u32) -> Record {
        self.forget(place);
        let record = self.residual.remove(place);
        debug_assert_eq!(record.set_off, 0, "what was set off is taken back first");
        self.totals.gross -= u128::from(record.amount);
        record
    }

    /// Sets what is owed, which is not less than what is set off.
    pub(super) fn set_amount(&mut self, place: u32, amount: u64) {
        let was = self.residual.set_amount(place, amount);
        self.totals.gross = self.totals.gross - u128::from(was) + u128::from(amount);
        self.judge(place);
    }

    /// Pushes an amount, which is not more than there is room for.
    pub(super) fn push(&mut self, step: Step, amount: u64) {
        self.residual.push(step, amount);
        let &Record { debtor, creditor, weight, .. } = self.residual.record(step.debt);
        let change = if step.more { i128::from(amount) } else { -i128::from(amount) };
        self.excess[index(debtor)] -= change;
        self.excess[index(creditor)] += change;
        self.totals.cleared = self.totals.cleared.wrapping_add_signed(change);
        self.totals.weighted += i128::from(weight) * change;
        if !self.residual.is_tight(step.debt) {
            self.judge(step.debt);
        }
    }

    /// The gain of a debt.
    pub(super) fn gain(&self, record: &Record) -> i64 {
        i64::from(record.weight) + self.members[index(record.debtor)].potential
            - self.members[index(record.creditor)].potential
    }

    /// The step through an unsettled debt that lowers its term of the gap, and by how much a unit.
    pub(super) fn remedy(&self, place: u32) -> Option<(Step, u64)> {
        let record = self.residual.record(place);
        let gain = self.gain(record);
        let more = gain > 0;
        let needed = gain != 0 && record.room(more) > 0;
        needed.then_some((Step { debt: place, more }, gain.unsigned_abs()))
    }

    /// Brings a debt's term of the gap up to date, after the debt or a potential has changed.
    pub(super) fn judge(&mut self, place: u32) {
        let record = self.residual.record(place);
        let gain = self.gain(record);
        let term = u128::from(gain.unsigned_abs()) * u128::from(record.room(gain > 0));
        let listed = record.unsettled;
        self.residual.set_gain(place, gain);
        if term == 0 {
            self.forget(place);
        } else if listed == SETTLED {
            let last = u32::try_from(self.unsettled.len()).expect("no more than debts");
            self.unsettled.push((place, term));
            self.totals.gap += term;
            self.residual.set_unsettled(place, last);
        } else {
            let (_, was) = &mut self.unsettled[index(listed)];
            self.totals.gap = self.totals.gap - *was + term;
            *was = term;
        }
    }

    /// Takes a debt off the list of unsettled ones if it is there.
    fn forget(&mut self, place: u32) {
        let listed = self.residual.record(place).unsettled;
        if listed == SETTLED {
            return;
        }
        let (_, term) = self.unsettled.swap_remove(index(listed));
        self.totals.gap -= term;
        self.residual.set_unsettled(place, SETTLED);
        if let Some((moved, _)) = self.unsettled.get(index(listed)) {
            self.residual.set_unsettled(*moved, listed);
        }
    }

    /// Whether everything that is kept up to date is what it should be; for tests.
    #[cfg(test)]
    pub(super) fn is_consistent(&self) -> bool {
        let mut gap = 0;
        let terms_are_right = self.residual.iter().all(|(place, record)| {
            let gain = self.gain(record);
            let term = u128::from(gain.unsigned_abs()) * u128::from(record.room(gain > 0));
            gap += term;
            let listed = self.unsettled.get(index(record.unsettled));
            listed.copied() == (term > 0).then_some((place, term))
                && self.residual.is_shown(place, gain)
        });
        terms_are_right && gap == self.totals.gap && self.excess.iter().all(|excess| *excess == 0)
    }
}

impl Member {
    fn new(potential: i64) -> Self {
        Self { potential, tree: 0, parent: 0 }
    }
}
