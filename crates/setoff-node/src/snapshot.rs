//! Snapshots: everything that a replay gives, in bytes, so that a start need not replay.
//!
//! The first byte is the version of what follows, postcard's form of the union, of what was seen,
//! and of the state. Postcard names no fields: whoever changes what the state keeps raises
//! [`VERSION`], and a test with the shape of the state fails until they do. A snapshot of another
//! version is passed over, and the journal replayed.
//!
//! A snapshot is kept with its hash and the root of the journal, so that damage is found. It is not
//! signed: who can write to the database is believed about it. [`read`](crate::read) believes
//! nobody.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use setoff_journal::{Hash, Journal, JournalError, Snapshot};
use setoff_union::State;

use crate::replay::Replayed;
use crate::submission::UnionId;

/// Of the bytes of a snapshot. Raise it with every change of what [`State`] keeps.
const VERSION: u8 = 1;

/// How much more must have happened since the last snapshot, commands and obligations together,
/// until the next is worth its time.
const WORTH: u64 = 10_000;

type Bytes = [u8; 32];

#[derive(Serialize, Deserialize)]
struct Body<S> {
    union: Option<Bytes>,
    /// By position, so that equal states have equal snapshots.
    seen: Vec<(u64, Bytes, Bytes)>,
    state: S,
}

/// What happened so far, as snapshots count it: commands, and obligations of which one command may
/// bring many.
pub(crate) fn weight(state: &State) -> u64 {
    state.position().0 + state.obligations().len() as u64
}

/// When a snapshot is worth its time again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Others wait: only when there is twice as much, so that all snapshots together cost no more
    /// than two of the last.
    Busy,
    /// Nobody waits: when there is a quarter more.
    Idle,
}

/// Whether a snapshot is worth its time again, after one at weight `last`.
pub(crate) fn is_due(state: &State, last: u64, moment: Moment) -> bool {
    let share = if moment == Moment::Busy { last } else { last / 4 };
    weight(state).saturating_sub(last) >= WORTH.max(share)
}

/// Keeps a snapshot of a state that the journal holds, and deletes all but the one before it.
pub(crate) fn keep(journal: &mut Journal, replayed: &Replayed) -> Result<(), JournalError> {
    let size = replayed.state.position().0;
    let root = journal.root_at(size)?;
    let store = journal.store();
    let last = store.snapshots()?.into_iter().rfind(|&kept| kept < size);
    store.put_snapshot(&Snapshot { size, root, body: write(replayed) })?;
    store.delete_snapshots(last.unwrap_or(0)).map_err(JournalError::from)
}

/// What the newest good snapshot gives, or nothing.
pub(crate) fn newest(journal: &mut Journal) -> Result<Option<Replayed>, JournalError> {
    let mut below = u64::MAX;
    while let Some(snapshot) = journal.snapshot_below(below)? {
        if let Some(replayed) = parse(&snapshot.body)
            && replayed.state.position().0 == snapshot.size
        {
            return Ok(Some(replayed));
        }
        below = snapshot.size;
    }
    Ok(None)
}

fn write(replayed: &Replayed) -> Vec<u8> {
    let rows = replayed.seen().iter();
    let mut seen: Vec<_> = rows.map(|(slot, (seq, payload))| (*seq, slot.0, payload.0)).collect();
    seen.sort_unstable();
    let union = replayed.union.map(|union| union.0.0);
    let body = Body { union, seen, state: &replayed.state };
    // An obligation takes about 60 bytes, its reference and its document included.
    let mut bytes = Vec::with_capacity(64 * replayed.state.obligations().len() + (1 << 16));
    bytes.push(VERSION);
    postcard::to_extend(&body, bytes).expect("the state can be written, and memory takes it")
}

fn parse(bytes: &[u8]) -> Option<Replayed> {
    let (&VERSION, body) = bytes.split_first()? else { return None };
    let (Body { union, seen, state }, rest) =
        postcard::take_from_bytes::<Body<State>>(body).ok()?;
    let seen: HashMap<_, _> =
        seen.into_iter().map(|(seq, slot, payload)| (Hash(slot), (seq, Hash(payload)))).collect();
    rest.is_empty()
        .then(|| Replayed::restored(state, union.map(|union| UnionId(Hash(union))), seen))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use setoff_union::testing::Union;

    use super::*;

    /// The names and kinds of all that a value holds, in order, each once.
    fn shape(value: &Value, path: &str, met: &mut Vec<String>) {
        let (kind, parts): (_, Vec<(String, &Value)>) = match value {
            Value::Null => ("null", Vec::new()),
            Value::Bool(_) => ("bool", Vec::new()),
            Value::Number(_) => ("number", Vec::new()),
            Value::String(_) => ("text", Vec::new()),
            Value::Array(items) => ("list", items.iter().map(|v| (String::new(), v)).collect()),
            Value::Object(fields) => {
                let numbered = |name: &str| name.len() == 64 || name.parse::<u64>().is_ok();
                let name = |name: &String| if numbered(name) { "#".into() } else { name.clone() };
                ("object", fields.iter().map(|(key, v)| (name(key), v)).collect())
            }
        };
        let line = format!("{path}: {kind}");
        if !met.contains(&line) {
            met.push(line);
        }
        for (name, part) in parts {
            shape(part, &format!("{path}/{name}"), met);
        }
    }

    /// The snapshot's form names no fields, so that an old one could be read as a new one's fields.
    #[test]
    fn a_state_of_another_shape_needs_another_version() {
        let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
        for (debtor, creditor) in [(0, 1), (1, 2), (2, 0), (0, 2)] {
            let obligation = union.declared(debtor, creditor, "100.00").unwrap();
            union.confirmed(obligation).unwrap();
        }
        union.cleared().unwrap();
        let mut met = Vec::new();

        shape(&serde_json::to_value(&union.state).unwrap(), "", &mut met);

        let found = Hash::of(&[met.join("\n").as_bytes()]).to_string();
        let of_version_1 = "e23f55e21a39bf373b2735ea5ce3db975af58f655ef47e3f8295d5b41166fc5e";
        assert_eq!(
            found,
            of_version_1,
            "the state's shape has changed: raise VERSION, then put the new hash here\n{}",
            met.join("\n")
        );
    }
}
