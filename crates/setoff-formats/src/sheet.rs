//! XLSX workbooks, read by `calamine` cell by cell.
//!
//! A workbook is a zip archive that has to be held as a whole; its size, unpacked too, is checked
//! before anything is made of it.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Cursor, Read};
use std::ops::ControlFlow;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use jiff::civil::Date;

use crate::Place;
use crate::columns::{Field, Layout};
use crate::delimited::{MOST_COLUMNS, in_words};
use crate::read::OnRow;
use crate::recipe::{Found, Recipe};
use crate::rejected::{ReadError, shown};
use crate::row::{Cell, RowReader};
use crate::rules::{HeaderLine, Rules};
use crate::source::Unpacked;

/// The largest workbook in bytes, 256 MiB; a million rows of invoices take about 40.
pub const LARGEST_WORKBOOK: u64 = 256 << 20;

/// The most bytes that a workbook may unpack to, 4 GiB.
pub const LARGEST_WORKBOOK_UNPACKED: u64 = 4 << 30;

/// The most that a workbook's texts may unpack to, which are held in memory, 1 GiB.
const LARGEST_SHARED: u64 = 1 << 30;

pub(crate) fn read(
    reader: &mut BufReader<Unpacked>,
    name: &str,
    file: u16,
    rules: &Rules,
    on_row: OnRow<'_>,
) -> Result<Found, ReadError> {
    let refuse = |problem: String| ReadError::not_a_table(name, None, problem);
    let mut bytes = Vec::new();
    let read = reader.by_ref().take(LARGEST_WORKBOOK + 1).read_to_end(&mut bytes);
    read.map_err(|error| reader.get_ref().read_error(name, error))?;
    if bytes.len() as u64 > LARGEST_WORKBOOK {
        return Err(refuse("is a workbook of more than 256 MiB: save it as CSV".to_owned()));
    }
    let raw_bytes = reader.get_ref().bytes_read();
    let (bytes, sizes) = check_sizes(bytes).map_err(refuse)?;
    debug_assert!(sizes <= LARGEST_WORKBOOK_UNPACKED);
    let broken = |error: calamine::XlsxError| {
        refuse(format!("is no workbook that can be read ({error}): save it again as .xlsx or CSV"))
    };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let sheet = chosen_sheet(&mut workbook, rules).map_err(refuse)?;
    if let Some(region) = workbook.merge_cells_by_sheet_name(&sheet).map_err(broken)?.first() {
        return Err(refuse(format!(
            "sheet \"{}\" has merged cells ({}:{}): unmerge them, so that every row has its own \
             values",
            shown(&sheet),
            address(region.start),
            address(region.end)
        )));
    }
    let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(broken)?;
    let mut table = Table { name, file, rules, rows: None, on_row, raw_bytes, seen: false };
    let mut row: BTreeMap<usize, Held> = BTreeMap::new();
    let mut row_number = 0;
    loop {
        let cell = cells.next_cell_with_formula_metadata().map_err(broken)?;
        let at = cell.as_ref().map(|cell| cell.pos);
        if at.is_none_or(|(number, _)| number != row_number) && !row.is_empty() {
            if table.row(u64::from(row_number) + 1, &row)? == ControlFlow::Break(()) {
                return table.found(sheet);
            }
            row.clear();
        }
        let (Some(cell), Some((number, column))) = (cell, at) else { break };
        row_number = number;
        let has_formula = cell.formula.is_some();
        if let Some(held) = Held::of(cell.value, has_formula) {
            let column = column as usize;
            if column >= MOST_COLUMNS {
                return Err(refuse(format!(
                    "has more than {MOST_COLUMNS} columns: save the table alone"
                )));
            }
            row.insert(column, held);
        }
    }
    table.found(sheet)
}

