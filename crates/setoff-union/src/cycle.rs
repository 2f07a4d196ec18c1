//! Cycles: what is cleared together, from opening to finality.
//!
//! ```text
//! open ──► cut-off ──► proposed ──► final
//!   │         │  ▲ result void │
//!   └─────────┴──┴─────────────┴──► abandoned, with a reason
//! ```
//!
//! The rules:
//! - The *value date*, by which it is judged what is due and which rulebook holds, is neither before
//!   the day of the opening nor more than [`FARTHEST_VALUE_DATE`] days after it: nobody picks an old
//!   rulebook, or a day on which everything is overdue.
//! - The *cut-off* freezes the cycle's candidates: every obligation in its currencies that is not
//!   over, not under a settlement instruction, and clears by the rulebook in force on the value date (held back
//!   ones do not, unless their class must clear). Nothing joins afterwards.
//! - While the *correction window* of the rulebook is open, the other side may still confirm or
//!   dispute a candidate. What is confirmed when the window closes, between two members that
//!   clear, is the cycle's network, which anyone can compute with [`networks`].
//! - Two cycles never hold the same obligation: while one holds a currency, no other is cut off in
//!   it.
//! - Where the rulebook has obligations discharged whole or not at all, `cycle/whole.rs` says what a
//!   result has to be instead of the largest.
//! - Anyone may then hand in a *result*: discharges and certificate for each network, and the
//!   digest of what was cleared ([`seed`]). It is checked here, whoever sends it: feasible,
//!   conserved and the largest there is (`setoff_clearing::verify`), and the oldest due date first
//!   within each debtor and creditor. A false one is refused.
//! - A member that stops clearing (suspended, blocked, insolvent) while a result with it waits
//!   voids that result; the cycle is proposed again without it.
//! - *Final* discharges what the result says, posts it, and nothing unwinds.
//!
//! A cycle clears each currency by itself, or all of them in a unit of account at named rates, from
//! where the rulebook says (`cycle/rates.rs`):
//! then amounts are converted and rounded down, what is cleared whole is discharged whole, and
//! what is cleared in part by the converted amount rounded down. The difference, under one minor
//! unit an obligation, stays on the members' set-off accounts for all to see. An obligation over 2^62
//! minor units of the unit of account stays out of the network ([`too_large`]), and the result's
//! entry names it: one huge debt does not stop the cycle of all others.

mod network;
mod rates;
mod result;
mod whole;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};
use setoff_money::Minor;

use crate::{
    Actor, Amount, Author, Cause, Change, Code, CycleId, MemberId, ObligationId, Position, Posting,
    Refusal, State, amount,
};
use network::{candidates, scope};

pub(crate) use network::unit_rates;
pub use network::{CycleNetwork, networks, seed, too_large};
pub(crate) use rates::rate_between;
pub use rates::{Published, RateSource};
pub use result::NetworkResult;
pub(crate) use result::propose;

/// How the currencies of a cycle clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Mode {
    /// Each by itself.
    PerCurrency {
        /// Which.
        currencies: Vec<Code>,
    },
    /// All together.
    UnitOfAccount {
        /// In which currency.
        unit: Code,
        /// What one major unit of the unit of account is worth in each other currency.
        #[serde(deserialize_with = "amount::by_code")]
        rates: BTreeMap<Code, Amount>,
        /// When and in what they were published, where that is stated.
        #[serde(default)]
        published: Option<Published>,
    },
}

/// What a cycle is to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// How its currencies clear.
    pub mode: Mode,
    /// The day by which it is judged what is due and overdue.
    pub value_date: Date,
}

/// What a cut-off froze.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutOff {
    /// At which position.
    pub position: Position,
    /// Until when confirmations and disputes still count.
    pub corrections_until: Timestamp,
    /// Which obligations, by number.
    pub candidates: Vec<ObligationId>,
}

