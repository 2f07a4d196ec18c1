//! The checker of how many obligations a largest set-off discharges whole, and of its bound.
//!
//! As in [`verify_whole`](crate::verify_whole()) the proof is a walk through a search; what is chosen
//! is the sum between every two members, of the debts whose gain is 0.

use std::collections::BTreeMap;
use std::fmt;

use crate::fewest::{Sums, most};
use crate::{
    Classes, Debt, FewestClearing, FewestProof, Network, VerifiedClasses, Violation, verify_classes,
};

/// Why a count of whole debts, or its bound, is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFewest {
    /// It is not found to be a largest set-off.
    Clearing(Violation),
    /// Between two members a debt is discharged although one before it is not discharged whole.
    OutOfTurn {
        /// The debt's place in the network.
        debt: usize,
    },
    /// Another number of debts is discharged whole.
    Whole {
        /// How many are.
        counted: usize,
    },
    /// The proof shows another bound, or none.
    Bound {
        /// What it shows, if anything.
        shown: Option<usize>,
    },
    /// A node of the proof does not hold, or can't stand there.
    Node {
        /// Its place in the proof.
        node: usize,
    },
}

/// Checks that these discharges are a largest set-off with so many whole debts, and the bound.
///
/// Takes `O(members + debts)` time for each node of the proof.
///
/// # Errors
/// The first reason found why not.
pub fn verify_fewest(
    network: &Network,
    classes: &Classes,
    clearing: &FewestClearing,
) -> Result<VerifiedClasses, NotFewest> {
    let FewestClearing { discharges, certificates, whole, bound, proof } = clearing;
    let verified =
        verify_classes(network, classes, discharges, certificates).map_err(NotFewest::Clearing)?;
    let counted = network.debts().iter().zip(discharges).filter(|(d, f)| d.amount == **f).count();
    if counted != *whole {
        return Err(NotFewest::Whole { counted });
    }

    let mut fixed = 0;
    let mut balances = vec![0_i128; network.members() as usize];
    let mut free: BTreeMap<(u32, u32), (Vec<u128>, bool)> = BTreeMap::new();
    for (place, (debt, &discharge)) in network.debts().iter().zip(discharges).enumerate() {
        let mut gains = certificates.iter().enumerate().map(|(class, certificate)| {
            gain(classes.weight(class, place, debt), debt, &certificate.potentials)
        });
        if gains.any(|gain| gain != 0) {
            fixed += usize::from(discharge == debt.amount);
            continue;
        }
        balances[debt.debtor as usize] += i128::from(discharge);
        balances[debt.creditor as usize] -= i128::from(discharge);
        let (sums, is_open) = free.entry((debt.debtor, debt.creditor)).or_default();
        if *is_open && discharge > 0 {
            return Err(NotFewest::OutOfTurn { debt: place });
        }
        *is_open = discharge < debt.amount;
        sums.push(sums.last().unwrap_or(&0) + u128::from(debt.amount));
    }
    let free = free.into_iter().map(|(between, (sums, _))| (between, Sums(sums)));
    let shown = Walk::new(balances, free.collect()).bound(proof)?;
    let shown = shown.map(|shown| (fixed + shown).max(*whole));
    if shown == Some(*bound) { Ok(verified) } else { Err(NotFewest::Bound { shown }) }
}

fn gain(weight: i32, debt: &Debt, potentials: &[i64]) -> i128 {
    let potential = |member: u32| i128::from(potentials[member as usize]);
    i128::from(weight) + potential(debt.debtor) - potential(debt.creditor)
}

/// Something to do on the walk.
enum Next {
    /// Walk through the part that follows in the proof.
    Part,
    /// Bound the sum between two members.
    Let(usize, (u128, u128)),
}

struct Walk {
    /// What is discharged of each member's free debts, less what is of its free claims.
    balances: Vec<i128>,
    between: Vec<(u32, u32)>,
    sums: Vec<Sums>,
    bounds: Vec<(u128, u128)>,
}

impl Walk {
    fn new(balances: Vec<i128>, free: BTreeMap<(u32, u32), Sums>) -> Self {
        let bounds = free.values().map(|sums| (0, sums.0.last().copied().unwrap_or(0))).collect();
        let (between, sums) = free.into_iter().unzip();
        Self { balances, between, sums, bounds }
    }

    /// The most that any end of the walk allows; `None` if there is no set-off, which can't be.
    fn bound(mut self, proof: &[FewestProof]) -> Result<Option<usize>, NotFewest> {
        let mut shown = None;
        let mut node = 0;
        let mut todo = vec![Next::Part];
        while let Some(next) = todo.pop() {
            if let Next::Let(pair, bounds) = next {
                self.bounds[pair] = bounds;
                continue;
            }
            let wrong = NotFewest::Node { node };
            match proof.get(node).ok_or(wrong)? {
                FewestProof::Split { debtor, creditor, whole } => {
                    let pair = self.between.binary_search(&(*debtor, *creditor));
                    let pair = pair.map_err(|_| wrong)?;
                    let step = whole.checked_sub(1).and_then(|last| self.sums[pair].0.get(last));
                    let step = *step.ok_or(wrong)?;
                    let (low, high) = self.bounds[pair];
                    if step <= low || high < step {
                        return Err(wrong);
                    }
                    // The last is done first.
                    todo.extend([
                        Next::Let(pair, (low, high)),
                        Next::Part,
                        Next::Let(pair, (step, high)),
                        Next::Part,
                        Next::Let(pair, (low, step - 1)),
                    ]);
                }
                FewestProof::Bound { scale, potentials } => {
                    if potentials.len() != self.balances.len() {
                        return Err(wrong);
                    }
                    let between = self.between.iter().zip(&self.bounds);
                    let between = between.map(|(&(debtor, creditor), &b)| (debtor, creditor, b));
                    let most = most(between, &self.sums, *scale, (potentials, &self.balances));
                    // At the ends of its range the sum may be cut off.
                    if most == i128::MIN || most == i128::MAX || *scale == 0 && most >= 0 {
                        return Err(wrong);
                    }
                    if let Some(most) = most.checked_div(i128::from(*scale)) {
                        shown = shown.max(Some(usize::try_from(most).unwrap_or(0)));
                    }
                }
            }
            node += 1;
        }
        if node == proof.len() { Ok(shown) } else { Err(NotFewest::Node { node }) }
    }
}

impl fmt::Display for NotFewest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clearing(violation) => violation.fmt(f),
            Self::OutOfTurn { debt } => write!(f, "debt {debt} is discharged out of turn"),
            Self::Whole { counted } => write!(f, "{counted} debts are discharged whole"),
            Self::Bound { shown: Some(shown) } => {
                write!(f, "the proof shows the bound {shown} and not the one that is stated")
            }
            Self::Bound { shown: None } => write!(f, "the proof shows no bound"),
            Self::Node { node } => write!(f, "node {node} of the proof does not hold"),
        }
    }
}

impl std::error::Error for NotFewest {}
