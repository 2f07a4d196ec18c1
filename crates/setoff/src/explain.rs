//! `setoff explain`: why one member's obligations were set off, in part or not at all, from a
//! result folder alone.

mod amounts;
mod answer;
mod certificate;
mod chains;
mod circles_through;
mod json;
mod nearest;
mod result_folder;
mod words;

use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;
use crate::standard_output::print;
use amounts::Amounts;
use nearest::{nearest, suggestion};
use result_folder::{Debts, OwnObligation};

/// How many obligations are explained unless all are asked for.
const MOST_OBLIGATIONS: usize = 50;

/// Say why a member's obligations were set off, in part or not at all
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The folder that `setoff clear --out` wrote
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// The member, by its exact name
    #[arg(long, value_name = "NAME")]
    member: String,

    /// Only the obligations with this reference
    #[arg(long, value_name = "REFERENCE")]
    reference: Option<String>,

    /// All obligations, not only the first 50
    #[arg(long)]
    all: bool,

    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

/// Answers on standard output.
///
/// # Errors
/// [`Failure::Input`] if the folder is no result, or the member or reference is not in it;
/// [`Failure::Machine`] if it can't be read, or standard output can't be written.
pub(crate) fn run(args: &ExplainArgs) -> Result<(), Failure> {
    let settings = result_folder::read_settings(&args.folder)?;
    let mut debts = result_folder::read_debts(&args.folder, &settings, &args.member)?;
    let member = debts.find(&args.member).ok_or_else(|| no_such_member(args, &debts))?;
    let amounts = Amounts::of(&debts.own, member);
    let own = asked_for(args, std::mem::take(&mut debts.own))?;
    let most = if args.all { usize::MAX } else { MOST_OBLIGATIONS };

    let answer = answer::answer(&args.folder, &settings, &debts, &amounts, member, own, most)?;

    if args.json {
        print(&json::json(&answer, &settings, &debts))
    } else {
        print(&words::words(&answer, &settings, &debts))
    }
}

fn no_such_member(args: &ExplainArgs, debts: &Debts) -> Failure {
    let near = nearest(&args.member, debts.names.iter().map(String::as_str));
    Failure::Input(format!(
        "there is no member \"{}\" in {}. {}",
        args.member,
        args.folder.display(),
        suggestion(&near, "positions.csv has the names of all members.")
    ))
}

/// The obligations with the reference asked for, or all.
fn asked_for(args: &ExplainArgs, own: Vec<OwnObligation>) -> Result<Vec<OwnObligation>, Failure> {
    let Some(reference) = &args.reference else {
        return Ok(own);
    };
    if own.iter().any(|o| o.reference == *reference) {
        return Ok(own.into_iter().filter(|o| o.reference == *reference).collect());
    }
    let near = nearest(reference, own.iter().map(|o| o.reference.as_str()));
    Err(Failure::Input(format!(
        "{} has no obligation with the reference \"{reference}\". {}",
        args.member,
        suggestion(&near, "discharges.csv has the references of all obligations.")
    )))
}
