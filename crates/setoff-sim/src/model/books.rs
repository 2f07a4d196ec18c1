//! Double entry, written once more: every movement is four lines.

use std::collections::BTreeMap;

/// A member's accounts in one currency, a debit above zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// What others owe it.
    pub receivable: i128,
    /// What it owes.
    pub payable: i128,
    /// Sales and purchases.
    pub invoiced: i128,
    /// Discharged by set-off.
    pub set_off: i128,
    /// Paid and received.
    pub money: i128,
    /// Assigned and taken over.
    pub assigned: i128,
}

/// All accounts, by member and currency.
#[derive(Clone, Debug, Default)]
pub struct Books(BTreeMap<(u32, u8), Accounts>);

/// A debt between two members in a currency, or a part of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Who owes.
    pub debtor: u32,
    /// Who is owed.
    pub creditor: u32,
    /// In which currency.
    pub currency: u8,
    /// How much.
    pub amount: i64,
}

impl Books {
    /// A member's accounts.
    #[must_use]
    pub fn of(&self, member: u32, currency: u8) -> Accounts {
        self.0.get(&(member, currency)).copied().unwrap_or_default()
    }

    fn at(&mut self, member: u32, currency: u8) -> &mut Accounts {
        self.0.entry((member, currency)).or_default()
    }

    /// Both sides agree that it is owed; with an amount below zero, no longer.
    pub(super) fn recognise(&mut self, part: Part) {
        let amount = i128::from(part.amount);
        let debtor = self.at(part.debtor, part.currency);
        debtor.invoiced += amount;
        debtor.payable -= amount;
        let creditor = self.at(part.creditor, part.currency);
        creditor.receivable += amount;
        creditor.invoiced -= amount;
    }

    /// It is owed no longer, or no longer agreed.
    pub(super) fn reverse(&mut self, part: Part) {
        self.recognise(Part { amount: -part.amount, ..part });
    }

    /// Discharged by set-off.
    pub(super) fn set_off(&mut self, part: Part) {
        let amount = i128::from(part.amount);
        let debtor = self.at(part.debtor, part.currency);
        debtor.payable += amount;
        debtor.set_off -= amount;
        let creditor = self.at(part.creditor, part.currency);
        creditor.receivable -= amount;
        creditor.set_off += amount;
    }

    /// Discharged by a payment.
    pub(super) fn pay(&mut self, part: Part) {
        let amount = i128::from(part.amount);
        let debtor = self.at(part.debtor, part.currency);
        debtor.payable += amount;
        debtor.money -= amount;
        let creditor = self.at(part.creditor, part.currency);
        creditor.receivable -= amount;
        creditor.money += amount;
    }

    /// Ended for a net position with the netting centre.
    pub(super) fn novate(&mut self, part: Part) {
        self.set_off(part);
    }

    /// Such a net position: set-off backwards.
    pub(super) fn replace(&mut self, part: Part) {
        self.set_off(Part { amount: -part.amount, ..part });
    }

    /// Debtor and creditor became one.
    pub(super) fn lapse(&mut self, part: Part) {
        let amount = i128::from(part.amount);
        let debtor = self.at(part.debtor, part.currency);
        debtor.payable += amount;
        debtor.assigned -= amount;
        let creditor = self.at(part.creditor, part.currency);
        creditor.receivable -= amount;
        creditor.assigned += amount;
    }

    /// Taken over from the debtor by another, who absorbs it.
    pub(super) fn take_over(&mut self, part: Part, by: u32) {
        let amount = i128::from(part.amount);
        let from = self.at(part.debtor, part.currency);
        from.payable += amount;
        from.assigned -= amount;
        let by = self.at(by, part.currency);
        by.payable -= amount;
        by.assigned += amount;
    }

    /// Taken over from the creditor by another.
    pub(super) fn assign(&mut self, part: Part, to: u32) {
        let amount = i128::from(part.amount);
        let from = self.at(part.creditor, part.currency);
        from.receivable -= amount;
        from.assigned += amount;
        let to = self.at(to, part.currency);
        to.receivable += amount;
        to.assigned -= amount;
    }
}
