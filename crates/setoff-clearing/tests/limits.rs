//! Limits: worked examples that one can check by hand, and every set-off of small networks tried.

#![allow(clippy::unwrap_used)] // here a panic is the report

use std::ops::ControlFlow;

use proptest::prelude::*;
use setoff_clearing::{
    BrokenLimit, Debt, Funded, Group, Limits, Liquidity, MemberLimit, Network, PairLimit, Seed,
    SideLimits, Violation, Within, WithinError, check_limits, check_within, clear_within, frontier,
};

const SEED: Seed = Seed([7; 32]);

fn network(members: u32, debts: &[(u32, u32, u64)]) -> Network {
    let debt = |&(debtor, creditor, amount)| Debt { debtor, creditor, amount, weight: 1 };
    Network::new(members, debts.iter().map(debt).collect()).unwrap()
}

/// The largest set-off within limits, without any money.
fn largest(network: &Network, limits: &Limits) -> Vec<u64> {
    let no_money = Liquidity { funders: 0, tenders: vec![], acceptances: vec![], most: 0 };
    let funded = Funded::within(network, &no_money, limits).unwrap();
    funded.clear(SEED).unwrap().discharges
}

fn within(network: &Network, limits: &Limits, side: &SideLimits) -> Within {
    let within = clear_within(network, limits, side, SEED).unwrap();
    check_within(network, limits, side, &within).unwrap();
    within
}

/// Two circles through 0: one of three members and 100, one of two and 100.
fn two_circles() -> Network {
    network(4, &[(0, 1, 100), (1, 2, 100), (2, 0, 100), (0, 3, 100), (3, 0, 100)])
}

#[test]
fn a_member_with_a_limit_takes_the_longest_circle_first() {
    let limit =
        |most| Limits { members: vec![MemberLimit { member: 0, most }], ..Limits::default() };

    assert_eq!(largest(&two_circles(), &limit(60)), [60, 60, 60, 0, 0]);
    assert_eq!(largest(&two_circles(), &limit(130)), [100, 100, 100, 30, 30]);
    assert_eq!(largest(&two_circles(), &limit(0)), [0; 5]);
}

#[test]
fn a_pair_with_a_limit_is_limited_together() {
    let network = network(2, &[(0, 1, 30), (0, 1, 30), (1, 0, 100)]);
    let pair = PairLimit { debtor: 0, creditor: 1, most: 45 };

    let discharges = largest(&network, &Limits { pairs: vec![pair], ..Limits::default() });

    assert_eq!(discharges, [30, 15, 45]);
}

#[test]
fn a_debt_held_out_is_left_alone() {
    let limits = Limits { held: vec![1], ..Limits::default() };

    assert_eq!(largest(&two_circles(), &limits), [0, 0, 0, 100, 100]);
}

#[test]
fn limits_hold_with_money_too() {
    // 0 owes 1, 1 owes 2; 1 may have only 40 of its debt discharged.
    let network = network(3, &[(0, 1, 100), (1, 2, 70)]);
    let limits = Limits { members: vec![MemberLimit { member: 1, most: 40 }], ..Limits::default() };
    let liquidity = Liquidity::unlimited(&network);
    let funded = Funded::within(&network, &liquidity, &limits).unwrap();

    let frontier = frontier(&funded, SEED, &mut |_| ControlFlow::Continue(())).unwrap();

    let points: Vec<_> = frontier.points.iter().map(|p| (p.money, p.cleared)).collect();
    assert_eq!(points, [(0, 0), (40, 80), (100, 140)]);
}

#[test]
fn a_whole_clearing_is_limited_to_within_a_circle() {
    let everyone = |most| SideLimits {
        groups: vec![Group { members: vec![0, 1, 2, 3], most }],
        ..SideLimits::default()
    };

    for most in [0, 1, 299, 400, 499] {
        let cleared = within(&two_circles(), &Limits::default(), &everyone(most));

        assert_eq!(cleared.bound, i128::from(most));
        assert!(cleared.bound - cleared.weighted < 3);
    }
    let cleared = within(&two_circles(), &Limits::default(), &everyone(501));
    assert_eq!((cleared.weighted, cleared.bound), (500, 500));
}

