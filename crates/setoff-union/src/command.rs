//! Commands: what members and the operator ask for, in a document of our own with a version.
//!
//! What a member signs are the exact bytes of such a document, and they are what the journal keeps.
//! So a version's documents are read the same for ever; a new meaning is a new version.
//!
//! ```
//! use setoff_union::{Action, Actor, Command, CycleId, MemberId};
//!
//! let text = br#"{"setoff-command":1,"by":{"member":3},
//!     "do":{"confirm":{"obligations":[17,18]}}}"#;
//! let command = Command::parse(text, Vec::new())?;
//! assert_eq!(command.by, Actor::Member(MemberId(3)));
//! # Ok::<(), setoff_union::DocumentError>(())
//! ```

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::vote::{Choice, Subject};
use crate::{
    AgreementId, Amount, Answer, Application, Code, CycleId, Declaration, Digest, Draft, Duty,
    Founding, InstructionId, MemberId, MergerOffer, NetworkResult, NewKey, ObligationId, Opening,
    ProposalId, PublicKey, Scope, Step, Way,
};

/// The version of the documents that this code writes, and the newest that it reads.
pub const DOCUMENT_VERSION: u32 = 1;

/// For whom a command is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// For a member, by its own keys or a delegate's.
    Member(MemberId),
    /// For the operator.
    Operator,
    /// For someone who is no member yet.
    Applicant,
}

/// A command with who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The keys whose signatures over the document were verified.
    pub signers: Vec<PublicKey>,
    /// For whom it is given.
    pub by: Actor,
    /// What is to be done.
    pub action: Action,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs, reason = "each field means what the rule in its module says")]
pub enum Action {
    /// Found the union; the first command of all.
    Found(Box<Founding>),
    /// Ask to be admitted.
    Apply(Application),
    /// Change how a member stands.
    Stand { member: MemberId, step: Step, reason: String, evidence: Option<Digest> },
    /// Add a key.
    AddKey(NewKey),
    /// Replace a key.
    RotateKey { old: PublicKey, new: PublicKey },
    /// End a key.
    RevokeKey { key: PublicKey, reason: String },
    /// Say over which amount two people are needed; without an amount, for none.
    LimitOnePerson { currency: Code, over: Option<Amount> },
    /// Authorise a delegate.
    Delegate { delegate: MemberId, scope: BTreeSet<Scope>, until: Date },
    /// End a delegation.
    EndDelegation { delegate: MemberId, reason: String },
    /// Offer to merge into another member.
    OfferMerger(MergerOffer),
    /// Absorb a member that offered it.
    AcceptMerger { member: MemberId },
    /// Declare obligations, one or a file of them.
    Declare { obligations: Vec<Declaration>, file: Option<Digest> },
    /// Confirm what the other side declared.
    Confirm { obligations: Vec<ObligationId> },
    /// Dispute what the other side declared, or a part of it.
    Dispute {
        obligation: ObligationId,
        part: Option<Amount>,
        reason: String,
        evidence: Option<Digest>,
    },
    /// Answer a dispute.
    Answer { obligation: ObligationId, answer: Answer, reason: String },
    /// Withdraw, or ask to, or agree to.
    Withdraw { obligation: ObligationId, reason: String },
    /// Correct what is outstanding and when it is due, or ask to, or agree to.
    Correct { obligation: ObligationId, outstanding: Amount, due: Date, reason: String },
    /// Say that a debt was paid outside the union.
    ConfirmPayment { obligation: ObligationId, amount: Amount, paid_on: Date, reason: String },
    /// Lower a debt by a credit note.
    CreditNote { obligation: ObligationId, amount: Amount, reference: String, reason: String },
    /// Offer a claim to another member.
    OfferAssignment { obligation: ObligationId, to: MemberId, reason: String },
    /// Take it over.
    AcceptAssignment { obligation: ObligationId },
    /// Keep it out of the clearing.
    Hold { obligation: ObligationId, reason: String },
    /// Let it clear again.
    Release { obligation: ObligationId, reason: String },
    /// Put something to the vote.
    Propose { subject: Subject, closes: Timestamp },
    /// Vote.
    Vote { proposal: ProposalId, choice: Choice },
    /// Count the votes.
    CountVotes { proposal: ProposalId },
    /// Open a cycle.
    OpenCycle(Opening),
    /// Freeze what it clears.
    CutOff { cycle: CycleId },
    /// Hand in its result.
    ProposeResult { cycle: CycleId, cleared: Digest, results: Vec<NetworkResult> },
    /// Make it final.
    Finalise { cycle: CycleId },
    /// Give it up.
    Abandon { cycle: CycleId, reason: String },
    /// Make the settlement instructions of a final cycle.
    Instruct { cycle: CycleId },
    /// Choose how one's debts are settled.
    ChooseSettlement { way: Way },
    /// Choose the currency in which one pays and is paid; without one, that of each debt.
    ChooseCurrency { currency: Option<Code> },
    /// Say what was received on an instruction, in the currency in which it is paid.
    ConfirmInstruction { instruction: InstructionId, amount: Amount },
    /// Say why an instruction was not paid.
    FailInstruction { instruction: InstructionId, reason: String },
    /// Let an instruction that nobody answered go stale.
    ExpireInstruction { instruction: InstructionId },
    /// Draft an agreement and sign it.
    DraftAgreement(Draft),
    /// Sign an agreement with this text.
    SignAgreement { agreement: AgreementId, text: Digest },
    /// End an agreement with notice.
    EndAgreement { agreement: AgreementId, from: Date, reason: String },
}

