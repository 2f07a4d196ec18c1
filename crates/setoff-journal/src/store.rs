//! What a store must do, and the same for each: keep rows in order, and lose none.
//!
//! A store keeps bytes and knows no tree and no signature; [`Journal`](crate::Journal) makes the
//! rows and reads them. There are two, [`SqliteStore`](crate::SqliteStore) for one file and
//! [`PostgresStore`](crate::PostgresStore) for a union that outgrows it, with the same tables by
//! the same names.
//!
//! What each promises:
//! - An append is whole or not at all, entries and checkpoint together, and durable before it is
//!   answered: it survives the process, the operating system and the power.
//! - Rows are `0, 1, 2, …` without a gap, and none is changed or deleted.
//! - An append is refused, in its own transaction, if the store has another size than its writer
//!   believed, or if another has taken the lease. So there is one history, whatever clocks say.

use crate::checkpoint::{Origin, SignedCheckpoint};
use crate::hash::Hash;
use crate::lease::{Epoch, Lease};

/// The version of the tables that this program makes and knows.
pub const SCHEMA_VERSION: u32 = 1;

/// One entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// [`Entry`](crate::Entry) in its stored form.
    pub body: Vec<u8>,
    /// [`Hashes`](crate::merkle::Hashes) in theirs.
    pub hashes: Vec<u8>,
}

/// How much to read at once. At least one row is read, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The most rows.
    pub rows: u32,
    /// The most bytes of their bodies together.
    pub bytes: u64,
}

/// A thousand rows or 16 MiB.
impl Default for Limit {
    fn default() -> Self {
        Self { rows: 1000, bytes: 16 << 20 }
    }
}

/// A state at some size of the journal, in bytes that only who made it reads. Deleting it loses
/// nothing: the entries give it again.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// It is the state after this many entries.
    pub size: u64,
    /// The root of the tree at that size: a snapshot of another history is not taken for this one.
    pub root: Hash,
    /// The state.
    pub body: Vec<u8>,
}

impl Snapshot {
    /// What is kept to notice that it was changed: `SHA-256(size ‖ root ‖ body)`.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&[&self.size.to_be_bytes(), &self.root.0, &self.body])
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Snapshot({} entries, {} bytes)", self.size, self.body.len())
    }
}

/// Why a store does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// What was opened is no journal.
    #[error("{place} is not a journal: {why}")]
    NotAJournal {
        /// What was opened.
        place: String,
        /// What shows it.
        why: String,
    },
    /// There is a journal already where a new one was to be made.
    #[error("{place} has a journal already: open it, or name another place")]
    Exists {
        /// Where.
        place: String,
    },
    /// It was made by a later version.
    #[error(
        "{place} has version {found}, and this program knows up to {SCHEMA_VERSION}: use a newer program"
    )]
    Later {
        /// What was opened.
        place: String,
        /// Its version.
        found: u32,
    },
    /// The writer is not where it believed to be.
    #[error(
        "the journal has {size} entries, not {expected}: read what others appended, then try again"
    )]
    WrongPosition {
        /// The size that the writer expected.
        expected: u64,
        /// The size that the journal has.
        size: u64,
    },
    /// The writer's lease was taken by another.
    #[error("the lease of epoch {} is over: {holder} writes in epoch {}; follow, or take it again", own.0, current.0)]
    Fenced {
        /// The writer's epoch.
        own: Epoch,
        /// The epoch that is current.
        current: Epoch,
        /// Who took it.
        holder: String,
    },
    /// Nobody has ever taken the lease.
    #[error("nobody holds the lease: take it before writing")]
    NoLease,
    /// Another holds the lease.
    #[error("{} holds the lease until {} µs: wait, or follow", .0.holder, .0.until.0)]
    Held(Lease),
    /// What is stored is not what was stored.
    #[error("{place} is damaged: {what}; run the check, and restore a copy")]
    Damaged {
        /// What was opened.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// The disk, the file system or the server failed. If it was an append, then whether it is
    /// stored is known only after opening the journal again.
    #[error("{doing} failed at {place}: {why}")]
    Storage {
        /// What was opened.
        place: String,
        /// What was to be done.
        doing: &'static str,
        /// What the database says.
        why: String,
    },
}

/// Rows in order that last; see the head of the module for what is promised.
pub trait Store: Send {
    /// What errors call it: a path, or a database without its password.
    fn place(&self) -> &str;

    /// The journal's name, fixed when it was made.
    fn origin(&self) -> &Origin;

    /// How many entries it has.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    fn size(&mut self) -> Result<u64, StoreError>;

    /// Appends these rows from position `expected_seq` on, with checkpoints of sizes that they
    /// reach, in one durable transaction.
    ///
    /// # Errors
    /// [`StoreError::Fenced`], [`StoreError::NoLease`] and [`StoreError::WrongPosition`]: nothing
    /// was stored. [`StoreError::Storage`]: see there.
    fn append(
        &mut self,
        epoch: Epoch,
        expected_seq: u64,
        rows: &[Row],
        checkpoints: &[SignedCheckpoint],
    ) -> Result<(), StoreError>;

    /// The rows from this position on, as many as the limit allows; none at the end.
    ///
    /// # Errors
    /// [`StoreError::Storage`], and [`StoreError::Damaged`] where a row is missing.
    fn read(&mut self, from: u64, limit: Limit) -> Result<Vec<Row>, StoreError>;

    /// The hashes of one row, if it is there.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    fn hashes(&mut self, seq: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// The notes of at most `limit` checkpoints of at least this size, in order, each with the
    /// size that it is kept under.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    fn checkpoints(&mut self, from_size: u64, limit: u32)
    -> Result<Vec<(u64, String)>, StoreError>;

    /// The note of the checkpoint of the largest size.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    fn latest_checkpoint(&mut self) -> Result<Option<(u64, String)>, StoreError>;

    /// Keeps a snapshot, in place of another of the same size.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    fn put_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), StoreError>;

    /// The sizes at which there are snapshots, in order.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    fn snapshots(&mut self) -> Result<Vec<u64>, StoreError>;

    /// The snapshot of this size, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Storage`], and [`StoreError::Damaged`] where it is not as it was put.
    fn snapshot(&mut self, size: u64) -> Result<Option<Snapshot>, StoreError>;

    /// Deletes the snapshots below this size.
    ///
    /// # Errors
    /// [`StoreError::Storage`].
    fn delete_snapshots(&mut self, below: u64) -> Result<(), StoreError>;

    /// Replaces the lease by what `change` makes of it, in one durable transaction in which nobody
    /// else changes it or appends. [`lease`](crate::lease) says what may become of it.
    ///
    /// # Errors
    /// Those of `change`, and [`StoreError::Storage`].
    fn change_lease(
        &mut self,
        change: &mut dyn FnMut(Option<&Lease>) -> Result<Lease, StoreError>,
    ) -> Result<Lease, StoreError>;

    /// What the database itself finds wrong with its file or tables.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first thing found, and [`StoreError::Storage`].
    fn inspect(&mut self) -> Result<(), StoreError>;
}

/// Refuses an append that is not by the holder of the lease at the journal's end. Both stores ask
/// it inside the transaction that appends.
pub(crate) fn admit(
    lease: Option<&Lease>,
    epoch: Epoch,
    size: u64,
    expected: u64,
) -> Result<(), StoreError> {
    crate::lease::holds(lease, epoch)?;
    if size == expected { Ok(()) } else { Err(StoreError::WrongPosition { expected, size }) }
}

/// How large the parts are that a snapshot is kept in: databases keep no value beyond 1 GiB.
pub(crate) const SNAPSHOT_PART: usize = 16 << 20;
