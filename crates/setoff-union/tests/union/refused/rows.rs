//! One row a cause, in the order of the page.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use setoff_union::testing::{
    ALL_ROLES, CURRENCIES, OPERATOR, Union, amount, code, day, key_of, new_key, rulebook,
};
use setoff_union::{
    Action, Actor, AgreementId, Capacity, CycleId, Declaration, Declares, Digest, Kind, MemberId,
    MergerOffer, Mode, ObligationId, Opening, Portions, Published, RateSource, Refusal, Role,
    Rulebook, Scope, Step, Subject, Supersedes, Way, Ways, utc_date,
};

use super::{
    AGREEMENT, ANN, FIRM, FOR, INSTRUCTION, PROPOSAL, Row, TEXT, WAITING, ZERO, applies, confirm,
    credited, declared, delegate, draft, ended, failed, founding, give, hold, instructed, limit,
    limited, member, operator, paid, proposal, propose, received, result, revoke, sign, step,
    unfounded, why, with_rules, withdraw,
};

pub(super) const ROWS: &[&[Row]] =
    &[AUTHORITY, FOUNDING, MEMBERS, OBLIGATIONS, VOTES, CYCLES, SETTLEMENT, AGREEMENTS];

const AUTHORITY: &[Row] = &[
    ("Unsigned", |u| give(u, ANN, &[], hold(ZERO))),
    ("UnknownKey", |u| give(u, ANN, &[99], hold(ZERO))),
    ("KeyRevoked", |u| {
        u.member(0, Action::AddKey(new_key(key_of(70), "Ann", &ALL_ROLES))).unwrap();
        u.member(0, revoke(70)).unwrap();
        give(u, ANN, &[70], hold(ZERO))
    }),
    ("SignedTwice", |u| give(u, ANN, &[0, 0], hold(ZERO))),
    ("KeyOfAnother", |u| u.give(ANN, vec![OPERATOR], hold(ZERO)).unwrap_err()),
    ("ActsForAnother", |u| give(u, ANN, &[1], hold(ZERO))),
    ("DelegationEnded", |u| {
        u.member(0, delegate(FIRM.0, &[Scope::Enter])).unwrap();
        u.wait(24);
        give(u, ANN, &[FIRM.0], hold(ZERO))
    }),
    ("OutOfScope", |u| {
        u.member(0, delegate(FIRM.0, &[Scope::Bind])).unwrap();
        give(u, ANN, &[FIRM.0], hold(ZERO))
    }),
    ("NotForDelegates", |u| give(u, ANN, &[FIRM.0], FOR)),
    ("NeedsRole", |u| {
        u.member(0, Action::AddKey(new_key(key_of(70), "Ada", &[Role::Submit]))).unwrap();
        give(u, ANN, &[70], confirm(2))
    }),
    ("NeedsTwoPeople", |u| {
        limited(u);
        u.declared(1, 0, "50.01").unwrap_err()
    }),
    ("NeedsTwoPeopleToChange", |u| {
        limited(u);
        member(u, 0, limit(None))
    }),
    ("OnlyMembers", |u| operator(u, hold(ZERO))),
    ("OnlyTheOperator", |u| member(u, 0, Action::CutOff { cycle: CycleId(0) })),
    ("OperatorHasNoVote", |u| operator(u, FOR)),
    ("NotYoursToDecide", |u| member(u, 0, step(1, Step::Suspend))),
    ("NoReason", |u| member(u, 0, Action::Hold { obligation: ZERO, reason: " ".to_owned() })),
    ("ClockWentBack", |u| {
        u.now -= SignedDuration::from_hours(1);
        member(u, 0, hold(ZERO))
    }),
    ("OutOfTime", |u| {
        u.now = Timestamp::MAX;
        u.opened().unwrap_err()
    }),
    ("EmptyList", |u| member(u, 0, Action::Confirm { obligations: vec![] })),
];

const FOUNDING: &[Row] = &[
    ("NotFounded", |u| operator(&mut unfounded(u), Action::CutOff { cycle: CycleId(0) })),
    ("FoundedAlready", |u| {
        let command = u.commands[0].0.clone();
        u.give(command.by, command.signers, command.action).unwrap_err()
    }),
    ("TooFewFounders", |u| founding(u, |found, _| found.members.truncate(1))),
    ("FounderMissing", |u| founding(u, |_, signers| signers.truncate(2))),
    ("AgentFounds", |u| {
        founding(u, |found, _| found.members[1].profile.capacity = Capacity::Agent)
    }),
    ("NoCurrency", |u| founding(u, |found, _| found.currencies.push("EUROS".to_owned()))),
    ("CurrencyTwice", |u| founding(u, |found, _| found.currencies.push("EUR".to_owned()))),
    ("BadRulebook", |u| founding(u, |found, _| found.rulebook.quorum.under = 0)),
];

