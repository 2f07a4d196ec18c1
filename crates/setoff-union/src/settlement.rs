//! Settlement: payments for what a final cycle left over.
//!
//! The rules:
//! - After a cycle is final the operator has its *instructions* made, once, for the obligations of the
//!   cycle that are still confirmed, due by its value date, and not held back: one for each debtor,
//!   creditor and currency, where debtor pays creditor directly. Members that settle gross get one
//!   for each obligation (`settlement/way.rs`); with a netting centre, net positions take the place
//!   of the debts and are paid to it and by it (`settlement/novation.rs`).
//! - An instruction is paid in the currency of its debts, or in another that both sides chose
//!   (`settlement/currency.rs`).
//! - The creditor alone confirms money received, whole or in part; it discharges the oldest due
//!   date first. When nothing is left, the instruction is settled.
//! - Either side may say that the payment failed, with a reason; and one that nobody answered for
//!   the rulebook's days goes stale. What is left is outstanding again, and can clear or be paid.
//! - While an instruction is open, its obligations can't clear, and nothing but the instruction
//!   discharges them: what is paid is never set off as well.

mod currency;
mod novation;
mod way;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use setoff_money::Minor;

use crate::cycle::CycleStage;
use crate::{
    Actor, Amount, Author, Cause, Change, CurrencyId, CycleId, InstructionId, MemberId,
    ObligationId, Posting, Refusal, Stage, State, cycle, key,
};

pub use currency::Payable;
pub(crate) use currency::choose as choose_currency;
pub(crate) use way::choose;
pub use way::{Way, Ways};

/// How an instruction stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstructionStage {
    /// To be paid.
    Open,
    /// Paid whole.
    Settled,
    /// A side said why it was not paid.
    Failed {
        /// Why.
        reason: String,
    },
    /// Nobody answered in time.
    Stale,
}

/// A payment that discharges what a cycle left over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instruction {
    /// After which cycle.
    pub cycle: CycleId,
    /// Who pays.
    pub debtor: MemberId,
    /// Who is paid.
    pub creditor: MemberId,
    /// In which currency it is owed.
    pub currency: CurrencyId,
    /// How much is owed in all; more than one obligation may hold.
    pub amount: i128,
    /// How much of that is discharged.
    pub received: i128,
    /// What is to be paid instead, where that is in another currency.
    pub payable: Option<Payable>,
    /// For which obligations, the oldest due date first.
    pub obligations: Vec<ObligationId>,
    /// On which day it was made.
    pub issued: Date,
    /// How it stands.
    pub stage: InstructionStage,
}

impl Instruction {
    /// The currency in which it is paid.
    #[must_use]
    pub fn paid_in(&self) -> CurrencyId {
        self.payable.map_or(self.currency, |payable| payable.currency)
    }

    /// How much is left to be paid, in that currency.
    #[must_use]
    pub fn left(&self) -> i128 {
        let Self { amount, received, .. } = self;
        self.payable.map_or(amount - received, |payable| payable.amount - payable.received)
    }
}

/// What a payment takes off one obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Which.
    pub obligation: ObligationId,
    /// How much, above zero.
    pub amount: Minor,
}

pub(crate) fn instruct(
    state: &State,
    author: &Author,
    number: CycleId,
    today: Date,
) -> Result<Vec<(Change, Vec<Posting>)>, Refusal> {
    if author.actor != Actor::Operator {
        return Err(Refusal::OnlyTheOperator);
    }
    let cycle = state.cycle(number)?;
    let CycleStage::Final { candidates, instructed: false, .. } = &cycle.stage else {
        return Err(Refusal::NothingToInstruct { cycle: number });
    };
    let rulebook = state.rulebook_on(cycle.opening.value_date);
    let centre = novation::centre(state, rulebook);
    let way = |member: MemberId| rulebook.settlement.of(state.members()[member.index()].way);
    let mut pairs: BTreeMap<Sides, Vec<ObligationId>> = BTreeMap::new();
    let (mut netted, mut single) = (Vec::new(), Vec::new());
    for &obligation in candidates {
        let found = state.obligation(obligation)?;
        // What the next cycle holds already is for that one to set off or to instruct.
        let payable = cycle::check_not_frozen(state, obligation).is_ok()
            && found.stage == Stage::Confirmed
            && found.instruction.is_none()
            && found.due <= cycle.opening.value_date
            && !found.held_by_debtor
            && !found.held_by_creditor;
        let sides = (found.debtor, found.creditor, found.currency);
        if !payable {
            continue;
        }
        if centre.is_some() && novation::is_netted(state, rulebook, obligation) {
            netted.push(obligation);
        } else if [found.debtor, found.creditor].into_iter().any(|side| way(side) == Way::Gross) {
            single.push((sides, vec![obligation]));
        } else {
            pairs.entry(sides).or_default().push(obligation);
        }
    }
    let mut changes = Vec::new();
    let mut instructions = Vec::new();
    if let Some(centre) = centre
        && let Some((change, postings, to_pay)) =
            novation::novate(state, (number, today), centre, netted)?
    {
        changes.push((change, postings));
        instructions = to_pay;
    }
    for (sides, mut obligations) in pairs.into_iter().chain(single) {
        let of = |number: ObligationId| &state.obligations()[number.index()];
        obligations.sort_unstable_by_key(|number| (of(*number).due, *number));
        let amount = obligations.iter().map(|number| of(*number).outstanding.wide()).sum();
        instructions.push(instruction((number, today), sides, amount, obligations));
    }
    for instruction in &mut instructions {
        instruction.payable = currency::payable(state, (rulebook, cycle), instruction);
    }
    InstructionId::next(state.instructions().len() + instructions.len())?;
    changes.push((Change::Instructed { cycle: number, instructions }, Vec::new()));
    Ok(changes)
}

