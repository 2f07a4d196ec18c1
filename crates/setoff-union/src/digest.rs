//! 32 bytes that stand for something kept elsewhere: the SHA-256 of a document, a public key.
//! In documents both are 64 lower-case hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must be 64 hexadecimal digits in lower case")]
pub struct NotHex;

macro_rules! hex_32 {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl From<$name> for String {
            fn from(bytes: $name) -> Self {
                bytes.to_string()
            }
        }

        impl FromStr for $name {
            type Err = NotHex;

            fn from_str(text: &str) -> Result<Self, NotHex> {
                parse(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotHex;

            fn try_from(text: String) -> Result<Self, NotHex> {
                text.parse()
            }
        }
    )*};
}

hex_32! {
    /// The SHA-256 of a document that is kept elsewhere.
    Digest;
    /// An Ed25519 public key. Whoever calls [`decide`](crate::decide()) has checked the signature.
    PublicKey;
}

fn parse(text: &str) -> Result<[u8; 32], NotHex> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(NotHex),
    };
    let text = text.as_bytes();
    if text.len() != 64 {
        return Err(NotHex);
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_is_written_and_in_no_other_way() {
        let text = "00ff".repeat(16);

        assert_eq!(text.parse::<Digest>().map(|d| d.to_string()), Ok(text.clone()));
        assert_eq!(text.to_uppercase().parse::<Digest>(), Err(NotHex));
        assert_eq!(text[2..].parse::<Digest>(), Err(NotHex));
        assert_eq!("é".repeat(32).parse::<Digest>(), Err(NotHex));
    }
}
