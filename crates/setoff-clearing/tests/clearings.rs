//! What a clearing does, told on small networks.

#![allow(clippy::unwrap_used)] // here a panic is the report

use setoff_clearing::{
    Certificate, Debt, LARGEST_AMOUNT, LARGEST_WEIGHT, Network, NetworkError, Seed, Verified,
    Violation, solve, verify,
};

fn debt(debtor: u32, creditor: u32, amount: u64) -> Debt {
    Debt { debtor, creditor, amount, weight: 1 }
}

fn cleared(members: u32, debts: Vec<Debt>) -> (Vec<u64>, Verified) {
    let network = Network::new(members, debts).unwrap();
    let clearing = solve(&network, Seed::default());
    let verified = verify(&network, &clearing.discharges, &clearing.certificate).unwrap();
    (clearing.discharges, verified)
}

#[test]
fn a_circle_of_three_clears_whole() {
    let (discharges, _) = cleared(3, vec![debt(0, 1, 7), debt(1, 2, 7), debt(2, 0, 7)]);

    assert_eq!(discharges, [7, 7, 7]);
}

#[test]
fn a_chain_clears_nothing() {
    let (discharges, _) = cleared(3, vec![debt(0, 1, 7), debt(1, 2, 7)]);

    assert_eq!(discharges, [0, 0]);
}

#[test]
fn no_members_and_no_debts_clear_nothing() {
    for members in [0, 1, 5] {
        let (discharges, verified) = cleared(members, vec![]);

        assert!(discharges.is_empty());
        assert_eq!(verified, Verified { gross: 0, cleared: 0, weighted: 0 });
    }
}

#[test]
fn of_two_ways_the_longer_clears_more() {
    let debts = vec![debt(0, 1, 5), debt(1, 0, 5), debt(1, 2, 5), debt(2, 3, 5), debt(3, 0, 5)];

    let (discharges, _) = cleared(4, debts);

    assert_eq!(discharges, [5, 0, 5, 5, 5]);
}

#[test]
fn weight_outdoes_length() {
    let mut debts = vec![debt(0, 1, 5), debt(1, 0, 5), debt(1, 2, 5), debt(2, 3, 5), debt(3, 0, 5)];
    debts[1].weight = 4;

    let (discharges, verified) = cleared(4, debts);

    assert_eq!(discharges, [5, 5, 0, 0, 0]);
    assert_eq!((verified.cleared, verified.weighted), (10, 25));
}

#[test]
fn between_the_same_two_the_heavier_debt_goes_first_and_then_the_first_given() {
    let mut debts = vec![debt(0, 1, 4), debt(0, 1, 4), debt(0, 1, 4), debt(1, 0, 6)];
    debts[2].weight = 2;

    let (discharges, _) = cleared(2, debts);

    assert_eq!(discharges, [2, 0, 4, 6]);
}

#[test]
fn sums_beyond_64_bits_clear_whole() {
    let debts = (0..60).map(|place| debt(place % 3, (place + 1) % 3, LARGEST_AMOUNT)).collect();

    let (discharges, verified) = cleared(3, debts);

    assert!(discharges.iter().all(|discharge| *discharge == LARGEST_AMOUNT));
    assert_eq!(verified.cleared, 60 << 62);
}

#[test]
fn circles_that_do_not_touch_clear_apart() {
    let circles = (0..1000).flat_map(|circle| {
        let amount = u64::from(circle) + 1;
        [debt(2 * circle, 2 * circle + 1, amount), debt(2 * circle + 1, 2 * circle, 2 * amount)]
    });
    let bridges = (1..1000).map(|circle| debt(2 * circle, 2 * circle - 2, 9));

    let (discharges, verified) = cleared(2000, circles.chain(bridges).collect());

    assert_eq!(verified.cleared, 2 * (1000 * 1001 / 2));
    assert!(discharges[2000..].iter().all(|discharge| *discharge == 0));
}

#[test]
fn the_seed_decides_between_equal_clearings() {
    // Member 1 owes both 2 and 3 what only one of them can pass on to 0.
    let debts = vec![debt(0, 1, 5), debt(1, 2, 5), debt(1, 3, 5), debt(2, 0, 5), debt(3, 0, 5)];
    let network = Network::new(4, debts).unwrap();

    let through_2 = |seed: u8| solve(&network, Seed([seed; 32])).discharges[1] == 5;

    let times = (0..100).filter(|seed| through_2(*seed)).count();
    assert!((20..80).contains(&times), "{times} of 100 seeds chose member 2");
}

