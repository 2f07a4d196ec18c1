//! What every store must do. Each test takes a function that opens the same empty journal anew, as
//! another process would.
// Each test that takes this in uses a part of it.
#![allow(clippy::unwrap_used, dead_code, unused_imports, unused_macros)]

use std::time::Duration;

use setoff_journal::lease::{release, renew, take};
use setoff_journal::merkle::{verify_consistency, verify_inclusion};
use setoff_journal::{
    Entry, Envelope, Epoch, Journal, JournalError, Limit, Micros, Origin, Salt, SecretKey,
    Snapshot, Store, StoreError, Takeover, entry,
};

pub(crate) type Open<'a> = &'a dyn Fn() -> Box<dyn Store>;

pub(crate) const TERM: Duration = Duration::from_secs(10);
const LATER: Micros = Micros(60_000_000);

pub(crate) fn origin() -> Origin {
    Origin::new("example.org/union").unwrap()
}

pub(crate) fn operator() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

pub(crate) fn member() -> SecretKey {
    SecretKey::from_seed(&[2; 32])
}

/// An entry whose payload is its position and this many more bytes.
pub(crate) fn entry_at(seq: u64, more: usize) -> Entry {
    let mut payload = seq.to_string().into_bytes();
    payload.extend(std::iter::repeat_n(b'.', more));
    let mut envelope = Envelope::new("text/plain", payload).unwrap();
    envelope.sign(&member()).unwrap();
    let salt = Salt(std::array::from_fn(|i| u8::try_from((seq + i as u64) % 251).unwrap()));
    Entry { seq, received: Micros(i64::try_from(seq).unwrap() * 1000), salt, envelope }
}

pub(crate) fn entries(from: u64, to: u64) -> Vec<Entry> {
    (from..to).map(|seq| entry_at(seq, 0)).collect()
}

pub(crate) fn lead(journal: &mut Journal, holder: &str) -> Epoch {
    take(journal.store(), holder, Micros(0), TERM, Takeover::AtOnce).unwrap().epoch
}

pub(crate) fn opened(open: Open<'_>) -> Journal {
    Journal::open(open()).unwrap()
}

fn wrong_position(expected: u64, size: u64) -> JournalError {
    StoreError::WrongPosition { expected, size }.into()
}

pub(crate) fn what_was_appended_is_there_for_whoever_opens_it_later(open: Open<'_>) {
    let mut journal = opened(open);
    assert_eq!((journal.size(), journal.origin()), (0, &origin()));
    let epoch = lead(&mut journal, "a");

    let first = journal.append(epoch, &entries(0, 3), &operator()).unwrap();
    let second = journal.append(epoch, &entries(3, 4), &operator()).unwrap();

    let mut later = opened(open);
    assert_eq!(later.size(), 4);
    assert_eq!(later.root(), second.checkpoint().root);
    assert_eq!(later.root_at(3).unwrap(), first.checkpoint().root);
    assert_eq!(later.read(0, Limit::default()).unwrap(), entries(0, 4));
    assert_eq!(later.read(4, Limit::default()).unwrap(), []);
    let notes = later.store().checkpoints(0, 10).unwrap();
    assert_eq!(notes, [(3, first.to_string()), (4, second.to_string())]);
    assert_eq!(second.verify(&origin(), &operator().public()).unwrap().size, 4);
    later.store().inspect().unwrap();
}

pub(crate) fn reading_stops_at_the_limit_and_always_gets_on(open: Open<'_>) {
    let mut journal = opened(open);
    let epoch = lead(&mut journal, "a");
    let batch: Vec<_> = (0..6).map(|seq| entry_at(seq, 1000)).collect();
    journal.append(epoch, &batch, &operator()).unwrap();
    let mut read = |rows, bytes| journal.read(1, Limit { rows, bytes }).unwrap().len();

    assert_eq!(read(3, u64::MAX), 3);
    assert_eq!(read(100, u64::MAX), 5);
    assert_eq!(read(100, 2500), 2);
    assert_eq!(read(100, 1), 1);
    assert_eq!(read(0, 0), 1);
}

pub(crate) fn large_entries_come_back(open: Open<'_>) {
    let mut journal = opened(open);
    let epoch = lead(&mut journal, "a");
    let batch: Vec<_> = [0, 1, 2].map(|seq| entry_at(seq, 3 << 20)).to_vec();

    journal.append(epoch, &batch, &operator()).unwrap();

    assert_eq!(opened(open).read(0, Limit::default()).unwrap(), batch);
}

pub(crate) fn entries_out_of_line_are_refused_and_leave_nothing(open: Open<'_>) {
    let mut journal = opened(open);
    let epoch = lead(&mut journal, "a");

    let gap = journal.append(epoch, &entries(1, 2), &operator());
    assert_eq!(gap, Err(JournalError::OutOfLine { expected: 0, found: Some(1) }));
    let none = journal.append(epoch, &[], &operator());
    assert_eq!(none, Err(JournalError::OutOfLine { expected: 0, found: None }));
    assert_eq!(opened(open).size(), 0);
}

