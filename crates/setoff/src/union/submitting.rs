//! `setoff union sign`, `submit`: commands that travel as files from who signs to who journals.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use setoff_journal::Envelope;
use setoff_node::{Answer, Submission};

use crate::failure::Failure;
use crate::key_files;
use crate::place::PlaceArgs;
use crate::standard_output::print;

use super::acting::{
    node_failure, open_node, read_envelope, rejected, submit as hand_in, write_envelope,
};

/// Add a signature to a signed command in a file
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The file that --out wrote
    file: PathBuf,
    /// The key file that signs
    #[arg(long = "as", value_name = "KEY", env = "SETOFF_AS")]
    signer: PathBuf,
    /// Show what would be signed, and sign nothing
    #[arg(long)]
    show: bool,
}

/// Runs `setoff union sign`.
///
/// # Errors
/// [`Failure::Input`] if the file holds no command.
pub(crate) fn sign(args: &SignArgs) -> Result<(), Failure> {
    let mut envelope = read_envelope(&args.file)?;
    let shown = shown(&envelope)?;
    if args.show {
        return print(&shown);
    }
    let key = key_files::open(&args.signer)?;
    envelope.sign(&key).map_err(|error| Failure::Input(error.to_string()))?;
    write_envelope(&args.file, &envelope)?;
    let count = envelope.signatures().len();
    print(&format!("{shown}Signed; {} has {count} signatures now.\n", args.file.display()))
}

/// The command in an envelope, for people.
fn shown(envelope: &Envelope) -> Result<String, Failure> {
    Submission::parse(envelope.payload_type(), envelope.payload())
        .map_err(|error| Failure::Input(error.to_string()))?;
    let value: Value = serde_json::from_slice(envelope.payload())
        .map_err(|error| Failure::Input(error.to_string()))?;
    Ok(format!("{:#}\n", value["command"]))
}

/// Hand signed commands to the union, in one durable append
#[derive(Debug, Args)]
pub(crate) struct SubmitArgs {
    /// The files that --out wrote
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
    /// The operator's key file, which journals them
    #[arg(long, value_name = "KEY", env = "SETOFF_OPERATOR")]
    operator: PathBuf,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `setoff union submit`.
///
/// # Errors
/// [`Failure::Input`] if one of them was refused; the others are in the union.
pub(crate) fn submit(args: &SubmitArgs) -> Result<(), Failure> {
    let envelopes: Result<Vec<Envelope>, Failure> =
        args.files.iter().map(|path| read_envelope(path)).collect();
    let envelopes = envelopes?;
    let mut node = open_node(&args.place.union, &key_files::open(&args.operator)?)?;
    let answers = hand_in(&mut node, envelopes)?;
    let mut refused = 0;
    let told = args.files.iter().zip(&answers).map(|(file, answer)| {
        let file = file.display();
        match answer {
            Answer::Accepted(receipt) => (
                format!("{file}: accepted, at position {}", receipt.position),
                json!({ "file": file.to_string(), "position": receipt.position }),
            ),
            Answer::AcceptedBefore(receipt) => (
                format!("{file}: was accepted before, at position {}", receipt.position),
                json!({ "file": file.to_string(), "position": receipt.position, "before": true }),
            ),
            Answer::Rejected(rejection) => {
                refused += 1;
                let why = rejected(node.state(), rejection).to_string();
                (
                    format!("{file}: {why}"),
                    json!({ "file": file.to_string(), "refused": rejection.to_string() }),
                )
            }
        }
    });
    let (lines, values): (Vec<String>, Vec<Value>) = told.unzip();
    node.close().map_err(node_failure)?;
    if args.json {
        print(&format!("{:#}\n", Value::from(values)))?;
    } else {
        print(&(lines.join("\n") + "\n"))?;
    }
    match refused {
        0 => Ok(()),
        _ => Err(Failure::Input(format!("{refused} of {} refused", answers.len()))),
    }
}
