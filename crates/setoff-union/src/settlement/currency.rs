//! In which currency an instruction is paid: that of its debts, or another that both sides chose.
//!
//! The rules:
//! - Where the rulebook allows it, a member may choose one of the union's currencies as its own, in
//!   which it pays and is paid; it may choose anew or take that back at any time.
//! - An instruction is paid in another currency than that of its debts only if debtor and creditor
//!   have both chosen that currency, and the cycle has rates for both currencies: it cleared in a
//!   unit of account. A cycle that cleared each currency by itself has no rates, and all that it
//!   leaves is paid in the currency in which it is owed.
//! - The rates are those of the cycle, for as long as the instruction is open. What is left of one
//!   that failed or went stale is outstanding in its own currency; of what was received, less than
//!   one minor unit of the debt may then have discharged nothing.
//!
//! For `A` minor units that are owed and an exact rate `r`, `P = ⌈A·r⌉` are to be paid: the creditor
//! never gets less than it is owed, and the debtor gives less than one minor unit more. Of `R` received
//! in all, `⌊R/r⌋` is discharged while `R < P`, and `A` at `R = P`. Each payment discharges what is
//! missing to that, so that however it is cut in parts, no more than was paid is discharged, and
//! less than one minor unit of the debt waits for the next part. As `R < P` is `R < A·r`, so that
//! `⌊R/r⌋ < A`, exactly the whole payment discharges the whole.
//!
//! The ledger stays in the currency in which the debt is: that is what ends. The exchange is between
//! the two of them, and each books it at the rate of the cycle.
//!
//! `A` is below 2^94, and an instruction with `P` over 127 bits is paid in its own currency.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use setoff_money::{Minor, Rate};

use super::Instruction;
use crate::{Author, Change, Code, CurrencyId, Cycle, MemberId, Refusal, Rulebook, State, cycle};

/// What is to be paid of an instruction in another currency than that of its debts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payable {
    /// In which.
    pub currency: CurrencyId,
    /// How much in all.
    pub amount: i128,
    /// How much of it was received.
    pub received: i128,
}

/// A member chooses, or takes its choice back.
pub(crate) fn choose(
    state: &State,
    author: &Author,
    chosen: Option<Code>,
    today: Date,
) -> Result<Change, Refusal> {
    let member = author.member()?;
    if chosen.is_some() && !state.rulebook_on(today).settlement.own_currency {
        return Err(Refusal::OwnCurrencyNotAllowed { member });
    }
    let currency = chosen.map(|code| state.currency_of(code)).transpose()?;
    Ok(Change::CurrencyChosen { member, currency: currency.map(|(number, _)| number) })
}

/// What of an instruction of a cycle is to be paid in another currency; `None` where it is paid in
/// its own.
pub(super) fn payable(
    state: &State,
    (rulebook, cycle): (&Rulebook, &Cycle),
    instruction: &Instruction,
) -> Option<Payable> {
    let chosen = |side: MemberId| state.members()[side.index()].currency;
    let currency = chosen(instruction.debtor)?;
    let agreed = rulebook.settlement.own_currency
        && chosen(instruction.creditor) == Some(currency)
        && currency != instruction.currency;
    if !agreed {
        return None;
    }
    let currencies = (instruction.currency, currency);
    let rate = cycle::rate_between(state, &cycle.opening.mode, currencies)?;
    let amount = rate.convert_sum_up(instruction.amount)?;
    Some(Payable { currency, amount, received: 0 })
}

/// How much of its debts a payment on an instruction discharges, in their currency.
pub(super) fn discharged(state: &State, instruction: &Instruction, paid: Minor) -> i128 {
    let Some(payable) = instruction.payable else { return paid.wide() };
    let received = payable.received + paid.wide();
    if received == payable.amount {
        return instruction.amount - instruction.received;
    }
    rate(state, instruction, payable).inverse().convert_sum_down(received) - instruction.received
}

fn rate(state: &State, instruction: &Instruction, payable: Payable) -> Rate {
    let mode = &state.cycles()[instruction.cycle.index()].opening.mode;
    let rate = cycle::rate_between(state, mode, (instruction.currency, payable.currency));
    rate.expect("the instruction was made at this rate, and a cycle keeps its rates")
}
