//! What the optimum leaves open, and the best choice in it.
//!
//! # Why what is left open is a network again
//! Let `π` be the potentials of a certificate. By complementary slackness a conserved set-off is as
//! large as the certified one *if and only if* it discharges whole what has a positive gain and
//! nothing of what has a negative one: otherwise its `Σ gain·f`, which is its value, falls short of
//! `Σ amount·max(0, gain)`. So the largest set-offs are exactly the conserved set-offs in which the
//! debts of gain 0 are *free* between nothing and all, and the others are fixed. This set does not
//! depend on which of several certificates described it.
//!
//! Whoever has one of them reaches every other one by changes round circles: forward along a free
//! debt by what is left of it, backward by what is set off. These ways to change are again a network
//! of debts, with weights as one likes, and the optimiser finds the best change in it. Its
//! potentials say of every free debt whether it is now fixed or still free, and so one goal can
//! follow another: see [`classes`](crate::classes) and [`fair`](crate::fair).

use std::ops::ControlFlow;

use crate::bundle::index;
use crate::network::{LARGEST_AMOUNT, LARGEST_WEIGHT};
use crate::{Clearing, Debt, Network, NetworkError, Progress, Seed, Stopped, solve_with};

/// Free debts that are alike, as one sum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Free {
    /// Who owes them.
    pub(crate) debtor: u32,
    /// Who is owed them.
    pub(crate) creditor: u32,
    /// The place of the first of them in the network.
    pub(crate) first: usize,
    /// The sum of the debts.
    pub(crate) amount: u128,
    /// What is set off of it.
    pub(crate) set_off: u128,
}

/// The free debts, those of one debtor, one creditor and one kind as one sum.
///
/// `discharges` must not be more than the debts; `kind` tells debts apart that the goals to come
/// do not treat alike.
pub(crate) fn free<Kind: Ord>(
    network: &Network,
    discharges: &[u64],
    is_free: impl Fn(usize) -> bool,
    kind: impl Fn(usize) -> Kind,
) -> Vec<Free> {
    let debts = network.debts();
    let key = |&place: &usize| (debts[place].debtor, debts[place].creditor, kind(place));
    let mut places: Vec<usize> = (0..debts.len()).filter(|place| is_free(*place)).collect();
    places.sort_by_key(key);
    let sum = |alike: &[usize]| {
        let Debt { debtor, creditor, .. } = debts[alike[0]];
        let amount = alike.iter().map(|&place| u128::from(debts[place].amount)).sum();
        let set_off = alike.iter().map(|&place| u128::from(discharges[place])).sum();
        Free { debtor, creditor, first: alike[0], amount, set_off }
    };
    places.chunk_by(|a, b| key(a) == key(b)).map(sum).collect()
}

/// Gives what is set off of each debtor, creditor and kind to their debts in the order given, the
/// first of them first. `changed` are sums that differ from what `discharges` say.
pub(crate) fn share_out<Kind: Ord>(
    network: &Network,
    discharges: &mut [u64],
    changed: &[Free],
    is_free: impl Fn(usize) -> bool,
    kind: impl Fn(usize) -> Kind,
) {
    let debts = network.debts();
    let key = |&place: &usize| (debts[place].debtor, debts[place].creditor, kind(place));
    let mut places: Vec<usize> = (0..debts.len()).filter(|place| is_free(*place)).collect();
    places.sort_by_key(key);
    for (alike, sum) in places.chunk_by(|a, b| key(a) == key(b)).zip(changed) {
        let mut rest = sum.set_off;
        for &place in alike {
            let amount = debts[place].amount;
            let share = u64::try_from(rest).map_or(amount, |rest| rest.min(amount));
            discharges[place] = share;
            rest -= u128::from(share);
        }
        debug_assert_eq!(rest, 0, "no more is set off than there are debts");
    }
}

/// A way to change a set-off: up to `room` units from one node to another, each worth `weight`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) room: u128,
    pub(crate) weight: i32,
}

/// The best changes together.
pub(crate) struct Change {
    /// How much goes each way.
    pub(crate) moved: Vec<u128>,
    /// The certificate's potential of each node; 0 for one that no way touches.
    pub(crate) potentials: Vec<i64>,
}

