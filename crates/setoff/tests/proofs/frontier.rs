//! The files of `setoff frontier`, and that anyone can check its proof.

use std::path::{Path, PathBuf};

use super::{checked, setoff};

const INVOICES: &str = "tests/sessions/frontier.in/invoices.csv";
const LIQUIDITY: &str = "tests/sessions/frontier.in/liquidity.csv";

/// Runs the command on the invoices of the sessions and returns its folder.
fn folder(in_dir: &Path, more: &[&str]) -> PathBuf {
    let out = in_dir.join("result");
    let arguments =
        [&["frontier", INVOICES, "--quiet", "--out", out.to_str().unwrap()], more].concat();
    let (succeeded, text) = setoff(&arguments);
    assert!(succeeded, "{text}");
    out
}

#[test]
fn the_program_of_the_page_confirms_the_proof() {
    let dir = tempfile::tempdir().unwrap();

    let folder = folder(dir.path(), &["--liquidity", LIQUIDITY]);

    assert_eq!(checked("liquidity.md", &folder), Ok("proven: 21000 EUR\n".to_owned()));
}

#[test]
fn the_program_of_the_page_refuses_less_than_the_most() {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(dir.path(), &["--liquidity", LIQUIDITY]);

    // Nothing flows at all: that balances, but it is not the most.
    let proof = std::fs::read_to_string(folder.join("proof.csv")).unwrap();
    let idle: String = proof
        .lines()
        .enumerate()
        .map(|(number, line)| match line.rsplit_once(',') {
            Some((arc, _)) if number > 0 => format!("{arc},0\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    std::fs::write(folder.join("proof.csv"), idle).unwrap();

    assert!(checked("liquidity.md", &folder).is_err());
}

#[test]
fn the_files_say_the_same_as_the_worked_example() {
    let dir = tempfile::tempdir().unwrap();

    let folder = folder(dir.path(), &["--money", "30"]);

    let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(
        file("frontier.csv"),
        "currency,money,cleared,weighted,next_discharge,next_money\n\
         EUR,0.00,60.00,60.00,3,1\nEUR,30.00,150.00,150.00,2,1\n\
         EUR,50.00,190.00,190.00,1,1\nEUR,130.00,270.00,270.00,0,1\n"
    );
    assert_eq!(
        file("liquidity.csv"),
        "currency,kind,funder,member,amount\n\
         EUR,tender,new money,Alder,30.00\nEUR,acceptance,new money,Dogwood,30.00\n"
    );
    assert!(file("discharges.csv").contains("A-1,Alder,Birch,EUR,,1,100.00,30.00,70.00\n"));
    let next = file("next-unit.csv");
    assert!(
        next.starts_with(
            "currency,funder,member,discharge,at_least\nEUR,new money,Alder,2,20.00\n"
        )
    );
    let page = file("frontier.html");
    assert!(page.contains("130.00 EUR discharges everything"));
    assert!(!page.contains("<script") && !page.contains("://"));
}

#[test]
fn a_result_is_replaced_only_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let out = folder(dir.path(), &[]);
    let again = ["frontier", INVOICES, "--quiet", "--out", out.to_str().unwrap()];

    assert!(!setoff(&again).0);
    assert!(setoff(&[&again[..], &["--force"]].concat()).0);
}

#[test]
fn money_in_several_currencies_is_asked_for_one_by_one() {
    let (succeeded, text) = setoff(&["frontier", "../../examples/group.csv", "--money", "5"]);

    assert!(
        !succeeded && text.contains("--money needs obligations in a single currency"),
        "{text}"
    );
}

/// One funded chain for the overdue and one for the others, each as long as the other.
const DUE: &str = "debtor,creditor,amount,currency,due\nA,B,100,EUR,2026-01-01\n\
    C,D,100,EUR,2026-09-01\n";

#[test]
fn what_is_overdue_can_count_more() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("due.csv");
    std::fs::write(&file, DUE).unwrap();
    let file = file.to_str().unwrap();
    let asked = |more: &[&str]| {
        let fixed = ["frontier", file, "--money", "100", "--json"];
        setoff(&[&fixed, more].concat())
    };

    let (succeeded, text) = asked(&["--weights", "overdue:3", "--as-of", "2026-06-01"]);

    assert!(succeeded, "{text}");
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&found["weights"], &found["as_of"]), (&"overdue:3".into(), &"2026-06-01".into()));
    // The first hundred goes to the one that counts three times.
    assert!(text.contains("\"30000\""), "{text}");
    let (_, no_day) = asked(&["--weights", "overdue:3"]);
    assert!(no_day.contains("say with --as-of"), "{no_day}");
    let (_, classes) = asked(&["--weights", "overdue-first", "--as-of", "2026-06-01"]);
    assert!(classes.contains("classes are for `setoff clear`"), "{classes}");
}