const MEMBERS: &[Row] = &[
    ("NoSuchMember", |u| give(u, Actor::Member(MemberId(u32::MAX)), &[0], hold(ZERO))),
    ("NoName", |u| applies(u, |dan| dan.profile.name = String::from(" Dan"))),
    ("NameTaken", |u| applies(u, |dan| dan.profile.name = String::from("ANN"))),
    ("NoCountry", |u| applies(u, |dan| dan.profile.country = String::from("Si"))),
    ("NoLei", |u| applies(u, |dan| dan.profile.lei = Some("506700GE1G29325QX364".to_owned()))),
    ("NoApprover", |u| applies(u, |dan| dan.keys[0].roles = [Role::Submit].into())),
    ("StandsSo", |u| operator(u, step(1, Step::Reinstate))),
    ("Agent", |u| declared(u, |found| found.debtor = FIRM)),
    ("InACycle", |u| {
        u.cut_off().unwrap();
        member(u, 0, step(0, Step::MatchOnly))
    }),
    ("LeavesWithDebts", |u| member(u, 0, step(0, Step::Leave))),
    ("MergesWithItself", |u| {
        let offer = MergerOffer { into: MemberId(0), reason: why(), evidence: None };
        member(u, 0, Action::OfferMerger(offer))
    }),
    ("NoMerger", |u| member(u, 1, Action::AcceptMerger { member: MemberId(0) })),
    ("KeyUsedBefore", |u| {
        give(u, ANN, &[0], Action::AddKey(new_key(key_of(1), "Ann", &ALL_ROLES)))
    }),
    ("KeyNotProven", |u| {
        give(u, ANN, &[0], Action::AddKey(new_key(key_of(70), "Ann", &ALL_ROLES)))
    }),
    ("KeyWithoutUse", |u| member(u, 0, Action::AddKey(new_key(key_of(70), " ", &ALL_ROLES)))),
    ("LastKey", |u| member(u, 0, revoke(0))),
    ("TooFewPeople", |u| member(u, 0, limit(Some("50")))),
    ("OwnDelegate", |u| member(u, 0, delegate(0, &[Scope::Bind]))),
    ("EmptyDelegation", |u| member(u, 0, delegate(FIRM.0, &[]))),
];

