//! `next-unit.csv`: what one unit more of a funder's money would discharge in each member's hands.
//!
//! That is the longest way from the member back to the funder over arcs that have room, an arc against its
//! direction counting the opposite, as `docs/liquidity.md` says; the room of the widest such way is how
//! many units discharge as much at least. With levels by which what flows is best no arc with room gains
//! anything, so that one search from the funder finds the longest ways to it (Dijkstra 1959).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::network::Network;

/// A member's node, what a unit discharges in its hands, and for how many units at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) member: usize,
    pub(super) discharge: i128,
    pub(super) at_least: i128,
}

/// The values above zero for one funder's node, the largest first; `scale` is what an obligation's weight
/// is multiplied by in this network. The network's first flow must be best by its first levels.
pub(super) fn values(network: &Network, funder: usize, scale: i128) -> Vec<Value> {
    let mut at: Vec<Vec<usize>> = vec![Vec::new(); network.nodes.len()];
    for (number, arc) in network.arcs.iter().enumerate() {
        at[arc.from].push(number);
        at[arc.to].push(number);
    }
    let mut ways: Vec<Option<(i128, i128)>> = vec![None; network.nodes.len()];
    let mut queue = BinaryHeap::from([(Reverse(0_i128), i128::MAX, funder)]);
    while let Some((Reverse(loss), room, node)) = queue.pop() {
        if ways[node].is_some() {
            continue;
        }
        ways[node] = Some((loss, room));
        for &number in &at[node] {
            let arc = &network.arcs[number];
            let gain = network.gain(arc, 0, 1, 1);
            let forth = (arc.to == node).then_some((arc.from, -gain, arc.limit - arc.flows[0]));
            let back = (arc.from == node).then_some((arc.to, gain, arc.flows[0]));
            for (before, more, left) in forth.into_iter().chain(back) {
                if left > 0 && ways[before].is_none() {
                    queue.push((Reverse(loss + more), room.min(left), before));
                }
            }
        }
    }
    let mut values: Vec<Value> = Vec::new();
    for (member, node) in network.nodes.iter().enumerate() {
        let Some((loss, at_least)) = ways[member] else { continue };
        let count = network.level(funder) - network.level(member) - loss;
        // Money rerouted on the way counts less than half of a unit discharged.
        let discharge = (count + scale / 2).div_euclid(scale);
        if node.member.is_some() && member != funder && discharge > 0 {
            values.push(Value { member, discharge, at_least });
        }
    }
    values.sort_by_key(|value| (Reverse(value.discharge), value.member));
    values
}