/// Unpacks every part of the archive into nothing, and refuses one that unpacks to too much.
fn check_sizes(bytes: Vec<u8>) -> Result<(Vec<u8>, u64), String> {
    let broken = |error: zip::result::ZipError| {
        format!("is no workbook that can be read ({error}): save it again as .xlsx or CSV")
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut total = 0;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(broken)?;
        let streamed = part.name().map_err(broken)?.starts_with("xl/worksheets/");
        let rest = LARGEST_WORKBOOK_UNPACKED - total;
        let limit = if streamed { rest } else { rest.min(LARGEST_SHARED) };
        let mut limited = part.take(limit + 1);
        let unpacked = io::copy(&mut limited, &mut io::sink()).map_err(|error| {
            format!("is no workbook that can be read ({error}): save it again as .xlsx or CSV")
        })?;
        if unpacked > limit {
            return Err("unpacks to more than 4 GiB (1 GiB for its texts), which no table does: \
                        check where it comes from, or save it as CSV"
                .to_owned());
        }
        total += unpacked;
    }
    Ok((archive.into_inner().into_inner(), total))
}

/// The sheet that the rules name, or the only one that holds anything.
fn chosen_sheet<RS: Read + io::Seek>(
    workbook: &mut Xlsx<RS>,
    rules: &Rules,
) -> Result<String, String> {
    let names = workbook.sheet_names();
    let quoted = |names: &[String]| {
        let quoted: Vec<_> = names.iter().map(|name| format!("\"{}\"", shown(name))).collect();
        quoted.join(", ")
    };
    if let Some(sheet) = &rules.sheet {
        if names.contains(sheet) {
            return Ok(sheet.clone());
        }
        return Err(format!("has no sheet \"{}\"; it has {}", shown(sheet), quoted(&names)));
    }
    let mut used = Vec::new();
    for name in names {
        let Ok(mut cells) = workbook.worksheet_cells_reader(&name) else { continue };
        while let Ok(Some(cell)) = cells.next_cell() {
            if *cell.get_value() != DataRef::Empty {
                used.push(name);
                break;
            }
        }
    }
    match used.as_slice() {
        [] => Err("is empty: there is nothing to clear".to_owned()),
        [sheet] => Ok(sheet.clone()),
        _ => Err(format!("has several sheets: name one of {} with --sheet", quoted(&used))),
    }
}

/// A cell's name in spreadsheets: row 0, column 0 is A1.
fn address((row, column): (u32, u32)) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
        if rest == 0 {
            break;
        }
        rest -= 1;
    }
    letters.iter().rev().chain(&[]).collect::<String>() + &(row + 1).to_string()
}

/// A cell that holds something, by itself.
enum Held {
    Text(String),
    Number(String),
    Date(Date),
    Bad(String, &'static str),
}

impl Held {
    fn of(value: DataRef<'_>, has_formula: bool) -> Option<Self> {
        Some(match value {
            DataRef::Empty if has_formula => Self::Bad(
                String::new(),
                "is a formula without a value: open the workbook, let it calculate, and save it",
            ),
            DataRef::Empty => return None,
            DataRef::String(text) => return Self::text(&text),
            DataRef::SharedString(text) => return Self::text(text),
            DataRef::Int(number) => Self::Number(number.to_string()),
            // The shortest text that reads back as the same number is what the cell shows.
            DataRef::Float(number) => Self::Number(number.to_string()),
            DataRef::Bool(value) => {
                Self::Bad(value.to_string().to_uppercase(), "is neither a text nor a number")
            }
            DataRef::DateTime(date) => Self::date(date),
            DataRef::DateTimeIso(text) => match text.get(..10).and_then(|day| day.parse().ok()) {
                Some(date) => Self::Date(date),
                None => Self::Bad(text, "is not a date: write it as 2026-11-24"),
            },
            DataRef::DurationIso(text) => {
                Self::Bad(text, "is a span of time: correct the cell's format")
            }
            DataRef::Error(error) => Self::Bad(
                error.to_string(),
                "is an error of the spreadsheet: mend its formula and save it again",
            ),
        })
    }

