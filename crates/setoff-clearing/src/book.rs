//! A network that stays cleared while debts come, change and go.

mod error;
mod kilter;
mod residual;
mod rows;
mod search;
mod surplus;

use std::collections::VecDeque;
use std::num::NonZeroU64;

use crate::book::kilter::{Kilter, Settled};
use crate::book::residual::Record;
use crate::{
    Certificate, Clearing, Debt, LARGEST_AMOUNT, LARGEST_WEIGHT, Network, Seed, solve,
};

pub use crate::book::error::BookError;

/// The most debts that a book can hold at once.
pub const MOST_BOOKED: usize = 1 << 28;

/// The most that all debts of a book may come to, `2^80`.
pub const MOST_OWED: u128 = 1 << 80;

/// A debt in a book. No other debt of the same book ever has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DebtId {
    serial: NonZeroU64,
    place: u32,
}

/// How a book stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The sum of all debts.
    pub gross: u128,
    /// The sum of all discharges.
    pub cleared: u128,
    /// The weighted sum of all discharges.
    pub weighted: i128,
    /// No set-off of these debts has a larger weighted sum.
    pub bound: i128,
}

impl Standing {
    /// How much more, by weight, a largest set-off can be; 0 when this one is the largest.
    #[must_use]
    pub fn gap(&self) -> u128 {
        self.bound.abs_diff(self.weighted)
    }
}

/// What [`ClearingBook::undo`] took back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// A member had been added.
    Member(u32),
    /// A debt had been added.
    Added(DebtId),
    /// The amount of a debt had been changed.
    Changed(DebtId),
    /// A debt had been removed and is there again.
    Removed(DebtId),
}

enum Change {
    Member,
    Added(DebtId),
    Changed(DebtId, u64),
    Removed(DebtId, Debt),
}

/// A network that stays cleared.
pub struct ClearingBook {
    kilter: Kilter,
    next_serial: NonZeroU64,
    /// The largest weight either way of any debt so far.
    heaviest: u32,
    effort: u64,
    history: VecDeque<Change>,
    undo_limit: usize,
}

impl ClearingBook {
    /// An empty book of so many members.
    pub fn new(members: u32) -> Result<Self, BookError> {
        let network = Network::new(members, Vec::new()).map_err(|_| BookError::TooManyMembers)?;
        Self::from_network(&network, Seed::default())
    }

    /// A book of these debts, cleared.
    pub fn from_network(network: &Network, seed: Seed) -> Result<Self, BookError> {
        if network.debts().len() > MOST_BOOKED {
            return Err(BookError::TooManyDebts);
        }
        if network.gross() > MOST_OWED {
            return Err(BookError::TooMuchOwed);
        }
        let clearing = solve(network, seed);
        let kilter =
            Kilter::new(network.debts(), &clearing.discharges, &clearing.certificate.potentials);
        let heaviest = network.debts().iter().map(|debt| debt.weight.unsigned_abs()).max();
        Ok(Self {
            kilter,
            next_serial: NonZeroU64::MIN.saturating_add(network.debts().len() as u64),
            heaviest: heaviest.unwrap_or(1).max(1),
            effort: 1_000,
            history: VecDeque::new(),
            undo_limit: 1 << 16,
        })
    }

    pub fn members(&self) -> u32 {
        u32::try_from(self.kilter.members()).expect("members are numbered in u32")
    }

