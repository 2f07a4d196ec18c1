use setoff_union::testing::{
    ALL_ROLES, OPERATOR, Union, amount, application, code, day, key_of, new_key,
};
use setoff_union::{Action, Actor, Capacity, MemberId, Refusal, Role, Scope};

const ANN: Actor = Actor::Member(MemberId(0));

#[test]
fn a_revoked_key_signs_nothing_more_and_what_it_signed_stays() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.owed(0, 1, "10").unwrap();
    let second = key_of(70);
    union.member(0, Action::AddKey(new_key(second, "Ann's clerk", &ALL_ROLES))).unwrap();
    let reason = "lost telephone".to_owned();
    let revoke = Action::RevokeKey { key: key_of(0), reason };
    union.give(ANN, vec![second], revoke).unwrap();

    let refused = union.declared(1, 0, "5").unwrap_err();

    assert_eq!(refused, Refusal::KeyRevoked { key: key_of(0) });
    assert_eq!(union.outstanding()[debt.0 as usize], 10_00);
    let position = union.state.position();
    assert_eq!(union.state.keys()[1].revoked.map(|p| p.0 + 1), Some(position.0));
}

#[test]
fn the_last_key_that_may_approve_is_rotated_not_revoked() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let clerk = new_key(key_of(70), "clerk", &[Role::Submit]);
    union.member(0, Action::AddKey(clerk)).unwrap();
    let revoke = Action::RevokeKey { key: key_of(0), reason: "old".to_owned() };

    let refused = union.member(0, revoke).map(|_| ()).unwrap_err();
    union.member(0, Action::RotateKey { old: key_of(0), new: key_of(71) }).unwrap();
    let old = union.owed(1, 0, "5").unwrap_err();
    let back = Action::RotateKey { old: key_of(71), new: key_of(0) };
    let back = union.give(ANN, vec![key_of(71)], back).map(|_| ()).unwrap_err();

    assert_eq!(refused, Refusal::LastKey { key: key_of(0) });
    assert_eq!(old, Refusal::KeyRevoked { key: key_of(0) });
    assert_eq!(back, Refusal::KeyUsedBefore { key: key_of(0) });
}

#[test]
fn a_key_does_what_its_role_says() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.member(0, Action::AddKey(new_key(key_of(70), "clerk", &[Role::Submit]))).unwrap();
    let debt = union.declared(0, 1, "10").unwrap();

    let confirm = Action::Confirm { obligations: vec![debt] };
    let refused = union.give(ANN, vec![key_of(70)], confirm).map(|_| ()).unwrap_err();

    assert_eq!(refused, Refusal::NeedsRole { role: "approve".to_owned() });
}

#[test]
fn nobody_acts_for_another_member() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let debt = union.declared(0, 1, "10").unwrap();
    let confirm = || Action::Confirm { obligations: vec![debt] };

    let bob = union.give(ANN, vec![key_of(1)], confirm()).map(|_| ()).unwrap_err();
    let operator = union.give(ANN, vec![OPERATOR], confirm()).map(|_| ()).unwrap_err();
    let both = union.give(ANN, vec![key_of(0), key_of(2)], confirm()).map(|_| ()).unwrap_err();
    let nobody = union.give(ANN, vec![], confirm()).map(|_| ()).unwrap_err();
    let twice = union.give(ANN, vec![key_of(0), key_of(0)], confirm()).map(|_| ()).unwrap_err();
    let unknown = union.give(ANN, vec![key_of(99)], confirm()).map(|_| ()).unwrap_err();

    let acts =
        |delegate| Refusal::ActsForAnother { principal: MemberId(0), delegate: MemberId(delegate) };
    assert_eq!((bob, both), (acts(1), acts(2)));
    assert_eq!(operator, Refusal::KeyOfAnother { key: OPERATOR });
    assert_eq!(nobody, Refusal::Unsigned);
    assert_eq!(twice, Refusal::SignedTwice { key: key_of(0) });
    assert_eq!(unknown, Refusal::UnknownKey { key: key_of(99) });
}

/// Ann's company has two keys of Ann and one of Ada, and takes two people over 1000 euro.
fn limited() -> Union {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.member(0, Action::AddKey(new_key(key_of(70), " ANN", &ALL_ROLES))).unwrap();
    union.member(0, Action::AddKey(new_key(key_of(71), "Ada", &[Role::Submit]))).unwrap();
    union.member(0, limit("EUR", Some("1000"))).unwrap();
    union
}

