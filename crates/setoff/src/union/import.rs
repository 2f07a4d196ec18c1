//! `setoff union import`: a file of obligations, declared as one command.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use setoff_formats::Reading;
use setoff_union::{Action, Amount, Code, Declaration, Digest, Kind, MemberId, State};

use crate::failure::Failure;
use crate::progress::Phases;
use crate::reading_args::{ReadingArgs, read_good};
use crate::wording::counted;

use super::acting::ActArgs;
use super::{code, date, digest_of, names, today};

/// How many bad rows are told one by one.
const TOLD: usize = 20;

/// Declare a file of obligations as one command, all of it or nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Every row must have you as debtor or creditor; --mine leaves the others out.\n\
    docs/input.md says which files are read and how."
)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    reading: ReadingArgs,

    /// Leave out the rows of others
    #[arg(long)]
    mine: bool,

    /// The date of the documents [default: today, or the due date if that is earlier]
    #[arg(long, value_parser = date)]
    issued: Option<Date>,

    #[command(flatten)]
    act: ActArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Input`] names the rows that can't be declared.
pub(crate) fn run(args: &ImportArgs) -> Result<(), Failure> {
    let inputs = args.reading.inputs(None)?;
    let mut phases = Phases::start(args.act.json);
    phases.begin("read");
    let reading = read_good(&inputs, &mut phases)?;
    phases.end();
    let file = match args.reading.files() {
        [only] if only.as_os_str() != "-" => Some(digest_of(only)?),
        _ => None,
    };
    let mut counts = (0, 0);
    let done = args.act.give(|state, who| {
        let (action, left_out) = declared(args, &reading, state, who.member()?, file)?;
        if let Action::Declare { obligations, .. } = &action {
            counts = (obligations.len(), left_out);
        }
        Ok(action)
    })?;
    done.tell(|state| {
        let (declared, left_out) = counts;
        let last = state.obligations().len();
        let left_out = match left_out {
            0 => String::new(),
            _ => format!(" {} of others left out.", counted(left_out, "row", "rows")),
        };
        format!(
            "Declared {}, numbers {} to {}.{left_out}\nThe other sides have to confirm them.",
            counted(declared, "obligation", "obligations"),
            last - declared,
            last - 1,
        )
    })
}

fn declared(
    args: &ImportArgs,
    reading: &Reading,
    state: &State,
    own: MemberId,
    file: Option<Digest>,
) -> Result<(Action, usize), Failure> {
    let read = &reading.obligations;
    let members: Vec<Option<MemberId>> =
        read.names().iter().map(|name| names::member_named(state, name)).collect();
    let codes: Vec<Result<Code, Failure>> =
        read.currencies().iter().map(|currency| code(state, currency.code())).collect();
    let mut wrong = Vec::new();
    let mut left_out = 0;
    let mut obligations = Vec::with_capacity(read.rows().len());
    for (row, found) in read.rows().iter().enumerate() {
        let sides = [found.debtor, found.creditor];
        let [debtor, creditor] = sides.map(|side| members[side.0 as usize]);
        if ![debtor, creditor].contains(&Some(own)) {
            if args.mine {
                left_out += 1;
            } else {
                let why = format!(
                    "{} is neither debtor (\"{}\") nor creditor (\"{}\")",
                    names::name(state, own),
                    read.name(found.debtor),
                    read.name(found.creditor)
                );
                wrong.push(at(args, read, row, &why));
            }
            continue;
        }
        let (Some(debtor), Some(creditor)) = (debtor, creditor) else {
            let unknown = if debtor.is_none() { found.debtor } else { found.creditor };
            let told = names::member(state, read.name(unknown)).err();
            let why = told.map(|failure| failure.to_string()).unwrap_or_default();
            wrong.push(at(args, read, row, &why));
            continue;
        };
        let currency = match &codes[usize::from(found.currency)] {
            Ok(code) => *code,
            Err(failure) => {
                wrong.push(at(args, read, row, &failure.to_string()));
                continue;
            }
        };
        let Some(due) = found.due else {
            wrong.push(at(args, read, row, "it has no due date"));
            continue;
        };
        let unit = read.currencies()[usize::from(found.currency)];
        let amount = unit.format(found.amount).parse().map(Amount);
        let amount = amount.map_err(|error| Failure::Bug(format!("an amount read: {error}")))?;
        obligations.push(Declaration {
            debtor,
            creditor,
            currency,
            amount,
            issued: args.issued.unwrap_or(today()).min(due),
            due,
            reference: read.reference(row).to_owned(),
            kind: Kind::Plain,
        });
    }
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(TOLD);
        wrong.truncate(TOLD);
        if more > 0 {
            wrong.push(format!("… and {} more like these", counted(more, "row", "rows")));
        }
        wrong.push("Nothing was declared.".to_owned());
        return Err(Failure::Input(wrong.join("\n")));
    }
    if obligations.is_empty() {
        return Err(Failure::Input("no row of the file is yours".to_owned()));
    }
    Ok((Action::Declare { obligations, file }, left_out))
}

/// What is wrong with a row, with file and line.
fn at(args: &ImportArgs, read: &setoff_formats::Obligations, row: usize, why: &str) -> String {
    let place = read.rows()[row].place;
    let files: &[PathBuf] = args.reading.files();
    let file = files.get(usize::from(place.file)).map_or(Path::new("-"), PathBuf::as_path);
    format!("{}:{}: {why}", file.display(), place.line)
}
