//! The journal in a PostgreSQL database, version 15 or later.
//!
//! The tables are those of the SQLite store by the same names, in the schema that the connection's
//! `search_path` begins with. Every append commits with `synchronous_commit` on, or stricter where
//! the server is set so; a server with `fsync = off` is refused, since nothing on it lasts.
//!
//! An append and a change of the lease lock the `lease` table, so that they happen one after the
//! other; readers are not kept waiting. A writer that was stopped in the middle of a transaction
//! is cut off by the server after five seconds.
//!
//! The driver waits in the calling thread: call it from a thread of its own, not from an
//! asynchronous task. A connection that was lost is made anew: a read is asked once more, and a
//! write too if it had not begun. One that had begun fails, since whether it lasts is not known.

mod conninfo;
mod sql;
mod tls;

use postgres::error::SqlState;
use postgres::types::ToSql;
use postgres::{Client, GenericClient, Statement, Transaction};

use crate::checkpoint::{Origin, SignedCheckpoint};
use crate::entry::Micros;
use crate::hash::Hash;
use crate::lease::{Epoch, Lease};
use crate::store::{Limit, Row, SCHEMA_VERSION, SNAPSHOT_PART, Snapshot, Store, StoreError, admit};
use conninfo::Conninfo;

/// The oldest version of the server.
const OLDEST_SERVER: i32 = 15;

/// How many bytes of bodies go to the server in one statement.
const STATEMENT_BYTES: usize = 64 << 20;

/// A journal in a PostgreSQL database.
pub struct PostgresStore {
    conninfo: Conninfo,
    client: Client,
    /// The statements of an append, prepared on this connection when the first is made.
    prepared: Option<Prepared>,
    origin: Origin,
}

/// What each append asks: a commit costs few questions more than the one that waits for the disk.
#[derive(Clone)]
struct Prepared {
    lease: Statement,
    append: Statement,
    append_with_checkpoints: Statement,
}

impl Prepared {
    fn on(transaction: &mut Transaction<'_>) -> Result<Self, postgres::Error> {
        Ok(Self {
            lease: transaction.prepare(sql::LEASE)?,
            append: transaction.prepare(sql::APPEND)?,
            append_with_checkpoints: transaction.prepare(sql::APPEND_WITH_CHECKPOINTS)?,
        })
    }
}

impl PostgresStore {
    /// Makes a new journal with this name in a database that has none. The connection string is
    /// libpq's, in either form.
    ///
    /// # Errors
    /// [`StoreError::Exists`] and [`StoreError::Storage`].
    pub fn create(connection: &str, origin: &Origin) -> Result<Self, StoreError> {
        let conninfo = parsed(connection)?;
        let mut client = connect(&conninfo)?;
        let place = &conninfo.place;
        let failed = |e| storage(place, "making the tables", &e);
        finish(client.transaction(), place, |transaction| {
            transaction.execute(sql::ONE_AT_A_TIME, &[]).map_err(failed)?;
            if is_there(transaction).map_err(failed)? {
                return Err(StoreError::Exists { place: place.clone() });
            }
            transaction.batch_execute(sql::MIGRATIONS[0]).map_err(failed)?;
            transaction.execute(sql::SET_ORIGIN, &[&origin.as_str(), &1]).map_err(failed)?;
            migrate(transaction).map(drop).map_err(failed)
        })?;
        Ok(Self { conninfo, client, prepared: None, origin: origin.clone() })
    }

    /// Opens the journal in this database, and brings its tables to this version.
    ///
    /// # Errors
    /// [`StoreError::NotAJournal`], [`StoreError::Later`], [`StoreError::Damaged`] and
    /// [`StoreError::Storage`].
    pub fn open(connection: &str) -> Result<Self, StoreError> {
        let conninfo = parsed(connection)?;
        let mut client = connect(&conninfo)?;
        let place = conninfo.place.clone();
        let failed = |e| storage(&place, "opening", &e);
        let found = finish(client.transaction(), &place, |transaction| {
            if !is_there(transaction).map_err(failed)? {
                let why = "the database has no table `journal`".to_owned();
                return Err(StoreError::NotAJournal { place: place.clone(), why });
            }
            migrate(transaction).map_err(failed)
        })?;
        if found > SCHEMA_VERSION {
            return Err(StoreError::Later { place, found });
        }
        let row = client.query_one(sql::ORIGIN, &[]).map_err(failed)?;
        let origin = Origin::new(row.get(0))
            .map_err(|e| StoreError::Damaged { place: place.clone(), what: e.to_string() })?;
        Ok(Self { conninfo, client, prepared: None, origin })
    }

