//! What was found, for programs; `docs/liquidity.md` describes it.

use serde_json::{Value, json};
use setoff_clearing::Recipient;
use setoff_money::Currency;

use crate::result_json::hex;

use super::Findings;
use super::curve::{Curve, wide};

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
    let clearings = findings.curves.iter().map(|curve| of_curve(findings, curve));
    let value = json!({
        "format": "setoff-frontier/1",
        "inputs": inputs.collect::<Vec<_>>(),
        "seed": hex(&findings.seed.0),
        "weights": findings.weights,
        "as_of": findings.as_of,
        "liquidity": findings.liquidity,
        "clearings": clearings.collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn of_curve(findings: &Findings, curve: &Curve) -> Value {
    let currency = &curve.currency;
    let name = |node| curve.name(&findings.obligations, node);
    let points = curve.points().zip(&curve.frontier.points).map(|(point, found)| {
        json!({
            "money": money(currency, point.money),
            "cleared": money(currency, point.cleared),
            "weighted": point.weighted.to_string(),
            "next": point.slope.map(|slope| json!({
                "discharge": slope.discharge.to_string(),
                "money": slope.money.to_string(),
            })),
            "price": found.price.map(|price| json!({
                "discharge": price.discharge,
                "money": price.money,
            })),
        })
    });
    let clearing = &curve.clearing;
    let receipts = clearing.receipts.iter().map(|receipt| {
        let tender = curve.liquidity.tenders[receipt.tender];
        json!({
            "funder": name(tender.funder),
            "member": name(receipt.member),
            "to_anyone": tender.to == Recipient::Anyone,
            "amount": money(currency, receipt.amount.into()),
        })
    });
    let held = curve.liquidity.acceptances.iter().zip(&clearing.held);
    let held = held.filter(|(_, held)| **held > 0).map(|(acceptance, &held)| {
        json!({
            "funder": name(acceptance.funder),
            "member": name(acceptance.member),
            "amount": money(currency, held.into()),
        })
    });
    let next = curve.next.iter().flat_map(|(funder, values)| {
        values.iter().map(|value| {
            json!({
                "funder": name(*funder),
                "member": name(value.member),
                "discharge": value.discharge.to_string(),
                "at_least": money(currency, value.at_least.into()),
            })
        })
    });
    json!({
        "currency": currency.code(),
        "decimals": currency.decimals(),
        "obligations": curve.rows.len(),
        "members": curve.members.len(),
        "gross": money(currency, curve.gross()),
        "solves": curve.frontier.solves,
        "frontier": points.collect::<Vec<_>>(),
        "money_used": money(currency, wide(clearing.money)),
        "cleared": money(currency, clearing.cleared.into()),
        "weighted": clearing.weighted.to_string(),
        "receipts": receipts.collect::<Vec<_>>(),
        "held": held.collect::<Vec<_>>(),
        "next_unit": next.collect::<Vec<_>>(),
    })
}

fn money(currency: &Currency, sum: i128) -> Value {
    json!({ "amount": currency.format_sum(sum), "minor": sum.to_string() })
}
