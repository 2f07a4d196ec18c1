//! `result.json` as it stands: what a result claims about itself and how it came about.

use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use setoff_formats::Rules;
use setoff_money::Currency;

use super::Stop;
use super::strict_json::{self, Strict};
use crate::choosing::Among;
use crate::outcome::Mode;
use crate::result_json::Weights as Asked;
use crate::weights::parse_counting;

/// `result.json` grows with the currencies and input files only.
const LARGEST: u64 = 16 << 20;

/// `frontier.json` and `within.json` list every breakpoint, receipt and limit.
const LARGEST_OF_PROOF: u64 = 1 << 30;

/// What the other files are checked by.
#[derive(Debug)]
pub(super) struct Claims {
    /// The file's name.
    pub(super) file: &'static str,
    /// Whether the rows themselves are needed, and not only their sums.
    pub(super) keeps_rows: bool,
    pub(super) mode: Mode,
    pub(super) among: Among,
    pub(super) whole: bool,
    pub(super) seed: String,
    /// The netting centre's name; there in mode novation and only there.
    pub(super) centre: Option<String>,
    pub(super) as_of: Option<Date>,
    pub(super) weights: Option<Weights>,
    pub(super) unit: Option<Unit>,
    pub(super) inputs: Vec<Input>,
    pub(super) rules: Rules,
    pub(super) rejected: u64,
    /// The whole file.
    pub(super) found: Value,
}

/// What weighs the obligations.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Weights {
    Column(String),
    Overdue(u32),
    OverdueFirst,
    Classes(String),
}

/// The unit of account.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) currency: Currency,
    pub(super) source: String,
    pub(super) rate_date: Option<Date>,
    /// In minor units.
    pub(super) rounding: String,
    pub(super) rates: Vec<UnitRate>,
}

/// Minor units of the unit for one of the currency: `numerator / denominator`, in lowest terms,
/// both from 1 to below 2^62.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnitRate {
    pub(super) currency: Currency,
    pub(super) numerator: i128,
    pub(super) denominator: i128,
}

/// One file that was read.
#[derive(Debug, Deserialize)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) bytes: u64,
    pub(super) rows: u64,
    pub(super) recipe: Value,
    /// How it is read, if not as the others are.
    pub(super) reading: Option<Rules>,
}

/// The fields as JSON has them, before they are more than texts.
#[derive(Deserialize)]
struct Raw {
    mode: String,
    among: String,
    whole: bool,
    centre: Option<String>,
    seed: String,
    as_of: Option<Date>,
    weights: Option<Weights>,
    unit: Option<RawUnit>,
    inputs: Vec<Input>,
    reading: Rules,
    rejected: u64,
}

/// The same of a result beside those of `setoff clear`.
#[derive(Deserialize)]
struct RawBeside {
    seed: String,
    as_of: Option<Date>,
    weights: Option<String>,
    inputs: Vec<Input>,
    reading: Rules,
}

#[derive(Deserialize)]
struct RawUnit {
    currency: String,
    decimals: u8,
    source: String,
    rate_date: Option<Date>,
    rounding: RawMoney,
    rates: Vec<RawRate>,
}

#[derive(Deserialize)]
struct RawMoney {
    minor: String,
}

#[derive(Deserialize)]
struct RawRate {
    currency: String,
    decimals: u8,
    numerator: String,
    denominator: String,
}

