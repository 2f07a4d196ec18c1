//! Through which circles each obligation was set off: the trace that shows a multilateral set-off
//! as ordinary set-offs from one member to the next.
//!
//! A circle is known by debtor and creditor. Between the same two, the obligations are met by the
//! circles in order: the first obligation by the first circles until it is discharged, and so on.

use crate::outcome::{CurrencyClearing, Outcome};

/// A part of a circle that discharges an obligation, in the clearing's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The circle's number in `circles.csv`.
    pub(super) circle: usize,
    /// How much of the circle goes to the obligation, in minor units.
    pub(super) amount: u64,
}

/// One debt on a circle, between members by their numbers in the clearing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    debtor: usize,
    creditor: usize,
    circle: usize,
    amount: u64,
}

/// The circles' parts by the obligations that they discharge.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// By row, then by circle.
    parts: Vec<(usize, Part)>,
}

impl Trace {
    /// Traces the rows of `outcome` that `wanted` names.
    pub(super) fn of(outcome: &Outcome, wanted: impl Fn(usize) -> bool) -> Self {
        let mut trace = Self::default();
        let mut first = 1;
        for clearing in &outcome.clearings {
            trace.add(outcome, clearing, first, &wanted);
            first += clearing.circles.len();
        }
        trace.parts.sort_unstable_by_key(|(row, part)| (*row, part.circle));
        trace
    }

    fn add(
        &mut self,
        outcome: &Outcome,
        clearing: &CurrencyClearing,
        first: usize,
        wanted: &impl Fn(usize) -> bool,
    ) {
        let mut numbers = vec![usize::MAX; outcome.obligations.names().len()];
        for (number, member) in clearing.members.iter().enumerate() {
            numbers[member.0 as usize] = number;
        }
        let mut rows: Vec<(usize, usize, usize)> = Vec::new();
        let mut in_rows = vec![false; clearing.members.len() + 1];
        for &row in clearing.rows.iter().filter(|&&row| wanted(row)) {
            let obligation = &outcome.obligations.rows()[row];
            let debtor = numbers[obligation.debtor.0 as usize];
            in_rows[debtor] = true;
            rows.push((debtor, numbers[obligation.creditor.0 as usize], row));
        }
        // Stable: between the same two members the clearing's own order stays.
        rows.sort_by_key(|&(debtor, creditor, _)| (debtor, creditor));

        let mut links = Vec::new();
        for circle in 0..clearing.circles.len() {
            let (members, amount) = clearing.circles.get(circle);
            let creditors = members.iter().cycle().skip(1);
            for (&debtor, &creditor) in members.iter().zip(creditors) {
                let (debtor, creditor) = (debtor as usize, creditor as usize);
                if in_rows[debtor] {
                    links.push(Link { debtor, creditor, circle: first + circle, amount });
                }
            }
        }
        links.sort_unstable();

        let mut links = links.into_iter().peekable();
        for (debtor, creditor, row) in rows {
            let mut open = set_off(outcome, row);
            while links.next_if(|l| (l.debtor, l.creditor) < (debtor, creditor)).is_some() {}
            while open > 0 {
                let Some(link) =
                    links.peek_mut().filter(|l| (l.debtor, l.creditor) == (debtor, creditor))
                else {
                    debug_assert!(false, "circles sum to the discharges");
                    break;
                };
                let amount = open.min(link.amount);
                self.parts.push((row, Part { circle: link.circle, amount }));
                open -= amount;
                link.amount -= amount;
                if link.amount == 0 {
                    links.next();
                }
            }
        }
    }

    /// The parts of circles that discharge this row, by circle.
    pub(super) fn parts(&self, row: usize) -> impl Iterator<Item = Part> + '_ {
        let start = self.parts.partition_point(|(r, _)| *r < row);
        self.parts[start..].iter().take_while(move |(r, _)| *r == row).map(|(_, part)| *part)
    }
}

/// What of the row is set off, in the clearing's currency.
pub(super) fn set_off(outcome: &Outcome, row: usize) -> u64 {
    match &outcome.converted {
        Some(unit) => unit.discharged[row],
        None => u64::try_from(outcome.discharged[row].0).expect("a discharge is not negative"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Mode;
    use crate::report::testing::cleared;

    const TABLE: &str = "\
        A,B,30.00,EUR,2026-03-01,late\n\
        A,B,50.00,EUR,2026-01-01,early\n\
        B,A,60.00,EUR\n\
        B,C,40.00,EUR\n\
        C,A,15.00,EUR\n";

    #[test]
    fn the_parts_of_circles_sum_to_what_each_obligation_lost() {
        for mode in [Mode::SetOff, Mode::Bilateral, Mode::Novation] {
            let outcome = cleared(TABLE, mode);

            let trace = Trace::of(&outcome, |_| true);

            for row in 0..outcome.obligations.rows().len() {
                let sum: u64 = trace.parts(row).map(|part| part.amount).sum();
                assert_eq!(sum, set_off(&outcome, row), "{mode:?}, row {row}");
            }
        }
    }

    #[test]
    fn a_trace_of_some_rows_is_that_of_all() {
        let outcome = cleared(TABLE, Mode::SetOff);
        let all = Trace::of(&outcome, |_| true);

        // All rows between A and B: those between the same two are traced together.
        let some = Trace::of(&outcome, |row| row < 3);

        for row in 0..3 {
            assert!(all.parts(row).eq(some.parts(row)));
        }
    }
}
