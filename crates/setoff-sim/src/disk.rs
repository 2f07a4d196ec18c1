//! A disk in memory that fails when it is told to, and what of it outlives a crash.
//!
//! Every node has a [`SimStore`] of its own on one [`Disk`], as every process has a connection of
//! its own to one database. What [`Store`] promises is kept: an append is whole or not at all,
//! durable before it is answered, and refused under another's lease. What it does not promise is
//! what the simulator plays with: an operation may fail before or after it took effect.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use setoff_journal::{
    Epoch, Lease, Limit, Origin, Row, SignedCheckpoint, Snapshot, Store, StoreError,
};

use crate::plant::Plant;

/// How the next operation of a kind fails, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// An append fails, and nothing is stored.
    AppendNotStored,
    /// An append is stored, and its answer is lost.
    AppendStored,
    /// Rows can't be read.
    Read,
    /// The lease can't be changed.
    LeaseNotStored,
    /// The lease is changed, and the answer is lost.
    LeaseStored,
}

#[derive(Default)]
struct Content {
    rows: Vec<Row>,
    checkpoints: Vec<(u64, String)>,
    snapshots: Vec<Snapshot>,
    lease: Option<Lease>,
    /// How many rows a crash leaves.
    durable: usize,
    fault: Option<Fault>,
}

/// What all stores on it share.
#[derive(Clone)]
pub(crate) struct Disk {
    content: Arc<Mutex<Content>>,
    origin: Origin,
    plant: Option<Plant>,
}

impl Disk {
    /// An empty disk for the journal of this name.
    #[must_use]
    pub(crate) fn new(origin: Origin, plant: Option<Plant>) -> Self {
        Self { content: Arc::default(), origin, plant }
    }

    /// A connection of its own.
    #[must_use]
    pub(crate) fn store(&self) -> Box<dyn Store> {
        Box::new(SimStore { disk: self.clone() })
    }

    /// The next operation that can fail like this does.
    pub(crate) fn arm(&self, fault: Fault) {
        self.content().fault = Some(fault);
    }

    /// Nothing fails any more.
    pub(crate) fn disarm(&self) {
        self.content().fault = None;
    }

    /// The power fails: what is not durable is gone.
    pub(crate) fn crash(&self) {
        let mut content = self.content();
        let durable = content.durable;
        content.rows.truncate(durable);
        content.checkpoints.retain(|(size, _)| *size <= durable as u64);
        content.fault = None;
    }

    /// Who holds the lease until when, in microseconds.
    #[must_use]
    pub(crate) fn lease_until(&self) -> Option<i64> {
        self.content().lease.as_ref().map(|lease| lease.until.0)
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        // A panic elsewhere is what the simulator looks for; it must not hide behind another.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    /// Whether this fault was armed; if so it is spent.
    fn strikes(&mut self, fault: Fault) -> bool {
        let strikes = self.fault == Some(fault);
        if strikes {
            self.fault = None;
        }
        strikes
    }
}

fn failed(doing: &'static str) -> StoreError {
    let (place, why) = ("the simulated disk".to_owned(), "the simulator says so".to_owned());
    StoreError::Storage { place, doing, why }
}

struct SimStore {
    disk: Disk,
}

impl Store for SimStore {
    fn place(&self) -> &'static str {
        "the simulated disk"
    }

    fn origin(&self) -> &Origin {
        &self.disk.origin
    }

    fn size(&mut self) -> Result<u64, StoreError> {
        Ok(self.disk.content().rows.len() as u64)
    }

    fn append(
        &mut self,
        epoch: Epoch,
        expected_seq: u64,
        rows: &[Row],
        checkpoints: &[SignedCheckpoint],
    ) -> Result<(), StoreError> {
        let mut content = self.disk.content();
        let Some(lease) = &content.lease else { return Err(StoreError::NoLease) };
        if lease.epoch != epoch && self.disk.plant != Some(Plant::UnfencedDisk) {
            let (current, holder) = (lease.epoch, lease.holder.clone());
            return Err(StoreError::Fenced { own: epoch, current, holder });
        }
        let size = content.rows.len() as u64;
        if size != expected_seq {
            return Err(StoreError::WrongPosition { expected: expected_seq, size });
        }
        if content.strikes(Fault::AppendNotStored) {
            return Err(failed("appending"));
        }
        content.rows.extend_from_slice(rows);
        let notes = checkpoints.iter().map(|c| (c.checkpoint().size, c.to_string()));
        content.checkpoints.extend(notes);
        content.durable = match self.disk.plant {
            Some(Plant::LazyDisk) => content.rows.len() - rows.len(),
            _ => content.rows.len(),
        };
        if content.strikes(Fault::AppendStored) {
            return Err(failed("appending"));
        }
        Ok(())
    }

    fn read(&mut self, from: u64, limit: Limit) -> Result<Vec<Row>, StoreError> {
        let mut content = self.disk.content();
        if content.strikes(Fault::Read) {
            return Err(failed("reading"));
        }
        let mut bytes = 0;
        let begin = usize::try_from(from).unwrap_or(usize::MAX);
        let rows = content.rows.iter().skip(begin).take(limit.rows.max(1) as usize);
        let within = rows.take_while(|row| {
            let first = bytes == 0;
            bytes += row.body.len() as u64;
            first || bytes <= limit.bytes
        });
        Ok(within.cloned().collect())
    }

    fn hashes(&mut self, seq: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let content = self.disk.content();
        let place = usize::try_from(seq).unwrap_or(usize::MAX);
        Ok(content.rows.get(place).map(|row| row.hashes.clone()))
    }

    fn checkpoints(
        &mut self,
        from_size: u64,
        limit: u32,
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let content = self.disk.content();
        let from = content.checkpoints.partition_point(|(size, _)| *size < from_size);
        Ok(content.checkpoints[from..].iter().take(limit as usize).cloned().collect())
    }

    fn latest_checkpoint(&mut self) -> Result<Option<(u64, String)>, StoreError> {
        Ok(self.disk.content().checkpoints.last().cloned())
    }

    fn put_snapshot(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let snapshots = &mut self.disk.content().snapshots;
        snapshots.retain(|other| other.size != snapshot.size);
        snapshots.push(snapshot.clone());
        snapshots.sort_by_key(|snapshot| snapshot.size);
        Ok(())
    }

    fn snapshots(&mut self) -> Result<Vec<u64>, StoreError> {
        Ok(self.disk.content().snapshots.iter().map(|snapshot| snapshot.size).collect())
    }

    fn snapshot(&mut self, size: u64) -> Result<Option<Snapshot>, StoreError> {
        let content = self.disk.content();
        Ok(content.snapshots.iter().find(|snapshot| snapshot.size == size).cloned())
    }

    fn delete_snapshots(&mut self, below: u64) -> Result<(), StoreError> {
        self.disk.content().snapshots.retain(|snapshot| snapshot.size >= below);
        Ok(())
    }

    fn change_lease(
        &mut self,
        change: &mut dyn FnMut(Option<&Lease>) -> Result<Lease, StoreError>,
    ) -> Result<Lease, StoreError> {
        let mut content = self.disk.content();
        let lease = change(content.lease.as_ref())?;
        if content.strikes(Fault::LeaseNotStored) {
            return Err(failed("changing the lease"));
        }
        content.lease = Some(lease.clone());
        if content.strikes(Fault::LeaseStored) {
            return Err(failed("changing the lease"));
        }
        Ok(lease)
    }

    fn inspect(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}
