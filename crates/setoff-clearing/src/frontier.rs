//! The efficient frontier: how much is discharged with how much money, exactly.
//!
//! # The problem
//! Let `F(M)` be the most that is discharged (the weighted sum) with at most `M` of money, everything
//! else as [`Funded`] says. `F` is concave, never falls and is made of straight segments: it is the
//! value of a linear program as a function of one right-hand side. Wanted are all its breakpoints,
//! from `M = 0`, the largest set-off, to the `M` that discharges the most for which there is
//! liquidity.
//!
//! # Slopes
//! The slope of a segment is what a further unit of money discharges. Let there be `k` tills
//! ([`Funded::tenderers`]). The slopes are fractions with a denominator of at most `k`: at a slope
//! `s`, both ends of the segment are best at the price `s`; they differ by simple circles of changes,
//! each worth nothing at that price; and a circle that uses money meets each till at most once, so
//! that `s` is a whole number (its debts, by weight) over at most `k`. **With one funder, every slope
//! is a whole number**: the length of the chains of debt that a unit of money runs through.
//!
//! # The method
//! This is the search of M. J. Eisner and D. G. Severance (*Mathematical techniques for efficient
//! record segmentation in large shared databases*, Journal of the ACM 23, 1976). Two points of the
//! frontier are joined by a line of slope `s`. What is best at the price `s` lies on that line, and
//! then the line is part of the frontier, or above it, and then it is a new point and both halves go
//! on in the same way.
//!
//! Knowing which prices can be slopes saves half of the solves. If `s` can't be one, let `l < s < u`
//! be the nearest numbers that can. All prices between `l` and `u` have one best point; it is a
//! breakpoint, it is best at `l` and at `u` as well, and it is above the line. The price is taken as
//! the fraction of the sums of both's numerators and denominators, the simplest between them. Later,
//! a line whose slope both its ends are known to be best at needs no solve. So with one funder and
//! slopes that are whole numbers in a row, `b` segments take `b + 2` solves; in the worst case it is
//! `2b + 2`.
//!
//! # Whole amounts
//! Each breakpoint is reached with whole amounts. With one funder the same holds for *every* whole
//! amount of money between two: with the till's flow fixed at `M` the problem is still a network with
//! whole limits, and [`Liquidity::most`](crate::Liquidity::most) finds it. With `k` funders the
//! sum of their tills is no limit of the network's, and whole set-offs on a segment may lie up to `k`
//! units of money apart: one gets from one end to the other by circles of changes that each use at
//! most `k` units.
//!
//! # What could overflow
//! Discharge is under 2^82 (2^62 times a weight) and money under 2^94 (2^62 times the tills): both are
//! kept in 128 bits. Slopes are compared without products.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use crate::{Funded, LiquidityError, Price, Progress, Seed};

/// What is discharged with how much money: the breakpoints, with rising money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    /// The first is the largest set-off without money, the last the most that the liquidity can
    /// discharge with the least money for it. Never empty.
    pub points: Vec<FrontierPoint>,
    /// How many times the optimiser ran.
    pub solves: usize,
}

/// A breakpoint of the frontier.
///
/// Its discharges and the certificate, which were verified, are had again from
/// [`Funded::clear_at`] with its price and the same seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontierPoint {
    /// The money used.
    pub money: u128,
    /// The sum of all discharges.
    pub cleared: u64,
    /// The weighted sum of all discharges: the height of the frontier here.
    pub weighted: i128,
    /// A price of money at which this is best; `None` where money was left out.
    pub price: Option<Price>,
}

/// What a further unit of money discharges along a segment: a fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slope {
    /// So much discharge
    pub discharge: i128,
    /// for so much money.
    pub money: i128,
}

/// A point and the prices, both included, at which it is known to be best.
#[derive(Clone, Copy)]
struct Known {
    point: FrontierPoint,
    best_at: Option<(Slope, Slope)>,
}

