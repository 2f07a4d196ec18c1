//! When push-relabel gives way to the network simplex method.
//!
//! Two kinds of networks are slow for [push-relabel](crate::push_relabel), and both show while it is
//! at work:
//!
//! - *Early:* after eight updates more than half of the members are still out of balance. Where
//!   push-relabel is at home, it is hardly more than a third by then. So it is where amounts are
//!   spread over many orders of magnitude and thin debts are filled one by one, or where what few
//!   members have too much is what very many lack, each at a distance of its own. Dense networks are
//!   left out, as nearly every debt has to come into the tree once.
//! - *Late:* after 32 updates or more, at most one member in fifty is out of balance, and the last 32
//!   updates did not halve their number. Then each update reads the whole network to move the last
//!   excess by one step.
//!
//! In both cases only in components of up to 2^18 bundles: a step of the other method reads what lies
//! far apart in memory. With amounts of all magnitudes it takes half of push-relabel's time at 10^5
//! debts, and three times as long at 10^6.
//!
//! The [network simplex method](crate::network_simplex) takes over with the flow and potentials
//! reached. If it is not done with a budget of work, which is counted and not timed, what it did is
//! dropped and push-relabel goes on where it was. So it never takes more than a constant factor of
//! what push-relabel would take by itself, and the result still depends on the network and the
//! seed alone.

use std::ops::ControlFlow;

use crate::bundle::index;
use crate::label::Label;
use crate::network_simplex::Simplex;
use crate::push_relabel::{Component, Halt, PushRelabel};
use crate::residual::Weights;

/// After so many updates it is seen whether most members are out of balance.
const EARLY: usize = 8;
/// With more slots than this, the caches don't hold what a step of network simplex reads.
const MOST_SLOTS: usize = 1 << 19;
/// With so many slots a member or more a network is dense.
const DENSE: usize = 64;
/// After every so many updates it is seen whether few are.
const LATE: usize = 32;
/// One member in so many is few.
const FEW: usize = 50;
/// What the network simplex method may take, early and late: the work of so many updates.
const EARLY_BUDGET: u64 = 128;
const LATE_BUDGET: u64 = 64;
/// A unit of its work is an eighth of a slot read in an update.
const UNITS_A_SLOT: u64 = 8;

impl<L: Label, W: Weights> PushRelabel<L, W> {
    /// Hands a component over to the network simplex method if that looks better, and says whether
    /// all is balanced then.
    ///
    /// # Errors
    /// As [`PushRelabel::run`]; the state is as before.
    pub(crate) fn switch<Break>(
        &mut self,
        component: &mut Component,
        progress: &mut dyn FnMut(u128, &[L]) -> ControlFlow<Break>,
    ) -> Result<bool, Halt<Break>> {
        match self.looks_slow(component) {
            Some(updates) => self.finish(component, updates, progress),
            None => Ok(false),
        }
    }

    /// The work of how many updates may be spent on the other method, if any.
    fn looks_slow(&self, component: &mut Component) -> Option<u64> {
        if component.updates != EARLY && !component.updates.is_multiple_of(LATE) {
            return None;
        }
        let slots = self.residual.slots_of(&component.members);
        if slots > MOST_SLOTS {
            return None;
        }
        let members = index(component.members.start)..index(component.members.end);
        let all = members.len();
        let unbalanced = self.excess[members].iter().filter(|excess| **excess != 0).count();
        if component.updates == EARLY {
            return (2 * unbalanced > all && slots < DENSE * all).then_some(EARLY_BUDGET);
        }
        let before = component.unbalanced.replace(unbalanced);
        let is_stuck = before.is_some_and(|before| 2 * unbalanced >= before);
        (is_stuck && unbalanced <= all / FEW).then_some(LATE_BUDGET)
    }

