//! The state of a union: everything that the rules need to decide the next command.
//!
//! It is a fold over the entries, kept in tables whose places are the numbers of things. The SHA-256
//! of its JSON is its digest, by which two replays of the same journal are compared. What nobody
//! decides by (reasons, who did what) is not in it: views fold that from the entries.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use setoff_money::{Currency, Minor};
use sha2::{Digest as _, Sha256};

use crate::agreement::Between;
use crate::authority::Delegations;
use crate::obligation::Documents;
use crate::settlement::Instruction;
use crate::vote::Proposal;
use crate::{
    Agreement, AgreementId, Asked, Code, CurrencyId, Cycle, CycleId, Delegation, Digest,
    InstructionId, Key, KeyId, Ledger, Member, MemberId, Obligation, ObligationId, Position,
    ProposalId, PublicKey, Refusal, Rulebook,
};

/// Everything that the rules need. [`State::default`] is that of a union not founded yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub(crate) name: String,
    pub(crate) currencies: Vec<Currency>,
    pub(crate) unit_of_account: Option<Code>,
    /// By the day from which each is in force; of several from one day the last counts.
    pub(crate) rulebooks: Vec<(Date, Rulebook)>,
    /// How many commands were accepted.
    pub(crate) position: Position,
    pub(crate) last_received: Timestamp,
    pub(crate) members: Vec<Member>,
    /// Who has which name, as names are compared; rejected applicants and who left have none.
    pub(crate) names: BTreeMap<String, MemberId>,
    pub(crate) keys: Vec<Key>,
    pub(crate) operator_keys: Vec<KeyId>,
    pub(crate) key_numbers: BTreeMap<PublicKey, KeyId>,
    pub(crate) delegations: Delegations,
    pub(crate) obligations: Vec<Obligation>,
    pub(crate) references: References,
    pub(crate) documents: Documents,
    pub(crate) asked: BTreeMap<ObligationId, Asked>,
    pub(crate) proposals: Vec<Proposal>,
    pub(crate) cycles: Vec<Cycle>,
    /// Which cycles hold obligations.
    pub(crate) frozen_cycles: BTreeSet<CycleId>,
    pub(crate) instructions: Vec<Instruction>,
    pub(crate) agreements: Vec<Agreement>,
    pub(crate) between: Between,
    pub(crate) ledger: Ledger,
}

/// The references of all obligations, one behind the other: 8 bytes each and their text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct References {
    text: String,
    ends: Vec<u64>,
}

impl References {
    pub(crate) fn push(&mut self, reference: &str) -> u32 {
        self.text.push_str(reference);
        self.ends.push(self.text.len() as u64);
        u32::try_from(self.ends.len() - 1).expect("there are no more references than obligations")
    }

    fn get(&self, place: u32) -> &str {
        let place = place as usize;
        let end =
            |place: usize| usize::try_from(self.ends[place]).expect("it is a length in memory");
        let begin = if place == 0 { 0 } else { end(place - 1) };
        &self.text[begin..end(place)]
    }
}

impl State {
    pub(crate) fn with_currencies(currencies: Vec<Currency>) -> Self {
        Self { currencies, ..Self::default() }
    }

    /// The union's name; empty before it is founded.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is founded.
    #[must_use]
    pub fn is_founded(&self) -> bool {
        !self.rulebooks.is_empty()
    }

    /// The currencies, in the order of their numbers.
    #[must_use]
    pub fn currencies(&self) -> &[Currency] {
        &self.currencies
    }

    /// The unit of account, where one was agreed.
    #[must_use]
    pub fn unit_of_account(&self) -> Option<Code> {
        self.unit_of_account
    }

    /// How many commands were accepted: the position of the next one.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// When the last one was received.
    #[must_use]
    pub fn last_received(&self) -> Timestamp {
        self.last_received
    }

