//! A process that appends is killed at random moments, and so is the database's server: what was
//! acknowledged is there, and the journal opens unaided.
#![allow(clippy::unwrap_used)]

mod contract;
mod server;

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use contract::{entry_at, lead, member, operator, origin};
use server::server;
use setoff_journal::lease::take;
use setoff_journal::{
    Check, Hash, Journal, JournalError, KeyId, Limit, Micros, PostgresStore, PublicKey,
    SqliteStore, Store, StoreError, Takeover,
};

/// How long one process waits for another that is in the middle of a write.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the child finds its journal: `sqlite PATH` or `postgres CONNECTION`.
const JOURNAL: &str = "SETOFF_CRASH_JOURNAL";

fn store(place: &str) -> Result<Box<dyn Store>, StoreError> {
    match place.split_once(' ').unwrap() {
        ("sqlite", path) => {
            Ok(Box::new(SqliteStore::open(path.as_ref())?.with_patience(PATIENCE)?))
        }
        (_, connection) => Ok(Box::new(PostgresStore::open(connection)?)),
    }
}

fn opened(place: &str) -> Journal {
    Journal::open(store(place).unwrap()).unwrap()
}

/// What the child does: appends for ever, and says after each batch what is acknowledged. When the
/// server fails it waits, looks what was stored, and goes on.
#[test]
#[ignore = "the other tests run this in a process of its own"]
fn appends_until_it_is_killed() {
    let Ok(place) = std::env::var(JOURNAL) else { return };
    let mut journal = opened(&place);
    let epoch = lead(&mut journal, "child");
    println!("\nleads");
    loop {
        let first = journal.size();
        let batch: Vec<_> = (first..=first + first % 4)
            .map(|seq| entry_at(seq, usize::try_from(seq % 13 * 700).unwrap()))
            .collect();
        match journal.append(epoch, &batch, &operator()) {
            Ok(_) => {
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nacknowledged {} {}", journal.size(), journal.root()).unwrap();
                out.flush().unwrap();
            }
            Err(JournalError::Store(StoreError::Storage { .. })) => {
                while journal.refresh().is_err() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            Err(JournalError::Store(StoreError::Fenced { .. })) => {
                println!("\nfenced");
                return;
            }
            Err(other) => panic!("{other}"),
        }
    }
}

/// From when on the moment of the kill is counted.
#[derive(Clone, Copy, PartialEq)]
enum Since {
    Start,
    Lead,
}

/// A child that is killed when the test ends, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that is stopped is killed too. It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The child, and the lines that it prints.
fn start(place: &str) -> (Running, Lines<BufReader<ChildStdout>>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "appends_until_it_is_killed", "--ignored", "--nocapture"])
        .env(JOURNAL, place)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (Running(child), lines)
}

fn acknowledged(line: &str) -> Option<(u64, Hash)> {
    let (size, root) = line.strip_prefix("acknowledged ")?.split_once(' ')?;
    Some((size.parse().ok()?, root.parse().ok()?))
}

/// Runs the child for this long, kills it, and gives all that it said was acknowledged. `during`
/// happens once it leads.
fn run_and_kill(
    place: &str,
    since: Since,
    moment: Duration,
    during: impl FnOnce(),
) -> Vec<(u64, Hash)> {
    let (child, lines) = start(place);
    let (leads, led) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let whole = lines.map_while(Result::ok).inspect(|line| {
            if line == "leads" {
                let _ = leads.send(());
            }
        });
        whole.filter_map(|line| acknowledged(&line)).collect()
    });
    if since == Since::Lead {
        led.recv().unwrap();
    }
    during();
    std::thread::sleep(moment);
    drop(child);
    reader.join().unwrap()
}

fn known(id: KeyId) -> Option<PublicKey> {
    (id == member().id()).then(|| member().public())
}

fn check(place: &str) {
    let mut store = store(place).unwrap();
    let mut check = Check::begin(store.as_mut(), &[]).unwrap();
    while check.next(|_, id| known(id), &[operator().public()]).unwrap().is_some() {}
    check.finish().unwrap();
}

/// Kills this many times, and compares all that was acknowledged with what is there.
fn kill(place: &str, times: u32, mut between: impl FnMut(u32)) {
    let begun = Instant::now();
    let (mut acknowledged, mut lost, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    for round in 0..times {
        between(round);
        // Spread over the child's start and its first batches, never twice the same.
        let since = if round % 4 == 0 { Since::Start } else { Since::Lead };
        let moment = Duration::from_micros(2000 + u64::from(round) * 7919 % 61_000);
        let said = run_and_kill(place, since, moment, || {});
        let opening = Instant::now();
        let mut journal = opened(place);
        slowest = slowest.max(opening.elapsed());
        for (size, root) in said {
            acknowledged += 1;
            if size > journal.size() || journal.root_at(size).unwrap() != root {
                lost += 1;
            }
        }
        let last = journal.size().saturating_sub(3);
        for entry in journal.read(last, Limit::default()).unwrap() {
            assert_eq!(
                entry.envelope,
                entry_at(entry.seq, usize::try_from(entry.seq % 13 * 700).unwrap()).envelope
            );
        }
    }
    check(place);
    let size = opened(place).size();
    eprintln!(
        "{times} kills: {acknowledged} batches acknowledged, {lost} lost, {size} entries, \
         slowest opening {slowest:?}, took {:?}",
        begun.elapsed()
    );
    assert_eq!(lost, 0);
    assert!(acknowledged > 0, "the child never ran");
}

fn kill_on_sqlite(times: u32) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("union.journal");
    drop(SqliteStore::create(&path, &origin()).unwrap());
    kill(&format!("sqlite {}", path.display()), times, |_| {});
}

