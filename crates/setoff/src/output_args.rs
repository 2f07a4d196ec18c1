//! Where the result goes of the commands that clear without a result folder, and how it gets there.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::failure::Failure;
use crate::out_dir::{self, OutDir};
use crate::progress::Phases;
use crate::standard_output::print;

#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Write the tables and the proof to this new folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Replace an earlier result in --out
    #[arg(long, requires = "out")]
    force: bool,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
}

impl OutputArgs {
    /// Begins to show progress, where that is asked for and the folder can be written.
    ///
    /// # Errors
    /// [`Failure::Input`] if it can't.
    pub(crate) fn begin(&self) -> Result<Phases, Failure> {
        if let Some(out) = &self.out {
            out_dir::check_destination(out, self.force)?;
        }
        Ok(Phases::start(self.quiet || self.json))
    }

    /// Writes the folder, whole or not at all, and prints the result and where it is. `page` is the file of
    /// the folder that shows it to people, if one does.
    ///
    /// # Errors
    /// [`Failure`] if something can't be written.
    pub(crate) fn deliver(
        &self,
        mut phases: Phases,
        write: impl FnOnce(&OutDir) -> Result<(), Failure>,
        json: impl FnOnce() -> String,
        words: impl FnOnce() -> String,
        page: Option<&str>,
    ) -> Result<(), Failure> {
        if let Some(destination) = &self.out {
            phases.begin("write");
            let out = OutDir::create(destination, self.force)?;
            write(&out)?;
            out.publish()?;
        }
        phases.end();
        if self.json {
            return print(&json());
        }
        if self.quiet {
            return Ok(());
        }
        let ending = match (&self.out, page) {
            (None, None) => "Add --out DIR for every discharge and the proof.".to_owned(),
            (None, Some(_)) => {
                "Add --out DIR for the picture, every discharge and the proof.".to_owned()
            }
            (Some(out), None) => format!("Written to {}.", out.display()),
            (Some(out), Some(page)) => format!("Written to {0}: open {0}/{page}.", out.display()),
        };
        print(&format!("{}\n{ending}\n", words()))
    }
}

/// The last part of a path: what a table is called in the result.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
