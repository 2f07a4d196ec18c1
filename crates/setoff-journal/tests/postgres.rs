//! The contract on a real PostgreSQL server, and what is particular to it: TLS, lost connections,
//! copying between stores.
#![allow(clippy::unwrap_used)]

mod contract;
mod server;

use std::path::Path;

use contract::{Open, contract_tests, entries, entry_at, lead, member, operator, origin};
use server::server;
use setoff_journal::{
    Check, Copied, CopyError, Fault, Journal, JournalError, KeyId, Limit, Micros, Origin,
    PostgresStore, PublicKey, SqliteStore, Store, StoreError, Takeover, copy, lease,
};

fn on_postgres(test: impl FnOnce(Open<'_>)) {
    let server = server();
    let connection = server.connection(&server.new_database());
    drop(PostgresStore::create(&connection, &origin()).unwrap());
    test(&|| Box::new(PostgresStore::open(&connection).unwrap()));
}

contract_tests!(on_postgres);

fn known(id: KeyId) -> Option<PublicKey> {
    (id == member().id()).then(|| member().public())
}

fn check(store: &mut dyn Store) -> Result<u64, Fault> {
    let mut check = Check::begin(store, &[])?;
    while check.next(|_, id| known(id), &[operator().public()])?.is_some() {}
    check.finish().map(|checked| checked.entries)
}

#[test]
fn a_database_without_a_journal_and_one_with_one_say_so() {
    let server = server();
    let connection = server.connection(&server.new_database());

    let none = PostgresStore::open(&connection).err().unwrap();
    assert!(matches!(none, StoreError::NotAJournal { .. }));
    drop(PostgresStore::create(&connection, &origin()).unwrap());
    let again = PostgresStore::create(&connection, &origin()).err().unwrap();
    assert!(matches!(again, StoreError::Exists { .. }));
}

#[test]
fn tables_of_a_later_version_are_refused_with_the_remedy() {
    let server = server();
    let database = server.new_database();
    let connection = server.connection(&database);
    drop(PostgresStore::create(&connection, &origin()).unwrap());
    server.psql(&database, "UPDATE journal SET version = 9");

    let refused = PostgresStore::open(&connection).err().unwrap();

    assert!(matches!(refused, StoreError::Later { found: 9, .. }));
}

#[test]
fn a_password_is_never_in_a_message() {
    let text = "host=127.0.0.1 port=1 user=postgres password=secret-word dbname=union";
    let refused = PostgresStore::open(text).err().unwrap();

    assert!(matches!(refused, StoreError::Storage { doing: "connecting", .. }));
    assert!(!refused.to_string().contains("secret-word"));
}

#[test]
fn tls_verifies_as_much_as_the_mode_asks_for() {
    let server = server();
    let base = server.connection(&server.new_database());
    drop(PostgresStore::create(&base, &origin()).unwrap());
    let roots = format!("sslrootcert={}", server.folder.join("ca.crt").display());
    let other = format!("sslrootcert={}", server.folder.join("server.crt").display());
    let by_name = base.replace("host=127.0.0.1", "host=localhost hostaddr=127.0.0.1");
    let encrypted = |connection: &str, options: &str| {
        PostgresStore::open(&format!("{connection} {options}")).map(|mut s| s.is_encrypted())
    };

    assert_eq!(encrypted(&base, "sslmode=disable"), Ok(Ok(false)));
    assert_eq!(encrypted(&base, ""), Ok(Ok(true)));
    assert_eq!(encrypted(&base, "sslmode=require"), Ok(Ok(true)));
    assert_eq!(encrypted(&base, &format!("sslmode=verify-ca {roots}")), Ok(Ok(true)));
    assert_eq!(encrypted(&by_name, &format!("sslmode=verify-full {roots}")), Ok(Ok(true)));
    // The certificate is for `localhost` only.
    assert!(encrypted(&base, &format!("sslmode=verify-full {roots}")).is_err());
    assert!(encrypted(&by_name, &format!("sslmode=verify-full {other}")).is_err());
    assert!(encrypted(&by_name, "sslmode=verify-full sslrootcert=system").is_err());
    assert!(encrypted(&base, &format!("sslmode=require {other}")).is_err());
}

#[test]
fn a_lost_connection_is_made_anew_and_nothing_is_lost() {
    let server = server();
    let database = server.new_database();
    let store = PostgresStore::create(&server.connection(&database), &origin()).unwrap();
    let mut journal = Journal::open(Box::new(store)).unwrap();
    let epoch = lead(&mut journal, "a");
    journal.append(epoch, &entries(0, 3), &operator()).unwrap();
    let end_connections = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
    );
    server.psql("postgres", &end_connections);

    // Whether the driver has noticed or not: nothing had begun.
    journal.append(epoch, &entries(3, 4), &operator()).unwrap();
    server.psql("postgres", &end_connections);
    assert_eq!(journal.refresh().unwrap(), 4);
    journal.append(epoch, &entries(4, 6), &operator()).unwrap();
    assert_eq!(journal.read(0, Limit::default()).unwrap(), entries(0, 6));
}

