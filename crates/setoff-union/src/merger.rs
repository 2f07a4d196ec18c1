//! Merger of a member into another: universal succession.
//!
//! The rules:
//! - The member that is absorbed offers the merger, with its reason and the digest of the register's
//!   extract, and the absorbing one accepts: two commands, each by its own keys, and by two people
//!   where a member has a limit for one. An offer holds until it is accepted or replaced.
//! - Both have to be free: neither insolvent, blocked, suspended nor running off, no cycle holds
//!   obligations of the one that is absorbed, and no settlement instruction of it is open.
//! - Every obligation of the absorbed member that is not over passes to the absorbing one, as it
//!   stands. Between the two, a debt *lapses by confusion*: debtor and creditor are one. A confirmed one
//!   is discharged and posted as that; any other is withdrawn.
//! - Its agreements that are in force, or will be, pass as well: each is over, and the same with the
//!   absorbing member as party is in force from that day on, under a number of its own, so that what
//!   was in force before can still be told. One between just the two of them is over. Where the
//!   absorbing member has one on the same matter, the merger has to wait until one is ended.
//! - The absorbed member has left: its keys are revoked, its delegations void, its name is free.
//!   Votes that it gave stay given. What is final stays as it is, under its number.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    AgreementId, Author, Cause, Change, Digest, MemberId, ObligationId, Posting, Refusal, Side,
    Stage, Standing, State, Succession, agreement, cycle, key, member,
};

/// A merger that was offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergerOffer {
    /// Into which member.
    pub into: MemberId,
    /// Why.
    pub reason: String,
    /// The register's extract, kept elsewhere.
    pub evidence: Option<Digest>,
}

/// What an accepted merger does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merger {
    /// Who is absorbed.
    pub member: MemberId,
    /// By whom.
    pub into: MemberId,
    /// Obligations that pass.
    pub pass: Vec<ObligationId>,
    /// Obligations between the two, which lapse.
    pub lapse: Vec<ObligationId>,
    /// Agreements that pass; the new ones have the next numbers in this order.
    pub agreements: Vec<Succession>,
    /// Agreements between the two, which are over from this day on.
    pub ended: Vec<AgreementId>,
    /// The day of the merger.
    pub on: Date,
}

pub(crate) fn offer(state: &State, author: &Author, offer: MergerOffer) -> Result<Change, Refusal> {
    let member = author.member()?;
    check_free(state, member, offer.into)?;
    key::check_two_people_to_change(state, author)?;
    Ok(Change::MergerOffered { member, offer })
}

pub(crate) fn accept(
    state: &State,
    author: &Author,
    absorbed: MemberId,
    today: Date,
) -> Result<Vec<(Change, Vec<Posting>)>, Refusal> {
    let into = author.member()?;
    let found = state.member(absorbed)?;
    let offer = found.merger.as_ref().filter(|offer| offer.into == into);
    let offer = offer.ok_or(Refusal::NoMerger { member: absorbed })?;
    check_free(state, absorbed, into)?;
    if let Some(cycle) = cycle::holds_member(state, absorbed) {
        return Err(Refusal::InACycle { member: absorbed, cycle });
    }
    key::check_two_people_to_change(state, author)?;
    let (agreements, ended) = agreement::succession(state, (absorbed, into), today)?;
    let (mut pass, mut lapse, mut postings) = (Vec::new(), Vec::new(), Vec::new());
    for (obligation, found) in (0..).map(ObligationId).zip(state.obligations()) {
        let Some(side) = found.side(absorbed).filter(|_| !found.stage.is_over()) else { continue };
        if let Some(instruction) = found.instruction {
            return Err(Refusal::Instructed { obligation, instruction });
        }
        let (currency, amount) = (found.currency, found.outstanding);
        let confirmed = found.stage == Stage::Confirmed;
        let lapses = found.side(into).is_some();
        if lapses { &mut lapse } else { &mut pass }.push(obligation);
        if confirmed {
            let (from, to, cause) = match (lapses, side) {
                (true, _) => (found.debtor, found.creditor, Cause::Confusion),
                (false, Side::Creditor) => (absorbed, into, Cause::Assigned),
                (false, Side::Debtor) => (absorbed, into, Cause::TakenOver),
            };
            postings.push(Posting { obligation, from, to, currency, amount, cause });
        }
    }
    let merger = Merger { member: absorbed, into, pass, lapse, agreements, ended, on: today };
    let (to, reason, evidence) = (Standing::Left, offer.reason.clone(), offer.evidence);
    let stands = Change::Stands { member: absorbed, to, reason, evidence };
    let then = member::with_consequences(state, stands, today)?;
    let merged = (Change::Merged(Box::new(merger)), postings);
    Ok(std::iter::once(merged).chain(then.into_iter().map(|change| (change, vec![]))).collect())
}

fn check_free(state: &State, absorbed: MemberId, into: MemberId) -> Result<(), Refusal> {
    if absorbed == into {
        return Err(Refusal::MergesWithItself { member: into });
    }
    for party in [absorbed, into] {
        member::check_takes_new(state, party)?;
    }
    Ok(())
}

/// These parties after a merger.
pub(crate) fn succeeded(
    parties: &BTreeSet<MemberId>,
    (absorbed, into): (MemberId, MemberId),
) -> BTreeSet<MemberId> {
    parties.iter().map(|party| if *party == absorbed { into } else { *party }).collect()
}
