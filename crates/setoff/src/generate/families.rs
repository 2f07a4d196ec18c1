//! The families of test networks: who owes whom, and how much.
//!
//! `docs/networks.md` defines each family so that others can cite it and draw the same networks;
//! a change here that changes a network is a new family there. Nothing but the members' activity
//! in family *trade* is kept in memory: the obligations are drawn one after the other.

use super::draws::{Draws, ONE};

/// Pareto amounts are 100.00 or more, and at most this many doublings of it.
const LEAST: u64 = 10_000;
const DOUBLINGS: u32 = 14;

/// One obligation of a network, its members numbered from 0 and its amount in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Who owes.
    pub(super) debtor: u64,
    /// Who is owed; never the debtor.
    pub(super) creditor: u64,
    /// How much; above 0.
    pub(super) amount: u64,
}

/// How the obligations of a network are drawn.
#[derive(Debug)]
pub(super) enum Family {
    /// Any two members, any amount up to 10,000.00.
    Uniform,
    /// Any two members, Pareto amounts.
    Sparse,
    /// Tiers of suppliers.
    Trade(Tiers),
    /// Long planted circles and some noise.
    Ring(Circle),
    /// A few banks at the core, the others around them.
    CorePeriphery(Core),
    /// Few members with very many obligations, many with few.
    ScaleFree,
}

impl Family {
    /// The next obligation among `members` members.
    pub(super) fn draw(&mut self, draws: &mut Draws, members: u64) -> Drawn {
        match self {
            Self::Uniform => {
                let (debtor, creditor) = any_two(draws, members);
                let amount = 1 + draws.below(1_000_000);
                Drawn { debtor, creditor, amount }
            }
            Self::Sparse => {
                let (debtor, creditor) = any_two(draws, members);
                let amount = draws.pareto(LEAST, (3, 2), DOUBLINGS);
                Drawn { debtor, creditor, amount }
            }
            Self::Trade(tiers) => tiers.draw(draws),
            Self::Ring(circle) => circle.draw(draws, members),
            Self::CorePeriphery(core) => core.draw(draws, members),
            Self::ScaleFree => {
                let debtor = draws.below_cubed(members);
                let creditor = other_than(debtor, draws.below_cubed(members), 0, members);
                let amount = draws.pareto(LEAST, (3, 2), DOUBLINGS);
                Drawn { debtor, creditor, amount }
            }
        }
    }
}

/// Two different members, all pairs alike.
fn any_two(draws: &mut Draws, members: u64) -> (u64, u64) {
    let debtor = draws.below(members);
    let creditor = draws.below(members - 1);
    (debtor, creditor + u64::from(creditor >= debtor))
}

/// `member`, or if that is `not`, the next one of the block `first..end`, around its end.
fn other_than(not: u64, member: u64, first: u64, end: u64) -> u64 {
    if member != not {
        member
    } else if member + 1 == end {
        first
    } else {
        member + 1
    }
}

/// Family *trade*: firms in tiers, each owing mostly to the tier that supplies it.
#[derive(Debug)]
pub(super) struct Tiers {
    /// `starts[t]..starts[t + 1]` are the members of tier `t`.
    starts: Vec<u64>,
    /// The sum of the activities of the members of the same tier up to this one.
    running: Vec<u64>,
}

impl Tiers {
    /// The tiers of a network of `members` members, at least 2, and how active each member is.
    pub(super) fn new(draws: &Draws, members: u64) -> Self {
        let tiers = (members / 2).min(8);
        let starts: Vec<u64> = (0..=tiers).map(|tier| tier * members / tiers).collect();
        let mut running = Vec::new();
        for block in starts.windows(2) {
            let mut sum = 0;
            for member in block[0]..block[1] {
                sum += activity(&mut draws.branch(member));
                running.push(sum);
            }
        }
        Self { starts, running }
    }

    fn draw(&self, draws: &mut Draws) -> Drawn {
        let last = self.starts.len() as u64 - 2;
        let tier = draws.below(last + 1);
        let kind = draws.below(100);
        let on = match kind {
            0..70 => 1,
            70..85 => 2 + draws.below(2),
            85..95 => 0,
            _ => last + 1,
        };
        let supplier = if tier + on <= last {
            tier + on
        } else if tier > 0 {
            draws.below(tier)
        } else {
            last.min(1)
        };
        let debtor = self.active(draws, tier);
        let creditor = self.active(draws, supplier);
        let (first, end) = self.block(supplier);
        Drawn {
            debtor,
            creditor: other_than(debtor, creditor, first, end),
            amount: draws.pareto(LEAST, (6, 5), DOUBLINGS),
        }
    }

    fn block(&self, tier: u64) -> (u64, u64) {
        let tier = usize::try_from(tier).expect("there are at most 8 tiers");
        (self.starts[tier], self.starts[tier + 1])
    }

    /// A member of a tier, as likely as it is active.
    fn active(&self, draws: &mut Draws, tier: u64) -> u64 {
        let (first, end) = self.block(tier);
        let place = |member: u64| usize::try_from(member).expect("every member has a sum here");
        let sums = &self.running[place(first)..place(end)];
        let target = draws.below(*sums.last().expect("a tier has two members or more"));
        first + sums.partition_point(|&sum| sum <= target) as u64
    }
}

