//! How labels are stored: in four bytes where they fit, which is nearly always, or in eight.
//!
//! All arithmetic on labels is done in `i64`; only what lies in memory is narrow, because the
//! speed of the scans is that of reading labels.

/// A stored label.
pub(crate) trait Label: Copy {
    /// Labels beyond this are not stored; one step more than it must still be in range.
    const HIGHEST: i64;
    /// Stands for a label that is not known. Higher than all others.
    const UNKNOWN: Self;
    /// The stored label's value.
    fn wide(self) -> i64;
    /// Stores a label that is not above [`Label::HIGHEST`].
    fn narrow(label: i64) -> Self;
    /// The sum, modulo the stored width.
    fn plus(self, by: i64) -> Self;
    /// The difference, if that fits the stored width; sums before may have passed it.
    fn minus(self, other: Self) -> i64;
}

impl Label for i32 {
    const HIGHEST: i64 = i32::MAX as i64 / 2;
    const UNKNOWN: Self = Self::MAX;

    #[inline]
    fn wide(self) -> i64 {
        self.into()
    }

    #[inline]
    fn narrow(label: i64) -> Self {
        debug_assert!(label <= Self::HIGHEST, "callers look first");
        Self::try_from(label).unwrap_or(Self::UNKNOWN)
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "modulo 2^32")]
    fn plus(self, by: i64) -> Self {
        self.wrapping_add(by as Self)
    }

    #[inline]
    fn minus(self, other: Self) -> i64 {
        self.wrapping_sub(other).into()
    }
}

impl Label for i64 {
    const HIGHEST: i64 = i64::MAX;
    const UNKNOWN: Self = Self::MAX;

    #[inline]
    fn wide(self) -> i64 {
        self
    }

    #[inline]
    fn narrow(label: i64) -> Self {
        label
    }

    #[inline]
    fn plus(self, by: i64) -> Self {
        self.wrapping_add(by)
    }

    #[inline]
    fn minus(self, other: Self) -> i64 {
        self.wrapping_sub(other)
    }
}
