//! A clearing union at work: the one loop that joins the rules and the journal.
//!
//! Someone signs a [`Submission`]: a command for a union, with a key that makes asking twice
//! harmless. A [`Node`] opens the envelope, checks signatures, lets the rules decide, makes the
//! envelope durable, applies what it changes, and only then answers. Whatever is refused leaves no
//! trace, in the state or in the journal.
//!
//! Opening a journal gives the state again: every envelope is decided once more, at the time at
//! which it was received, and must be accepted as it was then ([`read`]). A [`Follower`] does so from
//! the newest snapshot on, any number of them beside one writer, and can take over from it. A
//! [`Queue`] lets many threads share one append. [`due`] says what the calendar asks of the
//! operator.
//!
//! Nothing here reads a clock or makes randomness: times and salts are arguments.

mod answer;
mod check;
mod due;
mod follower;
mod node;
mod opening;
mod queue;
mod replay;
mod snapshot;
mod submission;

pub use answer::{Answer, Receipt, Rejection, Unfit};
pub use check::{CheckError, check};
pub use due::{DueError, cut_off_at, due};
pub use follower::{Follower, NotLeading};
pub use node::{Node, NodeError};
pub use queue::{Bounds, Handle, Outside, Queue, Unanswered};
pub use replay::{ReplayError, Replayed, read};
pub use submission::{PAYLOAD_TYPE, Submission, SubmissionError, UnionId};
