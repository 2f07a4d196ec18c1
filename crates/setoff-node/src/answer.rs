//! What becomes of an envelope, and why not.

use setoff_journal::EnvelopeError;
use setoff_union::Refusal;

use crate::submission::{SubmissionError, UnionId};

/// What becomes of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is durable and in the state.
    Accepted(Receipt),
    /// It was accepted before, under the same key.
    AcceptedBefore(Receipt),
    /// It changed nothing.
    Rejected(Rejection),
}

/// Where an accepted envelope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its position in the journal.
    pub position: u64,
}

/// Why an envelope was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Before the rules heard of it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// By the rules.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Why an envelope is refused before the rules hear of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Its payload is no submission.
    #[error(transparent)]
    Submission(#[from] SubmissionError),
    /// A signature is not one of a key in use, or not over these bytes.
    #[error(transparent)]
    Signature(#[from] EnvelopeError),
    /// Who founds, applies, adds or replaces a key hands in one that can sign nothing.
    #[error("{key} is not an Ed25519 public key, or a weak one: ask its owner for the right one")]
    NotAKey {
        /// What was handed in.
        key: setoff_union::PublicKey,
    },
    /// Signed with a key that is not in use, and too large for an application.
    #[error(
        "{bytes} bytes signed with a key that is not in use: an application has at most {most}"
    )]
    LargeApplication {
        /// How many bytes it has.
        bytes: usize,
        /// How many an application may have.
        most: usize,
    },
    /// For another union.
    #[error("it is for union {found}, and this is {own}")]
    OtherUnion {
        /// Which it is for.
        found: UnionId,
        /// Which this is.
        own: UnionId,
    },
    /// Founds a union where there is one, or names one where there is none.
    #[error("only the founding of a union, and no other command, names no union")]
    Founding,
    /// The signer knew of fewer commands.
    #[error("it was made when there were {position} commands, and there are {now}: look again")]
    OutOfDate {
        /// What the signer knew of.
        position: u64,
        /// How many there are.
        now: u64,
    },
    /// Another command came under the same key.
    #[error("key `{key}` was used for another command: choose a new one")]
    KeyUsed {
        /// The key.
        key: String,
    },
    /// It ends the key that signs the checkpoints after it.
    #[error(
        "this node signs its checkpoints with {key}: start it with another key of the operator, then end this one"
    )]
    NodesKey {
        /// The key.
        key: setoff_union::PublicKey,
    },
    /// The time is none that a calendar has.
    #[error("{micros} µs is no time")]
    NoTime {
        /// The time given.
        micros: i64,
    },
}
