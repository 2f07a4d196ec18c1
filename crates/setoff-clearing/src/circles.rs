//! A set-off taken apart into closed chains of debt.

use crate::Debt;

/// Closed chains of debt whose sum is a conserved set-off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circles {
    members: Vec<u32>,
    ends: Vec<usize>,
    amounts: Vec<u64>,
}

impl Circles {
    /// How many circles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing was set off.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The members of a circle, each a debtor of the next and the last of the first, and the
    /// amount by which each of these debts is lighter.
    #[must_use]
    pub fn get(&self, circle: usize) -> (&[u32], u64) {
        let start = if circle == 0 { 0 } else { self.ends[circle - 1] };
        (&self.members[start..self.ends[circle]], self.amounts[circle])
    }
}

/// Takes a conserved flow apart into circles; `flow` holds at most one entry a debtor and
/// creditor, `amount` being what flows (weights are ignored).
#[must_use]
pub fn circles(_members: u32, _flow: &[Debt]) -> Circles {
    todo!()
}
