//! A union as of any date or position, with everything that happened until then.

use std::str::FromStr;

use jiff::civil::Date;
use setoff_journal::{Entry as JournalEntry, Journal};
use setoff_node::{ReplayError, Replayed};
use setoff_union::{Entry, State, utc_date};

use crate::failure::Failure;
use crate::place;

use super::acting::replay_failure;

/// Up to which point of a union's life something is shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    /// To the end of this day, by UTC.
    Date(Date),
    /// Before the command at this position.
    Position(u64),
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let date = text.parse().map(Self::Date).ok();
        let position = || text.parse().map(Self::Position).ok();
        date.or_else(position).ok_or_else(|| "write a date as 2026-10-31, or a position".to_owned())
    }
}

/// A union up to some point, with everything that happened.
pub(super) struct Read {
    pub(super) state: State,
    pub(super) entries: Vec<Entry>,
}

/// Reads a union up to a point, or whole.
///
/// # Errors
/// [`Failure::Input`] if there is none, [`Failure::Check`] if its journal is damaged.
pub(super) fn read_entries(place: &str, at: Option<At>) -> Result<Read, Failure> {
    let store = place::open(place)?;
    let mut journal = Journal::open(store).map_err(|e| replay_failure(ReplayError::Journal(e)))?;
    let mut replayed = Replayed::default();
    let mut entries = Vec::new();
    let mut wanted = |entry: &JournalEntry| match at {
        None => true,
        Some(At::Position(position)) => entry.seq < position,
        Some(At::Date(date)) => {
            let received = jiff::Timestamp::from_microsecond(entry.received.0);
            received.is_ok_and(|received| utc_date(received) <= date)
        }
    };
    replayed
        .follow_while(&mut journal, &mut wanted, &mut |changes, _| entries.extend(changes))
        .map_err(replay_failure)?;
    Ok(Read { state: replayed.state, entries })
}
