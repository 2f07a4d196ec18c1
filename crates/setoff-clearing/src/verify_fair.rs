//! The checker of the rule of [`fair`](crate::fair), which states it.
//!
//! # Why the steps prove it
//! A step asks for the conserved choice that costs least, where free debts cost their draw (none in
//! a step of prices) and the units that pass through a member cost their prices. With potentials
//! `π` of the halves, add to the cost of every choice the potential at its end less the one at its
//! beginning: round circles that adds nothing. So a choice is best if it takes all that then costs
//! less than nothing and nothing that costs more; and as the costs of *every* choice add up the same,
//! the best ones are exactly those that do so. The next step is about these.
//!
//! Nothing here calls the optimiser.

use std::collections::BTreeMap;
use std::fmt;

use crate::fair::{MOST_DRAWS, earnings};
use crate::settled::{Arc, is_settled};
use crate::shares::{Draws, Span};
use crate::{
    Classes, Debt, FairClearing, FairStep, Network, Seed, VerifiedClasses, Violation,
    verify_classes,
};

/// Why a clearing is not found to be the most even one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfair {
    /// It is not found to be a largest set-off.
    Clearing(Violation),
    /// There are not two potentials for every member in a step.
    Potentials {
        /// The step's number, from 0.
        step: usize,
    },
    /// A debt is discharged by more or less than the step asks.
    Debt {
        /// The step's number, from 0.
        step: usize,
        /// Who owes it.
        debtor: u32,
        /// Who is owed it.
        creditor: u32,
    },
    /// A member is discharged of more or less than the step asks.
    Member {
        /// The step's number, from 0.
        step: usize,
        /// The member.
        member: u32,
    },
    /// The steps end although several set-offs are left, or go on although only one is.
    Steps {
        /// How many steps the rule has taken until then.
        steps: usize,
    },
}

/// What is free between two members: the sum of the debts, and of what is discharged of them.
type Between = BTreeMap<(u32, u32), (u128, u128)>;

/// Checks that these discharges are the most even of the largest, by the rule.
///
/// `O((members + debts) · log)` time for each step.
///
/// # Errors
/// The first reason found why not.
pub fn verify_fair(
    network: &Network,
    classes: &Classes,
    seed: Seed,
    clearing: &FairClearing,
) -> Result<VerifiedClasses, Unfair> {
    let FairClearing { discharges, certificates, steps } = clearing;
    let verified =
        verify_classes(network, classes, discharges, certificates).map_err(Unfair::Clearing)?;

    let members = network.members() as usize;
    let mut spans = vec![Span { low: 0, high: 0 }; members];
    let mut sums = vec![0_u128; members];
    let mut free = Between::new();
    for (place, (debt, &discharge)) in network.debts().iter().zip(discharges).enumerate() {
        spans[debt.debtor as usize].high += u128::from(debt.amount);
        sums[debt.debtor as usize] += u128::from(discharge);
        let gains = certificates.iter().enumerate().map(|(class, certificate)| {
            gain(classes.weight(class, place, debt), debt, &certificate.potentials)
        });
        if gains.into_iter().all(|gain| gain == 0) {
            let between = free.entry((debt.debtor, debt.creditor)).or_default();
            between.0 += u128::from(debt.amount);
            between.1 += u128::from(discharge);
        }
    }

    let mut rounds = 0;
    for (number, step) in steps.iter().enumerate() {
        if step.owed.len() != members || step.owing.len() != members {
            return Err(Unfair::Potentials { step: number });
        }
        let takes_part = taking_part(members, &free);
        let is_wide = spans.iter().zip(&takes_part).any(|(span, takes)| *takes && span.is_wide());
        let is_priced = number == 0 || is_wide;
        if is_one_left(&free, &spans, &sums) || !is_priced && rounds == MOST_DRAWS {
            return Err(Unfair::Steps { steps: number });
        }
        let draws = (!is_priced).then(|| Draws::new(seed, rounds));
        rounds += u64::from(!is_priced);
        let earned = i128::from(earnings(number == 0));
        check_debts(number, step, draws, &mut free)?;
        for member in (0..network.members()).filter(|member| takes_part[*member as usize]) {
            let place = member as usize;
            let worth = i128::from(step.owed[place]) - i128::from(step.owing[place]);
            spans[place] = match draws {
                None => spans[place].priced(worth + earned),
                Some(_) => spans[place].unpriced(worth),
            };
            if !spans[place].holds(sums[place]) {
                return Err(Unfair::Member { step: number, member });
            }
        }
    }
    if rounds < MOST_DRAWS && !is_one_left(&free, &spans, &sums) {
        return Err(Unfair::Steps { steps: steps.len() });
    }
    Ok(verified)
}

fn gain(weight: i32, debt: &Debt, potentials: &[i64]) -> i128 {
    let potential = |member: u32| i128::from(potentials[member as usize]);
    i128::from(weight) + potential(debt.debtor) - potential(debt.creditor)
}

/// Checks what is free against a step, and keeps what still is.
fn check_debts(
    number: usize,
    step: &FairStep,
    draws: Option<Draws>,
    free: &mut Between,
) -> Result<(), Unfair> {
    let mut wrong = None;
    free.retain(|&(debtor, creditor), &mut (amount, discharged)| {
        let cost = draws.map_or(0, |draws| draws.of(debtor, creditor));
        let gain = i128::from(step.owing[debtor as usize])
            - i128::from(step.owed[creditor as usize])
            - i128::from(cost);
        if gain > 0 && discharged < amount || gain < 0 && discharged > 0 {
            wrong.get_or_insert(Unfair::Debt { step: number, debtor, creditor });
        }
        gain == 0
    });
    wrong.map_or(Ok(()), Err)
}

/// Whether each member has a free debt or claim.
fn taking_part(members: usize, free: &Between) -> Vec<bool> {
    let mut takes_part = vec![false; members];
    for &(debtor, creditor) in free.keys() {
        takes_part[debtor as usize] = true;
        takes_part[creditor as usize] = true;
    }
    takes_part
}

fn is_one_left(free: &Between, spans: &[Span], sums: &[u128]) -> bool {
    let members = u32::try_from(spans.len()).expect("members are numbered by u32");
    let debts = free.iter().map(|(&(debtor, creditor), &(amount, discharged))| Arc {
        from: members + debtor,
        to: creditor,
        up: discharged < amount,
        down: discharged > 0,
    });
    let takes_part = taking_part(spans.len(), free);
    let members = (0..members).filter(|member| takes_part[*member as usize]).map(|member| {
        let (span, sum) = (spans[member as usize], sums[member as usize]);
        Arc { from: member, to: members + member, up: sum < span.high, down: sum > span.low }
    });
    is_settled(2 * spans.len(), &debts.chain(members).collect::<Vec<_>>())
}

impl fmt::Display for Unfair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clearing(violation) => violation.fmt(f),
            Self::Potentials { step } => {
                write!(f, "step {step} has not two potentials for every member")
            }
            Self::Debt { step, debtor, creditor } => write!(
                f,
                "step {step} asks for more or less to be discharged of what {debtor} owes \
                 {creditor}"
            ),
            Self::Member { step, member } => {
                write!(f, "step {step} asks for more or less to be discharged of member {member}")
            }
            Self::Steps { steps } => {
                write!(f, "the steps do not end where one set-off is left: there are {steps}")
            }
        }
    }
}

impl std::error::Error for Unfair {}
