//! What was found, for programs; `docs/limits.md` describes it.

use serde_json::{Value, json};
use setoff_money::Currency;

use crate::result_json::hex;

use super::Findings;
use super::limited::Limited;

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
    let clearings = findings.clearings.iter().map(|clearing| of_clearing(findings, clearing));
    let value = json!({
        "format": "setoff-within/1",
        "inputs": inputs.collect::<Vec<_>>(),
        "limits": findings.limits,
        "seed": hex(&findings.seed.0),
        "weights": findings.weights,
        "as_of": findings.as_of,
        "clearings": clearings.collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn of_clearing(findings: &Findings, clearing: &Limited) -> Value {
    let currency = &clearing.currency;
    let lines = clearing.lines(&findings.obligations).into_iter().map(|line| {
        json!({
            "kind": line.kind,
            "name": line.name,
            "limit": money(currency, line.limit),
            "discharged": money(currency, line.discharged),
            "toll": line.toll,
        })
    });
    let within = &clearing.within;
    json!({
        "currency": currency.code(),
        "decimals": currency.decimals(),
        "obligations": clearing.rows.len(),
        "members": clearing.members.len(),
        "gross": money(currency, clearing.gross()),
        "cleared": money(currency, clearing.cleared()),
        "weighted": within.weighted.to_string(),
        "bound": within.bound.to_string(),
        "unlimited": clearing.unlimited.to_string(),
        "limits": lines.collect::<Vec<_>>(),
        "held": clearing.limits.limits.held.len(),
        "piece": money(currency, clearing.limits.side.piece.into()),
    })
}

fn money(currency: &Currency, sum: i128) -> Value {
    json!({ "amount": currency.format_sum(sum), "minor": sum.to_string() })
}
