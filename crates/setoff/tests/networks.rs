//! `docs/networks.md` defines the test networks completely: a second implementation written from
//! that page, `tests/oracle/networks.py`, draws the same bytes.

#![allow(clippy::unwrap_used, reason = "what a test needs and has not got fails the test")]

use std::process::Command;

const FAMILIES: [&str; 19] = [
    "trade",
    "deep-trade",
    "uniform",
    "sparse",
    "ring",
    "long-rings",
    "short-rings",
    "nested-rings",
    "core-periphery",
    "scale-free",
    "bipartite",
    "giant",
    "equal",
    "wide",
    "ladder",
    "cage",
    "levels",
    "acyclic",
    "torus",
];

fn stdout(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    output.stdout
}

#[test]
fn a_second_implementation_draws_the_same_networks() {
    let python = std::env::var("SETOFF_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/oracle/networks.py");
    for family in FAMILIES {
        for (members, obligations, seed) in
            [("2", "50", "0"), ("5", "300", "18446744073709551615"), ("300", "5000", "42")]
        {
            let ours = stdout(
                Command::new(env!("CARGO_BIN_EXE_setoff"))
                    .args(["generate", family, "--members", members, "--seed", seed])
                    .args(["--obligations", obligations, "--currency", "EUR,JPY,KWD"]),
            );
            let second = stdout(
                Command::new(&python)
                    .args([program, family, members, obligations, seed])
                    .arg("EUR:2,JPY:0,KWD:3"),
            );

            assert!(ours == second, "{family} of {members} members, seed {seed}");

            let ours = stdout(
                Command::new(env!("CARGO_BIN_EXE_setoff"))
                    .args(["generate", family, "--members", members, "--seed", seed])
                    .args(["--obligations", obligations, "--format", "arcs"]),
            );
            let second = stdout(Command::new(&python).args([
                program,
                family,
                members,
                obligations,
                seed,
                "arcs",
            ]));

            assert!(ours == second, "arcs of {family} of {members} members, seed {seed}");
        }
    }
}