fn limit(currency: &str, over: Option<&str>) -> Action {
    Action::LimitOnePerson { currency: code(currency), over: over.map(amount) }
}

#[test]
fn over_the_limit_two_people_sign() {
    let mut union = limited();
    let large = union.declared(0, 1, "1000.01").unwrap();
    let exact = union.declared(0, 1, "1000.00").unwrap();
    let mut confirm = |obligations, signers| {
        union.give(ANN, signers, Action::Confirm { obligations }).map(|_| ())
    };

    let one = confirm(vec![large], vec![key_of(0)]);
    let same_person = confirm(vec![large], vec![key_of(0), key_of(70)]);
    let at_the_limit = confirm(vec![exact], vec![key_of(0)]);
    let two = confirm(vec![large], vec![key_of(0), key_of(71)]);

    let refused = Refusal::NeedsTwoPeople { member: MemberId(0), limit: "1000.00 EUR".to_owned() };
    assert_eq!(one, Err(refused.clone()));
    assert_eq!(same_person, Err(refused));
    assert_eq!((at_the_limit, two), (Ok(()), Ok(())));
}

#[test]
fn a_batch_does_not_evade_the_limit() {
    let mut union = limited();
    let halves = [union.declared(0, 1, "600").unwrap(), union.declared(0, 1, "600").unwrap()];

    let both = union.member(0, Action::Confirm { obligations: halves.to_vec() }).map(|_| ());

    assert!(matches!(both, Err(Refusal::NeedsTwoPeople { .. })));
}

#[test]
fn one_person_does_not_free_itself_from_the_limit() {
    let mut union = limited();
    let firm = union.admitted("Ledger Ltd", Capacity::Agent).unwrap();
    let delegate = Action::Delegate {
        delegate: MemberId(firm),
        scope: [Scope::Bind].into(),
        until: day(12, 31),
    };
    let attempts = [
        Action::AddKey(new_key(key_of(80), "Eve", &ALL_ROLES)),
        Action::RotateKey { old: key_of(71), new: key_of(80) },
        limit("EUR", Some("1000.01")),
        limit("EUR", None),
        delegate,
    ];
    let needs_two = Refusal::NeedsTwoPeopleToChange { member: MemberId(0) };

    for action in attempts {
        let signed_by = |keys: &[u32]| {
            let keys = keys.iter().copied().map(key_of).collect();
            [keys, action.brought()].concat()
        };
        let mut tried = union.clone();
        let alone = tried.give(ANN, signed_by(&[0]), action.clone()).map(|_| ());
        let same_person = tried.give(ANN, signed_by(&[0, 70]), action.clone()).map(|_| ());
        let two = tried.give(ANN, signed_by(&[0, 71]), action.clone()).map(|_| ());

        assert_eq!(alone, Err(needs_two.clone()), "{action:?}");
        assert_eq!(same_person, Err(needs_two.clone()), "{action:?}");
        assert_eq!(two, Ok(()), "{action:?}");
    }
    let tighter = [limit("EUR", Some("10")), limit("USD", Some("10"))];
    for action in tighter {
        assert_eq!(union.member(0, action).map(|_| ()), Ok(()), "one person may ask for more care");
    }
    let own_key = Action::AddKey(new_key(key_of(81), "Ann", &ALL_ROLES));
    assert_eq!(union.member(0, own_key).map(|_| ()), Ok(()), "and has keys of its own");
}

#[test]
fn a_member_with_a_limit_keeps_the_keys_of_two_people() {
    let mut alone = Union::founded(&["Ann", "Bob"]);
    let mut union = limited();
    let revoke = |key| Action::RevokeKey { key: key_of(key), reason: "old".to_owned() };
    let refused = Refusal::TooFewPeople { member: MemberId(0) };

    let set = alone.member(0, limit("EUR", Some("1000"))).map(|_| ());
    let only_ann = union.member(0, revoke(71)).map(|_| ());
    let still_two = union.member(0, revoke(70)).map(|_| ());

    assert_eq!((set, only_ann), (Err(refused.clone()), Err(refused)));
    assert_eq!(still_two, Ok(()));
}

