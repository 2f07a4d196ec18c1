//! Reads a whole journal and trusts nothing of it: every entry is hashed again, every signature
//! verified again, every root computed again and compared with what was stated.
//!
//! Who may sign at which position is known only to who knows what entries mean, so the check hands
//! entries over one by one, and is told the keys that are in force at each:
//!
//! ```
//! # use setoff_journal::{Check, KeyId, PublicKey, Store};
//! # fn example(store: &mut dyn Store, operator: PublicKey, known: impl Fn(KeyId) -> Option<PublicKey>)
//! # -> Result<(), setoff_journal::Fault> {
//! let mut check = Check::begin(store, &[])?;
//! while let Some(entry) = check.next(|_, id| known(id), &[operator])? {
//!     // Its hash and signatures are right: apply it to the state, from which the next keys come.
//!     drop(entry);
//! }
//! println!("{:?}", check.finish()?);
//! # Ok(())
//! # }
//! ```
//!
//! **What it can't find by itself.** A journal that was cut back to an earlier checkpoint is a
//! journal, only shorter; one whose operator signed a second history is a journal, only another.
//! Both are found by a checkpoint kept elsewhere, by a member or a witness: hand these over to
//! [`Check::begin`].

use std::collections::VecDeque;

use crate::checkpoint::{NoteError, SignedCheckpoint};
use crate::entry::{Entry, leaf};
use crate::envelope::{Envelope, EnvelopeError};
use crate::hash::Hash;
use crate::journal::{JournalError, decode, node_hash};
use crate::key::{KeyId, PublicKey};
use crate::merkle::{self, Tree};
use crate::store::{Limit, Row, Store, StoreError};

/// The first thing that is wrong with a journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An entry can't be read.
    #[error("entry {seq} can't be read: {why}")]
    Unreadable {
        /// Its position.
        seq: u64,
        /// What is wrong.
        why: JournalError,
    },
    /// A signature of an entry is not right.
    #[error("entry {seq} is not rightly signed: {why}")]
    Signature {
        /// Its position.
        seq: u64,
        /// What is wrong.
        why: EnvelopeError,
    },
    /// The hashes beside an entry are not those of the tree: the entry, its salt, its time, or an
    /// entry before it was changed, or the hashes themselves.
    #[error("entry {seq} is not what was hashed when it was appended")]
    Changed {
        /// Its position.
        seq: u64,
    },
    /// A checkpoint can't be read, is of another journal, or is not rightly signed.
    #[error("the checkpoint of size {size}: {why}")]
    Checkpoint {
        /// The size that it is kept under.
        size: u64,
        /// What is wrong.
        why: NoteError,
    },
    /// A checkpoint is kept under another size than it states.
    #[error("the checkpoint kept for size {size} states size {stated}")]
    Misplaced {
        /// The size that it is kept under.
        size: u64,
        /// The size that it states.
        stated: u64,
    },
    /// A checkpoint states another root than the entries have.
    #[error("the first {size} entries have root {found}, and a checkpoint states {stated}")]
    Root {
        /// The size.
        size: u64,
        /// The root that was computed from the entries.
        found: Hash,
        /// The root that the checkpoint states.
        stated: Hash,
    },
    /// A checkpoint states more entries than there are, or none states the last ones.
    #[error("the journal has {size} entries, and the last checkpoint states {stated}")]
    Length {
        /// How many entries there are.
        size: u64,
        /// How many the last checkpoint states, this journal's or one that is kept elsewhere.
        stated: u64,
    },
    /// A snapshot is not the one that was put, or of another history. Deleting it mends this.
    #[error("the snapshot of size {size} is damaged: delete it, nothing is lost")]
    Snapshot {
        /// Its size.
        size: u64,
    },
    /// The database failed, or finds itself damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was found to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Entries hashed.
    pub entries: u64,
    /// Their signatures verified.
    pub signatures: u64,
    /// Checkpoints compared and verified, those of the journal and those kept elsewhere.
    pub checkpoints: u64,
    /// Snapshots compared.
    pub snapshots: u64,
    /// The root over all entries.
    pub root: Hash,
}

/// A check that is under way.
pub struct Check<'a> {
    store: &'a mut dyn Store,
    tree: Tree,
    rows: VecDeque<Row>,
    /// Checkpoints of the journal that were read and are not reached yet.
    own: VecDeque<(u64, String)>,
    /// The size of the last checkpoint of the journal that was verified.
    stated: u64,
    known: VecDeque<SignedCheckpoint>,
    largest_known: u64,
    signatures: u64,
    checkpoints: u64,
}

/// How many checkpoints are read at once.
const CHECKPOINTS: u32 = 256;

impl<'a> Check<'a> {
    /// Begins with the first entry. `known` are checkpoints of this journal that are kept
    /// elsewhere; their roots are compared, and their signatures verified like its own.
    ///
    /// # Errors
    /// What the store says.
    pub fn begin(store: &'a mut dyn Store, known: &[SignedCheckpoint]) -> Result<Self, Fault> {
        let own = store.checkpoints(0, CHECKPOINTS)?.into();
        let mut known = known.to_vec();
        known.sort_by_key(|note| note.checkpoint().size);
        Ok(Self {
            store,
            tree: Tree::default(),
            rows: VecDeque::new(),
            own,
            stated: 0,
            largest_known: known.last().map_or(0, |note| note.checkpoint().size),
            known: known.into(),
            signatures: 0,
            checkpoints: 0,
        })
    }

