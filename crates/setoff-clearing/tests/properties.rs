//! Laws that hold for every network, tried on random ones.

#![allow(clippy::unwrap_used)] // here a panic is the report

use std::collections::BTreeMap;
use std::ops::{ControlFlow, RangeInclusive};

use proptest::prelude::*;
use setoff_clearing::{
    Certificate, Debt, LARGEST_AMOUNT, Network, Seed, Stopped, Verified, bilateral, circles, flow,
    gap, net_positions, novation_flow, solve, solve_watched, solve_with, verify,
};

fn seeds() -> impl Strategy<Value = Seed> {
    any::<[u8; 32]>().prop_map(Seed)
}

fn amounts() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 1..=9_u64,
        2 => 1..=1_000_000_u64,
        1 => 1..=1_u64 << 50,
        1 => LARGEST_AMOUNT - 2..=LARGEST_AMOUNT,
    ]
}

fn weights() -> impl Strategy<Value = i32> {
    prop_oneof![3 => Just(1), 2 => 1..=4, 1 => -3..=3, 1 => -1_000_000..=1_000_000]
}

/// Networks of 2 to 9 members; pairs repeat often.
fn networks() -> impl Strategy<Value = Network> {
    networks_of(2..=9, 0..=30)
}

/// Networks of hundreds of members, too large for the oracle; the certificate proves them.
fn large_networks() -> impl Strategy<Value = Network> {
    networks_of(100..=400, 300..=2000)
}

fn networks_of(
    members: RangeInclusive<u32>,
    debts: RangeInclusive<usize>,
) -> impl Strategy<Value = Network> {
    members.prop_flat_map(move |members| {
        let debt = (0..members, 1..members, amounts(), weights()).prop_map(
            move |(debtor, gap, amount, weight)| Debt {
                debtor,
                creditor: (debtor + gap) % members,
                amount,
                weight,
            },
        );
        prop::collection::vec(debt, debts.clone())
            .prop_map(move |debts| Network::new(members, debts).unwrap())
    })
}

fn verified(network: &Network, seed: Seed) -> (Vec<u64>, Verified) {
    let clearing = solve(network, seed);
    let verified = verify(network, &clearing.discharges, &clearing.certificate);
    (clearing.discharges, verified.unwrap())
}

/// The largest weighted set-off by cancelling circles: as long as some circle of changes gains,
/// change as much as possible along the one with the largest gain a step (Goldberg and Tarjan 1989,
/// which unlike Klein's free choice of circles ends soon whatever the amounts are). Plain, slow,
/// and nothing like the optimiser.
fn largest_by_cancelling_circles(network: &Network) -> i128 {
    let debts = network.debts();
    let mut set_off = vec![0_u64; debts.len()];
    while let Some(circle) = best_circle(network, &set_off) {
        let room = |change: &Change| {
            let set_off = set_off[change.debt];
            if change.more { debts[change.debt].amount - set_off } else { set_off }
        };
        let amount = circle.iter().map(room).min().unwrap();
        for change in circle {
            let set_off = &mut set_off[change.debt];
            *set_off = if change.more { *set_off + amount } else { *set_off - amount };
        }
    }
    let weighted = |(debt, set_off): (&Debt, &u64)| i128::from(debt.weight) * i128::from(*set_off);
    debts.iter().zip(&set_off).map(weighted).sum()
}

/// A way to change a set-off: more or less of one debt.
#[derive(Clone, Copy)]
struct Change {
    from: usize,
    to: usize,
    gain: i64,
    debt: usize,
    more: bool,
}

