//! A set-off that is conserved at every moment, potentials, and the distance between the two.
//!
//! # The problem
//! `f` is the set-off: `0 ≤ f ≤ c` for each debt with amount `c`, and at every member as much is set
//! off from it as to it. `π` are potentials, any at all, and a debt's *gain* is `w + π(debtor) −
//! π(creditor)`. Since `f` is conserved, `Σ w·f = Σ gain·f`, and no set-off whatever is worth more
//! than `Σ c·max(0, gain)`, the *bound*. The *gap* between the two is a sum over the debts,
//!
//! ```text
//! bound − Σ w·f = Σ gain⁺·(c − f) + gain⁻·f,
//! ```
//!
//! in which each term depends on one debt and the potentials of its two members: a debt that comes,
//! changes or goes changes one term. A debt whose term is not 0 is *unsettled*. When none is,
//! `f` is the largest set-off and `π` is its certificate.
//!
//! # The method
//! This is the out-of-kilter method (Fulkerson, *An out-of-kilter method for minimal-cost flow
//! problems*, Journal of the Society for Industrial and Applied Mathematics 9, 1961), in which each
//! unsettled debt is settled for itself, and no debt's term ever rises. Take one with a positive
//! gain of which not all is set off. A [search](crate::book::search) looks for a path from its
//! creditor to its debtor that is shorter than the gain. If there is one, a push through the path and
//! the debt raises the set-off. If there is none, the potentials left by the search bring the gain
//! to 0. A debt with a negative gain of which something is set off is the same with the signs
//! turned.
//!
//! # When a debt goes
//! What was set off of it must go another way from its debtor to its creditor, or be taken back
//! along the circles of which it was a part. Both are paths of open slots, and there always is one.
//! The cheapest is looked for, which leaves a settled set-off settled. When that takes too long, any
//! path of few steps serves; debts of that path may be unsettled by it.
//!
//! # What could overflow
//! Nothing: potentials are kept within [`HIGHEST_POTENTIAL`] and all amounts together within
//! [`MOST_OWED`](crate::book::MOST_OWED), 2^80, so a gain is under 2^46 and the gap under 2^126.

use std::num::NonZeroU64;

use crate::Debt;
use crate::book::residual::{Record, Residual, SETTLED, Step};
use crate::book::search::{Member, Query, Search};
use crate::bundle::index;

/// Potentials are never farther from 0 than this.
pub(super) const HIGHEST_POTENTIAL: i64 = 1 << 44;

/// How many slots are scanned for the cheapest way around a debt that goes before any way does.
const DETOUR: u64 = 2_000;

/// Detours are shorter than this, or not looked for by length.
const FARTHEST: i64 = 1 << 50;

/// The state of a book.
#[derive(Clone, Default)]
pub(super) struct Kilter {
    residual: Residual,
    members: Vec<Member>,
    /// Unsettled debts, each with its term of the gap.
    unsettled: Vec<(u32, u128)>,
    totals: Totals,
    search: Search,
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

/// Whether a debt could be settled with the work allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    Yes,
    NotYet,
}

impl Kilter {
    /// Debts of so many members; what is set off of each, with its potentials, is conserved.
    pub(super) fn new(debts: &[Debt], discharges: &[u64], potentials: &[i64]) -> Self {
        let mut degrees = vec![0; potentials.len()];
        for debt in debts {
            degrees[index(debt.debtor)] += 1;
            degrees[index(debt.creditor)] += 1;
        }
        let mut kilter = Self { residual: Residual::with_room_for(&degrees), ..Self::default() };
        for &potential in potentials {
            kilter.members.push(Member::new(potential));
            kilter.search.add_member();
        }
        for ((serial, debt), &set_off) in (1..).zip(debts).zip(discharges) {
            let serial = NonZeroU64::new(serial).expect("counted from 1");
            let place = kilter.residual.insert(serial, *debt, set_off);
            kilter.totals.gross += u128::from(debt.amount);
            kilter.count(debt.weight, i128::from(set_off));
            kilter.judge(place);
        }
        kilter
    }

