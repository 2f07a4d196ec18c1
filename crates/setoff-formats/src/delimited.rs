//! CSV and its relatives: fields between commas, semicolons or tabs, quoted as RFC 4180 says.

use std::borrow::Cow;
use std::fmt::Write;
use std::io::BufReader;
use std::ops::ControlFlow;

use crate::Place;
use crate::columns::Field;
use crate::fields::{Fields, Row};
use crate::layout::{Layout, header_is};
use crate::lines::Lines;
use crate::read::OnRow;
use crate::recipe::{Found, Recipe};
use crate::rejected::{Original, Part, Problem, ReadError, shown};
use crate::row::{Cell, RowReader};
use crate::rules::{Delimiter, Encoding, HeaderLine, Rules};
use crate::source::Unpacked;

/// What comments begin with, in a list of edges.
const COMMENT: [char; 2] = ['#', '%'];

/// How far below the first line the header is looked for.
pub(crate) const MOST_TITLES: usize = 20;

/// Reads a table's rows and returns the names of the columns that nothing was read from.
pub(crate) fn read(
    reader: &mut BufReader<Unpacked<'_>>,
    name: &str,
    file: u16,
    rules: &Rules,
    on_row: OnRow<'_>,
) -> Result<Found, ReadError> {
    let mut lines = Lines::new(reader, name);
    let first = first_row(&mut lines, name, rules)?;
    let line = lines.row_line;
    let wrong = |problem| ReadError::not_a_table(name, Some(line), problem);
    let header = decoded(&first, rules.encoding).map_err(|problem| wrong(problem.words))?;
    let (mut fields, layout) = layout(&header, rules).map_err(|problem| {
        wrong(match header_below(&lines, rules) {
            Some(line) => header_is(line),
            None if header.starts_with(COMMENT) => format!(
                "names no columns, and begins with \"{}\" as comments do: if the file has no \
                 header, say so with --header 0",
                &header[..1]
            ),
            None if header.contains('|') && rules.delimiter.is_none() => format!(
                "{problem}. Fields are found between commas, semicolons, tabs or spaces; \"|\" is \
                 none of them"
            ),
            None => problem_at_spaces(&header, &lines, rules).unwrap_or(problem),
        })
    })?;
    let delimiter = [fields.delimiter().byte()];
    let columns = Field::ALL.map(|field| layout.column(field));
    let mut rows = RowReader::new(name, Part::Column, rules);

    let mut seen = false;
    // Without a header, the first row is one of the rows.
    let mut pending = rules.header == HeaderLine(0);
    loop {
        if !std::mem::take(&mut pending) && !lines.next_row(&delimiter)? {
            break;
        }
        if lines.bytes.trim_ascii().is_empty() {
            continue;
        }
        seen = true;
        let place = Place { file, line: lines.row_line };
        let text = decoded(&lines.bytes, rules.encoding);
        let split = text.as_ref().map_err(Clone::clone).and_then(|text| {
            let row = fields.split(text)?;
            check_width(&row, &layout, delimiter[0])?;
            Ok(row)
        });
        let row = match split {
            Err(problem) => {
                Err(rows.reject(place, problem, original(&lines.bytes, rules.encoding)))
            }
            Ok(row) => rows.declare(
                place,
                |field| layout.name(field),
                |field| match columns[field as usize].map(|column| row.get(column).trim()) {
                    None | Some("") => Cell::Empty,
                    Some(text) => Cell::Text(text),
                },
            ),
        };
        let row = row.map_err(|mut rejected| {
            if lines.line > lines.row_line {
                let _ = write!(rejected.problem, " (the row runs to line {})", lines.line);
            }
            rejected
        });
        let bytes = lines.reader.get_ref().bytes_read();
        if on_row(row, bytes) == ControlFlow::Break(()) {
            break;
        }
    }
    if !seen {
        let problem = "has a header and no rows: there is nothing to clear";
        return Err(ReadError::not_a_table(name, None, problem));
    }
    let recipe = Recipe::Csv { delimiter: fields.delimiter(), columns: layout.found() };
    Ok(Found { recipe, ignored_columns: layout.ignored() })
}

/// The header or, where there is none, the first row.
fn first_row(lines: &mut Lines<'_, '_>, name: &str, rules: &Rules) -> Result<Vec<u8>, ReadError> {
    let HeaderLine(header_line) = rules.header;
    let delimiters = match rules.delimiter {
        Some(delimiter) => vec![delimiter.byte()],
        None => Delimiter::ALL.map(Delimiter::byte).to_vec(),
    };
    let is_comment =
        |row: &[u8]| header_line == 0 && (row.starts_with(b"#") || row.starts_with(b"%"));
    while lines.line < u64::from(header_line.max(1))
        || lines.bytes.trim_ascii().is_empty()
        || is_comment(&lines.bytes)
    {
        // What stands above the header is no table: its quotes mean nothing.
        let is_above = lines.line + 1 < u64::from(header_line);
        let more = if is_above { lines.next_line()? } else { lines.next_row(&delimiters)? };
        if !more {
            let problem = format!("ends before line {header_line}, which should be the header");
            return Err(ReadError::not_a_table(name, None, problem));
        }
    }
    let lone_return = lines.bytes.windows(2).any(|pair| pair[0] == b'\r' && pair[1] != b'\n');
    if lone_return || lines.bytes.last() == Some(&b'\r') {
        let problem = "ends its lines with a carriage return alone, as old Macs did: save it with \
                       line feeds (in a spreadsheet: \"CSV UTF-8\")";
        return Err(ReadError::not_a_table(name, Some(lines.row_line), problem));
    }
    Ok(lines.bytes.clone())
}

