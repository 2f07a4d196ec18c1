//! Classes of debts: the first as much as possible, then the next.

#![allow(clippy::unwrap_used)] // here a panic is the report

use std::ops::ControlFlow;

use proptest::prelude::*;
use setoff_clearing::{
    ChoiceError, ClassClearing, Classes, Debt, LARGEST_AMOUNT, MOST_CLASSES, Network, Seed,
    Violation, solve, solve_classes, verify, verify_classes,
};

fn network(members: u32, debts: &[(u32, u32, u64)]) -> Network {
    let debt = |&(debtor, creditor, amount)| Debt { debtor, creditor, amount, weight: 1 };
    Network::new(members, debts.iter().map(debt).collect()).unwrap()
}

fn cleared(network: &Network, of: &[u32]) -> (ClassClearing, Vec<i128>) {
    let classes = Classes::new(network, of).unwrap();
    let mut go_on = |_| ControlFlow::Continue(());
    let clearing = solve_classes(network, &classes, Seed::default(), &mut go_on).unwrap();
    let ClassClearing { discharges, certificates } = &clearing;
    let verified = verify_classes(network, &classes, discharges, certificates).unwrap();
    (clearing, verified.weighted)
}

#[test]
fn one_overdue_unit_goes_before_any_sum_that_is_not() {
    // 0 owes 1 a hundred, and 1 owes it back either at once (3 overdue) or through a long way that
    // discharges four times as much a unit.
    let network =
        network(5, &[(0, 1, 100), (1, 0, 3), (1, 2, 100), (2, 3, 100), (3, 4, 100), (4, 0, 100)]);

    let (clearing, weighted) = cleared(&network, &[1, 0, 1, 1, 1, 1]);

    assert_eq!(clearing.discharges, [100, 3, 97, 97, 97, 97]);
    assert_eq!(weighted, [3, 100 + 4 * 97]);
    // With one class the short way is not taken.
    assert_eq!(solve(&network, Seed::default()).discharges, [100, 0, 100, 100, 100, 100]);
}

#[test]
fn a_class_that_gets_nothing_leaves_everything_to_the_next() {
    let network = network(3, &[(0, 1, 5), (1, 0, 4), (2, 0, 9)]);

    let (clearing, weighted) = cleared(&network, &[7, 7, 2]);

    assert_eq!(
        (clearing.discharges.as_slice(), weighted.as_slice()),
        (&[4, 4, 0][..], &[0, 8][..])
    );
}

#[test]
fn between_two_members_the_first_class_goes_first_and_the_older_first_in_it() {
    let network = network(2, &[(0, 1, 10), (0, 1, 10), (0, 1, 10), (0, 1, 10), (1, 0, 25)]);

    let (clearing, _) = cleared(&network, &[3, 1, 3, 1, 2]);

    assert_eq!(clearing.discharges, [5, 10, 0, 10, 25]);
}

#[test]
fn too_many_classes_and_classes_of_other_networks_are_refused() {
    let network = network(2, &[(0, 1, 1); MOST_CLASSES + 1]);
    let each_its_own: Vec<u32> = (0..).take(MOST_CLASSES + 1).collect();

    assert!(matches!(Classes::new(&network, &each_its_own), Err(ChoiceError::Classes { .. })));
    assert!(matches!(Classes::new(&network, &[1]), Err(ChoiceError::Classes { given: 1, .. })));
}

#[test]
fn a_clearing_that_puts_the_second_class_first_is_refused() {
    let network =
        network(5, &[(0, 1, 100), (1, 0, 3), (1, 2, 100), (2, 3, 100), (3, 4, 100), (4, 0, 100)]);
    let classes = Classes::new(&network, &[1, 0, 1, 1, 1, 1]).unwrap();
    let (clearing, _) = cleared(&network, &[1, 0, 1, 1, 1, 1]);
    let larger = solve(&network, Seed::default());

    let refused = verify_classes(&network, &classes, &larger.discharges, &clearing.certificates);

    assert!(matches!(refused, Err(Violation::NotOptimal { .. })), "{refused:?}");
}

fn classified() -> impl Strategy<Value = (Network, Vec<u32>)> {
    let amount = prop_oneof![1..=9_u64, 1..=1_000_000_u64, LARGEST_AMOUNT - 2..=LARGEST_AMOUNT];
    (2..=8_u32).prop_flat_map(move |members| {
        let debt = (0..members, 1..members, amount.clone(), 1..=3, 0..3_u32).prop_map(
            move |(debtor, gap, amount, weight, class)| {
                let creditor = (debtor + gap) % members;
                (Debt { debtor, creditor, amount, weight }, class)
            },
        );
        prop::collection::vec(debt, 1..30).prop_map(move |debts| {
            let (debts, classes) = debts.into_iter().unzip();
            (Network::new(members, debts).unwrap(), classes)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A circle has at most eight debts of weight 1 to 3, so no circle of changes gives up a unit of
    /// one class for what a weight thirty times as large would not make up for.
    #[test]
    fn classes_are_weights_that_nothing_makes_up_for((network, of) in classified()) {
        let (clearing, by_class) = cleared(&network, &of);

        let heavy = |(debt, class): (&Debt, &u32)| {
            Debt { weight: debt.weight * [900, 30, 1][*class as usize], ..*debt }
        };
        let heavy = network.debts().iter().zip(&of).map(heavy).collect();
        let heavy = Network::new(network.members(), heavy).unwrap();
        let other = solve(&heavy, Seed::default());
        let best = verify(&heavy, &other.discharges, &other.certificate).unwrap().weighted;

        let weighted = heavy.debts().iter().zip(&clearing.discharges);
        let weighted: i128 = weighted.map(|(d, f)| i128::from(d.weight) * i128::from(*f)).sum();
        prop_assert_eq!(weighted, best);
        prop_assert_eq!(by_class.len(), Classes::new(&network, &of).unwrap().count());
    }

    #[test]
    fn debts_that_are_alike_are_discharged_in_the_order_given((network, of) in classified()) {
        let (clearing, _) = cleared(&network, &of);

        let mut open = std::collections::BTreeMap::new();
        for ((debt, class), discharge) in network.debts().iter().zip(&of).zip(clearing.discharges) {
            let open = open.entry((debt.debtor, debt.creditor, class, debt.weight)).or_insert(false);
            prop_assert!(!*open || discharge == 0, "{debt:?} overtakes an earlier one");
            *open = discharge < debt.amount;
        }
    }
}
