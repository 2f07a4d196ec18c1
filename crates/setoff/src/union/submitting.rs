//! `setoff union sign`, `submit`: commands that travel as files from who signs to who journals.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};
use setoff_journal::Envelope;
use setoff_node::{Answer, Submission};
use setoff_union::Action;

use crate::failure::Failure;
use crate::key_files;
use crate::place::PlaceArgs;
use crate::standard_output::{print, print_json};

use super::acting::{node_failure, open_node, read_envelope, rejected, submit as hand_in};

/// Add a signature to a signed command in a file
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The file that --out wrote
    file: PathBuf,
    /// The key file that signs
    #[arg(long = "as", value_name = "KEY", env = "SETOFF_AS", required_unless_present = "show")]
    signer: Option<PathBuf>,
    /// Show what would be signed, and sign nothing; needs no key
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
    let (false, Some(signer)) = (args.show, &args.signer) else {
        return print(&shown);
    };
    let key = key_files::open(signer)?;
    if envelope.signatures().iter().any(|signature| signature.key == key.id()) {
        return Err(Failure::Input(format!(
            "{}: is signed with {} already",
            args.file.display(),
            signer.display()
        )));
    }
    envelope.sign(&key).map_err(|error| Failure::Input(error.to_string()))?;
    replace_envelope(&args.file, &envelope)?;
    let count = envelope.signatures().len();
    print(&format!("{shown}Signed; {} has {count} signatures now.\n", args.file.display()))
}

/// Puts an envelope with one signature more in the place of the file: whole, or not at all.
fn replace_envelope(path: &Path, envelope: &Envelope) -> Result<(), Failure> {
    let beside = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(beside).and_then(|mut file| {
        file.write_all((envelope.to_json() + "\n").as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    });
    written
        .map(drop)
        .map_err(|error| Failure::Machine(format!("{}: can't be written: {error}", path.display())))
}

/// The command in an envelope, for people.
fn shown(envelope: &Envelope) -> Result<String, Failure> {
    Submission::parse(envelope.payload_type(), envelope.payload())
        .map_err(|error| Failure::Input(error.to_string()))?;
    let value: Value = serde_json::from_slice(envelope.payload())
        .map_err(|error| Failure::Input(error.to_string()))?;
    Ok(format!("{:#}\n", value["command"]))
}

fn is_founding(envelope: &Envelope) -> bool {
    Submission::parse(envelope.payload_type(), envelope.payload())
        .is_ok_and(|submission| matches!(submission.command.action, Action::Found(_)))
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
    for (path, envelope) in args.files.iter().zip(&envelopes) {
        if is_founding(envelope) {
            return Err(Failure::Input(format!(
                "{0}: this founds a union: `setoff union init {0}` does it",
                path.display()
            )));
        }
    }
    let operator = key_files::open(&args.operator)?;
    let mut node = open_node(&args.place.union, &operator, Some(&args.operator))?;
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
        print_json(&Value::from(values))?;
    } else {
        print(&(lines.join("\n") + "\n"))?;
    }
    match refused {
        0 => Ok(()),
        _ => Err(Failure::Input(format!("{refused} of {} refused", answers.len()))),
    }
}
