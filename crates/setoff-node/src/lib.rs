//! A clearing union at work: the one loop that joins the rules and the journal.
//!
//! Someone signs a [`Submission`]: a command for a union, with a key that makes asking twice
//! harmless. A [`Node`] opens the envelope, checks signatures, lets the rules decide, makes the
//! envelope durable, applies what it changes, and only then answers. Whatever is refused leaves no
//! trace, in the state or in the journal.
//!
//! Opening a journal gives the state again: every envelope is decided once more, at the time at
//! which it was received, and must be accepted as it was then ([`Node::open`], [`read`]).
//!
//! Nothing here reads a clock or makes randomness: times and salts are arguments.

mod check;
mod node;
mod replay;
mod submission;

pub use check::{CheckError, check};
pub use node::{Answer, Node, NodeError, Receipt, Rejection};
pub use replay::{ReplayError, Replayed, Unfit, read};
pub use submission::{PAYLOAD_TYPE, Submission, SubmissionError, UnionId};
