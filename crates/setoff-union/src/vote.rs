//! Proposals and votes: one member one vote, the operator none.
//!
//! The rules:
//! - Any member that may vote can propose. Those who may vote on a proposal are the members that
//!   could when it was opened; who is admitted later does not count.
//! - A vote is for, against or an abstention, given once, before the proposal closes. A member that
//!   meanwhile may not vote any more (suspended, say) can't.
//! - Whoever may propose may have the votes counted from the moment of closing on.
//! - It passes if the quorum of those who may vote have voted (abstentions count; exactly at the
//!   quorum is enough) and the votes for reach the majority of those for and against. Exactly at
//!   the majority the rulebook says which: "at least two thirds" passes, "more than half" fails.
//!   Both thresholds are those of the rulebook in force when the proposal was opened.
//! - What passed takes effect with the count, and never before: a rulebook whose day has passed
//!   by then is in force from the day of the count. Where it is not possible any more by then, the
//!   entry says why.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::rulebook::{self, AtThreshold, Fraction};
use crate::{
    Actor, Author, Capacity, Change, Digest, MemberId, Opening, ProposalId, Refusal, Rulebook,
    State, Step, cycle, member, utc_date,
};

/// What is voted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Subject {
    /// Another rulebook, from a day on.
    Rulebook {
        /// The whole of it.
        rulebook: Box<Rulebook>,
        /// From this day on.
        from: Date,
    },
    /// A step of a member's standing: admit, reject, suspend or reinstate.
    Standing {
        /// Whose.
        member: MemberId,
        /// Which.
        step: Step,
    },
    /// A cycle beside the calendar.
    Cycle(Opening),
    /// Anything else, by the digest of its text.
    Resolution {
        /// The text, kept elsewhere.
        text: Digest,
    },
}

/// How a member votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// For it.
    For,
    /// Against it.
    Against,
    /// Counts for the quorum only.
    Abstain,
}

/// How a vote came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It passed and took effect.
    Passed,
    /// It passed, and was not possible any more for this cause, by its name in the table of refusals:
    /// the name stays when its text is reworded, and so does the state.
    PassedWithoutEffect(String),
    /// Too few voted.
    NoQuorum,
    /// Too few were for it.
    NoMajority,
}

/// A proposal in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Who proposed it.
    pub by: MemberId,
    /// What is voted on.
    pub subject: Subject,
    /// From this moment on no vote is taken.
    pub closes: Timestamp,
    /// What part of those for and against must be for, and what happens exactly at it.
    pub majority: (Fraction, AtThreshold),
    /// What part of those who may vote must have voted.
    pub quorum: Fraction,
    /// Who may vote, by number.
    pub voters: Vec<MemberId>,
    /// Who voted, and how.
    pub votes: BTreeMap<MemberId, Choice>,
    /// How it came out, once counted.
    pub outcome: Option<Outcome>,
}

impl Proposal {
    fn count(&self, choice: Choice) -> u64 {
        self.votes.values().filter(|voted| **voted == choice).count() as u64
    }

    /// What the votes that were given make of it.
    #[must_use]
    pub fn result(&self) -> Outcome {
        let (yes, no) = (self.count(Choice::For), self.count(Choice::Against));
        if self.quorum.compare(self.votes.len() as u64, self.voters.len() as u64).is_lt() {
            return Outcome::NoQuorum;
        }
        let (majority, at_threshold) = self.majority;
        let order = majority.compare(yes, yes + no);
        let passes = order.is_gt() || (order.is_eq() && at_threshold == AtThreshold::Passes);
        if passes && yes > 0 { Outcome::Passed } else { Outcome::NoMajority }
    }
}

pub(crate) fn propose(
    state: &State,
    author: &Author,
    subject: Subject,
    closes: Timestamp,
    at: Timestamp,
) -> Result<Change, Refusal> {
    let by = voter(state, author)?;
    let rulebook = state.rulebook_on(utc_date(at));
    let open_for = jiff::SignedDuration::from_hours(24 * i64::from(rulebook.voting_days));
    if closes.duration_since(at) < open_for {
        return Err(Refusal::ClosesTooSoon { days: rulebook.voting_days });
    }
    check_subject(state, &subject, rulebook, utc_date(closes))?;
    let number = ProposalId::next(state.proposals().len())?;
    let numbered = (0..).map(MemberId).zip(state.members());
    let votes =
        numbered.filter(|(_, m)| m.standing.votes() && m.profile.capacity == Capacity::Member);
    let proposal = Proposal {
        by,
        subject,
        closes,
        majority: (rulebook.majority, rulebook.at_majority),
        quorum: rulebook.quorum,
        voters: votes.map(|(member, _)| member).collect(),
        votes: BTreeMap::new(),
        outcome: None,
    };
    Ok(Change::ProposalOpened { number, proposal: Box::new(proposal) })
}

