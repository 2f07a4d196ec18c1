//! The memory that is stated before a run, beside what the run takes.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // here a panic is the report

use std::process::Command;

use setoff_clearing::{Debt, Network, Seed, memory_needed, solve};

const KIND: &str = "SETOFF_MEMORY_KIND";

/// Members, debts, the largest weight, to how many members beyond itself each owes, and over how many
/// powers of two the amounts are spread.
const KINDS: [(u32, u32, u32, u32, u32); 7] = [
    (30_000, 300_000, 1, 30_000, 1),
    (150_000, 300_000, 1, 150_000, 1),
    // Each owes near neighbours: deep.
    (30_000, 300_000, 1, 40, 1),
    (30_000, 300_000, 5, 30_000, 1),
    (3_000, 300_000, 1, 3_000, 1),
    // Network simplex takes over.
    (10_000, 100_000, 1, 10_000, 40),
    (10_000, 100_000, 5, 10_000, 40),
];

fn network((members, debts, weights, reach, magnitudes): (u32, u32, u32, u32, u32)) -> Network {
    // Numerical Recipes' generator (Press and others, 1992): any would do.
    let mut state = 1_u64;
    let mut draw = |below: u32| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((state >> 33) % u64::from(below)).unwrap()
    };
    let debt = |_| {
        let debtor = draw(members);
        let creditor = (debtor + 1 + draw(reach - 1)) % members;
        let weight = 1 + i32::try_from(draw(weights)).unwrap();
        let amount = u64::from(1 + draw(1_000_000)) << draw(magnitudes);
        Debt { debtor, creditor, amount, weight }
    };
    Network::new(members, (0..debts).map(debt).collect()).unwrap()
}

/// What Linux says of this process, in bytes.
fn status(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn a_run_takes_no_more_memory_than_was_stated() {
    if let Ok(kind) = std::env::var(KIND) {
        // In a process of its own, where nothing was freed before.
        let network = network(KINDS[kind.parse::<usize>().unwrap()]);
        // From here on the peak is counted.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let before = status("VmRSS");
        let clearing = solve(&network, Seed::default());
        let taken = status("VmHWM").saturating_sub(before);
        assert!(clearing.discharges.iter().any(|discharge| *discharge > 0));
        let stated = memory_needed(network.members(), network.debts().len());
        println!("taken {taken} of {stated}");
        assert!(taken <= stated, "taken {taken}, stated {stated}");
        // A bound that is far above says little.
        assert!(2 * taken >= stated, "taken {taken}, stated {stated}");
        return;
    }
    for (number, kind) in KINDS.iter().enumerate() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_run_takes_no_more_memory_than_was_stated", "--nocapture"])
            .env(KIND, number.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        println!("{kind:?}: {}", said.lines().find(|l| l.contains("taken")).unwrap_or(""));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{kind:?}: {said}{error}");
    }
}
