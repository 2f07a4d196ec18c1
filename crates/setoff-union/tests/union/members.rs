use setoff_union::testing::{Union, amount, application, day, key_of, rulebook};
use setoff_union::{
    Action, Actor, Answer, Capacity, CycleStage, Decider, MemberId, Refusal, Standing, Step,
};

fn refused_as(standing: Standing, member: u32) -> Refusal {
    Refusal::StandsSo { member: MemberId(member), standing: standing.name().to_owned() }
}

#[test]
fn an_applicant_takes_part_once_admitted() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let apply = Action::Apply(application("Cem", 2, Capacity::Member));
    union.give(Actor::Applicant, vec![key_of(2)], apply).unwrap();

    let before = union.declared(2, 0, "10").unwrap_err();
    union.stand(2, Step::Admit).unwrap();
    let after = union.owed(2, 0, "10");

    assert_eq!(before, in_row(refused_as(Standing::Applied, 2)));
    assert!(after.is_ok());
}

#[test]
fn an_applicant_signs_with_its_own_new_keys() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let mut apply = |number, name: &str, signer| {
        let action = Action::Apply(application(name, number, Capacity::Member));
        union.give(Actor::Applicant, vec![signer], action).map(|_| ()).unwrap_err()
    };

    assert_eq!(apply(2, "Cem", key_of(3)), Refusal::UnknownKey { key: key_of(3) });
    assert_eq!(apply(1, "Cem", key_of(1)), Refusal::KeyUsedBefore { key: key_of(1) });
    assert_eq!(apply(2, "Bob", key_of(2)), Refusal::NameTaken { name: "Bob".to_owned() });
}

#[test]
fn where_members_vote_on_admission_the_operator_can_not_admit() {
    let mut rules = rulebook();
    rules.admission = Decider::Vote;
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules);
    let apply = Action::Apply(application("Cem", 2, Capacity::Member));
    union.give(Actor::Applicant, vec![key_of(2)], apply).unwrap();

    let refused = union.stand(2, Step::Admit).unwrap_err();

    assert_eq!(refused, Refusal::NotYoursToDecide { member: MemberId(2) });
}

#[test]
fn obligations_of_a_suspended_member_leave_the_clearing_and_come_back() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    for (debtor, creditor) in [(0, 1), (1, 2), (2, 0)] {
        union.owed(debtor, creditor, "100").unwrap();
    }

    union.stand(2, Step::Suspend).unwrap();
    union.cleared().unwrap();
    assert_eq!(union.outstanding(), [100_00; 3]);
    assert_eq!(union.declared(0, 2, "5").unwrap_err(), in_row(refused_as(Standing::Suspended, 2)));

    union.stand(2, Step::Reinstate).unwrap();
    union.cleared().unwrap();
    assert_eq!(union.outstanding(), [0; 3]);
}

fn in_row(cause: Refusal) -> Refusal {
    Refusal::InRow { row: 1, cause: Box::new(cause) }
}

#[test]
fn who_is_matched_but_not_cleared_confirms_and_stays_out_of_the_cycle() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let step = Action::Stand {
        member: MemberId(1),
        step: Step::MatchOnly,
        reason: "only matching".to_owned(),
        evidence: None,
    };
    union.member(1, step).unwrap();

    union.owed(0, 1, "7").unwrap();
    union.owed(1, 0, "7").unwrap();
    union.cleared().unwrap();

    assert_eq!(union.outstanding(), [7_00, 7_00]);
}

#[test]
fn from_the_notice_of_insolvency_on_nothing_new_is_accepted() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let waiting = union.declared(0, 1, "50").unwrap();

    union.stand(1, Step::Insolvency).unwrap();

    let insolvent = refused_as(Standing::Insolvent, 1);
    assert_eq!(union.confirmed(waiting).unwrap_err(), insolvent);
    assert_eq!(union.declared(0, 1, "5").unwrap_err(), in_row(insolvent.clone()));
    assert_eq!(union.stand(1, Step::Reinstate).map(|_| ()).unwrap_err(), insolvent);
}

