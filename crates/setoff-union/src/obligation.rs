//! Obligations, from declaration to discharge.
//!
//! ```text
//!            ┌─────────── withdrawn ◄───────────┐
//! declared ──┤                                  │ (both agree)
//! (proposed) ├──► confirmed ──► discharged      │
//!            │      │  ▲   set-off · settlement · payment elsewhere · credit note
//!            └──► disputed ─────────────────────┘
//! ```
//!
//! The rules:
//! - The rulebook says which side may declare. Only the *other* side can confirm, and must: silence
//!   is never consent, and a proposed obligation neither clears nor stands in the ledger.
//! - The other side may dispute what was declared, also after it confirmed, with a reason. A
//!   dispute of a part splits the obligation: the part becomes one of its own, disputed, and the
//!   rest is confirmed by the dispute. So each obligation has one stage, and each is whole.
//! - The declarer answers a dispute: it insists, or it gives up and the obligation is withdrawn.
//!   Who disputed may confirm after all.
//! - While it is only proposed, the declarer alone withdraws or corrects. Once confirmed, one side
//!   asks and the other agrees to exactly the same; every other change of the obligation meanwhile
//!   ends what was asked.
//! - The creditor alone can say that it was paid elsewhere, give a credit note, and assign, which
//!   the new creditor must accept. The debtor has notice by the entry itself.
//! - Each side may hold an obligation back from clearing, and release its own hold.
//! - What a cycle has frozen is not touched; only confirmations and disputes still count while the
//!   correction window is open. What a settlement instruction is about is settled by it alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use setoff_money::Minor;

use crate::rulebook::{Clears, Declares};
use crate::{
    Amount, Author, Cause, Change, Code, CurrencyId, Digest, InstructionId, MemberId, ObligationId,
    Posting, Refusal, Rulebook, State, amount, cycle, key, member,
};

/// A side of an obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Who owes.
    Debtor,
    /// Who is owed.
    Creditor,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Debtor => Self::Creditor,
            Self::Creditor => Self::Debtor,
        }
    }
}

/// What is special about an obligation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nothing.
    #[default]
    Plain,
    /// Secured by a pledge or a guarantee.
    Secured,
    /// In litigation.
    InLitigation,
}

/// Where an obligation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Declared by one side.
    Proposed,
    /// Agreed by both.
    Confirmed,
    /// Not agreed: the other side says why.
    Disputed,
    /// No longer claimed.
    Withdrawn,
    /// Nothing of it is outstanding any more.
    Discharged,
}

impl Stage {
    /// Whether nothing can happen to it any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Discharged)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
            Self::Disputed => "disputed",
            Self::Withdrawn => "withdrawn",
            Self::Discharged => "discharged",
        }
    }
}

/// One obligation as it is declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Who owes.
    pub debtor: MemberId,
    /// Who is owed.
    pub creditor: MemberId,
    /// In which currency.
    pub currency: Code,
    /// How much.
    pub amount: Amount,
    /// The date of its document.
    pub issued: Date,
    /// When it is due.
    pub due: Date,
    /// The number of its document.
    pub reference: String,
    /// What is special about it.
    #[serde(default)]
    pub kind: Kind,
}

/// An obligation as an entry records its declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Which side declared it.
    pub by: Side,
    /// Who owes.
    pub debtor: MemberId,
    /// Who is owed.
    pub creditor: MemberId,
    /// In which currency.
    pub currency: CurrencyId,
    /// How much.
    pub amount: Minor,
    /// The date of its document.
    pub issued: Date,
    /// When it is due.
    pub due: Date,
    /// The number of its document.
    pub reference: String,
    /// What is special about it.
    pub kind: Kind,
}

/// An obligation in the state. 52 bytes and its reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// Who owes.
    pub debtor: MemberId,
    /// Who is owed; another than at first where it was assigned.
    pub creditor: MemberId,
    /// How much it was, after corrections and splits.
    #[serde(with = "amount::minor")]
    pub amount: Minor,
    /// What is left of it.
    #[serde(with = "amount::minor")]
    pub outstanding: Minor,
    /// The date of its document.
    pub issued: Date,
    /// When it is due.
    pub due: Date,
    /// Where its reference stands in [`State::reference`].
    pub(crate) reference: u32,
    /// The settlement instruction that is open about it.
    pub instruction: Option<InstructionId>,
    /// In which currency.
    pub currency: CurrencyId,
    /// What is special about it.
    pub kind: Kind,
    /// Where it stands.
    pub stage: Stage,
    /// Which side declared it.
    pub declared_by: Side,
    /// Held back from clearing by the debtor.
    pub held_by_debtor: bool,
    /// Held back from clearing by the creditor.
    pub held_by_creditor: bool,
}

