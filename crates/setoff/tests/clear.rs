//! `setoff clear` as its users meet it: what it prints, what it writes, and how it exits.

#![allow(clippy::unwrap_used, reason = "what a test needs and has not got fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn setoff(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_setoff"))
        .current_dir(root())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let output = setoff(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = setoff(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn schema() -> Value {
    serde_json::from_str(&fs::read_to_string(root().join("docs/result.schema.json")).unwrap())
        .unwrap()
}

const GROUP: &str = "examples/group.csv";

#[test]
fn the_summary_reads_well() {
    insta::assert_snapshot!(printed(&["clear", GROUP]));
}

#[test]
fn the_comparison_reads_well() {
    insta::assert_snapshot!(printed(&["clear", GROUP, "--compare"]));
}

#[test]
fn one_unit_of_account_reads_well() {
    let rates = ["--unit", "EUR", "--rates", "examples/rates.csv"];
    insta::assert_snapshot!(printed(&[&["clear", GROUP], &rates[..]].concat()));
}

#[test]
fn the_json_of_every_mode_is_as_its_schema_says() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let unit = ["--unit", "GBP", "--rates", "examples/rates.csv"];
    let cases: [&[&str]; 10] = [
        &[],
        &["--weights", "overdue-first", "--as-of", "2026-10-01"],
        &["--among", "fair"],
        &["--among", "fewest"],
        &["--among", "fewest", "--unit", "EUR", "--rates", "examples/rates.csv"],
        &["--mode", "bilateral"],
        &["--mode", "novation", "--centre", "Alder Holding AG"],
        &["--weights", "overdue:3", "--as-of", "2026-10-01"],
        &unit,
        &["--mode", "novation", "--unit", "EUR", "--rates", "examples/rates.csv"],
    ];
    for more in cases {
        let json = printed(&[&["clear", GROUP, "--json"], more].concat());
        let result: Value = serde_json::from_str(&json).unwrap();

        let errors: Vec<String> = validator.iter_errors(&result).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{more:?}: {errors:#?}");
        let minor = |value: &Value| value["minor"].as_str().unwrap().parse::<i128>().unwrap();
        for key in ["currencies", "clearings"] {
            for figures in result[key].as_array().unwrap() {
                let [gross, cleared, residual] =
                    ["gross", "cleared", "residual"].map(|name| minor(&figures[name]));
                assert_eq!(gross, cleared + residual, "{more:?}");
                assert!(cleared > 0, "{more:?}");
            }
        }
    }
    let mut wrong: Value = serde_json::from_str(&printed(&["clear", GROUP, "--json"])).unwrap();
    wrong["clearings"][0]["gross"]["minor"] = 5.into();
    assert!(!validator.is_valid(&wrong), "the schema must be able to refuse");
}

#[test]
fn an_overdue_obligation_can_be_made_to_count_more() {
    let cleared = |arguments: &[&str]| -> Value {
        let all = [&["clear", GROUP, "--json"], arguments].concat();
        let result: Value = serde_json::from_str(&printed(&all)).unwrap();
        result["clearings"][0].clone()
    };
    let number = |value: &Value| value.as_str().unwrap().parse::<i128>().unwrap();

    let plain = cleared(&[]);
    let overdue = cleared(&["--weights", "overdue:5", "--as-of", "2026-10-01"]);

    assert_eq!(number(&plain["weighted"]), number(&plain["cleared"]["minor"]));
    assert!(number(&overdue["weighted"]) > number(&plain["weighted"]));
    assert!(number(&overdue["cleared"]["minor"]) <= number(&plain["cleared"]["minor"]));
}

/// Clears and verifies rows; returns what is discharged of each, and the clearing.
fn chosen(rows: &str, arguments: &[&str]) -> (Vec<String>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("in.csv"), format!("debtor,creditor,amount,currency,due\n{rows}")).unwrap();
    let out = path("out");
    printed(&[&["clear", &path("in.csv"), "--quiet", "--out", &out], arguments].concat());
    printed(&["verify", &out]);
    let table = fs::read_to_string(path("out/discharges.csv")).unwrap();
    let discharged = table.lines().skip(1).map(|row| row.split(',').nth(9).unwrap().to_owned());
    let result = fs::read_to_string(path("out/result.json")).unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    (discharged.collect(), result["clearings"][0].clone())
}

#[test]
fn overdue_obligations_go_first_whatever_that_costs_the_others() {
    // Birch can owe Alder back at once, overdue, or along a way on which each unit clears four.
    let rows = "Alder,Birch,100,EUR,2026-12-01\nBirch,Alder,3,EUR,2026-01-01\n\
                Birch,Cedar,100,EUR,2026-12-01\nCedar,Elm,100,EUR,2026-12-01\n\
                Elm,Alder,100,EUR,2026-12-01\n";

    let (discharged, clearing) =
        chosen(rows, &["--weights", "overdue-first", "--as-of", "2026-06-01"]);

    assert_eq!(discharged, ["100.00", "3.00", "97.00", "97.00", "97.00"]);
    assert_eq!(clearing["classes"][0]["weight"], 2);
    assert_eq!(clearing["classes"][0]["cleared"]["amount"], "3.00");
    assert_eq!(clearing["classes"][1]["cleared"]["amount"], "391.00");
}

#[test]
fn shares_are_as_even_as_can_be() {
    let rows = "Hub,Alder,60,EUR,\nHub,Birch,60,EUR,\nAlder,Tail,60,EUR,\nBirch,Tail,30,EUR,\n\
                Tail,Hub,60,EUR,\n";

    let (discharged, _) = chosen(rows, &["--among", "fair"]);

    assert_eq!(discharged, ["40.00", "20.00", "40.00", "20.00", "60.00"]);
}

#[test]
fn as_many_as_possible_are_discharged_whole_or_nothing_but_whole_ones() {
    let rows = "Hub,Alder,60,EUR,\nHub,Birch,40,EUR,\nHub,Cedar,30,EUR,\nAlder,Tail,60,EUR,\n\
                Birch,Tail,40,EUR,\nCedar,Tail,30,EUR,\nTail,Hub,70,EUR,\n";
    let whole = ["0.00", "40.00", "30.00", "0.00", "40.00", "30.00", "70.00"];

    let (discharged, clearing) = chosen(rows, &["--among", "fewest"]);
    assert_eq!(discharged, whole);
    assert_eq!(clearing["whole_obligations"], 5);
    assert_eq!(clearing["whole_obligations_bound"], 5);

    let (discharged, clearing) = chosen(rows, &["--whole"]);
    assert_eq!(discharged, whole);
    assert_eq!(clearing["weighted_bound"], "21000");
}

#[test]
fn the_same_input_gives_the_same_bytes_and_another_seed_another_choice() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, seed: &[&str]| {
        let out = folder.path().join(name);
        let out_text = out.to_str().unwrap();
        printed(&[&["clear", GROUP, "--quiet", "--out", out_text], seed].concat());
        out
    };
    let files = |dir: &Path| {
        let mut files: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    };

    let one = files(&write("one", &[]));
    let same = files(&write("same", &[]));
    assert!(one == same);

    let discharges =
        |seed: &str| fs::read(write(seed, &["--seed", seed]).join("discharges.csv")).unwrap();
    let all: std::collections::BTreeSet<_> =
        ["1", "2", "3", "4", "5"].map(discharges).into_iter().collect();
    assert!(all.len() > 1, "of several largest set-offs another seed takes another");
}

