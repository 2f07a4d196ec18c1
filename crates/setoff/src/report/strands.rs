//! The picture of a large network: its groups down an axis, what they owe each other as strands
//! beside it. On the right debts run down, on the left back up; a strand is as wide as its debt.
//! What is left keeps its place from the first picture to the second, and what is set off is gone.
#![allow(clippy::float_arithmetic, reason = "pixels of a picture, not money")]

use crate::outcome::{Mode, Outcome};
use crate::wording::{money, scaled};

use super::debts::Debts;
use super::groups::{Flow, GroupLine, GroupedBy, Grouping};
use super::ring::pixels;

/// The heights of all groups together, without the gaps.
const SUM_OF_HEIGHTS: f64 = 330.0;
const GAP: f64 = 14.0;
/// A group's bar holds its number.
const LEAST_HEIGHT: f64 = 15.0;
const AXIS: f64 = 190.0;
const HALF_BAR: f64 = 11.0;
/// Narrower strands are left out; the table has them.
const NARROWEST: f64 = 0.12;

/// The groups and what they owe each other, before and after.
pub(super) struct Strands {
    pub(super) by_rank: bool,
    /// Of the picture and the line above it.
    pub(super) height_with_head: String,
    pub(super) bars: Vec<Bar>,
    pub(super) before: Vec<Strand>,
    pub(super) after: Vec<Strand>,
    /// The bar of the centre in the second picture.
    pub(super) centre: Option<CentreBar>,
    pub(super) groups: Vec<GroupLine>,
    pub(super) flows: Vec<FlowLine>,
    /// What ran back in the first picture. By rank nothing of it is left.
    pub(super) back_before: String,
}

/// A group's bar on the axis.
pub(super) struct Bar {
    pub(super) number: usize,
    pub(super) y: String,
    pub(super) height: String,
    pub(super) text_y: String,
    pub(super) title: String,
}

/// The centre's bar beside the axis.
pub(super) struct CentreBar {
    pub(super) y: String,
    pub(super) height: String,
    pub(super) text_y: String,
}

/// What one group owes another, or a part of it.
pub(super) struct Strand {
    pub(super) line: String,
    pub(super) width: String,
    /// Whether it is set off.
    pub(super) taken: bool,
    pub(super) title: String,
}

/// What one group owes another, in the table beside the picture.
pub(super) struct FlowLine {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) before: String,
    pub(super) taken: String,
    pub(super) after: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Right,
    Left,
}

/// What the groups `upper` and `lower` (or one alone) owe in one direction.
#[derive(Clone, Copy)]
struct Band {
    upper: usize,
    lower: usize,
    side: Side,
    flow: Flow,
    /// Where its outer edge meets the upper and the lower group, from their tops.
    upper_offset: f64,
    lower_offset: f64,
}

impl Strands {
    pub(super) fn of(debts: &Debts<'_>, outcome: &Outcome) -> Self {
        let grouping = Grouping::of(debts, outcome.mode);
        let mut bands = bands(debts, &grouping);
        let lines = grouping.described(debts);
        let scale = Scale::of(&bands, grouping.len(), debts.clearing.gross);
        let tops = stack(&mut bands, &scale);
        let novation = outcome.mode == Mode::Novation;

        let mut before = Vec::new();
        let mut after = Vec::new();
        for band in &bands {
            let titles = titles(band, &grouping, debts);
            let left = band.flow.before - band.flow.taken;
            if novation {
                before.extend(strand(band, &tops, &scale, 0, band.flow.before, false, &titles.0));
                continue;
            }
            before.extend(strand(band, &tops, &scale, 0, band.flow.taken, true, &titles.0));
            for (pictures, title) in [(&mut before, &titles.0), (&mut after, &titles.1)] {
                pictures.extend(strand(band, &tops, &scale, band.flow.taken, left, false, title));
            }
        }
        let back = bands.iter().filter(|b| b.side == Side::Left);
        let back_before: i128 = back.clone().map(|b| b.flow.before).sum();
        let by_rank = grouping.by == GroupedBy::Rank;
        debug_assert!(!by_rank || back.clone().all(|b| b.flow.before == b.flow.taken));
        let centre = novation.then(|| to_the_centre(debts, &grouping, &tops, &scale, &mut after));
        Self {
            by_rank,
            height_with_head: pixels(scale.picture + 22.0),
            bars: (0..grouping.len())
                .map(|g| Bar {
                    number: g + 1,
                    y: pixels(tops[g]),
                    height: pixels(scale.heights[g]),
                    text_y: pixels(tops[g] + scale.heights[g] / 2.0 + 4.0),
                    title: lines[g].spoken.clone(),
                })
                .collect(),
            before,
            after,
            centre,
            flows: flow_lines(debts, &grouping),
            groups: lines,
            back_before: money(debts.clearing.currency, back_before),
        }
    }
}

