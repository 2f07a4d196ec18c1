//! What there is when a solver is asked to stop: feasible, with a gap that holds.

#![allow(clippy::unwrap_used)] // here a panic is the report

use std::ops::ControlFlow;

use proptest::prelude::*;
use setoff_clearing::{
    ChoiceError, ClassClearing, Classes, Debt, LARGEST_AMOUNT, Network, Progress, Seed, Stopped,
    class_gaps, gap, solve_classes, solve_fair, solve_fewest, solve_whole, solve_with, verify,
    verify_classes, verify_fewest, verify_whole,
};

fn network(members: u32, debts: &[(u32, u32, u64)]) -> Network {
    let debt = |&(debtor, creditor, amount)| Debt { debtor, creditor, amount, weight: 1 };
    Network::new(members, debts.iter().map(debt).collect()).unwrap()
}

/// A progress function that breaks at a call, counted from 0, and checks that progress never falls.
fn stop_at(call: usize) -> impl FnMut(Progress) -> ControlFlow<()> {
    let (mut calls, mut last) = (0, None::<Progress>);
    move |progress| {
        assert!(progress.done <= progress.of);
        assert!(last.is_none_or(|last| {
            u128::from(last.done) * u128::from(progress.of)
                <= u128::from(progress.done) * u128::from(last.of)
        }));
        last = Some(progress);
        calls += 1;
        if calls > call { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn a_solver_that_is_stopped_at_once_has_something_to_show() {
    // Two circles share 0 → 1: the long one is worth more than the short one.
    let network = network(4, &[(0, 1, 100), (1, 0, 100), (1, 2, 80), (2, 3, 80), (3, 0, 80)]);

    let stopped = solve_with(&network, Seed::default(), &mut stop_at(0));

    let Err(Stopped { discharges, certificate }) = stopped else { panic!("{stopped:?}") };
    let (found, most) = gap(&network, &discharges, &certificate).unwrap();
    // At most 100 + 20 + 3 · 80 can be discharged.
    assert!(found.weighted > 0);
    assert!(found.weighted + i128::try_from(most).unwrap() >= 360);
}

#[test]
fn of_a_pair_the_heavier_goes_first_also_when_stopped() {
    // 1 owes 0 twice, the light one first in the input, and 0 can pay for one only.
    let mut debts =
        network(3, &[(0, 1, 10), (1, 0, 10), (1, 0, 10), (1, 2, 9), (2, 0, 9)]).debts().to_vec();
    debts[2].weight = 5;
    let network = Network::new(3, debts).unwrap();

    let stopped = solve_with(&network, Seed::default(), &mut stop_at(0));

    let Err(Stopped { discharges, .. }) = stopped else { panic!("{stopped:?}") };
    assert!(discharges[1] == 0 || discharges[2] == 10, "{discharges:?}");
}

#[test]
fn who_stops_the_network_simplex_method_has_a_set_off_and_a_gap_all_the_same() {
    // Amounts of all magnitudes, on which it takes over after eight updates (`src/switch.rs`).
    let mut state = 1_u64;
    let mut below = |bound: u32| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((state >> 33) % u64::from(bound)).unwrap()
    };
    let debts: Vec<_> = (0..4000)
        .map(|_| {
            let (debtor, further) = (below(400), 1 + below(399));
            (debtor, (debtor + further) % 400, 1 << below(50))
        })
        .collect();
    let network = network(400, &debts);
    let best = solve_with(&network, Seed::default(), &mut stop_at(usize::MAX)).unwrap();
    let best = verify(&network, &best.discharges, &best.certificate).unwrap().weighted;

    let mut stops = 0;
    while let Err(stopped) = solve_with(&network, Seed::default(), &mut stop_at(stops)) {
        let Stopped { discharges, certificate } = stopped;
        let (found, most) = gap(&network, &discharges, &certificate).unwrap();
        assert!(found.weighted <= best && best <= found.weighted + i128::try_from(most).unwrap());
        stops += 1;
    }
    assert!(stops > 10, "it was also asked while the other method was at work: {stops}");
}

fn classified() -> impl Strategy<Value = (Network, Vec<u32>)> {
    let amount = prop_oneof![1..=9_u64, 1..=1_000_000_u64, LARGEST_AMOUNT - 2..=LARGEST_AMOUNT];
    (2..=9_u32).prop_flat_map(move |members| {
        let debt = (0..members, 1..members, amount.clone(), 1..=3, 0..3_u32).prop_map(
            move |(debtor, further, amount, weight, class)| {
                let creditor = (debtor + further) % members;
                (Debt { debtor, creditor, amount, weight }, class)
            },
        );
        prop::collection::vec(debt, 1..40).prop_map(move |debts| {
            let (debts, classes) = debts.into_iter().unzip();
            (Network::new(members, debts).unwrap(), classes)
        })
    })
}

/// The most of each class, class before class.
fn best(network: &Network, classes: &Classes) -> Vec<i128> {
    let ClassClearing { discharges, certificates } =
        solve_classes(network, classes, Seed::default(), &mut stop_at(usize::MAX)).unwrap();
    verify_classes(network, classes, &discharges, &certificates).unwrap().weighted
}

/// Checks the gaps against what is best, and that between two members all go in turn.
fn is_as_it_says(
    network: &Network,
    of: &[u32],
    classes: &Classes,
    stopped: &ClassClearing,
) -> Result<(), TestCaseError> {
    let ClassClearing { discharges, certificates } = stopped;
    let (found, gaps) = class_gaps(network, classes, discharges, certificates).unwrap();
    let best = best(network, classes);
    for (class, gap) in gaps.iter().enumerate() {
        prop_assert!(found.weighted[class] <= best[class]);
        prop_assert!(best[class].abs_diff(found.weighted[class]) <= *gap);
        if *gap > 0 {
            break;
        }
    }
    let mut places: Vec<usize> = (0..of.len()).collect();
    let debt = |place: usize| network.debts()[place];
    let pair = |place: usize| (debt(place).debtor, debt(place).creditor);
    places.sort_by_key(|&place| (pair(place), of[place], -debt(place).weight));
    for two in places.windows(2).filter(|two| pair(two[0]) == pair(two[1])) {
        let is_whole = discharges[two[0]] == debt(two[0]).amount;
        prop_assert!(is_whole || discharges[two[1]] == 0, "{:?} overtakes", debt(two[1]));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn stopped_classes_are_as_far_from_the_best_as_they_say(
        (network, of) in classified(), call in 0..6_usize,
    ) {
        let classes = Classes::new(&network, &of).unwrap();
        match solve_classes(&network, &classes, Seed::default(), &mut stop_at(call)) {
            Err(ChoiceError::Stopped(stopped)) => is_as_it_says(&network, &of, &classes, &stopped)?,
            Ok(all) => {
                verify_classes(&network, &classes, &all.discharges, &all.certificates).unwrap();
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn who_stops_the_choice_of_the_most_even_has_a_set_off_all_the_same(
        (network, of) in classified(), call in 0..20_usize,
    ) {
        let classes = Classes::new(&network, &of).unwrap();
        let fair = solve_fair(&network, &classes, Seed::default(), &mut stop_at(call));
        if let Err(ChoiceError::Stopped(stopped)) = fair {
            let ClassClearing { discharges, certificates } = &*stopped;
            class_gaps(&network, &classes, discharges, certificates).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_search_that_is_stopped_ends_with_the_bound_that_it_has(
        (network, of) in classified(), call in 0..20_usize,
    ) {
        let classes = Classes::new(&network, &of).unwrap();
        match solve_fewest(&network, &classes, Seed::default(), &mut stop_at(call)) {
            Err(ChoiceError::Stopped(stopped)) => is_as_it_says(&network, &of, &classes, &stopped)?,
            fewest => {
                let fewest = fewest.unwrap();
                verify_fewest(&network, &classes, &fewest).unwrap();
                prop_assert!(fewest.whole <= fewest.bound);
            }
        }
        let whole = solve_whole(&network, Seed::default(), &mut stop_at(call)).unwrap();
        verify_whole(&network, &whole).unwrap();
        let all = solve_whole(&network, Seed::default(), &mut stop_at(usize::MAX)).unwrap();
        prop_assert!(whole.weighted <= all.bound && all.weighted <= whole.bound);
    }
}