    /// Whether the connection is encrypted, as the server sees it.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    pub fn is_encrypted(&mut self) -> Result<bool, StoreError> {
        let rows = self.query("asking about TLS", sql::IS_ENCRYPTED, &[])?;
        Ok(rows.first().is_some_and(|row| row.get(0)))
    }

    /// The connection, made anew if it was lost, and what errors call the database.
    fn client(&mut self) -> Result<(&mut Client, &str), StoreError> {
        if self.client.is_closed() {
            self.reconnect()?;
        }
        Ok((&mut self.client, &self.conninfo.place))
    }

    fn reconnect(&mut self) -> Result<(), StoreError> {
        self.prepared = None;
        self.client = connect(&self.conninfo)?;
        Ok(())
    }

    fn query(
        &mut self,
        doing: &'static str,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<postgres::Row>, StoreError> {
        let (client, place) = self.client()?;
        match client.query(statement, values) {
            // The driver may learn of the loss only by asking.
            Err(e) if is_lost(&e) => {
                self.reconnect()?;
                let (client, place) = self.client()?;
                client.query(statement, values).map_err(|e| storage(place, doing, &e))
            }
            answered => answered.map_err(|e| storage(place, doing, &e)),
        }
    }

    /// One transaction in which nobody else appends or changes the lease, kept only if `work`
    /// succeeds.
    fn locked<T>(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&mut Transaction<'_>, &Prepared, &str) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.transaction(|transaction, prepared, place| {
            let failed = |e| storage(place, doing, &e);
            transaction.batch_execute(sql::LOCK_LEASE).map_err(failed)?;
            if prepared.is_none() {
                *prepared = Some(Prepared::on(transaction).map_err(failed)?);
            }
            let prepared = prepared.as_ref().expect("it was just prepared");
            work(transaction, prepared, place)
        })
    }

    /// One transaction, kept only if `work` succeeds.
    fn transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>, &mut Option<Prepared>, &str) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.client.is_closed() {
            self.reconnect()?;
        }
        let lost = match self.client.transaction() {
            Err(e) => is_lost(&e),
            Ok(begun) => {
                let (place, prepared) = (&self.conninfo.place, &mut self.prepared);
                return finish(Ok(begun), place, |begun| work(begun, prepared, place));
            }
        };
        if lost {
            self.reconnect()?;
        }
        let (place, prepared) = (&self.conninfo.place, &mut self.prepared);
        finish(self.client.transaction(), place, |begun| work(begun, prepared, place))
    }

    fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::Damaged { place: self.conninfo.place.clone(), what: what.into() }
    }
}

impl Store for PostgresStore {
    fn place(&self) -> &str {
        &self.conninfo.place
    }

    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn size(&mut self) -> Result<u64, StoreError> {
        let rows = self.query("reading the size", sql::SIZE, &[])?;
        Ok(rows.first().map_or(0, |row| position(row.get(0))))
    }

    fn append(
        &mut self,
        epoch: Epoch,
        expected_seq: u64,
        rows: &[Row],
        checkpoints: &[SignedCheckpoint],
    ) -> Result<(), StoreError> {
        self.locked("appending", |transaction, prepared, place| {
            let failed = |e| storage(place, "appending", &e);
            let (lease, size) = lease(transaction, prepared).map_err(failed)?;
            admit(lease.as_ref(), epoch, size, expected_seq)?;
            insert(transaction, prepared, (expected_seq, rows), checkpoints).map_err(failed)
        })
    }

    fn read(&mut self, from: u64, limit: Limit) -> Result<Vec<Row>, StoreError> {
        let (first, most) = (number(from), i64::from(limit.rows.max(1)));
        let values: [&(dyn ToSql + Sync); 3] = [&first, &most, &number(limit.bytes)];
        let found = self.query("reading entries", sql::READ, &values)?;
        let mut rows = Vec::with_capacity(found.len());
        for (expected, row) in (first..).zip(found) {
            if row.get::<_, i64>(0) != expected {
                return Err(self.damaged(format!("entry {expected} is missing")));
            }
            rows.push(Row { body: row.get(1), hashes: row.get(2) });
        }
        Ok(rows)
    }

    fn hashes(&mut self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.query("reading hashes", sql::HASHES, &[&number(seq)])?;
        Ok(rows.first().map(|row| row.get(0)))
    }

    fn checkpoints(
        &mut self,
        from_size: u64,
        limit: u32,
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let values: [&(dyn ToSql + Sync); 2] = [&number(from_size), &i64::from(limit)];
        let rows = self.query("reading checkpoints", sql::CHECKPOINTS, &values)?;
        Ok(rows.iter().map(|row| (position(row.get(0)), row.get(1))).collect())
    }

    fn latest_checkpoint(&mut self) -> Result<Option<(u64, String)>, StoreError> {
        let rows = self.query("reading the checkpoint", sql::LATEST_CHECKPOINT, &[])?;
        Ok(rows.first().map(|row| (position(row.get(0)), row.get(1))))
    }

