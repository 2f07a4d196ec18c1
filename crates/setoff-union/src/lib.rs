//! The rules of a clearing union, pure.
//!
//! A union is a log: [`decide`] makes entries of a [`Command`] and the [`State`], or refuses it with
//! the one reason why; [`apply`] makes the next state of an entry. Neither has a clock, input,
//! output, randomness or floating point, so that whoever has the commands, with the time at which
//! each was received, has the same state, on every machine and for ever.
//!
//! What is kept are the commands: the exact bytes that members signed ([`Command::parse`]), not the
//! entries. The keys that signed are checked before the rules hear of a command; whether these keys
//! may do it is decided here.
//!
//! | file | one subject |
//! |---|---|
//! | `command.rs`, `decide.rs`, `entry.rs`, `apply.rs`, `state.rs` | the machine |
//! | `founding.rs`, `rulebook.rs`, `vote.rs` | what the members agreed on for everyone |
//! | `member.rs`, `merger.rs`, `key.rs`, `authority.rs` | who may do what |
//! | `obligation.rs` | debts, from declaration to discharge |
//! | `cycle.rs`, `settlement.rs` | clearing, and paying what is left |
//! | `agreement.rs` | what members agree on among themselves |
//! | `ledger.rs` | double entry for all of it |
//! | `statement.rs` | views: statements, aging, histories, vouchers |
//! | `sight.rs` | who may see them |
//! | `refusal.rs` | every reason why not |
//!
//! ```
//! use setoff_union::testing::Union;
//!
//! // Three founders; each owes the next a hundred euro; all of it clears.
//! let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
//! for (debtor, creditor) in [(0, 1), (1, 2), (2, 0)] {
//!     let obligation = union.declared(debtor, creditor, "100.00")?;
//!     union.confirmed(obligation)?;
//! }
//! let cycle = union.cleared()?;
//! assert_eq!(union.outstanding(), [0, 0, 0]);
//! # let _ = cycle;
//! # Ok::<(), setoff_union::Refusal>(())
//! ```

mod agreement;
mod amount;
mod apply;
mod authority;
mod command;
mod cycle;
mod date;
mod decide;
mod digest;
mod entry;
mod founding;
mod id;
mod key;
mod ledger;
mod member;
mod merger;
mod obligation;
mod refusal;
mod rulebook;
mod settlement;
mod sight;
mod state;
mod statement;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod vote;

pub use agreement::{Agreement, Draft, Succession, Supersedes, terms_in_force};
pub use amount::{Amount, Code};
pub use apply::apply;
pub use authority::{Author, Delegation, Duty, Scope};
pub use command::{Action, Actor, Command, DOCUMENT_VERSION, DocumentError};
pub use cycle::{
    CutOff, Cycle, CycleNetwork, CycleStage, Discharge, FARTHEST_VALUE_DATE, Mode, NetworkResult,
    Opening, Published, RateSource, networks, seed, too_large,
};
pub use decide::{decide, utc_date};
pub use digest::{Digest, NotHex, PublicKey};
pub use entry::{Change, Entry};
pub use founding::Founding;
pub use id::{
    AgreementId, CurrencyId, CycleId, InstructionId, KeyId, MemberId, ObligationId, Position,
    ProposalId,
};
pub use key::{Key, Limit, NewKey, Owner, Role};
pub use ledger::{Account, Balances, Cause, Ledger, Line, Posting};
pub use member::{Application, Capacity, Member, Profile, Standing, Step};
pub use merger::{Merger, MergerOffer};
pub use obligation::{
    Amendment, Answer, Asked, Declaration, Declared, DocumentKey, Kind, LONGEST_REFERENCE,
    Obligation, Side, Stage,
};
pub use refusal::{Refusal, refusals_table};
pub use rulebook::{
    AtThreshold, Calendar, Classes, Clears, Day, Decider, Declares, Fraction, Portions, Rulebook,
};
pub use settlement::{Instruction, InstructionStage, Payable, Payment, Way, Ways};
pub use sight::{Auditor, Sees, Sight, Thing, Viewer, may_see};
pub use state::State;
pub use statement::{
    Aging, Compensation, CompensationLine, Exchange, Statement, StatementLine, TracedCircle, aging,
    compensation, history, statement,
};
pub use vote::{Choice, Outcome, Proposal, Subject};