/// The firm says who its people are; the member can't see it.
#[test]
fn a_delegate_is_none_of_the_two_people() {
    let mut union = limited();
    let firm = union.admitted("Ledger Ltd", Capacity::Agent).unwrap();
    let second = Action::AddKey(new_key(key_of(90), "Zoe", &ALL_ROLES));
    union.member(firm, second).unwrap();
    let delegate = MemberId(firm);
    let scope = [Scope::Bind].into();
    let delegate = Action::Delegate { delegate, scope, until: day(12, 31) };
    union.give(ANN, vec![key_of(0), key_of(71)], delegate).unwrap();
    let large = union.declared(0, 1, "1000.01").unwrap();
    let mut confirm = |signers: &[u32]| {
        let signers = signers.iter().copied().map(key_of).collect();
        let confirm = Action::Confirm { obligations: vec![large] };
        union.give(ANN, signers, confirm).map(|_| ())
    };

    let two_of_the_firm = confirm(&[firm, 90]);
    let one_of_each = confirm(&[0, firm]);
    let two_of_its_own = confirm(&[0, 71, firm]);

    let limit = "1000.00 EUR".to_owned();
    let refused = Err(Refusal::NeedsTwoPeople { member: MemberId(0), limit });
    assert_eq!((two_of_the_firm, one_of_each), (refused.clone(), refused));
    assert_eq!(two_of_its_own, Ok(()));
}

#[test]
fn a_new_key_signs_what_brings_it_and_has_no_say_by_that() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let clerk = new_key(key_of(70), "clerk", &[Role::Submit]);
    union.member(0, Action::AddKey(clerk)).unwrap();
    let add = || Action::AddKey(new_key(key_of(80), "Eve", &ALL_ROLES));
    let rotate = || Action::RotateKey { old: key_of(0), new: key_of(80) };
    let mut cem = application("Cem", 2, Capacity::Member);
    cem.keys.push(new_key(key_of(80), "Eve", &ALL_ROLES));

    for action in [add(), rotate()] {
        let unproven = union.give(ANN, vec![key_of(0)], action.clone()).map(|_| ());
        let by_itself = union.give(ANN, vec![key_of(80)], action.clone()).map(|_| ());
        let by_clerk = union.give(ANN, vec![key_of(70), key_of(80)], action).map(|_| ());

        let no_approval = Err(Refusal::NeedsRole { role: "approve".to_owned() });
        assert_eq!(unproven, Err(Refusal::KeyNotProven { key: key_of(80) }));
        assert_eq!((by_itself, by_clerk), (no_approval.clone(), no_approval));
    }
    let applied = union.give(Actor::Applicant, vec![key_of(2)], Action::Apply(cem)).map(|_| ());
    assert_eq!(applied, Err(Refusal::KeyNotProven { key: key_of(80) }));
    union.give(ANN, vec![key_of(0), key_of(80)], rotate()).unwrap();
    assert_eq!(union.declared(1, 0, "5").unwrap_err(), Refusal::KeyRevoked { key: key_of(0) });
}

#[test]
fn an_accounting_firm_acts_for_a_member_within_its_scope_until_its_end() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let firm = union.admitted("Ledger Ltd", Capacity::Agent).unwrap();
    let signers = || vec![key_of(firm)];
    let debt = union.declared(0, 1, "10").unwrap();
    let other = union.declared(0, 1, "20").unwrap();
    let delegate = Action::Delegate {
        delegate: MemberId(firm),
        scope: [Scope::Bind].into(),
        until: day(1, 31),
    };
    union.member(0, delegate).unwrap();
    let confirm = |debt| Action::Confirm { obligations: vec![debt] };

    let entries = union.give(ANN, signers(), confirm(debt)).unwrap();
    assert_eq!(entries[0].author.actor, ANN);
    assert_eq!(entries[0].author.through, Some(MemberId(firm)));

    let hold = Action::Hold { obligation: debt, reason: "wait".to_owned() };
    let hold = union.give(ANN, signers(), hold).map(|_| ()).unwrap_err();
    let vote = Action::AddKey(new_key(key_of(80), "x", &ALL_ROLES));
    let vote = union.give(ANN, signers(), vote).map(|_| ()).unwrap_err();
    union.wait(24 * 31);
    let late = union.give(ANN, signers(), confirm(other)).map(|_| ()).unwrap_err();

    let (principal, delegate) = (MemberId(0), MemberId(firm));
    assert_eq!(hold, Refusal::OutOfScope { principal, delegate });
    assert_eq!(vote, Refusal::NotForDelegates { principal, delegate });
    assert_eq!(late, Refusal::DelegationEnded { principal, delegate, on: day(1, 31) });
}

