//! JSON read strictly: bounded, and without a name twice in one object, which readers of JSON
//! take for one or the other as they please.

use std::fmt;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{Stop, open_file};

/// Reads a JSON file of at most `largest` bytes.
///
/// # Errors
/// [`Stop::Broken`] if it is missing or no such JSON, [`Stop::Machine`] if it can't be read.
pub(super) fn read<T: DeserializeOwned>(
    folder: &Path,
    name: &str,
    largest: u64,
) -> Result<T, Stop> {
    let path = folder.join(name);
    let file = open_file(&path)?;
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes).map_err(|error| Stop::of_io(&path, &error))?;
    if bytes.len() as u64 > largest {
        return Err(Stop::Broken(format!("{name}: is larger than {largest} bytes")));
    }
    serde_json::from_slice(&bytes).map_err(|error| Stop::Broken(format!("{name}: {error}")))
}

/// Any JSON value, objects without a name twice.
#[derive(Debug)]
pub(super) struct Strict(pub(super) Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Strict(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some((name, Strict(value))) = object.next_entry::<String, Strict>()? {
            if values.contains_key(&name) {
                return Err(A::Error::custom(format_args!("the name {name:?} stands twice")));
            }
            values.insert(name, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_twice_is_refused_at_any_depth() {
        let read = |text| serde_json::from_str::<Strict>(text).map(|Strict(value)| value);

        assert_eq!(read(r#"{"a": [1, {"b": null}]}"#).unwrap()["a"][1]["b"], Value::Null);
        let error = read(r#"{"a": [{"b": 1, "b": 1}]}"#).unwrap_err().to_string();
        assert!(error.starts_with("the name \"b\" stands twice"), "{error}");
    }
}
