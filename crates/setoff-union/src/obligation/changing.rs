//! What happens to an obligation beside clearing: withdrawn, corrected, paid, credited, assigned,
//! held and released.

use jiff::civil::Date;
use setoff_money::Minor;

use super::checks::{
    agrees, check_free, check_stage, checked_amount, creditors, declarer_only, of_side, to_amend,
};
use super::{Amendment, Asked, LONGEST_REFERENCE, Obligation, Outcome, Side, Stage};
use crate::{
    Amount, Author, Cause, Change, MemberId, ObligationId, Posting, Refusal, State, key, member,
};

pub(crate) fn withdraw(
    state: &State,
    author: &Author,
    number: ObligationId,
    reason: String,
) -> Outcome {
    let (found, side) = to_amend(state, author, number)?;
    key::check_two_people_for(state, author, found.currency, found.outstanding)?;
    // A claim is given away; a debtor that withdraws a debt it declared itself claims nothing.
    if found.stage == Stage::Confirmed || side == Side::Creditor {
        member::check_may_waive(state, found.creditor)?;
    }
    if found.stage != Stage::Confirmed {
        declarer_only(number, found, side)?;
        return Ok((Change::Withdrawn { obligation: number, reason }, Vec::new()));
    }
    if !agrees(state, number, side, &Amendment::Withdraw) {
        let asked = Asked { by: side, what: Amendment::Withdraw };
        return Ok((Change::Asked { obligation: number, asked, reason }, Vec::new()));
    }
    let posting = found.posting(number, found.outstanding, Cause::Reversed);
    Ok((Change::Withdrawn { obligation: number, reason }, vec![posting]))
}

pub(crate) fn correct(
    state: &State,
    author: &Author,
    number: ObligationId,
    (amount, due): (Amount, Date),
    reason: String,
) -> Outcome {
    let (found, side) = to_amend(state, author, number)?;
    let outstanding = amount.minor(&state.currencies()[found.currency.index()])?;
    let discharged = found.amount.0 - found.outstanding.0;
    let fits = outstanding.wide() + i128::from(discharged) <= Minor::LARGEST.wide();
    if !fits {
        return Err(Refusal::TooLargeAfter { obligation: number });
    }
    if due < found.issued || due.year() > found.issued.year() + 100 {
        return Err(Refusal::ImpossibleDate { issued: found.issued, due });
    }
    key::check_two_people_for(state, author, found.currency, outstanding)?;
    // One that is only proposed is withdrawn and declared anew, under a new number: whoever confirms
    // a number must know what it stands for.
    check_stage(number, found, &[Stage::Confirmed])?;
    member::check_takes_new(state, found.debtor)?;
    member::check_takes_new(state, found.creditor)?;
    let what = Amendment::Correct { outstanding, due };
    if !agrees(state, number, side, &what) {
        let asked = Asked { by: side, what };
        return Ok((Change::Asked { obligation: number, asked, reason }, Vec::new()));
    }
    let more = outstanding.0 - found.outstanding.0;
    let posting = match more {
        0 => None,
        _ if more > 0 => Some(found.posting(number, Minor(more), Cause::Recognised)),
        _ => Some(found.posting(number, Minor(-more), Cause::Reversed)),
    };
    let change = Change::Corrected { obligation: number, outstanding, due, reason };
    Ok((change, posting.into_iter().collect()))
}

pub(crate) fn received(
    state: &State,
    author: &Author,
    (number, amount): (ObligationId, Amount),
    (paid_on, reason): (Date, String),
) -> Outcome {
    let found = creditors(state, author, number)?;
    let amount = checked_amount(state, number, found, amount)?;
    key::check_two_people_for(state, author, found.currency, amount)?;
    let posting = found.posting(number, amount, Cause::Paid);
    Ok((Change::Paid { obligation: number, amount, paid_on, reason }, vec![posting]))
}

pub(crate) fn credit_note(
    state: &State,
    author: &Author,
    (number, amount): (ObligationId, Amount),
    (reference, reason): (String, String),
) -> Outcome {
    let found = creditors(state, author, number)?;
    member::check_may_waive(state, found.creditor)?;
    if reference.trim().is_empty() || reference.len() > LONGEST_REFERENCE {
        return Err(Refusal::NoReference { reference });
    }
    if state.is_credited(number, &reference) {
        return Err(Refusal::CreditedAlready { obligation: number, reference });
    }
    let amount = checked_amount(state, number, found, amount)?;
    key::check_two_people_for(state, author, found.currency, amount)?;
    let posting = found.posting(number, amount, Cause::Reversed);
    Ok((Change::Credited { obligation: number, amount, reference, reason }, vec![posting]))
}

pub(crate) fn offer_assignment(
    state: &State,
    author: &Author,
    (number, to): (ObligationId, MemberId),
    reason: String,
) -> Outcome {
    let found = creditors(state, author, number)?;
    check_assignable(state, found, to)?;
    key::check_two_people_for(state, author, found.currency, found.outstanding)?;
    let asked = Asked { by: Side::Creditor, what: Amendment::Assign { to } };
    Ok((Change::Asked { obligation: number, asked, reason }, Vec::new()))
}

pub(crate) fn accept_assignment(state: &State, author: &Author, number: ObligationId) -> Outcome {
    let member = author.member()?;
    let found = state.obligation(number)?;
    let offered = Amendment::Assign { to: member };
    if !state.asked(number).is_some_and(|asked| asked.what == offered) {
        return Err(Refusal::NotOffered { obligation: number });
    }
    check_free(state, number, found)?;
    check_assignable(state, found, member)?;
    key::check_two_people_for(state, author, found.currency, found.outstanding)?;
    let (from, to, currency) = (found.creditor, member, found.currency);
    let (amount, cause) = (found.outstanding, Cause::Assigned);
    let posting = Posting { obligation: number, from, to, currency, amount, cause };
    Ok((Change::Assigned { obligation: number, to }, vec![posting]))
}

fn check_assignable(state: &State, found: &Obligation, to: MemberId) -> Result<(), Refusal> {
    if found.side(to).is_some() {
        return Err(Refusal::AssignedToASide { member: to });
    }
    member::check_takes_new(state, found.creditor)?;
    member::check_takes_new(state, to)
}

pub(crate) fn hold(
    state: &State,
    author: &Author,
    number: ObligationId,
    reason: String,
) -> Outcome {
    let (found, side) = to_amend(state, author, number)?;
    if found.is_held_by(side) {
        return Err(Refusal::HeldAlready { obligation: number });
    }
    Ok((Change::Held { obligation: number, side, reason }, Vec::new()))
}

pub(crate) fn release(
    state: &State,
    author: &Author,
    number: ObligationId,
    reason: String,
) -> Outcome {
    let member = author.member()?;
    let found = of_side(state, number, member)?;
    let side = found.side(member).filter(|side| found.is_held_by(*side));
    let side = side.ok_or(Refusal::NotHeld { obligation: number })?;
    Ok((Change::Released { obligation: number, side, reason }, Vec::new()))
}
