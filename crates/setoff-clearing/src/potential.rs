//! From the optimiser's labels to whole potentials, the certificate.

use std::ops::Range;

use crate::bundle::{Bundles, index};
use crate::components::Components;

/// Whole potentials of one component from its labels.
///
/// On every open slot from `u` to `v` holds `L(u) ≤ L(v) + scale·cost + 1`. For any offset `o`
/// let `P(u) = floor((L(u) + o) / scale)`. Then `P(u) ≤ floor((L(v) + o + 1) / scale) + cost`,
/// which is `P(v) + cost` unless `L(v) + o + 1` is a multiple of `scale`. Each member rules out
/// one offset among `scale` in a row, and there are fewer members than that: some offset suits
/// all. With it `P(u) ≤ P(v) + cost` on every open slot, which is what
/// [`Certificate`](crate::Certificate) asks.
pub(crate) fn whole(labels: &mut [i64], scale: i64) {
    let mut ruled_out = vec![false; labels.len() + 1];
    for label in &*labels {
        let offset = (-1 - label).rem_euclid(scale);
        if let Some(out) = usize::try_from(offset).ok().and_then(|o| ruled_out.get_mut(o)) {
            *out = true;
        }
    }
    let offset = (0..)
        .zip(ruled_out)
        .find_map(|(offset, out)| (!out).then_some(offset))
        .expect("one offset more than members");
    for label in &mut *labels {
        *label = (*label + offset).div_euclid(scale);
    }
}

/// Raises whole components so that no debt between two of them has a positive gain.
///
/// `potentials` are those inside the components, by place. Debts lead from higher-numbered
/// components to lower ones, so one pass in that order settles each component before any it leads
/// to, and the raise is the least that does. The lowest potential of all is 0.
pub(crate) fn across(potentials: &mut [i64], components: &Components, bundles: &Bundles) {
    let range = |places: Range<u32>| index(places.start)..index(places.end);
    let mut raise: Vec<i64> = components
        .ranges()
        .map(|places| potentials[range(places)].iter().map(|p| -p).max().unwrap_or(0))
        .collect();
    for (number, places) in components.ranges().enumerate().rev() {
        for place in range(places) {
            potentials[place] += raise[number];
            let debtor = index(components.members()[place]);
            for bundle in bundles.of(debtor) {
                let theirs = components.of(bundle.creditor);
                if theirs != number {
                    let creditor = index(components.places()[index(bundle.creditor)]);
                    let least = potentials[place] + i64::from(bundle.weight) - potentials[creditor];
                    raise[theirs] = raise[theirs].max(least);
                }
            }
        }
    }
}
