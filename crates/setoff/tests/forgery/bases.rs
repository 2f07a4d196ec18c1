//! Valid results in every mode, with and without weights and a unit, to be tampered with.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};

use crate::folder::Folder;

/// A result as `setoff clear` wrote it.
pub(crate) struct Base {
    pub(crate) name: String,
    pub(crate) folder: Folder,
    /// The files that were cleared, in their order, as they stand beside the result.
    pub(crate) inputs: Vec<String>,
}

/// What `setoff clear` is asked for.
struct Kind {
    name: &'static str,
    arguments: &'static [&'static str],
    currencies: &'static [(&'static str, usize)],
    files: usize,
    /// Amounts below 2 to the power of this.
    bits: u32,
    bad_rows: bool,
}

const EURO: &[(&str, usize)] = &[("EUR", 2)];
const THREE: &[(&str, usize)] = &[("EUR", 2), ("JPY", 0), ("KWD", 3)];

const PLAIN: Kind =
    Kind { name: "", arguments: &[], currencies: EURO, files: 1, bits: 16, bad_rows: false };

const KINDS: [Kind; 25] = [
    Kind { name: "set-off", ..PLAIN },
    Kind { name: "set-off of three currencies", currencies: THREE, ..PLAIN },
    Kind { name: "set-off of large amounts", bits: 50, ..PLAIN },
    Kind { name: "set-off of two files", files: 2, currencies: THREE, ..PLAIN },
    Kind {
        name: "set-off with rows left out",
        arguments: &["--keep-going", "--allow-rejected"],
        bad_rows: true,
        ..PLAIN
    },
    Kind { name: "weights of a column", arguments: &["--weights", "prio"], ..PLAIN },
    Kind {
        name: "weights of what is overdue",
        arguments: &["--weights", "overdue:3", "--as-of", "2026-06-01"],
        ..PLAIN
    },
    Kind {
        name: "set-off in a unit",
        arguments: &["--unit", "EUR", "--rates", "rates.csv"],
        currencies: THREE,
        bits: 12,
        ..PLAIN
    },
    Kind {
        name: "weights in a unit that is no currency of the input",
        arguments: &["--unit", "USD", "--rates", "rates.csv", "--weights", "prio"],
        currencies: THREE,
        ..PLAIN
    },
    Kind {
        name: "classes of a column in a unit",
        arguments: &["--unit", "EUR", "--rates", "rates.csv", "--weights", "classes:prio"],
        currencies: THREE,
        bits: 12,
        ..PLAIN
    },
    Kind { name: "the most even", arguments: &["--among", "fair"], currencies: THREE, ..PLAIN },
    Kind {
        name: "the most even of large amounts",
        arguments: &["--among", "fair"],
        bits: 60,
        ..PLAIN
    },
    Kind {
        name: "the most even of what is overdue first",
        arguments: &["--among", "fair", "--weights", "overdue-first", "--as-of", "2026-06-01"],
        bits: 4,
        ..PLAIN
    },
    Kind { name: "the fewest", arguments: &["--among", "fewest"], bits: 4, ..PLAIN },
    Kind { name: "whole", arguments: &["--whole"], bits: 3, ..PLAIN },
    Kind {
        name: "whole with weights",
        arguments: &["--whole", "--weights", "prio"],
        bits: 12,
        ..PLAIN
    },
    Kind { name: "stopped", arguments: &["--time-limit", "0s"], currencies: THREE, ..PLAIN },
    Kind {
        name: "stopped with weights",
        arguments: &["--time-limit", "0s", "--weights", "prio"],
        bits: 50,
        ..PLAIN
    },
    Kind {
        name: "stopped in classes",
        arguments: &["--time-limit", "0s", "--weights", "classes:prio"],
        ..PLAIN
    },
    Kind {
        name: "stopped in a unit",
        arguments: &["--time-limit", "0s", "--unit", "EUR", "--rates", "rates.csv"],
        currencies: THREE,
        ..PLAIN
    },
    Kind { name: "bilateral", arguments: &["--mode", "bilateral"], currencies: THREE, ..PLAIN },
    Kind {
        name: "bilateral in a unit",
        arguments: &["--mode", "bilateral", "--unit", "EUR", "--rates", "rates.csv"],
        currencies: THREE,
        ..PLAIN
    },
    Kind { name: "novation", arguments: &["--mode", "novation"], currencies: THREE, ..PLAIN },
    Kind {
        name: "novation against a member",
        arguments: &["--mode", "novation", "--centre", "Member 1"],
        ..PLAIN
    },
    Kind {
        name: "novation in a unit",
        arguments: &["--mode", "novation", "--unit", "EUR", "--rates", "rates.csv"],
        currencies: THREE,
        bits: 12,
        ..PLAIN
    },
];

