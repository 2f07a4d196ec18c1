//! Debts from declaration to discharge.

use jiff::Timestamp;
use jiff::civil::Date;
use setoff_money::Minor;
use setoff_union::{
    Action, Amendment, Amount, Answer, Asked, Declaration, Declares, Kind, Side, Stage, Standing,
};

use super::books::Part;
use super::{Broken, Checked, Model, Obligation, must};

impl Obligation {
    /// Which side a member is.
    #[must_use]
    pub fn side(&self, member: u32) -> Option<Side> {
        if member == self.debtor {
            Some(Side::Debtor)
        } else {
            (member == self.creditor).then_some(Side::Creditor)
        }
    }

    /// This much of it, for the books.
    pub(super) fn part(&self, amount: i64) -> Part {
        let (debtor, creditor, currency) = (self.debtor, self.creditor, self.currency);
        Part { debtor, creditor, currency, amount }
    }
}

impl Model {
    pub(super) fn change_obligations(
        &mut self,
        member: u32,
        action: &Action,
        at: Timestamp,
        day: Date,
    ) -> Checked {
        match action {
            Action::Declare { obligations, .. } => {
                must(!obligations.is_empty(), "lists are not empty", || "declare".to_owned())?;
                obligations.iter().try_for_each(|one| self.declare(member, one, day))
            }
            Action::Confirm { obligations } => {
                obligations.iter().try_for_each(|number| self.confirm(member, number.0, at))
            }
            Action::Dispute { obligation, part, .. } => {
                self.dispute(member, obligation.0, *part, at)
            }
            Action::Answer { obligation, answer, .. } => {
                let found = self.obligation(obligation.0)?;
                let fits =
                    found.stage == Stage::Disputed && found.side(member) == Some(found.declared_by);
                must(fits, "the declarer answers a dispute", || format!("{found:?}"))?;
                let creditor = found.creditor;
                // Insisting is words: it stays disputed.
                if *answer == Answer::GiveUp && member == creditor {
                    self.check_may_waive(creditor)?;
                }
                if *answer == Answer::GiveUp {
                    self.end(obligation.0, Stage::Withdrawn);
                }
                Ok(())
            }
            Action::Withdraw { obligation, .. } => self.withdraw(member, obligation.0),
            Action::Correct { obligation, outstanding, due, .. } => {
                self.correct(member, obligation.0, *outstanding, *due)
            }
            Action::ConfirmPayment { obligation, amount, .. } => {
                let part = self.discharged_by_creditor(member, obligation.0, *amount)?;
                self.books.pay(part);
                Ok(())
            }
            Action::CreditNote { obligation, amount, .. } => {
                let part = self.discharged_by_creditor(member, obligation.0, *amount)?;
                self.check_may_waive(member)?;
                self.books.reverse(part);
                Ok(())
            }
            Action::OfferAssignment { obligation, to, .. } => {
                let found = self.creditors(member, obligation.0)?;
                must(found.side(to.0).is_none(), "a debt is assigned to a third", || {
                    format!("{found:?} to {to}")
                })?;
                self.check_takes_new(to.0)?;
                let what = Amendment::Assign { to: *to };
                self.touch(obligation.0).asked = Some(Asked { by: Side::Creditor, what });
                Ok(())
            }
            Action::AcceptAssignment { obligation } => self.accept_assignment(member, obligation.0),
            Action::Hold { obligation, .. } => {
                let side = self.free(member, obligation.0)?;
                let held = &mut self.touch(obligation.0).held[side as usize];
                let before = std::mem::replace(held, true);
                must(!before, "a hold is given once", || format!("{obligation}"))
            }
            Action::Release { obligation, .. } => {
                let found = self.obligation(obligation.0)?;
                let side = found.side(member);
                must(side.is_some() && !found.stage.is_over(), "its sides release", || {
                    format!("{member} released {found:?}")
                })?;
                let side = side.unwrap_or(Side::Debtor);
                let held = &mut self.touch(obligation.0).held[side as usize];
                let before = std::mem::replace(held, false);
                must(before, "what is held is released", || format!("{obligation}"))
            }
            other => Err(Broken {
                rule: "the model knows every action",
                what: format!("{other:?} was accepted: teach the model its effect"),
            }),
        }
    }

    pub(super) fn check_takes_new(&self, member: u32) -> Checked {
        let found = super::there(self.members.get(member as usize), "member", member)?;
        let takes =
            matches!(found.standing, Standing::Active | Standing::MatchedOnly) && !found.agent;
        must(takes, "nothing new for who does not take part", || {
            format!("member {member} is {:?}, agent: {}", found.standing, found.agent)
        })
    }

    /// What is owed to an insolvent member is its creditors': it gives nothing away.
    fn check_may_waive(&self, creditor: u32) -> Checked {
        let standing = self.members[creditor as usize].standing;
        must(standing != Standing::Insolvent, "the insolvent give nothing away", || {
            format!("member {creditor}")
        })
    }

