//! `--among fair`: are the shares as even as the rule asks, step by step?
//!
//! `docs/adr/0007-which-optimum.md` states the rule, `docs/certificate.md` (V14) what is checked.
//! Everything is computed again from the sums by pair and by member, the names in their order, and
//! the seed.

use std::collections::HashSet;

use super::findings::Findings;
use super::tally::Tally;

/// Prices are in so many parts.
const PARTS: i128 = 1_000_000;

/// After so many rounds of draws whatever is left is accepted.
const MOST_DRAWS: u64 = 64;

/// The potentials of a step of the rule, by the members' numbers.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) owed: Vec<Option<i64>>,
    pub(super) owing: Vec<Option<i64>>,
}

/// What is discharged between two members of the debts whose gain is 0.
struct Open {
    debtor: usize,
    creditor: usize,
    amount: i128,
    discharged: i128,
}

/// What a step of the rule asks of a member.
#[derive(Clone, Copy)]
enum Kind {
    /// Units cost their prices and earn this much.
    Prices { earned: i128 },
    /// Pairs cost what they draw.
    Draws { round: u64 },
}

struct Rule<'a> {
    tally: &'a Tally,
    /// The members' places by name.
    ranks: Vec<u64>,
    /// What a member's discharges can be.
    spans: Vec<(i128, i128)>,
    open: Vec<Open>,
}

/// Checks the steps of one clearing.
pub(super) fn check(tally: &Tally, seed: &str, findings: &mut Findings) {
    let Some(steps) = &tally.even else { return };
    if let Err(wrong) = Rule::new(tally).follow(steps, seed) {
        findings.add(|| format!("certificate.json: {}: fair: {wrong}", tally.currency));
    }
}

impl<'a> Rule<'a> {
    fn new(tally: &'a Tally) -> Self {
        let mut ranks = vec![0; tally.members.len()];
        for (rank, (name, _)) in (0..).zip(tally.by_name()) {
            if let Some(number) = tally.find(name) {
                ranks[number as usize] = rank;
            }
        }
        let open = tally.pairs.iter().filter(|pair| pair.free > 0).map(|pair| Open {
            debtor: pair.debtor as usize,
            creditor: pair.creditor as usize,
            amount: pair.free,
            discharged: pair.free_discharged,
        });
        let spans = tally.members.iter().map(|member| (0, member.owing)).collect();
        Self { tally, ranks, spans, open: open.collect() }
    }

    fn follow(mut self, steps: &[Step], seed: &str) -> Result<(), String> {
        let mut round = 0;
        for (number, step) in steps.iter().enumerate() {
            let taking_part = self.taking_part();
            let wide = taking_part.iter().any(|&m| self.spans[m].1 - self.spans[m].0 > 1);
            let kind = if number == 0 || wide {
                Kind::Prices { earned: if number == 0 { PARTS } else { 0 } }
            } else {
                round += 1;
                Kind::Draws { round: round - 1 }
            };
            if self.is_settled() || round > MOST_DRAWS {
                return Err(format!("there are steps after {number}, where one set-off is left"));
            }
            self.step(step, kind, seed, &taking_part)
                .map_err(|wrong| format!("step {}: {wrong}", number + 1))?;
        }
        if self.is_settled() || round == MOST_DRAWS {
            Ok(())
        } else {
            Err("several set-offs are left after the last step".to_owned())
        }
    }

