//! Double entry for everything that happens to money between members.
//!
//! Every member keeps, in each currency, the accounts of [`Account`]; a positive balance is a
//! debit. One movement ([`Posting`]) always writes four lines, two in the books of each of its two
//! members, so that it balances twice over:
//!
//! - *down a member's books*: its two lines sum to zero, so each member's accounts always do;
//! - *across the union*: what one member has as a receivable, another has as a payable; what one
//!   set off, paid or assigned, another received. Over all members each of `Invoiced`, `SetOff`,
//!   `Money` and `Assigned` sums to zero, and so do `Receivable` and `Payable` together.
//!
//! The ledger holds what both sides agree on: an obligation is in it from its confirmation on,
//! with what is outstanding of it, and leaves it while it is disputed. A cycle in one currency
//! brings each member's `SetOff` back to zero: nobody pays, nobody gains. Payments elsewhere and
//! settlement are the `Money` lines.
//!
//! Balances are sums of fewer than 2^64 amounts of at most 2^62, so `i128` cannot overflow.

use serde::{Deserialize, Serialize};
use setoff_money::Minor;

use crate::{CurrencyId, MemberId, ObligationId};

/// One of a member's accounts in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// What others owe the member.
    Receivable,
    /// What the member owes others.
    Payable,
    /// The other side of what was declared: sales as a credit, purchases as a debit.
    Invoiced,
    /// What was discharged by set-off or novation; zero again after each cycle in one currency.
    SetOff,
    /// What was paid outside the union.
    Money,
    /// What was assigned to another creditor, taken over from another debtor, or lapsed as the two
    /// sides became one.
    Assigned,
}

impl Account {
    /// All accounts, in the order of a report.
    pub const ALL: [Self; 6] = [
        Self::Receivable,
        Self::Payable,
        Self::Invoiced,
        Self::SetOff,
        Self::Money,
        Self::Assigned,
    ];
}

/// What a posting is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Both sides agree that it is owed.
    Recognised,
    /// It is no longer owed, or no longer agreed: withdrawn, corrected, credited, disputed.
    Reversed,
    /// Discharged by set-off.
    SetOff,
    /// Discharged by a payment.
    Paid,
    /// `from`, who was the creditor, gave it to `to`.
    Assigned,
    /// `from`, who was the debtor, was absorbed by `to`.
    TakenOver,
    /// Debtor and creditor became one.
    Confusion,
    /// Ended by novation, for a net position with the netting centre.
    Novated,
    /// Such a net position, in place of what was ended.
    Replaced,
}

/// One movement between two members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// What it is about.
    pub obligation: ObligationId,
    /// The debtor; of an assignment the creditor until now, of a merger the absorbed member.
    pub from: MemberId,
    /// The creditor; of an assignment the creditor from now on, of a merger the absorbing member.
    pub to: MemberId,
    /// The currency.
    pub currency: CurrencyId,
    /// How much, above zero.
    pub amount: Minor,
    /// What for.
    pub cause: Cause,
}

/// One line of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// In whose books.
    pub member: MemberId,
    /// On which account.
    pub account: Account,
    /// A debit above zero, a credit below.
    pub amount: i128,
}

impl Posting {
    /// Its four lines, two a member; they sum to zero in each member's books.
    #[must_use]
    pub fn lines(&self) -> [Line; 4] {
        use Account::{Assigned, Invoiced, Money, Payable, Receivable, SetOff};
        let amount = self.amount.wide();
        let pair = |member, debit, credit| {
            [
                Line { member, account: debit, amount },
                Line { member, account: credit, amount: -amount },
            ]
        };
        let (from, to) = match self.cause {
            Cause::Recognised => ((Invoiced, Payable), (Receivable, Invoiced)),
            Cause::Reversed => ((Payable, Invoiced), (Invoiced, Receivable)),
            Cause::SetOff | Cause::Novated => ((Payable, SetOff), (SetOff, Receivable)),
            Cause::Replaced => ((SetOff, Payable), (Receivable, SetOff)),
            Cause::Paid => ((Payable, Money), (Money, Receivable)),
            Cause::Assigned => ((Assigned, Receivable), (Receivable, Assigned)),
            Cause::TakenOver => ((Payable, Assigned), (Assigned, Payable)),
            Cause::Confusion => ((Payable, Assigned), (Assigned, Receivable)),
        };
        let [a, b] = pair(self.from, from.0, from.1);
        let [c, d] = pair(self.to, to.0, to.1);
        [a, b, c, d]
    }
}

