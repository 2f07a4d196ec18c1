//! JSON Lines: an object a line, its keys named as columns are.

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufReader;
use std::ops::ControlFlow;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::Place;
use crate::columns::{Field, normalised};
use crate::layout::{missing, twice};
use crate::lines::Lines;
use crate::read::{OnRow, RowRead};
use crate::recipe::{Found, MOST_KEYS, Recipe};
use crate::rejected::{Original, Part, Problem, ReadError, shown};
use crate::row::{Cell, RowReader};
use crate::rules::{Column, Rules};
use crate::source::Unpacked;

/// The most keys whose names are kept as having held nothing that was read.
const MOST_IGNORED: usize = 100;

/// Reads the objects and returns the keys that nothing was read from.
pub(crate) fn read(
    reader: &mut BufReader<Unpacked<'_>>,
    name: &str,
    file: u16,
    rules: &Rules,
    on_row: OnRow<'_>,
) -> Result<Found, ReadError> {
    let is_numbered = |field: &Field| matches!(rules.columns.of(*field), Some(Column::Number(_)));
    if let Some(field) = Field::NAMED.into_iter().find(is_numbered) {
        let problem = format!(
            "is JSON Lines, whose keys have no numbers: name the {field} in --map by its key"
        );
        return Err(ReadError::not_a_table(name, None, problem));
    }
    let mut rows = RowReader::new(name, Part::Key, rules);
    let mut seen = Keys::default();
    let mut lines = Lines::new(reader, name);
    while lines.next_line()? {
        let text = lines.bytes.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let place = Place { file, line: lines.row_line };
        let cells = cells(text, rules, &mut seen);
        let row = match &cells {
            Ok(cells) => declare(cells, place, &mut rows),
            Err(problem) => Err(rows.reject(place, problem.clone(), Original::text(text))),
        };
        if on_row(row, lines.reader.get_ref().bytes_read()) == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(seen.found())
}

fn declare<'a>(cells: &'a Cells, place: Place, rows: &mut RowReader<'_>) -> RowRead<'a> {
    let name = |field: Field| match &cells.0[field as usize] {
        Some(found) => shown(&found.key),
        None => field.name().to_owned(),
    };
    rows.declare(place, name, |field| {
        cells.0[field as usize].as_ref().map_or(Cell::Empty, |found| found.value.cell(field))
    })
}

/// What one line holds.
fn cells(text: &[u8], rules: &Rules, seen: &mut Keys) -> Result<Cells, Problem> {
    let text = std::str::from_utf8(text).map_err(|error| {
        let words = format!("is not UTF-8 at byte {}: save it as UTF-8", error.valid_up_to() + 1);
        Problem::new("is not UTF-8", words)
    })?;
    let object: Object<'_> = serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        let words = format!(
            "is not a JSON object (column {}: {}): write one object a line",
            error.column(),
            said.chars().take(100).collect::<String>()
        );
        Problem::new("is not a JSON object", words)
    })?;
    Cells::of(&object, rules, seen)
}

/// The members of an object in their order, values unread.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// The keys that objects have had so far.
#[derive(Default)]
struct Keys {
    sure: BTreeMap<String, Field>,
    weak: BTreeMap<String, Field>,
    ignored: Vec<String>,
}

impl Keys {
    fn note(&mut self, key: &str, field: Field, how: Known) {
        let keys = match how {
            Known::Surely => &mut self.sure,
            Known::Weakly => &mut self.weak,
        };
        if keys.len() < MOST_KEYS && !keys.contains_key(key) {
            keys.insert(key.to_owned(), field);
        }
    }

    fn ignore(&mut self, key: &str) {
        if self.ignored.len() < MOST_IGNORED && !self.ignored.iter().any(|name| name == key) {
            self.ignored.push(shown(key));
        }
    }

    fn found(self) -> Found {
        let recipe = Recipe::JsonLines { keys: self.sure, fallback_keys: self.weak };
        Found { recipe, ignored_columns: self.ignored }
    }
}

/// What an object holds of each field.
#[derive(Default)]
struct Cells([Option<Held>; 7]);

struct Held {
    key: String,
    how: Known,
    value: Value,
}

/// How a key is known to hold a field; a better one is preferred.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// Its name means the field only where no better one is there.
    Weakly,
    /// By its name, or by a rule.
    Surely,
}