    fn put_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let put = |transaction: &mut Transaction<'_>| {
            let size = number(snapshot.size);
            transaction.execute(sql::DELETE_SNAPSHOT, &[&size])?;
            transaction.execute(sql::DELETE_SNAPSHOT_PARTS, &[&size])?;
            let (root, hash) = (snapshot.root.0.as_slice(), snapshot.hash());
            transaction.execute(sql::PUT_SNAPSHOT, &[&size, &root, &hash.0.as_slice()])?;
            for (part, body) in (0_i64..).zip(snapshot.body.chunks(SNAPSHOT_PART)) {
                transaction.execute(sql::PUT_SNAPSHOT_PART, &[&size, &part, &body])?;
            }
            Ok(())
        };
        self.transaction(|transaction, _, place| {
            put(transaction).map_err(|e| storage(place, "keeping a snapshot", &e))
        })
    }

    fn snapshots(&mut self) -> Result<Vec<u64>, StoreError> {
        let rows = self.query("reading snapshots", sql::SNAPSHOTS, &[])?;
        Ok(rows.iter().map(|row| position(row.get(0))).collect())
    }

    fn snapshot(&mut self, size: u64) -> Result<Option<Snapshot>, StoreError> {
        let key = number(size);
        let damaged = format!("the snapshot of size {size} is not as it was put");
        let head = self.query("reading a snapshot", sql::SNAPSHOT, &[&key])?;
        let Some(head) = head.first() else { return Ok(None) };
        let hash_at = |at| <[u8; 32]>::try_from(head.get::<_, &[u8]>(at)).ok().map(Hash);
        let Some((root, hash)) = hash_at(0).zip(hash_at(1)) else {
            return Err(self.damaged(damaged));
        };
        let mut body = Vec::new();
        for part in 0_i64.. {
            let rows = self.query("reading a snapshot", sql::SNAPSHOT_PART, &[&key, &part])?;
            let Some(row) = rows.first() else { break };
            body.extend(row.get::<_, &[u8]>(0));
        }
        let snapshot = Snapshot { size, root, body };
        if snapshot.hash() == hash { Ok(Some(snapshot)) } else { Err(self.damaged(damaged)) }
    }

    fn delete_snapshots(&mut self, below: u64) -> Result<(), StoreError> {
        let delete = |transaction: &mut Transaction<'_>| {
            transaction.execute(sql::DELETE_SNAPSHOTS, &[&number(below)])?;
            transaction.execute(sql::DELETE_PARTS_OF_SNAPSHOTS, &[&number(below)]).map(drop)
        };
        self.transaction(|transaction, _, place| {
            delete(transaction).map_err(|e| storage(place, "deleting snapshots", &e))
        })
    }

    fn change_lease(
        &mut self,
        change: &mut dyn FnMut(Option<&Lease>) -> Result<Lease, StoreError>,
    ) -> Result<Lease, StoreError> {
        self.locked("changing the lease", |transaction, prepared, place| {
            let failed = |e| storage(place, "changing the lease", &e);
            let (lease, _) = lease(transaction, prepared).map_err(failed)?;
            let changed = change(lease.as_ref())?;
            let (epoch, until) = (number(changed.epoch.0), changed.until.0);
            let values: [&(dyn ToSql + Sync); 3] = [&epoch, &changed.holder, &until];
            transaction.execute(sql::SET_LEASE, &values).map_err(failed)?;
            Ok(changed)
        })
    }

    fn inspect(&mut self) -> Result<(), StoreError> {
        let rows = self.query("inspecting the tables", sql::INSPECT, &[])?;
        let whole = rows.first().is_some_and(|row| row.get(0));
        if whole { Ok(()) } else { Err(self.damaged("entries are missing")) }
    }
}

fn parsed(connection: &str) -> Result<Conninfo, StoreError> {
    conninfo::parse(connection).map_err(|why| StoreError::Storage {
        place: "the connection string".to_owned(),
        doing: "reading it",
        why,
    })
}

fn connect(conninfo: &Conninfo) -> Result<Client, StoreError> {
    let Conninfo { config, tls, place } = conninfo;
    let refused = |why| StoreError::Storage { place: place.clone(), doing: "connecting", why };
    let failed = |e| storage(place, "connecting", &e);
    let connector = tls.connector().map_err(refused)?;
    let mut client = config.connect(connector).map_err(failed)?;
    client.batch_execute(sql::SESSION).map_err(failed)?;
    let row = client.query_one(sql::DURABILITY, &[]).map_err(failed)?;
    let (version, fsync, synchronous): (i32, &str, &str) = (row.get(0), row.get(1), row.get(2));
    if version < OLDEST_SERVER {
        return Err(refused(format!("the server is version {version}; 15 or later is needed")));
    }
    if fsync != "on" {
        return Err(refused("the server runs with fsync = off, so that nothing lasts".to_owned()));
    }
    if matches!(synchronous, "off" | "local" | "remote_write") {
        client.batch_execute(sql::COMMIT_DURABLY).map_err(failed)?;
    }
    Ok(client)
}

