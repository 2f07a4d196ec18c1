//! A set of numbers, one bit each, that can be walked without looking at those that are not in it.
//!
//! Which slots are open changes slot by slot and decides which slots a scan must read. Kept as
//! bits they fill an eighth of a byte a slot, so that they stay in the cache, and a scan jumps from
//! one open slot to the next without a branch that the processor can't foresee.

use std::ops::Range;

use prefetch_index::prefetch_index;

/// A set of numbers below a bound.
#[derive(Clone, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// None of the numbers below `bound`.
    pub(crate) fn none(bound: usize) -> Self {
        Self(vec![0; bound / 64 + 1])
    }

    /// Puts a number in.
    #[inline]
    pub(crate) fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// Takes a number out.
    #[inline]
    pub(crate) fn remove(&mut self, number: usize) {
        self.0[number / 64] &= !(1 << (number % 64));
    }

    /// Puts a number in or takes it out.
    pub(crate) fn set(&mut self, number: usize, is_in: bool) {
        if is_in {
            self.insert(number);
        } else {
            self.remove(number);
        }
    }

    /// Whether a number is in.
    #[inline]
    pub(crate) fn contains(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }

    /// Fetches the word that a number is in.
    #[inline]
    pub(crate) fn fetch(&self, number: usize) {
        prefetch_index(&self.0, number / 64);
    }

    /// Lets numbers up to a higher bound in.
    pub(crate) fn raise_bound(&mut self, bound: usize) {
        self.0.resize(self.0.len().max(bound / 64 + 1), 0);
    }

    /// The numbers of `range` that are in, in order. `range` ends at the bound or before.
    #[inline]
    pub(crate) fn within(&self, range: Range<usize>) -> Within<'_> {
        let first = range.start / 64;
        let word = self.0[first] & (!0 << (range.start % 64));
        Within { words: &self.0, word, base: first * 64, end: range.end }
    }
}

/// Walks the numbers that are in a range of [`Bits`].
pub(crate) struct Within<'a> {
    words: &'a [u64],
    /// What is left of the word that starts at number `base`.
    word: u64,
    base: usize,
    end: usize,
}

impl Iterator for Within<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.word == 0 {
            self.base += 64;
            if self.base >= self.end {
                return None;
            }
            self.word = self.words[self.base / 64];
        }
        let number = self.base + self.word.trailing_zeros() as usize;
        if number >= self.end {
            return None;
        }
        self.word &= self.word - 1;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_walked_in_order_and_nothing_beyond_it() {
        let mut bits = Bits::none(300);
        let numbers = [0, 1, 63, 64, 65, 127, 128, 200, 299];
        for number in numbers {
            bits.insert(number);
        }

        for start in 0..=300 {
            for end in start..=300 {
                let inside = numbers.into_iter().filter(|number| (start..end).contains(number));
                assert!(bits.within(start..end).eq(inside), "{start}..{end}");
            }
        }
    }

    #[test]
    fn what_is_taken_out_is_not_met() {
        let mut bits = Bits::none(64);
        bits.insert(5);
        bits.insert(6);
        bits.remove(5);

        assert!(bits.within(0..64).eq([6]));
    }
}
