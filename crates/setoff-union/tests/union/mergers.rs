use setoff_union::testing::{
    ALL_ROLES, Union, amount, application, code, day, key_of, new_key, parties,
};
use setoff_union::{
    Account, Action, Actor, Capacity, Change, CurrencyId, Digest, Draft, MemberId, MergerOffer,
    ObligationId, Refusal, Stage, Standing, Step, Supersedes, history, terms_in_force,
};

const EURO: CurrencyId = CurrencyId(0);
const TEXT: Digest = Digest([1; 32]);

/// Ann merges into Bob.
fn offer() -> Action {
    let reason = "merged by the register".to_owned();
    Action::OfferMerger(MergerOffer { into: MemberId(1), reason, evidence: Some(TEXT) })
}

const ACCEPT: Action = Action::AcceptMerger { member: MemberId(0) };

fn refused(result: Result<&[setoff_union::Entry], Refusal>) -> Refusal {
    result.map(|_| ()).unwrap_err()
}

fn agree(union: &mut Union, members: [u32; 2]) {
    let agreement =
        setoff_union::AgreementId(u32::try_from(union.state.agreements().len()).unwrap());
    let draft = Draft {
        subject: "rates".to_owned(),
        parties: parties(&members),
        text: TEXT,
        from: day(1, 1),
        supersedes: Supersedes::Nothing,
    };
    union.member(members[0], Action::DraftAgreement(draft)).unwrap();
    union.member(members[1], Action::SignAgreement { agreement, text: TEXT }).unwrap();
}

#[test]
fn debts_pass_and_those_between_the_two_lapse() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let owes = union.owed(0, 2, "100").unwrap();
    let owed = union.owed(2, 0, "30").unwrap();
    let between = union.owed(0, 1, "50").unwrap();
    let proposed = union.declared(1, 0, "5").unwrap();
    union.member(0, offer()).unwrap();

    union.member(1, ACCEPT).unwrap();

    let of = |obligation: ObligationId| &union.state.obligations()[obligation.0 as usize];
    assert_eq!((of(owes).debtor, of(owed).creditor), (MemberId(1), MemberId(1)));
    assert_eq!((of(between).stage, of(proposed).stage), (Stage::Discharged, Stage::Withdrawn));
    let balances = |member| union.state.ledger().balances(MemberId(member), EURO);
    assert_eq!((balances(0).of(Account::Payable), balances(0).of(Account::Receivable)), (0, 0));
    assert_eq!(balances(1).of(Account::Payable), -100_00);
    assert_eq!(balances(1).of(Account::Receivable), 30_00);
    let ann = &union.state.members()[0];
    assert_eq!((ann.standing, ann.merged_into, ann.open), (Standing::Left, Some(MemberId(1)), 0));
    let last = history(&union.entries, between).pop().unwrap();
    assert!(matches!(last.change, Change::Merged(_)));
    assert_eq!(union.replayed().digest(), union.state.digest());
}

#[test]
fn after_a_merger_the_absorbing_member_acts_and_the_absorbed_one_does_not() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let owed = union.owed(2, 0, "30").unwrap();
    let declaration = union.declaration(0, 2, "7");
    let document = union.declare(2, declaration.clone()).unwrap();
    union.member(0, offer()).unwrap();
    union.member(1, ACCEPT).unwrap();

    let pay = |by| {
        let (paid_on, reason) = (day(1, 1), "bank".to_owned());
        (by, Action::ConfirmPayment { obligation: owed, amount: amount("30"), paid_on, reason })
    };
    let (by, action) = pay(0);
    let absorbed = refused(union.member(by, action));
    let (by, action) = pay(1);
    union.member(by, action).unwrap();
    let again = setoff_union::Declaration { debtor: MemberId(1), ..declaration };
    let again = union.declare(2, again).unwrap_err();

    let standing = Standing::Left.name().to_owned();
    assert_eq!(absorbed, Refusal::StandsSo { member: MemberId(0), standing });
    let cause = Box::new(Refusal::DeclaredAlready { obligation: document });
    assert_eq!(again, Refusal::InRow { row: 1, cause }, "the same document stays the same");
}

