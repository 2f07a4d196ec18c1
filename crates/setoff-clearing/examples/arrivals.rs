//! Measures a book of debts that come, change and go:
//! `cargo run --release -p setoff-clearing --example arrivals -- trade 100000 1000000`.
//!
//! First batches of 100 changes, after each of which the book is made exactly optimal, beside a solve
//! of the whole network. Then so many single changes, each timed until the gap is known; the book is
//! made optimal again after every [`OPTIMISED_AFTER`] and its invariants are checked. Four in ten
//! changes add a debt, four take one out and two change an amount. A change during which the machine
//! ran another program (Linux tells) is made but not counted: its time is that program's. Prints JSON
//! for `bench/book.py`.

mod families;

use std::hint::black_box;
use std::time::{Duration, Instant};

use families::{Random, network};
use setoff_clearing::{ClearingBook, Debt, DebtId, Network, Seed, solve, verify};

const BATCHES: u32 = 20;
const BATCH: u32 = 100;
const OPTIMISED_AFTER: u32 = 10_000;

/// Buckets of the histogram that a doubling of the time is divided into.
const STEPS: u64 = 4;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let family = arguments.next().unwrap_or("trade".into());
    let count: u32 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let changes: u32 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(100_000);

    let mut traffic = Traffic::new(&family, count);
    let cold = Clock::start();
    black_box(solve(&traffic.book.to_network(), Seed::default()));
    let cold = cold.passed();

    let mut batches = Vec::new();
    for _ in 0..BATCHES {
        for _ in 0..BATCH {
            traffic.change();
        }
        let clock = Clock::start();
        traffic.book.optimise();
        batches.push(clock.passed());
    }
    batches.sort_unstable();

    // Filled beforehand, so that what is kept here does not show as memory of the book.
    let mut counted = vec![(Kind::Add, u32::MAX); changes as usize];
    let mut next = 0;
    let mut memory = Vec::new();
    let mut gaps = Vec::new();
    let mut largest_gap = 0;
    for number in 1..=changes {
        let turns = turns();
        let (kind, time) = traffic.change();
        if turns == self::turns() {
            counted[next] = (kind, u32::try_from(time.as_nanos()).unwrap_or(u32::MAX));
            next += 1;
        }
        largest_gap = largest_gap.max(traffic.gap_in_millionths());
        if number % OPTIMISED_AFTER == 0 || number == changes {
            gaps.push(traffic.gap_in_millionths());
            traffic.check();
            traffic.book.optimise();
            traffic.check();
            memory.push((number, resident()));
        }
    }

    println!("{{\"family\":\"{family}\",\"debts\":{count},\"members\":{},", traffic.book.members());
    println!("\"interrupted\":{},", changes as usize - next);
    println!("\"cold_ns\":{},", cold.as_nanos());
    let nanos: Vec<u128> = batches.iter().map(Duration::as_nanos).collect();
    println!("\"batches_ns\":{nanos:?},");
    counted.truncate(next);
    for (name, kind) in [("add", Kind::Add), ("remove", Kind::Remove), ("change", Kind::Change)] {
        let times = counted.iter().filter(|(of, _)| *of == kind).map(|(_, time)| *time);
        println!("\"{name}\":{},", latencies(times.collect()));
    }
    println!("\"all\":{},", latencies(counted.iter().map(|(_, time)| *time).collect()));
    println!("\"gap_before_optimising_millionths\":{gaps:?},");
    println!("\"largest_gap_millionths\":{largest_gap},");
    let memory: Vec<[u64; 2]> = memory.into_iter().map(|(n, kib)| [n.into(), kib]).collect();
    println!("\"memory_kib\":{memory:?}}}");
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Add,
    Remove,
    Change,
}

/// A book and the debts that are to come.
struct Traffic {
    book: ClearingBook,
    held: Vec<DebtId>,
    to_come: Vec<Debt>,
    random: Random,
}

