//! The Merkle tree over a journal: one hash, the *root*, that fixes every entry and their order.
//!
//! **The tree** is that of RFC 9162, section 2.1 (and RFC 6962). With leaf data `d₀ … dₙ₋₁`,
//!
//! ```text
//! root()           = SHA-256("")
//! root(d₀)         = SHA-256(0x00 ‖ d₀)
//! root(d₀ … dₙ₋₁)  = SHA-256(0x01 ‖ root(d₀ … dₖ₋₁) ‖ root(dₖ … dₙ₋₁)),   k the largest power of 2 below n
//! ```
//!
//! **What is kept.** A *complete* subtree covers `2^level` leaves from a multiple of `2^level` on;
//! its hash never changes again. Each one ends in exactly one leaf, so a journal keeps its hash
//! beside that leaf: with leaf `i` come the hashes of the complete subtrees that end in it, from
//! level 0, the leaf itself, upwards, one more than `i` has trailing one bits ([`Hashes`]). That
//! is two hashes a leaf on average. Everything else follows: the root at any size and each proof
//! needs O(log² n) of them at most.
//!
//! **Appending** needs only the right edge, the hashes of the largest complete subtrees from left
//! to right, one for each one bit of the size: O(log n) memory, O(1) hashes a leaf on average.
//!
//! **Proofs** are those of RFC 9162: that an entry is in a tree of a certain root (2.1.3), and
//! that one tree is the beginning of another (2.1.4). Their verifiers need no journal.

use crate::hash::Hash;

/// The root of the empty tree.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The hash of a leaf with this data.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    Hash::of(&[&[0], data])
}

/// The hash of an inner node over these two.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[&[1], &left.0, &right.0])
}

/// Names a complete subtree: `2^level` leaves from leaf `index · 2^level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Node {
    /// 0 for a leaf.
    pub level: u32,
    /// Counted from the left among those of its level.
    pub index: u64,
}

impl Node {
    /// The leaf that it ends in, beside which its hash is kept at place [`level`](Self::level).
    #[must_use]
    pub fn last_leaf(self) -> u64 {
        ((self.index + 1) << self.level) - 1
    }
}

/// The hashes of the complete subtrees that end in one leaf, the leaf's own first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashes(Vec<Hash>);

impl Hashes {
    /// The leaf's own hash.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        self.0[0]
    }

    /// The hash of the complete subtree of this level that ends in the leaf, if there is one.
    #[must_use]
    pub fn level(&self, level: u32) -> Option<Hash> {
        self.0.get(usize::try_from(level).ok()?).copied()
    }

    /// All of them one after the other, 32 bytes each.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|hash| hash.0).collect()
    }

    /// What [`to_bytes`](Self::to_bytes) made for leaf `leaf`; nothing where the length is wrong.
    #[must_use]
    pub fn from_bytes(leaf: u64, bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        let expected = usize::try_from(leaf.trailing_ones()).ok()? + 1;
        let whole = rest.is_empty() && hashes.len() == expected;
        whole.then(|| Self(hashes.iter().map(|bytes| Hash(*bytes)).collect()))
    }
}

/// A tree that grows: its size and its right edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// The hashes of [`edge`]`(size)`, from left to right.
    edge: Vec<Hash>,
}

impl Tree {
    /// The tree of the first `size` leaves, from the stored hashes of its [`edge`].
    ///
    /// # Errors
    /// Those of `read`.
    pub fn at<E>(size: u64, read: impl FnMut(Node) -> Result<Hash, E>) -> Result<Self, E> {
        Ok(Self { size, edge: edge(size).map(read).collect::<Result<_, _>>()? })
    }

    /// How many leaves it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf with this hash, and gives what is to be kept beside it.
    pub fn append(&mut self, leaf: Hash) -> Hashes {
        let mut hashes = vec![leaf];
        let mut top = leaf;
        let joined = self.size.trailing_ones() as usize;
        for left in self.edge.drain(self.edge.len() - joined..).rev() {
            top = node_hash(&left, &top);
            hashes.push(top);
        }
        self.edge.push(top);
        self.size += 1;
        debug_assert_eq!(self.edge.len(), self.size.count_ones() as usize);
        Hashes(hashes)
    }

    /// The root. O(log n).
    #[must_use]
    pub fn root(&self) -> Hash {
        let folded = self.edge.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
        folded.unwrap_or_else(empty_root)
    }
}

/// The largest complete subtrees that a tree of this size is made of, from left to right: one for
/// each one bit of the size.
pub fn edge(size: u64) -> impl Iterator<Item = Node> {
    let level_of_bits = (0..u64::BITS).rev().filter(move |level| size >> level & 1 == 1);
    level_of_bits.map(move |level| Node { level, index: (size >> level) - 1 })
}

