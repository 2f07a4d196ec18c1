//! Members, from application to leaving.
//!
//! ```text
//!             ┌─► rejected                   ┌─► left (nothing open, or after its run-off)
//! applied ────┴─► active ◄──► suspended ─────┤
//!                 ▲ ▲ ├─────► matched only ──┤
//!                 │ │ └─────► running off ───┘
//!                 └─┴───────► blocked                from each of them: insolvent
//! ```
//!
//! | standing | declares, is declared upon, confirms | clears | votes | disputes, settles |
//! |---|---|---|---|---|
//! | active | yes | yes | yes | yes |
//! | matched only | yes | no | yes | yes |
//! | running off | no | yes | no | yes |
//! | blocked by law | no | no | yes | yes |
//! | suspended | no | no | no | yes |
//! | insolvent | no | no | no | yes |
//! | applied, rejected, left | no | no | no | no |
//!
//! A block by law ends by being lifted, and by nothing else: a blocked member is not suspended and
//! does not leave.
//!
//! From the moment of the notice of insolvency nothing new is accepted from or on the member. It gives
//! nothing away either: no claim of it is withdrawn, given up, disputed away, credited or lowered, and
//! no agreement with it is concluded. What it owes and is owed is still paid and confirmed. And
//! a cycle that is not yet final loses its result and is proposed again without the member. What
//! is final stays final. Obligations of a suspended member stay as they are and come back into the
//! clearing with it.
//!
//! A member can't take itself out of the clearing while a cycle holds obligations of it: nobody
//! undoes a result that it does not like.
//!
//! Who was matched only or running off before it was suspended or blocked is so again afterwards.
//!
//! A member leaves when nothing of it is open. If that would take too long it begins its *run-off*,
//! for the days that the rulebook says: nothing new is accepted from or on it, and what there is
//! clears, is paid and disputed as before. After that it may leave with what is still open, unless a
//! cycle holds it. Such an obligation stays in the books, clears no more, and the side that is still
//! a member says what becomes of it. There is no way back from a run-off: who wants to stay applies
//! again.
//!
//! The keys of an applicant that is rejected and of a member that leaves are revoked with that
//! step, and its name is free: whoever applies under it again brings new keys. So a name that was
//! never admitted blocks nobody, and no key that was once in use comes back under another owner.
//!
//! An *agent* is a party without obligations and votes, which acts for members by delegation.

mod standing;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::rulebook::Decider;
use crate::{
    Actor, Author, Change, Code, CurrencyId, Digest, KeyId, Limit, MemberId, MergerOffer, NewKey,
    Refusal, Role, State, Way, cycle, key,
};

pub use standing::{Standing, Step};

/// What a party is in the union for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capacity {
    /// A member: owes, is owed, votes.
    Member,
    /// Acts for members, by delegation only.
    Agent,
}

/// Who a member is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The legal name; no two members have the same, whatever the case of its letters.
    pub name: String,
    /// The country, two upper-case letters of ISO 3166.
    pub country: String,
    /// The legal entity identifier (ISO 17442), where it has one.
    #[serde(default)]
    pub lei: Option<String>,
    /// What it is in the union for.
    pub capacity: Capacity,
    /// The group of companies it belongs to, where it says so: debts within one group may clear by
    /// other rules.
    #[serde(default)]
    pub group: Option<String>,
}

/// Who applies, or founds, with which keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Who it is.
    pub profile: Profile,
    /// Its keys, at least one of which may approve.
    pub keys: Vec<NewKey>,
}

/// A member in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who it is.
    pub profile: Profile,
    /// How it stands.
    pub standing: Standing,
    /// Over which amounts it takes two people.
    pub two_people_over: BTreeMap<CurrencyId, Limit>,
    /// How many obligations it is a side of that are neither discharged nor withdrawn.
    pub open: u32,
    /// While it is suspended or blocked, how it stood before.
    pub before: Option<Standing>,
    /// Until when it runs off, where it does: after that day it may leave.
    pub run_off_until: Option<Date>,
    /// The merger that it offers.
    pub merger: Option<MergerOffer>,
    /// The member that absorbed it, where one did.
    pub merged_into: Option<MemberId>,
    /// In which way it chose to settle, where it has chosen.
    pub way: Option<Way>,
    /// In which currency it chose to pay and be paid, where it has chosen.
    pub currency: Option<CurrencyId>,
    /// Its keys, live or not.
    pub(crate) keys: Vec<KeyId>,
}

