//! Workbooks as spreadsheets write them, and as they should not be.

#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::large_stack_arrays,
    reason = "what a test needs and has not got fails the test; tables are long"
)]

mod reading;

use std::io::{Cursor, Read, Write};

use reading::{csv_rules, read, rows, rules, told, told_with};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use setoff_formats::{HeaderLine, Rules};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// A workbook whose only sheet is what `fill` makes of one with a header.
fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet
        .write_row(0, 0, ["debtor", "creditor", "amount", "currency", "due", "reference"])
        .unwrap();
    fill(sheet);
    book.save_to_buffer().unwrap()
}

/// The same workbook with one part of its archive changed.
fn with_part(workbook: &[u8], name: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut changed = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..archive.len() {
        let mut part = archive.by_index(number).unwrap();
        let part_name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        changed.start_file(part_name.as_str(), SimpleFileOptions::default()).unwrap();
        let text = if part_name == name { change(text) } else { text };
        changed.write_all(text.as_bytes()).unwrap();
    }
    changed.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

#[test]
fn typed_cells_are_read_as_what_they_are() {
    let date = Format::new().set_num_format("dd.mm.yyyy");
    let text = Format::new().set_num_format("@");
    let book = workbook(|sheet| {
        let due = ExcelDateTime::from_ymd(2026, 2, 25).unwrap();
        sheet.write_row(1, 0, ["A", "B"]).unwrap();
        sheet.write(1, 2, 1234.5).unwrap();
        sheet.write(1, 3, "EUR").unwrap();
        sheet.write_with_format(1, 4, &due, &date).unwrap();
        sheet.write(1, 5, 20_260_001).unwrap();
        // Members that are numbers; an amount and a date that are text; a blank row above.
        sheet.write(3, 0, 10).unwrap();
        sheet.write(3, 1, " B ").unwrap();
        sheet.write_with_format(3, 2, "1.234,56", &text).unwrap();
        sheet.write(3, 3, "EUR").unwrap();
        sheet.write(3, 4, "2026-02-25").unwrap();
        // What a spreadsheet calculates is shown in 15 digits.
        sheet.write_row(4, 0, ["A", "C"]).unwrap();
        sheet
            .write_formula(4, 2, Formula::new("=0.1+0.2").set_result("0.30000000000000004"))
            .unwrap();
        sheet.write(4, 3, "EUR").unwrap();
    });

    assert_eq!(
        rows(&book, &rules()),
        ["A>B 1234.50 EUR 2026-02-25 20260001", "10>B 1234.56 EUR 2026-02-25", "A>C 0.30 EUR"]
    );
    let reading = read(&book, &rules()).unwrap();
    let lines: Vec<u64> = reading.obligations.rows().iter().map(|o| o.place.line).collect();
    assert_eq!(lines, [2, 4, 5]);
}

#[test]
fn dates_count_from_1904_where_the_workbook_says_so() {
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let book = workbook(|sheet| {
        sheet.write_row(1, 0, ["A", "B"]).unwrap();
        sheet.write(1, 2, 5).unwrap();
        sheet.write_with_format(1, 4, 44_616, &date).unwrap();
    });
    let book = with_part(&book, "xl/workbook.xml", |text| {
        text.replace("<workbookPr ", "<workbookPr date1904=\"1\" ")
    });

    assert_eq!(rows(&book, &rules()), ["A>B 5 XXX 2026-02-25"]);
}

#[test]
fn bad_cells_are_told_with_their_row_and_column() {
    let book = workbook(|sheet| {
        let mut bad = |row, column, formula: Formula| {
            sheet.write_row(row, 0, ["A", "B"]).unwrap();
            sheet.write(row, 2, 5).unwrap();
            sheet.write_formula(row, column, formula).unwrap();
        };
        bad(1, 2, Formula::new("=D2*2").set_result("#DIV/0!"));
        bad(2, 2, Formula::new("=D3*2").set_result("#REF!"));
        bad(3, 0, Formula::new("=NA()").set_result("#N/A"));
        sheet.write_row(4, 0, ["A", "B"]).unwrap();
        sheet.write(4, 2, true).unwrap();
        sheet.write_row(5, 0, ["A", "B"]).unwrap();
        sheet.write(5, 2, 5).unwrap();
        sheet.write(5, 4, 46_078).unwrap();
        sheet.write_row(6, 0, ["A", "B"]).unwrap();
        sheet.write(6, 2, 1.234_5).unwrap();
        sheet.write(6, 3, "EUR").unwrap();
        sheet.write_row(7, 0, ["A", "B"]).unwrap();
        sheet.write(7, 2, 4_611_686_018_427_387_904_f64).unwrap();
        sheet.write_row(8, 0, ["A", "B"]).unwrap();
        let date = Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_with_format(8, 2, 46_078, &date).unwrap();
        sheet.write_row(9, 0, ["A", "B"]).unwrap();
        sheet.write(9, 2, 5).unwrap();
        let time = Format::new().set_num_format("[hh]:mm");
        sheet.write_with_format(9, 4, 1.5, &time).unwrap();
    });

    assert_eq!(
        told(&book),
        "t.csv:2: column \"amount\": \"#DIV/0!\" is an error of the spreadsheet: mend its formula and save it again\n\
         t.csv:3: column \"amount\": \"#REF!\" is an error of the spreadsheet: mend its formula and save it again\n\
         t.csv:4: column \"debtor\": \"#N/A\" is an error of the spreadsheet: mend its formula and save it again\n\
         t.csv:5: column \"amount\": \"TRUE\" is neither a text nor a number\n\
         t.csv:6: column \"due\": \"46078\" is a number: if it is a spreadsheet's count of days it means 2026-02-25; format the column as a date, or write 2026-11-24\n\
         t.csv:7: column \"amount\": \"1.2345\" has 4 decimals where EUR has 2: round it yourself, Setoff does not\n\
         t.csv:8: column \"amount\": \"4611686018427388000\" is longer than the 15 digits that a spreadsheet keeps: write it as text\n\
         t.csv:9: column \"amount\": \"2026-02-25\" is a date where an amount should stand: correct the cell's format\n\
         t.csv:10: column \"due\": \"1.5\" is not a day between 1900 and 2199: correct it"
    );
}

#[test]
fn a_formula_that_was_never_calculated_is_no_empty_cell() {
    let book = workbook(|sheet| {
        sheet.write_row(1, 0, ["A", "B"]).unwrap();
        sheet.write_formula(1, 2, Formula::new("=1+1").set_result("2")).unwrap();
    });
    for without in ["<f>1+1</f>", "<f>1+1</f><v/>", "<f>1+1</f><v></v>"] {
        let book = with_part(&book, SHEET, |text| text.replace("<f>1+1</f><v>2</v>", without));

        assert_eq!(
            told(&book),
            "t.csv:2: column \"amount\": \"\" is a formula without a value: open the workbook, let it calculate, and save it",
            "{without}"
        );
    }
}

#[test]
fn a_title_or_a_second_header_is_told_and_may_be_named() {
    let title = |merge: bool| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        if merge {
            sheet.merge_range(0, 0, 0, 2, "Invoices of 2026", &Format::new()).unwrap();
        } else {
            sheet.write(0, 0, "Invoices of 2026").unwrap();
        }
        sheet.write_row(2, 0, ["debtor", "creditor", "amount"]).unwrap();
        sheet.write_row(3, 0, ["A", "B", "5"]).unwrap();
        book.save_to_buffer().unwrap()
    };
    assert_eq!(told(title(false)), "t.csv:1: names no columns, but line 3 does: say --header 3");
    assert_eq!(rows(title(true), &csv_rules("header = 3\n")), ["A>B 5 XXX"]);
    assert_eq!(
        told_with(title(true), &csv_rules("header = 9\n")),
        "t.csv: ends before line 9, which should be the header"
    );

    let second = workbook(|sheet| {
        sheet.write_row(1, 0, ["who owes", "who is owed", "in EUR"]).unwrap();
        sheet.write_row(2, 0, ["A", "B", "5"]).unwrap();
    });
    assert_eq!(
        told(second),
        "t.csv:2: column \"amount\": \"in EUR\" is not a number: correct it; if this line is a second header, delete it, or name its line with --header"
    );
}

