//! The order in which the optimiser looks at the members, drawn from the seed.
//!
//! An optimum is rarely unique, and which of several the optimiser finds depends on the order in
//! which it meets members and debts. So that order must not come from the input file, or whoever
//! writes the file could steer the result: it is drawn from the seed, and from nothing else.
//!
//! The generator is `SplitMix64` (Steele, Lea, Flood, *Fast splittable pseudorandom number
//! generators*, OOPSLA 2014), the shuffle is Fisher and Yates' in Durstenfeld's form. Neither is
//! meant to withstand cryptanalysis: nobody may choose the seed, that is what makes the draw fair.

use crate::Seed;

/// The numbers `0..count`, shuffled.
pub(crate) fn shuffled(count: u32, seed: Seed) -> Vec<u32> {
    let mut generator = Generator::new(seed);
    let mut numbers: Vec<u32> = (0..count).collect();
    let mut unshuffled = numbers.as_mut_slice();
    while let Some(bound) = u64::try_from(unshuffled.len()).ok().filter(|len| *len > 1) {
        let drawn = generator.below(bound);
        let last = unshuffled.len() - 1;
        unshuffled.swap(last, drawn);
        unshuffled = &mut unshuffled[..last];
    }
    numbers
}

/// `SplitMix64`.
struct Generator {
    state: u64,
}

impl Generator {
    /// Folds the seed's four 64-bit words, little-endian, into the state.
    fn new(seed: Seed) -> Self {
        let mut generator = Self { state: 0 };
        let (words, _) = seed.0.as_chunks::<8>();
        for word in words {
            generator.state = generator.next() ^ u64::from_le_bytes(*word);
        }
        generator
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is at most 2^32: the high half of a 128-bit product, whose
    /// departure from even odds is under 2^-32.
    fn below(&mut self, bound: u64) -> usize {
        let high = (u128::from(self.next()) * u128::from(bound)) >> 64;
        usize::try_from(high).expect("below bound, which came from a usize")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_stays_and_the_seed_decides_the_place() {
        let one = shuffled(1000, Seed([1; 32]));
        let two = shuffled(1000, Seed([2; 32]));

        assert_ne!(one, two);
        for mut numbers in [one, two] {
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(0..1000));
        }
    }

    #[test]
    fn every_byte_of_the_seed_counts() {
        let plain = shuffled(1000, Seed::default());

        for byte in 0..32 {
            let mut seed = Seed::default();
            seed.0[byte] = 1;
            assert_ne!(shuffled(1000, seed), plain, "byte {byte}");
        }
    }

    #[test]
    fn none_and_one_need_no_draw() {
        assert!(shuffled(0, Seed::default()).is_empty());
        assert_eq!(shuffled(1, Seed::default()), [0]);
    }
}
