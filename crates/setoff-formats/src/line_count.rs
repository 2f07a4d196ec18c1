//! Which line of a table a row is on.

/// Counts lines as editors do. The reader's own count takes the line feed behind a carriage return as
/// part of the next row.
pub(crate) struct LineCount<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> LineCount<'a> {
    /// Starts at the first line.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1 }
    }

    /// The line of a row that starts at or right behind `start`, which never falls.
    pub(crate) fn of(&mut self, start: u64) -> u64 {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        while let Some(&byte) = self.bytes.get(self.at)
            && (self.at < start || matches!(byte, b'\r' | b'\n'))
        {
            self.at += 1;
            let is_end = byte == b'\n' || byte == b'\r' && self.bytes.get(self.at) != Some(&b'\n');
            self.line += u64::from(is_end);
        }
        self.line
    }
}
