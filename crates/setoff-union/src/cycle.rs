//! Cycles: what is cleared together, from opening to finality.
//!
//! ```text
//! open ──► cut-off ──► proposed ──► final
//!   │         │  ▲ result void │
//!   └─────────┴──┴─────────────┴──► abandoned, with a reason
//! ```
//!
//! The rules:
//! - The *cut-off* freezes the cycle's candidates: every obligation in its currencies that is not
//!   over, not under a settlement instruction, and clears by the rulebook in force on the value date (held back
//!   ones do not, unless their class must clear). Nothing joins afterwards.
//! - While the *correction window* of the rulebook is open, the other side may still confirm or
//!   dispute a candidate. What is confirmed when the window closes, between two members that
//!   clear, is the cycle's network, which anyone can compute with [`networks`].
//! - Two cycles never hold the same obligation: while one holds a currency, no other is cut off in
//!   it.
//! - Anyone may then hand in a *result*: discharges and certificate for each network, and the
//!   digest of what was cleared ([`seed`]). It is checked here, whoever sends it: feasible,
//!   conserved and the largest there is (`setoff_clearing::verify`), and the oldest due date first
//!   within each debtor and creditor. A false one is refused.
//! - A member that stops clearing (suspended, blocked, insolvent) while a result with it waits
//!   voids that result; the cycle is proposed again without it.
//! - *Final* discharges what the result says, posts it, and nothing unwinds.
//!
//! A cycle clears each currency by itself, or all of them in a unit of account at named rates:
//! then amounts are converted and rounded down, what is cleared whole is discharged whole, and
//! what is cleared in part by the converted amount rounded down. The difference, under one minor
//! unit an obligation, stays on the members' set-off accounts for all to see.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use setoff_clearing::{Certificate, Debt, Network, Seed, verify};
use setoff_money::{Currency, Decimal, Minor, Rate};
use sha2::{Digest as _, Sha256};

use crate::rulebook::Clears;
use crate::{
    Actor, Amount, Author, Cause, Change, Code, CurrencyId, CycleId, Digest, MemberId, Obligation,
    ObligationId, Position, Posting, Refusal, Stage, State, amount,
};

/// How the currencies of a cycle clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
        rates: BTreeMap<Code, Amount>,
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
    #[serde(with = "amount::minor")]
    pub before: Minor,
    /// How much of it is discharged, in its own currency, above zero.
    #[serde(with = "amount::minor")]
    pub amount: Minor,
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

/// The debts that a cycle clears together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleNetwork {
    /// In which currency: their own, or the unit of account.
    pub currency: CurrencyId,
    /// The obligations, in the order of the network's debts: by debtor, creditor, due date, number.
    pub obligations: Vec<ObligationId>,
    /// Who takes part, by number, in the network's numbering.
    pub members: Vec<MemberId>,
    /// Who owes whom.
    pub network: Network,
}

/// The result for one network, as it is handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkResult {
    /// In which currency.
    pub currency: Code,
    /// What is taken off each debt, in the network's order, in its whole minor units.
    pub discharges: Vec<u64>,
    /// The certificate: a potential for each member of the network.
    pub potentials: Vec<i64>,
}

pub(crate) fn open(state: &State, opening: Opening) -> Result<Change, Refusal> {
    scope(state, &opening.mode)?;
    CycleId::next(state.cycles().len())?;
    Ok(Change::CycleOpened(opening))
}

