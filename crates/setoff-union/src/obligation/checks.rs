//! What has to be so before something happens to an obligation.

use setoff_money::Minor;

use super::{Amendment, Obligation, Side, Stage};
use crate::{Amount, Author, MemberId, ObligationId, Refusal, State, cycle};

/// An obligation of which a member is a side, not over yet.
pub(super) fn of_side(
    state: &State,
    number: ObligationId,
    member: MemberId,
) -> Result<&Obligation, Refusal> {
    let found = state.obligation(number)?;
    if found.side(member).is_none() {
        return Err(Refusal::NotASide { member });
    }
    if found.stage.is_over() {
        return Err(wrong_stage(number, found));
    }
    Ok(found)
}

/// One of which the author is a side, and that neither a cycle nor an instruction has.
pub(super) fn to_amend<'a>(
    state: &'a State,
    author: &Author,
    number: ObligationId,
) -> Result<(&'a Obligation, Side), Refusal> {
    let member = author.member()?;
    let found = of_side(state, number, member)?;
    check_free(state, number, found)?;
    let side = found.side(member).ok_or(Refusal::NotASide { member })?;
    Ok((found, side))
}

/// One that is owed to the author, confirmed and free.
pub(super) fn creditors<'a>(
    state: &'a State,
    author: &Author,
    number: ObligationId,
) -> Result<&'a Obligation, Refusal> {
    let (found, side) = to_amend(state, author, number)?;
    if side != Side::Creditor {
        return Err(Refusal::OnlyTheCreditor { obligation: number });
    }
    check_stage(number, found, &[Stage::Confirmed])?;
    Ok(found)
}

pub(super) fn check_free(
    state: &State,
    number: ObligationId,
    found: &Obligation,
) -> Result<(), Refusal> {
    check_not_instructed(number, found)?;
    cycle::check_not_frozen(state, number)
}

pub(super) fn check_not_instructed(
    number: ObligationId,
    found: &Obligation,
) -> Result<(), Refusal> {
    match found.instruction {
        Some(instruction) => Err(Refusal::Instructed { obligation: number, instruction }),
        None => Ok(()),
    }
}

pub(super) fn check_stage(
    number: ObligationId,
    found: &Obligation,
    allowed: &[Stage],
) -> Result<(), Refusal> {
    if allowed.contains(&found.stage) { Ok(()) } else { Err(wrong_stage(number, found)) }
}

pub(super) fn wrong_stage(number: ObligationId, found: &Obligation) -> Refusal {
    Refusal::WrongStage { obligation: number, stage: found.stage.name().to_owned() }
}

pub(super) fn declarer_only(
    number: ObligationId,
    found: &Obligation,
    side: Side,
) -> Result<(), Refusal> {
    if side == found.declared_by {
        Ok(())
    } else {
        Err(Refusal::NotYourDeclaration { obligation: number })
    }
}

pub(super) fn agrees(state: &State, number: ObligationId, side: Side, what: &Amendment) -> bool {
    state.asked(number).is_some_and(|asked| asked.by == side.other() && asked.what == *what)
}

pub(super) fn checked_amount(
    state: &State,
    number: ObligationId,
    found: &Obligation,
    amount: Amount,
) -> Result<Minor, Refusal> {
    let asked = amount.minor(&state.currencies()[found.currency.index()])?;
    if asked > found.outstanding {
        let outstanding = state.show(found.currency, found.outstanding);
        return Err(Refusal::MoreThanOutstanding {
            obligation: number,
            asked: amount,
            outstanding,
        });
    }
    Ok(asked)
}