/// Who pays, who is paid, in which currency.
type Sides = (MemberId, MemberId, CurrencyId);

fn instruction(
    (cycle, issued): (CycleId, Date),
    (debtor, creditor, currency): Sides,
    amount: i128,
    obligations: Vec<ObligationId>,
) -> Instruction {
    Instruction {
        cycle,
        debtor,
        creditor,
        currency,
        amount,
        received: 0,
        payable: None,
        obligations,
        issued,
        stage: InstructionStage::Open,
    }
}

pub(crate) fn receive(
    state: &State,
    author: &Author,
    number: InstructionId,
    amount: Amount,
) -> Result<(Change, Vec<Posting>), Refusal> {
    let found = open(state, number)?;
    if author.member()? != found.creditor {
        return Err(Refusal::OnlyTheRecipient { instruction: number });
    }
    let unit = &state.currencies()[found.paid_in().index()];
    let paid = amount.minor(unit)?;
    if paid.wide() > found.left() {
        let left = unit.format_sum(found.left());
        return Err(Refusal::MoreThanInstructed { instruction: number, asked: amount, left });
    }
    let discharged = currency::discharged(state, found, paid);
    key::check_two_people(state, author, found.paid_in(), paid.wide())?;
    key::check_two_people(state, author, found.currency, discharged)?;
    let mut rest = discharged;
    let mut payments = Vec::new();
    let mut postings = Vec::new();
    for &obligation in &found.obligations {
        let outstanding = state.obligations()[obligation.index()].outstanding;
        let part = i64::try_from(rest).map_or(outstanding, |rest| outstanding.min(Minor(rest)));
        if part > Minor(0) {
            let (from, to, currency) = (found.debtor, found.creditor, found.currency);
            payments.push(Payment { obligation, amount: part });
            let (amount, cause) = (part, Cause::Paid);
            postings.push(Posting { obligation, from, to, currency, amount, cause });
            rest -= part.wide();
        }
    }
    debug_assert_eq!(rest, 0, "what is left of an instruction is what its obligations owe");
    Ok((Change::Received { instruction: number, paid, payments }, postings))
}

pub(crate) fn fail(
    state: &State,
    author: &Author,
    number: InstructionId,
    reason: String,
) -> Result<Change, Refusal> {
    let found = open(state, number)?;
    let member = author.member()?;
    if member != found.debtor && member != found.creditor {
        return Err(Refusal::NotASide { member });
    }
    Ok(Change::InstructionEnded { instruction: number, stage: InstructionStage::Failed { reason } })
}

pub(crate) fn expire(
    state: &State,
    author: &Author,
    number: InstructionId,
    today: Date,
) -> Result<Change, Refusal> {
    if author.actor != Actor::Operator {
        return Err(Refusal::OnlyTheOperator);
    }
    let found = open(state, number)?;
    let days = state.rulebook_on(today).instruction_days;
    if (today - found.issued).get_days() < i32::from(days) {
        return Err(Refusal::NotStale { instruction: number, days });
    }
    Ok(Change::InstructionEnded { instruction: number, stage: InstructionStage::Stale })
}

fn open(state: &State, number: InstructionId) -> Result<&Instruction, Refusal> {
    let found = state.instruction(number)?;
    match found.stage {
        InstructionStage::Open => Ok(found),
        InstructionStage::Settled | InstructionStage::Failed { .. } | InstructionStage::Stale => {
            Err(Refusal::InstructionOver { instruction: number })
        }
    }
}