    fn text(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self::Text(text.to_owned()))
    }

    fn date(date: ExcelDateTime) -> Self {
        let (year, month, day, ..) = date.to_ymd_hms_milli();
        let number = |value: u8| i8::try_from(value).ok();
        let date_of = || Date::new(i16::try_from(year).ok()?, number(month)?, number(day)?).ok();
        match date_of().filter(|date| (1900..2200).contains(&date.year())) {
            Some(day) if date.is_datetime() => Self::Date(day),
            _ => Self::Bad(
                date.as_f64().to_string(),
                "is not a day between 1900 and 2199: correct it",
            ),
        }
    }

    /// The cell as one of a field: names and references may be numbers.
    fn cell(&self, field: Field) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(text),
            Self::Number(number) => match field {
                Field::Debtor | Field::Creditor | Field::Reference => Cell::Text(number),
                _ => Cell::Number(number.clone()),
            },
            Self::Date(date) => Cell::Date(*date),
            Self::Bad(text, problem) => Cell::Bad(text.clone(), problem),
        }
    }

    /// The cell as a column's name.
    fn header(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Bad(text, _) => text.clone(),
            Self::Date(date) => date.to_string(),
        }
    }
}

/// The rows of a sheet on their way to the caller.
struct Table<'a> {
    name: &'a str,
    file: u16,
    rules: &'a Rules,
    /// Once the header is read.
    rows: Option<RowReader<'a>>,
    on_row: OnRow<'a>,
    raw_bytes: u64,
    seen: bool,
}

impl Table<'_> {
    fn row(
        &mut self,
        number: u64,
        cells: &BTreeMap<usize, Held>,
    ) -> Result<ControlFlow<()>, ReadError> {
        let HeaderLine(header_line) = self.rules.header;
        if self.rows.is_none() {
            if header_line > 1 && number < u64::from(header_line) {
                return Ok(ControlFlow::Continue(()));
            }
            let layout = self.layout(number, cells)?;
            self.rows = Some(RowReader::new(self.name.to_owned(), self.rules, layout));
            if header_line != 0 {
                return Ok(ControlFlow::Continue(()));
            }
        }
        let Some(rows) = &mut self.rows else { return Ok(ControlFlow::Continue(())) };
        self.seen = true;
        let columns = Field::NAMED.map(|field| rows.layout.column(field));
        let weight = rows.layout.column(Field::Weight);
        let row = rows.declare(Place { file: self.file, line: number }, |field| {
            let column = columns.get(field as usize).copied().unwrap_or(weight);
            column
                .and_then(|column| cells.get(&column))
                .map_or(Cell::Empty, |held| held.cell(field))
        });
        Ok((self.on_row)(row, self.raw_bytes))
    }

    fn layout(&self, number: u64, cells: &BTreeMap<usize, Held>) -> Result<Layout, ReadError> {
        let columns = cells.keys().next_back().map_or(0, |last| last + 1);
        let header: Vec<String> = (0..columns)
            .map(|column| cells.get(&column).map(Held::header).unwrap_or_default())
            .collect();
        let layout = if self.rules.header == HeaderLine(0) {
            Layout::of_numbers(self.rules)
        } else {
            Layout::of_header(header.clone(), self.rules)
        };
        layout.map_err(|problem| {
            let names: Vec<&str> = header.iter().map(String::as_str).collect();
            ReadError::not_a_table(self.name, Some(number), in_words(&problem, &names))
        })
    }

    fn found(self, sheet: String) -> Result<Found, ReadError> {
        match self.rows {
            Some(rows) if self.seen => Ok(Found {
                recipe: Recipe::Xlsx { sheet, columns: rows.layout.found() },
                ignored_columns: rows.layout.ignored(),
            }),
            _ => {
                let problem = "has a header and no rows: there is nothing to clear";
                Err(ReadError::not_a_table(self.name, None, problem))
            }
        }
    }
}