impl Obligation {
    /// Which side a member is.
    #[must_use]
    pub fn side(&self, member: MemberId) -> Option<Side> {
        match member {
            _ if member == self.debtor => Some(Side::Debtor),
            _ if member == self.creditor => Some(Side::Creditor),
            _ => None,
        }
    }

    fn is_held_by(&self, side: Side) -> bool {
        match side {
            Side::Debtor => self.held_by_debtor,
            Side::Creditor => self.held_by_creditor,
        }
    }

    /// Whether it may clear on a value date, all sides and stages aside.
    #[must_use]
    pub fn class(&self, rulebook: &Rulebook, value_date: Date, one_group: bool) -> Clears {
        let classes = &rulebook.classes;
        let overdue = (value_date - self.due).get_days();
        match self.kind {
            Kind::InLitigation => classes.in_litigation,
            Kind::Secured => classes.secured,
            Kind::Plain if one_group => classes.within_group,
            Kind::Plain if overdue >= i32::from(classes.overdue_days.max(1)) => classes.overdue,
            Kind::Plain if overdue >= 0 => classes.due,
            Kind::Plain => classes.not_yet_due,
        }
    }

    fn posting(&self, obligation: ObligationId, amount: Minor, cause: Cause) -> Posting {
        let (from, to, currency) = (self.debtor, self.creditor, self.currency);
        Posting { obligation, from, to, currency, amount, cause }
    }
}

/// What one side asks the other to agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Amendment {
    /// That it is no longer owed.
    Withdraw,
    /// That another amount is outstanding, due on another date.
    Correct {
        /// What is outstanding then.
        #[serde(with = "amount::minor")]
        outstanding: Minor,
        /// When it is due then.
        due: Date,
    },
    /// That this member takes it over; it is asked by the creditor.
    Assign {
        /// The new creditor.
        to: MemberId,
    },
}

/// What was asked, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// By which side.
    pub by: Side,
    /// For what.
    pub what: Amendment,
}

/// How a declarer answers a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It stands by what it declared.
    Insist,
    /// It gives up; the obligation is withdrawn.
    GiveUp,
}

/// A change with what it posts.
type Outcome = Result<(Change, Vec<Posting>), Refusal>;

/// The longest reference, in bytes.
pub const LONGEST_REFERENCE: usize = 140;

pub(crate) fn declare(
    state: &State,
    author: &Author,
    declarations: &[Declaration],
    file: Option<Digest>,
    today: Date,
) -> Outcome {
    let declarer = author.member()?;
    if declarations.is_empty() {
        return Err(Refusal::EmptyList);
    }
    ObligationId::next(state.obligations().len() + declarations.len())?;
    let rulebook = state.rulebook_on(today);
    let mut sums: BTreeMap<CurrencyId, i128> = BTreeMap::new();
    let mut obligations = Vec::with_capacity(declarations.len());
    for (row, declaration) in (1..).zip(declarations) {
        let declared =
            declared(state, rulebook, declarer, declaration).map_err(|cause| in_row(row, cause))?;
        *sums.entry(declared.currency).or_default() += declared.amount.wide();
        obligations.push(declared);
    }
    for (currency, sum) in sums {
        key::check_two_people(state, author, currency, sum)?;
    }
    Ok((Change::Declared { obligations, file }, Vec::new()))
}

fn in_row(row: usize, cause: Refusal) -> Refusal {
    Refusal::InRow { row, cause: Box::new(cause) }
}