#[test]
fn a_changed_entry_is_named() {
    let server = server();
    let database = server.new_database();
    let store = PostgresStore::create(&server.connection(&database), &origin()).unwrap();
    let mut journal = Journal::open(Box::new(store)).unwrap();
    let epoch = lead(&mut journal, "a");
    journal.append(epoch, &entries(0, 9), &operator()).unwrap();
    assert_eq!(check(journal.store()), Ok(9));

    server.psql(&database, "UPDATE entry SET body = set_byte(body, 48, 77) WHERE seq = 4");
    assert_eq!(check(journal.store()), Err(Fault::Changed { seq: 4 }));
    server.psql(&database, "DELETE FROM entry WHERE seq = 2");
    assert!(matches!(check(journal.store()), Err(Fault::Unreadable { seq: 2, .. })));
}

fn sqlite(path: &Path) -> Box<dyn Store> {
    if path.exists() {
        return Box::new(SqliteStore::open(path).unwrap());
    }
    Box::new(SqliteStore::create(path, &origin()).unwrap())
}

/// When all leases of these tests have expired.
const LATER: i64 = 60_000_000;

fn copied(from: Box<dyn Store>, to: Box<dyn Store>) -> Result<Copied, CopyError> {
    copy(from, to, &mut || Micros(LATER))
}

#[test]
fn a_journal_moves_there_and_back_with_the_same_root() {
    let folder = tempfile::tempdir().unwrap();
    let (first, last) = (folder.path().join("first"), folder.path().join("last"));
    let mut journal = Journal::open(sqlite(&first)).unwrap();
    let epoch = lead(&mut journal, "a");
    for size in [1, 700, 2500, 2501] {
        let batch = entries(journal.size(), size);
        journal.append(epoch, &batch, &operator()).unwrap();
    }
    journal.append(epoch, &[entry_at(2501, 20 << 20)], &operator()).unwrap();
    let (root, notes) = (journal.root(), journal.store().checkpoints(0, 99).unwrap());

    on_postgres(|open| {
        assert_eq!(copied(sqlite(&first), open()).unwrap().root, root);
        let again = copied(sqlite(&first), open()).unwrap();
        assert_eq!((again.size, again.root), (2502, root), "what is there already is left");
        assert_eq!(copied(open(), sqlite(&last)).unwrap().root, root);
        assert_eq!(check(open().as_mut()), Ok(2502));
    });

    let mut back = sqlite(&last);
    assert_eq!(back.checkpoints(0, 99).unwrap(), notes);
    assert_eq!(check(back.as_mut()), Ok(2502));
    let fenced = journal.append(epoch, &entries(2502, 2503), &operator());
    assert!(matches!(fenced, Err(JournalError::Store(StoreError::Fenced { .. }))));
}

