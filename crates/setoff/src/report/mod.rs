//! `report.html`: one page for people that needs nothing but itself: no network, no script.
//!
//! All drawing is done here, in whole text; the page's policy forbids it to load anything.

mod circles;
mod debts;
mod groups;
mod payments;
mod ranks;
mod ring;
mod savings;
mod section;
mod strands;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use askama::Template;

use crate::about::About;
use crate::figures;
use crate::outcome::{Mode, Outcome};
use crate::proven::proven_of_all;
use crate::wording::{count, counted, currency_name, money, percent};

use circles::Step;
use debts::Debts;
use payments::PaymentsLeft;
use section::{Picture, Section};

/// The most currencies that are shown with pictures; all are in the table of figures.
const MOST_SECTIONS: usize = 6;

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub(crate) fn write_report(
    outcome: &Outcome,
    about: &About,
    out: &mut impl Write,
) -> io::Result<()> {
    Page::of(outcome, about).write_into(out)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    about: &'a About,
    mode: Mode,
    centre: &'a str,
    members: String,
    obligations: String,
    /// One a currency; shown where there are several.
    figures: Vec<FigureRow>,
    /// With a unit of account: the same obligations in their own currencies.
    own_currencies: Vec<OwnCurrency>,
    sections: Vec<Section>,
    /// How many currencies have no section of their own.
    without_section: usize,
    /// What a verifier finds of the choice, as a clause.
    proven: String,
    rejected: String,
    rounding: Option<String>,
    circles: usize,
}

/// The figures of one currency.
struct FigureRow {
    currency: String,
    /// The anchor of its section, if it has one.
    anchor: Option<String>,
    members: String,
    obligations: String,
    gross: String,
    cleared: String,
    rate: String,
    residual: String,
    payments_before: String,
    payments: String,
}

/// What was converted from one currency.
struct OwnCurrency {
    currency: String,
    rate: String,
    obligations: String,
    gross: String,
    discharged: String,
    outstanding: String,
}

impl<'a> Page<'a> {
    fn of(outcome: &'a Outcome, about: &'a About) -> Self {
        let clearings = &outcome.clearings;
        let mut by_size: Vec<usize> = (0..clearings.len()).collect();
        by_size.sort_by_key(|&c| (std::cmp::Reverse(clearings[c].rows.len()), c));
        by_size.truncate(MOST_SECTIONS);
        by_size.sort_unstable();

        let mut figures = Vec::new();
        let mut sections = Vec::new();
        let mut first_circle = 1;
        for (c, clearing) in clearings.iter().enumerate() {
            let debts = Debts::of(outcome, clearing);
            let payments = PaymentsLeft::of(outcome, about, |p| {
                about.unit.is_some() || p.currency == clearing.currency
            });
            let anchor = format!("in-{}", clearing.currency.code().to_ascii_lowercase());
            let summed = figures::of_clearing(outcome, clearing);
            let shown = by_size.contains(&c);
            figures.push(FigureRow {
                currency: currency_name(clearing.currency),
                anchor: shown.then(|| anchor.clone()),
                members: count(clearing.members.len()),
                obligations: count(clearing.rows.len()),
                gross: clearing.currency.format_readable(clearing.gross),
                cleared: clearing.currency.format_readable(clearing.cleared),
                rate: percent(clearing.cleared, clearing.gross),
                residual: clearing.currency.format_readable(clearing.gross - clearing.cleared),
                payments_before: count(summed.payments_before),
                payments: count(summed.payments),
            });
            if shown {
                let section =
                    Section::of(&debts, outcome, about, anchor, &summed, payments, first_circle);
                sections.push(section);
            }
            first_circle += clearing.circles.len();
        }
        Self {
            about,
            mode: outcome.mode,
            centre: outcome.party_name(outcome.centre_party()),
            members: counted(outcome.obligations.names().len(), "member", "members"),
            obligations: counted(outcome.obligations.rows().len(), "obligation", "obligations"),
            figures,
            own_currencies: own_currencies(outcome, about),
            without_section: clearings.len() - sections.len(),
            sections,
            proven: proven_of_all(outcome),
            rejected: count(usize::try_from(about.rejected).unwrap_or(usize::MAX)),
            rounding: about.unit.as_ref().map(|unit| money(unit.currency, unit.rounding)),
            circles: first_circle - 1,
        }
    }

    /// The word for what happened.
    fn act(&self) -> &'static str {
        match self.mode {
            Mode::SetOff => "Multilateral set-off",
            Mode::Bilateral => "Bilateral netting",
            Mode::Novation => "Netting through a centre",
        }
    }

    fn set_off(&self) -> bool {
        self.mode == Mode::SetOff
    }

    fn bilateral(&self) -> bool {
        self.mode == Mode::Bilateral
    }

    fn novation(&self) -> bool {
        self.mode == Mode::Novation
    }
}

/// Amounts in the currencies in which they are owed, where those were converted.
fn own_currencies(outcome: &Outcome, about: &About) -> Vec<OwnCurrency> {
    let Some(unit) = &about.unit else {
        return Vec::new();
    };
    let currencies = outcome.obligations.currencies();
    let mut sums = vec![(0_usize, 0_i128, 0_i128); currencies.len()];
    for (row, obligation) in outcome.obligations.rows().iter().enumerate() {
        let (rows, gross, discharged) = &mut sums[usize::from(obligation.currency)];
        *rows += 1;
        *gross += obligation.amount.wide();
        *discharged += outcome.discharged[row].wide();
    }
    let mut order: Vec<usize> = (0..currencies.len()).collect();
    order.sort_by_key(|&c| currencies[c]);
    order
        .into_iter()
        .map(|c| {
            let (rows, gross, discharged) = sums[c];
            let currency = currencies[c];
            OwnCurrency {
                currency: currency.to_string(),
                rate: about.rate_in_words(currency, unit.currency),
                obligations: count(rows),
                gross: currency.format_readable(gross),
                discharged: currency.format_readable(discharged),
                outstanding: currency.format_readable(gross - discharged),
            }
        })
        .collect()
}
