//! Many clients and one writer, on a store that fails when it is told to.
#![allow(clippy::unwrap_used)]

mod desk;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use desk::{NOW, OPERATOR, TERM, by_member, declared, founding, key, signed};
use setoff_journal::{
    Epoch, Lease, Limit, Micros, Origin, Row, Salt, SignedCheckpoint, Snapshot, Store, StoreError,
};
use setoff_node::{
    Answer, Bounds, Follower, Handle, Node, Outside, Queue, Receipt, Unanswered, UnionId,
};
use setoff_union::Action;

/// What the next append does.
const WORKS: u8 = 0;
const FAILS_BEFORE: u8 = 1;
const FAILS_AFTER: u8 = 2;
/// And nothing else works either, from then on.
const GOES_AWAY: u8 = 3;

/// A store whose appends and lease fail as the test says.
struct Faulty {
    store: Box<dyn Store>,
    fault: Arc<AtomicU8>,
    appends: Arc<AtomicUsize>,
}

impl Faulty {
    fn broken(&self) -> StoreError {
        StoreError::Storage {
            place: self.store.place().to_owned(),
            doing: "appending",
            why: "told to".to_owned(),
        }
    }
}

impl Store for Faulty {
    fn place(&self) -> &str {
        self.store.place()
    }
    fn origin(&self) -> &Origin {
        self.store.origin()
    }
    fn size(&mut self) -> Result<u64, StoreError> {
        self.store.size()
    }
    fn append(
        &mut self,
        epoch: Epoch,
        expected_seq: u64,
        rows: &[Row],
        checkpoints: &[SignedCheckpoint],
    ) -> Result<(), StoreError> {
        self.appends.fetch_add(1, Ordering::SeqCst);
        match self.fault.load(Ordering::SeqCst) {
            WORKS => self.store.append(epoch, expected_seq, rows, checkpoints),
            FAILS_AFTER => {
                self.fault.store(WORKS, Ordering::SeqCst);
                self.store.append(epoch, expected_seq, rows, checkpoints)?;
                Err(self.broken())
            }
            fault => {
                let next = if fault == FAILS_BEFORE { WORKS } else { GOES_AWAY };
                self.fault.store(next, Ordering::SeqCst);
                Err(self.broken())
            }
        }
    }
    fn read(&mut self, from: u64, limit: Limit) -> Result<Vec<Row>, StoreError> {
        self.store.read(from, limit)
    }
    fn hashes(&mut self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.hashes(seq)
    }
    fn checkpoints(&mut self, from: u64, limit: u32) -> Result<Vec<(u64, String)>, StoreError> {
        self.store.checkpoints(from, limit)
    }
    fn latest_checkpoint(&mut self) -> Result<Option<(u64, String)>, StoreError> {
        self.store.latest_checkpoint()
    }
    fn put_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        self.store.put_snapshot(snapshot)
    }
    fn snapshots(&mut self) -> Result<Vec<u64>, StoreError> {
        self.store.snapshots()
    }
    fn snapshot(&mut self, size: u64) -> Result<Option<Snapshot>, StoreError> {
        self.store.snapshot(size)
    }
    fn delete_snapshots(&mut self, below: u64) -> Result<(), StoreError> {
        self.store.delete_snapshots(below)
    }
    fn change_lease(
        &mut self,
        change: &mut dyn FnMut(Option<&Lease>) -> Result<Lease, StoreError>,
    ) -> Result<Lease, StoreError> {
        if self.fault.load(Ordering::SeqCst) == GOES_AWAY {
            return Err(self.broken());
        }
        self.store.change_lease(change)
    }
    fn inspect(&mut self) -> Result<(), StoreError> {
        self.store.inspect()
    }
}

/// A founded union of three behind a queue.
struct Desk {
    _folder: tempfile::TempDir,
    path: std::path::PathBuf,
    queue: Queue,
    union: Option<UnionId>,
    fault: Arc<AtomicU8>,
    appends: Arc<AtomicUsize>,
    clock: Arc<AtomicI64>,
}

fn outside(clock: &Arc<AtomicI64>) -> Outside {
    let (clock, mut salts) = (Arc::clone(clock), 0_u64);
    Outside {
        clock: Box::new(move || Micros(clock.load(Ordering::SeqCst))),
        salt: Box::new(move || {
            salts += 1;
            let mut salt = [0; 32];
            salt[..8].copy_from_slice(&salts.to_be_bytes());
            Salt(salt)
        }),
    }
}

