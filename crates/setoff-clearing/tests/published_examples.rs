//! Small networks whose figures are published, cleared by the engine.
//!
//! | example | published in | how it was read |
//! |---|---|---|
//! | Pătcaş 2012 | Csaba Pătcaş, "The debts' clearing problem's relation with complexity classes", Acta Mathematica Academiae Paedagogicae Nyíregyháziensis 28 (2012), 217–226, section 1, "Example" and "Solution" | the paper's text |
//! | Bardoscia 2019 | Bardoscia et al., the paper of the Full Payment Algorithm (2019), figures 1 to 3 | second hand: the figures' data and outcomes as the tests of another paper's code state them (BazilSansom/compression-liquidity, `tests/fixtures.py` and `scratch/test_fpa_paper_examples.py`) |
//! | credit or cash | the notebook "P2P or Pay" of the Cycles protocol's authors (informalsystems/cycles-overview, `data/p2p_or_pay.csv` and `notebooks/p2p_or_pay.ipynb`), which uses the model of "Multilateral Settlement Networks" (International Journal of Community Currency Research, 2025) | the notebook; not itself a paper |
//! | compression | the manual of the Python package compnet, "How to get started" and "Conservative compression" | the manual; not a paper |
//!
//! What the source states and what follows by hand is told apart at each test.

#![allow(clippy::unwrap_used)] // here a panic is the report

use setoff_clearing::{Debt, Network, Seed, Verified, bilateral, net_positions, solve, verify};

fn debt(debtor: u32, creditor: u32, amount: u64) -> Debt {
    weighted(debtor, creditor, amount, 1)
}

fn weighted(debtor: u32, creditor: u32, amount: u64, weight: i32) -> Debt {
    Debt { debtor, creditor, amount, weight }
}

fn cleared(network: &Network) -> (Vec<u64>, Verified) {
    let clearing = solve(network, Seed::default());
    let verified = verify(network, &clearing.discharges, &clearing.certificate).unwrap();
    (clearing.discharges, verified)
}

/// The paper: 1 borrowed 3 from 2, 2 borrowed 2 from 3, 3 borrowed 5 from 4 and 4 borrowed 6 from
/// 5. Three payments clear it, and fewer cannot: 1 pays 5 three, 3 pays 5 three, 4 pays 2 one.
///
/// By hand: those payments leave everyone where the debts would, and they are 7 in all, the least
/// that can. The debts are a chain, so nothing can be set off: the paper's payments go between
/// members that owed each other nothing.
#[test]
fn patcas_2012_a_chain_needs_new_debtors() {
    let debts = vec![debt(0, 1, 3), debt(1, 2, 2), debt(2, 3, 5), debt(3, 4, 6)];
    let payments = vec![debt(0, 4, 3), debt(2, 4, 3), debt(3, 1, 1)];
    let network = Network::new(5, debts).unwrap();
    let paid = Network::new(5, payments).unwrap();

    let (discharges, verified) = cleared(&network);

    assert_eq!(discharges, [0, 0, 0, 0]);
    assert_eq!((verified.gross, verified.cleared), (16, 0));
    assert_eq!(net_positions(&network), net_positions(&paid));
    let owed: i128 = net_positions(&network).into_iter().filter(|position| *position > 0).sum();
    assert_eq!((paid.gross(), owed), (7, 7));
}

/// A figure of Bardoscia 2019: A owes B, B owes C and C owes A, and each has some cash.
struct Figure {
    debts: [u64; 3],
    /// What is never paid when each pays only once it can pay all that it owes.
    unpaid: [u64; 3],
    /// By hand: what comes off each debt without any cash.
    set_off: u64,
    /// By hand: what is discharged of each debt when the cash may go round as well, in part too.
    discharged: [u64; 3],
}

const CASH: [u64; 3] = [12, 4, 3];

const FIGURES: [Figure; 3] = [
    Figure { debts: [10, 7, 5], unpaid: [0, 0, 0], set_off: 5, discharged: [10, 7, 5] },
    Figure { debts: [10, 7, 12], unpaid: [0, 0, 12], set_off: 7, discharged: [10, 7, 10] },
    Figure { debts: [2, 7, 12], unpaid: [0, 7, 12], set_off: 2, discharged: [2, 6, 9] },
];

