//! One writer at a time: a lease with a fencing token.
//!
//! The store keeps one lease: its *epoch*, who holds it, until when. Taking it adds one to the
//! epoch. Every append names the epoch of its writer and is refused, in its own transaction, if
//! another is current. The time decides only when another *may* take over; that two never write
//! both is due to the epoch alone (the fencing token of Gray and Cheriton 1989, "Leases", and
//! Burrows 2006, "The Chubby lock service", section 2.4). A clock that lies or a process that was
//! stopped for longer than its lease costs a change of writer, not a second history.
//!
//! Time is an argument. All who share a store should have clocks that agree to within a small part
//! of the term.

use std::time::Duration;

use crate::entry::Micros;
use crate::store::{Store, StoreError};

/// The fencing token: how many times the lease was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

/// Who may write, and until when nobody else may take over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Rises by one each time that the lease is taken.
    pub epoch: Epoch,
    /// Names the process, for people: host and process number, say.
    pub holder: String,
    /// From this time on others may take it.
    pub until: Micros,
}

/// When to take a lease that another holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// When it has expired or was released.
    WhenExpired,
    /// Now: a person knows that the other is gone. It is safe at any time, since the other can't
    /// append any more; it only makes the other stop.
    AtOnce,
}

/// Takes the lease from `now` on for `term`.
///
/// # Errors
/// [`StoreError::Held`] says by whom and until when; [`StoreError::Storage`].
pub fn take(
    store: &mut dyn Store,
    holder: &str,
    now: Micros,
    term: Duration,
    takeover: Takeover,
) -> Result<Lease, StoreError> {
    store.change_lease(&mut |current| match current {
        Some(lease) if takeover == Takeover::WhenExpired && now < lease.until => {
            Err(StoreError::Held(lease.clone()))
        }
        _ => {
            let epoch = Epoch(current.map_or(0, |lease| lease.epoch.0) + 1);
            Ok(Lease { epoch, holder: holder.to_owned(), until: after(now, term) })
        }
    })
}

/// Holds the lease of this epoch from `now` on for `term` more. One that has expired and that
/// nobody took is held again.
///
/// # Errors
/// [`StoreError::Fenced`] says who took it; [`StoreError::NoLease`], [`StoreError::Storage`].
pub fn renew(
    store: &mut dyn Store,
    epoch: Epoch,
    now: Micros,
    term: Duration,
) -> Result<Lease, StoreError> {
    store.change_lease(&mut |current| {
        let lease = holds(current, epoch)?;
        Ok(Lease { until: after(now, term), ..lease.clone() })
    })
}

/// Gives the lease of this epoch back, so that the next need not wait. Its holder can't append any
/// more: the epoch rises, and nobody holds it.
///
/// # Errors
/// As [`renew`].
pub fn release(store: &mut dyn Store, epoch: Epoch) -> Result<(), StoreError> {
    let released = |current: Option<&Lease>| {
        let lease = holds(current, epoch)?;
        let holder = format!("nobody (released by {})", lease.holder);
        Ok(Lease { epoch: Epoch(epoch.0 + 1), holder, until: Micros(i64::MIN) })
    };
    store.change_lease(&mut { released }).map(drop)
}

/// The lease, if it is of this epoch.
pub(crate) fn holds(current: Option<&Lease>, own: Epoch) -> Result<&Lease, StoreError> {
    let lease = current.ok_or(StoreError::NoLease)?;
    if lease.epoch == own {
        return Ok(lease);
    }
    Err(StoreError::Fenced { own, current: lease.epoch, holder: lease.holder.clone() })
}

fn after(now: Micros, term: Duration) -> Micros {
    Micros(now.0.saturating_add(i64::try_from(term.as_micros()).unwrap_or(i64::MAX)))
}
