//! The CSV files of a result, read strictly and with bounded memory.
//!
//! They have one right form (`docs/files.md`), so anything else, such as a stray quote or a field
//! quoted without need, is refused rather than guessed at.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use csv_core::ReadRecordResult;
use setoff_formats::Place;

use super::findings::quoted;
use super::{Stop, open_file};

/// The longest row in bytes, quotes left out.
const LONGEST_ROW: usize = 1 << 20;

/// The most columns a row may have, one more than any file of a result needs.
const MOST_COLUMNS: usize = 14;

/// A CSV file of a result and its current row.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    name: &'static str,
    header: Vec<&'static str>,
    input: BufReader<File>,
    splitter: csv_core::Reader,
    text: Vec<u8>,
    ends: [usize; MOST_COLUMNS],
    columns: usize,
    line: u64,
}

impl Table {
    /// Opens a file of the folder and checks its header.
    ///
    /// # Errors
    /// [`Stop`] if it is missing, unreadable, has another header or no end.
    pub(super) fn open(
        folder: &Path,
        name: &'static str,
        header: &[&'static str],
    ) -> Result<Self, Stop> {
        let path = folder.join(name);
        let mut file = open_file(&path)?;
        if !ends_with_line_feed(&mut file).map_err(|error| Stop::of_io(&path, &error))? {
            return Err(Stop::Broken(format!(
                "{name}: does not end with a line feed: it may have been cut off"
            )));
        }
        let splitter =
            csv_core::ReaderBuilder::new().terminator(csv_core::Terminator::Any(b'\n')).build();
        let mut table = Self {
            path,
            name,
            header: header.to_vec(),
            input: BufReader::with_capacity(1 << 17, file),
            splitter,
            text: vec![0; LONGEST_ROW],
            ends: [0; MOST_COLUMNS],
            columns: 0,
            line: 0,
        };
        let is_header = table.next_row()?
            && (0..header.len()).all(|column| table.bytes(column) == header[column].as_bytes());
        if !is_header {
            return Err(Stop::Broken(format!(
                "{name}:1: the header is not \"{}\"",
                header.join(",")
            )));
        }
        Ok(table)
    }

    /// Goes on to the next row; `false` behind the last.
    ///
    /// # Errors
    /// [`Stop`] if the row is not as RFC 4180 and the header ask.
    pub(super) fn next_row(&mut self) -> Result<bool, Stop> {
        self.line = self.splitter.line();
        let (mut consumed, mut length, mut columns) = (0, 0, 0);
        loop {
            let chunk = self.input.fill_buf().map_err(|error| Stop::of_io(&self.path, &error))?;
            let (result, read, written, ended) = self.splitter.read_record(
                chunk,
                &mut self.text[length..],
                &mut self.ends[columns..],
            );
            self.input.consume(read);
            consumed += read;
            length += written;
            columns += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    return self.broken(&format!("is longer than {LONGEST_ROW} bytes"));
                }
                ReadRecordResult::OutputEndsFull => return self.wrong_columns(),
                // Empty lines are passed over in silence, and so have to be noticed here.
                ReadRecordResult::End if consumed > 0 => {
                    return self.broken("is empty");
                }
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::Record => break,
            }
        }
        self.columns = columns;
        if columns != self.header.len() {
            return self.wrong_columns();
        }
        if std::str::from_utf8(&self.text[..length]).is_err() {
            return self.broken("is not UTF-8");
        }
        let written: usize = (0..columns).map(|column| 1 + width(self.bytes(column))).sum();
        if written != consumed {
            return self.broken("is not written as the format asks (quotes, line ends)");
        }
        Ok(true)
    }

    fn wrong_columns(&self) -> Result<bool, Stop> {
        self.broken(&format!("does not have {} columns", self.header.len()))
    }

    fn broken(&self, what: &str) -> Result<bool, Stop> {
        Err(Stop::Broken(format!("{}:{}: the row {what}", self.name, self.line)))
    }

    /// Where the current row stands: `FILE:LINE`.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.name, self.line)
    }

    /// The line on which the current row begins.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// A field of the current row.
    pub(super) fn bytes(&self, column: usize) -> &[u8] {
        let start = if column == 0 { 0 } else { self.ends[column - 1] };
        &self.text[start..self.ends[column]]
    }

    /// A field of the current row as text. Quotes and commas can't be parts of other characters,
    /// so it is text because the row is.
    pub(super) fn text(&self, column: usize) -> &str {
        std::str::from_utf8(self.bytes(column)).unwrap_or_default()
    }

    /// A field of the current row as a whole number.
    pub(super) fn number(&self, column: usize) -> Option<u64> {
        let number = minor(self.bytes(column), 0)?;
        u64::try_from(number).ok()
    }

    /// A field of the current row as a list of whole numbers with a space between two.
    pub(super) fn numbers(&self, column: usize) -> Option<Vec<i128>> {
        self.bytes(column).split(|byte| *byte == b' ').map(|number| minor(number, 0)).collect()
    }

    /// Two fields of the current row as a place in the input: the file's number, from 1, and the
    /// line.
    pub(super) fn place_in_input(&self, file: usize, line: usize) -> Option<Place> {
        let file = u16::try_from(self.number(file)?.checked_sub(1)?).ok()?;
        Some(Place { file, line: self.number(line)? })
    }

    /// A field of the current row as an amount in minor units of a currency with these decimals.
    pub(super) fn minor(&self, column: usize, decimals: u8) -> Option<i128> {
        minor(self.bytes(column), decimals)
    }

    /// What a finding says of a field: where it stands, what is there and what should be.
    pub(super) fn unexpected(&self, column: usize, expected: &str) -> String {
        let (place, name) = (self.place(), self.header[column]);
        format!("{place}: {name} is {}, expected {expected:?}", quoted(self.bytes(column)))
    }
}

