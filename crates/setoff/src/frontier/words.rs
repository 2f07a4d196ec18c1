//! What was found, for people.

use std::fmt::Write;

use anstyle::Style;
use comfy_table::{CellAlignment, Table, presets};

use crate::standard_output::{paragraph, table_lines};
use crate::wording::{count, counted, money, percent};

use super::Findings;
use super::curve::{Curve, in_words, wide};

const HEADING: Style = Style::new().bold();

/// How many members are named as those who should get the next unit, and how many tenders and
/// holdings are listed.
const MOST_LINES: usize = 10;

/// All findings.
pub(super) fn words(findings: &Findings) -> String {
    let names: Vec<&str> = findings.weighed.files.iter().map(|file| file.name.as_str()).collect();
    let mut text = format!(
        "{HEADING}{}{HEADING:#}: {} among {}\n",
        names.join(", "),
        counted(findings.weighed.obligations.rows().len(), "obligation", "obligations"),
        counted(findings.weighed.obligations.names().len(), "member", "members")
    );
    for curve in &findings.curves {
        text.push_str(&of_curve(findings, curve));
    }
    text.push_str(
        "\nEvery breakpoint is proven: no set-off discharges more with as much money. Between two of \
         them\neach further unit of money discharges what stands beside the first.\n",
    );
    text
}

fn of_curve(findings: &Findings, curve: &Curve) -> String {
    let currency = curve.currency;
    let gross = curve.gross();
    let start = curve.start();
    let opening = format!(
        "{} owed, of which {} ({}) is {} without money.",
        money(currency, gross),
        money(currency, start.cleared),
        percent(start.cleared, gross),
        curve.without_money()
    );
    let mut text = format!("\n{}\n", paragraph(&opening, 0));
    text.push_str(&breakpoints(findings, curve));
    let end = curve.end();
    let ends = if end.cleared == gross {
        let net =
            if end.money == curve.net() { ": the sum of what members owe on balance" } else { "" };
        format!("With {} everything is discharged{net}.", money(currency, end.money))
    } else {
        format!(
            "More than {} discharges nothing further; {} stays owed.",
            money(currency, end.money),
            money(currency, gross - end.cleared)
        )
    };
    text.push('\n');
    text.push_str(&paragraph(&ends, 0));
    text.push_str(&with_the_money_there_is(findings, curve));
    text.push_str(&next_unit(findings, curve));
    text
}

fn breakpoints(findings: &Findings, curve: &Curve) -> String {
    let gross = curve.gross();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut header = vec!["money", "discharged", "of all", "next unit discharges"];
    if findings.weighed.weights.is_some() {
        header.push("weighted");
    }
    table.add_row(header);
    let readable = |sum| curve.currency.format_readable(sum);
    for point in curve.points() {
        let mut row = vec![
            readable(point.money),
            readable(point.cleared),
            percent(point.cleared, gross),
            point.slope.map_or_else(|| "nothing".to_owned(), in_words),
        ];
        if findings.weighed.weights.is_some() {
            row.push(readable(point.weighted));
        }
        table.add_row(row);
    }
    right_aligned(&mut table, 0);
    table_lines(&table, 2)
}

/// What the liquidity offered, or the sum of --money, discharges.
fn with_the_money_there_is(findings: &Findings, curve: &Curve) -> String {
    let clearing = &curve.clearing;
    let currency = curve.currency;
    let used = wide(clearing.money);
    if used == 0 {
        return String::new();
    }
    let more = i128::from(clearing.cleared) - curve.start().cleared;
    let mut text = String::from("\n");
    text.push_str(&paragraph(
        &format!(
            "With the money there is: {} is used and discharges {} more than without, {} in all.",
            money(currency, used),
            money(currency, more),
            money(currency, clearing.cleared.into())
        ),
        0,
    ));
    let receipts = clearing.receipts.iter().map(|receipt| {
        let funder = curve.liquidity.tenders[receipt.tender].funder;
        (receipt.amount, funder, receipt.member)
    });
    text.push_str(&largest(findings, curve, "goes to", receipts.collect()));
    let held = curve.liquidity.acceptances.iter().zip(&clearing.held);
    let held = held.filter(|(_, held)| **held > 0).map(|(a, held)| (*held, a.funder, a.member));
    text.push_str(&largest(findings, curve, "ends with", held.collect()));
    text
}

/// The largest of these amounts, each of a funder and with a member.
fn largest(
    findings: &Findings,
    curve: &Curve,
    verb: &str,
    mut amounts: Vec<(u64, u32, u32)>,
) -> String {
    amounts.sort_by_key(|(amount, funder, member)| (std::cmp::Reverse(*amount), *funder, *member));
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for &(amount, funder, member) in amounts.iter().take(MOST_LINES) {
        let name = |node| curve.name(&findings.weighed.obligations, node).to_owned();
        let amount = curve.currency.format_readable(amount.into());
        table.add_row([amount, format!("of {} {verb} {}", name(funder), name(member))]);
    }
    if let Some(column) = table.column_mut(0) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = table_lines(&table, 2);
    if amounts.len() > MOST_LINES {
        let _ = writeln!(text, "  … and {} more", count(amounts.len() - MOST_LINES));
    }
    text
}

fn next_unit(findings: &Findings, curve: &Curve) -> String {
    let mut text = String::new();
    for (funder, values) in &curve.next {
        let name = |node| curve.name(&findings.weighed.obligations, node);
        if values.is_empty() {
            let _ = writeln!(text, "\nA further unit of {} discharges nothing.", name(*funder));
            continue;
        }
        let _ = writeln!(
            text,
            "\nWho should get the next unit of {}, with {} used so far:",
            name(*funder),
            money(curve.currency, wide(curve.clearing.money))
        );
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.add_row(["", "each discharges", "up to at least"]);
        for value in values.iter().take(MOST_LINES) {
            table.add_row([
                name(value.member).to_owned(),
                value.discharge.to_string(),
                curve.currency.format_readable(value.at_least.into()),
            ]);
        }
        right_aligned(&mut table, 1);
        text.push_str(&table_lines(&table, 2));
        if values.len() > MOST_LINES {
            let _ = writeln!(text, "  … and {} more", count(values.len() - MOST_LINES));
        }
    }
    text
}

fn right_aligned(table: &mut Table, from: usize) {
    for column in table.column_iter_mut().skip(from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
