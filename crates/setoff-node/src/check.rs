//! A whole journal read again, trusting nothing of it: hashes, signatures, checkpoints, and every
//! command decided once more, with the certificate of each cycle's result.

use setoff_journal::{Check, Checked, Envelope, Fault, KeyId, PublicKey, SignedCheckpoint, Store};
use setoff_union::Owner;

use crate::opening::key_of;
use crate::replay::{ReplayError, Replayed};

/// The first thing that is wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// What is kept is not what was appended, or not by whom it must be.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The rules would not accept it.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// Checks a journal whole. `kept` are checkpoints of it that were kept elsewhere: only they show
/// that it was cut back, or that its operator signed two histories. `progress` is told how many
/// entries were checked.
///
/// Takes one pass over the entries, and as long as accepting them took.
///
/// # Errors
/// [`CheckError`] names the first bad entry.
pub fn check(
    store: &mut dyn Store,
    kept: &[SignedCheckpoint],
    progress: &mut dyn FnMut(u64),
) -> Result<(Checked, Replayed), CheckError> {
    let mut replayed = Replayed::default();
    let mut check = Check::begin(store, kept)?;
    loop {
        let operators = operators(&replayed);
        let keys = replayed.keys().clone();
        let known = |envelope: &Envelope, id: KeyId| key_of(envelope, &keys, id);
        let Some(entry) = check.next(known, &operators)? else { break };
        replayed.take(&entry)?;
        progress(entry.seq + 1);
    }
    Ok((check.finish()?, replayed))
}

/// The operator's keys that count.
fn operators(replayed: &Replayed) -> Vec<PublicKey> {
    let live = replayed.state.keys().iter().filter(|k| k.owner == Owner::Operator && k.is_live());
    live.filter_map(|key| PublicKey::from_bytes(&key.key.public.0).ok()).collect()
}
