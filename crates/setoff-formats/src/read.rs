//! Reads files of obligations of every kind, row by row or all at once.

use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;

use setoff_money::Currency;

use crate::causes::{Causes, SameCause};
use crate::columns::Field;
use crate::recipe::{Found, Recipe};
use crate::rejected::{Cause, Original, Part, ReadError, Rejected};
use crate::rules::{Rules, written};
use crate::source::{Source, Unpacked};
use crate::twins::reject_contradictions;
use crate::{Declared, Obligations, delimited, json_lines, sheet};

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
    /// The columns that nothing was read from.
    pub ignored_columns: Vec<String>,
    /// How it was in fact read.
    pub recipe: Recipe,
}

/// What a row is: an obligation, or why it is none.
pub type RowRead<'a> = Result<Declared<'a>, Box<Rejected>>;

/// Who hears of every row, and of how many raw bytes are read.
pub(crate) type OnRow<'f> = &'f mut dyn FnMut(RowRead<'_>, u64) -> ControlFlow<()>;

/// Streams the rows of one file, good and bad, in their order. Memory does not grow with the rows
/// of text files; a workbook is held as a whole.
///
/// `file` is its place in the list of files and stands in every [`Place`](crate::Place).
///
/// # Errors
/// [`ReadError`] where the file can't be read, or is no table of obligations as a whole.
pub fn read_rows(
    source: &Source,
    file: u16,
    rules: &Rules,
    on_row: &mut dyn FnMut(RowRead<'_>) -> ControlFlow<()>,
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
    let mut counted = |row: RowRead<'_>, bytes: u64| {
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
    Ok(FileRead { name, sha256, bytes, rows, ignored_columns, recipe })
}

/// Reads rows of whatever kind of file it is, told by its first bytes and never by its name.
fn rows_of(
    reader: &mut BufReader<Unpacked<'_>>,
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
        return refuse(
            "is a workbook of the old .xls kind or one with a password: save it as .xlsx without a \
             password, or as CSV",
        );
    }
    if start.starts_with(&[0x1f, 0x8b]) {
        return refuse("is compressed twice: unpack it once");
    }
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) || nul_early {
        return refuse("is UTF-16 text: save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")");
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
    /// The bad rows by what is wrong with them, in the order of the first of each; no more than
    /// [`MOST_CAUSES`](crate::MOST_CAUSES).
    pub causes: Vec<SameCause>,
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
    let files: Vec<_> = sources.iter().map(|source| (source.clone(), rules.clone())).collect();
    read_each(&files, keep, progress)
}

/// The same for files that each have rules of their own.
///
/// # Errors
/// [`ReadError`] for the first file that can't be read at all.
pub fn read_each(
    files: &[(Source, Rules)],
    keep: usize,
    progress: &mut dyn FnMut(u64),
) -> Result<Reading, ReadError> {
    let keep = keep.min(MOST_REJECTED);
    let mut reading = Reading::default();
    let mut causes = Causes::default();
    let mut earlier = 0;
    for (number, (source, rules)) in (0..).zip(files) {
        let mut rows = 0_u32;
        let file = stream(source, number, rules, &mut |row, bytes| {
            rows = rows.wrapping_add(1);
            if rows.is_multiple_of(1 << 14) {
                progress(earlier + bytes);
            }
            let row =
                row.and_then(|declared| match reading.obligations.same_code(declared.currency) {
                    Some(other) => Err(two_units(&source.name(), &declared, other)),
                    None => Ok(declared),
                });
            match row {
                Ok(declared) => reading.obligations.push(&declared),
                Err(rejected) => {
                    reading.rejected_count += 1;
                    causes.note(&rejected);
                    if reading.rejected.len() < keep {
                        reading.rejected.push(*rejected);
                    }
                }
            }
            ControlFlow::Continue(())
        })?;
        earlier += file.bytes;
        reading.files.push(file);
    }
    reject_contradictions(&mut reading, &mut causes, keep);
    reading.causes = causes.in_order();
    Ok(reading)
}

/// A row whose unit has other decimals than an earlier row gave it.
fn two_units(file: &str, declared: &Declared<'_>, other: Currency) -> Box<Rejected> {
    let currency = declared.currency;
    Box::new(Rejected {
        file: file.to_owned(),
        place: declared.place,
        column: Some(Field::Currency.name().to_owned()),
        part: Part::Column,
        value: Some(format!("{currency:?}")),
        problem: format!(
            "has {} decimals where an earlier row has {}: a unit has one number of decimals",
            currency.decimals(),
            other.decimals()
        ),
        cause: Cause("has other decimals than an earlier row"),
        original: Original::fields(|field| match field {
            Field::Debtor => declared.debtor.to_owned(),
            Field::Creditor => declared.creditor.to_owned(),
            Field::Amount => currency.format(declared.amount),
            Field::Currency => written(currency),
            Field::Due => declared.due.map(|due| due.to_string()).unwrap_or_default(),
            Field::Reference => declared.reference.to_owned(),
            Field::Weight => declared.weight.to_string(),
        }),
    })
}