pub(crate) fn proofs_of_what_is_stored_verify(open: Open<'_>) {
    let mut journal = opened(open);
    let epoch = lead(&mut journal, "a");
    for size in [1, 2, 4, 11, 20] {
        journal.append(epoch, &entries(journal.size(), size), &operator()).unwrap();
    }

    for (size, old) in [(20, 11), (20, 16), (11, 7), (20, 20)] {
        let (root, old_root) = (journal.root_at(size).unwrap(), journal.root_at(old).unwrap());
        let proof = journal.consistency_proof(old, size).unwrap();
        assert!(verify_consistency(old, size, &old_root, &root, &proof));
        let seq = old - 1;
        let leaf = entry::leaf(&entry_at(seq, 0).encode());
        let proof = journal.inclusion_proof(seq, size).unwrap();
        assert!(verify_inclusion(seq, size, &leaf, &proof, &root));
    }
    assert!(matches!(journal.inclusion_proof(0, 21), Err(JournalError::OutOfRange(_))));
}

pub(crate) fn nobody_writes_without_the_lease(open: Open<'_>) {
    let mut journal = opened(open);

    let refused = journal.append(Epoch(0), &entries(0, 1), &operator());

    assert_eq!(refused, Err(StoreError::NoLease.into()));
    assert_eq!(opened(open).size(), 0);
}

pub(crate) fn a_lease_is_kept_from_others_until_it_expires(open: Open<'_>) {
    let (mut a, mut b) = (open(), open());

    let held = take(a.as_mut(), "a", Micros(0), TERM, Takeover::WhenExpired).unwrap();
    assert_eq!(held.until, Micros(10_000_000));
    let refused = take(b.as_mut(), "b", Micros(9_999_999), TERM, Takeover::WhenExpired);
    assert_eq!(refused, Err(StoreError::Held(held.clone())));
    let renewed = renew(a.as_mut(), held.epoch, Micros(5_000_000), TERM).unwrap();
    let refused = take(b.as_mut(), "b", Micros(14_999_999), TERM, Takeover::WhenExpired);
    assert_eq!(refused, Err(StoreError::Held(renewed)));
    let taken = take(b.as_mut(), "b", Micros(15_000_000), TERM, Takeover::WhenExpired).unwrap();

    assert!(taken.epoch > held.epoch);
    let late = renew(a.as_mut(), held.epoch, Micros(15_000_001), TERM);
    assert!(matches!(late, Err(StoreError::Fenced { current, .. }) if current == taken.epoch));
}

pub(crate) fn a_released_lease_is_free_and_its_holder_writes_no_more(open: Open<'_>) {
    let (mut a, mut b) = (opened(open), opened(open));
    let epoch = take(a.store(), "a", Micros(0), TERM, Takeover::WhenExpired).unwrap().epoch;

    release(a.store(), epoch).unwrap();

    let late = a.append(epoch, &entries(0, 1), &operator());
    assert!(matches!(late, Err(JournalError::Store(StoreError::Fenced { .. }))));
    let taken = take(b.store(), "b", Micros(1), TERM, Takeover::WhenExpired).unwrap();
    b.append(taken.epoch, &entries(0, 1), &operator()).unwrap();
}

/// A writer that slept through its lease wakes and does not know: its append, its renewal and its
/// release are refused, and the history is the other's.
pub(crate) fn a_writer_that_slept_through_its_lease_is_fenced(open: Open<'_>) {
    let (mut a, mut b) = (opened(open), opened(open));
    let old = lead(&mut a, "a");
    a.append(old, &entries(0, 2), &operator()).unwrap();

    let new = take(b.store(), "b", LATER, TERM, Takeover::WhenExpired).unwrap().epoch;
    // Before the new one wrote anything, so that only the epoch can tell.
    let woken = a.append(old, &entries(2, 3), &operator());
    let fenced = StoreError::Fenced { own: old, current: new, holder: "b".to_owned() };
    assert_eq!(woken, Err(fenced.clone().into()));
    assert_eq!(release(a.store(), old), Err(fenced.clone()));

    b.refresh().unwrap();
    b.append(new, &entries(2, 5), &operator()).unwrap();
    assert_eq!(a.append(old, &entries(2, 3), &operator()), Err(fenced.into()));
    assert_eq!(a.refresh().unwrap(), 5);
    assert_eq!(a.root(), b.root());
}

/// One that took over but did not look what its predecessor appended last.
pub(crate) fn a_writer_behind_the_end_is_refused(open: Open<'_>) {
    let (mut a, mut b) = (opened(open), opened(open));
    let old = lead(&mut a, "a");
    a.append(old, &entries(0, 2), &operator()).unwrap();
    let new = take(b.store(), "b", LATER, TERM, Takeover::WhenExpired).unwrap().epoch;

    let behind = b.append(new, &entries(0, 1), &operator());

    assert_eq!(behind, Err(wrong_position(0, 2)));
    assert_eq!(opened(open).root(), a.root());
}

