//! The canonical order of obligations, on which neither the order of the input's rows nor the
//! machine has an influence, and the seed that follows from it.

use std::cmp::Ordering;

use setoff_clearing::Seed;
use setoff_formats::{Member, Obligation, Obligations};
use sha2::{Digest, Sha256};

/// Every member's place among the names sorted as bytes.
pub(crate) fn ranks(obligations: &Obligations) -> Vec<u32> {
    let mut ranks = vec![0; obligations.names().len()];
    for (rank, member) in (0..).zip(by_name(obligations)) {
        ranks[member.0 as usize] = rank;
    }
    ranks
}

/// All members, sorted by their names as bytes.
pub(crate) fn by_name(obligations: &Obligations) -> Vec<Member> {
    let count = u32::try_from(obligations.names().len()).expect("members are numbered by u32");
    let mut members: Vec<Member> = (0..count).map(Member).collect();
    members.sort_unstable_by_key(|&member| obligations.name(member));
    members
}

/// All rows in canonical order: by debtor and creditor, then the heavier first, then as they are
/// discharged: the one due first, one without a due date last, then by reference, the smaller
/// amount, and the place in the input.
pub(crate) fn order(obligations: &Obligations, ranks: &[u32]) -> Vec<usize> {
    let rows = obligations.rows();
    let pair = |row: &Obligation| {
        let rank = |member: Member| u64::from(ranks[member.0 as usize]);
        rank(row.debtor) << 32 | rank(row.creditor)
    };
    let mut keyed: Vec<(u64, usize)> = rows.iter().map(pair).zip(0..).collect();
    keyed.sort_unstable();
    for same_pair in keyed.chunk_by_mut(|a, b| a.0 == b.0) {
        if same_pair.len() > 1 {
            same_pair.sort_unstable_by(|a, b| within_pair(obligations, a.1, b.1));
        }
    }
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn within_pair(obligations: &Obligations, a: usize, b: usize) -> Ordering {
    let (one, other) = (&obligations.rows()[a], &obligations.rows()[b]);
    let weight = other.weight.cmp(&one.weight);
    let undated = one.due.is_none().cmp(&other.due.is_none());
    weight
        .then(undated)
        .then(one.due.cmp(&other.due))
        .then_with(|| obligations.reference(a).cmp(obligations.reference(b)))
        .then(one.amount.cmp(&other.amount))
        .then_with(|| {
            let code = |row: &Obligation| obligations.currencies()[usize::from(row.currency)];
            code(one).cmp(&code(other))
        })
        .then(one.place.cmp(&other.place))
}

/// The seed that follows from the obligations alone: the SHA-256 of their canonical listing.
///
/// The listing has a line `setoff-input/1` and then a line an obligation, in canonical order:
/// debtor, creditor, currency, minor units, due date or nothing, reference and weight, each
/// behind the other with a NUL byte between (no name or reference can hold one).
pub(crate) fn seed(obligations: &Obligations, order: &[usize]) -> Seed {
    let mut hash = Sha256::new();
    hash.update(b"setoff-input/1\n");
    let mut line = Vec::new();
    for &row in order {
        let obligation = &obligations.rows()[row];
        let due = obligation.due.map(|due| due.to_string()).unwrap_or_default();
        let currency = obligations.currencies()[usize::from(obligation.currency)];
        line.clear();
        for text in [
            obligations.name(obligation.debtor),
            obligations.name(obligation.creditor),
            currency.code(),
            &obligation.amount.0.to_string(),
            &due,
            obligations.reference(row),
        ] {
            line.extend_from_slice(text.as_bytes());
            line.push(0);
        }
        line.extend_from_slice(obligation.weight.to_string().as_bytes());
        line.push(b'\n');
        hash.update(&line);
    }
    Seed(hash.finalize().into())
}
