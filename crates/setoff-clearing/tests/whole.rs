//! Whole obligations only, and as many whole ones as possible: by hand, and against trying all.

#![allow(clippy::unwrap_used)] // here a panic is the report

use std::ops::ControlFlow;

use proptest::prelude::*;
use setoff_clearing::{
    Classes, Debt, FewestClearing, FewestProof, Network, NotFewest, NotWhole, Seed, WholeClearing,
    WholeProof, solve, solve_fewest, solve_whole, verify, verify_fewest, verify_whole,
};

fn network(members: u32, debts: &[(u32, u32, u64)]) -> Network {
    let debt = |&(debtor, creditor, amount)| Debt { debtor, creditor, amount, weight: 1 };
    Network::new(members, debts.iter().map(debt).collect()).unwrap()
}

fn whole(network: &Network) -> WholeClearing {
    let mut go_on = |_| ControlFlow::Continue(());
    let clearing = solve_whole(network, Seed::default(), &mut go_on).unwrap();
    verify_whole(network, &clearing).unwrap();
    clearing
}

fn fewest(network: &Network) -> FewestClearing {
    let classes = Classes::one(network);
    let mut go_on = |_| ControlFlow::Continue(());
    let clearing = solve_fewest(network, &classes, Seed::default(), &mut go_on).unwrap();
    verify_fewest(network, &classes, &clearing).unwrap();
    clearing
}

#[test]
fn a_circle_of_unequal_debts_can_not_be_discharged_whole() {
    let clearing = whole(&network(3, &[(0, 1, 100), (1, 2, 100), (2, 0, 200)]));

    assert_eq!((clearing.discharges.as_slice(), clearing.bound), (&[0, 0, 0][..], 0));
}

#[test]
fn two_debts_against_one_of_their_sum_are_discharged() {
    // 60 and 40 to 1, who owes 100 back; the 70 fits nothing.
    let clearing = whole(&network(2, &[(0, 1, 70), (0, 1, 60), (0, 1, 40), (1, 0, 100)]));

    assert_eq!((clearing.discharges.as_slice(), clearing.bound), (&[0, 60, 40, 100][..], 200));
}

#[test]
fn the_larger_of_two_circles_that_exclude_each_other_is_taken() {
    // Through 2 or through 2 and 3, but 1 has only one debt of 10.
    let debts = [(0, 1, 10), (1, 2, 10), (2, 0, 10), (2, 3, 10), (3, 0, 10)];
    let clearing = whole(&network(4, &debts));

    assert_eq!((clearing.discharges.as_slice(), clearing.bound), (&[10, 10, 0, 10, 10][..], 40));
}

#[test]
fn of_equal_debts_the_first_goes_first() {
    let network = network(2, &[(0, 1, 5), (0, 1, 5), (1, 0, 7), (1, 0, 5)]);
    let good = whole(&network);
    assert_eq!(good.discharges, [5, 0, 0, 5]);

    let late = WholeClearing { discharges: vec![0, 5, 0, 5], ..good };
    assert_eq!(verify_whole(&network, &late), Err(NotWhole::OutOfTurn { debt: 1 }));
}

#[test]
fn another_bound_or_a_broken_proof_is_refused() {
    let network = network(2, &[(0, 1, 70), (0, 1, 60), (0, 1, 40), (1, 0, 100)]);
    let good = whole(&network);

    let boast =
        WholeClearing { discharges: vec![0; 4], weighted: 0, bound: 0, proof: good.proof.clone() };
    assert!(matches!(verify_whole(&network, &boast), Err(NotWhole::Bound { shown: Some(200) })));

    let proof = vec![WholeProof::Unbalanced { member: 0 }];
    let unfounded = WholeClearing { proof, ..good.clone() };
    assert_eq!(verify_whole(&network, &unfounded), Err(NotWhole::Node { node: 0 }));

    let proof = vec![WholeProof::Split { debt: 0 }];
    let halved = WholeClearing { proof, ..good.clone() };
    assert_eq!(verify_whole(&network, &halved), Err(NotWhole::Node { node: 1 }));

    let in_part = WholeClearing { discharges: vec![70, 0, 0, 70], weighted: 140, ..good };
    assert_eq!(verify_whole(&network, &in_part), Err(NotWhole::InPart { debt: 3 }));
}

#[test]
fn as_many_as_possible_are_discharged_whole() {
    // 0 owes 1, 2 and 3; all owe 4; 4 owes 0 only 70. The 40 and 30 fill it, the 60 would not.
    let debts =
        [(0, 1, 60), (0, 2, 40), (0, 3, 30), (1, 4, 60), (2, 4, 40), (3, 4, 30), (4, 0, 70)];
    let clearing = fewest(&network(5, &debts));

    assert_eq!(clearing.discharges, [0, 40, 30, 0, 40, 30, 70]);
    assert_eq!((clearing.whole, clearing.bound), (5, 5));
}

