//! `setoff journal`: check, copy and export what a union keeps.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use setoff_journal::{CopyError, Entry, Fault, Journal, Limit, SignedCheckpoint};
use setoff_node::{CheckError, ReplayError};

use crate::failure::Failure;
use crate::place::{self, PlaceArgs};
use crate::progress::Phases;
use crate::standard_output::{print, print_json};
use crate::union::acting::{now, replay_failure};
use crate::wording::counted;

/// Check, copy and export a union's journal
#[derive(Debug, Args)]
pub(crate) struct JournalArgs {
    #[command(subcommand)]
    command: JournalCommand,
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    /// Hash every entry, verify every signature, checkpoint and result again, and decide every
    /// command again; names the first bad entry
    Check {
        #[command(flatten)]
        place: PlaceArgs,
        /// Checkpoints of this journal that were kept elsewhere, one a file
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Copy a journal to an empty place, and prove that both have the same root
    Copy {
        /// From: a file, or a PostgreSQL database
        from: String,
        /// To: a new file, or a database without a journal
        to: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the last checkpoint: keep it, and the journal can never be cut back unseen
    Checkpoint {
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Print every entry as a line of JSON: position, time, envelope
    Export {
        #[command(flatten)]
        place: PlaceArgs,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Check`] names the first bad entry.
pub(crate) fn run(args: &JournalArgs) -> Result<(), Failure> {
    match &args.command {
        JournalCommand::Check { place, checkpoint, json } => check(place, checkpoint, *json),
        JournalCommand::Copy { from, to, json } => copy(from, to, *json),
        JournalCommand::Checkpoint { place } => {
            let mut store = place::open(&place.union)?;
            match store.latest_checkpoint().map_err(place::failure)? {
                Some((_, note)) => print(&note),
                None => Err(Failure::Input("the journal is empty".to_owned())),
            }
        }
        JournalCommand::Export { place } => export(place),
    }
}

fn check(place: &PlaceArgs, kept: &[PathBuf], as_json: bool) -> Result<(), Failure> {
    let notes: Result<Vec<SignedCheckpoint>, Failure> = kept
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::Input(format!("{}: can't be read: {error}", path.display()))
            })?;
            SignedCheckpoint::parse(&text)
                .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))
        })
        .collect();
    let mut store = place::open(&place.union)?;
    store.inspect().map_err(place::failure)?;
    let mut phases = Phases::start(as_json);
    phases.begin("check");
    let checked = setoff_node::check(store.as_mut(), &notes?, &mut |_| {});
    let (checked, replayed) = checked.map_err(|error| match error {
        CheckError::Fault(fault) => failed(&fault),
        CheckError::Replay(error) => replay_failure(error),
    })?;
    phases.end();
    let digest = replayed.state.digest();
    if as_json {
        let told = json!({
            "entries": checked.entries,
            "signatures": checked.signatures,
            "checkpoints": checked.checkpoints,
            "snapshots": checked.snapshots,
            "root": checked.root.to_string(),
            "state_digest": digest.to_string(),
        });
        return print_json(&told);
    }
    let many = |n: u64, one: &str, several: &str| {
        counted(usize::try_from(n).unwrap_or(usize::MAX), one, several)
    };
    print(&format!(
        "Good: {} hashed, {} and {} verified, every command decided again.\n\
         The root is {}.\nThe state's digest is {digest}.\n",
        many(checked.entries, "entry", "entries"),
        many(checked.signatures, "signature", "signatures"),
        many(checked.checkpoints, "checkpoint", "checkpoints"),
        checked.root
    ))
}

fn failed(fault: &Fault) -> Failure {
    match fault {
        Fault::Store(error) => place::failure(error.clone()),
        other => Failure::Check(format!(
            "{other}\nNothing of the journal was changed. Restore a copy of it that this check finds \
             good."
        )),
    }
}

fn copy(from: &str, to: &str, as_json: bool) -> Result<(), Failure> {
    let source = place::open(from)?;
    let origin = source.origin().clone();
    let target = place::create(to, &origin)?;
    let copied = setoff_journal::copy(source, target, &mut now).map_err(|error| match error {
        CopyError::Journal(setoff_journal::JournalError::Store(error)) => place::failure(error),
        CopyError::Changed { .. } | CopyError::Journal(_) => Failure::Check(error.to_string()),
        other => Failure::Input(other.to_string()),
    })?;
    if as_json {
        let told = json!({ "entries": copied.size, "root": copied.root.to_string() });
        return print_json(&told);
    }
    print(&format!(
        "Copied {} entries. Both journals have the root {}.\n",
        copied.size, copied.root
    ))
}

fn export(place: &PlaceArgs) -> Result<(), Failure> {
    let store = place::open(&place.union)?;
    let mut journal = Journal::open(store).map_err(|e| replay_failure(ReplayError::Journal(e)))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut seq = 0;
    while seq < journal.size() {
        let entries = journal
            .read(seq, Limit::default())
            .map_err(|e| replay_failure(ReplayError::Journal(e)))?;
        if entries.is_empty() {
            return Err(replay_failure(ReplayError::Missing { seq }));
        }
        for entry in &entries {
            match line(entry, &mut out) {
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
                written => written.map_err(|error| {
                    Failure::Machine(format!("cannot write to standard output: {error}"))
                })?,
            }
            seq = entry.seq + 1;
        }
    }
    out.flush()
        .map_err(|error| Failure::Machine(format!("cannot write to standard output: {error}")))
}

fn line(entry: &Entry, out: &mut impl Write) -> std::io::Result<()> {
    let received = jiff::Timestamp::from_microsecond(entry.received.0)
        .map(|received| received.to_string())
        .unwrap_or_default();
    let salt = setoff_union::Digest(entry.salt.0).to_string();
    let leaf = setoff_journal::entry::leaf(&entry.encode());
    writeln!(
        out,
        "{{\"position\":{},\"received\":\"{received}\",\"salt\":\"{salt}\",\"leaf\":\"{leaf}\",\"envelope\":{}}}",
        entry.seq,
        entry.envelope.to_json()
    )
}
