//! CSV and its relatives: fields between commas, semicolons or tabs, quoted as RFC 4180 says.
//!
//! `csv-core` takes fields apart. What is ours is the strictness around it: it reads anything, and
//! a quote that is opened and never closed would silently swallow the rows behind it.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};

use crate::Place;
use crate::columns::{Field, HeaderProblem, Layout};
use crate::read::OnRow;
use crate::recipe::{Found, Recipe};
use crate::rejected::{ReadError, shown};
use crate::row::{Cell, RowReader};
use crate::rules::{Delimiter, Encoding, HeaderLine, Rules};
use crate::source::Unpacked;

/// The longest row in bytes, 1 MiB.
pub const LONGEST_ROW: usize = 1 << 20;

/// The most columns of a table.
pub const MOST_COLUMNS: usize = 1_000;

pub(crate) fn read(
    reader: &mut BufReader<Unpacked>,
    name: &str,
    file: u16,
    rules: &Rules,
    on_row: OnRow<'_>,
) -> Result<Found, ReadError> {
    let mut lines = Lines { reader, name, line: 0, row_line: 0, bytes: Vec::new() };
    let HeaderLine(header_line) = rules.header;
    let mut first = Vec::new();
    while lines.line < u64::from(header_line.max(1)) || first.trim_ascii().is_empty() {
        first.clear();
        if !lines.next_row()? {
            let problem = "has no rows: there is nothing to clear";
            return Err(ReadError::not_a_table(name, None, problem));
        }
        first.extend_from_slice(&lines.bytes);
    }
    let header = decoded(&first, rules.encoding)
        .map_err(|problem| ReadError::not_a_table(name, Some(lines.row_line), problem))?;
    let (mut fields, layout) = layout(&header, rules)
        .map_err(|problem| ReadError::not_a_table(name, Some(lines.row_line), problem))?;
    let columns = layout.header.len();
    let mut rows = RowReader::new(name.to_owned(), rules, layout);

    let mut seen = false;
    let mut pending = header_line == 0;
    loop {
        if !std::mem::take(&mut pending) && !lines.next_row()? {
            break;
        }
        if lines.bytes.trim_ascii().is_empty() {
            continue;
        }
        seen = true;
        let place = Place { file, line: lines.row_line };
        let columns = (columns > 0).then_some(columns);
        let text = decoded(&lines.bytes, rules.encoding);
        let row = match text.and_then(|text| fields.split(&text, columns).map(|()| ())) {
            Err(problem) => Err(rows.reject(place, problem)),
            Ok(()) => {
                let column = |field| rows.layout.column(field);
                let columns = [
                    Field::Debtor,
                    Field::Creditor,
                    Field::Amount,
                    Field::Currency,
                    Field::Due,
                    Field::Reference,
                    Field::Weight,
                ]
                .map(column);
                rows.declare(place, |field| match columns[field as usize] {
                    None => Cell::Empty,
                    Some(column) => match fields.get(column).trim() {
                        "" => Cell::Empty,
                        text => Cell::Text(text),
                    },
                })
            }
        };
        let bytes = lines.reader.get_ref().bytes_read();
        if on_row(row, bytes) == ControlFlow::Break(()) {
            break;
        }
    }
    if !seen {
        let problem = "has a header and no rows: there is nothing to clear";
        return Err(ReadError::not_a_table(name, None, problem));
    }
    let recipe = Recipe::Csv { delimiter: fields.delimiter, columns: rows.layout.found() };
    Ok(Found { recipe, ignored_columns: rows.layout.ignored() })
}

/// Finds the delimiter and the columns in the header.
fn layout(header: &str, rules: &Rules) -> Result<(Fields, Layout), String> {
    let candidates = match rules.delimiter {
        Some(delimiter) => vec![delimiter],
        None => Delimiter::ALL.to_vec(),
    };
    let mut attempts = Vec::new();
    for delimiter in candidates {
        let mut fields = Fields::new(delimiter);
        fields.split(header, None)?;
        let names: Vec<String> = fields.iter().map(str::to_owned).collect();
        let count = names.len();
        let layout = if rules.header == HeaderLine(0) {
            Layout::of_numbers(rules)
        } else {
            Layout::of_header(names, rules)
        };
        attempts.push((count, fields, layout));
    }
    // A delimiter that the header does not hold leaves one field, which is never enough.
    attempts.sort_by_key(|(count, _, layout)| (layout.is_err(), std::cmp::Reverse(*count)));
    let (_, fields, layout) = attempts.swap_remove(0);
    let names: Vec<&str> = fields.iter().collect();
    layout.map_err(|problem| in_words(&problem, &names)).map(|layout| (fields, layout))
}