/// Does the work of a transaction that was begun, and keeps it only if that succeeds.
fn finish<T>(
    begun: Result<Transaction<'_>, postgres::Error>,
    place: &str,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut transaction = begun.map_err(|e| storage(place, "beginning", &e))?;
    let done = work(&mut transaction)?;
    transaction.commit().map_err(|e| storage(place, "committing", &e))?;
    Ok(done)
}

fn is_there(client: &mut impl GenericClient) -> Result<bool, postgres::Error> {
    Ok(client.query_one(sql::IS_THERE, &[])?.get(0))
}

/// Brings the tables to this version, and says which version they have: a later one is left alone.
fn migrate(transaction: &mut Transaction<'_>) -> Result<u32, postgres::Error> {
    let version = |transaction: &mut Transaction<'_>| -> Result<u32, postgres::Error> {
        let found: i32 = transaction.query_one(sql::VERSION, &[])?.get(0);
        Ok(u32::try_from(found).unwrap_or(0))
    };
    if version(transaction)? >= SCHEMA_VERSION {
        return version(transaction);
    }
    transaction.execute(sql::ONE_AT_A_TIME, &[])?;
    let found = version(transaction)?;
    for (to, step) in (1_i32..).zip(sql::MIGRATIONS).skip(found as usize) {
        transaction.batch_execute(step)?;
        transaction.execute(sql::SET_VERSION, &[&to])?;
    }
    version(transaction)
}

/// In statements of a bounded size, the last of which brings the checkpoints.
fn insert(
    transaction: &mut Transaction<'_>,
    prepared: &Prepared,
    (first, rows): (u64, &[Row]),
    checkpoints: &[SignedCheckpoint],
) -> Result<(), postgres::Error> {
    let (sizes, notes): (Vec<_>, Vec<_>) =
        checkpoints.iter().map(|note| (number(note.checkpoint().size), note.to_string())).unzip();
    let mut seqs = number(first)..;
    let mut left = rows;
    loop {
        let mut bytes = 0;
        let fits = |row: &&Row| {
            bytes += row.body.len();
            bytes <= STATEMENT_BYTES
        };
        let count = left.iter().take_while(fits).count().max(1).min(left.len());
        let (now, later) = left.split_at(count);
        let seqs: Vec<i64> = seqs.by_ref().take(count).collect();
        let bodies: Vec<&[u8]> = now.iter().map(|row| row.body.as_slice()).collect();
        let hashes: Vec<&[u8]> = now.iter().map(|row| row.hashes.as_slice()).collect();
        if later.is_empty() {
            let values: [&(dyn ToSql + Sync); 5] = [&seqs, &bodies, &hashes, &sizes, &notes];
            return transaction.execute(&prepared.append_with_checkpoints, &values).map(drop);
        }
        transaction.execute(&prepared.append, &[&seqs, &bodies, &hashes])?;
        left = later;
    }
}

/// The lease, and the journal's size.
fn lease(
    transaction: &mut Transaction<'_>,
    prepared: &Prepared,
) -> Result<(Option<Lease>, u64), postgres::Error> {
    let row = transaction.query_opt(&prepared.lease, &[])?;
    // Without a lease nothing was ever appended.
    Ok(row.map_or((None, 0), |row| {
        let (epoch, until) = (Epoch(position(row.get(0))), Micros(row.get(2)));
        (Some(Lease { epoch, holder: row.get(1), until }), position(row.get(3)))
    }))
}

/// A position as the database keeps it. None comes near the end of the range; one that is asked
/// for beyond it is answered as the last.
fn number(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// A position that the database gave. None is negative.
fn position(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Whether the connection is gone, and not only this statement refused.
fn is_lost(error: &postgres::Error) -> bool {
    let ended = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    let by_server = error.code().is_some_and(|code| ended.contains(code));
    let cause = std::error::Error::source(error);
    error.is_closed()
        || by_server
        || cause.is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

fn storage(place: &str, doing: &'static str, error: &postgres::Error) -> StoreError {
    let why = match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(refusal), _) if *refusal.code() == SqlState::DATA_CORRUPTED => {
            let what = format!("{doing}: {}", refusal.message());
            return StoreError::Damaged { place: place.to_owned(), what };
        }
        (Some(refusal), _) => refusal.message().to_owned(),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    };
    StoreError::Storage { place: place.to_owned(), doing, why }
}