#[test]
fn a_journal_is_not_copied_onto_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut one = Journal::open(sqlite(&path("one"))).unwrap();
    let mut two = Journal::open(sqlite(&path("two"))).unwrap();
    let (first, second) = (lead(&mut one, "a"), lead(&mut two, "b"));
    one.append(first, &entries(0, 5), &operator()).unwrap();
    two.append(second, &[entry_at(0, 1)], &operator()).unwrap();
    let named = Origin::new("example.org/other").unwrap();
    let three = SqliteStore::create(&path("three"), &named).unwrap();

    let other = copied(sqlite(&path("one")), sqlite(&path("two")));
    assert!(matches!(other, Err(CopyError::OtherHistory { size: 1, .. })));
    let other = copied(sqlite(&path("one")), Box::new(three));
    assert!(matches!(other, Err(CopyError::OtherName { .. })));
}

#[test]
fn a_journal_that_somebody_writes_is_not_copied_and_its_writer_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let mut journal = Journal::open(sqlite(&first)).unwrap();
    let epoch = lead(&mut journal, "a");
    journal.append(epoch, &entries(0, 3), &operator()).unwrap();
    drop(sqlite(&second));

    let before = || Micros(1_000_000);
    let from = copy(sqlite(&first), sqlite(&second), &mut { before });
    let to = copy(sqlite(&second), sqlite(&first), &mut { before });

    for held in [from, to] {
        let why = held.unwrap_err();
        assert!(
            matches!(why, CopyError::Journal(JournalError::Store(StoreError::Held(_)))),
            "{why}"
        );
    }
    journal.append(epoch, &entries(3, 5), &operator()).unwrap();
}

#[test]
fn nobody_takes_over_in_the_middle_of_a_copy_and_a_copy_that_lost_a_lease_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let mut journal = Journal::open(sqlite(&first)).unwrap();
    let epoch = lead(&mut journal, "a");
    for size in [1000, 2000, 3000] {
        let batch = entries(journal.size(), size);
        journal.append(epoch, &batch, &operator()).unwrap();
    }
    let take = |path: &Path, takeover| {
        let term = std::time::Duration::ZERO;
        lease::take(sqlite(path).as_mut(), "b", Micros(LATER + 50_000_000), term, takeover)
    };
    drop(sqlite(&second));
    // The copy asks for the time at its beginning and after each batch.
    let mut asked = 0;
    let ends = copy(sqlite(&first), sqlite(&second), &mut || {
        asked += 1;
        if asked == 2 {
            for path in [&first, &second] {
                let held = take(path, Takeover::WhenExpired);
                assert!(matches!(held, Err(StoreError::Held(_))), "{held:?}");
            }
        }
        if asked == 3 {
            take(&second, Takeover::AtOnce).unwrap();
        }
        Micros(LATER)
    });

    let why = ends.unwrap_err();
    let fenced = matches!(why, CopyError::Journal(JournalError::Store(StoreError::Fenced { .. })));
    assert!(fenced, "{why}");
    // Called again, it goes on where it was.
    let again = copy(sqlite(&first), sqlite(&second), &mut || Micros(2 * LATER)).unwrap();
    assert_eq!((again.size, again.root), (3000, journal.root()));
}

#[test]
fn commits_wait_for_the_disk_also_where_the_database_says_that_they_need_not() {
    let server = server();
    let database = server.new_database();
    server.psql(&database, &format!("ALTER DATABASE {database} SET synchronous_commit = off"));
    let connection = server.connection(&database);
    // What the setting is in a session of this program, seen at the end of an append.
    server.psql(
        &database,
        "CREATE TABLE seen (setting TEXT);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW;
         END $$;",
    );
    let store = PostgresStore::create(&connection, &origin()).unwrap();
    server.psql(
        &database,
        "CREATE TRIGGER note AFTER INSERT ON entry FOR EACH ROW EXECUTE FUNCTION note()",
    );
    let mut journal = Journal::open(Box::new(store)).unwrap();
    let epoch = lead(&mut journal, "a");

    journal.append(epoch, &entries(0, 1), &operator()).unwrap();

    // Fails where anything else was seen, or nothing.
    server.psql(
        &database,
        "DO $$ BEGIN IF (SELECT array_agg(setting) FROM seen) IS DISTINCT FROM ARRAY['on'] THEN
             RAISE EXCEPTION 'not on'; END IF; END $$",
    );
}