#[test]
fn an_insolvency_voids_a_result_that_is_not_final_and_the_cycle_clears_without_the_member() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    for (debtor, creditor) in [(0, 1), (1, 2), (2, 0), (1, 0)] {
        union.owed(debtor, creditor, "100").unwrap();
    }
    let cycle = union.cut_off().unwrap();
    union.proposed(cycle).unwrap();

    union.stand(2, Step::Insolvency).unwrap();

    assert!(matches!(union.state.cycles()[0].stage, CycleStage::CutOff(_)));
    let early = union.operator(Action::Finalise { cycle }).map(|_| ()).unwrap_err();
    assert_eq!(early, Refusal::CycleStands { cycle, stage: "cut off".to_owned() });
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();
    assert_eq!(union.outstanding(), [0, 100_00, 100_00, 0]);
}

#[test]
fn what_is_final_stays_final_when_a_member_becomes_insolvent() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "60").unwrap();
    union.cleared().unwrap();

    union.stand(1, Step::Insolvency).unwrap();

    assert_eq!(union.outstanding(), [40_00, 0]);
    assert!(matches!(union.state.cycles()[0].stage, CycleStage::Final { .. }));
}

#[test]
fn a_member_leaves_when_nothing_is_open() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.owed(0, 1, "100").unwrap();
    let leave = |member| Action::Stand {
        member: MemberId(member),
        step: Step::Leave,
        reason: "moving on".to_owned(),
        evidence: None,
    };

    let owes = union.member(0, leave(0)).map(|_| ()).unwrap_err();
    let is_owed = union.member(1, leave(1)).map(|_| ()).unwrap_err();
    let pushed_out = union.member(1, leave(0)).map(|_| ()).unwrap_err();
    let paid = Action::ConfirmPayment {
        obligation: debt,
        amount: amount("100"),
        paid_on: day(1, 1),
        reason: "bank".to_owned(),
    };
    union.member(1, paid).unwrap();
    union.member(0, leave(0)).unwrap();

    assert_eq!(owes, Refusal::LeavesWithDebts { member: MemberId(0), open: 1 });
    assert_eq!(is_owed, Refusal::LeavesWithDebts { member: MemberId(1), open: 1 });
    assert_eq!(pushed_out, Refusal::NotYoursToDecide { member: MemberId(0) });
    let back = union.declared(1, 0, "5").unwrap_err();
    assert_eq!(back, refused_as(Standing::Left, 0));
}

#[test]
fn a_member_blocked_by_law_clears_again_when_unblocked() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "9").unwrap();
    union.owed(1, 0, "9").unwrap();

    union.stand(0, Step::Block).unwrap();
    union.cleared().unwrap();
    assert_eq!(union.outstanding(), [9_00, 9_00]);
    for way_out in [Step::Suspend, Step::Reinstate, Step::Leave] {
        assert!(union.stand(0, way_out).is_err(), "{way_out:?} is no way round the law");
    }

    union.stand(0, Step::Unblock).unwrap();
    union.cleared().unwrap();
    assert_eq!(union.outstanding(), [0, 0]);
}

#[test]
fn a_member_does_not_undo_a_result_by_taking_itself_out() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "100").unwrap();
    let cycle = union.cut_off().unwrap();
    union.proposed(cycle).unwrap();
    let out = || Action::Stand {
        member: MemberId(0),
        step: Step::MatchOnly,
        reason: "another time".to_owned(),
        evidence: None,
    };

    let refused = union.member(0, out()).map(|_| ()).unwrap_err();
    union.operator(Action::Finalise { cycle }).unwrap();
    union.member(0, out()).unwrap();

    assert_eq!(refused, Refusal::InACycle { member: MemberId(0), cycle });
}

