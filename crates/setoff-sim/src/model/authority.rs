//! Who may give which command.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use setoff_union::{Action, Actor, PublicKey, Role, Scope, Standing};

use super::{Ask, Broken, Checked, Model, must, there};

/// The role that one of the keys needs, and what a delegate needs; without a scope nobody can
/// stand in. Nothing where this model does not know the action.
fn needs(action: &Action) -> Option<(Role, Option<Scope>)> {
    Some(match action {
        Action::Declare { .. }
        | Action::Dispute { .. }
        | Action::Answer { .. }
        | Action::Hold { .. }
        | Action::Release { .. } => (Role::Submit, Some(Scope::Enter)),
        Action::Confirm { .. }
        | Action::Withdraw { .. }
        | Action::Correct { .. }
        | Action::CreditNote { .. }
        | Action::OfferAssignment { .. }
        | Action::AcceptAssignment { .. } => (Role::Approve, Some(Scope::Bind)),
        Action::ConfirmPayment { .. }
        | Action::ConfirmInstruction { .. }
        | Action::FailInstruction { .. } => (Role::Approve, Some(Scope::Receive)),
        Action::DraftAgreement(_) | Action::SignAgreement { .. } | Action::EndAgreement { .. } => {
            (Role::Approve, Some(Scope::Agree))
        }
        Action::OpenCycle(_)
        | Action::CutOff { .. }
        | Action::ProposeResult { .. }
        | Action::Finalise { .. }
        | Action::Abandon { .. }
        | Action::Instruct { .. }
        | Action::ExpireInstruction { .. }
        | Action::CountVotes { .. } => (Role::Submit, None),
        Action::Propose { .. } | Action::Vote { .. } => (Role::Vote, None),
        Action::Stand { .. }
        | Action::AddKey(_)
        | Action::RotateKey { .. }
        | Action::RevokeKey { .. }
        | Action::LimitOnePerson { .. }
        | Action::Delegate { .. }
        | Action::EndDelegation { .. }
        | Action::OfferMerger(_)
        | Action::AcceptMerger { .. }
        | Action::ChooseSettlement { .. }
        | Action::ChooseCurrency { .. } => (Role::Approve, None),
        _ => return None,
    })
}

/// The key that a command of a party brings.
fn brought(action: &Action) -> Option<PublicKey> {
    match action {
        Action::AddKey(key) => Some(key.public),
        Action::RotateKey { new, .. } => Some(*new),
        _ => None,
    }
}