#[test]
fn a_count_of_days_is_shown_as_the_workbook_counts() {
    let book = workbook(|sheet| {
        sheet.write_row(1, 0, ["A", "B"]).unwrap();
        sheet.write(1, 2, 5).unwrap();
        sheet.write(1, 4, 44_616).unwrap();
    });
    let since_1904 = with_part(&book, "xl/workbook.xml", |text| {
        text.replace("<workbookPr ", "<workbookPr date1904=\"1\" ")
    });

    assert!(told(&book).contains("count of days it means 2022-02-24;"), "{}", told(&book));
    assert!(
        told(&since_1904).contains("count of days it means 2026-02-25;"),
        "{}",
        told(&since_1904)
    );
}

#[test]
fn a_title_above_the_header_is_told_with_the_header_s_line() {
    let titled = |title: fn(&mut Worksheet)| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        title(sheet);
        sheet.write_row(3, 0, ["Kunde", "Lieferant", "Betrag"]).unwrap();
        sheet.write_row(4, 0, ["A", "B"]).unwrap();
        sheet.write(4, 2, 5).unwrap();
        book.save_to_buffer().unwrap()
    };
    let plain = titled(|sheet| {
        sheet.write(0, 0, "Offene Posten 2026").unwrap();
        sheet.write(1, 0, "Stand").unwrap();
        sheet.write(1, 1, 2026).unwrap();
    });
    let merged = titled(|sheet| {
        sheet.merge_range(0, 0, 0, 2, "Offene Posten", &Format::new()).unwrap();
    });
    let none = titled(|sheet| {
        sheet.write(3, 5, "debtor").unwrap();
    });

    assert_eq!(told(&plain), "t.csv:1: names no columns, but line 4 does: say --header 4");
    assert_eq!(
        told(&merged),
        "t.csv: sheet \"Sheet1\" has merged cells (A1:C1): unmerge them, so that every row has its own values; or, if this is a title, say which line is the header, as in --header 2"
    );
    assert!(told(&none).starts_with("t.csv:4: the columns \"Kunde\" and \"debtor\" could both be"));
    let header = Rules { header: HeaderLine(4), ..rules() };
    assert_eq!(rows(&plain, &header), ["A>B 5 XXX"]);
    assert_eq!(rows(&merged, &header), ["A>B 5 XXX"]);
}

