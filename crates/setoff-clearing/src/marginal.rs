//! Who should get the next unit of money: what it would discharge, member by member.
//!
//! # The problem
//! A clearing discharges the most for the liquidity there is. If its funder had one unit more, for
//! one member only: how much more would be discharged then?
//!
//! # The method
//! The unit is a new arc from the funder to the member. It changes the set-off along one circle: the
//! new arc, and then a way of changes from the member back to the funder (further debts discharged,
//! or others less, or money rerouted). So what it discharges is the *longest way* from the member to
//! the funder in the residual network, where discharging a debt of weight `w` counts `w` and
//! discharging it less counts `−w`; or nothing, if no way counts more than 0.
//!
//! The certificate turns longest ways into shortest ones over lengths that are not negative: a debt
//! with the gain `g` that is not discharged whole has the length `−g`, and `g` the other way round
//! where something is discharged. One search from the funder backwards then serves all members
//! (E. W. Dijkstra, *A note on two problems in connexion with graphs*, Numerische Mathematik 1, 1959,
//! with the potentials of J. Edmonds and R. M. Karp, Journal of the ACM 19, 1972).
//!
//! The potentials alone would not do. Their difference between funder and member bounds what a unit
//! discharges from above; but optimal potentials are not unique, and only the lowest such bound, which
//! the search finds, is reached.
//!
//! # What holds how far
//! By the way found, as many units as it has room for discharge the same each: that is
//! [`Marginal::at_least`], the most there is on any longest way. What a member's units discharge
//! never rises as it gets more. Values of several members do not add up: they may need the same debts.
//!
//! At the [lowest price](Funded::lowest_price), with `k` tills, a way counts `(2k + 1)·a − b`, where
//! `a` is what it discharges and `b` the money that it uses besides the unit; it meets each till at
//! most once, so that `b` is from `−k` to `k`, and `a` is the nearest whole number to the count over
//! `2k + 1`. So `a` is the largest there is.
//!
//! `O((n + m) log n)` for `n` nodes and `m` arcs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::{Debt, Funded, FundedClearing, LiquidityError, verify};

/// What one more unit of a funder's money discharges in a member's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marginal {
    /// Who would get it.
    pub member: u32,
    /// What each unit discharges (the weighted sum), more than 0.
    pub discharge: i128,
    /// So many units at least discharge as much each.
    pub at_least: u64,
}

/// For one funder, the members in whose hands a further unit of its money would discharge something,
/// the largest value first, then by number.
///
/// `clearing` is what [`Funded::clear`] found.
///
/// # Errors
/// [`LiquidityError::Price`] if the clearing is one at another price, [`LiquidityError::Unproven`] if
/// it is not one of `funded`, and those of [`Funded::priced`].
pub fn marginal_values(
    funded: &Funded<'_>,
    clearing: &FundedClearing,
    funder: u32,
) -> Result<Vec<Marginal>, LiquidityError> {
    let lowest = funded.lowest_price();
    let network = funded.priced(Some(lowest))?;
    let (discharges, potentials) =
        (&clearing.proof.discharges, &clearing.proof.certificate.potentials);
    verify(&network, discharges, &clearing.proof.certificate).map_err(LiquidityError::Unproven)?;
    if clearing.price != Some(lowest) {
        return Err(LiquidityError::Price);
    }
    if funder >= network.members() {
        return Ok(Vec::new());
    }

    let ways = Ways::to(funder, network.debts(), discharges, potentials);
    let potential = |node: u32| i128::from(potentials[node as usize]);
    let scale = i128::from(lowest.money);
    let mut values: Vec<Marginal> = (0..funded.network().members())
        .filter(|member| *member != funder)
        .filter_map(|member| {
            let way = ways.of[member as usize]?;
            let count = potential(funder) - potential(member) - way.length;
            // The nearest whole number: the scale is odd.
            let discharge = (count + scale / 2).div_euclid(scale);
            (discharge > 0).then_some(Marginal { member, discharge, at_least: way.room })
        })
        .collect();
    values.sort_by_key(|value| (Reverse(value.discharge), value.member));
    Ok(values)
}

/// The best way from each node to one node.
struct Ways {
    of: Vec<Option<Way>>,
}

/// The shorter is better, and of equally short ones that with more room.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Way {
    length: i128,
    room: u64,
}

impl Ways {
    fn to(target: u32, debts: &[Debt], discharges: &[u64], potentials: &[i64]) -> Self {
        let around = Around::new(debts, potentials.len());
        let mut of: Vec<Option<Way>> = vec![None; potentials.len()];
        let mut queue = BinaryHeap::new();
        queue.push((Reverse(0), u64::MAX, target));
        while let Some((Reverse(length), room, node)) = queue.pop() {
            if of[node as usize].is_some() {
                continue;
            }
            of[node as usize] = Some(Way { length, room });
            for &place in around.arcs(node) {
                let debt = debts[place as usize];
                let discharged = discharges[place as usize];
                let potential = |node: u32| i128::from(potentials[node as usize]);
                let gain =
                    i128::from(debt.weight) + potential(debt.debtor) - potential(debt.creditor);
                // To be discharged more, from the debtor; or less, from the creditor.
                let (before, longer, left) = if debt.creditor == node {
                    (debt.debtor, -gain, debt.amount - discharged)
                } else {
                    (debt.creditor, gain, discharged)
                };
                if left > 0 && of[before as usize].is_none() {
                    debug_assert!(longer >= 0, "the certificate verifies");
                    queue.push((Reverse(length + longer), room.min(left), before));
                }
            }
        }
        Self { of }
    }
}

/// The debts at each node, either way.
struct Around {
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl Around {
    fn new(debts: &[Debt], nodes: usize) -> Self {
        let mut starts = vec![0; nodes + 1];
        for debt in debts {
            starts[debt.debtor as usize + 1] += 1;
            starts[debt.creditor as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut places = vec![0; 2 * debts.len()];
        for (place, debt) in (0..).zip(debts) {
            for node in [debt.debtor, debt.creditor] {
                places[next[node as usize] as usize] = place;
                next[node as usize] += 1;
            }
        }
        Self { starts, places }
    }

    fn arcs(&self, node: u32) -> &[u32] {
        let [start, end] = [node as usize, node as usize + 1].map(|n| self.starts[n] as usize);
        &self.places[start..end]
    }
}