/// A person, whatever the case and the blanks.
pub(super) fn person(holder: &str) -> String {
    holder.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether a party in this standing gives commands at all.
pub(super) fn acts(standing: Standing) -> bool {
    !matches!(standing, Standing::Applied | Standing::Rejected | Standing::Left)
}

impl Model {
    /// Every signer has a live key of the member, or of a delegate in its scope and time; one of
    /// them has the role.
    pub(super) fn check_authority(&self, ask: Ask, day: Date) -> Checked {
        must(!ask.signers.is_empty(), "every command is signed", || format!("{:?}", ask.action))?;
        let needs = needs(ask.action);
        let mut roles = BTreeSet::new();
        let brought = brought(ask.action);
        must(brought.is_none_or(|new| ask.signers.contains(&new)), "new keys sign", || {
            format!("{:?}", ask.action)
        })?;
        for signer in ask.signers {
            if brought == Some(*signer) && !self.keys.contains_key(signer) {
                continue;
            }
            let key = self.keys.get(signer).filter(|key| key.live).ok_or_else(|| Broken {
                rule: "only live keys count",
                what: format!("{signer} signed {:?}", ask.action),
            })?;
            roles.extend(key.roles.iter().copied());
            match (ask.by, key.owner) {
                (Actor::Operator, None) => {}
                (Actor::Member(member), Some(owner)) if member.0 == owner => {}
                (Actor::Member(member), Some(owner)) => {
                    self.check_delegate(member.0, owner, needs.and_then(|(_, scope)| scope), day)?;
                }
                _ => {
                    return Err(Broken {
                        rule: "nobody acts with another's key",
                        what: format!("{:?} by a key of {:?}", ask.by, key.owner),
                    });
                }
            }
        }
        if let Actor::Member(member) = ask.by {
            let standing = self.members.get(member.0 as usize).map(|m| m.standing);
            must(standing.is_some_and(acts), "only members act", || format!("{standing:?}"))?;
        }
        must(needs.is_none_or(|(role, _)| roles.contains(&role)), "a key has the role", || {
            format!("{roles:?} for {:?}", ask.action)
        })
    }

    fn check_delegate(
        &self,
        principal: u32,
        delegate: u32,
        scope: Option<Scope>,
        day: Date,
    ) -> Checked {
        let given = self.delegations.get(&(principal, delegate));
        let may = given.is_some_and(|(scopes, until)| {
            scope.is_some_and(|scope| scopes.contains(&scope)) && day <= *until
        });
        let standing = self.members[delegate as usize].standing;
        must(may && acts(standing), "nobody acts for another without its word", || {
            format!("{delegate} for {principal} in {scope:?} on {day}: {given:?}")
        })
    }

    /// What a command is about in all, by currency, stays within what one person may sign.
    pub(super) fn check_limits(&self, ask: Ask) -> Checked {
        let mut sums: BTreeMap<u8, i128> = BTreeMap::new();
        let mut add = |currency: u8, amount: i64| {
            *sums.entry(currency).or_default() += i128::from(amount);
        };
        match ask.action {
            Action::Declare { obligations, .. } => {
                for one in obligations {
                    let currency = self.known(one.currency)?;
                    add(currency, self.minor(one.amount, currency)?);
                }
            }
            Action::Confirm { obligations } => {
                for number in obligations {
                    let found = self.obligation(number.0)?;
                    add(found.currency, found.outstanding);
                }
            }
            Action::ConfirmPayment { obligation, amount, .. }
            | Action::CreditNote { obligation, amount, .. } => {
                let currency = self.obligation(obligation.0)?.currency;
                add(currency, self.minor(*amount, currency)?);
            }
            Action::OfferAssignment { obligation, .. }
            | Action::AcceptAssignment { obligation } => {
                let found = self.obligation(obligation.0)?;
                add(found.currency, found.outstanding);
            }
            Action::ConfirmInstruction { instruction, amount } => {
                let found = self.instructions.get(instruction.0 as usize);
                let found = there(found, "instruction", instruction.0)?;
                let (currency, _) = found.to_pay();
                let paid = self.minor(*amount, currency)?;
                add(currency, paid);
                if found.paid_as.is_some() {
                    let discharged = i64::try_from(found.discharged_by(paid)).unwrap_or(i64::MAX);
                    add(found.currency, discharged);
                }
            }
            _ => {}
        }
        sums.iter().try_for_each(|(currency, sum)| self.check_two_people(ask, *currency, *sum))
    }

    /// Over a member's limit two people have to sign, one of whom may approve.
    fn check_two_people(&self, ask: Ask, currency: u8, amount: i128) -> Checked {
        let Actor::Member(member) = ask.by else { return Ok(()) };
        let limit = self.members[member.0 as usize].limits.get(&currency);
        let Some(limit) = limit.filter(|limit| amount > i128::from(**limit)) else {
            return Ok(());
        };
        must(self.two_people_sign(ask), "over the limit two people sign", || {
            format!("{amount} over {limit} by {:?}", ask.signers)
        })
    }

    /// Two people of the member itself, one of whom may approve.
    fn two_people_sign(&self, ask: Ask) -> bool {
        let Actor::Member(member) = ask.by else { return true };
        let own = || {
            let known = ask.signers.iter().filter_map(|signer| self.keys.get(signer));
            known.filter(|key| key.owner == Some(member.0))
        };
        let people: BTreeSet<String> = own().map(|key| person(&key.holder)).collect();
        people.len() >= 2 && own().any(|key| key.roles.contains(&Role::Approve))
    }

    /// What would free one person from its member's limits takes two.
    pub(super) fn check_two_to_change(&self, ask: Ask) -> Checked {
        let Actor::Member(member) = ask.by else { return Ok(()) };
        let limited = !self.members[member.0 as usize].limits.is_empty();
        must(!limited || self.two_people_sign(ask), "two people change limits and keys", || {
            format!("{:?} by {:?}", ask.action, ask.signers)
        })
    }
}
