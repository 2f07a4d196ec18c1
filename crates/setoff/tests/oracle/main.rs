//! What `setoff clear` finds is compared with OR-Tools' min-cost flow, an exact solver that
//! shares nothing with it, and every result is given to both verifiers: `setoff verify` and
//! `docs/verify.py`.

#![allow(clippy::unwrap_used, reason = "what a test needs and has not got fails the test")]

mod python;
mod shapes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use python::Python;
use serde_json::{Value, json};

const SMALL_NETWORKS: usize = 2000;

/// What one thread needs to check results.
struct Judges {
    solver: Python,
    second_verifier: Python,
    folder: tempfile::TempDir,
}

impl Judges {
    fn new() -> Self {
        Self {
            solver: Python::start("oracle.py"),
            second_verifier: Python::start("second_verifier.py"),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Clears a file and has the result judged. Returns how many currencies it had.
    fn judge(&mut self, file: &Path, weighted: bool) -> Result<usize, String> {
        let dir = self.folder.path().join("result");
        let mut clear = setoff();
        clear.arg("clear").arg(file).args([
            "--json",
            "--decimal",
            ".",
            "--statements",
            "none",
            "--out",
        ]);
        clear.arg(&dir);
        if weighted {
            clear.args(["--weights", "weight"]);
        }
        let said = run(&mut clear)?;
        let found: Value = serde_json::from_str(&said).map_err(|error| error.to_string())?;
        let column = weighted.then_some("weight");
        let expected = self.solver.ask(&json!({"file": file, "weight": column}))?;
        let currencies = compare(&found, &expected, weighted)?;
        run(setoff().arg("verify").arg(&dir).arg("--input").arg(file))?;
        let second = self.second_verifier.ask(&json!({"dir": dir, "input": file}))?;
        if second["exit"] != 0 {
            return Err(format!("docs/verify.py refuses: {}", second["said"]));
        }
        fs::remove_dir_all(&dir).map_err(|error| error.to_string())?;
        Ok(currencies)
    }
}

fn setoff() -> Command {
    Command::new(env!("CARGO_BIN_EXE_setoff"))
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!(
            "{command:?} ends with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

/// Whether every currency has the gross and the optimum that the independent solver found.
fn compare(found: &Value, expected: &Value, weighted: bool) -> Result<usize, String> {
    let found = found["clearings"].as_array().ok_or("no clearings")?;
    let expected = expected.as_object().ok_or("no expected optima")?;
    if found.len() != expected.len() {
        return Err(format!("{} clearings for {} currencies", found.len(), expected.len()));
    }
    for clearing in found {
        let currency = clearing["currency"].as_str().ok_or("no currency")?;
        let best = if weighted { &clearing["weighted"] } else { &clearing["cleared"]["minor"] };
        for (ours, theirs) in [(&clearing["gross"]["minor"], "gross"), (best, "best")] {
            let theirs = &expected[currency][theirs];
            if ours != theirs {
                return Err(format!("{currency}: {ours} here, {theirs} by OR-Tools"));
            }
        }
    }
    Ok(found.len())
}

/// Has `count` tasks judged on as many threads as there are processors, and fails with what went
/// wrong first.
fn judge_all(
    count: usize,
    task: impl Fn(&mut Judges, usize) -> Result<usize, String> + Sync,
) -> usize {
    let next = AtomicUsize::new(0);
    let clearings = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut judges = Judges::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    match task(&mut judges, number) {
                        Ok(currencies) => {
                            clearings.fetch_add(currencies, Ordering::Relaxed);
                        }
                        Err(what) => wrong.lock().unwrap().push(what),
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {count} networks:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(5)].join("\n")
    );
    clearings.into_inner()
}

/// Keeps a network that went wrong for whoever looks into it.
fn keep(file: &Path, number: usize) -> PathBuf {
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("network-{number}.csv"));
    fs::copy(file, &kept).map_or_else(|_| file.to_owned(), |_| kept)
}

#[test]
fn two_thousand_small_networks_clear_exactly_as_an_independent_solver_says() {
    python::require_the_independent_solver();

    let clearings = judge_all(SMALL_NETWORKS, |judges, number| {
        let network = shapes::draw(number);
        let file = judges.folder.path().join("network.csv");
        fs::write(&file, &network.csv).unwrap();
        judges.judge(&file, network.weighted).map_err(|what| {
            format!(
                "network {number} ({}, {} members, {} obligations, {}): {what}",
                network.shape,
                network.members,
                network.obligations,
                keep(&file, number).display()
            )
        })
    });

    println!("{SMALL_NETWORKS} networks, {clearings} clearings: all agree and verify twice");
}

#[test]
fn twenty_large_networks_clear_exactly_as_an_independent_solver_says() {
    python::require_the_independent_solver();
    let mut networks = Vec::new();
    for family in ["trade", "uniform", "sparse", "ring", "core-periphery", "scale-free"] {
        for obligations in ["10000", "30000", "100000"] {
            networks.push((family, obligations, "EUR"));
        }
    }
    networks.push(("trade", "60000", "EUR,USD,GBP"));
    networks.push(("scale-free", "50000", "JPY,KWD"));

    let clearings = judge_all(networks.len(), |judges, number| {
        let (family, obligations, currencies) = networks[number];
        let file = judges.folder.path().join("network.csv");
        run(setoff()
            .args(["generate", family, "--obligations", obligations])
            .args(["--currency", currencies, "--seed", &number.to_string()])
            .args(["--force", "--out"])
            .arg(&file))?;
        judges.judge(&file, false).map_err(|what| format!("{family} of {obligations}: {what}"))
    });

    println!("{} networks, {clearings} clearings: all agree and verify twice", networks.len());
}
