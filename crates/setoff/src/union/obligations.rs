//! Declaring, confirming, disputing and changing single obligations.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use setoff_union::{
    Action, Amount, Answer, Declaration, Kind, MemberId, ObligationId, Stage, State,
};

use crate::failure::Failure;
use crate::wording::counted;

use super::acting::ActArgs;
use super::{amount, code, date, digest_of, names, today};

/// Declare one obligation; the other side has to confirm it
#[derive(Debug, Args)]
pub(crate) struct DeclareArgs {
    /// Who owes [default: whose key acts]
    #[arg(long, required_unless_present = "creditor")]
    debtor: Option<String>,
    /// Who is owed [default: whose key acts]
    #[arg(long)]
    creditor: Option<String>,
    /// How much
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    amount: Amount,
    /// In which currency
    #[arg(long)]
    currency: String,
    /// When it is due
    #[arg(long, value_parser = date)]
    due: Date,
    /// The date of the document [default: today, or the due date if that is earlier]
    #[arg(long, value_parser = date)]
    issued: Option<Date>,
    /// The number of the document
    #[arg(long)]
    reference: String,
    /// What is special about it
    #[arg(long, value_enum, default_value = "plain")]
    kind: KindArg,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    /// Nothing
    Plain,
    /// Secured by a pledge or a guarantee
    Secured,
    /// In litigation
    InLitigation,
}

/// Runs `setoff union declare`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn declare(args: &DeclareArgs) -> Result<(), Failure> {
    let done = args.act.give(|state, who| {
        let side = |named: &Option<String>| match named {
            Some(name) => names::member(state, name),
            None => who.member(),
        };
        let declaration = Declaration {
            debtor: side(&args.debtor)?,
            creditor: side(&args.creditor)?,
            currency: code(state, &args.currency)?,
            amount: args.amount,
            issued: args.issued.unwrap_or(today().min(args.due)),
            due: args.due,
            reference: args.reference.clone(),
            kind: match args.kind {
                KindArg::Plain => Kind::Plain,
                KindArg::Secured => Kind::Secured,
                KindArg::InLitigation => Kind::InLitigation,
            },
        };
        Ok(Action::Declare { obligations: vec![declaration], file: None })
    });
    let done = done.map_err(|failure| match failure {
        // It is the only one: no row is worth a word.
        Failure::Input(text) => Failure::Input(text.replacen("refused: row 1: ", "refused: ", 1)),
        other => other,
    })?;
    done.tell(|state| {
        let number = state.obligations().len() - 1;
        let number = ObligationId(u32::try_from(number).unwrap_or(u32::MAX));
        let found = &state.obligations()[number.0 as usize];
        let other = match found.declared_by.other() {
            setoff_union::Side::Debtor => found.debtor,
            setoff_union::Side::Creditor => found.creditor,
        };
        format!(
            "Declared {}.\n{} has to confirm it.",
            names::obligation_line(state, number),
            names::name(state, other)
        )
    })
}

