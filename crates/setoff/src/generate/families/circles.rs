//! Families *ring*, *long-rings* and *short-rings*: planted circles and a tenth of noise.

use super::{Drawn, any_two, pareto};
use crate::generate::draws::Draws;

/// What circles are planted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planting {
    /// How many members the shortest has.
    shortest: u64,
    /// How many members the longest has.
    longest: u64,
    /// The exponent of the Pareto amounts.
    exponent: (i64, i64),
}

impl Planting {
    /// Family *ring*: 10 to 1,000 members.
    pub(super) fn usual(members: u64) -> Self {
        let longest = members.min(1000);
        Self { shortest: longest.min(10), longest, exponent: (3, 2) }
    }

    /// Family *long-rings*: half of the members or more.
    pub(super) fn long(members: u64) -> Self {
        Self { shortest: (members / 2).max(2), longest: members, exponent: (6, 5) }
    }

    /// Family *short-rings*: three to six members.
    pub(super) fn short(members: u64) -> Self {
        let longest = members.min(6);
        Self { shortest: longest.min(3), longest, exponent: (3, 2) }
    }

    /// A circle whose members are all different, because its step around the members has no
    /// divisor in common with their number.
    fn plant(self, draws: &mut Draws, members: u64) -> Circle {
        let left = self.shortest + draws.below(self.longest - self.shortest + 1);
        let first = draws.below(members);
        let mut step = 1 + draws.below(members - 1);
        while greatest_common_divisor(step, members) > 1 {
            step = step % (members - 1) + 1;
        }
        let amount = pareto(draws, self.exponent);
        Circle { planting: self, left, first, at: first, step, amount }
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The planted circle that is being drawn.
#[derive(Debug)]
pub(super) struct Circle {
    planting: Planting,
    /// How many of its obligations are still to come.
    left: u64,
    first: u64,
    at: u64,
    step: u64,
    amount: u64,
}

impl Circle {
    /// No circle yet.
    pub(super) fn new(planting: Planting) -> Self {
        Self { planting, left: 0, first: 0, at: 0, step: 0, amount: 0 }
    }

    /// The next obligation among `members` members.
    pub(super) fn draw(&mut self, draws: &mut Draws, members: u64) -> Drawn {
        if draws.below(10) == 0 {
            return any_two(draws, members, |draws| pareto(draws, (3, 2)));
        }
        if self.left == 0 {
            *self = self.planting.plant(draws, members);
        }
        self.left -= 1;
        let debtor = self.at;
        self.at = if self.left == 0 { self.first } else { (debtor + self.step) % members };
        Drawn { debtor, creditor: self.at, amount: self.amount + draws.below(self.amount / 4) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_planted_circle_closes_and_can_be_cleared_by_its_amount() {
        for planting in [Planting::usual(500), Planting::long(500), Planting::short(500)] {
            let mut draws = Draws::new(3);
            let mut circle = planting.plant(&mut draws, 500);
            let (first, length, amount) = (circle.first, circle.left, circle.amount);
            let (mut at, mut seen) = (first, BTreeSet::new());

            while circle.left > 0 {
                let before = circle.left;
                let debt = circle.draw(&mut draws, 500);
                if circle.left < before {
                    assert_eq!(debt.debtor, at);
                    assert!(debt.amount >= amount && seen.insert(at));
                    at = debt.creditor;
                }
            }

            assert_eq!(at, first);
            assert_eq!(seen.len() as u64, length);
            assert!((planting.shortest..=planting.longest).contains(&length));
        }
    }
}
