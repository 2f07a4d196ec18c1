//! What --weights asks for, and what the obligations weigh by it.

use jiff::civil::Date;
use setoff_formats::{LARGEST_WEIGHT, Obligations};

use crate::choosing::Weighing;
use crate::failure::Failure;
use crate::result_json::Weights;

/// What --weights says, with the day of --as-of.
///
/// # Errors
/// [`Failure::Input`] if it is not in its form, or needs a day that is not there.
pub(crate) fn parse(text: &str, as_of: Option<Date>) -> Result<Weights, Failure> {
    if let Some(column) = text.strip_prefix("classes:") {
        return Ok(Weights::Classes(column.to_owned()));
    }
    let needs_as_of = || {
        Failure::Input(format!(
            "--weights {text}: say with --as-of 2026-11-24 on which day an obligation is overdue"
        ))
    };
    if text == "overdue-first" {
        as_of.ok_or_else(needs_as_of)?;
        return Ok(Weights::OverdueFirst);
    }
    let Some(weight) = text.strip_prefix("overdue:") else {
        return Ok(Weights::Column(text.to_owned()));
    };
    let weight = weight.parse().ok().filter(|w| (1..=LARGEST_WEIGHT).contains(w));
    let weight = weight.ok_or_else(|| {
        Failure::Input(format!(
            "--weights {text}: N is a whole number from 1 to {LARGEST_WEIGHT}, as in overdue:2"
        ))
    })?;
    as_of.ok_or_else(needs_as_of)?;
    Ok(Weights::Overdue(weight))
}

/// The same for a command that knows weights that count, and no classes.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_counting(
    text: Option<&str>,
    as_of: Option<Date>,
) -> Result<Option<Weights>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let weights = parse(text, as_of)?;
    if weights.weighing() == Weighing::Classes {
        return Err(Failure::Input(format!(
            "--weights {text}: classes are for `setoff clear`; here weights count, such as overdue:2 or \
             a column of whole numbers"
        )));
    }
    Ok(Some(weights))
}

/// Gives what is overdue on a day its weight, where that is what weighs it.
pub(crate) fn weigh(obligations: &mut Obligations, weights: &Weights, as_of: Option<Date>) {
    if let (Some(weight), Some(as_of)) = (weights.of_overdue(), as_of) {
        obligations.weigh(|obligation| match obligation.due {
            Some(due) if due < as_of => weight,
            _ => 1,
        });
    }
}
