//! Reads files of obligations of every kind, row by row or all at once.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;

use crate::recipe::{Found, Recipe};
use crate::rejected::{ReadError, Rejected};
use crate::rules::Rules;
use crate::source::{Source, Unpacked};
use crate::{Declared, Obligations, Place, delimited, json_lines, sheet};

/// The most rows of one run: members and rows are numbered by 32 bits.
pub const MOST_ROWS: u64 = u32::MAX as u64;

/// The most bad rows that are kept with their reasons.
pub const MOST_REJECTED: usize = 1_000_000;

/// What was read of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRead {
    /// Its name as given.
    pub name: String,
    /// The SHA-256 of its bytes, before they were unpacked.
    pub sha256: [u8; 32],
    /// How many bytes it has.
    pub bytes: u64,
    /// How many rows it has, good and bad, without the header.
    pub rows: u64,
    /// How it was read.
    pub recipe: Recipe,
    /// The columns that nothing was read from.
    pub ignored_columns: Vec<String>,
}

/// What is told of every row: the obligation, or why it is none.
pub(crate) type OnRow<'f> =
    &'f mut dyn FnMut(Result<Declared<'_>, Rejected>, u64) -> ControlFlow<()>;

/// Streams the rows of one file, good and bad, in their order. Memory does not grow with the rows
/// of text files; a workbook is held as a whole.
///
/// `file` is its place in the list of files and stands in every [`Place`].
///
/// # Errors
/// [`ReadError`] where the file can't be read, or is no table of obligations as a whole.
pub fn read_rows(
    source: &Source,
    file: u16,
    rules: &Rules,
    on_row: &mut dyn FnMut(Result<Declared<'_>, Rejected>) -> ControlFlow<()>,
) -> Result<FileRead, ReadError> {
    stream(source, file, rules, &mut |row, _| on_row(row))
}

fn stream(
    source: &Source,
    file: u16,
    rules: &Rules,
    on_row: OnRow<'_>,
) -> Result<FileRead, ReadError> {
    let name = source.name();
    let mut rows = 0_u64;
    let mut too_many = false;
    let mut counted = |row: Result<Declared<'_>, Rejected>, bytes: u64| {
        rows += 1;
        too_many = rows > MOST_ROWS;
        if too_many { ControlFlow::Break(()) } else { on_row(row, bytes) }
    };
    let mut reader = BufReader::with_capacity(1 << 17, source.open()?);
    let read = rows_of(&mut reader, &name, file, rules, &mut counted);
    if too_many {
        return Err(ReadError::not_a_table(&name, None, "has more than 2^32 rows: split it"));
    }
    let Found { recipe, ignored_columns } = read?;
    let finished = reader.into_inner().finish();
    let (bytes, sha256) =
        finished.map_err(|error| ReadError::Unreadable { file: name.clone(), error })?;
    Ok(FileRead { name, sha256, bytes, rows, recipe, ignored_columns })
}

/// Reads rows of whatever kind of file it is, told by its first bytes and never by its name.
fn rows_of(
    reader: &mut BufReader<Unpacked>,
    name: &str,
    file: u16,
    rules: &Rules,
    on_row: OnRow<'_>,
) -> Result<Found, ReadError> {
    let refuse = |problem: &str| Err(ReadError::not_a_table(name, None, problem));
    let start = match reader.fill_buf() {
        Ok(start) => start,
        Err(error) => return Err(reader.get_ref().read_error(name, error)),
    };
    let nul_early = start.iter().take(4).any(|&b| b == 0);
    if start.starts_with(b"PK\x03\x04") {
        return sheet::read(reader, name, file, rules, on_row);
    }
    if start.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return refuse("is a workbook of the old .xls kind: save it as .xlsx or CSV");
    }
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) || nul_early {
        return refuse("is UTF-16 text: save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")");
    }
    if start.starts_with(&[0x1f, 0x8b]) {
        return refuse("is compressed twice: unpack it once");
    }
    if start.starts_with(b"%PDF") {
        return refuse("is a PDF: export the table as CSV or XLSX");
    }
    if start.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    let first = reader.buffer().iter().find(|b| !b.is_ascii_whitespace());
    match first {
        None => refuse("is empty: there is nothing to clear"),
        Some(b'{') => json_lines::read(reader, name, file, rules, on_row),
        Some(b'[') => refuse("is a JSON array: write one object a line (JSON Lines)"),
        Some(b'<') => refuse("is XML or HTML: export the table as CSV or XLSX"),
        Some(_) => delimited::read(reader, name, file, rules, on_row),
    }
}

