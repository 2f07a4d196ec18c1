//! The zip archive that a workbook is: what it unpacks to is limited before it is read.

use std::io::{BufReader, Cursor, Read};

use quick_xml::events::Event;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::source::is_bomb;

/// The largest workbook in bytes, 256 MiB; a million rows of invoices take about 40.
pub const LARGEST_WORKBOOK: u64 = 256 << 20;

/// The most bytes that a workbook may unpack to, 4 GiB.
pub const LARGEST_WORKBOOK_UNPACKED: u64 = 4 << 30;

/// The most bytes that one of a workbook's parts may unpack to, other than its sheets: they are
/// held in memory, 256 MiB.
pub const LARGEST_WORKBOOK_PART: u64 = 256 << 20;

/// Unpacks every part of the archive into nothing and gives the bytes back.
///
/// # Errors
/// What is wrong if it is no workbook, or a part unpacks to too much.
pub(crate) fn check_archive(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let packed = bytes.len() as u64;
    if packed > LARGEST_WORKBOOK {
        return Err("is a workbook of more than 256 MiB: save it as CSV".to_owned());
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let is_workbook = |name: &str| name.to_ascii_lowercase().ends_with("workbook.xml");
    if !archive.file_names().flatten().any(|name| is_workbook(&name)) {
        return Err(
            "is a zip archive and no .xlsx workbook: unzip it, or save the table as .xlsx \
                    or CSV"
                .to_owned(),
        );
    }
    let mut total = 0;
    for number in 0..archive.len() {
        let mut part = archive.by_index(number).map_err(|error| broken(&error))?;
        let name = part.name().map_err(|error| broken(&error))?;
        let is_strings = name.to_ascii_lowercase().ends_with("sharedstrings.xml");
        // Sheets are read as they unpack.
        let is_held = !name.to_ascii_lowercase().starts_with("xl/worksheets/");
        let mut size = 0;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count =
                part.read(&mut buffer).map_err(|error| broken(&ZipError::Io(error)))? as u64;
            if count == 0 {
                break;
            }
            size += count;
            total += count;
            let is_too_large = total > LARGEST_WORKBOOK_UNPACKED
                || (is_held && size > LARGEST_WORKBOOK_PART)
                || is_bomb(packed, total);
            if is_too_large {
                return Err("unpacks to more than 200 times its size, 4 GiB, or 256 MiB of one \
                            part, which no table does: check where it comes from, or save it as \
                            CSV"
                .to_owned());
            }
        }
        drop(part);
        if is_strings {
            let part = archive.by_index(number).map_err(|error| broken(&error))?;
            check_count_of_strings(part, size)?;
        }
    }
    Ok(archive.into_inner().into_inner())
}

/// Refuses a table of texts that claims to have more of them than it has bytes: the reader makes
/// room for as many as it claims.
fn check_count_of_strings(part: impl Read, size: u64) -> Result<(), String> {
    let mut xml = quick_xml::Reader::from_reader(BufReader::new(part));
    xml.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    let root = loop {
        buffer.clear();
        match xml.read_event_into(&mut buffer) {
            Ok(Event::Start(root) | Event::Empty(root)) => break root,
            // Without a root there is no claim either.
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
    };
    for attribute in root.attributes().with_checks(false).flatten() {
        let count = attribute.value.parse::<u64>().ok();
        if count.is_some_and(|count| count > size) {
            return Err("is no workbook that can be read (it claims more texts than it holds): \
                        save it again as .xlsx or CSV"
                .to_owned());
        }
    }
    Ok(())
}

fn broken(error: &ZipError) -> String {
    format!("is no workbook that can be read ({error}): save it again as .xlsx or CSV")
}
