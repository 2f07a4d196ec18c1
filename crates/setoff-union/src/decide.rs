//! From a command to entries, or to the one reason why not.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::{
    Action, Author, Change, Command, Entry, Posting, Refusal, State, agreement, authority, cycle,
    founding, key, member, merger, obligation, settlement, vote,
};

/// Decides what a command changes, given when it was received. Changes nothing.
///
/// The same state, command and time always give the same answer: nothing else is looked at.
/// Apply all entries, in order, before the next command is decided; [`apply`](crate::apply()) cannot
/// fail on them.
///
/// # Errors
/// [`Refusal`]: the first rule that the command breaks.
pub fn decide(state: &State, command: &Command, at: Timestamp) -> Result<Vec<Entry>, Refusal> {
    if at < state.last_received() {
        return Err(Refusal::ClockWentBack { last: state.last_received() });
    }
    if command.action.reason().is_some_and(|reason| reason.trim().is_empty()) {
        return Err(Refusal::NoReason);
    }
    let today = utc_date(at);
    let author = match &command.action {
        Action::Found(_) => Author { actor: command.by, keys: Vec::new(), through: None },
        _ if !state.is_founded() => return Err(Refusal::NotFounded),
        _ => authority::author(state, command, today)?,
    };
    let changes = changes(state, command, &author, (at, today))?;
    let position = state.position();
    let entry =
        |(change, postings)| Entry { position, at, author: author.clone(), change, postings };
    Ok(changes.into_iter().map(entry).collect())
}

/// The day on which a moment falls, by which deadlines in days are counted: that of UTC.
#[must_use]
pub fn utc_date(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

type Changes = Vec<(Change, Vec<Posting>)>;

#[allow(clippy::too_many_lines, reason = "one arm for each action, and nothing else")]
fn changes(
    state: &State,
    command: &Command,
    author: &Author,
    (at, today): (Timestamp, Date),
) -> Result<Changes, Refusal> {
    let alone = |change: Result<Change, Refusal>| Ok(vec![(change?, Vec::new())]);
    let posted = |outcome: Result<(Change, Vec<Posting>), Refusal>| Ok(vec![outcome?]);
    let several = |changes: Vec<Change>| Ok(changes.into_iter().map(|c| (c, Vec::new())).collect());
    match &command.action {
        Action::Found(founding) => alone(founding::found(state, command, founding)),
        Action::Apply(application) => {
            alone(member::apply_for(state, &command.signers, application.clone()))
        }
        Action::Stand { member, step, reason, evidence } => {
            let reasons = (reason.clone(), *evidence);
            let stands = member::step(state, author, (*member, *step), reasons, today)?;
            several(member::with_consequences(state, stands, today)?)
        }
        Action::AddKey(key) => alone(key::add(state, author, &command.signers, key.clone())),
        Action::RotateKey { old, new } => {
            alone(key::rotate(state, author, &command.signers, (*old, *new)))
        }
        Action::RevokeKey { key, reason } => {
            alone(key::revoke(state, author, *key, reason.clone()))
        }
        Action::LimitOnePerson { currency, over } => {
            alone(key::limit(state, author, *currency, *over))
        }
        Action::Delegate { delegate, scope, until } => {
            let delegation = (*delegate, scope.clone(), *until);
            alone(authority::delegate(state, author, delegation, today))
        }
        Action::EndDelegation { delegate, reason } => {
            alone(authority::end_delegation(state, author, *delegate, reason.clone()))
        }
        Action::OfferMerger(offer) => alone(merger::offer(state, author, offer.clone())),
        Action::AcceptMerger { member } => merger::accept(state, author, *member, today),
        Action::Declare { obligations, file } => {
            posted(obligation::declare(state, author, obligations, *file, today))
        }
        Action::Confirm { obligations } => {
            posted(obligation::confirm(state, author, obligations.clone(), at))
        }
        Action::Dispute { obligation, part, reason, evidence } => {
            let (what, why) = ((*obligation, *part), (reason.clone(), *evidence));
            posted(obligation::dispute(state, author, what, why, at))
        }
        Action::Answer { obligation, answer, reason } => {
            posted(obligation::answer(state, author, (*obligation, *answer), reason.clone()))
        }
        Action::Withdraw { obligation, reason } => {
            posted(obligation::withdraw(state, author, *obligation, reason.clone()))
        }
        Action::Correct { obligation, outstanding, due, reason } => {
            let what = (*outstanding, *due);
            posted(obligation::correct(state, author, *obligation, what, reason.clone()))
        }
        Action::ConfirmPayment { obligation, amount, paid_on, reason } => {
            let (what, why) = ((*obligation, *amount), (*paid_on, reason.clone()));
            posted(obligation::received(state, author, what, why))
        }
        Action::CreditNote { obligation, amount, reference, reason } => {
            let (what, why) = ((*obligation, *amount), (reference.clone(), reason.clone()));
            posted(obligation::credit_note(state, author, what, why))
        }
        Action::OfferAssignment { obligation, to, reason } => {
            let what = (*obligation, *to);
            posted(obligation::offer_assignment(state, author, what, reason.clone()))
        }
        Action::AcceptAssignment { obligation } => {
            posted(obligation::accept_assignment(state, author, *obligation))
        }
        Action::Hold { obligation, reason } => {
            posted(obligation::hold(state, author, *obligation, reason.clone()))
        }
        Action::Release { obligation, reason } => {
            posted(obligation::release(state, author, *obligation, reason.clone()))
        }
        Action::Propose { subject, closes } => {
            alone(vote::propose(state, author, subject.clone(), *closes, at))
        }
        Action::Vote { proposal, choice } => {
            alone(vote::vote(state, author, (*proposal, *choice), at))
        }
        Action::CountVotes { proposal } => several(vote::count(state, author, *proposal, at)?),
        Action::OpenCycle(opening) => {
            alone(cycle::open_by_calendar(state, author, opening.clone(), today))
        }
        Action::CutOff { cycle } => alone(cycle::cut_off(state, author, *cycle, at)),
        Action::ProposeResult { cycle, cleared, results } => {
            alone(cycle::propose(state, *cycle, (*cleared, results), at))
        }
        Action::Finalise { cycle } => posted(cycle::finalise(state, author, *cycle)),
        Action::Abandon { cycle, reason } => {
            alone(cycle::abandon(state, author, *cycle, reason.clone()))
        }
        Action::Instruct { cycle } => settlement::instruct(state, author, *cycle, today),
        Action::ChooseSettlement { way } => alone(settlement::choose(state, author, *way, today)),
        Action::ChooseCurrency { currency } => {
            alone(settlement::choose_currency(state, author, *currency, today))
        }
        Action::ConfirmInstruction { instruction, amount } => {
            posted(settlement::receive(state, author, *instruction, *amount))
        }
        Action::FailInstruction { instruction, reason } => {
            alone(settlement::fail(state, author, *instruction, reason.clone()))
        }
        Action::ExpireInstruction { instruction } => {
            alone(settlement::expire(state, author, *instruction, today))
        }
        Action::DraftAgreement(draft) => alone(agreement::draft(state, author, draft.clone())),
        Action::SignAgreement { agreement, text } => {
            alone(agreement::sign(state, author, *agreement, *text))
        }
        Action::EndAgreement { agreement, from, reason } => {
            let (when, number) = ((*from, reason.clone()), *agreement);
            alone(agreement::end(state, author, number, when, today))
        }
    }
}
