//! Agreements: signed by all their parties, in force from a date, one above the other.
//!
//! The rules:
//! - A party drafts; it signs by drafting. Each other party signs the same text, by its digest; a
//!   signature under another text is refused. The agreement is *concluded* when all have signed.
//! - From the insolvency of a party on, and when one has left, it is concluded no more.
//! - It is in force from its date, which may be earlier than its conclusion, until it is ended.
//! - It may *supersede* agreements that it names, or its whole subject between the same parties:
//!   from its date on they are no longer in force. It can only name older ones, so that no circle
//!   can arise.
//! - Two agreements between the same parties on the same subject that would be in force on the same
//!   day, neither superseding the other, contradict: the last signature is refused.
//! - What a final cycle did stays done. Agreements say what holds; they do not touch obligations.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{AgreementId, Author, Change, Digest, MemberId, Refusal, State, member, merger};

/// What an agreement takes the place of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Supersedes {
    /// Nothing.
    Nothing,
    /// These.
    Named(BTreeSet<AgreementId>),
    /// Every older one on its subject between the same parties.
    Subject,
}

/// An agreement as it is drafted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What it is about: payment terms, rates, a guarantee, or any other words.
    pub subject: String,
    /// Between whom, the one who drafts included.
    pub parties: BTreeSet<MemberId>,
    /// The SHA-256 of the text, which the parties keep.
    pub text: Digest,
    /// From which day on.
    pub from: Date,
    /// What it takes the place of.
    pub supersedes: Supersedes,
}

/// An agreement in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// What was drafted.
    pub draft: Draft,
    /// Who has signed.
    pub signed: BTreeSet<MemberId>,
    /// The first day on which it is in force no more, where it was ended.
    pub ended: Option<Date>,
}

impl Agreement {
    /// Whether all parties have signed.
    #[must_use]
    pub fn is_concluded(&self) -> bool {
        self.signed == self.draft.parties
    }

    /// Whether it takes the place of `other`, which has the number `number` and is older.
    fn supersedes(&self, number: AgreementId, other: &Self) -> bool {
        match &self.draft.supersedes {
            Supersedes::Nothing => false,
            Supersedes::Named(named) => named.contains(&number),
            Supersedes::Subject => self.same_matter(other),
        }
    }

    fn same_matter(&self, other: &Self) -> bool {
        (&self.draft.subject, &self.draft.parties) == (&other.draft.subject, &other.draft.parties)
    }
}

/// The agreement on a subject between exactly these parties that is in force on a date.
///
/// It is the concluded one whose time has come, which was not ended, and which no other concluded
/// one supersedes on that day. At most one is, by the rules of signing. Takes time in proportion to
/// the square of the number of agreements between these parties.
#[must_use]
pub fn terms_in_force<'a>(
    state: &'a State,
    subject: &str,
    parties: &BTreeSet<MemberId>,
    date: Date,
) -> Option<(AgreementId, &'a Agreement)> {
    between(state, parties).find(|(number, agreement)| {
        agreement.draft.subject == subject
            && agreement.is_concluded()
            && in_force(state, *number, agreement, date)
    })
}

fn in_force(state: &State, number: AgreementId, agreement: &Agreement, date: Date) -> bool {
    let begun = agreement.draft.from <= date && agreement.ended.is_none_or(|end| date < end);
    begun && !is_superseded(state, number, agreement, date)
}

/// Whether a younger concluded agreement took its place by this day. It does so for good: also
/// when the younger one is itself superseded or ended, the older one does not come back.
fn is_superseded(state: &State, number: AgreementId, agreement: &Agreement, date: Date) -> bool {
    between(state, &agreement.draft.parties).any(|(other, younger)| {
        other > number
            && younger.is_concluded()
            && younger.draft.from <= date
            && younger.supersedes(number, agreement)
    })
}

/// The agreements between exactly these parties, the oldest first. Only they can contradict or
/// supersede each other, so nothing here looks at those of others.
fn between<'a>(
    state: &'a State,
    parties: &BTreeSet<MemberId>,
) -> impl Iterator<Item = (AgreementId, &'a Agreement)> {
    let numbers = state.between.0.get(parties).into_iter().flatten();
    numbers.map(|number| (*number, &state.agreements()[number.index()]))
}

/// The numbers of all agreements by their parties.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<OfParties>", into = "Vec<OfParties>")]
pub(crate) struct Between(BTreeMap<BTreeSet<MemberId>, Vec<AgreementId>>);

/// As a snapshot has it: JSON has no sets as names.
type OfParties = (BTreeSet<MemberId>, Vec<AgreementId>);

impl Between {
    pub(crate) fn note(&mut self, parties: &BTreeSet<MemberId>, agreement: AgreementId) {
        self.0.entry(parties.clone()).or_default().push(agreement);
    }
}

impl From<Vec<OfParties>> for Between {
    fn from(list: Vec<OfParties>) -> Self {
        Self(list.into_iter().collect())
    }
}

impl From<Between> for Vec<OfParties> {
    fn from(between: Between) -> Self {
        between.0.into_iter().collect()
    }
}

