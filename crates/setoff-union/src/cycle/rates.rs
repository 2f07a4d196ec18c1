//! Where the rates of a cycle are from, and what they make of one currency in another.
//!
//! The rules:
//! - The rulebook may name a *source* of rates, and how old they may be. Then who opens a cycle in a
//!   unit of account states on which day its rates were published, and the digest of the document
//!   in which they were, so that everyone can get it and compare.
//! - Rates are not older than the rulebook says, counted from the value date, and never of a day
//!   after it.
//! - The rulebook in force on the value date counts: when the cycle is opened, and again at its
//!   cut-off, since another may have been adopted in between.
//! - The rules see the digest of the document, not the document: that the rates are those of it is
//!   for members to check, while the cycle is open and for ever after.

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use setoff_money::{Decimal, Rate};

use super::{Mode, Opening};
use crate::{Code, CurrencyId, Digest, Refusal, State};

/// Where a rulebook has rates from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateSource {
    /// Its name, such as "euro foreign exchange reference rates of the ECB".
    pub name: String,
    /// How many days before the value date they may have been published, at most.
    pub oldest_days: u16,
}

/// When and in what the rates of a cycle were published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// On which day.
    pub on: Date,
    /// The digest of the document.
    pub document: Digest,
}

/// Refuses an opening whose rates are not from where the rulebook says, or not of a day that it
/// allows.
pub(super) fn check_published(state: &State, opening: &Opening) -> Result<(), Refusal> {
    let Mode::UnitOfAccount { rates, published, .. } = &opening.mode else { return Ok(()) };
    let value_date = opening.value_date;
    let source = state.rulebook_on(value_date).rates.as_ref();
    let Some(Published { on, .. }) = *published else {
        return match source {
            Some(source) if !rates.is_empty() => {
                Err(Refusal::RatesFromNowhere { named: source.name.clone() })
            }
            _ => Ok(()),
        };
    };
    if on > value_date {
        return Err(Refusal::RatesOfLater { on, value_date });
    }
    if let Some(RateSource { oldest_days, .. }) = source {
        let oldest = value_date.saturating_sub(Span::new().days(i64::from(*oldest_days)));
        if on < oldest {
            return Err(Refusal::RatesTooOld { on, oldest });
        }
    }
    Ok(())
}

/// How many minor units of `to` one of `from` is worth at the rates of a cycle; `None` where it has
/// no rate for one of them, or the quotient of the two is too precise.
pub(crate) fn rate_between(
    state: &State,
    mode: &Mode,
    (from, to): (CurrencyId, CurrencyId),
) -> Option<Rate> {
    let Mode::UnitOfAccount { unit, rates, .. } = mode else { return None };
    let quote = |number: CurrencyId| {
        let currency = &state.currencies()[number.index()];
        let code = Code::of(currency);
        let of_unit = (code == *unit).then_some(Decimal::new(1, 0));
        Some((currency, of_unit.or_else(|| rates.get(&code).map(|rate| rate.0))?))
    };
    Rate::cross(quote(from)?, quote(to)?).ok()
}
