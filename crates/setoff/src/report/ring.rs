//! The picture of a small network: members on a circle, debts as arcs between them.
//!
//! Members stand from left to right by net position, so that those who must pay in the end are
//! on the left and those who will be paid on the right. Lengths are pixels, never money: sines
//! come from `libm`, which computes the same digits on every machine, and one decimal is kept.
#![allow(clippy::float_arithmetic, reason = "pixels of a picture, not money")]

use std::collections::BTreeMap;
use std::f64::consts::PI;

use crate::outcome::{Mode, Outcome, Party};
use crate::wording::{money, scaled, shortened};

use super::debts::Debts;

/// The most members that are drawn one by one.
pub(super) const MOST_MEMBERS: usize = 32;

/// The most members whose names fit around the ring; more are numbered.
const MOST_NAMES: usize = 18;

/// The most arcs that are drawn; the smallest are left out.
const MOST_ARCS: usize = 120;

const LONGEST_NAME: usize = 18;
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 390.0;
const RADIUS: f64 = 146.0;

/// The network before and after.
pub(super) struct Ring {
    pub(super) before: Vec<Arc>,
    pub(super) after: Vec<Arc>,
    pub(super) discs: Vec<Disc>,
    /// The centre's name, drawn in the middle of the picture of what is left.
    pub(super) centre: Option<String>,
    /// How many of all debts between two members are drawn, where not all are.
    pub(super) drawn: Option<(usize, usize)>,
    /// Whether members are numbered for want of room for their names.
    pub(super) numbered: bool,
    /// The part of the plane that is shown: less to the sides without names.
    pub(super) view: &'static str,
    /// What is drawn, as a table.
    pub(super) lines: Vec<ArcLine>,
}

/// One debt, or what members owe each other in sum.
pub(super) struct Arc {
    pub(super) line: String,
    pub(super) head: String,
    pub(super) width: String,
    /// The width of what is set off of it, drawn over it.
    pub(super) taken: Option<String>,
    /// Whether all of it is set off.
    pub(super) whole: bool,
    pub(super) title: String,
}

/// What one member owes another, in the table beside the picture.
pub(super) struct ArcLine {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) before: String,
    pub(super) taken: String,
    pub(super) after: String,
}

/// One member.
pub(super) struct Disc {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) radius: String,
    /// Whether it is owed more than it owes.
    pub(super) creditor: bool,
    /// Its number in the table.
    pub(super) number: usize,
    pub(super) label: String,
    pub(super) label_x: String,
    pub(super) label_y: String,
    /// `start`, `middle` or `end`.
    pub(super) anchor: &'static str,
    pub(super) title: String,
}

#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
}

/// A member's place and size.
#[derive(Clone, Copy)]
struct Spot {
    at: Point,
    radius: f64,
}

const CENTRE: Point = Point { x: WIDTH / 2.0, y: HEIGHT / 2.0 };

