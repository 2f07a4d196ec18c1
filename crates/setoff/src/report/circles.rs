//! The largest and the longest circles closed, in words.

use std::cmp::Reverse;

use crate::outcome::{Mode, Outcome};
use crate::wording::{count, money, shortened};

use super::debts::Debts;

/// How many circles of each kind are told.
const MOST_TOLD: usize = 3;

/// A longer circle is told by its first and its last debts.
const MOST_STEPS: usize = 8;

/// A name in a sentence is at most this long.
const LONGEST_NAME: usize = 60;

/// The circles that are told.
#[derive(Default)]
pub(super) struct ToldCircles {
    pub(super) largest: Vec<ToldCircle>,
    /// Those of the longest that are not among the largest.
    pub(super) longest: Vec<ToldCircle>,
    /// The centre is a member and on a circle told: its debts there may be new claims turned
    /// round.
    pub(super) with_centre: bool,
}

/// One circle in words.
pub(super) struct ToldCircle {
    /// Its number in `circles.csv`.
    pub(super) number: String,
    /// How many members it passes.
    pub(super) length: usize,
    /// The debts set off, in order.
    pub(super) steps: Vec<Step>,
    /// By how much each debt is lighter.
    pub(super) amount: String,
    /// In a chain that a centre closes: who pays the centre and whom the centre pays.
    pub(super) through_centre: Option<(String, String)>,
}

/// A part of a told circle.
pub(super) enum Step {
    /// The first owed the second.
    Owed(String, String),
    /// So many debts are not told.
    Omitted(String),
}

impl ToldCircles {
    /// `first` is the number of the clearing's first circle in `circles.csv`.
    pub(super) fn of(debts: &Debts<'_>, outcome: &Outcome, first: usize) -> Self {
        let circles = &debts.clearing.circles;
        let amount = |c: usize| circles.get(c).1;
        let length = |c: usize| circles.get(c).0.len();
        let largest = first_by(circles.len(), |c| (Reverse(amount(c)), Reverse(length(c)), c));
        let longest = if outcome.mode == Mode::Bilateral {
            Vec::new()
        } else {
            first_by(circles.len(), |c| (Reverse(length(c)), Reverse(amount(c)), c))
        };
        let centre = outcome
            .centre
            .as_ref()
            .and_then(|name| outcome.obligations.find(name))
            .map(|member| debts.number(member));
        let on_circle = |c: &usize| {
            centre.is_some_and(|m| circles.get(*c).0.iter().any(|&on| on as usize == m))
        };
        let tell = |c: &usize| told(debts, *c, first);
        Self {
            with_centre: largest.iter().chain(&longest).any(on_circle),
            longest: longest.iter().filter(|c| !largest.contains(c)).map(tell).collect(),
            largest: largest.iter().map(tell).collect(),
        }
    }
}

/// The first few circles in the order of a key, without sorting them all.
fn first_by<K: Ord>(circles: usize, key: impl Fn(usize) -> K) -> Vec<usize> {
    let mut first: Vec<usize> = Vec::with_capacity(MOST_TOLD + 1);
    for circle in 0..circles {
        let place = first.partition_point(|&c| key(c) < key(circle));
        if place < MOST_TOLD {
            first.insert(place, circle);
            first.truncate(MOST_TOLD);
        }
    }
    first
}

fn told(debts: &Debts<'_>, circle: usize, first: usize) -> ToldCircle {
    let (members, amount) = debts.clearing.circles.get(circle);
    let name = |m: u32| shortened(debts.name(m as usize), LONGEST_NAME);
    let outside = u32::try_from(debts.clearing.members.len()).unwrap_or(u32::MAX);
    let centre = members.iter().position(|&m| m == outside);

    // Begun behind the centre, a chain's debts are told in order and its closing left out.
    let begin = centre.map_or(0, |place| place + 1);
    let in_order = |i: usize| members[(begin + i) % members.len()];
    let debts_told = members.len() - if centre.is_some() { 2 } else { 0 };
    let owed = |i: usize| Step::Owed(name(in_order(i)), name(in_order(i + 1)));
    let steps = if debts_told <= MOST_STEPS {
        (0..debts_told).map(owed).collect()
    } else {
        let head = (0..MOST_STEPS - 3).map(owed);
        let omitted = Step::Omitted(count(debts_told - (MOST_STEPS - 1)));
        let tail = (debts_told - 2..debts_told).map(owed);
        head.chain([omitted]).chain(tail).collect()
    };
    ToldCircle {
        number: count(first + circle),
        length: members.len(),
        steps,
        amount: money(debts.clearing.currency, i128::from(amount)),
        through_centre: centre.map(|_| (name(in_order(0)), name(in_order(debts_told)))),
    }
}
