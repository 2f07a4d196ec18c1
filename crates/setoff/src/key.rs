//! `setoff key`: signing keys in files, encrypted with a passphrase.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use setoff_journal::PublicKey;
use setoff_journal::key_file::Cost;
use setoff_union::Action;

use crate::failure::Failure;
use crate::key_files::{self, known};
use crate::standard_output::print;
use crate::union::acting::ActArgs;

/// Make, show and replace signing keys
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Make a key in a new file, encrypted with a passphrase
    New {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the public key of a file; needs no passphrase
    Show {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Replace a key in a union by a new one in a new file
    Rotate {
        /// The new file
        #[arg(value_name = "NEW")]
        new: PathBuf,
        /// The key to replace, as file or in hexadecimal digits [default: the first of --as]
        #[arg(long, value_name = "KEY")]
        old: Option<String>,
        #[command(flatten)]
        act: Box<ActArgs>,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Input`] and [`Failure::Machine`].
pub(crate) fn run(args: &KeyArgs) -> Result<(), Failure> {
    match &args.command {
        KeyCommand::New { file, json } => {
            let key = key_files::create(file, Cost::default())?;
            let said =
                format!("A new key is in {}. Keep the file and its passphrase.", file.display());
            shown(&key.public(), &said, *json)
        }
        KeyCommand::Show { file, json } => shown(&key_files::public(file)?, "", *json),
        KeyCommand::Rotate { new, old, act } => rotate(new, old.as_deref(), act),
    }
}

fn shown(key: &PublicKey, said: &str, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return print(&format!("{}\n", json!({ "public_key": known(key).to_string() })));
    }
    let break_after = if said.is_empty() { "" } else { "\n" };
    print(&format!("{said}{break_after}public key {}\n", known(key)))
}

fn rotate(new: &std::path::Path, old: Option<&str>, act: &ActArgs) -> Result<(), Failure> {
    let old = match (old, act.signers().first()) {
        (Some(text), _) => key_files::public_or_file(text)?,
        (None, Some(first)) => key_files::public(first)?,
        (None, None) => return Err(Failure::Input("--as names no key".to_owned())),
    };
    let key = key_files::create(new, Cost::default())?;
    let action = Action::RotateKey { old: known(&old), new: known(&key.public()) };
    // Who replaces a key shows that it has the new one.
    let done = act.give_signed_also(&[key], |_, _| Ok(action));
    if done.is_err() {
        // The union does not know the key: nothing is lost with the file.
        let _ = std::fs::remove_file(new);
    }
    done?.tell(|_| format!("The key in {} counts from now on, the old one no more.", new.display()))
}
