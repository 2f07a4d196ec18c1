//! A union as large as asked, its stores, and what a process uses.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use setoff_journal::{
    Envelope, Micros, Origin, PostgresStore, Salt, SecretKey, SqliteStore, Store,
};
use setoff_node::{Answer, Follower, Node, Outside, PAYLOAD_TYPE, Submission, UnionId};
use setoff_union::testing::{ALL_ROLES, amount, application, code, new_key, rulebook};
use setoff_union::{Action, Actor, Capacity, Declaration, Founding, Kind, MemberId, PublicKey};

use crate::server::server;

/// The stores that are measured.
pub const ON: [&str; 2] = ["sqlite", "postgres"];

pub const TERM: Duration = Duration::from_mins(10);

/// A new place for a journal: a path, or a connection string.
pub fn new_place(on: &str, folder: &Path) -> String {
    let origin = Origin::new("example.org/measured").unwrap();
    if on == "sqlite" {
        let path = folder.join("measured.journal");
        drop(SqliteStore::create(&path, &origin).unwrap());
        return path.display().to_string();
    }
    let connection = server().connection(&server().new_database());
    drop(PostgresStore::create(&connection, &origin).unwrap());
    connection
}

pub fn store(place: &str) -> Box<dyn Store> {
    if place.contains("host=") {
        return Box::new(PostgresStore::open(place).unwrap());
    }
    Box::new(SqliteStore::open(place.as_ref()).unwrap())
}

pub fn now() -> Micros {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Micros(i64::try_from(since.as_micros()).unwrap())
}

/// The real clock, and salts that count: nobody guesses entries here.
pub fn outside() -> Outside {
    let mut salts = 0;
    Outside { clock: Box::new(now), salt: Box::new(move || next_salt(&mut salts)) }
}

pub fn next_salt(salts: &mut u64) -> Salt {
    *salts += 1;
    let mut salt = [0; 32];
    salt[..8].copy_from_slice(&salts.to_be_bytes());
    Salt(salt)
}

pub fn key(number: u32) -> SecretKey {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    SecretKey::from_seed(&seed)
}

/// The operator's is none of a member's.
pub fn operator() -> SecretKey {
    SecretKey::from_seed(&[9; 32])
}

pub fn signed(payload: Vec<u8>, key: &SecretKey) -> Envelope {
    let mut envelope = Envelope::new(PAYLOAD_TYPE, payload).unwrap();
    envelope.sign(key).unwrap();
    envelope
}

pub fn by_member(union: Option<UnionId>, member: u32, name: &str, action: &Action) -> Envelope {
    let by = Actor::Member(MemberId(member));
    signed(Submission::document(union, name, None, by, action), &key(member))
}

pub fn by_operator(union: Option<UnionId>, name: &str, action: &Action) -> Envelope {
    signed(Submission::document(union, name, None, Actor::Operator, action), &operator())
}

/// The first of so many founds the union, and signs for all: the others apply and are admitted, in
/// batches of a thousand.
pub fn founded(place: &str, members: u32) -> Node {
    let member = |number: u32| {
        let mut application = application(&format!("Member {number}"), number, Capacity::Member);
        let public = PublicKey(key(number).public().to_bytes());
        application.keys = vec![new_key(public, "Somebody", &ALL_ROLES)];
        application
    };
    let public = PublicKey(operator().public().to_bytes());
    let founders = members.min(3);
    let founding = Founding {
        name: "Measured".to_owned(),
        currencies: vec!["EUR".to_owned()],
        unit_of_account: None,
        operator: vec![new_key(public, "Somebody", &ALL_ROLES)],
        members: (0..founders).map(member).collect(),
        rulebook: rulebook(),
    };
    let action = Action::Found(Box::new(founding));
    let payload = Submission::document(None, "found", None, Actor::Operator, &action);
    let mut envelope = signed(payload, &operator());
    (0..founders).for_each(|number| envelope.sign(&key(number)).unwrap());
    let mut node = Follower::open(store(place)).unwrap().lead(operator(), "measure", now(), TERM);
    let node = node.as_mut().map_err(|not| not.why.to_string()).unwrap();
    let mut salts = 0;
    accepted(node, vec![envelope], &mut salts);
    let union = node.union();
    let others: Vec<u32> = (founders..members).collect();
    for batch in others.chunks(1000) {
        let both = batch.iter().flat_map(|&number| {
            let apply = Action::Apply(member(number));
            let document = Submission::document(union, "apply", None, Actor::Applicant, &apply);
            let admit = Action::Stand {
                member: MemberId(number),
                step: setoff_union::Step::Admit,
                reason: "a measurement".to_owned(),
                evidence: None,
            };
            [signed(document, &key(number)), by_operator(union, &format!("admit {number}"), &admit)]
        });
        accepted(node, both.collect(), &mut salts);
    }
    node_of(place, node)
}

