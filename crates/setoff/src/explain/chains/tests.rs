use proptest::prelude::*;
use setoff_clearing::{Network, Seed, solve};
use setoff_money::Currency;

use super::*;

/// The largest set-off of debts (debtor, creditor, amount), at most one a debtor and creditor.
fn cleared(members: u32, debts: &[(u32, u32, u64)]) -> Debts {
    cleared_with_potentials(members, debts, Seed::default()).0
}

fn cleared_with_potentials(
    members: u32,
    debts: &[(u32, u32, u64)],
    seed: Seed,
) -> (Debts, Vec<i64>) {
    let network = debts.iter().map(|&(debtor, creditor, amount)| setoff_clearing::Debt {
        debtor,
        creditor,
        amount,
        weight: 1,
    });
    let network = Network::new(members, network.collect()).unwrap();
    let clearing = solve(&network, seed);
    let names = (0..members).map(|m| m.to_string()).collect();
    let debts = network.debts().iter().zip(clearing.discharges).map(|(d, discharged)| Debt {
        clearing: 0,
        debtor: d.debtor,
        creditor: d.creditor,
        amount: i128::from(d.amount),
        discharged: i128::from(discharged),
    });
    let debts = Debts::of_one_clearing(names, Currency::NONE, debts.collect());
    (debts, clearing.certificate.potentials)
}

fn why(debts: &Debts, member: u32, debtor: u32, creditor: u32) -> Why {
    let place = debts.place(0, debtor, creditor).unwrap();
    Chains::new(debts, 0, member).why(&debts.all[place])
}

#[test]
fn without_a_chain_back_the_plainest_reason_is_given() {
    let debts = cleared(5, &[(0, 1, 10), (1, 2, 10), (2, 1, 10), (3, 1, 10), (4, 0, 10)]);

    assert_eq!(why(&debts, 4, 4, 0), Why::NobodyOwesDebtor);
    assert_eq!(why(&debts, 0, 0, 1), Why::NoChain { members: 1 });
    assert_eq!(why(&debts, 1, 0, 1), Why::NoChain { members: 1 });
    let chain = cleared(2, &[(0, 1, 10)]);
    assert_eq!(why(&chain, 0, 0, 1), Why::CreditorOwesNobody);
}

#[test]
fn on_a_circle_the_end_that_is_used_up_is_named() {
    let debts = cleared(3, &[(0, 1, 10), (1, 2, 10), (2, 0, 7)]);

    assert_eq!(why(&debts, 0, 0, 1), Why::DebtorUsedUp);
    assert_eq!(why(&debts, 1, 1, 2), Why::CreditorUsedUp);
    assert_eq!(why(&debts, 2, 1, 2), Why::CreditorUsedUp);
}

#[test]
fn a_bottleneck_far_away_is_found() {
    let debts = cleared(5, &[(0, 1, 10), (1, 2, 10), (2, 3, 4), (3, 4, 10), (4, 0, 10)]);

    let narrow = debts.place(0, 2, 3).unwrap();
    assert_eq!(why(&debts, 0, 0, 1), Why::Bottlenecks(vec![narrow]));
    assert_eq!(why(&debts, 1, 0, 1), Why::Bottlenecks(vec![narrow]));
}

#[test]
fn a_result_that_is_not_the_largest_is_told() {
    let mut debts = cleared(2, &[(0, 1, 10), (1, 0, 10)]);
    for debt in &mut debts.all {
        debt.discharged = 5;
    }

    assert_eq!(why(&debts, 0, 0, 1), Why::NotLargest);
}

#[test]
fn chance_decided_between_two_circles_with_a_debt_in_common() {
    let list = [(0, 1, 5), (1, 2, 5), (2, 0, 5), (1, 3, 5), (3, 0, 5)];
    let (debts, potentials) = cleared_with_potentials(4, &list, Seed::default());
    let chains = Chains::new(&debts, 0, 0);
    let could_be_more = |debtor, creditor| {
        let place = debts.place(0, debtor, creditor).unwrap();
        chains.could_be_more(&debts.all[place], &potentials)
    };

    let left: Vec<(u32, u32)> =
        debts.all.iter().filter(|d| d.outstanding() > 0).map(|d| (d.debtor, d.creditor)).collect();

    assert_eq!(left.len(), 2, "one of the two circles was closed");
    assert!(left.iter().all(|&(debtor, creditor)| could_be_more(debtor, creditor)));
}

#[test]
fn chance_did_not_decide_where_a_longer_circle_wins() {
    let list = [(0, 1, 5), (1, 0, 5), (1, 2, 5), (2, 0, 5)];
    let (debts, potentials) = cleared_with_potentials(3, &list, Seed::default());
    let chains = Chains::new(&debts, 0, 1);
    let back = debts.place(0, 1, 0).unwrap();

    assert_eq!(debts.all[back].discharged, 0);
    assert!(!chains.could_be_more(&debts.all[back], &potentials));
}