/// What is wrong with a header, for the person who wrote it.
pub(crate) fn in_words(problem: &HeaderProblem, header: &[&str]) -> String {
    let quoted: Vec<String> =
        header.iter().take(20).map(|name| format!("\"{}\"", shown(name.trim()))).collect();
    let found = quoted.join(", ");
    match problem {
        HeaderProblem::Missing(field) => {
            let field = field.name();
            let near = nearest(field, header);
            format!(
                "no column is known to hold the {field}; the header has {found}{near}. Name it in \
                 the header, or in --map: [columns] {field} = \"…\""
            )
        }
        HeaderProblem::Twice(field, one, other) => {
            let field = field.name();
            format!(
                "the columns \"{}\" and \"{}\" could both be the {field}: rename one, or say which \
                 in --map: [columns] {field} = \"…\"",
                shown(one.trim()),
                shown(other.trim())
            )
        }
        HeaderProblem::NoSuchColumn(field, name) => format!(
            "has no column \"{}\" for the {}; the header has {found}",
            shown(name),
            field.name()
        ),
    }
}

/// A header name that was perhaps meant, spelt otherwise.
fn nearest(field: &str, header: &[&str]) -> String {
    let distance = |name: &&&str| strsim::damerau_levenshtein(&name.trim().to_lowercase(), field);
    match header.iter().min_by_key(distance) {
        Some(name) if distance(&name) <= 2 => format!(" (is \"{}\" the one?)", shown(name.trim())),
        _ => String::new(),
    }
}

/// Text from bytes, or what is wrong with them.
fn decoded(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, String> {
    if let Some(at) = bytes.iter().position(|&b| b == 0) {
        return Err(format!(
            "holds a NUL byte (byte {} of the row): the file is damaged, or UTF-16 text; save it \
             as UTF-8",
            at + 1
        ));
    }
    match encoding {
        Encoding::Windows1252 => Ok(encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0),
        Encoding::Utf8 => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
            let at = error.valid_up_to();
            let before = String::from_utf8_lossy(&bytes[..at]);
            let near: String =
                before.chars().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect();
            format!(
                "is not UTF-8 at byte {} of the row (0x{:02X} behind \"{}\"): save it as UTF-8, or \
                 add --encoding windows-1252",
                at + 1,
                bytes[at],
                shown(&near)
            )
        }),
    }
}

/// Rows of physical lines: a line break inside quotes belongs to the row.
struct Lines<'r> {
    reader: &'r mut BufReader<Unpacked>,
    name: &'r str,
    /// How many lines have been read.
    line: u64,
    /// The first line of the row.
    row_line: u64,
    /// The row without its line end.
    bytes: Vec<u8>,
}

impl Lines<'_> {
    /// Reads the next row; false at the end of the file.
    fn next_row(&mut self) -> Result<bool, ReadError> {
        self.bytes.clear();
        self.row_line = self.line + 1;
        let mut quotes = 0;
        loop {
            let start = self.bytes.len();
            let limit = (LONGEST_ROW + 1 - start) as u64;
            let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.bytes);
            let count = match read {
                Ok(count) => count,
                Err(error) => return Err(self.reader.get_ref().read_error(self.name, error)),
            };
            if count == 0 && start > 0 {
                let problem = "opens a quote that is never closed: close it, or double a quote \
                               that is part of the text";
                return Err(ReadError::not_a_table(self.name, Some(self.row_line), problem));
            }
            if count == 0 {
                return Ok(false);
            }
            if self.bytes.len() > LONGEST_ROW {
                let problem = if start > 0 {
                    "opens a quote that is not closed within 1 MiB: close it, or double a quote \
                     that is part of the text"
                } else {
                    "is longer than 1 MiB, which no row is: check that lines end with a line feed"
                };
                return Err(ReadError::not_a_table(self.name, Some(self.row_line), problem));
            }
            self.line += 1;
            quotes += self.bytes[start..].iter().filter(|&&b| b == b'"').count();
            if quotes % 2 == 0 {
                let end = self.bytes.trim_ascii_end().len();
                let line_end = self.bytes[end..].iter().position(|b| matches!(b, b'\r' | b'\n'));
                self.bytes.truncate(line_end.map_or(self.bytes.len(), |at| end + at));
                return Ok(true);
            }
        }
    }
}

