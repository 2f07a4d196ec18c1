//! The answer in words that a manager follows.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, Table, presets};

use super::answer::{Answer, Counterparty, Position, Side};
use super::chains::Why;
use super::circles_through::{Circle, CirclesThrough};
use super::result_folder::{Debts, Mode, OwnObligation, Settings};
use crate::standard_output::{paragraph, table_lines};
use crate::wording::{self, count, counted};

const HEADING: Style = Style::new().bold();
const SET_OFF: Style = AnsiColor::Green.on_default();
const LEFT: Style = AnsiColor::Yellow.on_default();

/// A longer circle is told with its middle left out.
const MOST_STEPS: usize = 8;

/// The whole answer.
pub(super) fn words(answer: &Answer, settings: &Settings, debts: &Debts) -> String {
    let words = Words { answer, settings, debts };
    let mut text = words.opening();
    for counterparty in &answer.counterparties {
        text.push_str(&words.counterparty(counterparty));
    }
    text.push_str(&words.closing());
    text
}

struct Words<'a> {
    answer: &'a Answer,
    settings: &'a Settings,
    debts: &'a Debts,
}

impl Words<'_> {
    fn opening(&self) -> String {
        let member = self.debts.name(self.answer.member);
        let obligations = counted(self.answer.obligations, "obligation", "obligations");
        let how = match self.settings.mode {
            Mode::SetOff => "Set off along circles of debt",
            Mode::Bilateral => "Set off between two members at a time",
            Mode::Novation => "Replaced by net positions against a netting centre",
        };
        let mut text = format!("{HEADING}{member}{HEADING:#}: {obligations}. {how}.\n");
        for position in &self.answer.positions {
            text.push_str(&self.position(position));
        }
        text
    }

    fn position(&self, p: &Position) -> String {
        let money = |sum| self.money(p.clearing, sum);
        let before = format!("It owed {} and was owed {}", money(p.owing), money(p.owed));
        if self.settings.mode != Mode::Novation {
            // What is set off is the same on both sides.
            return match p.owing_discharged {
                0 => format!("{before}: nothing is set off.\n"),
                set_off => format!("{before}: {} of each is set off.\n", money(set_off)),
            };
        }
        let centre = self.settings.centre.as_deref().unwrap_or("the netting centre");
        match p.net() {
            0 => format!("{before}: nothing is left to pay.\n"),
            net @ 1.. => format!("{before}: {centre} pays it {}.\n", money(net)),
            net => format!("{before}: it pays {centre} {}.\n", money(-net)),
        }
    }

    fn counterparty(&self, counterparty: &Counterparty) -> String {
        let mut text = format!("\n{}\n", self.heading(counterparty));
        text.push_str(&obligation_table(&counterparty.obligations));
        if self.settings.mode == Mode::SetOff {
            text.push_str(&self.set_off_by(counterparty));
        }
        if let Some(reason) = self.reason(counterparty) {
            text.push_str(&paragraph(&format!("{LEFT}Left{LEFT:#} because {reason}"), 2));
            text.push_str(&self.bottlenecks(counterparty));
            text.push_str(chance(counterparty));
        }
        if counterparty.obligations.iter().any(|o| !o.took_part()) {
            let unit = self.debts.clearings[counterparty.clearing];
            let reason = format!(
                "{LEFT}Left{LEFT:#} because an amount worth less than the smallest unit of \
                 {unit} takes no part."
            );
            text.push_str(&paragraph(&reason, 2));
        }
        text
    }

    fn heading(&self, counterparty: &Counterparty) -> String {
        let other = self.debts.name(counterparty.other);
        let Some(debt) = counterparty.debt else {
            return match counterparty.side {
                Side::Owes => format!("{HEADING}It owes {other}{HEADING:#}"),
                Side::IsOwed => format!("{HEADING}{other} owes it{HEADING:#}"),
            };
        };
        let sum = self.money(counterparty.clearing, debt.amount);
        let who = match counterparty.side {
            Side::Owes => format!("{HEADING}It owed {other} {sum}{HEADING:#}"),
            Side::IsOwed => format!("{HEADING}{other} owed it {sum}{HEADING:#}"),
        };
        let left = self.money(counterparty.clearing, debt.outstanding());
        let discharged = self.money(counterparty.clearing, debt.discharged);
        match (debt.discharged, debt.outstanding(), self.settings.mode) {
            (_, _, Mode::Novation) => format!("{who}: replaced by a claim on the centre"),
            (_, 0, _) => format!("{who}: {SET_OFF}all set off{SET_OFF:#}"),
            (0, _, _) => format!("{who}: {LEFT}nothing set off{LEFT:#}"),
            _ => format!("{who}: {discharged} set off, {left} left"),
        }
    }

    fn set_off_by(&self, counterparty: &Counterparty) -> String {
        let circles = &counterparty.circles;
        let opening = match circles.count {
            0 => return String::new(),
            1 => "along one circle:".to_owned(),
            all if all == circles.shown.len() => format!("along {all} circles:"),
            all => {
                let sum = self.money(counterparty.clearing, circles.amount);
                format!("along {} circles, {sum} together, such as", count(all))
            }
        };
        let mut text = format!("  {SET_OFF}Set off{SET_OFF:#} {opening}\n");
        for circle in &circles.shown {
            text.push_str(&paragraph(&self.circle(counterparty.clearing, circle), 4));
        }
        text
    }

    fn circle(&self, clearing: usize, circle: &Circle) -> String {
        let name = |member: &u32| self.debts.name(*member);
        let mut members: Vec<String> = circle
            .members
            .iter()
            .skip(1)
            .chain(circle.members.first())
            .map(|m| name(m).to_owned())
            .collect();
        if members.len() > MOST_STEPS {
            let left_out = members.len() - (MOST_STEPS - 1);
            let between = format!("… {} others in turn …", count(left_out));
            members.splice(MOST_STEPS / 2..MOST_STEPS / 2 + left_out, [between]);
        }
        let first = circle.members.first().map(name).unwrap_or_default();
        let amount = self.money(clearing, circle.amount);
        let each = if circle.members.len() == 2 { "both" } else { "each" };
        let chain = members.join(", which owed ");
        format!("circle {}: {first} owed {chain}; {each} {amount} lighter", circle.number)
    }

    /// Why something is left, as the rest of a sentence that begins "Left because".
    fn reason(&self, counterparty: &Counterparty) -> Option<String> {
        let debt = counterparty.debt.filter(|d| d.outstanding() > 0)?;
        let (debtor, creditor) = (self.debts.name(debt.debtor), self.debts.name(debt.creditor));
        let code = self.debts.clearings[counterparty.clearing];
        if self.settings.mode == Mode::Bilateral {
            return Some(match counterparty.debt_back {
                0 => format!("{creditor} owes {debtor} nothing in {code}."),
                back => format!(
                    "{creditor} owes {debtor} less: {}, all set off.",
                    self.money(counterparty.clearing, back)
                ),
            });
        }
        Some(match counterparty.why.as_ref()? {
            Why::CreditorOwesNobody => format!(
                "no chain of debts leads from {creditor} back to {debtor}: {creditor} owes nobody \
                 anything in {code}."
            ),
            Why::NobodyOwesDebtor => format!(
                "no chain of debts leads from {creditor} back to {debtor}: nobody owes {debtor} \
                 anything in {code}."
            ),
            Why::NoChain { members } => no_chain(counterparty.side, debtor, creditor, *members),
            Why::DebtorUsedUp => {
                format!("all that {debtor} is owed in {code} is already set off whole.")
            }
            Why::CreditorUsedUp => {
                format!("all that {creditor} owes in {code} is already set off whole.")
            }
            Why::Bottlenecks(_) => format!(
                "every chain of debts from {creditor} back to {debtor} passes a debt that is \
                 already set off whole, such as"
            ),
            Why::NotLargest => format!(
                "… no reason holds: a chain of debts that are still outstanding leads from \
                 {creditor} back to {debtor}, so this is not the largest set-off. Run `setoff \
                 verify`."
            ),
            Why::Stopped => format!(
                "the time limit came first: a chain of debts that are still outstanding leads from \
                 {creditor} back to {debtor}."
            ),
            Why::Amounts => format!(
                "obligations are set off whole or not at all, and with it no choice of what {0} owes \
                 in {code} adds up to what any choice of what {0} is owed does.",
                self.debts.name(self.answer.member)
            ),
            Why::WholeOnly { is_proven: true } => {
                "obligations are set off whole or not at all, and no other choice of whole \
                 obligations takes off more in total."
                    .to_owned()
            }
            Why::WholeOnly { is_proven: false } => {
                "obligations are set off whole or not at all, and the search found no choice of whole \
                 obligations that takes off more in total. That there is none is not proven."
                    .to_owned()
            }
        })
    }

    /// The debts that stand in the way, one a line.
    fn bottlenecks(&self, counterparty: &Counterparty) -> String {
        let Some(Why::Bottlenecks(places)) = &counterparty.why else {
            return String::new();
        };
        let line = |place: &usize| {
            let debt = &self.debts.all[*place];
            let [debtor, creditor] = [debt.debtor, debt.creditor].map(|m| self.debts.name(m));
            let amount = self.money(debt.clearing, debt.amount);
            let circles = self.answer.circles.get(place).map(circle_numbers).unwrap_or_default();
            paragraph(&format!("{debtor} owed {creditor} {amount}{circles}"), 4)
        };
        places.iter().map(line).collect()
    }

    fn closing(&self) -> String {
        let mut text = String::new();
        if self.answer.left_out > 0 {
            let more = counted(self.answer.left_out, "more obligation", "more obligations");
            let _ = writeln!(text, "\n… and {more}: --all tells of all.");
        }
        let on_a_circle = |c: &Counterparty| c.why.as_ref().is_some_and(Why::is_on_a_circle);
        let is_stopped =
            |c: &Counterparty| self.settings.is_stopped(self.debts.clearings[c.clearing]);
        if self.answer.counterparties.iter().any(is_stopped) {
            text.push_str(
                "\nThe time limit came before the largest set-off was found. What more is possible at \
                 most\nis stated in result.json and proven by the certificate.\n",
            );
        } else if !self.settings.whole && self.answer.counterparties.iter().any(on_a_circle) {
            let total = if self.settings.weighted { "weighted total" } else { "total" };
            let _ = writeln!(
                text,
                "\nNo exchange of circles for others sets off more in {total}: the certificate \
                 proves it,\nand `setoff verify` checks the proof."
            );
        }
        text
    }

    fn money(&self, clearing: usize, sum: i128) -> String {
        wording::money(self.debts.clearings[clearing], sum)
    }
}

