//! A run, from founding to the last check, and how a failure is made smaller.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::coverage::Coverage;
use crate::model::{Broken, Checked};
use crate::plant::Plant;
use crate::world::World;

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Decides everything.
    pub seed: u64,
    /// How many steps.
    pub steps: u64,
    /// A mistake that is planted from outside.
    pub plant: Option<Plant>,
}

/// A rule that did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// The step at which it was found.
    pub step: u64,
    /// Which rule.
    pub broken: Broken,
    /// What happened, one line each, where it was told.
    pub story: Vec<String>,
}

/// How a run went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What happened in it.
    pub coverage: Coverage,
    /// The first rule that did not hold.
    pub failure: Option<Failure>,
}

/// Every so many seeds the whole journal is checked, and copied to SQLite.
const CHECKED: u64 = 8;
const COPIED: u64 = 32;
/// The most runs that a failure is made smaller with.
const MOST_ATTEMPTS: usize = 600;

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Has panics kept for the report instead of printed. For a program that does nothing else.
pub fn keep_panics() {
    std::panic::set_hook(Box::new(|info| PANIC.set(Some(info.to_string()))));
}

/// Runs all steps, or only these.
#[must_use]
pub fn run(config: &Config, only: Option<&[u64]>, told: bool) -> Outcome {
    let mut outcome = Outcome { coverage: Coverage::default(), failure: None };
    let mut at = 0;
    let mut world = match guarded(|| World::founded(config.seed, config.plant)) {
        Ok(world) => world,
        Err(broken) => {
            let story = Vec::new();
            outcome.failure = Some(Failure { seed: config.seed, step: 0, broken, story });
            return outcome;
        }
    };
    world.story = told.then(Vec::new);
    let all = 0..config.steps;
    let steps: &mut dyn Iterator<Item = u64> = match only {
        None => &mut all.into_iter(),
        Some(only) => &mut only.iter().copied(),
    };
    let mut result = Ok(());
    for step in steps {
        at = step;
        if let Some(story) = &mut world.story {
            story.push(format!("step {step}"));
        }
        result = guarded(|| world.step(step));
        if result.is_err() {
            break;
        }
    }
    if result.is_ok() {
        let (check, copy) =
            (config.seed.is_multiple_of(CHECKED), config.seed.is_multiple_of(COPIED));
        result = guarded(|| world.finish(check, copy));
    }
    outcome.failure = result.err().map(|broken| {
        let story = world.story.take().unwrap_or_default();
        Failure { seed: config.seed, step: at, broken, story }
    });
    outcome.coverage = world.coverage;
    outcome
}

/// The same failure with as few steps as some hundred attempts find: parts are left out, halves
/// first, while the same rule still breaks (Zeller, Hildebrandt 2002, "Simplifying and isolating
/// failure-inducing input").
#[must_use]
pub fn shrink(config: &Config, failure: &Failure) -> (Vec<u64>, Failure) {
    let mut steps: Vec<u64> = (0..=failure.step).collect();
    let mut smallest = failure.clone();
    let mut part = steps.len().div_ceil(2);
    let mut attempts = 0;
    while part > 0 && attempts < MOST_ATTEMPTS {
        let mut begin = 0;
        while begin < steps.len() && attempts < MOST_ATTEMPTS {
            attempts += 1;
            let end = (begin + part).min(steps.len());
            let fewer = [&steps[..begin], &steps[end..]].concat();
            let failure = run(config, Some(&fewer), true).failure;
            match failure.filter(|found| found.broken.rule == smallest.broken.rule) {
                Some(found) => {
                    steps = fewer.into_iter().take_while(|step| *step <= found.step).collect();
                    smallest = found;
                }
                None => begin = end,
            }
        }
        part = if part == 1 { 0 } else { part.div_ceil(2) };
    }
    (steps, smallest)
}

/// A panic anywhere is a broken rule, too.
fn guarded<T>(act: impl FnOnce() -> Checked<T>) -> Checked<T> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|payload| {
        let said = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let said = said.or_else(|| payload.downcast_ref::<String>().cloned());
        let what = PANIC.take().or(said).unwrap_or_default();
        Err(Broken { rule: "nothing panics", what })
    })
}
