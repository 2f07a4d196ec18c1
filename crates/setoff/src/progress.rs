//! Progress on standard error, for work that takes longer than a person likes to wait unseen.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// Remarks take at most one part in so many of the time.
const SHARE: u32 = 100;

/// One command's progress through its phases, and how long each took.
#[derive(Debug)]
pub(crate) struct Phases {
    start: Instant,
    phase_start: Instant,
    phase: &'static str,
    bar: Option<ProgressBar>,
    shown: bool,
    next_remark: Instant,
    finished: Vec<(&'static str, Duration)>,
}

impl Phases {
    /// Starts the clock. No bar is drawn if `quiet` or standard error is no terminal.
    pub(crate) fn start(quiet: bool) -> Self {
        let now = Instant::now();
        Self {
            start: now,
            phase_start: now,
            phase: "",
            bar: None,
            shown: !quiet && std::io::stderr().is_terminal(),
            next_remark: now,
            finished: Vec::new(),
        }
    }

    /// Ends the current phase and begins another.
    pub(crate) fn begin(&mut self, phase: &'static str) {
        self.end();
        self.phase = phase;
        self.phase_start = Instant::now();
    }

    /// Begins a phase unless it is the current one. Its time is added to what it took before.
    pub(crate) fn go_on(&mut self, phase: &'static str) {
        if self.phase != phase {
            self.begin(phase);
        }
    }

    /// Shows that `done` of `of` is done in the current phase, and now and then a remark that takes time
    /// to make.
    pub(crate) fn advance_with(&mut self, done: u64, of: u64, remark: &mut dyn FnMut() -> String) {
        self.advance(done, of);
        let now = Instant::now();
        if self.bar.is_none() || now < self.next_remark {
            return;
        }
        let remark = remark();
        if let Some(bar) = &self.bar {
            bar.set_prefix(remark);
        }
        let took = now.elapsed();
        self.next_remark = now + (SHARE * took).max(PATIENCE);
    }

    /// Shows that `done` of `of` is done in the current phase.
    pub(crate) fn advance(&mut self, done: u64, of: u64) {
        if !self.shown || self.start.elapsed() < PATIENCE {
            return;
        }
        let phase = self.phase;
        let bar = self.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template(
                "{msg:10} {bar:40} {percent:>3} %  {elapsed}  {prefix}",
            );
            let bar =
                ProgressBar::with_draw_target(Some(of), ProgressDrawTarget::stderr_with_hz(10));
            bar.with_message(phase)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        bar.set_length(of);
        bar.set_position(done.min(of));
    }

    /// Ends the current phase and removes its bar.
    pub(crate) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        if !self.phase.is_empty() {
            let took = self.phase_start.elapsed();
            match self.finished.iter_mut().find(|(phase, _)| *phase == self.phase) {
                Some((_, sum)) => *sum += took,
                None => self.finished.push((self.phase, took)),
            }
            self.phase = "";
        }
    }

    /// How long all of it took.
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// The finished phases and how long each took.
    pub(crate) fn finished(&self) -> &[(&'static str, Duration)] {
        &self.finished
    }
}
