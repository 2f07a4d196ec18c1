//! Credit that members give each other in a circle, to no effect.
//!
//! Where one member accepts another's credit and is accepted in turn, both may owe each other more
//! and nothing is discharged by it. Such a circle of arcs of weight 0 changes neither what is
//! discharged nor what money is used, so the optimiser may leave it in. It is taken out here.
//!
//! The certificate stays valid: where something flows no gain is negative, and round a circle the
//! gains add up to its weights, which are 0; so each of them is 0, and such an arc may carry
//! anything. Circles through a funder that is no member cost money, so that none is ever left.

use crate::Network;

/// Takes all circles out of the flow on those arcs from `first` on that are `credits`.
///
/// A walk follows arcs that carry something. Where it comes back to itself it has found a circle and
/// takes it out; where it can't go on, the last arc leads to no circle and is left behind. Either way
/// an arc is done with: `O(n + a·l)` time for `n` nodes, `a` arcs and walks of up to `l` steps.
pub(crate) fn cancel_idle(
    network: &Network,
    first: usize,
    credits: impl Iterator<Item = bool>,
    discharges: &mut [u64],
) {
    let mut from = vec![Vec::new(); network.members() as usize];
    for (arc, _) in (first..).zip(credits).filter(|(_, is_credit)| *is_credit) {
        if discharges[arc] > 0 {
            from[network.debts()[arc].debtor as usize].push(arc);
        }
    }
    let creditor = |arc: usize| network.debts()[arc].creditor as usize;
    let mut on_walk = vec![false; from.len()];
    for start in 0..from.len() {
        let mut walk: Vec<usize> = Vec::new();
        loop {
            let at = walk.last().map_or(start, |arc| creditor(*arc));
            if on_walk[at] {
                let begin = walk.iter().position(|arc| network.debts()[*arc].debtor as usize == at);
                let begin = begin.expect("a member on the walk was left by one of its arcs");
                let circle = walk.split_off(begin);
                let amount = circle.iter().map(|arc| discharges[*arc]).min().unwrap_or(0);
                for arc in circle {
                    discharges[arc] -= amount;
                    let debtor = network.debts()[arc].debtor as usize;
                    on_walk[debtor] = false;
                    from[debtor].retain(|arc| discharges[*arc] > 0);
                }
                continue;
            }
            if let Some(&arc) = from[at].last() {
                on_walk[at] = true;
                walk.push(arc);
                continue;
            }
            let Some(arc) = walk.pop() else { break };
            let debtor = network.debts()[arc].debtor as usize;
            on_walk[debtor] = false;
            from[debtor].pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::network;

    #[test]
    fn only_circles_of_credit_are_taken_out() {
        // A debt, two credits both ways, and two that lead on.
        let network =
            network(4, &[(0, 1, 9), (1, 0, 9), (0, 1, 9), (1, 2, 9), (2, 3, 9), (3, 1, 9)]);
        let mut discharges = [4, 5, 3, 7, 6, 2];
        let credits = [true, true, true, true, true].into_iter();

        cancel_idle(&network, 1, credits, &mut discharges);

        assert_eq!(discharges, [4, 2, 0, 5, 4, 0]);
    }
}