/// The circle of changes with the largest gain a step, if that is positive (Karp 1978).
fn best_circle(network: &Network, set_off: &[u64]) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    for (debt, (owed, &set_off)) in network.debts().iter().zip(set_off).enumerate() {
        let (from, to, gain) = (owed.debtor as usize, owed.creditor as usize, owed.weight.into());
        if set_off < owed.amount {
            changes.push(Change { from, to, gain, debt, more: true });
        }
        if set_off > 0 {
            changes.push(Change { from: to, to: from, gain: -gain, debt, more: false });
        }
    }

    // The largest gain of a walk of so many steps to each member, and the last step of it.
    let members = network.members() as usize;
    let mut walks = vec![vec![Some((0_i64, None::<Change>)); members]];
    for step in 0..members {
        let mut longer = vec![None; members];
        for change in &changes {
            if let Some((gain, _)) = walks[step][change.from] {
                let gain = gain + change.gain;
                if longer[change.to].is_none_or(|(best, _)| best < gain) {
                    longer[change.to] = Some((gain, Some(*change)));
                }
            }
        }
        walks.push(longer);
    }
    let mean = |member: usize| {
        let (last, _) = walks[members][member]?;
        let mean_since = |step: usize| {
            let (gain, _) = walks[step][member]?;
            Some((last - gain, i64::try_from(members - step).unwrap()))
        };
        (0..members).filter_map(mean_since).min_by(compare_fractions)
    };
    let (member, (gain, _)) = (0..members)
        .filter_map(|member| Some((member, mean(member)?)))
        .max_by(|(_, one), (_, two)| compare_fractions(one, two))?;
    if gain <= 0 {
        return None;
    }

    // Every circle on the longest walk to that member has this mean.
    let mut walk = Vec::new();
    let mut at = member;
    for step in (1..=members).rev() {
        let (_, change) = walks[step][at]?;
        walk.push(change?);
        at = change?.from;
        if let Some(first) = walk.iter().position(|change| change.to == at) {
            return Some(walk.split_off(first));
        }
    }
    None
}

