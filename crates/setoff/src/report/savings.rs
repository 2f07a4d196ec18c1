//! What each member saves: how it is distributed, and who saves most.

use setoff_formats::Member;

use crate::about::About;
use crate::outcome::{Mode, Outcome, Party, Position};
use crate::wording::{count, counted, percent, scaled};

use super::debts::Debts;

/// How many members are named.
const MOST_NAMED: usize = 10;

/// The distribution of the share of its debts that a member need not pay.
pub(super) struct Savings {
    /// From nothing to all.
    pub(super) bins: Vec<Bin>,
    /// Members that owed something.
    pub(super) owing: String,
    /// Members that owed nothing and so had nothing to save, if there are any.
    pub(super) owing_nothing: Option<String>,
    /// The centre is a member; it takes over the others' debts and is not counted.
    pub(super) without_centre: bool,
    /// Those who save most.
    pub(super) winners: Vec<Winner>,
}

/// The members whose share lies within two bounds.
pub(super) struct Bin {
    pub(super) label: &'static str,
    pub(super) members: String,
    /// The bar's length, in thousandths of the longest.
    pub(super) length: u32,
    pub(super) saved: String,
}

/// One of those who save most.
pub(super) struct Winner {
    pub(super) name: String,
    /// Its statement's file name without an ending, if one is written.
    pub(super) statement: Option<String>,
    pub(super) owing: String,
    pub(super) saved: String,
    pub(super) share: String,
    pub(super) left: String,
}

const LABELS: [&str; 12] = [
    "none of it",
    "under 10%",
    "10% to 20%",
    "20% to 30%",
    "30% to 40%",
    "40% to 50%",
    "50% to 60%",
    "60% to 70%",
    "70% to 80%",
    "80% to 90%",
    "90% or more",
    "all of it",
];

/// What a member need not pay any more.
pub(super) fn saved(position: &Position) -> i128 {
    position.owing - position.owing_after
}

fn bin_of(position: &Position) -> usize {
    let saved = saved(position);
    if saved <= 0 {
        0
    } else if saved == position.owing {
        LABELS.len() - 1
    } else {
        1 + scaled(saved, position.owing, 10).min(9) as usize
    }
}

impl Savings {
    pub(super) fn of(debts: &Debts<'_>, outcome: &Outcome, about: &About) -> Self {
        let clearing = debts.clearing;
        let centre = outcome.centre_party();
        let counted_in =
            |member: &Member| outcome.mode != Mode::Novation || Party::Member(*member) != centre;
        let positions = clearing.members.iter().zip(&clearing.positions);
        let positions: Vec<&Position> =
            positions.filter(|(m, _)| counted_in(m)).map(|(_, position)| position).collect();
        let mut members = [0_usize; LABELS.len()];
        let mut sums = [0_i128; LABELS.len()];
        let mut owing = 0;
        for position in positions.iter().filter(|p| p.owing > 0) {
            let bin = bin_of(position);
            members[bin] += 1;
            sums[bin] += saved(position);
            owing += 1;
        }
        let most = members.iter().copied().max().unwrap_or(0);
        let bins = (0..LABELS.len())
            .map(|bin| Bin {
                label: LABELS[bin],
                members: count(members[bin]),
                length: scaled(wide(members[bin]), wide(most), 1000),
                saved: clearing.currency.format_readable(sums[bin]),
            })
            .collect();
        let nothing = positions.len() - owing;
        Self {
            bins,
            owing: counted(owing, "member", "members"),
            owing_nothing: (nothing > 0)
                .then(|| counted(nothing, "more member owed", "more members owed")),
            without_centre: positions.len() < clearing.positions.len(),
            winners: winners(debts, about),
        }
    }
}

fn winners(debts: &Debts<'_>, about: &About) -> Vec<Winner> {
    let clearing = debts.clearing;
    let mut order: Vec<usize> =
        (0..clearing.members.len()).filter(|&m| saved(&clearing.positions[m]) > 0).collect();
    order.sort_by_key(|&m| (-saved(&clearing.positions[m]), m));
    order.truncate(MOST_NAMED);
    order
        .into_iter()
        .map(|m| {
            let position = &clearing.positions[m];
            Winner {
                name: debts.name(m).to_owned(),
                statement: about.statements.get(&clearing.members[m]).cloned(),
                owing: clearing.currency.format_readable(position.owing),
                saved: clearing.currency.format_readable(saved(position)),
                share: percent(saved(position), position.owing),
                left: clearing.currency.format_readable(position.owing_after),
            }
        })
        .collect()
}

fn wide(n: usize) -> i128 {
    i128::try_from(n).expect("counts are below 2^64")
}
