//! The figures of what was read, currency by currency.

use jiff::civil::Date;
use setoff_formats::Obligations;
use setoff_money::Currency;

use super::on_circles::on_circles;

/// What is owed in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CurrencyFigures {
    /// The currency.
    pub(super) currency: Currency,
    /// How many obligations are in it.
    pub(super) obligations: usize,
    /// How many members owe or are owed in it.
    pub(super) members: usize,
    /// The sum of the obligations, in minor units.
    pub(super) sum: i128,
    /// How many of them lie on a circle of debts.
    pub(super) obligations_on_circles: usize,
    /// The sum of these: no set-off along circles can clear more.
    pub(super) sum_on_circles: i128,
    /// The earliest and the latest due date.
    pub(super) due: Option<(Date, Date)>,
}

/// The figures of every currency, by code.
pub(super) fn by_currency(obligations: &Obligations) -> Vec<CurrencyFigures> {
    let mut rows_of = vec![Vec::new(); obligations.currencies().len()];
    for (row, obligation) in obligations.rows().iter().enumerate() {
        rows_of[usize::from(obligation.currency)].push(row);
    }
    let mut figures: Vec<CurrencyFigures> = obligations
        .currencies()
        .iter()
        .zip(&rows_of)
        .map(|(&currency, rows)| figures_of(currency, rows, obligations))
        .collect();
    figures.sort_unstable_by_key(|f| f.currency);
    figures
}

fn figures_of(currency: Currency, rows: &[usize], obligations: &Obligations) -> CurrencyFigures {
    let all = obligations.rows();
    let debts: Vec<(u32, u32)> =
        rows.iter().map(|&row| (all[row].debtor.0, all[row].creditor.0)).collect();
    let mut members: Vec<u32> = debts.iter().flat_map(|&(d, c)| [d, c]).collect();
    members.sort_unstable();
    members.dedup();

    let mut obligations_on_circles = 0;
    let mut sum_on_circles = 0;
    for (&row, on_circle) in rows.iter().zip(on_circles(obligations.names().len(), &debts)) {
        if on_circle {
            obligations_on_circles += 1;
            sum_on_circles += all[row].amount.wide();
        }
    }

    let dates = || rows.iter().filter_map(|&row| all[row].due);
    CurrencyFigures {
        currency,
        obligations: rows.len(),
        members: members.len(),
        sum: rows.iter().map(|&row| all[row].amount.wide()).sum(),
        obligations_on_circles,
        sum_on_circles,
        due: dates().min().zip(dates().max()),
    }
}
