//! The signed statement of a journal's size and root, in the public formats, so that witnesses and
//! auditors that exist can read it: C2SP's `tlog-checkpoint` in a `signed-note`.
//!
//! ```text
//! example.org/union              origin: names the journal for ever
//! 42                             size
//! WSSTGj0BxdN3cyRwW8ANmbvvlqK5V5MaR8lZmTvsZlw=   root in base64
//!                                                (an empty line)
//! — example.org/union Az3grl…    a signature: who, then base64 of 4 bytes key hash and signature
//! ```
//!
//! A signature is over the text up to and with the newline before the empty line. An Ed25519 key's
//! hash is the first four bytes of `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)`. Signatures of other
//! names and kinds, cosignatures of witnesses (`tlog-cosignature`) among them, are kept as they
//! came; lines after the root (extensions) as well.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::hash::Hash;
use crate::key::{PublicKey, SecretKey};

/// The most signature lines of one note.
pub const MOST_SIGNATURES: usize = 100;

/// The longest note, in bytes.
pub const LONGEST_NOTE: usize = 1 << 20;

/// Signed notes' mark of Ed25519.
const ED25519: u8 = 1;

/// Names a journal, and signs for it: not empty, no spaces, no `+` and no control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// This name, if signed notes allow it.
    ///
    /// # Errors
    /// [`NoteError::Name`].
    pub fn new(name: &str) -> Result<Self, NoteError> {
        let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if name.is_empty() || name.len() > 255 || name.contains(forbidden) {
            return Err(NoteError::Name(name.to_owned()));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a checkpoint states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The journal.
    pub origin: Origin,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, size, root } = self;
        write!(f, "{origin}\n{size}\n{}\n", BASE64.encode(root.0))
    }
}

/// One signature line of a note, verified or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Who is said to have signed.
    pub name: Origin,
    /// The first bytes of the hash over name, kind and key.
    pub key_hash: [u8; 4],
    /// The signature, in a form that its kind of key fixes.
    pub bytes: Vec<u8>,
}

/// A checkpoint with its signatures. It may hold signatures that do not verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    /// What is signed, extension lines and all.
    text: String,
    signatures: Vec<NoteSignature>,
}

/// Why a note is no checkpoint, or not one of this journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A name that signed notes do not allow.
    #[error("`{0}` can't name a journal: 1 to 255 bytes without spaces, + or control characters")]
    Name(String),
    /// It is no signed note.
    #[error("this is not a signed note: {0}")]
    NotANote(&'static str),
    /// It is a signed note, but no checkpoint.
    #[error("this is not a checkpoint: {0}")]
    NotACheckpoint(&'static str),
    /// It speaks of another journal.
    #[error("this checkpoint is of {found}, not of {expected}")]
    OtherJournal {
        /// The journal that was asked about.
        expected: Origin,
        /// The journal that it speaks of.
        found: Origin,
    },
    /// The key has not signed it.
    #[error("{0} has not signed this checkpoint with the key that is known for it")]
    Unsigned(Origin),
    /// There is a signature by that key and it is wrong.
    #[error("the signature of {0} on this checkpoint does not match: it was changed")]
    Forged(Origin),
}

/// The four bytes that name an Ed25519 key in a signature line.
#[must_use]
pub fn key_hash(name: &Origin, key: &PublicKey) -> [u8; 4] {
    let hash = Hash::of(&[name.0.as_bytes(), b"\n", &[ED25519], &key.to_bytes()]).0;
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The key as verifiers of signed notes take it: `name+hash+base64`.
#[must_use]
pub fn verifier_key(name: &Origin, key: &PublicKey) -> String {
    let hash = u32::from_be_bytes(key_hash(name, key));
    let key: Vec<u8> = std::iter::once(ED25519).chain(key.to_bytes()).collect();
    format!("{name}+{hash:08x}+{}", BASE64.encode(key))
}

impl SignedCheckpoint {
    /// The checkpoint, signed by this key in the name of its origin.
    #[must_use]
    pub fn sign(checkpoint: Checkpoint, key: &SecretKey) -> Self {
        let text = checkpoint.to_string();
        let name = checkpoint.origin.clone();
        let signature = NoteSignature {
            key_hash: key_hash(&name, &key.public()),
            bytes: key.sign(text.as_bytes()).to_vec(),
            name,
        };
        Self { checkpoint, text, signatures: vec![signature] }
    }

    /// What it states.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Its signatures in the order in which they stand, cosignatures among them.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// What is signed, for whoever cosigns it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds a cosignature as it came, without verifying it. One that is there already is not added
    /// again.
    ///
    /// # Errors
    /// [`NoteError::NotANote`] where there are too many.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        if self.signatures.len() == MOST_SIGNATURES {
            return Err(NoteError::NotANote("it has more than 100 signatures"));
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Verifies that it is of this journal and signed by this key in the journal's name.
    ///
    /// # Errors
    /// [`NoteError::OtherJournal`], [`NoteError::Unsigned`] and [`NoteError::Forged`].
    pub fn verify(&self, origin: &Origin, key: &PublicKey) -> Result<&Checkpoint, NoteError> {
        if self.checkpoint.origin != *origin {
            let found = self.checkpoint.origin.clone();
            return Err(NoteError::OtherJournal { expected: origin.clone(), found });
        }
        let hash = key_hash(origin, key);
        let mut own = self.signatures.iter().filter(|s| s.name == *origin && s.key_hash == hash);
        let signature = own.next().ok_or_else(|| NoteError::Unsigned(origin.clone()))?;
        let bytes = <&[u8; 64]>::try_from(signature.bytes.as_slice());
        match bytes {
            Ok(bytes) if key.verifies(self.text.as_bytes(), bytes) => Ok(&self.checkpoint),
            _ => Err(NoteError::Forged(origin.clone())),
        }
    }

    /// The checkpoint in this note. Nothing is verified.
    ///
    /// # Errors
    /// [`NoteError`] says what is not as it should be.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        let (text, signatures) = parse_note(note)?;
        let checkpoint = parse_checkpoint(text)?;
        Ok(Self { checkpoint, text: text.to_owned(), signatures })
    }
}

/// The note as it is stored and published.
impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|NoteSignature { name, key_hash, bytes }| {
            writeln!(f, "— {name} {}", BASE64.encode([key_hash.as_slice(), bytes].concat()))
        })
    }
}

