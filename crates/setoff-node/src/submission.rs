//! What someone signs: a command, for which union, and a key that makes asking twice harmless.
//!
//! The payload of the envelope is a JSON object, read by this module once and kept by the journal
//! as it came:
//!
//! ```json
//! {"setoff-submission": 1,
//!  "union": "9c1f…",
//!  "key": "2026-11-24/17",
//!  "position": 41,
//!  "command": {"setoff-command": 1, "by": {"member": 3}, "do": {"confirm": {"obligations": [17]}}}}
//! ```
//!
//! - `union` is the SHA-256 of the payload that founded it, so that no signature carries over from
//!   one union to another. Only the founding itself has none.
//! - `key` is any text of up to 64 characters, chosen anew for each command. What comes a second
//!   time under the same key is answered as the first time, and changes nothing.
//! - `position`, if it is there, is how many commands the signer knew of. The command is refused if
//!   there are more by now: for what must not be decided on an old view.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use setoff_journal::Hash;
use setoff_union::{Action, Actor, Command, DocumentError};

/// The payload type of envelopes with a submission.
pub const PAYLOAD_TYPE: &str = "application/vnd.setoff.submission+json";

/// The version that this code writes and reads.
const VERSION: u32 = 1;

/// The longest key, in characters.
const LONGEST_KEY: usize = 64;

/// Which union: the SHA-256 of the payload that founded it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnionId(pub Hash);

impl UnionId {
    /// The union that this payload founds.
    #[must_use]
    pub fn founded_by(payload: &[u8]) -> Self {
        Self(Hash::of(&[payload]))
    }
}

impl fmt::Display for UnionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UnionId {
    type Err = <Hash as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A command for a union.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// For which union; none where it founds one.
    pub union: Option<UnionId>,
    /// Makes asking twice harmless.
    pub key: String,
    /// How many commands the signer knew of, where that matters.
    pub position: Option<u64>,
    /// The command, with nobody's signature yet.
    pub command: Command,
}

/// Why a payload is no submission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// Of another type.
    #[error("the payload is of type `{found}`, and a submission is `{PAYLOAD_TYPE}`")]
    OtherType {
        /// Its type.
        found: String,
    },
    /// Not as documented.
    #[error("this is no submission: {why}")]
    Malformed {
        /// What the reader says, with line and column.
        why: String,
    },
    /// Of a later version.
    #[error(
        "the submission has version {found}, and this program reads version {VERSION}: use a newer one"
    )]
    Later {
        /// Its version.
        found: u32,
    },
    /// A key that is empty or too long.
    #[error("a key is 1 to {LONGEST_KEY} characters, and this has {length}")]
    Key {
        /// How many characters it has.
        length: usize,
    },
    /// The command in it can't be read.
    #[error(transparent)]
    Command(#[from] DocumentError),
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "setoff-submission")]
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<C> {
    #[serde(rename = "setoff-submission")]
    version: u32,
    union: Option<String>,
    key: String,
    position: Option<u64>,
    command: C,
}

/// All of a document but the command, which is written behind it.
#[derive(Serialize)]
struct Head {
    #[serde(rename = "setoff-submission")]
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    union: Option<String>,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
}

impl Submission {
    /// Reads the payload of an envelope.
    ///
    /// # Errors
    /// [`SubmissionError`] says which of its causes it is.
    pub fn parse(payload_type: &str, payload: &[u8]) -> Result<Self, SubmissionError> {
        if payload_type != PAYLOAD_TYPE {
            return Err(SubmissionError::OtherType { found: payload_type.to_owned() });
        }
        // In one go, if nothing is wrong with it. What is, is found below: part by part.
        let read = std::str::from_utf8(payload).ok().map(serde_json::from_str);
        if let Some(Ok(Document { version: VERSION, union, key, position, command })) = read {
            let (union, key) = checked(union, key)?;
            return Ok(Self { union, key, position, command });
        }
        let document = match serde_json::from_slice::<Document<&RawValue>>(payload) {
            Ok(document) if document.version == VERSION => document,
            read => {
                // Only now that it can't be read does it matter of which version it is.
                let malformed = |error: serde_json::Error| SubmissionError::Malformed {
                    why: error.to_string(),
                };
                let Version { version } = serde_json::from_slice(payload).map_err(malformed)?;
                return Err(match read {
                    Err(error) if version == VERSION => malformed(error),
                    _ => SubmissionError::Later { found: version },
                });
            }
        };
        let (union, key) = checked(document.union, document.key)?;
        let command = Command::parse(document.command.get().as_bytes(), Vec::new())?;
        Ok(Self { union, key, position: document.position, command })
    }

    /// The payload to be signed.
    ///
    /// # Panics
    /// Never: every command can be written as JSON.
    #[must_use]
    pub fn document(
        union: Option<UnionId>,
        key: &str,
        position: Option<u64>,
        by: Actor,
        action: &Action,
    ) -> Vec<u8> {
        let head = Head {
            version: VERSION,
            union: union.map(|union| union.to_string()),
            key: key.to_owned(),
            position,
        };
        let mut payload =
            serde_json::to_vec(&head).expect("strings and numbers can be written as JSON");
        // The command is put in behind as it stands: reading a large one again would take as long
        // as writing it.
        let closing = payload.pop();
        debug_assert_eq!(closing, Some(b'}'), "a structure is written as an object");
        payload.extend(b",\"command\":");
        Command::write_document(&mut payload, by, action);
        payload.push(b'}');
        payload
    }
}

/// The union that is named, if it can be one, and a key that is neither empty nor too long.
fn checked(
    union: Option<String>,
    key: String,
) -> Result<(Option<UnionId>, String), SubmissionError> {
    let length = key.chars().count();
    if length == 0 || length > LONGEST_KEY {
        return Err(SubmissionError::Key { length });
    }
    let no_union = |_| SubmissionError::Malformed { why: "`union` is no SHA-256".to_owned() };
    Ok((union.map(|text| text.parse().map_err(no_union)).transpose()?, key))
}