    /// Checks the next entry with the keys in force there, which may depend on what it holds (who
    /// founds a union brings its keys), and before it the checkpoints of the size reached, signed by
    /// one of the operator's keys. Nothing at the end.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn next(
        &mut self,
        keys: impl Fn(&Envelope, KeyId) -> Option<PublicKey>,
        operators: &[PublicKey],
    ) -> Result<Option<Entry>, Fault> {
        self.checkpoints_here(operators)?;
        let seq = self.tree.size();
        if self.rows.is_empty() {
            self.rows = self.read(seq)?.into();
        }
        let Some(row) = self.rows.pop_front() else {
            self.at_end()?;
            return Ok(None);
        };
        let entry = decode(seq, &row.body).map_err(|why| Fault::Unreadable { seq, why })?;
        if self.tree.append(leaf(&row.body)).to_bytes() != row.hashes {
            return Err(Fault::Changed { seq });
        }
        let signers = entry.envelope.verify(|id| keys(&entry.envelope, id));
        let signers = signers.map_err(|why| Fault::Signature { seq, why })?;
        self.signatures += signers.len() as u64;
        Ok(Some(entry))
    }

    /// Checks what remains when [`next`](Self::next) has given the last entry: the snapshots, and
    /// what the database finds wrong with itself.
    ///
    /// # Errors
    /// The first [`Fault`]. [`Fault::Length`] where there are entries left.
    pub fn finish(self) -> Result<Checked, Fault> {
        let Self { store, tree, signatures, checkpoints, .. } = self;
        let size = store.size()?;
        if size != tree.size() {
            return Err(Fault::Length { size, stated: tree.size() });
        }
        let sizes = store.snapshots()?;
        for &size in &sizes {
            let root = merkle::root_at(size.min(tree.size()), |node| node_hash(store, node))
                .map_err(|_| Fault::Snapshot { size })?;
            match store.snapshot(size) {
                Ok(Some(snapshot)) if size <= tree.size() && snapshot.root == root => {}
                Ok(_) | Err(StoreError::Damaged { .. }) => return Err(Fault::Snapshot { size }),
                Err(other) => return Err(other.into()),
            }
        }
        store.inspect()?;
        let (entries, snapshots) = (tree.size(), sizes.len() as u64);
        Ok(Checked { entries, signatures, checkpoints, snapshots, root: tree.root() })
    }

    /// The rows from here on; where a batch can't be read, the one row here, so that the fault
    /// names it.
    fn read(&mut self, from: u64) -> Result<Vec<Row>, Fault> {
        let batch = self.store.read(from, Limit::default());
        let one = || Limit { rows: 1, ..Limit::default() };
        batch.or_else(|_| self.store.read(from, one())).map_err(|why| match why {
            StoreError::Damaged { .. } => Fault::Unreadable { seq: from, why: why.into() },
            other => other.into(),
        })
    }

    fn checkpoints_here(&mut self, operators: &[PublicKey]) -> Result<(), Fault> {
        let here = self.tree.size();
        while let Some((size, note)) = self.own.pop_front_if(|(size, _)| *size <= here) {
            let parsed = SignedCheckpoint::parse(&note);
            let note = parsed.map_err(|why| Fault::Checkpoint { size, why })?;
            let stated = note.checkpoint().size;
            if stated != size || size < here {
                return Err(Fault::Misplaced { size, stated });
            }
            self.verify(&note, operators)?;
            self.stated = size;
            if self.own.is_empty() {
                self.own = self.store.checkpoints(size + 1, CHECKPOINTS)?.into();
            }
        }
        while let Some(note) = self.known.pop_front_if(|note| note.checkpoint().size <= here) {
            self.verify(&note, operators)?;
        }
        Ok(())
    }

    /// Verifies a checkpoint of the size that is reached.
    fn verify(&mut self, note: &SignedCheckpoint, operators: &[PublicKey]) -> Result<(), Fault> {
        let origin = self.store.origin();
        let &crate::Checkpoint { size, root: stated, .. } = note.checkpoint();
        let mut why = NoteError::Unsigned(origin.clone());
        let signed = operators.iter().any(|key| match note.verify(origin, key) {
            Ok(_) => true,
            Err(NoteError::Unsigned(_)) => false,
            Err(other) => {
                why = other;
                false
            }
        });
        if !signed {
            return Err(Fault::Checkpoint { size, why });
        }
        let found = self.tree.root();
        if found != stated {
            return Err(Fault::Root { size, found, stated });
        }
        self.checkpoints += 1;
        Ok(())
    }

    fn at_end(&self) -> Result<(), Fault> {
        let size = self.tree.size();
        let last = self.own.back().map_or(self.stated, |(size, _)| *size);
        let stated = last.max(self.largest_known);
        if stated == size { Ok(()) } else { Err(Fault::Length { size, stated }) }
    }
}
