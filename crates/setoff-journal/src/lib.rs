//! Entries that last: an append-only journal of signed envelopes with a Merkle tree over it, on
//! SQLite or PostgreSQL.
//!
//! The journal knows nothing of what an entry means. It keeps the bytes that were submitted and
//! signed, in order, for ever, and can show to anyone who keeps one hash of 32 bytes that nothing
//! was changed, left out or put in:
//!
//! - [`Envelope`]: bytes and their Ed25519 signatures (DSSE). [`key`], [`key_file`]: the keys.
//! - [`Entry`]: an envelope with its position, receipt time and salt.
//! - [`merkle`]: the tree over entries (RFC 9162), its proofs and their verifiers.
//! - [`SignedCheckpoint`]: the statement of size and root (C2SP `tlog-checkpoint`).
//! - [`Journal`]: appends, reads, proves. Its example shows how all this is used together.
//! - [`Store`]: what a database must do. [`SqliteStore`] for one file, [`PostgresStore`] beyond.
//! - [`copy`]: moves a journal from one to the other.
//! - [`lease`]: one writer at a time. [`Check`]: reads a whole journal and trusts nothing of it.
//!
//! Nothing here reads a clock or makes randomness: times, seeds and salts are arguments.

mod check;
pub mod checkpoint;
mod copy;
mod cursor;
pub mod entry;
pub mod envelope;
pub mod hash;
mod journal;
pub mod key;
pub mod key_file;
pub mod lease;
pub mod merkle;
mod postgres;
mod sqlite;
mod store;

pub use check::{Check, Checked, Fault};
pub use checkpoint::{Checkpoint, NoteError, Origin, SignedCheckpoint};
pub use copy::{Copied, CopyError, copy};
pub use entry::{Entry, EntryError, Micros, Salt};
pub use envelope::{Envelope, EnvelopeError};
pub use hash::Hash;
pub use journal::{Journal, JournalError};
pub use key::{KeyId, PublicKey, SecretKey};
pub use lease::{Epoch, Lease, Takeover};
pub use postgres::PostgresStore;
pub use sqlite::{APPLICATION_ID, SqliteStore};
pub use store::{Limit, Row, SCHEMA_VERSION, Snapshot, Store, StoreError};