fn ends_with_line_feed(file: &mut File) -> std::io::Result<bool> {
    let mut last = [0];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        file.rewind()?;
    }
    Ok(last == *b"\n")
}

/// How many bytes a field takes in the one right form.
fn width(field: &[u8]) -> usize {
    let quoted = field.iter().any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r'));
    if !quoted {
        return field.len();
    }
    field.iter().map(|byte| if *byte == b'"' { 2 } else { 1 }).sum::<usize>() + 2
}

/// The minor units that a text says in the one right form: digits without a needless zero in
/// front, a point and exactly `decimals` digits; a minus sign where it is below zero.
fn minor(text: &[u8], decimals: u8) -> Option<i128> {
    /// No number of so many digits is over 2^126.
    const MOST_DIGITS: usize = 37;
    let (negative, text) = match text {
        [b'-', text @ ..] => (true, text),
        text => (false, text),
    };
    let (whole, fraction) = match usize::from(decimals) {
        0 => (text, &text[..0]),
        decimals => {
            let (whole, rest) = text.split_at_checked(text.len().checked_sub(decimals + 1)?)?;
            (whole, rest.strip_prefix(b".")?)
        }
    };
    let needless_zero = whole.len() > 1 && whole[0] == b'0';
    if whole.is_empty() || needless_zero || text.len() > MOST_DIGITS {
        return None;
    }
    let mut minor = 0;
    for digit in whole.iter().chain(fraction) {
        if !digit.is_ascii_digit() {
            return None;
        }
        minor = minor * 10 + i128::from(digit - b'0');
    }
    if negative { (minor > 0).then_some(-minor) } else { Some(minor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(content: &str) -> Result<Vec<Vec<String>>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("t.csv"), content).unwrap();
        let stopped = |stop| match stop {
            Stop::Broken(words) | Stop::Usage(words) | Stop::Machine(words) => words,
        };
        let mut table = Table::open(folder.path(), "t.csv", &["a", "b"]).map_err(stopped)?;
        let mut rows = Vec::new();
        while table.next_row().map_err(stopped)? {
            rows.push((0..2).map(|column| table.text(column).to_owned()).collect());
        }
        Ok(rows)
    }

    #[test]
    fn quoted_fields_are_read_as_meant() {
        assert_eq!(
            table("a,b\n\"x,y\",\"say \"\"a\"\"\"\n,2\n").unwrap(),
            [["x,y", "say \"a\""], ["", "2"]]
        );
    }

    #[test]
    fn anything_but_the_one_right_form_is_refused() {
        for rest in
            ["x,y\r\n", "\n", "\n1,2\n", "1,2\n\n", "\"1\",2\n", "1\"2,3\n", "1,2,3\n", "1\n"]
        {
            let refused = table(&format!("a,b\n{rest}")).unwrap_err();
            assert!(
                refused.starts_with("t.csv:2: the row ")
                    || refused.starts_with("t.csv:3: the row "),
                "{refused}"
            );
        }
        assert_eq!(table("a,c\n1,2\n").unwrap_err(), "t.csv:1: the header is not \"a,b\"");
        let cut = "t.csv: does not end with a line feed: it may have been cut off";
        assert_eq!(table("a,b\n1,2").unwrap_err(), cut);
        assert_eq!(table("").unwrap_err(), cut);
        assert!(table("a,b\n\"1,2\n").is_err());
    }

    #[test]
    fn an_amount_has_one_right_form() {
        assert_eq!(minor(b"12.50", 2), Some(1250));
        assert_eq!(minor(b"-0.05", 2), Some(-5));
        assert_eq!(minor(b"0", 0), Some(0));
        for text in
            ["12.5", "12", "012.50", ".50", "-0.00", "+1.00", "1,00", "1e2", "", "-", "1.0\u{661}"]
        {
            assert_eq!(minor(text.as_bytes(), 2), None, "{text:?}");
        }
        assert_eq!(minor(&[b'9'; 38], 0), None);
    }
}
