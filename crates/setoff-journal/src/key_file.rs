//! A secret key in a file, encrypted with a passphrase.
//!
//! The file is JSON in version 1. The passphrase becomes a key by Argon2id (RFC 9106), which costs
//! a guesser memory and time for each guess, and that key encrypts the 32 bytes of the seed by
//! XChaCha20-Poly1305. The public key and the costs are authenticated with it, so that a changed
//! file is refused and not opened as another key.
//!
//! Nothing here makes randomness or opens files: the caller hands over salt and nonce, writes the
//! text to a file that only its owner can read, and [checks](check_permissions) that before reading.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::key::{PublicKey, SecretKey};

/// The most memory that a file may ask for to be opened, in KiB: 1 GiB.
pub const LARGEST_MEMORY_KIB: u32 = 1 << 20;

/// The most passes that a file may ask for.
pub const MOST_PASSES: u32 = 64;

/// What one guess of the passphrase costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
}

/// The second choice of RFC 9106, section 4, with one lane: 64 MiB, three passes.
impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 64 << 10, passes: 3 }
    }
}

/// Random bytes that no other file has, from the operating system's generator.
#[derive(Debug, Clone, Copy)]
pub struct Randomness {
    /// Keeps equal passphrases apart.
    pub salt: [u8; 16],
    /// Used once with the key that the passphrase gives.
    pub nonce: [u8; 24],
}

/// Why a key file can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// It is no key file.
    #[error("this is not a Setoff key file: {0}")]
    NotAKeyFile(String),
    /// It was made by a later version.
    #[error("this key file has version {found}, and this program knows version 1: use a newer one")]
    Later {
        /// The version in the file.
        found: u64,
    },
    /// It asks for more than is sane, so that opening it would take the machine down.
    #[error("this key file asks for {memory_kib} KiB and {passes} passes: it is not one of ours")]
    TooCostly {
        /// The memory it asks for, in KiB.
        memory_kib: u32,
        /// The passes it asks for.
        passes: u32,
    },
    /// The passphrase is wrong, or the file was changed: these can't be told apart.
    #[error("the passphrase is wrong, or the file was changed")]
    WrongPassphrase,
    /// Others than its owner can read it.
    #[error("{} can be read by others (its mode is {mode:o}): run chmod 600 on it", path.display())]
    ReadByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    setoff_key: u64,
    public_key: String,
    kdf: String,
    memory_kib: u32,
    passes: u32,
    salt: String,
    cipher: String,
    nonce: String,
    encrypted_seed: String,
}

#[derive(Deserialize)]
struct AnyVersion {
    setoff_key: u64,
}

const KDF: &str = "argon2id";
const CIPHER: &str = "xchacha20poly1305";

/// The text of a file that holds this key.
///
/// # Errors
/// [`KeyFileError::TooCostly`] where Argon2 does not take this cost.
pub fn seal(
    key: &SecretKey,
    passphrase: &str,
    cost: Cost,
    randomness: Randomness,
) -> Result<String, KeyFileError> {
    let public = key.public();
    let cipher = cipher(passphrase, &randomness.salt, cost)?;
    let encrypted = encrypt(&cipher, randomness.nonce, key, &header(&public, cost));
    let stored = Stored {
        setoff_key: 1,
        public_key: BASE64.encode(public.to_bytes()),
        kdf: KDF.to_owned(),
        memory_kib: cost.memory_kib,
        passes: cost.passes,
        salt: BASE64.encode(randomness.salt),
        cipher: CIPHER.to_owned(),
        nonce: BASE64.encode(randomness.nonce),
        encrypted_seed: BASE64.encode(encrypted),
    };
    let text = serde_json::to_string_pretty(&stored);
    Ok(text.map_err(|e| KeyFileError::NotAKeyFile(e.to_string()))? + "\n")
}

/// The key in the text of a file.
///
/// Takes the time and memory that the file asks for, within [`LARGEST_MEMORY_KIB`] and
/// [`MOST_PASSES`].
///
/// # Errors
/// [`KeyFileError`] says which of its causes it is.
pub fn open(text: &str, passphrase: &str) -> Result<SecretKey, KeyFileError> {
    let (stored, public) = parse(text)?;
    let cost = Cost { memory_kib: stored.memory_kib, passes: stored.passes };
    let salt: [u8; 16] = field("salt", &stored.salt)?;
    let nonce: [u8; 24] = field("nonce", &stored.nonce)?;
    let encrypted: [u8; 48] = field("encrypted_seed", &stored.encrypted_seed)?;

    let cipher = cipher(passphrase, &salt, cost)?;
    let key = decrypt(&cipher, nonce, &encrypted, &header(&public, cost))?;
    if key.public() == public { Ok(key) } else { Err(KeyFileError::WrongPassphrase) }
}

/// The public key that a file says it holds, without its passphrase. Only [`open`] proves it.
///
/// # Errors
/// [`KeyFileError::NotAKeyFile`] and [`KeyFileError::Later`].
pub fn public_key(text: &str) -> Result<PublicKey, KeyFileError> {
    parse(text).map(|(_, public)| public)
}

/// Refuses a file that others than its owner may read or write. Call it with the metadata of the
/// file that was opened, so that no other can take its place in between.
///
/// # Errors
/// [`KeyFileError::ReadByOthers`]. Where the system has no permission bits, everything passes.
pub fn check_permissions(path: &Path, metadata: &Metadata) -> Result<(), KeyFileError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(KeyFileError::ReadByOthers { path: path.to_owned(), mode });
        }
    }
    #[cfg(not(unix))]
    let _ = (path, metadata);
    Ok(())
}