#[test]
fn who_was_matched_only_is_so_again_after_a_suspension_or_a_block() {
    for (out, back) in [(Step::Suspend, Step::Reinstate), (Step::Block, Step::Unblock)] {
        let mut union = Union::founded(&["Ann", "Bob"]);
        let own = |step| Action::Stand {
            member: MemberId(1),
            step,
            reason: "only matching".to_owned(),
            evidence: None,
        };
        union.member(1, own(Step::MatchOnly)).unwrap();

        union.stand(1, out).unwrap();
        union.stand(1, back).unwrap();
        assert_eq!(union.state.members()[1].standing, Standing::MatchedOnly, "{back:?}");

        union.member(1, own(Step::Clear)).unwrap();
        union.stand(1, out).unwrap();
        union.stand(1, back).unwrap();
        assert_eq!(union.state.members()[1].standing, Standing::Active, "{back:?}");
    }
}

#[test]
fn the_name_of_a_rejected_applicant_is_free_again_and_its_keys_are_not() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let apply = |union: &mut Union, name: &str, key| {
        let application = application(name, key, Capacity::Member);
        union.give(Actor::Applicant, vec![key_of(key)], Action::Apply(application)).map(|_| ())
    };
    apply(&mut union, "Cem", 2).unwrap();

    let taken = apply(&mut union, "CEM", 3);
    union.stand(2, Step::Reject).unwrap();
    let key = apply(&mut union, "Cem", 2);
    let again = apply(&mut union, "Cem", 3);

    assert_eq!(taken, Err(Refusal::NameTaken { name: "CEM".to_owned() }));
    assert_eq!(key, Err(Refusal::KeyUsedBefore { key: key_of(2) }));
    assert_eq!(again, Ok(()));
    assert!(!union.state.keys()[union.state.key_of(&key_of(2)).unwrap().0 as usize].is_live());
}

#[test]
fn who_left_has_no_key_any_more_and_whoever_comes_under_its_name_is_another() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let leave = Action::Stand {
        member: MemberId(2),
        step: Step::Leave,
        reason: "moving on".to_owned(),
        evidence: None,
    };
    union.member(2, leave).unwrap();

    let back = application("Cem", 3, Capacity::Member);
    union.give(Actor::Applicant, vec![key_of(3)], Action::Apply(back)).unwrap();
    union.stand(3, Step::Admit).unwrap();

    assert!(union.owed(3, 0, "10").is_ok());
    assert_eq!(union.declared(0, 2, "5").unwrap_err(), refused_as(Standing::Left, 2));
    let old = union.state.key_of(&key_of(2)).unwrap();
    assert!(!union.state.keys()[old.0 as usize].is_live());
}

/// Bob is owed 100 that both agree on, 20 that it declared alone, and 30 that Ann declared and Bob
/// disputed; then it is insolvent, and gives nothing of it away.
#[test]
fn an_insolvent_creditor_gives_nothing_away() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let agreed = union.owed(0, 1, "100").unwrap();
    let own = union.declared(0, 1, "20").unwrap();
    let disputed = union.declared(0, 1, "30").unwrap();
    let other = union.owed(0, 1, "40").unwrap();
    let reason = || "for the test".to_owned();
    let dispute = |obligation| {
        let (part, reason) = (None, reason());
        Action::Dispute { obligation, part, reason, evidence: None }
    };
    union.member(0, dispute(disputed)).unwrap();
    union.member(0, Action::Withdraw { obligation: other, reason: reason() }).unwrap();
    let lower = Action::Correct {
        obligation: agreed,
        outstanding: amount("1"),
        due: day(2, 1),
        reason: reason(),
    };
    union.member(0, lower.clone()).unwrap();
    union.stand(1, Step::Insolvency).unwrap();

    let attempts = [
        lower,
        Action::Withdraw { obligation: agreed, reason: reason() },
        Action::Withdraw { obligation: own, reason: reason() },
        Action::Withdraw { obligation: other, reason: reason() },
        Action::Answer { obligation: disputed, answer: Answer::GiveUp, reason: reason() },
        Action::CreditNote {
            obligation: agreed,
            amount: amount("1"),
            reference: "CN".to_owned(),
            reason: reason(),
        },
    ];
    for action in attempts {
        let refused = union.member(1, action.clone()).map(|_| ());
        assert_eq!(refused, Err(refused_as(Standing::Insolvent, 1)), "{action:?}");
    }
    let pay = Action::ConfirmPayment {
        obligation: agreed,
        amount: amount("100"),
        paid_on: day(1, 1),
        reason: reason(),
    };
    assert_eq!(union.member(1, pay).map(|_| ()), Ok(()), "it still takes what it is owed");
}

