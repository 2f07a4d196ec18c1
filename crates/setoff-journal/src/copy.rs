//! Moves a journal from one store to another, and proves that nothing changed on the way.

use std::time::Duration;

use crate::checkpoint::SignedCheckpoint;
use crate::entry::{Micros, leaf};
use crate::hash::Hash;
use crate::journal::{Journal, JournalError, decode, node_hash};
use crate::lease::{Epoch, Takeover, release, renew, take};
use crate::merkle::Tree;
use crate::store::{Limit, Row, Store, StoreError};

/// For how long both leases are held, from one batch to the next.
const TERM: Duration = Duration::from_mins(1);

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// How many entries.
    pub size: u64,
    /// The root over them, in both stores.
    pub root: Hash,
}

/// Why a journal is not copied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// The two have other names.
    #[error("{from} can't be copied into a journal that is named {to}: make one of the same name")]
    OtherName {
        /// The name of what was to be copied.
        from: String,
        /// The name of where to.
        to: String,
    },
    /// The journal to copy into is not empty, nor the beginning of the one to be copied.
    #[error("{place} has {size} entries of another history: copy into an empty journal")]
    OtherHistory {
        /// Where it was to be copied to.
        place: String,
        /// How many entries that has.
        size: u64,
    },
    /// An entry is not what was hashed when it was appended.
    #[error("entry {seq} is not what was hashed when it was appended: run the check")]
    Changed {
        /// Its position.
        seq: u64,
    },
    /// One of the two journals failed or is damaged.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<StoreError> for CopyError {
    fn from(error: StoreError) -> Self {
        Self::Journal(error.into())
    }
}

/// Copies all entries and checkpoints of `from` into the empty journal `to` of the same name, and
/// gives the root that both have: each entry is hashed on the way, and at the end the copy is
/// opened as any journal is, which compares its root with its last checkpoint.
///
/// Holds the lease of both until the end, and renews it after each batch by the `clock`, so that
/// nobody appends meanwhile: a journal that somebody writes is not copied, neither from nor to. A
/// batch is at most 16 MiB or one entry; a writer that takes over all the same ends the copy.
/// Snapshots stay behind. A copy that was broken off goes on where it was, when called again: `to`
/// is at every moment a beginning of `from` that ends in a checkpoint.
///
/// # Errors
/// [`CopyError`] says what is not as it should be; [`StoreError::Held`] who writes, and until when
/// it may.
pub fn copy(
    mut from: Box<dyn Store>,
    mut to: Box<dyn Store>,
    clock: &mut dyn FnMut() -> Micros,
) -> Result<Copied, CopyError> {
    if from.origin() != to.origin() {
        let (from, to) = (from.origin().to_string(), to.origin().to_string());
        return Err(CopyError::OtherName { from, to });
    }
    let now = clock();
    let by = |store: &mut dyn Store| take(store, "copy", now, TERM, Takeover::WhenExpired);
    let own = by(from.as_mut())?.epoch;
    let other = match by(to.as_mut()) {
        Ok(lease) => lease.epoch,
        Err(held) => {
            release(from.as_mut(), own)?;
            return Err(held.into());
        }
    };
    let (mut from, mut to) = (Journal::open(from)?, Journal::open(to)?);
    let copied = copy_all(&mut from, &mut to, (own, other), clock);
    // One that was lost is another's to give back.
    let given_back = release(from.store(), own).and(release(to.store(), other));
    let copied = copied?;
    given_back?;
    Ok(copied)
}

fn copy_all(
    from: &mut Journal,
    to: &mut Journal,
    (own, other): (Epoch, Epoch),
    clock: &mut dyn FnMut() -> Micros,
) -> Result<Copied, CopyError> {
    let begun = to.size();
    if begun > from.size() || to.root() != from.root_at(begun)? {
        return Err(CopyError::OtherHistory { place: to.store().place().to_owned(), size: begun });
    }

    let mut tree = Tree::at(begun, |node| node_hash(from.store(), node))?;
    while tree.size() < from.size() {
        let first = tree.size();
        let (rows, notes) = batch(from, first)?;
        rehash(&mut tree, first, &rows)?;
        to.store().append(other, first, &rows, &notes)?;
        let now = clock();
        renew(from.store(), own, now, TERM)?;
        renew(to.store(), other, now, TERM)?;
    }

    to.refresh()?;
    let (root, stated_root) = (to.root(), from.root());
    let (size, stated_size) = (to.size(), from.size());
    if (size, root) != (stated_size, stated_root) {
        return Err(JournalError::NotAsStated { size, root, stated_size, stated_root }.into());
    }
    Ok(Copied { size, root })
}

/// Rows from here on up to a checkpoint, with the checkpoints among them: as many as one reading
/// gives, or more where no checkpoint is among these.
fn batch(from: &mut Journal, first: u64) -> Result<(Vec<Row>, Vec<SignedCheckpoint>), CopyError> {
    let mut rows = Vec::new();
    loop {
        let next = first + rows.len() as u64;
        let more = from.store().read(next, Limit::default())?;
        if more.is_empty() {
            // Opening found a checkpoint of the journal's size, so that rows vanished since.
            return Err(JournalError::Hashes { seq: next }.into());
        }
        rows.extend(more);
        let notes = checkpoints(from.store(), first, first + rows.len() as u64)?;
        if let Some(last) = notes.last() {
            let count = (first..last.checkpoint().size).count();
            rows.truncate(count);
            return Ok((rows, notes));
        }
    }
}

fn rehash(tree: &mut Tree, first: u64, rows: &[Row]) -> Result<(), CopyError> {
    for (seq, row) in (first..).zip(rows) {
        decode(seq, &row.body)?;
        if tree.append(leaf(&row.body)).to_bytes() != row.hashes {
            return Err(CopyError::Changed { seq });
        }
    }
    Ok(())
}

/// The checkpoints of sizes above `after` up to `to`.
fn checkpoints(
    store: &mut dyn Store,
    after: u64,
    to: u64,
) -> Result<Vec<SignedCheckpoint>, CopyError> {
    // There is at most one of each size.
    let limit = u32::try_from(to - after).unwrap_or(u32::MAX);
    let found = store.checkpoints(after + 1, limit)?;
    let within = found.into_iter().take_while(|(size, _)| *size <= to);
    let parsed = within.map(|(size, note)| {
        SignedCheckpoint::parse(&note).map_err(|why| JournalError::Checkpoint { size, why }.into())
    });
    parsed.collect()
}