impl Change {
    /// Whether it makes the set-off worth more. Sums of 2^31 ways below 2^93 with weights below 2^30
    /// saturate.
    pub(crate) fn is_gain(&self, ways: &[Way]) -> bool {
        let worth = ways.iter().zip(&self.moved).fold(0_i128, |sum, (way, moved)| {
            let moved = i128::try_from(*moved).unwrap_or(i128::MAX);
            sum.saturating_add(moved.saturating_mul(way.weight.into()))
        });
        worth > 0
    }
}

/// The same as [`best_change`] among as many nodes as `near` has potentials; faster if the
/// certificate's are not far from these.
///
/// Adding to every weight the potential where its way begins less the one where it ends changes no
/// circle's worth. Good potentials turn nearly all weights into small losses, so that the optimiser
/// finds little to do. Losses that a network can't express become its largest; whoever moves nothing
/// at the largest loss moves nothing at a larger one.
///
/// # Errors
/// As [`best_change`].
pub(crate) fn best_change_near(
    near: &[i64],
    ways: &[Way],
    seed: Seed,
) -> Result<Change, NetworkError> {
    let largest = i64::from(LARGEST_WEIGHT);
    let gain = |way: &Way| i64::from(way.weight) + near[index(way.from)] - near[index(way.to)];
    let as_gain = |way: &Way| {
        let weight = i32::try_from(gain(way).max(-largest)).ok()?;
        (weight <= LARGEST_WEIGHT || way.room == 0)
            .then_some(Way { weight: weight.min(LARGEST_WEIGHT), ..*way })
    };
    let Some(ways_near) = ways.iter().map(as_gain).collect::<Option<Vec<Way>>>() else {
        return best_change(near.len(), ways, seed);
    };
    let mut change = best_change(near.len(), &ways_near, seed)?;
    if ways.iter().zip(&change.moved).any(|(way, moved)| gain(way) < -largest && *moved > 0) {
        return best_change(near.len(), ways, seed);
    }
    for (potential, near) in change.potentials.iter_mut().zip(near) {
        *potential += near;
    }
    Ok(change)
}

/// The most valuable change round circles of these ways among `nodes` nodes.
///
/// # Errors
/// [`NetworkError`] if there are too many ways, or too many nodes for their weights.
pub(crate) fn best_change(nodes: usize, ways: &[Way], seed: Seed) -> Result<Change, NetworkError> {
    let mut never = |_| ControlFlow::Continue(());
    best_change_unless(nodes, ways, seed, &mut never).map(|(change, _)| change)
}

/// As [`best_change`], unless `progress` breaks, which it says: then it is some change, and any
/// potentials.
///
/// # Errors
/// As [`best_change`].
pub(crate) fn best_change_unless(
    nodes: usize,
    ways: &[Way],
    seed: Seed,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<(Change, ControlFlow<()>), NetworkError> {
    // Only nodes with ways are numbered, in their order.
    let mut numbers = vec![u32::MAX; nodes];
    for way in ways {
        numbers[index(way.from)] = 0;
        numbers[index(way.to)] = 0;
    }
    let mut members = 0;
    for number in numbers.iter_mut().filter(|number| **number == 0) {
        *number = members;
        members += 1;
    }

    let mut debts = Vec::with_capacity(ways.len());
    for way in ways {
        let mut rest = way.room;
        while rest > 0 {
            let amount = u64::try_from(rest).map_or(LARGEST_AMOUNT, |r| r.min(LARGEST_AMOUNT));
            let (debtor, creditor) = (numbers[index(way.from)], numbers[index(way.to)]);
            debts.push(Debt { debtor, creditor, amount, weight: way.weight });
            rest -= u128::from(amount);
        }
    }
    let network = Network::new(members, debts)?;
    let (discharges, certificate, end) = match solve_with(&network, seed, progress) {
        Ok(Clearing { discharges, certificate }) => {
            (discharges, certificate, ControlFlow::Continue(()))
        }
        Err(Stopped { discharges, certificate }) => {
            (discharges, certificate, ControlFlow::Break(()))
        }
    };

    let mut parts = discharges.iter();
    let most = u128::from(LARGEST_AMOUNT);
    let moved = ways.iter().map(|way| {
        let parts_of_way = usize::try_from(way.room.div_ceil(most)).unwrap_or(usize::MAX);
        parts.by_ref().take(parts_of_way).map(|&part| u128::from(part)).sum()
    });
    let moved = moved.collect();
    let potential = |&number: &u32| match number {
        u32::MAX => 0,
        number => certificate.potentials[index(number)],
    };
    let potentials = numbers.iter().map(potential).collect();
    Ok((Change { moved, potentials }, end))
}
