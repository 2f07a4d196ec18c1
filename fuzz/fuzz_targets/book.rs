#![no_main]
//! A book of debts and the optimiser under random calls, beside a plain list of debts and the
//! plainest method of clearing: look for a circle that gains, set it off, and look again.

use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use setoff_clearing::{
    ClearingBook, Debt, DebtId, LARGEST_AMOUNT, Network, Seed, gap, solve, verify,
};

const MEMBERS: u32 = 6;
const MOST_DEBTS: usize = 24;

#[derive(Debug)]
enum Call {
    AddMember,
    Add(Debt),
    Change(usize, u64),
    Remove(usize),
    Undo,
    Improve(u64),
    Optimise,
    SetEffort(u64),
}

impl<'a> Arbitrary<'a> for Call {
    fn arbitrary(from: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match from.int_in_range(0..=15)? {
            0 => Self::AddMember,
            1..=6 => Self::Add(Debt {
                debtor: from.int_in_range(0..=MEMBERS)?,
                creditor: from.int_in_range(0..=MEMBERS)?,
                amount: amount(from)?,
                weight: if from.arbitrary()? { 1 } else { from.int_in_range(-3..=4)? },
            }),
            7 | 8 => Self::Change(from.arbitrary()?, amount(from)?),
            9 | 10 => Self::Remove(from.arbitrary()?),
            11 | 12 => Self::Undo,
            13 => Self::Improve(from.int_in_range(0..=200)?),
            14 => Self::Optimise,
            _ => Self::SetEffort(from.int_in_range(0..=50)?),
        })
    }
}

/// Mostly small ones; some at and beyond the limits.
fn amount(from: &mut Unstructured<'_>) -> Result<u64> {
    Ok(match from.int_in_range(0..=7)? {
        0 => from.int_in_range(LARGEST_AMOUNT - 1..=LARGEST_AMOUNT + 1)?,
        1 => from.arbitrary()?,
        _ => from.int_in_range(0..=9)?,
    })
}

/// The debts that there should be.
#[derive(Clone, Debug)]
struct Model {
    members: u32,
    debts: Vec<(DebtId, Debt)>,
}

impl Model {
    fn is_well_formed(&self, debt: Debt) -> bool {
        debt.debtor < self.members
            && debt.creditor < self.members
            && debt.debtor != debt.creditor
            && (1..=LARGEST_AMOUNT).contains(&debt.amount)
    }

    fn debts(&self) -> Vec<Debt> {
        self.debts.iter().map(|(_, debt)| *debt).collect()
    }
}

libfuzzer_sys::fuzz_target!(|calls: Vec<Call>| {
    let mut model = Model { members: 2, debts: Vec::new() };
    let mut before: Vec<Model> = Vec::new();
    let mut book = ClearingBook::new(model.members).expect("two members fit");
    for call in calls {
        let now = model.clone();
        match call {
            Call::AddMember if model.members < MEMBERS => {
                assert_eq!(book.add_member(), Ok(model.members));
                model.members += 1;
                before.push(now);
            }
            Call::Add(debt) if model.debts.len() < MOST_DEBTS => {
                let added = book.add(debt);
                assert_eq!(added.is_ok(), model.is_well_formed(debt));
                if let Ok(id) = added {
                    model.debts.push((id, debt));
                    before.push(now);
                }
            }
            Call::Change(which, amount) if !model.debts.is_empty() => {
                let which = which % model.debts.len();
                let (id, debt) = model.debts[which];
                let changed = Debt { amount, ..debt };
                assert_eq!(book.change(id, amount).is_ok(), model.is_well_formed(changed));
                if model.is_well_formed(changed) {
                    model.debts[which].1 = changed;
                    before.push(now);
                }
            }
            Call::Remove(which) if !model.debts.is_empty() => {
                let (id, debt) = model.debts.remove(which % model.debts.len());
                assert_eq!(book.remove(id), Ok(debt));
                assert!(book.remove(id).is_err() && book.discharge(id).is_none());
                before.push(now);
            }
            Call::Undo => {
                let taken_back = before.pop();
                assert_eq!(book.undo().is_some(), taken_back.is_some());
                model = taken_back.unwrap_or(model);
            }
            Call::Improve(budget) => {
                let (first, then) = (book.standing(), book.improve(budget));
                assert!(then.gap() <= first.gap() && then.weighted >= first.weighted);
            }
            Call::Optimise => {
                book.optimise();
                assert_eq!(book.standing().gap(), 0);
            }
            Call::SetEffort(slots) => book.set_effort(slots),
            _ => {}
        }
        check(&book, &model);
    }
    book.optimise();
    check(&book, &model);
});

