//! The headline figures of an outcome, for the summary, the comparison and `result.json`.

use std::collections::{BTreeMap, BTreeSet};

use setoff_money::Currency;

use crate::outcome::{CurrencyClearing, Mode, Outcome};

/// The figures of one currency, or of the unit of account. Sums are in minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) currency: Currency,
    pub(crate) obligations: usize,
    pub(crate) members: usize,
    pub(crate) gross: i128,
    pub(crate) cleared: i128,
    pub(crate) residual: i128,
    /// The payments it takes to pay every debtor-creditor pair once without any clearing.
    pub(crate) payments_before: usize,
    pub(crate) payments: usize,
    /// The sum of these payments.
    pub(crate) payment_volume: i128,
    pub(crate) largest_payment: i128,
}

impl Figures {
    /// The share that is cleared, as a decimal rounded down to six places; 0 of nothing.
    pub(crate) fn rate(&self) -> String {
        let millionths = if self.gross == 0 { 0 } else { self.cleared * 1_000_000 / self.gross };
        format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
    }

    /// The same as a percentage with two places.
    pub(crate) fn percentage(&self) -> String {
        let basis = if self.gross == 0 { 0 } else { self.cleared * 10_000 / self.gross };
        format!("{}.{:02} %", basis / 100, basis % 100)
    }
}

/// The figures of every currency, by code, in amounts of that currency.
pub(crate) fn by_currency(outcome: &Outcome) -> Vec<Figures> {
    if outcome.converted.is_none() {
        return outcome.clearings.iter().map(|clearing| of_clearing(outcome, clearing)).collect();
    }
    let mut rows: BTreeMap<Currency, Vec<usize>> = BTreeMap::new();
    for row in 0..outcome.obligations.rows().len() {
        rows.entry(outcome.currency(row)).or_default().push(row);
    }
    let of_rows = |(currency, rows): (Currency, Vec<usize>)| {
        let obligations = outcome.obligations.rows();
        let amount = |&row: &usize| obligations[row].amount.wide();
        let gross = rows.iter().map(amount).sum();
        let cleared = rows.iter().map(|&row| outcome.discharged[row].wide()).sum::<i128>();
        let (members, pairs) = parties(outcome, &rows);
        Figures {
            currency,
            obligations: rows.len(),
            members,
            gross,
            cleared,
            residual: gross - cleared,
            payments_before: pairs,
            ..payments(outcome, currency)
        }
    };
    rows.into_iter().map(of_rows).collect()
}

/// The figures of one clearing, in its currency or the unit of account.
pub(crate) fn of_clearing(outcome: &Outcome, clearing: &CurrencyClearing) -> Figures {
    let currency = clearing.currency;
    let (members, pairs) = parties(outcome, &clearing.rows);
    let left = if outcome.converted.is_some() && outcome.mode != Mode::Novation {
        in_unit(outcome, clearing)
    } else {
        payments(outcome, currency)
    };
    Figures {
        currency,
        obligations: clearing.rows.len(),
        members,
        gross: clearing.gross,
        cleared: clearing.cleared,
        residual: clearing.gross - clearing.cleared,
        payments_before: pairs,
        ..left
    }
}

/// How many members the rows have, and how many pairs of a debtor and a creditor.
fn parties(outcome: &Outcome, rows: &[usize]) -> (usize, usize) {
    let mut pairs: Vec<_> = rows
        .iter()
        .map(|&row| &outcome.obligations.rows()[row])
        .map(|obligation| (obligation.debtor, obligation.creditor))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let members: BTreeSet<_> =
        pairs.iter().flat_map(|&(debtor, creditor)| [debtor, creditor]).collect();
    (members.len(), pairs.len())
}

/// The payments that are left in a currency; the other figures are zero.
fn payments(outcome: &Outcome, currency: Currency) -> Figures {
    let amounts = outcome.payments.iter().filter(|p| p.currency == currency).map(|p| p.amount);
    left(currency, amounts)
}

/// With a unit of account: what is left of each pair in it.
fn in_unit(outcome: &Outcome, clearing: &CurrencyClearing) -> Figures {
    let Some(converted) = &outcome.converted else { return payments(outcome, clearing.currency) };
    let mut pairs: BTreeMap<_, i128> = BTreeMap::new();
    for &row in &clearing.rows {
        let obligation = &outcome.obligations.rows()[row];
        let rest = i128::from(converted.amounts[row] - converted.discharged[row]);
        *pairs.entry((obligation.debtor, obligation.creditor)).or_default() += rest;
    }
    left(clearing.currency, pairs.into_values().filter(|&rest| rest > 0))
}

fn left(currency: Currency, amounts: impl Iterator<Item = i128>) -> Figures {
    let (mut payments, mut payment_volume, mut largest_payment) = (0, 0, 0);
    for amount in amounts {
        payments += 1;
        payment_volume += amount;
        largest_payment = largest_payment.max(amount);
    }
    Figures {
        currency,
        obligations: 0,
        members: 0,
        gross: 0,
        cleared: 0,
        residual: 0,
        payments_before: 0,
        payments,
        payment_volume,
        largest_payment,
    }
}
