//! What was found, for people.

use std::fmt::Write;

use anstyle::Style;
use comfy_table::{CellAlignment, Table, presets};

use crate::standard_output::{paragraph, table_lines};
use crate::wording::{count, counted, money, percent};

use super::Findings;
use super::limited::Limited;

const HEADING: Style = Style::new().bold();

/// How many limits are listed.
const MOST_LINES: usize = 20;

/// All findings.
pub(super) fn words(findings: &Findings) -> String {
    let names: Vec<&str> = findings.weighed.files.iter().map(|file| file.name.as_str()).collect();
    let mut text = format!(
        "{HEADING}{}{HEADING:#}: {} among {}, limits of {}\n",
        names.join(", "),
        counted(findings.weighed.obligations.rows().len(), "obligation", "obligations"),
        counted(findings.weighed.obligations.names().len(), "member", "members"),
        findings.limits
    );
    for clearing in &findings.clearings {
        text.push_str(&of_clearing(findings, clearing));
    }
    text
}

fn of_clearing(findings: &Findings, clearing: &Limited) -> String {
    let currency = clearing.currency;
    let (gross, cleared) = (clearing.gross(), clearing.cleared());
    let gap = clearing.within.bound - clearing.within.weighted;
    let weighted = if findings.weighed.weights.is_some() { ", by weight" } else { "" };
    let without = if clearing.unlimited == clearing.within.weighted {
        "as much as without limits".to_owned()
    } else {
        format!("and {} without limits{weighted}", money(currency, clearing.unlimited))
    };
    let proven = if gap == 0 {
        "Proven: no set-off within the limits is larger.".to_owned()
    } else {
        format!(
            "Proven: no set-off within the limits is larger by more than {}{weighted}.",
            money(currency, gap)
        )
    };
    let mut text = String::from("\n");
    let opening = format!(
        "{} owed, of which {} ({}) is set off within the limits, {without}.",
        money(currency, gross),
        money(currency, cleared),
        percent(cleared, gross)
    );
    text.push_str(&paragraph(&opening, 0));
    text.push_str(&paragraph(&proven, 0));
    let lines = clearing.lines(&findings.weighed.obligations);
    if !lines.is_empty() {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.add_row(["limit of", "", "at most", "discharged"]);
        for line in lines.iter().take(MOST_LINES) {
            table.add_row([
                line.kind.to_owned(),
                line.name.clone(),
                currency.format_readable(line.limit),
                currency.format_readable(line.discharged),
            ]);
        }
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        text.push('\n');
        text.push_str(&table_lines(&table, 2));
        if lines.len() > MOST_LINES {
            let _ = writeln!(text, "  … and {} more", count(lines.len() - MOST_LINES));
        }
    }
    let held = clearing.limits.limits.held.len();
    if held > 0 {
        let _ = writeln!(text, "  {} held out", counted(held, "obligation", "obligations"));
    }
    let piece = clearing.limits.side.piece;
    if piece > 1 {
        let least = money(currency, piece.into());
        let _ = writeln!(text, "  no obligation is discharged by less than {least} in part");
    }
    text
}