    pub fn len(&self) -> usize {
        self.kilter.residual().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn set_effort(&mut self, slots: u64) {
        self.effort = slots;
    }

    pub fn unsettled(&self) -> usize {
        self.kilter.unsettled()
    }

    pub fn standing(&self) -> Standing {
        let totals = self.kilter.totals();
        let gap = i128::try_from(totals.gap).expect("the gap is under 2^126");
        Standing {
            gross: totals.gross,
            cleared: totals.cleared,
            weighted: totals.weighted,
            bound: totals.weighted + gap,
        }
    }

    pub fn debt(&self, id: DebtId) -> Option<Debt> {
        self.record(id).ok().map(Record::debt)
    }

    pub fn discharge(&self, id: DebtId) -> Option<u64> {
        self.record(id).ok().map(|record| record.set_off)
    }

    pub fn iter(&self) -> impl Iterator<Item = (DebtId, Debt, u64)> {
        self.kilter.residual().iter().map(|(place, record)| {
            (DebtId { serial: record.serial, place }, record.debt(), record.set_off)
        })
    }

    fn record(&self, id: DebtId) -> Result<&Record, BookError> {
        match self.kilter.residual().get(id.place) {
            Some(record) if record.serial == id.serial => Ok(record),
            _ => Err(BookError::NoSuchDebt),
        }
    }

    pub fn add_member(&mut self) -> Result<u32, BookError> {
        let member = self.members();
        if !fits(u128::from(member) + 1, self.heaviest) {
            return Err(BookError::TooManyMembers);
        }
        self.kilter.add_member();
        self.remember(Change::Member);
        Ok(member)
    }

    pub fn add(&mut self, debt: Debt) -> Result<DebtId, BookError> {
        self.check(debt)?;
        let id = self.insert(self.next_serial, debt);
        self.next_serial =
            self.next_serial.checked_add(1).expect("2^64 debts take longer than there is time");
        self.remember(Change::Added(id));
        Ok(id)
    }

    pub fn change(&mut self, id: DebtId, amount: u64) -> Result<(), BookError> {
        let was = self.record(id)?.amount;
        if amount == 0 || amount > LARGEST_AMOUNT {
            return Err(BookError::Amount);
        }
        if self.kilter.totals().gross - u128::from(was) + u128::from(amount) > MOST_OWED {
            return Err(BookError::TooMuchOwed);
        }
        self.set_amount(id, amount);
        self.remember(Change::Changed(id, was));
        Ok(())
    }

    pub fn remove(&mut self, id: DebtId) -> Result<Debt, BookError> {
        self.record(id)?;
        let debt = self.kilter.remove(id.place).debt();
        self.remember(Change::Removed(id, debt));
        Ok(debt)
    }

    pub fn undo(&mut self) -> Option<Undone> {
        Some(match self.history.pop_back()? {
            Change::Member => {
                self.kilter.remove_last_member();
                Undone::Member(self.members())
            }
            Change::Added(id) => {
                self.kilter.remove(id.place);
                Undone::Added(id)
            }
            Change::Changed(id, was) => {
                self.set_amount(id, was);
                Undone::Changed(id)
            }
            Change::Removed(id, debt) => {
                let again = self.insert(id.serial, debt);
                debug_assert_eq!(again, id, "places are left and taken in turn");
                Undone::Removed(id)
            }
        })
    }

    fn check(&self, debt: Debt) -> Result<(), BookError> {
        let members = self.members();
        if debt.debtor >= members || debt.creditor >= members {
            return Err(BookError::NoSuchMember);
        }
        if debt.debtor == debt.creditor {
            return Err(BookError::OwnDebt);
        }
        if debt.amount == 0 || debt.amount > LARGEST_AMOUNT {
            return Err(BookError::Amount);
        }
        if debt.weight.unsigned_abs() > LARGEST_WEIGHT.unsigned_abs()
            || !fits(members.into(), debt.weight.unsigned_abs())
        {
            return Err(BookError::Weight);
        }
        if self.len() >= MOST_BOOKED {
            return Err(BookError::TooManyDebts);
        }
        if self.kilter.totals().gross + u128::from(debt.amount) > MOST_OWED {
            return Err(BookError::TooMuchOwed);
        }
        Ok(())
    }

    fn insert(&mut self, serial: NonZeroU64, debt: Debt) -> DebtId {
        self.heaviest = self.heaviest.max(debt.weight.unsigned_abs());
        let place = self.kilter.insert(serial, debt);
        self.kilter.settle(place, &mut self.effort.clone());
        DebtId { serial, place }
    }

    fn set_amount(&mut self, id: DebtId, amount: u64) {
        self.kilter.set_amount(id.place, amount);
        self.kilter.settle(id.place, &mut self.effort.clone());
    }

    fn remember(&mut self, change: Change) {
        if self.history.len() == self.undo_limit {
            self.history.pop_front();
        }
        if self.undo_limit > 0 {
            self.history.push_back(change);
        }
    }

    pub fn optimise(&mut self) {
        if std::env::var("BATCH").is_ok() { self.kilter.batch(); return; }
        let mut unlimited = u64::MAX;
        while let Some(place) = self.kilter.first_unsettled() {
            if self.kilter.settle(place, &mut unlimited) == Settled::NotYet {
                self.start_afresh();
            }
        }
    }

    /// Takes over what the optimiser makes of the debts.
    fn start_afresh(&mut self) {
        let clearing = solve(&self.to_network(), Seed::default());
        self.kilter.replace(&clearing.discharges, &clearing.certificate.potentials);
    }

    pub fn to_network(&self) -> Network {
        let debts = self.kilter.residual().iter().map(|(_, record)| record.debt()).collect();
        Network::new(self.members(), debts).expect("the book keeps the limits of a network")
    }

    pub fn clearing(&self) -> Option<Clearing> {
        (self.kilter.unsettled() == 0).then(|| Clearing {
            discharges: self.kilter.residual().iter().map(|(_, record)| record.set_off).collect(),
            certificate: Certificate { potentials: self.kilter.potentials().collect() },
        })
    }
}

fn fits(members: u128, weight: u32) -> bool {
    members * members * u128::from(weight) < 1 << 62
}