impl Action {
    /// What kind of act it is.
    #[must_use]
    pub fn duty(&self) -> Duty {
        match self {
            Self::Declare { .. }
            | Self::Dispute { .. }
            | Self::Answer { .. }
            | Self::Hold { .. }
            | Self::Release { .. } => Duty::Enter,
            Self::Confirm { .. }
            | Self::Withdraw { .. }
            | Self::Correct { .. }
            | Self::CreditNote { .. }
            | Self::OfferAssignment { .. }
            | Self::AcceptAssignment { .. } => Duty::Bind,
            Self::ConfirmPayment { .. }
            | Self::ConfirmInstruction { .. }
            | Self::FailInstruction { .. } => Duty::Receive,
            Self::DraftAgreement(_) | Self::SignAgreement { .. } | Self::EndAgreement { .. } => {
                Duty::Agree
            }
            Self::CountVotes { .. }
            | Self::OpenCycle(_)
            | Self::CutOff { .. }
            | Self::ProposeResult { .. }
            | Self::Finalise { .. }
            | Self::Abandon { .. }
            | Self::Instruct { .. }
            | Self::ExpireInstruction { .. } => Duty::Clear,
            Self::Propose { .. } | Self::Vote { .. } => Duty::Vote,
            Self::Found(_)
            | Self::Apply(_)
            | Self::Stand { .. }
            | Self::AddKey(_)
            | Self::RotateKey { .. }
            | Self::RevokeKey { .. }
            | Self::LimitOnePerson { .. }
            | Self::Delegate { .. }
            | Self::EndDelegation { .. }
            | Self::OfferMerger(_)
            | Self::AcceptMerger { .. }
            | Self::ChooseSettlement { .. }
            | Self::ChooseCurrency { .. } => Duty::Administer,
        }
    }

    /// The public keys that it hands in. Each has to sign it as well, so that nobody puts in a key
    /// that someone else holds; by that signature it has no say yet.
    #[must_use]
    pub fn brought(&self) -> Vec<PublicKey> {
        let keys = |keys: &[NewKey]| keys.iter().map(|key| key.public).collect();
        match self {
            Self::Found(founding) => founding.keys().map(|key| key.public).collect(),
            Self::Apply(application) => keys(&application.keys),
            Self::AddKey(key) => vec![key.public],
            Self::RotateKey { new, .. } => vec![*new],
            _ => Vec::new(),
        }
    }