/// How wide amounts are, and how high the groups.
struct Scale {
    gross: i128,
    /// The width of `gross`.
    whole: f64,
    heights: Vec<f64>,
    picture: f64,
}

impl Scale {
    fn of(bands: &[Band], groups: usize, gross: i128) -> Self {
        let mut sums = vec![[0_i128; 2]; groups];
        for band in bands {
            // A band within one group meets it twice.
            for group in [band.upper, band.lower] {
                sums[group][usize::from(band.side == Side::Left)] += band.flow.before;
            }
        }
        let largest: Vec<i128> = sums.iter().map(|[r, l]| *r.max(l)).collect();
        let share = |sum: i128| {
            // A group meets every debt at most twice.
            f64::from(scaled(sum, gross.saturating_mul(2), 1_000_000)) / 500_000.0
        };
        let total: f64 = largest.iter().map(|&sum| share(sum)).sum();
        let whole = if total > 0.0 { SUM_OF_HEIGHTS / total } else { 0.0 };
        let heights: Vec<f64> =
            largest.iter().map(|&sum| (share(sum) * whole).max(LEAST_HEIGHT)).collect();
        #[allow(clippy::cast_precision_loss, reason = "a dozen groups")]
        let gaps = GAP * groups.saturating_sub(1) as f64;
        let picture = heights.iter().sum::<f64>() + gaps;
        Self { gross, whole, heights, picture }
    }

    fn width(&self, amount: i128) -> f64 {
        f64::from(scaled(amount, self.gross, 1_000_000)) / 1_000_000.0 * self.whole
    }
}

fn bands(debts: &Debts<'_>, grouping: &Grouping) -> Vec<Band> {
    let flows = grouping.flows(debts);
    let mut bands = Vec::new();
    let groups = grouping.len();
    for upper in 0..groups {
        for lower in upper..groups {
            let onward = flows.onward(upper, lower);
            let back = flows.back(lower, upper);
            for (side, flow) in [(Side::Right, onward), (Side::Left, back)] {
                if flow.before > 0 {
                    bands.push(Band {
                        upper,
                        lower,
                        side,
                        flow,
                        upper_offset: 0.0,
                        lower_offset: 0.0,
                    });
                }
            }
        }
    }
    bands
}

/// Puts the bands' ends one under the other on each side of each group, so that those of one
/// group do not cross: what comes from above first, nearest first, then what goes down, farthest
/// first. Returns the groups' tops.
fn stack(bands: &mut [Band], scale: &Scale) -> Vec<f64> {
    let groups = scale.heights.len();
    let mut tops = Vec::with_capacity(groups);
    let mut top = 1.0;
    for height in &scale.heights {
        tops.push(top);
        top += height + GAP;
    }
    for group in 0..groups {
        for side in [Side::Right, Side::Left] {
            let here = |b: &Band| b.side == side && (b.upper == group || b.lower == group);
            let sum: i128 = bands
                .iter()
                .filter(|b| here(b))
                .map(|b| if b.upper == b.lower { 2 * b.flow.before } else { b.flow.before })
                .sum();
            let mut offset = (scale.heights[group] - scale.width_of_ends(sum)) / 2.0;
            let mut order: Vec<usize> = (0..bands.len()).filter(|&b| here(&bands[b])).collect();
            order.sort_by_key(|&b| {
                let (upper, lower) = (bands[b].upper, bands[b].lower);
                if upper == lower {
                    (1, 0)
                } else if lower == group {
                    (0, group - upper)
                } else {
                    (2, usize::MAX - lower)
                }
            });
            for b in order {
                let width = scale.width(bands[b].flow.before);
                if bands[b].upper == group {
                    bands[b].upper_offset = offset;
                    offset += width;
                }
                if bands[b].lower == group {
                    bands[b].lower_offset = offset;
                    offset += width;
                }
            }
        }
    }
    tops
}

impl Scale {
    /// The width of a sum that counts debts within a group twice.
    fn width_of_ends(&self, sum: i128) -> f64 {
        2.0 * self.width(sum / 2)
    }
}