fn declared(
    state: &State,
    rulebook: &Rulebook,
    declarer: MemberId,
    declaration: &Declaration,
) -> Result<Declared, Refusal> {
    let Declaration { debtor, creditor, currency, amount, issued, due, kind, .. } = *declaration;
    let reference = declaration.reference.clone();
    if debtor == creditor {
        return Err(Refusal::OwesItself { member: debtor });
    }
    let by = match declarer {
        _ if declarer == debtor => Side::Debtor,
        _ if declarer == creditor => Side::Creditor,
        _ => return Err(Refusal::NotASide { member: declarer }),
    };
    let may = match rulebook.declares {
        Declares::Debtor => by == Side::Debtor,
        Declares::Creditor => by == Side::Creditor,
        Declares::Either => true,
    };
    if !may {
        return Err(Refusal::NotTheDeclaringSide);
    }
    member::check_takes_new(state, debtor)?;
    member::check_takes_new(state, creditor)?;
    let (number, unit) = state.currency_of(currency)?;
    let minor = amount.minor(&unit)?;
    if let Some(smallest) = rulebook.smallest.get(&currency)
        && minor < smallest.minor(&unit)?
    {
        return Err(Refusal::TooSmall { amount, smallest: *smallest, currency });
    }
    if due < issued || due.year() > issued.year() + 100 {
        return Err(Refusal::ImpossibleDate { issued, due });
    }
    if reference.trim().is_empty() || reference.len() > LONGEST_REFERENCE {
        return Err(Refusal::NoReference { reference });
    }
    Ok(Declared {
        by,
        debtor,
        creditor,
        currency: number,
        amount: minor,
        issued,
        due,
        reference,
        kind,
    })
}

pub(crate) fn confirm(
    state: &State,
    author: &Author,
    obligations: Vec<ObligationId>,
    at: jiff::Timestamp,
) -> Outcome {
    let member = author.member()?;
    if obligations.is_empty() {
        return Err(Refusal::EmptyList);
    }
    let mut met = BTreeSet::new();
    let mut sums: BTreeMap<CurrencyId, i128> = BTreeMap::new();
    let mut postings = Vec::with_capacity(obligations.len());
    for &number in &obligations {
        let found = of_side(state, number, member)?;
        if !met.insert(number) || found.stage == Stage::Confirmed {
            return Err(Refusal::ConfirmedAlready { obligation: number });
        }
        if found.side(member) == Some(found.declared_by) {
            return Err(Refusal::OwnDeclaration { obligation: number });
        }
        check_stage(number, found, &[Stage::Proposed, Stage::Disputed])?;
        member::check_takes_new(state, found.debtor)?;
        member::check_takes_new(state, found.creditor)?;
        cycle::check_correction(state, number, at)?;
        *sums.entry(found.currency).or_default() += found.outstanding.wide();
        postings.push(found.posting(number, found.outstanding, Cause::Recognised));
    }
    for (currency, sum) in sums {
        key::check_two_people(state, author, currency, sum)?;
    }
    Ok((Change::Confirmed { obligations }, postings))
}

pub(crate) fn dispute(
    state: &State,
    author: &Author,
    (number, part): (ObligationId, Option<Amount>),
    (reason, evidence): (String, Option<Digest>),
    at: jiff::Timestamp,
) -> Outcome {
    let member = author.member()?;
    let found = of_side(state, number, member)?;
    if found.side(member) == Some(found.declared_by) {
        return Err(Refusal::OwnDeclaration { obligation: number });
    }
    check_stage(number, found, &[Stage::Proposed, Stage::Confirmed])?;
    check_not_instructed(number, found)?;
    cycle::check_correction(state, number, at)?;
    let part = match part {
        None => found.outstanding,
        Some(part) => checked_amount(state, number, found, part)?,
    };
    let rest = Minor(found.outstanding.0 - part.0);
    let mut postings = Vec::new();
    if found.stage == Stage::Confirmed {
        postings.push(found.posting(number, part, Cause::Reversed));
    } else if rest > Minor(0) {
        member::check_takes_new(state, found.debtor)?;
        member::check_takes_new(state, found.creditor)?;
        key::check_two_people_for(state, author, found.currency, rest)?;
        postings.push(found.posting(number, rest, Cause::Recognised));
    }
    let split = (rest > Minor(0)).then(|| ObligationId::next(state.obligations().len()));
    let split = split.transpose()?;
    Ok((Change::Disputed { obligation: number, part, split, reason, evidence }, postings))
}

pub(crate) fn answer(
    state: &State,
    author: &Author,
    (number, answer): (ObligationId, Answer),
    reason: String,
) -> Outcome {
    let member = author.member()?;
    let found = of_side(state, number, member)?;
    check_stage(number, found, &[Stage::Disputed])?;
    if found.side(member) != Some(found.declared_by) {
        return Err(Refusal::NotYourDeclaration { obligation: number });
    }
    let change = match answer {
        Answer::Insist => Change::Insisted { obligation: number, reason },
        Answer::GiveUp => {
            key::check_two_people_for(state, author, found.currency, found.outstanding)?;
            Change::Withdrawn { obligation: number, reason }
        }
    };
    Ok((change, Vec::new()))
}

