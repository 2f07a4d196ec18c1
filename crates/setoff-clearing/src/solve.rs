//! The optimiser: from a network to its largest set-off and the certificate.
//!
//! The work goes through these steps, each a module:
//!
//! 1. [`shuffle`](crate::shuffle): number the members in an order drawn from the seed, so that
//!    nobody's place in the input decides ties;
//! 2. [`bundle`](crate::bundle): bring parallel debts together;
//! 3. [`components`](crate::components): find the strongly connected components, since only debts
//!    inside one lie on circles;
//! 4. [`residual`](crate::residual): lay out the ways in which the set-off can change;
//! 5. [`push_relabel`](crate::push_relabel): start with everything set off that is worth
//!    something, and push what does not balance out through the cheapest changes, component by
//!    component;
//! 6. [`potential`](crate::potential): turn the labels left over into whole potentials, and raise
//!    the components against each other;
//! 7. share out what is taken off each bundle among its debts.
//!
//! Everything runs on one thread in an order that depends on the network and the seed alone.
//! Components are independent of each other and so could run side by side without changing the
//! result; a second engine would take the place of step 5 with the same invariant on its labels.

use std::convert::Infallible;
use std::ops::ControlFlow;

use crate::bundle::{Bundle, Bundles, index};
use crate::components::Components;
use crate::potential::{across, whole};
use crate::push_relabel::PushRelabel;
use crate::residual::Residual;
use crate::shuffle::shuffled;
use crate::{Certificate, Network};

/// What decides between equally large clearings.
///
/// Take it from something nobody could choose, such as the hash of the input; not from the clock.
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
    let mut never = |_| ControlFlow::<Infallible>::Continue(());
    let Ok(clearing) = solve_unless(network, seed, &mut never);
    clearing
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
    solve_unless(network, seed, progress).map_err(|()| Stopped)
}

fn solve_unless<Break>(
    network: &Network,
    seed: Seed,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<Break>,
) -> Result<Clearing, Break> {
    let numbers = shuffled(network.members(), seed);
    let bundles = Bundles::new(network, &numbers);
    let rows = bundles.rows(numbers.len());
    let components = Components::new(&bundles, &rows);
    let is_inside = |b: &Bundle| components.of(b.debtor) == components.of(b.creditor);
    let places = components.places();
    let inside =
        || bundles.as_slice().iter().filter(|b| is_inside(b)).map(|b| b.renumbered(places));

    let mut excess = vec![0; numbers.len()];
    for bundle in inside() {
        excess[index(bundle.debtor)] -= i128::from(bundle.at_first());
        excess[index(bundle.creditor)] += i128::from(bundle.at_first());
    }
    let mut engine = PushRelabel::new(Residual::new(numbers.len(), inside), excess);
    let all = engine.remaining();
    for members in components.ranges().filter(|members| members.len() > 1) {
        let mut tell = |left| progress(Progress::towards_none(left, all));
        if let ControlFlow::Break(stop) = engine.run(members, &mut tell) {
            return Err(stop);
        }
    }
    let (residual, mut potentials) = engine.finish();

    for members in components.ranges() {
        let scale = PushRelabel::scale(members.len());
        whole(&mut potentials[index(members.start)..index(members.end)], scale);
    }
    across(&mut potentials, &components, &bundles, &rows);
    let potential = |number: &u32| potentials[index(places[index(*number)])];

    let mut set_off = residual.set_off(inside());
    let taken_off = bundles.as_slice().iter();
    let taken_off = taken_off.map(|b| if is_inside(b) { set_off.next() } else { None });
    let clearing = Clearing {
        discharges: bundles.share_out(network, taken_off.map(Option::unwrap_or_default)),
        certificate: Certificate { potentials: numbers.iter().map(potential).collect() },
    };
    debug_assert!(
        crate::verify(network, &clearing.discharges, &clearing.certificate).is_ok(),
        "the optimiser's own result verifies"
    );
    Ok(clearing)
}

impl Progress {
    /// The way from `all` excess to none. Most of the excess goes at once and the last of it takes
    /// long, so half of the way is the amount and half its order of magnitude.
    fn towards_none(left: u128, all: u128) -> Self {
        const HALF: u64 = 1 << 20;
        let magnitude = |amount: u128| {
            let bits = u128::BITS - amount.leading_zeros();
            // The leading bit's place, and the 20 bits after it as a fraction.
            let fraction = amount.checked_shl(u128::BITS - bits + 1).unwrap_or(0) >> 108;
            (u128::from(bits) << 20) + fraction
        };
        let share = |done: u128, of: u128| match (done * u128::from(HALF)).checked_div(of) {
            Some(share) => u64::try_from(share).unwrap_or(HALF),
            None => HALF,
        };
        let amount = share(all - left, all);
        let magnitude = share(magnitude(all) - magnitude(left), magnitude(all));
        Self { done: amount + magnitude, of: 2 * HALF }
    }
}
