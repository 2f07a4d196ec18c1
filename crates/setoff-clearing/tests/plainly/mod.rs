//! The largest circulation of a small network, found plainly: as long as some circle of changes gains,
//! change along it (M. Klein 1967). Shares nothing with the optimiser.

/// The largest `Σ weight · flow` over arcs `(from, to, limit, weight)`.
pub(crate) fn largest(nodes: usize, arcs: &[(usize, usize, u64, i128)]) -> i128 {
    let mut flow = vec![0; arcs.len()];
    while let Some(circle) = gaining_circle(nodes, arcs, &flow) {
        let room = |&(arc, more): &(usize, bool)| {
            if more { arcs[arc].2 - flow[arc] } else { flow[arc] }
        };
        let amount: u64 = circle.iter().map(room).min().unwrap();
        for (arc, more) in circle {
            flow[arc] = if more { flow[arc] + amount } else { flow[arc] - amount };
        }
    }
    arcs.iter().zip(flow).map(|(arc, flow)| arc.3 * i128::from(flow)).sum()
}

/// A circle of arcs to use more (or less, where `false`) that gains (Bellman 1958).
fn gaining_circle(
    nodes: usize,
    arcs: &[(usize, usize, u64, i128)],
    flow: &[u64],
) -> Option<Vec<(usize, bool)>> {
    let mut changes = Vec::new();
    for (number, &(from, to, limit, weight)) in arcs.iter().enumerate() {
        if flow[number] < limit {
            changes.push((from, to, weight, (number, true)));
        }
        if flow[number] > 0 {
            changes.push((to, from, -weight, (number, false)));
        }
    }
    let mut gain = vec![0_i128; nodes];
    let mut last = vec![None; nodes];
    let mut improved = None;
    for _ in 0..=nodes {
        improved = None;
        for &(from, to, weight, change) in &changes {
            if gain[to] < gain[from] + weight {
                gain[to] = gain[from] + weight;
                last[to] = Some((from, change));
                improved = Some(to);
            }
        }
    }
    // So many steps back there is a circle.
    let mut at = improved?;
    for _ in 0..nodes {
        at = last[at]?.0;
    }
    let end = at;
    let mut circle = Vec::new();
    loop {
        let (from, change) = last[at]?;
        circle.push(change);
        at = from;
        if at == end {
            return Some(circle);
        }
    }
}
