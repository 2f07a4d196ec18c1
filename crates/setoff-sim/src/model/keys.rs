//! Keys, limits for one person, and delegations.

use std::collections::BTreeSet;

use jiff::civil::Date;
use setoff_union::{Action, Actor, NewKey, PublicKey, Role};

use super::authority::person;
use super::{Ask, Broken, Checked, Key, Model, must, there};

impl Model {
    pub(super) fn add_key(&mut self, owner: Option<u32>, key: &NewKey) -> Checked {
        must(!self.keys.contains_key(&key.public), "a key is used once", || {
            key.public.to_string()
        })?;
        let (holder, roles) = (key.holder.clone(), key.roles.clone());
        self.keys.insert(key.public, Key { owner, holder, roles, live: true });
        Ok(())
    }

    pub(super) fn administer(&mut self, ask: Ask, day: Date) -> Checked {
        let owner = match ask.by {
            Actor::Member(member) => Some(member.0),
            _ => None,
        };
        match ask.action {
            Action::AddKey(key) => {
                self.check_holder(ask, &key.holder)?;
                self.add_key(owner, key)
            }
            Action::RotateKey { old, new } => {
                let found = self.own_key(owner, *old)?;
                let (holder, roles) = (found.holder.clone(), found.roles.clone());
                self.check_holder(ask, &holder)?;
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
                })?;
                let limited = owner.is_some_and(|n| !self.members[n as usize].limits.is_empty());
                must(!limited || self.people_of(owner) >= 2, "two people stay", || {
                    format!("{owner:?}")
                })
            }
            Action::LimitOnePerson { currency, over } => {
                let currency = self.known(*currency)?;
                let over = over.map(|over| self.minor(over, currency)).transpose()?;
                let member = there(owner, "the operator as a member", 0)?;
                let now = self.members[member as usize].limits.get(&currency);
                if now.is_some_and(|now| over.is_none_or(|over| over > *now)) {
                    self.check_two_to_change(ask)?;
                }
                must(over.is_none() || self.people_of(owner) >= 2, "two people stay", || {
                    format!("{owner:?}")
                })?;
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
                self.check_two_to_change(ask)?;
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

    fn own_key(&mut self, owner: Option<u32>, key: PublicKey) -> Checked<&mut Key> {
        let found = self.keys.get_mut(&key).filter(|found| found.owner == owner && found.live);
        found.ok_or_else(|| Broken {
            rule: "only one's own live keys",
            what: format!("{owner:?} changed {key}"),
        })
    }

    /// How many people hold live keys of an owner.
    fn people_of(&self, owner: Option<u32>) -> usize {
        let live = self.keys.values().filter(|key| key.owner == owner && key.live);
        live.map(|key| person(&key.holder)).collect::<BTreeSet<_>>().len()
    }

    /// Who signs changes its own keys; those of another person take two.
    fn check_holder(&self, ask: Ask, holder: &str) -> Checked {
        let signs =
            |signer| self.keys.get(signer).is_some_and(|key| person(&key.holder) == person(holder));
        if ask.signers.iter().any(signs) { Ok(()) } else { self.check_two_to_change(ask) }
    }
}