/// The root of the first `size` leaves.
///
/// # Errors
/// Those of `read`.
pub fn root_at<E>(size: u64, read: impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    Ok(Tree::at(size, read)?.root())
}

/// A proof was asked for that no tree has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tree of {size} entries has no proof for {asked}: ask for one within it")]
pub struct OutOfRange {
    /// The entry or the smaller size that was asked for.
    pub asked: u64,
    /// The size of the tree.
    pub size: u64,
}

/// The proof that leaf `index` is in the tree of the first `size` leaves (RFC 9162, 2.1.3.1).
///
/// # Errors
/// [`OutOfRange`] unless `index < size`, and those of `read`.
pub fn inclusion_proof<E: From<OutOfRange>>(
    index: u64,
    size: u64,
    mut read: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if index >= size {
        return Err(OutOfRange { asked: index, size }.into());
    }
    let mut path = Vec::new();
    let (mut begin, mut end) = (0, size);
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push((middle, end));
            end = middle;
        } else {
            path.push((begin, middle));
            begin = middle;
        }
    }
    path.into_iter().rev().map(|(begin, end)| range(begin, end, &mut read)).collect()
}

/// The proof that the tree of the first `old` leaves is the beginning of the tree of the first
/// `size` leaves (RFC 9162, 2.1.4.1). It is empty where `old` is 0 or `size`.
///
/// # Errors
/// [`OutOfRange`] unless `old ≤ size`, and those of `read`.
pub fn consistency_proof<E: From<OutOfRange>>(
    old: u64,
    size: u64,
    mut read: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if old > size {
        return Err(OutOfRange { asked: old, size }.into());
    }
    if old == 0 || old == size {
        return Ok(Vec::new());
    }
    let mut path = Vec::new();
    let (mut begin, mut end) = (0, size);
    while old != end {
        let middle = begin + split(end - begin);
        if old <= middle {
            path.push((middle, end));
            end = middle;
        } else {
            path.push((begin, middle));
            begin = middle;
        }
    }
    if begin != 0 {
        path.push((begin, end));
    }
    path.into_iter().rev().map(|(begin, end)| range(begin, end, &mut read)).collect()
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The hash over leaves `begin..end`, which a tree of `end` leaves has as a subtree.
fn range<E>(
    begin: u64,
    end: u64,
    read: &mut impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let count = end - begin;
    if count.is_power_of_two() {
        let level = count.ilog2();
        return read(Node { level, index: begin >> level });
    }
    let middle = begin + split(count);
    Ok(node_hash(&range(begin, middle, read)?, &range(middle, end, read)?))
}

/// Whether the proof shows that leaf `index` with this hash is in the tree of `size` leaves with
/// this root (RFC 9162, 2.1.3.2).
#[must_use]
pub fn verify_inclusion(index: u64, size: u64, leaf: &Hash, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut index, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if index & 1 == 1 || index == last {
            hash = node_hash(sibling, &hash);
            while index & 1 == 0 && index != 0 {
                index >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        index >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether the proof shows that the tree of `old` leaves and root `old_root` is the beginning of
/// the tree of `size` leaves and root `root` (RFC 9162, 2.1.4.2).
///
/// An old tree of no leaves is refused, whatever the new one: it is the beginning of every tree, so
/// that a proof from it shows nothing. Only the empty tree is the same as itself.
#[must_use]
pub fn verify_consistency(
    old: u64,
    size: u64,
    old_root: &Hash,
    root: &Hash,
    proof: &[Hash],
) -> bool {
    if old == size {
        let is_empty_tree = old != 0 || *root == empty_root();
        return proof.is_empty() && old_root == root && is_empty_tree;
    }
    if old == 0 || old > size {
        return false;
    }
    let mut proof = proof.iter();
    // A complete old tree is itself the first hash of the path, and is left out of the proof.
    let first = if old.is_power_of_two() { Some(old_root) } else { proof.next() };
    let Some(first) = first else { return false };
    let (mut index, mut last) = (old - 1, size - 1);
    let shift = index.trailing_ones();
    index >>= shift;
    last >>= shift;
    let (mut old_hash, mut hash) = (*first, *first);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if index & 1 == 1 || index == last {
            old_hash = node_hash(sibling, &old_hash);
            hash = node_hash(sibling, &hash);
            while index & 1 == 0 && index != 0 {
                index >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        index >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && hash == *root
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Refused(OutOfRange);

    impl From<OutOfRange> for Refused {
        fn from(error: OutOfRange) -> Self {
            Self(error)
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    /// The definition of RFC 9162, word by word.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let mut k = 1;
                while k * 2 < leaves.len() {
                    k *= 2;
                }
                node_hash(&naive_root(&leaves[..k]), &naive_root(&leaves[k..]))
            }
        }
    }

    fn kept(leaves: &[Hash]) -> Vec<Hashes> {
        let mut tree = Tree::default();
        leaves.iter().map(|leaf| tree.append(*leaf)).collect()
    }

    fn read<E>(kept: &[Hashes]) -> impl FnMut(Node) -> Result<Hash, E> {
        |node| {
            let beside = &kept[usize::try_from(node.last_leaf()).unwrap()];
            Ok(beside.level(node.level).expect("each complete subtree is kept"))
        }
    }

    #[test]
    fn the_root_at_each_size_is_the_definitions() {
        let leaves = leaves(70);
        let kept = kept(&leaves);
        let mut tree = Tree::default();

        for size in 0..=leaves.len() {
            let expected = naive_root(&leaves[..size]);
            assert_eq!(tree.root(), expected);
            assert_eq!(root_at(size as u64, read::<Infallible>(&kept)), Ok(expected));
            assert_eq!(Tree::at(size as u64, read::<Infallible>(&kept)), Ok(tree.clone()));
            if let Some(leaf) = leaves.get(size) {
                tree.append(*leaf);
            }
        }
    }

    #[test]
    fn every_inclusion_proof_of_small_trees_verifies_and_for_no_other_leaf() {
        let leaves = leaves(33);
        let kept = kept(&leaves);

        for size in 1..=33_u64 {
            let root = naive_root(&leaves[..usize::try_from(size).unwrap()]);
            for index in 0..size {
                let proof = inclusion_proof::<Refused>(index, size, read(&kept)).unwrap();
                for (other, leaf) in (0..size).zip(&leaves) {
                    let verified = verify_inclusion(other, size, leaf, &proof, &root);
                    assert_eq!(verified, other == index);
                }
            }
        }
    }

    #[test]
    fn every_consistency_proof_of_small_trees_verifies_and_for_no_other_size() {
        let leaves = leaves(33);
        let kept = kept(&leaves);
        let root = |size: u64| naive_root(&leaves[..usize::try_from(size).unwrap()]);

        for size in 1..=33 {
            for old in 1..=size {
                let proof = consistency_proof::<Refused>(old, size, read(&kept)).unwrap();
                for other in 1..=size {
                    let verified =
                        verify_consistency(other, size, &root(other), &root(size), &proof);
                    assert_eq!(verified, other == old, "{other} {old} {size}");
                }
            }
        }
    }

    #[test]
    fn a_proof_outside_the_tree_is_refused() {
        let kept = kept(&leaves(3));

        let outside = inclusion_proof::<Refused>(3, 3, read(&kept));
        assert_eq!(outside, Err(Refused(OutOfRange { asked: 3, size: 3 })));
        let outside = consistency_proof::<Refused>(4, 3, read(&kept));
        assert_eq!(outside, Err(Refused(OutOfRange { asked: 4, size: 3 })));
    }

    proptest! {
        #[test]
        fn proofs_of_larger_trees_verify_and_one_changed_bit_spoils_them(
            size in 1_u64..2000, pick in any::<u64>(), bit in 0_usize..256
        ) {
            let leaves = leaves(size);
            let kept = kept(&leaves);
            let index = pick % size;
            let root = naive_root(&leaves);
            let leaf = leaves[usize::try_from(index).unwrap()];
            let old = index + 1;
            let old_root = naive_root(&leaves[..usize::try_from(old).unwrap()]);

            let mut inclusion = inclusion_proof::<Refused>(index, size, read(&kept)).unwrap();
            let mut consistency = consistency_proof::<Refused>(old, size, read(&kept)).unwrap();

            prop_assert!(verify_inclusion(index, size, &leaf, &inclusion, &root));
            prop_assert!(verify_consistency(old, size, &old_root, &root, &consistency));
            for proof in [&mut inclusion, &mut consistency] {
                let Some(count) = u64::try_from(proof.len()).ok().filter(|n| *n > 0) else { continue };
                let place = usize::try_from(pick % count).unwrap();
                proof[place].0[bit / 8] ^= 1_u8 << (bit % 8);
            }
            prop_assert!(inclusion.is_empty()
                || !verify_inclusion(index, size, &leaf, &inclusion, &root));
            prop_assert!(consistency.is_empty()
                || !verify_consistency(old, size, &old_root, &root, &consistency));
        }

        #[test]
        fn kept_hashes_come_back_and_no_other_length_does(leaf in any::<u64>(), length in 0_usize..70) {
            let bytes = vec![7; length * 32];
            let back = Hashes::from_bytes(leaf, &bytes);

            prop_assert_eq!(back.is_some(), length == leaf.trailing_ones() as usize + 1);
            prop_assert!(back.is_none_or(|hashes| hashes.to_bytes() == bytes));
            prop_assert_eq!(Hashes::from_bytes(leaf, &vec![7; length * 32 + 1]), None);
        }
    }
}