fn parse_note(note: &str) -> Result<(&str, Vec<NoteSignature>), NoteError> {
    let refused = |why| Err(NoteError::NotANote(why));
    if note.len() > LONGEST_NOTE {
        return refused("it is longer than 1 MiB");
    }
    if note.contains(|c: char| c.is_ascii_control() && c != '\n') {
        return refused("it has control characters");
    }
    let Some(end) = note.rfind("\n\n") else { return refused("it has no empty line") };
    let (text, lines) = (&note[..=end], &note[end + 2..]);
    let Some(lines) = lines.strip_suffix('\n') else {
        return refused("its last line does not end in a newline, or it has no signature");
    };
    if lines.split('\n').count() > MOST_SIGNATURES {
        return refused("it has more than 100 signatures");
    }
    let signatures = lines.split('\n').map(parse_signature).collect::<Result<_, _>>()?;
    Ok((text, signatures))
}

fn parse_signature(line: &str) -> Result<NoteSignature, NoteError> {
    let refused = NoteError::NotANote("a signature line is not `— name base64`");
    let Some((name, base64)) = line.strip_prefix("— ").and_then(|rest| rest.split_once(' '))
    else {
        return Err(refused);
    };
    let bytes = BASE64.decode(base64).unwrap_or_default();
    match bytes.split_first_chunk() {
        Some((key_hash, bytes)) if !bytes.is_empty() => Ok(NoteSignature {
            name: Origin::new(name)?,
            key_hash: *key_hash,
            bytes: bytes.to_vec(),
        }),
        _ => Err(refused),
    }
}

