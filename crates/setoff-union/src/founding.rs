//! Founding a union: its name, currencies, rulebook, operator and first members.
//!
//! It is the first command of all, given for the operator, and signed by a key that may approve of
//! the operator and of every founding member, and by every other key that it brings. The first rulebook is agreed by that, and in force at once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use setoff_money::Currency;

use crate::{
    Actor, Application, Capacity, Change, Code, Command, NewKey, Refusal, Role, Rulebook, State,
    key, member, rulebook,
};

/// What a union is founded with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founding {
    /// Its name.
    pub name: String,
    /// Its currencies: codes of ISO 4217, or units of its own with their decimals (`POINTS:2`).
    pub currencies: Vec<String>,
    /// The unit of account in which currencies clear together, where they do.
    pub unit_of_account: Option<Code>,
    /// The operator's keys, at least one.
    pub operator: Vec<NewKey>,
    /// The founding members, at least two.
    pub members: Vec<Application>,
    /// The first rulebook.
    pub rulebook: Rulebook,
}

impl Founding {
    /// The operator's keys and those of every member.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &NewKey> {
        self.operator.iter().chain(self.members.iter().flat_map(|member| &member.keys))
    }
}

pub(crate) fn found(
    state: &State,
    command: &Command,
    founding: &Founding,
) -> Result<Change, Refusal> {
    if state.is_founded() {
        return Err(Refusal::FoundedAlready);
    }
    if command.by != Actor::Operator {
        return Err(Refusal::OnlyTheOperator);
    }
    if founding.name.trim().is_empty() {
        return Err(Refusal::NoName { name: founding.name.clone() });
    }
    let currencies = currencies(founding)?;
    key::check_new(state, founding.keys())?;
    let mut names = BTreeSet::new();
    for founder in &founding.members {
        member::check_application(founder, |name| !names.insert(name))?;
        if founder.profile.capacity == Capacity::Agent {
            return Err(Refusal::AgentFounds { name: founder.profile.name.clone() });
        }
    }
    if founding.members.len() < 2 || founding.operator.is_empty() {
        return Err(Refusal::TooFewFounders);
    }
    check_signers(command, founding)?;
    key::check_proven(founding.keys(), &command.signers)?;
    let empty = State::with_currencies(currencies.clone());
    rulebook::check_with(&empty, &founding.rulebook, |member| {
        founding.members.get(member.index()).map(|founder| founder.profile.capacity)
    })?;
    if let Some(code) = founding.unit_of_account {
        empty.currency_of(code)?;
    }
    Ok(Change::Founded { founding: Box::new(founding.clone()), currencies })
}

fn currencies(founding: &Founding) -> Result<Vec<Currency>, Refusal> {
    let mut currencies = Vec::new();
    for text in &founding.currencies {
        let currency: Currency =
            text.parse().map_err(|_| Refusal::NoCurrency { text: text.clone() })?;
        currencies.push(currency);
    }
    if currencies.is_empty() || currencies.len() > 250 {
        return Err(Refusal::EmptyList);
    }
    let codes: Vec<Code> = currencies.iter().map(Code::of).collect();
    member::check_codes(&codes)?;
    Ok(currencies)
}

/// A key that may approve of the operator and of each founder has signed, and nobody else.
fn check_signers(command: &Command, founding: &Founding) -> Result<(), Refusal> {
    let signers: BTreeSet<_> = command.signers.iter().copied().collect();
    let may = |key: &NewKey| key.roles.contains(&Role::Approve);
    let signed = |keys: &[NewKey]| keys.iter().any(|key| signers.contains(&key.public) && may(key));
    if !signed(&founding.operator) {
        return Err(Refusal::FounderMissing { name: "the operator".to_owned() });
    }
    for founder in &founding.members {
        if !signed(&founder.keys) {
            return Err(Refusal::FounderMissing { name: founder.profile.name.clone() });
        }
    }
    let known: BTreeSet<_> = founding.keys().map(|key| key.public).collect();
    match signers.iter().find(|signer| !known.contains(signer)) {
        Some(stranger) => Err(Refusal::UnknownKey { key: *stranger }),
        None => Ok(()),
    }
}