/// Everyone whom `from` reaches along debts that may be followed, `from` itself included.
fn reached(debts: &Debts, from: u32, follow: impl Fn(usize) -> bool) -> Vec<u32> {
    let mut reached = vec![from];
    let mut next = 0;
    while next < reached.len() {
        for (place, d) in debts.all.iter().enumerate() {
            if d.debtor == reached[next] && follow(place) && !reached.contains(&d.creditor) {
                reached.push(d.creditor);
            }
        }
        next += 1;
    }
    reached
}

/// The most that any of the largest set-offs takes off each debt, by trying all set-offs.
fn most_by_trying(list: &[(u32, u32, u64)], members: u32) -> Vec<u64> {
    let mut most = vec![0; list.len()];
    let mut largest = 0;
    let mut taken = vec![0; list.len()];
    loop {
        let mut net = vec![0_i64; members as usize];
        for (&(d, c, _), &t) in list.iter().zip(&taken) {
            net[d as usize] -= i64::try_from(t).unwrap();
            net[c as usize] += i64::try_from(t).unwrap();
        }
        let total: u64 = taken.iter().sum();
        if net.iter().all(|&n| n == 0) && total >= largest {
            if total > largest {
                most.fill(0);
                largest = total;
            }
            for (m, &t) in most.iter_mut().zip(&taken) {
                *m = t.max(*m);
            }
        }
        let Some(place) = (0..list.len()).find(|&i| taken[i] < list[i].2) else {
            return most;
        };
        taken[place] += 1;
        taken[..place].fill(0);
    }
}

fn distinct(amounts: std::collections::BTreeMap<(u32, u32), u64>) -> Vec<(u32, u32, u64)> {
    let others = amounts.into_iter().filter(|((d, c), _)| d != c);
    others.map(|((d, c), amount)| (d, c, amount)).collect()
}

proptest! {
    #[test]
    fn could_be_more_agrees_with_trying_all_set_offs(
        amounts in prop::collection::btree_map((0_u32..4, 0_u32..4), 1_u64..3, 1..9),
        seed in 0_u8..5,
    ) {
        let list = distinct(amounts);
        let most = most_by_trying(&list, 4);
        let (debts, potentials) = cleared_with_potentials(4, &list, Seed([seed; 32]));
        let chains = Chains::new(&debts, 0, 0);

        for (&(debtor, creditor, _), &most) in list.iter().zip(&most) {
            let debt = &debts.all[debts.place(0, debtor, creditor).unwrap()];
            if debt.outstanding() > 0 {
                let could = chains.could_be_more(debt, &potentials);
                prop_assert_eq!(could, i128::from(most) > debt.discharged);
            }
        }
    }

    #[test]
    fn every_reason_holds(
        amounts in prop::collection::btree_map((0_u32..9, 0_u32..9), 1_u64..9, 1..30),
    ) {
        let debts = cleared(9, &distinct(amounts));
        let whole = |place: usize| debts.all[place].outstanding() == 0;

        for debt in debts.all.iter().filter(|d| d.outstanding() > 0) {
            let (debtor, creditor) = (debt.debtor, debt.creditor);
            let chain_back = reached(&debts, creditor, |_| true).contains(&debtor);
            let still = reached(&debts, creditor, |place| !whole(place));
            prop_assert!(!still.contains(&debtor));
            for member in [debtor, creditor] {
                match why(&debts, member, debtor, creditor) {
                    Why::CreditorOwesNobody => {
                        prop_assert!(debts.all.iter().all(|d| d.debtor != creditor));
                    }
                    Why::NobodyOwesDebtor => {
                        prop_assert!(debts.all.iter().all(|d| d.creditor != debtor));
                    }
                    Why::NoChain { .. } => prop_assert!(!chain_back),
                    Why::DebtorUsedUp => prop_assert!(chain_back
                        && debts.all.iter().all(|d| d.creditor != debtor || d.outstanding() == 0)),
                    Why::CreditorUsedUp => prop_assert!(chain_back
                        && debts.all.iter().all(|d| d.debtor != creditor || d.outstanding() == 0)),
                    Why::NotLargest | Why::Stopped => prop_assert!(false, "the solver is exact"),
                    Why::Amounts | Why::WholeOnly { .. } => prop_assert!(false, "in parts"),
                    Why::Bottlenecks(places) => {
                        prop_assert!(!places.is_empty() && places.iter().all(|&p| whole(p)));
                        for &place in &places {
                            let d = debts.all[place];
                            prop_assert!(reached(&debts, creditor, |_| true).contains(&d.debtor));
                            prop_assert!(reached(&debts, d.creditor, |_| true).contains(&debtor));
                        }
                        if places.len() < MOST_BOTTLENECKS {
                            let around = reached(&debts, creditor, |p| !places.contains(&p));
                            prop_assert!(!around.contains(&debtor), "a chain passes none of them");
                        }
                    }
                }
            }
        }
    }
}
