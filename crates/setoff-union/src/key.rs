//! Signing keys: who may sign what for a member, from which position on and until when.
//!
//! The rules:
//! - A member has one key or more. Each belongs to a person (its *holder*) and has roles: `submit`
//!   to enter things, `approve` to bind the member (confirm, agree, change keys), `vote`.
//! - A key counts from the position at which it was added to the one at which it is revoked. What
//!   it signed before stays. A public key that was ever used is never accepted again.
//! - The last key that may approve can't be revoked, only rotated: no member locks itself out.
//! - Over the member's limit in a currency a command needs the keys of two holders, one of them
//!   with the role `approve`. The limit holds for a whole command, so that a batch can't evade it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use setoff_money::Minor;

use crate::{
    Amount, Author, Change, Code, CurrencyId, Duty, KeyId, MemberId, Position, PublicKey, Refusal,
    State,
};

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Enter things: declare, dispute, hold, draft, propose a result.
    Submit,
    /// Bind the member: confirm, agree, assign, change keys and delegates.
    Approve,
    /// Propose and vote.
    Vote,
}

impl Role {
    /// The name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Vote => "vote",
        }
    }
}

/// A key as a member hands it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// The public key.
    pub public: PublicKey,
    /// The person who has the private one.
    pub holder: String,
    /// What it may do, at least one thing.
    pub roles: BTreeSet<Role>,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The operator's.
    Operator,
    /// A member's or an agent's.
    Member(MemberId),
}

/// A key in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// What was handed in.
    pub key: NewKey,
    /// Whose it is.
    pub owner: Owner,
    /// It counts from here on.
    pub since: Position,
    /// It counts no more from here on.
    pub revoked: Option<Position>,
}

impl Key {
    /// Whether it counts now.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.revoked.is_none()
    }
}

/// Checks keys that are new to the union.
pub(crate) fn check_new<'a>(
    state: &State,
    keys: impl IntoIterator<Item = &'a NewKey>,
) -> Result<(), Refusal> {
    let mut met = BTreeSet::new();
    for new in keys {
        if state.key_of(&new.public).is_some() || !met.insert(new.public) {
            return Err(Refusal::KeyUsedBefore { key: new.public });
        }
        if new.roles.is_empty() || new.holder.trim().is_empty() {
            return Err(Refusal::KeyWithoutUse { key: new.public });
        }
    }
    KeyId::next(state.keys().len() + met.len()).map(|_| ())
}

/// A member adds a key.
pub(crate) fn add(state: &State, author: &Author, key: NewKey) -> Result<Change, Refusal> {
    check_new(state, [&key])?;
    Ok(Change::KeyAdded { owner: author.owner()?, key })
}

/// A member revokes a key of its own.
pub(crate) fn revoke(
    state: &State,
    author: &Author,
    public: PublicKey,
    reason: String,
) -> Result<Change, Refusal> {
    let key = own_key(state, author.owner()?, public)?;
    let mut others = live_keys(state, author.owner()?).filter(|(number, _)| *number != key);
    if !others.any(|(_, other)| other.key.roles.contains(&Role::Approve)) {
        return Err(Refusal::LastKey { key: public });
    }
    Ok(Change::KeyRevoked { key, reason })
}

/// A member replaces a key by another with the same holder and roles.
pub(crate) fn rotate(
    state: &State,
    author: &Author,
    old: PublicKey,
    new: PublicKey,
) -> Result<Change, Refusal> {
    let key = own_key(state, author.owner()?, old)?;
    let replacement = NewKey { public: new, ..state.keys()[key.index()].key.clone() };
    check_new(state, [&replacement])?;
    Ok(Change::KeyRotated { key, replacement })
}

/// A member says over which amount it takes two people; `None` ends the limit.
pub(crate) fn limit(
    state: &State,
    author: &Author,
    code: Code,
    over: Option<Amount>,
) -> Result<Change, Refusal> {
    let (currency, unit) = state.currency_of(code)?;
    let over = over.map(|amount| amount.minor(&unit)).transpose()?;
    Ok(Change::LimitSet { member: author.member()?, currency, over })
}

/// Refuses a command of `amount` in all that needs two people and has the keys of one.
pub(crate) fn check_two_people(
    state: &State,
    author: &Author,
    currency: CurrencyId,
    amount: i128,
) -> Result<(), Refusal> {
    let member = author.member()?;
    let Some(limit) = state.member(member)?.two_people_over.get(&currency) else { return Ok(()) };
    let keys = || author.keys.iter().map(|key| &state.keys()[key.index()].key);
    let holders: BTreeSet<&str> = keys().map(|key| key.holder.as_str()).collect();
    let approved = keys().any(|key| key.roles.contains(&Role::Approve));
    if amount > limit.0.wide() && !(holders.len() >= 2 && approved) {
        return Err(Refusal::NeedsTwoPeople { member, limit: state.show(currency, *limit) });
    }
    Ok(())
}

/// The same for one amount.
pub(crate) fn check_two_people_for(
    state: &State,
    author: &Author,
    currency: CurrencyId,
    amount: Minor,
) -> Result<(), Refusal> {
    check_two_people(state, author, currency, amount.wide())
}

fn own_key(state: &State, owner: Owner, public: PublicKey) -> Result<KeyId, Refusal> {
    let key = state.key_of(&public).ok_or(Refusal::UnknownKey { key: public })?;
    let found = &state.keys()[key.index()];
    if found.owner != owner {
        return Err(Refusal::KeyOfAnother { key: public });
    }
    if !found.is_live() {
        return Err(Refusal::KeyRevoked { key: public });
    }
    Ok(key)
}

fn live_keys(state: &State, owner: Owner) -> impl Iterator<Item = (KeyId, &Key)> {
    let numbered = (0..).map(KeyId).zip(state.keys());
    numbered.filter(move |(_, key)| key.owner == owner && key.is_live())
}

/// A two-people limit as the state keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limit(#[serde(with = "crate::amount::minor")] pub Minor);

/// Which role each duty asks for.
pub(crate) fn role(duty: Duty) -> Role {
    match duty {
        Duty::Enter | Duty::Clear => Role::Submit,
        Duty::Bind | Duty::Receive | Duty::Agree | Duty::Administer => Role::Approve,
        Duty::Vote => Role::Vote,
    }
}
