//! What a member signs: the exact bytes that it submits, in an envelope with its signatures.
//!
//! This is DSSE, the Dead Simple Signing Envelope (secure-systems-lab/dsse, protocol v1.0.0), with
//! Ed25519. What is signed is the *pre-authentication encoding* of the payload's type and bytes:
//!
//! ```text
//! PAE(type, payload) = "DSSEv1" SP len(type) SP type SP len(payload) SP payload
//! ```
//!
//! with lengths in decimal. Bytes are signed and verified as they are and parsed only afterwards,
//! so there is no canonical form to get wrong.
//!
//! Stored, an envelope is the compact form below, since a payload may be many megabytes; between
//! programs it is DSSE's JSON, which base64 makes a third larger. All numbers are big-endian:
//!
//! ```text
//! 1 byte   version, 1
//! 2 bytes  length of the payload's type, then the type in UTF-8
//! 4 bytes  length of the payload, then the payload
//! 1 byte   number of signatures, then of each: 32 bytes key id, 64 bytes signature
//! ```
//!
//! One envelope has exactly one such form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::json;

use crate::cursor::{Cursor, Truncated};
use crate::hash::Hash;
use crate::key::{KeyId, PublicKey, SecretKey};

/// The largest payload, 256 MiB: both databases keep a value of that size.
pub const LARGEST_PAYLOAD: usize = 256 << 20;

/// The most signatures of one envelope.
pub const MOST_SIGNATURES: usize = u8::MAX as usize;

/// The longest name of a payload's type, in bytes.
pub const LONGEST_TYPE: usize = 255;

/// One signature and the key that it says made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key that is said to have signed.
    pub key: KeyId,
    /// The 64 bytes of the signature.
    pub bytes: [u8; 64],
}

/// A payload, what it is, and who signed it.
///
/// An envelope may hold signatures that do not verify: [`Envelope::verify`] says. It never holds
/// two of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    /// What is signed, the payload at its end: signing and verifying many megabytes copies none.
    message: Vec<u8>,
    /// Where in it the payload begins.
    payload_at: usize,
    signatures: Vec<Signature>,
}

/// Why an envelope is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The payload's type is empty or too long.
    #[error("the payload's type has {0} bytes; it needs 1 to {LONGEST_TYPE}")]
    TypeLength(usize),
    /// The payload is too large.
    #[error("the payload has {0} bytes, and the most is {LARGEST_PAYLOAD}: split the batch")]
    TooLarge(usize),
    /// There are too many signatures.
    #[error("an envelope has at most {MOST_SIGNATURES} signatures")]
    TooManySignatures,
    /// One key signed twice.
    #[error("key {0} signed twice")]
    SignedTwice(KeyId),
    /// Nobody signed.
    #[error("nobody signed")]
    Unsigned,
    /// The key is not known, or not for this.
    #[error("key {0} is not known here")]
    UnknownKey(KeyId),
    /// The key given for an id is another one.
    #[error("the key that was found for {asked} is {found}")]
    OtherKey {
        /// The id that was looked for.
        asked: KeyId,
        /// The id of what was found.
        found: KeyId,
    },
    /// The signature is not the key's signature of these bytes.
    #[error("the signature of key {0} does not match: the bytes or the signature were changed")]
    Forged(KeyId),
    /// The stored form has a version that this program does not know.
    #[error("the envelope has version {0}, and this program knows version 1")]
    Version(u8),
    /// The stored form ends too early.
    #[error("the envelope is cut off")]
    Truncated,
    /// The stored form goes on after its end.
    #[error("{0} bytes follow the envelope")]
    Trailing(usize),
    /// The payload's type is not UTF-8.
    #[error("the payload's type is not UTF-8")]
    TypeEncoding,
    /// It is not a DSSE envelope in JSON.
    #[error("this is not a DSSE envelope: {0}")]
    Json(String),
}

impl From<Truncated> for EnvelopeError {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}

/// What is signed of a payload: DSSE's pre-authentication encoding.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let before = before(payload_type, payload.len());
    [before.as_bytes(), payload].concat()
}