    /// Checks one step and keeps what it leaves open.
    fn step(
        &mut self,
        step: &Step,
        kind: Kind,
        seed: &str,
        taking_part: &HashSet<usize>,
    ) -> Result<(), String> {
        let potential = |half: &[Option<i64>], member: usize| {
            half.get(member).copied().flatten().map(i128::from).ok_or_else(|| {
                let member = u32::try_from(member).unwrap_or(u32::MAX);
                format!("{:?} has not two potentials", self.tally.name(member))
            })
        };
        let mut open = Vec::new();
        for pair in std::mem::take(&mut self.open) {
            let cost = match kind {
                Kind::Prices { .. } => 0,
                Kind::Draws { round } => {
                    draw(seed, round, self.ranks[pair.debtor], self.ranks[pair.creditor])
                }
            };
            let gain = potential(&step.owing, pair.debtor)?
                - potential(&step.owed, pair.creditor)?
                - i128::from(cost);
            if gain > 0 && pair.discharged < pair.amount || gain < 0 && pair.discharged > 0 {
                let [debtor, creditor] = [pair.debtor, pair.creditor]
                    .map(|m| self.tally.name(u32::try_from(m).unwrap_or(u32::MAX)));
                return Err(format!("{debtor:?} to {creditor:?} is not discharged as it asks"));
            }
            if gain == 0 {
                open.push(pair);
            }
        }
        let mut spans = self.spans.clone();
        for &member in taking_part {
            let worth = potential(&step.owed, member)? - potential(&step.owing, member)?;
            let (low, high) = spans[member];
            let first_at = |price: i128| {
                let parts = price.clamp(0, PARTS) * (high - low);
                low + (parts + PARTS - 1) / PARTS
            };
            spans[member] = match kind {
                Kind::Prices { earned } => (first_at(worth + earned), first_at(worth + earned + 1)),
                Kind::Draws { .. } if worth > 0 => (high, high),
                Kind::Draws { .. } if worth < 0 => (low, low),
                Kind::Draws { .. } => (low, high),
            };
            let sum = self.tally.members[member].owing_discharged;
            if sum < spans[member].0 || sum > spans[member].1 {
                let name = self.tally.name(u32::try_from(member).unwrap_or(u32::MAX));
                return Err(format!("{name:?} is not discharged of as much as it asks"));
            }
        }
        (self.open, self.spans) = (open, spans);
        Ok(())
    }

    fn taking_part(&self) -> HashSet<usize> {
        self.open.iter().flat_map(|pair| [pair.debtor, pair.creditor]).collect()
    }

    /// Whether no circle of changes is left but forth and back: arcs that can change both ways must
    /// form trees, and the others, between these trees, no circle.
    fn is_settled(&self) -> bool {
        let count = self.spans.len();
        let mut both_ways = Vec::new();
        let mut one_way = Vec::new();
        let mut note = |from: usize, to: usize, more: bool, less: bool| match (more, less) {
            (true, true) => both_ways.push((from, to)),
            (true, false) => one_way.push((from, to)),
            (false, true) => one_way.push((to, from)),
            (false, false) => {}
        };
        for pair in &self.open {
            let (more, less) = (pair.discharged < pair.amount, pair.discharged > 0);
            note(count + pair.debtor, pair.creditor, more, less);
        }
        for member in self.taking_part() {
            let (low, high) = self.spans[member];
            let sum = self.tally.members[member].owing_discharged;
            note(member, count + member, sum < high, sum > low);
        }

        let mut trees: Vec<usize> = (0..2 * count).collect();
        for (from, to) in both_ways {
            let (from, to) = (root(&mut trees, from), root(&mut trees, to));
            if from == to {
                return false;
            }
            trees[from] = to;
        }
        let mut leads_to = vec![Vec::new(); 2 * count];
        let mut coming = vec![0_usize; 2 * count];
        for (from, to) in one_way {
            let (from, to) = (root(&mut trees, from), root(&mut trees, to));
            leads_to[from].push(to);
            coming[to] += 1;
        }
        let mut ready: Vec<usize> = (0..2 * count).filter(|&tree| coming[tree] == 0).collect();
        while let Some(tree) = ready.pop() {
            for &to in &leads_to[tree] {
                coming[to] -= 1;
                if coming[to] == 0 {
                    ready.push(to);
                }
            }
        }
        coming.iter().all(|&count| count == 0)
    }
}

fn root(trees: &mut [usize], mut node: usize) -> usize {
    while trees[node] != node {
        trees[node] = trees[trees[node]];
        node = trees[node];
    }
    node
}

/// What two members draw: 19 bits of a chain of `SplitMix64` over the seed's four words (each eight
/// bytes, the lowest first), the round and both places by name.
fn draw(seed: &str, round: u64, debtor: u64, creditor: u64) -> i64 {
    let step = |state: u64| {
        let mut mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let word = |place: usize| {
        let digits = seed.get(16 * place..16 * (place + 1)).unwrap_or_default();
        u64::from_str_radix(digits, 16).unwrap_or(0).swap_bytes()
    };
    let words = (0..4).map(word).chain([round, debtor, creditor]);
    let drawn = step(words.fold(0, |state, word| step(state) ^ word)) >> 45;
    i64::try_from(drawn).expect("19 bits are left")
}
