//! The search for tolls, and for set-offs that keep the groups' limits.

use super::problem::{Problem, SCALE};
use super::weighted;
use crate::loops::take_out_circles;
use crate::{BoundProof, Debt, Seed, WithinError, solve, verify};

/// How many times a toll is set.
const MOST_ROUNDS: usize = 12;

/// A bound and its proof.
#[derive(Clone)]
pub(super) struct Bound {
    /// No set-off within the limits has a larger weighted sum.
    pub(super) most: i128,
    pub(super) proof: BoundProof,
}

/// A flow through all arcs, and the potentials that prove it best at some tolls.
#[derive(Clone)]
struct Solved {
    flow: Vec<u64>,
    potentials: Vec<i64>,
}

/// What is found at some tolls.
struct Tolled {
    tolls: Vec<i64>,
    solved: Solved,
    bound: Bound,
}

impl Problem<'_> {
    /// Discharges within the groups' limits, and the best bound found.
    pub(super) fn solve(&self, seed: Seed) -> Result<(Vec<u64>, Bound), WithinError> {
        let mut tolls = vec![0; self.side.groups.len()];
        let mut found = self.best_at(&tolls, seed)?;
        let mut bound = self.prove(&tolls, &found)?;
        let mut best = self.kept(&found.flow);
        for _ in 0..MOST_ROUNDS {
            let exceeded = (0..tolls.len()).filter(|group| self.exceeds(*group, &found.flow));
            let mut tightest: Option<Tolled> = None;
            for group in exceeded {
                let tolled = self.set_toll(group, &tolls, &found, seed)?;
                let kept = self.kept(&tolled.solved.flow);
                if kept.0 > best.0 {
                    best = kept;
                }
                if tightest.as_ref().is_none_or(|other| tolled.bound.most < other.bound.most) {
                    tightest = Some(tolled);
                }
            }
            let Some(tightest) = tightest else { break };
            if tightest.bound.most < bound.most {
                bound = tightest.bound;
            }
            if tightest.tolls == tolls {
                break;
            }
            (tolls, found) = (tightest.tolls, tightest.solved);
        }
        Ok((best.1, bound))
    }

    /// What is left of a flow when all groups keep their limits, and its weighted sum.
    fn kept(&self, flow: &[u64]) -> (i128, Vec<u64>) {
        let mut discharges = flow[..self.network.debts().len()].to_vec();
        self.give_up(&mut discharges);
        (weighted(self.network, &discharges), discharges)
    }

    fn prove(&self, tolls: &[i64], solved: &Solved) -> Result<Bound, WithinError> {
        let most = self.bound(tolls, &solved.potentials)?;
        let fits = |toll: &i64| u32::try_from(*toll).map_err(|_| WithinError::Weight);
        let tolls = tolls.iter().map(fits).collect::<Result<_, _>>()?;
        let potentials = solved.potentials.clone();
        Ok(Bound { most, proof: BoundProof { tolls, potentials } })
    }

    /// Raises the toll of a group that exceeds its limit in `found` to the least at which it does not,
    /// and goes from the set-off there towards the one at a toll too low as far as the limits let.
    fn set_toll(
        &self,
        group: usize,
        tolls: &[i64],
        found: &Solved,
        seed: Seed,
    ) -> Result<Tolled, WithinError> {
        let mut tolls = tolls.to_vec();
        let mut too_low = (tolls[group], found.clone());
        let mut enough: Option<(i64, Solved)> = None;
        let mut step = SCALE;
        loop {
            let next = match &enough {
                None => too_low.0 + step,
                Some((high, _)) if high - too_low.0 > 2 => too_low.0 + (high - too_low.0) / 2,
                Some(_) => break,
            };
            step *= 2;
            tolls[group] = next | 1;
            let solved = match self.best_at(&tolls, seed) {
                // No higher toll can be tried: circles are given up in the end.
                Err(WithinError::Weight) if enough.is_none() => break,
                solved => solved?,
            };
            if self.exceeds(group, &solved.flow) {
                too_low = (tolls[group], solved);
            } else {
                enough = Some((tolls[group], solved));
            }
        }
        let Some((toll, mut enough)) = enough else {
            tolls[group] = too_low.0;
            let bound = self.prove(&tolls, &self.best_at(&tolls, seed)?)?;
            return Ok(Tolled { tolls, solved: too_low.1, bound });
        };
        tolls[group] = toll - 1;
        let bound = self.prove(&tolls, &self.best_at(&tolls, seed)?)?;
        self.approach(&mut enough.flow, &too_low.1.flow)?;
        Ok(Tolled { tolls, solved: enough, bound })
    }

    /// Changes `flow` towards `other`, circle by circle, as far as it gains and the limits let.
    ///
    /// Any part of the circles of a difference may be changed: every arc changes towards its flow in
    /// `other` and never past it.
    fn approach(&self, flow: &mut [u64], other: &[u64]) -> Result<(), WithinError> {
        let network = self.tolled(&vec![0; self.side.groups.len()])?;
        let more: Vec<bool> = flow.iter().zip(other).map(|(flow, other)| other > flow).collect();
        let mut changes: Vec<u64> = flow.iter().zip(other).map(|(a, b)| a.abs_diff(*b)).collect();
        let ends = |(debt, more): (&Debt, &bool)| {
            if *more { (debt.debtor, debt.creditor) } else { (debt.creditor, debt.debtor) }
        };
        let arcs: Vec<(u32, u32)> = network.debts().iter().zip(&more).map(ends).collect();
        let mut circles = Vec::new();
        take_out_circles(network.members() as usize, &arcs, &mut changes, &mut |circle, amount| {
            circles.push((circle.to_vec(), amount));
        });

        let groups = 0..self.side.groups.len();
        let mut room: Vec<i128> = groups
            .map(|group| {
                let owed = i128::try_from(self.owed_by(group, flow)).unwrap_or(i128::MAX);
                i128::from(self.side.groups[group].most) - owed
            })
            .collect();
        for (circle, amount) in circles {
            let sign = |arc: usize| if more[arc] { 1_i128 } else { -1 };
            let gain: i128 = circle
                .iter()
                .map(|arc| sign(*arc) * i128::from(network.debts()[*arc].weight))
                .sum();
            let mut used = vec![0_i128; room.len()];
            for &arc in circle.iter().filter(|arc| **arc < self.network.debts().len()) {
                for &group in &self.groups_of[self.network.debts()[arc].debtor as usize] {
                    used[group] += sign(arc);
                }
            }
            let limits = room.iter().zip(&used).filter(|(_, used)| **used > 0);
            let most = limits.map(|(room, used)| (room / used).max(0)).min().unwrap_or(i128::MAX);
            let amount = u64::try_from(most).unwrap_or(u64::MAX).min(amount);
            if gain <= 0 || amount == 0 {
                continue;
            }
            for &arc in &circle {
                flow[arc] = if more[arc] { flow[arc] + amount } else { flow[arc] - amount };
            }
            for (room, used) in room.iter_mut().zip(used) {
                *room -= used * i128::from(amount);
            }
        }
        Ok(())
    }

    /// Gives up circles through groups that exceed their limits, until none does.
    fn give_up(&self, flow: &mut [u64]) {
        for group in 0..self.side.groups.len() {
            let limit = u128::from(self.side.groups[group].most);
            let mut excess = self.owed_by(group, flow).saturating_sub(limit);
            if excess == 0 {
                continue;
            }
            let is_theirs = |debt: &Debt| self.groups_of[debt.debtor as usize].contains(&group);
            let debts = self.network.debts();
            let arcs: Vec<(u32, u32)> = debts.iter().map(|d| (d.debtor, d.creditor)).collect();
            // The debts alone are conserved at every member: detours only limit.
            let mut left = flow[..debts.len()].to_vec();
            take_out_circles(
                self.network.members() as usize,
                &arcs,
                &mut left,
                &mut |circle, amount| {
                    let theirs =
                        circle.iter().filter(|arc| is_theirs(&debts[**arc])).count() as u128;
                    if theirs == 0 || excess == 0 {
                        return;
                    }
                    let needed = excess.div_ceil(theirs).min(u128::from(amount));
                    let given_up = u64::try_from(needed).unwrap_or(amount);
                    for &arc in circle {
                        flow[arc] -= given_up;
                    }
                    excess = excess.saturating_sub(theirs * needed);
                },
            );
        }
    }

    fn best_at(&self, tolls: &[i64], seed: Seed) -> Result<Solved, WithinError> {
        let network = self.tolled(tolls)?;
        let clearing = solve(&network, seed);
        verify(&network, &clearing.discharges, &clearing.certificate)
            .map_err(WithinError::Unproven)?;
        Ok(Solved { flow: clearing.discharges, potentials: clearing.certificate.potentials })
    }
}
