//! One row of a delimited text taken apart into its fields.
//!
//! `csv-core` takes quotes off. What is ours is the strictness around it: it reads anything, and a
//! stray quote would silently change what a field says.

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};

use crate::rejected::Problem;
use crate::rules::Delimiter;

/// The most columns of a table.
pub const MOST_COLUMNS: usize = 1_000;

/// Takes rows apart, with room that is used again and again.
pub(crate) struct Fields {
    delimiter: Delimiter,
    core: csv_core::Reader,
    unquoted: Vec<u8>,
    ends: Vec<usize>,
}

/// The fields of one row.
pub(crate) struct Row<'a> {
    text: &'a str,
    /// Where each field ends in the text.
    ends: &'a [usize],
    /// How many bytes stand between two fields.
    gap: usize,
}

impl Fields {
    pub(crate) fn new(delimiter: Delimiter) -> Self {
        let core = ReaderBuilder::new()
            .delimiter(delimiter.byte())
            .terminator(Terminator::Any(b'\n'))
            .build();
        Self { delimiter, core, unquoted: Vec::new(), ends: Vec::new() }
    }

    pub(crate) fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    /// Takes a row apart.
    ///
    /// # Errors
    /// What is wrong with its quotes, or that it has more than [`MOST_COLUMNS`] fields.
    pub(crate) fn split<'a>(&'a mut self, row: &'a str) -> Result<Row<'a>, Problem> {
        let split = if row.as_bytes().contains(&b'"') {
            check_quotes(row, self.delimiter)?;
            self.split_quoted(row)?
        } else {
            self.split_plain(row)
        };
        if split.ends.len() > MOST_COLUMNS {
            let words = format!("has more than {MOST_COLUMNS} fields: check the delimiter");
            return Err(Problem::new("has too many fields", words));
        }
        Ok(split)
    }

    fn split_plain<'a>(&'a mut self, row: &'a str) -> Row<'a> {
        let delimiter = self.delimiter.byte();
        self.ends.clear();
        let ends = row.bytes().enumerate().filter(|(_, byte)| *byte == delimiter);
        self.ends.extend(ends.map(|(at, _)| at).take(MOST_COLUMNS + 1));
        self.ends.push(row.len());
        Row { text: row, ends: &self.ends, gap: 1 }
    }

    fn split_quoted<'a>(&'a mut self, row: &str) -> Result<Row<'a>, Problem> {
        // Fields never take more room than the row.
        self.unquoted.resize(row.len(), 0);
        self.ends.resize(MOST_COLUMNS + 2, 0);
        self.core.reset();
        let (result, _, written, count) =
            self.core.read_record(row.as_bytes(), &mut self.unquoted, &mut self.ends);
        let (written, count) = match result {
            // The row has no line end: telling the end of input closes it.
            ReadRecordResult::InputEmpty => {
                let (_, _, more, rest) = self.core.read_record(
                    b"\n",
                    &mut self.unquoted[written..],
                    &mut self.ends[count..],
                );
                (written + more, count + rest)
            }
            _ => (written, count),
        };
        match std::str::from_utf8(&self.unquoted[..written]) {
            Ok(text) => Ok(Row { text, ends: &self.ends[..count], gap: 0 }),
            Err(_) => Err("can't be taken apart into fields".into()),
        }
    }
}

impl<'a> Row<'a> {
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// A field, or the empty text behind the last one.
    pub(crate) fn get(&self, column: usize) -> &'a str {
        let start = match column.checked_sub(1).map(|before| self.ends.get(before)) {
            None => 0,
            Some(Some(end)) => end + self.gap,
            Some(None) => return "",
        };
        self.ends.get(column).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a str> {
        (0..self.count()).map(|column| self.get(column))
    }
}

/// Refuses a quote inside a field that does not begin with one, and text behind a closing one.
fn check_quotes(row: &str, delimiter: Delimiter) -> Result<(), Problem> {
    let bytes = row.as_bytes();
    let mut field = 1;
    let mut at = 0;
    loop {
        at = if bytes.get(at) == Some(&b'"') {
            closing_quote(bytes, at).ok_or_else(|| stray(field))? + 1
        } else {
            let is_end = |&b: &u8| b == b'"' || b == delimiter.byte();
            bytes[at..].iter().position(is_end).map_or(bytes.len(), |length| at + length)
        };
        match bytes.get(at) {
            None => return Ok(()),
            Some(&b) if b == delimiter.byte() => at += 1,
            Some(_) => return Err(stray(field)),
        }
        field += 1;
    }
}

/// Where the quote that opens at `at` is closed; a doubled one inside is text.
fn closing_quote(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return Some(at),
            _ => at += 1,
        }
    }
}

fn stray(field: usize) -> Problem {
    let words = format!(
        "has a stray quote in its field {field}: put the whole field in quotes and double the \
         quotes inside it (\"12\"\" disc\")"
    );
    Problem::new("has a stray quote", words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(row: &str) -> Result<Vec<String>, Problem> {
        let mut fields = Fields::new(Delimiter::Semicolon);
        fields.split(row).map(|row| row.iter().map(str::to_owned).collect())
    }

    #[test]
    fn fields_stand_between_delimiters_and_may_be_quoted() {
        for (row, fields) in [
            ("a;b;c", vec!["a", "b", "c"]),
            (";;", vec!["", "", ""]),
            ("", vec![""]),
            ("a;\"b;\"\"c\"\"\";d", vec!["a", "b;\"c\"", "d"]),
            ("\"a\";\"\"", vec!["a", ""]),
            ("\"a\";", vec!["a", ""]),
            ("\"a\nb\";c", vec!["a\nb", "c"]),
            ("ä;\"ö\";ü", vec!["ä", "ö", "ü"]),
        ] {
            assert_eq!(split(row).unwrap(), fields, "{row}");
        }
    }

    #[test]
    fn stray_quotes_are_refused_with_their_field() {
        for (row, field) in [("a\";b", 1), ("a;b\"", 2), ("\"a\"b;c", 1), ("a;\"b", 2), ("\"", 1)] {
            let problem = split(row).unwrap_err();
            assert!(problem.words.starts_with(&format!("has a stray quote in its field {field}:")));
        }
    }

    #[test]
    fn a_row_has_a_limit_of_fields() {
        assert_eq!(split(&";".repeat(MOST_COLUMNS - 1)).unwrap().len(), MOST_COLUMNS);
        assert!(split(&";".repeat(MOST_COLUMNS)).is_err());
        assert!(split(&format!("\"\"{}", ";".repeat(MOST_COLUMNS - 1))).is_ok());
        assert!(split(&format!("\"\"{}", ";".repeat(MOST_COLUMNS))).is_err());
        assert!(split(&format!("\"\"{}", ";".repeat(10 * MOST_COLUMNS))).is_err());
    }
}