const OBLIGATIONS: &[Row] = &[
    ("NoSuchObligation", |u| member(u, 0, hold(ObligationId(u32::MAX)))),
    ("InRow", |u| u.declared(0, 0, "5").unwrap_err()),
    ("NoSuchCurrency", |u| declared(u, |found| found.currency = code("CHF"))),
    ("NoAmount", |u| declared(u, |found| found.amount = amount("0"))),
    ("TooSmall", |u| {
        let smallest = [(code("EUR"), amount("5.01"))].into();
        *u = with_rules(Rulebook { smallest, ..rulebook() });
        declared(u, |_| {})
    }),
    ("ImpossibleDate", |u| declared(u, |found| found.issued = found.due.tomorrow().unwrap())),
    ("NoReference", |u| declared(u, |found| found.reference = String::from(" "))),
    ("DeclaredAlready", |u| declared(u, |found| found.reference = String::from("INV-0"))),
    ("TwiceInList", |u| {
        let obligations = vec![u.declaration(0, 1, "5"), u.declaration(0, 1, "6")];
        match member(u, 1, Action::Declare { obligations, file: None }) {
            Refusal::InRow { row: 2, cause } => *cause,
            other => other,
        }
    }),
    ("OnlyBySettlement", |u| declared(u, |found| found.kind = Kind::NetPosition)),
    ("FollowsFromConfirmed", |u| {
        let settlement = Ways { centre: Some(MemberId(1)), ..Ways::default() };
        *u = Union::with_rulebook(&["Ann", "Bob", "Cem"], Rulebook { settlement, ..rulebook() });
        u.owed(0, 2, "100").unwrap();
        instructed(u);
        let (obligation, reason) = (ObligationId(1), why());
        member(u, 0, Action::Dispute { obligation, part: None, reason, evidence: None })
    }),
    ("OwesItself", |u| declared(u, |found| found.debtor = MemberId(1))),
    ("NotASide", |u| member(u, 3, hold(ZERO))),
    ("NotTheDeclaringSide", |u| {
        let rules = Rulebook { declares: Declares::Debtor, ..rulebook() };
        *u = Union::with_rulebook(&["Ann", "Bob"], rules);
        declared(u, |_| {})
    }),
    ("OwnDeclaration", |u| member(u, 1, confirm(2))),
    ("NotYourDeclaration", |u| member(u, 0, withdraw(WAITING))),
    ("ConfirmedAlready", |u| member(u, 0, confirm(0))),
    ("WrongStage", |u| {
        u.member(1, withdraw(WAITING)).unwrap();
        member(u, 0, confirm(2))
    }),
    ("Frozen", |u| {
        u.cut_off().unwrap();
        member(u, 0, hold(ZERO))
    }),
    ("Instructed", |u| {
        instructed(u);
        member(u, 0, hold(ZERO))
    }),
    ("MoreThanOutstanding", |u| member(u, 1, paid("100.01"))),
    ("CreditedAlready", |u| {
        u.member(1, credited("CN-1")).unwrap();
        member(u, 1, credited("CN-1"))
    }),
    ("TooLargeAfter", |u| {
        u.member(1, paid("1")).unwrap();
        let (outstanding, due) = (amount("46116860184273879.04"), day(2, 1));
        member(u, 0, Action::Correct { obligation: ZERO, outstanding, due, reason: why() })
    }),
    ("OnlyTheCreditor", |u| member(u, 0, paid("1"))),
    ("AssignedToASide", |u| {
        let to = MemberId(0);
        member(u, 1, Action::OfferAssignment { obligation: ZERO, to, reason: why() })
    }),
    ("NotOffered", |u| member(u, 3, Action::AcceptAssignment { obligation: ZERO })),
    ("HeldAlready", |u| {
        u.member(0, hold(ZERO)).unwrap();
        member(u, 0, hold(ZERO))
    }),
    ("NotHeld", |u| member(u, 0, Action::Release { obligation: ZERO, reason: why() })),
];

const VOTES: &[Row] = &[
    ("NoSuchProposal", |u| member(u, 0, FOR)),
    ("ClosesTooSoon", |u| propose(u, Subject::Resolution { text: TEXT }, 6).unwrap_err()),
    ("TooLittleNotice", |u| {
        let subject = Subject::Rulebook { rulebook: Box::new(rulebook()), from: day(1, 21) };
        propose(u, subject, 7).unwrap_err()
    }),
    ("NotVotable", |u| {
        let subject = Subject::Standing { member: MemberId(1), step: Step::Leave };
        propose(u, subject, 7).unwrap_err()
    }),
    ("VoteClosed", |u| {
        proposal(u);
        u.wait(24 * 7);
        member(u, 0, FOR)
    }),
    ("VoteOpen", |u| {
        proposal(u);
        operator(u, Action::CountVotes { proposal: PROPOSAL })
    }),
    ("MayNotVote", |u| {
        proposal(u);
        let late = u.admitted("Dan", Capacity::Member).unwrap();
        member(u, late, FOR)
    }),
    ("VotedAlready", |u| {
        proposal(u);
        u.member(0, FOR).unwrap();
        member(u, 0, FOR)
    }),
];

