//! Declaring, confirming, disputing and answering: until both sides agree.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use setoff_money::Minor;

use super::checks::{check_not_instructed, check_stage, checked_amount, of_side};
use super::{
    Answer, Declaration, Declared, DocumentKey, Kind, LONGEST_REFERENCE, Outcome, Side, Stage,
};
use crate::rulebook::Declares;
use crate::{
    Amount, Author, Cause, Change, CurrencyId, Digest, MemberId, ObligationId, Refusal, Rulebook,
    State, cycle, key, member,
};

pub(crate) fn declare(
    state: &State,
    author: &Author,
    declarations: &[Declaration],
    file: Option<Digest>,
    today: Date,
) -> Outcome {
    let declarer = author.member()?;
    if declarations.is_empty() {
        return Err(Refusal::EmptyList);
    }
    ObligationId::next(state.obligations().len() + declarations.len())?;
    let rulebook = state.rulebook_on(today);
    let mut sums: BTreeMap<CurrencyId, i128> = BTreeMap::new();
    let mut obligations = Vec::with_capacity(declarations.len());
    let mut met = HashSet::with_capacity(declarations.len());
    for (row, declaration) in (1..).zip(declarations) {
        let declared =
            declared(state, rulebook, declarer, declaration).map_err(|cause| in_row(row, cause))?;
        if !met.insert(declared.document) {
            let reference = declared.reference;
            return Err(in_row(row, Refusal::TwiceInList { reference }));
        }
        *sums.entry(declared.currency).or_default() += declared.amount.wide();
        obligations.push(declared);
    }
    for (currency, sum) in sums {
        key::check_two_people(state, author, currency, sum)?;
    }
    Ok((Change::Declared { obligations, file }, Vec::new()))
}

fn in_row(row: usize, cause: Refusal) -> Refusal {
    Refusal::InRow { row, cause: Box::new(cause) }
}

fn declared(
    state: &State,
    rulebook: &Rulebook,
    declarer: MemberId,
    declaration: &Declaration,
) -> Result<Declared, Refusal> {
    let Declaration { debtor, creditor, currency, amount, issued, due, kind, .. } = *declaration;
    let reference = declaration.reference.clone();
    if kind == Kind::NetPosition {
        return Err(Refusal::OnlyBySettlement);
    }
    if debtor == creditor {
        return Err(Refusal::OwesItself { member: debtor });
    }
    let by = match declarer {
        _ if declarer == debtor => Side::Debtor,
        _ if declarer == creditor => Side::Creditor,
        _ => return Err(Refusal::NotASide { member: declarer }),
    };
    let may = match rulebook.declares {
        Declares::Debtor => by == Side::Debtor,
        Declares::Creditor => by == Side::Creditor,
        Declares::Either => true,
    };
    if !may {
        return Err(Refusal::NotTheDeclaringSide);
    }
    member::check_takes_new(state, debtor)?;
    member::check_takes_new(state, creditor)?;
    let (number, unit) = state.currency_of(currency)?;
    let minor = amount.minor(&unit)?;
    if let Some(smallest) = rulebook.smallest.get(&currency)
        && minor < smallest.minor(&unit)?
    {
        return Err(Refusal::TooSmall { amount, smallest: *smallest, currency });
    }
    if due < issued || due.year() > issued.year() + 100 {
        return Err(Refusal::ImpossibleDate { issued, due });
    }
    if reference.trim().is_empty() || reference.len() > LONGEST_REFERENCE {
        return Err(Refusal::NoReference { reference });
    }
    let document = DocumentKey::new((debtor, creditor), number, &reference);
    if let Some(obligation) = state.declared_as(document, debtor, &reference) {
        return Err(Refusal::DeclaredAlready { obligation });
    }
    Ok(Declared {
        by,
        debtor,
        creditor,
        currency: number,
        amount: minor,
        issued,
        due,
        reference,
        kind,
        document,
    })
}

pub(crate) fn confirm(
    state: &State,
    author: &Author,
    obligations: Vec<ObligationId>,
    at: Timestamp,
) -> Outcome {
    let member = author.member()?;
    if obligations.is_empty() {
        return Err(Refusal::EmptyList);
    }
    let mut met = BTreeSet::new();
    let mut sums: BTreeMap<CurrencyId, i128> = BTreeMap::new();
    let mut postings = Vec::with_capacity(obligations.len());
    for &number in &obligations {
        let found = of_side(state, number, member)?;
        if !met.insert(number) || found.stage == Stage::Confirmed {
            return Err(Refusal::ConfirmedAlready { obligation: number });
        }
        if found.side(member) == Some(found.declared_by) {
            return Err(Refusal::OwnDeclaration { obligation: number });
        }
        check_stage(number, found, &[Stage::Proposed, Stage::Disputed])?;
        member::check_takes_new(state, found.debtor)?;
        member::check_takes_new(state, found.creditor)?;
        cycle::check_correction(state, number, at)?;
        *sums.entry(found.currency).or_default() += found.outstanding.wide();
        postings.push(found.posting(number, found.outstanding, Cause::Recognised));
    }
    for (currency, sum) in sums {
        key::check_two_people(state, author, currency, sum)?;
    }
    Ok((Change::Confirmed { obligations }, postings))
}

pub(crate) fn dispute(
    state: &State,
    author: &Author,
    (number, part): (ObligationId, Option<Amount>),
    (reason, evidence): (String, Option<Digest>),
    at: Timestamp,
) -> Outcome {
    let member = author.member()?;
    let found = of_side(state, number, member)?;
    if found.side(member) == Some(found.declared_by) {
        return Err(Refusal::OwnDeclaration { obligation: number });
    }
    check_stage(number, found, &[Stage::Proposed, Stage::Confirmed])?;
    if found.kind == Kind::NetPosition {
        return Err(Refusal::FollowsFromConfirmed { obligation: number });
    }
    check_not_instructed(number, found)?;
    if found.stage == Stage::Confirmed && member == found.creditor {
        member::check_may_waive(state, member)?;
    }
    cycle::check_correction(state, number, at)?;
    let part = match part {
        None => found.outstanding,
        Some(part) => checked_amount(state, number, found, part)?,
    };
    let rest = Minor(found.outstanding.0 - part.0);
    let mut postings = Vec::new();
    if found.stage == Stage::Confirmed {
        postings.push(found.posting(number, part, Cause::Reversed));
    } else if rest > Minor(0) {
        member::check_takes_new(state, found.debtor)?;
        member::check_takes_new(state, found.creditor)?;
        key::check_two_people_for(state, author, found.currency, rest)?;
        postings.push(found.posting(number, rest, Cause::Recognised));
    }
    let split = (rest > Minor(0)).then(|| ObligationId::next(state.obligations().len()));
    let split = split.transpose()?;
    Ok((Change::Disputed { obligation: number, part, split, reason, evidence }, postings))
}

pub(crate) fn answer(
    state: &State,
    author: &Author,
    (number, answer): (ObligationId, Answer),
    reason: String,
) -> Outcome {
    let member = author.member()?;
    let found = of_side(state, number, member)?;
    check_stage(number, found, &[Stage::Disputed])?;
    if found.side(member) != Some(found.declared_by) {
        return Err(Refusal::NotYourDeclaration { obligation: number });
    }
    let change = match answer {
        Answer::Insist => Change::Insisted { obligation: number, reason },
        Answer::GiveUp => {
            if member == found.creditor {
                member::check_may_waive(state, member)?;
            }
            key::check_two_people_for(state, author, found.currency, found.outstanding)?;
            Change::Withdrawn { obligation: number, reason }
        }
    };
    Ok((change, Vec::new()))
}