impl Member {
    pub(crate) fn new(profile: Profile, standing: Standing) -> Self {
        Self {
            profile,
            standing,
            two_people_over: BTreeMap::new(),
            open: 0,
            before: None,
            run_off_until: None,
            merger: None,
            merged_into: None,
            way: None,
            currency: None,
            keys: Vec::new(),
        }
    }
}

/// Checks someone who applies or founds, beside those already there.
pub(crate) fn check_application(
    application: &Application,
    mut taken: impl FnMut(String) -> bool,
) -> Result<(), Refusal> {
    let Profile { name, country, lei, .. } = &application.profile;
    if name.trim().is_empty() || name.trim() != name {
        return Err(Refusal::NoName { name: name.clone() });
    }
    if taken(name_key(name)) {
        return Err(Refusal::NameTaken { name: name.clone() });
    }
    if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Refusal::NoCountry { country: country.clone() });
    }
    if let Some(lei) = lei.as_ref().filter(|lei| !is_lei(lei)) {
        return Err(Refusal::NoLei { lei: lei.clone() });
    }
    if !application.keys.iter().any(|key| key.roles.contains(&Role::Approve)) {
        return Err(Refusal::NoApprover { name: name.clone() });
    }
    Ok(())
}

/// A name as it is compared with others: no two members' names differ in blanks and case alone.
pub(crate) fn name_key(name: &str) -> String {
    key::person(name)
}

/// ISO 17442: 18 letters and digits and two check digits, 1 modulo 97 with `A` as 10 to `Z` as 35.
fn is_lei(text: &str) -> bool {
    let bytes = text.as_bytes();
    let well_formed = bytes.len() == 20
        && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && bytes[18..].iter().all(u8::is_ascii_digit);
    let remainder = bytes.iter().fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + 10 + u32::from(byte.wrapping_sub(b'A'))) % 97,
    });
    well_formed && remainder == 1
}

/// Someone applies; it signs with keys of its own, which the union does not know yet.
pub(crate) fn apply_for(
    state: &State,
    signers: &[crate::PublicKey],
    application: Application,
) -> Result<Change, Refusal> {
    check_application(&application, |name| state.names.contains_key(&name))?;
    key::check_new(state, &application.keys)?;
    for signer in signers {
        if !application.keys.iter().any(|key| key.public == *signer) {
            return Err(Refusal::UnknownKey { key: *signer });
        }
    }
    key::check_proven(&application.keys, signers)?;
    MemberId::next(state.members().len())?;
    Ok(Change::Applied(application))
}

/// A step of a member's standing that someone asks for.
pub(crate) fn step(
    state: &State,
    author: &Author,
    (member, step): (MemberId, Step),
    (reason, evidence): (String, Option<Digest>),
    today: Date,
) -> Result<Change, Refusal> {
    let itself = author.actor == Actor::Member(member);
    let operator = author.actor == Actor::Operator;
    let rulebook = state.rulebook_on(today);
    let may = match step {
        Step::Admit | Step::Reject => operator && rulebook.admission == Decider::Operator,
        Step::Suspend | Step::Reinstate => operator && rulebook.suspension == Decider::Operator,
        Step::Block | Step::Unblock => operator,
        Step::Insolvency => operator || itself,
        Step::MatchOnly | Step::Clear | Step::RunOff | Step::Leave => itself,
    };
    if !may {
        return Err(Refusal::NotYoursToDecide { member });
    }
    checked_step(state, (member, step), (reason, evidence), today)
}

