//! What was found, for programs; `docs/book.md` describes it.

use serde_json::{Value, json};
use setoff_clearing::Standing;
use setoff_money::Currency;

use crate::result_json::hex;

use super::Findings;
use super::books::{Cleared, Moment};

/// All findings, in one JSON object.
pub(super) fn json(findings: &Findings) -> String {
    let inputs = findings.files.iter().map(|file| {
        json!({
            "name": file.name,
            "sha256": hex(&file.sha256),
            "bytes": file.bytes,
            "rows": file.rows,
        })
    });
    let value = json!({
        "format": "setoff-book/1",
        "inputs": inputs.collect::<Vec<_>>(),
        "changes": findings.changes,
        "seed": hex(&findings.seed.0),
        "moments": findings.moments.iter().map(of_moment).collect::<Vec<_>>(),
        "clearings": findings.cleared.iter().map(of_cleared).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn of_moment(moment: &Moment) -> Value {
    let Standing { gross, cleared, .. } = moment.standing;
    let currency = moment.currency;
    json!({
        "line": moment.line,
        "change": moment.change,
        "currency": currency.code(),
        "gross": money(currency, gross),
        "cleared": money(currency, cleared),
        "gap": money(currency, moment.standing.gap()),
    })
}

fn of_cleared(cleared: &Cleared) -> Value {
    let currency = cleared.currency;
    json!({
        "currency": currency.code(),
        "decimals": currency.decimals(),
        "obligations": cleared.network.debts().len(),
        "members": cleared.names.len(),
        "gross": money(currency, cleared.standing.gross),
        "cleared": money(currency, cleared.standing.cleared),
        "gap": money(currency, cleared.standing.gap()),
    })
}

fn money(currency: Currency, sum: u128) -> Value {
    let sum = super::words::signed(sum);
    json!({ "amount": currency.format_sum(sum), "minor": sum.to_string() })
}