#[test]
fn merged_cells_in_the_table_are_refused() {
    let book = workbook(|sheet| {
        sheet.merge_range(1, 0, 2, 0, "A", &Format::new()).unwrap();
        sheet.write(1, 1, "B").unwrap();
        sheet.write(1, 2, 5).unwrap();
        sheet.write(2, 1, "C").unwrap();
        sheet.write(2, 2, 6).unwrap();
    });

    assert_eq!(
        told(book),
        "t.csv: sheet \"Sheet1\" has merged cells (A2:A3): unmerge them, so that every row has its own values"
    );
}

#[test]
fn of_several_sheets_one_is_named() {
    let mut book = Workbook::new();
    for name in ["Invoices", "Credit notes", "Empty"] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        if name != "Empty" {
            sheet.write_row(0, 0, ["debtor", "creditor", "amount"]).unwrap();
            sheet.write_row(1, 0, ["A", name, "5"]).unwrap();
        }
    }
    let book = book.save_to_buffer().unwrap();
    let named = |name: &str| Rules { sheet: Some(name.into()), ..rules() };

    assert_eq!(
        told(&book),
        "t.csv: has several sheets: name one of \"Invoices\", \"Credit notes\" with --sheet"
    );
    assert_eq!(
        told_with(&book, &named("invoices")),
        "t.csv: has no sheet \"invoices\"; it has \"Invoices\", \"Credit notes\", \"Empty\""
    );
    assert_eq!(rows(&book, &named("Credit notes")), ["A>Credit notes 5 XXX"]);
    assert_eq!(
        told_with(&book, &named("Empty")),
        "t.csv: has a header and no rows: there is nothing to clear"
    );
}

