//! Cycles that discharge obligations whole or not at all, where the rulebook says so.
//!
//! The largest such set-off is NP-hard to find, so no result can be asked to be the largest. Instead:
//! - A result discharges each obligation whole or not at all, in balance at every member
//!   (`setoff_clearing::verify_whole`). Of debts that are alike in debtor, creditor and amount
//!   the one that is due first goes first.
//! - With the potentials `π` that are handed in, no set-off, in parts or whole, is larger than
//!   `Σ max(0, 1 + π[debtor] − π[creditor])·c`: for conserved discharges the potentials cancel out. The
//!   entry states that bound, so everyone sees how much a better result could add at most.
//! - Whoever finds a better result may hand it in until the cycle is final: one that discharges more
//!   in some currency and less in none takes the place of the one before. So nobody keeps others from
//!   clearing by handing in a poor one first.

use std::collections::BTreeMap;

use setoff_clearing::{WholeClearing, WholeProof, verify_whole};

use super::network::CycleNetwork;
use super::{Discharge, NetworkResult};
use crate::{Code, CurrencyId, CycleId, Refusal};

/// Checks a result of whole obligations. Returns what no set-off of the network exceeds, in minor
/// units of its currency.
pub(super) fn check_result(
    part: &CycleNetwork,
    result: &NetworkResult,
    currency: Code,
) -> Result<i128, Refusal> {
    let wrong = |why: String| Refusal::FalseResult { currency, why };
    let cleared = result.discharges.iter().map(|&amount| i128::from(amount)).sum();
    let bound = bound(part, &result.potentials)
        .ok_or_else(|| wrong("there is no small potential for each member".to_owned()))?
        .max(cleared);
    let clearing = WholeClearing {
        discharges: result.discharges.clone(),
        weighted: cleared,
        bound,
        proof: vec![WholeProof::Bound { potentials: result.potentials.clone() }],
    };
    verify_whole(&part.network, &clearing).map_err(|error| wrong(error.to_string()))?;
    Ok(bound)
}

/// `Σ max(0, 1 + π[debtor] − π[creditor])·c`; `None` where potentials are missing or too large.
fn bound(part: &CycleNetwork, potentials: &[i64]) -> Option<i128> {
    if potentials.len() != part.members.len() {
        return None;
    }
    let of = |member: u32| potentials.get(member as usize).map(|found| i128::from(*found));
    part.network.debts().iter().try_fold(0_i128, |sum, debt| {
        let gain = i128::from(debt.weight) + of(debt.debtor)? - of(debt.creditor)?;
        sum.checked_add(gain.max(0).checked_mul(debt.amount.into())?)
    })
}

/// Refuses a result that is not better than the one which the cycle has.
pub(super) fn check_better(
    cycle: CycleId,
    currency_of: impl Fn(&Discharge) -> CurrencyId,
    (old, new): (&[Discharge], &[Discharge]),
) -> Result<(), Refusal> {
    let sums = |discharges: &[Discharge]| {
        let mut sums: BTreeMap<CurrencyId, i128> = BTreeMap::new();
        for discharge in discharges {
            *sums.entry(currency_of(discharge)).or_default() += discharge.value.wide();
        }
        sums
    };
    let (old, new) = (sums(old), sums(new));
    let of = |sums: &BTreeMap<_, _>, currency| sums.get(currency).copied().unwrap_or(0_i128);
    let less = old.iter().any(|(currency, sum)| of(&new, currency) < *sum);
    let more = new.iter().any(|(currency, sum)| of(&old, currency) < *sum);
    if more && !less { Ok(()) } else { Err(Refusal::NotBetter { cycle }) }
}
