//! What was found, for programs; `docs/limits.md` describes it.

use serde_json::{Value, json};

use crate::result_json::money;

use super::Findings;
use super::limited::Limited;

/// All findings, in one JSON object.
pub(super) fn json(findings: &Findings) -> String {
    let clearings = findings.clearings.iter().map(|clearing| of_clearing(findings, clearing));
    let mut value = findings.weighed.json("setoff-within/1");
    value["limits"] = json!(findings.limits);
    value["clearings"] = clearings.collect();
    format!("{value:#}\n")
}

fn of_clearing(findings: &Findings, clearing: &Limited) -> Value {
    let currency = &clearing.currency;
    let lines = clearing.lines(&findings.weighed.obligations).into_iter().map(|line| {
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