/// What a cycle takes off one obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discharge {
    /// Which obligation.
    pub obligation: ObligationId,
    /// What was outstanding before.
    pub before: Minor,
    /// How much of it is discharged, in its own currency, above zero.
    pub amount: Minor,
    /// When it was due then.
    pub due: Date,
    /// How much of the network's debt it made up was set off, in minor units of the currency in which
    /// the cycle cleared it.
    pub value: Minor,
}

/// Where a cycle stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CycleStage {
    /// Opened; nothing is frozen.
    Open,
    /// Its candidates are frozen.
    CutOff(CutOff),
    /// A verified result waits for finality.
    Proposed {
        /// What was frozen.
        cut_off: CutOff,
        /// What the result discharges.
        discharges: Vec<Discharge>,
    },
    /// Nothing unwinds any more.
    Final {
        /// From this moment.
        at: Timestamp,
        /// From this position.
        position: Position,
        /// What was in it.
        candidates: Vec<ObligationId>,
        /// Whether the settlement instructions for what is left were made.
        instructed: bool,
    },
    /// Given up.
    Abandoned {
        /// Why.
        reason: String,
    },
}

/// A cycle in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cycle {
    /// What it is to be.
    pub opening: Opening,
    /// Where it stands.
    pub stage: CycleStage,
}

impl Cycle {
    /// What it holds frozen, where it does.
    #[must_use]
    pub fn frozen(&self) -> Option<&CutOff> {
        match &self.stage {
            CycleStage::CutOff(cut_off) | CycleStage::Proposed { cut_off, .. } => Some(cut_off),
            CycleStage::Open | CycleStage::Final { .. } | CycleStage::Abandoned { .. } => None,
        }
    }

    fn stage_name(&self) -> &'static str {
        match self.stage {
            CycleStage::Open => "open",
            CycleStage::CutOff(_) => "cut off",
            CycleStage::Proposed { .. } => "proposed",
            CycleStage::Final { .. } => "final",
            CycleStage::Abandoned { .. } => "abandoned",
        }
    }
}

/// How many days after its opening a cycle's value date is at most.
pub const FARTHEST_VALUE_DATE: i8 = 62;

/// Opens a cycle on a day.
pub(crate) fn open(state: &State, opening: Opening, day: Date) -> Result<Change, Refusal> {
    let value_date = opening.value_date;
    let span = Span::new().days(FARTHEST_VALUE_DATE);
    let latest = day.checked_add(span).map_err(|_| Refusal::OutOfTime)?;
    if value_date < day || value_date > latest {
        return Err(Refusal::NoValueDate { value_date, earliest: day, latest });
    }
    scope(state, &opening.mode)?;
    rates::check_published(state, &opening)?;
    CycleId::next(state.cycles().len())?;
    Ok(Change::CycleOpened(opening))
}

/// The operator opens a cycle when the calendar says so.
pub(crate) fn open_by_calendar(
    state: &State,
    author: &Author,
    opening: Opening,
    today: Date,
) -> Result<Change, Refusal> {
    only_operator(author)?;
    open(state, opening, today)
}

pub(crate) fn cut_off(
    state: &State,
    author: &Author,
    number: CycleId,
    at: Timestamp,
) -> Result<Change, Refusal> {
    only_operator(author)?;
    let cycle = state.cycle(number)?;
    if cycle.stage != CycleStage::Open {
        return Err(wrong_stage(number, cycle));
    }
    rates::check_published(state, &cycle.opening)?;
    let currencies = scope(state, &cycle.opening.mode)?;
    for (other, running) in frozen(state) {
        let theirs = scope(state, &running.opening.mode)?;
        if theirs.keys().any(|currency| currencies.contains_key(currency)) {
            return Err(Refusal::CyclesOverlap { cycle: number, other });
        }
    }
    let rulebook = state.rulebook_on(cycle.opening.value_date);
    let window = SignedDuration::from_hours(i64::from(rulebook.correction_hours));
    let corrections_until = at.checked_add(window).map_err(|_| Refusal::OutOfTime)?;
    let candidates = candidates(state, cycle, &currencies);
    let position = state.position();
    let cut_off = CutOff { position, corrections_until, candidates };
    Ok(Change::CutOff { cycle: number, cut_off })
}