#[test]
fn agreements_pass_from_the_day_of_the_merger_on() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    agree(&mut union, [0, 2]);
    agree(&mut union, [0, 1]);
    union.wait(24 * 10);
    union.member(0, offer()).unwrap();
    union.member(1, ACCEPT).unwrap();

    let in_force = |members: [u32; 2], date| {
        terms_in_force(&union.state, "rates", &parties(&members), date).map(|found| found.0.0)
    };
    assert_eq!((in_force([0, 2], day(1, 10)), in_force([0, 2], day(1, 11))), (Some(0), None));
    assert_eq!((in_force([1, 2], day(1, 10)), in_force([1, 2], day(1, 11))), (None, Some(2)));
    assert_eq!((in_force([0, 1], day(1, 10)), in_force([0, 1], day(1, 11))), (Some(1), None));
}

#[test]
fn a_merger_waits_while_both_have_terms_on_the_same_matter() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    agree(&mut union, [0, 2]);
    agree(&mut union, [1, 2]);
    union.member(0, offer()).unwrap();

    let refused = refused(union.member(1, ACCEPT));

    let (agreement, other) = (setoff_union::AgreementId(2), setoff_union::AgreementId(1));
    assert_eq!(refused, Refusal::Contradicts { agreement, other });
}

#[test]
fn a_merger_needs_both_members_free() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    union.owed(0, 2, "100").unwrap();
    let not_offered = refused(union.member(1, ACCEPT));
    let itself = MergerOffer { into: MemberId(0), reason: "x".to_owned(), evidence: None };
    let itself = refused(union.member(0, Action::OfferMerger(itself)));
    union.member(0, offer()).unwrap();
    let to_another = refused(union.member(2, ACCEPT));
    let cycle = union.cut_off().unwrap();
    let held = refused(union.member(1, ACCEPT));
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
    let to_pay = refused(union.member(1, ACCEPT));
    union.stand(1, Step::Insolvency).unwrap();
    let insolvent = refused(union.member(1, ACCEPT));

    let no_merger = Refusal::NoMerger { member: MemberId(0) };
    assert_eq!((not_offered, to_another), (no_merger.clone(), no_merger));
    assert_eq!(itself, Refusal::MergesWithItself { member: MemberId(0) });
    assert_eq!(held, Refusal::InACycle { member: MemberId(0), cycle });
    assert!(matches!(to_pay, Refusal::Instructed { .. }));
    assert!(matches!(insolvent, Refusal::StandsSo { .. }));
}

#[test]
fn where_a_limit_asks_for_two_people_one_does_not_merge() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.member(0, Action::AddKey(new_key(key_of(70), "Ada", &ALL_ROLES))).unwrap();
    let over = Some(amount("1000"));
    union.member(0, Action::LimitOnePerson { currency: code("EUR"), over }).unwrap();

    let alone = refused(union.member(0, offer()));
    let ann = Actor::Member(MemberId(0));
    let two = union.give(ann, vec![key_of(0), key_of(70)], offer()).map(|_| ());

    assert_eq!(alone, Refusal::NeedsTwoPeopleToChange { member: MemberId(0) });
    assert_eq!(two, Ok(()));
}

#[test]
fn the_name_of_an_absorbed_member_is_free_and_its_keys_are_revoked() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.member(0, offer()).unwrap();
    union.member(1, ACCEPT).unwrap();

    let apply = Action::Apply(application("Ann", 2, Capacity::Member));
    let again = union.give(Actor::Applicant, vec![key_of(2)], apply).map(|_| ());

    assert_eq!(again, Ok(()));
    assert!(!union.state.keys()[1].is_live());
}
