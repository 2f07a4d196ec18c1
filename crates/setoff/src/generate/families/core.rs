//! Family *core-periphery*: banks of the periphery deal with three of the core, seldom with each
//! other; the core deals with itself in larger amounts.

use super::{Drawn, any_two};
use crate::generate::draws::{Draws, ONE};

/// The core of a network.
#[derive(Debug)]
pub(super) struct Core {
    /// How many members, from 0, are the core.
    size: u64,
    relations: Draws,
}

impl Core {
    /// The core of a network of `members` members: one in twenty, at least 2.
    pub(super) fn new(draws: &Draws, members: u64) -> Self {
        Self { size: (members / 20).max(2), relations: draws.clone() }
    }

    /// The next obligation among `members` members.
    pub(super) fn draw(&self, draws: &mut Draws, members: u64) -> Drawn {
        let outside = members - self.size;
        let small = |draws: &mut Draws| draws.log_normal(100_000, 3 * ONE / 2);
        let kind = draws.below(100);
        if kind < 40 || outside < 2 {
            return any_two(draws, self.size, |draws| draws.log_normal(1_600_000, 3 * ONE / 2));
        }
        if kind < 44 {
            let Drawn { debtor, creditor, amount } = any_two(draws, outside, small);
            return Drawn { debtor: self.size + debtor, creditor: self.size + creditor, amount };
        }
        let bank = self.size + draws.below(outside);
        let partner = self.partner(bank, draws.below(3));
        let (debtor, creditor) = if kind < 72 { (bank, partner) } else { (partner, bank) };
        Drawn { debtor, creditor, amount: small(draws) }
    }

    /// The core bank in a relation of a bank of the periphery, always the same one.
    fn partner(&self, bank: u64, relation: u64) -> u64 {
        let mut draws = self.relations.branch(3 * bank + relation);
        draws.below(self.size)
    }
}