/// What that puts before a payload of so many bytes.
fn before(payload_type: &str, length: usize) -> String {
    format!("DSSEv1 {} {payload_type} {length} ", payload_type.len())
}

impl Envelope {
    /// An envelope that nobody has signed yet.
    ///
    /// # Errors
    /// [`EnvelopeError::TypeLength`] and [`EnvelopeError::TooLarge`].
    pub fn new(payload_type: &str, payload: Vec<u8>) -> Result<Self, EnvelopeError> {
        check_lengths(payload_type, &payload)?;
        let before = before(payload_type, payload.len());
        let (payload_at, mut message) = (before.len(), payload);
        message.splice(..0, before.into_bytes());
        Ok(Self { payload_type: payload_type.to_owned(), message, payload_at, signatures: vec![] })
    }

    /// What the payload is, in the manner of a media type.
    #[must_use]
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// The bytes that were submitted.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.message[self.payload_at..]
    }

    /// The signatures in the order in which they came.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds the signature of this key.
    ///
    /// # Errors
    /// [`EnvelopeError::SignedTwice`] and [`EnvelopeError::TooManySignatures`].
    pub fn sign(&mut self, key: &SecretKey) -> Result<(), EnvelopeError> {
        let bytes = key.sign(&self.message);
        self.add(Signature { key: key.id(), bytes })
    }

    /// Adds a signature that was made elsewhere, without verifying it.
    ///
    /// # Errors
    /// [`EnvelopeError::SignedTwice`] and [`EnvelopeError::TooManySignatures`].
    pub fn add(&mut self, signature: Signature) -> Result<(), EnvelopeError> {
        if self.signatures.iter().any(|s| s.key == signature.key) {
            return Err(EnvelopeError::SignedTwice(signature.key));
        }
        if self.signatures.len() == MOST_SIGNATURES {
            return Err(EnvelopeError::TooManySignatures);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Verifies every signature with the key that `keys` knows by its id, and says who signed, in
    /// order.
    ///
    /// Stricter than DSSE asks for: a signature of an unknown key is not passed over, since what is
    /// journalled has nothing in it that nobody has verified.
    ///
    /// # Errors
    /// [`EnvelopeError::Unsigned`], [`EnvelopeError::UnknownKey`], [`EnvelopeError::OtherKey`] and
    /// [`EnvelopeError::Forged`].
    pub fn verify(
        &self,
        keys: impl Fn(KeyId) -> Option<PublicKey>,
    ) -> Result<Vec<KeyId>, EnvelopeError> {
        if self.signatures.is_empty() {
            return Err(EnvelopeError::Unsigned);
        }
        let verify = |signature: &Signature| {
            let asked = signature.key;
            let key = keys(asked).ok_or(EnvelopeError::UnknownKey(asked))?;
            if key.id() != asked {
                return Err(EnvelopeError::OtherKey { asked, found: key.id() });
            }
            let verified = key.verifies(&self.message, &signature.bytes);
            if verified { Ok(asked) } else { Err(EnvelopeError::Forged(asked)) }
        };
        self.signatures.iter().map(verify).collect()
    }

    /// The compact form that is stored, as the head of this module describes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode_into(&mut bytes);
        bytes
    }

    pub(crate) fn encode_into(&self, bytes: &mut Vec<u8>) {
        let bounded = "the constructors keep lengths below these limits";
        let payload = self.payload();
        bytes.reserve_exact(
            8 + self.payload_type.len() + payload.len() + self.signatures.len() * 96,
        );
        bytes.push(1);
        bytes.extend(u16::try_from(self.payload_type.len()).expect(bounded).to_be_bytes());
        bytes.extend(self.payload_type.bytes());
        bytes.extend(u32::try_from(payload.len()).expect(bounded).to_be_bytes());
        bytes.extend(payload);
        bytes.push(u8::try_from(self.signatures.len()).expect(bounded));
        for signature in &self.signatures {
            bytes.extend(signature.key.0.0);
            bytes.extend(signature.bytes);
        }
    }

    /// The envelope in its compact form.
    ///
    /// # Errors
    /// What [`EnvelopeError`] says of versions, lengths, and keys that sign twice.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let mut cursor = Cursor::new(bytes);
        let [version] = cursor.array()?;
        if version != 1 {
            return Err(EnvelopeError::Version(version));
        }
        let length = u16::from_be_bytes(cursor.array()?);
        let payload_type = std::str::from_utf8(cursor.bytes(usize::from(length))?)
            .map_err(|_| EnvelopeError::TypeEncoding)?;
        let length = u32::from_be_bytes(cursor.array()?);
        let length = usize::try_from(length).map_err(|_| EnvelopeError::TooLarge(usize::MAX))?;
        let payload = cursor.bytes(length)?;
        check_lengths(payload_type, payload)?;
        let mut envelope = Self {
            payload_type: payload_type.to_owned(),
            message: pae(payload_type, payload),
            payload_at: before(payload_type, payload.len()).len(),
            signatures: Vec::new(),
        };
        let [signatures] = cursor.array()?;
        for _ in 0..signatures {
            let key = KeyId(Hash(cursor.array()?));
            envelope.add(Signature { key, bytes: cursor.array()? })?;
        }
        match cursor.rest() {
            0 => Ok(envelope),
            rest => Err(EnvelopeError::Trailing(rest)),
        }
    }

    /// DSSE's JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let signature =
            |s: &Signature| json!({ "keyid": s.key.to_string(), "sig": BASE64.encode(s.bytes) });
        let signatures: Vec<_> = self.signatures.iter().map(signature).collect();
        let payload = BASE64.encode(self.payload());
        json!({ "payloadType": self.payload_type, "payload": payload, "signatures": signatures })
            .to_string()
    }

    /// The envelope in DSSE's JSON form. Members that DSSE does not know are passed over, as it
    /// asks for; they are not kept.
    ///
    /// # Errors
    /// [`EnvelopeError::Json`], and what is said of lengths and of keys that sign twice.
    pub fn from_json(text: &str) -> Result<Self, EnvelopeError> {
        let json: Json =
            serde_json::from_str(text).map_err(|e| EnvelopeError::Json(e.to_string()))?;
        let base64 = |what: &str, text: &str| {
            BASE64.decode(text).map_err(|_| EnvelopeError::Json(format!("{what} is not base64")))
        };
        let mut envelope = Self::new(&json.payload_type, base64("payload", &json.payload)?)?;
        for signature in json.signatures {
            let key = signature.keyid.parse();
            let key = key.map_err(|e| EnvelopeError::Json(format!("keyid: {e}")))?;
            let bytes = base64("sig", &signature.sig)?
                .try_into()
                .map_err(|_| EnvelopeError::Json("sig is not 64 bytes".to_owned()))?;
            envelope.add(Signature { key, bytes })?;
        }
        Ok(envelope)
    }
}

