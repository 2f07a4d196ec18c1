//! Unions of the size that one node has to carry: nothing per command grows with the union.

#![allow(clippy::print_stdout, reason = "a measurement is printed")]

use std::time::{Duration, Instant};

use jiff::Timestamp;
use setoff_union::testing::{OPERATOR, Union, application, day, key_of};
use setoff_union::{
    Action, Actor, Capacity, Command, MemberId, PublicKey, Scope, State, Step, apply, decide,
};

fn give(state: &mut State, at: Timestamp, by: Actor, signer: PublicKey, action: Action) {
    let command = Command { signers: vec![signer], by, action };
    for entry in decide(state, &command, at).unwrap() {
        apply(state, &entry);
    }
}

/// Looking through all members for each command would take some 10^10 comparisons.
#[test]
fn a_hundred_thousand_members_join_and_delegate() {
    let union = Union::founded(&["Ann", "Bob"]);
    let (mut state, at) = (union.state, union.now);
    let begun = Instant::now();

    for number in 2..100_000 {
        let joins = Action::Apply(application(&format!("M{number}"), number, Capacity::Member));
        give(&mut state, at, Actor::Applicant, key_of(number), joins);
        let (member, reason, evidence) = (MemberId(number), "complete".to_owned(), None);
        let admit = Action::Stand { member, step: Step::Admit, reason, evidence };
        give(&mut state, at, Actor::Operator, OPERATOR, admit);
        let (delegate, scope, until) = (MemberId(0), [Scope::Enter].into(), day(12, 31));
        let delegate = Action::Delegate { delegate, scope, until };
        give(&mut state, at, Actor::Member(member), key_of(number), delegate);
    }

    assert_eq!(state.members().len(), 100_000);
    assert!(state.delegation(MemberId(99_999), MemberId(0)).is_some());
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}

/// The bytes of memory that this process has resident, on Linux.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// `cargo test -p setoff-union --release --test union -- --ignored --nocapture scale`
#[test]
#[ignore = "a measurement"]
fn memory_and_time_of_a_million_obligations_declared_by_the_hundred_thousand() {
    const BATCH: u32 = 100_000;
    let names: Vec<String> = (0..1_000).map(|number| format!("M{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let union = Union::founded(&names);
    let (mut state, at) = (union.state.clone(), union.now);
    let before = resident();
    let mut text = 0;
    for batch in 0..10 {
        let declarations = (0..BATCH).map(|row| {
            let number = batch * BATCH + row;
            let mut declaration = union.declaration(0, 1 + number % 999, "100.00");
            declaration.reference = format!("2026-{number:08}");
            text += declaration.reference.len();
            declaration
        });
        let action = Action::Declare { obligations: declarations.collect(), file: None };
        let command = Command { signers: vec![key_of(0)], by: Actor::Member(MemberId(0)), action };
        let begun = Instant::now();
        let entries = decide(&state, &command, at).unwrap();
        let decided = begun.elapsed();
        let begun = Instant::now();
        for entry in &entries {
            apply(&mut state, entry);
        }
        println!("batch {batch}: decide {decided:?}, apply {:?}", begun.elapsed());
    }
    let count = state.obligations().len();
    if let (Some(before), Some(after)) = (before, resident()) {
        println!(
            "{} bytes an obligation, of which {} are its reference's text and {} the struct",
            (after - before) / count,
            text / count,
            size_of::<setoff_union::Obligation>()
        );
    }
    let begun = Instant::now();
    let digest = state.digest();
    println!("digest {digest} of {count} obligations in {:?}", begun.elapsed());
}