pub(crate) fn finalise(
    state: &State,
    author: &Author,
    number: CycleId,
) -> Result<(Change, Vec<Posting>), Refusal> {
    only_operator(author)?;
    let cycle = state.cycle(number)?;
    let CycleStage::Proposed { discharges, .. } = &cycle.stage else {
        return Err(wrong_stage(number, cycle));
    };
    let posting = |discharge: &Discharge| {
        let found = &state.obligations()[discharge.obligation.index()];
        Posting {
            obligation: discharge.obligation,
            from: found.debtor,
            to: found.creditor,
            currency: found.currency,
            amount: discharge.amount,
            cause: Cause::SetOff,
        }
    };
    let postings = discharges.iter().map(posting).collect();
    Ok((Change::Final { cycle: number, discharges: discharges.clone() }, postings))
}

pub(crate) fn abandon(
    state: &State,
    author: &Author,
    number: CycleId,
    reason: String,
) -> Result<Change, Refusal> {
    only_operator(author)?;
    let cycle = state.cycle(number)?;
    match cycle.stage {
        CycleStage::Final { .. } | CycleStage::Abandoned { .. } => Err(wrong_stage(number, cycle)),
        CycleStage::Open | CycleStage::CutOff(_) | CycleStage::Proposed { .. } => {
            Ok(Change::Abandoned { cycle: number, reason })
        }
    }
}

/// The results that a member's new standing voids.
pub(crate) fn voided_by(state: &State, member: MemberId) -> impl Iterator<Item = Change> {
    let with_result = frozen(state).filter(move |(_, cycle)| {
        let CycleStage::Proposed { discharges, .. } = &cycle.stage else { return false };
        discharges.iter().any(|discharge| {
            state.obligations()[discharge.obligation.index()].side(member).is_some()
        })
    });
    with_result.map(move |(cycle, _)| Change::ResultVoided { cycle, member })
}

/// The cycle that holds obligations of a member.
pub(crate) fn holds_member(state: &State, member: MemberId) -> Option<CycleId> {
    let of_member =
        |number: &ObligationId| state.obligations()[number.index()].side(member).is_some();
    let holds = |cycle: &Cycle| cycle.frozen().is_some_and(|f| f.candidates.iter().any(of_member));
    frozen(state).find(|(_, cycle)| holds(cycle)).map(|(number, _)| number)
}

/// Refuses what touches an obligation that a cycle holds.
pub(crate) fn check_not_frozen(state: &State, number: ObligationId) -> Result<(), Refusal> {
    match holder(state, number) {
        Some((cycle, _)) => Err(Refusal::Frozen { obligation: number, cycle }),
        None => Ok(()),
    }
}

/// Refuses a confirmation or dispute of an obligation that a cycle holds, when its correction
/// window is over.
pub(crate) fn check_correction(
    state: &State,
    number: ObligationId,
    at: Timestamp,
) -> Result<(), Refusal> {
    match holder(state, number) {
        Some((cycle, until)) if at >= until => Err(Refusal::Frozen { obligation: number, cycle }),
        _ => Ok(()),
    }
}

fn holder(state: &State, number: ObligationId) -> Option<(CycleId, Timestamp)> {
    frozen(state).find_map(|(cycle, found)| {
        let cut_off = found.frozen()?;
        let holds = cut_off.candidates.binary_search(&number).is_ok();
        holds.then_some((cycle, cut_off.corrections_until))
    })
}

/// The cycles that hold obligations: at most one a currency.
fn frozen(state: &State) -> impl Iterator<Item = (CycleId, &Cycle)> {
    state.frozen_cycles.iter().map(|number| (*number, &state.cycles()[number.index()]))
}

fn only_operator(author: &Author) -> Result<(), Refusal> {
    if author.actor == Actor::Operator { Ok(()) } else { Err(Refusal::OnlyTheOperator) }
}

fn wrong_stage(number: CycleId, cycle: &Cycle) -> Refusal {
    Refusal::CycleStands { cycle: number, stage: cycle.stage_name().to_owned() }
}