fn compare_fractions(one: &(i64, i64), two: &(i64, i64)) -> std::cmp::Ordering {
    (one.0 * two.1).cmp(&(two.0 * one.1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_set_off_is_larger(network in networks(), seed in seeds()) {
        let (_, verified) = verified(&network, seed);

        prop_assert_eq!(verified.weighted, largest_by_cancelling_circles(&network));
        prop_assert_eq!(verified.gross, network.gross());
    }

    #[test]
    fn the_seed_changes_no_sum(network in networks(), one in seeds(), two in seeds()) {
        prop_assert_eq!(verified(&network, one).1.weighted, verified(&network, two).1.weighted);
    }

    #[test]
    fn the_order_of_other_pairs_changes_nothing(network in networks(), seed in seeds(), key in 1..97_u32) {
        let (discharges, _) = verified(&network, seed);
        let pair = |debt: &Debt| ((debt.debtor * 31 + debt.creditor) * key % 97, debt.debtor, debt.creditor);
        let mut order: Vec<usize> = (0..discharges.len()).collect();
        order.sort_by_key(|place| pair(&network.debts()[*place]));
        let debts = order.iter().map(|place| network.debts()[*place]).collect();

        let (reordered, _) = verified(&Network::new(network.members(), debts).unwrap(), seed);

        let expected: Vec<u64> = order.iter().map(|place| discharges[*place]).collect();
        prop_assert_eq!(reordered, expected);
    }

    #[test]
    fn parallel_debts_are_discharged_first_come_first_served(network in networks(), seed in seeds()) {
        let (discharges, _) = verified(&network, seed);

        let mut open = BTreeMap::new();
        for (debt, discharge) in network.debts().iter().zip(discharges) {
            let open = open.entry((debt.debtor, debt.creditor, debt.weight)).or_insert(false);
            prop_assert!(!*open || discharge == 0, "{debt:?} overtakes an earlier one");
            *open = discharge < debt.amount;
        }
    }

    #[test]
    fn what_is_left_is_worth_nothing(network in networks(), seed in seeds()) {
        let (discharges, _) = verified(&network, seed);
        let left = network.debts().iter().zip(discharges);
        let left = left.map(|(debt, discharge)| Debt { amount: debt.amount - discharge, ..*debt });
        let left = Network::new(network.members(), left.filter(|d| d.amount > 0).collect()).unwrap();

        prop_assert_eq!(verified(&left, seed).1.weighted, 0);
        prop_assert_eq!(net_positions(&left), net_positions(&network));
    }

    #[test]
    fn circles_sum_to_the_set_off(network in networks(), seed in seeds()) {
        let (discharges, _) = verified(&network, seed);

        circles_sum_to(network.members(), &flow(&network, &discharges))?;
    }

    #[test]
    fn circles_sum_to_the_novation(network in networks(), centre in 0..11_u32) {
        let flow = novation_flow(&network, centre.min(network.members()));

        circles_sum_to(network.members() + 1, &flow)?;
    }

    #[test]
    fn bilateral_netting_is_pairs_and_never_more_than_set_off(network in networks(), seed in seeds()) {
        let plain = network.debts().iter().map(|debt| Debt { weight: 1, ..*debt }).collect();
        let network = Network::new(network.members(), plain).unwrap();

        let netted = bilateral(&network);

        let circles = circles_sum_to(network.members(), &flow(&network, &netted))?;
        prop_assert!(circles.iter().all(|(members, _)| members.len() == 2));
        let sum: u128 = netted.iter().map(|amount| u128::from(*amount)).sum();
        prop_assert!(sum <= verified(&network, seed).1.cleared);
    }

    #[test]
    fn no_altered_discharge_verifies(network in networks(), seed in seeds(), at in any::<prop::sample::Index>(), more in any::<bool>()) {
        let clearing = solve(&network, seed);
        prop_assume!(!clearing.discharges.is_empty());
        let mut altered = clearing.discharges.clone();
        let altered_one = at.get(&clearing.discharges);
        let place = at.index(altered.len());
        altered[place] = if more { altered_one + 1 } else { altered_one.wrapping_sub(1) };

        prop_assert!(verify(&network, &altered, &clearing.certificate).is_err());
    }

    #[test]
    fn an_altered_certificate_proves_nothing_false(network in networks(), seed in seeds(), at in any::<prop::sample::Index>(), by in any::<i64>()) {
        let Certificate { mut potentials } = solve(&network, seed).certificate;
        let place = at.index(potentials.len());
        potentials[place] = potentials[place].wrapping_add(by);
        let nothing = vec![0; network.debts().len()];

        if let Ok(verified) = verify(&network, &nothing, &Certificate { potentials }) {
            prop_assert_eq!(verified.weighted, largest_by_cancelling_circles(&network));
        }
    }

    #[test]
    fn the_bound_holds_at_every_moment(network in networks(), seed in seeds()) {
        let best = verified(&network, seed).1.weighted;
        let mut bounds = Vec::new();

        let watched = solve_watched(&network, seed, &mut |watch| {
            bounds.push(watch.at_most());
            ControlFlow::Continue(())
        });

        prop_assert_eq!(watched.unwrap(), solve(&network, seed));
        let best = u128::try_from(best).unwrap();
        prop_assert!(bounds.iter().all(|bound| best <= *bound), "{best} {bounds:?}");
    }

    #[test]
    fn progress_never_falls_and_can_stop(network in networks(), seed in seeds(), patience in 0..5_u64) {
        let mut told = Vec::new();
        let stopped = solve_with(&network, seed, &mut |progress| {
            told.push(progress);
            if told.len() as u64 > patience { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });

        prop_assert!(told.is_sorted_by(|a, b| a.done <= b.done && a.of == b.of));
        prop_assert!(told.iter().all(|progress| progress.done <= progress.of));
        let best = verified(&network, seed).1.weighted;
        match stopped {
            Ok(clearing) => {
                prop_assert!(told.len() as u64 <= patience);
                prop_assert_eq!(
                    gap(&network, &clearing.discharges, &clearing.certificate).unwrap().1,
                    0
                );
            }
            Err(Stopped { discharges, certificate }) => {
                prop_assert!(told.len() as u64 > patience);
                let (interim, gap) = gap(&network, &discharges, &certificate).unwrap();
                prop_assert!(interim.weighted <= best);
                prop_assert!(best.abs_diff(interim.weighted) <= gap);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn large_networks_clear_too(network in large_networks(), seed in seeds()) {
        let (discharges, _) = verified(&network, seed);

        circles_sum_to(network.members(), &flow(&network, &discharges))?;
    }
}

/// Checks that the circles of a flow are simple, not more than its entries, and sum to it.
fn circles_sum_to(members: u32, flow: &[Debt]) -> Result<setoff_clearing::Circles, TestCaseError> {
    let mut left = BTreeMap::new();
    for entry in flow {
        *left.entry((entry.debtor, entry.creditor)).or_insert(0) += i128::from(entry.amount);
    }

    let circles = circles(members, flow).unwrap();

    prop_assert!(circles.len() <= flow.len());
    for (members, amount) in circles.iter() {
        prop_assert!(members.len() >= 2 && amount > 0);
        let mut sorted = members.to_vec();
        sorted.sort_unstable();
        prop_assert!(sorted.is_sorted_by(|a, b| a < b), "a member twice in {members:?}");
        prop_assert_eq!(members[0], sorted[0]);
        for (debtor, creditor) in members.iter().zip(members.iter().cycle().skip(1)) {
            *left.get_mut(&(*debtor, *creditor)).unwrap() -= i128::from(amount);
        }
    }
    prop_assert!(left.values().all(|left| *left == 0));
    Ok(circles)
}
