//! Obligations for tests, written as rows of a table.

use setoff_formats::{Declared, Obligations, Place};
use setoff_money::Decimal;

/// The rows `debtor,creditor,amount,currency,due,reference`, the first in line 2 of file 0.
pub(super) fn obligations(rows: &[&str]) -> Obligations {
    let mut obligations = Obligations::default();
    for (i, row) in rows.iter().enumerate() {
        let fields: Vec<&str> = row.split(',').collect();
        let currency = fields[3].parse().unwrap();
        let amount: Decimal = fields[2].parse().unwrap();
        obligations.push(&Declared {
            debtor: fields[0],
            creditor: fields[1],
            amount: amount.in_minor_units(&currency).unwrap(),
            currency,
            due: (!fields[4].is_empty()).then(|| fields[4].parse().unwrap()),
            reference: fields[5],
            weight: 1,
            place: Place { file: 0, line: i as u64 + 2 },
        });
    }
    obligations
}

/// Obligations in which these names owe one another in turn.
pub(super) fn obligations_of(names: &[&str]) -> Obligations {
    let next = names.iter().skip(1).chain(names.first());
    let rows: Vec<String> = names
        .iter()
        .zip(next)
        .map(|(debtor, creditor)| format!("{debtor},{creditor},1.00,EUR,,"))
        .collect();
    obligations(&rows.iter().map(String::as_str).collect::<Vec<_>>())
}