impl Desk {
    fn founded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("three.journal");
        let (fault, appends) = (Arc::default(), Arc::default());
        let store = Faulty {
            store: desk::store(&path),
            fault: Arc::clone(&fault),
            appends: Arc::clone(&appends),
        };
        let clock = Arc::new(AtomicI64::new(NOW.0));
        let node = Node::open(Box::new(store), key(OPERATOR), "desk", NOW, TERM).unwrap();
        let queue = Queue::start(node, Bounds { term: TERM, ..Bounds::default() }, outside(&clock));
        let founding = founding();
        let union = Some(UnionId::founded_by(&founding));
        let answer = queue.handle().submit(signed(founding, &[OPERATOR, 0, 1, 2])).unwrap();
        assert_eq!(answer, Answer::Accepted(Receipt { position: 0 }));
        Self { _folder: folder, path, queue, union, fault, appends, clock }
    }

    fn declare(&self, handle: &Handle, reference: &str) -> Result<Answer, Unanswered> {
        let action = Action::Declare { obligations: vec![declared(reference)], file: None };
        handle.submit(by_member(self.union, 0, reference, &action))
    }

    /// How many obligations whoever reads the journal finds.
    fn durable(&self) -> usize {
        Follower::open(desk::store(&self.path)).unwrap().state().obligations().len()
    }

    fn fail(&self, fault: u8) {
        self.fault.store(fault, Ordering::SeqCst);
    }
}

#[test]
fn many_clients_share_appends_and_each_has_its_own_answer() {
    let desk = Desk::founded();
    let (clients, each) = (16, 10);

    let positions: Vec<u64> = std::thread::scope(|scope| {
        let of_client = |client: usize| {
            let (desk, handle) = (&desk, desk.queue.handle());
            scope.spawn(move || {
                let answers =
                    (0..each).map(|n| desk.declare(&handle, &format!("{client}/{n}")).unwrap());
                let position = |answer| match answer {
                    Answer::Accepted(Receipt { position }) => position,
                    other => panic!("{other:?}"),
                };
                answers.map(position).collect::<Vec<_>>()
            })
        };
        let threads: Vec<_> = (0..clients).map(of_client).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });

    let expected: BTreeSet<u64> = (1..=160).collect();
    assert_eq!(positions.iter().copied().collect::<BTreeSet<_>>(), expected);
    assert!(desk.appends.load(Ordering::SeqCst) <= 161);
    assert_eq!(desk.queue.handle().look(|state| state.obligations().len()), Ok(160));
    assert_eq!(desk.durable(), 160);
    desk.queue.stop().unwrap();
}

#[test]
fn what_was_not_stored_is_said_to_be_so_and_leaves_no_trace() {
    let desk = Desk::founded();
    let handle = desk.queue.handle();
    desk.fail(FAILS_BEFORE);

    let failed = desk.declare(&handle, "1");

    assert!(matches!(failed, Err(Unanswered::NotStored { .. })), "{failed:?}");
    assert_eq!(handle.look(|state| state.obligations().len()), Ok(0));
    assert_eq!(desk.declare(&handle, "1"), Ok(Answer::Accepted(Receipt { position: 1 })));
    assert_eq!(desk.durable(), 1);
}

#[test]
fn what_was_stored_though_the_append_failed_is_found_and_acknowledged() {
    let desk = Desk::founded();
    let handle = desk.queue.handle();
    desk.fail(FAILS_AFTER);

    assert_eq!(desk.declare(&handle, "1"), Ok(Answer::Accepted(Receipt { position: 1 })));

    assert_eq!(desk.durable(), 1);
    assert_eq!(desk.declare(&handle, "1"), Ok(Answer::AcceptedBefore(Receipt { position: 1 })));
    assert_eq!(desk.declare(&handle, "2"), Ok(Answer::Accepted(Receipt { position: 2 })));
}