/// Confirm what others declared
#[derive(Debug, Args)]
pub(crate) struct ConfirmArgs {
    /// Obligations, by number or reference
    #[arg(required_unless_present_any = ["all", "of"])]
    obligations: Vec<String>,
    /// Everything that waits for you
    #[arg(long, conflicts_with = "obligations")]
    all: bool,
    /// Everything that waits for you from this member
    #[arg(long, value_name = "MEMBER", conflicts_with_all = ["obligations", "all"])]
    of: Option<String>,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union confirm`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn confirm(args: &ConfirmArgs) -> Result<(), Failure> {
    let mut confirmed = Vec::new();
    let done = args.act.give(|state, who| {
        let member = who.member()?;
        confirmed = if args.obligations.is_empty() {
            let of = args.of.as_deref().map(|name| names::member(state, name)).transpose()?;
            waiting(state, member, of)
        } else {
            let named = args.obligations.iter().map(|text| names::obligation(state, text));
            named.collect::<Result<_, _>>()?
        };
        if confirmed.is_empty() {
            return Err(Failure::Input("nothing waits to be confirmed by you".to_owned()));
        }
        Ok(Action::Confirm { obligations: confirmed.clone() })
    })?;
    done.tell(|state| match confirmed[..] {
        [only] => format!("Confirmed {}.", names::obligation_line(state, only)),
        _ => format!("Confirmed {}.", counted(confirmed.len(), "obligation", "obligations")),
    })
}

/// What others declared and this member has neither confirmed nor disputed.
pub(super) fn waiting(state: &State, member: MemberId, of: Option<MemberId>) -> Vec<ObligationId> {
    let numbered = (0..).map(ObligationId).zip(state.obligations());
    let waits = numbered.filter(|(_, found)| {
        let other = if found.debtor == member { found.creditor } else { found.debtor };
        found.stage == Stage::Proposed
            && found.side(member).is_some_and(|side| side != found.declared_by)
            && of.is_none_or(|of| of == other)
    });
    waits.map(|(number, _)| number).collect()
}

/// Dispute what the other side declared, or a part of it
#[derive(Debug, Args)]
pub(crate) struct DisputeArgs {
    /// The obligation, by number or reference
    obligation: String,
    /// The part that is disputed; without it, all
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    part: Option<Amount>,
    /// Why
    #[arg(long)]
    reason: String,
    /// A document that shows it; its SHA-256 is recorded
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union dispute`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn dispute(args: &DisputeArgs) -> Result<(), Failure> {
    let evidence = args.evidence.as_deref().map(digest_of).transpose()?;
    on_one(&args.act, &args.obligation, "Disputed", |obligation, _| {
        let reason = args.reason.clone();
        Ok(Action::Dispute { obligation, part: args.part, reason, evidence })
    })
}

/// Answer a dispute of what you declared
#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    /// The obligation, by number or reference
    obligation: String,
    /// Insist on it, or give it up
    #[arg(value_enum)]
    answer: AnswerArg,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AnswerArg {
    /// Stand by it
    Insist,
    /// Withdraw it
    GiveUp,
}

/// Runs `setoff union answer`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn answer(args: &AnswerArgs) -> Result<(), Failure> {
    on_one(&args.act, &args.obligation, "Answered", |obligation, _| {
        let answer = match args.answer {
            AnswerArg::Insist => Answer::Insist,
            AnswerArg::GiveUp => Answer::GiveUp,
        };
        Ok(Action::Answer { obligation, answer, reason: args.reason.clone() })
    })
}

