//! Agreements: signed by all, at most one in force.

use jiff::civil::Date;
use setoff_union::{Digest, Draft, MemberId, Standing, Supersedes};

use super::{Agreement, Checked, Model, must, there};

impl Agreement {
    pub(super) fn concluded(&self) -> bool {
        self.draft.parties.iter().all(|party| self.signed.contains(&party.0))
    }

    fn same_matter(&self, other: &Self) -> bool {
        self.draft.subject == other.draft.subject && self.draft.parties == other.draft.parties
    }
}

impl Model {
    pub(super) fn draft(&mut self, member: u32, draft: &Draft) -> Checked {
        let party = draft.parties.iter().any(|party| party.0 == member);
        must(party && draft.parties.len() >= 2, "parties draft", || format!("{draft:?}"))?;
        if let Supersedes::Named(named) = &draft.supersedes {
            let older = |n: u32| (n as usize) < self.agreements.len();
            must(named.iter().all(|n| older(n.0)), "only older ones are superseded", || {
                format!("{draft:?}")
            })?;
        }
        self.check_agrees(draft)?;
        let signed = [member].into();
        self.agreements.push(Agreement { draft: draft.clone(), signed, ended: None });
        Ok(())
    }

    pub(super) fn sign(&mut self, member: u32, number: u32, text: Digest) -> Checked {
        let found = there(self.agreements.get_mut(number as usize), "agreement", number)?;
        let party = found.draft.parties.iter().any(|party| party.0 == member);
        must(party, "only parties sign", || format!("{member} signed {number}"))?;
        must(found.draft.text == text, "all sign one text", || format!("agreement {number}"))?;
        must(found.signed.insert(member), "each signs once", || format!("{member} {number}"))?;
        self.check_agrees(&self.agreements[number as usize].draft)?;
        self.check_one_in_force(number)
    }

    pub(super) fn end_agreement(
        &mut self,
        member: u32,
        number: u32,
        from: Date,
        day: Date,
    ) -> Checked {
        let found = there(self.agreements.get_mut(number as usize), "agreement", number)?;
        let party = found.draft.parties.iter().any(|party| party.0 == member);
        must(party && found.concluded(), "parties end what is concluded", || {
            format!("{member} ended {found:?}")
        })?;
        must(found.ended.replace(from).is_none(), "it ends once", || format!("{number}"))?;
        must(from >= day, "ended with notice", || format!("{number} from {from} on {day}"))
    }

    /// The agreements on one matter that are in force on a day.
    fn in_force(&self, like: &Agreement, day: Date) -> Vec<usize> {
        let begun = |agreement: &Agreement| {
            agreement.concluded()
                && agreement.draft.from <= day
                && agreement.ended.is_none_or(|end| day < end)
        };
        let numbered = self.agreements.iter().enumerate();
        let these = numbered.filter(|(_, one)| one.same_matter(like) && begun(one));
        these.map(|(place, _)| place).filter(|place| !self.is_superseded(*place, day)).collect()
    }

    /// Whether a younger one took its place by this day.
    pub(super) fn is_superseded(&self, place: usize, day: Date) -> bool {
        self.agreements[place + 1..].iter().any(|younger| {
            younger.concluded()
                && younger.draft.from <= day
                && match &younger.draft.supersedes {
                    Supersedes::Nothing => false,
                    Supersedes::Named(named) => named.iter().any(|n| n.0 as usize == place),
                    Supersedes::Subject => younger.same_matter(&self.agreements[place]),
                }
        })
    }

    /// From the insolvency of a party on nothing is concluded with it.
    fn check_agrees(&self, draft: &Draft) -> Checked {
        let able = |party: &MemberId| {
            let standing = self.members.get(party.0 as usize).map(|member| member.standing);
            standing.is_some_and(|s| super::authority::acts(s) && s != Standing::Insolvent)
        };
        must(draft.parties.iter().all(able), "parties can agree", || format!("{draft:?}"))
    }

    /// After a signature: on no day are two on its matter in force. It is enough to look at the
    /// days on which one begins.
    pub(super) fn check_one_in_force(&self, number: u32) -> Checked {
        let own = &self.agreements[number as usize];
        if !own.concluded() {
            return Ok(());
        }
        let rivals = self.agreements.iter().filter(|one| one.same_matter(own));
        for day in rivals.map(|one| one.draft.from) {
            let both = self.in_force(own, day);
            must(both.len() <= 1, "one agreement is in force", || format!("{both:?} on {day}"))?;
        }
        Ok(())
    }
}