/// A step that has been decided, if it can be taken.
pub(crate) fn checked_step(
    state: &State,
    (member, step): (MemberId, Step),
    (reason, evidence): (String, Option<Digest>),
    today: Date,
) -> Result<Change, Refusal> {
    let found = state.member(member)?;
    let to = step.from(found.standing).ok_or_else(|| found.standing.refused(member))?;
    let to = match step {
        Step::Reinstate | Step::Unblock => found.before.unwrap_or(to),
        _ => to,
    };
    if step == Step::MatchOnly
        && let Some(cycle) = cycle::holds_member(state, member)
    {
        return Err(Refusal::InACycle { member, cycle });
    }
    if step == Step::Leave && found.open > 0 {
        let ran_off = found.standing == Standing::RunningOff
            && found.run_off_until.is_some_and(|until| until < today);
        if !ran_off {
            return Err(Refusal::LeavesWithDebts { member, open: found.open });
        }
        if let Some(cycle) = cycle::holds_member(state, member) {
            return Err(Refusal::InACycle { member, cycle });
        }
    }
    if step == Step::RunOff {
        // That the day of the end is one of the calendar.
        run_off_end(state, today)?;
    }
    Ok(Change::Stands { member, to, reason, evidence })
}

/// The last day of a run-off that begins today.
fn run_off_end(state: &State, today: Date) -> Result<Date, Refusal> {
    let days = jiff::Span::new().days(i64::from(state.rulebook_on(today).run_off_days));
    today.checked_add(days).map_err(|_| Refusal::OutOfTime)
}

/// A change of standing with what follows from it: results with a member that clears no more are
/// void, and who is no party any more has no keys any more.
pub(crate) fn with_consequences(
    state: &State,
    stands: Change,
    today: Date,
) -> Result<Vec<Change>, Refusal> {
    let mut changes = vec![stands];
    let Change::Stands { member, to, .. } = changes[0] else { return Ok(changes) };
    let begins = to == Standing::RunningOff && state.member(member)?.run_off_until.is_none();
    if begins {
        changes.push(Change::RunsOff { member, until: run_off_end(state, today)? });
    }
    if !to.clears() {
        changes.extend(cycle::voided_by(state, member));
    }
    if to.is_over() {
        let reason = format!("{member} is {}", to.name());
        changes.extend(key::all_revoked(state, member, &reason));
    }
    Ok(changes)
}

/// Refuses a side that takes nothing new.
pub(crate) fn check_takes_new(state: &State, member: MemberId) -> Result<(), Refusal> {
    let found = state.member(member)?;
    if !found.standing.takes_new() {
        return Err(found.standing.refused(member));
    }
    if found.profile.capacity == Capacity::Agent {
        return Err(Refusal::Agent { member });
    }
    Ok(())
}

/// Refuses a creditor that may give nothing away: what is owed to an insolvent member is its
/// creditors'.
pub(crate) fn check_may_waive(state: &State, creditor: MemberId) -> Result<(), Refusal> {
    let found = state.member(creditor)?;
    if found.standing == Standing::Insolvent {
        return Err(found.standing.refused(creditor));
    }
    Ok(())
}

/// Refuses a party that concludes no agreements: from its insolvency on.
pub(crate) fn check_agrees(state: &State, party: MemberId) -> Result<(), Refusal> {
    let found = state.member(party)?;
    found.standing.check_acts(party)?;
    if found.standing == Standing::Insolvent {
        return Err(found.standing.refused(party));
    }
    Ok(())
}

/// The currencies with which a union is founded, by code, each once.
pub(crate) fn check_codes(codes: &[Code]) -> Result<(), Refusal> {
    for (place, code) in codes.iter().enumerate() {
        if codes[..place].contains(code) {
            return Err(Refusal::CurrencyTwice { code: *code });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legal_entity_identifier_is_told_by_its_check_digits() {
        // Published identifiers, of GLEIF itself and of a bank.
        assert!(is_lei("506700GE1G29325QX363"));
        assert!(is_lei("7LTWFZYICNSX8D621K86"));
        assert!(!is_lei("506700GE1G29325QX364"));
        assert!(!is_lei("506700ge1g29325qx363"));
        assert!(!is_lei("506700GE1G29325QX36"));
    }
}
