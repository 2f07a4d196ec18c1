//! What is proven about a set-off, in the words of the summary and the report.

use crate::choosing::{Among, Choice, Searched, Weighing};
use crate::outcome::{CurrencyClearing, Outcome};
use crate::wording::{count, counted, money, percent};

/// What holds of every clearing of an outcome, as a clause.
pub(crate) fn proven_of_all(outcome: &Outcome) -> String {
    if outcome.is_stopped() {
        "no set-off exceeds this one by more than is said to be possible".to_owned()
    } else {
        proven(outcome.choice)
    }
}

/// What was not reached within the time limit, in a sentence.
pub(crate) fn given_up(outcome: &Outcome) -> Option<String> {
    let among = outcome.given_up?;
    Some(format!(
        "The time limit ended the clearing before the choice of --among {among} was made: each \
         result is one of its kind, in an order that the seed decides"
    ))
}

/// How much more could be set off where the time limit stopped the optimiser, in a sentence.
pub(crate) fn stopped(outcome: &Outcome, clearing: &CurrencyClearing) -> Option<String> {
    let gap = clearing.gap()?;
    let most = i128::try_from(gap.most).unwrap_or(i128::MAX);
    let class = clearing.proof.as_ref()?.largest.get(gap.class)?;
    let (what, reached) = match (outcome.choice.weighing, class.weight) {
        (Weighing::Classes, Some(weight)) => {
            let cleared = i128::try_from(class.cleared).unwrap_or(i128::MAX);
            (format!(" of the obligations of weight {weight}"), cleared)
        }
        (Weighing::Weights, _) => (" under the weights".to_owned(), clearing.weighted),
        (Weighing::Alike | Weighing::Classes, _) => (String::new(), clearing.cleared),
    };
    let money = |sum| money(clearing.currency, sum);
    let least = percent(reached, reached.saturating_add(most));
    let mut text = format!(
        "The time limit stopped the optimiser. {} is set off{what}, and at most {} more is possible: \
         at least {least} of the largest is reached",
        money(reached),
        money(most)
    );
    let classes = clearing.proof.as_ref()?.largest.len();
    if gap.class + 1 < classes {
        text.push_str(". Nothing is proven of smaller weights");
    }
    Some(text)
}

/// What holds of a clearing that came to its end, as a clause: `no larger set-off of these
/// obligations exists`.
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
