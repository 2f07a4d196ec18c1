//! A short run of the simulator on every change. `just sim` runs the long one.

use std::collections::BTreeSet;

use setoff_sim::{Config, Coverage, Plant, run, shrink};
use setoff_union::Command;

fn config(seed: u64, plant: Option<Plant>) -> Config {
    Config { seed, steps: 500, plant }
}

/// The names of all actions, which the reader of documents lists when it meets another.
fn all_actions() -> BTreeSet<String> {
    let document = br#"{"setoff-command":1,"by":"operator","do":{"?":0}}"#;
    let error =
        Command::parse(document, Vec::new()).map(drop).expect_err("there is no such action");
    let text = error.to_string();
    let listed = text.split("expected one of").nth(1).unwrap_or_default();
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn twenty_unions_live_and_every_action_is_accepted_and_refused() {
    let mut coverage = Coverage::default();
    for seed in 1..=20 {
        let outcome = run(&config(seed, None), None, false);
        coverage.add(&outcome.coverage);
        let found = outcome.failure.map(|failure| (failure.step, failure.broken));
        assert_eq!(found, None, "seed {seed}");
    }

    let known: BTreeSet<String> = coverage.actions.keys().cloned().collect();
    assert_eq!(known, all_actions(), "the simulator gives every command that there is");
    assert_eq!(coverage.one_sided(), [""; 0], "{coverage}");
    for event in ["node killed", "power cut", "taken over", "doubt: was stored", "sleeper wakes"] {
        assert!(coverage.events.contains_key(event), "{event}: {coverage}");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let told = |only: Option<&[u64]>| {
        let config = Config { steps: 60, ..config(7, None) };
        run(&config, only, false).coverage
    };

    let all: Vec<u64> = (0..60).collect();
    assert_eq!(told(None), told(None));
    assert_eq!(told(None), told(Some(&all)));
}

#[test]
fn a_disk_that_answers_too_early_is_found_and_the_failure_is_made_small() {
    let runs = (1..=20).map(|seed| config(seed, Some(Plant::LazyDisk)));
    let mut found = runs.filter_map(|config| Some((config, run(&config, None, false).failure?)));
    let (config, failure) = found.next().expect("it loses what was acknowledged");

    let (steps, smallest) = shrink(&config, &failure);

    assert!(steps.len() <= 20 && steps.len() as u64 <= failure.step, "{steps:?}");
    assert_eq!(smallest.broken.rule, failure.broken.rule);
    let again = run(&config, Some(&steps), false).failure.expect("it fails again");
    assert_eq!(again.broken, smallest.broken);
}
