//! Durable commands a second, beside a bare `fdatasync` of the same bytes and PostgreSQL's inserts.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use setoff_journal::Envelope;
use setoff_node::{Answer, Bounds, Queue};
use setoff_union::Action;

use crate::server::server;
use crate::world::{by_member, founded, new_place, obligation, outside, rate};

/// For how long each is measured.
const TIME: Duration = Duration::from_secs(5);

pub fn measure(stores: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let one = sample(None, 0, 0).encode();
    let mut file = File::create(folder.path().join("bare")).unwrap();
    for clients in [1, 10, 100] {
        // Anew each time: the disk is others' too.
        let bare = repeated(1, |_| {
            file.write_all(&one).unwrap();
            file.sync_data().unwrap();
        });
        let each = one.len();
        println!("bare fdatasync of {each} bytes, one after the other: {}", rate(bare, TIME));
        if stores.contains(&"postgres") {
            println!(
                "PostgreSQL inserts, {clients} clients: {}",
                rate(inserts(clients, &one), TIME)
            );
        }
        for on in stores {
            let folder = tempfile::tempdir().unwrap();
            let place = new_place(on, folder.path());
            let node = founded(&place, 200);
            let union = node.union();
            let queue = Queue::start(node, Bounds::default(), outside());
            let handle = queue.handle();
            // Signed before: the clients' machines do that.
            let envelopes: Vec<Vec<Envelope>> = (0..clients)
                .map(|client| (0..60_000 / clients).map(|n| sample(union, client, n)).collect())
                .collect();
            let count = repeated_with(envelopes, |envelope| {
                let answer = handle.submit(envelope).unwrap();
                assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
            });
            println!("{on}, {clients} clients: {count}");
            drop(queue.stop());
        }
    }
}

/// Each client declares one obligation after the other.
fn sample(union: Option<setoff_node::UnionId>, client: u32, number: u32) -> Envelope {
    let declaration = obligation(client * 100_000 + number, client, client + 100);
    let action = Action::Declare { obligations: vec![declaration], file: None };
    by_member(union, client, &format!("{number}"), &action)
}

/// How often it was done by so many threads within the time.
fn repeated(threads: u32, mut work: impl FnMut(u32)) -> u32 {
    let begun = Instant::now();
    let mut count = 0;
    while begun.elapsed() < TIME {
        work(threads);
        count += 1;
    }
    count
}

fn repeated_with(work: Vec<Vec<Envelope>>, submit: impl Fn(Envelope) + Sync) -> String {
    let count = AtomicU32::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for envelopes in work {
            let (count, submit) = (&count, &submit);
            scope.spawn(move || {
                for envelope in envelopes {
                    if begun.elapsed() > TIME {
                        return;
                    }
                    submit(envelope);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    rate(count.into_inner(), begun.elapsed())
}

/// What PostgreSQL does with the same bytes, each in a transaction of its own.
fn inserts(clients: u32, bytes: &[u8]) -> u32 {
    let database = server().new_database();
    server().psql(&database, "CREATE TABLE row (id BIGSERIAL PRIMARY KEY, body BYTEA NOT NULL)");
    let connection = server().connection(&database);
    let count = Arc::new(AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..clients {
            scope.spawn(|| {
                let mut client = Client::connect(&connection, NoTls).unwrap();
                let insert = client.prepare("INSERT INTO row (body) VALUES ($1)").unwrap();
                let done = repeated(clients, |_| {
                    client.execute(&insert, &[&bytes]).unwrap();
                });
                count.fetch_add(done, Ordering::Relaxed);
            });
        }
    });
    count.load(Ordering::Relaxed)
}
