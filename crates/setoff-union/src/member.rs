//! Members, from application to leaving.
//!
//! ```text
//!             ┌─► rejected                   ┌─► left (nothing open)
//! applied ────┴─► active ◄──► suspended ─────┤
//!                 ▲ ▲ └─────► matched only ──┘
//!                 └─┴───────► blocked                from each of them: insolvent
//! ```
//!
//! | standing | declares, is declared upon, confirms | clears | votes | disputes, settles |
//! |---|---|---|---|---|
//! | active | yes | yes | yes | yes |
//! | matched only | yes | no | yes | yes |
//! | blocked by law | no | no | yes | yes |
//! | suspended | no | no | no | yes |
//! | insolvent | no | no | no | yes |
//! | applied, rejected, left | no | no | no | no |
//!
//! A block by law ends by being lifted, and by nothing else: a blocked member is not suspended and
//! does not leave.
//!
//! From the moment of the notice of insolvency nothing new is accepted from or on the member, and
//! a cycle that is not yet final loses its result and is proposed again without the member. What
//! is final stays final. Obligations of a suspended member stay as they are and come back into the
//! clearing with it.
//!
//! A member can't take itself out of the clearing while a cycle holds obligations of it: nobody
//! undoes a result that it does not like.
//!
//! An *agent* is a party without obligations and votes, which acts for members by delegation.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::rulebook::Decider;
use crate::{
    Actor, Author, Change, Code, CurrencyId, Digest, Limit, MemberId, NewKey, Refusal, Role, State,
    cycle, key,
};

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
    /// The legal name; no two members have the same.
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

/// How a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Has applied, is not admitted yet.
    Applied,
    /// Was not admitted.
    Rejected,
    /// Takes part in everything.
    Active,
    /// Declares and confirms, and does not clear.
    MatchedOnly,
    /// Its account is blocked by law.
    Blocked,
    /// Excluded for a time.
    Suspended,
    /// Its insolvency is notified.
    Insolvent,
    /// Has left.
    Left,
}

impl Standing {
    /// Whether its obligations take part in cycles.
    #[must_use]
    pub fn clears(self) -> bool {
        self == Self::Active
    }

    /// Whether it may vote.
    #[must_use]
    pub fn votes(self) -> bool {
        matches!(self, Self::Active | Self::MatchedOnly | Self::Blocked)
    }

    /// Whether obligations to or of it may be declared or confirmed.
    #[must_use]
    pub fn takes_new(self) -> bool {
        matches!(self, Self::Active | Self::MatchedOnly)
    }

    /// Refuses a party that may give no command.
    pub(crate) fn check_acts(self, member: MemberId) -> Result<(), Refusal> {
        match self {
            Self::Applied | Self::Rejected | Self::Left => Err(self.refused(member)),
            Self::Active
            | Self::MatchedOnly
            | Self::Blocked
            | Self::Suspended
            | Self::Insolvent => Ok(()),
        }
    }

    pub(crate) fn refused(self, member: MemberId) -> Refusal {
        Refusal::StandsSo { member, standing: self.name().to_owned() }
    }

    /// The name in texts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "an applicant",
            Self::Rejected => "rejected",
            Self::Active => "active",
            Self::MatchedOnly => "matched but not cleared",
            Self::Blocked => "blocked by law",
            Self::Suspended => "suspended",
            Self::Insolvent => "insolvent",
            Self::Left => "no longer a member",
        }
    }
}

/// A step from one standing to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Applied to active.
    Admit,
    /// Applied to rejected.
    Reject,
    /// To suspended.
    Suspend,
    /// Suspended back to active.
    Reinstate,
    /// To blocked by law.
    Block,
    /// Blocked back to active.
    Unblock,
    /// Active to matched only.
    MatchOnly,
    /// Matched only back to active.
    Clear,
    /// To insolvent, by notice.
    Insolvency,
    /// To left.
    Leave,
}

impl Step {
    /// Where it leads from a standing; `None` where it can't be taken.
    #[must_use]
    pub fn from(self, standing: Standing) -> Option<Standing> {
        use Standing::{
            Active, Applied, Blocked, Insolvent, Left, MatchedOnly, Rejected, Suspended,
        };
        let living = matches!(standing, Active | MatchedOnly | Blocked | Suspended);
        let (may, to) = match self {
            Self::Admit => (standing == Applied, Active),
            Self::Reject => (standing == Applied, Rejected),
            Self::Suspend => (matches!(standing, Active | MatchedOnly), Suspended),
            Self::Reinstate => (standing == Suspended, Active),
            Self::Block => (matches!(standing, Active | MatchedOnly), Blocked),
            Self::Unblock => (standing == Blocked, Active),
            Self::MatchOnly => (standing == Active, MatchedOnly),
            Self::Clear => (standing == MatchedOnly, Active),
            Self::Insolvency => (living, Insolvent),
            Self::Leave => (living && standing != Blocked, Left),
        };
        may.then_some(to)
    }
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
}

impl Member {
    pub(crate) fn new(profile: Profile, standing: Standing) -> Self {
        Self { profile, standing, two_people_over: BTreeMap::new(), open: 0 }
    }
}

/// Checks someone who applies or founds, beside those already there.
pub(crate) fn check_application<'a>(
    application: &Application,
    mut names: impl Iterator<Item = &'a str>,
) -> Result<(), Refusal> {
    let Profile { name, country, lei, .. } = &application.profile;
    if name.trim().is_empty() || name.trim() != name {
        return Err(Refusal::NoName { name: name.clone() });
    }
    if names.any(|other| other == name) {
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
    let names = state.members().iter().map(|member| member.profile.name.as_str());
    check_application(&application, names)?;
    key::check_new(state, &application.keys)?;
    for signer in signers {
        if !application.keys.iter().any(|key| key.public == *signer) {
            return Err(Refusal::UnknownKey { key: *signer });
        }
    }
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
        Step::MatchOnly | Step::Clear | Step::Leave => itself,
    };
    if !may {
        return Err(Refusal::NotYoursToDecide { member });
    }
    checked_step(state, member, step, reason, evidence)
}

/// A step that has been decided, if it can be taken.
pub(crate) fn checked_step(
    state: &State,
    member: MemberId,
    step: Step,
    reason: String,
    evidence: Option<Digest>,
) -> Result<Change, Refusal> {
    let found = state.member(member)?;
    let to = step.from(found.standing).ok_or_else(|| found.standing.refused(member))?;
    if step == Step::MatchOnly
        && let Some(cycle) = cycle::holds_member(state, member)
    {
        return Err(Refusal::InACycle { member, cycle });
    }
    if step == Step::Leave && found.open > 0 {
        return Err(Refusal::LeavesWithDebts { member, open: found.open });
    }
    Ok(Change::Stands { member, to, reason, evidence })
}

/// A change of standing with what follows from it: results with a member that clears no more are
/// void.
pub(crate) fn with_consequences(state: &State, stands: Change) -> Vec<Change> {
    let mut changes = vec![stands];
    if let Change::Stands { member, to, .. } = changes[0]
        && !to.clears()
    {
        changes.extend(cycle::voided_by(state, member));
    }
    changes
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

    #[test]
    fn who_left_or_is_insolvent_takes_no_further_step() {
        let steps = [Step::Admit, Step::Suspend, Step::Reinstate, Step::Block, Step::Leave];
        for end in [Standing::Left, Standing::Insolvent, Standing::Rejected] {
            assert!(steps.iter().all(|step| step.from(end).is_none()), "{end:?}");
        }
    }
}