#[test]
fn while_the_store_is_away_nobody_is_told_what_is_not_known_and_then_it_goes_on() {
    let desk = Desk::founded();
    let handle = desk.queue.handle();
    desk.fail(GOES_AWAY);

    let during = desk.declare(&handle, "1");
    assert!(matches!(during, Err(Unanswered::Unknown { .. })), "{during:?}");
    let never_tried = desk.declare(&handle, "2");
    assert!(matches!(never_tried, Err(Unanswered::NotStored { .. })), "{never_tried:?}");
    desk.fail(WORKS);

    assert_eq!(desk.declare(&handle, "1"), Ok(Answer::Accepted(Receipt { position: 1 })));
    assert_eq!(desk.durable(), 1);
}

#[test]
fn an_idle_writer_keeps_its_lease_and_one_that_lost_it_stops_and_says_who_leads() {
    let desk = Desk::founded();
    let handle = desk.queue.handle();
    let take = |now| {
        Follower::open(desk::store(&desk.path)).unwrap().lead(key(OPERATOR), "other", now, TERM)
    };
    // Its clock goes on by the whole term, a fifth at a time.
    for _ in 0..5 {
        desk.clock.fetch_add(2_000_000, Ordering::SeqCst);
        handle.look(|_| ()).unwrap();
    }
    handle.look(|_| ()).unwrap();
    let held = take(Micros(NOW.0 + 10_000_001)).err().unwrap();
    assert!(held.why.to_string().contains("desk holds the lease"), "{}", held.why);

    let mut other = take(Micros(NOW.0 + 60_000_000)).map_err(|not| not.why).unwrap();
    let late = desk.declare(&handle, "late");

    // By its append, or by a renewal just before.
    let fenced = Unanswered::Fenced { leader: "other".to_owned() };
    let late = late.unwrap_err();
    assert!(late == Unanswered::NotStored { why: fenced_text() } || late == fenced, "{late:?}");
    let later = desk.declare(&handle, "later");
    assert_eq!(later, Err(Unanswered::Fenced { leader: "other".to_owned() }));
    assert_eq!(handle.look(|_| ()), Err(Unanswered::Fenced { leader: "other".to_owned() }));
    assert!(desk.queue.stop().unwrap_err().fenced_by() == Some("other"));
    let action = Action::Declare { obligations: vec![declared("1")], file: None };
    let envelope = by_member(desk.union, 0, "1", &action);
    let (answers, _) =
        other.submit(vec![(envelope, Salt([1; 32]))], Micros(NOW.0 + 60_000_000)).unwrap();
    assert_eq!(answers, [Answer::Accepted(Receipt { position: 1 })]);
}

fn fenced_text() -> String {
    let (own, current) = (Epoch(1), Epoch(2));
    StoreError::Fenced { own, current, holder: "other".to_owned() }.to_string()
}

#[test]
fn a_queue_that_is_stopped_says_so_and_gives_the_lease_back() {
    let desk = Desk::founded();
    let handle = desk.queue.handle();
    desk.queue.stop().unwrap();

    let refused = handle.submit(signed(founding(), &[OPERATOR, 0, 1, 2]));

    assert!(matches!(refused, Err(Unanswered::Stopped { .. })), "{refused:?}");
    let next = Follower::open(desk::store(&desk.path)).unwrap();
    next.lead(key(OPERATOR), "next", NOW, TERM).map_err(|not| not.why).unwrap().close().unwrap();
}

#[test]
fn a_writer_that_waits_renews_by_the_machines_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let node = Node::open(desk::store(&path), key(OPERATOR), "desk", NOW, TERM).unwrap();
    let begun = std::time::Instant::now();
    let clock = move || Micros(NOW.0 + i64::try_from(begun.elapsed().as_micros()).unwrap());
    let salt = Box::new(|| Salt([1; 32]));
    let bounds = Bounds { term: Duration::from_millis(300), ..Bounds::default() };
    let queue = Queue::start(node, bounds, Outside { clock: Box::new(clock), salt });
    std::thread::sleep(Duration::from_millis(900));

    let now = Micros(NOW.0 + i64::try_from(begun.elapsed().as_micros()).unwrap());
    let taken = Follower::open(desk::store(&path)).unwrap().lead(key(OPERATOR), "other", now, TERM);

    // Unless the machine stood still for longer than the term, nobody could take over.
    assert!(taken.is_err() || begun.elapsed() > Duration::from_millis(1100));
    drop(queue.stop());
}