impl Figure {
    fn circle(&self) -> Vec<Debt> {
        let [a, b, c] = self.debts;
        vec![debt(0, 1, a), debt(1, 2, b), debt(2, 0, c)]
    }

    /// The circle, and a fourth node for cash: it owes each bank the cash that the bank has, and
    /// each bank takes any amount of cash. Neither counts; only debts do.
    fn circle_with_cash(&self) -> Vec<Debt> {
        let mut debts = self.circle();
        for (bank, cash) in (0..).zip(CASH) {
            debts.push(weighted(3, bank, cash, 0));
            debts.push(weighted(bank, 3, 1000, 0));
        }
        debts
    }
}

#[test]
fn bardoscia_2019_the_smallest_debt_comes_off_each_without_cash() {
    for figure in FIGURES {
        let network = Network::new(3, figure.circle()).unwrap();

        let (discharges, _) = cleared(&network);

        assert_eq!(discharges, [figure.set_off; 3]);
    }
}

/// The paper's banks pay all or nothing, one after the other, and get stuck in figures 2 and 3
/// with 12 and 19 unpaid. The largest discharge for the same cash leaves 2 and 4: a bank pays in
/// part, and no bank waits for another.
#[test]
fn bardoscia_2019_the_same_cash_discharges_at_least_what_the_paper_pays() {
    for figure in FIGURES {
        let network = Network::new(4, figure.circle_with_cash()).unwrap();

        let (discharges, verified) = cleared(&network);

        assert_eq!(discharges[..3], figure.discharged);
        let total: u64 = figure.discharged.iter().sum();
        assert_eq!(verified.weighted, i128::from(total));
        let paid_in_the_paper: Vec<u64> =
            figure.debts.iter().zip(figure.unpaid).map(|(debt, unpaid)| debt - unpaid).collect();
        assert!(discharges.iter().zip(paid_in_the_paper).all(|(ours, paper)| *ours >= paper));
    }
}

/// The notebook: Alice owes Bob 30, Charlie owes Alice 20, Alice has 20 in the bank; Bob would
/// lend Charlie 20 and takes up to 20 from the bank. Debts weigh 1, credit among members 0, money
/// from outside -1. Bob ends with 10 from the bank and 20 owed by Charlie, Alice keeps 10.
///
/// By hand: a unit round Alice, Bob and Charlie gains 2, one round Alice, Bob and the bank 1, so
/// credit is used to its limit of 20 and money only for the 10 that Alice still owes.
#[test]
fn cycles_credit_among_members_goes_before_money_from_outside() {
    let [alice, bob, charlie, bank] = [0, 1, 2, 3];
    let network = Network::new(
        4,
        vec![
            weighted(alice, bob, 30, 1),
            weighted(charlie, alice, 20, 1),
            weighted(bob, charlie, 20, 0),
            weighted(bank, alice, 20, 1),
            weighted(bob, bank, 20, -1),
        ],
    )
    .unwrap();

    let (discharges, verified) = cleared(&network);

    let [alice_to_bob, charlie_to_alice, lent_to_charlie, from_alice, to_bob] = discharges[..]
    else {
        panic!("five discharges")
    };
    assert_eq!((alice_to_bob, charlie_to_alice), (30, 20));
    assert_eq!((lent_to_charlie, to_bob, 20 - from_alice), (20, 10, 10));
    assert_eq!(verified.weighted, 50);
}

/// The manual: A owes B 10, B owes C 15, B owes A 5; the gross size is 30, the net positions are
/// -5, -10 and 15, and the least that carries them is 15. Where debts may only shrink, A owes B 5
/// and B owes C 15 are left, which takes two thirds of the excess of 15 away.
#[test]
fn compnet_debts_that_only_shrink_leave_more_than_new_ones_would() {
    let network = Network::new(3, vec![debt(0, 1, 10), debt(1, 2, 15), debt(1, 0, 5)]).unwrap();

    let (discharges, verified) = cleared(&network);

    assert_eq!(discharges, [5, 0, 5]);
    assert_eq!(bilateral(&network), discharges);
    assert_eq!((verified.gross, verified.cleared), (30, 10));
    assert_eq!(net_positions(&network), [-5, -10, 15]);
}
