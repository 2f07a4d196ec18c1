//! What was found, for people.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, Table, presets};
use jiff::civil::Date;
use setoff_formats::{Member, Place};

use super::Findings;
use super::survey::CurrencyFigures;
use crate::bad_rows::{TOLD, told};
use crate::memory;
use crate::standard_output::{paragraph, table_lines};
use crate::wording::{count, counted, currency_name, money};

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// How many lines of a group of duplicates are listed.
const MOST_LINES: usize = 5;

/// All findings.
pub(super) fn words(findings: &Findings) -> String {
    let mut text = opening(findings);
    if !findings.figures.is_empty() {
        text.push_str(&figures(&findings.figures));
        let needed = memory::for_clearing(&findings.reading.obligations, false);
        let _ = writeln!(text, "Clearing takes at most {} of memory.", memory::megabytes(needed));
    }
    text.push_str(&ignored_columns(findings));
    text.push_str(&bad_rows(findings));
    text.push_str(&duplicates(findings));
    text.push_str(&lookalikes(findings));
    if findings.reading.rejected_count == 0 {
        let nothing = match (findings.duplicates.is_empty(), findings.lookalikes.is_empty()) {
            (true, true) => "No bad rows, no doubtful duplicates, no names that look alike.",
            (true, false) => "No bad rows, no doubtful duplicates.",
            (false, true) => "No bad rows, no names that look alike.",
            (false, false) => "No bad rows.",
        };
        let _ = writeln!(text, "\n{GOOD}{nothing}{GOOD:#}");
    }
    text
}

fn opening(findings: &Findings) -> String {
    let obligations = findings.reading.obligations.rows().len();
    let members = findings.reading.obligations.names().len();
    let sum = format!(
        "{} among {}",
        counted(obligations, "obligation", "obligations"),
        counted(members, "member", "members")
    );
    if let [file] = findings.reading.files.as_slice() {
        return format!("{HEADING}{}{HEADING:#}: {sum}\n", file.name);
    }
    let mut text = format!("{HEADING}{} files{HEADING:#}: {sum}\n", findings.reading.files.len());
    for file in &findings.reading.files {
        let rows = usize::try_from(file.rows).unwrap_or(usize::MAX);
        let _ = writeln!(text, "  {}: {}", file.name, counted(rows, "row", "rows"));
    }
    text
}

fn figures(currencies: &[CurrencyFigures]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let with_due = currencies.iter().any(|c| c.due.is_some());
    let mut titles = vec!["", "obligations", "members", "sum", "on circles"];
    if with_due {
        titles.push("due");
    }
    table.add_row(titles);
    for c in currencies {
        let mut cells = vec![
            currency_name(c.currency),
            count(c.obligations),
            count(c.members),
            c.currency.format_readable(c.sum),
            c.currency.format_readable(c.sum_on_circles),
        ];
        if with_due {
            cells.push(c.due.map(dates).unwrap_or_default());
        }
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1).take(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let lines = table_lines(&table, 1);
    format!(
        "\n{lines}\nWhat lies on circles of debt is the most that a set-off could clear; usually \
         it is less.\n"
    )
}

fn dates((first, last): (Date, Date)) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

fn ignored_columns(findings: &Findings) -> String {
    let mut text = String::new();
    for file in &findings.reading.files {
        if file.ignored_columns.is_empty() {
            continue;
        }
        let quoted: Vec<String> = file.ignored_columns.iter().map(|c| format!("\"{c}\"")).collect();
        let in_file = match findings.reading.files.len() {
            1 => String::new(),
            _ => format!(" in {}", file.name),
        };
        let _ = writeln!(text, "\nColumns not used{in_file}: {}", quoted.join(", "));
    }
    text
}

fn bad_rows(findings: &Findings) -> String {
    let bad = usize::try_from(findings.reading.rejected_count).unwrap_or(usize::MAX);
    if bad == 0 {
        return String::new();
    }
    let heading = counted(bad, "bad row", "bad rows");
    let mut text = format!("\n{BAD}{heading}{BAD:#}\n");
    // Each on one line, for those who search for it.
    text.extend(told(&findings.reading).iter().map(|line| format!("  {line}\n")));
    text
}

fn duplicates(findings: &Findings) -> String {
    if findings.duplicates.is_empty() {
        return String::new();
    }
    let obligations = &findings.reading.obligations;
    let lines = findings.duplicates.iter().map(|group| {
        let first = &obligations.rows()[group.rows[0]];
        let currency = obligations.currencies()[usize::from(first.currency)];
        let places = group.rows.iter().map(|&row| obligations.rows()[row].place);
        let words = format!(
            "{} owes {} {}, {} ({})",
            obligations.name(first.debtor),
            obligations.name(first.creditor),
            money(currency, first.amount.wide()),
            lines_of(findings, &places.collect::<Vec<_>>()),
            group.common.words()
        );
        paragraph(&words, 2)
    });
    let groups = findings.duplicates.len();
    let heading = counted(groups, "doubtful duplicate", "doubtful duplicates");
    listed(&format!("{DOUBTFUL}{heading}{DOUBTFUL:#}"), lines, groups)
}

fn lookalikes(findings: &Findings) -> String {
    if findings.lookalikes.is_empty() {
        return String::new();
    }
    let named = |Member(member): Member| {
        let appearance = &findings.appearances[member as usize];
        format!(
            "\"{}\" ({} from {})",
            findings.reading.obligations.names()[member as usize],
            counted(appearance.obligations, "obligation", "obligations"),
            line_of(findings, appearance.first)
        )
    };
    let lines = findings.lookalikes.iter().map(|pair| {
        let [a, b] = pair.names;
        let difference = pair.difference.words();
        paragraph(&format!("{} and {} differ in {difference}", named(a), named(b)), 2)
    });
    let pairs = findings.lookalikes.len();
    let heading = counted(
        pairs,
        "pair of names that may mean the same member",
        "pairs of names that may mean the same member",
    );
    let mut text = listed(&format!("{DOUBTFUL}{heading}{DOUBTFUL:#}"), lines, pairs);
    text.push_str("  Names are compared letter by letter, so these count as different members.\n");
    text
}

/// A heading, its first lines and how many more there are.
fn listed(heading: &str, lines: impl Iterator<Item = String>, all: usize) -> String {
    let mut text = format!("\n{heading}\n");
    text.extend(lines.take(TOLD));
    if all > TOLD {
        let _ = writeln!(text, "  … and {} more", count(all - TOLD));
    }
    text
}

fn lines_of(findings: &Findings, places: &[Place]) -> String {
    let one_file = findings.reading.files.len() == 1;
    let shown: Vec<String> = places
        .iter()
        .take(MOST_LINES)
        .map(|&place| if one_file { place.line.to_string() } else { line_of(findings, place) })
        .collect();
    let more = match places.len().saturating_sub(MOST_LINES) {
        0 => String::new(),
        more => format!(" and {} more", count(more)),
    };
    let lines = if one_file { "lines " } else { "" };
    format!("{lines}{}{more}", shown.join(", "))
}

fn line_of(findings: &Findings, place: Place) -> String {
    match findings.reading.files.as_slice() {
        [_] => format!("line {}", place.line),
        files => format!("{}:{}", files[usize::from(place.file)].name, place.line),
    }
}
