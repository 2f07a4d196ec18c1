//! Measures the frontier of a table of debts beside one solve:
//!
//! ```sh
//! setoff generate trade --obligations 100000 --out trade.csv
//! cargo run --release -p setoff-clearing --example frontier -- trade.csv
//! ```
//!
//! Of a line only the first three fields count, the debtor, the creditor and the amount, whose point
//! is left out.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::Instant;

use setoff_clearing::{Debt, Funded, Liquidity, Network, Seed, frontier, marginal_values, solve};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a table of debts")?;
    let text = std::fs::read_to_string(path)?;
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut debts = Vec::new();
    for line in text.lines().skip(1) {
        let [debtor, creditor, amount, ..] = line.split(',').collect::<Vec<_>>()[..] else {
            return Err(format!("a short line: {line}").into());
        };
        let [debtor, creditor] = [debtor, creditor].map(|name| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(name).or_insert(next)
        });
        let amount = amount.replace('.', "").parse()?;
        debts.push(Debt { debtor, creditor, amount, weight: 1 });
    }
    let network = Network::new(u32::try_from(numbers.len())?, debts)?;
    let mut out = std::io::stdout().lock();

    let start = Instant::now();
    let plain = solve(&network, Seed::default());
    let one = start.elapsed();
    let cleared: u64 = plain.discharges.iter().sum();
    writeln!(out, "one solve {one:?}, {cleared} cleared of {}", network.gross())?;

    let liquidity = Liquidity::unlimited(&network);
    let funded = Funded::new(&network, &liquidity)?;
    let start = Instant::now();
    let curve = frontier(&funded, Seed::default(), &mut |_| ControlFlow::Continue(()))?;
    let all = start.elapsed();
    writeln!(
        out,
        "frontier {all:?} for {} breakpoints with {} solves: as long as {} hundredths of a solve",
        curve.points.len(),
        curve.solves,
        all.as_micros() * 100 / one.as_micros().max(1)
    )?;
    for (point, slope) in curve.points.iter().zip(curve.slopes().map(Some).chain([None])) {
        let slope = slope.map(|slope| slope.discharge).unwrap_or_default();
        writeln!(out, "{} {} {slope}", point.money, point.cleared)?;
    }

    let none = Liquidity { most: 0, ..liquidity };
    let funded = Funded::new(&network, &none)?;
    let clearing = funded.clear(Seed::default())?;
    let start = Instant::now();
    let values = marginal_values(&funded, &clearing, network.members())?;
    writeln!(out, "{} marginal values in {:?}", values.len(), start.elapsed())?;
    Ok(())
}
