//! XLSX workbooks, read by `calamine` cell by cell.
//!
//! A workbook is a zip archive that has to be held as a whole; its size, unpacked too, is checked
//! before anything is made of it.

use std::collections::BTreeMap;
use std::io::{BufReader, Cursor, Read, Seek};
use std::ops::ControlFlow;

use calamine::{DataRef, Dimensions, Reader, Xlsx, XlsxError};

use crate::Place;
use crate::archive::{LARGEST_WORKBOOK, check_archive};
use crate::columns::Field;
use crate::delimited::MOST_TITLES;
use crate::fields::MOST_COLUMNS;
use crate::guarded::guarded;
use crate::layout::{Layout, header_is};
use crate::read::OnRow;
use crate::recipe::{Found, Recipe};
use crate::rejected::{Part, ReadError, shown};
use crate::row::RowReader;
use crate::rules::{HeaderLine, Rules};
use crate::sheet_cell::Held;
use crate::source::Unpacked;

/// Reads a sheet's rows and returns the names of the columns that nothing was read from.
pub(crate) fn read(
    reader: &mut BufReader<Unpacked<'_>>,
    name: &str,
    file: u16,
    rules: &Rules,
    on_row: OnRow<'_>,
) -> Result<Found, ReadError> {
    let refuse = |problem: String| ReadError::not_a_table(name, None, problem);
    let mut bytes = Vec::new();
    let read = reader.by_ref().take(LARGEST_WORKBOOK + 1).read_to_end(&mut bytes);
    read.map_err(|error| reader.get_ref().read_error(name, error))?;
    let raw_bytes = reader.get_ref().bytes_read();
    let bytes = check_archive(bytes).map_err(refuse)?;
    let mut workbook: Xlsx<_> = guarded(|| Xlsx::new(Cursor::new(bytes))).map_err(refuse)?;
    let sheet = chosen_sheet(&mut workbook, rules).map_err(refuse)?;
    check_merged(&mut workbook, &sheet, rules).map_err(refuse)?;

    let since_1904 = workbook.has_1904_epoch();
    let mut cells = guarded(|| workbook.worksheet_cells_reader(&sheet)).map_err(refuse)?;
    let mut table = Table {
        name,
        file,
        rules,
        since_1904,
        reading: None,
        no_header: None,
        on_row,
        raw_bytes,
        seen: false,
    };
    let mut row: BTreeMap<usize, Held> = BTreeMap::new();
    let mut row_number = 0;
    loop {
        let cell = guarded(|| cells.next_cell_with_formula_metadata()).map_err(refuse)?;
        let at = cell.as_ref().map(|cell| cell.pos);
        if at.is_none_or(|(number, _)| number != row_number) && !row.is_empty() {
            if table.row(u64::from(row_number) + 1, &row)? == ControlFlow::Break(()) {
                break;
            }
            row.clear();
        }
        let (Some(cell), Some((number, column))) = (cell, at) else { break };
        row_number = number;
        let Some(held) = Held::of(cell.value, cell.formula.is_some()) else { continue };
        let column = column as usize;
        if column >= MOST_COLUMNS {
            return Err(refuse(format!(
                "has more than {MOST_COLUMNS} columns: save the table alone"
            )));
        }
        row.insert(column, held);
    }
    table.found(sheet.clone())
}

/// The sheet that the rules name, or the only one that holds anything.
fn chosen_sheet<RS: Read + Seek>(workbook: &mut Xlsx<RS>, rules: &Rules) -> Result<String, String> {
    let names = workbook.sheet_names();
    let quoted = |names: &[String]| {
        let quoted: Vec<_> =
            names.iter().take(20).map(|name| format!("\"{}\"", shown(name))).collect();
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
        if holds_anything(workbook, &name)? {
            used.push(name);
        }
    }
    match used.as_slice() {
        [] => Err("is empty: there is nothing to clear".to_owned()),
        [sheet] => Ok(sheet.clone()),
        _ => Err(format!("has several sheets: name one of {} with --sheet", quoted(&used))),
    }
}

