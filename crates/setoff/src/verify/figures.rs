//! The figures of `result.json` and `certificate.json`, as the books say them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use setoff_money::Currency;

use super::book::Book;
use super::certificate::Certificate;
use super::circles::Counted;
use super::claims::Claims;
use super::discharges::Books;
use super::findings::{Findings, quoted};
use super::payments::{Left, expected, left_by_pair};
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
}

/// The figures of every currency and of every clearing, by code.
#[derive(Debug)]
pub(super) struct AllFigures {
    pub(super) currencies: Vec<Figures>,
    pub(super) clearings: Vec<Figures>,
}

impl AllFigures {
    /// The figures, before circles are taken off the books.
    pub(super) fn of(claims: &Claims, books: &Books) -> Self {
        let payments = expected(claims, books);
        let paid = |book: &Book| payments.get(book.currency.code()).copied().unwrap_or_default();
        let clearings = books.clearings().into_iter().map(|book| {
            let left = match (&books.unit, claims.mode) {
                (Some(_), Mode::SetOff | Mode::Bilateral) => left_by_pair(book),
                _ => paid(book),
            };
            Figures::of(book, cleared(claims.mode, book), left)
        });
        let currencies = books.currencies.values().map(|book| {
            let cleared = match &books.unit {
                None => cleared(claims.mode, book),
                Some(_) => book.discharged,
            };
            Figures::of(book, cleared, paid(book))
        });
        Self { currencies: currencies.collect(), clearings: clearings.collect() }
    }
}

/// What is no longer owed: the discharges, less what is owed to a centre instead.
fn cleared(mode: Mode, book: &Book) -> i128 {
    match mode {
        Mode::SetOff | Mode::Bilateral => book.discharged,
        Mode::Novation => {
            book.gross - book.members.iter().map(|member| (-member.net()).max(0)).sum::<i128>()
        }
    }
}

impl Figures {
    fn of(book: &Book, cleared: i128, left: Left) -> Self {
        Self {
            currency: book.currency,
            obligations: book.obligations,
            members: book.members_taking_part(),
            gross: book.gross,
            cleared,
            weighted: book.weighted,
            pairs: book.pairs.len(),
            left,
        }
    }

    /// `cleared / gross` in millionths, rounded down; 0 of nothing.
    fn millionths(&self) -> i128 {
        // A gross of more than 2^102 would take more rows than there can be.
        (self.cleared * 1_000_000).checked_div(self.gross).unwrap_or(0)
    }

    fn json(&self) -> Map<String, Value> {
        let money = |sum: i128| json!({ "amount": self.currency.format_sum(sum), "minor": sum.to_string() });
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
    circles: Option<&BTreeMap<String, Counted>>,
    findings: &mut Findings,
) -> Vec<String> {
    let clearing = |figures: &Figures| {
        let mut fields = figures.json();
        fields.insert("weighted".to_owned(), json!(figures.weighted.to_string()));
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
        "clearings": figures.clearings.iter().map(clearing).collect::<Vec<_>>(),
    });
    // What is taken as it is claimed has no other value to be compared with.
    let mut expected = claims.known_fields();
    for part in ["currencies", "clearings"] {
        expected[part] = computed[part].clone();
    }
    let mut unknown = Vec::new();
    compare("", &claims.found, &expected, &mut unknown, findings);
    unknown
}

/// Compares a value with what is expected there; fields beyond it are `unknown`.
fn compare(
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
                        compare(&format!("{path}.{name}"), found, value, unknown, findings);
                    }
                    None => findings.add(|| format!("result.json: {} is missing", at(path, name))),
                }
            }
            let others = found.keys().filter(|name| !expected.contains_key(*name));
            unknown.extend(others.map(|name| format!("result.json: {}", at(path, name))));
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            for (number, (found, expected)) in found.iter().zip(expected).enumerate() {
                compare(&format!("{path}[{number}]"), found, expected, unknown, findings);
            }
        }
        _ if found == expected => {}
        _ => findings.add(|| {
            let path = path.trim_start_matches('.');
            let short = |value: &Value| match value {
                Value::Array(list) => format!("a list of {}", list.len()),
                value => quoted(value.to_string().as_bytes()),
            };
            format!("result.json: {path} is {}, expected {}", short(found), short(expected))
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
    books: &Books,
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
    let books = books.clearings();
    for ((certified, figures), book) in
        certificate.clearings.iter().zip(&figures.clearings).zip(books)
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
        if certified.potentials.is_some() != (claims.mode == Mode::SetOff) {
            findings.add(|| {
                format!(
                    "certificate.json: {code}: there are potentials in mode set-off, and only there"
                )
            });
        } else if claims.mode == Mode::SetOff {
            check_members(book, findings);
        }
    }
}

fn check_members(book: &Book, findings: &mut Findings) {
    for (number, member) in (0..).zip(&book.members) {
        let wrong = match (member.takes_part, member.potential) {
            (true, None) => "has no potential",
            (false, Some(_)) => "has a potential but is not a member of the clearing",
            _ => continue,
        };
        findings.add(|| {
            format!("certificate.json: {}: {:?} {wrong}", book.currency, book.name(number))
        });
    }
}
