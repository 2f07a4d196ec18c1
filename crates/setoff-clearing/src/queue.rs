//! A queue of members by distance, for searches whose distances never fall.
//!
//! Two levels. Distances that agree in all but their last ten bits with the last one taken have a
//! bucket each (Dial, *Algorithm 360: Shortest-path forest with topological ordering*,
//! Communications of the ACM 12, 1969), so that all members of one distance can be taken at once.
//! The others wait in a radix heap over the rest of their bits (Ahuja, Mehlhorn, Orlin, Tarjan,
//! *Faster algorithms for the shortest path problem*, Journal of the ACM 37, 1990): heap `b` holds
//! those that differ from the last one taken first in bit `b − 1`.

/// How many bits of a distance the buckets tell apart.
const NEAR_BITS: u32 = 10;

/// How many members are taken at once at most.
pub(crate) const BATCH: usize = 16;

/// Members with their distances.
pub(crate) struct Queue {
    near: Vec<Vec<u32>>,
    /// The first bucket that may hold members.
    lowest: usize,
    /// What the distances in the buckets have in common: all but their last bits.
    block: u64,
    far: [Vec<(u64, u32)>; 65],
}

impl Queue {
    pub(crate) fn new() -> Self {
        Self {
            near: vec![Vec::new(); 1 << NEAR_BITS],
            lowest: 0,
            block: 0,
            far: [const { Vec::new() }; 65],
        }
    }

    /// Empties the queue and starts again from distance 0.
    pub(crate) fn clear(&mut self) {
        self.near.iter_mut().for_each(Vec::clear);
        self.far.iter_mut().for_each(Vec::clear);
        self.lowest = 0;
        self.block = 0;
    }

    /// Enters a member; `distance` is at least that of the last one taken.
    #[inline]
    pub(crate) fn enter(&mut self, distance: u64, member: u32) {
        let block = distance >> NEAR_BITS;
        if block == self.block {
            self.near[bucket(distance)].push(member);
        } else {
            debug_assert!(block > self.block, "distances never fall");
            let first_bit = u64::BITS - (block ^ self.block).leading_zeros();
            self.far[first_bit as usize].push((distance, member));
        }
    }

    /// Takes members of the least distance, up to [`BATCH`] of them, into `batch`.
    pub(crate) fn take(&mut self, batch: &mut Vec<u32>) -> Option<u64> {
        batch.clear();
        loop {
            while let Some(bucket) = self.near.get_mut(self.lowest) {
                if !bucket.is_empty() {
                    batch.extend(bucket.drain(bucket.len().saturating_sub(BATCH)..));
                    return Some((self.block << NEAR_BITS) + self.lowest as u64);
                }
                self.lowest += 1;
            }
            self.refill()?;
        }
    }

    /// Spreads the lowest heap that holds any members over those below it and the buckets.
    fn refill(&mut self) -> Option<()> {
        let lowest = self.far.iter().position(|heap| !heap.is_empty())?;
        let mut spread = std::mem::take(&mut self.far[lowest]);
        let least = spread.iter().map(|(distance, _)| *distance).min()?;
        self.block = least >> NEAR_BITS;
        self.lowest = bucket(least);
        for (distance, member) in spread.drain(..) {
            self.enter(distance, member);
        }
        // Keeps the room for the next time.
        self.far[lowest] = spread;
        Some(())
    }
}

#[inline]
fn bucket(distance: u64) -> usize {
    (distance & ((1 << NEAR_BITS) - 1)) as usize
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

        let (mut taken, mut batch) = (Vec::new(), Vec::new());
        while let Some(distance) = queue.take(&mut batch) {
            for &member in &batch {
                assert_eq!(distances[member as usize], distance);
                taken.push(distance);
                if member % 3 == 0 && distances.len() < 2000 {
                    queue.enter((distance + 1) << 5, u32::try_from(distances.len()).unwrap());
                    distances.push((distance + 1) << 5);
                }
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

        let mut batch = Vec::new();
        assert_eq!((queue.take(&mut batch), &batch[..]), (Some(0), &[2][..]));
        assert_eq!((queue.take(&mut batch), &batch[..]), (Some(u64::MAX), &[1][..]));
        assert_eq!(queue.take(&mut batch), None);
    }
}