fn check_lengths(payload_type: &str, payload: &[u8]) -> Result<(), EnvelopeError> {
    if payload_type.is_empty() || payload_type.len() > LONGEST_TYPE {
        return Err(EnvelopeError::TypeLength(payload_type.len()));
    }
    if payload.len() > LARGEST_PAYLOAD {
        return Err(EnvelopeError::TooLarge(payload.len()));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    payload_type: String,
    payload: String,
    signatures: Vec<JsonSignature>,
}

#[derive(Deserialize)]
struct JsonSignature {
    keyid: String,
    sig: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPE: &str = "application/vnd.setoff.command+json";

    fn key(number: u8) -> SecretKey {
        SecretKey::from_seed(&[number; 32])
    }

    fn known(id: KeyId) -> Option<PublicKey> {
        (1..5).map(|n| key(n).public()).find(|k| k.id() == id)
    }

    fn signed_by(numbers: &[u8]) -> Envelope {
        let mut envelope = Envelope::new(TYPE, b"{\"declare\":1}".to_vec()).unwrap();
        for &n in numbers {
            envelope.sign(&key(n)).unwrap();
        }
        envelope
    }

    /// The example of DSSE's protocol.md.
    #[test]
    fn the_pre_authentication_encoding_is_the_specifications() {
        let encoded = pae("http://example.com/HelloWorld", b"hello world");

        assert_eq!(encoded, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn each_signature_of_a_known_key_verifies() {
        assert_eq!(signed_by(&[1, 3]).verify(known), Ok(vec![key(1).id(), key(3).id()]));
    }

    #[test]
    fn one_bad_signature_spoils_the_envelope() {
        let forged = Signature { key: key(2).id(), bytes: signed_by(&[1]).signatures[0].bytes };
        let mut envelope = signed_by(&[1]);
        envelope.add(forged).unwrap();

        assert_eq!(envelope.verify(known), Err(EnvelopeError::Forged(key(2).id())));
        assert_eq!(signed_by(&[1, 9]).verify(known), Err(EnvelopeError::UnknownKey(key(9).id())));
        assert_eq!(signed_by(&[]).verify(known), Err(EnvelopeError::Unsigned));
        let other = EnvelopeError::OtherKey { asked: key(1).id(), found: key(2).id() };
        assert_eq!(signed_by(&[1]).verify(|_| Some(key(2).public())), Err(other));
    }

    #[test]
    fn a_signature_does_not_carry_over_to_another_type() {
        let mut other =
            Envelope::new("application/vnd.setoff.vote", b"{\"declare\":1}".to_vec()).unwrap();
        other.add(signed_by(&[1]).signatures[0].clone()).unwrap();

        assert_eq!(other.verify(known), Err(EnvelopeError::Forged(key(1).id())));
    }

    #[test]
    fn one_key_signs_once() {
        let twice = signed_by(&[1]).sign(&key(1));

        assert_eq!(twice, Err(EnvelopeError::SignedTwice(key(1).id())));
    }

    #[test]
    fn what_is_too_long_or_from_a_later_version_is_refused() {
        assert_eq!(Envelope::new("", vec![]), Err(EnvelopeError::TypeLength(0)));
        assert_eq!(Envelope::new(&"t".repeat(256), vec![]), Err(EnvelopeError::TypeLength(256)));
        let mut later = signed_by(&[1]).encode();
        later[0] = 2;
        assert_eq!(Envelope::decode(&later), Err(EnvelopeError::Version(2)));
    }

    #[test]
    fn json_names_its_members_as_the_specification_does() {
        let json: serde_json::Value = serde_json::from_str(&signed_by(&[1]).to_json()).unwrap();

        assert_eq!(json["payloadType"], TYPE);
        assert_eq!(json["payload"], "eyJkZWNsYXJlIjoxfQ==");
        assert_eq!(json["signatures"][0]["keyid"], key(1).id().to_string());
    }

    proptest! {
        #[test]
        fn both_forms_come_back_as_they_went(
            payload in prop::collection::vec(any::<u8>(), 0..300), signers in 0_u8..5
        ) {
            let mut envelope = Envelope::new("ü/setoff", payload).unwrap();
            for n in 0..signers {
                envelope.sign(&key(n)).unwrap();
            }

            prop_assert_eq!(&Envelope::decode(&envelope.encode()).unwrap(), &envelope);
            prop_assert_eq!(&Envelope::from_json(&envelope.to_json()).unwrap(), &envelope);
        }

        #[test]
        fn any_changed_bit_of_the_stored_form_is_refused(at in 0_usize..4096, bit in 0..8) {
            let mut bytes = signed_by(&[1, 2]).encode();
            let at = at % bytes.len();
            bytes[at] ^= 1_u8 << bit;

            let refused = Envelope::decode(&bytes).and_then(|e| e.verify(known)).is_err();

            prop_assert!(refused);
        }

        #[test]
        fn no_bytes_make_decoding_panic_and_one_envelope_has_one_form(
            bytes in prop::collection::vec(any::<u8>(), 0..200)
        ) {
            if let Ok(envelope) = Envelope::decode(&bytes) {
                prop_assert_eq!(envelope.encode(), bytes);
            }
        }
    }
}
