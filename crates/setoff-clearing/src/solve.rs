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
//!    component; [`network_simplex`](crate::network_simplex) takes over where that gets on slowly;
//! 6. [`potential`](crate::potential): turn the labels left over into whole potentials, and raise
//!    the components against each other;
//! 7. share out what is taken off each bundle among its debts.
//!
//! Everything runs on one thread in an order that depends on the network and the seed alone.
//! Components are independent of each other and so could run side by side without changing the
//! result; a second engine would take the place of step 5 with the same invariant on its labels.

use std::cmp::Reverse;
use std::convert::Infallible;
use std::ops::ControlFlow;

use crate::bundle::{Bundle, Bundles, index};
use crate::components::Components;
use crate::engine::{Engine, Labels, scale};
use crate::in_turn::in_turn;
use crate::potential::{across, whole};
use crate::shuffle::shuffled;
use crate::watch::{Watch, at_most};
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

/// What there was when the caller's progress function asked to stop: a set-off that is feasible,
/// and a bound on the largest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// A conserved set-off, in the network's order of debts; between one debtor and one creditor
    /// the heavier ones go first, and of the same weight the first given.
    pub discharges: Vec<u64>,
    /// Potentials that bound every set-off; [`gap`](crate::gap) says by how much more than this
    /// one any can be worth.
    pub certificate: Certificate,
}

/// The largest set-off of `network`; between equally large ones `seed` decides.
#[must_use]
pub fn solve(network: &Network, seed: Seed) -> Clearing {
    let mut never = |_: Watch<'_>| ControlFlow::<Infallible>::Continue(());
    let Ok(clearing) = solve_unless(network, seed, &mut never);
    clearing
}

/// As [`solve`], telling `progress` now and then how far it is.
///
/// # Errors
/// [`Stopped`] soon after `progress` breaks: with a feasible set-off and its proven gap, not with
/// nothing.
pub fn solve_with(
    network: &Network,
    seed: Seed,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Clearing, Stopped> {
    solve_watched(network, seed, &mut |watch| progress(watch.progress()))
}

/// As [`solve_with`], with a look at more than how far it is: [`Watch::at_most`].
///
/// # Errors
/// As [`solve_with`].
pub fn solve_watched(
    network: &Network,
    seed: Seed,
    watch: &mut dyn FnMut(Watch<'_>) -> ControlFlow<()>,
) -> Result<Clearing, Stopped> {
    solve_unless(network, seed, watch).map_err(|(clearing, ())| {
        let Clearing { mut discharges, certificate } = clearing;
        // An optimum lets the heavier ones of a pair go first by itself.
        in_turn(network, &mut discharges, |place| Reverse(network.debts()[place].weight));
        Stopped { discharges, certificate }
    })
}

fn solve_unless<Break>(
    network: &Network,
    seed: Seed,
    watch: &mut dyn FnMut(Watch<'_>) -> ControlFlow<Break>,
) -> Result<Clearing, (Clearing, Break)> {
    let numbers = shuffled(network.members(), seed);
    let bundles = Bundles::new(network, &numbers);
    let components = Components::new(&bundles);
    let is_inside = |b: &Bundle| components.of(b.debtor) == components.of(b.creditor);
    let places = components.places();
    let inside = || bundles.iter().filter(is_inside).map(|b| b.renumbered(places));

    let largest = components.ranges().map(|members| members.len()).max().unwrap_or(0);
    let mut engine = Engine::new(numbers.len(), largest, inside);
    let all = engine.remaining();
    let mut stopped = None;
    for members in components.ranges().filter(|members| members.len() > 1) {
        let mut tell = |left, labels: Labels<'_>| {
            let at_most = || at_most(&components, inside(), labels);
            watch(Watch::new(Progress::towards_none(left, all), &at_most))
        };
        if let ControlFlow::Break(stop) = engine.run(members, &mut tell) {
            stopped = Some(stop);
            break;
        }
    }

    let mut potentials = engine.labels();
    for members in components.ranges() {
        let scale = scale(members.len());
        whole(&mut potentials[index(members.start)..index(members.end)], scale);
    }
    across(&mut potentials, &components, &bundles);
    let potential = |number: &u32| potentials[index(places[index(*number)])];
    let certificate = Certificate { potentials: numbers.iter().map(potential).collect() };

    if stopped.is_some() {
        engine.balance(components.ranges().filter(|members| members.len() > 1));
    }
    let mut set_off = engine.set_off();
    let taken_off =
        bundles.taken_off(|b| if is_inside(&b) { set_off(b.renumbered(places)) } else { 0 });
    drop(set_off);
    drop(engine);
    let clearing = Clearing { discharges: taken_off.share_out(network), certificate };
    if let Some(stop) = stopped {
        return Err((clearing, stop));
    }
    debug_assert!(
        crate::verify(network, &clearing.discharges, &clearing.certificate).is_ok(),
        "the optimiser's own result verifies"
    );
    Ok(clearing)
}

impl Progress {
    /// What is done, as a share of `whole`.
    pub(crate) fn share_of(self, whole: u64) -> u64 {
        let share = (u128::from(self.done) * u128::from(whole)).checked_div(self.of.into());
        u64::try_from(share.unwrap_or(0)).unwrap_or(whole).min(whole)
    }

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
