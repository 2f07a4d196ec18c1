//! What was found, for programs; `docs/liquidity.md` describes it.

use serde_json::{Value, json};
use setoff_clearing::Recipient;

use crate::result_json::money;

use super::Findings;
use super::curve::{Curve, wide};

/// All findings, in one JSON object.
pub(super) fn json(findings: &Findings) -> String {
    let clearings = findings.curves.iter().map(|curve| of_curve(findings, curve));
    let mut value = findings.weighed.json("setoff-frontier/1");
    value["liquidity"] = json!(findings.liquidity);
    let most = findings.curves.first().filter(|_| findings.money);
    let most = most.map(|curve| money(&curve.currency, curve.liquidity.most.into()));
    value["money"] = json!(most);
    value["limits"] = json!(findings.limits);
    value["clearings"] = clearings.collect();
    format!("{value:#}\n")
}

fn of_curve(findings: &Findings, curve: &Curve) -> Value {
    let currency = &curve.currency;
    let name = |node| curve.name(&findings.weighed.obligations, node);
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
