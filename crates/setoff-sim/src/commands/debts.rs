//! Commands about debts.

use jiff::ToSpan as _;
use setoff_union::{
    Action, Amendment, Answer, Declaration, Declares, Kind, MemberId, ObligationId, Role, Scope,
    Side, Stage, Standing,
};

use super::{Author, Draft};
use crate::model::Obligation;

const ENTER: (Role, Option<Scope>) = (Role::Submit, Some(Scope::Enter));
const BIND: (Role, Option<Scope>) = (Role::Approve, Some(Scope::Bind));
const RECEIVE: (Role, Option<Scope>) = (Role::Approve, Some(Scope::Receive));

fn confirmer(found: &Obligation) -> u32 {
    if found.declared_by == Side::Debtor { found.creditor } else { found.debtor }
}

fn declarer(found: &Obligation) -> u32 {
    if found.declared_by == Side::Debtor { found.debtor } else { found.creditor }
}

impl Author<'_> {
    fn debtor_or_creditor(&mut self, number: u32) -> u32 {
        let found = &self.model.obligations[number as usize];
        if self.dice.one_in(2) { found.debtor } else { found.creditor }
    }

    /// A debt like this that neither a cycle nor an instruction has.
    fn free_debt(&mut self, like: impl Fn(&Obligation) -> bool) -> Option<u32> {
        let model = self.model;
        self.debt(|n, o| like(o) && o.instruction.is_none() && model.holder(n).is_none())
    }

    fn some_of(&mut self, outstanding: i64) -> i64 {
        if self.dice.one_in(2) { outstanding } else { self.dice.within(1, outstanding.max(1)) }
    }

    pub(super) fn declare(&mut self) -> Option<Draft> {
        let by = self.active()?;
        let count = if self.dice.one_in(6) { self.dice.within(2, 5) } else { 1 };
        let mut obligations = Vec::new();
        for row in 0..count {
            obligations.push(self.declaration(by, row)?);
        }
        let file = self.dice.one_in(5).then(|| self.digest());
        let action = Action::Declare { obligations, file };
        Some(self.by(by, action, ENTER.0, ENTER.1))
    }

    fn declaration(&mut self, by: u32, row: i64) -> Option<Declaration> {
        let model = self.model;
        let other = self.active().filter(|other| *other != by)?;
        let owes = match model.rulebook(self.today()).declares {
            Declares::Debtor => !self.dice.one_in(20),
            Declares::Creditor => self.dice.one_in(20),
            Declares::Either => self.dice.one_in(2),
        };
        let (debtor, creditor) = if owes { (by, other) } else { (other, by) };
        let currency = u8::try_from(self.dice.below(model.currencies.len())).ok()?;
        let minor = match self.dice.below(40) {
            0 => 1,
            1 => 1 << 62,
            2..8 => self.dice.within(1, 20),
            _ => self.dice.within(100, 100_000),
        };
        // Now and then someone imports its file once more.
        if self.dice.one_in(25)
            && let Some(again) = self.debt(|_, o| o.debtor == by || o.creditor == by)
        {
            return Some(self.declared_again(again));
        }
        let today = self.today();
        let issued = today.saturating_sub(self.dice.within(0, 60).days());
        let kind = [Kind::Secured, Kind::InLitigation, Kind::Plain];
        let kind = kind[self.dice.below(16).min(2)];
        Some(Declaration {
            debtor: MemberId(debtor),
            creditor: MemberId(creditor),
            currency: model.currencies[usize::from(currency)].0,
            amount: self.amount(currency, minor),
            issued,
            due: issued.saturating_add(self.dice.within(0, 90).days()),
            reference: format!("{}/{row}", self.step),
            kind,
        })
    }

    fn declared_again(&self, number: u32) -> Declaration {
        let found = &self.model.obligations[number as usize];
        Declaration {
            debtor: MemberId(found.debtor),
            creditor: MemberId(found.creditor),
            currency: self.model.currencies[usize::from(found.currency)].0,
            amount: self.amount(found.currency, found.amount),
            issued: found.issued,
            due: found.due.max(found.issued),
            reference: found.reference.clone(),
            kind: found.kind,
        }
    }

    pub(super) fn confirm(&mut self) -> Option<Draft> {
        let waits = |o: &Obligation| {
            o.stage == Stage::Proposed || (o.stage == Stage::Disputed && o.amount % 3 == 0)
        };
        let (model, at) = (self.model, self.at);
        let able = |n: u32, o: &Obligation| {
            let takes = |member: u32| {
                let standing = model.members[member as usize].standing;
                matches!(standing, Standing::Active | Standing::MatchedOnly)
            };
            takes(o.debtor)
                && takes(o.creditor)
                && model.holder(n).is_none_or(|(_, until)| at < until)
        };
        let bold = self.dice.one_in(8);
        let first = self.debt(|n, o| waits(o) && (bold || able(n, o)))?;
        let member = confirmer(&self.model.obligations[first as usize]);
        let mut obligations = vec![ObligationId(first)];
        if self.dice.one_in(3) {
            let more = self.debt(|n, o| n != first && waits(o) && confirmer(o) == member);
            obligations.extend(more.map(ObligationId));
        }
        Some(self.by(member, Action::Confirm { obligations }, BIND.0, BIND.1))
    }

    pub(super) fn dispute(&mut self) -> Option<Draft> {
        let number = self.debt(|_, o| {
            matches!(o.stage, Stage::Proposed | Stage::Confirmed) && o.instruction.is_none()
        })?;
        let found = &self.model.obligations[number as usize];
        let part = self.some_of(found.outstanding);
        let part = self.dice.one_in(2).then(|| self.amount(found.currency, part));
        let evidence = self.dice.one_in(2).then(|| self.digest());
        let (obligation, reason) = (ObligationId(number), self.reason());
        let action = Action::Dispute { obligation, part, reason, evidence };
        Some(self.by(confirmer(found), action, ENTER.0, ENTER.1))
    }

    pub(super) fn answer(&mut self) -> Option<Draft> {
        let number = self.debt(|_, o| o.stage == Stage::Disputed)?;
        let found = &self.model.obligations[number as usize];
        let answer = if self.dice.one_in(3) { Answer::Insist } else { Answer::GiveUp };
        let (obligation, reason) = (ObligationId(number), self.reason());
        let action = Action::Answer { obligation, answer, reason };
        Some(self.by(declarer(found), action, ENTER.0, ENTER.1))
    }

    pub(super) fn withdraw(&mut self) -> Option<Draft> {
        let asked = self
            .debt(|_, o| o.asked.as_ref().is_some_and(|asked| asked.what == Amendment::Withdraw));
        let free = self.free_debt(|o| !o.stage.is_over());
        let number = if self.dice.one_in(3) { free } else { asked.or(free) }?;
        let found = &self.model.obligations[number as usize];
        let member = match (&found.asked, found.stage) {
            (Some(asked), _) if asked.by == Side::Debtor => found.creditor,
            (Some(_), _) => found.debtor,
            (None, Stage::Confirmed) => self.debtor_or_creditor(number),
            (None, _) => declarer(found),
        };
        let action = Action::Withdraw { obligation: ObligationId(number), reason: self.reason() };
        Some(self.by(member, action, BIND.0, BIND.1))
    }

    pub(super) fn correct(&mut self) -> Option<Draft> {
        let asked = self.debt(|_, o| {
            let what = o.asked.as_ref().map(|asked| &asked.what);
            matches!(what, Some(Amendment::Correct { .. }))
        });
        let free = self.free_debt(|o| o.stage == Stage::Confirmed);
        let number = if self.dice.one_in(3) { free } else { asked.or(free) }?;
        let found = &self.model.obligations[number as usize];
        let (member, outstanding, due) = if let Some(asked) = &found.asked {
            let answers = if asked.by == Side::Debtor { found.creditor } else { found.debtor };
            match &asked.what {
                Amendment::Correct { outstanding, due } => (answers, outstanding.0, *due),
                _ => (answers, found.outstanding, found.due),
            }
        } else {
            let amount = self.dice.within(1, found.amount.clamp(1, 1_000_000) * 2);
            let due = found.due.saturating_add(self.dice.within(0, 30).days());
            (self.debtor_or_creditor(number), amount, due)
        };
        let outstanding = self.amount(found.currency, outstanding);
        let (obligation, reason) = (ObligationId(number), self.reason());
        let action = Action::Correct { obligation, outstanding, due, reason };
        Some(self.by(member, action, BIND.0, BIND.1))
    }

    pub(super) fn pay(&mut self) -> Option<Draft> {
        let number = self.free_debt(|o| o.stage == Stage::Confirmed)?;
        let found = &self.model.obligations[number as usize];
        let part = self.some_of(found.outstanding);
        let amount = self.amount(found.currency, part);
        let (obligation, reason) = (ObligationId(number), self.reason());
        let paid_on = self.today();
        let action = Action::ConfirmPayment { obligation, amount, paid_on, reason };
        Some(self.by(found.creditor, action, RECEIVE.0, RECEIVE.1))
    }

    pub(super) fn credit(&mut self) -> Option<Draft> {
        let number = self.free_debt(|o| o.stage == Stage::Confirmed)?;
        let found = &self.model.obligations[number as usize];
        let part = self.some_of(found.outstanding);
        let amount = self.amount(found.currency, part);
        let (obligation, reason) = (ObligationId(number), self.reason());
        let reference = format!("credit note {}", self.step);
        let action = Action::CreditNote { obligation, amount, reference, reason };
        Some(self.by(found.creditor, action, BIND.0, BIND.1))
    }

    pub(super) fn offer(&mut self) -> Option<Draft> {
        let number = self.free_debt(|o| o.stage == Stage::Confirmed)?;
        let found = &self.model.obligations[number as usize];
        let to = self.active()?;
        let (obligation, reason) = (ObligationId(number), self.reason());
        let action = Action::OfferAssignment { obligation, to: MemberId(to), reason };
        Some(self.by(found.creditor, action, BIND.0, BIND.1))
    }

    pub(super) fn take(&mut self) -> Option<Draft> {
        let offered = |o: &Obligation| match o.asked.as_ref().map(|asked| &asked.what) {
            Some(Amendment::Assign { to }) => Some(to.0),
            _ => None,
        };
        let number = self.debt(|_, o| offered(o).is_some())?;
        let to = offered(&self.model.obligations[number as usize])?;
        let action = Action::AcceptAssignment { obligation: ObligationId(number) };
        Some(self.by(to, action, BIND.0, BIND.1))
    }

    pub(super) fn hold(&mut self) -> Option<Draft> {
        let number = self.free_debt(|o| !o.stage.is_over())?;
        let member = self.debtor_or_creditor(number);
        let action = Action::Hold { obligation: ObligationId(number), reason: self.reason() };
        Some(self.by(member, action, ENTER.0, ENTER.1))
    }

    pub(super) fn release(&mut self) -> Option<Draft> {
        let number = self.debt(|_, o| !o.stage.is_over() && o.held != [false; 2])?;
        let found = &self.model.obligations[number as usize];
        let member = if found.held[0] { found.debtor } else { found.creditor };
        let action = Action::Release { obligation: ObligationId(number), reason: self.reason() };
        Some(self.by(member, action, ENTER.0, ENTER.1))
    }
}