/// All that was read.
#[derive(Debug, Default)]
pub struct Reading {
    /// The good rows.
    pub obligations: Obligations,
    /// The bad rows with their reasons, by place; no more than the caller asked to keep.
    pub rejected: Vec<Rejected>,
    /// How many bad rows there are.
    pub rejected_count: u64,
    /// The files, in their order.
    pub files: Vec<FileRead>,
}

/// Reads all files whole. A reference that stands twice between the same two members with
/// different amounts makes both rows bad: nobody can know which is right.
///
/// `keep` bad rows are kept with their reasons, [`MOST_REJECTED`] at most. `progress` hears how
/// many raw bytes of all files are read.
///
/// # Errors
/// [`ReadError`] for the first file that can't be read at all.
pub fn read_obligations(
    sources: &[Source],
    rules: &Rules,
    keep: usize,
    progress: &mut dyn FnMut(u64),
) -> Result<Reading, ReadError> {
    let keep = keep.min(MOST_REJECTED);
    let mut reading = Reading::default();
    let mut earlier = 0;
    for (number, source) in (0..).zip(sources) {
        let mut rows = 0_u32;
        let file = stream(source, number, rules, &mut |row, bytes| {
            rows = rows.wrapping_add(1);
            if rows.is_multiple_of(1 << 14) {
                progress(earlier + bytes);
            }
            match row {
                Ok(declared) => reading.obligations.push(&declared),
                Err(rejected) => {
                    reading.rejected_count += 1;
                    if reading.rejected.len() < keep {
                        reading.rejected.push(rejected);
                    }
                }
            }
            ControlFlow::Continue(())
        })?;
        earlier += file.bytes;
        reading.files.push(file);
    }
    reject_contradictions(&mut reading, keep);
    Ok(reading)
}

/// Takes out rows that name the same document with different amounts.
fn reject_contradictions(reading: &mut Reading, keep: usize) {
    let obligations = &reading.obligations;
    let key = |row: usize| {
        let obligation = &obligations.rows()[row];
        let parties = (obligation.debtor, obligation.creditor, obligation.currency);
        (parties, obligations.reference(row))
    };
    let hasher = RandomState::new();
    let named = |row: &usize| !obligations.reference(*row).is_empty();
    let mut hashes: Vec<(u64, usize)> = (0..obligations.rows().len())
        .filter(named)
        .map(|row| (hasher.hash_one(key(row)), row))
        .collect();
    hashes.sort_unstable();
    let mut bad = HashSet::new();
    let mut messages = Vec::new();
    for same_hash in hashes.chunk_by(|a, b| a.0 == b.0) {
        let (_, first) = same_hash[0];
        for &(_, row) in &same_hash[1..] {
            let (one, other) = (&obligations.rows()[first], &obligations.rows()[row]);
            if key(first) != key(row) || one.amount == other.amount {
                continue;
            }
            for (row, twin) in [(row, first), (first, row)] {
                if bad.insert(row) {
                    messages.push(contradiction(reading, row, twin));
                }
            }
        }
    }
    if bad.is_empty() {
        return;
    }
    let kept = obligations.without(&bad);
    reading.rejected_count += messages.len() as u64;
    reading.rejected.append(&mut messages);
    reading.rejected.sort_by_key(|rejected| rejected.place);
    reading.rejected.truncate(keep);
    reading.obligations = kept;
}

fn contradiction(reading: &Reading, row: usize, twin: usize) -> Rejected {
    let obligations = &reading.obligations;
    let (obligation, other) = (&obligations.rows()[row], &obligations.rows()[twin]);
    let currency = obligations.currencies()[usize::from(obligation.currency)];
    let name = |place: Place| reading.files[usize::from(place.file)].name.clone();
    Rejected {
        file: name(obligation.place),
        place: obligation.place,
        column: None,
        value: Some(crate::rejected::shown(obligations.reference(row))),
        problem: format!(
            "stands here with {} {currency} and in {}:{} with {} between the same two members: \
             correct one, or give them different references",
            currency.format(obligation.amount),
            name(other.place),
            other.place.line,
            currency.format(other.amount),
        ),
    }
}