fn holds_anything<RS: Read + Seek>(workbook: &mut Xlsx<RS>, sheet: &str) -> Result<bool, String> {
    let Some(mut cells) = guarded(|| match workbook.worksheet_cells_reader(sheet) {
        // A sheet that is a chart.
        Err(XlsxError::NotAWorksheet(_)) => Ok(None),
        cells => cells.map(Some),
    })?
    else {
        return Ok(false);
    };
    while let Some(cell) = guarded(|| cells.next_cell_with_formula_metadata())? {
        if cell.formula.is_some() || cell.value != DataRef::Empty {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Refuses merged cells from the header down: only the first of them has a value, and the others
/// would look empty.
fn check_merged<RS: Read + Seek>(
    workbook: &mut Xlsx<RS>,
    sheet: &str,
    rules: &Rules,
) -> Result<(), String> {
    let regions = guarded(|| workbook.merge_cells_by_sheet_name(sheet))?;
    let HeaderLine(header_line) = rules.header;
    let in_table = |region: &&Dimensions| region.end.0 + 1 >= header_line;
    match regions.iter().find(in_table) {
        None => Ok(()),
        Some(region) => {
            // A title above the header is merged across a row.
            let title = if region.start.0 == region.end.0 {
                format!(
                    "; or, if this is a title, say which line is the header, as in --header {}",
                    u64::from(region.end.0) + 2
                )
            } else {
                String::new()
            };
            Err(format!(
                "sheet \"{}\" has merged cells ({}:{}): unmerge them, so that every row has its \
                 own values{title}",
                shown(sheet),
                address(region.start),
                address(region.end)
            ))
        }
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
    letters.iter().rev().collect::<String>() + &(u64::from(row) + 1).to_string()
}

/// The rows of a sheet on their way to the caller.
struct Table<'a> {
    name: &'a str,
    file: u16,
    rules: &'a Rules,
    /// Whether days are counted from 1904.
    since_1904: bool,
    /// Once the header is read.
    reading: Option<(Layout, RowReader<'a>)>,
    /// Why the line that should be the header is none, and how many lines below it were looked at.
    no_header: Option<(ReadError, usize)>,
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
        if self.reading.is_none() {
            if header_line > 1 && number < u64::from(header_line) {
                return Ok(ControlFlow::Continue(()));
            }
            let Some(layout) = self.layout(number, cells)? else {
                return Ok(ControlFlow::Continue(()));
            };
            let rows = RowReader::new(self.name, Part::Column, self.rules);
            self.reading = Some((layout, rows.since_1904(self.since_1904)));
            if header_line != 0 {
                return Ok(ControlFlow::Continue(()));
            }
        }
        let Some((layout, rows)) = &mut self.reading else {
            return Ok(ControlFlow::Continue(()));
        };
        self.seen = true;
        let place = Place { file: self.file, line: number };
        let cell = |field: Field| {
            let held = layout.column(field).and_then(|column| cells.get(&column));
            held.map_or(crate::row::Cell::Empty, |held| held.cell(field))
        };
        let row = rows.declare(place, |field| layout.name(field), cell);
        Ok((self.on_row)(row, self.raw_bytes))
    }

    /// The columns, by the line that should be the header. If it is none, the lines below it are
    /// looked at too, to say which is.
    fn layout(
        &mut self,
        number: u64,
        cells: &BTreeMap<usize, Held>,
    ) -> Result<Option<Layout>, ReadError> {
        let columns = cells.keys().next_back().map_or(0, |last| last + 1);
        let name = |column| cells.get(&column).map(Held::header).unwrap_or_default();
        let found = Layout::find((0..columns).map(name).collect(), self.rules);
        match (found, self.no_header.take()) {
            (Ok(layout), None) => Ok(Some(layout)),
            (Ok(_), Some((ReadError::NotATable { line, .. }, _))) => {
                Err(ReadError::not_a_table(self.name, line, header_is(number)))
            }
            (_, Some((error, MOST_TITLES))) => Err(error),
            (_, Some((error, looked_at))) => {
                self.no_header = Some((error, looked_at + 1));
                Ok(None)
            }
            (Err(problem), None) => {
                let error = ReadError::not_a_table(self.name, Some(number), problem);
                if self.rules.header == HeaderLine(0) {
                    return Err(error);
                }
                self.no_header = Some((error, 0));
                Ok(None)
            }
        }
    }

    fn found(self, sheet: String) -> Result<Found, ReadError> {
        let HeaderLine(header_line) = self.rules.header;
        if let Some((error, _)) = self.no_header {
            return Err(error);
        }
        let problem = match self.reading {
            Some((layout, _)) if self.seen => {
                let recipe = Recipe::Xlsx { sheet, columns: layout.found() };
                return Ok(Found { recipe, ignored_columns: layout.ignored() });
            }
            None if header_line > 1 => {
                format!("ends before line {header_line}, which should be the header")
            }
            _ => "has a header and no rows: there is nothing to clear".to_owned(),
        };
        Err(ReadError::not_a_table(self.name, None, problem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_spreadsheets_do() {
        for (at, name) in [((0, 0), "A1"), ((9, 25), "Z10"), ((0, 26), "AA1"), ((1, 701), "ZZ2")] {
            assert_eq!(address(at), name);
        }
        assert_eq!(address((1_048_575, 16_383)), "XFD1048576");
    }
}
