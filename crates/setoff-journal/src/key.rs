//! Ed25519 keys (RFC 8032) and what names them.
//!
//! Nothing here makes randomness: whoever makes a key hands over 32 bytes from the operating
//! system's generator. A secret key wipes its bytes when it is dropped and never shows them.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature as DalekSignature, Signer as _, SigningKey, VerifyingKey};

use crate::hash::{Hash, NotAHash};

/// Names a public key: the SHA-256 of its 32 bytes, written as 64 hexadecimal digits.
///
/// A hash rather than the key, so that nobody takes a key from an envelope for one that is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub Hash);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for KeyId {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        text.parse().map(Self)
    }
}

/// These 32 bytes are no public key: not a point of the curve, or one of the few weak points for
/// which anybody can make signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an Ed25519 public key, or a weak one: ask its owner for the right one")]
pub struct NotAKey;

/// A public key that signatures are verified with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key in these bytes (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    /// [`NotAKey`] for what is no point of the curve, and for points of small order.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, NotAKey> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| NotAKey)?;
        if key.is_weak() { Err(NotAKey) } else { Ok(Self(key)) }
    }

    /// The 32 bytes of this key.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// What names this key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        KeyId(Hash::of(&[self.0.as_bytes()]))
    }

    /// Whether this key made this signature of this message.
    ///
    /// Strict: one message, key and signature give the same answer in every library that is strict
    /// too, and no second signature can be made out of a first (Chalkias, Garillot, Nikolaenko
    /// 2020, "Taming the many `EdDSAs`").
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &DalekSignature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

/// A secret key that signatures are made with. It is neither shown nor compared.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key of this seed (RFC 8032, section 5.1.5): 32 bytes that nobody else can guess.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// What names the public half.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.public().id()
    }

    /// The signature of this message. The same message gives the same signature.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    pub(crate) fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let byte = |i: usize| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap();
        std::array::from_fn(byte)
    }

    #[test]
    fn the_first_test_of_rfc_8032_comes_out() {
        let seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let public = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        let signature = bytes(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        );

        let key = SecretKey::from_seed(&seed);

        assert_eq!(key.public().to_bytes(), public);
        assert_eq!(key.sign(b""), signature);
        assert!(key.public().verifies(b"", &signature));
        assert!(!key.public().verifies(b"a", &signature));
    }

    #[test]
    fn a_weak_key_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;

        assert_eq!(PublicKey::from_bytes(&identity), Err(NotAKey));
        assert_eq!(PublicKey::from_bytes(&[0; 32]), Err(NotAKey));
    }

    #[test]
    fn a_secret_key_does_not_show_itself() {
        let key = SecretKey::from_seed(&[7; 32]);

        assert_eq!(format!("{key:?}"), format!("SecretKey(of {})", key.id()));
    }
}