/// The operator opens a cycle when the calendar says so.
pub(crate) fn open_by_calendar(
    state: &State,
    author: &Author,
    opening: Opening,
) -> Result<Change, Refusal> {
    only_operator(author)?;
    open(state, opening)
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
    let currencies = scope(state, &cycle.opening.mode)?;
    for (other, running) in (0..).map(CycleId).zip(state.cycles()) {
        if running.frozen().is_some() {
            let theirs = scope(state, &running.opening.mode)?;
            if theirs.keys().any(|currency| currencies.contains_key(currency)) {
                return Err(Refusal::CyclesOverlap { cycle: number, other });
            }
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

fn candidates(
    state: &State,
    cycle: &Cycle,
    currencies: &BTreeMap<CurrencyId, Rate>,
) -> Vec<ObligationId> {
    let value_date = cycle.opening.value_date;
    let rulebook = state.rulebook_on(value_date);
    let may_clear = |found: &Obligation| {
        let group = |member: MemberId| state.members()[member.index()].profile.group.as_deref();
        let one_group =
            group(found.debtor).is_some() && group(found.debtor) == group(found.creditor);
        match found.class(rulebook, value_date, one_group) {
            Clears::Must => true,
            Clears::May => !found.held_by_debtor && !found.held_by_creditor,
            Clears::MayNot => false,
        }
    };
    let numbered = (0..).map(ObligationId).zip(state.obligations());
    let free = numbered.filter(|(_, found)| {
        !found.stage.is_over()
            && found.instruction.is_none()
            && currencies.contains_key(&found.currency)
            && may_clear(found)
    });
    free.map(|(number, _)| number).collect()
}

/// The networks of a cycle: of an open one as they would be now (a preview), of one that is cut
/// off as they are. Empty for a cycle that is final or abandoned.
///
/// Takes `O(n log n)` time for `n` obligations.
///
/// # Errors
/// [`Refusal::NoSuchCycle`]; [`Refusal::TooLargeInUnit`] where an amount is over 2^62 in the unit
/// of account; [`Refusal::TooManyToClear`] beyond the optimiser's limits.
pub fn networks(state: &State, number: CycleId) -> Result<Vec<CycleNetwork>, Refusal> {
    let cycle = state.cycle(number)?;
    let currencies = scope(state, &cycle.opening.mode)?;
    let candidates = match (&cycle.stage, cycle.frozen()) {
        (CycleStage::Open, _) => candidates(state, cycle, &currencies),
        (_, Some(cut_off)) => cut_off.candidates.clone(),
        (_, None) => return Ok(Vec::new()),
    };
    let unit = match &cycle.opening.mode {
        Mode::PerCurrency { .. } => None,
        Mode::UnitOfAccount { unit, .. } => Some(state.currency_of(*unit)?.0),
    };
    let mut parts: BTreeMap<CurrencyId, Vec<(ObligationId, u64)>> = BTreeMap::new();
    for number in candidates {
        let found = state.obligation(number)?;
        if found.stage == Stage::Confirmed && clears(state, found) {
            let rate = currencies[&found.currency];
            let converted = rate.convert_down(found.outstanding);
            let converted = converted.ok_or(Refusal::TooLargeInUnit { obligation: number })?;
            if let Ok(amount @ 1..) = u64::try_from(converted.0) {
                parts.entry(unit.unwrap_or(found.currency)).or_default().push((number, amount));
            }
        }
    }
    parts.into_iter().map(|(currency, part)| network(state, currency, part)).collect()
}

fn clears(state: &State, found: &Obligation) -> bool {
    let clears = |member: MemberId| state.members()[member.index()].standing.clears();
    clears(found.debtor) && clears(found.creditor)
}

fn network(
    state: &State,
    currency: CurrencyId,
    mut part: Vec<(ObligationId, u64)>,
) -> Result<CycleNetwork, Refusal> {
    let obligation = |number: ObligationId| &state.obligations()[number.index()];
    part.sort_unstable_by_key(|(number, _)| {
        let found = obligation(*number);
        (found.debtor, found.creditor, found.due, *number)
    });
    let sides = part.iter().map(|(number, _)| obligation(*number));
    let mut members: Vec<MemberId> = sides.flat_map(|o| [o.debtor, o.creditor]).collect();
    members.sort_unstable();
    members.dedup();
    let place = |member: MemberId| {
        let place = members.binary_search(&member).expect("every side is in the list");
        u32::try_from(place).expect("members are numbered by u32")
    };
    let debts = part.iter().map(|&(number, amount)| {
        let found = obligation(number);
        Debt { debtor: place(found.debtor), creditor: place(found.creditor), amount, weight: 1 }
    });
    let debts: Vec<Debt> = debts.collect();
    let count = u32::try_from(members.len()).expect("members are numbered by u32");
    let network = Network::new(count, debts)
        .map_err(|error| Refusal::TooManyToClear { why: error.to_string() })?;
    let obligations = part.into_iter().map(|(number, _)| number).collect();
    Ok(CycleNetwork { currency, obligations, members, network })
}

/// The digest of what a cycle clears, which decides between equally large set-offs: the SHA-256 of
/// a line `setoff-cycle/1`, the union's name, the cycle's number, and a line for each debt of each
/// network with obligation, debtor, creditor, amount and currency. Nobody can steer it after the
/// correction window.
#[must_use]
pub fn seed(state: &State, cycle: CycleId, networks: &[CycleNetwork]) -> Seed {
    let mut hash = Sha256::new();
    hash.update(format!("setoff-cycle/1\n{}\n{}\n", state.name(), cycle.0));
    for part in networks {
        for (number, debt) in part.obligations.iter().zip(part.network.debts()) {
            let (debtor, creditor) =
                (part.members[debt.debtor as usize], part.members[debt.creditor as usize]);
            let currency = part.currency.0;
            let (number, amount) = (number.0, debt.amount);
            let line = format!("{number} {} {} {amount} {currency}\n", debtor.0, creditor.0);
            hash.update(line);
        }
    }
    Seed(hash.finalize().into())
}

pub(crate) fn propose(
    state: &State,
    number: CycleId,
    (cleared, results): (Digest, &[NetworkResult]),
    at: Timestamp,
) -> Result<Change, Refusal> {
    let cycle = state.cycle(number)?;
    let CycleStage::CutOff(cut_off) = &cycle.stage else { return Err(wrong_stage(number, cycle)) };
    if at < cut_off.corrections_until {
        return Err(Refusal::CorrectionsOpen { cycle: number, until: cut_off.corrections_until });
    }
    let networks = networks(state, number)?;
    if cleared.0 != seed(state, number, &networks).0 {
        return Err(Refusal::OtherCutOff { cycle: number });
    }
    if networks.len() != results.len() {
        return Err(Refusal::MissingResult { cycle: number, networks: networks.len() });
    }
    let rates = scope(state, &cycle.opening.mode)?;
    let mut discharges = Vec::new();
    for (network, result) in networks.iter().zip(results) {
        let currency = Code::of(&state.currencies()[network.currency.index()]);
        if result.currency != currency {
            return Err(Refusal::MissingResult { cycle: number, networks: networks.len() });
        }
        check_result(state, network, result, currency)?;
        discharges.extend(own_currency(state, network, result, &rates));
    }
    Ok(Change::Proposed { cycle: number, discharges })
}

fn check_result(
    state: &State,
    part: &CycleNetwork,
    result: &NetworkResult,
    currency: Code,
) -> Result<(), Refusal> {
    let certificate = Certificate { potentials: result.potentials.clone() };
    verify(&part.network, &result.discharges, &certificate)
        .map_err(|wrong| Refusal::FalseResult { currency, why: wrong.to_string() })?;
    let debts = part.network.debts();
    for place in 1..debts.len() {
        let (older, younger) = (debts[place - 1], debts[place]);
        let one_pair = (older.debtor, older.creditor) == (younger.debtor, younger.creditor);
        let due = |place: usize| state.obligations()[part.obligations[place].index()].due;
        let skipped = result.discharges[place - 1] < older.amount && result.discharges[place] > 0;
        if one_pair && skipped && due(place - 1) < due(place) {
            return Err(Refusal::NotOldestFirst { obligation: part.obligations[place] });
        }
    }
    Ok(())
}

/// The discharges in each obligation's own currency, leaving out what is nothing there.
fn own_currency(
    state: &State,
    part: &CycleNetwork,
    result: &NetworkResult,
    rates: &BTreeMap<CurrencyId, Rate>,
) -> Vec<Discharge> {
    let debts = part.network.debts().iter().zip(&result.discharges).zip(&part.obligations);
    let own = debts.map(|((debt, &cleared), &obligation)| {
        let found = &state.obligations()[obligation.index()];
        let before = found.outstanding;
        let cleared_here = Minor(i64::try_from(cleared).expect("at most 2^62, as verified"));
        let amount = if cleared == debt.amount {
            before
        } else {
            let back = rates[&found.currency].inverse().convert_down(cleared_here);
            back.expect("a part converts back to no more than the amount that it is a part of")
        };
        debug_assert!(amount <= before, "never more than was outstanding");
        Discharge { obligation, before, amount }
    });
    own.filter(|discharge| discharge.amount > Minor(0)).collect()
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
    let with_result = (0..).map(CycleId).zip(state.cycles()).filter(move |(_, cycle)| {
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
    (0..).map(CycleId).zip(state.cycles()).find(|(_, cycle)| holds(cycle)).map(|(number, _)| number)
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
    (0..).map(CycleId).zip(state.cycles()).find_map(|(cycle, found)| {
        let cut_off = found.frozen()?;
        let holds = cut_off.candidates.binary_search(&number).is_ok();
        holds.then_some((cycle, cut_off.corrections_until))
    })
}

/// The currencies of a cycle, each with its rate to the one in which it clears.
fn scope(state: &State, mode: &Mode) -> Result<BTreeMap<CurrencyId, Rate>, Refusal> {
    let mut scope = BTreeMap::new();
    match mode {
        Mode::PerCurrency { currencies } => {
            for code in currencies {
                scope.insert(state.currency_of(*code)?.0, Rate::ONE);
            }
        }
        Mode::UnitOfAccount { unit, rates } => {
            let (number, unit) = state.currency_of(*unit)?;
            scope.insert(number, Rate::ONE);
            for (code, quote) in rates {
                let (number, currency) = state.currency_of(*code)?;
                let twice = scope.insert(number, rate(&currency, *quote, &unit, *code)?).is_some();
                if twice {
                    return Err(Refusal::CurrencyTwice { code: *code });
                }
            }
        }
    }
    if scope.is_empty() {
        return Err(Refusal::EmptyList);
    }
    Ok(scope)
}

fn rate(from: &Currency, quote: Amount, unit: &Currency, code: Code) -> Result<Rate, Refusal> {
    Rate::cross((from, quote.0), (unit, Decimal::new(1, 0)))
        .map_err(|error| Refusal::NoRate { currency: code, why: error.to_string() })
}

fn only_operator(author: &Author) -> Result<(), Refusal> {
    if author.actor == Actor::Operator { Ok(()) } else { Err(Refusal::OnlyTheOperator) }
}

fn wrong_stage(number: CycleId, cycle: &Cycle) -> Refusal {
    Refusal::CycleStands { cycle: number, stage: cycle.stage_name().to_owned() }
}