fn kill_on_postgres(times: u32, crashes_every: u32) {
    let _alone = alone_with_the_server();
    let connection = server().connection(&server().new_database());
    drop(PostgresStore::create(&connection, &origin()).unwrap());
    kill(&format!("postgres {connection}"), times, |round| {
        if round % crashes_every == crashes_every - 1 {
            let place = format!("postgres {connection}");
            // The writer is in the middle of its work when the server fails under it, and goes on.
            let said = run_and_kill(&place, Since::Lead, Duration::from_secs(1), || {
                std::thread::sleep(Duration::from_millis(50 + u64::from(round) * 37 % 200));
                server().crash();
            });
            server().wait_until_ready();
            let mut journal = opened(&format!("postgres {connection}"));
            for (size, root) in said {
                assert_eq!(journal.root_at(size).unwrap(), root, "acknowledged and lost");
            }
        }
    });
}

#[test]
fn nothing_acknowledged_is_lost_when_the_writer_is_killed_on_sqlite() {
    kill_on_sqlite(40);
}

#[test]
fn nothing_acknowledged_is_lost_when_writer_or_server_is_killed_on_postgresql() {
    kill_on_postgres(20, 7);
}

fn signal(child: &Running, name: &str) {
    let sent = Command::new("kill").args([name, &child.0.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Stops a writer for longer than its lease, takes over and appends, lets it go on: it is fenced
/// off, and the history is one. A writer that was stopped in the middle of a transaction keeps the
/// database's lock: then the other waits until it may, or is told so and the writer goes on first.
fn stop_and_take_over(place: &str, times: u32) {
    let (mut slowest, mut told_to_wait) = (Duration::ZERO, 0);
    let mut said = Vec::new();
    for round in 0..times {
        let (mut child, lines) = start(place);
        let mut lines = lines.map_while(Result::ok);
        said.extend(lines.by_ref().find_map(|line| acknowledged(&line)));
        std::thread::sleep(Duration::from_micros(u64::from(round) * 7919 % 20_000));
        signal(&child, "-STOP");

        let mut other = opened(place);
        let begun = Instant::now();
        // The child's lease ended at TERM; this clock says that it is over.
        let take_over = |journal: &mut Journal| {
            take(
                journal.store(),
                "other",
                Micros(i64::MAX / 2),
                Duration::ZERO,
                Takeover::WhenExpired,
            )
        };
        let mut lease = take_over(&mut other);
        if lease.is_err() {
            told_to_wait += 1;
            signal(&child, "-CONT");
        }
        // SQLite's lock is not fair: a writer without a pause lets others in only by chance.
        for _ in 0..60 {
            lease = lease.or_else(|_| take_over(&mut other));
        }
        slowest = slowest.max(begun.elapsed());
        let size = other.refresh().unwrap();
        let entry = entry_at(size, usize::try_from(size % 13 * 700).unwrap());
        other.append(lease.unwrap().epoch, &[entry], &operator()).unwrap();
        said.push((other.size(), other.root()));

        signal(&child, "-CONT");
        let rest: Vec<_> = lines.collect();
        assert!(rest.iter().any(|line| line == "fenced"), "{rest:?}");
        said.extend(rest.iter().filter_map(|line| acknowledged(line)));
        assert!(child.0.wait().unwrap().success());
    }
    let mut journal = opened(place);
    for (size, root) in said {
        assert_eq!(journal.root_at(size).unwrap(), root, "a second history");
    }
    check(place);
    eprintln!("{times} stops: slowest takeover {slowest:?}, {told_to_wait} told to wait");
}

/// The tests of this file share a server, and one of them crashes it: one at a time.
fn alone_with_the_server() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    // What another test left behind when it failed harms nobody: each has its own database.
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_stopped_writer_is_fenced_off_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("union.journal");
    drop(SqliteStore::create(&path, &origin()).unwrap());
    stop_and_take_over(&format!("sqlite {}", path.display()), 8);
}

#[test]
fn a_stopped_writer_is_fenced_off_on_postgresql() {
    let _alone = alone_with_the_server();
    let connection = server().connection(&server().new_database());
    drop(PostgresStore::create(&connection, &origin()).unwrap());
    stop_and_take_over(&format!("postgres {connection}"), 8);
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_kills_on_sqlite_lose_nothing() {
    kill_on_sqlite(1000);
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_kills_on_postgresql_lose_nothing() {
    kill_on_postgres(1000, 25);
}
