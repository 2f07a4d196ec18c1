//! Examples whose numbers others have published, cleared by the command.
//!
//! | example | published in |
//! |---|---|
//! | micro | README of the Rust crate mtcs (LeosPrograms/closedloops) |
//! | two synthetic networks | data of "Multilateral Trade Credit Set-off in MPC via Graph Anonymization and Network Simplex" (enricobottazzi/mtcsPy); the optima were computed with OR-Tools |
//! | `ahmed-2024-*` | Shoaib Ahmed, "Obligation-Clearing Algorithm Design 101", Informal Systems, 5 February 2024, sections "What is the problem, exactly?" and "Is finding cycles in a large payment network our problem?" |
//! | `lowimpact-three` | Lowimpact.org, "Credit clearing - introduction", section "What is credit clearing?", third paragraph |
//! | `frm-three-firms` | a practice question of the Financial Risk Manager examination, part 2, on bilateral netting and central clearing (LeetQuiz, question cmr7gzgiy000e01k39g14zgfp), table in the answer |
//! | `three-subsidiaries` | a treasury course's "Example 2 - Multilateral Netting" (Scribd document 495700079), steps 1 to 3 |
//! | `textbook-two-subsidiaries` | a textbook chapter on global money management, section "Multilateral Netting", second paragraph (studfile.net, preview 10764007, page 12) |
//! | `act-two-companies` | The Association of Corporate Treasurers, "What is netting?" (academy.treasurers.org), section "Bilateral netting" |
//! | a chain of borrowings | Csaba Pătcaş, "The debts' clearing problem's relation with complexity classes", Acta Mathematica Academiae Paedagogicae Nyíregyháziensis 28 (2012), 217–226, section 1, "Example" and "Solution" |
//! | circles of three banks | Bardoscia et al., the paper of the Full Payment Algorithm (2019), figures 1 to 3, second hand: as the tests of another paper's code state them (BazilSansom/compression-liquidity) |

#![allow(clippy::unwrap_used, reason = "what a test needs and has not got fails the test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// What a run of `setoff clear` printed and wrote.
struct Cleared {
    json: Value,
    folder: TempDir,
}

impl Cleared {
    fn of(file: &Path, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_setoff"))
            .arg("clear")
            .arg(file)
            .args(["--json", "--statements", "none", "--out"])
            .arg(folder.path().join("result"))
            .args(options)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        Self { json: serde_json::from_slice(&output.stdout).unwrap(), folder }
    }

    /// A sum of the one clearing, as the JSON states it for people.
    fn sum(&self, name: &str) -> &str {
        let clearings = self.json["clearings"].as_array().unwrap();
        assert_eq!(clearings.len(), 1);
        clearings[0][name]["amount"].as_str().unwrap()
    }

    fn count(&self, name: &str) -> &Value {
        &self.json["clearings"][0][name]
    }