/// The fields of one row, taken apart by `csv-core`.
struct Fields {
    delimiter: Delimiter,
    core: csv_core::Reader,
    text: String,
    buffer: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

impl Fields {
    fn new(delimiter: Delimiter) -> Self {
        let core = ReaderBuilder::new()
            .delimiter(delimiter.byte())
            .terminator(Terminator::Any(b'\n'))
            .build();
        Self {
            delimiter,
            core,
            text: String::new(),
            buffer: vec![0; 1 << 10],
            ends: vec![0; MOST_COLUMNS + 1],
            count: 0,
        }
    }

    /// Takes a row apart. With `columns` it must have as many fields.
    fn split(&mut self, row: &str, columns: Option<usize>) -> Result<(), String> {
        if row.contains('"') {
            check_quotes(row, self.delimiter)?;
        }
        // Fields never take more room than the row.
        if self.buffer.len() < row.len() {
            self.buffer.resize(row.len().next_power_of_two(), 0);
        }
        self.core.reset();
        let (result, _, written, count) =
            self.core.read_record(row.as_bytes(), &mut self.buffer, &mut self.ends);
        let (written, count) = match result {
            // The row has no line end: telling the end of input closes it.
            ReadRecordResult::InputEmpty => {
                let (_, _, more, rest) = self.core.read_record(
                    b"\n",
                    &mut self.buffer[written..],
                    &mut self.ends[count..],
                );
                (written + more, count + rest)
            }
            _ => (written, count),
        };
        if count > MOST_COLUMNS || matches!(result, ReadRecordResult::OutputEndsFull) {
            return Err(format!("has more than {MOST_COLUMNS} fields: check the delimiter"));
        }
        self.count = count;
        if let Some(columns) = columns
            && columns != count
        {
            let mark = char::from(self.delimiter.byte());
            let hint = match mark {
                '\t' => String::new(),
                _ => format!(" (a \"{mark}\" inside a field needs quotes around it)"),
            };
            return Err(format!("has {count} fields where the header has {columns}{hint}"));
        }
        self.text.clear();
        match std::str::from_utf8(&self.buffer[..written]) {
            Ok(text) => self.text.push_str(text),
            Err(_) => return Err("can't be taken apart into fields".to_owned()),
        }
        Ok(())
    }

    fn get(&self, column: usize) -> &str {
        if column >= self.count {
            return "";
        }
        let start = if column == 0 { 0 } else { self.ends[column - 1] };
        &self.text[start..self.ends[column]]
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.count).map(|column| self.get(column))
    }
}

/// Refuses a quote inside a field that does not begin with one, and text behind a closing one.
fn check_quotes(row: &str, delimiter: Delimiter) -> Result<(), String> {
    let bytes = row.as_bytes();
    let mut field = 1;
    let mut at = 0;
    while at <= bytes.len() {
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                match (bytes.get(at), bytes.get(at + 1)) {
                    (Some(b'"'), Some(b'"')) => at += 2,
                    (Some(b'"'), _) => break,
                    (Some(_), _) => at += 1,
                    (None, _) => return Err(stray(field)),
                }
            }
            at += 1;
            match bytes.get(at) {
                None => return Ok(()),
                Some(&b) if b == delimiter.byte() => {}
                Some(_) => return Err(stray(field)),
            }
        } else {
            while let Some(&b) = bytes.get(at) {
                if b == b'"' {
                    return Err(stray(field));
                }
                if b == delimiter.byte() {
                    break;
                }
                at += 1;
            }
            if at >= bytes.len() {
                return Ok(());
            }
        }
        field += 1;
        at += 1;
    }
    Ok(())
}

fn stray(field: usize) -> String {
    format!(
        "has a stray quote in its field {field}: put the whole field in quotes and double the \
         quotes inside it (\"12\"\" disc\")"
    )
}
