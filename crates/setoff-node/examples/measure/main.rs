//! Measures a node on both stores beside what the disk and PostgreSQL do by themselves, in one run:
//!
//! ```text
//! measure commands                durable commands a second with 1, 10 and 100 clients
//! measure load [OBLIGATIONS]      a file of obligations, from disk to acknowledged and in state
//! measure start [OBLIGATIONS]     replay and start from a snapshot, and memory
//! measure cycles [MEMBERS] [OBLIGATIONS] [CYCLES]
//! measure takeover [SECONDS]      two writers, of which one is always stopped
//! ```
//!
//! Add `sqlite` or `postgres` to measure one store only. docs/journal-speed.md has what was seen.
// Here a panic is the report, and speeds are shown rounded.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    unreachable_pub
)]

mod commands;
mod cycles;
mod load;
#[path = "../../../setoff-journal/tests/server/mod.rs"]
mod server;
mod start;
mod takeover;
mod world;

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let named = |name: &str| world::ON.iter().position(|on| *on == name);
    let only = words.iter().position(|word| named(word).is_some()).map(|at| words.remove(at));
    let stores: Vec<&str> = match &only {
        Some(one) => vec![one.as_str()],
        None => world::ON.to_vec(),
    };
    let number = |at: usize, otherwise: u32| {
        words.get(at).map_or(otherwise, |word| word.parse().expect("a number"))
    };
    match words.first().map(String::as_str) {
        Some("commands") => commands::measure(&stores),
        Some("load") => load::measure(&stores, number(1, 1_000_000)),
        Some("start") => start::measure(&stores, number(1, 1_000_000)),
        Some("cycles") => {
            cycles::measure(&stores, number(1, 100_000), number(2, 5_000_000), number(3, 3));
        }
        Some("takeover") => takeover::measure(&stores, number(1, 120)),
        Some("writes-until-it-is-killed") => takeover::write(&words[1], &words[2]),
        _ => eprintln!("measure commands|load|start|cycles|takeover: see the head of its main.rs"),
    }
}
