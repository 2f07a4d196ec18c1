use setoff_union::testing::{Union, amount, code, day, rulebook};
use setoff_union::{
    Account, Action, Amount, Change, Choice, Clears, CurrencyId, CycleId, CycleStage, Digest,
    FARTHEST_VALUE_DATE, Kind, MemberId, Mode, ObligationId, Opening, Outcome, ProposalId, Refusal,
    Stage, Subject, networks, seed, too_large,
};

fn circle(amounts: [&str; 3]) -> Union {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    for (n, text) in (0..).zip(amounts) {
        union.owed(n, (n + 1) % 3, text).unwrap();
    }
    union
}

fn propose(union: &mut Union, change: impl FnOnce(&mut Digest, &mut Vec<u64>)) -> Refusal {
    let cycle = CycleId(0);
    let (mut cleared, mut results) = union.result(cycle).unwrap();
    change(&mut cleared, &mut results[0].discharges);
    union.operator(Action::ProposeResult { cycle, cleared, results }).map(|_| ()).unwrap_err()
}

#[test]
fn a_circle_of_three_clears_by_its_smallest_debt() {
    let mut union = circle(["100", "150", "120"]);

    union.cleared().unwrap();

    assert_eq!(union.outstanding(), [0, 50_00, 20_00]);
    assert_eq!(union.stages(), [Stage::Discharged, Stage::Confirmed, Stage::Confirmed]);
}

#[test]
fn a_cycle_leaves_every_net_position_and_every_set_off_account_as_it_was() {
    let mut union = circle(["100", "150", "120"]);
    let euro = CurrencyId(0);
    let positions = |union: &Union| -> Vec<i128> {
        let of = |n| union.state.ledger().balances(MemberId(n), euro).net_position();
        (0..3).map(of).collect()
    };
    let before = positions(&union);

    union.cleared().unwrap();

    assert_eq!(positions(&union), before);
    for n in 0..3 {
        assert_eq!(union.state.ledger().balances(MemberId(n), euro).of(Account::SetOff), 0);
    }
}

#[test]
fn the_preview_is_what_would_clear_now() {
    let mut union = circle(["100", "150", "120"]);
    let cycle = union.opened().unwrap();

    let now = networks(&union.state, cycle).unwrap();
    union.owed(0, 2, "5").unwrap();
    let later = networks(&union.state, cycle).unwrap();

    assert_eq!(now[0].network.debts().len(), 3);
    assert_eq!(later[0].network.debts().len(), 4);
    assert!(seed(&union.state, cycle, &now) != seed(&union.state, cycle, &later));
}

#[test]
fn nothing_joins_after_the_cut_off() {
    let mut union = circle(["100", "150", "120"]);
    let cycle = union.cut_off().unwrap();

    union.owed(0, 1, "999").unwrap();
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();

    assert_eq!(union.outstanding(), [0, 50_00, 20_00, 999_00]);
}

#[test]
fn confirmations_and_disputes_count_until_the_window_closes() {
    let mut union = circle(["100", "150", "120"]);
    let waiting = union.declared(1, 0, "30").unwrap();
    let late = union.declared(1, 0, "40").unwrap();
    let cycle = union.cut_off().unwrap();

    union.confirmed(waiting).unwrap();
    let dispute = |obligation| Action::Dispute {
        obligation,
        part: Some(amount("50")),
        reason: "half was broken".to_owned(),
        evidence: None,
    };
    union.member(1, dispute(ObligationId(1))).unwrap();
    let early = propose(&mut union, |_, _| {});
    union.wait(24);
    let late_confirmation = union.confirmed(late).unwrap_err();
    let late_dispute = union.member(2, dispute(ObligationId(2))).map(|_| ()).unwrap_err();
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();

    assert!(matches!(early, Refusal::CorrectionsOpen { .. }));
    assert_eq!(late_confirmation, Refusal::Frozen { obligation: late, cycle });
    assert_eq!(late_dispute, Refusal::Frozen { obligation: ObligationId(2), cycle });
    // A hundred round the circle of three sets off more than thirty of it between Ann and Bob would.
    assert_eq!(union.outstanding(), [0, 0, 20_00, 30_00, 40_00, 50_00]);
    let frozen_at_cut_off = union.state.obligations()[waiting.0 as usize].stage;
    assert_eq!(frozen_at_cut_off, Stage::Confirmed);
}

