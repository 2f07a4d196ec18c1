//! The optimiser.

use std::ops::ControlFlow;

use crate::{Certificate, Network};

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
pub fn solve(_network: &Network, _seed: Seed) -> Clearing {
    todo!()
}

/// As [`solve`], telling `progress` now and then how far it is.
///
/// # Errors
/// [`Stopped`] as soon as `progress` breaks.
pub fn solve_with(
    _network: &Network,
    _seed: Seed,
    _progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Clearing, Stopped> {
    todo!()
}