fn check(book: &ClearingBook, model: &Model) {
    assert_eq!(book.unsound(), None);
    assert_eq!((book.members(), book.len()), (model.members, model.debts.len()));
    for (id, debt) in &model.debts {
        assert_eq!(book.debt(*id), Some(*debt));
    }
    let largest = plainly(model.members, &model.debts());
    let standing = book.standing();
    assert!(standing.weighted <= largest && largest <= standing.bound);

    let network = book.to_network();
    let set_off = |id: &DebtId| book.discharge(*id).expect("it is held");
    let discharges: Vec<u64> = book.ids().iter().map(set_off).collect();
    let (verified, proven) = gap(&network, &discharges, &book.bound_proof()).expect("feasible");
    assert_eq!((verified.weighted, proven), (standing.weighted, standing.gap()));
    assert_eq!(book.clearing().is_some(), proven == 0);

    let network = Network::new(model.members, model.debts()).expect("well formed");
    let solved = solve(&network, Seed::default());
    let solved = verify(&network, &solved.discharges, &solved.certificate).expect("it verifies");
    assert_eq!(solved.weighted, largest);
}

/// The largest weighted sum: circles that gain are set off until there is none (Klein's method, with
/// Bellman and Ford's search for a circle).
fn plainly(members: u32, debts: &[Debt]) -> i128 {
    let members = members as usize;
    let mut set_off = vec![0_u64; debts.len()];
    loop {
        // What a way to a member gains, and the last step of the way: a debt, and whether more of it
        // is set off.
        let mut gains = vec![0_i64; members];
        let mut last = vec![None; members];
        let mut changed = None;
        for _ in 0..=members {
            changed = None;
            for (number, debt) in debts.iter().enumerate() {
                let (from, to) = (debt.debtor as usize, debt.creditor as usize);
                let weight = i64::from(debt.weight);
                if set_off[number] < debt.amount && gains[from] + weight > gains[to] {
                    gains[to] = gains[from] + weight;
                    last[to] = Some((number, true));
                    changed = Some(to);
                }
                if set_off[number] > 0 && gains[to] - weight > gains[from] {
                    gains[from] = gains[to] - weight;
                    last[from] = Some((number, false));
                    changed = Some(from);
                }
            }
        }
        let Some(mut member) = changed else { break };
        let before = |member: usize| {
            let (number, more): (usize, bool) = last[member].expect("it was reached");
            let debt = debts[number];
            let from = if more { debt.debtor } else { debt.creditor };
            (number, more, from as usize)
        };
        for _ in 0..members {
            member = before(member).2;
        }
        let mut circle = Vec::new();
        let mut at = member;
        loop {
            let (number, more, from) = before(at);
            circle.push((number, more));
            at = from;
            if at == member {
                break;
            }
        }
        let room = |&(number, more): &(usize, bool)| {
            if more { debts[number].amount - set_off[number] } else { set_off[number] }
        };
        let width = circle.iter().map(room).min().expect("a circle has steps");
        for (number, more) in circle {
            if more {
                set_off[number] += width;
            } else {
                set_off[number] -= width;
            }
        }
    }
    debts.iter().zip(set_off).map(|(debt, x)| i128::from(debt.weight) * i128::from(x)).sum()
}
