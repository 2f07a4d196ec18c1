//! Folders as they were written are accepted by `setoff verify`; with any single figure changed they are
//! refused, or are as good: other levels may prove the same bound.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::setoff;

/// A folder, and the command that checks it.
struct Written {
    _dir: tempfile::TempDir,
    folder: PathBuf,
    more: Vec<String>,
}

impl Written {
    /// Runs a command on the invoices of its sessions.
    fn by(command: &str, arguments: &[&str], tables: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("result");
        let input = format!("tests/sessions/{command}.in/invoices.csv");
        let mut more = Vec::new();
        for (option, path) in tables {
            more.extend([(*option).to_owned(), format!("tests/sessions/{path}")]);
        }
        let mut all = vec![command, &input, "--quiet", "--out", folder.to_str().unwrap()];
        all.extend(arguments);
        all.extend(more.iter().map(String::as_str));
        let (succeeded, text) = setoff(&all);
        assert!(succeeded, "{text}");
        more.extend(["--input".to_owned(), input]);
        Self { _dir: dir, folder, more }
    }

    fn verified(&self) -> (bool, String) {
        let mut all = vec!["verify", self.folder.to_str().unwrap(), "--json"];
        all.extend(self.more.iter().map(String::as_str));
        setoff(&all)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn all_folders() -> Vec<Written> {
    let offered = [("--liquidity", "frontier.in/liquidity.csv")];
    let within = |table: &str| {
        Written::by(
            "within",
            &["--currency", "EUR"],
            &[("--limits", &format!("within.in/{table}"))],
        )
    };
    vec![
        Written::by("frontier", &[], &[]),
        Written::by("frontier", &["--money", "40"], &[]),
        Written::by("frontier", &["--seed", "7"], &offered),
        limited_frontier(),
        within("member.csv"),
        within("groups.csv"),
        within("pieces.csv"),
    ]
}

/// The frontier of the invoices of `setoff within`, within a limit.
fn limited_frontier() -> Written {
    let mut written =
        Written::by("within", &["--currency", "EUR"], &[("--limits", "within.in/member.csv")]);
    let folder = written.folder.to_str().unwrap().to_owned();
    let fixed =
        ["frontier", "tests/sessions/within.in/invoices.csv", "--quiet", "--force", "--out"];
    let limits = ["--limits", "tests/sessions/within.in/member.csv", "--currency", "EUR"];
    let (succeeded, text) = setoff(&[&fixed[..], &[&folder, "--money", "30"], &limits].concat());
    assert!(succeeded, "{text}");
    written.more.retain(|argument| argument != "EUR");
    written
}

#[test]
fn what_was_written_verifies() {
    for written in all_folders() {
        let (verified, text) = written.verified();
        assert!(verified, "{text}");
        let outcome: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(outcome["verified"], true);
        assert_eq!(outcome["clearings"][0]["gap"], Value::Null);
    }
}

#[test]
fn every_changed_figure_of_a_table_is_refused() {
    let (mut tried, mut as_good) = (0, 0);
    for written in all_folders() {
        for name in tables_of(&written.folder) {
            let path = written.file(&name);
            let good = std::fs::read_to_string(&path).unwrap();
            for (start, end) in numbers(&good) {
                let forged =
                    format!("{}{}{}", &good[..start], other(&good[start..end]), &good[end..]);
                std::fs::write(&path, &forged).unwrap();
                let (accepted, text) = written.verified();
                tried += 1;
                let line = 1 + good[..start].matches('\n').count();
                let may_be = name.ends_with("levels.csv");
                assert!(!accepted || may_be, "{name}:{line} at {start} was changed:\n{forged}");
                assert!(accepted || text.contains("\"verified\": false"), "{name}:{line}: {text}");
                as_good += u32::from(accepted);
            }
            std::fs::write(&path, &good).unwrap();
        }
        assert!(written.verified().0);
    }
    assert!(tried > 600, "{tried}");
    assert!(as_good < tried / 10, "{as_good} of {tried}");
}

#[test]
fn every_changed_figure_of_the_json_is_refused() {
    for written in all_folders() {
        let name =
            if written.file("frontier.json").exists() { "frontier.json" } else { "within.json" };
        let good = std::fs::read_to_string(written.file(name)).unwrap();
        let from = good.find("\"clearings\"").unwrap();
        for (start, end) in numbers(&good[from..]) {
            let (start, end) = (from + start, from + end);
            let line = good[..start].lines().last().unwrap();
            // What no file proves, and a price that may be another.
            if ["solves", "unlimited"].iter().any(|field| line.contains(field))
                || is_in_price(&good, start)
            {
                continue;
            }
            let forged = format!("{}{}{}", &good[..start], other(&good[start..end]), &good[end..]);
            std::fs::write(written.file(name), forged).unwrap();
            assert!(!written.verified().0, "{name}: {line}");
        }
    }
}

#[test]
fn a_curve_with_a_breakpoint_left_out_is_refused() {
    let written = Written::by("frontier", &[], &[]);
    let path = written.file("frontier.csv");
    let good = std::fs::read_to_string(&path).unwrap();

    let forged: Vec<&str> = good.lines().filter(|line| !line.contains(",50.00,")).collect();
    std::fs::write(&path, forged.join("\n") + "\n").unwrap();

    let (accepted, text) = written.verified();
    assert!(!accepted && text.contains("curve.csv:2: has not 3 flows"), "{text}");
}

#[test]
fn limits_other_than_those_that_held_are_refused() {
    let mut written =
        Written::by("within", &["--currency", "EUR"], &[("--limits", "within.in/member.csv")]);

    "tests/sessions/within.in/groups.csv".clone_into(&mut written.more[1]);

    assert!(!written.verified().0);
}

#[test]
fn the_summary_says_what_is_proven() {
    let dir = tempfile::tempdir().unwrap();
    let input = "tests/sessions/within.in/invoices.csv";
    let said = |command: &str, table: (&str, &str)| {
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("table.csv"), table.1).unwrap();
        let out = path(command);
        let fixed = [command, input, "--currency", "EUR", "--quiet", "--out", &out];
        assert!(setoff(&[&fixed[..], &[table.0, &path("table.csv")]].concat()).0);
        let (verified, text) = setoff(&["verify", &out, "--input", input]);
        assert!(verified, "{text}");
        text
    };

    // A circle of three can't be set off by 100.00 in all, and no other is left.
    let limits = "kind,member,limit\nhold,Dogwood,\ntotal,,100.00\n";
    let text = said("within", ("--limits", limits));
    assert!(
        text.contains("EUR: 99.99 of 500.00 set off among 4 members: at most 0.01 is missing"),
        "{text}"
    );

    let liquidity = "kind,funder,member,limit\ntender,Bank,Alder,10.00\nacceptance,Bank,*,\n";
    let text = said("frontier", ("--liquidity", liquidity));
    let curve = "EUR: 1 breakpoint, from 500.00 without money to 500.00 with 0.00, of 500.00";
    assert!(text.contains(curve), "{text}");
}

fn tables_of(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let tables = files.filter(|file| file.extension().is_some_and(|extension| extension == "csv"));
    let names = tables.map(|file| file.file_name().unwrap().to_str().unwrap().to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Where numbers stand behind the first line: digits, with a point.
fn numbers(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = text.find('\n').unwrap();
    while let Some(start) = text[at..].find(|c: char| c.is_ascii_digit()).map(|more| at + more) {
        let rest = &text[start..];
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        found.push((start, start + length));
        at = start + length;
    }
    found
}

/// The number with another last digit.
fn other(number: &str) -> String {
    let (rest, last) = number.split_at(number.len() - 1);
    let last: u32 = last.parse().unwrap();
    format!("{rest}{}", (last + 1) % 10)
}

/// Whether this place of the JSON is inside of the last `price` before it.
fn is_in_price(text: &str, at: usize) -> bool {
    let before = &text[..at];
    before.rfind("\"price\"").is_some_and(|price| !before[price..].contains('}'))
}

/// Folders written by hand, in which every figure agrees with every other and the network is not the
/// one of the input: each proves more than is true, and is refused for the arc that was invented.
#[test]
fn arcs_that_the_input_does_not_give_are_refused() {
    let refused = |name: &str, input: &str, tables: &[&str], why: &str| {
        let of = |file: &str| format!("tests/proofs/invented/{name}/{file}");
        let (folder, input) = (of("result"), of(input));
        let mut all = vec!["verify".to_owned(), folder, "--input".to_owned(), input];
        if let [option, table] = tables {
            all.extend([(*option).to_owned(), of(table)]);
        }
        let (verified, text) = setoff(&all.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(!verified && text.contains(why), "{name}: {text}");
    };

    refused("limit-below-zero", "w.csv", &["--limits", "t.csv"], "its limit is below zero");
    refused("money-nobody-gives", "f.csv", &[], "is no tender and no acceptance");
    let offered = ["--liquidity", "l.csv"];
    refused("one-pool-of-two-funders", "g.csv", &offered, "is a pool of two funders");
}
