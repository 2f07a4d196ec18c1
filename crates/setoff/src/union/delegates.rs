//! `setoff union delegate`: who acts for a member.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use setoff_union::{Action, Scope};

use crate::failure::Failure;

use super::acting::ActArgs;
use super::{date, names};

/// Authorise a delegate to act for a member, or end that
#[derive(Debug, Args)]
pub(crate) struct DelegateArgs {
    /// Who is to act for the member of --as
    delegate: String,
    /// In what
    #[arg(long, value_enum, value_delimiter = ',', required_unless_present = "end")]
    scope: Vec<ScopeArg>,
    /// The last day
    #[arg(long, value_parser = date, required_unless_present = "end")]
    until: Option<Date>,
    /// End the delegation now
    #[arg(long, requires = "reason", conflicts_with_all = ["scope", "until"])]
    end: bool,
    /// Why it ends
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    act: ActArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ScopeArg {
    /// Enter obligations, disputes, answers and holds
    Enter,
    /// Confirm, and otherwise bind the member about obligations
    Bind,
    /// Confirm payments received
    Receive,
    /// Sign agreements
    Agree,
}

/// Runs `setoff union delegate`.
///
/// # Errors
/// [`Failure::Input`] if the union refuses it.
pub(crate) fn delegate(args: &DelegateArgs) -> Result<(), Failure> {
    let scope = args.scope.iter().map(|scope| match scope {
        ScopeArg::Enter => Scope::Enter,
        ScopeArg::Bind => Scope::Bind,
        ScopeArg::Receive => Scope::Receive,
        ScopeArg::Agree => Scope::Agree,
    });
    let scope: BTreeSet<Scope> = scope.collect();
    let done = args.act.give(|state, _| {
        let delegate = names::member(state, &args.delegate)?;
        Ok(match (args.until, &args.reason) {
            (Some(until), _) => Action::Delegate { delegate, scope, until },
            (None, reason) => {
                Action::EndDelegation { delegate, reason: reason.clone().unwrap_or_default() }
            }
        })
    })?;
    done.tell(|_| match args.until {
        Some(until) => format!("{} acts for you until {until}.", args.delegate),
        None => format!("{} acts for you no more.", args.delegate),
    })
}
