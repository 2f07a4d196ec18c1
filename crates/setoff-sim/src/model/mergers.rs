//! A member that is absorbed by another.

use std::collections::BTreeSet;

use jiff::civil::Date;
use setoff_union::{MemberId, Stage, Standing, Supersedes};

use super::{Agreement, Checked, Model, must, there};

impl Model {
    pub(super) fn offer_merger(&mut self, member: u32, into: u32) -> Checked {
        must(member != into, "nobody merges with itself", || member.to_string())?;
        self.check_takes_new(member)?;
        self.check_takes_new(into)?;
        self.members[member as usize].merger = Some(into);
        Ok(())
    }

    pub(super) fn accept_merger(&mut self, into: u32, absorbed: u32, day: Date) -> Checked {
        let found = there(self.members.get(absorbed as usize), "member", absorbed)?;
        must(found.merger == Some(into), "only who was offered absorbs", || format!("{found:?}"))?;
        self.check_takes_new(absorbed)?;
        self.check_takes_new(into)?;
        self.pass_agreements(absorbed, into, day)?;
        for number in 0..u32::try_from(self.obligations.len()).unwrap_or(u32::MAX) {
            let found = &self.obligations[number as usize];
            let Some(_) = found.side(absorbed).filter(|_| !found.stage.is_over()) else { continue };
            self.check_free(number)?;
            self.pass_debt(number, absorbed, into);
        }
        let member = &mut self.members[absorbed as usize];
        member.merger = None;
        member.merged_into = Some(into);
        self.stands(absorbed, Standing::Left);
        Ok(())
    }

    /// A debt between the two lapses; any other passes as it stands.
    fn pass_debt(&mut self, number: u32, absorbed: u32, into: u32) {
        let found = self.obligations[number as usize].clone();
        let part = found.part(found.outstanding);
        let confirmed = found.stage == Stage::Confirmed;
        if found.side(into).is_some() {
            if confirmed {
                self.books.lapse(part);
                self.touch(number).outstanding = 0;
                self.end(number, Stage::Discharged);
            } else {
                self.end(number, Stage::Withdrawn);
            }
            return;
        }
        if confirmed && found.creditor == absorbed {
            self.books.assign(part, into);
        } else if confirmed {
            self.books.take_over(part, into);
        }
        let passed = self.touch(number);
        passed.asked = None;
        let side = if found.debtor == absorbed { &mut passed.debtor } else { &mut passed.creditor };
        *side = into;
    }

    /// What is in force passes under a new number; what only the two agreed on is over.
    fn pass_agreements(&mut self, absorbed: u32, into: u32, day: Date) -> Checked {
        let holds = |place: usize, one: &Agreement| {
            let parties = &one.draft.parties;
            one.concluded()
                && one.ended.is_none_or(|end| end > day)
                && parties.contains(&MemberId(absorbed))
                && !self.is_superseded(place, day)
        };
        let numbered = self.agreements.iter().enumerate();
        let these: Vec<usize> =
            numbered.filter(|(n, one)| holds(*n, one)).map(|(n, _)| n).collect();
        for place in these {
            let old = &mut self.agreements[place];
            let (mut draft, ended) = (old.draft.clone(), old.ended);
            old.ended = Some(day);
            let renamed = draft.parties.iter().map(|n| if n.0 == absorbed { into } else { n.0 });
            let signed: BTreeSet<u32> = renamed.collect();
            if signed.len() < 2 {
                continue;
            }
            draft.parties = signed.iter().copied().map(MemberId).collect();
            draft.from = draft.from.max(day);
            draft.supersedes = Supersedes::Nothing;
            self.agreements.push(Agreement { draft, signed, ended });
            let number = u32::try_from(self.agreements.len() - 1).unwrap_or(u32::MAX);
            self.check_one_in_force(number)?;
        }
        Ok(())
    }
}