#[test]
fn what_a_cycle_holds_is_not_touched_until_it_is_final_or_abandoned() {
    let mut union = circle(["100", "150", "120"]);
    let cycle = union.cut_off().unwrap();
    let obligation = ObligationId(1);
    let reason = || "for the test".to_owned();
    let attempts = [
        Action::ConfirmPayment {
            obligation,
            amount: amount("1"),
            paid_on: day(1, 1),
            reason: reason(),
        },
        Action::CreditNote {
            obligation,
            amount: amount("1"),
            reference: "CN".to_owned(),
            reason: reason(),
        },
        Action::OfferAssignment { obligation, to: MemberId(0), reason: reason() },
        Action::Withdraw { obligation, reason: reason() },
        Action::Correct { obligation, outstanding: amount("1"), due: day(2, 1), reason: reason() },
        Action::Hold { obligation, reason: reason() },
    ];

    for action in attempts.clone() {
        let refused = union.member(2, action).map(|_| ()).unwrap_err();
        assert_eq!(refused, Refusal::Frozen { obligation, cycle });
    }
    union.operator(Action::Abandon { cycle, reason: reason() }).unwrap();

    for action in attempts {
        assert_eq!(union.clone().member(2, action).map(|_| ()), Ok(()));
    }
    assert!(matches!(union.state.cycles()[0].stage, CycleStage::Abandoned { .. }));
}

#[test]
fn a_false_result_is_refused_whoever_sends_it() {
    let mut union = circle(["100", "150", "120"]);
    union.cut_off().unwrap();
    union.wait(24);

    let not_optimal = propose(&mut union, |_, discharges| discharges.fill(50_00));
    let not_conserved = propose(&mut union, |_, discharges| discharges[0] -= 1);
    let too_much = propose(&mut union, |_, discharges| discharges.fill(101_00));
    let huge = propose(&mut union, |_, discharges| discharges.fill(u64::MAX));
    let too_few = propose(&mut union, |_, discharges| discharges.truncate(2));
    let for_another = propose(&mut union, |cleared, _| cleared.0[0] ^= 1);

    for refused in [not_optimal, not_conserved, too_much, huge, too_few] {
        assert_eq!(refused.cause(), "FalseResult");
    }
    assert_eq!(for_another, Refusal::OtherCutOff { cycle: CycleId(0) });
}

#[test]
fn a_result_without_every_network_or_with_another_currency_is_refused() {
    let mut union = circle(["100", "150", "120"]);
    let cycle = union.cut_off().unwrap();
    union.wait(24);
    let (cleared, results) = union.result(cycle).unwrap();
    let mut send = |results| {
        let action = Action::ProposeResult { cycle, cleared, results };
        union.member(1, action).map(|_| ()).unwrap_err()
    };

    let mut dollars = results.clone();
    dollars[0].currency = code("USD");

    let missing = Refusal::MissingResult { cycle, networks: 1 };
    assert_eq!((send(vec![]), send(dollars)), (missing.clone(), missing));
}

#[test]
fn any_member_may_hand_in_the_result_and_the_second_one_is_refused() {
    let mut union = circle(["100", "150", "120"]);
    let cycle = union.cut_off().unwrap();
    union.wait(24);
    let (cleared, results) = union.result(cycle).unwrap();
    let propose = || Action::ProposeResult { cycle, cleared, results: results.clone() };

    union.member(1, propose()).unwrap();
    let twice = union.operator(propose()).map(|_| ()).unwrap_err();
    let by_member = union.member(1, Action::Finalise { cycle }).map(|_| ()).unwrap_err();
    union.operator(Action::Finalise { cycle }).unwrap();
    let again = union.operator(Action::Finalise { cycle }).map(|_| ()).unwrap_err();

    assert_eq!(twice, Refusal::CycleStands { cycle, stage: "proposed".to_owned() });
    assert_eq!(by_member, Refusal::OnlyTheOperator);
    assert_eq!(again, Refusal::CycleStands { cycle, stage: "final".to_owned() });
    assert_eq!(union.outstanding(), [0, 50_00, 20_00]);
}

#[test]
fn within_a_pair_the_oldest_due_date_goes_first_and_no_result_may_say_otherwise() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let mut dated = |due, text: &str| {
        let declaration = setoff_union::Declaration { due, ..union.declaration(0, 1, text) };
        let obligation = union.declare(1, declaration).unwrap();
        union.confirmed(obligation).unwrap();
    };
    dated(day(3, 1), "60");
    dated(day(2, 1), "60");
    union.owed(1, 0, "60").unwrap();
    let cycle = union.cut_off().unwrap();
    union.wait(24);

    let younger = propose(&mut union, |_, discharges| discharges.swap(0, 1));
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();

    assert_eq!(younger, Refusal::NotOldestFirst { obligation: ObligationId(0) });
    assert_eq!(union.outstanding(), [60_00, 0, 0]);
}

