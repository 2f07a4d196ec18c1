//! An amount of money in whole minor units.

/// An amount in whole minor units of a currency that stands beside it: 12 euro is `Minor(1200)`,
/// 12 yen is `Minor(12)`.
///
/// Sums of many amounts are kept in `i128`, which no file can overflow: 2^64 amounts of 2^62
/// each stay below 2^126.
///
/// With the feature `serde` it is a whole number in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Minor(pub i64);

impl Minor {
    /// The largest amount of one obligation, 2^62 minor units (46 quadrillion euro).
    pub const LARGEST: Self = Self(1 << 62);

    /// The amount as a term of a sum.
    #[must_use]
    pub fn wide(self) -> i128 {
        i128::from(self.0)
    }
}