impl Claims {
    /// Reads `result.json`.
    ///
    /// # Errors
    /// [`Stop`] if it is not there, not of this format or contradicts itself.
    pub(super) fn read(folder: &Path) -> Result<Self, Stop> {
        let Strict(found) = strict_json::read(folder, "result.json", LARGEST)?;
        let broken = |what: String| Stop::Broken(format!("result.json: {what}"));
        if found.get("format") != Some(&"setoff-result/1".into()) {
            return Err(Stop::Usage(
                "result.json: its format is not \"setoff-result/1\", the only one this version of \
                 Setoff verifies"
                    .to_owned(),
            ));
        }
        let raw = Raw::deserialize(&found).map_err(|error| broken(error.to_string()))?;
        let mode = [Mode::SetOff, Mode::Bilateral, Mode::Novation]
            .into_iter()
            .find(|mode| mode.to_string() == raw.mode)
            .ok_or_else(|| broken(format!("there is no mode {:?}", raw.mode)))?;
        if raw.centre.is_some() != (mode == Mode::Novation) {
            return Err(broken("there is a centre in mode novation, and only there".to_owned()));
        }
        let among = [Among::Default, Among::Fair, Among::Fewest]
            .into_iter()
            .find(|among| among.to_string() == raw.among)
            .ok_or_else(|| broken(format!("there is no among {:?}", raw.among)))?;
        let chooses = among != Among::Default || raw.whole;
        let in_classes = matches!(raw.weights, Some(Weights::OverdueFirst | Weights::Classes(_)));
        if raw.whole && (among != Among::Default || in_classes) {
            return Err(broken("whole goes with neither among nor classes".to_owned()));
        }
        if chooses && mode != Mode::SetOff {
            return Err(broken("among and whole belong to mode set-off".to_owned()));
        }
        if !is_hex(&raw.seed) {
            return Err(broken("seed is not 64 hexadecimal digits".to_owned()));
        }
        let (column, claimed) = match &raw.weights {
            None => (None, true),
            Some(Weights::Column(column) | Weights::Classes(column)) => (Some(column), true),
            Some(Weights::OverdueFirst) => (None, raw.as_of.is_some()),
            Some(Weights::Overdue(weight)) => {
                (None, (1..=MOST_WEIGHT).contains(weight) && raw.as_of.is_some())
            }
        };
        let own = raw.inputs.iter().filter_map(|input| input.reading.as_ref());
        let mut all = std::iter::once(&raw.reading).chain(own);
        if !claimed || !all.all(|reading| reading.weights.as_ref() == column) {
            return Err(broken("weights, as_of and reading do not agree".to_owned()));
        }
        if raw.inputs.is_empty() || raw.inputs.iter().any(|input| !is_hex(&input.sha256)) {
            return Err(broken("inputs are not files with their SHA-256".to_owned()));
        }
        let unit = raw.unit.map(|unit| unit.parse().map_err(broken)).transpose()?;
        Ok(Self {
            file: "result.json",
            keeps_rows: raw.whole || among == Among::Fewest,
            mode,
            among,
            whole: raw.whole,
            seed: raw.seed,
            centre: raw.centre,
            as_of: raw.as_of,
            weights: raw.weights,
            unit,
            inputs: raw.inputs,
            rules: raw.reading,
            rejected: raw.rejected,
            found,
        })
    }

    /// Reads `frontier.json` or `within.json`, of which only what the rows are checked by is a claim.
    ///
    /// # Errors
    /// As [`Claims::read`].
    pub(super) fn read_beside(
        folder: &Path,
        file: &'static str,
        format: &str,
    ) -> Result<Self, Stop> {
        let Strict(found) = strict_json::read(folder, file, LARGEST_OF_PROOF)?;
        let broken = |what: String| Stop::Broken(format!("{file}: {what}"));
        if found.get("format") != Some(&format.into()) {
            return Err(Stop::Usage(format!(
                "{file}: its format is not {format:?}, the only one this version of Setoff verifies"
            )));
        }
        let raw = RawBeside::deserialize(&found).map_err(|error| broken(error.to_string()))?;
        let weights = parse_counting(raw.weights.as_deref(), raw.as_of);
        let weights = match weights.map_err(|error| broken(error.to_string()))? {
            None => None,
            Some(Asked::Column(column)) => Some(Weights::Column(column)),
            Some(Asked::Overdue(weight)) => Some(Weights::Overdue(weight)),
            Some(Asked::OverdueFirst | Asked::Classes(_)) => {
                return Err(broken("weights are not classes here".to_owned()));
            }
        };
        if raw.inputs.is_empty() || !is_hex(&raw.seed) {
            return Err(broken("inputs or seed are not as the format asks".to_owned()));
        }
        Ok(Self {
            file,
            keeps_rows: true,
            mode: Mode::SetOff,
            among: Among::Default,
            whole: false,
            seed: raw.seed,
            centre: None,
            as_of: raw.as_of,
            weights,
            unit: None,
            inputs: raw.inputs,
            rules: raw.reading,
            rejected: 0,
            found,
        })
    }