#[test]
fn a_network_that_cannot_be_is_refused() {
    let refused = |members, debts: &[Debt]| Network::new(members, debts.to_vec()).unwrap_err();

    let good = debt(0, 1, 1);
    assert_eq!(refused(2, &[good, debt(0, 2, 1)]), NetworkError::NoSuchMember { debt: 1 });
    assert_eq!(refused(2, &[good, debt(1, 1, 1)]), NetworkError::OwnDebt { debt: 1 });
    assert_eq!(refused(2, &[good, debt(0, 1, 0)]), NetworkError::Amount { debt: 1 });
    let too_large = debt(0, 1, LARGEST_AMOUNT + 1);
    assert_eq!(refused(2, &[too_large]), NetworkError::Amount { debt: 0 });
    for weight in [-LARGEST_WEIGHT - 1, LARGEST_WEIGHT + 1, i32::MIN] {
        let debt = Debt { weight, ..good };
        assert_eq!(refused(2, &[debt]), NetworkError::Weight { debt: 0 });
    }
    let heavy = Debt { weight: LARGEST_WEIGHT, ..good };
    let members = 2_200_000;
    let too_many = NetworkError::TooManyMembers { members, weight: LARGEST_WEIGHT.unsigned_abs() };
    assert_eq!(refused(members, &[heavy]), too_many);
    assert!(Network::new(members, vec![good]).is_ok());
    assert!(Network::new(2_147_000, vec![heavy]).is_ok());
}

#[test]
fn the_checker_names_what_is_wrong() {
    let debts = vec![debt(0, 1, 7), debt(1, 2, 9), debt(2, 0, 7), debt(2, 3, 7)];
    let network = Network::new(4, debts).unwrap();
    let proof = |potentials: &[i64]| Certificate { potentials: potentials.to_vec() };
    let good = proof(&[1, 1, 2, 3]);
    let check = |discharges: &[u64], proof: &Certificate| verify(&network, discharges, proof);

    assert!(check(&[7, 7, 7, 0], &good).is_ok());
    assert_eq!(check(&[7, 7, 7], &good), Err(Violation::Discharges));
    assert_eq!(check(&[7, 7, 7, 0], &proof(&[0, 0, 1])), Err(Violation::Potentials));
    assert_eq!(check(&[7, 10, 7, 0], &good), Err(Violation::MoreThanOwed { debt: 1 }));
    assert_eq!(check(&[7, 8, 7, 0], &good), Err(Violation::NotConserved { member: 1 }));
    assert_eq!(check(&[6, 6, 6, 0], &good), Err(Violation::NotOptimal { debt: 0 }));
    assert_eq!(check(&[7, 7, 7, 0], &proof(&[1, 1, 3, 4])), Err(Violation::NotOptimal { debt: 1 }));
    let extreme = proof(&[i64::MIN, i64::MAX, i64::MIN, i64::MAX]);
    assert_eq!(check(&[7, 7, 7, 0], &extreme), Err(Violation::NotOptimal { debt: 0 }));
}

#[test]
fn what_counts_nothing_closes_a_circle_and_is_not_set_off_for_its_own_sake() {
    let mut debts = vec![debt(0, 1, 10), debt(1, 0, 6), debt(1, 2, 3), debt(2, 1, 3)];
    for (place, weight) in [(1, 0), (2, 0), (3, 0)] {
        debts[place].weight = weight;
    }
    let network = Network::new(3, debts).unwrap();

    let clearing = solve(&network, Seed::default());

    assert_eq!(clearing.discharges[..2], [6, 6]);
    let verified = verify(&network, &clearing.discharges, &clearing.certificate).unwrap();
    assert_eq!(verified.weighted, 6);
}

#[test]
fn what_costs_more_than_the_circle_is_worth_is_left_alone() {
    let cleared = |weight| {
        let network =
            Network::new(2, vec![debt(0, 1, 10), Debt { weight, ..debt(1, 0, 6) }]).unwrap();
        let clearing = solve(&network, Seed::default());
        verify(&network, &clearing.discharges, &clearing.certificate).unwrap();
        clearing.discharges[0]
    };

    assert_eq!(cleared(-2), 0);
    assert_eq!(cleared(0), 6);
}