impl Ring {
    pub(super) fn of(debts: &Debts<'_>, outcome: &Outcome) -> Self {
        let clearing = debts.clearing;
        let mut pairs: BTreeMap<(usize, usize), (i128, i128)> = BTreeMap::new();
        for debt in debts.iter() {
            let sum = pairs.entry((debt.debtor, debt.creditor)).or_default();
            sum.0 += debt.before;
            sum.1 += debt.taken;
        }
        let largest = pairs.values().map(|(before, _)| *before).max().unwrap_or(0);
        let mut order: Vec<_> = pairs.into_iter().collect();
        order.sort_by_key(|&(pair, (before, _))| (-before, pair));
        let all = order.len();
        order.truncate(MOST_ARCS);

        let spots = spots(debts);
        let numbered = spots.len() > MOST_NAMES;
        let readable = |sum| clearing.currency.format_readable(sum);
        let lines = order
            .iter()
            .map(|&((from, to), (before, taken))| ArcLine {
                from: debts.name(from).to_owned(),
                to: debts.name(to).to_owned(),
                before: readable(before),
                taken: readable(taken),
                after: readable(before - taken),
            })
            .collect();
        let novation = outcome.mode == Mode::Novation;
        let amount = |sum| money(clearing.currency, sum);
        let before = order.iter().map(|&((from, to), (before, taken))| {
            // With a centre every debt is replaced, which is not what colour shows.
            let taken = if novation { 0 } else { taken };
            let title = format!(
                "{} owes {} {}; {} is set off",
                debts.name(from),
                debts.name(to),
                amount(before),
                amount(taken)
            );
            arc(spots[from], spots[to], before, taken, largest, title)
        });
        let before = before.collect();
        let after = if novation {
            to_the_centre(debts, outcome, &spots, largest)
        } else {
            order
                .iter()
                .filter(|(_, (before, taken))| before > taken)
                .map(|&((from, to), (before, taken))| {
                    let left = before - taken;
                    let title =
                        format!("{} owes {} {}", debts.name(from), debts.name(to), amount(left));
                    arc(spots[from], spots[to], left, 0, largest, title)
                })
                .collect()
        };
        Self {
            before,
            after,
            discs: discs(debts, &spots),
            centre: novation
                .then(|| shortened(outcome.party_name(outcome.centre_party()), LONGEST_NAME)),
            drawn: (all > MOST_ARCS).then_some((MOST_ARCS, all)),
            numbered,
            view: if numbered { "110 0 380 390" } else { "0 0 600 390" },
            lines,
        }
    }
}

/// Places on the circle from left to right, given to the members by net position.
fn spots(debts: &Debts<'_>) -> Vec<Spot> {
    let positions = &debts.clearing.positions;
    let n = positions.len();
    let mut places: Vec<Point> = (0..n)
        .map(|k| {
            #[allow(clippy::cast_precision_loss, reason = "at most MOST_MEMBERS places")]
            let angle = PI + 2.0 * PI * k as f64 / n as f64;
            Point {
                x: CENTRE.x + RADIUS * libm::cos(angle),
                y: CENTRE.y + RADIUS * libm::sin(angle),
            }
        })
        .collect();
    // Rounded, so that places one above the other tie.
    places.sort_by_key(|p| (tenths(p.x), tenths(p.y)));

    let mut members: Vec<usize> = (0..n).collect();
    members.sort_by_key(|&m| (positions[m].net(), m));
    let largest = positions.iter().map(|p| p.net().abs()).max().unwrap_or(0);
    let mut spots = vec![Spot { at: CENTRE, radius: 0.0 }; n];
    for (at, m) in places.into_iter().zip(members) {
        let share = f64::from(scaled(positions[m].net().abs(), largest, 10_000)) / 10_000.0;
        spots[m] = Spot { at, radius: 4.0 + 11.0 * share.sqrt() };
    }
    spots
}

fn discs(debts: &Debts<'_>, spots: &[Spot]) -> Vec<Disc> {
    let numbered = spots.len() > MOST_NAMES;
    spots
        .iter()
        .enumerate()
        .map(|(m, spot)| {
            let net = debts.clearing.positions[m].net();
            let (dx, dy) = (spot.at.x - CENTRE.x, spot.at.y - CENTRE.y);
            let distance = (RADIUS + spot.radius + 7.0) / RADIUS;
            let anchor = match dx {
                _ if dx.abs() < RADIUS / 10.0 => "middle",
                _ if dx < 0.0 => "end",
                _ => "start",
            };
            // Beside the ring a label's middle, above it its foot and below it its head is level.
            let drop = 4.5 + 4.5 * dy / RADIUS;
            Disc {
                x: pixels(spot.at.x),
                y: pixels(spot.at.y),
                radius: pixels(spot.radius),
                creditor: net > 0,
                number: m + 1,
                label: if numbered {
                    (m + 1).to_string()
                } else {
                    shortened(debts.name(m), LONGEST_NAME)
                },
                label_x: pixels(CENTRE.x + dx * distance),
                label_y: pixels(CENTRE.y + dy * distance + drop),
                anchor,
                title: format!(
                    "{}: net position {}",
                    debts.name(m),
                    money(debts.clearing.currency, net)
                ),
            }
        })
        .collect()
}