fn check_subject(
    state: &State,
    subject: &Subject,
    current: &Rulebook,
    closing: Date,
) -> Result<(), Refusal> {
    match subject {
        Subject::Rulebook { rulebook, from } => {
            rulebook::check(state, rulebook)?;
            let days = current.notice_days;
            let notice = jiff::Span::new().days(i64::from(days));
            let earliest = closing.checked_add(notice).map_err(|_| Refusal::OutOfTime)?;
            if *from < earliest {
                return Err(Refusal::TooLittleNotice { from: *from, earliest });
            }
            Ok(())
        }
        Subject::Standing { member, step } => {
            let votable =
                matches!(step, Step::Admit | Step::Reject | Step::Suspend | Step::Reinstate);
            if !votable {
                return Err(Refusal::NotVotable);
            }
            let step = (*member, *step);
            member::checked_step(state, step, (String::new(), None), closing).map(|_| ())
        }
        Subject::Cycle(opening) => cycle::open(state, opening.clone(), closing).map(|_| ()),
        Subject::Resolution { .. } => Ok(()),
    }
}

pub(crate) fn vote(
    state: &State,
    author: &Author,
    (number, choice): (ProposalId, Choice),
    at: Timestamp,
) -> Result<Change, Refusal> {
    let member = voter(state, author)?;
    let proposal = state.proposal(number)?;
    if proposal.outcome.is_some() || at >= proposal.closes {
        return Err(Refusal::VoteClosed { proposal: number, at: proposal.closes });
    }
    if proposal.voters.binary_search(&member).is_err() {
        return Err(Refusal::MayNotVote { proposal: number, member });
    }
    if proposal.votes.contains_key(&member) {
        return Err(Refusal::VotedAlready { proposal: number, member });
    }
    Ok(Change::Voted { proposal: number, member, choice })
}

/// Counts, and gives what the outcome brings about.
pub(crate) fn count(
    state: &State,
    author: &Author,
    number: ProposalId,
    at: Timestamp,
) -> Result<Vec<Change>, Refusal> {
    if author.actor != Actor::Operator {
        voter(state, author)?;
    }
    let proposal = state.proposal(number)?;
    if proposal.outcome.is_some() {
        return Err(Refusal::VoteClosed { proposal: number, at: proposal.closes });
    }
    if at < proposal.closes {
        return Err(Refusal::VoteOpen { proposal: number, until: proposal.closes });
    }
    let counted = |outcome| Change::Counted { proposal: number, outcome };
    match proposal.result() {
        Outcome::Passed => Ok(match effect(state, number, proposal, utc_date(at)) {
            Ok(effects) => std::iter::once(counted(Outcome::Passed)).chain(effects).collect(),
            Err(refusal) => vec![counted(Outcome::PassedWithoutEffect(refusal.cause().to_owned()))],
        }),
        outcome => Ok(vec![counted(outcome)]),
    }
}

fn effect(
    state: &State,
    number: ProposalId,
    proposal: &Proposal,
    today: Date,
) -> Result<Vec<Change>, Refusal> {
    Ok(match &proposal.subject {
        Subject::Rulebook { rulebook, from } => {
            rulebook::check(state, rulebook)?;
            let from = (*from).max(today);
            vec![Change::RulebookAdopted { rulebook: rulebook.clone(), from }]
        }
        Subject::Standing { member, step } => {
            let reason = format!("decided by the vote on {number}");
            let stands = member::checked_step(state, (*member, *step), (reason, None), today)?;
            member::with_consequences(state, stands, today)?
        }
        Subject::Cycle(opening) => vec![cycle::open(state, opening.clone(), today)?],
        Subject::Resolution { .. } => Vec::new(),
    })
}

fn voter(state: &State, author: &Author) -> Result<MemberId, Refusal> {
    let Actor::Member(member) = author.actor else { return Err(Refusal::OperatorHasNoVote) };
    let found = state.member(member)?;
    if found.profile.capacity == Capacity::Agent {
        return Err(Refusal::Agent { member });
    }
    if found.standing.votes() { Ok(member) } else { Err(found.standing.refused(member)) }
}
