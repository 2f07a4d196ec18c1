//! Ten thousand ways to tamper with valid results. Each must be refused by both verifiers, `setoff
//! verify` and `docs/verify.py`, or the result must be provably as good as it was.

#![allow(clippy::unwrap_used, reason = "what a test needs and has not got fails the test")]

mod bases;
mod careful;
mod folder;
mod mutations;
#[path = "../oracle/python.rs"]
#[allow(dead_code, reason = "no independent solver is needed here")]
mod python;
mod still_valid;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bases::Base;
use folder::Folder;
use mutations::KINDS;
use proptest::prelude::*;
use python::Python;
use serde_json::json;
use still_valid::still_valid;

const FORGERIES: usize = 10_000;

/// What became of the forgeries of one kind.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    refused: usize,
    still_valid: usize,
}

/// One verifier's answer: its exit code and what it said.
type Answer = (i32, String);

/// A place with a result in it, and the two verifiers.
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

    fn verify(&mut self, base: &Base) -> [Answer; 2] {
        let dir = self.place.path().join("result");
        let inputs = base.input_paths(self.place.path());
        let output = Command::new(env!("CARGO_BIN_EXE_setoff"))
            .arg("verify")
            .arg(&dir)
            .arg("--input")
            .args(&inputs)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let first = (output.status.code().unwrap_or(-1), said);
        let request = json!({ "dir": dir, "input": inputs });
        let answer = self.second_verifier.ask(&request).unwrap();
        let code = answer["exit"].as_i64().and_then(|code| i32::try_from(code).ok());
        [first, (code.unwrap_or(-1), answer["said"].as_str().unwrap_or_default().to_owned())]
    }

    /// Has a forged folder judged in place of the valid one that stands here.
    fn judge(&mut self, base: &Base, forged: &Folder) -> Result<bool, String> {
        let dir = self.place.path().join("result");
        forged.write_over(&base.folder, &dir);
        let answers = self.verify(base);
        base.folder.write_over(forged, &dir);
        let in_words = || {
            let [(one, said), (other, says)] = &answers;
            format!("setoff verify: {one}, {said}\ndocs/verify.py: {other}, {says}")
        };
        match answers.each_ref().map(|(code, _)| *code) {
            [0, 0] => still_valid(&base.folder, forged)
                .map(|_| false)
                .map_err(|wrong| format!("ACCEPTED BY BOTH although {wrong}\n{}", in_words())),
            [1 | 2, 1 | 2] => Ok(true),
            _ => Err(format!("the verifiers do not agree, or do not end well\n{}", in_words())),
        }
    }
}

/// The kind of the forgery with this number: each has its share.
fn kind_of(number: usize) -> usize {
    let shares: usize = KINDS.iter().map(|(_, share, _)| share).sum();
    let mut at = number % shares;
    for (kind, (_, share, _)) in KINDS.iter().enumerate() {
        match at.checked_sub(*share) {
            None => return kind,
            Some(rest) => at = rest,
        }
    }
    unreachable!("shares add up")
}

/// Keeps a forgery that should have been refused, for whoever looks into it.
fn keep(forged: &Folder, number: usize) -> String {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("forgery-{number}"));
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(place.join("result")).unwrap();
    for (name, content) in &forged.files {
        fs::write(place.join("result").join(name), content).unwrap();
    }
    place.display().to_string()
}

#[test]
fn ten_thousand_forgeries_are_refused_or_provably_as_good() {
    let next_base = AtomicUsize::new(0);
    let outcomes: Mutex<BTreeMap<usize, Outcome>> = Mutex::default();
    let wrong: Mutex<Vec<String>> = Mutex::default();
    let unchanged = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next_base.fetch_add(1, Ordering::Relaxed);
                    if number >= bases::COUNT {
                        return;
                    }
                    let mut bench = Bench::new();
                    let base = Base::make(number, bench.place.path());
                    for (code, said) in bench.verify(&base) {
                        assert_eq!(code, 0, "{}: a valid result is refused: {said}", base.name);
                    }
                    let other_place = tempfile::tempdir().unwrap();
                    let other = Base::make(number + bases::COUNT, other_place.path());
                    for forgery in (number..FORGERIES).step_by(bases::COUNT) {
                        // Every kind meets every base: the two run at different speeds.
                        let kind = kind_of(forgery / bases::COUNT + number * 11);
                        let mut draws = bases::draws(1_000_000 + forgery);
                        let mut forged = base.folder.clone();
                        // A mutation that finds nothing to change is drawn again as another.
                        let mut tried = kind;
                        while forged == base.folder {
                            KINDS[tried].2(&mut forged, &other.folder, &mut draws);
                            if forged == base.folder {
                                unchanged.fetch_add(1, Ordering::Relaxed);
                                tried = draws.random_range(0..KINDS.len());
                            }
                        }
                        match bench.judge(&base, &forged) {
                            Ok(refused) => {
                                let mut outcomes = outcomes.lock().unwrap();
                                let outcome = outcomes.entry(tried).or_default();
                                outcome.refused += usize::from(refused);
                                outcome.still_valid += usize::from(!refused);
                            }
                            Err(what) => wrong.lock().unwrap().push(format!(
                                "forgery {forgery} ({}, {}, kept in {}): {what}",
                                base.name,
                                KINDS[tried].0,
                                keep(&forged, forgery)
                            )),
                        }
                    }
                }
            });
        }
    });

    let outcomes = outcomes.into_inner().unwrap();
    println!("{:>8} {:>8}", "refused", "as good");
    for (kind, outcome) in &outcomes {
        println!("{:>8} {:>8}  {}", outcome.refused, outcome.still_valid, KINDS[*kind].0);
    }
    let refused: usize = outcomes.values().map(|outcome| outcome.refused).sum();
    let still_valid: usize = outcomes.values().map(|outcome| outcome.still_valid).sum();
    println!("{refused:>8} {still_valid:>8}  together");
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
    assert_eq!(refused + still_valid, FORGERIES);
    for (kind, (name, ..)) in KINDS.iter().enumerate() {
        assert!(outcomes.contains_key(&kind), "no forgery was of the kind: {name}");
    }
}