#[test]
fn two_cycles_never_hold_the_same_obligation() {
    let mut union = circle(["100", "150", "120"]);
    let first = union.cut_off().unwrap();
    let second = union.opened().unwrap();
    let dollars = Mode::PerCurrency { currencies: vec![code("USD")] };

    let overlapping = union.operator(Action::CutOff { cycle: second }).map(|_| ()).unwrap_err();
    union.proposed(first).unwrap();
    union.operator(Action::Finalise { cycle: first }).unwrap();
    union.operator(Action::CutOff { cycle: second }).unwrap();
    let third = union.opened_as(dollars).unwrap();
    let third = union.operator(Action::CutOff { cycle: third }).map(|_| ()).unwrap_err();

    assert_eq!(overlapping, Refusal::CyclesOverlap { cycle: second, other: first });
    assert_eq!(third, Refusal::CyclesOverlap { cycle: CycleId(2), other: second });
}

#[test]
fn currencies_clear_each_by_itself() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    for (debtor, creditor, currency) in [(0, 1, "EUR"), (1, 0, "USD"), (1, 0, "EUR"), (0, 1, "USD")]
    {
        let declaration = union.declaration(debtor, creditor, "100");
        let declaration = setoff_union::Declaration { currency: code(currency), ..declaration };
        let obligation = union.declare(debtor, declaration).unwrap();
        union.confirmed(obligation).unwrap();
    }
    let euros = Mode::PerCurrency { currencies: vec![code("EUR")] };
    let cycle = union.opened_as(euros).unwrap();
    union.operator(Action::CutOff { cycle }).unwrap();
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();

    assert_eq!(union.outstanding(), [0, 100_00, 0, 100_00]);
}

/// Ann owes Bob 100 EUR; Bob owes Ann 108.71 USD and 50 USD; one euro is 1.0871 dollars.
#[test]
fn in_a_unit_of_account_debts_in_two_currencies_set_off_each_other() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    for text in ["108.71", "50.00"] {
        let declaration = union.declaration(1, 0, text);
        let declaration = setoff_union::Declaration { currency: code("USD"), ..declaration };
        let obligation = union.declare(0, declaration).unwrap();
        union.confirmed(obligation).unwrap();
    }
    let rates: std::collections::BTreeMap<_, Amount> =
        [(code("USD"), amount("1.0871"))].into_iter().collect();
    let mode = Mode::UnitOfAccount { unit: code("EUR"), rates, published: None };
    let cycle = union.opened_as(mode).unwrap();
    union.operator(Action::CutOff { cycle }).unwrap();
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();

    assert_eq!(union.outstanding(), [0, 0, 50_00]);
    let set_off = |n, currency| {
        union.state.ledger().balances(MemberId(n), CurrencyId(currency)).of(Account::SetOff)
    };
    assert_eq!((set_off(0, 0), set_off(0, 1)), (-100_00, 108_71), "euros against dollars");
}

#[test]
fn a_rate_that_can_not_be_is_refused_and_a_debt_too_large_for_the_unit_of_account_stays_out() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let mode = |quote: &str| {
        let rates = [(code("JPY"), amount(quote))].into();
        Mode::UnitOfAccount { unit: code("EUR"), rates, published: None }
    };
    let declaration = union.declaration(0, 1, "4611686018427387904");
    let declaration = setoff_union::Declaration { currency: code("JPY"), ..declaration };
    let debt = union.declare(1, declaration).unwrap();
    union.confirmed(debt).unwrap();

    let free = union.opened_as(mode("0")).unwrap_err();
    let cycle = union.opened_as(mode("1")).unwrap();
    for (debtor, creditor) in [(0, 1), (1, 0)] {
        union.owed(debtor, creditor, "7").unwrap();
    }
    union.operator(Action::CutOff { cycle }).unwrap();
    union.wait(24);
    let (cleared, results) = union.result(cycle).unwrap();
    let left_out = too_large(&union.state, cycle).unwrap();
    let result = Action::ProposeResult { cycle, cleared, results };
    let proposed = union.operator(result).unwrap()[0].change.clone();
    union.operator(Action::Finalise { cycle }).unwrap();
    let twice = [(code("EUR"), amount("1"))].into();
    let twice =
        union.opened_as(Mode::UnitOfAccount { unit: code("EUR"), rates: twice, published: None });

    assert!(matches!(free, Refusal::NoRate { .. }));
    assert_eq!(left_out, [debt]);
    assert!(matches!(proposed, Change::Proposed { too_large, .. } if too_large == [debt]));
    assert_eq!(union.outstanding(), [1 << 62, 0, 0], "the others clear");
    assert_eq!(twice, Err(Refusal::CurrencyTwice { code: code("EUR") }));
}

