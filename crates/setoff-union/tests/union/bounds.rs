//! What happens exactly at a limit, a date or a moment, and one step beyond it.

use setoff_union::testing::{ALL_ROLES, Union, amount, code, day, key_of, new_key, rulebook};
use setoff_union::{
    Action, Declaration, MemberId, ObligationId, Refusal, Role, Rulebook, Scope, Stage,
};

fn why() -> String {
    "for the test".to_owned()
}

#[test]
fn a_result_is_taken_from_the_very_moment_at_which_corrections_are_over() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    let waiting = union.declared(1, 0, "100").unwrap();
    let cycle = union.cut_off().unwrap();
    let until = union.state.cycles()[0].frozen().unwrap().corrections_until;
    let (cleared, results) = union.result(cycle).unwrap();
    let propose = |union: &mut Union| {
        let (cleared, results) = (cleared, results.clone());
        union.operator(Action::ProposeResult { cycle, cleared, results }).map(|_| ())
    };

    union.now = until - jiff::SignedDuration::from_nanos(1);
    let early = propose(&mut union);
    union.now = until;
    let late = union.confirmed(waiting);
    let in_time = propose(&mut union);

    assert_eq!(early, Err(Refusal::CorrectionsOpen { cycle, until }));
    assert_eq!(late, Err(Refusal::Frozen { obligation: waiting, cycle }));
    assert_eq!(in_time, Ok(()));
}

#[test]
fn a_debt_may_be_as_small_as_allowed_due_on_its_day_or_a_hundred_years_later_and_have_140_bytes() {
    let smallest = [(code("EUR"), amount("5"))].into();
    let mut union = Union::with_rulebook(&["Ann", "Bob"], Rulebook { smallest, ..rulebook() });
    let good = Declaration {
        issued: day(1, 1),
        due: day(1, 1),
        reference: "x".repeat(140),
        ..union.declaration(0, 1, "5")
    };
    let in_century = Declaration {
        due: jiff::civil::date(2126, 12, 31),
        reference: "in 2126".to_owned(),
        ..good.clone()
    };
    let later = Declaration {
        due: jiff::civil::date(2127, 1, 1),
        reference: "in 2127".to_owned(),
        ..good.clone()
    };

    assert!(union.declare(1, good).is_ok());
    assert!(union.declare(1, in_century).is_ok());
    let (issued, due) = (later.issued, later.due);
    let cause = Box::new(Refusal::ImpossibleDate { issued, due });
    assert_eq!(union.declare(1, later), Err(Refusal::InRow { row: 1, cause }));
}

#[test]
fn a_correction_may_reach_the_largest_amount_and_keep_the_day_of_issue_or_the_sum() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let obligation = union.owed(0, 1, "100").unwrap();
    let (paid_on, paid) = (day(1, 1), amount("1"));
    let pay = Action::ConfirmPayment { obligation, amount: paid, paid_on, reason: why() };
    union.member(1, pay).unwrap();
    let issued = union.state.obligations()[0].issued;
    let correct = |text, due| {
        let outstanding = amount(text);
        Action::Correct { obligation, outstanding, due, reason: why() }
    };
    let both = |union: &mut Union, action: Action| {
        union.member(0, action.clone()).map(|_| ())?;
        union.member(1, action).map(|_| ())
    };
    let hundred_years = jiff::civil::date(issued.year() + 100, 1, 1);
    let too_late = jiff::civil::date(issued.year() + 101, 1, 1);

    let same_sum = both(&mut union, correct("99", issued));
    assert_eq!((same_sum, union.outstanding()), (Ok(()), vec![99_00]));
    // With the euro that was paid it is 2^62 cents.
    let largest = both(&mut union, correct("46116860184273878.04", hundred_years));
    assert_eq!((largest, union.outstanding()), (Ok(()), vec![(1 << 62) - 100]));
    let before = both(&mut union, correct("99", issued.yesterday().unwrap()));
    let after = both(&mut union, correct("99", too_late));

    let refused = |due| Err(Refusal::ImpossibleDate { issued, due });
    assert_eq!(before, refused(issued.yesterday().unwrap()));
    assert_eq!(after, refused(too_late));
}

#[test]
fn a_limit_that_stays_as_it_is_asks_for_one_person_and_a_delegation_may_end_today() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let ada = new_key(key_of(70), "Ada", &[Role::Submit]);
    union.member(0, Action::AddKey(ada)).unwrap();
    let limit = |text| Action::LimitOnePerson { currency: code("EUR"), over: Some(amount(text)) };
    union.member(0, limit("1000")).unwrap();
    let today = setoff_union::utc_date(union.now);
    let scope = [Scope::Bind].into();
    let until_today = Action::Delegate { delegate: MemberId(0), scope, until: today };

    let same = union.member(0, limit("1000")).map(|_| ());
    let more = union.member(0, limit("1000.01")).map(|_| ());
    let delegated = union.member(1, until_today).map(|_| ());

    let needs_two = Refusal::NeedsTwoPeopleToChange { member: MemberId(0) };
    assert_eq!((same, more, delegated), (Ok(()), Err(needs_two), Ok(())));
}

