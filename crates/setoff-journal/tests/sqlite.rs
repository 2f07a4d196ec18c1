//! The contract on SQLite, and what is particular to a file.
#![allow(clippy::unwrap_used)]

mod contract;

use std::fs;
use std::path::Path;

use contract::{Open, contract_tests, entries, lead, operator, origin};
use setoff_journal::{Journal, JournalError, Origin, SqliteStore, Store, StoreError};

fn on_sqlite(test: impl FnOnce(Open<'_>)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("union.journal");
    drop(SqliteStore::create(&path, &origin()).unwrap());
    test(&|| Box::new(SqliteStore::open(&path).unwrap()));
}

contract_tests!(on_sqlite);

fn in_folder(test: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    test(&folder.path().join("union.journal"));
}

fn refusal(path: &Path) -> StoreError {
    SqliteStore::open(path).err().unwrap()
}

#[test]
fn the_file_says_that_it_is_a_journal_and_of_which_version() {
    in_folder(|path| {
        drop(SqliteStore::create(path, &origin()).unwrap());

        let head = fs::read(path).unwrap();
        assert_eq!(&head[68..72], b"SetJ");
        assert_eq!(head[60..64], 1_u32.to_be_bytes());
    });
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_a_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    in_folder(|path| {
        let _open = SqliteStore::create(path, &origin()).unwrap();

        for beside in ["", "-wal", "-shm"] {
            let name = format!("{}{beside}", path.display());
            assert_eq!(fs::metadata(name).unwrap().permissions().mode() & 0o777, 0o600);
        }
    });
}

#[test]
fn a_journal_is_not_made_twice() {
    in_folder(|path| {
        drop(SqliteStore::create(path, &origin()).unwrap());
        let other = Origin::new("example.org/other").unwrap();

        let again = SqliteStore::create(path, &other).err().unwrap();

        assert_eq!(again, StoreError::Exists { place: path.display().to_string() });
        assert_eq!(SqliteStore::open(path).unwrap().origin(), &origin());
    });
}

#[test]
fn what_is_no_journal_is_left_as_it_was() {
    in_folder(|path| {
        assert!(matches!(refusal(path), StoreError::NotAJournal { .. }), "no file");
        assert!(!path.exists());
        let text = "debtor,creditor,amount\n".repeat(100);
        fs::write(path, &text).unwrap();
        assert!(matches!(refusal(path), StoreError::NotAJournal { .. }), "a table");
        assert_eq!(fs::read_to_string(path).unwrap(), text);
        fs::remove_file(path).unwrap();
        let other = rusqlite::Connection::open(path).unwrap();
        other.execute_batch("CREATE TABLE other (id INTEGER)").unwrap();
        drop(other);
        let bytes = fs::read(path).unwrap();
        assert!(matches!(refusal(path), StoreError::NotAJournal { .. }), "another database");
        let create = SqliteStore::create(path, &origin()).err().unwrap();
        assert!(matches!(create, StoreError::NotAJournal { .. }));
        assert_eq!(fs::read(path).unwrap(), bytes);
    });
}

#[test]
fn a_file_of_a_later_version_is_refused_with_the_remedy() {
    in_folder(|path| {
        drop(SqliteStore::create(path, &origin()).unwrap());
        let later = rusqlite::Connection::open(path).unwrap();
        later.pragma_update(None, "user_version", 9).unwrap();
        drop(later);

        let refused = refusal(path);

        assert_eq!(refused, StoreError::Later { place: path.display().to_string(), found: 9 });
        assert!(refused.to_string().ends_with("use a newer program"));
    });
}

#[test]
fn a_lost_tail_is_noticed_when_the_journal_is_opened() {
    in_folder(|path| {
        let mut journal =
            Journal::open(Box::new(SqliteStore::create(path, &origin()).unwrap())).unwrap();
        let epoch = lead(&mut journal, "a");
        journal.append(epoch, &entries(0, 5), &operator()).unwrap();
        drop(journal);
        let cut = rusqlite::Connection::open(path).unwrap();
        cut.execute_batch("DELETE FROM entry WHERE seq = 4").unwrap();
        drop(cut);

        let opened = Journal::open(Box::new(SqliteStore::open(path).unwrap())).err().unwrap();

        assert!(matches!(opened, JournalError::NotAsStated { size: 4, stated_size: 5, .. }));
    });
}

#[test]
fn a_full_disk_refuses_the_append_and_loses_nothing() {
    in_folder(|path| {
        let mut journal =
            Journal::open(Box::new(SqliteStore::create(path, &origin()).unwrap())).unwrap();
        let epoch = lead(&mut journal, "a");
        journal.append(epoch, &entries(0, 5), &operator()).unwrap();
        drop(journal);
        // SQLite's own bound on pages answers as a full disk does.
        let pages = fs::metadata(path).unwrap().len() / 4096;
        let store = SqliteStore::open(path).unwrap().with_largest_size(pages + 2).unwrap();
        let mut journal = Journal::open(Box::new(store)).unwrap();

        let full = journal.append(epoch, &[contract::entry_at(5, 1 << 20)], &operator());

        assert!(matches!(full, Err(JournalError::Store(StoreError::Storage { .. }))), "{full:?}");
        assert_eq!(journal.refresh().unwrap(), 5);
        journal.append(epoch, &entries(5, 6), &operator()).unwrap();
        let mut later = Journal::open(Box::new(SqliteStore::open(path).unwrap())).unwrap();
        assert_eq!(later.read(0, setoff_journal::Limit::default()).unwrap(), entries(0, 6));
    });
}

/// The log of a file whose machine failed is cut off anywhere: what opens is a beginning of what
/// was there that ends with a whole batch.
#[test]
fn a_torn_log_opens_at_the_end_of_a_whole_batch() {
    in_folder(|path| {
        let mut journal =
            Journal::open(Box::new(SqliteStore::create(path, &origin()).unwrap())).unwrap();
        let epoch = lead(&mut journal, "a");
        let mut roots = vec![journal.root()];
        for _ in 0..12 {
            let size = journal.size();
            journal.append(epoch, &entries(size, size + 3), &operator()).unwrap();
            roots.push(journal.root());
        }
        let (file, log) =
            (fs::read(path).unwrap(), fs::read(path.with_extension("journal-wal")).unwrap());
        let torn = path.with_extension("torn");
        let mut sizes = std::collections::BTreeSet::new();
        for cut in (0..=log.len()).step_by(1009).chain([log.len()]) {
            fs::write(&torn, &file).unwrap();
            fs::write(path.with_extension("torn-wal"), &log[..cut]).unwrap();
            let Ok(store) = SqliteStore::open(&torn) else { continue };

            let opened = Journal::open(Box::new(store)).unwrap();

            assert_eq!(opened.size() % 3, 0);
            assert_eq!(opened.root(), roots[usize::try_from(opened.size() / 3).unwrap()]);
            sizes.insert(opened.size());
        }
        assert_eq!(sizes.last(), Some(&36), "the whole log gives all");
        assert!(sizes.len() > 8);
    });
}

#[test]
fn a_checkpoint_that_was_lost_is_noticed_when_the_journal_is_opened_or_read_on() {
    in_folder(|path| {
        let mut journal =
            Journal::open(Box::new(SqliteStore::create(path, &origin()).unwrap())).unwrap();
        let epoch = lead(&mut journal, "a");
        journal.append(epoch, &entries(0, 3), &operator()).unwrap();
        journal.append(epoch, &entries(3, 5), &operator()).unwrap();
        let damage = rusqlite::Connection::open(path).unwrap();
        let open = || Journal::open(Box::new(SqliteStore::open(path).unwrap())).err();

        damage.execute("DELETE FROM checkpoint WHERE size = 5", ()).unwrap();
        let lost = JournalError::NotAsStated {
            size: 5,
            root: journal.root(),
            stated_size: 3,
            stated_root: journal.root_at(3).unwrap(),
        };
        assert_eq!(open(), Some(lost.clone()));
        assert_eq!(journal.refresh(), Err(lost));
        damage.execute("DELETE FROM checkpoint", ()).unwrap();
        let none = open();
        assert!(matches!(none, Some(JournalError::NotAsStated { stated_size: 0, .. })), "{none:?}");
    });
}

#[test]
fn a_journal_that_was_put_back_is_noticed_by_who_read_it_before() {
    in_folder(|path| {
        let mut journal =
            Journal::open(Box::new(SqliteStore::create(path, &origin()).unwrap())).unwrap();
        let epoch = lead(&mut journal, "a");
        journal.append(epoch, &entries(0, 3), &operator()).unwrap();
        let (size, root) = (journal.size(), journal.root());
        let other = rusqlite::Connection::open(path).unwrap();
        // As if an earlier copy had been restored under the program.
        other.execute_batch("DELETE FROM entry; DELETE FROM checkpoint").unwrap();
        assert_eq!(journal.refresh(), Err(JournalError::OtherHistory { size, root }));

        // And gone on with otherwise, as far and further.
        let mut gone_on = Journal::open(Box::new(SqliteStore::open(path).unwrap())).unwrap();
        for size in [3, 4] {
            let mut batch = entries(gone_on.size(), size);
            batch[0].salt = setoff_journal::Salt([77; 32]);
            gone_on.append(epoch, &batch, &operator()).unwrap();
            assert_eq!(journal.refresh(), Err(JournalError::OtherHistory { size: 3, root }));
        }
    });
}
