//! The statement of compensation: what a final cycle set off for a member, for its books and a court.

use std::fmt::Write as _;

use serde_json::{Value, json};
use setoff_money::Currency;
use setoff_union::{Change, Code, Compensation, CycleId, MemberId, Mode, State, compensation};

use crate::failure::Failure;
use crate::standard_output::{columns, flush_right, print, print_json, table_lines};
use crate::wording::money;

use super::names;
use super::reading::Read;

/// Prints it, or says that the cycle is not final.
///
/// # Errors
/// [`Failure::Input`] if it is not.
pub(super) fn voucher(
    read: &Read,
    member: MemberId,
    cycle: CycleId,
    as_json: bool,
) -> Result<(), Failure> {
    let state = &read.state;
    let made_final = read
        .entries
        .iter()
        .find(|entry| matches!(entry.change, Change::Final { cycle: made, .. } if made == cycle));
    let made = made_final.and_then(|entry| compensation(state, entry, member));
    let made = made.ok_or_else(|| Failure::Input(format!("{cycle} is not final")))?;
    if as_json {
        return print_json(&voucher_json(state, &made, member));
    }
    let mut text = format!(
        "Statement of compensation\n{}, {cycle}, final since {}, at {}\n\n",
        names::name(state, member),
        made.at,
        made.position
    );
    let mut table = columns();
    let mut header = vec!["invoice", "issued", "due", "", "before", "set off", "after"];
    if made.lines.iter().any(|line| line.exchange.is_some()) {
        header.extend(["rate", "value"]);
    }
    table.add_row(header);
    for line in &made.lines {
        let currency = state.currencies()[usize::from(line.currency.0)];
        let other = names::name(state, line.counterparty);
        let with = if line.owed { format!("to {other}") } else { format!("from {other}") };
        let amount = |minor: setoff_money::Minor| money(currency, minor.wide());
        let mut row = vec![
            line.reference.clone(),
            line.issued.to_string(),
            line.due.to_string(),
            with,
            amount(line.before),
            amount(line.set_off),
            amount(line.after),
        ];
        if let Some(exchange) = line.exchange {
            let unit = state.currencies()[usize::from(exchange.unit.0)];
            row.push(quote(state, cycle, currency).unwrap_or_default());
            row.push(money(unit, exchange.value.wide()));
        }
        table.add_row(row);
    }
    flush_right(&mut table, &[4, 5, 6, 8]);
    if made.lines.is_empty() {
        text.push_str("Nothing of this member's was set off.\n");
    } else {
        text.push_str(&table_lines(&table, 0));
    }
    for (number, difference) in &made.difference {
        let currency = state.currencies()[usize::from(number.0)];
        let (more, less) =
            if *difference > 0 { ("owed", "was owed") } else { ("was owed", "owed") };
        let _ = writeln!(
            text,
            "{currency}: {} more was set off of what it {more} than of what it {less}",
            money(currency, difference.abs())
        );
    }
    if !made.trace.is_empty() {
        text.push_str("\nHow: along these circles each owed the next, the last the first.\n");
    }
    for circle in &made.trace {
        let currency = state.currencies()[usize::from(circle.currency.0)];
        let members: Vec<&str> = circle.members.iter().map(|m| names::name(state, *m)).collect();
        let amount = money(currency, i128::from(circle.amount));
        let _ = writeln!(text, "  {amount}: {}", members.join(" → "));
    }
    print(&text)
}

/// What one of the unit of account was worth in a currency, as the cycle was opened; nothing for the
/// unit itself.
fn quote(state: &State, cycle: CycleId, currency: Currency) -> Option<String> {
    let Mode::UnitOfAccount { rates, .. } = &state.cycles()[cycle.0 as usize].opening.mode else {
        return None;
    };
    rates.get(&Code::of(&currency)).map(ToString::to_string)
}

fn voucher_json(state: &State, made: &Compensation, member: MemberId) -> Value {
    let lines = made.lines.iter().map(|line| {
        let currency = state.currencies()[usize::from(line.currency.0)];
        json!({
            "obligation": line.obligation.0,
            "reference": line.reference,
            "issued": line.issued.to_string(),
            "due": line.due.to_string(),
            "counterparty": names::name(state, line.counterparty),
            "owed": line.owed,
            "currency": currency.code(),
            "before": currency.format(line.before),
            "set_off": currency.format(line.set_off),
            "after": currency.format(line.after),
            "exchange": line.exchange.map(|exchange| {
                let unit = state.currencies()[usize::from(exchange.unit.0)];
                json!({
                    "unit": unit.code(),
                    "rate": quote(state, made.cycle, currency),
                    "value": unit.format(exchange.value),
                    "rounding_minor_units": {
                        "numerator": exchange.rounding.to_string(),
                        "denominator": exchange.rate.parts().1.to_string(),
                    },
                })
            }),
        })
    });
    let trace = made.trace.iter().map(|circle| {
        let currency = state.currencies()[usize::from(circle.currency.0)];
        json!({
            "currency": currency.code(),
            "amount": currency.format_sum(i128::from(circle.amount)),
            "members": circle.members.iter().map(|m| names::name(state, *m)).collect::<Vec<_>>(),
        })
    });
    let difference = made.difference.iter().map(|(number, difference)| {
        let currency = state.currencies()[usize::from(number.0)];
        (currency.code().to_owned(), json!(currency.format_sum(*difference)))
    });
    json!({
        "member": names::name(state, member),
        "cycle": made.cycle.0,
        "final_at": made.at.to_string(),
        "position": made.position.0,
        "invoices": lines.collect::<Value>(),
        "difference": difference.collect::<serde_json::Map<_, _>>(),
        "circles": trace.collect::<Value>(),
    })
}