    fn declare(&mut self, member: u32, one: &Declaration, day: Date) -> Checked {
        let (debtor, creditor) = (one.debtor.0, one.creditor.0);
        must(debtor != creditor, "nobody owes itself", || format!("member {debtor}"))?;
        must(one.kind != Kind::NetPosition, "net positions come of settlement", || {
            format!("{one:?}")
        })?;
        let by = match member {
            _ if member == debtor => Side::Debtor,
            _ if member == creditor => Side::Creditor,
            _ => {
                return Err(Broken {
                    rule: "only a side declares",
                    what: format!("{member} declared {one:?}"),
                });
            }
        };
        let may = match self.rulebook(day).declares {
            Declares::Debtor => by == Side::Debtor,
            Declares::Creditor => by == Side::Creditor,
            Declares::Either => true,
        };
        must(may, "the rulebook says who declares", || format!("{by:?}"))?;
        self.check_takes_new(debtor)?;
        self.check_takes_new(creditor)?;
        let currency = self.known(one.currency)?;
        let amount = self.minor(one.amount, currency)?;
        if let Some(smallest) = self.rulebook(day).smallest.get(&one.currency) {
            let smallest = self.minor(*smallest, currency)?;
            must(amount >= smallest, "nothing below the smallest amount", || amount.to_string())?;
        }
        must(one.due >= one.issued, "due after issued", || format!("{one:?}"))?;
        let twice = self.obligations.iter().rev().any(|other| {
            other.reference == one.reference
                && (other.debtor, other.currency) == (debtor, currency)
                && other.creditor == creditor
                && other.stage != Stage::Withdrawn
        });
        must(!twice, "a document is declared once", || one.reference.clone())?;
        let number = u32::try_from(self.obligations.len()).unwrap_or(u32::MAX);
        self.obligations.push(Obligation {
            debtor,
            creditor,
            currency,
            amount,
            outstanding: amount,
            issued: one.issued,
            due: one.due,
            reference: one.reference.clone(),
            kind: one.kind,
            stage: Stage::Proposed,
            declared_by: by,
            held: [false; 2],
            instruction: None,
            asked: None,
        });
        self.touched.push(number);
        Ok(())
    }

    fn confirm(&mut self, member: u32, number: u32, at: Timestamp) -> Checked {
        let found = self.obligation(number)?;
        let side = found.side(member);
        must(side == Some(other(found.declared_by)), "the other side confirms", || {
            format!("member {member} confirmed {found:?}")
        })?;
        must(matches!(found.stage, Stage::Proposed | Stage::Disputed), "confirmed once", || {
            format!("{found:?}")
        })?;
        self.check_takes_new(found.debtor)?;
        self.check_takes_new(found.creditor)?;
        self.check_correctable(number, at)?;
        self.books.recognise(found.part(found.outstanding));
        self.touch(number).stage = Stage::Confirmed;
        Ok(())
    }

    /// Confirmations and disputes count until the end of the correction window.
    fn check_correctable(&self, number: u32, at: Timestamp) -> Checked {
        let holder = self.holder(number);
        must(holder.is_none_or(|(_, until)| at < until), "what is frozen stays", || {
            format!("obligation {number} is in {holder:?}, and it is {at}")
        })
    }

    fn dispute(
        &mut self,
        member: u32,
        number: u32,
        part: Option<Amount>,
        at: Timestamp,
    ) -> Checked {
        let found = self.obligation(number)?.clone();
        must(
            found.side(member) == Some(other(found.declared_by)),
            "the other side disputes",
            || format!("member {member} disputed {found:?}"),
        )?;
        must(matches!(found.stage, Stage::Proposed | Stage::Confirmed), "disputable", || {
            format!("{found:?}")
        })?;
        must(found.instruction.is_none(), "what is to be paid is not disputed", || {
            format!("{found:?}")
        })?;
        must(found.kind != Kind::NetPosition, "net positions follow from agreed debts", || {
            format!("{found:?}")
        })?;
        if found.stage == Stage::Confirmed && member == found.creditor {
            self.check_may_waive(member)?;
        }
        self.check_correctable(number, at)?;
        let part = match part {
            None => found.outstanding,
            Some(part) => self.minor(part, found.currency)?,
        };
        must(part <= found.outstanding, "no more than is outstanding", || {
            format!("{part} of {found:?}")
        })?;
        let rest = found.outstanding - part;
        if found.stage == Stage::Confirmed {
            self.books.reverse(found.part(part));
        } else if rest > 0 {
            self.books.recognise(found.part(rest));
        }
        let split = self.touch(number);
        split.asked = None;
        if rest == 0 {
            split.stage = Stage::Disputed;
            return Ok(());
        }
        split.amount -= part;
        split.outstanding = rest;
        split.stage = Stage::Confirmed;
        self.touched.push(u32::try_from(self.obligations.len()).unwrap_or(u32::MAX));
        let (amount, stage) = (part, Stage::Disputed);
        let disputed = Obligation { amount, outstanding: amount, stage, asked: None, ..found };
        self.obligations.push(disputed);
        Ok(())
    }

