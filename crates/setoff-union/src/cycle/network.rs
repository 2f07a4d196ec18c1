//! What a cycle clears: its candidates, and the networks that they make.

use std::collections::BTreeMap;

use setoff_clearing::{Debt, Network, Seed};
use setoff_money::{Currency, Decimal, Minor, Rate};
use sha2::{Digest as _, Sha256};

use super::{Cycle, CycleStage, Mode};
use crate::rulebook::Clears;
use crate::{
    Amount, Code, CurrencyId, CycleId, MemberId, Obligation, ObligationId, Refusal, Stage, State,
};

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

pub(super) fn candidates(
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
/// [`Refusal::NoSuchCycle`]; [`Refusal::TooManyToClear`] beyond the optimiser's limits.
pub fn networks(state: &State, number: CycleId) -> Result<Vec<CycleNetwork>, Refusal> {
    let cycle = state.cycle(number)?;
    let unit = match &cycle.opening.mode {
        Mode::PerCurrency { .. } => None,
        Mode::UnitOfAccount { unit, .. } => Some(state.currency_of(*unit)?.0),
    };
    let mut parts: BTreeMap<CurrencyId, Vec<(ObligationId, u64)>> = BTreeMap::new();
    for (number, converted) in converted(state, cycle)? {
        if let Some(Ok(amount @ 1..)) = converted.map(|amount| u64::try_from(amount.0)) {
            let own = state.obligation(number)?.currency;
            parts.entry(unit.unwrap_or(own)).or_default().push((number, amount));
        }
    }
    parts.into_iter().map(|(currency, part)| network(state, currency, part)).collect()
}

/// The obligations that would clear in a cycle, and are over 2^62 minor units of its unit of account:
/// they stay out of its network, as they are. None for a cycle that is final or abandoned.
///
/// # Errors
/// [`Refusal::NoSuchCycle`].
pub fn too_large(state: &State, number: CycleId) -> Result<Vec<ObligationId>, Refusal> {
    let converted = converted(state, state.cycle(number)?)?.into_iter();
    Ok(converted.filter(|(_, amount)| amount.is_none()).map(|(number, _)| number).collect())
}

/// What would clear in a cycle, each with what is outstanding of it in the currency in which it
/// clears, where that is at most 2^62.
fn converted(state: &State, cycle: &Cycle) -> Result<Vec<(ObligationId, Option<Minor>)>, Refusal> {
    let currencies = scope(state, &cycle.opening.mode)?;
    let candidates = match (&cycle.stage, cycle.frozen()) {
        (CycleStage::Open, _) => candidates(state, cycle, &currencies),
        (_, Some(cut_off)) => cut_off.candidates.clone(),
        (_, None) => return Ok(Vec::new()),
    };
    let mut converted = Vec::with_capacity(candidates.len());
    for number in candidates {
        let found = state.obligation(number)?;
        if found.stage == Stage::Confirmed && clears(state, found) {
            let rate = currencies[&found.currency];
            converted.push((number, rate.convert_down(found.outstanding)));
        }
    }
    Ok(converted)
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

/// The unit of account of a cycle that has one, with the rate of each of its currencies to it.
pub(crate) fn unit_rates(
    state: &State,
    mode: &Mode,
) -> Option<(CurrencyId, BTreeMap<CurrencyId, Rate>)> {
    let Mode::UnitOfAccount { unit, .. } = mode else { return None };
    Some((state.currency_of(*unit).ok()?.0, scope(state, mode).ok()?))
}

/// The currencies of a cycle, each with its rate to the one in which it clears.
pub(super) fn scope(state: &State, mode: &Mode) -> Result<BTreeMap<CurrencyId, Rate>, Refusal> {
    let mut scope = BTreeMap::new();
    match mode {
        Mode::PerCurrency { currencies } => {
            for code in currencies {
                scope.insert(state.currency_of(*code)?.0, Rate::ONE);
            }
        }
        Mode::UnitOfAccount { unit, rates, .. } => {
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
