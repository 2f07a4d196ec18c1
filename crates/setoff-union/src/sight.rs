//! Who sees what.
//!
//! The rules:
//! - A member sees what it is a side of or a party to, and its own books; also after it has left, and
//!   those of a member that it absorbed. Nobody else's, unless the rulebook has all members see all
//!   (within one group of companies, say).
//! - A delegate sees what its scopes are about, for as long as it may act.
//! - Who is a member, the rulebook, proposals and how a cycle stands are seen by all members.
//! - An auditor is somebody that the rulebook names, by its keys: it sees what the rulebook says, of
//!   all members or of some. It acts for nobody.
//! - The operator runs the node, has the journal and so sees all of it.
//! - What is not there is answered as what may not be seen: no number tells anything by guessing.
//!
//! The rules in force on the day count, also for what is older: a union that closes its books to an
//! auditor closes all of them. A view is asked for by [`may_see`] before it is shown.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    AgreementId, Capacity, InstructionId, MemberId, ObligationId, Owner, PublicKey, Scope, State,
};

/// What a rulebook says of who sees what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sight {
    /// Whether all members see everything of all.
    pub open: bool,
    /// Who audits.
    pub auditors: Vec<Auditor>,
}

/// Someone that the members let look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auditor {
    /// Who it is.
    pub name: String,
    /// Its keys, at least one.
    pub keys: BTreeSet<PublicKey>,
    /// What it sees, at least one thing.
    pub sees: BTreeSet<Sees>,
    /// Of which members; of all where none are named. It sees what one of them is a side of.
    #[serde(default)]
    pub members: Option<BTreeSet<MemberId>>,
}

/// What an auditor may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sees {
    /// Obligations.
    Obligations,
    /// Balances, statements and vouchers.
    Books,
    /// Settlement instructions.
    Instructions,
    /// Agreements.
    Agreements,
}

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The operator.
    Operator,
    /// A member or an agent.
    Member(MemberId),
    /// Whoever holds this key: what its owner sees, and what the rulebook lets its holder audit.
    Key(PublicKey),
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// An obligation and its history.
    Obligation(ObligationId),
    /// A member's balances, statements and vouchers.
    Books(MemberId),
    /// A settlement instruction.
    Instruction(InstructionId),
    /// An agreement.
    Agreement(AgreementId),
    /// Who is a member, the rulebook, proposals, and how cycles stand.
    Union,
}

/// Whether a viewer may see a thing on a day. In `O(log n)`, and for each auditor of the rulebook.
///
/// # Panics
/// If the union is not founded.
#[must_use]
pub fn may_see(state: &State, viewer: Viewer, thing: Thing, today: Date) -> bool {
    let Some(parties) = parties(state, thing) else { return false };
    match viewer {
        Viewer::Operator => true,
        Viewer::Member(member) => member_sees(state, member, (thing, &parties), today),
        Viewer::Key(key) => {
            let owner = match state.key_of(&key).map(|number| &state.keys()[number.index()]) {
                Some(found) if !found.is_live() => return false,
                found => found.map(|found| found.owner),
            };
            let as_owner = match owner {
                None => false,
                Some(Owner::Operator) => true,
                Some(Owner::Member(member)) => member_sees(state, member, (thing, &parties), today),
            };
            as_owner || auditor_sees(state, key, (thing, &parties), today)
        }
    }
}

/// Whose a thing is; `None` for what is not there.
fn parties(state: &State, thing: Thing) -> Option<BTreeSet<MemberId>> {
    Some(match thing {
        Thing::Obligation(number) => {
            let found = state.obligation(number).ok()?;
            [found.debtor, found.creditor].into()
        }
        Thing::Instruction(number) => {
            let found = state.instruction(number).ok()?;
            [found.debtor, found.creditor].into()
        }
        Thing::Agreement(number) => state.agreement(number).ok()?.draft.parties.clone(),
        Thing::Books(member) => {
            let mut owners = BTreeSet::from([member]);
            // Absorbed by one that was absorbed in turn: each has left before, so there is an end.
            let mut next = state.member(member).ok()?.merged_into;
            while let Some(into) = next {
                owners.insert(into);
                next = state.member(into).ok()?.merged_into;
            }
            owners
        }
        Thing::Union => BTreeSet::new(),
    })
}

fn member_sees(
    state: &State,
    viewer: MemberId,
    (thing, parties): (Thing, &BTreeSet<MemberId>),
    today: Date,
) -> bool {
    let Ok(found) = state.member(viewer) else { return false };
    let takes_part = found.standing.check_acts(viewer).is_ok();
    if parties.contains(&viewer) || (thing == Thing::Union && takes_part) {
        return true;
    }
    if !takes_part {
        return false;
    }
    let member = found.profile.capacity == Capacity::Member;
    if member && state.rulebook_on(today).sight.open {
        return true;
    }
    parties.iter().any(|&principal| {
        let given = state.delegation(principal, viewer).filter(|given| today <= given.until);
        let acts = state.member(principal).is_ok_and(|p| p.standing.check_acts(principal).is_ok());
        given.is_some_and(|given| acts && given.scope.iter().any(|scope| shows(*scope, thing)))
    })
}

/// Whether a delegate with this scope sees such things.
fn shows(scope: Scope, thing: Thing) -> bool {
    match thing {
        Thing::Obligation(_) | Thing::Books(_) => scope != Scope::Agree,
        Thing::Instruction(_) => scope == Scope::Receive,
        Thing::Agreement(_) => scope == Scope::Agree,
        Thing::Union => true,
    }
}

fn auditor_sees(
    state: &State,
    key: PublicKey,
    (thing, parties): (Thing, &BTreeSet<MemberId>),
    today: Date,
) -> bool {
    state.rulebook_on(today).sight.auditors.iter().any(|auditor| {
        let sees = match thing {
            Thing::Obligation(_) => auditor.sees.contains(&Sees::Obligations),
            Thing::Books(_) => auditor.sees.contains(&Sees::Books),
            Thing::Instruction(_) => auditor.sees.contains(&Sees::Instructions),
            Thing::Agreement(_) => auditor.sees.contains(&Sees::Agreements),
            Thing::Union => return auditor.keys.contains(&key),
        };
        let theirs = auditor.members.as_ref().is_none_or(|members| !members.is_disjoint(parties));
        sees && theirs && auditor.keys.contains(&key)
    })
}

impl Sight {
    /// What is wrong with it, if anything, where members have these capacities.
    pub(crate) fn wrong(&self, capacity: impl Fn(MemberId) -> Option<Capacity>) -> Option<&str> {
        let empty = |auditor: &Auditor| {
            auditor.name.trim().is_empty() || auditor.keys.is_empty() || auditor.sees.is_empty()
        };
        if self.auditors.iter().any(empty) {
            return Some("an auditor needs a name, a key and something to see");
        }
        let named = self.auditors.iter().filter_map(|auditor| auditor.members.as_ref()).flatten();
        let unknown = named.into_iter().any(|member| capacity(*member).is_none());
        unknown.then_some("an auditor is to see a member that there is not")
    }
}
