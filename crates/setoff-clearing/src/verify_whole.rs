//! The checker of set-offs of whole obligations and of their bound.
//!
//! The proof is a walk through a search. Each split divides what is left in two; each end of a branch
//! shows how much can be below it. For conserved discharges `Σ (π[debtor] − π[creditor])·c·y` is 0
//! whatever the potentials, so adding it to the weighted sum changes nothing, and the most that each
//! term can be is a bound on all of them together.

use std::collections::HashSet;
use std::fmt;

use crate::whole::{Allowed, bound};
use crate::{Network, Violation, WholeClearing, WholeProof};

/// More sums than this of one member's debts or claims are not listed.
const MOST_SUMS: usize = 1 << 16;

/// What a verified set-off of whole debts is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedWhole {
    /// The sum of all debts.
    pub gross: u128,
    /// The sum of all discharges.
    pub cleared: u128,
    /// The weighted sum of all discharges.
    pub weighted: i128,
    /// No set-off of whole debts has a larger weighted sum.
    pub bound: i128,
}

/// Why a set-off of whole debts is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotWhole {
    /// Discharges are not as they must be in every set-off.
    Clearing(Violation),
    /// A debt is discharged in part.
    InPart {
        /// The debt's place in the network.
        debt: usize,
    },
    /// A debt is discharged although one before it, alike in debtor, creditor, weight and amount, is
    /// not.
    OutOfTurn {
        /// The debt's place in the network.
        debt: usize,
    },
    /// The weighted sum is another.
    Weighted,
    /// The proof shows another bound, or none.
    Bound {
        /// What it shows, if anything.
        shown: Option<i128>,
    },
    /// A node of the proof does not hold, or can't stand there.
    Node {
        /// Its place in the proof.
        node: usize,
    },
}

/// Checks that these discharges are a set-off of whole debts, and its bound.
///
/// Takes `O(members + debts)` time for each node of the proof.
///
/// # Errors
/// The first reason found why not.
pub fn verify_whole(
    network: &Network,
    clearing: &WholeClearing,
) -> Result<VerifiedWhole, NotWhole> {
    let WholeClearing { discharges, weighted, bound, proof } = clearing;
    if discharges.len() != network.debts().len() {
        return Err(NotWhole::Clearing(Violation::Discharges));
    }
    let mut left = HashSet::new();
    let mut balances = vec![0_i128; network.members() as usize];
    let mut verified = VerifiedWhole { gross: 0, cleared: 0, weighted: 0, bound: *bound };
    for (debt, (owed, &discharge)) in network.debts().iter().zip(discharges).enumerate() {
        if discharge > owed.amount {
            return Err(NotWhole::Clearing(Violation::MoreThanOwed { debt }));
        }
        if discharge > 0 && discharge < owed.amount {
            return Err(NotWhole::InPart { debt });
        }
        let alike = (owed.debtor, owed.creditor, owed.weight, owed.amount);
        if discharge == 0 {
            left.insert(alike);
        } else if left.contains(&alike) {
            return Err(NotWhole::OutOfTurn { debt });
        }
        balances[owed.debtor as usize] -= i128::from(discharge);
        balances[owed.creditor as usize] += i128::from(discharge);
        verified.gross += u128::from(owed.amount);
        verified.cleared += u128::from(discharge);
        verified.weighted += i128::from(owed.weight) * i128::from(discharge);
    }
    if let Some((member, _)) = (0..).zip(balances).find(|(_, balance)| *balance != 0) {
        return Err(NotWhole::Clearing(Violation::NotConserved { member }));
    }
    if verified.weighted != *weighted {
        return Err(NotWhole::Weighted);
    }
    let shown = Walk::new(network).bound(proof)?.map(|shown| shown.max(*weighted));
    if shown == Some(*bound) { Ok(verified) } else { Err(NotWhole::Bound { shown }) }
}

/// Something to do on the walk.
enum Next {
    /// Walk through the part that follows in the proof.
    Part,
    /// Decide a debt.
    Let(usize, Allowed),
}