/// The net positions, each paid to or by the centre.
fn to_the_centre(debts: &Debts<'_>, outcome: &Outcome, spots: &[Spot], largest: i128) -> Vec<Arc> {
    let middle = Spot { at: CENTRE, radius: 13.0 };
    let spot = |party| match party {
        Party::Member(member) if party != outcome.centre_party() => spots[debts.number(member)],
        _ => middle,
    };
    outcome
        .payments
        .iter()
        .filter(|p| p.currency == debts.clearing.currency)
        .map(|p| {
            let title = format!(
                "{} pays {} {}",
                outcome.party_name(p.payer),
                outcome.party_name(p.payee),
                money(p.currency, p.amount)
            );
            arc(spot(p.payer), spot(p.payee), p.amount, 0, largest, title)
        })
        .collect()
}

/// An arc that bends to the left of its direction, so that a debt back does not hide it.
fn arc(from: Spot, to: Spot, amount: i128, taken: i128, largest: i128, title: String) -> Arc {
    let width = |sum| 0.7 + 8.3 * f64::from(scaled(sum, largest, 10_000)) / 10_000.0;
    let (p, q) = (from.at, to.at);
    let middle = Point { x: f64::midpoint(p.x, q.x), y: f64::midpoint(p.y, q.y) };
    let bend = Point {
        x: CENTRE.x + 0.45 * (middle.x - CENTRE.x) + 0.12 * (q.y - p.y),
        y: CENTRE.y + 0.45 * (middle.y - CENTRE.y) - 0.12 * (q.x - p.x),
    };
    let head_length = 5.0 + 0.8 * width(amount);
    let start = towards(p, bend, from.radius + 1.5);
    let tip = towards(q, bend, to.radius + 2.0);
    let end = towards(tip, bend, head_length);
    let half = (2.6 + 0.75 * width(amount)) / head_length;
    let side = Point { x: (tip.y - end.y) * half, y: (end.x - tip.x) * half };
    Arc {
        line: format!(
            "M{} {}Q{} {} {} {}",
            pixels(start.x),
            pixels(start.y),
            pixels(bend.x),
            pixels(bend.y),
            pixels(end.x),
            pixels(end.y)
        ),
        head: format!(
            "M{} {}L{} {}L{} {}Z",
            pixels(tip.x),
            pixels(tip.y),
            pixels(end.x + side.x),
            pixels(end.y + side.y),
            pixels(end.x - side.x),
            pixels(end.y - side.y)
        ),
        width: pixels(width(amount)),
        taken: (taken > 0).then(|| pixels(width(taken))),
        whole: taken == amount,
        title,
    }
}

/// The point `distance` from `from` on the way to `to`.
fn towards(from: Point, to: Point, distance: f64) -> Point {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let share = distance / (dx * dx + dy * dy).sqrt().max(1.0);
    Point { x: from.x + dx * share, y: from.y + dy * share }
}

#[allow(clippy::cast_possible_truncation, reason = "a place in a picture of a few hundred pixels")]
fn tenths(x: f64) -> i64 {
    libm::round(x * 10.0) as i64
}

/// A length in an attribute, with one decimal.
pub(super) fn pixels(x: f64) -> String {
    let tenths = tenths(x);
    let (sign, tenths) = (if tenths < 0 { "-" } else { "" }, tenths.abs());
    match tenths % 10 {
        0 => format!("{sign}{}", tenths / 10),
        rest => format!("{sign}{}.{rest}", tenths / 10),
    }
}
