//! An entry: an envelope with its place in the journal.
//!
//! Its stored form is what is hashed, so that whoever has the bytes of one entry and a proof needs
//! nothing else. All numbers are big-endian:
//!
//! ```text
//!  1 byte   version, 1
//! 32 bytes  salt
//!  8 bytes  seq
//!  8 bytes  receipt time
//!           the envelope in its compact form, to the end
//!
//! leaf data = SHA-256(these bytes)
//! leaf hash = SHA-256(0x00 ‖ leaf data)
//! ```
//!
//! A proof for one entry shows the leaf hashes of some others. The salt, 32 random bytes that only
//! those who may see the entry learn, keeps these from being guessed: without it whoever suspects
//! what another entry says could try.

use crate::cursor::{Cursor, Truncated};
use crate::envelope::{Envelope, EnvelopeError};
use crate::hash::Hash;
use crate::merkle::leaf_hash;

/// Microseconds since 1970-01-01 00:00 UTC, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

/// 32 random bytes from the operating system's generator, new for each entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// An envelope with its place in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position, from 0 on without gaps.
    pub seq: u64,
    /// When the node received it.
    pub received: Micros,
    /// What keeps its hash from being guessed.
    pub salt: Salt,
    /// What was submitted, and who signed it.
    pub envelope: Envelope,
}

/// Why stored bytes are no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// The version is not known.
    #[error("the entry has version {0}, and this program knows version 1")]
    Version(u8),
    /// The bytes end too early.
    #[error("the entry is cut off")]
    Truncated,
    /// The envelope in it can't be read.
    #[error("its envelope: {0}")]
    Envelope(#[from] EnvelopeError),
}

impl From<Truncated> for EntryError {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}

impl Entry {
    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![1];
        bytes.extend(self.salt.0);
        bytes.extend(self.seq.to_be_bytes());
        bytes.extend(self.received.0.to_be_bytes());
        self.envelope.encode_into(&mut bytes);
        bytes
    }

    /// The entry in its stored form. Signatures are not verified.
    ///
    /// # Errors
    /// [`EntryError`] says what is not as it should be.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        let mut cursor = Cursor::new(bytes);
        let [version] = cursor.array()?;
        if version != 1 {
            return Err(EntryError::Version(version));
        }
        let salt = Salt(cursor.array()?);
        let seq = u64::from_be_bytes(cursor.array()?);
        let received = Micros(i64::from_be_bytes(cursor.array()?));
        let envelope = Envelope::decode(cursor.remaining())?;
        Ok(Self { seq, received, salt, envelope })
    }
}

/// The leaf hash of the entry with this stored form.
#[must_use]
pub fn leaf(encoded: &[u8]) -> Hash {
    leaf_hash(&Hash::of(&[encoded]).0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SecretKey;

    fn entry(salt: u8) -> Entry {
        let mut envelope = Envelope::new("t", b"payload".to_vec()).unwrap();
        envelope.sign(&SecretKey::from_seed(&[1; 32])).unwrap();
        Entry { seq: 7, received: Micros(-5), salt: Salt([salt; 32]), envelope }
    }

    #[test]
    fn an_entry_comes_back_as_it_went() {
        assert_eq!(Entry::decode(&entry(1).encode()), Ok(entry(1)));
    }

    #[test]
    fn the_stored_form_is_as_documented_and_what_is_hashed() {
        let bytes = entry(9).encode();

        assert_eq!(bytes[0], 1);
        assert_eq!(bytes[1..33], [9; 32]);
        assert_eq!(bytes[33..41], 7_u64.to_be_bytes());
        assert_eq!(bytes[41..49], (-5_i64).to_be_bytes());
        assert_eq!(bytes[49..], entry(9).envelope.encode());
        assert_eq!(leaf(&bytes), Hash::of(&[&[0], &Hash::of(&[&bytes]).0]));
    }

    #[test]
    fn equal_entries_with_other_salts_have_other_hashes() {
        assert_ne!(leaf(&entry(1).encode()), leaf(&entry(2).encode()));
    }

    #[test]
    fn what_is_cut_off_or_later_is_refused() {
        let bytes = entry(1).encode();

        for end in 0..bytes.len() {
            assert!(Entry::decode(&bytes[..end]).is_err());
        }
        assert_eq!(Entry::decode(&[2]), Err(EntryError::Version(2)));
    }
}
