//! `setoff book` as a user has it: that anyone can check what it writes.

#![allow(clippy::unwrap_used)] // here a panic is the report

use std::path::{Path, PathBuf};
use std::process::Command;

fn folder(in_dir: &Path) -> PathBuf {
    let out = in_dir.join("result");
    let output = Command::new(env!("CARGO_BIN_EXE_setoff"))
        .args(["book", "tests/sessions/book.in/invoices.csv", "--currency", "EUR", "--quiet"])
        .args(["--changes", "tests/sessions/book.in/changes.csv", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    out
}

/// The program of docs/book.md, run on a folder.
fn checked(folder: &Path) -> Result<String, String> {
    let page = std::fs::read_to_string("../../docs/book.md").unwrap();
    let (_, program) = page.split_once("```python\n").unwrap();
    let (program, _) = program.split_once("```").unwrap();
    let output = Command::new("python3").args(["-c", program]).arg(folder).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    if output.status.success() { Ok(text) } else { Err(error) }
}

#[test]
fn the_program_of_the_page_confirms_the_set_off_at_the_end() {
    let dir = tempfile::tempdir().unwrap();

    let folder = folder(dir.path());

    // 90 of Alder to Birch: 60 round by Cedar and 30 round by Dogwood, three debts each.
    assert_eq!(checked(&folder).unwrap(), "27000 EUR set off, and no set-off is larger\n");
    let moments = std::fs::read_to_string(folder.join("moments.csv")).unwrap();
    let last = "6,undo,EUR,350.00,270.00,0.00\n";
    assert!(moments.ends_with(last), "{moments}");
}

#[test]
fn the_program_of_the_page_refuses_a_smaller_set_off() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(dir.path());

    let levels = std::fs::read_to_string(folder.join("levels.csv")).unwrap();
    let lines = levels.lines().map(|line| {
        let (member, level) = line.rsplit_once(',').unwrap();
        level.parse::<i64>().map_or(format!("{line}\n"), |_| format!("{member},0\n"))
    });
    std::fs::write(folder.join("levels.csv"), lines.collect::<String>()).unwrap();

    assert!(checked(&folder).unwrap_err().contains("a larger set-off is not ruled out"));
}