    /// Balances a component by the network simplex method, unless that takes more than the work of so
    /// many updates.
    fn finish<Break>(
        &mut self,
        component: &mut Component,
        updates: u64,
        progress: &mut dyn FnMut(u128, &[L]) -> ControlFlow<Break>,
    ) -> Result<bool, Halt<Break>> {
        let Component { members, scale, .. } = &*component;
        let heaviest = self.residual.heaviest(members);
        if !Simplex::<L, W>::fits(members.len(), heaviest) {
            return Ok(false);
        }
        self.give_room();
        let places = index(members.start)..index(members.end);
        let labels = self.labels[places.clone()].iter();
        let potentials = labels.map(|label| label.wide().div_euclid(*scale));
        let mut simplex = Simplex::<L, W>::new(&self.residual, &self.excess, members, potentials);
        let an_update = UNITS_A_SLOT * self.residual.slots_of(members) as u64;
        let go_on = &mut || progress(self.remaining(), &self.labels);
        match simplex.run(&self.residual, updates * an_update, an_update, go_on) {
            ControlFlow::Break(stop) => return Err(Halt::Asked(stop)),
            ControlFlow::Continue(false) => return Ok(false),
            ControlFlow::Continue(true) => {}
        }

        if simplex.potentials().any(|potential| potential > L::HIGHEST / scale) {
            // Once more from here, in wider labels.
            component.updates -= 1;
            return Err(Halt::TooHigh);
        }
        for (label, potential) in self.labels[places].iter_mut().zip(simplex.potentials()) {
            *label = L::narrow(scale * potential);
        }
        simplex.write(&mut self.residual);
        self.forget_excess(members);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::engine::scale;
    use crate::residual::Alike;
    use crate::testing::{Draw, network, strongly_connected};
    use crate::{Network, Seed, solve, verify};

    /// 400 members who owe each other amounts of 1 to 2^50, each order of magnitude alike.
    fn wide() -> Network {
        let mut draw = Draw(1);
        let mut debts: Vec<_> = (0..4000)
            .map(|_| {
                let (debtor, gap) = (draw.below(400), 1 + draw.below(399));
                let magnitude = 1_u64 << draw.below(50);
                (debtor, (debtor + gap) % 400, magnitude + u64::from(draw.below(1000)) % magnitude)
            })
            .collect();
        debts.extend((0..400).map(|member| (member, (member + 1) % 400, 1)));
        network(400, &debts)
    }

    /// A dense cluster that is owed too much, and a chain with a thin way to it at each step, every
    /// one longer than the last.
    fn cage() -> Network {
        let (steps, cluster) = (300, 2000);
        let mut draw = Draw(1);
        let mut debts = Vec::new();
        for step in 0..=steps {
            let mut somebody = || steps + 1 + draw.below(cluster);
            let next = if step < steps { step + 1 } else { somebody() };
            debts.push((step, next, 1000 * u64::from(3 * steps + 1 - step)));
            debts.push((step, somebody(), 1000));
            debts.push((somebody(), 0, 10));
        }
        for _ in 0..20_000 {
            let (debtor, gap) = (draw.below(cluster), 1 + draw.below(cluster - 1));
            let creditor = steps + 1 + (debtor + gap) % cluster;
            debts.push((steps + 1 + debtor, creditor, 1 + u64::from(draw.below(1_000_000))));
        }
        network(steps + cluster + 1, &debts)
    }

    fn never<L>() -> impl FnMut(u128, &[L]) -> ControlFlow<Infallible> {
        |_, _| ControlFlow::Continue(())
    }

    fn component(members: u32, may_switch: bool) -> Component {
        let scale = scale(index(members));
        Component { members: 0..members, scale, updates: 0, unbalanced: None, may_switch }
    }

    /// What is set off in all, and after how many updates.
    fn run(network: &Network, may_switch: bool) -> (u128, usize) {
        let (residual, excess) = strongly_connected(network);
        let mut engine = PushRelabel::<i32, Alike>::new(residual, excess);
        let mut component = component(network.members(), may_switch);
        assert!(engine.run(&mut component, &mut never()).is_ok(), "labels fit");
        assert!(engine.excess.iter().all(|excess| *excess == 0) && engine.remaining() == 0);
        (engine.residual.set_off_in_all(), component.updates)
    }

    #[test]
    fn amounts_of_all_magnitudes_are_handed_over_early_and_the_optimum_is_the_same() {
        let (alone, many) = run(&wide(), false);
        let (together, few) = run(&wide(), true);

        assert_eq!((together, few), (alone, EARLY));
        assert!(many > 4 * EARLY);
    }

    #[test]
    fn the_last_excess_that_moves_by_a_step_an_update_is_handed_over_late() {
        let (alone, many) = run(&cage(), false);
        let (together, few) = run(&cage(), true);

        assert_eq!(together, alone);
        assert!(few % LATE == 0 && few < many, "{few} of {many}");
    }

    #[test]
    fn what_is_handed_over_is_proven() {
        for network in [wide(), cage()] {
            let clearing = solve(&network, Seed::default());

            verify(&network, &clearing.discharges, &clearing.certificate).unwrap();
        }
    }

    #[test]
    fn with_its_budget_spent_the_other_method_leaves_all_as_it_was() {
        let network = wide();
        let (residual, excess) = strongly_connected(&network);
        let mut engine = PushRelabel::<i32, Alike>::new(residual, excess);
        let mut component = component(network.members(), false);
        assert!(engine.update(&component).is_ok());
        let before = (engine.excess.clone(), engine.labels.clone(), engine.remaining());

        assert!(matches!(engine.finish(&mut component, 1, &mut never()), Ok(false)));

        assert_eq!((engine.excess.clone(), engine.labels.clone(), engine.remaining()), before);
        assert!(engine.run(&mut component, &mut never()).is_ok());
        assert_eq!(engine.residual.set_off_in_all(), run(&network, false).0);
    }
}
