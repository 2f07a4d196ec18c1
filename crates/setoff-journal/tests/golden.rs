//! A journal of each version that there ever was, kept in the repository: every later version reads
//! it, and finds the same root.
//!
//! `SETOFF_MAKE_GOLDEN=1 cargo test -p setoff-journal --test golden` makes a missing one. One that is
//! there is never made again.
#![allow(clippy::unwrap_used)]

mod contract;

use std::fs;
use std::path::{Path, PathBuf};

use contract::{entries, lead, member, operator, origin};
use setoff_journal::{
    Check, Checked, Journal, KeyId, Limit, PublicKey, SCHEMA_VERSION, Snapshot, SqliteStore,
};

fn golden(version: u32) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    folder.join(format!("version-{version}.journal"))
}

fn known(id: KeyId) -> Option<PublicKey> {
    (id == member().id()).then(|| member().public())
}

/// 11 entries in three batches and a snapshot of the first 8.
fn make(path: &Path) {
    let store = SqliteStore::create(path, &origin()).unwrap();
    let mut journal = Journal::open(Box::new(store)).unwrap();
    let epoch = lead(&mut journal, "golden");
    for size in [1, 8, 11] {
        journal.append(epoch, &entries(journal.size(), size), &operator()).unwrap();
    }
    let root = journal.root_at(8).unwrap();
    journal.store().put_snapshot(&Snapshot { size: 8, root, body: b"state".to_vec() }).unwrap();
}

#[test]
fn a_journal_of_every_version_is_read_and_has_the_root_that_it_had() {
    let folder = tempfile::tempdir().unwrap();
    for version in 1..=SCHEMA_VERSION {
        let kept = golden(version);
        if !kept.exists() && std::env::var_os("SETOFF_MAKE_GOLDEN").is_some() {
            make(&kept);
        }
        // Opening may migrate it, so that a copy is opened.
        let path = folder.path().join(version.to_string());
        fs::copy(&kept, &path).unwrap();
        let mut store = SqliteStore::open(&path).unwrap();

        let mut check = Check::begin(&mut store, &[]).unwrap();
        while check.next(|_, id| known(id), &[operator().public()]).unwrap().is_some() {}
        let root = ROOT.parse().unwrap();
        let whole = Checked { entries: 11, signatures: 11, checkpoints: 3, snapshots: 1, root };
        assert_eq!(check.finish(), Ok(whole));
        let mut journal = Journal::open(Box::new(store)).unwrap();
        assert_eq!(journal.read(0, Limit::default()).unwrap(), entries(0, 11));
        assert_eq!(journal.latest_snapshot().unwrap().unwrap().body, b"state");
    }
}

/// The root over the same eleven entries, in every version.
const ROOT: &str = "1d7958b9d097eaf39ebb313960b0a2a90be4da6ccf5e01c881790105ede0d5e7";
