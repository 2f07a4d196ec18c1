//! Commands about members: founding, joining, standing, keys, delegations, votes, agreements.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::time;
use jiff::{SignedDuration, ToSpan as _};
use setoff_union::{
    Action, Actor, AgreementId, Application, AtThreshold, Calendar, Capacity, Choice, Classes,
    Clears, Code, Day, Decider, Declares, Draft as AgreementDraft, Founding, Fraction, MemberId,
    MergerOffer, NewKey, Portions, Profile, ProposalId, PublicKey, Role, Rulebook, Scope, Sight,
    Standing, Step, Subject, Supersedes, Way, Ways,
};

use super::{Author, Draft};
use crate::dice::Dice;
use crate::people::{ALL_ROLES, People};

/// The most members that a union ever has, those who left among them.
const MOST_MEMBERS: usize = 24;

/// The founding of a union: three to eight members, two of whose people sign, two keys of the
/// operator.
pub(crate) fn founding(people: &mut People, dice: &mut Dice) -> Draft {
    let operator = vec![
        people.new_key_of(dice, "Olga", &ALL_ROLES),
        people.new_key_of(dice, "Otto", &ALL_ROLES),
    ];
    let count = dice.within(3, 8);
    let members: Vec<_> =
        (0..count).map(|n| application(people, dice, &format!("Founder {n}"), false)).collect();
    let brought = operator.iter().chain(members.iter().flat_map(|member| &member.keys));
    let signers = brought.map(|key| key.public).collect();
    let founding = Founding {
        name: "Simulated Union".to_owned(),
        currencies: ["EUR", "USD", "JPY"].map(str::to_owned).to_vec(),
        unit_of_account: Some(code("EUR")),
        operator,
        members,
        rulebook: rulebook(dice, usize::try_from(count).unwrap_or(1)),
    };
    Draft { by: Actor::Operator, action: Action::Found(Box::new(founding)), signers }
}

fn code(text: &str) -> Code {
    Code::of(&text.parse().unwrap_or(setoff_money::Currency::NONE))
}

fn application(people: &mut People, dice: &mut Dice, name: &str, agent: bool) -> Application {
    let keys: Vec<NewKey> = vec![
        people.new_key_of(dice, &format!("{name}'s head"), &ALL_ROLES),
        people.new_key_of(dice, &format!("{name}'s clerk"), &[Role::Submit, Role::Approve]),
    ];
    Application {
        profile: Profile {
            name: name.to_owned(),
            country: "SI".to_owned(),
            lei: None,
            capacity: if agent { Capacity::Agent } else { Capacity::Member },
            group: dice.one_in(5).then(|| "One Group".to_owned()),
        },
        keys,
    }
}

/// A rulebook: any that can be.
fn rulebook(dice: &mut Dice, members: usize) -> Rulebook {
    let clears =
        |dice: &mut Dice| [Clears::May, Clears::May, Clears::Must, Clears::MayNot][dice.below(4)];
    let mostly = |dice: &mut Dice| if dice.one_in(6) { Clears::Must } else { Clears::May };
    let decider = |dice: &mut Dice| if dice.one_in(4) { Decider::Vote } else { Decider::Operator };
    let majority = [(1, 2), (2, 3), (3, 4)][dice.below(3)];
    let declares = [Declares::Either, Declares::Either, Declares::Debtor, Declares::Creditor];
    let smallest = dice.one_in(3).then(|| (code("JPY"), 5));
    let smallest = smallest
        .map(|(code, yen)| (code, setoff_union::Amount(setoff_money::Decimal::new(yen, 0))));
    let everything = [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday];
    Rulebook {
        declares: declares[dice.below(4)],
        smallest: smallest.into_iter().collect::<BTreeMap<_, _>>(),
        classes: Classes {
            in_litigation: clears(dice),
            secured: clears(dice),
            within_group: mostly(dice),
            overdue: mostly(dice),
            overdue_days: 30,
            due: mostly(dice),
            not_yet_due: clears(dice),
        },
        correction_hours: [0, 6, 24][dice.below(3)],
        admission: decider(dice),
        suspension: decider(dice),
        majority: Fraction { over: majority.0, under: majority.1 },
        at_majority: if dice.one_in(2) { AtThreshold::Passes } else { AtThreshold::Fails },
        quorum: Fraction { over: 1, under: [2, 3, 4][dice.below(3)] },
        voting_days: [1, 3, 7][dice.below(3)],
        notice_days: [0, 7, 14][dice.below(3)],
        instruction_days: [3, 10][dice.below(2)],
        calendar: Calendar {
            time_zone: "Europe/Ljubljana".to_owned(),
            cut_off: time(13, 0, 0, 0),
            day_of_month: 20,
            business_days: everything.to_vec(),
            holidays: Vec::new(),
        },
        rates: None,
        settlement: Ways {
            centre: dice
                .one_in(2)
                .then(|| MemberId(u32::try_from(dice.below(members)).unwrap_or(0))),
            allowed: match dice.below(4) {
                0 => [Way::Net].into(),
                1 => [Way::Gross].into(),
                _ => [Way::Net, Way::Gross].into(),
            },
            own_currency: dice.one_in(2),
        },
        portions: if dice.one_in(5) { Portions::Whole } else { Portions::Parts },
        sight: Sight::default(),
        run_off_days: [0, 5, 20][dice.below(3)],
    }
}