#[test]
fn a_claim_of_more_or_fewer_whole_debts_is_refused() {
    let debts =
        [(0, 1, 60), (0, 2, 40), (0, 3, 30), (1, 4, 60), (2, 4, 40), (3, 4, 30), (4, 0, 70)];
    let network = network(5, &debts);
    let classes = Classes::one(&network);
    let good = fewest(&network);

    let boast = FewestClearing { whole: 6, ..good.clone() };
    assert_eq!(verify_fewest(&network, &classes, &boast), Err(NotFewest::Whole { counted: 5 }));

    let discharges = vec![60, 10, 0, 60, 10, 0, 70];
    let worse = FewestClearing { discharges, whole: 3, bound: 3, ..good.clone() };
    let refused = verify_fewest(&network, &classes, &worse);
    assert!(matches!(refused, Err(NotFewest::Bound { shown: Some(5..) })), "{refused:?}");

    let proof = vec![FewestProof::Bound { scale: 0, potentials: vec![0; 5] }];
    let unfounded = FewestClearing { proof, ..good };
    assert_eq!(verify_fewest(&network, &classes, &unfounded), Err(NotFewest::Node { node: 0 }));
}

fn networks(
    members: std::ops::RangeInclusive<u32>,
    debts: std::ops::RangeInclusive<usize>,
    amounts: impl Strategy<Value = u64> + Clone + 'static,
) -> impl Strategy<Value = Network> {
    members.prop_flat_map(move |members| {
        let debt =
            (0..members, 1..members, amounts.clone()).prop_map(move |(debtor, gap, amount)| Debt {
                debtor,
                creditor: (debtor + gap) % members,
                amount,
                weight: 1,
            });
        prop::collection::vec(debt, debts.clone())
            .prop_map(move |debts| Network::new(members, debts).unwrap())
    })
}

/// The most that whole debts can reach, by trying all choices.
fn most_of_whole(network: &Network) -> u64 {
    let debts = network.debts();
    let mut most = 0;
    for choice in 0_u32..1 << debts.len() {
        let chosen = || (0..).zip(debts).filter(|(place, _)| choice >> place & 1 == 1);
        let mut balances = vec![0_i64; network.members() as usize];
        for (_, debt) in chosen() {
            balances[debt.debtor as usize] -= debt.amount.cast_signed();
            balances[debt.creditor as usize] += debt.amount.cast_signed();
        }
        if balances.iter().all(|balance| *balance == 0) {
            most = most.max(chosen().map(|(_, debt)| debt.amount).sum());
        }
    }
    most
}

/// The most whole debts of any set-off of `cleared`, by trying all.
fn most_whole_debts(network: &Network, cleared: u128) -> usize {
    let debts = network.debts();
    let mut all = vec![(vec![0_i64; network.members() as usize], 0_u128, 0_usize)];
    let mut seen = std::collections::BTreeSet::new();
    for debt in debts {
        seen.clear();
        for (balances, sum, whole) in all {
            for discharge in 0..=debt.amount {
                let mut balances = balances.clone();
                balances[debt.debtor as usize] -= discharge.cast_signed();
                balances[debt.creditor as usize] += discharge.cast_signed();
                let whole = whole + usize::from(discharge == debt.amount);
                seen.insert((balances, sum + u128::from(discharge), whole));
            }
        }
        all = seen.iter().cloned().collect();
    }
    let balanced = all.into_iter().filter(|(balances, sum, _)| {
        *sum == cleared && balances.iter().all(|balance| *balance == 0)
    });
    balanced.map(|(.., whole)| whole).max().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whole_debts_reach_as_much_as_trying_all(
        network in networks(2..=5, 1..=13, prop_oneof![1..=4_u64, 1..=20_u64, Just(10_u64)]),
    ) {
        let clearing = whole(&network);

        prop_assert_eq!(clearing.weighted, i128::from(most_of_whole(&network)));
        prop_assert_eq!(clearing.bound, clearing.weighted);
    }

    /// Between two members the older debt goes first, so pairs have one debt each here; then that
    /// order takes nothing away.
    #[test]
    fn as_many_are_whole_as_by_trying_all(
        debts in prop::collection::btree_map((0..4_u32, 0..4_u32), 1..=4_u64, 1..=7),
    ) {
        let debts = debts.into_iter().filter(|((debtor, creditor), _)| debtor != creditor);
        let pairs: Vec<_> = debts.map(|((a, b), amount)| (a, b, amount)).collect();
        let network = network(4, &pairs);
        let clearing = fewest(&network);
        let cleared = clearing.discharges.iter().map(|&d| u128::from(d)).sum();

        prop_assert_eq!(clearing.whole, most_whole_debts(&network, cleared));
        prop_assert_eq!(clearing.bound, clearing.whole);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whole_debts_of_large_networks_stay_within_their_bound(
        network in networks(20..=40, 60..=200, prop_oneof![1..=9_u64, (1..=9_u64).prop_map(|n| 100 * n)]),
    ) {
        let clearing = whole(&network);
        let plain = solve(&network, Seed::default());
        let plain = verify(&network, &plain.discharges, &plain.certificate).unwrap().weighted;

        prop_assert!(clearing.weighted <= clearing.bound && clearing.bound <= plain);
    }

    #[test]
    fn large_networks_have_a_bound_on_whole_debts(
        network in networks(10..=40, 30..=200, 1..=1_000_000_u64),
    ) {
        let clearing = fewest(&network);
        let plain = solve(&network, Seed::default());
        let cleared = |discharges: &[u64]| discharges.iter().map(|&d| u128::from(d)).sum::<u128>();
        let count = network.debts().iter().zip(&plain.discharges).filter(|(d, f)| d.amount == **f);

        prop_assert!(count.count() <= clearing.whole && clearing.whole <= clearing.bound);
        prop_assert_eq!(cleared(&plain.discharges), cleared(&clearing.discharges));
    }
}