pub(crate) fn withdraw(
    state: &State,
    author: &Author,
    number: ObligationId,
    reason: String,
) -> Outcome {
    let (found, side) = to_amend(state, author, number)?;
    key::check_two_people_for(state, author, found.currency, found.outstanding)?;
    if found.stage != Stage::Confirmed {
        declarer_only(number, found, side)?;
        return Ok((Change::Withdrawn { obligation: number, reason }, Vec::new()));
    }
    if !agrees(state, number, side, &Amendment::Withdraw) {
        let asked = Asked { by: side, what: Amendment::Withdraw };
        return Ok((Change::Asked { obligation: number, asked, reason }, Vec::new()));
    }
    let posting = found.posting(number, found.outstanding, Cause::Reversed);
    Ok((Change::Withdrawn { obligation: number, reason }, vec![posting]))
}

pub(crate) fn correct(
    state: &State,
    author: &Author,
    number: ObligationId,
    (amount, due): (Amount, Date),
    reason: String,
) -> Outcome {
    let (found, side) = to_amend(state, author, number)?;
    let outstanding = amount.minor(&state.currencies()[found.currency.index()])?;
    let discharged = found.amount.0 - found.outstanding.0;
    let fits = outstanding.wide() + i128::from(discharged) <= Minor::LARGEST.wide();
    if !fits {
        return Err(Refusal::TooLargeAfter { obligation: number });
    }
    if due < found.issued || due.year() > found.issued.year() + 100 {
        return Err(Refusal::ImpossibleDate { issued: found.issued, due });
    }
    key::check_two_people_for(state, author, found.currency, outstanding)?;
    if found.stage != Stage::Confirmed {
        check_stage(number, found, &[Stage::Proposed])?;
        declarer_only(number, found, side)?;
        let change = Change::Corrected { obligation: number, outstanding, due, reason };
        return Ok((change, Vec::new()));
    }
    member::check_takes_new(state, found.debtor)?;
    member::check_takes_new(state, found.creditor)?;
    let what = Amendment::Correct { outstanding, due };
    if !agrees(state, number, side, &what) {
        let asked = Asked { by: side, what };
        return Ok((Change::Asked { obligation: number, asked, reason }, Vec::new()));
    }
    let more = outstanding.0 - found.outstanding.0;
    let posting = match more {
        0 => None,
        _ if more > 0 => Some(found.posting(number, Minor(more), Cause::Recognised)),
        _ => Some(found.posting(number, Minor(-more), Cause::Reversed)),
    };
    let change = Change::Corrected { obligation: number, outstanding, due, reason };
    Ok((change, posting.into_iter().collect()))
}

pub(crate) fn received(
    state: &State,
    author: &Author,
    (number, amount): (ObligationId, Amount),
    (paid_on, reason): (Date, String),
) -> Outcome {
    let found = creditors(state, author, number)?;
    let amount = checked_amount(state, number, found, amount)?;
    key::check_two_people_for(state, author, found.currency, amount)?;
    let posting = found.posting(number, amount, Cause::Paid);
    Ok((Change::Paid { obligation: number, amount, paid_on, reason }, vec![posting]))
}

pub(crate) fn credit_note(
    state: &State,
    author: &Author,
    (number, amount): (ObligationId, Amount),
    (reference, reason): (String, String),
) -> Outcome {
    let found = creditors(state, author, number)?;
    let amount = checked_amount(state, number, found, amount)?;
    key::check_two_people_for(state, author, found.currency, amount)?;
    let posting = found.posting(number, amount, Cause::Reversed);
    Ok((Change::Credited { obligation: number, amount, reference, reason }, vec![posting]))
}

pub(crate) fn offer_assignment(
    state: &State,
    author: &Author,
    (number, to): (ObligationId, MemberId),
    reason: String,
) -> Outcome {
    let found = creditors(state, author, number)?;
    check_assignable(state, found, to)?;
    key::check_two_people_for(state, author, found.currency, found.outstanding)?;
    let asked = Asked { by: Side::Creditor, what: Amendment::Assign { to } };
    Ok((Change::Asked { obligation: number, asked, reason }, Vec::new()))
}

pub(crate) fn accept_assignment(state: &State, author: &Author, number: ObligationId) -> Outcome {
    let member = author.member()?;
    let found = state.obligation(number)?;
    let offered = Amendment::Assign { to: member };
    if !state.asked(number).is_some_and(|asked| asked.what == offered) {
        return Err(Refusal::NotOffered { obligation: number });
    }
    check_free(state, number, found)?;
    check_assignable(state, found, member)?;
    key::check_two_people_for(state, author, found.currency, found.outstanding)?;
    let (from, to, currency) = (found.creditor, member, found.currency);
    let (amount, cause) = (found.outstanding, Cause::Assigned);
    let posting = Posting { obligation: number, from, to, currency, amount, cause };
    Ok((Change::Assigned { obligation: number, to }, vec![posting]))
}