/// All balances of one member in one currency, in the order of [`Account::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Balances([i128; 6]);

impl Balances {
    /// The balance of an account, a debit above zero.
    #[must_use]
    pub fn of(&self, account: Account) -> i128 {
        self.0[account as usize]
    }

    /// What the member is owed less what it owes.
    #[must_use]
    pub fn net_position(&self) -> i128 {
        self.of(Account::Receivable) + self.of(Account::Payable)
    }
}

/// The balances of all members in all currencies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// By member, then by currency; what was never posted to may be missing at the end.
    balances: Vec<Vec<Balances>>,
}

impl Ledger {
    /// A member's balances in a currency, in `O(1)`.
    #[must_use]
    pub fn balances(&self, member: MemberId, currency: CurrencyId) -> Balances {
        let all = self.balances.get(member.index());
        all.and_then(|all| all.get(currency.index())).copied().unwrap_or_default()
    }

    pub(crate) fn post(&mut self, posting: &Posting) {
        let lines = posting.lines();
        debug_assert!(posting.amount > Minor(0) && posting.from != posting.to);
        debug_assert_eq!(lines[0].amount + lines[1].amount, 0, "the first member's books balance");
        debug_assert_eq!(lines[2].amount + lines[3].amount, 0, "the second member's books balance");
        for line in lines {
            let member = line.member.index();
            if self.balances.len() <= member {
                self.balances.resize_with(member + 1, Vec::new);
            }
            let of_member = &mut self.balances[member];
            if of_member.len() <= posting.currency.index() {
                of_member.resize(posting.currency.index() + 1, Balances::default());
            }
            of_member[posting.currency.index()].0[line.account as usize] += line.amount;
        }
    }

    /// Whether every member's books and every account across the union sum to zero, in each of
    /// `currencies` currencies. Takes time in proportion to members and currencies.
    #[must_use]
    pub fn is_balanced(&self, currencies: usize) -> bool {
        (0..currencies).all(|currency| {
            let of_currency = || self.balances.iter().filter_map(|all| all.get(currency));
            let across = |account| of_currency().map(|b| b.of(account)).sum::<i128>();
            let traded = across(Account::Receivable) + across(Account::Payable);
            let others = &Account::ALL[2..];
            traded == 0
                && others.iter().all(|&account| across(account) == 0)
                && of_currency().all(|b| b.0.iter().sum::<i128>() == 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EURO: CurrencyId = CurrencyId(0);

    fn post(ledger: &mut Ledger, from: u32, to: u32, amount: i64, cause: Cause) {
        let (from, to, amount) = (MemberId(from), MemberId(to), Minor(amount));
        let obligation = ObligationId(0);
        ledger.post(&Posting { obligation, from, to, currency: EURO, amount, cause });
    }

    #[test]
    fn a_set_off_lowers_both_sides_and_leaves_no_trace_on_net_positions() {
        let mut ledger = Ledger::default();
        for (from, to) in [(0, 1), (1, 2), (2, 0)] {
            post(&mut ledger, from, to, 500, Cause::Recognised);
        }

        for (from, to) in [(0, 1), (1, 2), (2, 0)] {
            post(&mut ledger, from, to, 500, Cause::SetOff);
        }

        for member in 0..3 {
            let balances = ledger.balances(MemberId(member), EURO);
            assert_eq!(balances, Balances::default(), "member {member}");
        }
        assert!(ledger.is_balanced(1));
    }

    #[test]
    fn a_payment_moves_money_and_an_assignment_moves_the_receivable() {
        let mut ledger = Ledger::default();
        post(&mut ledger, 0, 1, 900, Cause::Recognised);
        post(&mut ledger, 0, 1, 400, Cause::Paid);

        post(&mut ledger, 1, 2, 500, Cause::Assigned);

        let of = |member, account| ledger.balances(MemberId(member), EURO).of(account);
        assert_eq!((of(0, Account::Payable), of(0, Account::Money)), (-500, -400));
        assert_eq!((of(1, Account::Receivable), of(1, Account::Assigned)), (0, 500));
        assert_eq!((of(2, Account::Receivable), of(2, Account::Assigned)), (500, -500));
        assert!(ledger.is_balanced(1));
    }
}
