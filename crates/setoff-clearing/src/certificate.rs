//! The witness that a clearing is the best possible.
//!
//! A certifying algorithm hands out, with its answer, what makes the answer easy to check
//! (McConnell, Mehlhorn, Näher, Schweitzer, *Certifying algorithms*, 2011). Here that is the
//! solution of the dual problem: whole potentials `π` with the least `Σ c·max(0, w + π[debtor] −
//! π[creditor])`. That sum is an upper bound on every set-off, and the largest set-off reaches it.

/// A potential for every member, the dual solution of the set-off.
///
/// With `gain(d) = d.weight + potentials[d.debtor] - potentials[d.creditor]` for a debt `d`, a
/// conserved set-off is the largest if every debt with a positive gain is discharged whole and
/// every debt with a negative gain not at all (complementary slackness; [`verify`](crate::verify())
/// says why).
///
/// One may read it as a ranking of the members: debts that lead up by less than their weight, or
/// down, are set off whole, and debts that lead up by more are not set off at all. The optimiser's
/// potentials start at 0 and are small: with all weights 1 they rarely exceed the number of steps
/// from one end of the economy to the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// One whole number a member, in the network's numbering.
    pub potentials: Vec<i64>,
}
