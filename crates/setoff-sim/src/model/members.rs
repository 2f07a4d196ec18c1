//! Founding, applying, standing, keys, limits and delegations.

use jiff::civil::Date;
use setoff_money::Currency;
use setoff_union::{
    Action, Actor, Application, Capacity, Code, Decider, Founding, NewKey, Role, Standing, Step,
};

use super::{Ask, Broken, Checked, CycleStage, Key, Member, Model, must, there};

/// Where a step leads, where it may be taken.
fn leads(step: Step, from: Standing) -> Option<Standing> {
    use Standing::{Active, Applied, Blocked, Insolvent, Left, MatchedOnly, Rejected, Suspended};
    match (step, from) {
        (Step::Admit, Applied)
        | (Step::Reinstate, Suspended)
        | (Step::Unblock, Blocked)
        | (Step::Clear, MatchedOnly) => Some(Active),
        (Step::Reject, Applied) => Some(Rejected),
        (Step::Suspend, Active | MatchedOnly) => Some(Suspended),
        (Step::Block, Active | MatchedOnly) => Some(Blocked),
        (Step::MatchOnly, Active) => Some(MatchedOnly),
        (Step::Insolvency, Active | MatchedOnly | Blocked | Suspended) => Some(Insolvent),
        (Step::Leave, Active | MatchedOnly | Suspended) => Some(Left),
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
            let signed = founder
                .keys
                .iter()
                .any(|key| ask.signers.contains(&key.public) && key.roles.contains(&Role::Approve));
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
        let signed = !ask.signers.is_empty() && ask.signers.iter().all(own);
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
        });
        application.keys.iter().try_for_each(|key| self.add_key(Some(number), key))
    }

    fn add_key(&mut self, owner: Option<u32>, key: &NewKey) -> Checked {
        must(!self.keys.contains_key(&key.public), "a key is used once", || {
            key.public.to_string()
        })?;
        let (holder, roles) = (key.holder.clone(), key.roles.clone());
        self.keys.insert(key.public, Key { owner, holder, roles, live: true });
        Ok(())
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
            Step::MatchOnly | Step::Clear | Step::Leave => itself,
        };
        must(may, "who decides on standing", || format!("{by:?} took {step:?} for {member}"))?;
        must(!reason.trim().is_empty(), "a reason is given", || format!("{step:?}"))?;
        self.take_step(member, step)
    }

    /// A step that was decided.
    pub(super) fn take_step(&mut self, member: u32, step: Step) -> Checked {
        let standing = there(self.members.get(member as usize), "member", member)?.standing;
        let to = leads(step, standing).ok_or_else(|| Broken {
            rule: "standings change in order",
            what: format!("{step:?} of member {member}, who is {standing:?}"),
        })?;
        if step == Step::Leave {
            let open = self.obligations.iter().filter(|o| !o.stage.is_over());
            let open = open.filter(|o| o.debtor == member || o.creditor == member).count();
            must(open == 0, "nobody leaves with debts", || format!("{member} has {open}"))?;
        }
        if step == Step::MatchOnly {
            let holds = self.cycles.iter().any(|cycle| {
                cycle.holds() && cycle.candidates.iter().any(|n| self.is_side(*n, member))
            });
            must(!holds, "nobody steps out of a running cycle", || format!("member {member}"))?;
        }
        self.members[member as usize].standing = to;
        if to != Standing::Active {
            self.void_results(member);
        }
        Ok(())
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

    pub(super) fn administer(&mut self, ask: Ask, day: Date) -> Checked {
        let owner = match ask.by {
            Actor::Member(member) => Some(member.0),
            _ => None,
        };
        match ask.action {
            Action::AddKey(key) => self.add_key(owner, key),
            Action::RotateKey { old, new } => {
                let found = self.own_key(owner, *old)?;
                let (holder, roles) = (found.holder.clone(), found.roles.clone());
                self.own_key(owner, *old)?.live = false;
                self.add_key(owner, &NewKey { public: *new, holder, roles })
            }
            Action::RevokeKey { key, .. } => {
                self.own_key(owner, *key)?.live = false;
                let approves = |key: &Key| {
                    key.owner == owner && key.live && key.roles.contains(&Role::Approve)
                };
                must(self.keys.values().any(approves), "nobody locks itself out", || {
                    format!("{owner:?} revoked its last key")
                })
            }
            Action::LimitOnePerson { currency, over } => {
                let currency = self.known(*currency)?;
                let over = over.map(|over| self.minor(over, currency)).transpose()?;
                let member = there(owner, "the operator as a member", 0)?;
                let limits = &mut self.members[member as usize].limits;
                match over {
                    Some(over) => limits.insert(currency, over),
                    None => limits.remove(&currency),
                };
                Ok(())
            }
            Action::Delegate { delegate, scope, until } => {
                let principal = there(owner, "the operator as a member", 0)?;
                must(delegate.0 != principal && *until >= day, "delegations make sense", || {
                    format!("{principal} to {delegate} until {until}")
                })?;
                self.delegations.insert((principal, delegate.0), (scope.clone(), *until));
                Ok(())
            }
            Action::EndDelegation { delegate, .. } => {
                let principal = there(owner, "the operator as a member", 0)?;
                let ended = self.delegations.remove(&(principal, delegate.0));
                there(ended, "the delegation to", delegate.0).map(drop)
            }
            _ => Ok(()),
        }
    }

    fn own_key(&mut self, owner: Option<u32>, key: setoff_union::PublicKey) -> Checked<&mut Key> {
        let found = self.keys.get_mut(&key).filter(|found| found.owner == owner && found.live);
        found.ok_or_else(|| Broken {
            rule: "only one's own live keys",
            what: format!("{owner:?} changed {key}"),
        })
    }

    /// A currency of the union.
    pub(super) fn known(&self, code: Code) -> Checked<u8> {
        self.currency(code)
            .ok_or_else(|| Broken { rule: "currencies exist", what: code.to_string() })
    }
}