/// Finds the delimiter and the columns in the header.
fn layout(header: &str, rules: &Rules) -> Result<(Fields, Layout), String> {
    let candidates = match rules.delimiter {
        Some(delimiter) => vec![delimiter],
        None => Delimiter::ALL.to_vec(),
    };
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for delimiter in candidates {
        let mut fields = Fields::new(delimiter);
        let names = fields.split(header).map(|row| row.iter().map(str::to_owned).collect());
        match names.map_err(|problem| problem.words).and_then(|names| Layout::find(names, rules)) {
            Ok(layout) => found.push((fields, layout)),
            Err(problem) => {
                let count = header.bytes().filter(|b| *b == delimiter.byte()).count();
                problems.push((count, problem));
            }
        }
    }
    if let [(one, _), (other, _), ..] = found.as_slice() {
        let (one, other) = (one.delimiter(), other.delimiter());
        return Err(format!(
            "can be taken apart at {one} and at {other}: say which with --delimiter {} or \
             --delimiter {}",
            one.word(),
            other.word()
        ));
    }
    let no_other = problems.iter().all(|(count, _)| *count == 0);
    if found.is_empty() && rules.delimiter.is_none() && (no_other || rules.header == HeaderLine(0))
    {
        let mut fields = Fields::new(Delimiter::Space);
        let names: Vec<String> = match fields.split(header) {
            Ok(row) => row.iter().map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        };
        if let Ok(layout) = Layout::find(names, rules) {
            return Ok((fields, layout));
        }
    }
    // A delimiter that stands there most often was meant, even if what it makes is wrong.
    problems.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    match found.pop() {
        Some(found) => Ok(found),
        None => Err(problems.swap_remove(0).1),
    }
}

/// What is wrong with the header if its fields stand between spaces, as those of the next line do.
fn problem_at_spaces(header: &str, lines: &Lines<'_, '_>, rules: &Rules) -> Option<String> {
    let other = |delimiter: Delimiter| header.bytes().any(|byte| byte == delimiter.byte());
    if rules.delimiter.is_some() || Delimiter::ALL.into_iter().any(other) {
        return None;
    }
    let words = |text: &str| -> Option<Vec<String>> {
        let mut fields = Fields::new(Delimiter::Space);
        Some(fields.split(text).ok()?.iter().map(str::to_owned).collect())
    };
    let names = words(header).filter(|names| names.len() >= Field::NEEDED.len())?;
    let next = lines.reader.buffer().split(|byte| *byte == b'\n').next()?;
    let next = words(&decoded(next.trim_ascii_end(), rules.encoding).ok()?)?;
    if next.len() == names.len() { Layout::find(names, rules).err() } else { None }
}

/// Which of the next lines, as far as they are read already, looks like the header.
fn header_below(lines: &Lines<'_, '_>, rules: &Rules) -> Option<u64> {
    if rules.header == HeaderLine(0) {
        return None;
    }
    let below = lines.reader.buffer().split(|byte| *byte == b'\n').take(MOST_TITLES);
    let names_all = |bytes: &&[u8]| {
        decoded(bytes.trim_ascii_end(), rules.encoding)
            .is_ok_and(|text| layout(&text, rules).is_ok())
    };
    (lines.line + 1..).zip(below).find(|(_, bytes)| names_all(bytes)).map(|(line, _)| line)
}

fn check_width(row: &Row<'_>, layout: &Layout, delimiter: u8) -> Result<(), Problem> {
    let (count, width) = (row.count(), layout.width());
    if count == width {
        return Ok(());
    }
    let hint = match char::from(delimiter) {
        _ if count < width => ": write all of them, empty ones too".to_owned(),
        '\t' => String::new(),
        ' ' => " (a space inside a name needs quotes around it)".to_owned(),
        mark => format!(" (a \"{mark}\" inside a field needs quotes around it)"),
    };
    let fields = if count == 1 { "field" } else { "fields" };
    let words = format!("has {count} {fields} where {} has {width}{hint}", layout.widths_line());
    Err(Problem::new("has another number of fields", words))
}

/// Text from bytes, or what is wrong with them.
fn decoded(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, Problem> {
    if let Some(at) = bytes.contains(&0).then(|| bytes.iter().position(|b| *b == 0)).flatten() {
        let words = format!(
            "holds a NUL byte (byte {} of the row): the file is damaged, or UTF-16 text; save it \
             as UTF-8",
            at + 1
        );
        return Err(Problem::new("holds a NUL byte", words));
    }
    match encoding {
        Encoding::Windows1252 => Ok(encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0),
        Encoding::Utf8 => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
            let at = error.valid_up_to();
            let before = String::from_utf8_lossy(&bytes[at.saturating_sub(64)..at]);
            let near = before.chars().count().saturating_sub(12);
            let near: String = before.chars().skip(near).collect();
            let words = format!(
                "is not UTF-8 at byte {} of the row (0x{:02X} behind \"{}\"): save it as UTF-8, or \
                 add --encoding windows-1252",
                at + 1,
                bytes[at],
                shown(&near)
            );
            Problem::new("is not UTF-8", words)
        }),
    }
}

/// The text of a row that can't be taken apart.
fn original(bytes: &[u8], encoding: Encoding) -> Original {
    match encoding {
        Encoding::Utf8 => Original::text(bytes),
        Encoding::Windows1252 => Original::text(
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.as_bytes(),
        ),
    }
}
