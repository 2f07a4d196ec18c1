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
        let is_quoted = row.as_bytes().contains(&b'"');
        if is_quoted {
            check_quotes(row, self.delimiter)?;
        }
        let split = match (self.delimiter, is_quoted) {
            (Delimiter::Space, _) => self.split_at_spaces(row)?,
            (_, true) => self.split_quoted(row)?,
            (_, false) => self.split_plain(row),
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

    /// Several spaces are one; those around the row are none.
    fn split_at_spaces<'a>(&'a mut self, row: &str) -> Result<Row<'a>, Problem> {
        self.unquoted.clear();
        self.ends.clear();
        let mut rest = row.trim_matches(' ');
        while !rest.is_empty() && self.ends.len() <= MOST_COLUMNS {
            let end = match closing_quote(rest.as_bytes(), 0) {
                Some(closing) if rest.starts_with('"') => {
                    let field = rest[1..closing].replace("\"\"", "\"");
                    self.unquoted.extend_from_slice(field.as_bytes());
                    closing + 1
                }
                _ => {
                    let end = rest.find(' ').unwrap_or(rest.len());
                    self.unquoted.extend_from_slice(&rest.as_bytes()[..end]);
                    end
                }
            };
            self.ends.push(self.unquoted.len());
            rest = rest[end..].trim_start_matches(' ');
        }
        self.unquoted_row(self.ends.len(), self.unquoted.len())
    }

    /// The fields that stand one behind the other in what was unquoted.
    fn unquoted_row(&self, count: usize, length: usize) -> Result<Row<'_>, Problem> {
        match std::str::from_utf8(&self.unquoted[..length]) {
            Ok(text) => Ok(Row { text, ends: &self.ends[..count], gap: 0 }),
            Err(_) => Err("can't be taken apart into fields".into()),
        }
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
        self.unquoted_row(count, written)
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
    fn several_spaces_are_one_delimiter() {
        for (row, fields) in [
            ("a b 3", vec!["a", "b", "3"]),
            ("  a   b  3 ", vec!["a", "b", "3"]),
            ("\"Alder  Mills\" b 3", vec!["Alder  Mills", "b", "3"]),
            ("a \"say \"\"b\"\"\" \"\"", vec!["a", "say \"b\"", ""]),
            ("a\tb ä", vec!["a\tb", "ä"]),
        ] {
            let mut at_spaces = Fields::new(Delimiter::Space);
            let split = at_spaces.split(row).unwrap();
            assert_eq!(split.iter().collect::<Vec<_>>(), fields, "{row}");
        }
        assert!(Fields::new(Delimiter::Space).split("a 12\" disc").is_err());
        let wide = "a ".repeat(MOST_COLUMNS + 1);
        assert!(Fields::new(Delimiter::Space).split(&wide).is_err());
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
