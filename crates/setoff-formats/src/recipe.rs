//! How one file was in fact read, for others who read it again.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::columns::Field;
use crate::layout::Layout;
use crate::rules::Delimiter;

/// The most keys of JSON objects that a recipe names.
pub(crate) const MOST_KEYS: usize = 1_000;

/// What the [`Rules`](crate::Rules) left open, as it was found in one file. With both, another
/// program can read the file without knowing the names that columns have or guessing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Recipe {
    /// Fields between delimiters, a row a line.
    Csv {
        /// The character between fields.
        delimiter: Delimiter,
        /// The column of each field that has one, from 1.
        columns: BTreeMap<Field, usize>,
    },
    /// A sheet of a workbook.
    Xlsx {
        /// The sheet's name.
        sheet: String,
        /// The column of each field that has one, from 1.
        columns: BTreeMap<Field, usize>,
    },
    /// A JSON object a line.
    JsonLines {
        /// The field of each key that has one, exactly as written; the first thousand.
        keys: BTreeMap<String, Field>,
        /// The same of keys that count only in an object where no other has the field.
        fallback_keys: BTreeMap<String, Field>,
    },
}

/// What a reader found out about a file beside its rows.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) recipe: Recipe,
    /// The columns that nothing was read from.
    pub(crate) ignored_columns: Vec<String>,
}

impl Layout {
    /// The column of each field that has one, from 1.
    pub(crate) fn found(&self) -> BTreeMap<Field, usize> {
        let fields = Field::ALL.into_iter();
        fields.filter_map(|field| Some((field, self.column(field)? + 1))).collect()
    }
}