const RATES: &str = "base,quote,rate\nEUR,USD,1.1172\nEUR,JPY,163.45\nEUR,KWD,0.3361\n";

/// How many results there are to tamper with.
pub(crate) const COUNT: usize = 3 * KINDS.len();

/// Random numbers that a number names for ever.
pub(crate) fn draws(number: usize) -> TestRng {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}

impl Base {
    /// Clears a network and keeps the result, in `place/result` with its inputs beside it.
    pub(crate) fn make(number: usize, place: &Path) -> Self {
        let kind = &KINDS[number % KINDS.len()];
        let mut draws = draws(number);
        fs::write(place.join("rates.csv"), RATES).unwrap();
        let mut inputs = Vec::new();
        for file in 1..=kind.files {
            let name = format!("input-{file}.csv");
            fs::write(place.join(&name), table(kind, &mut draws, file)).unwrap();
            inputs.push(name);
        }
        let cleared = Command::new(env!("CARGO_BIN_EXE_setoff"))
            .current_dir(place)
            .arg("clear")
            .args(&inputs)
            .args(kind.arguments)
            .args(["--decimal", ".", "--quiet", "--statements", "none", "--out", "result"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&cleared.stderr);
        assert!(cleared.status.success(), "{}: {said}", kind.name);
        let folder = Folder::read(&place.join("result"), &inputs);
        Self { name: format!("{} {number}", kind.name), folder, inputs }
    }

    /// The inputs as the verifiers are told of them.
    pub(crate) fn input_paths(&self, place: &Path) -> Vec<PathBuf> {
        self.inputs.iter().map(|name| place.join(name)).collect()
    }
}

/// Obligations among few members, so that there are circles, pairs with several, and all orders
/// between them.
fn table(kind: &Kind, draws: &mut TestRng, file: usize) -> String {
    let mut csv = String::from("debtor,creditor,amount,currency,due,reference,prio\n");
    let members = draws.random_range(3..9);
    for row in 0..draws.random_range(15..50) {
        let (debtor, creditor) = (draws.random_range(0..members), draws.random_range(0..members));
        if debtor == creditor {
            continue;
        }
        let (code, decimals) = kind.currencies[draws.random_range(0..kind.currencies.len())];
        let bits = draws.random_range(1..=kind.bits);
        let minor = draws.random_range(1..=1_i128 << bits);
        let amount = crate::folder::money(minor, decimals);
        let due = match draws.random_range(0..4) {
            0 => String::new(),
            _ => format!("2026-{:02}-{:02}", draws.random_range(1..13), draws.random_range(1..29)),
        };
        // Some names have to be quoted.
        let name = |member: i32| match member {
            2 => "\"Member 2, \"\"the other\"\"\"".to_owned(),
            _ => format!("Member {member}"),
        };
        let (debtor, creditor, prio) = (name(debtor), name(creditor), draws.random_range(1..4));
        writeln!(csv, "{debtor},{creditor},{amount},{code},{due},R{file}-{row},{prio}").unwrap();
    }
    if kind.bad_rows {
        csv.push_str("Member 0,Member 0,5.00,EUR,,own,1\nMember 0,Member 1,-5.00,EUR,,minus,1\n");
        csv.push_str("Member 0,Member 1,5.00,EUR,,twice,1\nMember 0,Member 1,6.00,EUR,,twice,1\n");
        csv.push_str("Member 1,Member 0,7.5,EUR,2026-02-30,day,1\n");
    }
    csv
}