/// Opened again, so that all that is measured begins alike.
fn node_of(place: &str, node: &mut Node) -> Node {
    let epoch = setoff_journal::lease::take(
        node.journal().store(),
        "measure",
        now(),
        Duration::ZERO,
        setoff_journal::Takeover::AtOnce,
    );
    setoff_journal::lease::release(node.journal().store(), epoch.unwrap().epoch).unwrap();
    Node::open(store(place), operator(), "measure", now(), TERM).unwrap()
}

/// Hands all in as one append; all are accepted.
pub fn accepted(node: &mut Node, envelopes: Vec<Envelope>, salts: &mut u64) {
    let salted = envelopes.into_iter().map(|envelope| (envelope, next_salt(salts))).collect();
    let (answers, _) = node.submit(salted, now()).unwrap();
    let refused = answers.iter().find(|answer| !matches!(answer, Answer::Accepted(_)));
    assert!(refused.is_none(), "{refused:?}");
}

/// One obligation of a large file: who owes whom how much is spread, and the same in every run.
pub fn obligation(number: u32, debtor: u32, creditor: u32) -> Declaration {
    let day =
        |month: u32, day: u32| format!("2026-{:02}-{:02}", month + 1, day + 1).parse().unwrap();
    Declaration {
        debtor: MemberId(debtor),
        creditor: MemberId(creditor),
        currency: code("EUR"),
        amount: amount(&format!("{}.{:02}", spread(number) % 90_000 + 10, number % 100)),
        issued: day(number % 6, number % 28),
        due: day(number % 6 + 6, number % 28),
        reference: format!("R-{number:08}"),
        kind: Kind::default(),
    }
}

/// The first steps of splitmix64.
pub fn spread(number: u32) -> u32 {
    let mut z = (u64::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from((z ^ (z >> 31)) >> 32).unwrap()
}

pub fn rate(count: u32, took: Duration) -> String {
    format!("{:.0}/s", f64::from(count) / took.as_secs_f64())
}

pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

/// Processor time of this process, in seconds. Where others use the machine too, it says more than
/// the clock.
pub fn cpu() -> f64 {
    ticks("/proc/self/stat", 13)
}

/// That of all sessions of the server that have ended.
pub fn cpu_of_server() -> f64 {
    let pid = std::fs::read_to_string(server().folder.join("data/postmaster.pid")).unwrap();
    ticks(&format!("/proc/{}/stat", pid.lines().next().unwrap()), 15)
}

/// Two fields of Linux's table of a process, in hundredths of a second.
fn ticks(path: &str, first: usize) -> f64 {
    let stat = std::fs::read_to_string(path).unwrap();
    let fields: Vec<&str> = stat.split_whitespace().collect();
    let of = |at: usize| fields[at].parse::<f64>().unwrap();
    (of(first) + of(first + 1)) / 100.0
}

/// Memory of this process in MiB, now and at its peak.
pub fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let of = |name: &str| -> u64 {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    (of("VmRSS:") / 1024, of("VmHWM:") / 1024)
}
