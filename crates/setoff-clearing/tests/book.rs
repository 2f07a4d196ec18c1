//! A book of debts against a plain list of them.

#![allow(clippy::unwrap_used)] // here a panic is the report

use proptest::prelude::*;
use setoff_clearing::{
    BookError, ClearingBook, Debt, DebtId, LARGEST_AMOUNT, LARGEST_WEIGHT, Network, Seed, Undone,
    gap, solve, verify,
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

    assert_eq!(book.unsound(), None);
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
    let ids = book.ids();
    let discharges: Vec<u64> = ids.iter().map(|id| book.discharge(*id).unwrap()).collect();
    let (_, proven) = gap(&network, &discharges, &book.bound_proof()).unwrap();
    assert_eq!(proven, standing.gap());
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
            Step::Improve(budget) => {
                let before = book.standing();
                let after = book.improve(budget);
                assert_eq!(after, book.standing());
                assert_eq!(after.gross, before.gross);
                assert!(after.gap() <= before.gap());
                assert!(after.weighted >= before.weighted && after.bound <= before.bound);
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

fn debt(debtor: u32, creditor: u32, amount: u64) -> Debt {
    Debt { debtor, creditor, amount, weight: 1 }
}

/// A ring of members, with chords drawn from a generator.
fn many_debts(members: u32, count: u32) -> Vec<Debt> {
    let mut state = 1_u64;
    let mut draw = move |bound: u32| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((state >> 33) % u64::from(bound)).unwrap()
    };
    let mut pair = move || (draw(members), draw(members - 1) + 1, draw(100) + 1);
    (0..count)
        .map(|_| {
            let (debtor, gap, amount) = pair();
            debt(debtor, (debtor + gap) % members, amount.into())
        })
        .collect()
}

#[test]
fn improving_closes_the_gap_that_changes_without_effort_leave() {
    let mut book = ClearingBook::new(100).unwrap();
    book.set_effort(0);
    for debt in many_debts(100, 1_000) {
        book.add(debt).unwrap();
    }
    let left_open = book.standing();
    assert!(left_open.cleared == 0 && left_open.gap() > 0);

    let first = book.improve(5_000);
    assert!(0 < first.cleared && first.gap() < left_open.gap());
    let mut last = first;
    while last.gap() > 0 {
        let next = book.improve(1_000_000);
        assert!(next.gap() < last.gap());
        last = next;
    }

    let best = solve(&book.to_network(), Seed::default());
    assert_eq!(last.cleared, best.discharges.iter().map(|d| u128::from(*d)).sum());
    assert!(book.clearing().is_some());
}

#[test]
fn a_debt_that_goes_from_a_cleared_network_is_made_good_by_others() {
    // Two circles share the debt of 0 to 1; of the ways back from 1 the upper was taken by 70.
    let mut book = ClearingBook::new(4).unwrap();
    book.add(debt(0, 1, 100)).unwrap();
    let upper = book.add(debt(1, 2, 70)).unwrap();
    book.add(debt(2, 0, 70)).unwrap();
    book.add(debt(1, 3, 70)).unwrap();
    book.add(debt(3, 0, 70)).unwrap();
    book.optimise();
    assert_eq!(book.standing().cleared, 300);

    assert_eq!(book.remove(upper), Ok(debt(1, 2, 70)));
    assert_eq!(book.improve(1_000).cleared, 210);
    assert_eq!(book.standing().gap(), 0);
}

#[test]
fn undo_takes_changes_back_one_by_one_as_far_as_the_limit() {
    let mut book = ClearingBook::new(2).unwrap();
    let there = book.add(debt(0, 1, 10)).unwrap();
    let back = book.add(debt(1, 0, 10)).unwrap();
    book.change(there, 4).unwrap();
    book.remove(back).unwrap();
    assert_eq!(book.add_member(), Ok(2));

    assert_eq!(book.undo(), Some(Undone::Member(2)));
    assert_eq!(book.undo(), Some(Undone::Removed(back)));
    assert_eq!((book.debt(back), book.discharge(back)), (Some(debt(1, 0, 10)), Some(4)));
    assert_eq!(book.undo(), Some(Undone::Changed(there)));
    assert_eq!(book.discharge(there), Some(10));
    book.set_undo_limit(1);
    assert_eq!(book.undo(), Some(Undone::Added(back)));
    assert_eq!(book.undo(), None);
    assert_eq!(book.ids(), [there]);
}

#[test]
fn what_is_refused_changes_nothing_and_says_how_to_mend_it() {
    let mut book = ClearingBook::new(2).unwrap();
    let gone = book.add(debt(0, 1, 10)).unwrap();
    book.remove(gone).unwrap();
    let heavy = Debt { weight: LARGEST_WEIGHT + 1, ..debt(0, 1, 1) };

    let refused = [
        (book.add(debt(0, 2, 1)), "there is no member 2 in the book: add members first"),
        (book.add(debt(1, 1, 1)), "member 1 can't owe itself"),
        (book.add(debt(0, 1, 0)), "an amount is 1 to 2^62, not 0; to take a debt out, remove it"),
        (book.add(heavy), "the weight 1000001 is beyond 1000000 either way"),
        (book.change(gone, 5).map(|()| gone), "debt 1 is not, or no more, in the book"),
    ];
    for (result, text) in refused {
        assert_eq!(result.unwrap_err().to_string(), text);
    }
    assert!(book.is_empty());
    assert!(matches!(ClearingBook::new(1 << 30), Err(BookError::TooManyMembers { .. })));
}

#[test]
fn the_largest_amounts_are_cleared_and_their_sum_is_limited() {
    let mut book = ClearingBook::new(3).unwrap();
    for _ in 0..50_000 {
        for (debtor, creditor) in [(0, 1), (1, 2), (2, 0)] {
            book.add(debt(debtor, creditor, LARGEST_AMOUNT)).unwrap();
        }
    }
    book.optimise();
    let standing = book.standing();
    assert_eq!(standing.cleared, 150_000 * u128::from(LARGEST_AMOUNT));
    assert_eq!(standing.gap(), 0);

    for _ in 150_000..1 << 18 {
        book.add(debt(0, 1, LARGEST_AMOUNT)).unwrap();
    }
    assert!(matches!(book.add(debt(0, 1, 1)), Err(BookError::TooMuchOwed { .. })));
}

#[test]
fn the_same_calls_give_the_same_book() {
    let run = || {
        let network = Network::new(60, many_debts(60, 600)).unwrap();
        let mut book = ClearingBook::from_network(&network, Seed::default()).unwrap();
        for (id, debt) in book.ids().into_iter().step_by(7).zip(many_debts(60, 80)) {
            book.remove(id).unwrap();
            book.add(debt).unwrap();
        }
        book.optimise();
        (book.ids(), book.clearing().unwrap())
    };
    assert_eq!(run(), run());
}
