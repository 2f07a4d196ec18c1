//! `result.json` and `certificate.json`; `docs/files.md` and the schema in `docs/` specify them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use setoff_clearing::{FairStep, FewestProof, WholeProof};
use setoff_formats::{FileRead, Rules};
use setoff_money::Currency;

use crate::about::UnitOfAccount;
use crate::choosing::{Among, ClassProof, Searched, Weighing};
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
    /// Obligations due before the day of the clearing go first; they weigh 2, others 1.
    OverdueFirst,
    /// A column of the input; obligations with a larger number go first.
    Classes(String),
}

impl Weights {
    /// What the weights mean.
    pub(crate) fn weighing(&self) -> Weighing {
        match self {
            Self::Column(_) | Self::Overdue(_) => Weighing::Weights,
            Self::OverdueFirst | Self::Classes(_) => Weighing::Classes,
        }
    }

    /// What a unit of an overdue obligation weighs, if that is what weighs it.
    pub(crate) fn of_overdue(&self) -> Option<u32> {
        match self {
            Self::Overdue(weight) => Some(*weight),
            Self::OverdueFirst => Some(2),
            Self::Column(_) | Self::Classes(_) => None,
        }
    }

    /// The column that holds them, if one does.
    pub(crate) fn column(&self) -> Option<&str> {
        match self {
            Self::Column(column) | Self::Classes(column) => Some(column),
            Self::Overdue(_) | Self::OverdueFirst => None,
        }
    }
}

/// The content of `result.json`.
pub(crate) fn result(outcome: &Outcome, provenance: &Provenance) -> Value {
    let inputs = inputs(&provenance.files, &provenance.rules, &provenance.own_rules);
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
        "among": outcome.choice.among.to_string(),
        "whole": outcome.choice.whole,
        "unit": provenance.unit.as_ref().map(unit),
        "inputs": inputs,
        "reading": provenance.rules,
        "rejected": provenance.rejected,
        "currencies": currencies,
        "clearings": clearings,
    })
}

/// The files that were read, with the rules of those that have others than `rules`.
pub(crate) fn inputs(files: &[FileRead], rules: &Rules, own_rules: &[Rules]) -> Value {
    let own = own_rules.iter().map(|own| (own != rules).then_some(own));
    files.iter().zip(own).map(input).collect()
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
    if let Some(gap) = clearing.gap().filter(|_| clearing.class_of_gap().is_none()) {
        fields.insert("gap".to_owned(), json!(gap.most.to_string()));
    }
    if let Some(classes) = classes(clearing) {
        fields.insert("classes".to_owned(), classes);
    }
    match clearing.proof.as_ref().and_then(|proof| proof.searched.as_ref()) {
        Some(Searched::Whole { bound, .. }) => {
            fields.insert("weighted_bound".to_owned(), json!(bound.to_string()));
        }
        Some(Searched::Fewest { whole, bound, .. }) => {
            fields.insert("whole_obligations".to_owned(), json!(whole));
            fields.insert("whole_obligations_bound".to_owned(), json!(bound));
        }
        None => {}
    }
    fields.insert("circles".to_owned(), json!(circles.len()));
    fields.insert("longest_circle".to_owned(), json!(longest.unwrap_or(0)));
    Value::Object(fields)
}

/// What is discharged of each class, if there are classes.
fn classes(clearing: &CurrencyClearing) -> Option<Value> {
    let class = |class: &ClassProof| {
        let cleared = i128::try_from(class.cleared).unwrap_or(i128::MAX);
        let cleared = money(&clearing.currency, cleared);
        let mut fields = json!({ "weight": class.weight?, "cleared": cleared });
        if let Some(gap) = clearing.gap().filter(|_| clearing.class_of_gap() == class.weight) {
            fields["gap"] = json!(gap.most.to_string());
        }
        Some(fields)
    };
    let classes = &clearing.proof.as_ref()?.largest;
    let classes = classes.iter().map(class).collect::<Option<Vec<_>>>()?;
    (!classes.is_empty()).then(|| classes.into())
}

/// A sum as JSON has it.
pub(crate) fn money(currency: &Currency, sum: i128) -> Value {
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
        let by_name = |potentials: &[i64]| {
            let names = clearing.members.iter().map(|&m| outcome.obligations.name(m));
            json!(names.zip(potentials).collect::<BTreeMap<_, _>>())
        };
        let Some(proof) = &clearing.proof else { return fields };
        let gap = proof.gap.map(|gap| json!(gap.most.to_string()));
        match &proof.largest[..] {
            [] => {}
            [ClassProof { weight: None, potentials, .. }] => {
                fields["potentials"] = by_name(potentials);
                if let Some(gap) = gap {
                    fields["gap"] = gap;
                }
            }
            classes => {
                let class = |class: &ClassProof| {
                    let mut fields = json!({
                        "weight": class.weight,
                        "cleared": class.cleared.to_string(),
                        "potentials": by_name(&class.potentials),
                    });
                    if let Some(gap) = gap.as_ref().filter(|_| clearing.class_of_gap() == class.weight) {
                        fields["gap"] = gap.clone();
                    }
                    fields
                };
                fields["classes"] = classes.iter().map(class).collect();
            }
        }
        if outcome.choice.among == Among::Fair {
            let step = |step: &FairStep| {
                json!({ "owed": by_name(&step.owed), "owing": by_name(&step.owing) })
            };
            fields["fair"] = proof.even.iter().map(step).collect();
        }
        let name = |member: u32| outcome.obligations.name(clearing.members[member as usize]);
        match &proof.searched {
            Some(Searched::Whole { bound, proof }) => {
                let node = |node: &WholeProof| match node {
                    WholeProof::Split { debt } => json!({ "split": clearing.rows[*debt] + 1 }),
                    WholeProof::Bound { potentials } => json!({ "bound": potentials }),
                    WholeProof::None { potentials } => json!({ "none": potentials }),
                    WholeProof::Unbalanced { member } => json!({ "unbalanced": name(*member) }),
                };
                let proof: Vec<Value> = proof.iter().map(node).collect();
                fields["whole"] = json!({ "bound": bound.to_string(), "proof": proof });
            }
            Some(Searched::Fewest { whole, bound, proof }) => {
                let node = |node: &FewestProof| match node {
                    FewestProof::Split { debtor, creditor, whole } => {
                        let (debtor, creditor) = (name(*debtor), name(*creditor));
                        json!({ "split": { "debtor": debtor, "creditor": creditor, "whole": whole } })
                    }
                    FewestProof::Bound { scale, potentials } => {
                        json!({ "bound": { "scale": scale, "potentials": potentials } })
                    }
                };
                let proof: Vec<Value> = proof.iter().map(node).collect();
                fields["fewest"] = json!({ "whole": whole, "bound": bound, "proof": proof });
            }
            None => {}
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