#[test]
fn a_group_gives_its_limit_to_the_circles_that_discharge_most() {
    // Members 0 and 1 are the group: in the circle of three two debts are theirs (3 for 2), in the
    // circle of 0 and 3 one (2 for 1), in that of 1 and 4 one.
    let network = network(
        5,
        &[(0, 1, 100), (1, 2, 100), (2, 0, 100), (0, 3, 50), (3, 0, 50), (1, 4, 50), (4, 1, 50)],
    );
    let side = |most| SideLimits {
        groups: vec![Group { members: vec![0, 1], most }],
        ..SideLimits::default()
    };

    let cleared = within(&network, &Limits::default(), &side(140));

    // 100 of the limit for the circles of two, 40 for 20 round the circle of three.
    assert_eq!(cleared.discharges, [20, 20, 20, 50, 50, 50, 50]);
    assert_eq!((cleared.weighted, cleared.bound), (260, 260));
}

#[test]
fn of_several_groups_the_tightest_decides() {
    // As the two firms in the north may give only 140, the 400 in all are never reached.
    let side = SideLimits {
        groups: vec![
            Group { members: vec![0, 1, 2, 3], most: 400 },
            Group { members: vec![0, 1], most: 140 },
        ],
        piece: 0,
    };

    let cleared = within(&two_circles(), &Limits::default(), &side);

    assert_eq!((cleared.weighted, cleared.bound), (260, 260));
}

#[test]
fn no_piece_is_too_small() {
    // The circle of three could take 5 of the debt from 0 to 1, after the circle of two took 95.
    let network = network(3, &[(0, 1, 100), (1, 0, 95), (1, 2, 5), (2, 0, 100)]);
    let side = SideLimits { piece: 10, ..SideLimits::default() };

    let cleared = within(&network, &Limits::default(), &side);

    // The debts of 5 may go whole, for they are smaller than the piece; that of 100 from 2 to 0 may not
    // go by 5.
    assert_eq!(cleared.discharges, [95, 95, 0, 0]);
    assert_eq!((cleared.weighted, cleared.bound), (190, 205));
}

#[test]
fn what_exceeds_a_limit_is_refused() {
    let network = two_circles();
    let limits = Limits {
        members: vec![MemberLimit { member: 0, most: 50 }],
        pairs: vec![PairLimit { debtor: 3, creditor: 0, most: 20 }],
        held: vec![1],
    };
    let check = |discharges: [u64; 5]| check_limits(&network, &discharges, &limits).err();

    assert_eq!(check([0, 0, 0, 20, 20]), None);
    assert_eq!(check([30, 0, 30, 21, 21]), Some(BrokenLimit::Member { limit: 0 }));
    assert_eq!(check([0, 0, 0, 21, 21]), Some(BrokenLimit::Pair { limit: 0 }));
    assert_eq!(check([1, 1, 1, 0, 0]), Some(BrokenLimit::Held { limit: 0 }));
}

#[test]
fn a_claim_that_is_not_proven_is_refused() {
    let network = two_circles();
    let side =
        SideLimits { groups: vec![Group { members: vec![0], most: 120 }], ..SideLimits::default() };
    let good = within(&network, &Limits::default(), &side);
    let check = |within: &Within| check_within(&network, &Limits::default(), &side, within);

    let lower = Within { bound: good.bound - 1, ..good.clone() };
    assert_eq!(check(&lower), Err(WithinError::Bound));
    let mut more = good.clone();
    more.discharges = vec![100, 100, 100, 100, 100];
    assert_eq!(check(&more), Err(WithinError::Group { group: 0 }));
    more.discharges[0] = 99;
    assert_eq!(check(&more), Err(WithinError::Unproven(Violation::NotConserved { member: 0 })));
}

/// Every set-off of a small network.
fn every_set_off(network: &Network) -> Vec<Vec<u64>> {
    let mut all = vec![Vec::new()];
    for debt in network.debts() {
        let longer = |one: &Vec<u64>| {
            let one = one.clone();
            (0..=debt.amount).map(move |amount| [one.clone(), vec![amount]].concat())
        };
        all = all.iter().flat_map(longer).collect();
    }
    all.retain(|discharges| {
        let mut balances = vec![0_i64; network.members() as usize];
        for (debt, &discharge) in network.debts().iter().zip(discharges) {
            balances[debt.debtor as usize] -= i64::try_from(discharge).unwrap();
            balances[debt.creditor as usize] += i64::try_from(discharge).unwrap();
        }
        balances.iter().all(|balance| *balance == 0)
    });
    all
}