    pub(super) fn residual(&self) -> &Residual {
        &self.residual
    }

    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// How many members there are.
    pub(super) fn members(&self) -> usize {
        self.members.len()
    }

    pub(super) fn potentials(&self) -> impl Iterator<Item = i64> {
        self.members.iter().map(|member| member.potential)
    }

    /// How many debts are unsettled.
    pub(super) fn unsettled(&self) -> usize {
        self.unsettled.len()
    }

    /// An unsettled debt.
    pub(super) fn first_unsettled(&self) -> Option<u32> {
        self.unsettled.first().map(|(place, _)| *place)
    }

    pub(super) fn add_member(&mut self) {
        self.residual.add_member();
        self.search.add_member();
        self.members.push(Member::new(0));
    }

    /// The last member, who has no debts, goes.
    pub(super) fn remove_last_member(&mut self) {
        self.residual.remove_last_member();
        self.search.remove_last_member();
        self.members.pop();
    }

    /// Enters a debt, of which nothing is set off at first.
    pub(super) fn insert(&mut self, serial: NonZeroU64, debt: Debt) -> u32 {
        let place = self.residual.insert(serial, debt, 0);
        self.totals.gross += u128::from(debt.amount);
        self.judge(place);
        place
    }

    /// Takes a debt out and sets its part of the set-off off otherwise or not at all.
    pub(super) fn remove(&mut self, place: u32) -> Record {
        self.lower(place, 0);
        self.forget(place);
        let record = self.residual.remove(place);
        self.totals.gross -= u128::from(record.amount);
        record
    }

    /// Changes what is owed. If more is set off than that, the rest is set off otherwise or not at
    /// all.
    pub(super) fn set_amount(&mut self, place: u32, amount: u64) {
        self.lower(place, amount);
        let Record { amount: was, set_off, .. } = *self.residual.record(place);
        self.residual.set(place, amount, set_off);
        self.totals.gross = self.totals.gross - u128::from(was) + u128::from(amount);
        self.judge(place);
    }

    /// Settles a debt by searches that scan no more slots than `budget`, which is lowered by what
    /// was scanned.
    pub(super) fn settle(&mut self, place: u32, budget: &mut u64) -> Settled {
        while let Some((step, gain)) = self.out_of_kilter(place) {
            if *budget == 0 {
                return Settled::NotYet;
            }
            let (from, to) = self.residual.ends(step);
            let most = self.residual.record(place).room(step.more);
            let query = Query { most: most.into(), limit: gain, budget: *budget, by_steps: false, meet: false };
            if std::env::var("TR").is_ok() { for (p, r) in self.residual.iter() { eprintln!("   {p} {}->{} {}/{} gain {}", r.debtor, r.creditor, r.set_off, r.amount, self.gain(r)); } eprintln!("settle {place} {to}->{from} limit {gain} most {most}"); }
            self.search.supply[0][index(to)] = most.into();
            self.search.supply[1][index(from)] = most.into();
            self.search.run(&mut self.residual, &mut self.members, [&[to], &[from]], query);
            if std::env::var("TR").is_ok() { for (p, r) in self.residual.iter() { eprintln!("   {p} {}->{} {}/{} gain {}", r.debtor, r.creditor, r.set_off, r.amount, self.gain(r)); } eprintln!("pushed {} shifted {}", self.search.pushed, self.search.shifted()); }
            *budget = budget.saturating_sub(self.search.scanned());
            let pushed = u64::try_from(self.search.pushed).unwrap();
            self.residual.push(step, pushed);
            let change = if step.more { i128::from(pushed) } else { -i128::from(pushed) };
            let weight = self.residual.record(place).weight;
            self.count(weight, change);
            self.accept();
            self.judge(place);
            if cfg!(debug_assertions) { self.audit("settle"); }
            if std::env::var("STAT").is_ok() && *budget > 1 << 40 {
                eprintln!("{place} gain {gain} pushed {} of {most} scanned {} risen {} in {} raises, {} augmentations", self.search.pushed, self.search.scanned(), self.search.shifted(), self.search.raises, self.search.augmentations);
            }
        }
        Settled::Yes
    }

