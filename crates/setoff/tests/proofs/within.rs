//! That anyone can check what `setoff within` writes.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::checked;

const INVOICES: &str = "tests/sessions/within.in/invoices.csv";

fn folder(in_dir: &Path, limits: &str) -> PathBuf {
    let out = in_dir.join("result");
    let limits = format!("tests/sessions/within.in/{limits}");
    let output = Command::new(env!("CARGO_BIN_EXE_setoff"))
        .args(["within", INVOICES, "--limits", &limits, "--currency", "EUR", "--quiet", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    out
}

#[test]
fn the_program_of_the_page_confirms_a_member_limit() {
    let dir = tempfile::tempdir().unwrap();

    let folder = folder(dir.path(), "member.csv");

    assert_eq!(checked("limits.md", &folder).unwrap(), "36000 EUR set off, of at most 36000\n");
    let discharges = std::fs::read_to_string(folder.join("discharges.csv")).unwrap();
    assert!(discharges.contains("A-2,Alder,Dogwood,EUR,,1,100.00,30.00,70.00\n"), "{discharges}");
}

#[test]
fn the_program_of_the_page_confirms_the_bound_of_groups() {
    let dir = tempfile::tempdir().unwrap();

    let folder = folder(dir.path(), "groups.csv");

    // 100 of the north's limit for the circle of two (2 each), 40 for 20 round the circle of three.
    assert_eq!(checked("limits.md", &folder).unwrap(), "26000 EUR set off, of at most 26000\n");
}

#[test]
fn the_program_of_the_page_refuses_what_exceeds_a_limit() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(dir.path(), "member.csv");

    let limits = std::fs::read_to_string(folder.join("limits.csv")).unwrap();
    std::fs::write(folder.join("limits.csv"), limits.replacen("130.00,", "129.00,", 1)).unwrap();

    assert!(checked("limits.md", &folder).is_err());
}

#[test]
fn what_is_overdue_goes_first_where_a_limit_is_short() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    std::fs::write(
        path("due.csv"),
        "debtor,creditor,amount,currency,due\nA,B,100,EUR,2026-09-01\nB,A,100,EUR,2026-09-01\n\
         A,C,100,EUR,2026-01-01\nC,A,100,EUR,2026-01-01\n",
    )
    .unwrap();
    std::fs::write(path("limits.csv"), "kind,member,limit,currency\nmember,A,100,EUR\n").unwrap();

    let output = Command::new(env!("CARGO_BIN_EXE_setoff"))
        .current_dir(dir.path())
        .args(["within", "due.csv", "--limits", "limits.csv", "--quiet", "--out", "result"])
        .args(["--weights", "overdue:2", "--as-of", "2026-06-01"])
        .output()
        .unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let discharges = std::fs::read_to_string(path("result").join("discharges.csv")).unwrap();
    assert!(discharges.contains(",A,C,EUR,2026-01-01,2,100.00,100.00,0.00\n"), "{discharges}");
    assert!(discharges.contains(",A,B,EUR,2026-09-01,1,100.00,0.00,100.00\n"), "{discharges}");
    assert_eq!(
        checked("limits.md", &path("result")).unwrap(),
        "40000 EUR set off, of at most 40000\n"
    );
}