#[test]
fn an_empty_workbook_and_one_with_a_header_only_are_told() {
    let mut empty = Workbook::new();
    empty.add_worksheet();

    assert_eq!(told(empty.save_to_buffer().unwrap()), "t.csv: is empty: there is nothing to clear");
    assert_eq!(
        told(workbook(|_| {})),
        "t.csv: has a header and no rows: there is nothing to clear"
    );
}

#[test]
fn a_broken_workbook_is_told() {
    let book = workbook(|sheet| {
        sheet.write_row(1, 0, ["A", "B", "5"]).unwrap();
    });
    let told_broken = |bytes: &[u8]| {
        let told = told(bytes);
        assert!(told.starts_with("t.csv: is no workbook that can be read ("), "{told}");
        assert!(told.ends_with("): save it again as .xlsx or CSV"), "{told}");
    };

    told_broken(&book[..book.len() / 2]);
    told_broken(b"PK\x03\x04");
    told_broken(&with_part(&book, SHEET, |text| text[..text.len() - 40].to_owned()));
    told_broken(&with_part(&book, SHEET, |text| text.replace("<v>0</v>", "<v>99</v>")));
    // Where overflow is checked, calamine subtracts these addresses in a panic.
    let backwards = with_part(&book, SHEET, |text| text.replace("ref=\"A1:F2\"", "ref=\"F2:A1\""));
    let told_backwards = told(&backwards);
    assert!(
        told_backwards == "1 good rows" || told_backwards.contains("contradict each other"),
        "{told_backwards}"
    );
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("invoices.csv", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"debtor,creditor,amount\nA,B,5\n").unwrap();
    assert_eq!(
        told(zip.finish().unwrap().into_inner()),
        "t.csv: is a zip archive and no .xlsx workbook: unzip it, or save the table as .xlsx or CSV"
    );
}

#[test]
fn a_workbook_bomb_stops_at_the_limit() {
    let book = workbook(|sheet| {
        sheet.write_row(1, 0, ["A", "B", "5"]).unwrap();
    });
    let blank = " ".repeat(1 << 20);
    for part in [SHEET, "xl/sharedStrings.xml"] {
        let bomb =
            with_part(&book, part, |text| text.replacen('>', &format!(">{}", blank.repeat(80)), 1));

        assert!(bomb.len() < 1 << 20);
        assert_eq!(
            told(&bomb),
            "t.csv: unpacks to more than 200 times its size, 4 GiB, or 256 MiB of one part, which no table does: check where it comes from, or save it as CSV"
        );
    }
}

#[test]
fn a_workbook_that_claims_more_texts_than_it_holds_is_refused_before_room_is_made() {
    let book = workbook(|sheet| {
        sheet.write_row(1, 0, ["A", "B", "12.50", "EUR"]).unwrap();
    });
    let claims = with_part(&book, "xl/sharedStrings.xml", |text| {
        let (before, after) = text.split_once("uniqueCount=\"").unwrap();
        let (_, rest) = after.split_once('"').unwrap();
        format!("{before}uniqueCount=\"999999999999\"{rest}")
    });

    assert_eq!(
        told(&claims),
        "t.csv: is no workbook that can be read (it claims more texts than it holds): save it \
         again as .xlsx or CSV"
    );
}
