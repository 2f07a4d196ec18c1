//! The debts of one clearing in its own currency and its own numbering of members, whichever way
//! they were read.

use setoff_formats::Member;

use crate::outcome::{CurrencyClearing, Outcome};

/// One obligation as the clearing sees it, in minor units of the clearing's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Debt {
    /// The debtor's number in the clearing.
    pub(super) debtor: usize,
    /// The creditor's number in the clearing.
    pub(super) creditor: usize,
    /// What was owed.
    pub(super) before: i128,
    /// What of it is set off.
    pub(super) taken: i128,
}

impl Debt {
    /// What is still owed.
    pub(super) fn after(&self) -> i128 {
        self.before - self.taken
    }
}

/// All debts of one clearing.
pub(super) struct Debts<'a> {
    outcome: &'a Outcome,
    pub(super) clearing: &'a CurrencyClearing,
    /// The clearing's number of every member of the outcome.
    numbers: Vec<usize>,
}

impl<'a> Debts<'a> {
    pub(super) fn of(outcome: &'a Outcome, clearing: &'a CurrencyClearing) -> Self {
        let mut numbers = vec![usize::MAX; outcome.obligations.names().len()];
        for (number, member) in clearing.members.iter().enumerate() {
            numbers[member.0 as usize] = number;
        }
        Self { outcome, clearing, numbers }
    }

    /// The debts in the order of the input.
    pub(super) fn iter(&self) -> impl Iterator<Item = Debt> + '_ {
        self.clearing.rows.iter().map(|&row| {
            let obligation = &self.outcome.obligations.rows()[row];
            let (before, taken) = match &self.outcome.converted {
                Some(unit) => (i128::from(unit.amounts[row]), i128::from(unit.discharged[row])),
                None => (obligation.amount.wide(), self.outcome.discharged[row].wide()),
            };
            Debt {
                debtor: self.number(obligation.debtor),
                creditor: self.number(obligation.creditor),
                before,
                taken,
            }
        })
    }

    /// The clearing's number of a member that takes part in it.
    pub(super) fn number(&self, member: Member) -> usize {
        self.numbers[member.0 as usize]
    }

    /// The name of the member with this number; of the centre with the number after the last.
    pub(super) fn name(&self, number: usize) -> &'a str {
        match self.clearing.members.get(number) {
            Some(&member) => self.outcome.obligations.name(member),
            None => self.outcome.party_name(self.outcome.centre_party()),
        }
    }
}