impl Traffic {
    /// A network of which a tenth is still to come.
    fn new(family: &str, count: u32) -> Self {
        let all = network(family, count + count / 10);
        let mut debts = all.debts().to_vec();
        let mut random = Random(77);
        let to_come: Vec<Debt> = (0..count / 10).map(|_| draw(&mut random, &mut debts)).collect();
        let network = Network::new(all.members(), debts).expect("a part of a network");
        let book = ClearingBook::from_network(&network, Seed::default()).expect("within limits");
        Self { held: book.ids(), book, to_come, random }
    }

    /// Makes a change and returns how long it took until the gap was known.
    fn change(&mut self) -> (Kind, Duration) {
        let (kind, clock) = match self.random.below(10) {
            0..4 => {
                let debt = draw(&mut self.random, &mut self.to_come);
                let clock = Instant::now();
                self.held.push(self.book.add(debt).expect("within limits"));
                (Kind::Add, clock)
            }
            4..8 => {
                let id = draw(&mut self.random, &mut self.held);
                let clock = Instant::now();
                self.to_come.push(self.book.remove(id).expect("it is held"));
                (Kind::Remove, clock)
            }
            _ => {
                let drawn = self.random.below(self.held.len() as u64);
                let id = self.held[usize::try_from(drawn).expect("an index")];
                let amount = self.random.amount();
                let clock = Instant::now();
                self.book.change(id, amount).expect("it is held");
                (Kind::Change, clock)
            }
        };
        black_box(self.book.standing());
        (kind, clock.elapsed())
    }

    fn gap_in_millionths(&self) -> u128 {
        let standing = self.book.standing();
        standing.gap() * 1_000_000 / standing.gross.max(1)
    }

    fn check(&self) {
        assert_eq!(self.book.unsound(), None);
        if let Some(clearing) = self.book.clearing() {
            let verified =
                verify(&self.book.to_network(), &clearing.discharges, &clearing.certificate);
            assert_eq!(verified.expect("it verifies").cleared, self.book.standing().cleared);
        }
    }
}

/// Takes one out at random.
fn draw<T>(random: &mut Random, from: &mut Vec<T>) -> T {
    let drawn = random.below(from.len() as u64);
    from.swap_remove(usize::try_from(drawn).expect("an index"))
}

/// Percentiles, and how many fall into each bucket of a histogram, as JSON.
fn latencies(times: Vec<u32>) -> String {
    let mut sorted: Vec<u64> = times.into_iter().map(u64::from).collect();
    sorted.sort_unstable();
    let at = |thousandth: usize| {
        sorted.get(sorted.len().saturating_sub(1) * thousandth / 1000).copied().unwrap_or(0)
    };
    let mut histogram: Vec<[u64; 2]> = Vec::new();
    for &time in &sorted {
        // The beginning of the bucket: a power of two and so many quarters of it.
        let power = time.max(STEPS).ilog2();
        let start = time.max(STEPS) >> (power - STEPS.ilog2()) << (power - STEPS.ilog2());
        match histogram.last_mut() {
            Some([last, count]) if *last == start => *count += 1,
            _ => histogram.push([start, 1]),
        }
    }
    format!(
        "{{\"count\":{},\"p50\":{},\"p90\":{},\"p99\":{},\"p999\":{},\"max\":{},\"histogram\":{histogram:?}}}",
        sorted.len(),
        at(500),
        at(900),
        at(990),
        at(999),
        at(1000)
    )
}

/// Time on the processor where Linux tells, by the wall elsewhere.
struct Clock(Instant, Option<Duration>);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), on_processor())
    }

    fn passed(&self) -> Duration {
        let on_processor = on_processor().zip(self.1).map(|(now, then)| now.saturating_sub(then));
        on_processor.unwrap_or_else(|| self.0.elapsed())
    }
}

/// How often the process was given the processor, where Linux tells.
fn turns() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().nth(2)?.parse().ok()
}

fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

/// The memory that the process holds in KiB, where Linux tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let held = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    held.and_then(|held| held.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}
