//! The simulator as a program: many seeds, a summary, and a failure made small.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use clap::Parser;
use setoff_sim::{Config, Coverage, Failure, Plant, keep_panics, run, shrink};

/// Simulates clearing unions against the real node and checks them beside a plain model
#[derive(Parser)]
struct Args {
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, one union each
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// How many steps each
    #[arg(long, default_value_t = 1000)]
    steps: u64,
    /// How many threads
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// A mistake to plant, to see that it is found
    #[arg(long)]
    plant: Option<Plant>,
    /// Only these steps of the one seed, as a failure names them: 3,17,20
    #[arg(long, value_delimiter = ',')]
    only: Option<Vec<u64>>,
    /// Report a failure as it was found, without making it smaller
    #[arg(long)]
    no_shrink: bool,
}

impl Args {
    fn config(&self, seed: u64) -> Config {
        Config { seed, steps: self.steps, plant: self.plant }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    keep_panics();
    if let Some(only) = &args.only {
        return match run(&args.config(args.seed), Some(only), true).failure {
            Some(failure) => report(&failure, None),
            None => ExitCode::SUCCESS,
        };
    }
    let begun = Instant::now();
    let (coverage, failure, seeds) = run_all(&args);
    let taken = begun.elapsed().as_secs().max(1);
    print!("{coverage}");
    let steps = seeds * args.steps;
    println!(
        "\n{seeds} seeds of {} steps in {taken} s: {} steps a second",
        args.steps,
        steps / taken
    );
    let one_sided = coverage.one_sided();
    if !one_sided.is_empty() {
        println!("never accepted or never refused: {}", one_sided.join(", "));
    }
    let Some(failure) = failure else { return ExitCode::SUCCESS };
    let before = (failure.seed - args.seed) * args.steps + failure.step + 1;
    println!("\nfound after {before} steps, with seed {} at step {}", failure.seed, failure.step);
    if args.no_shrink {
        return report(&failure, None);
    }
    println!("making it smaller");
    let (steps, smallest) = shrink(&args.config(failure.seed), &failure);
    report(&smallest, Some(&steps))
}

/// Runs all seeds, until one fails, and says how many were run.
fn run_all(args: &Args) -> (Coverage, Option<Failure>, u64) {
    let next = AtomicU64::new(0);
    let found = Mutex::new((Coverage::default(), None::<Failure>, 0));
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= args.seeds {
                return;
            }
            let outcome = run(&args.config(args.seed + place), None, false);
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.0.add(&outcome.coverage);
            found.2 += 1;
            if let Some(failure) = outcome.failure {
                // Of several the lowest seed is reported, whatever thread was faster.
                let lower = found.1.as_ref().is_none_or(|other| failure.seed < other.seed);
                found.1 = if lower { Some(failure) } else { found.1.take() };
                next.store(args.seeds, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..args.threads.max(1) {
            scope.spawn(work);
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn report(failure: &Failure, steps: Option<&[u64]>) -> ExitCode {
    for line in &failure.story {
        println!("{line}");
    }
    println!("\nFAILED: seed {}, step {}", failure.seed, failure.step);
    println!("{}", failure.broken);
    if let Some(steps) = steps {
        let only: Vec<String> = steps.iter().map(u64::to_string).collect();
        println!(
            "{} steps are enough: --seed {} --only {}",
            only.len(),
            failure.seed,
            only.join(",")
        );
    }
    ExitCode::FAILURE
}
