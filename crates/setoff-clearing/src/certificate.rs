//! The witness that a clearing is the best possible.

/// A potential for every member, the dual solution of the set-off.
///
/// With `gain(d) = d.weight + potentials[d.debtor] - potentials[d.creditor]` for a debt `d`, a
/// conserved set-off is the largest if every debt with a positive gain is discharged whole and
/// every debt with a negative gain not at all (complementary slackness).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// One whole number a member, in the network's numbering.
    pub potentials: Vec<i64>,
}