fn check_assignable(state: &State, found: &Obligation, to: MemberId) -> Result<(), Refusal> {
    if found.side(to).is_some() {
        return Err(Refusal::AssignedToASide { member: to });
    }
    member::check_takes_new(state, found.creditor)?;
    member::check_takes_new(state, to)
}

pub(crate) fn hold(
    state: &State,
    author: &Author,
    number: ObligationId,
    reason: String,
) -> Outcome {
    let (found, side) = to_amend(state, author, number)?;
    if found.is_held_by(side) {
        return Err(Refusal::HeldAlready { obligation: number });
    }
    Ok((Change::Held { obligation: number, side, reason }, Vec::new()))
}

pub(crate) fn release(
    state: &State,
    author: &Author,
    number: ObligationId,
    reason: String,
) -> Outcome {
    let member = author.member()?;
    let found = of_side(state, number, member)?;
    let side = found.side(member).filter(|side| found.is_held_by(*side));
    let side = side.ok_or(Refusal::NotHeld { obligation: number })?;
    Ok((Change::Released { obligation: number, side, reason }, Vec::new()))
}

/// An obligation of which a member is a side, not over yet.
fn of_side(state: &State, number: ObligationId, member: MemberId) -> Result<&Obligation, Refusal> {
    let found = state.obligation(number)?;
    if found.side(member).is_none() {
        return Err(Refusal::NotASide { member });
    }
    if found.stage.is_over() {
        return Err(wrong_stage(number, found));
    }
    Ok(found)
}

/// One of which the author is a side, and that neither a cycle nor an instruction has.
fn to_amend<'a>(
    state: &'a State,
    author: &Author,
    number: ObligationId,
) -> Result<(&'a Obligation, Side), Refusal> {
    let member = author.member()?;
    let found = of_side(state, number, member)?;
    check_free(state, number, found)?;
    let side = found.side(member).ok_or(Refusal::NotASide { member })?;
    Ok((found, side))
}

/// One that is owed to the author, confirmed and free.
fn creditors<'a>(
    state: &'a State,
    author: &Author,
    number: ObligationId,
) -> Result<&'a Obligation, Refusal> {
    let (found, side) = to_amend(state, author, number)?;
    if side != Side::Creditor {
        return Err(Refusal::OnlyTheCreditor { obligation: number });
    }
    check_stage(number, found, &[Stage::Confirmed])?;
    Ok(found)
}

fn check_free(state: &State, number: ObligationId, found: &Obligation) -> Result<(), Refusal> {
    check_not_instructed(number, found)?;
    cycle::check_not_frozen(state, number)
}

fn check_not_instructed(number: ObligationId, found: &Obligation) -> Result<(), Refusal> {
    match found.instruction {
        Some(instruction) => Err(Refusal::Instructed { obligation: number, instruction }),
        None => Ok(()),
    }
}

fn check_stage(number: ObligationId, found: &Obligation, allowed: &[Stage]) -> Result<(), Refusal> {
    if allowed.contains(&found.stage) { Ok(()) } else { Err(wrong_stage(number, found)) }
}

fn wrong_stage(number: ObligationId, found: &Obligation) -> Refusal {
    Refusal::WrongStage { obligation: number, stage: found.stage.name().to_owned() }
}

fn declarer_only(number: ObligationId, found: &Obligation, side: Side) -> Result<(), Refusal> {
    if side == found.declared_by {
        Ok(())
    } else {
        Err(Refusal::NotYourDeclaration { obligation: number })
    }
}

fn agrees(state: &State, number: ObligationId, side: Side, what: &Amendment) -> bool {
    state.asked(number).is_some_and(|asked| asked.by == side.other() && asked.what == *what)
}

fn checked_amount(
    state: &State,
    number: ObligationId,
    found: &Obligation,
    amount: Amount,
) -> Result<Minor, Refusal> {
    let asked = amount.minor(&state.currencies()[found.currency.index()])?;
    if asked > found.outstanding {
        let outstanding = state.show(found.currency, found.outstanding);
        return Err(Refusal::MoreThanOutstanding {
            obligation: number,
            asked: amount,
            outstanding,
        });
    }
    Ok(asked)
}