fn parse_checkpoint(text: &str) -> Result<Checkpoint, NoteError> {
    let refused = |why| NoteError::NotACheckpoint(why);
    let mut lines = text.lines();
    let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(refused("it has fewer than three lines"));
    };
    if lines.any(str::is_empty) {
        return Err(refused("an extension line is empty"));
    }
    let number = size.parse::<u64>().ok().filter(|number| number.to_string() == size);
    let size = number.ok_or_else(|| refused("its size is not a decimal number"))?;
    let root = BASE64.decode(root).ok().and_then(|bytes| bytes.try_into().ok()).map(Hash);
    let root = root.ok_or_else(|| refused("its root is not 32 bytes in base64"))?;
    Ok(Checkpoint { origin: Origin::new(origin)?, size, root })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::merkle::empty_root;

    fn key() -> SecretKey {
        SecretKey::from_seed(&[3; 32])
    }

    fn origin() -> Origin {
        Origin::new("example.org/union").unwrap()
    }

    fn signed() -> SignedCheckpoint {
        let checkpoint = Checkpoint { origin: origin(), size: 0, root: empty_root() };
        SignedCheckpoint::sign(checkpoint, &key())
    }

    /// The key and note in the documentation of Go's `golang.org/x/mod/sumdb/note`, whose format
    /// C2SP's is.
    #[test]
    fn the_note_of_gos_documentation_verifies() {
        let note = "If you think cryptography is the answer to your problem,\n\
            then you don't know what your problem is.\n\n\
            — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let name = Origin::new("PeterNeumann").unwrap();
        let verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let bytes = BASE64.decode(verifier.rsplit('+').next().unwrap()).unwrap();
        let key = PublicKey::from_bytes(bytes[1..].try_into().unwrap()).unwrap();

        let (text, signatures) = parse_note(note).unwrap();

        assert_eq!(verifier_key(&name, &key), verifier);
        assert_eq!(signatures[0].key_hash, key_hash(&name, &key));
        assert!(key.verifies(text.as_bytes(), signatures[0].bytes.as_slice().try_into().unwrap()));
        assert!(matches!(SignedCheckpoint::parse(note), Err(NoteError::NotACheckpoint(_))));
    }

    #[test]
    fn a_checkpoint_reads_as_the_specification_writes_it() {
        let lines: Vec<_> = signed().to_string().lines().map(str::to_owned).collect();

        assert_eq!(lines[0], "example.org/union");
        assert_eq!(lines[1], "0");
        assert_eq!(lines[2], "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(lines[3], "");
        assert!(lines[4].starts_with("— example.org/union "));
        assert_eq!(signed().verify(&origin(), &key().public()), Ok(signed().checkpoint()));
    }

    #[test]
    fn cosignatures_and_extensions_are_kept_as_they_came() {
        let text =
            "example.org/union\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n";
        let signature = BASE64.encode(
            [&key_hash(&origin(), &key().public())[..], &key().sign(text.as_bytes())].concat(),
        );
        let note = format!(
            "{text}\n— witness.example/w1 AAAAAAQBAgMEBQYHCA==\n— example.org/union {signature}\n"
        );

        let mut parsed = SignedCheckpoint::parse(&note).unwrap();

        assert_eq!(parsed.to_string(), note);
        assert!(parsed.verify(&origin(), &key().public()).is_ok());
        parsed.add(parsed.signatures()[0].clone()).unwrap();
        assert_eq!(parsed.signatures().len(), 2);
    }

    #[test]
    fn another_journal_another_key_and_a_changed_size_are_refused() {
        let other = Origin::new("example.org/other").unwrap();
        let stranger = SecretKey::from_seed(&[4; 32]).public();
        let changed = SignedCheckpoint::parse(&signed().to_string().replace("\n0\n", "\n1\n"));

        assert!(matches!(
            signed().verify(&other, &key().public()),
            Err(NoteError::OtherJournal { .. })
        ));
        assert_eq!(signed().verify(&origin(), &stranger), Err(NoteError::Unsigned(origin())));
        let changed = changed.unwrap();
        let verified = changed.verify(&origin(), &key().public());
        assert_eq!(verified, Err(NoteError::Forged(origin())));
    }

    #[test]
    fn what_is_almost_a_checkpoint_is_refused() {
        let good = signed().to_string();
        let changes = [
            ("\n0\n", "\n00\n"),
            ("\n0\n", "\n-0\n"),
            ("\n0\n", "\n18446744073709551616\n"),
            ("47DEQ", "47D"),
            ("— ", "- "),
            ("\n\n", "\n"),
            ("example.org/union\n0", "example.org/uni on\n0"),
        ];
        for (from, to) in changes {
            assert!(
                SignedCheckpoint::parse(&good.replacen(from, to, 1)).is_err(),
                "{from:?} {to:?}"
            );
        }
        assert!(SignedCheckpoint::parse(good.trim_end()).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic(note in "(?s).{0,200}", cut in 0_usize..200) {
            let _ = SignedCheckpoint::parse(&note);
            let whole = signed().to_string();
            let end = (0..=cut.min(whole.len())).rev().find(|&n| whole.is_char_boundary(n)).unwrap();
            prop_assert!(end == whole.len() || SignedCheckpoint::parse(&whole[..end]).is_err());
        }
    }
}
