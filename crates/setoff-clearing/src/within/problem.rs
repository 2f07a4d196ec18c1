//! The network that limits make at some tolls, what it bounds, and what discharges exceed.

use crate::limits::Detours;
use crate::{Debt, LARGEST_AMOUNT, LARGEST_WEIGHT, Limits, Network, SideLimits, WithinError};

/// Tolls are in this part of a unit.
pub(super) const SCALE: i64 = 72;

/// The network that limits make, and the groups.
pub(super) struct Problem<'a> {
    pub(super) network: &'a Network,
    pub(super) side: &'a SideLimits,
    detours: Detours,
    gross: u64,
    /// The groups of each member.
    pub(super) groups_of: Vec<Vec<usize>>,
}

impl<'a> Problem<'a> {
    pub(super) fn new(
        network: &'a Network,
        limits: &Limits,
        side: &'a SideLimits,
    ) -> Result<Self, WithinError> {
        let detours =
            Detours::new(network, limits, network.members()).map_err(WithinError::Limit)?;
        let mut groups_of = vec![Vec::new(); network.members() as usize];
        for (group, one) in side.groups.iter().enumerate() {
            for &member in &one.members {
                let groups: Option<&mut Vec<usize>> = groups_of.get_mut(member as usize);
                let groups = groups.ok_or(WithinError::Group { group })?;
                if groups.last() != Some(&group) {
                    groups.push(group);
                }
            }
        }
        let gross = u64::try_from(network.gross()).ok().filter(|sum| *sum <= LARGEST_AMOUNT);
        let gross = gross.ok_or(WithinError::Gross)?;
        Ok(Self { network, side, detours, gross, groups_of })
    }

    /// The network at some tolls: first the debts in their order.
    pub(super) fn tolled(&self, tolls: &[i64]) -> Result<Network, WithinError> {
        let mut debts = Vec::with_capacity(self.network.debts().len());
        for (place, debt) in self.network.debts().iter().enumerate() {
            let groups = &self.groups_of[debt.debtor as usize];
            let toll: i64 = groups.iter().map(|group| tolls[*group]).sum();
            let weight = SCALE * i64::from(debt.weight) - toll;
            let fits = weight.abs() <= i64::from(LARGEST_WEIGHT);
            let weight = i32::try_from(weight).ok().filter(|_| fits).ok_or(WithinError::Weight)?;
            let debtor = self.detours.start(place, debt.debtor, debt.creditor);
            debts.push(Debt { debtor, weight, ..*debt });
        }
        for (debtor, creditor, most) in self.detours.arcs() {
            let amount = most.min(self.gross);
            if amount > 0 {
                debts.push(Debt { debtor, creditor, amount, weight: 0 });
            }
        }
        Network::new(self.detours.nodes(), debts).map_err(WithinError::Network)
    }

    /// The bound that tolls and potentials prove, rounded down: sums are whole.
    pub(super) fn bound(&self, tolls: &[i64], potentials: &[i64]) -> Result<i128, WithinError> {
        let network = self.tolled(tolls)?;
        if potentials.len() != network.members() as usize {
            return Err(WithinError::Bound);
        }
        let potential = |node: u32| i128::from(potentials[node as usize]);
        let mut sum = Some(0_i128);
        for debt in network.debts() {
            let gain = i128::from(debt.weight) + potential(debt.debtor) - potential(debt.creditor);
            let most = gain.max(0).checked_mul(i128::from(debt.amount));
            sum = sum.zip(most).and_then(|(sum, most)| sum.checked_add(most));
        }
        let tolls = tolls.iter().zip(&self.side.groups);
        let paid: i128 = tolls
            .map(|(toll, group)| i128::from(*toll) * i128::from(group.most.min(self.gross)))
            .sum();
        let sum = sum.and_then(|sum| sum.checked_add(paid)).ok_or(WithinError::Bound)?;
        Ok(sum.div_euclid(i128::from(SCALE)))
    }

    /// What is discharged of a group's debts.
    pub(super) fn owed_by(&self, group: usize, flow: &[u64]) -> u128 {
        let debts = self.network.debts().iter().zip(flow);
        let theirs =
            debts.filter(|(debt, _)| self.groups_of[debt.debtor as usize].contains(&group));
        theirs.map(|(_, discharge)| u128::from(*discharge)).sum()
    }

    pub(super) fn exceeds(&self, group: usize, flow: &[u64]) -> bool {
        self.owed_by(group, flow) > u128::from(self.side.groups[group].most)
    }

    /// Debts of which something is discharged, but less than the smallest piece.
    pub(super) fn too_small(&self, discharges: &[u64]) -> impl Iterator<Item = usize> {
        let debts = self.network.debts().iter().zip(discharges).enumerate();
        let is_small = |(debt, &discharge): (&Debt, &u64)| {
            discharge > 0 && discharge < self.side.piece.min(debt.amount)
        };
        debts.filter(move |(_, debt)| is_small(*debt)).map(|(place, _)| place)
    }
}
