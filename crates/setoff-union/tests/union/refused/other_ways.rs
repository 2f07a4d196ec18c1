//! Other ways to causes that [`super::rows`] meets already: each is another line of the rules.

use setoff_union::testing::{
    ALL_ROLES, CURRENCIES, OPERATOR, Union, code, day, key_of, new_key, rulebook,
};
use setoff_union::{
    Action, Actor, Declaration, Declares, Digest, MemberId, MergerOffer, Mode, Opening, Refusal,
    Role, Rulebook, Scope, Supersedes, utc_date,
};

use super::{
    AGREEMENT, ANN, FIRM, FOR, PROPOSAL, Row, TEXT, ZERO, confirm, credited, declared, delegate,
    draft, ended, failed, founding, give, hold, instructed, member, operator, paid, proposal,
    revoke, sign, unfounded, why, with_rules,
};

pub(super) const OTHER_WAYS: &[&[Row]] = &[KEYS, FOUNDING, OBLIGATIONS, CYCLES, AGREEMENTS];

const KEYS: &[Row] = &[
    ("KeyOfAnother", |u| member(u, 0, revoke(1))),
    ("UnknownKey", |u| member(u, 0, revoke(99))),
    ("KeyRevoked", |u| {
        u.member(0, Action::AddKey(new_key(key_of(70), "Ann", &ALL_ROLES))).unwrap();
        u.member(0, revoke(70)).unwrap();
        member(u, 0, revoke(70))
    }),
    ("NeedsRole", |u| {
        u.member(0, Action::AddKey(new_key(key_of(70), "Ada", &[Role::Vote]))).unwrap();
        give(u, ANN, &[70], hold(ZERO))
    }),
    ("NeedsRole", |u| {
        proposal(u);
        u.member(0, Action::AddKey(new_key(key_of(70), "Ada", &[Role::Approve]))).unwrap();
        give(u, ANN, &[70], FOR)
    }),
    ("LastKey", |u| operator(u, Action::RevokeKey { key: OPERATOR, reason: why() })),
    ("OnlyMembers", |u| {
        let key = new_key(key_of(70), "Dan", &ALL_ROLES);
        give(u, Actor::Applicant, &[70], Action::AddKey(key))
    }),
    ("ActsForAnother", |u| member(u, 0, Action::EndDelegation { delegate: FIRM, reason: why() })),
    ("OutOfScope", |u| {
        u.member(1, delegate(FIRM.0, &[Scope::Enter, Scope::Bind, Scope::Agree])).unwrap();
        give(u, Actor::Member(MemberId(1)), &[FIRM.0], paid("1"))
    }),
    ("OutOfScope", |u| {
        u.member(0, delegate(FIRM.0, &[Scope::Enter, Scope::Bind, Scope::Receive])).unwrap();
        give(u, ANN, &[FIRM.0], draft(&[0, 1], Supersedes::Nothing))
    }),
    ("Agent", |u| {
        proposal(u);
        member(u, FIRM.0, FOR)
    }),
    ("Agent", |u| {
        proposal(u);
        u.wait(24 * 7);
        member(u, FIRM.0, Action::CountVotes { proposal: PROPOSAL })
    }),
];

const FOUNDING: &[Row] = &[
    ("OnlyTheOperator", |u| {
        let command = u.commands[0].0.clone();
        unfounded(u).give(Actor::Applicant, command.signers, command.action).unwrap_err()
    }),
    ("NoName", |u| founding(u, |found, _| found.name = String::from(" "))),
    ("EmptyList", |u| founding(u, |found, _| found.currencies.clear())),
    ("EmptyList", |u| {
        founding(u, |found, _| {
            found.currencies = (0..251).map(|number| format!("UNIT{number}:2")).collect();
        })
    }),
    ("TooFewFounders", |u| founding(u, |found, _| found.operator.clear())),
    ("BadRulebook", |u| founding(u, |found, _| found.rulebook.quorum.over = 0)),
    ("BadRulebook", |u| founding(u, |found, _| found.rulebook.majority.over = 0)),
    ("BadRulebook", |u| founding(u, |found, _| found.rulebook.majority.over = 4)),
    ("BadRulebook", |u| founding(u, |found, _| found.rulebook.calendar.day_of_month = 0)),
    ("BadRulebook", |u| founding(u, |found, _| found.rulebook.calendar.day_of_month = 29)),
    ("BadRulebook", |u| founding(u, |found, _| found.rulebook.calendar.business_days.clear())),
    ("BadRulebook", |u| {
        founding(u, |found, _| found.rulebook.calendar.time_zone = String::from(" "))
    }),
];

