//! The journal in one file, by SQLite.
//!
//! Write-ahead log with `synchronous = FULL`: a commit returns when the log is synced to disk.
//! Other processes read while one writes. Beside the file lie `-wal` and `-shm` while it is open or
//! after a crash; they belong to it and the next opening takes care of them.
//!
//! The file says what it is: its application id is `SetJ`, its user version that of the tables.

mod sql;

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior};

use crate::checkpoint::{Origin, SignedCheckpoint};
use crate::entry::Micros;
use crate::hash::Hash;
use crate::lease::{Epoch, Lease};
use crate::store::{Limit, Row, SCHEMA_VERSION, SNAPSHOT_PART, Snapshot, Store, StoreError, admit};

/// `SetJ` in ASCII, at byte 68 of the file.
pub const APPLICATION_ID: i32 = i32::from_be_bytes(*b"SetJ");

/// How long to wait for another process that is in the middle of a write.
const BUSY: Duration = Duration::from_secs(10);

/// A journal in one file.
pub struct SqliteStore {
    connection: Connection,
    place: String,
    origin: Origin,
}

impl SqliteStore {
    /// Makes a new journal with this name in a file that is not there yet or is empty. Only its
    /// owner can read it.
    ///
    /// # Errors
    /// [`StoreError::Exists`], [`StoreError::NotAJournal`] where another kind of file is in the
    /// way, and [`StoreError::Storage`].
    pub fn create(path: &Path, origin: &Origin) -> Result<Self, StoreError> {
        let place = path.display().to_string();
        create_private(path).map_err(|e| storage(&place, "making the file", &e))?;
        let mut connection = connect(path, &place)?;
        let failed = |e| refused(&place, "making the tables", &e);
        let made = immediate(&mut connection, &place, |transaction| {
            if application_id(transaction).map_err(failed)? == APPLICATION_ID {
                return Err(StoreError::Exists { place: place.clone() });
            }
            let count = tables(transaction).map_err(failed)?.len();
            if count > 0 {
                let why = format!("it is another database, with {count} tables");
                return Err(StoreError::NotAJournal { place: place.clone(), why });
            }
            transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
            migrate(transaction, 0).map_err(failed)?;
            transaction.execute(sql::SET_ORIGIN, [origin.as_str()]).map_err(failed)
        });
        made?;
        Ok(Self { connection, place, origin: origin.clone() })
    }

    /// Opens the journal in this file, and brings its tables to this version.
    ///
    /// # Errors
    /// [`StoreError::NotAJournal`], [`StoreError::Later`], [`StoreError::Damaged`] and
    /// [`StoreError::Storage`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let place = path.display().to_string();
        let not_a_journal =
            |why: &str| StoreError::NotAJournal { place: place.clone(), why: why.to_owned() };
        if !path.is_file() {
            return Err(not_a_journal("there is no such file"));
        }
        let mut connection = connect(path, &place)?;
        let failed = |e| refused(&place, "opening", &e);
        if application_id(&connection).map_err(failed)? != APPLICATION_ID {
            return Err(not_a_journal("its application id is not SetJ"));
        }
        let found = user_version(&connection).map_err(failed)?;
        if found > SCHEMA_VERSION {
            return Err(StoreError::Later { place, found });
        }
        if found < SCHEMA_VERSION {
            immediate(&mut connection, &place, |transaction| {
                // Another process may have migrated while this one waited.
                let found = user_version(transaction).map_err(failed)?;
                migrate(transaction, found).map_err(failed)
            })?;
        }
        let origin: String =
            connection.query_row(sql::ORIGIN, [], |row| row.get(0)).map_err(failed)?;
        let origin = Origin::new(&origin)
            .map_err(|e| StoreError::Damaged { place: place.clone(), what: e.to_string() })?;
        Ok(Self { connection, place, origin })
    }

    /// Waits no longer than this for another process that is in the middle of a write; ten seconds
    /// if nothing is said.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    pub fn with_patience(self, patience: Duration) -> Result<Self, StoreError> {
        let set = self.connection.busy_timeout(patience);
        set.map_err(|e| refused(&self.place, "bounding its patience", &e))?;
        Ok(self)
    }

    /// Refuses to grow beyond this many pages of 4096 bytes, as a disk that is full would.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    pub fn with_largest_size(self, pages: u64) -> Result<Self, StoreError> {
        let set = self.connection.pragma_update(None, "max_page_count", number(pages));
        set.map_err(|e| refused(&self.place, "bounding its size", &e))?;
        Ok(self)
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::Damaged { place: self.place.clone(), what: what.into() }
    }
}