#[test]
fn classes_of_debts_clear_as_the_rulebook_says() {
    let mut rules = rulebook();
    rules.classes.not_yet_due = Clears::MayNot;
    rules.classes.overdue = Clears::Must;
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules);
    union.owed(1, 0, "1000").unwrap();
    let today = setoff_union::utc_date(union.now);
    for (days, kind) in
        [(-30, Kind::Plain), (-29, Kind::Plain), (1, Kind::Plain), (0, Kind::InLitigation)]
    {
        let due = today.saturating_add(jiff::Span::new().days(days));
        let declaration = union.declaration(0, 1, "10");
        let declaration = setoff_union::Declaration { due, kind, ..declaration };
        let obligation = union.declare(1, declaration).unwrap();
        union.confirmed(obligation).unwrap();
        union.member(0, Action::Hold { obligation, reason: "no".to_owned() }).unwrap();
    }
    let release = Action::Release { obligation: ObligationId(3), reason: "yes".to_owned() };
    union.member(0, release).unwrap();

    union.cleared().unwrap();

    // Overdue by 30 days: must clear though held. By 29: held. Not yet due, in litigation: never.
    assert_eq!(union.outstanding(), [990_00, 0, 10_00, 10_00, 10_00]);
}

#[test]
fn debts_within_a_group_clear_by_their_own_class() {
    let mut rules = rulebook();
    rules.classes.within_group = Clears::MayNot;
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules);
    let mut join = |number, name: &str| {
        let mut sister =
            setoff_union::testing::application(name, number, setoff_union::Capacity::Member);
        sister.profile.group = Some("Sisters".to_owned());
        let key = vec![setoff_union::testing::key_of(number)];
        union.give(setoff_union::Actor::Applicant, key, Action::Apply(sister)).unwrap();
        union.stand(number, setoff_union::Step::Admit).unwrap();
    };
    join(2, "Cem");
    join(3, "Dan");
    union.owed(2, 3, "10").unwrap();
    union.owed(3, 2, "10").unwrap();

    union.cleared().unwrap();

    assert_eq!(union.outstanding(), [10_00, 10_00]);
}

#[test]
fn members_open_a_cycle_by_vote_and_the_operator_alone_does_by_the_calendar() {
    let mut union = circle(["100", "150", "120"]);
    let mode = Mode::PerCurrency { currencies: vec![code("EUR")] };
    let opening = setoff_union::Opening { mode, value_date: day(1, 31) };

    let member = union.member(0, Action::OpenCycle(opening.clone())).map(|_| ()).unwrap_err();
    let closes = union.now + jiff::SignedDuration::from_hours(24 * 7);
    union.member(0, Action::Propose { subject: Subject::Cycle(opening), closes }).unwrap();
    let proposal = ProposalId(0);
    for n in 0..2 {
        union.member(n, Action::Vote { proposal, choice: Choice::For }).unwrap();
    }
    union.wait(24 * 7);
    union.operator(Action::CountVotes { proposal }).unwrap();

    assert_eq!(member, Refusal::OnlyTheOperator);
    assert_eq!(union.state.cycles()[0].stage, CycleStage::Open);
}

#[test]
fn a_value_date_is_neither_in_the_past_nor_far_ahead() {
    let mut union = circle(["100", "150", "120"]);
    let today = setoff_union::utc_date(union.now);
    let opening = |days: i64| Opening {
        mode: Mode::PerCurrency { currencies: vec![code("EUR")] },
        value_date: today.saturating_add(jiff::Span::new().days(days)),
    };
    let mut open = |days| union.operator(Action::OpenCycle(opening(days))).map(|_| ());
    let farthest = i64::from(FARTHEST_VALUE_DATE);

    assert_eq!((open(0), open(farthest)), (Ok(()), Ok(())));
    for days in [-1, farthest + 1] {
        let value_date = opening(days).value_date;
        let (earliest, latest) = (today, opening(farthest).value_date);
        assert_eq!(open(days), Err(Refusal::NoValueDate { value_date, earliest, latest }));
    }
}

#[test]
fn a_cycle_that_was_voted_for_is_not_opened_after_its_value_date() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let mode = Mode::PerCurrency { currencies: vec![code("EUR")] };
    let subject = Subject::Cycle(Opening { mode, value_date: day(1, 9) });
    let closes = union.now + jiff::SignedDuration::from_hours(24 * 7);
    union.member(0, Action::Propose { subject, closes }).unwrap();
    let proposal = ProposalId(0);
    for n in 0..2 {
        union.member(n, Action::Vote { proposal, choice: Choice::For }).unwrap();
    }
    union.wait(24 * 9);

    union.operator(Action::CountVotes { proposal }).unwrap();

    let without_effect = Outcome::PassedWithoutEffect("NoValueDate".to_owned());
    assert_eq!(union.state.proposals()[0].outcome, Some(without_effect));
    assert!(union.state.cycles().is_empty());
}
