//! `setoff union statement`, `history`: what accountants and courts read, as of any date.

use std::fmt::Write as _;

use std::collections::BTreeMap;
use std::str::FromStr;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use jiff::civil::Date;
use serde_json::{Value, json};
use setoff_journal::{Entry as JournalEntry, Journal};
use setoff_money::Currency;
use setoff_node::{ReplayError, Replayed};
use setoff_union::{
    Account, Actor, Aging, Author, Cause, Change, Code, Compensation, CurrencyId, CycleId, Entry,
    InstructionStage, MemberId, Mode, ObligationId, Owner, Side, State, aging, compensation,
    history as history_of, statement as statement_of, utc_date,
};

use crate::failure::Failure;
use crate::place::{self, PlaceArgs};
use crate::standard_output::{print, table_lines};
use crate::wording::money;

use super::acting::replay_failure;
use super::names;

/// Up to which point of a union's life something is shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    /// To the end of this day, by UTC.
    Date(Date),
    /// Before the command at this position.
    Position(u64),
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let date = text.parse().map(Self::Date).ok();
        let position = || text.parse().map(Self::Position).ok();
        date.or_else(position).ok_or_else(|| "write a date as 2026-10-31, or a position".to_owned())
    }
}

/// A union up to some point, with everything that happened.
pub(super) struct Read {
    pub(super) state: State,
    pub(super) entries: Vec<Entry>,
}

