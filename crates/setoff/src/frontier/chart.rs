//! The picture of one frontier: money to the right, what is discharged upwards. All lengths are in
//! tenths of a pixel, whole numbers: the same picture on every machine.

use setoff_money::Currency;

use crate::wording::{money, scaled};

use super::curve::{Curve, in_words};

/// The part of the picture that the curve takes, in tenths of a pixel.
const LEFT: u32 = 1100;
const TOP: u32 = 200;
const WIDTH: u32 = 6200;
const HEIGHT: u32 = 3000;

/// About how many marks an axis has.
const MARKS: i128 = 5;

/// The picture.
pub(super) struct Chart {
    /// The curve from point to point, and on at its last height.
    pub(super) line: String,
    /// What lies under it.
    pub(super) area: String,
    pub(super) dots: Vec<Dot>,
    pub(super) across: Vec<Mark>,
    pub(super) up: Vec<Mark>,
    /// The height of all that is owed.
    pub(super) all: String,
}

/// A breakpoint.
pub(super) struct Dot {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) title: String,
}

/// A mark on an axis.
pub(super) struct Mark {
    pub(super) at: String,
    pub(super) label: String,
}

impl Chart {
    pub(super) fn of(curve: &Curve) -> Self {
        let debts = curve.network.debts().iter();
        let all: i128 = debts.map(|d| i128::from(d.weight) * i128::from(d.amount)).sum();
        let widest = (curve.end().money + curve.end().money / 12).max(1);
        let right = |amount| LEFT + scaled(amount, widest, WIDTH);
        let height = |amount| TOP + HEIGHT - scaled(amount, all, HEIGHT);

        let mut corners = Vec::new();
        let mut dots = Vec::new();
        for point in curve.points() {
            let (x, y) = (pixels(right(point.money)), pixels(height(point.weighted)));
            corners.push(format!("{x},{y}"));
            let next = point.slope.map_or_else(|| "nothing".to_owned(), in_words);
            let title = format!(
                "{} of money discharges {}; the next unit discharges {next}",
                money(curve.currency, point.money),
                money(curve.currency, point.cleared)
            );
            dots.push(Dot { x, y, title });
        }
        let end = pixels(height(curve.end().weighted));
        corners.push(format!("{},{end}", pixels(LEFT + WIDTH)));
        let line = corners.join(" ");
        let floor = pixels(TOP + HEIGHT);
        let area = format!("{},{floor} {line} {},{floor}", pixels(LEFT), pixels(LEFT + WIDTH));
        let marks = |most, at: &dyn Fn(i128) -> u32| {
            let step = step(most);
            let marks = (0..=most / step).map(|number| number * step);
            let mark =
                |amount| Mark { at: pixels(at(amount)), label: label(curve.currency, amount) };
            marks.map(mark).collect()
        };
        Self {
            line,
            area,
            dots,
            across: marks(widest, &right),
            up: marks(all.max(1), &height),
            all: pixels(height(all)),
        }
    }
}

/// The distance of marks on an axis up to `most`: one, two or five and noughts.
fn step(most: i128) -> i128 {
    let mut unit = 1;
    loop {
        for step in [unit, 2 * unit, 5 * unit] {
            if most / step <= MARKS {
                return step;
            }
        }
        unit *= 10;
    }
}

/// An amount without decimals that are noughts.
fn label(currency: Currency, amount: i128) -> String {
    let text = currency.format_readable(amount);
    match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => text,
    }
}

fn pixels(tenths: u32) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        assert_eq!([1, 5, 6, 12, 100, 12_345].map(step), [1, 1, 2, 5, 20, 5000]);
        assert!((1..2000).all(|most| most / step(most) <= MARKS));
    }

    #[test]
    fn labels_are_short() {
        let euro: Currency = "EUR".parse().unwrap();

        assert_eq!(label(euro, 200_000), "2,000");
        assert_eq!(label(euro, 50), "0.50");
    }
}
