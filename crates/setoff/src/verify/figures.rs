//! The figures of `result.json` and `certificate.json`, as the tallies say them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use setoff_money::Currency;

use super::certificate::{Certificate, CertifiedClass, CertifiedClearing};
use super::circles::Counted;
use super::claims::Claims;
use super::discharges::Tallies;
use super::findings::{Findings, quoted};
use super::payments::{Left, expected, left_by_pair};
use super::tally::{Class, Tally};
use crate::choosing::Among;
use crate::outcome::Mode;

/// The figures of one currency or clearing. Sums are in minor units.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) currency: Currency,
    pub(super) obligations: u64,
    pub(super) members: usize,
    pub(super) gross: i128,
    pub(super) cleared: i128,
    pub(super) weighted: i128,
    pairs: usize,
    left: Left,
    /// What is discharged of each class, the first first, if there are classes.
    pub(super) classes: Vec<(u32, i128)>,
}

/// What the certificate states about a search in one clearing; whether it is so is checked apart.
#[derive(Debug, Default)]
pub(super) struct Searched {
    pub(super) weighted_bound: Option<String>,
    /// How many obligations are discharged whole, and the bound on it.
    pub(super) whole_obligations: Option<(u64, u64)>,
    /// The gaps of a clearing that was stopped, class by class; one without classes.
    pub(super) gaps: Vec<Option<String>>,
}

impl Searched {
    /// Whether the optimiser was stopped before the largest.
    pub(super) fn is_stopped(&self) -> bool {
        self.gaps.iter().any(Option::is_some)
    }

    /// What is stated of each clearing.
    pub(super) fn of(certificate: &Certificate) -> Vec<Self> {
        let of = |clearing: &CertifiedClearing| Self {
            weighted_bound: clearing.whole.as_ref().map(|whole| whole.bound.clone()),
            whole_obligations: clearing.fewest.as_ref().map(|fewest| (fewest.whole, fewest.bound)),
            gaps: clearing.gaps().into_iter().map(|gap| gap.map(str::to_owned)).collect(),
        };
        certificate.clearings.iter().map(of).collect()
    }
}

/// The figures of every currency and of every clearing, by code.
#[derive(Debug)]
pub(super) struct AllFigures {
    pub(super) currencies: Vec<Figures>,
    pub(super) clearings: Vec<Figures>,
}

impl AllFigures {
    /// The figures, before circles are taken off the tallies.
    pub(super) fn of(claims: &Claims, tallies: &Tallies) -> Self {
        let payments = expected(claims, tallies);
        let paid = |tally: &Tally| payments.get(tally.currency.code()).copied().unwrap_or_default();
        let clearings = tallies.clearings().into_iter().map(|tally| {
            let left = match (&tallies.unit, claims.mode) {
                (Some(_), Mode::SetOff | Mode::Bilateral) => left_by_pair(tally),
                _ => paid(tally),
            };
            Figures::of(tally, cleared(claims.mode, tally), left)
        });
        let currencies = tallies.currencies.values().map(|tally| {
            let cleared = match &tallies.unit {
                None => cleared(claims.mode, tally),
                Some(_) => tally.discharged,
            };
            Figures::of(tally, cleared, paid(tally))
        });
        Self { currencies: currencies.collect(), clearings: clearings.collect() }
    }
}

/// What is no longer owed: the discharges, less what is owed to a centre instead.
fn cleared(mode: Mode, tally: &Tally) -> i128 {
    match mode {
        Mode::SetOff | Mode::Bilateral => tally.discharged,
        Mode::Novation => {
            tally.gross - tally.members.iter().map(|member| (-member.net()).max(0)).sum::<i128>()
        }
    }
}

impl Figures {
    fn of(tally: &Tally, cleared: i128, left: Left) -> Self {
        Self {
            currency: tally.currency,
            obligations: tally.obligations,
            members: tally.members_taking_part(),
            gross: tally.gross,
            cleared,
            weighted: tally.weighted,
            pairs: tally.pairs.len(),
            left,
            classes: tally
                .classes
                .iter()
                .filter_map(|class| Some((class.weight?, class.discharged)))
                .collect(),
        }
    }

    /// `cleared / gross` in millionths, rounded down; 0 of nothing.
    fn millionths(&self) -> i128 {
        // A gross of more than 2^102 would take more rows than there can be.
        (self.cleared * 1_000_000).checked_div(self.gross).unwrap_or(0)
    }

    fn money(&self, sum: i128) -> Value {
        json!({ "amount": self.currency.format_sum(sum), "minor": sum.to_string() })
    }