impl Cells {
    fn of(object: &Object<'_>, rules: &Rules, seen: &mut Keys) -> Result<Self, Problem> {
        let mut cells = Self::default();
        for (key, raw) in &object.0 {
            let Some((field, how)) = field_of(key, rules) else {
                seen.ignore(key);
                continue;
            };
            seen.note(key, field, how);
            let cell = &mut cells.0[field as usize];
            match cell {
                Some(other) if other.key == *key => {
                    let words = format!("has the key \"{}\" twice: leave one out", shown(key));
                    return Err(Problem::new("has a key twice", words));
                }
                Some(other) if other.how == how => {
                    let words = twice(Part::Key, field, &other.key, key, "\"…\"");
                    return Err(Problem::new("has two keys for a field", words));
                }
                Some(other) if other.how > how => {}
                _ => *cell = Some(Held { key: key.clone(), how, value: Value::of(raw)? }),
            }
        }
        let needed =
            Field::NEEDED.into_iter().chain(rules.weights.is_some().then_some(Field::Weight));
        for field in needed {
            if cells.0[field as usize].is_none() {
                return Err(Problem::new("lacks a key", no_key(field, object, rules)));
            }
        }
        Ok(cells)
    }
}

fn no_key(field: Field, object: &Object<'_>, rules: &Rules) -> String {
    let keys = object.0.iter().map(|(key, _)| key.as_str());
    let ruled = match rules.columns.of(field) {
        Some(Column::Name(name)) => Some(name),
        _ => rules.weights.as_ref().filter(|_| field == Field::Weight),
    };
    match ruled {
        Some(name) => format!("has no key \"{}\" for the {field}: add it", shown(name)),
        None => format!(
            "{} Rename it, or name it in --map: [columns] {field} = \"…\"",
            missing(Part::Key, field, "the object", keys)
        ),
    }
}

/// The field that a key holds.
fn field_of(key: &str, rules: &Rules) -> Option<(Field, Known)> {
    if rules.weights.as_deref() == Some(key) {
        return Some((Field::Weight, Known::Surely));
    }
    let is_ruled =
        |field: &Field| matches!(rules.columns.of(*field), Some(Column::Name(name)) if name == key);
    if let Some(field) = Field::NAMED.into_iter().find(is_ruled) {
        return Some((field, Known::Surely));
    }
    let normal = normalised(key);
    let open = || Field::NAMED.into_iter().filter(|field| rules.columns.of(*field).is_none());
    let holds = |names: &[&str]| names.contains(&normal.as_str());
    let surely = open().find(|field| holds(field.known_names()));
    let weakly = || open().find(|field| holds(field.weak_names()));
    surely.map(|f| (f, Known::Surely)).or_else(|| weakly().map(|f| (f, Known::Weakly)))
}

/// A JSON value as far as a cell can hold it.
enum Value {
    Nothing,
    Text(String),
    Number(String),
    Bad(String, &'static str),
}

impl Value {
    fn of(raw: &RawValue) -> Result<Self, Problem> {
        let text = raw.get();
        Ok(match text.as_bytes().first() {
            Some(b'n') => Self::Nothing,
            Some(b'"') => {
                let text = serde_json::from_str(text);
                Self::Text(text.map_err(
                    |_| "holds a text with half a surrogate pair (\\ud800 to \\udfff): correct it",
                )?)
            }
            Some(b'-' | b'0'..=b'9') if !text.contains(['e', 'E']) => Self::Number(text.to_owned()),
            Some(b'-' | b'0'..=b'9') => {
                Self::Bad(text.to_owned(), "has an exponent: write all its digits")
            }
            _ => Self::Bad(text.to_owned(), "is neither a text nor a number"),
        })
    }

    fn cell(&self, field: Field) -> Cell<'_> {
        match self {
            Self::Nothing => Cell::Empty,
            Self::Text(text) if text.trim().is_empty() => Cell::Empty,
            Self::Text(text) => Cell::Text(text.trim()),
            // Names and references may be numbers, and then are what the digits say.
            Self::Number(number) => match field {
                Field::Debtor | Field::Creditor | Field::Reference => Cell::Text(number),
                _ => Cell::Number(number.clone()),
            },
            Self::Bad(text, problem) => Cell::Bad(text.clone(), problem),
        }
    }
}
