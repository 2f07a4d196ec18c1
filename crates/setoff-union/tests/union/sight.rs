use setoff_union::testing::{OPERATOR, Union, day, key_of, parties, rulebook};
use setoff_union::{
    Action, AgreementId, Auditor, Capacity, Digest, Draft, InstructionId, MemberId, MergerOffer,
    ObligationId, PublicKey, Refusal, Rulebook, Scope, Sees, Sight, Step, Subject, Supersedes,
    Thing, Viewer, may_see,
};

const AUDITOR: PublicKey = PublicKey([77; 32]);
const OBLIGATION: Thing = Thing::Obligation(ObligationId(0));
const INSTRUCTION: Thing = Thing::Instruction(InstructionId(0));
const AGREEMENT: Thing = Thing::Agreement(AgreementId(0));
const ANNS_BOOKS: Thing = Thing::Books(MemberId(0));
const ALL: [Thing; 5] = [OBLIGATION, INSTRUCTION, AGREEMENT, ANNS_BOOKS, Thing::Union];

fn member(number: u32) -> Viewer {
    Viewer::Member(MemberId(number))
}

/// Ann owes Bob, is to pay it, and has an agreement with it; Cem has nothing to do with that.
fn union_with(sight: Sight) -> Union {
    let mut union = Union::with_rulebook(&["Ann", "Bob", "Cem"], Rulebook { sight, ..rulebook() });
    union.owed(0, 1, "10").unwrap();
    let draft = Draft {
        subject: "rates".to_owned(),
        parties: parties(&[0, 1]),
        text: Digest([1; 32]),
        from: day(1, 1),
        supersedes: Supersedes::Nothing,
    };
    union.member(0, Action::DraftAgreement(draft)).unwrap();
    let cycle = union.cleared().unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
    union
}

/// Which of all things a viewer sees on a day.
fn seen_on(union: &Union, viewer: Viewer, today: jiff::civil::Date) -> Vec<Thing> {
    ALL.into_iter().filter(|thing| may_see(&union.state, viewer, *thing, today)).collect()
}

fn seen(union: &Union, viewer: Viewer) -> Vec<Thing> {
    seen_on(union, viewer, day(2, 1))
}

#[test]
fn a_member_sees_its_own_and_nothing_of_others() {
    let union = union_with(Sight::default());

    assert_eq!(seen(&union, member(0)), ALL);
    assert_eq!(seen(&union, member(1)), [OBLIGATION, INSTRUCTION, AGREEMENT, Thing::Union]);
    assert_eq!(seen(&union, member(2)), [Thing::Union]);
    assert_eq!(seen(&union, Viewer::Key(key_of(2))), [Thing::Union]);
    assert_eq!(seen(&union, Viewer::Key(OPERATOR)), ALL);
    assert_eq!(seen(&union, Viewer::Operator), ALL);
    assert_eq!(seen(&union, Viewer::Key(AUDITOR)), []);
}

#[test]
fn what_is_not_there_is_answered_as_what_may_not_be_seen() {
    let union = union_with(Sight::default());

    for viewer in [Viewer::Operator, member(0), member(u32::MAX)] {
        let beyond = Thing::Obligation(ObligationId(u32::MAX));
        assert!(!may_see(&union.state, viewer, beyond, day(2, 1)));
        assert!(!may_see(&union.state, viewer, Thing::Books(MemberId(9)), day(2, 1)));
    }
}

#[test]
fn in_an_open_union_all_members_see_all_and_agents_do_not() {
    let mut union = union_with(Sight { open: true, auditors: Vec::new() });
    let agent = union.admitted("Ledger Ltd", Capacity::Agent).unwrap();

    assert_eq!(seen(&union, member(2)), ALL);
    assert_eq!(seen(&union, member(agent)), [Thing::Union]);
}

