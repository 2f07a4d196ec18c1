//! Families *trade* and *deep-trade*: firms in tiers, each owing mostly to the tier that supplies
//! it.

use super::{Drawn, other_than, pareto};
use crate::generate::draws::{Draws, ONE};

/// How many tiers there are, and whom a tier owes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Habit {
    /// Eight tiers; one debt in twenty leads back.
    Trade,
    /// Sixty tiers; one debt in fifty leads back.
    DeepTrade,
}

impl Habit {
    fn most_tiers(self) -> u64 {
        match self {
            Self::Trade => 8,
            Self::DeepTrade => 60,
        }
    }

    /// How many tiers on from `tier` the creditor is; beyond the `last` is back.
    fn on(self, draws: &mut Draws, tier: u64, last: u64) -> u64 {
        let kind = draws.below(100);
        match self {
            Self::Trade => match kind {
                0..70 => 1,
                70..85 => 2 + draws.below(2),
                85..95 => 0,
                _ => last + 1,
            },
            Self::DeepTrade => match kind {
                0..75 => 1,
                75..99 => draws.below(last + 1 - tier),
                _ => last + 1,
            },
        }
    }
}

/// The tiers of a network.
#[derive(Debug)]
pub(super) struct Tiers {
    habit: Habit,
    /// `starts[t]..starts[t + 1]` are the members of tier `t`.
    starts: Vec<u64>,
    /// The sum of the activities of the members of the same tier up to this one.
    running: Vec<u64>,
}

impl Tiers {
    /// The tiers of a network of `members` members, at least 2, and how active each member is.
    pub(super) fn new(habit: Habit, draws: &Draws, members: u64) -> Self {
        let tiers = (members / 2).min(habit.most_tiers());
        let starts: Vec<u64> = (0..=tiers).map(|tier| tier * members / tiers).collect();
        let mut running = Vec::new();
        for block in starts.windows(2) {
            let mut sum = 0;
            for member in block[0]..block[1] {
                sum += activity(&mut draws.branch(member));
                running.push(sum);
            }
        }
        Self { habit, starts, running }
    }

    /// The next obligation.
    pub(super) fn draw(&self, draws: &mut Draws) -> Drawn {
        let last = self.starts.len() as u64 - 2;
        let tier = draws.below(last + 1);
        let on = self.habit.on(draws, tier, last);
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
            amount: pareto(draws, (6, 5)),
        }
    }

    fn block(&self, tier: u64) -> (u64, u64) {
        let tier = usize::try_from(tier).expect("there are at most 60 tiers");
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

#[cfg(test)]
mod tests {
    use super::*;

    fn debts_one_tier_on(habit: Habit, tier_size: u64) -> usize {
        let members = habit.most_tiers() * tier_size;
        let mut draws = Draws::new(1);
        let tiers = Tiers::new(habit, &draws, members);
        let drawn = (0..100_000).map(|_| tiers.draw(&mut draws));
        drawn.filter(|d| d.debtor / tier_size + 1 == d.creditor / tier_size).count()
    }

    #[test]
    fn seven_debts_in_ten_go_one_tier_on() {
        // From the last of the eight tiers there is nowhere on.
        let on = debts_one_tier_on(Habit::Trade, 1000);
        assert!(on.abs_diff(100_000 * 7 / 8 * 7 / 10) < 3000, "{on}");
    }

    #[test]
    fn deep_trade_seldom_leads_back() {
        let mut draws = Draws::new(1);
        let tiers = Tiers::new(Habit::DeepTrade, &draws, 6000);
        let drawn = (0..100_000).map(|_| tiers.draw(&mut draws));

        // One in a hundred, and three in four of the last tier's: 2.2 % in all.
        let back = drawn.filter(|d| d.creditor / 100 < d.debtor / 100).count();
        assert!(back.abs_diff(2_225) < 200, "{back}");
    }
}
