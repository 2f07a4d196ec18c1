//! The part of the page about one clearing.

use setoff_money::Currency;

use crate::about::About;
use crate::choosing::{Among, Choice};
use crate::figures::Figures;
use crate::outcome::{CurrencyClearing, Mode, Outcome};
use crate::proven::{proven, searched, sentence, stopped};
use crate::wording::{count, counted, currency_name, money, percent, scaled};

use super::circles::ToldCircles;
use super::debts::Debts;
use super::payments::PaymentsLeft;
use super::ring::{MOST_MEMBERS, Ring};
use super::savings::Savings;
use super::strands::Strands;

/// One clearing, ready to be shown.
pub(super) struct Section {
    pub(super) anchor: String,
    /// In lists of the sections.
    pub(super) currency: String,
    pub(super) heading: String,
    /// `, in EUR`, or nothing for amounts that came without a currency.
    pub(super) in_currency: String,
    pub(super) members: String,
    pub(super) obligations: String,
    /// What is proven about what is set off.
    pub(super) proven: String,
    pub(super) gross: String,
    pub(super) cleared: String,
    pub(super) residual: String,
    pub(super) rate: String,
    /// The rate in thousandths, for a bar.
    pub(super) rate_length: u32,
    /// Whether before and after are the same.
    pub(super) nothing_cleared: bool,
    pub(super) circles: String,
    pub(super) payments_before: String,
    pub(super) payments_after: String,
    pub(super) largest_payment: Option<String>,
    pub(super) payments: PaymentsLeft,
    pub(super) member_lines: Vec<MemberLine>,
    pub(super) picture: Picture,
    pub(super) savings: Savings,
    pub(super) told: ToldCircles,
}

/// The network before and after.
pub(super) enum Picture {
    /// Member by member.
    Ring(Ring),
    /// By groups of members.
    Strands(Strands),
}

/// One member in the table beside the ring.
pub(super) struct MemberLine {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) statement: Option<String>,
    pub(super) owing: String,
    pub(super) owed: String,
    pub(super) owing_after: String,
    pub(super) owed_after: String,
    pub(super) net: String,
}

impl Section {
    /// `first_circle` is the number of the clearing's first circle in `circles.csv`.
    pub(super) fn of(
        debts: &Debts<'_>,
        outcome: &Outcome,
        about: &About,
        anchor: String,
        summed: &Figures,
        payments: PaymentsLeft,
        first_circle: usize,
    ) -> Self {
        let clearing = debts.clearing;
        let small = clearing.members.len() <= MOST_MEMBERS;
        Self {
            anchor,
            currency: currency_name(clearing.currency),
            heading: if clearing.currency == Currency::NONE {
                "Without a currency".to_owned()
            } else {
                format!("In {}", clearing.currency)
            },
            in_currency: if clearing.currency == Currency::NONE {
                String::new()
            } else {
                format!(", in {}", clearing.currency)
            },
            members: counted(clearing.members.len(), "member", "members"),
            obligations: counted(clearing.rows.len(), "obligation", "obligations"),
            proven: proven_in_words(outcome, clearing),
            gross: money(clearing.currency, clearing.gross),
            cleared: money(clearing.currency, clearing.cleared),
            residual: money(clearing.currency, clearing.gross - clearing.cleared),
            rate: percent(clearing.cleared, clearing.gross),
            rate_length: scaled(clearing.cleared, clearing.gross, 1000),
            nothing_cleared: clearing.cleared == 0 && outcome.mode != Mode::Novation,
            circles: match outcome.mode {
                Mode::Bilateral => counted(clearing.circles.len(), "pair", "pairs"),
                _ => counted(clearing.circles.len(), "circle", "circles"),
            },
            payments_before: count(summed.payments_before),
            payments_after: count(summed.payments),
            largest_payment: (summed.payments > 0)
                .then(|| money(clearing.currency, summed.largest_payment)),
            payments,
            member_lines: if small { member_lines(debts, about) } else { Vec::new() },
            picture: if small {
                Picture::Ring(Ring::of(debts, outcome))
            } else {
                Picture::Strands(Strands::of(debts, outcome))
            },
            savings: Savings::of(debts, outcome, about),
            told: ToldCircles::of(debts, outcome, first_circle),
        }
    }
}

fn proven_in_words(outcome: &Outcome, clearing: &CurrencyClearing) -> String {
    if let Some(found) = stopped(outcome, clearing) {
        return format!("{found}; the proof is part of this result.");
    }
    let found = searched(outcome, clearing);
    if let (true, Some(found)) = (outcome.choice.whole, &found) {
        return format!("{found}; the proof is part of this result.");
    }
    if let Some(found) = found {
        let largest = Choice { among: Among::Default, ..outcome.choice };
        let largest = sentence(&proven(largest));
        return format!("{largest}. {found}; the proofs are part of this result.");
    }
    let most = if outcome.choice == Choice::default() {
        "It is the most that can be set off".to_owned()
    } else {
        sentence(&proven(outcome.choice))
    };
    format!("{most}; the proof is part of this result.")
}

fn member_lines(debts: &Debts<'_>, about: &About) -> Vec<MemberLine> {
    let clearing = debts.clearing;
    let readable = |sum| clearing.currency.format_readable(sum);
    clearing
        .positions
        .iter()
        .enumerate()
        .map(|(m, position)| MemberLine {
            number: m + 1,
            name: debts.name(m).to_owned(),
            statement: about.statements.get(&clearing.members[m]).cloned(),
            owing: readable(position.owing),
            owed: readable(position.owed),
            owing_after: readable(position.owing_after),
            owed_after: readable(position.owed_after),
            net: readable(position.net()),
        })
        .collect()
}
