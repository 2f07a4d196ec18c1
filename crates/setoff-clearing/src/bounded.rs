//! Set-offs between bounds: what a search for whole obligations asks at each of its nodes.
//!
//! Every arc has bounds `low ≤ flow ≤ high`, and every member a balance, what flows from it less what
//! flows to it, that no change round circles moves (0 if all debts are arcs, and otherwise what the
//! debts that are not arcs make up for). From a flow that keeps to other bounds, one round of changes
//! makes one that keeps to these, or else leaves potentials that show that there is none: of all
//! flows of these balances `Σ (π[from] − π[to])·flow` is `Σ π·balance`, so if even the most of it
//! within the bounds is less, none keeps to them.

use crate::face::{Way, best_change};
use crate::{NetworkError, Seed};

/// What passes from one member to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) low: u128,
    pub(crate) high: u128,
    pub(crate) flow: u128,
}

/// A part of an arc's room: so many units above or below its flow, each worth as much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) arc: usize,
    pub(crate) more: bool,
    pub(crate) room: u128,
    pub(crate) weight: i32,
}

/// Whether a flow keeps to its bounds now.
pub(crate) enum Kept {
    Yes,
    /// No flow of the same balances does; these potentials show it.
    Never(Vec<i64>),
}

/// Changes the flow until it keeps to the bounds.
pub(crate) fn keep_to_bounds(
    members: usize,
    arcs: &mut [Arc],
    seed: Seed,
) -> Result<Kept, NetworkError> {
    let is_kept = |arc: &Arc| arc.low <= arc.flow && arc.flow <= arc.high;
    if arcs.iter().all(is_kept) {
        return Ok(Kept::Yes);
    }
    let mut parts = Vec::new();
    for (number, arc) in arcs.iter().enumerate() {
        let more = |room, weight| Part { arc: number, more: true, room, weight };
        let less = |room, weight| Part { arc: number, more: false, room, weight };
        if arc.flow < arc.low {
            parts.extend([more(arc.low - arc.flow, 1), more(arc.high - arc.low, 0)]);
        } else if arc.flow > arc.high {
            parts.extend([less(arc.flow - arc.high, 1), less(arc.high - arc.low, 0)]);
        } else {
            parts.extend([more(arc.high - arc.flow, 0), less(arc.flow - arc.low, 0)]);
        }
    }
    let potentials = change(members, arcs, &parts, seed)?;
    Ok(if arcs.iter().all(is_kept) { Kept::Yes } else { Kept::Never(potentials) })
}

/// Makes the most valuable change within the parts, and returns the potentials.
pub(crate) fn change(
    members: usize,
    arcs: &mut [Arc],
    parts: &[Part],
    seed: Seed,
) -> Result<Vec<i64>, NetworkError> {
    let way = |part: &Part| {
        let arc = arcs[part.arc];
        let (from, to) = if part.more { (arc.from, arc.to) } else { (arc.to, arc.from) };
        Way { from, to, room: part.room, weight: part.weight }
    };
    let ways: Vec<Way> = parts.iter().map(way).collect();
    let change = best_change(members, &ways, seed)?;
    let before = cfg!(debug_assertions).then(|| balances(members, arcs));
    for (part, moved) in parts.iter().zip(change.moved) {
        let flow = &mut arcs[part.arc].flow;
        // Each part's room keeps it from falling below 0, also on the way.
        *flow = if part.more { *flow + moved } else { flow.saturating_sub(moved) };
    }
    debug_assert_eq!(before, Some(balances(members, arcs)), "circles move no balance");
    Ok(change.potentials)
}

/// What flows from each member less what flows to it.
pub(crate) fn balances(members: usize, arcs: &[Arc]) -> Vec<i128> {
    let mut balances = vec![0_i128; members];
    for arc in arcs {
        let flow = i128::try_from(arc.flow).expect("a sum of debts is below 2^93");
        balances[arc.from as usize] += flow;
        balances[arc.to as usize] -= flow;
    }
    balances
}
