//! The optimiser.

use std::ops::ControlFlow;

use crate::bundle::{Bundles, index};
use crate::components::Components;
use crate::push_relabel::PushRelabel;
use crate::residual::Residual;
use crate::shuffle::shuffled;
use crate::{Certificate, Network, potential};

/// What decides between equally large clearings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seed(pub [u8; 32]);

/// A largest set-off of a network and the proof that there is no larger one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// What is taken off each debt, in the network's order of debts.
    pub discharges: Vec<u64>,
    /// Why no other clearing takes off more.
    pub certificate: Certificate,
}

/// How far the optimiser is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How much of `of` is done. Never falls.
    pub done: u64,
    /// The whole of the work, in the same arbitrary unit.
    pub of: u64,
}

/// The caller's progress function asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// The largest set-off of `network`; between equally large ones `seed` decides.
#[must_use]
pub fn solve(network: &Network, seed: Seed) -> Clearing {
    solve_with(network, seed, &mut |_| ControlFlow::Continue(())).expect("nothing stops it")
}

/// As [`solve`], telling `progress` now and then how far it is.
///
/// # Errors
/// [`Stopped`] as soon as `progress` breaks.
pub fn solve_with(
    network: &Network,
    seed: Seed,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Clearing, Stopped> {
    let numbers = shuffled(network.members(), seed);
    let bundles = Bundles::new(network, &numbers);
    let rows = bundles.rows(numbers.len());
    let components = Components::new(&bundles, &rows);

    // Members that lie on circles, numbered component by component.
    let mut place = vec![u32::MAX; numbers.len()];
    let mut ranges = Vec::new();
    let mut count = 0_u32;
    for members in components.iter().filter(|members| members.len() > 1) {
        let start = index(count);
        for &member in members {
            place[index(member)] = count;
            count += 1;
        }
        ranges.push(start..index(count));
    }
    let inside = bundles
        .as_slice()
        .iter()
        .filter(|bundle| {
            components.of[index(bundle.debtor)] == components.of[index(bundle.creditor)]
        })
        .map(|bundle| bundle.renumbered(&place));
    let mut excess = vec![0_i128; index(count)];
    for bundle in inside.clone() {
        excess[index(bundle.debtor)] -= i128::from(bundle.amount);
        excess[index(bundle.creditor)] += i128::from(bundle.amount);
    }
    let residual = Residual::new(index(count), inside.clone());
    let mut engine = PushRelabel::new(residual, excess);
    let left = |engine: &PushRelabel| -> i128 { engine.excess.iter().filter(|e| **e > 0).sum() };
    let of = left(&engine);
    let unit = of / (1 << 32) + 1;
    let in_units = |amount: i128| u64::try_from(amount / unit).unwrap_or(0);
    for range in &ranges {
        let mut tell = |engine: &PushRelabel| {
            progress(Progress {
                done: in_units(of - left(engine)),
                of: in_units(of),
            })
        };
        if engine.run(range.clone(), &mut tell).is_break() {
            return Err(Stopped);
        }
    }
    for range in ranges {
        let scale = range.len() as i64 + 1;
        potential::whole(&mut engine.labels[range], scale);
    }
    let mut potentials: Vec<i64> = place
        .iter()
        .map(|&place| {
            if place == u32::MAX {
                0
            } else {
                engine.labels[index(place)]
            }
        })
        .collect();
    potential::across(&mut potentials, &components, &bundles, &rows);

    let mut set_off = engine.residual.set_off(inside).into_iter();
    let taken_off: Vec<u64> = bundles
        .as_slice()
        .iter()
        .map(|bundle| {
            let same = components.of[index(bundle.debtor)] == components.of[index(bundle.creditor)];
            if same {
                set_off.next().expect("one a bundle inside")
            } else {
                0
            }
        })
        .collect();
    let clearing = Clearing {
        discharges: bundles.share_out(network, &taken_off),
        certificate: Certificate {
            potentials: numbers
                .iter()
                .map(|&number| potentials[index(number)])
                .collect(),
        },
    };
    Ok(clearing)
}
