//! What must hold of a clearing's sums: nobody gives more than it gets, and between two members
//! the oldest goes first.

use super::claims::Claims;
use super::discharges::in_input;
use super::findings::Findings;
use super::tally::Tally;
use crate::outcome::Mode;

/// Checks the sums of one clearing.
pub(super) fn check(claims: &Claims, tally: &Tally, findings: &mut Findings) {
    let money = |sum| tally.currency.format_sum(sum);
    match claims.mode {
        // Row by row every debt was found to end whole, so there is no balance to keep.
        Mode::Novation => {}
        Mode::SetOff => {
            for (number, member) in (0..).zip(&tally.members) {
                if member.owed_discharged != member.owing_discharged {
                    findings.add(|| {
                        format!(
                            "discharges.csv: {:?} is discharged of {} {} but {} of what it is \
                             owed is discharged: its net position changes",
                            tally.name(number),
                            tally.currency,
                            money(member.owing_discharged),
                            money(member.owed_discharged),
                        )
                    });
                }
            }
        }
        Mode::Bilateral => {
            for pair in &tally.pairs {
                let back =
                    tally.find_pair(pair.creditor, pair.debtor).map_or(0, |back| back.amount);
                let mutual = pair.amount.min(back);
                if pair.discharged != mutual {
                    findings.add(|| {
                        format!(
                            "discharges.csv: {} {} {} is discharged, where the two owe each other \
                             {} at least",
                            tally.pair_name(pair),
                            tally.currency,
                            money(pair.discharged),
                            money(mutual),
                        )
                    });
                }
            }
        }
    }
    for (late, early) in tally.pairs.iter().filter_map(|pair| pair.out_of_turn()) {
        findings.add(|| {
            format!(
                "discharges.csv: the obligation at {} is discharged although it is the turn of the \
                 one at {}, between the same two members",
                in_input(claims, late.place),
                in_input(claims, early.place),
            )
        });
    }
}