/// Withdraw what you declared; once confirmed, the other side has to agree by the same command
#[derive(Debug, Args)]
pub(crate) struct ReasonArgs {
    /// The obligation, by number or reference
    obligation: String,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union withdraw`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn withdraw(args: &ReasonArgs) -> Result<(), Failure> {
    let verbs = Verbs { done: "Withdrawn", asked: "Waits for the other side to withdraw, too:" };
    on_one_by(&args.act, &args.obligation, verbs, |obligation, _| {
        Ok(Action::Withdraw { obligation, reason: args.reason.clone() })
    })
}

/// Correct what is outstanding and when it is due; the other side agrees by the same command
#[derive(Debug, Args)]
pub(crate) struct CorrectArgs {
    /// The obligation, by number or reference
    obligation: String,
    /// What is outstanding of it
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    outstanding: Amount,
    /// When it is due
    #[arg(long, value_parser = date)]
    due: Date,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union correct`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn correct(args: &CorrectArgs) -> Result<(), Failure> {
    let verbs = Verbs { done: "Corrected", asked: "Waits for the other side to correct it, too:" };
    on_one_by(&args.act, &args.obligation, verbs, |obligation, _| {
        let (outstanding, due, reason) = (args.outstanding, args.due, args.reason.clone());
        Ok(Action::Correct { obligation, outstanding, due, reason })
    })
}

/// Say that you were paid outside the union
#[derive(Debug, Args)]
pub(crate) struct PaidArgs {
    /// The obligation, by number or reference
    obligation: String,
    /// How much
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    amount: Amount,
    /// When [default: today]
    #[arg(long, value_parser = date)]
    on: Option<Date>,
    /// How, or why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union paid`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn paid(args: &PaidArgs) -> Result<(), Failure> {
    on_one(&args.act, &args.obligation, "Left after the payment:", |obligation, _| {
        let paid_on = args.on.unwrap_or_else(today);
        Ok(Action::ConfirmPayment {
            obligation,
            amount: args.amount,
            paid_on,
            reason: args.reason.clone(),
        })
    })
}

/// Lower what you are owed by a credit note
#[derive(Debug, Args)]
pub(crate) struct CreditArgs {
    /// The obligation, by number or reference
    obligation: String,
    /// By how much
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    amount: Amount,
    /// The number of the credit note
    #[arg(long)]
    note: String,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union credit`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn credit(args: &CreditArgs) -> Result<(), Failure> {
    on_one(&args.act, &args.obligation, "Left after the credit note:", |obligation, _| {
        Ok(Action::CreditNote {
            obligation,
            amount: args.amount,
            reference: args.note.clone(),
            reason: args.reason.clone(),
        })
    })
}

/// Offer what you are owed to another creditor
#[derive(Debug, Args)]
pub(crate) struct AssignArgs {
    /// The obligation, by number or reference
    obligation: String,
    /// The new creditor, who has to accept
    #[arg(long)]
    to: String,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union assign`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn assign(args: &AssignArgs) -> Result<(), Failure> {
    on_one(&args.act, &args.obligation, "Offered", |obligation, state| {
        let to = names::member(state, &args.to)?;
        Ok(Action::OfferAssignment { obligation, to, reason: args.reason.clone() })
    })
}

/// Take over what a creditor offered you
#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    /// The obligation, by number or reference
    obligation: String,
    #[command(flatten)]
    act: ActArgs,
}

/// Runs `setoff union accept`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn accept(args: &AcceptArgs) -> Result<(), Failure> {
    on_one(&args.act, &args.obligation, "Taken over", |obligation, _| {
        Ok(Action::AcceptAssignment { obligation })
    })
}

/// Keep an obligation out of the clearing
#[derive(Debug, Args)]
pub(crate) struct HoldArgs {
    #[command(flatten)]
    one: ReasonArgs,
}

/// Runs `setoff union hold`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn hold(args: &HoldArgs) -> Result<(), Failure> {
    on_one(&args.one.act, &args.one.obligation, "Held back", |obligation, _| {
        Ok(Action::Hold { obligation, reason: args.one.reason.clone() })
    })
}

/// Let an obligation clear again that you held back
#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    one: ReasonArgs,
}

/// Runs `setoff union release`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn release(args: &ReleaseArgs) -> Result<(), Failure> {
    on_one(&args.one.act, &args.one.obligation, "Released", |obligation, _| {
        Ok(Action::Release { obligation, reason: args.one.reason.clone() })
    })
}

/// Gives a command about one obligation, and tells how that stands afterwards.
fn on_one(
    act: &ActArgs,
    text: &str,
    verb: &str,
    make: impl FnOnce(ObligationId, &State) -> Result<Action, Failure>,
) -> Result<(), Failure> {
    on_one_by(act, text, Verbs { done: verb, asked: verb }, make)
}

/// What a command did, and what if the other side has to give it as well.
#[derive(Clone, Copy)]
struct Verbs<'a> {
    done: &'a str,
    asked: &'a str,
}

fn on_one_by(
    act: &ActArgs,
    text: &str,
    verbs: Verbs<'_>,
    make: impl FnOnce(ObligationId, &State) -> Result<Action, Failure>,
) -> Result<(), Failure> {
    let mut number = ObligationId(0);
    let done = act.give(|state, _| {
        number = names::obligation(state, text)?;
        make(number, state)
    })?;
    done.tell(|state| {
        let stage = super::listing::standing(state, number);
        let verb = if state.asked(number).is_some() { verbs.asked } else { verbs.done };
        format!("{verb} {} ({stage}).", names::obligation_line(state, number))
    })
}
