//! Entries: what a command that was accepted changes, when, and by whom.
//!
//! Entries are not kept: commands are, and give the same entries again. Views fold over them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use setoff_money::{Currency, Minor};

use crate::settlement::{Instruction, InstructionStage, Payment};
use crate::vote::{Choice, Outcome, Proposal};
use crate::{
    AgreementId, Application, Asked, Author, CurrencyId, CutOff, CycleId, Declared, Delegation,
    Digest, Discharge, Draft, Founding, InstructionId, KeyId, MemberId, Merger, MergerOffer,
    NewKey, ObligationId, Opening, Owner, Position, Posting, ProposalId, Rulebook, Side, Standing,
    Way,
};

/// One change with its circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The position of the command that brought it about.
    pub position: Position,
    /// When that was received.
    pub at: Timestamp,
    /// Who gave it.
    pub author: Author,
    /// What changes.
    pub change: Change,
    /// What that moves in the ledger.
    pub postings: Vec<Posting>,
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field means what the rule in its module says")]
pub enum Change {
    /// The union was founded.
    Founded { founding: Box<Founding>, currencies: Vec<Currency> },
    /// Someone applied; it has the next number of a member.
    Applied(Application),
    /// A member stands otherwise.
    Stands { member: MemberId, to: Standing, reason: String, evidence: Option<Digest> },
    /// A member runs off until then.
    RunsOff { member: MemberId, until: Date },
    /// A key counts from here on; it has the next number of a key.
    KeyAdded { owner: Owner, key: NewKey },
    /// A key counts no more from here on.
    KeyRevoked { key: KeyId, reason: String },
    /// A key counts no more and another does in its place.
    KeyRotated { key: KeyId, replacement: NewKey },
    /// Over this amount a member needs two people.
    LimitSet { member: MemberId, currency: CurrencyId, over: Option<Minor> },
    /// A party may act for a member.
    Delegated(Delegation),
    /// It may no more.
    DelegationEnded { principal: MemberId, delegate: MemberId, reason: String },
    /// A member offers to merge into another.
    MergerOffered { member: MemberId, offer: MergerOffer },
    /// A member was absorbed by another.
    Merged(Box<Merger>),
    /// Obligations were declared; they have the next numbers in this order.
    Declared { obligations: Vec<Declared>, file: Option<Digest> },
    /// The other side confirmed them.
    Confirmed { obligations: Vec<ObligationId> },
    /// The other side disputes it; with `split`, only a part, which has that number now.
    Disputed {
        obligation: ObligationId,
        part: Minor,
        split: Option<ObligationId>,
        reason: String,
        evidence: Option<Digest>,
    },
    /// The declarer stands by it.
    Insisted { obligation: ObligationId, reason: String },
    /// It is no longer claimed.
    Withdrawn { obligation: ObligationId, reason: String },
    /// One side asks the other to agree.
    Asked { obligation: ObligationId, asked: Asked, reason: String },
    /// This is outstanding of it now, due then.
    Corrected { obligation: ObligationId, outstanding: Minor, due: Date, reason: String },
    /// So much was paid outside the union.
    Paid { obligation: ObligationId, amount: Minor, paid_on: Date, reason: String },
    /// So much was credited.
    Credited { obligation: ObligationId, amount: Minor, reference: String, reason: String },
    /// It is owed to another member now.
    Assigned { obligation: ObligationId, to: MemberId },
    /// A side keeps it out of the clearing.
    Held { obligation: ObligationId, side: Side, reason: String },
    /// That side lets it clear again.
    Released { obligation: ObligationId, side: Side, reason: String },
    /// Something was put to the vote.
    ProposalOpened { number: ProposalId, proposal: Box<Proposal> },
    /// A member voted.
    Voted { proposal: ProposalId, member: MemberId, choice: Choice },
    /// The votes were counted.
    Counted { proposal: ProposalId, outcome: Outcome },
    /// Another rulebook is in force from a day on.
    RulebookAdopted { rulebook: Box<Rulebook>, from: Date },
    /// A cycle was opened; it has the next number.
    CycleOpened(Opening),
    /// What it clears is frozen.
    CutOff { cycle: CycleId, cut_off: CutOff },
    /// A verified result waits for finality. Some obligations may have been too large for the unit of
    /// account. Where obligations are discharged whole only, no set-off is larger than `at_most`, by
    /// the currency in which it clears.
    Proposed {
        cycle: CycleId,
        discharges: Vec<Discharge>,
        too_large: Vec<ObligationId>,
        at_most: BTreeMap<CurrencyId, i128>,
    },
    /// The result can't be, because this member clears no more.
    ResultVoided { cycle: CycleId, member: MemberId },
    /// The discharges are final.
    Final { cycle: CycleId, discharges: Vec<Discharge> },
    /// The cycle was given up.
    Abandoned { cycle: CycleId, reason: String },
    /// What it left is to be paid; the instructions have the next numbers.
    Instructed { cycle: CycleId, instructions: Vec<Instruction> },
    /// Debts that a cycle left are over; debts to and from the netting centre take their place, and
    /// have the next numbers in this order.
    Novated { cycle: CycleId, ended: Vec<ObligationId>, arising: Vec<Declared> },
    /// A member settles in this way from now on.
    WayChosen { member: MemberId, way: Way },
    /// A member pays and is paid in this currency from now on, where the other side is, too;
    /// without one, in that of each debt.
    CurrencyChosen { member: MemberId, currency: Option<CurrencyId> },
    /// So much money was received on an instruction, in the currency in which it is paid; this is
    /// what that discharges.
    Received { instruction: InstructionId, paid: Minor, payments: Vec<Payment> },
    /// An instruction failed or went stale.
    InstructionEnded { instruction: InstructionId, stage: InstructionStage },
    /// An agreement was drafted and signed by who drafted it; it has the next number.
    Drafted { draft: Draft, by: MemberId },
    /// A party signed it.
    Signed { agreement: AgreementId, member: MemberId },
    /// It is in force only before this day.
    AgreementEnded { agreement: AgreementId, from: Date, by: MemberId, reason: String },
}
