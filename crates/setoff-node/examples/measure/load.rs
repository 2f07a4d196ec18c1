//! A file of obligations from disk to acknowledged and in the state, beside `COPY` of the same rows.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use setoff_node::{Answer, Bounds, Queue, UnionId};
use setoff_union::testing::{amount, code};
use setoff_union::{Action, Declaration, MemberId};

use crate::server::server;
use crate::world::{
    by_member, cpu, cpu_of_server, founded, memory, new_place, obligation, outside, rate, spread,
    timed,
};

/// How many rows are declared by one command.
const ROWS: usize = 20_000;
const MEMBERS: u32 = 1000;

pub fn measure(stores: &[&str], obligations: u32) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.csv");
    fs::write(&path, table(obligations)).unwrap();
    println!("a file of {obligations} rows, {} MiB", fs::metadata(&path).unwrap().len() >> 20);
    let copied = stores.contains(&"postgres").then(|| copy(&path, folder.path()));
    if let Some((took, cpu)) = copied {
        let rate = rate(obligations, took);
        println!("PostgreSQL, COPY with a primary key: {took:.2?}, {rate}, processor {cpu:.2} s");
    }
    for on in stores {
        let folder = tempfile::tempdir().unwrap();
        let place = new_place(on, folder.path());
        let node = founded(&place, MEMBERS);
        let union = node.union();
        let queue = Queue::start(node, Bounds::default(), outside());
        let ((before, _), begun) = (memory(), cpu());
        let ((), took) = timed(|| declare(&queue, &path, union));
        let used = cpu() - begun;
        let declared = queue.handle().look(|state| state.obligations().len()).unwrap();
        assert_eq!(declared, obligations as usize);
        let share = copied.map_or(String::new(), |(copy, _)| {
            format!(", {:.2} of COPY", copy.as_secs_f64() / took.as_secs_f64())
        });
        let rate = rate(obligations, took);
        println!("{on}: {took:.2?}, {rate}{share}, processor {used:.2} s beside the server's");
        println!("  memory {} MiB before, {:?} MiB after and at the peak", before, memory());
        let (stopped, took) = timed(|| queue.stop());
        stopped.unwrap();
        println!("  stopped with a snapshot in {took:.2?}");
    }
}

/// The rows as they stand in a file that `COPY` reads too.
fn table(obligations: u32) -> String {
    let mut text = String::new();
    for number in 0..obligations {
        let Declaration { amount, issued, due, reference, .. } = obligation(number, 0, 1);
        let creditor = spread(number) % (MEMBERS - 1) + 1;
        writeln!(text, "{number},0,{creditor},EUR,{amount},{issued},{due},{reference}").unwrap();
    }
    text
}

/// Reads, signs, hands in: three commands at a time, so that one is made and opened while another
/// is written.
fn declare(queue: &Queue, path: &Path, union: Option<UnionId>) {
    let text = fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let parts: Vec<(usize, &[&str])> = lines.chunks(ROWS).enumerate().collect();
    let next = std::sync::Mutex::new(parts.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (next, handle) = (&next, queue.handle());
            scope.spawn(move || {
                loop {
                    let part = next.lock().unwrap().next();
                    let Some((number, lines)) = part else { return };
                    let rows = lines.iter().map(|line| row(line)).collect();
                    let action = Action::Declare { obligations: rows, file: None };
                    let envelope = by_member(union, 0, &format!("{number}"), &action);
                    let answer = handle.submit(envelope).unwrap();
                    assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
                }
            });
        }
    });
}

fn row(line: &str) -> Declaration {
    let mut fields = line.split(',').skip(1);
    let mut field = || fields.next().unwrap();
    Declaration {
        debtor: MemberId(field().parse().unwrap()),
        creditor: MemberId(field().parse().unwrap()),
        currency: code(field()),
        amount: amount(field()),
        issued: field().parse().unwrap(),
        due: field().parse().unwrap(),
        reference: field().to_owned(),
        kind: setoff_union::Kind::default(),
    }
}

/// As fast as PostgreSQL takes the rows itself, from its own disk, durable at the end.
fn copy(path: &Path, folder: &Path) -> (std::time::Duration, f64) {
    let database = server().new_database();
    server().psql(
        &database,
        "CREATE TABLE obligation (
             id BIGINT PRIMARY KEY, debtor INTEGER NOT NULL, creditor INTEGER NOT NULL,
             currency TEXT NOT NULL, amount NUMERIC NOT NULL, issued DATE NOT NULL,
             due DATE NOT NULL, reference TEXT NOT NULL)",
    );
    // The server reads it as a user of its own.
    for place in [folder, path] {
        let mut permissions = fs::metadata(place).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
        fs::set_permissions(place, permissions).unwrap();
    }
    let statement = format!("COPY obligation FROM '{}' (FORMAT csv)", path.display());
    let begun = cpu_of_server();
    let ((), took) = timed(|| server().psql(&database, &statement));
    // The server notices that a session has ended a moment later.
    std::thread::sleep(std::time::Duration::from_millis(500));
    (took, cpu_of_server() - begun)
}