const CYCLES: &[Row] = &[
    ("NoSuchCycle", |u| operator(u, Action::CutOff { cycle: CycleId(u32::MAX) })),
    ("CycleStands", |u| {
        let cycle = u.cut_off().unwrap();
        operator(u, Action::CutOff { cycle })
    }),
    ("NoValueDate", |u| {
        let mode = Mode::PerCurrency { currencies: CURRENCIES.map(code).to_vec() };
        let value_date = utc_date(u.now).yesterday().unwrap();
        operator(u, Action::OpenCycle(Opening { mode, value_date }))
    }),
    ("CyclesOverlap", |u| {
        u.cut_off().unwrap();
        u.cut_off().unwrap_err()
    }),
    ("CorrectionsOpen", |u| {
        let cycle = u.cut_off().unwrap();
        let (cleared, results) = u.result(cycle).unwrap();
        operator(u, Action::ProposeResult { cycle, cleared, results })
    }),
    ("OtherCutOff", |u| result(u, |cleared, _| cleared.0[31] ^= 1)),
    ("MissingResult", |u| result(u, |_, results| results.clear())),
    ("FalseResult", |u| result(u, |_, results| results[0].fill(0))),
    ("NotBetter", |u| {
        *u = with_rules(Rulebook { portions: Portions::Whole, ..rulebook() });
        let cycle = u.cut_off().unwrap();
        u.proposed(cycle).unwrap();
        u.proposed(cycle).unwrap_err()
    }),
    ("NotOldestFirst", |u| {
        let due = utc_date(u.now).tomorrow().unwrap();
        let younger = Declaration { due, ..u.declaration(0, 1, "100") };
        let younger = u.declare(1, younger).unwrap();
        u.confirmed(younger).unwrap();
        result(u, |_, results| results[0].swap(0, 1))
    }),
    ("NoRate", |u| {
        let rates = [(code("JPY"), amount("0"))].into();
        u.opened_as(Mode::UnitOfAccount { unit: code("EUR"), rates, published: None }).unwrap_err()
    }),
    ("RatesFromNowhere", |u| {
        *u = with_rules(rates_of_the_day());
        u.opened_as(dollars(None)).unwrap_err()
    }),
    ("RatesTooOld", |u| {
        *u = with_rules(rates_of_the_day());
        u.opened_as(dollars(Some(day(1, 1).yesterday().unwrap()))).unwrap_err()
    }),
    ("RatesOfLater", |u| u.opened_as(dollars(Some(day(1, 2)))).unwrap_err()),
];

fn rates_of_the_day() -> Rulebook {
    let rates = Some(RateSource { name: "the central bank".to_owned(), oldest_days: 0 });
    Rulebook { rates, ..rulebook() }
}

fn dollars(published_on: Option<Date>) -> Mode {
    let published = published_on.map(|on| Published { on, document: TEXT });
    let rates = [(code("USD"), amount("1.0871"))].into();
    Mode::UnitOfAccount { unit: code("EUR"), rates, published }
}

const SETTLEMENT: &[Row] = &[
    ("NoSuchInstruction", |u| member(u, 0, failed())),
    ("NothingToInstruct", |u| {
        let cycle = u.opened().unwrap();
        operator(u, Action::Instruct { cycle })
    }),
    ("OnlyTheRecipient", |u| {
        instructed(u);
        member(u, 0, received("1"))
    }),
    ("MoreThanInstructed", |u| {
        instructed(u);
        member(u, 1, received("40.01"))
    }),
    ("WayNotAllowed", |u| member(u, 0, Action::ChooseSettlement { way: Way::Gross })),
    ("OwnCurrencyNotAllowed", |u| {
        member(u, 0, Action::ChooseCurrency { currency: Some(code("USD")) })
    }),
    ("InstructionOver", |u| {
        instructed(u);
        u.member(0, failed()).unwrap();
        member(u, 1, received("1"))
    }),
    ("NotStale", |u| {
        instructed(u);
        operator(u, Action::ExpireInstruction { instruction: INSTRUCTION })
    }),
];

const AGREEMENTS: &[Row] = &[
    ("NoSuchAgreement", |u| member(u, 0, sign(AGREEMENT, TEXT))),
    ("NoAgreement", |u| member(u, 0, draft(&[0], Supersedes::Nothing))),
    ("NotAParty", |u| member(u, 0, draft(&[1, 3], Supersedes::Nothing))),
    ("OtherText", |u| {
        u.member(0, draft(&[0, 1], Supersedes::Nothing)).unwrap();
        member(u, 1, sign(AGREEMENT, Digest([2; 32])))
    }),
    ("AgreedAlready", |u| {
        u.member(0, draft(&[0, 1], Supersedes::Nothing)).unwrap();
        member(u, 0, sign(AGREEMENT, TEXT))
    }),
    ("SupersedesItself", |u| member(u, 0, draft(&[0, 1], Supersedes::Named([AGREEMENT].into())))),
    ("OtherParties", |u| {
        u.member(0, draft(&[0, 1], Supersedes::Nothing)).unwrap();
        member(u, 0, draft(&[0, 3], Supersedes::Named([AGREEMENT].into())))
    }),
    ("Contradicts", |u| {
        for _ in 0..2 {
            u.member(0, draft(&[0, 1], Supersedes::Nothing)).unwrap();
        }
        u.member(1, sign(AGREEMENT, TEXT)).unwrap();
        member(u, 1, sign(AgreementId(1), TEXT))
    }),
    ("NotInForce", |u| {
        u.member(0, draft(&[0, 1], Supersedes::Nothing)).unwrap();
        member(u, 0, ended())
    }),
];