/// How active a firm is: log-normal, and one firm in twenty is many times larger.
fn activity(draws: &mut Draws) -> u64 {
    let usual = draws.log_normal(1 << 12, 3 * ONE / 2);
    if draws.below(20) == 0 { draws.pareto(usual.min(1 << 24), (11, 10), 10) } else { usual }
}

/// Family *ring*: the planted circle that is being drawn.
#[derive(Debug, Default)]
pub(super) struct Circle {
    /// How many of its obligations are still to come.
    left: u64,
    first: u64,
    at: u64,
    step: u64,
    amount: u64,
}

impl Circle {
    fn draw(&mut self, draws: &mut Draws, members: u64) -> Drawn {
        if draws.below(10) == 0 {
            let (debtor, creditor) = any_two(draws, members);
            let amount = draws.pareto(LEAST, (3, 2), DOUBLINGS);
            return Drawn { debtor, creditor, amount };
        }
        if self.left == 0 {
            *self = Self::planted(draws, members);
        }
        self.left -= 1;
        let debtor = self.at;
        self.at = if self.left == 0 { self.first } else { (debtor + self.step) % members };
        Drawn { debtor, creditor: self.at, amount: self.amount + draws.below(self.amount / 4) }
    }

    /// A circle of up to 1,000 members that are all different, because its step around the
    /// members has no divisor in common with their number.
    fn planted(draws: &mut Draws, members: u64) -> Self {
        let longest = members.min(1000);
        let shortest = longest.min(10);
        let left = shortest + draws.below(longest - shortest + 1);
        let first = draws.below(members);
        let mut step = 1 + draws.below(members - 1);
        while greatest_common_divisor(step, members) > 1 {
            step = step % (members - 1) + 1;
        }
        Self { left, first, at: first, step, amount: draws.pareto(LEAST, (3, 2), DOUBLINGS) }
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Family *core-periphery*: banks of the periphery deal with three of the core, seldom with each
/// other; the core deals with itself in larger amounts.
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

    fn draw(&self, draws: &mut Draws, members: u64) -> Drawn {
        let outside = members - self.size;
        let kind = draws.below(100);
        let (debtor, creditor, median) = if kind < 40 || outside < 2 {
            let (debtor, creditor) = any_two(draws, self.size);
            (debtor, creditor, 1_600_000)
        } else if kind < 44 {
            let (debtor, creditor) = any_two(draws, outside);
            (self.size + debtor, self.size + creditor, 100_000)
        } else {
            let bank = self.size + draws.below(outside);
            let partner = self.partner(bank, draws.below(3));
            if kind < 72 { (bank, partner, 100_000) } else { (partner, bank, 100_000) }
        };
        Drawn { debtor, creditor, amount: draws.log_normal(median, 3 * ONE / 2) }
    }

    /// The core bank in a relation of a bank of the periphery, always the same one.
    fn partner(&self, bank: u64, relation: u64) -> u64 {
        let mut draws = self.relations.branch(3 * bank + relation);
        draws.below(self.size)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn drawn(mut family: Family, members: u64, count: usize) -> Vec<Drawn> {
        let mut draws = Draws::new(1);
        (0..count).map(|_| family.draw(&mut draws, members)).collect()
    }

    #[test]
    fn nobody_owes_itself_and_every_amount_is_above_zero_however_few_members() {
        for members in [2, 3, 4, 5, 7, 16, 17, 40, 1000] {
            let tiers = Tiers::new(&Draws::new(1), members);
            for family in [
                Family::Uniform,
                Family::Sparse,
                Family::Trade(tiers),
                Family::Ring(Circle::default()),
                Family::CorePeriphery(Core::new(&Draws::new(1), members)),
                Family::ScaleFree,
            ] {
                let name = format!("{family:?}");
                for debt in drawn(family, members, 2000) {
                    assert_ne!(debt.debtor, debt.creditor, "{name} of {members}");
                    assert!(debt.debtor < members && debt.creditor < members);
                    assert!(debt.amount > 0);
                }
            }
        }
    }

    #[test]
    fn a_planted_circle_closes_and_can_be_cleared_by_its_amount() {
        let mut draws = Draws::new(3);
        let mut circle = Circle::planted(&mut draws, 500);
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
    }

    #[test]
    fn seven_debts_in_ten_go_one_tier_on() {
        let tiers = Tiers::new(&Draws::new(1), 8000);
        let debts = drawn(Family::Trade(tiers), 8000, 100_000);

        // From the last of the eight tiers there is nowhere on.
        let on = debts.iter().filter(|d| d.debtor / 1000 + 1 == d.creditor / 1000);
        let share = on.count();
        assert!(share.abs_diff(100_000 * 7 / 8 * 7 / 10) < 3000, "{share}");
    }

    #[test]
    fn hubs_of_a_scale_free_network_have_far_more_than_their_share() {
        let debts = drawn(Family::ScaleFree, 10_000, 100_000);

        // The first thousandth of the members has the cube root of a thousandth: a tenth.
        let hubs = debts.iter().filter(|d| d.debtor < 10).count();
        assert!(hubs.abs_diff(10_000) < 500, "{hubs}");
    }
}
