//! A set-off taken apart into closed chains of debt.

use std::fmt;

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

/// Why a flow can't be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowError {
    /// An entry names a member that is not there.
    NoSuchMember {
        /// The entry's place in the flow.
        entry: usize,
    },
    /// An entry of a member to itself.
    OwnDebt {
        /// The entry's place in the flow.
        entry: usize,
    },
    /// A member does not get as much as it gives.
    NotConserved {
        /// The member.
        member: u32,
    },
}

/// Takes a conserved flow apart into circles.
///
/// `amount` is what flows; weights are ignored. [`flow`](crate::flow()) makes one out of
/// discharges.
///
/// # Errors
/// [`FlowError`] names what keeps the flow from being a sum of circles.
pub fn circles(members: u32, flow: &[Debt]) -> Result<Circles, FlowError> {
    let mut balances = vec![0_i128; members as usize];
    for (entry, debt) in flow.iter().enumerate() {
        if debt.debtor >= members || debt.creditor >= members {
            return Err(FlowError::NoSuchMember { entry });
        }
        if debt.debtor == debt.creditor {
            return Err(FlowError::OwnDebt { entry });
        }
        balances[debt.debtor as usize] -= i128::from(debt.amount);
        balances[debt.creditor as usize] += i128::from(debt.amount);
    }
    if let Some((member, _)) = (0..).zip(balances).find(|(_, balance)| *balance != 0) {
        return Err(FlowError::NotConserved { member });
    }

    let mut sorted = flow.to_vec();
    sorted.sort_unstable_by_key(|debt| (debt.debtor, debt.creditor, debt.amount));
    let mut next = vec![0; members as usize + 1];
    for debt in &sorted {
        next[debt.debtor as usize + 1] += 1;
    }
    for member in 0..members as usize {
        next[member + 1] += next[member];
    }
    let ends: Vec<usize> = next[1..].to_vec();
    let mut circles = Circles::default();
    let mut on_path = vec![usize::MAX; members as usize];
    let mut path: Vec<usize> = Vec::new();
    for start in 0..members as usize {
        let mut member = start;
        loop {
            while next[member] < ends[member] && sorted[next[member]].amount == 0 {
                next[member] += 1;
            }
            if next[member] == ends[member] {
                break;
            }
            on_path[member] = path.len();
            path.push(next[member]);
            member = sorted[next[member]].creditor as usize;
            if on_path[member] != usize::MAX {
                let circle = path.split_off(on_path[member]);
                let amount = circle.iter().map(|&entry| sorted[entry].amount).min().unwrap_or(0);
                for entry in circle {
                    sorted[entry].amount -= amount;
                    let debtor = sorted[entry].debtor;
                    circles.members.push(debtor);
                    on_path[debtor as usize] = usize::MAX;
                }
                circles.ends.push(circles.members.len());
                circles.amounts.push(amount);
            }
        }
        debug_assert!(path.is_empty(), "a conserved walk goes on");
    }
    Ok(circles)
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchMember { entry } => {
                write!(f, "entry {entry} of the flow names a member that is not there")
            }
            Self::OwnDebt { entry } => {
                write!(f, "entry {entry} of the flow is of a member to itself")
            }
            Self::NotConserved { member } => {
                write!(f, "member {member} does not get as much as it gives")
            }
        }
    }
}

impl std::error::Error for FlowError {}
