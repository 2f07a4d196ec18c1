//! Obligations that may have been entered twice.
//!
//! Nothing is left out because of it: two equal deliveries on a day are possible, and only the
//! members know.

use std::collections::HashMap;
use std::hash::Hash;

use setoff_formats::Obligations;

use super::alike::Alike;

/// Obligations with the same debtor, creditor, amount and currency that have also a reference or
/// a due date in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Duplicates {
    /// Two rows or more, in the order read.
    pub(super) rows: Vec<usize>,
    /// What else they have in common.
    pub(super) common: Common,
}

/// What doubtful duplicates have in common besides debtor, creditor, amount and currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Common {
    /// Reference and due date, as far as the input gives them.
    Everything,
    /// The reference; the due dates differ.
    Reference,
    /// The due date; the references differ.
    Due,
    /// Some the reference and others the due date.
    Either,
}

impl Common {
    /// In words, after "the same".
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Everything => "everything the same",
            Self::Reference => "same reference, other due date",
            Self::Due => "same due date, other reference",
            Self::Either => "same reference or due date",
        }
    }

    /// The word for programs.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Reference => "reference",
            Self::Due => "due",
            Self::Either => "either",
        }
    }
}

/// The doubtful duplicates, by their first row. Time O(n log n) in the rows.
pub(super) fn doubtful_duplicates(obligations: &Obligations) -> Vec<Duplicates> {
    let all = obligations.rows();
    let pair_and_amount = |row: usize| {
        let o = &all[row];
        (o.debtor, o.creditor, o.currency, o.amount)
    };
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_unstable_by_key(|&row| (pair_and_amount(row), row));

    let mut found: Vec<Duplicates> = order
        .chunk_by(|&a, &b| pair_and_amount(a) == pair_and_amount(b))
        .filter(|equal| equal.len() > 1)
        .flat_map(|equal| duplicates_among(equal, obligations))
        .collect();
    found.sort_unstable_by_key(|d| d.rows[0]);
    found
}

/// The duplicates among rows of equal debtor, creditor, currency and amount.
fn duplicates_among(equal: &[usize], obligations: &Obligations) -> Vec<Duplicates> {
    let due = |row: usize| obligations.rows()[row].due;
    let mut alike = Alike::new(equal.len());
    join_where_same(&mut alike, equal, |row| {
        let reference = obligations.reference(row);
        (!reference.is_empty()).then_some(reference)
    });
    join_where_same(&mut alike, equal, due);
    // Rows that give neither have nothing to tell them apart.
    join_where_same(&mut alike, equal, |row| {
        (due(row).is_none() && obligations.reference(row).is_empty()).then_some(())
    });

    alike
        .groups()
        .into_iter()
        .map(|group| {
            let rows: Vec<usize> = group.into_iter().map(|i| equal[i]).collect();
            let common = common(&rows, obligations);
            Duplicates { rows, common }
        })
        .collect()
}

/// Joins the rows for which `key` is the same; none is no key.
fn join_where_same<K: Eq + Hash>(
    alike: &mut Alike,
    rows: &[usize],
    key: impl Fn(usize) -> Option<K>,
) {
    let mut first = HashMap::new();
    for (i, &row) in rows.iter().enumerate() {
        if let Some(key) = key(row) {
            alike.join(*first.entry(key).or_insert(i), i);
        }
    }
}

fn common(rows: &[usize], obligations: &Obligations) -> Common {
    let reference = |row: usize| obligations.reference(row);
    let due = |row: usize| obligations.rows()[row].due;
    let same_reference = rows.iter().all(|&r| reference(r) == reference(rows[0]));
    let same_due = rows.iter().all(|&r| due(r) == due(rows[0]));
    match (same_reference, same_due) {
        (true, true) => Common::Everything,
        (true, false) => Common::Reference,
        (false, true) => Common::Due,
        (false, false) => Common::Either,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::obligations;

    fn found(rows: &[&str]) -> Vec<(Vec<usize>, Common)> {
        doubtful_duplicates(&obligations(rows)).into_iter().map(|d| (d.rows, d.common)).collect()
    }

    #[test]
    fn an_invoice_entered_twice_is_found() {
        let rows = [
            "A,B,10.00,EUR,2026-01-31,R1",
            "A,B,10.00,EUR,2026-01-31,R1",
            "B,A,10.00,EUR,2026-01-31,R1",
        ];

        assert_eq!(found(&rows), [(vec![0, 1], Common::Everything)]);
    }

    #[test]
    fn the_reference_or_the_due_date_in_common_is_enough() {
        let rows = [
            "A,B,10.00,EUR,2026-01-31,R1",
            "A,C,99.00,EUR,2026-03-31,S1",
            "A,B,10.00,EUR,2026-02-28,R1",
            "A,C,99.00,EUR,2026-03-31,S2",
        ];

        assert_eq!(found(&rows), [(vec![0, 2], Common::Reference), (vec![1, 3], Common::Due)]);
    }

    #[test]
    fn equal_rows_without_reference_and_date_are_doubtful() {
        let rows = ["A,B,10.00,EUR,,", "A,B,10.00,EUR,,", "A,B,10.00,EUR,,R9"];

        assert_eq!(found(&rows), [(vec![0, 1], Common::Everything)]);
    }

    #[test]
    fn another_amount_currency_reference_and_date_is_no_duplicate() {
        let rows = [
            "A,B,10.00,EUR,2026-01-31,R1",
            "A,B,10.01,EUR,2026-01-31,R1",
            "A,B,10.00,USD,2026-01-31,R1",
            "A,B,10.00,EUR,2026-02-28,R2",
            "A,B,10.00,EUR,,",
        ];

        assert_eq!(found(&rows), []);
    }

    #[test]
    fn a_group_gathers_what_is_linked_through_a_third() {
        let rows = [
            "A,B,10.00,EUR,2026-01-31,R1",
            "A,B,10.00,EUR,2026-01-31,R2",
            "A,B,10.00,EUR,2026-02-28,R2",
        ];

        assert_eq!(found(&rows), [(vec![0, 1, 2], Common::Either)]);
    }
}
