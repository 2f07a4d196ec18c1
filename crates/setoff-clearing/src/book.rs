//! A network that stays cleared while debts come, change and go.
//!
//! # What it is for
//! [`solve()`](crate::solve()) clears a network once. A union whose members enter and settle debts
//! all day wants to know at every moment what could be set off. A [`ClearingBook`] holds the debts
//! and a set-off of them that is feasible after every change, and says by how much a largest one can
//! be larger at most. When asked it is exactly the largest again, with its certificate, for less
//! than clearing the whole network takes: by how much depends on the network.
//!
//! # How
//! The book keeps a conserved set-off and a potential for each member, and from them a bound on
//! every set-off ([`kilter`]). A change changes one term of the bound. Then a search of limited
//! length tries to make good what the change has opened ([`engine`]); what it does not manage stays
//! in the gap. [`ClearingBook::improve`] goes on with that for as long as it may, and
//! [`ClearingBook::optimise`] runs the optimiser from where the book is, to the end.
//!
//! The debts lie in memory as the optimiser reads them ([`Growing`](crate::residual::Growing)), so
//! it can go on at any moment without anything being built.

mod engine;
mod error;
mod history;
mod kilter;
mod search;
mod standing;

use std::fmt;
use std::num::NonZeroU64;

use crate::book::engine::Engine;
use crate::book::history::{Change, History};
use crate::book::kilter::Kilter;
use crate::{Certificate, Clearing, Debt, LARGEST_AMOUNT, LARGEST_WEIGHT, Network, Seed, solve};

pub use crate::book::error::BookError;
pub use crate::book::standing::{DebtId, Standing, Undone};

/// The most debts that a book holds at once.
pub const MOST_BOOKED: usize = 1 << 28;

/// The most that all debts of a book come to, 2^80.
pub const MOST_OWED: u128 = 1 << 80;

/// How many slots a change may scan, unless [`ClearingBook::set_effort`] says otherwise.
const EFFORT: u64 = 1_000;

/// How many changes can be taken back, unless [`ClearingBook::set_undo_limit`] says otherwise.
const UNDO_LIMIT: usize = 10_000;

/// Debts that come, change and go, with a set-off of them at every moment.
///
/// After every change the set-off is feasible, and [`Standing::gap`] proves by how much a largest one
/// can be larger at most. [`ClearingBook::improve`] narrows the gap within a budget, and
/// [`ClearingBook::optimise`] closes it.
///
/// ```
/// use setoff_clearing::{ClearingBook, Debt};
///
/// let debt = |debtor, creditor, amount| Debt { debtor, creditor, amount, weight: 1 };
/// let mut book = ClearingBook::new(3)?;
/// book.add(debt(0, 1, 100))?;
/// book.add(debt(1, 2, 60))?;
/// let last = book.add(debt(2, 0, 80))?;
/// assert_eq!(book.standing().cleared, 180);
///
/// book.change(last, 50)?;
/// assert_eq!(book.standing().cleared, 150);
/// book.remove(last)?;
/// assert_eq!(book.standing().cleared, 0);
/// book.undo();
///
/// book.optimise();
/// assert_eq!((book.standing().cleared, book.standing().gap()), (150, 0));
/// # Ok::<(), setoff_clearing::BookError>(())
/// ```
///
/// # Which largest set-off
/// Largest set-offs are rarely unique. The one of a book depends on the order of all that happened
/// to it (and on nothing else: the same calls give the same book on every machine). It is a largest
/// one, as its certificate proves, but another than [`solve()`](crate::solve()) finds for the same
/// debts, and debts of the same debtor, creditor and weight are not set off in their order. Where the
/// choice must not depend on history, as when members are held to it, take
/// `solve(&book.to_network(), seed)`.
///
/// # Time and memory
/// `docs/book-latency.md` has what was measured. A change scans a bounded number of slots, but for one that
/// takes away much of what is set off, which can touch much of the network. Memory follows the most
/// debts and members held at once.
#[derive(Clone)]
pub struct ClearingBook {
    engine: Engine,
    history: History,
    next_serial: NonZeroU64,
    /// The largest weight either way that any debt has had.
    heaviest: u32,
    effort: u64,
}

