//! A journal: a store, and the tree over what it holds.
//!
//! ```
//! use std::time::Duration;
//! use setoff_journal::{Entry, Envelope, Journal, Limit, Micros, Origin, Salt, SecretKey, SqliteStore};
//! use setoff_journal::lease::{self, Takeover};
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("union.journal");
//!
//! let store = SqliteStore::create(&path, &Origin::new("example.org/union")?)?;
//! let mut journal = Journal::open(Box::new(store))?;
//! let now = Micros(1_800_000_000_000_000);
//! let lease = lease::take(journal.store(), "desk", now, Duration::from_secs(10), Takeover::WhenExpired)?;
//!
//! let (member, operator) = (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32]));
//! let mut envelope = Envelope::new("application/vnd.example", b"what it means is not known here".to_vec())?;
//! envelope.sign(&member)?;
//! envelope.verify(|id| (id == member.id()).then(|| member.public()))?;
//! let entry = Entry { seq: journal.size(), received: now, salt: Salt([7; 32]), envelope };
//!
//! // When this returns, the entry is durable.
//! let checkpoint = journal.append(lease.epoch, &[entry], &operator)?;
//!
//! assert_eq!(checkpoint.verify(journal.origin(), &operator.public())?.size, 1);
//! assert_eq!(journal.read(0, Limit::default())?[0].seq, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::checkpoint::{Checkpoint, NoteError, Origin, SignedCheckpoint};
use crate::entry::{Entry, EntryError, leaf};
use crate::hash::Hash;
use crate::key::SecretKey;
use crate::lease::Epoch;
use crate::merkle::{self, Hashes, Node, OutOfRange, Tree};
use crate::store::{Limit, Row, Snapshot, Store, StoreError};

/// A store, and the tree over what it holds. Any number of processes may read one journal; who
/// appends holds its [lease](crate::lease).
pub struct Journal {
    store: Box<dyn Store>,
    tree: Tree,
}

/// Why a journal can't be read or appended to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry that is stored can't be read.
    #[error("entry {seq} is damaged: {why}")]
    Entry {
        /// Its position.
        seq: u64,
        /// What is wrong.
        why: EntryError,
    },
    /// An entry has another position in its bytes than in the store.
    #[error("entry {seq} says that it is entry {found}")]
    Position {
        /// Where it is kept.
        seq: u64,
        /// What it says.
        found: u64,
    },
    /// An entry and the hashes beside it do not belong together.
    #[error("entry {seq} or the hashes beside it are damaged")]
    Hashes {
        /// The entry's position.
        seq: u64,
    },
    /// The entries to be appended are not numbered from the journal's size on, or there are none.
    #[error("entries are appended from {expected} on without a gap, and {found:?} is out of line")]
    OutOfLine {
        /// The position that comes next.
        expected: u64,
        /// The position that is wrong; nothing where there are no entries.
        found: Option<u64>,
    },
    /// The last checkpoint can't be read.
    #[error("the checkpoint of size {size} is damaged: {why}")]
    Checkpoint {
        /// The size that it is kept under.
        size: u64,
        /// What is wrong.
        why: NoteError,
    },
    /// The entries are not those that the last checkpoint states: some are lost or changed.
    #[error(
        "the journal has {size} entries with root {root}, and its last checkpoint states \
         {stated_size} with root {stated_root}: entries are lost or changed; restore a copy"
    )]
    NotAsStated {
        /// How many entries there are.
        size: u64,
        /// Their root.
        root: Hash,
        /// How many the checkpoint states.
        stated_size: u64,
        /// The root that it states.
        stated_root: Hash,
    },
    /// What was read before is not the beginning of what is there now: the store was put back to
    /// an earlier copy, or is another's.
    #[error(
        "the journal no longer begins with the {size} entries of root {root} that were read: it was put back, or is another; open it again"
    )]
    OtherHistory {
        /// How many entries were read.
        size: u64,
        /// Their root.
        root: Hash,
    },
    /// A proof was asked for that this journal does not have.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

impl Journal {
    /// Opens the journal in this store: reads the right edge of its tree and compares the root with
    /// the last checkpoint. O(log n).
    ///
    /// # Errors
    /// [`JournalError::NotAsStated`] and what the store says.
    pub fn open(mut store: Box<dyn Store>) -> Result<Self, JournalError> {
        let tree = stated_tree(store.as_mut())?;
        Ok(Self { store, tree })
    }

