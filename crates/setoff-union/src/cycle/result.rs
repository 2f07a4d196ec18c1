//! The result of a cycle, which is trusted because it verifies.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use setoff_clearing::{Certificate, verify};
use setoff_money::{Minor, Rate};

use super::network::{CycleNetwork, networks, scope, seed, too_large, unit_rates};
use super::{CycleStage, Discharge, whole, wrong_stage};
use crate::rulebook::Portions;
use crate::{Change, Code, CurrencyId, CycleId, Digest, Refusal, State};

/// The result for one network, as it is handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkResult {
    /// In which currency.
    pub currency: Code,
    /// What is taken off each debt, in the network's order, in its whole minor units.
    pub discharges: Vec<u64>,
    /// The certificate: a potential for each member of the network. Where obligations are discharged
    /// whole only, it shows how much could be discharged at most.
    pub potentials: Vec<i64>,
}

pub(crate) fn propose(
    state: &State,
    number: CycleId,
    (cleared, results): (Digest, &[NetworkResult]),
    at: Timestamp,
) -> Result<Change, Refusal> {
    let cycle = state.cycle(number)?;
    let whole = state.rulebook_on(cycle.opening.value_date).portions == Portions::Whole;
    let (cut_off, before) = match &cycle.stage {
        CycleStage::CutOff(cut_off) => (cut_off, None),
        CycleStage::Proposed { cut_off, discharges } if whole => (cut_off, Some(discharges)),
        _ => return Err(wrong_stage(number, cycle)),
    };
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
    let mut at_most = BTreeMap::new();
    for (network, result) in networks.iter().zip(results) {
        let currency = Code::of(&state.currencies()[network.currency.index()]);
        if result.currency != currency {
            return Err(Refusal::MissingResult { cycle: number, networks: networks.len() });
        }
        if whole {
            at_most.insert(network.currency, whole::check_result(network, result, currency)?);
        } else {
            check_result(state, network, result, currency)?;
        }
        discharges.extend(own_currency(state, network, result, &rates));
    }
    if let Some(before) = before {
        let unit = unit_rates(state, &cycle.opening.mode).map(|(unit, _)| unit);
        let own =
            |discharge: &Discharge| state.obligations()[discharge.obligation.index()].currency;
        let currency_of = |discharge: &Discharge| unit.unwrap_or_else(|| own(discharge));
        whole::check_better(number, currency_of, (before, &discharges))?;
    }
    let too_large = too_large(state, number)?;
    Ok(Change::Proposed { cycle: number, discharges, too_large, at_most })
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
        let (due, value) = (found.due, cleared_here);
        Discharge { obligation, before, amount, due, value }
    });
    own.filter(|discharge| discharge.amount > Minor(0)).collect()
}