/// Ann's company takes two people over 1000 euro; each act is a cent over it, or exactly at it.
#[test]
fn every_act_about_money_over_the_limit_takes_two_people() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.member(0, Action::AddKey(new_key(key_of(70), "Ada", &ALL_ROLES))).unwrap();
    let over = Some(amount("1000"));
    union.member(0, Action::LimitOnePerson { currency: code("EUR"), over }).unwrap();
    let limit = "1000.00 EUR".to_owned();
    let needs_two = Refusal::NeedsTwoPeople { member: MemberId(0), limit };
    let acts: [fn(ObligationId, &str) -> Action; 6] = [
        |obligation, _| Action::Withdraw { obligation, reason: why() },
        |obligation, text| {
            let (outstanding, due) = (amount(text), day(2, 1));
            Action::Correct { obligation, outstanding, due, reason: why() }
        },
        |obligation, text| {
            let (amount, paid_on) = (amount(text), day(1, 1));
            Action::ConfirmPayment { obligation, amount, paid_on, reason: why() }
        },
        |obligation, text| {
            let (amount, reference) = (amount(text), "CN-1".to_owned());
            Action::CreditNote { obligation, amount, reference, reason: why() }
        },
        |obligation, _| Action::OfferAssignment { obligation, to: MemberId(2), reason: why() },
        |obligation, _| Action::Dispute {
            obligation,
            part: Some(amount("0.01")),
            reason: why(),
            evidence: None,
        },
    ];

    for (act, action) in (0..).zip(acts) {
        for (text, expected) in [("1000.01", Err(needs_two.clone())), ("1000", Ok(()))] {
            let mut union = union.clone();
            let cem = union.admitted("Cem", setoff_union::Capacity::Member).unwrap();
            assert_eq!(cem, 2);
            let is_dispute = act == 5;
            let obligation = if is_dispute {
                // What is confirmed by the dispute is a cent less.
                let whole = if text == "1000" { "1000.01" } else { "1000.02" };
                union.declared(0, 1, whole).unwrap()
            } else {
                let declaration = union.declaration(1, 0, text);
                let declare = Action::Declare { obligations: vec![declaration], file: None };
                let signers = vec![key_of(0), key_of(70)];
                union.give(setoff_union::Actor::Member(MemberId(0)), signers, declare).unwrap();
                let obligation = ObligationId(0);
                union.confirmed(obligation).unwrap();
                obligation
            };

            let alone = union.member(0, action(obligation, text)).map(|_| ());

            assert_eq!(alone, expected, "act {act} of {text}");
            if expected.is_err() && !is_dispute {
                assert_eq!(union.stages(), [Stage::Confirmed]);
            }
        }
    }
}

/// Ann owes Bob 60 twice, Bob owes Ann 60; the result discharges the second of Ann's debts.
#[test]
fn of_two_debts_due_on_one_day_either_may_go_first_and_of_two_days_only_the_earlier() {
    for (second, allowed) in [(day(2, 1), true), (day(2, 2), false)] {
        let mut union = Union::founded(&["Ann", "Bob"]);
        for (debtor, due) in [(0, day(2, 1)), (0, second), (1, day(4, 1))] {
            let declaration = union.declaration(debtor, 1 - debtor, "60");
            let obligation = union.declare(debtor, Declaration { due, ..declaration }).unwrap();
            union.confirmed(obligation).unwrap();
        }
        let cycle = union.cut_off().unwrap();
        union.wait(24);
        let (cleared, mut results) = union.result(cycle).unwrap();
        results[0].discharges = vec![0, 60_00, 60_00];

        let result = Action::ProposeResult { cycle, cleared, results };
        let proposed = union.operator(result).map(|_| ());

        let not_oldest = Refusal::NotOldestFirst { obligation: ObligationId(1) };
        assert_eq!(proposed, if allowed { Ok(()) } else { Err(not_oldest) });
    }
}

/// Of 60 due in February and 60 due in March, a return of 90 takes the first whole and half the
/// second, and one of 30 takes half of the first.
#[test]
fn the_younger_of_a_pair_is_discharged_in_part_once_the_older_is_gone() {
    for (back, left) in [("90", [0, 30_00, 0]), ("30", [30_00, 60_00, 0])] {
        let mut union = Union::founded(&["Ann", "Bob"]);
        for due in [day(2, 1), day(3, 1)] {
            let declaration = union.declaration(0, 1, "60");
            let declaration = Declaration { due, ..declaration };
            let obligation = union.declare(1, declaration).unwrap();
            union.confirmed(obligation).unwrap();
        }
        union.owed(1, 0, back).unwrap();

        union.cleared().unwrap();

        assert_eq!(union.outstanding(), left);
    }
}
