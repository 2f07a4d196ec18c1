//! The families of test networks: who owes whom, and how much.
//!
//! `docs/networks.md` defines each family so that others can cite it and draw the same networks;
//! a change here that changes a network is a new family there. Nothing but the members' activity
//! in the families of tiers is kept in memory: the obligations are drawn one after the other.

mod adversary;
mod circles;
mod core;
mod tiers;

use clap::ValueEnum;

use super::draws::Draws;
use adversary::{Cage, Ladder, Levels, Nested, Torus};
use circles::{Circle, Planting};
use core::Core;
use tiers::{Habit, Tiers};

/// Pareto amounts are 100.00 or more, and at most this many doublings of it.
const LEAST: u64 = 10_000;
const DOUBLINGS: u32 = 14;

/// A family by its name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FamilyName {
    /// Four obligations among four members, of which three close a circle
    Micro,
    /// Firms in eight tiers that owe mostly to the tier supplying them
    Trade,
    /// Firms in sixty tiers and very few debts that lead back
    DeepTrade,
    /// Any two members, any amount
    Uniform,
    /// Any two of many members, Pareto amounts
    Sparse,
    /// Long planted circles and a tenth of noise
    Ring,
    /// A few planted circles through half of the members or more
    LongRings,
    /// Very many planted circles of three to six members
    ShortRings,
    /// Circles inside circles along one line of members
    NestedRings,
    /// A few banks at the core, the others around them
    CorePeriphery,
    /// Few members with very many obligations
    ScaleFree,
    /// Two sides; nine debts in ten lead from one to the other
    Bipartite,
    /// One firm that has half of all obligations
    Giant,
    /// Any two members, every amount the same
    Equal,
    /// Any two members, amounts from 1 to 2^60
    Wide,
    /// Against shortest paths: long chains, each step at a distance of its own
    Ladder,
    /// Against push-relabel: much that can leave only in drops, each by a longer way
    Cage,
    /// Against push-relabel: levels, each owing the next, the last the first
    Levels,
    /// Dense, almost without circles
    Acyclic,
    /// Against cost scaling: neighbours on a grid that closes on itself
    Torus,
}

impl FamilyName {
    /// How many members such a network has if nobody asks for another number.
    pub(super) fn usual_members(self, obligations: u64) -> u64 {
        let members = match self {
            Self::Sparse | Self::NestedRings => obligations / 2,
            Self::Giant | Self::Ladder | Self::Torus => obligations / 3,
            Self::Acyclic => 2 * obligations.isqrt(),
            _ => obligations / 10,
        };
        members.clamp(2, u64::from(u32::MAX))
    }
}

/// One obligation of a network, its members numbered from 0 and its amount in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Who owes.
    pub(super) debtor: u64,
    /// Who is owed; never the debtor.
    pub(super) creditor: u64,
    /// How much; above 0 and below 2^60.
    pub(super) amount: u64,
}

/// How the obligations of a network are drawn, and how far the drawing is.
#[derive(Debug)]
pub(super) struct Family(Kind);

#[derive(Debug)]
enum Kind {
    Micro(usize),
    Tiers(Tiers),
    Uniform,
    Sparse,
    Circles(Circle),
    Nested(Nested),
    CorePeriphery(Core),
    ScaleFree,
    Bipartite,
    Giant,
    Equal,
    Wide,
    Ladder(Ladder),
    Cage(Cage),
    Levels(Levels),
    Acyclic,
    Torus(Torus),
}

impl Family {
    /// The family of a network of `members` members, at least 2, before its first obligation.
    pub(super) fn new(name: FamilyName, draws: &Draws, members: u64) -> Self {
        let kind = match name {
            FamilyName::Micro => Kind::Micro(0),
            FamilyName::Trade => Kind::Tiers(Tiers::new(Habit::Trade, draws, members)),
            FamilyName::DeepTrade => Kind::Tiers(Tiers::new(Habit::DeepTrade, draws, members)),
            FamilyName::Uniform => Kind::Uniform,
            FamilyName::Sparse => Kind::Sparse,
            FamilyName::Ring => Kind::Circles(Circle::new(Planting::usual(members))),
            FamilyName::LongRings => Kind::Circles(Circle::new(Planting::long(members))),
            FamilyName::ShortRings => Kind::Circles(Circle::new(Planting::short(members))),
            FamilyName::NestedRings => Kind::Nested(Nested::default()),
            FamilyName::CorePeriphery => Kind::CorePeriphery(Core::new(draws, members)),
            FamilyName::ScaleFree => Kind::ScaleFree,
            FamilyName::Bipartite => Kind::Bipartite,
            FamilyName::Giant => Kind::Giant,
            FamilyName::Equal => Kind::Equal,
            FamilyName::Wide => Kind::Wide,
            FamilyName::Ladder => Kind::Ladder(Ladder::new(members)),
            FamilyName::Cage => Kind::Cage(Cage::new(members)),
            FamilyName::Levels => Kind::Levels(Levels::new(members)),
            FamilyName::Acyclic => Kind::Acyclic,
            FamilyName::Torus => Kind::Torus(Torus::new(members)),
        };
        Self(kind)
    }