    pub(super) fn batch(&mut self) {
        let mut excess = vec![0i128; self.members.len()];
        while let Some(place) = self.first_unsettled() {
            let (step, _) = self.out_of_kilter(place).unwrap();
            let room = self.residual.record(place).room(step.more);
            let (from, to) = self.residual.ends(step);
            excess[index(from)] -= i128::from(room);
            excess[index(to)] += i128::from(room);
            self.residual.push(step, room);
            let change = if step.more { i128::from(room) } else { -i128::from(room) };
            let weight = self.residual.record(place).weight;
            self.count(weight, change);
            self.judge(place);
        }
        self.settle_excess(&excess);
    }

    fn settle_excess(&mut self, excess: &[i128]) {
        let stat = std::env::var("STAT").is_ok();
        let mut surplus = crate::book::surplus::Surplus::new(excess.to_vec());
        let work = std::env::var("WORK").ok().and_then(|w| w.parse().ok()).unwrap_or(1_000_000);
        loop {
            let start = std::time::Instant::now();
            surplus.run(&mut self.residual, work);
            let pr = start.elapsed();
            self.totals.cleared = self.totals.cleared.wrapping_add_signed(surplus.cleared);
            self.totals.weighted += surplus.weighted;
            (surplus.cleared, surplus.weighted) = (0, 0);
            for place in std::mem::take(&mut surplus.touched) { self.judge(place); }
            let mut ends = [vec![], vec![]];
            let mut most = 0;
            for (m, &e) in (0..).zip(&surplus.excess) {
                if e != 0 { let side = usize::from(e < 0); ends[side].push(m); self.search.supply[side][index(m)] = e.unsigned_abs(); most += if e > 0 { e as u128 } else { 0 }; }
            }
            if most == 0 {
                if stat { eprintln!("excess left {most} pr {pr:?} scanned {} updates {} pushes {}", surplus.scanned, surplus.updates, surplus.pushes); }
                break;
            }
            let bud = std::env::var("BUD").ok().and_then(|w| w.parse().ok()).unwrap_or(0);
            let query = Query { most, limit: FARTHEST, budget: if bud > 0 { bud } else { u64::MAX }, by_steps: false, meet: bud == 0 };
            let start = std::time::Instant::now();
            self.search.run(&mut self.residual, &mut self.members, [&ends[0], &ends[1]], query);
            self.accept();
            for side in 0..2 { for &m in &ends[side] { let left = self.search.supply[side][index(m)] as i128; surplus.excess[index(m)] = if side == 0 { left } else { -left }; } }
            if stat { eprintln!("excess left {most} pushed {} augs {} {} {} pr {pr:?} scanned {} updates {} pushes {}; raise {:?} scanned {} raises {}", self.search.pushed, self.search.augmentations, ends[0].len(), ends[1].len(), surplus.scanned, surplus.updates, surplus.pushes, start.elapsed(), self.search.scanned(), self.search.raises); }
        }
    }

    pub(super) fn audit(&self, when: &str) {
        let mut gap = 0;
        for (place, record) in self.residual.iter() {
            let gain = self.gain(record);
            let term = u128::from(gain.unsigned_abs()) * u128::from(record.room(gain > 0));
            gap += term;
            let listed = if record.unsettled == SETTLED { 0 } else { self.unsettled[index(record.unsettled)].1 };
            assert_eq!(term, listed, "{when} {place} {:?} gain {gain} set off {}", record.debt(), record.set_off);
        }
        assert_eq!(gap, self.totals.gap);
    }

