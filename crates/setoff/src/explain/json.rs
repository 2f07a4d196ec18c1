//! The answer for programs; `docs/cli.md` describes it.

use serde_json::{Value, json};
use setoff_money::Currency;

use super::answer::{Answer, Counterparty, Side};
use super::chains::Why;
use super::circles_through::CirclesThrough;
use super::result_folder::{Debts, OwnObligation, Settings};

/// The whole answer, in one JSON object.
pub(super) fn json(answer: &Answer, settings: &Settings, debts: &Debts) -> String {
    let counterparties: Vec<Value> =
        answer.counterparties.iter().map(|c| counterparty(c, answer, debts)).collect();
    let positions: Vec<Value> = answer
        .positions
        .iter()
        .map(|p| {
            let currency = &debts.clearings[p.clearing];
            json!({
                "currency": currency.code(),
                "owing": money(currency, p.owing),
                "owing_discharged": money(currency, p.owing_discharged),
                "owed": money(currency, p.owed),
                "owed_discharged": money(currency, p.owed_discharged),
                "net": money(currency, p.net()),
            })
        })
        .collect();
    let value = json!({
        "format": "setoff-explain/1",
        "member": debts.name(answer.member),
        "mode": settings.mode.name(),
        "centre": settings.centre,
        "obligations": answer.obligations,
        "left_out": answer.left_out,
        "positions": positions,
        "counterparties": counterparties,
    });
    format!("{value:#}\n")
}

fn counterparty(counterparty: &Counterparty, answer: &Answer, debts: &Debts) -> Value {
    let currency = &debts.clearings[counterparty.clearing];
    let debt = counterparty.debt;
    let sum =
        |of: fn(&super::result_folder::Debt) -> i128| money(currency, debt.as_ref().map_or(0, of));
    json!({
        "counterparty": debts.name(counterparty.other),
        "side": match counterparty.side {
            Side::Owes => "owes",
            Side::IsOwed => "is-owed",
        },
        "currency": currency.code(),
        "amount": sum(|d| d.amount),
        "discharged": sum(|d| d.discharged),
        "outstanding": sum(super::result_folder::Debt::outstanding),
        "debt_back": money(currency, counterparty.debt_back),
        "obligations": counterparty.obligations.iter().map(obligation).collect::<Vec<_>>(),
        "circles": circles(&counterparty.circles, currency, debts),
        "why": counterparty.why.as_ref().map(|why| reason(why, answer, debts)),
        "other_largest_set_off_may_discharge_more": counterparty.could_be_more,
    })
}

fn obligation(obligation: &OwnObligation) -> Value {
    let currency = &obligation.currency;
    json!({
        "file": obligation.file,
        "line": obligation.line,
        "reference": obligation.reference,
        "due": (!obligation.due.is_empty()).then_some(&obligation.due),
        "currency": currency.code(),
        "amount": money(currency, obligation.amount),
        "discharged": money(currency, obligation.discharged),
        "outstanding": money(currency, obligation.amount - obligation.discharged),
        "took_part": obligation.took_part(),
    })
}

fn circles(circles: &CirclesThrough, currency: &Currency, debts: &Debts) -> Value {
    let shown: Vec<Value> = circles
        .shown
        .iter()
        .map(|circle| {
            let names: Vec<&str> = circle.members.iter().map(|&m| debts.name(m)).collect();
            json!({
                "circle": circle.number,
                "amount": money(currency, circle.amount),
                "members": names,
            })
        })
        .collect();
    json!({ "count": circles.count, "amount": money(currency, circles.amount), "shown": shown })
}

fn reason(why: &Why, answer: &Answer, debts: &Debts) -> Value {
    match why {
        Why::CreditorOwesNobody => json!({ "reason": "creditor-owes-nobody" }),
        Why::NobodyOwesDebtor => json!({ "reason": "nobody-owes-debtor" }),
        Why::NoChain { members } => json!({ "reason": "no-chain", "members": members }),
        Why::DebtorUsedUp => json!({ "reason": "debtor-used-up" }),
        Why::CreditorUsedUp => json!({ "reason": "creditor-used-up" }),
        Why::NotLargest => json!({ "reason": "not-largest" }),
        Why::Stopped => json!({ "reason": "stopped" }),
        Why::Amounts => json!({ "reason": "amounts" }),
        Why::WholeOnly { is_proven } => json!({ "reason": "whole-only", "proven": is_proven }),
        Why::Bottlenecks(places) => {
            let bottlenecks: Vec<Value> = places
                .iter()
                .map(|place| {
                    let debt = &debts.all[*place];
                    let currency = &debts.clearings[debt.clearing];
                    let of_debt = answer.circles.get(place).cloned().unwrap_or_default();
                    json!({
                        "debtor": debts.name(debt.debtor),
                        "creditor": debts.name(debt.creditor),
                        "amount": money(currency, debt.amount),
                        "circles": circles(&of_debt, currency, debts),
                    })
                })
                .collect();
            json!({ "reason": "bottlenecks", "bottlenecks": bottlenecks })
        }
    }
}

fn money(currency: &Currency, sum: i128) -> Value {
    json!({ "amount": currency.format_sum(sum), "minor": sum.to_string() })
}
