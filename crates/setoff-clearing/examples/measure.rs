//! Measures the optimiser, the checker and the circles on random networks of five families:
//! `cargo run --release -p setoff-clearing --example measure -- trade 1000000`.

mod families;

use std::time::{Duration, Instant};

use families::network;
use setoff_clearing::{Seed, Verified, circles, flow, solve, verify};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let family = arguments.next().unwrap_or("trade".into());
    let debts: u32 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let network = network(&family, debts);
    println!("{family}: {} members, {debts} debts; {}", network.members(), peak());

    let mut clock = Clock::start();
    let clearing = solve(&network, Seed::default());
    println!("solve: {clock}; {}", peak());

    clock = Clock::start();
    let verified = verify(&network, &clearing.discharges, &clearing.certificate);
    println!("verify: {clock}");
    let Verified { gross, cleared, .. } = verified.expect("the optimiser's own result verifies");
    let highest = clearing.certificate.potentials.iter().max();
    println!("cleared {cleared} of {gross}, highest potential {}", highest.unwrap_or(&0));

    clock = Clock::start();
    let flow = flow(&network, &clearing.discharges);
    println!("flow: {clock}; {} entries", flow.len());

    clock = Clock::start();
    let circles = circles(network.members(), &flow).expect("verified discharges are conserved");
    println!("circles: {clock}; {}", peak());
    let longest = circles.iter().map(|(members, _)| members.len()).max().unwrap_or(0);
    let hundredths = |part: usize, whole: usize| {
        let value = 100 * part / whole.max(1);
        format!("{}.{:02}", value / 100, value % 100)
    };
    println!(
        "{} circles, longest {longest}, on average {} steps; {} steps an entry",
        circles.len(),
        hundredths(circles.steps(), circles.len()),
        hundredths(circles.steps(), flow.len()),
    );
}

/// Time by the wall, and on the processor where Linux tells.
struct Clock(Instant, Option<Duration>);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), on_processor())
    }
}

impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3?}", self.0.elapsed())?;
        if let (Some(now), Some(then)) = (on_processor(), self.1) {
            write!(f, " ({:.3?} on the processor)", now.saturating_sub(then))?;
        }
        Ok(())
    }
}

fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

/// The most memory the process has held so far, where Linux tells.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    format!("peak memory {}", peak.unwrap_or(" unknown").trim())
}
