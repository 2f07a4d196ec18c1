//! Two writers on one store. The one that leads is stopped for longer than its lease, over and over:
//! there is one history, and the other goes on after so long.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use setoff_journal::{Hash, Journal};
use setoff_node::{Follower, Node};
use setoff_union::Action;

use crate::world::{by_member, founded, new_place, next_salt, now, obligation, operator, store};

const TERM: Duration = Duration::from_secs(1);

/// How long a pause lasts at least: longer than the lease, whatever had run of it before.
const PAUSE: Duration = Duration::from_millis(1300);

/// What each of the two does: follows until it can lead, then appends until it is fenced off, and
/// says what was acknowledged.
pub fn write(place: &str, name: &str) {
    let mut number = 0;
    let mut follower = Follower::open(store(place)).unwrap();
    loop {
        match follower.lead(operator(), name, now(), TERM) {
            Ok(node) => {
                append(node, name, &mut number);
                follower = Follower::open(store(place)).unwrap();
            }
            Err(not) => {
                follower = not.follower;
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

fn append(mut node: Node, name: &str, number: &mut u32) {
    let mut salts = u64::from(std::process::id()) << 32 | u64::from(*number);
    let mut renewed = Instant::now();
    loop {
        if renewed.elapsed() > TERM / 3 {
            renewed = Instant::now();
            if node.renew(now(), TERM).is_err() {
                return;
            }
        }
        *number += 1;
        let member = u32::from(name == "two");
        let mut declaration = obligation(*number, member, 2);
        declaration.reference = format!("{name} {} {number}", std::process::id());
        let action = Action::Declare { obligations: vec![declaration], file: None };
        let key = format!("{name} {} {number}", std::process::id());
        let envelope = by_member(node.union(), member, &key, &action);
        let Ok((_, checkpoint)) = node.submit(vec![(envelope, next_salt(&mut salts))], now())
        else {
            return;
        };
        if let Some(checkpoint) = checkpoint {
            let mut out = std::io::stdout().lock();
            let (size, root) = (checkpoint.checkpoint().size, checkpoint.checkpoint().root);
            writeln!(out, "{size} {root}").unwrap();
            out.flush().unwrap();
        }
        // A lock that is never free is SQLite's weakness, and no union's day.
        std::thread::sleep(Duration::from_millis(2));
    }
}

struct Writer(Child);

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Writer {
    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }
}

/// Which of the two said that this many entries with this root are acknowledged.
type Said = (usize, u64, Hash);

pub fn measure(stores: &[&str], seconds: u32) {
    for on in stores {
        let folder = tempfile::tempdir().unwrap();
        let place = new_place(on, folder.path());
        founded(&place, 3).close().unwrap();
        let (says, said) = channel();
        let writers = ["one", "two"].map(|name| {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["writes-until-it-is-killed", &place, name])
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let (says, number) = (says.clone(), usize::from(name == "two"));
            std::thread::spawn(move || {
                for line in lines.map_while(Result::ok) {
                    let (size, root) = line.split_once(' ').unwrap();
                    let _ = says.send((number, size.parse().unwrap(), root.parse().unwrap()));
                }
            });
            Writer(child)
        });
        let (mut takeovers, locked, all) = stop_and_go(&writers, &said, seconds);
        drop(writers);
        let mut journal = Journal::open(store(&place)).unwrap();
        for (size, root) in &all {
            assert_eq!(journal.root_at(*size).unwrap(), *root, "a second history at {size}");
        }
        setoff_node::read(&mut journal).unwrap();
        takeovers.sort();
        println!(
            "{on}: {} appends acknowledged, all of one history; pauses of {PAUSE:?} and more; {} \
             takeovers of a lease of {TERM:?}, median {:.2?}, slowest {:.2?}; {locked} times the \
             one that was stopped held the database's lock, and went on first",
            all.len(),
            takeovers.len(),
            takeovers[takeovers.len() / 2],
            takeovers.last().unwrap()
        );
    }
}

fn stop_and_go(
    writers: &[Writer; 2],
    said: &Receiver<Said>,
    seconds: u32,
) -> (Vec<Duration>, u32, BTreeMap<u64, Hash>) {
    let begun = Instant::now();
    let (mut takeovers, mut locked, mut all) = (Vec::new(), 0, BTreeMap::new());
    let mut note = |(_, size, root): Said| {
        if let Some(other) = all.insert(size, root) {
            assert_eq!(other, root, "two histories at {size}");
        }
    };
    while begun.elapsed() < Duration::from_secs(seconds.into()) {
        let next = said.recv_timeout(Duration::from_mins(1)).expect("one of them leads");
        note(next);
        // Let it lead for a moment that is never twice the same.
        let moment = Duration::from_micros(200_000 + takeovers.len() as u64 * 7919 % 50_000);
        let until = Instant::now() + moment;
        let mut leader = next.0;
        while let Ok(next) = said.recv_timeout(until.saturating_duration_since(Instant::now())) {
            leader = next.0;
            note(next);
        }
        writers[leader].signal("-STOP");
        let stopped = Instant::now();
        let mut stands = true;
        loop {
            match said.recv_timeout(Duration::from_millis(50)) {
                Ok(next) => {
                    note(next);
                    if next.0 != leader {
                        takeovers.push(stopped.elapsed());
                        break;
                    }
                    if !stands {
                        locked += 1;
                        break;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("both ended"),
            }
            // Stopped with the lock of the file in its hand: nobody can, until it goes on.
            if stands && stopped.elapsed() > TERM * 3 {
                writers[leader].signal("-CONT");
                stands = false;
            }
        }
        // It stands on while the other writes, so that it wakes up in a history that has gone on.
        while let Ok(next) = said.recv_timeout(PAUSE.saturating_sub(stopped.elapsed())) {
            note(next);
        }
        writers[leader].signal("-CONT");
    }
    (takeovers, locked, all)
}
