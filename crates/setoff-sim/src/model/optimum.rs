//! Whether a set-off is the largest there is, found out the slow way.
//!
//! A feasible set-off is the largest if and only if no circle of changes makes it larger: raising
//! what is cleared of some debts by a unit (gain one each) and lowering that of others (loss one
//! each) along a closed chain (Klein 1967, "A primal method for minimal cost flows"). Bellman and
//! Ford's algorithm looks for such a circle in `O(n · m)`; no certificate is trusted.

use std::collections::BTreeMap;

use jiff::civil::Date;

/// One debt with what is cleared of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    /// Who owes.
    pub from: u32,
    /// Who is owed.
    pub to: u32,
    /// How much.
    pub capacity: i128,
    /// How much of it is cleared.
    pub cleared: i128,
    /// When it is due.
    pub due: Date,
}

/// Whether no circle of changes gains.
pub(super) fn is_largest(arcs: &[Arc]) -> bool {
    let mut places: BTreeMap<u32, usize> = BTreeMap::new();
    let mut changes: Vec<(usize, usize, i64)> = Vec::new();
    for arc in arcs {
        let next = places.len();
        let from = *places.entry(arc.from).or_insert(next);
        let next = places.len();
        let to = *places.entry(arc.to).or_insert(next);
        if arc.cleared < arc.capacity {
            changes.push((from, to, 1));
        }
        if arc.cleared > 0 {
            changes.push((to, from, -1));
        }
    }
    changes.sort_unstable();
    changes.dedup();
    let mut best = vec![0_i64; places.len()];
    for _ in 0..=places.len() {
        let mut better = false;
        for &(from, to, gain) in &changes {
            if best[from] + gain > best[to] {
                best[to] = best[from] + gain;
                better = true;
            }
        }
        if !better {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arc(from: u32, to: u32, capacity: i128, cleared: i128) -> Arc {
        Arc { from, to, capacity, cleared, due: Date::constant(2026, 1, 1) }
    }

    #[test]
    fn a_circle_that_was_left_is_seen_and_the_longer_of_two_ways_is_the_larger_set_off() {
        assert!(!is_largest(&[arc(0, 1, 5, 0), arc(1, 0, 3, 0)]));
        assert!(is_largest(&[arc(0, 1, 5, 3), arc(1, 0, 3, 3)]));
        // From 1 back to 0: straight, or by way of 2, which discharges one debt more.
        let straight = [arc(0, 1, 1, 1), arc(1, 0, 1, 1), arc(1, 2, 1, 0), arc(2, 0, 1, 0)];
        let longer = [arc(0, 1, 1, 1), arc(1, 0, 1, 0), arc(1, 2, 1, 1), arc(2, 0, 1, 1)];
        assert!(!is_largest(&straight));
        assert!(is_largest(&longer));
    }
}