    /// The fields that this version knows, as they must stand: what others are checked by, not
    /// checked themselves.
    pub(super) fn known_fields(&self) -> Value {
        let weights = match &self.weights {
            None => Value::Null,
            Some(Weights::Column(column)) => json!({ "column": column }),
            Some(Weights::Overdue(weight)) => json!({ "overdue": weight }),
            Some(Weights::OverdueFirst) => json!("overdue_first"),
            Some(Weights::Classes(column)) => json!({ "classes": column }),
        };
        json!({
            "format": "setoff-result/1",
            "mode": self.mode.to_string(),
            "centre": self.centre,
            "seed": self.found["seed"],
            "as_of": self.as_of,
            "weights": weights,
            "among": self.among.to_string(),
            "whole": self.whole,
            "unit": self.unit.as_ref().map(Unit::known_fields),
            "inputs": self.known_inputs(),
            "reading": self.rules,
            "rejected": self.rejected,
        })
    }

    /// The same of `frontier.json` or `within.json`.
    pub(super) fn known_beside(&self, format: &str) -> Value {
        json!({
            "format": format,
            "inputs": self.known_inputs(),
            "reading": self.rules,
            "seed": self.found["seed"],
            "weights": self.found["weights"],
            "as_of": self.as_of,
        })
    }

    /// The inputs as they must stand.
    pub(super) fn known_inputs(&self) -> Value {
        let inputs = self.inputs.iter().map(|input| {
            let mut fields = json!({
                "name": input.name,
                "sha256": input.sha256,
                "bytes": input.bytes,
                "rows": input.rows,
                "recipe": input.recipe,
            });
            if let Some(reading) = &input.reading {
                fields["reading"] = json!(reading);
            }
            fields
        });
        inputs.collect()
    }

    /// Whether the weights are classes, of which the largest comes first.
    pub(super) fn has_classes(&self) -> bool {
        matches!(self.weights, Some(Weights::OverdueFirst | Weights::Classes(_)))
    }

    /// What an obligation must weigh that is due then and weighs `column` by the input.
    pub(super) fn weight(&self, due: Option<Date>, column: u32) -> u32 {
        match (&self.weights, self.as_of, due) {
            (Some(Weights::Column(_) | Weights::Classes(_)), ..) => column,
            (Some(Weights::Overdue(weight)), Some(as_of), Some(due)) if due < as_of => *weight,
            (Some(Weights::OverdueFirst), Some(as_of), Some(due)) if due < as_of => 2,
            (None | Some(Weights::Overdue(_) | Weights::OverdueFirst), ..) => 1,
        }
    }
}

/// The most that a unit set off may count.
const MOST_WEIGHT: u32 = 1_000_000;

impl Unit {
    fn rounding_fields(&self) -> Value {
        let sum = self.rounding.parse::<i128>().unwrap_or(0);
        json!({ "amount": self.currency.format_sum(sum), "minor": sum.to_string() })
    }

    fn known_fields(&self) -> Value {
        let rates = self.rates.iter().map(|rate| {
            json!({
                "currency": rate.currency.code(),
                "decimals": rate.currency.decimals(),
                "numerator": rate.numerator.to_string(),
                "denominator": rate.denominator.to_string(),
            })
        });
        json!({
            "currency": self.currency.code(),
            "decimals": self.currency.decimals(),
            "source": self.source,
            "rate_date": self.rate_date,
            "rounding": self.rounding_fields(),
            "rates": rates.collect::<Vec<_>>(),
        })
    }
}

impl RawUnit {
    fn parse(self) -> Result<Unit, String> {
        let currency = unit_of(&self.currency, self.decimals)?;
        let mut rates = Vec::new();
        for raw in self.rates {
            let rate = UnitRate {
                currency: unit_of(&raw.currency, raw.decimals)?,
                numerator: part(&raw.numerator)?,
                denominator: part(&raw.denominator)?,
            };
            if greatest_common_divisor(rate.numerator, rate.denominator) != 1 {
                return Err(format!("the rate of {} is not in lowest terms", rate.currency));
            }
            rates.push(rate);
        }
        let (source, rate_date) = (self.source, self.rate_date);
        Ok(Unit { currency, source, rate_date, rounding: self.rounding.minor, rates })
    }
}

fn unit_of(code: &str, decimals: u8) -> Result<Currency, String> {
    Currency::own(code, decimals)
        .map_err(|_| format!("{code:?} with {decimals} decimals can't be a currency"))
}

/// A whole number from 1 to below 2^62 without needless zeros.
fn part(text: &str) -> Result<i128, String> {
    let in_form = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<i128>().ok().filter(|number| (1..1 << 62).contains(number));
    number.filter(|_| in_form).ok_or_else(|| format!("{text:?} can't be a part of a rate"))
}

fn greatest_common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn is_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