struct Walk<'a> {
    network: &'a Network,
    allowed: Vec<Allowed>,
}

impl<'a> Walk<'a> {
    fn new(network: &'a Network) -> Self {
        Self { network, allowed: vec![Allowed::Either; network.debts().len()] }
    }

    /// The most that any end of the walk allows; `None` if there is no end.
    fn bound(mut self, proof: &[WholeProof]) -> Result<Option<i128>, NotWhole> {
        let mut most = None;
        let mut node = 0;
        let mut todo = vec![Next::Part];
        while let Some(next) = todo.pop() {
            if let Next::Let(debt, allowed) = next {
                self.allowed[debt] = allowed;
                continue;
            }
            let wrong = NotWhole::Node { node };
            match proof.get(node).ok_or(wrong)? {
                WholeProof::Split { debt } => {
                    if self.allowed.get(*debt) != Some(&Allowed::Either) {
                        return Err(wrong);
                    }
                    // The last is done first.
                    todo.extend([
                        Next::Let(*debt, Allowed::Either),
                        Next::Part,
                        Next::Let(*debt, Allowed::Yes),
                        Next::Part,
                        Next::Let(*debt, Allowed::No),
                    ]);
                }
                WholeProof::Bound { potentials } => {
                    let shown = self.bound_by(1, potentials).ok_or(wrong)?;
                    most = most.max(Some(shown));
                }
                WholeProof::None { potentials } => {
                    if self.bound_by(0, potentials).is_none_or(|shown| shown >= 0) {
                        return Err(wrong);
                    }
                    most = most.max(Some(i128::MIN));
                }
                WholeProof::Unbalanced { member } => {
                    if self.can_be_balanced(*member) {
                        return Err(wrong);
                    }
                    most = most.max(Some(i128::MIN));
                }
            }
            node += 1;
        }
        if node == proof.len() { Ok(most) } else { Err(NotWhole::Node { node }) }
    }

    fn bound_by(&self, scale: i32, potentials: &[i64]) -> Option<i128> {
        let fits = potentials.len() == self.network.members() as usize;
        fits.then(|| bound(self.network, &self.allowed, scale, potentials))
            // At the ends of its range the sum may be cut off.
            .filter(|bound| *bound > i128::MIN && *bound < i128::MAX)
    }

    /// Whether some choice of a member's debts adds up to one of its claims, or there are too many
    /// choices to tell.
    fn can_be_balanced(&self, member: u32) -> bool {
        let sums = |is_side: &dyn Fn(usize) -> bool| {
            let mut sums = HashSet::from([0_u128]);
            for place in (0..self.allowed.len()).filter(|place| is_side(*place)) {
                let amount = u128::from(self.network.debts()[place].amount);
                let with = sums.iter().map(|sum| sum + amount);
                match self.allowed[place] {
                    Allowed::No => {}
                    Allowed::Yes => sums = with.collect(),
                    Allowed::Either => {
                        let with: Vec<u128> = with.collect();
                        sums.extend(with);
                    }
                }
                if sums.len() > MOST_SUMS {
                    return None;
                }
            }
            Some(sums)
        };
        let debts = self.network.debts();
        match (sums(&|d| debts[d].debtor == member), sums(&|d| debts[d].creditor == member)) {
            (Some(owing), Some(owed)) => !owing.is_disjoint(&owed),
            _ => true,
        }
    }
}

impl fmt::Display for NotWhole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clearing(violation) => violation.fmt(f),
            Self::InPart { debt } => write!(f, "debt {debt} is discharged in part"),
            Self::OutOfTurn { debt } => write!(f, "debt {debt} is discharged out of turn"),
            Self::Weighted => write!(f, "the weighted sum is not that of the discharges"),
            Self::Bound { shown: Some(shown) } => {
                write!(f, "the proof shows the bound {shown} and not the one that is stated")
            }
            Self::Bound { shown: None } => write!(f, "the proof shows no bound"),
            Self::Node { node } => write!(f, "node {node} of the proof does not hold"),
        }
    }
}

impl std::error::Error for NotWhole {}