    /// One that its side may change: not over, not frozen, not to be paid.
    fn free(&self, member: u32, number: u32) -> Checked<Side> {
        let found = self.obligation(number)?;
        let side = found.side(member).ok_or_else(|| Broken {
            rule: "only its sides change a debt",
            what: format!("member {member} changed {found:?}"),
        })?;
        must(!found.stage.is_over(), "what is over stays", || format!("{found:?}"))?;
        self.check_free(number)?;
        Ok(side)
    }

    pub(super) fn check_free(&self, number: u32) -> Checked {
        let found = self.obligation(number)?;
        must(found.instruction.is_none(), "what is to be paid stays", || format!("{found:?}"))?;
        let holder = self.holder(number);
        must(holder.is_none(), "what is frozen stays", || format!("{number} in {holder:?}"))
    }

    fn creditors(&self, member: u32, number: u32) -> Checked<Obligation> {
        let side = self.free(member, number)?;
        let found = self.obligation(number)?;
        must(side == Side::Creditor, "only the creditor", || format!("{found:?}"))?;
        must(found.stage == Stage::Confirmed, "only what is agreed", || format!("{found:?}"))?;
        Ok(found.clone())
    }

    fn discharged_by_creditor(
        &mut self,
        member: u32,
        number: u32,
        amount: Amount,
    ) -> Checked<Part> {
        let found = self.creditors(member, number)?;
        let amount = self.minor(amount, found.currency)?;
        self.discharge(number, amount)?;
        Ok(found.part(amount))
    }

    /// Takes an amount off: never more than is left.
    pub(super) fn discharge(&mut self, number: u32, amount: i64) -> Checked {
        let found = self.touch(number);
        must(
            found.stage == Stage::Confirmed && (1..=found.outstanding).contains(&amount),
            "nothing is discharged beyond its amount",
            || format!("{amount} of {found:?}"),
        )?;
        found.outstanding -= amount;
        found.asked = None;
        if found.outstanding == 0 {
            self.end(number, Stage::Discharged);
        }
        Ok(())
    }

    pub(super) fn end(&mut self, number: u32, stage: Stage) {
        let found = self.touch(number);
        found.stage = stage;
        found.asked = None;
        found.instruction = None;
    }

    fn withdraw(&mut self, member: u32, number: u32) -> Checked {
        let side = self.free(member, number)?;
        let found = self.obligation(number)?.clone();
        if found.stage == Stage::Confirmed || side == Side::Creditor {
            self.check_may_waive(found.creditor)?;
        }
        if found.stage != Stage::Confirmed {
            must(side == found.declared_by, "the declarer withdraws", || format!("{found:?}"))?;
            self.end(number, Stage::Withdrawn);
            return Ok(());
        }
        let asked = Asked { by: other(side), what: Amendment::Withdraw };
        if found.asked == Some(asked) {
            self.books.reverse(found.part(found.outstanding));
            self.end(number, Stage::Withdrawn);
        } else {
            self.touch(number).asked = Some(Asked { by: side, what: Amendment::Withdraw });
        }
        Ok(())
    }

    fn correct(&mut self, member: u32, number: u32, amount: Amount, due: Date) -> Checked {
        let side = self.free(member, number)?;
        let found = self.obligation(number)?.clone();
        must(found.stage == Stage::Confirmed, "only what is agreed", || format!("{found:?}"))?;
        self.check_takes_new(found.debtor)?;
        self.check_takes_new(found.creditor)?;
        let outstanding = self.minor(amount, found.currency)?;
        let what = Amendment::Correct { outstanding: Minor(outstanding), due };
        if found.asked != Some(Asked { by: other(side), what: what.clone() }) {
            self.touch(number).asked = Some(Asked { by: side, what });
            return Ok(());
        }
        let more = outstanding - found.outstanding;
        self.books.recognise(found.part(more));
        let found = self.touch(number);
        found.amount += more;
        found.outstanding = outstanding;
        found.due = due;
        found.asked = None;
        Ok(())
    }

    fn accept_assignment(&mut self, member: u32, number: u32) -> Checked {
        let found = self.obligation(number)?.clone();
        let to = setoff_union::MemberId(member);
        let offered = Asked { by: Side::Creditor, what: Amendment::Assign { to } };
        must(found.asked == Some(offered), "only what is offered is taken over", || {
            format!("{found:?} by {member}")
        })?;
        must(!found.stage.is_over(), "what is over stays", || format!("{found:?}"))?;
        self.check_free(number)?;
        self.check_takes_new(member)?;
        self.check_takes_new(found.creditor)?;
        self.books.assign(found.part(found.outstanding), member);
        let found = self.touch(number);
        found.creditor = member;
        found.declared_by = Side::Creditor;
        found.held[Side::Creditor as usize] = false;
        found.asked = None;
        Ok(())
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Debtor => Side::Creditor,
        Side::Creditor => Side::Debtor,
    }
}
