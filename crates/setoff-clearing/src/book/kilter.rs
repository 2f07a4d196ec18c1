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
//! # Lengths
//! The two slots of a debt have a *length*, their cost less what the potentials account for: the
//! one that cancels is as long as the gain, the one that restores as long as the gain with its sign
//! turned. A debt is unsettled if a slot of a length below 0 is open. A push through a slot of
//! length `l` adds `l` a unit to the gap.
//!
//! # What could overflow
//! Nothing: the potentials stay within [`HIGHEST_POTENTIAL`], weights within 2^20 and all amounts
//! together within [`MOST_OWED`](crate::MOST_OWED), 2^80. So a gain is under 2^46, the gap under
//! 2^126, and the weighted sum under 2^100.

use std::num::NonZeroU64;

use crate::bundle::index;
use crate::residual::{Each, Growing, Residual, Weights};
use crate::{Debt, Network};

/// Potentials are never farther from 0 than this. Those of a clearing are within three times the
/// number of members times the largest weight, which the limits of a book keep under it.
pub(super) const HIGHEST_POTENTIAL: i64 = 1 << 44;

/// The debt is not in the list of unsettled debts.
const SETTLED: u32 = u32::MAX;

/// The state of a book. Each debt has a place that it keeps.
#[derive(Clone, Default)]
pub(super) struct Kilter {
    network: Growing,
    potentials: Vec<i64>,
    /// By place; `None` where no debt is.
    entries: Vec<Option<Entry>>,
    /// The places where no debt is, the one left last at the end.
    free: Vec<u32>,
    /// Unsettled debts, each with its term of the gap.
    unsettled: Vec<(u32, u128)>,
    totals: Totals,
}

/// What is kept of a debt beside its slots.
#[derive(Clone, Copy)]
struct Entry {
    /// Tells it from all others that were or will be in its place.
    serial: NonZeroU64,
    /// Its number in the list of unsettled debts, or [`SETTLED`].
    unsettled: u32,
}

/// Sums over all debts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// The slot of an unsettled debt that is of a length below 0, and how far below.
#[derive(Clone, Copy)]
pub(super) struct Remedy {
    pub(super) slot: usize,
    pub(super) gain: i64,
}

impl Kilter {
    /// Debts with a conserved set-off and a potential for each member.
    pub(super) fn new(debts: &[Debt], discharges: &[u64], potentials: Vec<i64>) -> Self {
        let mut slots = vec![0; potentials.len()];
        for debt in debts {
            slots[index(debt.debtor)] += 1;
            slots[index(debt.creditor)] += 1;
        }
        let network = Growing::with_room_for(&slots);
        let mut kilter = Self { network, potentials, ..Self::default() };
        let mut serial = NonZeroU64::MIN;
        for (debt, &discharge) in debts.iter().zip(discharges) {
            let place = kilter.insert(serial, *debt);
            serial = serial.saturating_add(1);
            if discharge > 0 {
                kilter.push(kilter.network.slot(place, true), discharge);
            }
        }
        kilter
    }

    /// The sums.
    pub(super) fn totals(&self) -> Totals {
        self.totals
    }

    /// The sum that no set-off exceeds, by weight.
    pub(super) fn bound(&self) -> i128 {
        self.totals.weighted + i128::try_from(self.totals.gap).expect("the gap is under 2^126")
    }

    /// The debts in these places as a network.
    pub(super) fn network_of(&self, places: impl Iterator<Item = u32>) -> Network {
        let debts = places.map(|place| self.debt(place)).collect();
        Network::new(self.members(), debts).expect("the book keeps the limits of a network")
    }

    /// How many members there are.
    pub(super) fn members(&self) -> u32 {
        self.network.members()
    }

    /// How many debts there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// The slots as searches read them.
    pub(super) fn residual(&self) -> &Residual<Each> {
        self.network.residual()
    }

    /// All potentials.
    pub(super) fn potentials(&self) -> &[i64] {
        &self.potentials
    }

    /// All places with a debt, in their order, with the serial of the debt.
    pub(super) fn places(&self) -> impl Iterator<Item = (u32, NonZeroU64)> {
        (0..).zip(&self.entries).filter_map(|(place, entry)| Some((place, entry.as_ref()?.serial)))
    }