impl Store for SqliteStore {
    fn place(&self) -> &str {
        &self.place
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn size(&mut self) -> Result<u64, StoreError> {
        size(&self.connection).map_err(|e| refused(&self.place, "reading the size", &e))
    }

    fn append(
        &mut self,
        epoch: Epoch,
        expected_seq: u64,
        rows: &[Row],
        checkpoints: &[SignedCheckpoint],
    ) -> Result<(), StoreError> {
        let place = &self.place;
        let failed = |e| refused(place, "appending", &e);
        immediate(&mut self.connection, place, |transaction| {
            let lease = lease(transaction).map_err(failed)?;
            let size = size(transaction).map_err(failed)?;
            admit(lease.as_ref(), epoch, size, expected_seq)?;
            let mut insert = transaction.prepare_cached(sql::APPEND).map_err(failed)?;
            for (seq, row) in (number(expected_seq)..).zip(rows) {
                insert.execute((seq, &row.body, &row.hashes)).map_err(failed)?;
            }
            let mut insert = transaction.prepare_cached(sql::PUT_CHECKPOINT).map_err(failed)?;
            for note in checkpoints {
                let size = number(note.checkpoint().size);
                insert.execute((size, note.to_string())).map_err(failed)?;
            }
            Ok(())
        })
    }

    fn read(&mut self, from: u64, limit: Limit) -> Result<Vec<Row>, StoreError> {
        let failed = |e| refused(&self.place, "reading entries", &e);
        let mut statement = self.connection.prepare_cached(sql::READ).map_err(failed)?;
        let mut found = statement.query((number(from), limit.rows.max(1))).map_err(failed)?;
        let mut rows = Vec::new();
        let mut bytes = 0;
        while let Some(row) = found.next().map_err(failed)? {
            let length = row.get_ref(1).map_err(failed)?.as_blob().map_or(0, <[u8]>::len) as u64;
            bytes += length;
            if bytes > limit.bytes && !rows.is_empty() {
                break;
            }
            let expected = number(from + rows.len() as u64);
            if row.get::<_, i64>(0).map_err(failed)? != expected {
                return Err(self.damaged(format!("entry {expected} is missing")));
            }
            rows.push(Row {
                body: row.get(1).map_err(failed)?,
                hashes: row.get(2).map_err(failed)?,
            });
        }
        Ok(rows)
    }

    fn hashes(&mut self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let query = |c: &Connection| {
            c.prepare_cached(sql::HASHES)?.query_row([number(seq)], |row| row.get(0)).optional()
        };
        query(&self.connection).map_err(|e| refused(&self.place, "reading hashes", &e))
    }

    fn checkpoints(
        &mut self,
        from_size: u64,
        limit: u32,
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let query = |c: &Connection| {
            let mut statement = c.prepare_cached(sql::CHECKPOINTS)?;
            let rows = statement.query_map((number(from_size), limit), checkpoint)?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        query(&self.connection).map_err(|e| refused(&self.place, "reading checkpoints", &e))
    }

    fn latest_checkpoint(&mut self) -> Result<Option<(u64, String)>, StoreError> {
        let query = |c: &Connection| {
            c.prepare_cached(sql::LATEST_CHECKPOINT)?.query_row([], checkpoint).optional()
        };
        query(&self.connection).map_err(|e| refused(&self.place, "reading the checkpoint", &e))
    }

    fn put_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let place = &self.place;
        let put = |transaction: &Transaction<'_>| {
            let size = number(snapshot.size);
            transaction.execute(sql::DELETE_SNAPSHOT, [size])?;
            transaction.execute(sql::DELETE_SNAPSHOT_PARTS, [size])?;
            let hash = snapshot.hash();
            transaction.execute(sql::PUT_SNAPSHOT, (size, snapshot.root.0, hash.0))?;
            for (part, body) in (0_i64..).zip(snapshot.body.chunks(SNAPSHOT_PART)) {
                transaction.execute(sql::PUT_SNAPSHOT_PART, (size, part, body))?;
            }
            Ok(())
        };
        immediate(&mut self.connection, place, |transaction| {
            put(transaction).map_err(|e| refused(place, "keeping a snapshot", &e))
        })
    }

    fn snapshots(&mut self) -> Result<Vec<u64>, StoreError> {
        let query = |c: &Connection| {
            let mut statement = c.prepare_cached(sql::SNAPSHOTS)?;
            let sizes = statement.query_map([], |row| row.get::<_, u64>(0))?;
            sizes.collect::<Result<Vec<_>, _>>()
        };
        query(&self.connection).map_err(|e| refused(&self.place, "reading snapshots", &e))
    }

    fn snapshot(&mut self, size: u64) -> Result<Option<Snapshot>, StoreError> {
        let query = |c: &Connection| {
            let key = [number(size)];
            let head =
                c.query_row(sql::SNAPSHOT, key, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let Some((root, hash)) = head else { return Ok(None) };
            let mut body = Vec::new();
            let mut statement = c.prepare_cached(sql::SNAPSHOT_PARTS)?;
            let mut parts = statement.query(key)?;
            while let Some(part) = parts.next()? {
                body.extend(part.get_ref(0)?.as_blob()?);
            }
            Ok(Some((Snapshot { size, root: Hash(root), body }, Hash(hash))))
        };
        let found = query(&self.connection);
        match found.map_err(|e| refused(&self.place, "reading a snapshot", &e))? {
            Some((snapshot, hash)) if snapshot.hash() != hash => {
                Err(self.damaged(format!("the snapshot of size {size} is not as it was put")))
            }
            found => Ok(found.map(|(snapshot, _)| snapshot)),
        }
    }

    fn delete_snapshots(&mut self, below: u64) -> Result<(), StoreError> {
        let place = &self.place;
        let delete = |transaction: &Transaction<'_>| {
            transaction.execute(sql::DELETE_SNAPSHOTS, [number(below)])?;
            transaction.execute(sql::DELETE_PARTS_OF_SNAPSHOTS, [number(below)]).map(drop)
        };
        immediate(&mut self.connection, place, |transaction| {
            delete(transaction).map_err(|e| refused(place, "deleting snapshots", &e))
        })
    }