#[test]
fn a_member_ends_a_delegation_at_once_and_an_agent_owes_nothing() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let firm = union.admitted("Ledger Ltd", Capacity::Agent).unwrap();
    let delegate = MemberId(firm);
    let scope = [Scope::Enter].into();
    union.member(0, Action::Delegate { delegate, scope, until: day(12, 31) }).unwrap();
    let end = Action::EndDelegation { delegate, reason: "new firm".to_owned() };
    union.member(0, end).unwrap();

    let declaration = union.declaration(1, 0, "10");
    let declare = Action::Declare { obligations: vec![declaration], file: None };
    let refused = union.give(ANN, vec![key_of(firm)], declare).map(|_| ()).unwrap_err();
    let owes = union.declared(firm, 0, "10").unwrap_err();

    assert_eq!(refused, Refusal::ActsForAnother { principal: MemberId(0), delegate });
    let agent = Box::new(Refusal::Agent { member: delegate });
    assert_eq!(owes, Refusal::InRow { row: 1, cause: agent });
}

#[test]
fn each_scope_lets_a_delegate_do_its_own_acts_and_no_others() {
    let reason = || "for the test".to_owned();
    let obligation = setoff_union::ObligationId(0);
    let waiting = setoff_union::ObligationId(1);
    let paid = Action::ConfirmPayment {
        obligation,
        amount: amount("1"),
        paid_on: day(1, 1),
        reason: reason(),
    };
    let draft = setoff_union::Draft {
        subject: "rates".to_owned(),
        parties: setoff_union::testing::parties(&[0, 1]),
        text: setoff_union::Digest([1; 32]),
        from: day(2, 1),
        supersedes: setoff_union::Supersedes::Nothing,
    };
    let acts = [
        (Scope::Enter, Action::Hold { obligation, reason: reason() }),
        (Scope::Bind, Action::Confirm { obligations: vec![waiting] }),
        (Scope::Receive, paid),
        (Scope::Agree, Action::DraftAgreement(draft)),
    ];
    let mut union = Union::founded(&["Ann", "Bob"]);
    let firm = union.admitted("Ledger Ltd", Capacity::Agent).unwrap();
    union.owed(1, 0, "10").unwrap();
    union.declared(0, 1, "10").unwrap();

    for (given, _) in &acts {
        for (needed, action) in &acts {
            let mut union = union.clone();
            let delegate = MemberId(firm);
            let scope = [*given].into();
            union.member(0, Action::Delegate { delegate, scope, until: day(12, 31) }).unwrap();

            let done = union.give(ANN, vec![key_of(firm)], action.clone()).map(|_| ());

            let refused = Refusal::OutOfScope { principal: MemberId(0), delegate };
            let expected = if given == needed { Ok(()) } else { Err(refused) };
            assert_eq!(done, expected, "{given:?} for {needed:?}");
        }
    }
}

#[test]
fn the_operator_adds_rotates_and_revokes_keys_of_its_own() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let second = new_key(key_of(70), "Olga", &ALL_ROLES);
    union.operator(Action::AddKey(second)).unwrap();
    let rotate = Action::RotateKey { old: key_of(70), new: key_of(71) };
    union.operator(rotate).unwrap();
    let revoke = Action::RevokeKey { key: OPERATOR, reason: "old".to_owned() };
    union.give(Actor::Operator, vec![key_of(71)], revoke).unwrap();

    let mut open = |key| {
        let subject = Action::Abandon { cycle: setoff_union::CycleId(0), reason: "no".to_owned() };
        union.give(Actor::Operator, vec![key], subject).map(|_| ()).unwrap_err()
    };

    let no_cycle = Refusal::NoSuchCycle { cycle: setoff_union::CycleId(0) };
    assert_eq!(open(key_of(71)), no_cycle, "it may");
    assert_eq!(open(OPERATOR), Refusal::KeyRevoked { key: OPERATOR });
    assert_eq!(open(key_of(70)), Refusal::KeyRevoked { key: key_of(70) });
}