#[test]
fn nothing_is_printed_with_quiet_and_nothing_written_with_dry_run() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let out = out.to_str().unwrap();

    assert_eq!(printed(&["clear", GROUP, "--quiet"]), "");
    let text = printed(&["clear", GROUP, "--out", out, "--dry-run"]);

    assert!(text.contains("Nothing was written"), "{text}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn statements_are_for_whom_one_asks() {
    let folder = tempfile::tempdir().unwrap();
    let pages = |name: &str, chosen: &str| {
        let out = folder.path().join(name);
        let out_text = out.to_str().unwrap();
        printed(&["clear", GROUP, "--quiet", "--out", out_text, "--statements", chosen]);
        fs::read_dir(out.join("statements")).map_or(0, Iterator::count)
    };

    assert_eq!(pages("none", "none"), 0);
    assert_eq!(pages("two", "Elm Trading Ltd,Rowan Labs ApS"), 4);
    assert_eq!(pages("all", "all"), 24);
    let out = folder.path().join("refused");
    let out = out.to_str().unwrap();
    let message = refused(&["clear", GROUP, "--out", out, "--statements", "Elm"]);
    assert!(message.contains("there is no member \"Elm\""), "{message}");
}

#[test]
fn a_command_that_contradicts_itself_is_refused_with_the_way_out() {
    let cases: [(&[&str], &str); 12] = [
        (&["--centre", "Hub"], "--centre needs --mode novation"),
        (&["--weights", "overdue:2"], "--as-of"),
        (&["--weights", "overdue:0", "--as-of", "2026-10-01"], "from 1 to 1000000"),
        (&["--weights", "prio", "--mode", "bilateral"], "--mode set-off"),
        (&["--weights", "prio"], "has no column \"prio\""),
        (&["--weights", "overdue-first"], "--as-of"),
        (&["--among", "fair", "--mode", "bilateral"], "--mode set-off"),
        (&["--whole", "--mode", "novation"], "--mode set-off"),
        (&["--whole", "--weights", "overdue-first", "--as-of", "2026-10-01"], "not with classes"),
        (&["--unit", "EUR"], "--rates"),
        (&["--unit", "CHF", "--rates", "examples/rates.csv"], "no rate between"),
        (&["--seed", "abc"], "64 hexadecimal digits"),
    ];
    for (arguments, part) in cases {
        let message = refused(&[&["clear", GROUP], arguments].concat());

        assert!(message.contains(part), "{arguments:?}: {message}");
    }
}
