use setoff_union::testing::{Union, rulebook};
use setoff_union::{Action, Change, CurrencyId, CycleId, Portions, Refusal, Rulebook};

/// Ann owes Bob 100, 60 and 40, Bob owes Cem 60 and Ann 100, Cem owes Ann 60.
fn frozen() -> (Union, CycleId) {
    let rules = Rulebook { portions: Portions::Whole, ..rulebook() };
    let mut union = Union::with_rulebook(&["Ann", "Bob", "Cem"], rules);
    for (debtor, creditor, text) in
        [(0, 1, "100"), (0, 1, "60"), (0, 1, "40"), (1, 2, "60"), (2, 0, "60"), (1, 0, "100")]
    {
        union.owed(debtor, creditor, text).unwrap();
    }
    let cycle = union.cut_off().unwrap();
    union.wait(24);
    (union, cycle)
}

fn hand_in(union: &mut Union, discharges: &[u64]) -> Result<Change, Refusal> {
    let cycle = CycleId(0);
    let (cleared, mut results) = union.result(cycle).unwrap();
    results[0].discharges = discharges.iter().map(|amount| amount * 100).collect();
    let proposed = union.member(1, Action::ProposeResult { cycle, cleared, results })?;
    Ok(proposed[0].change.clone())
}

#[test]
fn obligations_are_discharged_whole_or_not_at_all() {
    let (mut union, cycle) = frozen();

    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();

    // The 100s of Ann and Bob cancel out, and the 60s go round the three.
    assert_eq!(union.outstanding(), [0, 0, 40_00, 0, 0, 0]);
}

/// The network's debts are in the order of debtor, creditor, due date and number: Ann's three to Bob,
/// Bob's 100 to Ann, Bob's 60 to Cem, Cem's 60 to Ann.
#[test]
fn a_better_result_takes_the_place_of_a_poor_one_until_the_cycle_is_final() {
    let (mut union, cycle) = frozen();

    let nothing = hand_in(&mut union, &[0; 6]);
    let again = hand_in(&mut union, &[0; 6]);
    let better = hand_in(&mut union, &[100, 0, 0, 100, 0, 0]).unwrap();
    let worse = hand_in(&mut union, &[0, 60, 0, 0, 60, 60]);
    let best = hand_in(&mut union, &[100, 60, 0, 100, 60, 60]);
    union.operator(Action::Finalise { cycle }).unwrap();
    let late = hand_in_final(&mut union);

    let not_better = Err(Refusal::NotBetter { cycle });
    assert!(nothing.is_ok() && best.is_ok());
    assert_eq!((again, worse), (not_better.clone(), not_better));
    let Change::Proposed { at_most, .. } = better else { panic!("a result is proposed") };
    assert_eq!(at_most, [(CurrencyId(0), 380_00)].into(), "what clears in parts bounds it");
    assert_eq!(late, Refusal::CycleStands { cycle, stage: "final".to_owned() });
    assert_eq!(union.outstanding(), [0, 0, 40_00, 0, 0, 0]);
}

fn hand_in_final(union: &mut Union) -> Refusal {
    let (cycle, results) = (CycleId(0), Vec::new());
    let action = Action::ProposeResult { cycle, cleared: setoff_union::Digest([0; 32]), results };
    union.member(1, action).map(|_| ()).unwrap_err()
}

#[test]
fn a_result_in_parts_or_out_of_balance_or_without_a_bound_is_refused() {
    let (mut union, cycle) = frozen();
    let (cleared, mut results) = union.result(cycle).unwrap();
    results[0].potentials = vec![i64::MAX, i64::MIN, 0];
    let huge = Action::ProposeResult { cycle, cleared, results: results.clone() };
    results[0].potentials.pop();
    let missing = Action::ProposeResult { cycle, cleared, results };

    let in_parts = hand_in(&mut union, &[50, 0, 0, 50, 0, 0]).unwrap_err();
    let out_of_balance = hand_in(&mut union, &[100, 0, 0, 0, 0, 0]).unwrap_err();
    let missing = union.member(1, missing).map(|_| ()).unwrap_err();
    let huge = union.member(1, huge).map(|_| ());

    for refused in [in_parts, out_of_balance, missing] {
        assert_eq!(refused.cause(), "FalseResult", "{refused}");
    }
    // A bound may be as weak as one likes; it has to be true, and is stated.
    assert_eq!(huge, Ok(()));
}
