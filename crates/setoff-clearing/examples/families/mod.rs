//! Random networks of five families. Uses whole numbers only, so every machine makes the same.

#![allow(clippy::cast_possible_truncation)] // what is drawn is below a bound that fits

use setoff_clearing::{Debt, Network};

/// A generator of whole numbers.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`, which is at most 2^32.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((self.next() >> 32) * bound) >> 32
    }

    /// Pareto distributed with exponent 1, from 100 to about 4·10^11.
    pub(crate) fn amount(&mut self) -> u64 {
        (100 << 32) / ((self.next() >> 32) + 1)
    }

    /// Most are small and a few are very large: the cube of a Pareto tail cut at 2^16.
    pub(crate) fn activity(&mut self) -> u64 {
        let tail = (1 << 16) / (self.below(1 << 16) + 1);
        (self.below(64) + self.below(64) + 1) * (tail + 4)
    }
}

/// A network of a family; each call makes the same.
pub(crate) fn network(family: &str, count: u32) -> Network {
    let mut random = Random(0x5eed);
    let members = match family {
        "sparse" => count / 2,
        _ => count / 10,
    };
    let debts = match family {
        "trade" => trade(&mut random, members, count, 8, 30),
        "trade60" => trade(&mut random, members, count, 60, 3),
        "ring" => ring(&mut random, members, count),
        _ => (0..count)
            .map(|_| {
                let debtor = random.below(members.into()) as u32;
                let gap = random.below(u64::from(members) - 1) as u32 + 1;
                debt(debtor, (debtor + gap) % members, random.amount())
            })
            .collect(),
    };
    Network::new(members, debts).expect("well formed")
}

fn debt(debtor: u32, creditor: u32, amount: u64) -> Debt {
    Debt { debtor, creditor, amount, weight: 1 }
}

/// Firms in tiers; most debts go one tier on, some further, `back` in a hundred go back.
fn trade(random: &mut Random, members: u32, count: u32, tiers: u64, back: u64) -> Vec<Debt> {
    let mut tier_members: Vec<Vec<(u64, u32)>> = vec![Vec::new(); tiers as usize];
    for member in 0..members {
        let tier = &mut tier_members[random.below(tiers) as usize];
        let sum = tier.last().map_or(0, |(sum, _)| *sum) + random.activity();
        tier.push((sum, member));
    }
    let pick = |random: &mut Random, tier: u64| {
        let tier = &tier_members[tier as usize];
        let drawn = random.below(tier.last().map_or(1, |(sum, _)| *sum));
        tier[tier.partition_point(|(sum, _)| *sum <= drawn)].1
    };
    let mut debts = Vec::new();
    while debts.len() < count as usize {
        let from = random.below(tiers);
        let kind = random.below(100);
        let to = if kind < 70 {
            from + 1
        } else if kind < 100 - back / 2 {
            from + random.below(tiers)
        } else {
            random.below(from + 1)
        };
        if to < tiers {
            let (debtor, creditor) = (pick(random, from), pick(random, to));
            if debtor != creditor {
                debts.push(debt(debtor, creditor, random.amount()));
            }
        }
    }
    debts
}

/// Long circles of one amount each, and one debt in ten at random.
fn ring(random: &mut Random, members: u32, count: u32) -> Vec<Debt> {
    let mut debts = Vec::new();
    while debts.len() < count as usize {
        let length = 3 + random.below(200);
        let amount = random.amount();
        let first = random.below(members.into()) as u32;
        let mut debtor = first;
        for step in 1..=length {
            let creditor = if step == length { first } else { random.below(members.into()) as u32 };
            if debtor != creditor {
                debts.push(debt(debtor, creditor, amount));
                debtor = creditor;
            }
            if random.below(10) == 0 {
                let creditor = random.below(members.into()) as u32;
                if debtor != creditor {
                    debts.push(debt(debtor, creditor, random.amount()));
                }
            }
        }
    }
    debts
}