    fn accept(&mut self) {
        self.totals.cleared = self.totals.cleared.wrapping_add_signed(self.search.cleared);
        self.totals.weighted += self.search.weighted;
        for place in 0..self.search.touched.len() {
            self.judge(self.search.touched[place]);
        }
    }

    /// The step through a debt that would lower its term of the gap, and by how much a unit.
    fn out_of_kilter(&self, place: u32) -> Option<(Step, i64)> {
        let record = self.residual.record(place);
        let gain = self.gain(record);
        let more = gain > 0;
        (gain != 0 && record.room(more) > 0).then_some((Step { debt: place, more }, gain.abs()))
    }

    fn gain(&self, record: &Record) -> i64 {
        i64::from(record.weight) + self.members[index(record.debtor)].potential
            - self.members[index(record.creditor)].potential
    }

    /// Lowers what is set off of a debt to `most`.
    fn lower(&mut self, place: u32, most: u64) {
        let Record { amount, set_off, debtor, creditor, weight, .. } = *self.residual.record(place);
        let mut rest = set_off.saturating_sub(most);
        if rest == 0 {
            return;
        }
        // Takes the rest off the books, and with it both slots out of the way of the searches.
        self.forget(place);
        self.residual.set(place, 0, 0);
        self.count(weight, -i128::from(rest));
        let mut budget = DETOUR;
        while rest > 0 {
            let by_steps = budget == 0;
            let query = Query {
                most: rest.into(),
                limit: FARTHEST,
                budget: if by_steps { u64::MAX } else { budget },
                by_steps,
                meet: false,
            };
            self.search.supply[0][index(debtor)] = rest.into();
            self.search.supply[1][index(creditor)] = rest.into();
            self.search.run(&mut self.residual, &mut self.members, [&[debtor], &[creditor]], query);
            self.accept();
            rest -= u64::try_from(self.search.pushed).unwrap();
            assert!(rest == 0 || !by_steps, "what was set off of a debt goes back along circles");
            budget = 0;
        }
        self.residual.set(place, amount, set_off.min(most));
        self.judge(place);
        if cfg!(debug_assertions) { self.audit("lower"); }
    }

    /// Counts a change of what is set off.
    fn count(&mut self, weight: i32, change: i128) {
        self.totals.cleared = self.totals.cleared.wrapping_add_signed(change);
        self.totals.weighted += i128::from(weight) * change;
    }

    /// Takes over another set-off, which is conserved, and potentials for it. `discharges` are those
    /// of the debts in the order of their places.
    pub(super) fn replace(&mut self, discharges: &[u64], potentials: &[i64]) {
        for (member, &potential) in self.members.iter_mut().zip(potentials) {
            member.potential = potential;
        }
        let places: Vec<u32> = self.residual.iter().map(|(place, _)| place).collect();
        for (place, &discharge) in places.into_iter().zip(discharges) {
            let Record { amount, set_off, weight, .. } = *self.residual.record(place);
            self.residual.set(place, amount, discharge);
            self.count(weight, i128::from(discharge) - i128::from(set_off));
            self.judge(place);
        }
    }

    /// Brings a debt's term of the gap up to date.
    fn judge(&mut self, place: u32) {
        let gain = self.gain(self.residual.record(place));
        self.residual.set_gain(place, gain);
        let record = self.residual.record(place);
        let term = u128::from(gain.unsigned_abs()) * u128::from(record.room(gain > 0));
        let listed = record.unsettled;
        match (listed, term) {
            (SETTLED, 0) => {}
            (SETTLED, _) => {
                let last = u32::try_from(self.unsettled.len()).expect("no more than debts");
                self.unsettled.push((place, term));
                self.totals.gap += term;
                self.residual.set_unsettled(place, last);
            }
            (_, 0) => self.forget(place),
            (listed, _) => {
                let (_, was) = &mut self.unsettled[index(listed)];
                self.totals.gap = self.totals.gap - *was + term;
                *was = term;
            }
        }
    }

    /// Takes a debt off the list of unsettled ones.
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
}
