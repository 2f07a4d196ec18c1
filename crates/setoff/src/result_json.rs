//! `result.json` and `certificate.json`; `docs/files.md` and the schema in `docs/` specify them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use setoff_formats::{FileRead, Rules};
use setoff_money::Currency;

use crate::about::UnitOfAccount;
use crate::figures::{self, Figures};
use crate::outcome::{CurrencyClearing, Mode, Outcome};

/// What a result says of how it came about, beside the outcome itself.
#[derive(Debug)]
pub(crate) struct Provenance {
    /// The files read.
    pub(crate) files: Vec<FileRead>,
    /// How they were read, unless a file's own rules differ.
    pub(crate) rules: Rules,
    /// How each of them was read.
    pub(crate) own_rules: Vec<Rules>,
    /// How many rows were left out.
    pub(crate) rejected: u64,
    /// What weighs the obligations.
    pub(crate) weights: Option<Weights>,
    /// The day of the clearing, if one was named.
    pub(crate) as_of: Option<Date>,
    /// The unit of account and where its rates are from.
    pub(crate) unit: Option<UnitOfAccount>,
}

/// What weighs the obligations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Weights {
    /// A column of the input.
    Column(String),
    /// Obligations due before the day of the clearing weigh this much, others 1.
    Overdue(u32),
}

/// The content of `result.json`.
pub(crate) fn result(outcome: &Outcome, provenance: &Provenance) -> Value {
    let own = provenance.own_rules.iter().map(|own| (*own != provenance.rules).then_some(own));
    let inputs: Vec<_> = provenance.files.iter().zip(own).map(input).collect();
    let currencies: Vec<_> =
        figures::by_currency(outcome).iter().map(|f| Value::Object(of_currency(f))).collect();
    let clearings: Vec<_> = outcome.clearings.iter().map(|c| of_clearing(outcome, c)).collect();
    json!({
        "format": "setoff-result/1",
        "mode": outcome.mode.to_string(),
        "centre": outcome.centre,
        "seed": hex(&outcome.seed.0),
        "as_of": provenance.as_of,
        "weights": provenance.weights,
        "unit": provenance.unit.as_ref().map(unit),
        "inputs": inputs,
        "reading": provenance.rules,
        "rejected": provenance.rejected,
        "currencies": currencies,
        "clearings": clearings,
    })
}

fn input((file, reading): (&FileRead, Option<&Rules>)) -> Value {
    let mut fields = json!({
        "name": file.name,
        "sha256": hex(&file.sha256),
        "bytes": file.bytes,
        "rows": file.rows,
        "recipe": file.recipe,
    });
    if let Some(reading) = reading {
        fields["reading"] = json!(reading);
    }
    fields
}

fn unit(unit: &UnitOfAccount) -> Value {
    let rates = unit.rates.iter().map(|(currency, rate)| {
        let (numerator, denominator) = rate.parts();
        json!({
            "currency": currency.code(),
            "decimals": currency.decimals(),
            "numerator": numerator.to_string(),
            "denominator": denominator.to_string(),
        })
    });
    json!({
        "currency": unit.currency.code(),
        "decimals": unit.currency.decimals(),
        "source": unit.source,
        "rate_date": unit.rate_date,
        "rounding": money(&unit.currency, unit.rounding),
        "rates": rates.collect::<Vec<_>>(),
    })
}

fn of_currency(figures: &Figures) -> serde_json::Map<String, Value> {
    let currency = figures.currency;
    let money = |sum| money(&currency, sum);
    let fields = [
        ("currency", json!(currency.code())),
        ("decimals", json!(currency.decimals())),
        ("obligations", json!(figures.obligations)),
        ("members", json!(figures.members)),
        ("gross", money(figures.gross)),
        ("cleared", money(figures.cleared)),
        ("residual", money(figures.residual)),
        ("rate", json!(figures.rate())),
        ("payments_before", json!(figures.payments_before)),
        ("payments", json!(figures.payments)),
        ("payment_volume", money(figures.payment_volume)),
        ("largest_payment", money(figures.largest_payment)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn of_clearing(outcome: &Outcome, clearing: &CurrencyClearing) -> Value {
    let mut fields = of_currency(&figures::of_clearing(outcome, clearing));
    let circles = &clearing.circles;
    let longest = (0..circles.len()).map(|circle| circles.get(circle).0.len()).max();
    fields.insert("weighted".to_owned(), json!(clearing.weighted.to_string()));
    fields.insert("circles".to_owned(), json!(circles.len()));
    fields.insert("longest_circle".to_owned(), json!(longest.unwrap_or(0)));
    Value::Object(fields)
}

fn money(currency: &Currency, sum: i128) -> Value {
    json!({ "amount": currency.format_sum(sum), "minor": sum.to_string() })
}

/// The content of `certificate.json`.
pub(crate) fn certificate(outcome: &Outcome) -> Value {
    let clearings = outcome.clearings.iter().map(|clearing| {
        let mut fields = json!({
            "currency": clearing.currency.code(),
            "decimals": clearing.currency.decimals(),
            "gross": clearing.gross.to_string(),
            "cleared": clearing.cleared.to_string(),
            "weighted": clearing.weighted.to_string(),
        });
        if let Some(potentials) = &clearing.potentials {
            let names = clearing.members.iter().map(|&m| outcome.obligations.name(m));
            fields["potentials"] = json!(names.zip(potentials).collect::<BTreeMap<_, _>>());
        }
        fields
    });
    json!({
        "format": "setoff-certificate/1",
        "mode": outcome.mode.to_string(),
        "clearings": clearings.collect::<Vec<_>>(),
    })
}

/// What each mode would do with the same obligations.
pub(crate) fn comparison(modes: &[(Mode, Vec<Figures>)]) -> Value {
    let mode = |(mode, figures): &(Mode, Vec<Figures>)| {
        let clearings: Vec<_> = figures.iter().map(|f| Value::Object(of_currency(f))).collect();
        json!({ "mode": mode.to_string(), "clearings": clearings })
    };
    json!({
        "format": "setoff-comparison/1",
        "modes": modes.iter().map(mode).collect::<Vec<_>>(),
    })
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