/// Finds the frontier; `progress` hears how much of its length in money is done.
///
/// # Errors
/// Those of [`Funded::clear_at`], and [`LiquidityError::Stopped`] as soon as `progress` breaks.
pub fn frontier(
    funded: &Funded<'_>,
    seed: Seed,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Frontier, LiquidityError> {
    let mut solves = 0;
    let mut at = |price| {
        solves += 1;
        let clearing = funded.clear_at(price, seed)?;
        let (money, cleared, weighted) = (clearing.money, clearing.cleared, clearing.weighted);
        Ok(FrontierPoint { money, cleared, weighted, price })
    };
    let tills = i128::from(funded.tenderers()).max(1);
    let first = Known { point: at(None)?, best_at: None };
    let last = at(Some(funded.lowest_price()))?;
    let least_slope = Slope { discharge: 1, money: tills };
    let last =
        Known { point: last, best_at: Some((Slope { discharge: 0, money: 1 }, least_slope)) };

    // What is known, from right to left; the segment between the last two is looked at next.
    let mut ahead = vec![last, first];
    let mut points = Vec::new();
    let length = last.point.money - first.point.money;
    while let [.., right, left] = ahead[..] {
        let done = left.point.money - first.point.money;
        if progress(share(done, length)).is_break() {
            return Err(LiquidityError::Stopped);
        }
        let between = match Slope::between(&left.point, &right.point) {
            None => None,
            Some(slope) if left.is_best_at(slope) && right.is_best_at(slope) => None,
            Some(slope) => {
                let (below, above) = slope.neighbours(tills);
                let price = Slope::simplest(below, above).price()?;
                let point = at(Some(price))?;
                let is_above = Slope::between(&left.point, &point)
                    .is_some_and(|new| new.cmp(slope) == Ordering::Greater);
                debug_assert!(is_above || below == above, "no slope, so there is a breakpoint");
                is_above.then_some(Known { point, best_at: Some((below, above)) })
            }
        };
        ahead.pop();
        match between {
            Some(between) => ahead.extend([between, left]),
            None => push(&mut points, left.point),
        }
    }
    push(&mut points, last.point);
    debug_assert!(points.windows(3).all(|p| {
        let slopes = [(0, 1), (1, 2)].map(|(a, b)| Slope::between(&p[a], &p[b]));
        matches!(slopes, [Some(one), Some(two)] if one.cmp(two) == Ordering::Greater)
    }));
    Ok(Frontier { points, solves })
}

/// Adds a point, unless it is the one before, and drops the one before if it lies on the line to it.
fn push(points: &mut Vec<FrontierPoint>, point: FrontierPoint) {
    if let Some(last) = points.last()
        && Slope::between(last, &point).is_none()
    {
        return;
    }
    if let [.., one, two] = points[..]
        && Slope::between(&one, &two) == Slope::between(&two, &point)
    {
        points.pop();
    }
    points.push(point);
}

fn share(done: u128, of: u128) -> Progress {
    let fits = |amount| u64::try_from(amount).unwrap_or(u64::MAX);
    Progress { done: fits(done), of: fits(of) }
}

impl Frontier {
    /// The slope of the segment that starts at each point; there is none at the last.
    pub fn slopes(&self) -> impl Iterator<Item = Slope> {
        self.points.windows(2).filter_map(|pair| Slope::between(&pair[0], &pair[1]))
    }

    /// The most that can be discharged (the weighted sum) with at most this much money, rounded down
    /// where the funders are several; with one funder it is reached exactly.
    #[must_use]
    pub fn discharged_with(&self, money: u128) -> i128 {
        let after = self.points.partition_point(|point| point.money <= money);
        // The first point has no money, so there is always one that has no more than this.
        let Some(left) = self.points.get(after.saturating_sub(1)) else { return 0 };
        let Some(slope) = self.points.get(after).and_then(|right| Slope::between(left, right))
        else {
            return left.weighted;
        };
        left.weighted + slope.discharge * wide(money - left.money) / slope.money
    }
}

impl Known {
    fn is_best_at(&self, price: Slope) -> bool {
        let at_or_above = |one: Slope, other| one.cmp(other) != Ordering::Less;
        self.best_at.is_some_and(|(from, to)| at_or_above(price, from) && at_or_above(to, price))
    }
}

impl Slope {
    /// From one point to another with more money.
    fn between(left: &FrontierPoint, right: &FrontierPoint) -> Option<Self> {
        let money = wide(right.money.checked_sub(left.money)?);
        let discharge = right.weighted - left.weighted;
        let divisor = greatest_common_divisor(discharge, money);
        (money > 0).then(|| Self { discharge: discharge / divisor, money: money / divisor })
    }

    /// The nearest fractions at or below and at or above with a denominator of at most `most`.
    fn neighbours(self, most: i128) -> (Self, Self) {
        let Self { discharge, money } = self;
        if money <= most {
            return (self, self);
        }
        let whole = discharge.div_euclid(money);
        let mut below = Self { discharge: whole, money: 1 };
        let mut above = Self { discharge: whole + 1, money: 1 };
        // Between neighbours the simplest fraction comes next (Stern 1858, Brocot 1861).
        loop {
            let next = Self::simplest(below, above);
            if next.money > most {
                return (below, above);
            }
            match next.cmp(self) {
                Ordering::Greater => above = next,
                Ordering::Less | Ordering::Equal => below = next,
            }
        }
    }

    /// The simplest fraction between two neighbours, or both where they are the same.
    fn simplest(below: Self, above: Self) -> Self {
        if below == above {
            return below;
        }
        Self { discharge: below.discharge + above.discharge, money: below.money + above.money }
    }

    /// Which is larger, by their continued fractions: products might not fit 128 bits.
    fn cmp(self, other: Self) -> Ordering {
        let (mut one, mut two) = (self, other);
        loop {
            let whole = |of: Self| of.discharge.div_euclid(of.money);
            let rest = |of: Self| of.discharge.rem_euclid(of.money);
            let order = whole(one).cmp(&whole(two));
            if order.is_ne() || rest(one) == 0 || rest(two) == 0 {
                return order.then(rest(one).min(1).cmp(&rest(two).min(1)));
            }
            // Of what is left, the larger one has the smaller inverse.
            let inverse = |of: Self| Self { discharge: of.money, money: rest(of) };
            (one, two) = (inverse(two), inverse(one));
        }
    }

    pub(crate) fn price(self) -> Result<Price, LiquidityError> {
        let fits = |part: i128| u32::try_from(part).map_err(|_| LiquidityError::Price);
        Ok(Price { discharge: fits(self.discharge)?, money: fits(self.money)? })
    }
}

fn wide(money: u128) -> i128 {
    i128::try_from(money).expect("money is at most 2^62 a till, of which there are under 2^32")
}

fn greatest_common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs().max(1)
}
