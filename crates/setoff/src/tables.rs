//! The CSV files of a result; `docs/files.md` says what their columns mean.

use std::io::{self, Write};

use setoff_formats::{Field, Original, Rejected};
use setoff_money::Minor;

use crate::outcome::{Mode, Outcome};

/// Writes `discharges.csv`: every obligation in the order of the input.
pub(crate) fn write_discharges(outcome: &Outcome, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let mut header = vec![
        "file",
        "line",
        "reference",
        "debtor",
        "creditor",
        "currency",
        "due",
        "weight",
        "amount",
        "discharged",
        "outstanding",
    ];
    if outcome.converted.is_some() {
        header.extend(["unit_amount", "unit_discharged"]);
    }
    table.write_record(header)?;
    let obligations = &outcome.obligations;
    for (row, obligation) in obligations.rows().iter().enumerate() {
        let currency = outcome.currency(row);
        table.write_field((u32::from(obligation.place.file) + 1).to_string())?;
        table.write_field(obligation.place.line.to_string())?;
        table.write_field(obligations.reference(row))?;
        table.write_field(obligations.name(obligation.debtor))?;
        table.write_field(obligations.name(obligation.creditor))?;
        table.write_field(currency.code())?;
        table.write_field(obligation.due.map(|due| due.to_string()).unwrap_or_default())?;
        table.write_field(obligation.weight.to_string())?;
        table.write_field(currency.format(obligation.amount))?;
        table.write_field(currency.format(outcome.discharged[row]))?;
        table.write_field(currency.format(Minor(outcome.outstanding(row))))?;
        if let Some(converted) = &outcome.converted {
            let unit = &outcome.clearings[0].currency;
            table.write_field(unit.format_sum(i128::from(converted.amounts[row])))?;
            table.write_field(unit.format_sum(i128::from(converted.discharged[row])))?;
        }
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}

/// Writes `positions.csv`: every member's claims and debts before and after.
pub(crate) fn write_positions(outcome: &Outcome, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "member",
        "currency",
        "owed",
        "owing",
        "net_before",
        "set_off",
        "owed_after",
        "owing_after",
        "net_after",
    ])?;
    for clearing in &outcome.clearings {
        for (&member, p) in clearing.members.iter().zip(&clearing.positions) {
            let set_off = match outcome.mode {
                Mode::SetOff | Mode::Bilateral => p.owed - p.owed_after,
                Mode::Novation => p.owed.min(p.owing),
            };
            let money = |sum: i128| clearing.currency.format_sum(sum);
            table.write_record([
                outcome.obligations.name(member),
                clearing.currency.code(),
                &money(p.owed),
                &money(p.owing),
                &money(p.net()),
                &money(set_off),
                &money(p.owed_after),
                &money(p.owing_after),
                &money(p.owed_after - p.owing_after),
            ])?;
        }
    }
    table.flush()
}

/// Writes `payments.csv`: what is left to pay.
pub(crate) fn write_payments(outcome: &Outcome, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["payer", "payee", "currency", "amount", "obligations"])?;
    for payment in &outcome.payments {
        table.write_record([
            outcome.party_name(payment.payer),
            outcome.party_name(payment.payee),
            payment.currency.code(),
            &payment.currency.format_sum(payment.amount),
            &payment.obligations.to_string(),
        ])?;
    }
    table.flush()
}

/// Writes `circles.csv`: the discharges taken apart into closed chains of debt.
pub(crate) fn write_circles(outcome: &Outcome, out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["circle", "step", "debtor", "creditor", "currency", "amount"])?;
    let mut number = 0_u64;
    for clearing in &outcome.clearings {
        let name = |member: u32| match clearing.members.get(member as usize) {
            Some(&member) => outcome.obligations.name(member),
            None => outcome.centre.as_deref().unwrap_or_default(),
        };
        for circle in 0..clearing.circles.len() {
            let (members, amount) = clearing.circles.get(circle);
            let amount = clearing.currency.format_sum(i128::from(amount));
            number += 1;
            let number = number.to_string();
            let next = members.iter().cycle().skip(1);
            for (step, (&debtor, &creditor)) in members.iter().zip(next).enumerate() {
                table.write_record([
                    &number,
                    &(step + 1).to_string(),
                    name(debtor),
                    name(creditor),
                    clearing.currency.code(),
                    &amount,
                ])?;
            }
        }
    }
    table.flush()
}

/// Writes `rejected.csv`: the rows that were left out, why, and what they hold, under names that are
/// read again.
pub(crate) fn write_rejected(rejected: &[Rejected], out: impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let why = ["file", "line", "column", "found", "problem"];
    let fields = Field::NAMED.map(Field::name).into_iter().chain(["weight", "row"]);
    table.write_record(why.into_iter().chain(fields))?;
    for row in rejected {
        let nothing = [const { String::new() }; 7];
        let (fields, text) = match &row.original {
            Original::Fields(fields) => (fields, ""),
            Original::Text(text) => (&nothing, text.as_str()),
        };
        let (file, line) = (u32::from(row.place.file) + 1, row.place.line);
        let why = [
            &file.to_string(),
            &line.to_string(),
            row.column.as_deref().unwrap_or_default(),
            row.value.as_deref().unwrap_or_default(),
            &row.problem,
        ];
        table
            .write_record(why.into_iter().chain(fields.iter().map(String::as_str)).chain([text]))?;
    }
    table.flush()
}
