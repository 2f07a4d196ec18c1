//! Circles taken out of a flow, arc by arc, where it matters through which of several parallel arcs
//! they run. ([`circles`](crate::circles()) makes shorter ones, of members.)

/// Takes circles out of the flow `amounts` through arcs `(from, to)` until none is left, and tells each
/// with the arcs on it in order and the amount taken off them. What is left is no circle's.
///
/// A walk follows arcs that carry something. Where it comes back to itself it has found a circle and
/// takes it out; where it can't go on, the last arc leads to no circle and is left behind. Either way
/// an arc is done with: `O(n + a·l)` time for `n` nodes, `a` arcs and walks of up to `l` steps.
pub(crate) fn take_out_circles(
    nodes: usize,
    arcs: &[(u32, u32)],
    amounts: &mut [u64],
    each: &mut dyn FnMut(&[usize], u64),
) {
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (arc, &(from, _)) in arcs.iter().enumerate() {
        leaving[from as usize].push(arc);
    }
    let mut on_walk = vec![false; nodes];
    let mut walk: Vec<usize> = Vec::new();
    for start in 0..nodes {
        loop {
            let at = walk.last().map_or(start, |arc: &usize| arcs[*arc].1 as usize);
            if on_walk[at] {
                let begin = walk.iter().position(|arc| arcs[*arc].0 as usize == at);
                let begin = begin.expect("a node on the walk was left by one of its arcs");
                let circle = walk.split_off(begin);
                let amount = circle.iter().map(|arc| amounts[*arc]).min().unwrap_or(0);
                for &arc in &circle {
                    amounts[arc] -= amount;
                    on_walk[arcs[arc].0 as usize] = false;
                }
                each(&circle, amount);
                continue;
            }
            while leaving[at].pop_if(|arc| amounts[*arc] == 0).is_some() {}
            if let Some(&arc) = leaving[at].last() {
                on_walk[at] = true;
                walk.push(arc);
                continue;
            }
            let Some(arc) = walk.pop() else { break };
            let from = arcs[arc].0 as usize;
            on_walk[from] = false;
            leaving[from].pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_taken_out_and_dead_ends_left() {
        let arcs = [(1, 0), (0, 1), (1, 2), (2, 3), (3, 1), (0, 3)];
        let mut amounts = [5, 3, 7, 6, 2, 0];
        let mut taken = 0;

        take_out_circles(4, &arcs, &mut amounts, &mut |circle, amount| {
            taken += amount * circle.len() as u64;
        });

        assert_eq!(amounts, [2, 0, 5, 4, 0, 0]);
        assert_eq!(taken, 3 * 2 + 2 * 3);
    }
}
