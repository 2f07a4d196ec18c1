//! What was found, for programs; `docs/cli.md` describes it.

use serde_json::{Value, json};
use setoff_formats::{Member, Place};
use setoff_money::Currency;

use super::Findings;

/// All findings, in one JSON object.
pub(super) fn json(findings: &Findings) -> String {
    let obligations = &findings.reading.obligations;
    let place = |place: Place| json!({ "file": findings.reading.files[usize::from(place.file)].name, "line": place.line });
    let files: Vec<Value> = findings
        .reading
        .files
        .iter()
        .map(|file| {
            json!({
                "name": file.name,
                "bytes": file.bytes,
                "rows": file.rows,
                "ignored_columns": file.ignored_columns,
            })
        })
        .collect();
    let bad_rows: Vec<Value> = findings
        .reading
        .rejected
        .iter()
        .map(|bad| {
            json!({
                "file": bad.file,
                "line": bad.place.line,
                "column": bad.column,
                "value": bad.value,
                "problem": bad.problem,
            })
        })
        .collect();
    let currencies: Vec<Value> = findings
        .figures
        .iter()
        .map(|c| {
            json!({
                "currency": c.currency.code(),
                "decimals": c.currency.decimals(),
                "obligations": c.obligations,
                "members": c.members,
                "sum": money(&c.currency, c.sum),
                "obligations_on_circles": c.obligations_on_circles,
                "sum_on_circles": money(&c.currency, c.sum_on_circles),
                "earliest_due": c.due.map(|(first, _)| first.to_string()),
                "latest_due": c.due.map(|(_, last)| last.to_string()),
            })
        })
        .collect();
    let duplicates: Vec<Value> = findings
        .duplicates
        .iter()
        .map(|group| {
            let first = &obligations.rows()[group.rows[0]];
            let currency = obligations.currencies()[usize::from(first.currency)];
            let places: Vec<Value> =
                group.rows.iter().map(|&row| place(obligations.rows()[row].place)).collect();
            json!({
                "debtor": obligations.name(first.debtor),
                "creditor": obligations.name(first.creditor),
                "currency": currency.code(),
                "amount": money(&currency, first.amount.wide()),
                "same": group.common.code(),
                "places": places,
            })
        })
        .collect();
    let lookalikes: Vec<Value> = findings
        .lookalikes
        .iter()
        .map(|pair| {
            let names = pair.names.map(|Member(member)| {
                let appearance = &findings.appearances[member as usize];
                json!({
                    "name": obligations.names()[member as usize],
                    "obligations": appearance.obligations,
                    "first": place(appearance.first),
                })
            });
            json!({ "names": names, "differ_in": pair.difference.code() })
        })
        .collect();
    let value = json!({
        "format": "setoff-check/1",
        "files": files,
        "obligations": obligations.rows().len(),
        "members": obligations.names().len(),
        "currencies": currencies,
        "memory_needed": crate::memory::for_clearing(obligations, false),
        "bad_rows": { "count": findings.reading.rejected_count, "first": bad_rows },
        "doubtful_duplicates": duplicates,
        "lookalike_names": lookalikes,
    });
    format!("{value:#}\n")
}

fn money(currency: &Currency, sum: i128) -> Value {
    json!({ "amount": currency.format_sum(sum), "minor": sum.to_string() })
}
