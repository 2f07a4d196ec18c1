//! `setoff union`: a clearing union on its journal, from founding to the last statement.

pub(crate) mod acting;
mod agreements;
mod calendar;
mod compensation;
mod cycles;
mod delegates;
mod founding;
mod history;
mod import;
mod keys;
mod ledger;
mod listing;
mod members;
mod names;
mod obligations;
mod reading;
mod settling;
mod statement;
mod status;
mod submitting;
mod votes;

pub(crate) use cycles::{cleared, proposal};
pub(crate) use keys::all_roles;
pub(crate) use names::ascii_words;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use setoff_money::Decimal;
use setoff_union::{Amount, Code, Digest, State};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;

/// Run a clearing union: members, obligations, agreements, cycles, settlement, on a journal
#[derive(Debug, Args)]
#[command(
    after_help = "docs/union.md walks through a month. `setoff demo` makes a union to look at."
)]
pub(crate) struct UnionArgs {
    #[command(subcommand)]
    command: UnionCommand,
}

#[derive(Debug, Subcommand)]
enum UnionCommand {
    Init(founding::InitArgs),
    Status(status::StatusArgs),
    Member(members::MemberArgs),
    Key(keys::KeysArgs),
    Delegate(delegates::DelegateArgs),
    Declare(obligations::DeclareArgs),
    Import(Box<import::ImportArgs>),
    Confirm(obligations::ConfirmArgs),
    Dispute(obligations::DisputeArgs),
    Answer(obligations::AnswerArgs),
    Withdraw(obligations::ReasonArgs),
    Correct(obligations::CorrectArgs),
    Paid(obligations::PaidArgs),
    Credit(obligations::CreditArgs),
    Assign(obligations::AssignArgs),
    Accept(obligations::AcceptArgs),
    Hold(obligations::HoldArgs),
    Release(obligations::ReleaseArgs),
    Obligations(listing::ObligationsArgs),
    Agree(agreements::AgreeArgs),
    Propose(votes::ProposeArgs),
    Vote(votes::VoteArgs),
    Count(votes::CountArgs),
    Open(cycles::OpenArgs),
    Preview(cycles::PreviewArgs),
    CutOff(cycles::CutOffArgs),
    Clear(cycles::ClearArgs),
    Finalise(cycles::FinaliseArgs),
    Abandon(cycles::AbandonArgs),
    Settle(settling::SettleArgs),
    Due(calendar::DueArgs),
    Calendar(calendar::CalendarArgs),
    Statement(statement::StatementArgs),
    History(history::HistoryArgs),
    Ledger(ledger::LedgerArgs),
    Rulebook(votes::RulebookArgs),
    Sign(submitting::SignArgs),
    Submit(submitting::SubmitArgs),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] of any kind.
pub(crate) fn run(args: &UnionArgs) -> Result<(), Failure> {
    match &args.command {
        UnionCommand::Init(args) => founding::run(args),
        UnionCommand::Status(args) => status::run(args),
        UnionCommand::Member(args) => members::run(args),
        UnionCommand::Key(args) => keys::keys(args),
        UnionCommand::Delegate(args) => delegates::delegate(args),
        UnionCommand::Declare(args) => obligations::declare(args),
        UnionCommand::Import(args) => import::run(args),
        UnionCommand::Confirm(args) => obligations::confirm(args),
        UnionCommand::Dispute(args) => obligations::dispute(args),
        UnionCommand::Answer(args) => obligations::answer(args),
        UnionCommand::Withdraw(args) => obligations::withdraw(args),
        UnionCommand::Correct(args) => obligations::correct(args),
        UnionCommand::Paid(args) => obligations::paid(args),
        UnionCommand::Credit(args) => obligations::credit(args),
        UnionCommand::Assign(args) => obligations::assign(args),
        UnionCommand::Accept(args) => obligations::accept(args),
        UnionCommand::Hold(args) => obligations::hold(args),
        UnionCommand::Release(args) => obligations::release(args),
        UnionCommand::Obligations(args) => listing::run(args),
        UnionCommand::Agree(args) => agreements::run(args),
        UnionCommand::Propose(args) => votes::propose(args),
        UnionCommand::Vote(args) => votes::vote(args),
        UnionCommand::Count(args) => votes::count(args),
        UnionCommand::Open(args) => cycles::open(args),
        UnionCommand::Preview(args) => cycles::preview(args),
        UnionCommand::CutOff(args) => cycles::cut_off(args),
        UnionCommand::Clear(args) => cycles::clear(args),
        UnionCommand::Finalise(args) => cycles::finalise(args),
        UnionCommand::Abandon(args) => cycles::abandon(args),
        UnionCommand::Settle(args) => settling::run(args),
        UnionCommand::Due(args) => calendar::due(args),
        UnionCommand::Calendar(args) => calendar::calendar(args),
        UnionCommand::Statement(args) => statement::statement(args),
        UnionCommand::History(args) => history::history(args),
        UnionCommand::Ledger(args) => ledger::run(args),
        UnionCommand::Rulebook(args) => votes::rulebook(args),
        UnionCommand::Sign(args) => submitting::sign(args),
        UnionCommand::Submit(args) => submitting::submit(args),
    }
}

/// A decimal amount of the command line, with a point.
fn amount(text: &str) -> Result<Amount, String> {
    text.parse::<Decimal>().map(Amount).map_err(|error| format!("{error}: write 1234.50"))
}

/// A date of the command line.
fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write a date as 2026-10-31".to_owned())
}

/// The code of one of the union's currencies.
fn code(state: &State, text: &str) -> Result<Code, Failure> {
    let currencies = state.currencies();
    let found = currencies.iter().find(|currency| currency.code() == text);
    found.map(Code::of).ok_or_else(|| {
        let codes: Vec<&str> = currencies.iter().map(setoff_money::Currency::code).collect();
        Failure::Input(format!("the union has no currency {text}: it has {}", codes.join(", ")))
    })
}

/// The SHA-256 of a file that is kept elsewhere.
fn digest_of(path: &std::path::Path) -> Result<Digest, Failure> {
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::Input(format!("{}: can't be read: {error}", path.display())))?;
    Ok(Digest(Sha256::digest(&bytes).into()))
}

/// Today's date by UTC, as the rules count days.
fn today() -> Date {
    setoff_union::utc_date(jiff::Timestamp::now())
}
