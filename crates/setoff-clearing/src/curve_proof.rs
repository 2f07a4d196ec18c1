//! What proves a whole frontier: a flow for each of its points and potentials for each of its segments.
//!
//! # Why it is a proof
//! At a price of money `p / q`, for any potentials, no flow within the limits of the network of
//! [`Funded`] has a larger `q · discharged − p · money` than
//!
//! ```text
//! bound  =  Σ limit · max(0, gain),    gain = weight at that price + potential(from) − potential(to).
//! ```
//!
//! So with `M` of money no more than `(bound + p · M) / q` is discharged: a straight line that the
//! frontier is nowhere above. If the line runs through two points that flows reach, then between them
//! the frontier is nowhere below it either, and so is the line itself. For the segment of the slope
//! `p / q` the price is `p / q`; behind the last point it is 0. Together these lines and points are the
//! whole frontier.
//!
//! It takes a solve for each point and one for each segment, `2b + 2` for `b` segments, and as much memory
//! as that many flows.

use crate::{Clearing, Frontier, Funded, LiquidityError, Network, Price, Seed, Slope, Violation};

/// The proof of a frontier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurveProof {
    /// The arcs: first the debts with their weights; then what carries money and credit, with the
    /// weight −1 where money is counted and 0 elsewhere.
    pub network: Network,
    /// For each point of the frontier, what flows through each arc.
    pub flows: Vec<Vec<u64>>,
    /// For each point, the potentials of all nodes at the price of the segment that starts there; at the
    /// last at the price 0.
    pub potentials: Vec<Vec<i64>>,
}

/// Finds the flows and potentials that prove a frontier, with the seed that found it.
///
/// # Errors
/// Those of [`Funded::clear_at`]; [`LiquidityError::Unproven`] if the frontier is not one of `funded`.
pub fn prove_frontier(
    funded: &Funded<'_>,
    frontier: &Frontier,
    seed: Seed,
) -> Result<CurveProof, LiquidityError> {
    let network = funded.priced(Some(Price { discharge: 1, money: 1 }))?;
    let without_money = funded.priced(None)?.debts().len();
    let debts = funded.network().debts().len();
    let nothing = Price { discharge: 0, money: 1 };
    let slopes = frontier.slopes().map(Slope::price);
    let mut flows = Vec::with_capacity(frontier.points.len());
    let mut potentials = Vec::with_capacity(frontier.points.len());
    for (point, price) in frontier.points.iter().zip(slopes.chain([Ok(nothing)])) {
        let found = funded.clear_at(point.price, seed)?;
        if (found.money, found.weighted) != (point.money, point.weighted) {
            return Err(LiquidityError::Unproven(Violation::Discharges));
        }
        let Clearing { mut discharges, .. } = found.proof;
        if point.price.is_none() {
            // What carries money comes first behind the debts, and none of it was there.
            let idle = std::iter::repeat_n(0, network.debts().len() - without_money);
            discharges.splice(debts..debts, idle);
        }
        flows.push(discharges);
        potentials.push(funded.clear_at(Some(price?), seed)?.proof.certificate.potentials);
    }
    Ok(CurveProof { network, flows, potentials })
}