#[test]
fn an_insolvent_creditor_does_not_dispute_away_what_its_debtor_declared() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let declaration = union.declaration(0, 1, "100");
    let obligation = union.declare(0, declaration).unwrap();
    union.confirmed(obligation).unwrap();
    union.stand(1, Step::Insolvency).unwrap();

    let reason = "not owed".to_owned();
    let dispute = Action::Dispute { obligation, part: None, reason, evidence: None };
    let refused = union.member(1, dispute).map(|_| ());

    assert_eq!(refused, Err(refused_as(Standing::Insolvent, 1)));
}

fn own(member: u32, step: Step) -> Action {
    let reason = "moving on".to_owned();
    Action::Stand { member: MemberId(member), step, reason, evidence: None }
}

#[test]
fn in_its_run_off_a_member_only_settles_and_then_it_leaves_with_what_is_open() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "60").unwrap();
    let proposed = union.declared(1, 0, "5").unwrap();
    let early = union.member(0, own(0, Step::Leave)).map(|_| ()).unwrap_err();
    union.member(0, own(0, Step::RunOff)).unwrap();

    let running_off = refused_as(Standing::RunningOff, 0);
    assert_eq!(union.declared(0, 1, "5").unwrap_err(), in_row(running_off.clone()));
    assert_eq!(union.confirmed(proposed).unwrap_err(), running_off);
    union.cleared().unwrap();
    assert_eq!(union.outstanding(), [40_00, 0, 5_00], "what there is clears");
    union.wait(24 * 29);
    let still = union.member(0, own(0, Step::Leave)).map(|_| ()).unwrap_err();
    union.wait(24);
    let cycle = union.cut_off().unwrap();
    let held = union.member(0, own(0, Step::Leave)).map(|_| ()).unwrap_err();
    union.operator(Action::Abandon { cycle, reason: "nothing to clear".to_owned() }).unwrap();
    union.member(0, own(0, Step::Leave)).unwrap();

    assert_eq!(early, Refusal::LeavesWithDebts { member: MemberId(0), open: 3 });
    assert_eq!(still, Refusal::LeavesWithDebts { member: MemberId(0), open: 2 });
    assert_eq!(held, Refusal::InACycle { member: MemberId(0), cycle });
    let pay = Action::ConfirmPayment {
        obligation: setoff_union::ObligationId(0),
        amount: amount("40"),
        paid_on: day(3, 1),
        reason: "by bank".to_owned(),
    };
    assert_eq!(union.member(1, pay).map(|_| ()), Ok(()), "the other side tells what became of it");
}

#[test]
fn a_suspension_or_block_does_not_undo_a_run_off() {
    for (out, back) in [(Step::Suspend, Step::Reinstate), (Step::Block, Step::Unblock)] {
        let mut union = Union::founded(&["Ann", "Bob"]);
        union.owed(0, 1, "100").unwrap();
        union.member(0, own(0, Step::RunOff)).unwrap();
        let until = union.state.members()[0].run_off_until;
        union.wait(24 * 5);

        union.stand(0, out).unwrap();
        union.stand(0, back).unwrap();

        let ann = &union.state.members()[0];
        assert_eq!((ann.standing, ann.run_off_until), (Standing::RunningOff, until), "{back:?}");
    }
}
