//! Chance, by seed and step: what happens at a step depends on no draw of another step, so that
//! steps can be left out when a failure is made smaller.

/// The chance of one step.
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    /// The dice of this step under this seed.
    #[must_use]
    pub(crate) fn of(seed: u64, step: u64) -> Self {
        // Neighbours must not be alike: both numbers go through a mixer (Steele, Lea, Flood 2014,
        // "Fast splittable pseudorandom number generators").
        Self(fastrand::Rng::with_seed(mix(mix(seed) ^ step)))
    }

    /// A number from 0 to below `end`; 0 where that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { self.0.usize(..end) }
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn within(&mut self, low: i64, high: i64) -> i64 {
        self.0.i64(low..=high)
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these; none where there are none.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// One of these, each as often as its weight says.
    ///
    /// # Panics
    /// If the list is empty.
    pub(crate) fn weighted<T: Copy>(&mut self, of: &[(usize, T)]) -> T {
        let all: usize = of.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(all);
        for (weight, one) in of {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        of[of.len() - 1].1
    }

    /// 32 bytes.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill(&mut bytes);
        bytes
    }
}

fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
