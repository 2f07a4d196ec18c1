//! Which of a member's debts can add up to which of its claims.
//!
//! All sums of a choice of whole amounts are listed as long as there are few. Where the lists of both
//! sides have no sum in common the member can't be balanced; where they have none with (or without)
//! a certain amount, that one is decided.

use crate::whole::Allowed;

/// Longer lists of sums are not made.
const MOST_SUMS: usize = 1 << 12;

/// Sums that are added up to decide one member's amounts, at most.
const MOST_WORK: usize = 1 << 19;

/// What sums say of one member.
pub(crate) enum Decided {
    /// No choice of debts adds up to one of claims.
    Impossible,
    /// These amounts must be discharged or must not; by their places in both sides together.
    Forced(Vec<(usize, bool)>),
}

/// Decides what sums can decide of a member's debts and claims.
pub(crate) fn decide(owing: &[(u64, Allowed)], owed: &[(u64, Allowed)]) -> Decided {
    let mut owing = owing.to_vec();
    let mut owed = owed.to_vec();
    let mut forced = Vec::new();
    let (Some(of_debts), Some(of_claims)) = (sums(&owing), sums(&owed)) else {
        return Decided::Forced(forced);
    };
    if !meet(&of_debts, &of_claims) {
        return Decided::Impossible;
    }
    let debts = owing.len();
    if (debts * of_debts.len()).max(owed.len() * of_claims.len()) * (debts + owed.len()) > MOST_WORK
    {
        return Decided::Forced(forced);
    }
    for place in 0..debts + owed.len() {
        let either = |side: &[(u64, Allowed)], place: usize| side[place].1 == Allowed::Either;
        let is_debt = place < debts;
        let is_open = if is_debt { either(&owing, place) } else { either(&owed, place - debts) };
        if !is_open {
            continue;
        }
        for (tried, other) in [(Allowed::Yes, false), (Allowed::No, true)] {
            let allowed = if is_debt { &mut owing[place].1 } else { &mut owed[place - debts].1 };
            *allowed = tried;
            let possible = match (sums(&owing), sums(&owed)) {
                (Some(of_debts), Some(of_claims)) => meet(&of_debts, &of_claims),
                _ => true,
            };
            let allowed = if is_debt { &mut owing[place].1 } else { &mut owed[place - debts].1 };
            *allowed = Allowed::Either;
            if !possible {
                *allowed = if other { Allowed::Yes } else { Allowed::No };
                forced.push((place, other));
                break;
            }
        }
    }
    Decided::Forced(forced)
}

/// All sums of a choice of these amounts, sorted; `None` if there are too many.
fn sums(amounts: &[(u64, Allowed)]) -> Option<Vec<u128>> {
    let must = amounts.iter().filter(|(_, allowed)| *allowed == Allowed::Yes);
    let mut sums = vec![must.map(|(amount, _)| u128::from(*amount)).sum()];
    for (amount, _) in amounts.iter().filter(|(_, allowed)| *allowed == Allowed::Either) {
        let more: Vec<u128> = sums.iter().map(|sum| sum + u128::from(*amount)).collect();
        sums.extend(more);
        sums.sort_unstable();
        sums.dedup();
        if sums.len() > MOST_SUMS {
            return None;
        }
    }
    Some(sums)
}

/// Whether two sorted lists have a number in common.
fn meet(one: &[u128], other: &[u128]) -> bool {
    let mut other = other.iter().peekable();
    one.iter().any(|number| {
        while other.next_if(|next| *next < number).is_some() {}
        other.peek() == Some(&number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forced(owing: &[u64], owed: &[u64]) -> Vec<(usize, bool)> {
        let open = |side: &[u64]| side.iter().map(|a| (*a, Allowed::Either)).collect::<Vec<_>>();
        match decide(&open(owing), &open(owed)) {
            Decided::Forced(forced) => forced,
            Decided::Impossible => panic!("nothing at all is a choice"),
        }
    }

    #[test]
    fn what_adds_up_to_nothing_is_ruled_out() {
        // 3 + 4 = 7; 5 and 20 add up to nothing.
        assert_eq!(forced(&[3, 4, 20], &[7, 5]), [(2, false), (4, false)]);
        assert_eq!(forced(&[3], &[]), [(0, false)]);
    }

    #[test]
    fn what_must_be_discharged_forces_its_counterparts() {
        let owing = [(7, Allowed::Yes), (2, Allowed::Either)];
        let owed = [(3, Allowed::Either), (4, Allowed::Either), (8, Allowed::Either)];

        let Decided::Forced(forced) = decide(&owing, &owed) else { panic!("3 + 4 = 7") };
        assert_eq!(forced, [(1, false), (2, true), (3, true), (4, false)]);

        let impossible = decide(&owing, &[(8, Allowed::Either)]);
        assert!(matches!(impossible, Decided::Impossible));
    }
}
