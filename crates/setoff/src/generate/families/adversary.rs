//! Networks built to be hard: each has a structure on which one of the known methods does much
//! work. `docs/networks.md` says which, and why.

use super::{Drawn, any_two, pareto};
use crate::generate::draws::Draws;

/// Family *nested-rings*: every member owes the next one on a line, and debts lead back over
/// stretches of the line that lie inside one another.
#[derive(Debug, Default)]
pub(super) struct Nested {
    row: u64,
}

impl Nested {
    /// The next obligation among `members` members.
    pub(super) fn draw(&mut self, draws: &mut Draws, members: u64) -> Drawn {
        let row = self.row;
        self.row += 1;
        if row.is_multiple_of(2) {
            let debtor = row / 2 % (members - 1);
            return Drawn { debtor, creditor: debtor + 1, amount: pareto(draws, (6, 5)) };
        }
        // Half of all numbers end in no zero bit and have stretches of two, a quarter of four.
        let middle = 1 + draws.below(members - 1);
        let half = 1 << middle.trailing_zeros();
        Drawn {
            debtor: (middle + half - 1).min(members - 1),
            creditor: middle - half,
            amount: pareto(draws, (6, 5)),
        }
    }
}

/// Family *ladder*: long chains of large debts from member 0, from each of their steps a small debt
/// back to member 0, and some debts that skip steps.
#[derive(Debug)]
pub(super) struct Ladder {
    row: u64,
    /// How many steps a chain has; the last may have fewer.
    length: u64,
}

impl Ladder {
    /// Before the first obligation among `members` members.
    pub(super) fn new(members: u64) -> Self {
        Self { row: 0, length: 4 * members.isqrt() }
    }

    /// The next obligation among `members` members.
    pub(super) fn draw(&mut self, draws: &mut Draws, members: u64) -> Drawn {
        let (turn, step) = (self.row % 3, 1 + self.row / 3 % (members - 1));
        self.row += 1;
        let small = |draws: &mut Draws| 1 + draws.below(10_000);
        match turn {
            0 => Drawn {
                debtor: if (step - 1).is_multiple_of(self.length) { 0 } else { step - 1 },
                creditor: step,
                amount: (1 << 40) + draws.below(100),
            },
            1 => Drawn { debtor: step, creditor: 0, amount: small(draws) },
            _ => {
                let debtor = 1 + draws.below(members - 1);
                let on = debtor + 2 + draws.below(6);
                let same_chain = (debtor - 1) / self.length == (on - 1) / self.length;
                let creditor = if same_chain && on < members { on } else { 0 };
                Drawn { debtor, creditor, amount: small(draws) }
            }
        }
    }
}

/// What each way out of the cage takes.
const DROP: u64 = 1000;

/// Family *cage*: a dense cluster whose members are owed too much, because a chain of members
/// owes them much; from each place of the chain a small debt leads into the cluster.
#[derive(Debug)]
pub(super) struct Cage {
    /// The chain is members 0 to this one.
    end: u64,
    /// How many of the rows of the chain have been drawn.
    row: u64,
}

impl Cage {
    /// Before the first obligation among `members` members.
    pub(super) fn new(members: u64) -> Self {
        Self { end: (4 * members.isqrt()).min(members / 4), row: 0 }
    }

    /// The next obligation among `members` members.
    pub(super) fn draw(&mut self, draws: &mut Draws, members: u64) -> Drawn {
        let cluster = self.end + 1;
        let inside = members - cluster;
        let (turn, place) = (self.row % 3, self.row / 3);
        if place <= self.end {
            self.row += 1;
            let member = cluster + draws.below(inside);
            return match turn {
                0 => Drawn {
                    debtor: place,
                    creditor: if place < self.end { place + 1 } else { member },
                    amount: DROP * (3 * self.end + 1 - place),
                },
                1 => Drawn { debtor: place, creditor: member, amount: DROP },
                _ => Drawn { debtor: member, creditor: 0, amount: 10 },
            };
        }
        let large = |draws: &mut Draws| 1 + draws.below(1_000_000);
        if inside < 2 {
            return any_two(draws, members, large);
        }
        let Drawn { debtor, creditor, amount } = any_two(draws, inside, large);
        Drawn { debtor: cluster + debtor, creditor: cluster + creditor, amount }
    }
}

/// Family *levels*: as many levels as a level has members; each owes the next, the last the
/// first.
#[derive(Debug)]
pub(super) struct Levels {
    count: u64,
}

impl Levels {
    /// The levels of a network of `members` members.
    pub(super) fn new(members: u64) -> Self {
        Self { count: members.isqrt().max(2) }
    }

    /// The next obligation among `members` members.
    pub(super) fn draw(&self, draws: &mut Draws, members: u64) -> Drawn {
        let level = draws.below(self.count);
        let debtor = self.any_of(draws, level, members);
        let creditor = self.any_of(draws, (level + 1) % self.count, members);
        Drawn { debtor, creditor, amount: 1 + draws.below(1_000_000) }
    }

    fn any_of(&self, draws: &mut Draws, level: u64, members: u64) -> u64 {
        let (first, end) = (level * members / self.count, (level + 1) * members / self.count);
        first + draws.below(end - first)
    }
}

/// Family *acyclic*: of two members the lower one owes the higher one; one debt in twenty leads
/// from the last tenth of the members to the first, for twenty times as much.
pub(super) fn acyclic(draws: &mut Draws, members: u64) -> Drawn {
    if draws.below(20) == 0 {
        let tenth = members.div_ceil(10);
        let debtor = members - 1 - draws.below(tenth);
        return Drawn { debtor, creditor: draws.below(tenth), amount: 1 + draws.below(20_000_000) };
    }
    let Drawn { debtor, creditor, amount } =
        any_two(draws, members, |draws| 1 + draws.below(1_000_000));
    Drawn { debtor: debtor.min(creditor), creditor: debtor.max(creditor), amount }
}

/// Family *torus*: members on a grid that closes on itself, owing their neighbours, mostly to the
/// right and up.
#[derive(Debug)]
pub(super) struct Torus {
    width: u64,
    height: u64,
}

impl Torus {
    /// The grid of a network of `members` members; a few may be left over and have no place on it.
    pub(super) fn new(members: u64) -> Self {
        let width = members.isqrt();
        Self { width, height: members / width }
    }

    /// The next obligation.
    pub(super) fn draw(&self, draws: &mut Draws) -> Drawn {
        let (x, y) = (draws.below(self.width), draws.below(self.height));
        let way = draws.below(20);
        let (right, up) = match way {
            // A grid of one column has no neighbours to the side.
            0..9 if self.width > 1 => (1, 0),
            18 if self.width > 1 => (self.width - 1, 0),
            19 => (0, self.height - 1),
            _ => (0, 1),
        };
        let (right, up) = ((x + right) % self.width, (y + up) % self.height);
        Drawn {
            debtor: y * self.width + x,
            creditor: up * self.width + right,
            amount: pareto(draws, (3, 2)),
        }
    }
}
