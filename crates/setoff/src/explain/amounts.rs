//! Whether amounts of whole obligations can add up, at one member.
//!
//! Where obligations are set off whole or not at all, what is set off of a member's debts must equal what
//! is set off of its claims. So an obligation of which no choice of its debts with it adds up to any
//! choice of its claims can't be part of any set-off (and the other way round). All sums of a side are
//! listed as long as there are few; beyond that nothing is said.

use std::collections::BTreeMap;

use super::result_folder::OwnObligation;

/// Longer lists of sums are not made.
const MOST_SUMS: usize = 1 << 14;

/// What a member owes and is owed, obligation by obligation, in each clearing.
#[derive(Debug)]
pub(super) struct Amounts {
    member: u32,
    by_clearing: BTreeMap<usize, Sides>,
}

#[derive(Debug, Default)]
struct Sides {
    owing: Vec<i128>,
    owed: Vec<i128>,
}

impl Amounts {
    /// The amounts of all obligations of `member`.
    pub(super) fn of(own: &[OwnObligation], member: u32) -> Self {
        let mut by_clearing: BTreeMap<usize, Sides> = BTreeMap::new();
        for obligation in own.iter().filter(|obligation| obligation.took_part()) {
            let sides = by_clearing.entry(obligation.clearing).or_default();
            let owes = obligation.debtor == member;
            if owes { &mut sides.owing } else { &mut sides.owed }.push(obligation.cleared_as);
        }
        Self { member, by_clearing }
    }

    /// Whether there is certainly no choice of the member's debts and one of its claims that add up to
    /// the same with this obligation among them.
    pub(super) fn never_add_up(&self, obligation: &OwnObligation) -> bool {
        let Some(sides) = self.by_clearing.get(&obligation.clearing) else { return false };
        let owes = obligation.debtor == self.member;
        let (own, other) =
            if owes { (&sides.owing, &sides.owed) } else { (&sides.owed, &sides.owing) };
        let own_place = own.iter().position(|amount| *amount == obligation.cleared_as);
        let others = own.iter().enumerate().filter(|(place, _)| Some(*place) != own_place);
        let with_it = sums(obligation.cleared_as, others.map(|(_, amount)| *amount));
        let (Some(with_it), Some(other)) = (with_it, sums(0, other.iter().copied())) else {
            return false;
        };
        !with_it.iter().any(|sum| other.binary_search(sum).is_ok())
    }
}

/// All sums of `first` and any of the amounts, in order; `None` if there are too many.
fn sums(first: i128, amounts: impl Iterator<Item = i128>) -> Option<Vec<i128>> {
    let mut sums = vec![first];
    for amount in amounts {
        let more: Vec<i128> = sums.iter().map(|sum| sum + amount).collect();
        sums.extend(more);
        sums.sort_unstable();
        sums.dedup();
        if sums.len() > MOST_SUMS {
            return None;
        }
    }
    Some(sums)
}

#[cfg(test)]
mod tests {
    use setoff_money::Currency;

    use super::*;

    fn obligation(debtor: u32, creditor: u32, amount: i128) -> OwnObligation {
        OwnObligation {
            clearing: 0,
            debtor,
            creditor,
            file: 1,
            line: 2,
            reference: String::new(),
            due: String::new(),
            currency: Currency::NONE,
            amount,
            discharged: 0,
            cleared_as: amount,
        }
    }

    #[test]
    fn amounts_add_up_if_a_choice_of_both_sides_does() {
        let own = [
            obligation(0, 1, 70),
            obligation(0, 1, 60),
            obligation(0, 2, 40),
            obligation(3, 0, 100),
            obligation(1, 0, 1),
        ];
        let amounts = Amounts::of(&own, 0);

        let never: Vec<bool> = own.iter().map(|one| amounts.never_add_up(one)).collect();

        assert_eq!(never, [true, false, false, false, true]);
    }

    #[test]
    fn of_two_alike_one_is_among_the_others() {
        let own = [obligation(0, 1, 5), obligation(0, 1, 5), obligation(1, 0, 10)];

        assert!(!Amounts::of(&own, 0).never_add_up(&own[0]));
    }

    #[test]
    fn nothing_is_said_where_there_are_too_many_sums() {
        let mut own: Vec<_> = (0..20).map(|power| obligation(0, 1, 2 << power)).collect();
        own.push(obligation(1, 0, 1));

        assert!(!Amounts::of(&own, 0).never_add_up(&own[20]));
    }
}