    /// The serial of the debt in a place, if one is there.
    pub(super) fn serial(&self, place: u32) -> Option<NonZeroU64> {
        self.entries.get(index(place))?.map(|entry| entry.serial)
    }

    /// The debt in a place where one is.
    pub(super) fn debt(&self, place: u32) -> Debt {
        self.network.debt(place)
    }

    /// What is set off of the debt in a place where one is.
    pub(super) fn set_off(&self, place: u32) -> u64 {
        self.network.set_off(place)
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
        self.network.add_member();
        self.potentials.push(0);
    }

    /// The last member, who has no debts, goes.
    pub(super) fn remove_last_member(&mut self) {
        self.network.remove_last_member();
        self.potentials.pop();
    }

    /// Enters a debt of which nothing is set off, and returns its place.
    pub(super) fn insert(&mut self, serial: NonZeroU64, debt: Debt) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            u32::try_from(self.entries.len() - 1).expect("the book limits the number of debts")
        });
        self.entries[index(place)] = Some(Entry { serial, unsettled: SETTLED });
        self.network.insert(place, debt);
        self.totals.gross += u128::from(debt.amount);
        self.judge(place);
        place
    }

    /// Takes a debt out of which nothing is set off.
    pub(super) fn remove(&mut self, place: u32) {
        debug_assert_eq!(self.set_off(place), 0, "what was set off is taken back first");
        self.list(place, 0);
        self.totals.gross -= u128::from(self.debt(place).amount);
        self.network.remove(place);
        self.entries[index(place)] = None;
        self.free.push(place);
    }

    /// Sets what is owed, which is not less than what is set off.
    pub(super) fn set_amount(&mut self, place: u32, amount: u64) {
        self.totals.gross -= u128::from(self.debt(place).amount);
        self.totals.gross += u128::from(amount);
        self.network.set_amount(place, amount);
        self.judge(place);
    }

    /// The slot through which more of a debt is set off, or less.
    pub(super) fn slot(&self, place: u32, more: bool) -> usize {
        self.network.slot(place, more)
    }

    /// Pushes an amount, which is above 0 and not more than is left, through a slot.
    pub(super) fn push(&mut self, slot: usize, amount: u64) {
        let (place, more) = self.network.debt_of(slot);
        let change = if more { i128::from(amount) } else { -i128::from(amount) };
        self.network.push(slot, amount);
        self.totals.cleared = self.totals.cleared.wrapping_add_signed(change);
        self.totals.weighted += self.weight(slot) * change;
        self.judge(place);
    }

    /// The member at whom a slot is, and the one it leads to.
    pub(super) fn ends(&self, slot: usize) -> (u32, u32) {
        let residual = self.residual();
        (residual.heads()[residual.mate(slot)], residual.heads()[slot])
    }

    /// The slot through which an unsettled debt is settled.
    pub(super) fn remedy(&self, place: u32) -> Option<Remedy> {
        let gain = self.gain(place);
        let slot = self.slot(place, gain > 0);
        let needed = gain != 0 && self.residual().left(slot) > 0;
        needed.then_some(Remedy { slot, gain: gain.abs() })
    }

    /// Adds to a member's potential; the caller [judges](Kilter::judge_slot) what that may change.
    pub(super) fn raise(&mut self, member: u32, by: i64) {
        self.potentials[index(member)] += by;
    }

    /// Brings the gap up to date after the length of a slot has changed.
    pub(super) fn judge_slot(&mut self, slot: usize) {
        let (place, _) = self.network.debt_of(slot);
        self.judge(place);
    }

    /// Lets the optimiser settle everything: `settle` has the slots, what is set off to each member
    /// less what is set off from it, and the potentials, with which no debt is unsettled, and brings
    /// back slots with all excess gone and new potentials with which that is so too.
    pub(super) fn settle_all(
        &mut self,
        settle: impl FnOnce(Residual<Each>, Vec<i128>, &mut [i64]) -> Residual<Each>,
    ) {
        let mut excess = vec![0; self.potentials.len()];
        for (place, _) in std::mem::take(&mut self.unsettled) {
            self.entry(place).unsettled = SETTLED;
            if let Some(Remedy { slot, .. }) = self.remedy(place) {
                let (from, to) = self.ends(slot);
                let amount = self.residual().left(slot);
                excess[index(from)] -= i128::from(amount);
                excess[index(to)] += i128::from(amount);
                self.network.push(slot, amount);
            }
        }
        let potentials = &mut self.potentials;
        self.network.lend(|residual| settle(residual, excess, potentials));

        self.totals = Totals { gross: self.totals.gross, ..Totals::default() };
        let residual = self.network.residual();
        for member in 0..self.network.members() {
            for slot in residual.row(member).cancelling() {
                let set_off = residual.left(slot);
                self.totals.cleared += u128::from(set_off);
                self.totals.weighted +=
                    i128::from(residual.weights().get(slot)) * i128::from(set_off);
            }
        }
        debug_assert_eq!(self.out_of_date(), None, "everything is settled");
    }

    /// Forgets all potentials.
    pub(super) fn reset_potentials(&mut self) {
        self.potentials.fill(0);
        let places: Vec<u32> = self.places().map(|(place, _)| place).collect();
        for place in places {
            self.judge(place);
        }
    }

    fn entry(&mut self, place: u32) -> &mut Entry {
        self.entries[index(place)].as_mut().expect("slots and lists only name debts at hand")
    }

    fn weight(&self, slot: usize) -> i128 {
        self.residual().weights().get(slot).into()
    }

    /// What a unit set off of a debt gains.
    fn gain(&self, place: u32) -> i64 {
        let slot = self.slot(place, false);
        let (creditor, debtor) = self.ends(slot);
        self.residual().weights().get(slot) + self.potentials[index(debtor)]
            - self.potentials[index(creditor)]
    }

    /// A debt's term of the gap.
    fn term(&self, place: u32) -> u128 {
        let left = |Remedy { slot, gain }: Remedy| (self.residual().left(slot), gain);
        let (left, gain) = self.remedy(place).map_or((0, 0), left);
        u128::from(gain.unsigned_abs()) * u128::from(left)
    }

    /// Brings a debt's term of the gap up to date, after the debt or a potential has changed.
    fn judge(&mut self, place: u32) {
        self.list(place, self.term(place));
    }

    /// Keeps a debt in the list of unsettled ones with this term, or out of it if the term is 0.
    fn list(&mut self, place: u32, term: u128) {
        let listed = self.entry(place).unsettled;
        match (listed, term) {
            (SETTLED, 0) => {}
            (SETTLED, _) => {
                let last = u32::try_from(self.unsettled.len()).expect("no more than debts");
                self.unsettled.push((place, term));
                self.totals.gap += term;
                self.entry(place).unsettled = last;
            }
            (_, 0) => {
                let (_, term) = self.unsettled.swap_remove(index(listed));
                self.totals.gap -= term;
                self.entry(place).unsettled = SETTLED;
                if let Some(&(moved, _)) = self.unsettled.get(index(listed)) {
                    self.entry(moved).unsettled = listed;
                }
            }
            _ => {
                let (_, was) = &mut self.unsettled[index(listed)];
                self.totals.gap = self.totals.gap - *was + term;
                *was = term;
            }
        }
    }

    /// Looks through everything that is kept up to date for the first thing that is not what it
    /// should be. Takes `O(members + debts)`.
    pub(super) fn out_of_date(&self) -> Option<&'static str> {
        let mut totals = Totals::default();
        let mut excess = vec![0_i128; self.potentials.len()];
        for (place, entry) in (0..).zip(&self.entries) {
            let Some(entry) = entry else { continue };
            let (debt, set_off, term) = (self.debt(place), self.set_off(place), self.term(place));
            let listed = self.unsettled.get(index(entry.unsettled));
            if listed.copied() != (term > 0).then_some((place, term)) {
                return Some("the list of unsettled debts");
            }
            excess[index(debt.debtor)] -= i128::from(set_off);
            excess[index(debt.creditor)] += i128::from(set_off);
            totals.gross += u128::from(debt.amount);
            totals.cleared += u128::from(set_off);
            totals.weighted += i128::from(debt.weight) * i128::from(set_off);
            totals.gap += term;
        }
        if excess.iter().any(|excess| *excess != 0) {
            return Some("conservation");
        }
        if totals != self.totals {
            return Some("the sums");
        }
        self.network.out_of_place()
    }
}
