//! Entries that last: an append-only journal of signed envelopes with a Merkle tree over it.
//!
//! The journal knows nothing of what an entry means.

pub mod checkpoint;
mod cursor;
pub mod entry;
pub mod envelope;
pub mod hash;
pub mod key;
pub mod key_file;
pub mod merkle;

pub use checkpoint::{Checkpoint, NoteError, Origin, SignedCheckpoint};
pub use entry::{Entry, Micros, Salt};
pub use envelope::{Envelope, EnvelopeError};
pub use hash::Hash;
pub use key::{KeyId, PublicKey, SecretKey};
