//! Proposals and votes: one member one vote, the operator none, each counted once.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use setoff_union::{Actor, AtThreshold, Choice, Outcome, Standing, Subject, utc_date};

use super::{Checked, Model, Proposal, must, there};

fn votes(standing: Standing) -> bool {
    matches!(standing, Standing::Active | Standing::MatchedOnly | Standing::Blocked)
}

impl Model {
    fn check_voter(&self, member: u32) -> Checked {
        let found = there(self.members.get(member as usize), "member", member)?;
        must(votes(found.standing) && !found.agent, "members vote", || format!("{found:?}"))
    }

    pub(super) fn propose(
        &mut self,
        member: u32,
        subject: &Subject,
        closes: Timestamp,
        at: Timestamp,
    ) -> Checked {
        self.check_voter(member)?;
        let rulebook = self.rulebook(utc_date(at)).clone();
        let open = SignedDuration::from_hours(24 * i64::from(rulebook.voting_days));
        must(closes.duration_since(at) >= open, "a proposal is open long enough", || {
            format!("from {at} to {closes}")
        })?;
        let numbered = (0..).zip(&self.members);
        let voters = numbered.filter(|(_, m)| votes(m.standing) && !m.agent).map(|(n, _)| n);
        self.proposals.push(Proposal {
            subject: subject.clone(),
            closes,
            rulebook,
            voters: voters.collect(),
            votes: std::collections::BTreeMap::new(),
            outcome: None,
        });
        Ok(())
    }

    pub(super) fn vote(
        &mut self,
        member: u32,
        number: u32,
        choice: Choice,
        at: Timestamp,
    ) -> Checked {
        self.check_voter(member)?;
        let found = there(self.proposals.get_mut(number as usize), "proposal", number)?;
        must(found.outcome.is_none() && at < found.closes, "votes come in time", || {
            format!("{at} on proposal {number}, closed at {}", found.closes)
        })?;
        must(found.voters.contains(&member), "only its voters vote", || format!("{member}"))?;
        let before = found.votes.insert(member, choice);
        must(before.is_none(), "votes count once", || format!("member {member} on {number}"))
    }

    pub(super) fn count(&mut self, by: Actor, number: u32, at: Timestamp, day: Date) -> Checked {
        if let Actor::Member(member) = by {
            self.check_voter(member.0)?;
        }
        let found = there(self.proposals.get(number as usize), "proposal", number)?;
        must(found.outcome.is_none() && at >= found.closes, "counted once, when closed", || {
            format!("{at}, closes {}", found.closes)
        })?;
        let of = |choice| found.votes.values().filter(|given| **given == choice).count();
        let (yes, no) = (of(Choice::For), of(Choice::Against));
        let rulebook = &found.rulebook;
        // part / whole against over / under, without division.
        let reached = |part: usize, whole: usize, fraction: setoff_union::Fraction| {
            let part = part as u128 * u128::from(fraction.under);
            part.cmp(&(whole as u128 * u128::from(fraction.over)))
        };
        let quorum = reached(found.votes.len(), found.voters.len(), rulebook.quorum).is_ge();
        let order = reached(yes, yes + no, rulebook.majority);
        let at_it = rulebook.at_majority == AtThreshold::Passes;
        let passed = yes > 0 && (order.is_gt() || (order.is_eq() && at_it));
        let outcome = match (quorum, passed) {
            (false, _) => Outcome::NoQuorum,
            (true, false) => Outcome::NoMajority,
            (true, true) => self.effect(&found.subject.clone(), day),
        };
        self.proposals[number as usize].outcome = Some(outcome);
        Ok(())
    }

    /// What passed takes effect, or can't any more.
    fn effect(&mut self, subject: &Subject, day: Date) -> Outcome {
        let done: Checked = match subject {
            Subject::Rulebook { rulebook, from } => {
                self.rulebooks.push(((*from).max(day), (**rulebook).clone()));
                Ok(())
            }
            Subject::Standing { member, step } => self.take_step(member.0, *step, day),
            Subject::Cycle(opening) => self.open_cycle(opening.clone(), day),
            Subject::Resolution { .. } => Ok(()),
        };
        match done {
            Ok(()) => Outcome::Passed,
            Err(_) => Outcome::PassedWithoutEffect(String::new()),
        }
    }
}
