//! `frontier.html`: the frontier for people, one page that needs nothing but itself.

use std::io::{self, Write};

use askama::Template;

use crate::wording::{count, counted, currency_name, money, percent};

use super::Findings;
use super::chart::Chart;
use super::curve::{Curve, in_words, wide};

/// The most members in a table of the page; the CSV files have them all.
const MOST_LINES: usize = 20;

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub(super) fn write_page(findings: &Findings, out: &mut impl Write) -> io::Result<()> {
    Page::of(findings).write_into(out)
}

#[derive(Template)]
#[template(path = "frontier.html")]
struct Page<'a> {
    title: String,
    members: String,
    obligations: String,
    weights: Option<&'a str>,
    liquidity: Option<&'a str>,
    sections: Vec<Section>,
}

/// One currency.
struct Section {
    anchor: String,
    currency: String,
    in_currency: String,
    gross: String,
    set_off: String,
    set_off_rate: String,
    without_money: &'static str,
    end_money: String,
    end_cleared: String,
    end_rate: String,
    settles_all: bool,
    /// What stays owed whatever money there is.
    stays: String,
    /// What the first unit of money discharges.
    first: Option<String>,
    chart: Chart,
    points: Vec<PointLine>,
    /// What the money there is does, if some is used.
    used: Option<Used>,
    next: Vec<Next>,
}

struct PointLine {
    money: String,
    cleared: String,
    rate: String,
    next: String,
}

struct Used {
    money: String,
    more: String,
    cleared: String,
    got: Vec<Amount>,
    held: Vec<Amount>,
}

struct Amount {
    funder: String,
    member: String,
    sum: String,
}

struct Next {
    funder: String,
    lines: Vec<NextLine>,
    /// How many members are not in the lines.
    more: String,
    has_more: bool,
}

struct NextLine {
    member: String,
    discharge: String,
    at_least: String,
}

impl<'a> Page<'a> {
    fn of(findings: &'a Findings) -> Self {
        let names: Vec<&str> =
            findings.weighed.files.iter().map(|file| file.name.as_str()).collect();
        Self {
            title: names.join(", "),
            members: counted(findings.weighed.obligations.names().len(), "member", "members"),
            obligations: counted(
                findings.weighed.obligations.rows().len(),
                "obligation",
                "obligations",
            ),
            weights: findings.weighed.weights.as_deref(),
            liquidity: findings.liquidity.as_deref(),
            sections: findings.curves.iter().map(|curve| Section::of(findings, curve)).collect(),
        }
    }
}

impl Section {
    fn of(findings: &Findings, curve: &Curve) -> Self {
        let currency = curve.currency;
        let (gross, start, end) = (curve.gross(), curve.start(), curve.end());
        let readable = |sum| currency.format_readable(sum);
        let points = curve.points().map(|point| PointLine {
            money: readable(point.money),
            cleared: readable(point.cleared),
            rate: percent(point.cleared, gross),
            next: point.slope.map_or_else(|| "nothing".to_owned(), in_words),
        });
        let name = currency_name(currency);
        Self {
            anchor: format!("in-{}", currency.code().to_ascii_lowercase()),
            in_currency: if name == "none" { String::new() } else { format!(" in {name}") },
            currency: name,
            gross: money(currency, gross),
            set_off: money(currency, start.cleared),
            set_off_rate: percent(start.cleared, gross),
            without_money: curve.without_money(),
            end_money: money(currency, end.money),
            end_cleared: money(currency, end.cleared),
            end_rate: percent(end.cleared, gross),
            settles_all: end.cleared == gross,
            stays: money(currency, gross - end.cleared),
            first: start.slope.map(in_words),
            chart: Chart::of(curve),
            points: points.collect(),
            used: used(findings, curve),
            next: curve
                .next
                .iter()
                .map(|(funder, values)| {
                    let name = |node| curve.name(&findings.weighed.obligations, node).to_owned();
                    let lines = values.iter().take(MOST_LINES).map(|value| NextLine {
                        member: name(value.member),
                        discharge: value.discharge.to_string(),
                        at_least: readable(value.at_least.into()),
                    });
                    let more = values.len().saturating_sub(MOST_LINES);
                    Next {
                        funder: name(*funder),
                        lines: lines.collect(),
                        more: count(more),
                        has_more: more > 0,
                    }
                })
                .collect(),
        }
    }
}

fn used(findings: &Findings, curve: &Curve) -> Option<Used> {
    let clearing = &curve.clearing;
    let amount = |amount: u64, funder, member| Amount {
        funder: curve.name(&findings.weighed.obligations, funder).to_owned(),
        member: curve.name(&findings.weighed.obligations, member).to_owned(),
        sum: curve.currency.format_readable(amount.into()),
    };
    let mut got: Vec<_> = clearing.receipts.iter().collect();
    got.sort_by_key(|receipt| std::cmp::Reverse(receipt.amount));
    let got = got.into_iter().take(MOST_LINES).map(|receipt| {
        let funder = curve.liquidity.tenders[receipt.tender].funder;
        amount(receipt.amount, funder, receipt.member)
    });
    let held = curve.liquidity.acceptances.iter().zip(&clearing.held);
    let mut held: Vec<_> = held.filter(|(_, held)| **held > 0).collect();
    held.sort_by_key(|(_, held)| std::cmp::Reverse(**held));
    let held = held.into_iter().take(MOST_LINES);
    let held = held.map(|(acceptance, held)| amount(*held, acceptance.funder, acceptance.member));
    let more = i128::from(clearing.cleared) - curve.start().cleared;
    (clearing.money > 0).then(|| Used {
        money: money(curve.currency, wide(clearing.money)),
        more: money(curve.currency, more),
        cleared: money(curve.currency, clearing.cleared.into()),
        got: got.collect(),
        held: held.collect(),
    })
}
