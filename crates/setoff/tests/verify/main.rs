//! `setoff verify` and `docs/verify.py`: what they accept, and what they say of what they refuse.

#![allow(clippy::unwrap_used, reason = "what a test needs and has not got fails the test")]

mod forms;
#[path = "../oracle/python.rs"]
#[allow(dead_code, reason = "no independent solver is needed here")]
mod python;
mod stopped;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use python::{Python, repository};
use serde_json::{Value, json};

/// A place to clear in.
struct Bench {
    place: tempfile::TempDir,
    second_verifier: Python,
}

impl Bench {
    fn new() -> Self {
        Self {
            place: tempfile::tempdir().unwrap(),
            second_verifier: Python::start("second_verifier.py"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn setoff(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_setoff"));
        command.current_dir(self.place.path()).args(arguments).output().unwrap()
    }

    /// Clears files into the folder `result`, which must work.
    fn clear(&self, arguments: &[&str]) {
        let _ = fs::remove_dir_all(self.path("result"));
        let fixed = ["clear", "--quiet", "--statements", "none", "--out", "result"];
        let output = self.setoff(&[&fixed, arguments].concat());
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    }

    /// What both verifiers say of `result`, which must be the same.
    fn verify(&mut self, inputs: &[&str]) -> Result<String, String> {
        let output = self.setoff(&[&["verify", "result", "--input"], inputs].concat());
        let paths: Vec<PathBuf> = inputs.iter().map(|input| self.path(input)).collect();
        let request = json!({ "dir": self.path("result"), "input": paths });
        let second = self.second_verifier.ask(&request).unwrap();
        let (first, said) = (output.status.code(), stderr(&output));
        assert_eq!(
            first.map(i64::from),
            second["exit"].as_i64(),
            "setoff verify: {said}docs/verify.py: {}",
            second["said"].as_str().unwrap_or_default()
        );
        if first == Some(0) { Ok(stdout(&output)) } else { Err(said) }
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.path("result").join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no {from}: {text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The example of `docs/certificate.md`.
const FOUR: &str = "debtor,creditor,amount,currency\n\
    Alder,Birch,100,EUR\nBirch,Cedar,100,EUR\nCedar,Alder,200,EUR\nDogwood,Cedar,100,EUR\n";

fn four() -> Bench {
    let bench = Bench::new();
    bench.write("four.csv", FOUR);
    bench.clear(&["four.csv"]);
    bench
}

#[test]
fn the_example_of_the_documentation_verifies_and_says_what_was_checked() {
    let mut bench = four();

    let said = bench.verify(&["four.csv"]).unwrap();

    insta::assert_snapshot!(said, @"
    result verifies: 4 obligations, each as it stands in four.csv.

      EUR: 300.00 of 500.00 cleared among 4 members

    No larger set-off exists (certificate.json proves it). Nobody's net position changes.

    Checked, every figure of: result.json, input.sha256, discharges.csv, positions.csv, payments.csv, circles.csv, certificate.json.
    Not checked:
      result.json: reading, by which the input was read again
      result.json: seed, which decides between equally large set-offs
      report.html, which shows these figures to people
    ");
    let certificate = fs::read_to_string(bench.path("result/certificate.json")).unwrap();
    let documented = fs::read_to_string(repository().join("docs/certificate.md")).unwrap();
    let certificate: Value = serde_json::from_str(&certificate).unwrap();
    let block = documented.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(certificate, serde_json::from_str::<Value>(block).unwrap());
}

#[test]
#[allow(clippy::too_many_lines, reason = "it is a table")]
fn what_is_wrong_is_said_with_file_line_and_what_was_expected() {
    let mut bench = four();
    for (file, from, to, finding) in [
        (
            "discharges.csv",
            "1,4,,Cedar,Alder,EUR,,1,200.00,100.00,100.00",
            "1,4,,Cedar,Alder,EUR,,1,200.00,100.01,99.99",
            "discharges.csv: \"Alder\" is discharged of EUR 100.00 but 100.01 of what it is owed is \
             discharged: its net position changes",
        ),
        (
            "discharges.csv",
            "200.00,100.00,100.00",
            "200.00,200.01,-0.01",
            "discharges.csv:4: discharged is \"200.01\", expected \"an amount from 0 to 200.00\"",
        ),
        (
            "discharges.csv",
            "Dogwood,Cedar,EUR,,1,100.00,0.00,100.00",
            "Dogwood,Cedar,EUR,,1,100.00,0.00,99.00",
            "discharges.csv:5: outstanding is \"99.00\", expected \"100.00\"",
        ),
        (
            "discharges.csv",
            "Dogwood,Cedar",
            "Dogwood,Alder",
            "discharges.csv:5: creditor is \"Alder\", expected \"Cedar\"",
        ),
        (
            "discharges.csv",
            "1,5,,Dogwood,Cedar,EUR,,1,100.00,0.00,100.00\n",
            "",
            "discharges.csv: the row for four.csv:5 is missing",
        ),
        (
            "discharges.csv",
            "1,100.00,0.00,100.00\n",
            "1,100.00,0.00,100.00",
            "discharges.csv: does not end with a line feed: it may have been cut off",
        ),
        (
            "certificate.json",
            "\"Birch\":2",
            "\"Birch\":4",
            "discharges.csv:2: 100.00 of 100.00 is discharged, where the certificate asks (its gain \
             is -1) that it be discharged not at all",
        ),
        (
            "certificate.json",
            "\"Dogwood\":0",
            "\"Dogwood\":1",
            "discharges.csv:5: 0.00 of 100.00 is discharged, where the certificate asks (its gain \
             is 1) that it be discharged whole",
        ),
        (
            "certificate.json",
            ",\"Dogwood\":0",
            "",
            "certificate.json: EUR: \"Dogwood\" has no potential",
        ),
        (
            "certificate.json",
            "\"Dogwood\":0",
            "\"Dogwood\":0,\"Dogwood\":0",
            "certificate.json: EUR: \"Dogwood\" has two potentials",
        ),
        (
            "circles.csv",
            "1,3,Cedar,Alder,EUR,100.00\n",
            "",
            "circles.csv: circle 1 does not close: its last creditor is not its first debtor",
        ),
        (
            "circles.csv",
            "1,2,Birch,Cedar,EUR,100.00",
            "1,2,Birch,Cedar,EUR,90.00",
            "circles.csv:3: its currency and amount are not those of the step before it",
        ),
        (
            "positions.csv",
            "Alder,EUR,200.00",
            "Alder,EUR,201.00",
            "positions.csv:2: owed is \"201.00\", expected \"200.00\"",
        ),
        (
            "payments.csv",
            "Cedar,Alder,EUR,100.00,1\n",
            "",
            "payments.csv: has 1 of 2 payments that are left",
        ),
        (
            "result.json",
            "\"rate\": \"0.600000\"",
            "\"rate\": \"0.700000\"",
            "result.json: currencies[0].rate is \"\\\"0.700000\\\"\", expected \"\\\"0.600000\\\"\"",
        ),
        (
            "input.sha256",
            "four.csv",
            "five.csv",
            "input.sha256: does not list the inputs of result.json",
        ),
    ] {
        bench.clear(&["four.csv"]);
        bench.edit(file, from, to);

        let said = bench.verify(&["four.csv"]).unwrap_err();

        let findings: Vec<&str> = said.lines().skip(1).map(str::trim).collect();
        assert!(findings.contains(&finding), "{finding}\nnot in\n{said}");
    }
}

#[test]
fn another_input_is_told_by_its_hash_and_its_rows() {
    let mut bench = four();
    bench.write("five.csv", FOUR.replace("Dogwood,Cedar,100", "Dogwood,Cedar,101"));

    let said = bench.verify(&["five.csv"]).unwrap_err();

    let findings: Vec<&str> = said.lines().collect();
    assert_eq!(findings.len(), 4, "{said}");
    assert!(findings[1].starts_with("  \"four.csv\": these are not the bytes that were cleared: "));
    assert_eq!(findings[2], "  discharges.csv:5: amount is \"100.00\", expected \"101.00\"");
}

#[test]
fn a_set_off_that_is_not_the_largest_is_refused_whatever_the_potentials() {
    let bench = Bench::new();
    bench.write("pair.csv", "debtor,creditor,amount,currency\nA,B,5,EUR\nB,A,5,EUR\n");
    bench.clear(&["pair.csv"]);
    bench.clear(&["pair.csv"]);
    // All files as if nothing had been set off.
    for (file, from, to) in [
        ("discharges.csv", "A,B,EUR,,1,5.00,5.00,0.00", "A,B,EUR,,1,5.00,0.00,5.00"),
        ("discharges.csv", "B,A,EUR,,1,5.00,5.00,0.00", "B,A,EUR,,1,5.00,0.00,5.00"),
        (
            "positions.csv",
            "A,EUR,5.00,5.00,0.00,5.00,0.00,0.00",
            "A,EUR,5.00,5.00,0.00,0.00,5.00,5.00",
        ),
        (
            "positions.csv",
            "B,EUR,5.00,5.00,0.00,5.00,0.00,0.00",
            "B,EUR,5.00,5.00,0.00,0.00,5.00,5.00",
        ),
        ("payments.csv", "obligations\n", "obligations\nA,B,EUR,5.00,1\nB,A,EUR,5.00,1\n"),
        ("circles.csv", "1,1,A,B,EUR,5.00\n1,2,B,A,EUR,5.00\n", ""),
        (
            "certificate.json",
            "\"cleared\":\"1000\",\"weighted\":\"1000\"",
            "\"cleared\":\"0\",\"weighted\":\"0\"",
        ),
    ] {
        bench.edit(file, from, to);
    }
    let certificate = fs::read_to_string(bench.path("result/certificate.json")).unwrap();
    for (a, b) in (-3..4).flat_map(|a| (-3..4).map(move |b| (a, b))) {
        let mut certificate: Value = serde_json::from_str(&certificate).unwrap();
        certificate["clearings"][0]["potentials"] = json!({ "A": a, "B": b });
        bench.write("result/certificate.json", format!("{certificate}\n"));

        let output = bench.setoff(&["verify", "result", "--input", "pair.csv"]);

        assert_eq!(output.status.code(), Some(1), "{a} {b}");
        let said = stderr(&output);
        assert!(said.contains("that it be discharged whole"), "{said}");
        // Nothing but the optimum and what result.json says of it.
        assert!(!said.contains("positions.csv") && !said.contains("circles.csv"), "{said}");
    }
}

#[test]
fn only_the_first_twenty_findings_are_told_one_by_one() {
    let mut bench = Bench::new();
    let mut table = String::from("debtor,creditor,amount,currency\n");
    for number in 0..30 {
        writeln!(table, "A{number},B,5,EUR").unwrap();
    }
    bench.write("many.csv", table);
    bench.clear(&["many.csv"]);
    let path = bench.path("result/discharges.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, text.replace("0.00,5.00\n", "0.00,6.00\n")).unwrap();

    let said = bench.verify(&["many.csv"]).unwrap_err();

    assert_eq!(said.lines().count(), 22, "{said}");
    assert!(said.ends_with("\n  … and 10 more\n"), "{said}");
}

#[test]
fn what_keeps_it_from_checking_is_told_apart_by_the_exit_code() {
    let mut bench = four();
    let nowhere = bench.setoff(&["verify", "nowhere"]);
    assert_eq!(nowhere.status.code(), Some(2));
    assert_eq!(
        stderr(&nowhere),
        "nowhere: is not a folder that setoff clear, frontier or within wrote: there is no result.json, frontier.json or within.json in it\n"
    );

    fs::rename(bench.path("four.csv"), bench.path("moved.csv")).unwrap();
    let lost = bench.setoff(&["verify", "result"]);
    assert_eq!(lost.status.code(), Some(2));
    assert_eq!(
        stderr(&lost),
        "the input \"four.csv\" is neither there nor beside the result: say where it is with \
         --input FILE\n"
    );
    assert!(bench.verify(&["moved.csv"]).is_ok());
    assert!(bench.verify(&["moved.csv", "moved.csv"]).unwrap_err().starts_with("--input names 2"));

    bench.edit("result.json", "setoff-result/1", "setoff-result/2");
    let unknown = bench.verify(&["moved.csv"]).unwrap_err();
    assert!(unknown.starts_with("result.json: its format is not \"setoff-result/1\""), "{unknown}");
}

#[test]
fn the_input_is_found_under_its_name_or_beside_the_result() {
    let bench = four();
    assert_eq!(bench.setoff(&["verify", "result"]).status.code(), Some(0));

    let output = Command::new(env!("CARGO_BIN_EXE_setoff"))
        .current_dir("/")
        .arg("verify")
        .arg(bench.path("result"))
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn standard_input_is_verified_by_naming_its_bytes() {
    let mut bench = Bench::new();
    bench.write("four.csv", FOUR);
    let status = Command::new("sh")
        .current_dir(bench.place.path())
        .args(["-c", "\"$0\" clear - --quiet --out result <four.csv"])
        .arg(env!("CARGO_BIN_EXE_setoff"))
        .status()
        .unwrap();
    assert!(status.success());

    let unnamed = bench.setoff(&["verify", "result"]);

    assert_eq!(unnamed.status.code(), Some(2));
    assert!(stderr(&unnamed).starts_with("the result is of standard input"));
    assert!(bench.verify(&["four.csv"]).is_ok());
}

#[test]
fn rates_are_compared_with_their_table() {
    let mut bench = Bench::new();
    bench.write("two.csv", "debtor,creditor,amount,currency\nA,B,100,EUR\nB,A,100,USD\n");
    bench.write("rates.csv", "base,quote,rate\nEUR,USD,1.1172\n");
    bench.write("other.csv", "base,quote,rate\nEUR,USD,1.1173\n");
    bench.clear(&["two.csv", "--unit", "EUR", "--rates", "rates.csv"]);

    let said = bench.verify(&["two.csv"]).unwrap();
    assert!(
        said.contains(
            "\n  result.json: unit, whether its rates are those of its source (--rates)\n"
        )
    );
    let right = bench.setoff(&["verify", "result", "--rates", "rates.csv"]);
    let wrong = bench.setoff(&["verify", "result", "--rates", "other.csv"]);

    assert!(!stdout(&right).contains("--rates"));
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        stderr(&wrong).contains("the rate of USD is not that of other.csv, 10000/11173"),
        "{}",
        stderr(&wrong)
    );
}

#[test]
fn programs_read_the_outcome_as_json() {
    let bench = four();
    let good = bench.setoff(&["verify", "result", "--json"]);
    bench.edit("payments.csv", "Cedar,Alder", "Cedar,Birch");
    let bad = bench.setoff(&["verify", "result", "--json"]);

    let good: Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(good["format"], "setoff-verification/1");
    assert_eq!(good["verified"], true);
    assert_eq!(good["clearings"][0]["cleared"], "30000");
    assert_eq!(good["findings"], json!([]));
    assert_eq!(bad.status.code(), Some(1));
    let bad: Value = serde_json::from_slice(&bad.stdout).unwrap();
    assert_eq!(bad["verified"], false);
    assert_eq!(bad["findings_count"], bad["findings"].as_array().unwrap().len());
}

#[test]
fn a_field_or_file_that_is_not_known_is_named_as_not_checked() {
    let mut bench = four();
    bench.edit("result.json", "\"mode\"", "\"approved_by\": \"nobody\",\n  \"mode\"");
    bench.write("result/notes.txt", "");

    let said = bench.verify(&["four.csv"]).unwrap();

    assert!(said.contains("\n  result.json: approved_by\n"), "{said}");
    assert!(said.contains("\n  \"notes.txt\", which is no part of a result\n"), "{said}");
}

#[test]
fn both_verifiers_know_the_same_currencies() {
    let program = "import runpy, sys; names = runpy.run_path(sys.argv[1]); \
                   print(*(f'{c}:{d}' for c, d in sorted(names['DECIMALS'].items())))";
    let output = Command::new("python3")
        .args(["-c", program])
        .arg(repository().join("docs/verify.py"))
        .output()
        .unwrap();
    let letters = || (b'A'..=b'Z').map(char::from);
    let codes = letters()
        .flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}"))));
    let known = codes.filter_map(|code| code.parse::<setoff_money::Currency>().ok());
    let known: Vec<String> = known.map(|c| format!("{}:{}", c.code(), c.decimals())).collect();

    assert_eq!(stdout(&output).trim(), known.join(" "));
}

#[test]
fn a_pipe_in_place_of_a_file_is_not_waited_for() {
    let bench = four();
    fs::remove_file(bench.path("result/payments.csv")).unwrap();
    let made = Command::new("mkfifo").arg(bench.path("result/payments.csv")).status().unwrap();
    assert!(made.success());

    let output = bench.setoff(&["verify", "result"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("payments.csv: is not a file"), "{}", stderr(&output));
}

/// Real data, beside the repository.
#[test]
fn a_synthetic_trade_network_verifies_twice() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/networks");
    let file = Path::new(folder).join("synthetic_network_01.csv.gz");
    if !file.exists() {
        assert!(std::env::var_os("CI").is_none(), "{} is not there", file.display());
        println!("SKIPPED: {} is not there", file.display());
        return;
    }
    let mut bench = Bench::new();
    bench.clear(&[file.to_str().unwrap()]);

    let said = bench.verify(&[file.to_str().unwrap()]).unwrap();

    assert!(said.contains("535,494,678 of 61,202,827,278 cleared among 28975 members"), "{said}");
}
