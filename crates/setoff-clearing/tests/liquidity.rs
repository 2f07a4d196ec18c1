//! Liquidity, the frontier and marginal values: worked examples that one can check by hand, and laws
//! tried on random networks against a plain way of finding the same.

#![allow(clippy::unwrap_used)] // here a panic is the report

mod plainly;

use std::ops::ControlFlow;

use plainly::largest;
use proptest::prelude::*;
use setoff_clearing::{
    Acceptance, Debt, Frontier, Funded, FundedClearing, LARGEST_AMOUNT, Liquidity, LiquidityError,
    Network, Price, Recipient, Seed, Slope, Tender, frontier, marginal_values, net_positions,
    prove_frontier, solve, verify,
};

const SEED: Seed = Seed([7; 32]);

fn network(members: u32, debts: &[(u32, u32, u64)]) -> Network {
    let debt = |&(debtor, creditor, amount)| Debt { debtor, creditor, amount, weight: 1 };
    Network::new(members, debts.iter().map(debt).collect()).unwrap()
}

fn curve(funded: &Funded<'_>) -> Frontier {
    frontier(funded, SEED, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn points(frontier: &Frontier) -> Vec<(u128, i128)> {
    frontier.points.iter().map(|point| (point.money, point.weighted)).collect()
}

fn cleared(network: &Network, liquidity: &Liquidity) -> FundedClearing {
    Funded::new(network, liquidity).unwrap().clear(SEED).unwrap()
}

#[test]
fn money_runs_through_a_chain_and_the_longest_comes_first() {
    // 0 owes 1 a hundred, 1 owes 2 seventy: 70 of money discharges both, 30 more only the first.
    let network = network(3, &[(0, 1, 100), (1, 2, 70)]);
    let liquidity = Liquidity::unlimited(&network);
    let funded = Funded::new(&network, &liquidity).unwrap();

    let frontier = curve(&funded);

    assert_eq!(points(&frontier), [(0, 0), (70, 140), (100, 170)]);
    let slopes: Vec<Slope> = frontier.slopes().collect();
    let whole = |discharge| Slope { discharge, money: 1 };
    assert_eq!(slopes, [whole(2), whole(1)]);
    assert_eq!([0, 35, 71, 500].map(|m| frontier.discharged_with(m)), [0, 70, 141, 170]);
    assert_eq!(frontier.solves, 4);
}

#[test]
fn the_next_unit_goes_where_it_discharges_most() {
    let network = network(3, &[(0, 1, 100), (1, 2, 70)]);
    let value_with = |most| {
        let liquidity = Liquidity { most, ..Liquidity::unlimited(&network) };
        let funded = Funded::new(&network, &liquidity).unwrap();
        let values = marginal_values(&funded, &funded.clear(SEED).unwrap(), 3).unwrap();
        values.iter().map(|v| (v.member, v.discharge, v.at_least)).collect::<Vec<_>>()
    };

    // Member 0's unit runs through both debts, member 1's through its own only.
    assert_eq!(value_with(0), [(0, 2, 70), (1, 1, 70)]);
    assert_eq!(value_with(69), [(0, 2, 1), (1, 1, 1)]);
    assert_eq!(value_with(70), [(0, 1, 30)]);
    assert_eq!(value_with(100), []);
}

#[test]
fn a_deposit_lent_on_pays_a_debt() {
    // The example in the notes of LiqSavMTCS.sol, of the circle of authors of the Cycles paper: Alice
    // owes Bob 10, Carol has 20 on deposit and lends Alice up to 100, and everyone accepts money.
    let (alice, bob, carol, money) = (0, 1, 2, 3);
    let network = network(3, &[(alice, bob, 10)]);
    let all = |member| Acceptance { member, funder: money, limit: u64::MAX };
    let loan = Acceptance { member: carol, funder: alice, limit: 100 };
    let liquidity = Liquidity {
        funders: 1,
        tenders: vec![Tender { funder: money, to: Recipient::Member(carol), limit: 20 }],
        acceptances: vec![all(alice), all(bob), all(carol), loan],
        most: u64::MAX,
    };

    let clearing = cleared(&network, &liquidity);

    assert_eq!((clearing.cleared, clearing.money), (10, 10));
    assert_eq!(clearing.discharges, [10]);
    // Carol's deposit pays; Bob holds it; Alice owes Carol, who would lend 90 more.
    assert_eq!((clearing.receipts[0].member, clearing.receipts[0].amount), (carol, 10));
    assert_eq!(clearing.held, [0, 10, 0, 10]);
}

#[test]
fn a_tender_and_an_acceptance_close_a_chain() {
    // "Tenders" in the documentation of Cycles: Alice's money runs through a chain of obligations to
    // Carol, who accepts it. Amounts are ours.
    let (alice, bob, carol, dollars) = (0, 1, 2, 3);
    let network = network(3, &[(alice, bob, 50), (bob, carol, 40)]);
    let liquidity = Liquidity {
        funders: 1,
        tenders: vec![Tender { funder: dollars, to: Recipient::Member(alice), limit: 60 }],
        acceptances: vec![Acceptance { member: carol, funder: dollars, limit: 30 }],
        most: u64::MAX,
    };

    let clearing = cleared(&network, &liquidity);

    // Bob does not accept dollars, and Carol no more than 30.
    assert_eq!(clearing.discharges, [30, 30]);
    assert_eq!((clearing.money, clearing.held), (30, vec![30]));
}

#[test]
fn credit_among_members_goes_before_money() {
    // "P2P or Pay" of the authors of Cycles (repository informalsystems/cycles-overview): Alice owes
    // Bob 30 and has 20 in the bank, Charlie owes Alice 20, Bob would lend Charlie 20 and take 20 of
    // the bank. Their result: Bob ends with 10 of money and Charlie owing him 20.
    let (alice, bob, charlie, bank) = (0, 1, 2, 3);
    let network = network(3, &[(alice, bob, 30), (charlie, alice, 20)]);
    let liquidity = Liquidity {
        funders: 1,
        tenders: vec![Tender { funder: bank, to: Recipient::Member(alice), limit: 20 }],
        acceptances: vec![
            Acceptance { member: bob, funder: charlie, limit: 20 },
            Acceptance { member: bob, funder: bank, limit: 20 },
        ],
        most: u64::MAX,
    };

    let clearing = cleared(&network, &liquidity);
    let frontier = curve(&Funded::new(&network, &liquidity).unwrap());

    assert_eq!(clearing.discharges, [30, 20]);
    assert_eq!((clearing.money, &clearing.held[..]), (10, &[20, 10][..]));
    assert_eq!(points(&frontier), [(0, 40), (10, 50)]);
}

#[test]
fn each_banks_own_cash_pays_as_much_as_it_can() {
    // Figure 3 of the Full Payment Algorithm (M. Bardoscia, G. Ferrara, N. Vause and M. Yoganayagam,
    // 2019): A owes B 2, B owes C 7, C owes A 12, and they have 12, 4 and 3 of cash. Payments that are
    // made in full or not at all leave 7 and 12 unpaid.
    let network = network(3, &[(0, 1, 2), (1, 2, 7), (2, 0, 12)]);
    let cash = 3;
    let own = |member, limit| Tender { funder: cash, to: Recipient::Member(member), limit };
    let liquidity = Liquidity {
        funders: 1,
        tenders: vec![own(0, 12), own(1, 4), own(2, 3)],
        acceptances: Liquidity::unlimited(&network).acceptances,
        most: u64::MAX,
    };

    let frontier = curve(&Funded::new(&network, &liquidity).unwrap());

    // The circle sets off 2 of each. B's cash pays C and C pays A with it; A owes nothing by then.
    assert_eq!(points(&frontier), [(0, 6), (4, 14), (7, 17)]);
    assert_eq!(cleared(&network, &liquidity).discharges, [2, 6, 9]);
}

#[test]
fn two_funders_whose_money_is_needed_together_make_a_fraction() {
    // 0 gets money of A, which its creditor 1 does not accept; 1 accepts B's, which 2 gets, and 2's
    // debts end with 4, who accepts A's only. Two units of money discharge three units of debt.
    let (a, b) = (5, 6);
    let network = network(5, &[(0, 1, 10), (2, 3, 10), (3, 4, 10)]);
    let tender = |funder, member| Tender { funder, to: Recipient::Member(member), limit: 8 };
    let acceptance = |member, funder| Acceptance { member, funder, limit: 9 };
    let liquidity = Liquidity {
        funders: 2,
        tenders: vec![tender(a, 0), tender(b, 2)],
        acceptances: vec![acceptance(1, b), acceptance(4, a)],
        most: u64::MAX,
    };

    let frontier = curve(&Funded::new(&network, &liquidity).unwrap());

    assert_eq!(points(&frontier), [(0, 0), (16, 24)]);
    assert_eq!(frontier.slopes().collect::<Vec<_>>(), [Slope { discharge: 3, money: 2 }]);
}

#[test]
fn credit_that_two_members_give_each_other_to_no_effect_is_not_used() {
    let network = network(3, &[(0, 1, 10), (1, 2, 10)]);
    let credit = |member, funder| Acceptance { member, funder, limit: 5 };
    let liquidity = Liquidity {
        funders: 0,
        tenders: Vec::new(),
        acceptances: vec![credit(0, 1), credit(1, 0), credit(2, 1), credit(2, 0)],
        most: u64::MAX,
    };

    for seed in 0..20 {
        let funded = Funded::new(&network, &liquidity).unwrap();
        let clearing = funded.clear(Seed([seed; 32])).unwrap();

        // 2 accepts 5 of each: the debt to it goes whole, half of it with the one before.
        assert_eq!(clearing.cleared, 20);
        assert_eq!(clearing.held.iter().filter(|held| **held > 0).count(), 3);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let network = network(2, &[(0, 1, 5)]);
    let tender = |funder, member| Tender { funder, to: Recipient::Member(member), limit: 1 };
    let acceptance = |member, funder| Acceptance { member, funder, limit: 1 };
    let error = |tenders, acceptances, most| {
        let liquidity = Liquidity { funders: 2, tenders, acceptances, most };
        Funded::new(&network, &liquidity).err()
    };

    assert_eq!(error(vec![tender(4, 0)], vec![], 9), Some(LiquidityError::Tender { tender: 0 }));
    assert_eq!(error(vec![tender(0, 0)], vec![], 9), Some(LiquidityError::Tender { tender: 0 }));
    let acceptances = vec![acceptance(0, 1), acceptance(2, 3)];
    assert_eq!(error(vec![], acceptances, 9), Some(LiquidityError::Acceptance { acceptance: 1 }));
    let both = vec![tender(2, 0), tender(3, 0)];
    assert_eq!(error(both.clone(), vec![], 9), Some(LiquidityError::SeveralFunders));
    assert_eq!(error(both, vec![], u64::MAX), None);
}

#[test]
fn sums_over_the_limit_are_refused() {
    let network = network(2, &[(0, 1, LARGEST_AMOUNT), (1, 0, 1)]);
    let liquidity = Liquidity::unlimited(&network);

    assert_eq!(Funded::new(&network, &liquidity).err(), Some(LiquidityError::Gross));
}

#[test]
fn a_network_without_debts_has_a_frontier_of_one_point() {
    let network = network(3, &[]);
    let liquidity = Liquidity::unlimited(&network);

    assert_eq!(points(&curve(&Funded::new(&network, &liquidity).unwrap())), [(0, 0)]);
}

#[test]
fn the_largest_sums_make_no_difference() {
    let large = LARGEST_AMOUNT / 4;
    let network = network(4, &[(0, 1, large), (1, 2, large - 1), (2, 0, 1), (2, 3, large)]);
    let liquidity = Liquidity::unlimited(&network);

    let frontier = curve(&Funded::new(&network, &liquidity).unwrap());

    let last = frontier.points.last().unwrap();
    assert_eq!((u128::from(last.cleared), last.money), (network.gross(), u128::from(large) + 1));
}

fn small_networks(weights: std::ops::RangeInclusive<i32>) -> impl Strategy<Value = Network> {
    (2..=6_u32).prop_flat_map(move |members| {
        let debt = (0..members, 1..members, 1..=9_u64, weights.clone()).prop_map(
            move |(debtor, gap, amount, weight)| Debt {
                debtor,
                creditor: (debtor + gap) % members,
                amount,
                weight,
            },
        );
        prop::collection::vec(debt, 0..=10)
            .prop_map(move |debts| Network::new(members, debts).unwrap())
    })
}

/// Networks with tenders and acceptances of two funders and of members.
fn funded_networks() -> impl Strategy<Value = (Network, Liquidity)> {
    small_networks(-1..=3).prop_flat_map(|network| {
        let members = network.members();
        let amount = prop_oneof![4 => 0..=6_u64, 1 => Just(u64::MAX)];
        let tender = (0..members + 2, 0..=members, amount.clone());
        let acceptance = (0..members, 0..members + 2, amount);
        let lists =
            (prop::collection::vec(tender, 0..=4), prop::collection::vec(acceptance, 0..=8));
        lists.prop_map(move |(tenders, acceptances)| {
            let recipient = |member| {
                if member < members { Recipient::Member(member) } else { Recipient::Anyone }
            };
            let tenders = tenders
                .into_iter()
                .filter(|(funder, member, _)| funder != member)
                .map(|(funder, member, limit)| Tender { funder, to: recipient(member), limit });
            let acceptances = acceptances
                .into_iter()
                .filter(|(member, funder, _)| funder != member)
                .map(|(member, funder, limit)| Acceptance { member, funder, limit });
            let liquidity = Liquidity {
                funders: 2,
                tenders: tenders.collect(),
                acceptances: acceptances.collect(),
                most: u64::MAX,
            };
            (network.clone(), liquidity)
        })
    })
}

/// The largest `money` times the discharge less `discharge` times the money used, with tenders as
/// plain arcs: a network made in another way than [`Funded`] makes it.
fn best_at(network: &Network, liquidity: &Liquidity, price: Price) -> i128 {
    let (q, p) = (i128::from(price.money), i128::from(price.discharge));
    let mut nodes = (network.members() + liquidity.funders) as usize;
    let mut arcs: Vec<_> = network
        .debts()
        .iter()
        .map(|d| (d.debtor as usize, d.creditor as usize, d.amount, q * i128::from(d.weight)))
        .collect();
    let limited = |limit: u64| limit.min(1000);
    for tender in &liquidity.tenders {
        let funder = tender.funder as usize;
        match tender.to {
            Recipient::Member(member) => {
                arcs.push((funder, member as usize, limited(tender.limit), -p));
            }
            Recipient::Anyone => {
                arcs.push((funder, nodes, limited(tender.limit), 0));
                let members = (0..network.members() as usize).filter(|member| *member != funder);
                arcs.extend(members.map(|member| (nodes, member, 1000, -p)));
                nodes += 1;
            }
        }
    }
    for acceptance in &liquidity.acceptances {
        let (member, funder) = (acceptance.member as usize, acceptance.funder as usize);
        arcs.push((member, funder, limited(acceptance.limit), 0));
    }
    largest(nodes, &arcs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_frontier_runs_from_set_off_to_full_settlement(network in small_networks(1..=1)) {
        let liquidity = Liquidity::unlimited(&network);
        let funded = Funded::new(&network, &liquidity).unwrap();

        let frontier = curve(&funded);

        let plain = solve(&network, SEED);
        let set_off = verify(&network, &plain.discharges, &plain.certificate).unwrap().weighted;
        let (first, last) = (frontier.points[0], *frontier.points.last().unwrap());
        prop_assert_eq!((first.money, first.weighted), (0, set_off));
        prop_assert_eq!(u128::from(last.cleared), network.gross());
        let net: i128 = net_positions(&network).iter().filter(|net| **net > 0).sum();
        prop_assert_eq!(i128::try_from(last.money).unwrap(), net);
    }

    #[test]
    fn the_frontier_rises_and_flattens(network in small_networks(1..=3)) {
        let liquidity = Liquidity::unlimited(&network);

        let frontier = curve(&Funded::new(&network, &liquidity).unwrap());

        let slopes: Vec<Slope> = frontier.slopes().collect();
        prop_assert_eq!(slopes.len() + 1, frontier.points.len());
        prop_assert!(slopes.iter().all(|slope| slope.money == 1 && slope.discharge >= 1));
        prop_assert!(slopes.is_sorted_by(|one, two| one.discharge > two.discharge));
        prop_assert!(frontier.solves <= 2 * slopes.len() + 2);
    }

    /// Every flow is feasible and reaches its point, and every line runs through its points.
    #[test]
    fn a_curve_is_proven_by_a_flow_a_point_and_a_line_a_segment(network in small_networks(1..=3)) {
        let liquidity = Liquidity::unlimited(&network);
        let funded = Funded::new(&network, &liquidity).unwrap();
        let found = curve(&funded);

        let proof = prove_frontier(&funded, &found, SEED).unwrap();

        let arcs = proof.network.debts();
        prop_assert_eq!(proof.flows.len(), found.points.len());
        for (number, point) in found.points.iter().enumerate() {
            let mut balance = vec![0_i128; proof.network.members() as usize];
            let (mut weighted, mut money) = (0, 0);
            for (arc, &flow) in arcs.iter().zip(&proof.flows[number]) {
                prop_assert!(flow <= arc.amount);
                balance[arc.debtor as usize] -= i128::from(flow);
                balance[arc.creditor as usize] += i128::from(flow);
                let counted = i128::from(arc.weight) * i128::from(flow);
                if arc.weight < 0 { money -= counted } else { weighted += counted }
            }
            prop_assert!(balance.iter().all(|balance| *balance == 0));
            prop_assert_eq!((weighted, money), (point.weighted, point.money.try_into().unwrap()));

            let slope = found.slopes().nth(number);
            let (p, q) = slope.map_or((0, 1), |slope| (slope.discharge, slope.money));
            let potential = |node: u32| i128::from(proof.potentials[number][node as usize]);
            let gains = arcs.iter().map(|arc| {
                let weight = i128::from(arc.weight) * if arc.weight < 0 { p } else { q };
                let gain = weight + potential(arc.debtor) - potential(arc.creditor);
                i128::from(arc.amount) * gain.max(0)
            });
            prop_assert_eq!(gains.sum::<i128>(), q * weighted - p * money);
        }
    }

    #[test]
    fn every_whole_amount_of_money_reaches_the_frontier(network in small_networks(1..=2)) {
        let unlimited = Liquidity::unlimited(&network);
        let frontier = curve(&Funded::new(&network, &unlimited).unwrap());

        let end = u64::try_from(frontier.points.last().unwrap().money).unwrap();
        for most in 0..=end + 1 {
            let liquidity = Liquidity { most, ..unlimited.clone() };
            let clearing = cleared(&network, &liquidity);

            prop_assert_eq!(clearing.weighted, frontier.discharged_with(most.into()), "{}", most);
            prop_assert_eq!(clearing.money, u128::from(most.min(end)));
        }
    }

    #[test]
    fn nothing_is_above_the_frontier_and_its_points_are_reached((network, liquidity) in funded_networks()) {
        let funded = Funded::new(&network, &liquidity).unwrap();

        let frontier = curve(&funded);

        for point in &frontier.points {
            let again = funded.clear_at(point.price, SEED).unwrap();
            prop_assert_eq!((again.money, again.weighted), (point.money, point.weighted));
        }
        for discharge in 1..=12 {
            for money in 1..=5 {
                let worth = |(used, weighted): (u128, i128)| {
                    i128::from(money) * weighted
                        - i128::from(discharge) * i128::try_from(used).unwrap()
                };
                let found = points(&frontier).into_iter().map(worth).max().unwrap();
                let best = best_at(&network, &liquidity, Price { discharge, money });
                prop_assert_eq!(found, best, "at {}/{}", discharge, money);
            }
        }
    }

    #[test]
    fn money_and_credit_add_up((network, liquidity) in funded_networks()) {
        let clearing = cleared(&network, &liquidity);

        let mut balances = vec![0_i128; (network.members() + liquidity.funders) as usize];
        let mut moved = |from: u32, to: u32, amount: u64| {
            balances[from as usize] -= i128::from(amount);
            balances[to as usize] += i128::from(amount);
        };
        for (debt, &amount) in network.debts().iter().zip(&clearing.discharges) {
            prop_assert!(amount <= debt.amount);
            moved(debt.debtor, debt.creditor, amount);
        }
        let mut used = vec![0_u128; liquidity.tenders.len()];
        for receipt in &clearing.receipts {
            let tender = liquidity.tenders[receipt.tender];
            prop_assert!(tender.to == Recipient::Anyone || tender.to == Recipient::Member(receipt.member));
            used[receipt.tender] += u128::from(receipt.amount);
            moved(tender.funder, receipt.member, receipt.amount);
        }
        for (acceptance, &held) in liquidity.acceptances.iter().zip(&clearing.held) {
            prop_assert!(held <= acceptance.limit);
            moved(acceptance.member, acceptance.funder, held);
        }
        prop_assert!(balances.iter().all(|balance| *balance == 0));
        prop_assert!(liquidity.tenders.iter().zip(&used).all(|(t, used)| *used <= u128::from(t.limit)));
        prop_assert_eq!(used.iter().sum::<u128>(), clearing.money);
    }

    #[test]
    fn marginal_values_are_what_one_unit_more_discharges((network, liquidity) in funded_networks()) {
        let funded = Funded::new(&network, &liquidity).unwrap();
        let clearing = funded.clear(SEED).unwrap();

        for funder in 0..network.members() + liquidity.funders {
            let values = marginal_values(&funded, &clearing, funder).unwrap();
            prop_assert!(values.is_sorted_by_key(|v| (-v.discharge, v.member)));
            for member in (0..network.members()).filter(|member| *member != funder) {
                let value = values.iter().find(|value| value.member == member);
                let with = |units: u64| {
                    let mut debts = funded.priced(Some(funded.lowest_price())).unwrap();
                    let more = Debt { debtor: funder, creditor: member, amount: units, weight: 0 };
                    debts = Network::new(debts.members(), [debts.debts(), &[more]].concat()).unwrap();
                    let discharges = solve(&debts, SEED).discharges;
                    let first = network.debts().iter().zip(discharges);
                    first.map(|(d, f)| i128::from(d.weight) * i128::from(f)).sum::<i128>()
                        - clearing.weighted
                };
                prop_assert_eq!(with(1), value.map_or(0, |value| value.discharge));
                if let Some(value) = value {
                    let units = value.at_least;
                    prop_assert_eq!(with(units), value.discharge * i128::from(units));
                }
            }
        }
    }

    #[test]
    fn the_best_next_unit_is_the_slope_of_the_frontier(network in small_networks(1..=2), money in 0..20_u64) {
        let unlimited = Liquidity::unlimited(&network);
        let frontier = curve(&Funded::new(&network, &unlimited).unwrap());
        let liquidity = Liquidity { most: money, ..unlimited.clone() };
        let funded = Funded::new(&network, &liquidity).unwrap();

        let values = marginal_values(&funded, &funded.clear(SEED).unwrap(), network.members()).unwrap();

        let slope = frontier.discharged_with(u128::from(money) + 1) - frontier.discharged_with(money.into());
        prop_assert_eq!(values.first().map_or(0, |value| value.discharge), slope);
    }
}
