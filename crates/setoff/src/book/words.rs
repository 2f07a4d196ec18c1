//! What was found, for people.

use std::fmt::Write;

use anstyle::Style;
use comfy_table::{CellAlignment, Table, presets};

use crate::standard_output::{paragraph, table_lines};
use crate::wording::{count, counted, currency_name, money, percent};

use super::Findings;
use super::books::Cleared;

const HEADING: Style = Style::new().bold();

/// How many moments are listed.
const MOST_LINES: usize = 20;

/// All findings.
pub(super) fn words(findings: &Findings) -> String {
    let names: Vec<&str> = findings.files.iter().map(|file| file.name.as_str()).collect();
    let mut text = format!(
        "{HEADING}{}{HEADING:#}: {} of {}\n\n",
        names.join(", "),
        counted(findings.count, "change", "changes"),
        findings.changes
    );
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_row(["after line", "", "currency", "owed", "set off", "at most more"]);
    for moment in findings.moments.iter().take(MOST_LINES) {
        let sum = |sum: u128| moment.currency.format_readable(signed(sum));
        table.add_row([
            moment.line.to_string(),
            moment.change.to_owned(),
            currency_name(moment.currency),
            sum(moment.standing.gross),
            sum(moment.standing.cleared),
            sum(moment.standing.gap()),
        ]);
    }
    for column in [0, 3, 4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    text.push_str(&table_lines(&table, 2));
    if findings.moments.len() > MOST_LINES {
        let _ = writeln!(text, "  … and {} more", count(findings.moments.len() - MOST_LINES));
    }
    text.push('\n');
    for cleared in &findings.cleared {
        text.push_str(&paragraph(&of_cleared(cleared), 0));
    }
    text
}

fn of_cleared(cleared: &Cleared) -> String {
    let (gross, set_off) = (signed(cleared.standing.gross), signed(cleared.standing.cleared));
    format!(
        "At the end {} owed by {} among {}, of which {} ({}) is set off. Proven: no set-off is larger.",
        money(cleared.currency, gross),
        counted(cleared.network.debts().len(), "obligation", "obligations"),
        counted(cleared.names.len(), "member", "members"),
        money(cleared.currency, set_off),
        percent(set_off, gross)
    )
}

/// A sum with a sign, which all sums of a book have room for.
pub(super) fn signed(sum: u128) -> i128 {
    i128::try_from(sum).unwrap_or(i128::MAX)
}