/// Two writers in two threads take the lease from one another all the time, each believing to be
/// right. What each was told is durable is there in the end, once.
pub(crate) fn two_writers_that_fight_never_make_two_histories(open: Open<'_>, rounds: u64) {
    let begin = std::sync::Barrier::new(2);
    let fight = |mut journal: Journal, name: u8| {
        begin.wait();
        let mut acknowledged = Vec::new();
        let mut fenced = 0;
        let mut round = 0;
        while round < rounds {
            let epoch = lead(&mut journal, "fighter");
            journal.refresh().unwrap();
            while round < rounds {
                round += 1;
                let mut entry = entry_at(journal.size(), 0);
                entry.salt = Salt([name; 32]);
                match journal.append(epoch, std::slice::from_ref(&entry), &operator()) {
                    Ok(_) => {
                        acknowledged.push(entry);
                        std::thread::sleep(Duration::from_millis(1)); // lets the other in
                    }
                    Err(JournalError::Store(
                        StoreError::Fenced { .. } | StoreError::WrongPosition { .. },
                    )) => {
                        fenced += 1;
                        break;
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        }
        (acknowledged, fenced)
    };
    let journals = [opened(open), opened(open)];
    let told: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..)
            .zip(journals)
            .map(|(name, journal)| {
                scope.spawn({
                    let fight = &fight;
                    move || fight(journal, name)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });

    let all = opened(open).read(0, Limit { rows: u32::MAX, bytes: u64::MAX }).unwrap();
    let acknowledged: usize = told.iter().map(|(entries, _)| entries.len()).sum();
    assert_eq!(all.len(), acknowledged);
    for entry in told.iter().flat_map(|(entries, _)| entries) {
        assert_eq!(all[usize::try_from(entry.seq).unwrap()], *entry);
    }
    let fenced: u64 = told.iter().map(|(_, fenced)| fenced).sum();
    eprintln!("{acknowledged} entries of two writers, {fenced} appends fenced off");
    assert!(fenced > 0, "they never met");
}

pub(crate) fn snapshots_come_back_and_deleting_them_loses_nothing(open: Open<'_>) {
    let mut journal = opened(open);
    let epoch = lead(&mut journal, "a");
    journal.append(epoch, &entries(0, 5), &operator()).unwrap();
    let snapshot = |journal: &mut Journal, size, length| Snapshot {
        size,
        root: journal.root_at(size).unwrap(),
        body: vec![9; length],
    };
    let (small, large) = (snapshot(&mut journal, 2, 0), snapshot(&mut journal, 4, 40 << 20));

    journal.store().put_snapshot(&small).unwrap();
    journal.store().put_snapshot(&snapshot(&mut opened(open), 4, 7)).unwrap();
    journal.store().put_snapshot(&large).unwrap();

    assert_eq!(journal.store().snapshots().unwrap(), [2, 4]);
    assert_eq!(journal.store().snapshot(2).unwrap(), Some(small.clone()));
    assert_eq!(journal.store().snapshot(3).unwrap(), None);
    assert!(journal.latest_snapshot().unwrap() == Some(large));
    let other = Snapshot { size: 5, root: small.root, body: vec![1] };
    journal.store().put_snapshot(&other).unwrap();
    assert_eq!(journal.latest_snapshot().unwrap().unwrap().size, 4, "5 is of another history");
    journal.store().delete_snapshots(4).unwrap();
    assert_eq!(journal.store().snapshots().unwrap(), [4, 5]);
    journal.store().delete_snapshots(u64::MAX).unwrap();
    assert_eq!(journal.latest_snapshot().unwrap(), None);
    assert_eq!(opened(open).read(0, Limit::default()).unwrap(), entries(0, 5));
}

/// Makes one test of each function above for the store that `$with` gives an opener of.
macro_rules! contract_tests {
    ($with:ident) => {
        $crate::contract::contract_tests!($with:
            what_was_appended_is_there_for_whoever_opens_it_later,
            reading_stops_at_the_limit_and_always_gets_on,
            large_entries_come_back,
            entries_out_of_line_are_refused_and_leave_nothing,
            proofs_of_what_is_stored_verify,
            nobody_writes_without_the_lease,
            a_lease_is_kept_from_others_until_it_expires,
            a_released_lease_is_free_and_its_holder_writes_no_more,
            a_writer_that_slept_through_its_lease_is_fenced,
            a_writer_behind_the_end_is_refused,
            snapshots_come_back_and_deleting_them_loses_nothing
        );
        #[test]
        fn two_writers_that_fight_never_make_two_histories() {
            $with(|open| contract::two_writers_that_fight_never_make_two_histories(open, 150));
        }
    };
    ($with:ident: $($name:ident),+) => {
        $(#[test]
        fn $name() {
            $with(|open| contract::$name(open));
        })+
    };
}
pub(crate) use contract_tests;
