//! `setoff demo`: a union of forty firms that has lived a year, told in a page and left on disk.

mod firms;
mod world;
mod year;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::standard_output::{print, print_json};

/// Make a union of forty firms that lived a year, tell its story, and leave it to explore
#[derive(Debug, Args)]
#[command(
    after_help = "Everything in it is made up, and its keys are the same in every demo: use \
    none of them for anything else."
)]
pub(crate) struct DemoArgs {
    /// The new folder for its journal and its keys
    #[arg(value_name = "DIR", default_value = "setoff-demo")]
    folder: PathBuf,

    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Input`] if the folder is there already, [`Failure::Machine`] if it can't be written.
pub(crate) fn run(args: &DemoArgs) -> Result<(), Failure> {
    let folder = &args.folder;
    make_folder(folder)?;
    let journal = folder.join("setoff.db");
    let mut world = world::World::new(&journal)?;
    let mut story = Vec::new();
    year::live(&mut world, &mut |month, told| {
        let line = format!("{month}  {told}");
        // A long story shows as it happens; a reader that has gone away is no failure of it.
        if !args.json {
            let _ = print(&crate::standard_output::paragraph(&line, 0));
        }
        story.push(line);
    })?;
    world.write_keys(&folder.join("keys"))?;
    let figures = world.figures();
    world.close()?;
    let place = folder.display();
    if args.json {
        let told = json!({
            "folder": place.to_string(),
            "members": figures.members,
            "obligations": figures.obligations,
            "commands": figures.commands,
            "cycles": figures.cycles,
            "state_digest": figures.digest,
            "story": story,
        });
        return print_json(&told);
    }
    print(&format!(
        "\n{} members, {} obligations, {} cycles, {} commands in {place}/setoff.db. Look around:\n\
         \n  export SETOFF_UNION={place}/setoff.db SETOFF_PASSPHRASE=demo\n  \
         setoff union status\n  \
         setoff union statement \"Adler Maschinen GmbH\" --cycle 11\n  \
         setoff union history {}\n  \
         setoff union agree terms framework --between \"Adler Maschinen GmbH,Bora Trade d.o.o.\"\n  \
         setoff union ledger > books.journal\n  \
         setoff union status --member \"Adler Maschinen GmbH\"\n  \
         setoff journal check\n\n\
         The keys are in {place}/keys, and their passphrase is demo.\n",
        figures.members, figures.obligations, figures.cycles, figures.commands, figures.interesting
    ))
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir(folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::Input(format!(
            "{}: exists already; name another folder, or remove it",
            folder.display()
        )),
        _ => Failure::Machine(format!("{}: can't be made: {error}", folder.display())),
    })
}