impl ClearingBook {
    /// A book of so many members and no debts.
    ///
    /// # Errors
    /// [`BookError::TooManyMembers`].
    pub fn new(members: u32) -> Result<Self, BookError> {
        let network = Network::new(members, Vec::new())
            .map_err(|_| BookError::TooManyMembers { members, weight: 1 })?;
        Self::from_network(&network, Seed::default())
    }

    /// A book of these debts, cleared as [`solve()`](crate::solve()) does.
    ///
    /// # Errors
    /// [`BookError::TooManyDebts`], [`BookError::TooMuchOwed`] and [`BookError::TooManyMembers`].
    pub fn from_network(network: &Network, seed: Seed) -> Result<Self, BookError> {
        let debts = network.debts();
        if debts.len() > MOST_BOOKED {
            return Err(BookError::TooManyDebts);
        }
        within_most_owed(network.gross())?;
        let heaviest = debts.iter().map(|debt| debt.weight.unsigned_abs()).max();
        let heaviest = heaviest.unwrap_or(1).max(1);
        fits(network.members(), heaviest)?;
        let Clearing { discharges, certificate } = solve(network, seed);
        Ok(Self {
            engine: Engine::new(Kilter::new(debts, &discharges, certificate.potentials)),
            history: History::with_limit(UNDO_LIMIT),
            next_serial: NonZeroU64::MIN.saturating_add(debts.len() as u64),
            heaviest,
            effort: EFFORT,
        })
    }

    /// How many members there are; they are numbered from 0.
    #[must_use]
    pub fn members(&self) -> u32 {
        self.engine.kilter.members()
    }

