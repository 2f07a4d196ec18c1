#![allow(clippy::cast_possible_truncation)]
mod families;
use families::{Random, debts};
use setoff_clearing::{ClearingBook, DebtId, Network, Seed, solve, verify};
use std::time::{Duration, Instant};

fn on_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}
fn quantiles(mut t: Vec<u64>) -> String {
    t.sort_unstable();
    let q = |p: usize| t[(t.len() - 1) * p / 1000] as f64 / 1000.0;
    format!("p50 {} p90 {} p99 {} p99.9 {} max {} us", q(500), q(900), q(990), q(999), q(1000))
}
fn main() {
    let mut arguments = std::env::args().skip(1);
    let family = arguments.next().unwrap_or("trade".into());
    let count: u32 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let effort: u64 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let extra = 3000;
    let members = if family == "sparse" { count / 2 } else { count / 10 };
    let mut all = debts(&family, members, count + extra);
    all.truncate((count + extra) as usize);
    let mut random = Random(77);
    let mut arrivals = Vec::new();
    for _ in 0..extra {
        let i = random.below(all.len() as u64) as usize;
        arrivals.push(all.swap_remove(i));
    }
    let network = Network::new(members, all).unwrap();
    let before = on_processor();
    let clearing = solve(&network, Seed::default());
    let cold = on_processor() - before;
    println!("{family} {count}: cold solve {cold:?}");
    drop(clearing);
    let mut book = ClearingBook::from_network(&network, Seed::default()).unwrap();
    book.set_effort(effort);
    if std::env::var("CENTRE").is_ok() {
    let before = on_processor();
    println!("centre {:?}", on_processor() - before);
    }
    let first = book.standing();
    println!("gap {} of {}", first.gap(), first.weighted);
    let mut ids: Vec<DebtId> = book.iter().map(|(id, _, _)| id).collect();
    let mut total = Duration::ZERO;
    for batch in arrivals[..2000].chunks(100).take(20) {
        book.set_effort(0);
        for debt in batch {
            ids.push(book.add(*debt).unwrap());
        }
        let unsettled = book.unsettled();
        let before = on_processor();
        book.optimise();
        let t = on_processor() - before;
        total += t;
        println!("  batch of 100: {unsettled} unsettled, {t:?} ({:.3} of cold)", t.as_secs_f64() / cold.as_secs_f64());
    }
    println!("mean batch {:.4} of cold, {:?}", total.as_secs_f64() / 20.0 / cold.as_secs_f64(), total / 20);
    // adds
    let mut times = Vec::new();
    for debt in &arrivals[2000..] {
        let t = Instant::now();
        let id = book.add(*debt).unwrap();
        std::hint::black_box(book.standing());
        times.push(t.elapsed().as_nanos() as u64);
        ids.push(id);
    }
    println!("add {} ; unsettled {} gap {}", quantiles(times), book.unsettled(), book.standing().gap());
    let before = on_processor();
    book.optimise();
    println!("optimise {:?} gap {}", on_processor() - before, book.standing().gap());
    let mut times = Vec::new();
    for _ in 0..1000 {
        let i = random.below(ids.len() as u64) as usize;
        let id = ids.swap_remove(i);
        let t = Instant::now();
        book.remove(id).unwrap();
        std::hint::black_box(book.standing());
        times.push(t.elapsed().as_nanos() as u64);
    }
    println!("remove {} ; unsettled {} gap {}", quantiles(times), book.unsettled(), book.standing().gap());
    let before = on_processor();
    book.optimise();
    println!("optimise {:?} gap {}", on_processor() - before, book.standing().gap());
    let c = book.clearing().unwrap();
    let v = verify(&book.to_network(), &c.discharges, &c.certificate).unwrap();
    println!("verified {}", v.cleared);
}