fn weighted(network: &Network, discharges: &[u64]) -> i128 {
    let debts = network.debts().iter().zip(discharges);
    debts.map(|(debt, &discharge)| i128::from(debt.weight) * i128::from(discharge)).sum()
}

fn keeps(network: &Network, discharges: &[u64], side: &SideLimits) -> bool {
    let groups = side.groups.iter().all(|group| {
        let debts = network.debts().iter().zip(discharges);
        let theirs = debts.filter(|(debt, _)| group.members.contains(&debt.debtor));
        theirs.map(|(_, discharge)| discharge).sum::<u64>() <= group.most
    });
    groups
        && network
            .debts()
            .iter()
            .zip(discharges)
            .all(|(debt, &discharge)| discharge == 0 || discharge >= side.piece.min(debt.amount))
}

fn small_networks() -> impl Strategy<Value = Network> {
    (2..=4_u32).prop_flat_map(|members| {
        let debt = (0..members, 1..members, 1..=3_u64, 1..=2_i32).prop_map(
            move |(debtor, gap, amount, weight)| Debt {
                debtor,
                creditor: (debtor + gap) % members,
                amount,
                weight,
            },
        );
        prop::collection::vec(debt, 0..=6)
            .prop_map(move |debts| Network::new(members, debts).unwrap())
    })
}

fn limits(members: u32) -> impl Strategy<Value = Limits> {
    let member = (0..members, 0..=4_u64).prop_map(|(member, most)| MemberLimit { member, most });
    let pair = (0..members, 0..members, 0..=3_u64).prop_map(|(debtor, creditor, most)| PairLimit {
        debtor,
        creditor,
        most,
    });
    let members = prop::collection::vec(member, 0..=2);
    (members, prop::collection::vec(pair, 0..=2)).prop_map(|(members, pairs)| Limits {
        members,
        pairs,
        held: vec![],
    })
}

fn side_limits(members: u32) -> impl Strategy<Value = SideLimits> {
    let group = (prop::collection::vec(0..members, 0..=3), 0..=6_u64)
        .prop_map(|(members, most)| Group { members, most });
    (prop::collection::vec(group, 0..=2), 0..=3_u64)
        .prop_map(|(groups, piece)| SideLimits { groups, piece })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_set_off_within_limits_is_larger(
        (network, limits) in small_networks().prop_flat_map(|n| (Just(n.clone()), limits(n.members()))),
        held in any::<prop::sample::Index>(),
        hold in any::<bool>(),
    ) {
        let mut limits = limits;
        if hold && !network.debts().is_empty() {
            limits.held.push(held.index(network.debts().len()));
        }

        let found = largest(&network, &limits);

        prop_assert_eq!(check_limits(&network, &found, &limits), Ok(()));
        let best = every_set_off(&network)
            .into_iter()
            .filter(|discharges| check_limits(&network, discharges, &limits).is_ok())
            .map(|discharges| weighted(&network, &discharges))
            .max()
            .unwrap();
        prop_assert_eq!(weighted(&network, &found), best);
    }

    #[test]
    fn what_is_found_keeps_all_limits_and_nothing_is_above_its_bound(
        (network, limits, side) in small_networks()
            .prop_flat_map(|n| (Just(n.clone()), limits(n.members()), side_limits(n.members()))),
    ) {
        let found = within(&network, &limits, &side);

        prop_assert!(keeps(&network, &found.discharges, &side));
        let best = every_set_off(&network)
            .into_iter()
            .filter(|discharges| check_limits(&network, discharges, &limits).is_ok())
            .filter(|discharges| keeps(&network, discharges, &side))
            .map(|discharges| weighted(&network, &discharges))
            .max()
            .unwrap();
        prop_assert!(found.weighted <= best && best <= found.bound, "{:?} {}", found, best);
    }

    #[test]
    fn one_group_misses_the_bound_by_less_than_a_circle(
        network in small_networks(),
        group in prop::collection::vec(0..2_u32, 1..=2),
        most in 0..=9_u64,
    ) {
        let side = SideLimits { groups: vec![Group { members: group, most }], piece: 0 };

        let found = within(&network, &Limits::default(), &side);

        // A circle has at most four debts of weight two, forwards or backwards.
        prop_assert!(found.bound - found.weighted < 8, "{:?}", found);
    }
}
