//! A book of debts against a plain list of them.

#![allow(clippy::unwrap_used)] // here a panic is the report

use proptest::prelude::*;
use setoff_clearing::{
    ClearingBook, Debt, DebtId, LARGEST_AMOUNT, Network, Seed, solve, verify,
};

#[derive(Clone, Debug)]
enum Step {
    AddMember,
    Add(Debt),
    Change(usize, u64),
    Remove(usize),
    Undo,
    Improve(u64),
    Optimise,
}

fn amounts() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 1..=9_u64,
        2 => 1..=1_000_000_u64,
        1 => 1..=1_u64 << 50,
        1 => LARGEST_AMOUNT - 2..=LARGEST_AMOUNT,
    ]
}

fn weights() -> impl Strategy<Value = i32> {
    prop_oneof![6 => Just(1), 2 => 1..=4, 1 => -3..=3, 1 => -1_000_000..=1_000_000]
}

fn steps(members: u32) -> impl Strategy<Value = Step> {
    let debt = (0..members, 1..members, amounts(), weights()).prop_map(
        move |(debtor, gap, amount, weight)| Debt {
            debtor,
            creditor: (debtor + gap) % members,
            amount,
            weight,
        },
    );
    prop_oneof![
        1 => Just(Step::AddMember),
        12 => debt.prop_map(Step::Add),
        4 => (any::<usize>(), amounts()).prop_map(|(debt, amount)| Step::Change(debt, amount)),
        6 => any::<usize>().prop_map(Step::Remove),
        3 => Just(Step::Undo),
        2 => (0..200_u64).prop_map(Step::Improve),
        1 => Just(Step::Optimise),
    ]
}

/// Conserved, within what is owed, and as the standing says.
fn check(book: &ClearingBook, model: &[(DebtId, Debt)]) {
    let mut held: Vec<(DebtId, Debt)> = book.iter().map(|(id, debt, _)| (id, debt)).collect();
    let mut expected = model.to_vec();
    held.sort_by_key(|(id, _)| *id);
    expected.sort_by_key(|(id, _)| *id);
    assert_eq!(held, expected);

    let standing = book.standing();
    let mut balances = vec![0_i128; book.members() as usize];
    let (mut gross, mut cleared, mut weighted) = (0, 0, 0);
    for (id, debt, discharge) in book.iter() {
        assert!(discharge <= debt.amount);
        assert_eq!(book.discharge(id), Some(discharge));
        balances[debt.debtor as usize] -= i128::from(discharge);
        balances[debt.creditor as usize] += i128::from(discharge);
        gross += u128::from(debt.amount);
        cleared += u128::from(discharge);
        weighted += i128::from(debt.weight) * i128::from(discharge);
    }
    assert!(balances.iter().all(|balance| *balance == 0));
    assert_eq!((standing.gross, standing.cleared, standing.weighted), (gross, cleared, weighted));

    let network = book.to_network();
    let best = solve(&network, Seed::default());
    let best = verify(&network, &best.discharges, &best.certificate).unwrap();
    assert!(standing.weighted <= best.weighted && best.weighted <= standing.bound);
    if let Some(clearing) = book.clearing() {
        assert_eq!(standing.gap(), 0);
        verify(&network, &clearing.discharges, &clearing.certificate).unwrap();
    } else {
        assert!(standing.gap() > 0);
    }
}

fn run(members: u32, effort: u64, start: usize, steps: Vec<Step>, every: bool) {
    let mut model: Vec<(DebtId, Debt)> = Vec::new();
    let mut history: Vec<(u32, Vec<(DebtId, Debt)>)> = Vec::new();
    let mut book = ClearingBook::new(members).unwrap();
    book.set_effort(effort);
    for (number, step) in steps.into_iter().enumerate() {
        let before = (book.members(), model.clone());
        match step {
            Step::AddMember => {
                book.add_member().unwrap();
                history.push(before);
            }
            Step::Add(debt) => {
                model.push((book.add(debt).unwrap(), debt));
                history.push(before);
            }
            Step::Change(which, amount) if !model.is_empty() => {
                let which = which % model.len();
                model[which].1.amount = amount;
                book.change(model[which].0, amount).unwrap();
                history.push(before);
            }
            Step::Remove(which) if !model.is_empty() => {
                let (id, debt) = model.swap_remove(which % model.len());
                assert_eq!(book.remove(id), Ok(debt));
                history.push(before);
            }
            Step::Undo => {
                if let Some((members, debts)) = history.pop() {
                    book.undo().unwrap();
                    assert_eq!(book.members(), members);
                    model = debts;
                } else {
                    assert_eq!(book.undo(), None);
                }
            }
            Step::Optimise => {
                book.optimise();
                assert_eq!(book.standing().gap(), 0);
            }
            _ => {}
        }
        if every && number >= start {
            check(&book, &model);
        }
    }
    check(&book, &model);
    book.optimise();
    check(&book, &model);
    assert_eq!(book.standing().gap(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn few_members_at_every_step(
        steps in prop::collection::vec(steps(5), 0..60),
        effort in prop_oneof![Just(0_u64), 0..100_u64, Just(10_000)],
    ) {
        run(5, effort, 0, steps, true);
    }

    #[test]
    fn more_members_at_the_end(
        steps in prop::collection::vec(steps(30), 0..400),
        effort in prop_oneof![Just(0_u64), 0..100_u64, Just(10_000)],
    ) {
        run(30, effort, 0, steps, false);
    }
}
