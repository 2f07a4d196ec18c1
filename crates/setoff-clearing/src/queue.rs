//! A queue of members by distance, for searches whose distances never fall.
//!
//! A radix heap (Ahuja, Mehlhorn, Orlin, Tarjan, *Faster algorithms for the shortest path
//! problem*, Journal of the ACM 37, 1990): bucket `b` holds the members whose distance differs
//! from the last one taken first in bit `b − 1`. A member only ever moves to lower buckets, at
//! most 64 times, and mostly once or twice, since buckets are emptied in whole sweeps.

/// Members with their distances.
pub(crate) struct Queue {
    buckets: [Vec<(u64, u32)>; 65],
    last: u64,
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self { buckets: [const { Vec::new() }; 65], last: 0 }
    }

    /// Empties the queue and starts again from distance 0.
    pub(crate) fn clear(&mut self) {
        self.buckets.iter_mut().for_each(Vec::clear);
        self.last = 0;
    }

    /// Enters a member; `distance` is at least that of the last one taken.
    pub(crate) fn enter(&mut self, distance: u64, member: u32) {
        debug_assert!(distance >= self.last, "distances never fall");
        self.buckets[bucket(distance, self.last)].push((distance, member));
    }

    /// Takes a member of least distance.
    pub(crate) fn take(&mut self) -> Option<(u64, u32)> {
        if self.buckets[0].is_empty() {
            self.refill();
        }
        self.buckets[0].pop()
    }

    /// Spreads the lowest bucket that holds any members over those below it.
    fn refill(&mut self) {
        let Some(lowest) = self.buckets.iter().position(|bucket| !bucket.is_empty()) else {
            return;
        };
        let mut spread = std::mem::take(&mut self.buckets[lowest]);
        self.last = spread.iter().map(|(distance, _)| *distance).min().unwrap_or(self.last);
        for (distance, member) in spread.drain(..) {
            self.buckets[bucket(distance, self.last)].push((distance, member));
        }
        // Keeps the room for the next time.
        self.buckets[lowest] = spread;
    }
}

fn bucket(distance: u64, last: u64) -> usize {
    (u64::BITS - (distance ^ last).leading_zeros()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_in_the_order_of_distance_while_more_are_entered() {
        let mut queue = Queue::new();
        let mut distances: Vec<u64> = (0..500).map(|i| (i * i * 7919) % 10_007).collect();
        for (member, distance) in (0..).zip(&distances) {
            queue.enter(*distance, member);
        }

        let mut taken = Vec::new();
        while let Some((distance, member)) = queue.take() {
            taken.push(distance);
            if member % 3 == 0 && distances.len() < 2000 {
                distances.push((distance + 1) << 5);
                queue.enter((distance + 1) << 5, member);
            }
        }

        distances.sort_unstable();
        assert_eq!(taken, distances);
    }

    #[test]
    fn the_whole_range_of_distances_fits() {
        let mut queue = Queue::new();
        queue.enter(u64::MAX, 1);
        queue.enter(0, 2);

        assert_eq!(queue.take(), Some((0, 2)));
        assert_eq!(queue.take(), Some((u64::MAX, 1)));
        assert_eq!(queue.take(), None);
    }
}
