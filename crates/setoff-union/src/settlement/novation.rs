//! Settlement through a netting centre, by novation.
//!
//! For the debts `d` of a currency that are settled net, a member's *net position* is
//! `p(m) = Σ d owed to m − Σ d owed by m`. Novation ends all of them, and in their place every
//! member except the centre gets one debt: with `p(m) < 0` it owes the centre `−p(m)`, with
//! `p(m) > 0` the centre owes it `p(m)`. As positions sum to zero, what the centre is owed less what it
//! owes is its own position: novation moves nobody's net position, and its set-off accounts are
//! level again after it.
//!
//! The rules:
//! - Only what could be paid is replaced: confirmed, due by the value date, held back by nobody,
//!   between members that settle net and take part in clearing. Everything else is settled directly.
//! - While the centre itself does not take part in clearing, nothing is replaced.
//! - The new debts are confirmed from the start, since they follow from confirmed ones; nobody
//!   declares such a one, and nobody disputes it. If its payment fails it stays outstanding, and
//!   can clear or be paid like any other. What it replaced does not come back.
//! - A position over 2^62 minor units becomes several debts, paid by one instruction.

use std::collections::BTreeMap;

use jiff::civil::Date;
use setoff_money::Minor;

use super::{Instruction, Way, instruction};
use crate::obligation::DocumentKey;
use crate::{
    Cause, Change, CurrencyId, CycleId, Declared, Kind, MemberId, ObligationId, Posting, Refusal,
    Rulebook, Side, State,
};

/// A novation: its change with its postings, and the instructions that pay the new debts.
pub(super) type Novation = (Change, Vec<Posting>, Vec<Instruction>);

/// The centre of a cycle's settlement, where it has one that takes part in clearing.
pub(super) fn centre(state: &State, rulebook: &Rulebook) -> Option<MemberId> {
    let centre = rulebook.settlement.centre?;
    state.members()[centre.index()].standing.clears().then_some(centre)
}

/// Whether an obligation is settled through the centre.
pub(super) fn is_netted(state: &State, rulebook: &Rulebook, number: ObligationId) -> bool {
    let found = &state.obligations()[number.index()];
    [found.debtor, found.creditor].into_iter().all(|side| {
        let member = &state.members()[side.index()];
        member.standing.clears() && rulebook.settlement.of(member.way) == Way::Net
    })
}

/// Replaces these obligations by debts to and from the centre; `None` where there are none.
pub(super) fn novate(
    state: &State,
    (cycle, today): (CycleId, Date),
    centre: MemberId,
    ended: Vec<ObligationId>,
) -> Result<Option<Novation>, Refusal> {
    if ended.is_empty() {
        return Ok(None);
    }
    let mut positions: BTreeMap<(CurrencyId, MemberId), i128> = BTreeMap::new();
    let mut postings = Vec::with_capacity(ended.len());
    for &obligation in &ended {
        let found = &state.obligations()[obligation.index()];
        let amount = found.outstanding;
        *positions.entry((found.currency, found.debtor)).or_default() -= amount.wide();
        *positions.entry((found.currency, found.creditor)).or_default() += amount.wide();
        let (from, to, currency) = (found.debtor, found.creditor, found.currency);
        let cause = Cause::Novated;
        postings.push(Posting { obligation, from, to, currency, amount, cause });
    }
    debug_assert_eq!(positions.values().sum::<i128>(), 0, "net positions sum to zero");
    let mut arising = Vec::new();
    let mut instructions = Vec::new();
    for ((currency, member), position) in positions {
        if member == centre || position == 0 {
            continue;
        }
        let (debtor, creditor) = if position < 0 { (member, centre) } else { (centre, member) };
        let begun = arising.len();
        for amount in parts(position.unsigned_abs()) {
            let part = arising.len() - begun;
            let of = (debtor, creditor, currency);
            arising.push(net_debt(of, amount, (cycle, part), today));
        }
        let numbers = (begun..arising.len())
            .map(|place| ObligationId::next(state.obligations().len() + place));
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        for (number, declared) in numbers.iter().zip(&arising[begun..]) {
            postings.push(Posting {
                obligation: *number,
                from: debtor,
                to: creditor,
                currency,
                amount: declared.amount,
                cause: Cause::Replaced,
            });
        }
        let amount = i128::try_from(position.unsigned_abs()).unwrap_or(i128::MAX);
        instructions.push(instruction(
            (cycle, today),
            (debtor, creditor, currency),
            amount,
            numbers,
        ));
    }
    Ok(Some((Change::Novated { cycle, ended, arising }, postings, instructions)))
}

/// A sum in amounts of at most 2^62.
fn parts(sum: u128) -> impl Iterator<Item = Minor> {
    let largest = Minor::LARGEST.0.unsigned_abs();
    let mut rest = sum;
    std::iter::from_fn(move || {
        let part = u64::try_from(rest).unwrap_or(largest).min(largest);
        rest -= u128::from(part);
        i64::try_from(part).ok().filter(|part| *part > 0).map(Minor)
    })
}

fn net_debt(
    (debtor, creditor, currency): (MemberId, MemberId, CurrencyId),
    amount: Minor,
    (cycle, part): (CycleId, usize),
    today: Date,
) -> Declared {
    let reference = match part {
        0 => format!("net position of cycle {}", cycle.0),
        _ => format!("net position of cycle {}, part {}", cycle.0, part + 1),
    };
    let document = DocumentKey::new((debtor, creditor), currency, &reference);
    let (by, kind, issued, due) = (Side::Creditor, Kind::NetPosition, today, today);
    Declared { by, debtor, creditor, currency, amount, issued, due, reference, kind, document }
}
