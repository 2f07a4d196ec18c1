//! Texts that are one letter apart: one changed, added or left out, or two neighbours swapped.
//!
//! Found by the deletion neighbourhood: two texts are one letter apart only if they become equal
//! when one letter is left out of one or of both. So only texts that share such a rest are
//! compared, not all with all.

/// More names than this that are equal up to one certain letter are numbered, not mistyped.
const MOST_TYPOS: usize = 50;

/// The pairs of distinct keys that are one letter apart, named by what stands beside the keys.
pub(super) fn one_letter_apart(keys: &[(&str, usize)]) -> Vec<(usize, usize)> {
    let mut neighbourhood: Vec<(u64, usize)> = Vec::new();
    for (i, (key, _)) in keys.iter().enumerate() {
        let hashes = hashes_with_one_letter_out(key.as_bytes());
        neighbourhood.extend(hashes.into_iter().map(|hash| (hash, i)));
    }
    neighbourhood.sort_unstable();
    neighbourhood.dedup();

    let mut pairs = Vec::new();
    for same in neighbourhood.chunk_by(|a, b| a.0 == b.0) {
        if same.len() > MOST_TYPOS {
            continue;
        }
        for (n, &(_, i)) in same.iter().enumerate() {
            for &(_, j) in &same[n + 1..] {
                // The hash says only that they may be.
                if differ_in_one_letter(keys[i].0.as_bytes(), keys[j].0.as_bytes()) {
                    pairs.push((i, j));
                }
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let name = |i: usize| keys[i].1;
    pairs.into_iter().map(|(i, j)| (name(i), name(j))).collect()
}

/// Hashes of a text as it is and with each one of its letters left out.
///
/// They are polynomials in an odd base, modulo 2^64, so that the hash of what stands before and
/// of what stands after a letter give that of both in constant time.
fn hashes_with_one_letter_out(text: &[u8]) -> Vec<u64> {
    const BASE: u64 = 0x9E37_79B9_7F4A_7C15;
    let value = |byte: u8| u64::from(byte) + 1;
    let mut before = vec![0_u64];
    for (i, &byte) in text.iter().enumerate() {
        before.push(before[i].wrapping_mul(BASE).wrapping_add(value(byte)));
    }

    let mut hashes = vec![before[text.len()]];
    let (mut after, mut power) = (0_u64, 1_u64);
    for (i, &byte) in text.iter().enumerate().rev() {
        if could_be_a_letter(byte) {
            hashes.push(before[i].wrapping_mul(power).wrapping_add(after));
        }
        after = after.wrapping_add(value(byte).wrapping_mul(power));
        power = power.wrapping_mul(BASE);
    }
    hashes
}

/// A digit is no typo, except one that is taken for a letter.
fn could_be_a_letter(byte: u8) -> bool {
    !byte.is_ascii_digit() || matches!(byte, b'0' | b'1')
}

/// Whether one letter was changed, added, left out, or swapped with its neighbour.
fn differ_in_one_letter(a: &[u8], b: &[u8]) -> bool {
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let same = |(a, b): &(&u8, &u8)| a == b;
    let start = long.iter().zip(short).take_while(same).count();
    let (long, short) = (&long[start..], &short[start..]);
    let end = long.iter().rev().zip(short.iter().rev()).take_while(same).count();
    let digit = |bytes: &[u8]| bytes.iter().any(u8::is_ascii_digit);
    match (&long[..long.len() - end], &short[..short.len() - end]) {
        (added @ [_], []) => !digit(added),
        (&[one], &[other]) => !digit(&[one, other]) || is_digit_for_letter(one, other),
        (&[first, second], swapped) => swapped == [second, first] && !digit(swapped),
        _ => false,
    }
}

/// Whether a digit stands for a letter that looks like it.
fn is_digit_for_letter(one: u8, other: u8) -> bool {
    matches!((one.min(other), one.max(other)), (b'0', b'o') | (b'1', b'l' | b'i'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_neighbourhood_finds_what_comparing_all_pairs_finds(
            words in prop::collection::btree_set("[abc]{6,8}", 2..20),
        ) {
            let keys: Vec<(&str, usize)> =
                words.iter().enumerate().map(|(i, word)| (word.as_str(), i)).collect();

            let found = one_letter_apart(&keys);

            let mut expected = Vec::new();
            for (i, (a, _)) in keys.iter().enumerate() {
                for (j, (b, _)) in keys.iter().enumerate().skip(i + 1) {
                    if strsim::osa_distance(a, b) == 1 {
                        expected.push((i, j));
                    }
                }
            }
            prop_assert_eq!(found, expected);
        }
    }
}