#[test]
fn a_delegate_sees_what_its_scope_is_about_while_it_may_act() {
    let mut union = union_with(Sight::default());
    let delegate =
        |scope| Action::Delegate { delegate: MemberId(2), scope: [scope].into(), until: day(3, 1) };

    let mut with = |scope| {
        union.member(0, delegate(scope)).unwrap();
        (seen(&union, member(2)), seen_on(&union, member(2), day(3, 2)))
    };

    let over = vec![Thing::Union];
    assert_eq!(with(Scope::Enter), (vec![OBLIGATION, ANNS_BOOKS, Thing::Union], over.clone()));
    let receives = vec![OBLIGATION, INSTRUCTION, ANNS_BOOKS, Thing::Union];
    assert_eq!(with(Scope::Receive), (receives, over.clone()));
    assert_eq!(with(Scope::Agree), (vec![AGREEMENT, Thing::Union], over));
}

fn auditor(sees: &[Sees], members: Option<&[u32]>) -> Sight {
    let auditor = Auditor {
        name: "Audit Ltd".to_owned(),
        keys: [AUDITOR].into(),
        sees: sees.iter().copied().collect(),
        members: members.map(parties),
    };
    Sight { open: false, auditors: vec![auditor] }
}

#[test]
fn an_auditor_sees_what_the_rulebook_says_of_whom_it_says() {
    let books = union_with(auditor(&[Sees::Books], None));
    let of_bob = union_with(auditor(&[Sees::Obligations, Sees::Books], Some(&[1])));
    let of_cem = union_with(auditor(&[Sees::Obligations, Sees::Agreements], Some(&[2])));

    assert_eq!(seen(&books, Viewer::Key(AUDITOR)), [ANNS_BOOKS, Thing::Union]);
    assert_eq!(seen(&of_bob, Viewer::Key(AUDITOR)), [OBLIGATION, Thing::Union]);
    assert_eq!(seen(&of_cem, Viewer::Key(AUDITOR)), [Thing::Union]);
    assert_eq!(seen(&books, Viewer::Key(PublicKey([78; 32]))), []);
}

#[test]
fn an_auditor_without_key_or_for_a_member_that_there_is_not_is_no_rule() {
    let mut union = union_with(Sight::default());
    let mut keyless = auditor(&[Sees::Books], None);
    keyless.auditors[0].keys.clear();

    for sight in [keyless, auditor(&[], None), auditor(&[Sees::Books], Some(&[9]))] {
        let rules = Box::new(Rulebook { sight, ..rulebook() });
        let subject = Subject::Rulebook { rulebook: rules, from: day(6, 1) };
        let closes = union.now + jiff::SignedDuration::from_hours(24 * 7);
        let refused = union.member(0, Action::Propose { subject, closes }).map(|_| ());
        assert!(matches!(refused, Err(Refusal::BadRulebook { .. })), "{refused:?}");
    }
}

#[test]
fn who_left_sees_its_own_and_who_absorbed_another_sees_its_books() {
    let mut union = union_with(Sight::default());
    let fail =
        Action::FailInstruction { instruction: InstructionId(0), reason: "merged".to_owned() };
    union.member(0, fail).unwrap();
    let reason = "merged".to_owned();
    let offer = MergerOffer { into: MemberId(2), reason, evidence: None };
    union.member(0, Action::OfferMerger(offer)).unwrap();
    union.member(2, Action::AcceptMerger { member: MemberId(0) }).unwrap();

    assert_eq!(seen(&union, member(0)), [INSTRUCTION, AGREEMENT, ANNS_BOOKS]);
    assert_eq!(seen(&union, member(2)), [OBLIGATION, ANNS_BOOKS, Thing::Union]);
    assert_eq!(seen(&union, Viewer::Key(key_of(0))), [], "its key is revoked");
    let out = union.stand(1, Step::Suspend).map(|_| ());
    assert_eq!(out, Ok(()));
    assert_eq!(seen(&union, member(1)), [OBLIGATION, INSTRUCTION, AGREEMENT, Thing::Union]);
}
