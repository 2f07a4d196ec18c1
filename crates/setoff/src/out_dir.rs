//! A folder of results that appears whole under its name or not at all.
//!
//! Files are written to a partial folder beside it, synced, and the folder is renamed when all of
//! them are there. A partial folder is locked as long as its writer lives; those that a killed
//! process left behind are removed by the next that writes to the same name.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::failure::Failure;

/// A folder that is being written and does not have its final name yet.
///
/// Dropped without [`OutDir::publish`], it is removed.
#[derive(Debug)]
pub(crate) struct OutDir {
    partial: PathBuf,
    destination: PathBuf,
    replace: bool,
    /// The lock on the partial folder.
    lock: File,
    published: bool,
}

impl OutDir {
    /// Starts a folder that will be `destination`. One that exists is refused without `replace`;
    /// with it, only an earlier result or an empty folder is replaced.
    ///
    /// # Errors
    /// [`Failure::Input`] if the destination can't be taken, [`Failure::Machine`] if the place
    /// can't be written to.
    pub(crate) fn create(destination: &Path, replace: bool) -> Result<Self, Failure> {
        check_destination(destination, replace)?;
        let name = destination.file_name().ok_or_else(|| {
            Failure::Input(format!("--out {}: has no name", destination.display()))
        })?;
        let parent = match destination.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let prefix = format!(".{}.partial-", name.to_string_lossy());
        remove_abandoned(parent, &prefix);
        let partial = parent.join(format!("{prefix}{}", std::process::id()));
        let cannot = |error: io::Error| {
            Failure::Machine(format!("--out {}: can't be written: {error}", destination.display()))
        };
        fs::create_dir(&partial).map_err(cannot)?;
        let lock =
            File::open(&partial).and_then(|dir| dir.lock().map(|()| dir)).map_err(|error| {
                // Nothing is in it yet, and nothing can be done if it stays.
                let _ = fs::remove_dir(&partial);
                cannot(error)
            })?;
        let destination = destination.to_owned();
        Ok(Self { partial, destination, replace, lock, published: false })
    }

    /// Writes one file of the folder, durably. `name` may have one folder in front.
    ///
    /// # Errors
    /// [`Failure::Machine`] with the file's final name.
    pub(crate) fn write(
        &self,
        name: &str,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let path = self.partial.join(name);
        let written = (|| {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut out = BufWriter::with_capacity(1 << 18, File::create_new(&path)?);
            content(&mut out)?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_data()
        })();
        written.map_err(|error| {
            let path = self.destination.join(name);
            Failure::Machine(format!(
                "{}: can't be written: {error}; nothing is left behind",
                path.display()
            ))
        })
    }

    /// Gives the folder its final name.
    ///
    /// # Errors
    /// [`Failure::Input`] if something has taken the name meanwhile, [`Failure::Machine`] if the
    /// machine refuses.
    pub(crate) fn publish(mut self) -> Result<(), Failure> {
        let cannot = |error: io::Error| {
            let place = self.destination.display();
            Failure::Machine(format!("--out {place}: can't be written: {error}"))
        };
        sync_folders(&self.partial).map_err(cannot)?;
        let rename = |flags| renameat_with(CWD, &self.partial, CWD, &self.destination, flags);
        let exists = self.destination.symlink_metadata().is_ok();
        if exists && self.replace {
            check_destination(&self.destination, true)?;
            match rename(RenameFlags::EXCHANGE) {
                // The old folder has the partial one's name now.
                Ok(()) => fs::remove_dir_all(&self.partial).map_err(cannot)?,
                Err(Errno::INVAL | Errno::NOSYS) => self.swap_in_steps().map_err(cannot)?,
                Err(error) => return Err(cannot(error.into())),
            }
        } else {
            match rename(RenameFlags::NOREPLACE) {
                Err(Errno::EXIST) => return Err(taken(&self.destination)),
                // A file system without the flag: a folder that is not empty is never replaced.
                Err(Errno::INVAL | Errno::NOSYS) => {
                    fs::rename(&self.partial, &self.destination).map_err(cannot)?;
                }
                renamed => renamed.map_err(|error| cannot(error.into()))?,
            }
        }
        self.published = true;
        let parent = self.partial.parent().unwrap_or(Path::new("."));
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(cannot)
    }

    /// Where the file system can't exchange two folders: for a moment neither has the name, but
    /// never is a half-written one under it.
    fn swap_in_steps(&self) -> io::Result<()> {
        let mut old = self.partial.clone().into_os_string();
        old.push("-old");
        fs::rename(&self.destination, &old)?;
        fs::rename(&self.partial, &self.destination)?;
        fs::remove_dir_all(&old)
    }
}

impl Drop for OutDir {
    fn drop(&mut self) {
        if !self.published {
            // What can't be removed is removed by the next run.
            let _ = fs::remove_dir_all(&self.partial);
        }
        let _ = self.lock.unlock();
    }
}

fn taken(destination: &Path) -> Failure {
    Failure::Input(format!(
        "--out {}: exists already: choose another name, or --force to replace it",
        destination.display()
    ))
}

/// Refuses a destination that exists, or with `replace` one that is not a result.
pub(crate) fn check_destination(destination: &Path, replace: bool) -> Result<(), Failure> {
    if destination.symlink_metadata().is_err() {
        return check_parent(destination);
    }
    if !replace {
        return Err(taken(destination));
    }
    let empty = fs::read_dir(destination).is_ok_and(|mut entries| entries.next().is_none());
    let is_result = |name: &str| destination.join(name).is_file();
    if empty || ["certificate.json", "frontier.json", "within.json"].into_iter().any(is_result) {
        return Ok(());
    }
    Err(Failure::Input(format!(
        "--out {}: is not a result of an earlier clearing, so --force does not replace it: \
         choose another name",
        destination.display()
    )))
}

/// Refuses a destination in a folder that is not there.
pub(crate) fn check_parent(destination: &Path) -> Result<(), Failure> {
    match destination.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => {
            Err(Failure::Input(format!(
                "--out {}: there is no folder {}: make it first",
                destination.display(),
                parent.display()
            )))
        }
        _ => Ok(()),
    }
}

/// Removes partial folders that no living process holds.
fn remove_abandoned(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        let abandoned = File::open(entry.path()).is_ok_and(|dir| dir.try_lock().is_ok());
        if abandoned {
            // It costs no more than space if this fails.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Makes the folder's own entries, and those of the folders in it, durable.
fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            File::open(&path)?.sync_all()?;
        }
    }
    File::open(folder)?.sync_all()
}
