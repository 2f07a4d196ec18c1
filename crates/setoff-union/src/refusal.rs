//! Why a command is refused: one cause a variant, with its data and the text for whoever gave it.
//!
//! `docs/refusals.md` is made of this list.

use jiff::Timestamp;
use jiff::civil::Date;
use setoff_money::Decimal;

use crate::{
    AgreementId, Amount, Code, CycleId, InstructionId, MemberId, ObligationId, ProposalId,
    PublicKey,
};

/// The number or value that an example in the documentation shows.
trait Example {
    fn example() -> Self;
}

macro_rules! example {
    ($($name:ty = $value:expr;)*) => {$(
        impl Example for $name {
            fn example() -> Self {
                $value
            }
        }
    )*};
}

example! {
    AgreementId = AgreementId(4);
    Amount = Amount(Decimal::new(12_550, 2));
    Code = Code::of(&"EUR".parse().unwrap_or(setoff_money::Currency::NONE));
    CycleId = CycleId(2);
    Date = jiff::civil::date(2026, 11, 24);
    InstructionId = InstructionId(9);
    MemberId = MemberId(3);
    ObligationId = ObligationId(17);
    ProposalId = ProposalId(1);
    PublicKey = PublicKey([0xab; 32]);
    String = "…".to_owned();
    Timestamp = Timestamp::UNIX_EPOCH;
    u16 = 14;
    u32 = 2;
    usize = 3;
    Box<Refusal> = Box::new(Refusal::OwesItself { member: MemberId(3) });
}

macro_rules! refusals {
    ($($group:literal: {$(
        #[doc = $doc:literal]
        $name:ident $({ $($field:ident: $kind:ty),* })? => $text:literal;
    )*})*) => {
        /// Why a command is refused. The state is as it was.
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        pub enum Refusal {
            $($(
                #[doc = $doc]
                #[error($text)]
                $name $({ $(
                    #[doc = concat!("`", stringify!($field), "` in the text.")]
                    $field: $kind,
                )* })?,
            )*)*
        }

        impl Refusal {
            /// The name of the cause, for programs.
            #[must_use]
            pub fn cause(&self) -> &'static str {
                match self {
                    $($( Self::$name { .. } => stringify!($name), )*)*
                }
            }
        }

        /// The table of all refusals, in Markdown: `docs/refusals.md`.
        #[must_use]
        pub fn refusals_table() -> String {
            let mut page = String::from(include_str!("refusals_head.md"));
            $(
                page.push_str(concat!("\n## ", $group, "\n\n| cause | when | text |\n|---|---|---|\n"));
                $(
                    let example = Refusal::$name $({ $( $field: <$kind>::example() ),* })?;
                    let when = $doc.trim();
                    page.push_str(&format!("| `{}` | {when} | {example} |\n", example.cause()));
                )*
            )*
            page
        }
    };
}