pub(crate) fn draft(state: &State, author: &Author, draft: Draft) -> Result<Change, Refusal> {
    let drafter = author.member()?;
    let number = AgreementId::next(state.agreements().len())?;
    if !draft.parties.contains(&drafter) {
        return Err(Refusal::NotAParty { agreement: number, member: drafter });
    }
    if draft.parties.len() < 2 || draft.subject.trim().is_empty() {
        return Err(Refusal::NoAgreement);
    }
    for &party in &draft.parties {
        member::check_agrees(state, party)?;
    }
    if let Supersedes::Named(named) = &draft.supersedes {
        for &older in named {
            if older == number {
                return Err(Refusal::SupersedesItself { agreement: number });
            }
            if state.agreement(older)?.draft.parties != draft.parties {
                return Err(Refusal::OtherParties { agreement: number, other: older });
            }
        }
    }
    Ok(Change::Drafted { draft, by: drafter })
}

pub(crate) fn sign(
    state: &State,
    author: &Author,
    number: AgreementId,
    text: Digest,
) -> Result<Change, Refusal> {
    let member = author.member()?;
    let agreement = state.agreement(number)?;
    if !agreement.draft.parties.contains(&member) {
        return Err(Refusal::NotAParty { agreement: number, member });
    }
    if agreement.draft.text != text {
        return Err(Refusal::OtherText { agreement: number });
    }
    if agreement.signed.contains(&member) {
        return Err(Refusal::AgreedAlready { agreement: number, member });
    }
    for &party in &agreement.draft.parties {
        member::check_agrees(state, party)?;
    }
    if agreement.signed.len() + 1 == agreement.draft.parties.len() {
        check_contradiction(state, number, agreement)?;
    }
    Ok(Change::Signed { agreement: number, member })
}

/// Refuses to conclude an agreement beside another that would be in force on some day with it.
fn check_contradiction(
    state: &State,
    number: AgreementId,
    agreement: &Agreement,
) -> Result<(), Refusal> {
    for (other_number, other) in between(state, &agreement.draft.parties) {
        let rival = other_number != number && other.is_concluded() && agreement.same_matter(other);
        if !rival {
            continue;
        }
        let resolved = if other_number < number {
            agreement.supersedes(other_number, other)
        } else {
            other.supersedes(number, agreement)
        };
        let later = agreement.draft.from.max(other.draft.from);
        let apart = [agreement, other].iter().any(|one| one.ended.is_some_and(|end| end <= later))
            || is_superseded(state, other_number, other, later);
        if !resolved && !apart {
            return Err(Refusal::Contradicts { agreement: number, other: other_number });
        }
    }
    Ok(())
}

/// An agreement in the place of one whose party was absorbed by another member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The old one, over from the day of the merger on.
    pub old: AgreementId,
    /// The same, from that day on, between the parties that there are now.
    pub new: Agreement,
}

/// The agreements that pass from a member to the one that absorbs it, and those that are over
/// because nobody but the two is a party. Takes time in proportion to all agreements.
pub(crate) fn succession(
    state: &State,
    (absorbed, into): (MemberId, MemberId),
    today: Date,
) -> Result<(Vec<Succession>, Vec<AgreementId>), Refusal> {
    let (mut pass, mut over): (Vec<Succession>, _) = (Vec::new(), Vec::new());
    for (old, agreement) in (0..).map(AgreementId).zip(state.agreements()) {
        let holds = agreement.is_concluded()
            && agreement.ended.is_none_or(|end| end > today)
            && !is_superseded(state, old, agreement, today);
        if !holds || !agreement.draft.parties.contains(&absorbed) {
            continue;
        }
        let parties = merger::succeeded(&agreement.draft.parties, (absorbed, into));
        if parties.len() < 2 {
            over.push(old);
            continue;
        }
        let from = agreement.draft.from.max(today);
        let supersedes = Supersedes::Nothing;
        let draft = Draft { parties: parties.clone(), from, supersedes, ..agreement.draft.clone() };
        let new = Agreement { draft, signed: parties, ended: agreement.ended };
        let number = AgreementId::next(state.agreements().len() + pass.len())?;
        check_contradiction(state, number, &new)?;
        if let Some(other) = pass.iter().find(|other| new.same_matter(&other.new)) {
            return Err(Refusal::Contradicts { agreement: old, other: other.old });
        }
        pass.push(Succession { old, new });
    }
    Ok((pass, over))
}

pub(crate) fn end(
    state: &State,
    author: &Author,
    number: AgreementId,
    (from, reason): (Date, String),
    today: Date,
) -> Result<Change, Refusal> {
    let member = author.member()?;
    let agreement = state.agreement(number)?;
    if !agreement.draft.parties.contains(&member) {
        return Err(Refusal::NotAParty { agreement: number, member });
    }
    if !agreement.is_concluded() || agreement.ended.is_some() {
        return Err(Refusal::NotInForce { agreement: number });
    }
    let notice = jiff::Span::new().days(i64::from(state.rulebook_on(today).notice_days));
    let earliest = today.checked_add(notice).map_err(|_| Refusal::OutOfTime)?;
    if from < earliest {
        return Err(Refusal::TooLittleNotice { from, earliest });
    }
    Ok(Change::AgreementEnded { agreement: number, from, by: member, reason })
}