    /// The rows of a table that was written, by their columns.
    fn table(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        csv::Reader::from_path(self.folder.path().join("result").join(name))
            .unwrap()
            .deserialize()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    /// `PAYER pays PAYEE AMOUNT` for every payment that is left.
    fn payments(&self) -> Vec<String> {
        let said = |row: &BTreeMap<String, String>| {
            format!("{} pays {} {}", row["payer"], row["payee"], row["amount"])
        };
        self.table("payments.csv").iter().map(said).collect()
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples").join(name)
}

/// Data that may not be copied into the repository lies beside it. `None`, said aloud, where it
/// is absent; in continuous integration that is a failure.
fn data_beside_the_repository(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing", path.display());
    println!("skipped: {} is not here", path.display());
    None
}

#[test]
fn micro_clears_the_circle_of_three() {
    let files = [Some(example("micro.csv")), data_beside_the_repository("networks/micro.csv")];
    for file in files.into_iter().flatten() {
        let cleared = Cleared::of(&file, &["--currency", "EUR"]);

        assert_eq!(cleared.sum("gross"), "500.00");
        assert_eq!(cleared.sum("cleared"), "300.00");
        assert_eq!(cleared.sum("residual"), "200.00");
        let left: Vec<String> =
            cleared.table("discharges.csv").iter().map(|row| row["outstanding"].clone()).collect();
        assert_eq!(left, ["0.00", "0.00", "100.00", "100.00"]);
    }
}

#[test]
fn the_published_synthetic_networks_clear_their_optimum() {
    let networks = [
        ("networks/synthetic_network_01.csv.gz", "61202827278", "535494678"),
        ("networks/synthetic_network_02.csv.gz", "148096373150", "1809489714"),
    ];
    for (name, gross, largest) in networks {
        let Some(file) = data_beside_the_repository(name) else { continue };

        let cleared = Cleared::of(&file, &["--currency", "JPY"]);

        assert_eq!(cleared.sum("gross"), gross);
        assert_eq!(cleared.sum("cleared"), largest);
    }
}

#[test]
fn the_cycle_of_70_saves_210_of_250() {
    let cleared = Cleared::of(&example("ahmed-2024-three.csv"), &[]);

    assert_eq!(cleared.sum("gross"), "250.00");
    assert_eq!(cleared.sum("cleared"), "210.00");
    assert_eq!(cleared.sum("payment_volume"), "40.00");
    assert_eq!(cleared.payments(), ["Alice pays Bob 30.00", "Bob pays Charlie 10.00"]);
}

#[test]
fn the_smallest_debt_of_a_loop_comes_off_each() {
    let cleared = Cleared::of(&example("lowimpact-three.csv"), &[]);

    assert_eq!(cleared.sum("cleared"), "15.00");
    assert_eq!(cleared.payments(), ["B pays C 5.00", "C pays A 15.00"]);
}

/// The article shows that clearing the two circles of 70 saves 420 and clearing the circle of 100
/// saves 500. Neither is the most: with x around the long circle and 100 − x, at most 70, around
/// each short one, 5x + 6(100 − x) is largest at x = 30, which is 570.
#[test]
fn the_best_mix_of_three_circles_saves_more_than_either_published_choice() {
    let cleared = Cleared::of(&example("ahmed-2024-seven.csv"), &[]);

    assert_eq!(cleared.sum("gross"), "640.00");
    assert_eq!(cleared.sum("cleared"), "570.00");
    assert_eq!(cleared.payments(), ["Bob pays Charlie 70.00"]);
}

/// The table says: 289 without netting, 145 with bilateral netting (30, 57 and 58 for the three
/// firms). With a central counterparty firm 1 owes it 28, and it owes firm 2 27 and firm 3 1; 56
/// in all.
#[test]
fn three_firms_net_as_the_examination_says() {
    let file = example("frm-three-firms.csv");

    let bilateral = Cleared::of(&file, &["--mode", "bilateral"]);
    assert_eq!(bilateral.sum("gross"), "289000000.00");
    assert_eq!(bilateral.sum("residual"), "145000000.00");
    assert_eq!(
        bilateral.payments(),
        [
            "Firm 1 pays Firm 3 58000000.00",
            "Firm 2 pays Firm 1 30000000.00",
            "Firm 3 pays Firm 2 57000000.00"
        ]
    );

    let novation = Cleared::of(&file, &["--mode", "novation", "--centre", "CCP"]);
    assert_eq!(novation.sum("payment_volume"), "56000000.00");
    assert_eq!(
        novation.payments(),
        [
            "CCP pays Firm 2 27000000.00",
            "CCP pays Firm 3 1000000.00",
            "Firm 1 pays CCP 28000000.00"
        ]
    );

    // What the question does not ask: the firms' own debts can carry these net positions, so a
    // set-off leaves as little without a counterparty between them.
    let set_off = Cleared::of(&file, &[]);
    assert_eq!(
        set_off.payments(),
        ["Firm 1 pays Firm 2 27000000.00", "Firm 1 pays Firm 3 1000000.00"]
    );
}

/// The course rounds to dollars: the United Kingdom pays 632,517, South Africa 208,483, and
/// France is paid 841,000.
#[test]
fn three_subsidiaries_net_in_dollars_as_the_course_says() {
    let rates = example("three-subsidiaries-rates.csv");
    let rates = rates.to_str().unwrap();

    let novation = Cleared::of(
        &example("three-subsidiaries.csv"),
        &["--mode", "novation", "--centre", "Treasury", "--unit", "USD", "--rates", rates],
    );

    let dollars = |amount: &str| {
        let cents: i64 = amount.replace('.', "").parse().unwrap();
        (cents + 50) / 100
    };
    let payments: Vec<(String, String, i64)> = novation
        .table("payments.csv")
        .iter()
        .map(|row| (row["payer"].clone(), row["payee"].clone(), dollars(&row["amount"])))
        .collect();
    let expected = [
        ("South Africa", "Treasury", 208_483),
        ("Treasury", "France", 841_000),
        ("UK", "Treasury", 632_517),
    ];
    let expected = expected.map(|(payer, payee, sum)| (payer.to_owned(), payee.to_owned(), sum));
    assert_eq!(payments, expected);
}

#[test]
fn two_parties_pay_the_difference_once() {
    for (name, payment) in [
        ("textbook-two-subsidiaries.csv", "French subsidiary pays Mexican subsidiary 2000000.00"),
        ("act-two-companies.csv", "Our company pays Counterparty 15000.00"),
    ] {
        for mode in ["bilateral", "set-off"] {
            let cleared = Cleared::of(&example(name), &["--mode", mode]);

            assert_eq!(cleared.payments(), [payment]);
            assert_eq!(*cleared.count("payments"), 1);
            assert_eq!(*cleared.count("payments_before"), 2);
        }
    }
}

/// A table that is written for one test.
fn written(rows: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("debts.csv");
    std::fs::write(&path, format!("debtor,creditor,amount,currency\n{rows}")).unwrap();
    (folder, path)
}

/// The paper needs three payments, between members that owed each other nothing. A set-off finds
/// no circle in a chain; a netting centre moves the same 7, in to it and out again.
#[test]
fn a_chain_of_borrowings_nets_to_the_seven_of_the_paper() {
    let (_folder, file) = written("1,2,3,EUR\n2,3,2,EUR\n3,4,5,EUR\n4,5,6,EUR\n");

    let set_off = Cleared::of(&file, &[]);
    assert_eq!(set_off.sum("gross"), "16.00");
    assert_eq!(set_off.sum("cleared"), "0.00");

    let novation = Cleared::of(&file, &["--mode", "novation", "--centre", "Centre"]);
    assert_eq!(novation.sum("payment_volume"), "14.00");
    assert_eq!(
        novation.payments(),
        [
            "1 pays Centre 3.00",
            "3 pays Centre 3.00",
            "4 pays Centre 1.00",
            "Centre pays 2 1.00",
            "Centre pays 5 6.00"
        ]
    );
}

/// In the paper banks with 12, 4 and 3 in cash pay all or nothing: in the first figure B and C
/// must wait for what they are owed, in the others C, or B and C, never pay. The payments that a
/// set-off leaves in the first figure, 5 and 2, A and B can make at once.
#[test]
fn the_circles_of_three_banks_shrink_by_their_smallest_debt() {
    for (rows, cleared, payments) in [
        ("A,B,10,GBP\nB,C,7,GBP\nC,A,5,GBP\n", "15.00", ["A pays B 5.00", "B pays C 2.00"]),
        ("A,B,10,GBP\nB,C,7,GBP\nC,A,12,GBP\n", "21.00", ["A pays B 3.00", "C pays A 5.00"]),
        ("A,B,2,GBP\nB,C,7,GBP\nC,A,12,GBP\n", "6.00", ["B pays C 5.00", "C pays A 10.00"]),
    ] {
        let (_folder, file) = written(rows);

        let set_off = Cleared::of(&file, &[]);

        assert_eq!(set_off.sum("cleared"), cleared);
        assert_eq!(set_off.payments(), payments);
    }
}
