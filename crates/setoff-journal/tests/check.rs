//! The check finds what was changed, and names it.
#![allow(clippy::unwrap_used)]

mod contract;

use std::fs;
use std::path::{Path, PathBuf};

use contract::{entries, entry_at, lead, member, operator, origin};
use rusqlite::Connection;
use setoff_journal::{
    Check, Checked, Entry, Envelope, EnvelopeError, Fault, Journal, KeyId, Limit, Micros,
    PublicKey, Salt, SecretKey, SignedCheckpoint, Snapshot, SqliteStore, Store,
};

struct Made {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

/// A journal of 60 entries in 12 batches, some of them larger than a page, with a snapshot.
fn made() -> Made {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("union.journal");
    let store = SqliteStore::create(&path, &origin()).unwrap();
    let mut journal = Journal::open(Box::new(store)).unwrap();
    let epoch = lead(&mut journal, "a");
    for first in (0..60).step_by(5) {
        let more = |seq: u64| if seq.is_multiple_of(7) { 6000 } else { 100 };
        let batch: Vec<_> = (first..first + 5).map(|seq| entry_at(seq, more(seq))).collect();
        journal.append(epoch, &batch, &operator()).unwrap();
    }
    let root = journal.root_at(40).unwrap();
    let snapshot = Snapshot { size: 40, root, body: vec![3; 10_000] };
    journal.store().put_snapshot(&snapshot).unwrap();
    Made { _folder: folder, path }
}

fn known(id: KeyId) -> Option<PublicKey> {
    (id == member().id()).then(|| member().public())
}

fn check_with(path: &Path, elsewhere: &[SignedCheckpoint]) -> Result<Checked, Fault> {
    let mut store = SqliteStore::open(path)?;
    let mut check = Check::begin(&mut store, elsewhere)?;
    while check.next(|_, id| known(id), &[operator().public()])?.is_some() {}
    check.finish()
}

fn check(path: &Path) -> Result<Checked, Fault> {
    check_with(path, &[])
}

fn run(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

fn last_checkpoint(path: &Path) -> SignedCheckpoint {
    let (_, note) = SqliteStore::open(path).unwrap().latest_checkpoint().unwrap().unwrap();
    SignedCheckpoint::parse(&note).unwrap()
}

#[test]
fn a_whole_journal_is_found_right() {
    let made = made();

    let checked = check_with(&made.path, &[last_checkpoint(&made.path)]).unwrap();

    let root = last_checkpoint(&made.path).checkpoint().root;
    let expected = Checked { entries: 60, signatures: 60, checkpoints: 13, snapshots: 1, root };
    assert_eq!(checked, expected);
}

#[test]
fn the_first_changed_entry_is_named() {
    let made = made();
    // The receipt time, which nobody signed.
    let time = "CAST(substr(body, 1, 48) || x'01' || substr(body, 50) AS BLOB)";
    run(&made.path, &format!("UPDATE entry SET body = {time} WHERE seq IN (33, 50)"));

    assert_eq!(check(&made.path), Err(Fault::Changed { seq: 33 }));
}

#[test]
fn entries_that_changed_places_are_named() {
    let made = made();
    run(
        &made.path,
        "UPDATE entry SET seq = -1 WHERE seq = 3; UPDATE entry SET seq = 3 WHERE seq = 4; UPDATE entry SET seq = 4 WHERE seq = -1",
    );

    assert!(matches!(check(&made.path), Err(Fault::Unreadable { seq: 3, .. })));
}

#[test]
fn a_missing_entry_is_named() {
    let made = made();
    run(&made.path, "DELETE FROM entry WHERE seq = 21");

    assert!(matches!(check(&made.path), Err(Fault::Unreadable { seq: 21, .. })));
}

#[test]
fn an_entry_signed_by_a_key_that_is_not_in_force_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("union.journal");
    let store = SqliteStore::create(&path, &origin()).unwrap();
    let mut journal = Journal::open(Box::new(store)).unwrap();
    let epoch = lead(&mut journal, "a");
    let stranger = SecretKey::from_seed(&[9; 32]);
    let mut envelope = Envelope::new("text/plain", b"2".to_vec()).unwrap();
    envelope.sign(&stranger).unwrap();
    let strange = Entry { seq: 2, received: Micros(0), salt: Salt([0; 32]), envelope };
    let batch = [entries(0, 2), vec![strange]].concat();
    journal.append(epoch, &batch, &operator()).unwrap();

    let why = EnvelopeError::UnknownKey(stranger.id());
    assert_eq!(check(&path), Err(Fault::Signature { seq: 2, why }));
}

#[test]
fn a_journal_cut_back_is_whole_to_itself_and_not_to_a_checkpoint_kept_elsewhere() {
    let made = made();
    let elsewhere = last_checkpoint(&made.path);
    run(&made.path, "DELETE FROM entry WHERE seq >= 55");
    assert_eq!(check(&made.path), Err(Fault::Length { size: 55, stated: 60 }));
    run(&made.path, "DELETE FROM checkpoint WHERE size > 55");

    assert_eq!(check(&made.path).unwrap().entries, 55);
    let found = check_with(&made.path, std::slice::from_ref(&elsewhere));
    assert_eq!(found, Err(Fault::Length { size: 55, stated: 60 }));
}

/// The operator writes the last entries anew, with everything that it can sign.
#[test]
fn a_second_history_is_whole_to_itself_and_not_to_a_checkpoint_kept_elsewhere() {
    let made = made();
    let elsewhere = last_checkpoint(&made.path);
    run(&made.path, "DELETE FROM entry WHERE seq >= 55; DELETE FROM checkpoint WHERE size > 55");
    let store = SqliteStore::open(&made.path).unwrap();
    let mut journal = Journal::open(Box::new(store)).unwrap();
    let epoch = lead(&mut journal, "operator");
    let other: Vec<_> = (55..60).map(|seq| entry_at(seq, 1)).collect();
    journal.append(epoch, &other, &operator()).unwrap();

    assert_eq!(check(&made.path).unwrap().entries, 60);
    let found = check_with(&made.path, &[elsewhere]);
    assert!(matches!(found, Err(Fault::Root { size: 60, .. })));
}

#[test]
fn a_checkpoint_of_another_operator_and_one_out_of_place_are_named() {
    let made = made();
    run(
        &made.path,
        "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 10) WHERE size = 15",
    );
    assert_eq!(check(&made.path), Err(Fault::Misplaced { size: 15, stated: 10 }));

    let stranger = SecretKey::from_seed(&[8; 32]);
    let forged =
        SignedCheckpoint::sign(last_checkpoint(&made.path).checkpoint().clone(), &stranger);
    let connection = Connection::open(&made.path).unwrap();
    connection.execute("DELETE FROM checkpoint WHERE size < 60", []).unwrap();
    connection.execute("UPDATE checkpoint SET note = ?1", [forged.to_string()]).unwrap();
    assert!(matches!(check(&made.path), Err(Fault::Checkpoint { size: 60, .. })));
}

#[test]
fn a_changed_snapshot_is_named_and_not_used() {
    let made = made();
    run(&made.path, "UPDATE snapshot_part SET body = zeroblob(10000)");

    assert_eq!(check(&made.path), Err(Fault::Snapshot { size: 40 }));
    let store = SqliteStore::open(&made.path).unwrap();
    assert_eq!(Journal::open(Box::new(store)).unwrap().latest_snapshot().unwrap(), None);
}

/// Everything that a reader can see of a journal.
fn seen(path: &Path) -> (Vec<Entry>, Vec<(u64, String)>, Option<Snapshot>) {
    let store = SqliteStore::open(path).unwrap();
    let mut journal = Journal::open(Box::new(store)).unwrap();
    let all = Limit { rows: u32::MAX, bytes: u64::MAX };
    let notes = journal.store().checkpoints(0, u32::MAX).unwrap();
    (journal.read(0, all).unwrap(), notes, journal.latest_snapshot().unwrap())
}

/// splitmix64 (Steele, Lea, Flood 2014).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Flips one random bit of the file, this many times: the check finds it, or all that a reader can
/// see is as it was.
fn flip(times: u32, mut seed: u64) {
    let made = made();
    let whole = fs::read(&made.path).unwrap();
    let expected = seen(&made.path);
    let path = made.path.with_extension("flipped");
    let (mut found, mut harmless) = (0, 0);
    for _ in 0..times {
        let at = usize::try_from(random(&mut seed) % whole.len() as u64).unwrap();
        let bit = random(&mut seed) % 8;
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << bit;
        fs::write(&path, &flipped).unwrap();
        if check(&path).is_err() {
            found += 1;
        } else {
            assert_eq!(seen(&path), expected, "bit {bit} of byte {at}");
            harmless += 1;
        }
        for beside in ["flipped-wal", "flipped-shm"] {
            let _ = fs::remove_file(made.path.with_extension(beside));
        }
    }
    eprintln!("{times} flips in {} bytes: {found} found, {harmless} harmless", whole.len());
    assert!(found > harmless);
}

#[test]
fn a_flipped_bit_anywhere_in_the_file_is_found_or_harmless() {
    flip(300, 1);
}

#[test]
#[ignore = "takes minutes"]
fn each_of_ten_thousand_flipped_bits_is_found_or_harmless() {
    flip(10_000, 2);
}
