//! JSON Lines: an object a line, its keys named as columns are.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::Place;
use crate::columns::{Field, Layout};
use crate::delimited::LONGEST_ROW;
use crate::read::OnRow;
use crate::recipe::{Found, MOST_KEYS, Recipe};
use crate::rejected::{ReadError, Rejected, shown};
use crate::row::{Cell, RowReader};
use crate::rules::Rules;
use crate::source::Unpacked;

pub(crate) fn read(
    reader: &mut BufReader<Unpacked>,
    name: &str,
    file: u16,
    rules: &Rules,
    on_row: OnRow<'_>,
) -> Result<Found, ReadError> {
    let mut rows = RowReader::new(name.to_owned(), rules, Layout::default());
    let mut seen = Keys::default();
    let mut line = 0;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let limit = LONGEST_ROW as u64 + 1;
        match reader.by_ref().take(limit).read_until(b'\n', &mut bytes) {
            Ok(0) => return Ok(seen.found()),
            Ok(_) => line += 1,
            Err(error) => return Err(reader.get_ref().read_error(name, error)),
        }
        if bytes.len() > LONGEST_ROW {
            let problem = "is longer than 1 MiB, which no row is: check that lines end with a line \
                           feed";
            return Err(ReadError::not_a_table(name, Some(line), problem));
        }
        let text = bytes.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let place = Place { file, line };
        let read = reader.get_ref().bytes_read();
        let object = match object(text, &rows, place) {
            Ok(object) => object,
            Err(rejected) => match on_row(Err(rejected), read) {
                ControlFlow::Break(()) => return Ok(seen.found()),
                ControlFlow::Continue(()) => continue,
            },
        };
        let cells = match Cells::of(&object, rules, &mut seen) {
            Ok(cells) => cells,
            Err(problem) => match on_row(Err(rows.reject(place, problem)), read) {
                ControlFlow::Break(()) => return Ok(seen.found()),
                ControlFlow::Continue(()) => continue,
            },
        };
        let row = rows.declare(place, |field| cells.cell(field));
        if on_row(row, read) == ControlFlow::Break(()) {
            return Ok(seen.found());
        }
    }
}

fn object<'a>(text: &'a [u8], rows: &RowReader<'_>, place: Place) -> Result<Object<'a>, Rejected> {
    let text = std::str::from_utf8(text).map_err(|error| {
        rows.reject(
            place,
            format!("is not UTF-8 at byte {}: save it as UTF-8", error.valid_up_to() + 1),
        )
    })?;
    serde_json::from_str(text).map_err(|error| {
        let problem = format!(
            "is not a JSON object (column {}: {}): write one object a line",
            error.column(),
            shown(&error.to_string()).split(" at line").next().unwrap_or_default()
        );
        rows.reject(place, problem)
    })
}

/// The members of an object in their order, values unread.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

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
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    members.push((Cow::Owned(key), value));
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
    strong: BTreeMap<String, Field>,
    weak: BTreeMap<String, Field>,
    ignored: Vec<String>,
}

impl Keys {
    fn note(&mut self, key: &str, field: Field, strong: bool) {
        let keys = if strong { &mut self.strong } else { &mut self.weak };
        if keys.len() < MOST_KEYS && !keys.contains_key(key) {
            keys.insert(key.to_owned(), field);
        }
    }

    fn ignore(&mut self, key: &str) {
        if self.ignored.len() < 100 && !self.ignored.iter().any(|name| name == key) {
            self.ignored.push(key.to_owned());
        }
    }

    fn found(self) -> Found {
        let recipe = Recipe::JsonLines { keys: self.strong, fallback_keys: self.weak };
        Found { recipe, ignored_columns: self.ignored }
    }
}

/// What an object holds of each field.
#[derive(Default)]
struct Cells {
    cells: [Option<(bool, Value)>; 7],
}

/// A JSON value as far as a cell can hold it.
enum Value {
    Text(String),
    Number(String),
    Bad(String, &'static str),
}

impl Cells {
    fn of(object: &Object<'_>, rules: &Rules, seen: &mut Keys) -> Result<Self, String> {
        let mut cells = Self::default();
        let mut names: [&str; 7] = [""; 7];
        for (key, raw) in &object.0 {
            let Some((field, strong)) = Layout::field_of(key, rules) else {
                seen.ignore(key);
                continue;
            };
            seen.note(key, field, strong);
            let cell = &mut cells.cells[field as usize];
            match cell {
                Some((true, _)) if strong => {
                    return Err(format!(
                        "the keys \"{}\" and \"{}\" could both be the {}: leave one out",
                        names[field as usize],
                        shown(key),
                        field.name()
                    ));
                }
                Some((true, _)) => continue,
                _ => {}
            }
            names[field as usize] = key;
            *cell = value(raw)?.map(|value| (strong, value));
        }
        Ok(cells)
    }

    fn cell(&self, field: Field) -> Cell<'_> {
        match &self.cells[field as usize] {
            None => Cell::Empty,
            Some((_, Value::Text(text))) if text.trim().is_empty() => Cell::Empty,
            Some((_, Value::Text(text))) => Cell::Text(text.trim()),
            // Names and references may be numbers, and then are what the digits say.
            Some((_, Value::Number(number))) => match field {
                Field::Debtor | Field::Creditor | Field::Reference => Cell::Text(number),
                _ => Cell::Number(number.clone()),
            },
            Some((_, Value::Bad(text, problem))) => Cell::Bad(text.clone(), problem),
        }
    }
}

fn value(raw: &RawValue) -> Result<Option<Value>, String> {
    let text = raw.get();
    Ok(match text.as_bytes().first() {
        Some(b'n') => None,
        Some(b'"') => {
            let text = serde_json::from_str(text);
            Some(Value::Text(text.map_err(|_| "holds a text that can't be read".to_owned())?))
        }
        Some(b'-' | b'0'..=b'9') if !text.contains(['e', 'E']) => {
            Some(Value::Number(text.to_owned()))
        }
        Some(b'-' | b'0'..=b'9') => {
            Some(Value::Bad(text.to_owned(), "has an exponent: write all its digits"))
        }
        _ => Some(Value::Bad(text.to_owned(), "is neither a text nor a number")),
    })
}