    /// The next obligation among `members` members.
    pub(super) fn draw(&mut self, draws: &mut Draws, members: u64) -> Drawn {
        match &mut self.0 {
            Kind::Micro(row) => micro(row),
            Kind::Tiers(tiers) => tiers.draw(draws),
            Kind::Uniform => any_two(draws, members, |draws| 1 + draws.below(1_000_000)),
            Kind::Sparse => any_two(draws, members, |draws| pareto(draws, (3, 2))),
            Kind::Circles(circle) => circle.draw(draws, members),
            Kind::Nested(nested) => nested.draw(draws, members),
            Kind::CorePeriphery(core) => core.draw(draws, members),
            Kind::ScaleFree => {
                let debtor = draws.below_cubed(members);
                let creditor = other_than(debtor, draws.below_cubed(members), 0, members);
                Drawn { debtor, creditor, amount: pareto(draws, (3, 2)) }
            }
            Kind::Bipartite => bipartite(draws, members),
            Kind::Giant => giant(draws, members),
            Kind::Equal => any_two(draws, members, |_| 100_000),
            Kind::Wide => any_two(draws, members, |draws| {
                let size = draws.below(60);
                (1 << size) + draws.below(1 << size)
            }),
            Kind::Ladder(ladder) => ladder.draw(draws, members),
            Kind::Cage(cage) => cage.draw(draws, members),
            Kind::Levels(levels) => levels.draw(draws, members),
            Kind::Acyclic => adversary::acyclic(draws, members),
            Kind::Torus(torus) => torus.draw(draws),
        }
    }
}

/// The four obligations of family *micro*, in cents.
fn micro(row: &mut usize) -> Drawn {
    let rows = [(0, 1, 10_000), (1, 2, 10_000), (2, 0, 20_000), (3, 2, 10_000)];
    let (debtor, creditor, amount) = rows[*row % rows.len()];
    *row += 1;
    Drawn { debtor, creditor, amount }
}

/// Nine debts in ten lead from the first half of the members to the second, the others back.
fn bipartite(draws: &mut Draws, members: u64) -> Drawn {
    let half = members / 2;
    let (one, other) = (draws.below(half), half + draws.below(members - half));
    if draws.below(10) < 9 {
        Drawn { debtor: one, creditor: other, amount: pareto(draws, (6, 5)) }
    } else {
        Drawn { debtor: other, creditor: one, amount: 4 * pareto(draws, (6, 5)) }
    }
}

/// Member 0 owes a quarter of the debts and is owed another.
fn giant(draws: &mut Draws, members: u64) -> Drawn {
    let kind = draws.below(4);
    if kind > 1 && members > 2 {
        let Drawn { debtor, creditor, amount } =
            any_two(draws, members - 1, |draws| pareto(draws, (6, 5)));
        return Drawn { debtor: debtor + 1, creditor: creditor + 1, amount };
    }
    let other = 1 + draws.below(members - 1);
    let amount = pareto(draws, (6, 5));
    if kind.is_multiple_of(2) {
        Drawn { debtor: other, creditor: 0, amount }
    } else {
        Drawn { debtor: 0, creditor: other, amount }
    }
}

/// Two different members, all pairs alike, then an amount.
fn any_two(draws: &mut Draws, members: u64, amount: impl Fn(&mut Draws) -> u64) -> Drawn {
    let debtor = draws.below(members);
    let creditor = draws.below(members - 1);
    let creditor = creditor + u64::from(creditor >= debtor);
    Drawn { debtor, creditor, amount: amount(draws) }
}

fn pareto(draws: &mut Draws, exponent: (i64, i64)) -> u64 {
    draws.pareto(LEAST, exponent, DOUBLINGS)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(family: FamilyName, members: u64, count: usize) -> Vec<Drawn> {
        let mut draws = Draws::new(1);
        let mut family = Family::new(family, &draws, members);
        (0..count).map(|_| family.draw(&mut draws, members)).collect()
    }

    #[test]
    fn nobody_owes_itself_and_every_amount_is_in_its_bounds_however_few_members() {
        for members in [2, 3, 4, 5, 7, 16, 17, 40, 1000] {
            for name in FamilyName::value_variants() {
                if *name == FamilyName::Micro {
                    continue;
                }
                for debt in drawn(*name, members, 2000) {
                    assert_ne!(debt.debtor, debt.creditor, "{name:?} of {members}");
                    assert!(debt.debtor < members && debt.creditor < members, "{name:?}");
                    assert!(debt.amount > 0 && debt.amount < 1 << 60, "{name:?}");
                }
            }
        }
    }

    #[test]
    fn hubs_of_a_scale_free_network_have_far_more_than_their_share() {
        let debts = drawn(FamilyName::ScaleFree, 10_000, 100_000);

        // The first thousandth of the members has the cube root of a thousandth: a tenth.
        let hubs = debts.iter().filter(|d| d.debtor < 10).count();
        assert!(hubs.abs_diff(10_000) < 500, "{hubs}");
    }

    #[test]
    fn the_giant_has_half_of_all_debts() {
        let debts = drawn(FamilyName::Giant, 1000, 10_000);

        let giant = debts.iter().filter(|d| d.debtor == 0 || d.creditor == 0).count();
        assert!(giant.abs_diff(5_000) < 300, "{giant}");
    }

    /// What each member owes less what it is owed.
    fn nets(debts: &[Drawn], members: usize) -> Vec<i128> {
        let mut nets = vec![0; members];
        for debt in debts {
            nets[usize::try_from(debt.debtor).unwrap()] += i128::from(debt.amount);
            nets[usize::try_from(debt.creditor).unwrap()] -= i128::from(debt.amount);
        }
        nets
    }

    #[test]
    fn the_chain_of_a_cage_balances_but_for_its_head() {
        let (members, end) = (400, 80);
        let debts = drawn(FamilyName::Cage, 400, 3 * (end + 1));
        let nets = nets(&debts, members);

        assert!(nets[1..=end].iter().all(|&net| net == 0), "{:?}", &nets[..=end]);
        assert!(nets[0] > 3 * 80 * 1000);
    }
}
