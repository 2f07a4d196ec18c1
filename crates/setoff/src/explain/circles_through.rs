//! The circles that set certain debts off, from `circles.csv`, read once.

use std::collections::HashMap;
use std::path::Path;

use super::result_folder::{Debts, Table};
use crate::failure::Failure;

/// How many circles of a debt are shown.
pub(super) const MOST_SHOWN: usize = 3;

/// One circle of debts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Circle {
    /// Its number in `circles.csv`.
    pub(super) number: u64,
    /// By how much each of its debts is lighter, in minor units of the clearing's currency.
    pub(super) amount: i128,
    /// Its members, each a debtor of the next and the last of the first; the debtor of the debt
    /// that it is shown for comes first.
    pub(super) members: Vec<u32>,
}

/// The circles through one debt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CirclesThrough {
    /// How many there are.
    pub(super) count: usize,
    /// The shortest, of equally long ones the largest, at most [`MOST_SHOWN`].
    pub(super) shown: Vec<Circle>,
    /// What all of them take off the debt.
    pub(super) amount: i128,
}

impl CirclesThrough {
    fn add(&mut self, circle: &Circle, debtor: u32) {
        self.count += 1;
        self.amount += circle.amount;
        let rank = |c: &Circle| (c.members.len(), std::cmp::Reverse(c.amount), c.number);
        let place = self.shown.partition_point(|shown| rank(shown) < rank(circle));
        if place == MOST_SHOWN {
            return;
        }
        let mut circle = circle.clone();
        let first = circle.members.iter().position(|&m| m == debtor).unwrap_or(0);
        circle.members.rotate_left(first);
        self.shown.insert(place, circle);
        self.shown.truncate(MOST_SHOWN);
    }
}

/// The circles through each of these debts, which are places in [`Debts::debts`].
///
/// # Errors
/// [`Failure::Input`] if the file is not there or not as Setoff writes it.
pub(super) fn circles_through(
    folder: &Path,
    debts: &Debts,
    wanted: impl Iterator<Item = usize>,
) -> Result<HashMap<usize, CirclesThrough>, Failure> {
    let mut found: HashMap<usize, CirclesThrough> =
        wanted.map(|debt| (debt, CirclesThrough::default())).collect();
    let mut table =
        Table::open(folder, "circles.csv", ["circle", "debtor", "creditor", "currency", "amount"])?;
    let mut current = Circle { number: 0, amount: 0, members: Vec::new() };
    // The wanted debts of the current circle.
    let mut of_current: Vec<usize> = Vec::new();
    let mut note = |circle: &Circle, of_circle: &mut Vec<usize>| {
        for place in of_circle.drain(..) {
            if let Some(circles) = found.get_mut(&place) {
                circles.add(circle, debts.debts[place].debtor);
            }
        }
    };
    while table.next()? {
        let [number, debtor, creditor, code, amount] = table.fields();
        let number: u64 = number.parse().map_err(|_| table.fault("circle"))?;
        if number != current.number {
            note(&current, &mut of_current);
            current.number = number;
            current.members.clear();
        }
        let known = debts.clearings.iter().position(|c| c.code() == code);
        let clearing = known.ok_or_else(|| table.fault("currency"))?;
        current.amount = table.money("amount", amount, &debts.clearings[clearing])?;
        let debtor = debts.find(debtor).ok_or_else(|| table.fault("debtor"))?;
        let creditor = debts.find(creditor).ok_or_else(|| table.fault("creditor"))?;
        current.members.push(debtor);
        of_current.extend(debts.place(clearing, debtor, creditor));
    }
    note(&current, &mut of_current);
    Ok(found)
}
