//! Lines and quoted rows of text, never longer than the limit.

use std::io::{BufRead, BufReader, Read};

use crate::rejected::ReadError;
use crate::source::Unpacked;

/// The longest row in bytes, 1 MiB.
pub const LONGEST_ROW: usize = 1 << 20;

/// The lines of a text, one at a time.
pub(crate) struct Lines<'r, 's> {
    pub(crate) reader: &'r mut BufReader<Unpacked<'s>>,
    name: &'r str,
    /// How many lines have been read.
    pub(crate) line: u64,
    /// The first line of the row.
    pub(crate) row_line: u64,
    /// The row without its line end.
    pub(crate) bytes: Vec<u8>,
}

impl<'r, 's> Lines<'r, 's> {
    pub(crate) fn new(reader: &'r mut BufReader<Unpacked<'s>>, name: &'r str) -> Self {
        Self { reader, name, line: 0, row_line: 0, bytes: Vec::new() }
    }

    /// Reads the next line; false at the end of the file.
    pub(crate) fn next_line(&mut self) -> Result<bool, ReadError> {
        self.bytes.clear();
        self.row_line = self.line + 1;
        let more = self.append_line()?;
        self.strip_line_end();
        Ok(more)
    }

    /// Reads the next row, to which a line break inside quotes belongs; false at the end of the
    /// file. A quote opens only where a field begins: behind one of `delimiters`.
    pub(crate) fn next_row(&mut self, delimiters: &[u8]) -> Result<bool, ReadError> {
        self.bytes.clear();
        self.row_line = self.line + 1;
        let mut is_open = false;
        loop {
            let start = self.bytes.len();
            if !self.append_line()? {
                if !is_open {
                    return Ok(false);
                }
                let problem = "opens a quote that is never closed: close it, or double a quote \
                               that is part of the text";
                return Err(ReadError::not_a_table(self.name, Some(self.row_line), problem));
            }
            if is_open || self.bytes[start..].contains(&b'"') {
                is_open = opens_quote(&self.bytes, start, is_open, delimiters);
            }
            if !is_open {
                self.strip_line_end();
                return Ok(true);
            }
        }
    }

    /// Reads up to the next line feed, or the end, behind what is held already.
    fn append_line(&mut self) -> Result<bool, ReadError> {
        let start = self.bytes.len();
        let limit = (LONGEST_ROW + 1).saturating_sub(start) as u64;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.bytes);
        let count = match read {
            Ok(count) => count,
            Err(error) => return Err(self.reader.get_ref().read_error(self.name, error)),
        };
        if self.bytes.len() > LONGEST_ROW {
            let problem = if start > 0 {
                "opens a quote that is not closed within 1 MiB: close it, or double a quote that \
                 is part of the text"
            } else {
                "is longer than 1 MiB, which no row is: check that lines end with a line feed"
            };
            return Err(ReadError::not_a_table(self.name, Some(self.row_line), problem));
        }
        self.line += u64::from(count > 0);
        Ok(count > 0)
    }

    fn strip_line_end(&mut self) {
        if self.bytes.last() == Some(&b'\n') {
            self.bytes.pop();
            while self.bytes.last() == Some(&b'\r') {
                self.bytes.pop();
            }
        }
    }
}

/// Whether a quote is open at the end of a row's line that begins at `start`.
fn opens_quote(row: &[u8], start: usize, was_open: bool, delimiters: &[u8]) -> bool {
    let mut is_open = was_open;
    let mut closed_at = None;
    for at in start..row.len() {
        if row[at] != b'"' {
            continue;
        }
        if is_open {
            is_open = false;
            closed_at = Some(at);
        } else {
            // Two quotes inside quotes are one that is part of the text.
            let is_doubled = at > 0 && closed_at == Some(at - 1);
            is_open = is_doubled || at == 0 || delimiters.contains(&row[at - 1]);
        }
    }
    is_open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_opens_only_where_a_field_begins() {
        let opens = |row: &[u8]| opens_quote(row, 0, false, b",");

        assert!(opens(b"a,\"b"));
        assert!(opens(b"\"b"));
        assert!(opens(b"\"b\"\"c"));
        assert!(!opens(b"a,\"b\""));
        assert!(!opens(b"a 12\" disc"));
        assert!(!opens(b"\"b\"\"c\""));
        assert!(!opens(b"\"b\" c\", d"));
        assert!(!opens(b"\"\""));
        assert!(opens(b"\"\"\""));
        assert!(!opens_quote(b"\"a\nb\"", 3, true, b","));
    }
}
