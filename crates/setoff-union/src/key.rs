//! Signing keys: who may sign what for a member, from which position on and until when.
//!
//! The rules:
//! - A member has one key or more. Each belongs to a person (its *holder*) and has roles: `submit`
//!   to enter things, `approve` to bind the member (confirm, agree, change keys), `vote`.
//! - A key counts from the position at which it was added to the one at which it is revoked. What
//!   it signed before stays. A public key that was ever used is never accepted again.
//! - A key that is handed in signs the same command: its holder has it, and nobody takes the key of
//!   someone else. An added key has its say from the next command on.
//! - The last key that may approve can't be revoked, only rotated: no member locks itself out.
//! - When an applicant is rejected or a member leaves, its keys are revoked with it.
//! - Over the member's limit in a currency a command needs the member's own keys of two holders, one
//!   of them with the role `approve`; a delegate's keys are none of them, because who holds these
//!   is the delegate's to say. The limit holds for a whole command, so that a batch can't evade it.
//! - One person can't undo that. While a member has a limit in any currency, it takes two people to
//!   raise or end one, to delegate, and to add or rotate the key of a holder who does not sign; to
//!   lower one and to revoke a key takes one. A limit is set, and a key revoked, only where keys of
//!   two holders are left: otherwise nothing could ever be signed over the limit again.
//! - Holders are the same person if their names are, whatever the case of the letters and the blanks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use setoff_money::Minor;

use crate::{
    Actor, Amount, Author, Change, Code, CurrencyId, Duty, KeyId, MemberId, Position, PublicKey,
    Refusal, State,
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

/// Refuses keys that do not sign the command that brings them.
pub(crate) fn check_proven<'a>(
    keys: impl IntoIterator<Item = &'a NewKey>,
    signers: &[PublicKey],
) -> Result<(), Refusal> {
    let signers: BTreeSet<&PublicKey> = signers.iter().collect();
    match keys.into_iter().find(|key| !signers.contains(&key.public)) {
        Some(key) => Err(Refusal::KeyNotProven { key: key.public }),
        None => Ok(()),
    }
}

/// A member adds a key.
pub(crate) fn add(
    state: &State,
    author: &Author,
    signers: &[PublicKey],
    key: NewKey,
) -> Result<Change, Refusal> {
    check_new(state, [&key])?;
    check_proven([&key], signers)?;
    check_holder(state, author, &key.holder)?;
    Ok(Change::KeyAdded { owner: author.owner()?, key })
}

/// A member revokes a key of its own.
pub(crate) fn revoke(
    state: &State,
    author: &Author,
    public: PublicKey,
    reason: String,
) -> Result<Change, Refusal> {
    let owner = author.owner()?;
    let key = own_key(state, owner, public)?;
    let others = || live_keys(state, owner).filter(|(number, _)| *number != key);
    if !others().any(|(_, other)| other.key.roles.contains(&Role::Approve)) {
        return Err(Refusal::LastKey { key: public });
    }
    if let Owner::Member(member) = owner
        && !state.member(member)?.two_people_over.is_empty()
        && people(others().map(|(_, other)| other)) < 2
    {
        return Err(Refusal::TooFewPeople { member });
    }
    Ok(Change::KeyRevoked { key, reason })
}

/// A member replaces a key by another with the same holder and roles.
pub(crate) fn rotate(
    state: &State,
    author: &Author,
    signers: &[PublicKey],
    (old, new): (PublicKey, PublicKey),
) -> Result<Change, Refusal> {
    let key = own_key(state, author.owner()?, old)?;
    let replacement = NewKey { public: new, ..state.keys()[key.index()].key.clone() };
    check_new(state, [&replacement])?;
    check_proven([&replacement], signers)?;
    check_holder(state, author, &replacement.holder)?;
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
    let member = author.member()?;
    let until_now = state.member(member)?.two_people_over.get(&currency);
    if until_now.is_some_and(|limit| over.is_none_or(|over| over > limit.0)) {
        check_two_people_to_change(state, author)?;
    }
    if over.is_some() && people(live_keys(state, Owner::Member(member)).map(|(_, key)| key)) < 2 {
        return Err(Refusal::TooFewPeople { member });
    }
    Ok(Change::LimitSet { member, currency, over })
}

/// The keys of a party that is one no more, to be revoked.
pub(crate) fn all_revoked(state: &State, member: MemberId, reason: &str) -> Vec<Change> {
    let live = live_keys(state, Owner::Member(member));
    live.map(|(key, _)| Change::KeyRevoked { key, reason: reason.to_owned() }).collect()
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
    if amount > limit.0.wide() && !two_people_sign(state, author, member) {
        return Err(Refusal::NeedsTwoPeople { member, limit: state.show(currency, *limit) });
    }
    Ok(())
}

/// Refuses one person alone what would free it from the limit that its member has in any currency.
pub(crate) fn check_two_people_to_change(state: &State, author: &Author) -> Result<(), Refusal> {
    let Actor::Member(member) = author.actor else { return Ok(()) };
    let limited = !state.member(member)?.two_people_over.is_empty();
    if limited && !two_people_sign(state, author, member) {
        return Err(Refusal::NeedsTwoPeopleToChange { member });
    }
    Ok(())
}

/// Whoever signs may change its own keys; for those of another holder it takes two.
fn check_holder(state: &State, author: &Author, holder: &str) -> Result<(), Refusal> {
    let person = person(holder);
    let signs = |key: &KeyId| self::person(&state.keys()[key.index()].key.holder) == person;
    if author.keys.iter().any(signs) {
        return Ok(());
    }
    check_two_people_to_change(state, author)
}

fn two_people_sign(state: &State, author: &Author, member: MemberId) -> bool {
    let signing = author.keys.iter().map(|key| &state.keys()[key.index()]);
    let own = || signing.clone().filter(|key| key.owner == Owner::Member(member));
    people(own()) >= 2 && own().any(|key| key.key.roles.contains(&Role::Approve))
}

/// How many people hold these keys.
fn people<'a>(keys: impl Iterator<Item = &'a Key>) -> usize {
    keys.map(|key| person(&key.key.holder)).collect::<BTreeSet<String>>().len()
}

/// A name as it is compared: in small letters, one blank between words and none around them.
pub(crate) fn person(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
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
    let numbers = match owner {
        Owner::Operator => Some(&state.operator_keys),
        Owner::Member(member) => state.members().get(member.index()).map(|member| &member.keys),
    };
    let numbered = numbers.into_iter().flatten().map(|key| (*key, &state.keys()[key.index()]));
    numbered.filter(|(_, key)| key.is_live())
}

/// A two-people limit as the state keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Limit(pub Minor);

/// Which role each duty asks for.
pub(crate) fn role(duty: Duty) -> Role {
    match duty {
        Duty::Enter | Duty::Clear => Role::Submit,
        Duty::Bind | Duty::Receive | Duty::Agree | Duty::Administer => Role::Approve,
        Duty::Vote => Role::Vote,
    }
}