    fn change_lease(
        &mut self,
        change: &mut dyn FnMut(Option<&Lease>) -> Result<Lease, StoreError>,
    ) -> Result<Lease, StoreError> {
        let place = &self.place;
        let failed = |e| refused(place, "changing the lease", &e);
        immediate(&mut self.connection, place, |transaction| {
            let changed = change(lease(transaction).map_err(failed)?.as_ref())?;
            let values = (number(changed.epoch.0), &changed.holder, changed.until.0);
            transaction.execute(sql::SET_LEASE, values).map_err(failed)?;
            Ok(changed)
        })
    }

    fn inspect(&mut self) -> Result<(), StoreError> {
        let failed = |e| refused(&self.place, "inspecting the file", &e);
        let found: String =
            self.connection.query_row(sql::INSPECT, [], |row| row.get(0)).map_err(failed)?;
        if found != "ok" {
            return Err(self.damaged(found));
        }
        // A flipped bit in the description of a table is whole to SQLite.
        let fresh = Connection::open_in_memory().map_err(failed)?;
        sql::MIGRATIONS.iter().try_for_each(|step| fresh.execute_batch(step)).map_err(failed)?;
        if tables(&self.connection).map_err(failed)? != tables(&fresh).map_err(failed)? {
            return Err(self.damaged("its tables are not those of this version"));
        }
        Ok(())
    }
}

fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn connect(path: &Path, place: &str) -> Result<Connection, StoreError> {
    let failed = |e| refused(place, "opening", &e);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    // Asked before anything is changed: a file of another program is left as it is.
    let id = application_id(&connection).map_err(failed)?;
    if id != APPLICATION_ID && !tables(&connection).map_err(failed)?.is_empty() {
        let why = "it is the database of another program".to_owned();
        return Err(StoreError::NotAJournal { place: place.to_owned(), why });
    }
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(failed)?;
    if mode != "wal" {
        let why = format!("its file system has no shared memory, so that its log is `{mode}`");
        return Err(storage(place, "opening", &why));
    }
    let settings = [
        ("synchronous", "full"),
        ("fullfsync", "on"),
        ("checkpoint_fullfsync", "on"),
        ("trusted_schema", "off"),
        ("cell_size_check", "on"),
    ];
    for (name, value) in settings {
        connection.pragma_update(None, name, value).map_err(failed)?;
    }
    Ok(connection)
}

/// One transaction that has the write lock from its beginning, kept only if `work` succeeds.
fn immediate<T>(
    connection: &mut Connection,
    place: &str,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let failed = |doing| move |e| refused(place, doing, &e);
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed("waiting to write"))?;
    let done = work(&transaction)?;
    transaction.commit().map_err(failed("committing"))?;
    Ok(done)
}

fn migrate(transaction: &Transaction<'_>, from: u32) -> rusqlite::Result<()> {
    for step in &sql::MIGRATIONS[from as usize..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)
}

fn application_id(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

fn user_version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare(sql::TABLES)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn size(connection: &Connection) -> rusqlite::Result<u64> {
    connection.prepare_cached(sql::SIZE)?.query_row([], |row| row.get(0))
}

fn lease(connection: &Connection) -> rusqlite::Result<Option<Lease>> {
    let read = |row: &rusqlite::Row<'_>| {
        let (epoch, until) = (Epoch(row.get(0)?), Micros(row.get(2)?));
        Ok(Lease { epoch, holder: row.get(1)?, until })
    };
    connection.prepare_cached(sql::LEASE)?.query_row([], read).optional()
}

fn checkpoint(row: &rusqlite::Row<'_>) -> rusqlite::Result<(u64, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// A position as SQLite keeps it. None comes near the end of the range; one that is asked for
/// beyond it is answered as the last.
fn number(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

fn storage(place: &str, doing: &'static str, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Storage { place: place.to_owned(), doing, why: why.to_string() }
}

/// Says whether the file is at fault or the machine.
fn refused(place: &str, doing: &'static str, error: &rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    let place_and = || (place.to_owned(), error.to_string());
    match error {
        _ if error.sqlite_error_code() == Some(NotADatabase) => {
            let (place, why) = place_and();
            StoreError::NotAJournal { place, why }
        }
        rusqlite::Error::SqliteFailure(e, _) if e.code != DatabaseCorrupt => {
            storage(place, doing, error)
        }
        // Corruption, and values of a kind that the tables do not hold.
        _ => {
            let (place, what) = place_and();
            StoreError::Damaged { place, what: format!("{doing}: {what}") }
        }
    }
}