    /// Looks again at what the store holds, and gives its size: for who follows, and after an
    /// append that failed in the middle.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn refresh(&mut self) -> Result<u64, JournalError> {
        let tree = stated_tree(self.store.as_mut())?;
        let (size, root) = (self.tree.size(), self.tree.root());
        let same = tree.size() >= size
            && merkle::root_at(size, |node| node_hash(self.store.as_mut(), node))? == root;
        if !same {
            return Err(JournalError::OtherHistory { size, root });
        }
        self.tree = tree;
        Ok(self.tree.size())
    }

    /// The journal's name.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        self.store.origin()
    }

    /// How many entries it had when last opened, refreshed or appended to.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root at that size.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// The store, for leases, snapshots and checkpoints.
    pub fn store(&mut self) -> &mut dyn Store {
        self.store.as_mut()
    }

    /// Appends these entries in one durable transaction together with the checkpoint after them,
    /// signed by `operator` in the journal's name. When it returns, they are on disk.
    ///
    /// Signatures of the envelopes are not verified here: who may sign what is the union's rule.
    /// Many waiting commands are best appended at once: the cost is one synchronous write whatever
    /// their number.
    ///
    /// # Errors
    /// [`JournalError::OutOfLine`], and [`StoreError::Fenced`], [`StoreError::NoLease`],
    /// [`StoreError::WrongPosition`]: nothing was stored. After [`StoreError::Storage`] ask
    /// [`Journal::refresh`] whether it was.
    pub fn append(
        &mut self,
        epoch: Epoch,
        entries: &[Entry],
        operator: &SecretKey,
    ) -> Result<SignedCheckpoint, JournalError> {
        let first = self.tree.size();
        let (tree, rows) = self.grown(entries)?;
        let origin = self.store.origin().clone();
        let checkpoint = Checkpoint { origin, size: tree.size(), root: tree.root() };
        let signed = SignedCheckpoint::sign(checkpoint, operator);
        self.store.append(epoch, first, &rows, std::slice::from_ref(&signed))?;
        self.tree = tree;
        Ok(signed)
    }

    /// The entries from this position on, as many as the limit allows; none at the end.
    ///
    /// # Errors
    /// [`JournalError::Entry`], [`JournalError::Position`] and what the store says.
    pub fn read(&mut self, from: u64, limit: Limit) -> Result<Vec<Entry>, JournalError> {
        let rows = self.store.read(from, limit)?;
        (from..)
            .zip(&rows)
            .map(|(seq, row)| {
                let kept = Hashes::from_bytes(seq, &row.hashes);
                let kept = kept.ok_or(JournalError::Hashes { seq })?;
                if kept.leaf() != leaf(&row.body) {
                    return Err(JournalError::Hashes { seq });
                }
                decode(seq, &row.body)
            })
            .collect()
    }

    /// The root at an earlier size.
    ///
    /// # Errors
    /// [`JournalError::OutOfRange`], and what the store says.
    pub fn root_at(&mut self, size: u64) -> Result<Hash, JournalError> {
        if size > self.size() {
            return Err(OutOfRange { asked: size, size: self.size() }.into());
        }
        merkle::root_at(size, |node| node_hash(self.store.as_mut(), node))
    }

    /// The proof that entry `seq` is in the journal of this size, for
    /// [`merkle::verify_inclusion`] with the entry's [leaf hash](crate::entry::leaf).
    ///
    /// # Errors
    /// [`JournalError::OutOfRange`], and what the store says.
    pub fn inclusion_proof(&mut self, seq: u64, size: u64) -> Result<Vec<Hash>, JournalError> {
        self.within(size)?;
        merkle::inclusion_proof(seq, size, |node| node_hash(self.store.as_mut(), node))
    }

    /// The proof that the journal of size `old` is the beginning of that of `size`, for
    /// [`merkle::verify_consistency`].
    ///
    /// # Errors
    /// [`JournalError::OutOfRange`], and what the store says.
    pub fn consistency_proof(&mut self, old: u64, size: u64) -> Result<Vec<Hash>, JournalError> {
        self.within(size)?;
        merkle::consistency_proof(old, size, |node| node_hash(self.store.as_mut(), node))
    }

    /// The newest snapshot that is whole and of this history. Damaged ones are passed over: the
    /// entries give the state without them.
    ///
    /// # Errors
    /// What the store says of failures, not of damage.
    pub fn latest_snapshot(&mut self) -> Result<Option<Snapshot>, JournalError> {
        self.snapshot_below(u64::MAX)
    }

    /// The same of a smaller size than this: for who can't read a later one.
    ///
    /// # Errors
    /// As [`Journal::latest_snapshot`].
    pub fn snapshot_below(&mut self, below: u64) -> Result<Option<Snapshot>, JournalError> {
        for size in self.store.snapshots()?.into_iter().rev() {
            if size > self.size() || size >= below {
                continue;
            }
            match self.store.snapshot(size) {
                Ok(Some(snapshot)) if snapshot.root == self.root_at(size)? => {
                    return Ok(Some(snapshot));
                }
                Ok(_) | Err(StoreError::Damaged { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(None)
    }

    fn within(&self, size: u64) -> Result<(), OutOfRange> {
        let own = self.size();
        if size <= own { Ok(()) } else { Err(OutOfRange { asked: size, size: own }) }
    }

    /// The tree and the rows with these entries appended.
    fn grown(&self, entries: &[Entry]) -> Result<(Tree, Vec<Row>), JournalError> {
        let first = self.tree.size();
        if entries.is_empty() {
            return Err(JournalError::OutOfLine { expected: first, found: None });
        }
        let mut tree = self.tree.clone();
        let mut rows = Vec::with_capacity(entries.len());
        for (expected, entry) in (first..).zip(entries) {
            if entry.seq != expected {
                return Err(JournalError::OutOfLine { expected, found: Some(entry.seq) });
            }
            let body = entry.encode();
            let hashes = tree.append(leaf(&body)).to_bytes();
            rows.push(Row { body, hashes });
        }
        Ok((tree, rows))
    }
}

pub(crate) fn decode(seq: u64, body: &[u8]) -> Result<Entry, JournalError> {
    let entry = Entry::decode(body).map_err(|why| JournalError::Entry { seq, why })?;
    let found = entry.seq;
    if found == seq { Ok(entry) } else { Err(JournalError::Position { seq, found }) }
}

pub(crate) fn node_hash(store: &mut dyn Store, node: Node) -> Result<Hash, JournalError> {
    let seq = node.last_leaf();
    let bytes = store.hashes(seq)?;
    let hashes = bytes.and_then(|bytes| Hashes::from_bytes(seq, &bytes));
    hashes.and_then(|h| h.level(node.level)).ok_or(JournalError::Hashes { seq })
}

/// The tree of what is stored, if it is what the last checkpoint states.
fn stated_tree(store: &mut dyn Store) -> Result<Tree, JournalError> {
    let mut stated = stated(store)?;
    loop {
        let held = store.size()?;
        let (size, root) = stated;
        if held == size {
            break;
        }
        // More: others may have appended between the two questions. Entries and their checkpoint
        // come in one transaction, so that the checkpoint asked for next states these entries.
        let again = self::stated(store)?;
        if held < size || again == stated {
            let found = merkle::root_at(held, |node| node_hash(store, node))?;
            let (stated_size, stated_root) = (size, root);
            return Err(JournalError::NotAsStated {
                size: held,
                root: found,
                stated_size,
                stated_root,
            });
        }
        stated = again;
    }
    let (stated_size, stated_root) = stated;
    let tree = Tree::at(stated_size, |node| node_hash(store, node))?;
    let root = tree.root();
    if root == stated_root {
        return Ok(tree);
    }
    Err(JournalError::NotAsStated { size: stated_size, root, stated_size, stated_root })
}

/// Size and root that the last checkpoint states; those of no entries where there is none.
fn stated(store: &mut dyn Store) -> Result<(u64, Hash), JournalError> {
    let Some((size, note)) = store.latest_checkpoint()? else {
        return Ok((0, merkle::empty_root()));
    };
    let parsed = SignedCheckpoint::parse(&note);
    let note = parsed.map_err(|why| JournalError::Checkpoint { size, why })?;
    Ok((note.checkpoint().size, note.checkpoint().root))
}
