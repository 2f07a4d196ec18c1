//! Who may give a command: the keys that signed it, the member they act for, and on what ground.
//!
//! The signatures themselves are checked before the rules hear of a command. Here every signer
//! must be a live key of the member it acts for, or of an agent or member which that member has
//! authorised for such commands on that day; one stranger among the signers and the command is
//! refused. The operator's keys act for the operator alone. A key that the command itself brings
//! signs too, to show that its holder has it, and has no say by that.
//!
//! A *delegation* is given by a member to another party in the union (an accounting firm, say),
//! with a scope and an end. Votes, keys and delegations themselves can't be delegated. Every
//! entry says who acted for whom. Where a member has a limit for one person, it takes two to
//! delegate, and a delegate is none of the two over the limit.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Actor, Change, Command, KeyId, MemberId, Owner, PublicKey, Refusal, State, key};

/// What kind of act a command is: decides the role that a key needs and whether a delegate may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Enter obligations, disputes, answers, holds.
    Enter,
    /// Confirm, withdraw, correct, assign: what binds the member about an obligation.
    Bind,
    /// Confirm that money came in.
    Receive,
    /// Draft, sign or end agreements.
    Agree,
    /// Run a cycle, count votes.
    Clear,
    /// Propose and vote.
    Vote,
    /// Keys, limits, delegations, leaving.
    Administer,
}

/// What a delegate may do for a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Enter obligations, disputes, answers and holds.
    Enter,
    /// Confirm and otherwise bind the member about obligations.
    Bind,
    /// Confirm payments received.
    Receive,
    /// Sign agreements.
    Agree,
}

/// That a party may act for a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// For whom.
    pub principal: MemberId,
    /// Who may act.
    pub delegate: MemberId,
    /// In what.
    pub scope: BTreeSet<Scope>,
    /// The last day on which it holds.
    pub until: Date,
}

/// All delegations, one for each principal and delegate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Delegation>", into = "Vec<Delegation>")]
pub(crate) struct Delegations(BTreeMap<(MemberId, MemberId), Delegation>);

impl Delegations {
    pub(crate) fn get(&self, principal: MemberId, delegate: MemberId) -> Option<&Delegation> {
        self.0.get(&(principal, delegate))
    }

    /// Takes the place of what there was between the two.
    pub(crate) fn insert(&mut self, delegation: Delegation) {
        self.0.insert((delegation.principal, delegation.delegate), delegation);
    }

    pub(crate) fn remove(&mut self, principal: MemberId, delegate: MemberId) {
        self.0.remove(&(principal, delegate));
    }
}

impl From<Vec<Delegation>> for Delegations {
    fn from(list: Vec<Delegation>) -> Self {
        Self(list.into_iter().map(|found| ((found.principal, found.delegate), found)).collect())
    }
}

impl From<Delegations> for Vec<Delegation> {
    fn from(delegations: Delegations) -> Self {
        delegations.0.into_values().collect()
    }
}

/// Who gave a command that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// For whom the command was given.
    pub actor: Actor,
    /// The keys that signed it.
    pub keys: Vec<KeyId>,
    /// The delegate that acted for the member, where one did.
    pub through: Option<MemberId>,
}

impl Author {
    /// The member for whom the command was given.
    pub(crate) fn member(&self) -> Result<MemberId, Refusal> {
        match self.actor {
            Actor::Member(member) => Ok(member),
            Actor::Operator | Actor::Applicant => Err(Refusal::OnlyMembers),
        }
    }

    /// Whose keys those are for whom the command was given.
    pub(crate) fn owner(&self) -> Result<Owner, Refusal> {
        match self.actor {
            Actor::Member(member) => Ok(Owner::Member(member)),
            Actor::Operator => Ok(Owner::Operator),
            Actor::Applicant => Err(Refusal::OnlyMembers),
        }
    }
}

