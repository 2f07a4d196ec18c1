#![no_main]
//! Workbooks. Bytes that begin as an archive does are read as they are; others are the parts of
//! one, separated by zero bytes: a mutation would otherwise hardly get through the archive's
//! checksums.

mod reading;

use std::io::{Cursor, Write};
use std::sync::Once;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const SHEETS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const STRINGS: &str = r#"<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>debtor</t></si><si><t>creditor</t></si><si><t>amount</t></si><si><t>due</t></si><si><t>A</t></si><si><t>B</t></si></sst>"#;
const STYLES: &str = r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#;

static QUIET: Once = Once::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // A panic inside calamine is caught and is no finding; one that escapes still ends the run.
    QUIET.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    if bytes.starts_with(b"PK") {
        return reading::read(bytes);
    }
    let parts: Vec<&[u8]> = bytes.splitn(4, |byte| *byte == 0).collect();
    let part = |number: usize, default: &'static str| {
        parts.get(number).copied().filter(|part| !part.is_empty()).unwrap_or(default.as_bytes())
    };
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in [
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", RELATIONS.as_bytes()),
        ("xl/_rels/workbook.xml.rels", SHEETS.as_bytes()),
        ("xl/workbook.xml", part(3, WORKBOOK)),
        ("xl/sharedStrings.xml", part(1, STRINGS)),
        ("xl/styles.xml", part(2, STYLES)),
        ("xl/worksheets/sheet1.xml", parts[0]),
    ] {
        archive.start_file(name, stored).expect("the names are different");
        archive.write_all(text).expect("memory takes all writes");
    }
    let archive = archive.finish().expect("memory takes all writes").into_inner();
    reading::read(&archive);
});