refusals! {
    "Who gives the command": {
        /// No key signed it.
        Unsigned => "nobody signed this command";
        /// A key that the union does not know, or that is not the applicant's.
        UnknownKey { key: PublicKey } => "the key {key} is not known here";
        /// A revoked key.
        KeyRevoked { key: PublicKey } => "the key {key} is revoked: sign with another";
        /// A key signs twice.
        SignedTwice { key: PublicKey } => "the key {key} signed twice";
        /// A key of the operator or of another member.
        KeyOfAnother { key: PublicKey } => "the key {key} belongs to someone else";
        /// A party acts for a member without being authorised.
        ActsForAnother { principal: MemberId, delegate: MemberId } =>
            "{delegate} may not act for {principal}: that member has to delegate it first";
        /// A delegation is over.
        DelegationEnded { principal: MemberId, delegate: MemberId, on: Date } =>
            "{delegate} could act for {principal} until {on} only";
        /// A delegation is for other acts.
        OutOfScope { principal: MemberId, delegate: MemberId } =>
            "{delegate} may act for {principal}, but not in this";
        /// An act that a member does itself: votes, keys, delegations.
        NotForDelegates { principal: MemberId, delegate: MemberId } =>
            "{principal} has to do this itself, not through {delegate}";
        /// No signer has the role.
        NeedsRole { role: String } => "a key with the role {role} has to sign this";
        /// Over the member's limit, with the keys of one person.
        NeedsTwoPeople { member: MemberId, limit: String } =>
            "over {limit} {member} asks for the keys of two people, one of them with the role approve";
        /// Freeing oneself, alone, from a limit that asks for two people.
        NeedsTwoPeopleToChange { member: MemberId } =>
            "{member} has a limit for one person: two people of it have to sign this, one of them with the role approve";
        /// The operator or a stranger asks for what is the members'.
        OnlyMembers => "only a member can do this";
        /// A member asks for what is the operator's.
        OnlyTheOperator => "only the operator can do this";
        /// The operator votes or proposes.
        OperatorHasNoVote => "the operator has no vote and can't propose";
        /// A step that is for others to decide.
        NotYoursToDecide { member: MemberId } =>
            "by the rulebook it is not yours to decide how {member} stands";
        /// The reason is empty.
        NoReason => "say why: the reason is part of the record";
        /// The time of receipt is before that of the last command.
        ClockWentBack { last: Timestamp } =>
            "the clock went back: the last command was received at {last}";
        /// A date or time beyond the calendar.
        OutOfTime => "the date is beyond the calendar";
        /// An empty list.
        EmptyList => "the list is empty or too long";
        /// More things than can be numbered.
        Full { of: String } => "there are already 2^32 of this kind: {of}";
    }
    "Founding and rulebook": {
        /// Anything before the founding.
        NotFounded => "the union is not founded yet";
        /// A second founding.
        FoundedAlready => "the union is founded already";
        /// Fewer than two founding members or no operator's key.
        TooFewFounders => "a union needs an operator's key and at least two founding members";
        /// A founder did not sign.
        FounderMissing { name: String } => "{name} has to sign the founding with a key that may approve";
        /// A founding member that is an agent.
        AgentFounds { name: String } => "{name} is an agent: agents apply after the founding";
        /// A text that names no currency.
        NoCurrency { text: String } =>
            "\"{text}\" is no currency: write EUR, or POINTS:2 for a unit of your own";
        /// A currency twice in a list.
        CurrencyTwice { code: Code } => "{code} stands in the list twice";
        /// A rulebook that can't be.
        BadRulebook { what: String } => "the rulebook can't be: {what}";
    }
    "Members and keys": {
        /// No such member.
        NoSuchMember { member: MemberId } => "there is no {member}";
        /// An empty name or one with blanks around it.
        NoName { name: String } => "\"{name}\" is no name: it must not be empty or have blanks around it";
        /// A name that a member has.
        NameTaken { name: String } => "another member is called \"{name}\" already";
        /// Not two upper-case letters.
        NoCountry { country: String } => "\"{country}\" is no country: write two letters of ISO 3166, such as SI";
        /// A legal entity identifier with wrong form or check digits.
        NoLei { lei: String } => "\"{lei}\" is no legal entity identifier: its check digits do not fit";
        /// No key that may approve.
        NoApprover { name: String } => "{name} needs a key with the role approve";
        /// The member's standing does not allow it.
        StandsSo { member: MemberId, standing: String } => "{member} is {standing}";
        /// An agent as a side, or as a voter.
        Agent { member: MemberId } => "{member} is an agent: it has no obligations and no vote of its own";
        /// Taking oneself out of the clearing while a cycle holds obligations of one.
        InACycle { member: MemberId, cycle: CycleId } =>
            "{cycle} holds obligations of {member}: wait until it is final or abandoned";
        /// Leaving with obligations that are not over.
        LeavesWithDebts { member: MemberId, open: u32 } =>
            "{member} can't leave while {open} of its obligations are open";
        /// A merger of a member with itself.
        MergesWithItself { member: MemberId } => "{member} can't merge with itself";
        /// Absorbing a member that did not offer it.
        NoMerger { member: MemberId } => "{member} does not offer to merge into you";
        /// A public key that was ever used.
        KeyUsedBefore { key: PublicKey } => "the key {key} was used before: make a new one";
        /// A new key that did not sign the command that brings it.
        KeyNotProven { key: PublicKey } =>
            "the key {key} is new: it has to sign this as well, to show that its holder has it";
        /// A key without role or holder.
        KeyWithoutUse { key: PublicKey } => "the key {key} needs a role and the name of its holder";
        /// Revoking the last key that may approve.
        LastKey { key: PublicKey } =>
            "the key {key} is the last that may approve: rotate it, or add another first";
        /// A limit for one person without keys of two.
        TooFewPeople { member: MemberId } =>
            "{member} has to have keys of two people while it has a limit for one: add another person's key first";
        /// Delegating to oneself.
        OwnDelegate { member: MemberId } => "{member} need not delegate to itself";
        /// A delegation for nothing, or over before it begins.
        EmptyDelegation { until: Date } => "a delegation needs a scope and an end after today, not {until}";
    }
    "Obligations": {
        /// No such obligation.
        NoSuchObligation { obligation: ObligationId } => "there is no {obligation}";
        /// A row of a batch; nothing of the batch is taken.
        InRow { row: usize, cause: Box<Refusal> } => "row {row}: {cause}";
        /// A currency that the union lacks.
        NoSuchCurrency { code: Code } => "the union has no currency {code}";
        /// An amount that is not above zero, too large, or has too many decimals.
        NoAmount { amount: Amount, currency: Code, why: String } => "{amount} {currency} {why}";
        /// Under the rulebook's smallest amount.
        TooSmall { amount: Amount, smallest: Amount, currency: Code } =>
            "{amount} {currency} is under the smallest amount of {smallest} {currency}";
        /// Due before issued, or more than a hundred years after.
        ImpossibleDate { issued: Date, due: Date } =>
            "a debt issued on {issued} can't be due on {due}: at the earliest that day, at the latest a hundred years later";
        /// No reference, or too long a one.
        NoReference { reference: String } => "\"{reference}\" is no reference: 1 to 140 bytes, not blank";
        /// A document that was declared before, by either side, and not withdrawn.
        DeclaredAlready { obligation: ObligationId } => "this document is {obligation} already";
        /// A document twice in one file.
        TwiceInList { reference: String } => "\"{reference}\" stands in the list twice";
        /// Declaring a net position with the netting centre.
        OnlyBySettlement => "a net position is made by a settlement, not declared";
        /// Disputing a net position.
        FollowsFromConfirmed { obligation: ObligationId } =>
            "{obligation} is what confirmed debts came to: it can't be disputed";
        /// Debtor and creditor are one.
        OwesItself { member: MemberId } => "{member} can't owe itself";
        /// Acting on an obligation of others.
        NotASide { member: MemberId } => "{member} is not a side of it";
        /// The rulebook has the other side declare.
        NotTheDeclaringSide => "by the rulebook the other side has to declare this";
        /// Confirming or disputing what one declared oneself.
        OwnDeclaration { obligation: ObligationId } =>
            "you declared {obligation} yourself: the other side has to confirm or dispute it";
        /// Answering, withdrawing or correcting what the other side declared.
        NotYourDeclaration { obligation: ObligationId } =>
            "the other side declared {obligation}: confirm or dispute it";
        /// Confirming twice.
        ConfirmedAlready { obligation: ObligationId } => "{obligation} is confirmed already";
        /// It is in another stage than it would have to be.
        WrongStage { obligation: ObligationId, stage: String } => "{obligation} is {stage}";
        /// A cycle holds it.
        Frozen { obligation: ObligationId, cycle: CycleId } =>
            "{obligation} is frozen in {cycle} until that is final or abandoned";
        /// A settlement instruction is about it.
        Instructed { obligation: ObligationId, instruction: InstructionId } =>
            "{obligation} is to be paid by {instruction}: confirm or fail that";
        /// More than is outstanding.
        MoreThanOutstanding { obligation: ObligationId, asked: Amount, outstanding: String } =>
            "{asked} is more than what is outstanding of {obligation}: {outstanding}";
        /// A credit note that was given on it before.
        CreditedAlready { obligation: ObligationId, reference: String } =>
            "the credit note \"{reference}\" was given on {obligation} already";
        /// A correction over the largest amount.
        TooLargeAfter { obligation: ObligationId } => "{obligation} would be over 2^62 minor units";
        /// Only the creditor can say so.
        OnlyTheCreditor { obligation: ObligationId } => "only the creditor of {obligation} can do this";
        /// Assigned to the debtor or the creditor itself.
        AssignedToASide { member: MemberId } => "{member} is a side of it already";
        /// Taking over what was not offered, or is offered no more.
        NotOffered { obligation: ObligationId } => "{obligation} is not offered to you";
        /// Holding twice.
        HeldAlready { obligation: ObligationId } => "you hold {obligation} back already";
        /// Releasing what one does not hold.
        NotHeld { obligation: ObligationId } => "you do not hold {obligation} back";
    }
    "Votes": {
        /// No such proposal.
        NoSuchProposal { proposal: ProposalId } => "there is no {proposal}";
        /// Closing before the rulebook allows.
        ClosesTooSoon { days: u16 } => "a proposal has to be open for at least {days} days";
        /// A change sooner than the rulebook allows.
        TooLittleNotice { from: Date, earliest: Date } =>
            "{from} is too soon: with the rulebook's notice it can be {earliest} at the earliest";
        /// A step that is not for a vote.
        NotVotable => "this step is not decided by a vote";
        /// A late vote, or one on a counted proposal.
        VoteClosed { proposal: ProposalId, at: Timestamp } => "{proposal} closed at {at}";
        /// Counting too early.
        VoteOpen { proposal: ProposalId, until: Timestamp } => "{proposal} is open until {until}";
        /// A member that could not vote when the proposal was opened.
        MayNotVote { proposal: ProposalId, member: MemberId } =>
            "{member} could not vote when {proposal} was opened";
        /// A second vote.
        VotedAlready { proposal: ProposalId, member: MemberId } => "{member} has voted on {proposal} already";
    }
    "Cycles": {
        /// No such cycle.
        NoSuchCycle { cycle: CycleId } => "there is no {cycle}";
        /// It is in another stage than it would have to be; a second result, say.
        CycleStands { cycle: CycleId, stage: String } => "{cycle} is {stage}";
        /// A value date before the opening or long after it.
        NoValueDate { value_date: Date, earliest: Date, latest: Date } =>
            "{value_date} can't be the value date: it is from {earliest} to {latest}";
        /// Another cycle holds a currency of it.
        CyclesOverlap { cycle: CycleId, other: CycleId } =>
            "{cycle} has a currency that {other} holds: that has to be final or abandoned first";
        /// A result before the corrections are over.
        CorrectionsOpen { cycle: CycleId, until: Timestamp } =>
            "{cycle} can be corrected until {until}: hand in the result then";
        /// A result for something else than what was cut off and corrected.
        OtherCutOff { cycle: CycleId } =>
            "the result is not for what {cycle} froze: clear its networks as they are now";
        /// Not one result for each network, in order.
        MissingResult { cycle: CycleId, networks: usize } =>
            "{cycle} has {networks} networks: hand in a result for each, in their order";
        /// The verifier refuses it.
        FalseResult { currency: Code, why: String } => "the result for {currency} is false: {why}";
        /// Of whole obligations a result that does not discharge more than the one before.
        NotBetter { cycle: CycleId } =>
            "{cycle} has a result already: only one that discharges more in a currency, and less in none, takes its place";
        /// A younger debt before an older one of the same two members.
        NotOldestFirst { obligation: ObligationId } =>
            "{obligation} would be discharged before an older debt of the same members";
        /// A rate that can't be used.
        NoRate { currency: Code, why: String } => "the rate for {currency} can't be used: {why}";
        /// Rates of a unit of account without date and document, where the rulebook names a source.
        RatesFromNowhere { named: String } =>
            "by the rulebook the rates are from {named}: state the day on which they were published, and the digest of the document";
        /// Rates older than the rulebook allows.
        RatesTooOld { on: Date, oldest: Date } =>
            "the rates of {on} are too old: by the rulebook they are of {oldest} at the earliest";
        /// Rates of a day after the value date.
        RatesOfLater { on: Date, value_date: Date } =>
            "the rates of {on} are of a day after the value date, {value_date}";
        /// More than the optimiser takes.
        TooManyToClear { why: String } => "the cycle is too large: {why}";
    }
    "Settlement": {
        /// No such instruction.
        NoSuchInstruction { instruction: InstructionId } => "there is no {instruction}";
        /// Instructions before finality, or twice.
        NothingToInstruct { cycle: CycleId } =>
            "{cycle} is not final, or its instructions were made already";
        /// Only who is paid can confirm.
        OnlyTheRecipient { instruction: InstructionId } => "only who is paid by {instruction} can confirm it";
        /// More than is left to pay.
        MoreThanInstructed { instruction: InstructionId, asked: Amount, left: String } =>
            "{asked} is more than the {left} that is left of {instruction}";
        /// A way of settling that the rulebook does not have.
        WayNotAllowed { member: MemberId } => "by the rulebook {member} can't settle in this way";
        /// A currency of one's own, where the rulebook has debts paid in theirs.
        OwnCurrencyNotAllowed { member: MemberId } =>
            "by the rulebook {member} can't choose a currency: each debt is paid in its own";
        /// It is settled, failed or stale.
        InstructionOver { instruction: InstructionId } => "{instruction} is over";
        /// Going stale too soon.
        NotStale { instruction: InstructionId, days: u16 } =>
            "{instruction} goes stale {days} days after it was made, not sooner";
    }
    "Agreements": {
        /// No such agreement.
        NoSuchAgreement { agreement: AgreementId } => "there is no {agreement}";
        /// No subject, or fewer than two parties.
        NoAgreement => "an agreement needs a subject and at least two parties";
        /// Drafting, signing or ending as a stranger to it.
        NotAParty { agreement: AgreementId, member: MemberId } => "{member} is no party to {agreement}";
        /// Signing another text.
        OtherText { agreement: AgreementId } => "{agreement} has another text than the one you signed";
        /// Signing twice.
        AgreedAlready { agreement: AgreementId, member: MemberId } => "{member} has signed {agreement} already";
        /// Naming itself.
        SupersedesItself { agreement: AgreementId } => "{agreement} can't supersede itself";
        /// Naming one of other parties.
        OtherParties { agreement: AgreementId, other: AgreementId } =>
            "{agreement} can't supersede {other}, which is between other parties";
        /// Two in force at once, neither superseding the other.
        Contradicts { agreement: AgreementId, other: AgreementId } =>
            "{agreement} contradicts {other}: one has to supersede the other";
        /// Ending what is not concluded, or was ended.
        NotInForce { agreement: AgreementId } => "{agreement} is not concluded, or was ended already";
    }
}