/// Who gives this command, if these keys may.
pub(crate) fn author(state: &State, command: &Command, today: Date) -> Result<Author, Refusal> {
    let duty = command.action.duty();
    let mut author = Author { actor: command.by, keys: Vec::new(), through: None };
    if command.signers.is_empty() {
        return Err(Refusal::Unsigned);
    }
    if command.by == Actor::Applicant {
        return if command.action.is_application() {
            Ok(author)
        } else {
            Err(Refusal::OnlyMembers)
        };
    }
    if let Actor::Member(member) = command.by {
        state.member(member)?.standing.check_acts(member)?;
    }
    let brought: BTreeSet<PublicKey> = command.action.brought().into_iter().collect();
    for signer in &command.signers {
        if brought.contains(signer) && state.key_of(signer).is_none() {
            continue;
        }
        let (key, owner) = live(state, *signer)?;
        match (command.by, owner) {
            (Actor::Operator, Owner::Operator) => {}
            (Actor::Member(member), Owner::Member(own)) if member == own => {}
            (Actor::Member(member), Owner::Member(delegate)) => {
                check_delegate(state, (member, delegate), duty, today)?;
                author.through = Some(delegate);
            }
            _ => return Err(Refusal::KeyOfAnother { key: *signer }),
        }
        if author.keys.contains(&key) {
            return Err(Refusal::SignedTwice { key: *signer });
        }
        author.keys.push(key);
    }
    let needed = key::role(duty);
    let may = |key: &KeyId| state.keys()[key.index()].key.roles.contains(&needed);
    if !author.keys.iter().any(may) {
        return Err(Refusal::NeedsRole { role: needed.name().to_owned() });
    }
    Ok(author)
}

fn live(state: &State, signer: PublicKey) -> Result<(KeyId, Owner), Refusal> {
    let number = state.key_of(&signer).ok_or(Refusal::UnknownKey { key: signer })?;
    let key = &state.keys()[number.index()];
    if key.is_live() { Ok((number, key.owner)) } else { Err(Refusal::KeyRevoked { key: signer }) }
}

fn check_delegate(
    state: &State,
    (principal, delegate): (MemberId, MemberId),
    duty: Duty,
    today: Date,
) -> Result<(), Refusal> {
    let scope = match duty {
        Duty::Enter => Scope::Enter,
        Duty::Bind => Scope::Bind,
        Duty::Receive => Scope::Receive,
        Duty::Agree => Scope::Agree,
        Duty::Clear | Duty::Vote | Duty::Administer => {
            return Err(Refusal::NotForDelegates { principal, delegate });
        }
    };
    state.member(delegate)?.standing.check_acts(delegate)?;
    let Some(delegation) = state.delegation(principal, delegate) else {
        return Err(Refusal::ActsForAnother { principal, delegate });
    };
    if today > delegation.until {
        return Err(Refusal::DelegationEnded { principal, delegate, on: delegation.until });
    }
    if !delegation.scope.contains(&scope) {
        return Err(Refusal::OutOfScope { principal, delegate });
    }
    Ok(())
}

/// A member authorises a delegate, or says anew in what and how long.
pub(crate) fn delegate(
    state: &State,
    author: &Author,
    (delegate, scope, until): (MemberId, BTreeSet<Scope>, Date),
    today: Date,
) -> Result<Change, Refusal> {
    let principal = author.member()?;
    state.member(delegate)?.standing.check_acts(delegate)?;
    if delegate == principal {
        return Err(Refusal::OwnDelegate { member: principal });
    }
    if scope.is_empty() || until < today {
        return Err(Refusal::EmptyDelegation { until });
    }
    key::check_two_people_to_change(state, author)?;
    Ok(Change::Delegated(Delegation { principal, delegate, scope, until }))
}

/// A member ends a delegation at once.
pub(crate) fn end_delegation(
    state: &State,
    author: &Author,
    delegate: MemberId,
    reason: String,
) -> Result<Change, Refusal> {
    let principal = author.member()?;
    if state.delegation(principal, delegate).is_none() {
        return Err(Refusal::ActsForAnother { principal, delegate });
    }
    Ok(Change::DelegationEnded { principal, delegate, reason })
}
