//! What is proven about a set-off, in the words of the summary and the report.

use crate::choosing::{Among, Choice, Searched, Weighing};
use crate::outcome::{CurrencyClearing, Outcome};
use crate::wording::{count, counted, money};

/// What holds of every clearing, as a clause: `no larger set-off of these obligations exists`.
pub(crate) fn proven(choice: Choice) -> String {
    if choice.whole {
        return "no set-off of whole obligations exceeds the bound that is stated".to_owned();
    }
    let largest = match choice.weighing {
        Weighing::Alike => "no larger set-off of these obligations exists",
        Weighing::Weights => "no other set-off is worth more under the weights",
        Weighing::Classes => {
            "no other set-off discharges more of the first class, or as much of it and more of the \
             next"
        }
    };
    let chosen = match choice.among {
        Among::Default => "",
        Among::Fair => ", and of those like it this one shares most evenly",
        Among::Fewest => {
            ", and none like it discharges more obligations whole than the bound that is stated"
        }
    };
    format!("{largest}{chosen}")
}

/// The same as a sentence.
pub(crate) fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What is proven of one clearing where a search chose it, in sentences.
pub(crate) fn searched(outcome: &Outcome, clearing: &CurrencyClearing) -> Option<String> {
    let searched = clearing.proof.as_ref()?.searched.as_ref()?;
    Some(match searched {
        Searched::Whole { bound, .. } if *bound <= clearing.weighted => {
            let what = match outcome.choice.weighing {
                Weighing::Alike => "is larger",
                Weighing::Weights | Weighing::Classes => "is worth more under the weights",
            };
            format!("Every obligation is set off whole or not at all, and no such set-off {what}")
        }
        Searched::Whole { bound, .. } => {
            let bound = match outcome.choice.weighing {
                Weighing::Alike => money(clearing.currency, *bound),
                Weighing::Weights | Weighing::Classes => {
                    format!("{} under the weights", money(clearing.currency, *bound))
                }
            };
            format!(
                "Every obligation is set off whole or not at all. A larger such set-off was not \
                 found and is not ruled out, but none exceeds {bound}"
            )
        }
        Searched::Fewest { whole, bound, .. } if whole == bound => format!(
            "{} discharged whole, and no set-off as large discharges more whole",
            are(*whole)
        ),
        Searched::Fewest { whole, bound, .. } => format!(
            "{} discharged whole. More were not found and are not ruled out, but no set-off as \
             large discharges more than {} whole",
            are(*whole),
            count(*bound)
        ),
    })
}

fn are(whole: usize) -> String {
    format!(
        "{} {}",
        counted(whole, "obligation", "obligations"),
        if whole == 1 { "is" } else { "are" }
    )
}