/// The part of a band that begins after `skipped` from its outer edge and is `amount` wide.
fn strand(
    band: &Band,
    tops: &[f64],
    scale: &Scale,
    skipped: i128,
    amount: i128,
    taken: bool,
    title: &str,
) -> Option<Strand> {
    let width = scale.width(amount);
    if width < NARROWEST {
        return None;
    }
    let outer = scale.width(skipped) + width / 2.0;
    let upper = tops[band.upper] + band.upper_offset + outer;
    let lower = tops[band.lower] + band.lower_offset + scale.width(band.flow.before) - outer;
    let side = if band.side == Side::Right { 1.0 } else { -1.0 };
    let reach = (18.0 + width * 0.7 + (lower - upper) * 0.42).min(205.0 - width / 2.0);
    let (edge, bend) = (AXIS + side * HALF_BAR, AXIS + side * (HALF_BAR + reach));
    Some(Strand {
        line: format!(
            "M{} {}C{} {} {} {} {} {}",
            pixels(edge),
            pixels(upper),
            pixels(bend),
            pixels(upper),
            pixels(bend),
            pixels(lower),
            pixels(edge),
            pixels(lower)
        ),
        width: pixels(width.max(0.3)),
        taken,
        title: title.to_owned(),
    })
}

/// Each group's net position, paid to the centre or by it.
fn to_the_centre(
    debts: &Debts<'_>,
    grouping: &Grouping,
    tops: &[f64],
    scale: &Scale,
    after: &mut Vec<Strand>,
) -> CentreBar {
    let mut nets = vec![0_i128; grouping.len()];
    for (m, position) in debts.clearing.positions.iter().enumerate() {
        nets[grouping.group(m)] += position.net();
    }
    let height = (2.0 * scale.width(debts.clearing.gross - debts.clearing.cleared)).max(30.0);
    let top = (scale.picture - height) / 2.0;
    let mut offset = 0.0;
    for (group, &net) in nets.iter().enumerate() {
        let width = scale.width(net.abs());
        if width < NARROWEST {
            continue;
        }
        let from = tops[group] + scale.heights[group] / 2.0;
        let to = top + offset + width / 2.0;
        offset += width;
        let (edge, bar) = (AXIS + HALF_BAR, AXIS + 140.0);
        let amount = money(debts.clearing.currency, net.abs());
        after.push(Strand {
            line: format!(
                "M{} {}C{} {} {} {} {} {}",
                pixels(edge),
                pixels(from),
                pixels(edge + 60.0),
                pixels(from),
                pixels(bar - 60.0),
                pixels(to),
                pixels(bar),
                pixels(to)
            ),
            width: pixels(width.max(0.3)),
            taken: false,
            title: if net < 0 {
                format!("{} pays the centre {amount}", grouping.labels[group])
            } else {
                format!("The centre pays {} {amount}", grouping.labels[group])
            },
        });
    }
    CentreBar { y: pixels(top), height: pixels(height), text_y: pixels(top - 6.0) }
}

/// What a band says before and after, for whoever points at it.
fn titles(band: &Band, grouping: &Grouping, debts: &Debts<'_>) -> (String, String) {
    let (from, to) = match band.side {
        Side::Right => (band.upper, band.lower),
        Side::Left => (band.lower, band.upper),
    };
    let amount = |sum| money(debts.clearing.currency, sum);
    let (from, to) = (&grouping.labels[from], &grouping.labels[to]);
    let Flow { before, taken } = band.flow;
    (
        format!("{from} to {to}: {}, of which {} is set off", amount(before), amount(taken)),
        format!("{from} to {to}: {} is left", amount(before - taken)),
    )
}

fn flow_lines(debts: &Debts<'_>, grouping: &Grouping) -> Vec<FlowLine> {
    let flows = grouping.flows(debts);
    let readable = |sum| debts.clearing.currency.format_readable(sum);
    let mut lines = Vec::new();
    for from in 0..grouping.len() {
        for to in 0..grouping.len() {
            let flow = flows.all(from, to);
            if flow.before > 0 {
                lines.push(FlowLine {
                    from: grouping.labels[from].clone(),
                    to: grouping.labels[to].clone(),
                    before: readable(flow.before),
                    taken: readable(flow.taken),
                    after: readable(flow.before - flow.taken),
                });
            }
        }
    }
    lines
}
