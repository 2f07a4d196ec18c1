//! The demo: a year of forty firms, its books read by hledger and Beancount, its journal checked.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Ten seconds are promised; a debug build beside other tests is given more.
const LONGEST: Duration = Duration::from_mins(1);

fn setoff(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_setoff"));
    command.args(arguments).env("SETOFF_UNION", folder.join("setoff.db"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&setoff(folder, arguments)).unwrap()
}

fn demo(parent: &Path) -> (PathBuf, Value) {
    let folder = parent.join("demo");
    let told = json(parent, &["demo", "--json", folder.to_str().unwrap()]);
    (folder, told)
}

#[test]
fn a_year_of_forty_firms_is_lived_in_seconds_and_tells_its_story() {
    let parent = tempfile::tempdir().unwrap();
    let begun = Instant::now();

    let (folder, told) = demo(parent.path());

    assert!(begun.elapsed() < LONGEST, "{:?}", begun.elapsed());
    assert_eq!(told["cycles"], 12);
    assert_eq!(told["members"], 41, "forty firms and an accountant");
    let story = told["story"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
    insta::assert_snapshot!(story.collect::<Vec<_>>().join("\n"));
    let checked = json(&folder, &["journal", "check", "--json"]);
    assert_eq!(checked["entries"], told["commands"]);
    assert_eq!(checked["state_digest"], told["state_digest"], "replayed from the first entry");
    let copy = folder.join("copy.db");
    let names = [folder.join("setoff.db"), copy.clone()];
    setoff(&folder, &["journal", "copy", names[0].to_str().unwrap(), names[1].to_str().unwrap()]);
    let checked = json(&folder, &["journal", "check", "--json", "--union", copy.to_str().unwrap()]);
    assert_eq!(checked["state_digest"], told["state_digest"], "the copy gives the same state");
}

/// The balances of hledger, by account and currency.
fn by_hledger(books: &Path) -> BTreeMap<(String, String), String> {
    let report = ["balance", "--no-total", "--flat", "--layout=bare", "--output-format=csv", "-E"];
    let read = |arguments: &[&str]| {
        let output = Command::new("hledger").arg("-f").arg(books).args(arguments).output();
        let output = output.expect("hledger is installed: ./test does");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    read(&["check", "--strict"]);
    let text = read(&report);
    let rows = csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap);
    rows.map(|row| ((row[0].to_owned(), row[1].to_owned()), row[2].to_owned())).collect()
}

#[test]
fn the_books_of_the_demo_are_right_for_hledger_and_beancount_and_say_what_the_statements_say() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, _) = demo(parent.path());
    let books = folder.join("books.journal");
    std::fs::write(&books, setoff(&folder, &["union", "ledger"])).unwrap();

    let balances = by_hledger(&books);

    for member in ["Adler Maschinen GmbH", "Drava Energija d.d.", "Donau Druck GmbH"] {
        let statement = json(&folder, &["union", "statement", member, "--json"]);
        for of_currency in statement["balances"].as_array().unwrap() {
            let code = of_currency["currency"].as_str().unwrap();
            for (name, root) in [
                ("receivable", "assets"),
                ("payable", "liabilities"),
                ("invoiced", "income"),
                ("set-off", "equity"),
                ("money", "assets"),
                ("assigned", "equity"),
            ] {
                let account = format!("{root}:{member}:{name}");
                let found = balances.get(&(account.clone(), code.to_owned()));
                // hledger writes nothing as a bare zero.
                let found = found.map_or("0", String::as_str);
                let found = if found == "0" { "0.00" } else { found };
                let told = of_currency["accounts"][name].as_str().unwrap();
                assert_eq!(found, told, "{account} in {code}");
            }
        }
    }

    let books = folder.join("books.beancount");
    std::fs::write(&books, setoff(&folder, &["union", "ledger", "--format", "beancount"])).unwrap();
    let python = std::env::var("SETOFF_TEST_PYTHON");
    let python = python.unwrap_or_else(|_| "../../target/venv/bin/python".to_owned());
    let checked = Command::new(python).args(["-m", "beancount.scripts.check"]).arg(&books).output();
    let checked = checked.expect("Beancount is installed: ./test does");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