    /// How many debts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.engine.kilter.len()
    }

    /// Whether there is no debt.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is owed, what is set off of it, and the bound on what can be. Takes constant time.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let totals = self.engine.kilter.totals();
        Standing {
            gross: totals.gross,
            cleared: totals.cleared,
            weighted: totals.weighted,
            bound: self.engine.kilter.bound(),
        }
    }

    /// How many debts the gap comes from: they are discharged by more or less than the potentials
    /// ask.
    #[must_use]
    pub fn unsettled(&self) -> usize {
        self.engine.kilter.unsettled()
    }

    /// A debt, if it is in the book.
    #[must_use]
    pub fn debt(&self, id: DebtId) -> Option<Debt> {
        self.contains(id).then(|| self.engine.kilter.debt(id.place))
    }

    /// What is set off of a debt at this moment, if it is in the book.
    #[must_use]
    pub fn discharge(&self, id: DebtId) -> Option<u64> {
        self.contains(id).then(|| self.engine.kilter.set_off(id.place))
    }

    /// All debts and what is set off of each, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (DebtId, Debt, u64)> {
        let kilter = &self.engine.kilter;
        kilter.places().map(|(place, serial)| {
            (DebtId { serial, place }, kilter.debt(place), kilter.set_off(place))
        })
    }

    /// All debts in the order in which they were added, that of [`ClearingBook::to_network`].
    #[must_use]
    pub fn ids(&self) -> Vec<DebtId> {
        let mut ids: Vec<DebtId> = self.iter().map(|(id, ..)| id).collect();
        ids.sort_unstable();
        ids
    }

    /// Adds a member and returns its number. Takes constant time, amortised.
    ///
    /// # Errors
    /// [`BookError::TooManyMembers`].
    pub fn add_member(&mut self) -> Result<u32, BookError> {
        let member = self.members();
        fits(member.saturating_add(1), self.heaviest)?;
        self.engine.kilter.add_member();
        self.history.enter(Change::Member);
        Ok(member)
    }

    /// Adds a debt. It is set off as far as a search of the book's
    /// [effort](ClearingBook::set_effort) finds a way; the gap covers the rest.
    ///
    /// # Errors
    /// The [`BookError`] that says what is wrong with the debt or which limit it would pass.
    pub fn add(&mut self, debt: Debt) -> Result<DebtId, BookError> {
        self.check(debt)?;
        self.heaviest = self.heaviest.max(debt.weight.unsigned_abs());
        let id = self.insert(self.next_serial, debt);
        // 2^64 debts take longer than there is time.
        self.next_serial = self.next_serial.saturating_add(1);
        self.history.enter(Change::Added(id));
        Ok(id)
    }

    /// Changes the amount of a debt. What was set off beyond it goes other ways, or is set off no
    /// more.
    ///
    /// # Errors
    /// [`BookError::NoSuchDebt`], [`BookError::Amount`] and [`BookError::TooMuchOwed`].
    pub fn change(&mut self, id: DebtId, amount: u64) -> Result<(), BookError> {
        let was = self.held(id)?.amount;
        check_amount(amount)?;
        let gross = self.engine.kilter.totals().gross;
        within_most_owed(gross - u128::from(was) + u128::from(amount))?;
        self.set_amount(id, amount);
        self.history.enter(Change::Changed(id, was));
        Ok(())
    }

    /// Removes a debt and returns it. What was set off of it goes other ways, or is set off no more:
    /// unlike an arrival, this can touch much of the network where much was set off.
    ///
    /// # Errors
    /// [`BookError::NoSuchDebt`].
    pub fn remove(&mut self, id: DebtId) -> Result<Debt, BookError> {
        let debt = self.held(id)?;
        self.take_out(id.place);
        self.history.enter(Change::Removed(id, debt));
        Ok(debt)
    }

    /// Takes the latest change back that was not taken back before: the members and debts, with
    /// their numbers and amounts, are exactly what they were before it. What is set off of each debt
    /// need not be: it is feasible, with its proven gap, as after any change.
    ///
    /// `None` when there is no change left, or none within the
    /// [limit](ClearingBook::set_undo_limit). There is no redo: make the change again.
    pub fn undo(&mut self) -> Option<Undone> {
        let undone = match self.history.take()? {
            Change::Member => {
                self.engine.kilter.remove_last_member();
                Undone::Member(self.members())
            }
            Change::Added(id) => {
                self.take_out(id.place);
                Undone::Added(id)
            }
            Change::Changed(id, was) => {
                self.set_amount(id, was);
                Undone::Changed(id)
            }
            Change::Removed(id, debt) => {
                let again = self.insert(id.serial, debt);
                debug_assert_eq!(again, id, "the place left last is taken first");
                Undone::Removed(id)
            }
        };
        Some(undone)
    }

    /// Narrows the gap by searches that scan no more slots than `budget` in all (a debt has two).
    ///
    /// A debt that takes more than the budget stays unsettled, however often this is called with as
    /// little; [`ClearingBook::optimise`] settles all.
    pub fn improve(&mut self, budget: u64) -> Standing {
        self.engine.improve(budget);
        self.standing()
    }

    /// Makes the set-off a largest one; the gap is then 0 and there is a
    /// [certificate](ClearingBook::certificate). Takes constant time if it is one already.
    pub fn optimise(&mut self) {
        if self.unsettled() > 0 {
            self.engine.optimise();
        }
        debug_assert_eq!(self.unsettled(), 0, "everything is settled");
    }

    /// The proof that no set-off is larger, if the gap is 0.
    #[must_use]
    pub fn certificate(&self) -> Option<Certificate> {
        (self.unsettled() == 0).then(|| self.bound_proof())
    }

    /// The proof of [`Standing::bound`], whatever the gap: with these potentials
    /// [`gap()`](crate::gap()) finds the same gap.
    #[must_use]
    pub fn bound_proof(&self) -> Certificate {
        Certificate { potentials: self.engine.kilter.potentials().to_vec() }
    }

    /// The debts as a network, in the order of [`ClearingBook::ids`].
    #[must_use]
    pub fn to_network(&self) -> Network {
        self.engine.kilter.network_of(self.ids().into_iter().map(|id| id.place))
    }

    /// What is set off of the debts, in the order of [`ClearingBook::ids`], with the proof that
    /// there is no larger set-off; `None` if the gap is not 0. It verifies against
    /// [`ClearingBook::to_network`].
    #[must_use]
    pub fn clearing(&self) -> Option<Clearing> {
        let certificate = self.certificate()?;
        let set_off = |id: DebtId| self.engine.kilter.set_off(id.place);
        Some(Clearing { discharges: self.ids().into_iter().map(set_off).collect(), certificate })
    }

    /// Sets how many slots a change may scan to make good what it opens, and what earlier ones left
    /// open (a debt has two slots): more means a smaller gap and longer changes. At first 1,000.
    pub fn set_effort(&mut self, slots: u64) {
        self.effort = slots;
    }

    /// Sets how many changes can be taken back; earlier ones are forgotten. At first 10,000.
    pub fn set_undo_limit(&mut self, changes: usize) {
        self.history.set_limit(changes);
    }

    /// Looks through everything that is kept up to date for the first thing that is not what it
    /// should be, such as a member that is not discharged of as much as is discharged to it: `None`,
    /// always, if the book is sound. Takes `O(members + debts)`; for tests of what uses a book.
    #[must_use]
    pub fn unsound(&self) -> Option<&'static str> {
        self.engine.kilter.out_of_date()
    }

    fn contains(&self, id: DebtId) -> bool {
        self.engine.kilter.serial(id.place) == Some(id.serial)
    }

    fn held(&self, id: DebtId) -> Result<Debt, BookError> {
        self.debt(id).ok_or(BookError::NoSuchDebt { debt: id })
    }

    fn check(&self, debt: Debt) -> Result<(), BookError> {
        let Debt { debtor, creditor, amount, weight } = debt;
        let members = self.members();
        if let Some(member) = [debtor, creditor].into_iter().find(|member| *member >= members) {
            return Err(BookError::NoSuchMember { member });
        }
        if debtor == creditor {
            return Err(BookError::OwnDebt { member: debtor });
        }
        check_amount(amount)?;
        if weight.unsigned_abs() > LARGEST_WEIGHT.unsigned_abs() {
            return Err(BookError::Weight { weight });
        }
        fits(members, self.heaviest.max(weight.unsigned_abs()))?;
        if self.len() >= MOST_BOOKED {
            return Err(BookError::TooManyDebts);
        }
        within_most_owed(self.engine.kilter.totals().gross + u128::from(amount))
    }

    fn insert(&mut self, serial: NonZeroU64, debt: Debt) -> DebtId {
        let place = self.engine.kilter.insert(serial, debt);
        self.make_good(place);
        DebtId { serial, place }
    }

    fn set_amount(&mut self, id: DebtId, amount: u64) {
        self.engine.set_amount(id.place, amount);
        self.make_good(id.place);
    }

    fn take_out(&mut self, place: u32) {
        self.engine.remove(place);
        self.engine.improve(self.effort);
    }

    /// Settles a debt as far as the effort goes, and then others.
    fn make_good(&mut self, place: u32) {
        let mut left = self.effort;
        self.engine.settle(place, &mut left);
        self.engine.improve(left);
    }
}

impl fmt::Debug for ClearingBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClearingBook")
            .field("members", &self.members())
            .field("debts", &self.len())
            .field("standing", &self.standing())
            .finish_non_exhaustive()
    }
}

fn check_amount(amount: u64) -> Result<(), BookError> {
    if amount == 0 || amount > LARGEST_AMOUNT {
        return Err(BookError::Amount { amount });
    }
    Ok(())
}

fn within_most_owed(gross: u128) -> Result<(), BookError> {
    if gross > MOST_OWED { Err(BookError::TooMuchOwed { gross }) } else { Ok(()) }
}

fn fits(members: u32, weight: u32) -> Result<(), BookError> {
    if u128::from(members) * u128::from(members) * u128::from(weight) >= 1 << 60 {
        return Err(BookError::TooManyMembers { members, weight });
    }
    Ok(())
}
