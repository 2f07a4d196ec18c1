//! Solves files of arcs (`docs/networks.md`, "A file of arcs") and prints what it took as JSON:
//! the driver by which `bench/` measures this crate beside other solvers.
//!
//! `solve_arcs FILE.arcs`, or `-` for many names of files on standard input.
//!
//! Prints `ready` when the arcs are in memory, then one line of JSON a file. `solve` is the time of
//! [`solve`] alone, which merges, finds components, builds and extracts; `verify` that of the
//! checker, which every result has to pass.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

use setoff_clearing::{Debt, Network, Seed, solve, verify};

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [path] = &words[..] else {
        return Err(io::Error::other("usage: solve_arcs FILE.arcs, or - for a list"));
    };
    if path == "-" {
        io::stdin().lock().lines().try_for_each(|line| measure(&line?))
    } else {
        measure(path)
    }
}

fn measure(path: &str) -> io::Result<()> {
    let clock = Clock::start();
    let network = read(path)?;
    let reading = clock.wall.elapsed();
    let before = memory("VmRSS:");
    // From here on the peak is that of the optimiser, with the network that it is given.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    println!("ready");
    io::stdout().flush()?;

    let clock = Clock::start();
    let clearing = solve(&network, Seed::default());
    let (solving, processor) = clock.read();
    let peak = memory("VmHWM:");

    let clock = Clock::start();
    let verified = verify(&network, &clearing.discharges, &clearing.certificate);
    let (verifying, _) = clock.read();
    let verified =
        verified.map_err(|violation| io::Error::other(format!("{path}: {violation}")))?;

    println!(
        "{{\"read\":{},\"build\":0,\"solve\":{},\"processor\":{},\"verify\":{},\
         \"optimum\":\"{}\",\"gross\":\"{}\",\"highest_potential\":{},\
         \"before_kb\":{before},\"peak_kb\":{peak}}}",
        seconds(reading),
        seconds(solving),
        seconds(processor),
        seconds(verifying),
        verified.weighted,
        verified.gross,
        clearing.certificate.potentials.iter().max().unwrap_or(&0),
    );
    io::stdout().flush()
}

fn read(path: &str) -> io::Result<Network> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let wrong = |what: String| io::Error::other(format!("{path}: {what}"));
    let magic: [u8; 8] = bytes(&mut file)?;
    let weighted = match &magic {
        b"STFARCS1" => false,
        b"STFARCSW" => true,
        _ => return Err(wrong("not a file of arcs".to_owned())),
    };
    let members = u64::from_le_bytes(bytes(&mut file)?);
    let members = u32::try_from(members).map_err(|_| wrong("too many members".to_owned()))?;
    let count = u64::from_le_bytes(bytes(&mut file)?);
    let mut debts = Vec::new();
    debts.reserve_exact(usize::try_from(count).map_err(io::Error::other)?);
    for _ in 0..count {
        let debtor = u32::from_le_bytes(bytes(&mut file)?);
        let creditor = u32::from_le_bytes(bytes(&mut file)?);
        let amount = u64::from_le_bytes(bytes(&mut file)?);
        debts.push(Debt { debtor, creditor, amount, weight: 1 });
    }
    if weighted {
        for debt in &mut debts {
            debt.weight = i32::from_le_bytes(bytes(&mut file)?);
        }
    }
    Network::new(members, debts).map_err(|error| wrong(error.to_string()))
}

fn bytes<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Time by the wall, and on the processor over all threads where Linux tells.
struct Clock {
    wall: Instant,
    processor: Duration,
}

impl Clock {
    fn start() -> Self {
        Self { wall: Instant::now(), processor: on_processor() }
    }

    fn read(&self) -> (Duration, Duration) {
        (self.wall.elapsed(), on_processor().saturating_sub(self.processor))
    }
}

/// What all threads of this process, those that have ended too, have spent on the processor: in
/// hundredths of a second, which is what `/proc` counts in.
fn on_processor() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in brackets, may contain spaces; user and system time are the
    // 12th and 13th fields after it.
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(10 * ticks)
}

/// A line of `/proc/self/status` in kilobytes, 0 where there is no such file.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Seconds with microseconds.
fn seconds(time: Duration) -> String {
    format!("{}.{:06}", time.as_secs(), time.subsec_micros())
}
