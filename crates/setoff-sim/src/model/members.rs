//! Founding, applying and standing.

use jiff::civil::Date;
use setoff_money::Currency;
use setoff_union::{Actor, Application, Capacity, Code, Decider, Founding, Standing, Step};

use super::{Ask, Broken, Checked, Cycle, CycleStage, Member, Model, must, there};

/// Where a step leads, where it may be taken.
fn leads(step: Step, from: Standing) -> Option<Standing> {
    use Standing::{
        Active, Applied, Blocked, Insolvent, Left, MatchedOnly, Rejected, RunningOff, Suspended,
    };
    match (step, from) {
        (Step::Admit, Applied)
        | (Step::Reinstate, Suspended)
        | (Step::Unblock, Blocked)
        | (Step::Clear, MatchedOnly) => Some(Active),
        (Step::Reject, Applied) => Some(Rejected),
        (Step::Suspend, Active | MatchedOnly | RunningOff) => Some(Suspended),
        (Step::Block, Active | MatchedOnly | RunningOff) => Some(Blocked),
        (Step::MatchOnly, Active) => Some(MatchedOnly),
        (Step::Insolvency, Active | MatchedOnly | Blocked | Suspended | RunningOff) => {
            Some(Insolvent)
        }
        (Step::RunOff, Active | MatchedOnly) => Some(RunningOff),
        (Step::Leave, Active | MatchedOnly | Suspended | RunningOff) => Some(Left),
        _ => None,
    }
}

impl Model {
    pub(super) fn found(&mut self, ask: Ask, founding: &Founding, day: Date) -> Checked {
        must(self.rulebooks.is_empty(), "a union is founded once", || founding.name.clone())?;
        for text in &founding.currencies {
            let currency: Currency = text
                .parse()
                .map_err(|_| Broken { rule: "currencies exist", what: text.clone() })?;
            self.currencies.push((Code::of(&currency), currency.decimals()));
        }
        for founder in &founding.members {
            let signed = founder.keys.iter().all(|key| ask.signers.contains(&key.public));
            must(signed, "every founder signs", || founder.profile.name.clone())?;
            self.join(founder, Standing::Active)?;
        }
        for key in &founding.operator {
            self.add_key(None, key)?;
        }
        self.rulebooks.push((day, founding.rulebook.clone()));
        Ok(())
    }

    pub(super) fn apply_for(&mut self, ask: Ask, application: &Application) -> Checked {
        let own = |signer: &setoff_union::PublicKey| {
            application.keys.iter().any(|key| key.public == *signer)
        };
        let proven = application.keys.iter().all(|key| ask.signers.contains(&key.public));
        let signed = !ask.signers.is_empty() && ask.signers.iter().all(own) && proven;
        must(signed, "who applies signs", || application.profile.name.clone())?;
        self.join(application, Standing::Applied)
    }

    fn join(&mut self, application: &Application, standing: Standing) -> Checked {
        let number = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.members.push(Member {
            standing,
            agent: application.profile.capacity == Capacity::Agent,
            group: application.profile.group.clone(),
            limits: std::collections::BTreeMap::new(),
            before: None,
            run_off_until: None,
            merger: None,
            merged_into: None,
            way: None,
            pays_in: None,
        });
        application.keys.iter().try_for_each(|key| self.add_key(Some(number), key))
    }

    pub(super) fn stand(
        &mut self,
        by: Actor,
        member: u32,
        step: Step,
        reason: &str,
        day: Date,
    ) -> Checked {
        let itself = matches!(by, Actor::Member(own) if own.0 == member);
        let operator = by == Actor::Operator;
        let rulebook = self.rulebook(day);
        let may = match step {
            Step::Admit | Step::Reject => operator && rulebook.admission == Decider::Operator,
            Step::Suspend | Step::Reinstate => operator && rulebook.suspension == Decider::Operator,
            Step::Block | Step::Unblock => operator,
            Step::Insolvency => operator || itself,
            Step::MatchOnly | Step::Clear | Step::RunOff | Step::Leave => itself,
        };
        must(may, "who decides on standing", || format!("{by:?} took {step:?} for {member}"))?;
        must(!reason.trim().is_empty(), "a reason is given", || format!("{step:?}"))?;
        self.take_step(member, step, day)
    }

    /// A step that was decided.
    pub(super) fn take_step(&mut self, member: u32, step: Step, day: Date) -> Checked {
        let standing = there(self.members.get(member as usize), "member", member)?.standing;
        let to = leads(step, standing).ok_or_else(|| Broken {
            rule: "standings change in order",
            what: format!("{step:?} of member {member}, who is {standing:?}"),
        })?;
        let found = &self.members[member as usize];
        let to = match step {
            Step::Reinstate | Step::Unblock => found.before.unwrap_or(to),
            _ => to,
        };
        let holds = || {
            let held = |cycle: &Cycle| cycle.candidates.iter().any(|n| self.is_side(*n, member));
            self.cycles.iter().any(|cycle| cycle.holds() && held(cycle))
        };
        if step == Step::Leave && self.owes(member) {
            let ran_off = found.standing == Standing::RunningOff
                && found.run_off_until.is_some_and(|until| until < day);
            must(ran_off && !holds(), "nobody leaves with debts", || format!("{member}"))?;
        }
        if step == Step::MatchOnly {
            must(!holds(), "nobody steps out of a running cycle", || format!("{member}"))?;
        }
        if to == Standing::RunningOff && found.run_off_until.is_none() {
            let days = self.rulebook(day).run_off_days;
            let until = day.saturating_add(jiff::Span::new().days(i64::from(days)));
            self.members[member as usize].run_off_until = Some(until);
        }
        self.stands(member, to);
        Ok(())
    }

    /// A new standing, with what follows from it.
    pub(super) fn stands(&mut self, member: u32, to: Standing) {
        let found = &mut self.members[member as usize];
        let for_a_time = matches!(to, Standing::Suspended | Standing::Blocked);
        found.before = for_a_time.then_some(found.standing);
        found.standing = to;
        if !found.clears() {
            self.void_results(member);
        }
        if matches!(to, Standing::Rejected | Standing::Left) {
            let own = self.keys.values_mut().filter(|key| key.owner == Some(member));
            own.for_each(|key| key.live = false);
        }
    }

    fn owes(&self, member: u32) -> bool {
        let mut open = self.obligations.iter().filter(|o| !o.stage.is_over());
        open.any(|o| o.debtor == member || o.creditor == member)
    }

    pub(super) fn is_side(&self, number: u32, member: u32) -> bool {
        let found = &self.obligations[number as usize];
        found.debtor == member || found.creditor == member
    }

    /// A result in which someone takes part who clears no more is void.
    fn void_results(&mut self, member: u32) {
        for place in 0..self.cycles.len() {
            if let CycleStage::Proposed(discharges) = &self.cycles[place].stage
                && discharges.iter().any(|d| self.is_side(d.obligation.0, member))
            {
                self.cycles[place].stage = CycleStage::CutOff;
            }
        }
    }

    /// A currency of the union.
    pub(super) fn known(&self, code: Code) -> Checked<u8> {
        self.currency(code)
            .ok_or_else(|| Broken { rule: "currencies exist", what: code.to_string() })
    }
}
