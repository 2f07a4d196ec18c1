//! Rows that name the same document with different amounts. Nobody can know which is right.

use std::collections::HashSet;
use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;
use setoff_money::Currency;

use crate::causes::Causes;
use crate::columns::Field;
use crate::rejected::{Cause, Original, Part, shown};
use crate::rules::written;
use crate::{Member, Obligations, Place, Reading, Rejected};

/// Takes such rows out of the good ones. At most `keep` bad rows are kept with their reasons.
pub(crate) fn reject_contradictions(reading: &mut Reading, causes: &mut Causes, keep: usize) {
    let bad = contradictions(&reading.obligations);
    if bad.is_empty() {
        return;
    }
    reading.rejected_count += bad.len() as u64;
    let mut messages = Vec::new();
    for twins in &bad {
        let rejected = twins.rejected(reading);
        causes.note(&rejected);
        if messages.len() < keep {
            messages.push(rejected);
        }
    }
    reading.rejected.extend(messages);
    reading.rejected.sort_by_key(|rejected| rejected.place);
    reading.rejected.truncate(keep);
    let rows: HashSet<usize> = bad.iter().map(|twins| twins.row).collect();
    reading.obligations = reading.obligations.without(&rows);
}

/// A bad row and one that says something else of the same document.
struct Twins {
    row: usize,
    other: usize,
}

/// What names a document: a reference between two members.
fn document(obligations: &Obligations, row: usize) -> (Member, Member, &str) {
    let obligation = &obligations.rows()[row];
    (obligation.debtor, obligation.creditor, obligations.reference(row))
}

/// All rows of documents that have several amounts, in their order.
fn contradictions(obligations: &Obligations) -> Vec<Twins> {
    let hasher = DefaultHashBuilder::default();
    let named = |row: &usize| !obligations.reference(*row).is_empty();
    // Sorted hashes need less room than a map of documents, and almost none are equal.
    let mut hashes: Vec<(u64, usize)> = (0..obligations.rows().len())
        .filter(named)
        .map(|row| (hasher.hash_one(document(obligations, row)), row))
        .collect();
    hashes.sort_unstable();
    let mut bad = Vec::new();
    for same_hash in hashes.chunk_by(|a, b| a.0 == b.0).filter(|chunk| chunk.len() > 1) {
        let mut rows: Vec<usize> = same_hash.iter().map(|(_, row)| *row).collect();
        rows.sort_by_key(|row| (document(obligations, *row), *row));
        let same_document =
            |a: &usize, b: &usize| document(obligations, *a) == document(obligations, *b);
        for rows in rows.chunk_by(same_document) {
            let money = |row: usize| {
                let obligation = &obligations.rows()[row];
                (obligation.amount, obligation.currency)
            };
            let differs = |from: usize| rows.iter().find(|row| money(**row) != money(from));
            let Some(&second) = differs(rows[0]) else { continue };
            bad.extend(rows.iter().map(|&row| Twins {
                row,
                other: if money(row) == money(rows[0]) { second } else { rows[0] },
            }));
        }
    }
    bad.sort_unstable_by_key(|twins| twins.row);
    bad
}

impl Twins {
    fn rejected(&self, reading: &Reading) -> Rejected {
        let obligations = &reading.obligations;
        let name = |place: Place| reading.files[usize::from(place.file)].name.clone();
        let amount = |row: usize| {
            let obligation = &obligations.rows()[row];
            let currency = obligations.currencies()[usize::from(obligation.currency)];
            let amount = currency.format(obligation.amount);
            if currency == Currency::NONE { amount } else { format!("{amount} {currency}") }
        };
        let (place, other) =
            (obligations.rows()[self.row].place, obligations.rows()[self.other].place);
        Rejected {
            file: name(place),
            place,
            column: None,
            part: Part::Column,
            value: Some(shown(obligations.reference(self.row))),
            problem: format!(
                "stands here with {} and in {}:{} with {} between the same two members: correct \
                 one, or give them different references",
                amount(self.row),
                name(other),
                other.line,
                amount(self.other),
            ),
            cause: Cause("has another amount elsewhere"),
            original: self.original(obligations),
        }
    }

    fn original(&self, obligations: &Obligations) -> Original {
        let row = &obligations.rows()[self.row];
        let currency = obligations.currencies()[usize::from(row.currency)];
        Original::fields(|field| match field {
            Field::Debtor => obligations.name(row.debtor).to_owned(),
            Field::Creditor => obligations.name(row.creditor).to_owned(),
            Field::Amount => currency.format(row.amount),
            Field::Currency => written(currency),
            Field::Due => row.due.map(|due| due.to_string()).unwrap_or_default(),
            Field::Reference => obligations.reference(self.row).to_owned(),
            Field::Weight => row.weight.to_string(),
        })
    }
}