impl Author<'_> {
    pub(super) fn join(&mut self) -> Option<Draft> {
        if self.dice.one_in(8) {
            return Some(founding(self.people, self.dice));
        }
        if self.model.members.len() >= MOST_MEMBERS {
            return None;
        }
        let agent = self.dice.one_in(4);
        let name = format!("Member of step {}", self.step);
        let application = application(self.people, self.dice, &name, agent);
        let signers = application.keys.iter().map(|key| key.public).collect();
        Some(Draft { by: Actor::Applicant, action: Action::Apply(application), signers })
    }

    pub(super) fn stand(&mut self) -> Option<Draft> {
        let model = self.model;
        let owes = |n: u32| {
            let open = model.obligations.iter().filter(|o| !o.stage.is_over());
            open.into_iter().any(|o| o.debtor == n || o.creditor == n)
        };
        let active = model.members.iter().filter(|m| m.standing == Standing::Active).count();
        let member = self.member(|n| {
            let standing = model.members[n as usize].standing;
            let over =
                matches!(standing, Standing::Left | Standing::Rejected | Standing::Insolvent);
            // Few are active: rather bring someone back.
            !over && (active > 3 || standing != Standing::Active)
        })?;
        let step = match model.members[member as usize].standing {
            Standing::Applied if self.dice.one_in(4) => Step::Reject,
            Standing::Applied => Step::Admit,
            Standing::Suspended if self.dice.one_in(6) => Step::Leave,
            Standing::Suspended => Step::Reinstate,
            Standing::Blocked => Step::Unblock,
            Standing::MatchedOnly => Step::Clear,
            Standing::RunningOff if self.dice.one_in(6) => Step::Suspend,
            Standing::RunningOff => Step::Leave,
            _ if active > 4 && self.dice.one_in(4) && !owes(member) => Step::Leave,
            _ => match self.dice.below(12) {
                0 if active > 5 => Step::Insolvency,
                0..4 => Step::MatchOnly,
                4..6 => Step::Block,
                6 => Step::Leave,
                7 if active > 4 => Step::RunOff,
                _ => Step::Suspend,
            },
        };
        let evidence = self.dice.one_in(3).then(|| self.digest());
        let (number, reason) = (MemberId(member), self.reason());
        let action = Action::Stand { member: number, step, reason, evidence };
        match step {
            Step::MatchOnly | Step::Clear | Step::RunOff | Step::Leave => {
                Some(self.by(member, action, Role::Approve, None))
            }
            _ => {
                let signers = self.signers(None, Role::Approve, false);
                Some(Draft { by: Actor::Operator, action, signers })
            }
        }
    }

    /// Offers a merger, or accepts one.
    pub(super) fn merge(&mut self) -> Option<Draft> {
        let numbered = (0..).zip(&self.model.members);
        let offered: Vec<(u32, u32)> =
            numbered.filter_map(|(n, member)| Some((n, member.merger?))).collect();
        if let Some((absorbed, into)) = self.dice.pick(&offered).copied()
            && !self.dice.one_in(4)
        {
            let action = Action::AcceptMerger { member: MemberId(absorbed) };
            return Some(self.by(into, action, Role::Approve, None));
        }
        let (member, into) = (self.active()?, self.active()?);
        let evidence = self.dice.one_in(2).then(|| self.digest());
        let offer = MergerOffer { into: MemberId(into), reason: self.reason(), evidence };
        let active = self.model.members.iter().filter(|m| m.standing == Standing::Active).count();
        let action = Action::OfferMerger(offer);
        (active > 4).then(|| self.by(member, action, Role::Approve, None))
    }

    pub(super) fn way(&mut self) -> Option<Draft> {
        let by = self.active()?;
        if self.dice.one_in(2) {
            // Few currencies, so that two often choose the same.
            let known = self.model.currencies.len().min(2);
            let currency = (!self.dice.one_in(6)).then(|| self.dice.below(known));
            let currency = currency.map(|place| self.model.currencies[place].0);
            return Some(self.by(by, Action::ChooseCurrency { currency }, Role::Approve, None));
        }
        let way = if self.dice.one_in(2) { Way::Net } else { Way::Gross };
        Some(self.by(by, Action::ChooseSettlement { way }, Role::Approve, None))
    }

    fn own_key(&mut self, owner: Option<u32>) -> Option<PublicKey> {
        let of_owner = self.model.keys.iter().filter(|(_, key)| key.owner == owner && key.live);
        let keys: Vec<PublicKey> = of_owner.map(|(public, _)| *public).collect();
        self.dice.pick(&keys).copied()
    }

    pub(super) fn keys(&mut self) -> Option<Draft> {
        let owner = if self.dice.one_in(10) { None } else { Some(self.active()?) };
        let live = self.model.keys.values().filter(|key| key.owner == owner && key.live).count();
        let action = match self.dice.below(6) {
            0 | 1 if live < 5 => {
                let holder = format!("holder of step {}", self.step);
                let roles = match self.dice.below(3) {
                    0 => &ALL_ROLES[..1],
                    1 => &ALL_ROLES[..2],
                    _ => &ALL_ROLES[..],
                };
                Action::AddKey(self.people.new_key_of(self.dice, &holder, roles))
            }
            2 => {
                let new = self.people.new_key(self.dice);
                Action::RotateKey { old: self.own_key(owner)?, new }
            }
            3 => Action::RevokeKey { key: self.own_key(owner)?, reason: self.reason() },
            _ => {
                let currency = u8::try_from(self.dice.below(self.model.currencies.len())).ok()?;
                let over = self.dice.within(1_000, 60_000);
                let over = self.dice.one_in(2).then(|| self.amount(currency, over));
                let code = self.model.currencies[usize::from(currency)].0;
                Action::LimitOnePerson { currency: code, over }
            }
        };
        let by = owner.map_or(Actor::Operator, |member| Actor::Member(MemberId(member)));
        let limited = owner.is_some_and(|n| !self.model.members[n as usize].limits.is_empty());
        let two = limited && !self.dice.one_in(4);
        let mut signers = self.signers(owner, Role::Approve, two);
        if !self.dice.one_in(12) {
            signers.extend(action.brought());
        }
        Some(Draft { by, action, signers })
    }

    pub(super) fn delegation(&mut self) -> Option<Draft> {
        let given: Vec<_> = self.model.delegations.keys().copied().collect();
        if let Some((principal, delegate)) = self.dice.pick(&given).copied()
            && self.dice.one_in(4)
        {
            let (delegate, reason) = (MemberId(delegate), self.reason());
            let action = Action::EndDelegation { delegate, reason };
            return Some(self.by(principal, action, Role::Approve, None));
        }
        let principal = self.active()?;
        let model = self.model;
        let delegate = self.member(|n| model.members[n as usize].standing == Standing::Active)?;
        let all = [Scope::Enter, Scope::Bind, Scope::Receive, Scope::Agree];
        let mut scope: BTreeSet<Scope> = all.into_iter().collect();
        if self.dice.one_in(2) {
            scope.remove(&all[self.dice.below(4)]);
        }
        let until = self.today().saturating_add(self.dice.within(0, 30).days());
        let action = Action::Delegate { delegate: MemberId(delegate), scope, until };
        Some(self.by(principal, action, Role::Approve, None))
    }

    pub(super) fn propose(&mut self) -> Option<Draft> {
        let by = self.active()?;
        let rulebook_now = self.model.rulebook(self.today());
        let days = i64::from(rulebook_now.voting_days) + self.dice.within(0, 1);
        let closes = self.at + SignedDuration::from_hours(24 * days);
        let notice = i64::from(rulebook_now.notice_days) + self.dice.within(1, 2);
        let subject = match self.dice.below(4) {
            0 => {
                let from = self.today().saturating_add((days + notice).days());
                Subject::Rulebook {
                    rulebook: Box::new(rulebook(self.dice, self.model.members.len())),
                    from,
                }
            }
            1 => Subject::Cycle(self.opening()?),
            2 => {
                let count = self.model.members.len();
                let member = u32::try_from(self.dice.below(count)).ok()?;
                let step = match self.model.members[member as usize].standing {
                    Standing::Applied => Step::Admit,
                    Standing::Suspended => Step::Reinstate,
                    _ => Step::Suspend,
                };
                Subject::Standing { member: MemberId(member), step }
            }
            _ => Subject::Resolution { text: self.digest() },
        };
        Some(self.by(by, Action::Propose { subject, closes }, Role::Vote, None))
    }

    pub(super) fn vote(&mut self) -> Option<Draft> {
        let at = self.at;
        let numbered = (0..).map(ProposalId).zip(&self.model.proposals);
        let open: Vec<_> = numbered.filter(|(_, p)| p.outcome.is_none() && at < p.closes).collect();
        let (number, found) = *self.dice.pick(&open)?;
        let waiting: Vec<u32> =
            found.voters.iter().filter(|n| !found.votes.contains_key(n)).copied().collect();
        let member = *self.dice.pick(&waiting)?;
        let choice = [Choice::For, Choice::For, Choice::Against, Choice::Abstain];
        let choice = choice[self.dice.below(4)];
        Some(self.by(member, Action::Vote { proposal: number, choice }, Role::Vote, None))
    }

    pub(super) fn count(&mut self) -> Option<Draft> {
        let numbered = (0..).map(ProposalId).zip(&self.model.proposals);
        let waiting: Vec<_> = numbered.filter(|(_, p)| p.outcome.is_none()).collect();
        let early = self.dice.one_in(10);
        let at = self.at;
        let closed: Vec<_> = waiting.into_iter().filter(|(_, p)| early || at >= p.closes).collect();
        let proposal = self.dice.pick(&closed)?.0;
        let action = Action::CountVotes { proposal };
        if self.dice.one_in(2) {
            return Some(self.operator(action));
        }
        let by = self.active()?;
        Some(self.by(by, action, Role::Submit, None))
    }

    pub(super) fn agreement(&mut self) -> Option<Draft> {
        let numbered = (0..).map(AgreementId).zip(&self.model.agreements);
        let unsigned: Vec<_> =
            numbered.filter(|(_, a)| a.signed.len() < a.draft.parties.len()).collect();
        let agrees = Some(Scope::Agree);
        match (self.dice.below(8), self.dice.pick(&unsigned).copied()) {
            (0..5, Some((agreement, found))) => {
                let party = found.draft.parties.iter().find(|p| !found.signed.contains(&p.0))?;
                let text = found.draft.text;
                let action = Action::SignAgreement { agreement, text };
                Some(self.by(party.0, action, Role::Approve, agrees))
            }
            (5, _) => {
                let count = self.model.agreements.len();
                let place = self.dice.below(count);
                let found = self.model.agreements.get(place)?;
                let by = found.draft.parties.first()?.0;
                let from = self.today().saturating_add(self.dice.within(0, 20).days());
                let agreement = AgreementId(u32::try_from(place).ok()?);
                let action = Action::EndAgreement { agreement, from, reason: self.reason() };
                Some(self.by(by, action, Role::Approve, agrees))
            }
            _ => self.draft_agreement(),
        }
    }

    fn draft_agreement(&mut self) -> Option<Draft> {
        let by = self.active()?;
        let mut parties = BTreeSet::from([MemberId(by), MemberId(self.active()?)]);
        if self.dice.one_in(4) {
            parties.insert(MemberId(self.active()?));
        }
        let numbered = (0..).map(AgreementId).zip(&self.model.agreements);
        let same: BTreeSet<_> = numbered
            .filter(|(_, a)| a.draft.parties == parties)
            .map(|(number, _)| number)
            .collect();
        let supersedes = match self.dice.below(3) {
            0 => Supersedes::Nothing,
            1 if !same.is_empty() => Supersedes::Named(same),
            _ => Supersedes::Subject,
        };
        let subject = ["payment terms", "rates"][self.dice.below(2)].to_owned();
        let from = self.today().saturating_add(self.dice.within(-20, 20).days());
        let text = self.digest();
        let draft = AgreementDraft { subject, parties, text, from, supersedes };
        Some(self.by(by, Action::DraftAgreement(draft), Role::Approve, Some(Scope::Agree)))
    }
}
