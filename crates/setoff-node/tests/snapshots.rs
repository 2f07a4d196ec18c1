//! A start from a snapshot gives what a replay gives, and no snapshot is needed.
#![allow(clippy::unwrap_used)]

mod desk;

use std::path::Path;

use desk::{Desk, NOW, OPERATOR, TERM, declared, key, store};
use setoff_journal::{Journal, Origin, Snapshot, SqliteStore, copy};
use setoff_node::{Answer, Follower, Node, Receipt, read};
use setoff_union::{Action, ObligationId};

/// So many that a snapshot is worth it each time.
const MANY: usize = 12_000;

/// Ann declares many, in three commands with a snapshot after each, and Bob confirms one.
fn busy(path: &Path) {
    let mut desk = Desk::founded(path);
    for part in 0..3 {
        let rows = (0..MANY).map(|row| declared(&format!("{part}/{row}"))).collect();
        let action = Action::Declare { obligations: rows, file: None };
        let answer = desk.member(0, &format!("{part}"), &action);
        assert_eq!(answer, Answer::Accepted(Receipt { position: part + 1 }));
        desk.node.keep_snapshot();
    }
    desk.member(1, "1", &Action::Confirm { obligations: vec![ObligationId(7)] });
    desk.node.close().unwrap();
}

fn snapshots(path: &Path) -> Vec<u64> {
    store(path).snapshots().unwrap()
}

/// What a start finds there, and whether it knows again what was accepted.
fn started(path: &Path) -> (setoff_union::Digest, Answer) {
    let node = Node::open(store(path), key(OPERATOR), "desk", NOW, TERM).unwrap();
    let digest = node.state().digest();
    let mut desk = Desk::with(node);
    let again = Action::Confirm { obligations: vec![ObligationId(7)] };
    let answer = desk.member(1, "1", &again);
    desk.node.close().unwrap();
    (digest, answer)
}

#[test]
fn replay_from_the_first_entry_from_each_snapshot_and_on_a_copy_is_the_same_state() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("three.journal"), folder.path().join("other"));
    busy(&path);
    let replayed = read(&mut Journal::open(store(&path)).unwrap()).unwrap();
    let expected = (replayed.state.digest(), Answer::AcceptedBefore(Receipt { position: 4 }));
    assert_eq!(snapshots(&path), [3, 4], "all but the last two are deleted");

    assert_eq!(started(&path), expected, "from the newest");
    let kept: Vec<Snapshot> =
        [3, 4].map(|size| store(&path).snapshot(size).unwrap().unwrap()).to_vec();
    store(&path).delete_snapshots(u64::MAX).unwrap();
    assert_eq!(started(&path), expected, "from none");
    for snapshot in kept {
        store(&path).delete_snapshots(u64::MAX).unwrap();
        store(&path).put_snapshot(&snapshot).unwrap();
        assert_eq!(started(&path), expected, "from that of {}", snapshot.size);
    }
    let empty = SqliteStore::create(&other, &Origin::new("example.org/three").unwrap()).unwrap();
    copy(store(&path), Box::new(empty), &mut || NOW).unwrap();
    assert_eq!(started(&other), expected, "on a copy");
}

#[test]
fn a_snapshot_of_another_version_or_history_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    busy(&path);
    let expected = read(&mut Journal::open(store(&path)).unwrap()).unwrap().state.digest();
    let good = store(&path).snapshot(4).unwrap().unwrap();
    let start = || Follower::open(store(&path)).unwrap().state().digest();

    let mut later = good.clone();
    later.body[0] += 1;
    store(&path).put_snapshot(&later).unwrap();
    assert_eq!(start(), expected, "begins with that of 3");
    let mut cut_off = good.clone();
    cut_off.body.pop();
    store(&path).put_snapshot(&cut_off).unwrap();
    assert_eq!(start(), expected);
    let elsewhere = Snapshot { size: 5, ..good };
    store(&path).put_snapshot(&elsewhere).unwrap();
    assert_eq!(start(), expected, "its root is another's");
}

#[test]
fn who_follows_reads_what_was_appended_since_and_takes_over_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let mut desk = Desk::founded(&path);
    let mut follower = Follower::open(store(&path)).unwrap();

    desk.member(0, "1", &desk::declaration());
    follower.follow().unwrap();
    assert_eq!(follower.state().digest(), desk.node.state().digest());
    let refused = follower.lead(key(OPERATOR), "second", NOW, TERM).err().unwrap();
    desk.member(1, "2", &Action::Confirm { obligations: vec![ObligationId(0)] });
    let digest = desk.node.state().digest();
    desk.node.close().unwrap();
    let second = refused.follower.lead(key(OPERATOR), "second", NOW, TERM);

    assert_eq!(second.map_err(|not| not.why).unwrap().state().digest(), digest);
}