const OBLIGATIONS: &[Row] = &[
    ("EmptyList", |u| member(u, 1, Action::Declare { obligations: vec![], file: None })),
    ("NotASide", |u| {
        let declaration = u.declaration(0, 1, "5");
        match u.declare(3, declaration).unwrap_err() {
            Refusal::InRow { row: 1, cause } => *cause,
            other => other,
        }
    }),
    ("NotTheDeclaringSide", |u| {
        *u = with_rules(Rulebook { declares: Declares::Creditor, ..rulebook() });
        let declaration: Declaration = u.declaration(0, 1, "5");
        match u.declare(0, declaration).unwrap_err() {
            Refusal::InRow { row: 1, cause } => *cause,
            other => other,
        }
    }),
    ("NoReference", |u| member(u, 1, credited(" "))),
    ("NoReference", |u| member(u, 1, credited(&"x".repeat(141)))),
    ("NoReference", |u| declared(u, |found| found.reference = "x".repeat(141))),
    ("NotASide", |u| member(u, 3, confirm(2))),
];

const CYCLES: &[Row] = &[
    ("EmptyList", |u| u.opened_as(Mode::PerCurrency { currencies: vec![] }).unwrap_err()),
    ("NoSuchCurrency", |u| {
        u.opened_as(Mode::PerCurrency { currencies: vec![code("CHF")] }).unwrap_err()
    }),
    ("OnlyTheOperator", |u| {
        let mode = Mode::PerCurrency { currencies: CURRENCIES.map(code).to_vec() };
        let value_date = utc_date(u.now);
        member(u, 0, Action::OpenCycle(Opening { mode, value_date }))
    }),
    ("OnlyTheOperator", |u| {
        let cycle = u.cut_off().unwrap();
        member(u, 0, Action::Abandon { cycle, reason: why() })
    }),
    ("OnlyTheOperator", |u| {
        let cycle = u.cleared().unwrap();
        member(u, 0, Action::Instruct { cycle })
    }),
    ("CycleStands", |u| {
        let cycle = u.cleared().unwrap();
        operator(u, Action::Abandon { cycle, reason: why() })
    }),
    ("CycleStands", |u| {
        let cycle = u.cut_off().unwrap();
        u.operator(Action::Abandon { cycle, reason: why() }).unwrap();
        operator(u, Action::Finalise { cycle })
    }),
    ("NotASide", |u| {
        instructed(u);
        member(u, 3, failed())
    }),
    ("OnlyMembers", |u| {
        instructed(u);
        operator(u, failed())
    }),
];

/// Ann and Cem agree, and Ann, Bob and Cem: when Ann merges into Bob, both would be between two.
fn merging(u: &mut Union) -> Refusal {
    u.member(0, draft(&[0, 3], Supersedes::Nothing)).unwrap();
    u.member(3, sign(AGREEMENT, TEXT)).unwrap();
    u.member(0, draft(&[0, 1, 3], Supersedes::Nothing)).unwrap();
    for signer in [1, 3] {
        u.member(signer, sign(setoff_union::AgreementId(1), TEXT)).unwrap();
    }
    let offer = MergerOffer { into: MemberId(1), reason: why(), evidence: None };
    u.member(0, Action::OfferMerger(offer)).unwrap();
    member(u, 1, Action::AcceptMerger { member: MemberId(0) })
}

const AGREEMENTS: &[Row] = &[
    ("NotAParty", |u| {
        u.member(0, draft(&[0, 1], Supersedes::Nothing)).unwrap();
        member(u, 3, sign(AGREEMENT, Digest([2; 32])))
    }),
    ("NotAParty", |u| {
        u.member(0, draft(&[0, 1], Supersedes::Nothing)).unwrap();
        u.member(1, sign(AGREEMENT, TEXT)).unwrap();
        member(u, 3, ended())
    }),
    ("NotInForce", |u| {
        u.member(0, draft(&[0, 1], Supersedes::Nothing)).unwrap();
        u.member(1, sign(AGREEMENT, TEXT)).unwrap();
        u.member(0, ended()).unwrap();
        member(u, 1, ended())
    }),
    ("TooLittleNotice", |u| {
        u.member(0, draft(&[0, 1], Supersedes::Nothing)).unwrap();
        u.member(1, sign(AGREEMENT, TEXT)).unwrap();
        let (agreement, from) = (AGREEMENT, day(1, 14));
        member(u, 0, Action::EndAgreement { agreement, from, reason: why() })
    }),
    ("Contradicts", merging),
];
