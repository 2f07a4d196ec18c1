//! The payments that are left.

use std::cmp::Reverse;

use crate::about::About;
use crate::outcome::{Outcome, Payment};
use crate::wording::{count, money};

/// How many payments are listed.
const MOST_LISTED: usize = 20;

/// The largest payments left, and how many there are in all.
pub(super) struct PaymentsLeft {
    pub(super) listed: Vec<ListedPayment>,
    pub(super) total: usize,
    pub(super) total_text: String,
}

/// One of the largest payments.
pub(super) struct ListedPayment {
    pub(super) payer: String,
    pub(super) payee: String,
    pub(super) amount: String,
    /// How many obligations it pays; nothing for a net position.
    pub(super) obligations: String,
}

impl PaymentsLeft {
    /// `belongs` says which payments are of the clearing.
    pub(super) fn of(outcome: &Outcome, about: &About, belongs: impl Fn(&Payment) -> bool) -> Self {
        let mut payments: Vec<&Payment> = outcome.payments.iter().filter(|p| belongs(p)).collect();
        let total = payments.len();
        // Stable: equal payments stay in the order of payments.csv.
        payments.sort_by_cached_key(|p| Reverse(comparable(p, about)));
        payments.truncate(MOST_LISTED);
        Self {
            listed: payments
                .into_iter()
                .map(|p| ListedPayment {
                    payer: outcome.party_name(p.payer).to_owned(),
                    payee: outcome.party_name(p.payee).to_owned(),
                    amount: money(p.currency, p.amount),
                    obligations: match p.obligations {
                        0 => String::new(),
                        n => count(n),
                    },
                })
                .collect(),
            total,
            total_text: count(total),
        }
    }
}

/// A size that compares payments in different currencies where there is a unit of account.
fn comparable(payment: &Payment, about: &About) -> i128 {
    let Some(rate) = about.rate(payment.currency) else {
        return payment.amount;
    };
    let (numerator, denominator) = rate.parts();
    payment.amount.saturating_mul(numerator) / denominator
}