/// Reads a union up to a point, or whole.
///
/// # Errors
/// [`Failure::Input`] if there is none, [`Failure::Check`] if its journal is damaged.
pub(super) fn read_entries(place: &str, at: Option<At>) -> Result<Read, Failure> {
    let store = place::open(place)?;
    let mut journal = Journal::open(store).map_err(|e| replay_failure(ReplayError::Journal(e)))?;
    let mut replayed = Replayed::default();
    let mut entries = Vec::new();
    let mut wanted = |entry: &JournalEntry| match at {
        None => true,
        Some(At::Position(position)) => entry.seq < position,
        Some(At::Date(date)) => {
            let received = jiff::Timestamp::from_microsecond(entry.received.0);
            received.is_ok_and(|received| utc_date(received) <= date)
        }
    };
    replayed
        .follow_while(&mut journal, &mut wanted, &mut |changes, _| entries.extend(changes))
        .map_err(replay_failure)?;
    Ok(Read { state: replayed.state, entries })
}

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
        return print(&format!("{:#}\n", statement_json(state, &made, &ages, member, day)));
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
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
    if let Some(column) = table.column_mut(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
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

fn voucher(read: &Read, member: MemberId, cycle: CycleId, as_json: bool) -> Result<(), Failure> {
    let state = &read.state;
    let made_final = read
        .entries
        .iter()
        .find(|entry| matches!(entry.change, Change::Final { cycle: made, .. } if made == cycle));
    let made = made_final.and_then(|entry| compensation(state, entry, member));
    let made = made.ok_or_else(|| Failure::Input(format!("{cycle} is not final")))?;
    if as_json {
        return print(&format!("{:#}\n", voucher_json(state, &made, member)));
    }
    let mut text = format!(
        "Statement of compensation\n{}, {cycle}, final since {}, at {}\n\n",
        names::name(state, member),
        made.at,
        made.position
    );
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
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
    for column in [4, 5, 6, 8] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
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

/// Tell everything that happened to one obligation: by whom, why, when
#[derive(Debug, Args)]
pub(crate) struct HistoryArgs {
    /// The obligation, by number or reference
    obligation: String,
    #[command(flatten)]
    place: PlaceArgs,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `setoff union history`.
///
/// # Errors
/// [`Failure::Input`] if there is no such obligation.
pub(crate) fn history(args: &HistoryArgs) -> Result<(), Failure> {
    let read = read_entries(&args.place.union, None)?;
    let state = &read.state;
    let number = names::obligation(state, &args.obligation)?;
    let entries = history_of(&read.entries, number);
    if args.json {
        let all = entries.iter().map(|entry| {
            json!({
                "position": entry.position.0,
                "at": entry.at.to_string(),
                "by": author(state, &entry.author),
                "what": told(state, entry, number),
            })
        });
        return print(&format!("{:#}\n", all.collect::<Value>()));
    }
    let mut text = format!("{}\n\n", names::obligation_line(state, number));
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for entry in entries {
        table.add_row([
            entry.at.strftime("%Y-%m-%d %H:%M").to_string(),
            entry.position.0.to_string(),
            author(state, &entry.author),
            told(state, entry, number),
        ]);
    }
    text.push_str(&table_lines(&table, 0));
    print(&text)
}

/// Who gave a command: for whom, by which persons, through which delegate.
fn author(state: &State, author: &Author) -> String {
    let whom = match author.actor {
        Actor::Operator => "the operator".to_owned(),
        Actor::Member(member) => names::name(state, member).to_owned(),
        Actor::Applicant => "an applicant".to_owned(),
    };
    let holders: Vec<&str> = author
        .keys
        .iter()
        .map(|key| &state.keys()[key.0 as usize])
        .filter(
            |key| !matches!(key.owner, Owner::Member(m) if names::name(state, m) == key.key.holder),
        )
        .map(|key| key.key.holder.as_str())
        .collect();
    let through =
        author.through.map(|delegate| format!("through {}", names::name(state, delegate)));
    let beside: Vec<String> = holders.into_iter().map(str::to_owned).chain(through).collect();
    if beside.is_empty() { whom } else { format!("{whom} ({})", beside.join(", ")) }
}

/// What an entry did to an obligation.
fn told(state: &State, entry: &Entry, number: ObligationId) -> String {
    let found = &state.obligations()[number.0 as usize];
    let currency = names::currency(state, found);
    let amount = |minor: &setoff_money::Minor| money(currency, minor.wide());
    match &entry.change {
        Change::Declared { file, .. } => match file {
            None => "declared".to_owned(),
            Some(digest) => format!("declared, in the file with SHA-256 {digest}"),
        },
        Change::Confirmed { .. } => "confirmed".to_owned(),
        Change::Disputed { part, split, reason, .. } => match split {
            None => format!("disputed: {reason}"),
            Some(split) => {
                format!("{} of it disputed, which is {} now: {reason}", amount(part), split.0)
            }
        },
        Change::Insisted { reason, .. } => format!("the declarer insists: {reason}"),
        Change::Withdrawn { reason, .. } => format!("withdrawn: {reason}"),
        Change::Asked { asked, reason, .. } => {
            format!("asks {}: {reason}", names::wish(state, currency, &asked.what))
        }
        Change::Corrected { outstanding, due, reason, .. } => {
            format!("corrected to {}, due {due}: {reason}", amount(outstanding))
        }
        Change::Paid { amount: paid, paid_on, reason, .. } => {
            format!("{} paid on {paid_on}: {reason}", amount(paid))
        }
        Change::Credited { amount: by, reference, reason, .. } => {
            format!("{} credited by {reference}: {reason}", amount(by))
        }
        Change::Assigned { to, .. } => format!("assigned to {}", names::name(state, *to)),
        Change::Held { side, reason, .. } => format!("held back by the {}: {reason}", name(*side)),
        Change::Released { side, .. } => format!("released by the {}", name(*side)),
        Change::Final { cycle, discharges } => {
            let of = discharges.iter().find(|discharge| discharge.obligation == number);
            let set_off = of.map_or(String::new(), |of| amount(&of.amount));
            format!("{set_off} set off in {cycle}, which is final")
        }
        Change::Instructed { cycle, .. } => format!("to be paid after {cycle}"),
        Change::Received { instruction, payments, .. } => {
            let of = payments.iter().find(|payment| payment.obligation == number);
            let paid = of.map_or(String::new(), |of| amount(&of.amount));
            format!("{paid} received on {instruction}")
        }
        Change::InstructionEnded { instruction, stage } => match stage {
            InstructionStage::Failed { reason } => format!("{instruction} failed: {reason}"),
            _ => format!("{instruction} went stale; outstanding again"),
        },
        Change::Novated { cycle, ended, .. } if ended.contains(&number) => {
            format!("ended by novation: net positions of {cycle} take its place")
        }
        Change::Novated { cycle, .. } => format!("the net position that {cycle} left"),
        Change::Merged(merger) => {
            let [from, into] =
                [merger.member, merger.into].map(|member| names::name(state, member));
            let lapsed = merger.lapse.contains(&number);
            let what = if lapsed { "lapsed by confusion" } else { "passed to it" };
            format!("{what}, as {from} merged into {into}")
        }
        _ => "changed".to_owned(),
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Debtor => "debtor",
        Side::Creditor => "creditor",
    }
}