fn obligation_table(obligations: &[OwnObligation]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let with_due = obligations.iter().any(|o| !o.due.is_empty());
    let mut titles = vec!["", "amount", "set off", "left", ""];
    if with_due {
        titles.insert(1, "due");
    }
    table.add_row(titles);
    for o in obligations {
        let money = |sum| o.currency.format_readable(sum);
        let state = match (o.discharged, o.amount - o.discharged) {
            (_, 0) => "whole",
            (0, _) => "not at all",
            _ => "in part",
        };
        let amount = format!("{} {}", money(o.amount), o.currency);
        let mut cells = vec![
            o.title(),
            amount,
            money(o.discharged),
            money(o.amount - o.discharged),
            state.to_owned(),
        ];
        if with_due {
            cells.insert(1, o.due.clone());
        }
        table.add_row(cells);
    }
    let first_sum = if with_due { 2 } else { 1 };
    for column in table.column_iter_mut().skip(first_sum).take(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table_lines(&table, 3)
}

impl OwnObligation {
    /// What a person knows the obligation by.
    fn title(&self) -> String {
        match (self.reference.as_str(), self.file) {
            ("", 1) => format!("line {}", self.line),
            ("", file) => format!("file {file}, line {}", self.line),
            (reference, _) => reference.to_owned(),
        }
    }
}

fn no_chain(side: Side, debtor: &str, creditor: &str, members: usize) -> String {
    let opening = format!("no chain of debts leads from {creditor} back to {debtor}:");
    let members_who = counted(members, "member", "members");
    match side {
        Side::Owes => format!(
            "{opening} {members_who} owe {debtor}, directly or through others, and {creditor} \
             owes none of them."
        ),
        Side::IsOwed => format!(
            "{opening} {creditor} owes {members_who}, directly or through others, and none of \
             them owes {debtor}."
        ),
    }
}

fn chance(counterparty: &Counterparty) -> &'static str {
    match counterparty.could_be_more {
        None => "",
        Some(false) => "  No set-off with as large a total takes off more of it.\n",
        Some(true) => {
            "  Another set-off with the same total takes off more of it, and less of other debts:\n  \
             the seed decided between them.\n"
        }
    }
}

fn circle_numbers(circles: &CirclesThrough) -> String {
    let numbers: Vec<String> = circles.shown.iter().map(|c| c.number.to_string()).collect();
    match (circles.count, circles.count - numbers.len()) {
        (0, _) => String::new(),
        (1, _) => format!(" (circle {})", numbers[0]),
        (_, 0) => format!(" (circles {})", numbers.join(", ")),
        (_, more) => format!(" (circles {} and {} more)", numbers.join(", "), count(more)),
    }
}