fn parse(text: &str) -> Result<(Stored, PublicKey), KeyFileError> {
    let not_json = |e: serde_json::Error| KeyFileError::NotAKeyFile(e.to_string());
    let AnyVersion { setoff_key: version } = serde_json::from_str(text).map_err(not_json)?;
    if version > 1 {
        return Err(KeyFileError::Later { found: version });
    }
    let stored: Stored = serde_json::from_str(text).map_err(not_json)?;
    if (version, stored.kdf.as_str(), stored.cipher.as_str()) != (1, KDF, CIPHER) {
        return Err(KeyFileError::NotAKeyFile("its version, kdf or cipher is unknown".to_owned()));
    }
    let public = PublicKey::from_bytes(&field("public_key", &stored.public_key)?)
        .map_err(|e| KeyFileError::NotAKeyFile(e.to_string()))?;
    Ok((stored, public))
}

fn field<const N: usize>(name: &str, text: &str) -> Result<[u8; N], KeyFileError> {
    let bytes = BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| KeyFileError::NotAKeyFile(format!("{name} is not {N} bytes in base64")))
}

/// What is authenticated beside the seed. The salt needs no place in it: it changes the key.
fn header(public: &PublicKey, cost: Cost) -> Vec<u8> {
    let mut header = b"setoff key 1\0".to_vec();
    header.extend(public.to_bytes());
    header.extend(cost.memory_kib.to_be_bytes());
    header.extend(cost.passes.to_be_bytes());
    header
}

fn encrypt(cipher: &XChaCha20Poly1305, nonce: [u8; 24], key: &SecretKey, header: &[u8]) -> Vec<u8> {
    let message = Payload { msg: key.seed(), aad: header };
    let encrypted = cipher.encrypt(&XNonce::from(nonce), message);
    encrypted.expect("a message of 32 bytes is within the cipher's limits")
}

fn decrypt(
    cipher: &XChaCha20Poly1305,
    nonce: [u8; 24],
    encrypted: &[u8; 48],
    header: &[u8],
) -> Result<SecretKey, KeyFileError> {
    let message = Payload { msg: encrypted.as_slice(), aad: header };
    let seed = cipher.decrypt(&XNonce::from(nonce), message);
    let seed = seed.map(Zeroizing::new).map_err(|_| KeyFileError::WrongPassphrase)?;
    let seed = seed.first_chunk().expect("48 bytes are a seed of 32 and a tag of 16");
    Ok(SecretKey::from_seed(seed))
}

fn cipher(
    passphrase: &str,
    salt: &[u8; 16],
    cost: Cost,
) -> Result<XChaCha20Poly1305, KeyFileError> {
    let Cost { memory_kib, passes } = cost;
    let refused = || KeyFileError::TooCostly { memory_kib, passes };
    if memory_kib > LARGEST_MEMORY_KIB || passes > MOST_PASSES {
        return Err(refused());
    }
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(|_| refused())?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
        .map_err(|_| refused())?;
    Ok(XChaCha20Poly1305::new_from_slice(key.as_ref()).expect("the key has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Cost = Cost { memory_kib: 64, passes: 1 };
    const RANDOM: Randomness = Randomness { salt: [1; 16], nonce: [2; 24] };

    fn sealed() -> String {
        seal(&SecretKey::from_seed(&[5; 32]), "correct horse", QUICK, RANDOM).unwrap()
    }

    #[test]
    fn a_key_comes_back_with_its_passphrase_and_with_no_other() {
        let key = SecretKey::from_seed(&[5; 32]);

        assert_eq!(open(&sealed(), "correct horse").unwrap().id(), key.id());
        assert_eq!(public_key(&sealed()), Ok(key.public()));
        assert_eq!(open(&sealed(), "correct hors").unwrap_err(), KeyFileError::WrongPassphrase);
    }

    #[test]
    fn the_usual_cost_is_what_the_rfc_advises() {
        let key = SecretKey::from_seed(&[5; 32]);
        let text = seal(&key, "x", Cost::default(), RANDOM).unwrap();

        assert!(text.contains("\"memory_kib\": 65536"));
        assert_eq!(open(&text, "x").unwrap().id(), key.id());
    }

    #[test]
    fn the_public_key_in_the_file_can_not_be_exchanged() {
        let other = SecretKey::from_seed(&[6; 32]).public();
        let own = BASE64.encode(SecretKey::from_seed(&[5; 32]).public().to_bytes());
        let text = sealed().replace(&own, &BASE64.encode(other.to_bytes()));

        assert_eq!(open(&text, "correct horse").unwrap_err(), KeyFileError::WrongPassphrase);
    }

    #[test]
    fn files_that_are_not_ours_or_too_costly_or_later_say_so() {
        let refused = |text: &str| open(text, "correct horse").unwrap_err();

        assert!(matches!(refused("age-encryption.org/v1"), KeyFileError::NotAKeyFile(_)));
        assert!(matches!(refused("{\"setoff_key\": 1}"), KeyFileError::NotAKeyFile(_)));
        assert_eq!(refused("{\"setoff_key\": 2}"), KeyFileError::Later { found: 2 });
        let costly = sealed().replace("\"memory_kib\": 64", "\"memory_kib\": 4294967295");
        assert_eq!(refused(&costly), KeyFileError::TooCostly { memory_kib: u32::MAX, passes: 1 });
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_remedy() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        let set = |mode| {
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            check_permissions(file.path(), &file.as_file().metadata().unwrap())
        };

        assert_eq!(set(0o600), Ok(()));
        assert_eq!(set(0o400), Ok(()));
        let refused = set(0o640).unwrap_err();
        assert!(refused.to_string().ends_with("(its mode is 640): run chmod 600 on it"));
    }
}
