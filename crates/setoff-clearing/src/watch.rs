//! A bound on the largest set-off while the optimiser is at work.
//!
//! The labels of [`push_relabel`](crate::push_relabel), divided by their scale, are potentials at any
//! time, if not yet whole ones. For any conserved set-off `f`
//!
//! ```text
//! scale · Σ w·f  =  Σ gain·f  ≤  Σ amount · max(0, gain),   gain = scale·w + L(debtor) − L(creditor),
//! ```
//!
//! which is weak duality, as in [`verify`](crate::verify()). At the beginning all labels are 0 and the
//! bound is all that is owed on circles; at the end it is the largest set-off, up to a unit for each
//! debt in `scale`, of which the invariant of the labels takes care.
//!
//! Products are below 2^127; their sum is kept in two halves, as it may pass 2^128.

use crate::bundle::{Bundle, index};
use crate::components::Components;
use crate::engine::{Labels, scale};
use crate::solve::Progress;

/// How far the optimiser is, and how large the largest set-off can be at most.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    progress: Progress,
    at_most: &'a dyn Fn() -> u128,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(progress: Progress, at_most: &'a dyn Fn() -> u128) -> Self {
        Self { progress, at_most }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// No set-off has a larger weighted sum than this, by what is known now. It falls as the work
    /// goes on, though not at each step.
    ///
    /// Takes `O(debts)` time whenever it is asked, and nothing if it is not: a fraction of the time
    /// between two calls, so ask once in many.
    #[must_use]
    pub fn at_most(&self) -> u128 {
        (self.at_most)()
    }
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("progress", &self.progress).finish_non_exhaustive()
    }
}

/// The bound by these labels; `inside` are the bundles inside the components, by place.
pub(crate) fn at_most(
    components: &Components,
    inside: impl Iterator<Item = Bundle>,
    label: Labels<'_>,
) -> u128 {
    let sizes: Vec<usize> = components.ranges().map(|places| places.len()).collect();
    let largest = scale(sizes.iter().copied().max().unwrap_or(0));
    // Of components as large as the largest: in parts of their scale, in units of 2^64 and of 1.
    let (mut high, mut low) = (0_u128, 0_u128);
    // Of the others: whole, and fractions in units of 2^-64, rounded up.
    let (mut whole, mut fractions) = (0_u128, 0_u128);
    for bundle in inside {
        let member = components.members()[index(bundle.debtor)];
        let scale = scale(sizes[components.of(member)]);
        let gain = scale * i64::from(bundle.weight) + label(bundle.debtor) - label(bundle.creditor);
        if gain <= 0 {
            continue;
        }
        let product = u128::from(bundle.amount) * u128::from(gain.unsigned_abs());
        if scale == largest {
            high += product >> 64;
            low += product & u128::from(u64::MAX);
        } else {
            let scale = u128::from(scale.unsigned_abs());
            whole = whole.saturating_add(product / scale);
            fractions += ((product % scale) << 64).div_ceil(scale);
        }
    }
    let scale = u128::from(largest.unsigned_abs());
    let rest = ((high % scale) << 64) + low;
    let of_largest = (high / scale)
        .checked_mul(1 << 64)
        .map_or(u128::MAX, |high| high.saturating_add(rest / scale));
    of_largest.saturating_add(whole).saturating_add(fractions.div_ceil(1 << 64))
}
