//! `setoff union statement`: a member's books, as of any date.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};
use setoff_money::Currency;
use setoff_union::{
    Account, Aging, Cause, CurrencyId, MemberId, State, aging, statement as statement_of, utc_date,
};

use crate::failure::Failure;
use crate::place::PlaceArgs;
use crate::standard_output::{columns, flush_right, print, print_json, table_lines};
use crate::wording::money;

use super::compensation::voucher;
use super::names;
use super::reading::{At, read_entries};

/// Print a member's statement, or its statement of compensation for a final cycle
#[derive(Debug, Args)]
pub(crate) struct StatementArgs {
    /// The member
    member: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// What this final cycle set off, per invoice, with the circles that show how
    #[arg(long, conflicts_with = "at")]
    cycle: Option<String>,
    /// As of this date, or before this position
    #[arg(long, value_name = "DATE|POSITION")]
    at: Option<At>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `setoff union statement`.
///
/// # Errors
/// [`Failure::Input`] if there is no such member or cycle.
pub(crate) fn statement(args: &StatementArgs) -> Result<(), Failure> {
    let read = read_entries(&args.place.union, args.at)?;
    if read.state.members().is_empty() {
        return Err(Failure::Input("the union was not founded yet at that point".to_owned()));
    }
    let member = names::member(&read.state, &args.member)?;
    if let Some(cycle) = &args.cycle {
        let cycle = names::cycle(&read.state, cycle)?;
        return voucher(&read, member, cycle, args.json);
    }
    let made = statement_of(&read.entries, member);
    let state = &read.state;
    let day = match args.at {
        Some(At::Date(date)) => date,
        _ => utc_date(state.last_received()),
    };
    let ages = aging(state, member, day);
    if args.json {
        return print_json(&statement_json(state, &made, &ages, member, day));
    }
    let mut table = columns();
    table.add_row(["date", "", "with", "obligation", "amount"]);
    for line in &made.lines {
        let currency = state.currencies()[usize::from(line.currency.0)];
        let found = &state.obligations()[line.obligation.0 as usize];
        table.add_row([
            utc_date(line.at).to_string(),
            cause(line.cause).to_owned(),
            names::name(state, line.counterparty).to_owned(),
            format!("{} {}", line.obligation.0, state.reference(found)),
            money(currency, effect(&line.lines)),
        ]);
    }
    flush_right(&mut table, &[4]);
    let mut text = format!("{}, on {day}\n\n", names::name(state, member));
    if made.lines.is_empty() {
        text.push_str("Nothing has been confirmed.\n");
    } else {
        text.push_str(&table_lines(&table, 0));
    }
    text.push('\n');
    for (number, balances) in &made.balances {
        let currency = state.currencies()[usize::from(number.0)];
        let of = |account| money(currency, balances.of(account).abs());
        let _ = writeln!(
            text,
            "{currency}: owed to it {}, owed by it {}",
            of(Account::Receivable),
            of(Account::Payable)
        );
        if let Some([owes, owed]) = ages.get(number) {
            text.push_str(&aging_line("owed by it", currency, owes));
            text.push_str(&aging_line("owed to it", currency, owed));
        }
    }
    print(&text)
}

/// What a line does to the member's net position: what it is owed more, or owes less.
fn effect(lines: &[setoff_union::Line; 2]) -> i128 {
    let trade =
        lines.iter().filter(|l| matches!(l.account, Account::Receivable | Account::Payable));
    trade.map(|line| line.amount).sum()
}

/// What a movement is for, in words.
pub(super) fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Recognised => "confirmed",
        Cause::Reversed => "reversed",
        Cause::SetOff => "set off",
        Cause::Paid => "paid",
        Cause::Assigned => "assigned",
        Cause::TakenOver => "taken over",
        Cause::Confusion => "lapsed by confusion",
        Cause::Novated => "novated",
        Cause::Replaced => "net position",
    }
}

fn aging_line(what: &str, currency: Currency, aging: &Aging) -> String {
    let overdue = [
        ("1 to 30 days", aging.to_30),
        ("31 to 60", aging.to_60),
        ("61 to 90", aging.to_90),
        ("more than 90", aging.over_90),
    ];
    let parts: Vec<String> = overdue
        .iter()
        .filter(|(_, sum)| *sum > 0)
        .map(|(days, sum)| format!("{} by {days}", money(currency, *sum)))
        .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("  {what}, overdue: {}\n", parts.join(", "))
    }
}

fn statement_json(
    state: &State,
    made: &setoff_union::Statement,
    ages: &BTreeMap<CurrencyId, [Aging; 2]>,
    member: MemberId,
    day: Date,
) -> Value {
    let lines = made.lines.iter().map(|line| {
        let currency = state.currencies()[usize::from(line.currency.0)];
        json!({
            "position": line.position.0,
            "at": line.at.to_string(),
            "cause": cause(line.cause),
            "counterparty": names::name(state, line.counterparty),
            "obligation": line.obligation.0,
            "currency": currency.code(),
            "amount": currency.format_sum(effect(&line.lines)),
        })
    });
    let balances = made.balances.iter().map(|(number, balances)| {
        let currency = state.currencies()[usize::from(number.0)];
        let accounts = Account::ALL.iter().map(|account| {
            let name = serde_json::to_value(account).unwrap_or(Value::Null);
            let name = name.as_str().unwrap_or_default().to_owned();
            (name, json!(currency.format_sum(balances.of(*account))))
        });
        let accounts: serde_json::Map<String, Value> = accounts.collect();
        let aged = ages.get(number).map(|[owes, owed]| {
            let parts = |aging: &Aging| {
                json!({
                    "not_overdue": currency.format_sum(aging.not_overdue),
                    "to_30": currency.format_sum(aging.to_30),
                    "to_60": currency.format_sum(aging.to_60),
                    "to_90": currency.format_sum(aging.to_90),
                    "over_90": currency.format_sum(aging.over_90),
                })
            };
            json!({ "owed_by_it": parts(owes), "owed_to_it": parts(owed) })
        });
        json!({ "currency": currency.code(), "accounts": accounts, "aging": aged })
    });
    json!({
        "member": names::name(state, member),
        "on": day.to_string(),
        "lines": lines.collect::<Value>(),
        "balances": balances.collect::<Value>(),
    })
}