    fn json(&self) -> Map<String, Value> {
        let money = |sum| self.money(sum);
        let rate = self.millionths();
        let fields = [
            ("currency", json!(self.currency.code())),
            ("decimals", json!(self.currency.decimals())),
            ("obligations", json!(self.obligations)),
            ("members", json!(self.members)),
            ("gross", money(self.gross)),
            ("cleared", money(self.cleared)),
            ("residual", money(self.gross - self.cleared)),
            ("rate", json!(format!("{}.{:06}", rate / 1_000_000, rate % 1_000_000))),
            ("payments_before", json!(self.pairs)),
            ("payments", json!(self.left.payments)),
            ("payment_volume", money(self.left.volume)),
            ("largest_payment", money(self.left.largest)),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Compares every figure of `result.json`, and names the fields that nothing can be said of:
/// those of the circles too if these can't be counted.
pub(super) fn check_result(
    claims: &Claims,
    figures: &AllFigures,
    searched: &[Searched],
    circles: Option<&BTreeMap<String, Counted>>,
    findings: &mut Findings,
) -> Vec<String> {
    let none = Searched::default();
    let clearing = |(number, figures): (usize, &Figures)| {
        let mut fields = figures.json();
        fields.insert("weighted".to_owned(), json!(figures.weighted.to_string()));
        let searched = searched.get(number).unwrap_or(&none);
        let mut gaps = searched.gaps.iter();
        if claims.has_classes() && claims.mode == Mode::SetOff {
            let class = |(weight, sum): &(u32, i128)| {
                let mut fields = json!({ "weight": weight, "cleared": figures.money(*sum) });
                if let Some(Some(gap)) = gaps.next() {
                    fields["gap"] = json!(gap);
                }
                fields
            };
            fields.insert("classes".to_owned(), figures.classes.iter().map(class).collect());
        } else if let Some(Some(gap)) = gaps.next() {
            fields.insert("gap".to_owned(), json!(gap));
        }
        if let Some(bound) = &searched.weighted_bound {
            fields.insert("weighted_bound".to_owned(), json!(bound));
        }
        if let Some((whole, bound)) = searched.whole_obligations {
            fields.insert("whole_obligations".to_owned(), json!(whole));
            fields.insert("whole_obligations_bound".to_owned(), json!(bound));
        }
        if let Some(circles) = circles {
            let counted = circles.get(figures.currency.code()).copied().unwrap_or_default();
            fields.insert("circles".to_owned(), json!(counted.circles));
            fields.insert("longest_circle".to_owned(), json!(counted.longest));
        }
        Value::Object(fields)
    };
    let computed = json!({
        "currencies":
            figures.currencies.iter().map(|f| Value::Object(f.json())).collect::<Vec<_>>(),
        "clearings": figures.clearings.iter().enumerate().map(clearing).collect::<Vec<_>>(),
    });
    // What is taken as it is claimed has no other value to be compared with.
    let mut expected = claims.known_fields();
    for part in ["currencies", "clearings"] {
        expected[part] = computed[part].clone();
    }
    let mut unknown = Vec::new();
    compare(claims.file, "", &claims.found, &expected, &mut unknown, findings);
    unknown
}

/// Compares a value with what is expected there; fields beyond it are `unknown`.
pub(super) fn compare(
    file: &str,
    path: &str,
    found: &Value,
    expected: &Value,
    unknown: &mut Vec<String>,
    findings: &mut Findings,
) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            for (name, value) in expected {
                match found.get(name) {
                    Some(found) => {
                        compare(file, &format!("{path}.{name}"), found, value, unknown, findings);
                    }
                    None => findings.add(|| format!("{file}: {} is missing", at(path, name))),
                }
            }
            let others = found.keys().filter(|name| !expected.contains_key(*name));
            unknown.extend(others.map(|name| format!("{file}: {}", at(path, name))));
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            for (number, (found, expected)) in found.iter().zip(expected).enumerate() {
                compare(file, &format!("{path}[{number}]"), found, expected, unknown, findings);
            }
        }
        _ if found == expected => {}
        _ => findings.add(|| {
            let path = path.trim_start_matches('.');
            let short = |value: &Value| match value {
                Value::Array(list) => format!("a list of {}", list.len()),
                value => quoted(value.to_string().as_bytes()),
            };
            format!("{file}: {path} is {}, expected {}", short(found), short(expected))
        }),
    }
}

