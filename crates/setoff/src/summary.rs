//! The summary that a person reads on the terminal, and the comparison of the three modes.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};
use setoff_formats::Member;
use setoff_money::Currency;

use crate::figures::{self, Figures};
use crate::outcome::{CurrencyClearing, Mode, Outcome};
use crate::proven::{given_up, proven_of_all, searched, stopped};
use crate::wording::{currency_name, in_currency};

/// How many currencies stand side by side before a new table begins.
const SIDE_BY_SIDE: usize = 4;

/// How many members are named as relieved the most.
const MOST_RELIEVED: usize = 5;

/// What was cleared, what is left, and who gains most.
pub(crate) fn summary(outcome: &Outcome) -> String {
    let mut text = opening(outcome);
    let currencies = figures::by_currency(outcome);
    for some in currencies.chunks(SIDE_BY_SIDE) {
        let _ = writeln!(text, "\n{}", side_by_side(outcome.mode, some));
    }
    if outcome.converted.is_some() {
        let unit = figures::of_clearing(outcome, &outcome.clearings[0]);
        let code = unit.currency;
        let _ = writeln!(text, "\nAll currencies together, in {code}:\n");
        let _ = writeln!(text, "{}", side_by_side(outcome.mode, &[unit]));
    }
    for clearing in &outcome.clearings {
        text.push_str(&most_relieved(outcome, clearing));
    }
    let proof = match outcome.mode {
        Mode::SetOff => {
            let about_each = outcome.clearings.iter().filter_map(|clearing| {
                let found = stopped(outcome, clearing).or_else(|| searched(outcome, clearing))?;
                let currency = currency_name(clearing.currency);
                Some(format!("\n{}\n", filled(&format!("{currency}: {found}"))))
            });
            let text = format!(
                "Proven: {}. Nobody's net position changed, and nobody became anyone else's \
                 creditor.",
                proven_of_all(outcome)
            );
            let given_up = given_up(outcome).map(|words| format!("\n{}\n", filled(&words)));
            let about_each = about_each.collect::<String>();
            format!("{about_each}{}\n{}\n", given_up.unwrap_or_default(), textwrap::fill(&text, 88))
        }
        Mode::Bilateral => {
            "\nOnly what two members owe each other was set off. --mode set-off closes longer \
             circles too.\n"
                .to_owned()
        }
        Mode::Novation => {
            "\nEvery obligation was replaced by one claim on, or debt to, the centre: each net \
             position\nis one payment.\n"
                .to_owned()
        }
    };
    text.push_str(&proof);
    text
}

/// A sentence on lines of the terminal.
fn filled(sentence: &str) -> String {
    textwrap::fill(&format!("{sentence}."), 88)
}

fn opening(outcome: &Outcome) -> String {
    let obligations = outcome.obligations.rows().len();
    let members = outcome.obligations.names().len();
    let how = match outcome.mode {
        Mode::SetOff => "Multilateral set-off".to_owned(),
        Mode::Bilateral => "Bilateral netting".to_owned(),
        Mode::Novation => {
            format!("Novation against {}", outcome.centre.as_deref().unwrap_or_default())
        }
    };
    format!(
        "{how} of {} among {}\n",
        counted(obligations, "obligation", "obligations"),
        counted(members, "member", "members")
    )
}

fn side_by_side(mode: Mode, currencies: &[Figures]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut row = |title: &str, cell: &dyn Fn(&Figures) -> String| {
        let cells = currencies.iter().map(cell);
        table.add_row(std::iter::once(title.to_owned()).chain(cells));
    };
    let money = |currency: &Currency, sum| currency.format_readable(sum);
    row("", &|f| currency_name(f.currency));
    row("gross", &|f| money(&f.currency, f.gross));
    row("cleared", &|f| money(&f.currency, f.cleared));
    row("clearing rate", &Figures::percentage);
    row("residual", &|f| money(&f.currency, f.residual));
    row("payments", &|f| format!("{} → {}", grouped(f.payments_before), grouped(f.payments)));
    if mode == Mode::Novation {
        row("payment volume", &|f| money(&f.currency, f.payment_volume));
    }
    row("largest payment", &|f| money(&f.currency, f.largest_payment));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// The members that owe less than before, by most.
fn most_relieved(outcome: &Outcome, clearing: &CurrencyClearing) -> String {
    // A centre that is a member takes all debts over and is not relieved of any.
    let centre = outcome.obligations.find(outcome.centre.as_deref().unwrap_or_default());
    let relief = |(member, position): (&Member, &crate::outcome::Position)| {
        (position.owing - position.owing_after, *member, position.owing)
    };
    let mut relieved: Vec<_> =
        clearing.members.iter().zip(&clearing.positions).map(relief).collect();
    relieved.retain(|(relief, member, _)| *relief > 0 && Some(*member) != centre);
    let by_relief = |a: &(i128, Member, i128), b: &(i128, Member, i128)| {
        let name = |member| outcome.obligations.name(member);
        b.0.cmp(&a.0).then_with(|| name(a.1).cmp(name(b.1)))
    };
    if relieved.len() > MOST_RELIEVED {
        relieved.select_nth_unstable_by(MOST_RELIEVED, by_relief);
        relieved.truncate(MOST_RELIEVED);
    }
    relieved.sort_unstable_by(by_relief);
    if relieved.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (relief, member, owing) in relieved {
        table.add_row([
            shortened(outcome.obligations.name(member)),
            clearing.currency.format_readable(relief),
            format!("of {}", clearing.currency.format_readable(owing)),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let currency = in_currency(clearing.currency);
    let heading = match outcome.mode {
        Mode::SetOff | Mode::Bilateral => format!("Whose debts{currency} became lighter by most"),
        Mode::Novation => {
            format!("Who owes less{currency} to the centre than to all creditors before, by most")
        }
    };
    format!("\n{heading}:\n{}\n", table.trim_fmt())
}

/// A comparison of what each mode does with the same obligations.
pub(crate) fn comparison(modes: &[(Mode, Vec<Figures>)]) -> String {
    let currencies = modes.first().map_or(0, |(_, figures)| figures.len());
    let mut text = String::new();
    for number in 0..currencies {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let currency = modes[0].1[number].currency;
        table.add_row(["", "cleared", "rate", "payments", "their volume", "largest payment"]);
        for (mode, figures) in modes {
            let figures = &figures[number];
            let money = |sum| currency.format_readable(sum);
            table.add_row([
                mode.to_string(),
                money(figures.cleared),
                figures.percentage(),
                grouped(figures.payments),
                money(figures.payment_volume),
                money(figures.largest_payment),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let gross = currency.format_readable(modes[0].1[number].gross);
        let before = grouped(modes[0].1[number].payments_before);
        let _ = writeln!(
            text,
            "{}: gross {gross}, {before} payments before\n{}\n",
            currency_name(currency),
            table.trim_fmt()
        );
    }
    text.push_str(
        "set-off: along circles of debt; nobody becomes anyone else's creditor.\n\
         bilateral: between two members only.\n\
         novation: every net position is one payment to or from a centre, which becomes\n\
         everyone's creditor or debtor; its volume counts what goes in and what comes out.\n",
    );
    text
}

/// A number of things, in words.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// A number with commas between thousands.
pub(crate) fn grouped(count: usize) -> String {
    Currency::NONE.format_readable(i128::try_from(count).unwrap_or(i128::MAX))
}

/// A name that fits a line of the terminal.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 40;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}