    pub(crate) fn is_application(&self) -> bool {
        matches!(self, Self::Apply(_))
    }

    /// The reason that was given, where one has to be.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Stand { reason, .. }
            | Self::RevokeKey { reason, .. }
            | Self::EndDelegation { reason, .. }
            | Self::Dispute { reason, .. }
            | Self::Answer { reason, .. }
            | Self::Withdraw { reason, .. }
            | Self::Correct { reason, .. }
            | Self::ConfirmPayment { reason, .. }
            | Self::CreditNote { reason, .. }
            | Self::OfferAssignment { reason, .. }
            | Self::Hold { reason, .. }
            | Self::Release { reason, .. }
            | Self::Abandon { reason, .. }
            | Self::FailInstruction { reason, .. }
            | Self::OfferMerger(MergerOffer { reason, .. })
            | Self::EndAgreement { reason, .. } => Some(reason),
            _ => None,
        }
    }
}

/// A command as it stands in a document.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Document<A> {
    setoff_command: u32,
    by: Actor,
    #[serde(rename = "do")]
    action: A,
}

/// Only the version of a document, whatever else is in it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Version {
    setoff_command: u32,
}

/// Why some bytes are no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not a JSON object with a version.
    #[error("this is no command document: {why}")]
    NoDocument {
        /// What the reader says, with line and column.
        why: String,
    },
    /// Of a version that this code does not know.
    #[error(
        "the document has version {version}, and this program reads up to {DOCUMENT_VERSION}: use a newer one"
    )]
    UnknownVersion {
        /// Which.
        version: u32,
    },
    /// Not as its version says.
    #[error("the document is not as version {version} says: {why}")]
    Malformed {
        /// Which version.
        version: u32,
        /// What the reader says, with line and column.
        why: String,
    },
}

/// Reads a document of [`DOCUMENT_VERSION`] where it stands in another; nobody has signed it yet.
/// [`Command::parse`] says what is wrong with one that can't be read.
impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Document::deserialize(deserializer)? {
            Document { setoff_command: DOCUMENT_VERSION, by, action } => {
                Ok(Self { signers: Vec::new(), by, action })
            }
            Document { setoff_command: version, .. } => {
                Err(de::Error::custom(DocumentError::UnknownVersion { version }))
            }
        }
    }
}

impl Command {
    /// Reads the document that was signed.
    ///
    /// # Errors
    /// [`DocumentError`]: unknown fields, actions, versions and JSON numbers for amounts are
    /// refused.
    pub fn parse(document: &[u8], signers: Vec<PublicKey>) -> Result<Self, DocumentError> {
        let read = match serde_json::from_slice(document) {
            Ok(Document { setoff_command: DOCUMENT_VERSION, by, action }) => {
                return Ok(Self { signers, by, action });
            }
            Ok(_) => None,
            Err(error) => Some(error.to_string()),
        };
        // Only now that it can't be read does it matter of which version it is.
        let Version { setoff_command: version } = serde_json::from_slice(document)
            .map_err(|error| DocumentError::NoDocument { why: error.to_string() })?;
        match read {
            Some(why) if version == DOCUMENT_VERSION => {
                Err(DocumentError::Malformed { version, why })
            }
            _ => Err(DocumentError::UnknownVersion { version }),
        }
    }

    /// The document, ready to be signed.
    ///
    /// # Panics
    /// Never: every action can be written as JSON.
    #[must_use]
    pub fn document(by: Actor, action: &Action) -> Vec<u8> {
        let mut document = Vec::new();
        Self::write_document(&mut document, by, action);
        document
    }

    /// Writes the document behind what is there already: a large one need not be copied.
    ///
    /// # Panics
    /// Never: every action can be written as JSON.
    pub fn write_document(behind: &mut Vec<u8>, by: Actor, action: &Action) {
        let document = Document { setoff_command: DOCUMENT_VERSION, by, action };
        let written = serde_json::to_writer(behind, &document);
        written.expect("every action can be written as JSON, and memory takes every byte");
    }
}