fn at(path: &str, name: &str) -> String {
    let name = quoted(name.as_bytes());
    format!("{path}.{}", name.trim_matches('"')).trim_start_matches('.').to_owned()
}

/// Compares the figures of `certificate.json`, and whether it has a potential for every member.
pub(super) fn check_certificate(
    claims: &Claims,
    certificate: &Certificate,
    figures: &AllFigures,
    tallies: &Tallies,
    findings: &mut Findings,
) {
    if certificate.format != "setoff-certificate/1" {
        findings.add(|| "certificate.json: format is not \"setoff-certificate/1\"".to_owned());
    }
    if certificate.mode != claims.mode.to_string() {
        findings.add(|| format!("certificate.json: mode is not {:?}", claims.mode.to_string()));
    }
    if certificate.clearings.len() != figures.clearings.len() {
        findings.add(|| {
            let expected = figures.clearings.len();
            format!(
                "certificate.json: has {} clearings, expected {expected}",
                certificate.clearings.len()
            )
        });
    }
    let tallies = tallies.clearings();
    for ((certified, figures), tally) in
        certificate.clearings.iter().zip(&figures.clearings).zip(tallies)
    {
        let code = figures.currency.code();
        let decimals = figures.currency.decimals().to_string();
        let texts = [
            ("currency", &certified.currency, code.to_owned()),
            ("decimals", &certified.decimals.to_string(), decimals),
            ("gross", &certified.gross, figures.gross.to_string()),
            ("cleared", &certified.cleared, figures.cleared.to_string()),
            ("weighted", &certified.weighted, figures.weighted.to_string()),
        ];
        for (name, found, expected) in texts {
            if *found != expected {
                findings.add(|| {
                    let found = quoted(found.as_bytes());
                    format!("certificate.json: {code}: {name} is {found}, expected {expected:?}")
                });
            }
        }
        let is_set_off = claims.mode == Mode::SetOff;
        let wanted = [
            (
                "potentials",
                certified.potentials.is_some(),
                is_set_off && !claims.has_classes() && !claims.whole,
            ),
            ("classes", certified.classes.is_some(), is_set_off && claims.has_classes()),
            ("whole", certified.whole.is_some(), claims.whole),
            ("fewest", certified.fewest.is_some(), claims.among == Among::Fewest),
            ("fair", certified.fair.is_some(), claims.among == Among::Fair),
        ];
        for (name, is_there, is_wanted) in wanted {
            if is_there != is_wanted {
                findings.add(|| {
                    let must = if is_wanted { "must" } else { "must not" };
                    format!("certificate.json: {code}: {name} {must} be there in this mode")
                });
            }
        }
        for (class, certified) in tally.classes.iter().zip(certified.classes.iter().flatten()) {
            check_class(tally, class, certified, findings);
        }
        let in_order = tally.classes.is_sorted_by(|a, b| a.weight > b.weight);
        let in_classes: u64 = tally.classes.iter().map(|class| class.rows).sum();
        if claims.has_classes() && (!in_order || in_classes != tally.obligations) {
            findings.add(|| {
                format!(
                    "certificate.json: {code}: classes are not one for each weight, the largest \
                     first"
                )
            });
        }
        if is_set_off {
            for class in &tally.classes {
                check_members(tally, &class.potentials, findings);
            }
            for step in tally.even.iter().flatten() {
                check_members(tally, &step.owed, findings);
                check_members(tally, &step.owing, findings);
            }
        }
    }
}

fn check_class(tally: &Tally, class: &Class, certified: &CertifiedClass, findings: &mut Findings) {
    let (code, weight) = (tally.currency.code(), certified.weight);
    if class.rows == 0 {
        findings.add(|| format!("certificate.json: {code}: no obligation weighs {weight}"));
    }
    let expected = class.discharged.to_string();
    if certified.cleared != expected {
        findings.add(|| {
            let found = quoted(certified.cleared.as_bytes());
            format!(
                "certificate.json: {code}: of the weight {weight} cleared is {found}, expected \
                 {expected:?}"
            )
        });
    }
}

fn check_members(tally: &Tally, potentials: &[Option<i64>], findings: &mut Findings) {
    for (number, member) in (0..).zip(&tally.members) {
        let potential = potentials.get(number as usize).copied().flatten();
        let wrong = match (member.takes_part, potential) {
            (true, None) => "has no potential",
            (false, Some(_)) => "has a potential but is not a member of the clearing",
            _ => continue,
        };
        findings.add(|| {
            format!("certificate.json: {}: {:?} {wrong}", tally.currency, tally.name(number))
        });
    }
}