    /// The rulebook in force on a day; before the union was founded, its first.
    ///
    /// # Panics
    /// If the union is not founded.
    #[must_use]
    pub fn rulebook_on(&self, day: Date) -> &Rulebook {
        let begun = self.rulebooks.iter().filter(|(from, _)| *from <= day);
        // Of equal days the last is the greatest.
        let latest = begun.max_by_key(|(from, _)| *from);
        let first = || self.rulebooks.first();
        &latest.or_else(first).expect("a union that is founded has a rulebook").1
    }

    /// All members, applicants and agents, by number.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// All keys, live or not, by number.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The number of a key that was ever in use.
    #[must_use]
    pub fn key_of(&self, public: &PublicKey) -> Option<KeyId> {
        self.key_numbers.get(public).copied()
    }

    /// What a delegate may do for a member.
    #[must_use]
    pub fn delegation(&self, principal: MemberId, delegate: MemberId) -> Option<&Delegation> {
        self.delegations.get(principal, delegate)
    }

    /// All obligations, by number.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The number of an obligation's document.
    #[must_use]
    pub fn reference(&self, obligation: &Obligation) -> &str {
        self.references.get(obligation.reference)
    }

    /// What one side of an obligation asks the other to agree to.
    #[must_use]
    pub fn asked(&self, obligation: ObligationId) -> Option<&Asked> {
        self.asked.get(&obligation)
    }

    /// All proposals, by number.
    #[must_use]
    pub fn proposals(&self) -> &[Proposal] {
        &self.proposals
    }

    /// All cycles, by number.
    #[must_use]
    pub fn cycles(&self) -> &[Cycle] {
        &self.cycles
    }

    /// All settlement instructions, by number.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// All agreements, by number.
    #[must_use]
    pub fn agreements(&self) -> &[Agreement] {
        &self.agreements
    }

    /// The balances of all members.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn member(&self, number: MemberId) -> Result<&Member, Refusal> {
        self.members.get(number.index()).ok_or(Refusal::NoSuchMember { member: number })
    }

    pub(crate) fn obligation(&self, number: ObligationId) -> Result<&Obligation, Refusal> {
        let found = self.obligations.get(number.index());
        found.ok_or(Refusal::NoSuchObligation { obligation: number })
    }

    pub(crate) fn proposal(&self, number: ProposalId) -> Result<&Proposal, Refusal> {
        self.proposals.get(number.index()).ok_or(Refusal::NoSuchProposal { proposal: number })
    }

    pub(crate) fn cycle(&self, number: CycleId) -> Result<&Cycle, Refusal> {
        self.cycles.get(number.index()).ok_or(Refusal::NoSuchCycle { cycle: number })
    }

    pub(crate) fn instruction(&self, number: InstructionId) -> Result<&Instruction, Refusal> {
        let found = self.instructions.get(number.index());
        found.ok_or(Refusal::NoSuchInstruction { instruction: number })
    }

    pub(crate) fn agreement(&self, number: AgreementId) -> Result<&Agreement, Refusal> {
        self.agreements.get(number.index()).ok_or(Refusal::NoSuchAgreement { agreement: number })
    }

    /// An amount with its currency, for a text.
    pub(crate) fn show(&self, currency: CurrencyId, amount: impl Into<Shown>) -> String {
        let unit = &self.currencies[currency.index()];
        format!("{} {unit}", unit.format_sum(amount.into().0))
    }

    /// The SHA-256 of the state as JSON. Equal states have equal digests; takes time in
    /// proportion to the state.
    ///
    /// # Panics
    /// Never: the state can be written as JSON.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        let written = serde_json::to_writer(HashWriter(&mut hash), self);
        written.expect("the state can be written as JSON, and a digest takes every byte");
        Digest(hash.finalize().into())
    }
}

/// Feeds what is written to a digest.
struct HashWriter<'a>(&'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An amount that a text shows.
pub(crate) struct Shown(i128);

impl From<Minor> for Shown {
    fn from(amount: Minor) -> Self {
        Self(amount.wide())
    }
}

impl From<crate::Limit> for Shown {
    fn from(limit: crate::Limit) -> Self {
        Self(limit.0.wide())
    }
}
