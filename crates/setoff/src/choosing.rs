//! Which set-off of a network it is to be: the choice, and its proof.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;

use setoff_clearing::{
    Certificate, ChoiceError, ClassClearing, Classes, Clearing, FairClearing, FairStep,
    FewestClearing, FewestProof, Network, Progress, Seed, WholeClearing, WholeProof, solve_classes,
    solve_fair, solve_fewest, solve_whole, verify_classes, verify_fair, verify_fewest,
    verify_whole,
};
use setoff_money::Currency;

use crate::failure::Failure;
use crate::netting::{Settings, Stage};

/// What the person who clears may choose in mode set-off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) among: Among,
    pub(crate) weighing: Weighing,
    /// Whether each obligation is discharged whole or not at all.
    pub(crate) whole: bool,
}

/// Which of several largest set-offs is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Among {
    /// The one that the optimiser finds first, in an order that the seed decides.
    #[default]
    Default,
    /// The one with the most even shares.
    Fair,
    /// One with as many obligations discharged whole as are found.
    Fewest,
}

impl fmt::Display for Among {
    /// Its name in files and on the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Fair => "fair",
            Self::Fewest => "fewest",
        })
    }
}

/// What the weights of the obligations mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Weighing {
    /// There are none.
    #[default]
    Alike,
    /// A unit counts its weight.
    Weights,
    /// The weight is a class; a larger one comes before any smaller one.
    Classes,
}

/// Why a set-off is the one chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Proof {
    /// Why none is larger, class before class; one without classes.
    pub(crate) largest: Vec<ClassProof>,
    /// Why none as large is more even, step by step.
    pub(crate) even: Vec<FairStep>,
    /// How much better another one could be, where a search chose it.
    pub(crate) searched: Option<Searched>,
}

/// What a search found and proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Searched {
    /// No set-off of whole obligations has a larger weighted sum than the bound.
    Whole { bound: i128, proof: Vec<WholeProof> },
    /// So many obligations are discharged whole; none as large has more than the bound.
    Fewest { whole: usize, bound: usize, proof: Vec<FewestProof> },
}

/// The proof for one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClassProof {
    /// The weight that names the class, if there are classes.
    pub(crate) weight: Option<u32>,
    /// What is discharged of the class.
    pub(crate) cleared: u128,
    /// A potential a member.
    pub(crate) potentials: Vec<i64>,
}

/// Chooses a set-off of `network`, whose debts have these weights or classes.
///
/// # Errors
/// [`Failure::Input`] if there are too many classes or members, [`Failure::Bug`] if the engine's
/// answer does not verify.
pub(crate) fn choose(
    network: &Network,
    weights: &[u32],
    settings: &Settings,
    (currency, seed): (Currency, Seed),
    progress: &mut dyn FnMut(Stage),
) -> Result<(Vec<u64>, Proof), Failure> {
    let choice = settings.choice;
    let in_words = |error: ChoiceError| match error {
        ChoiceError::Stopped => Failure::Bug(format!("{currency}: stopped unasked")),
        ChoiceError::Classes { .. } | ChoiceError::Network(_) => {
            Failure::Input(format!("{currency}: {error}"))
        }
    };
    let unverified = |wrong: &dyn fmt::Display| {
        Failure::Bug(format!("{currency}: the result does not verify: {wrong}"))
    };
    progress(Stage::Optimise(Progress { done: 0, of: 1 }));
    if choice.whole {
        let clearing = solve_whole(network, seed).map_err(in_words)?;
        progress(Stage::Verify);
        verify_whole(network, &clearing).map_err(|wrong| unverified(&wrong))?;
        let WholeClearing { discharges, bound, proof, .. } = clearing;
        let searched = Some(Searched::Whole { bound, proof });
        return Ok((discharges, Proof { searched, ..Proof::default() }));
    }
    let classes = match choice.weighing {
        Weighing::Alike | Weighing::Weights => Classes::one(network),
        Weighing::Classes => {
            // The largest first.
            let of: Vec<u32> = weights.iter().map(|weight| u32::MAX - weight).collect();
            Classes::new(network, &of).map_err(in_words)?
        }
    };
    let mut tell = |p| {
        progress(Stage::Optimise(p));
        ControlFlow::Continue(())
    };
    let mut searched = None;
    let (discharges, certificates, even) = match choice.among {
        Among::Default => {
            let ClassClearing { discharges, certificates } = if classes.count() == 1 {
                let stopped = |_| in_words(ChoiceError::Stopped);
                let Clearing { discharges, certificate } =
                    (settings.engine)(network, seed, &mut tell).map_err(stopped)?;
                ClassClearing { discharges, certificates: vec![certificate] }
            } else {
                solve_classes(network, &classes, seed, &mut tell).map_err(in_words)?
            };
            progress(Stage::Verify);
            verify_classes(network, &classes, &discharges, &certificates)
                .map_err(|wrong| unverified(&wrong))?;
            (discharges, certificates, Vec::new())
        }
        Among::Fair => {
            let clearing = solve_fair(network, &classes, seed, &mut tell).map_err(in_words)?;
            progress(Stage::Verify);
            verify_fair(network, &classes, seed, &clearing).map_err(|wrong| unverified(&wrong))?;
            let FairClearing { discharges, certificates, steps } = clearing;
            (discharges, certificates, steps)
        }
        Among::Fewest => {
            let clearing = solve_fewest(network, &classes, seed, &mut tell).map_err(in_words)?;
            progress(Stage::Verify);
            verify_fewest(network, &classes, &clearing).map_err(|wrong| unverified(&wrong))?;
            let FewestClearing { discharges, certificates, whole, bound, proof } = clearing;
            searched = Some(Searched::Fewest { whole, bound, proof });
            (discharges, certificates, Vec::new())
        }
    };
    let largest = class_proofs(weights, choice.weighing, &discharges, certificates);
    Ok((discharges, Proof { largest, even, searched }))
}

fn class_proofs(
    weights: &[u32],
    weighing: Weighing,
    discharges: &[u64],
    certificates: Vec<Certificate>,
) -> Vec<ClassProof> {
    let mut cleared: BTreeMap<Option<u32>, u128> = BTreeMap::new();
    for (weight, discharge) in weights.iter().zip(discharges) {
        let class = (weighing == Weighing::Classes).then_some(*weight);
        *cleared.entry(class).or_default() += u128::from(*discharge);
    }
    if cleared.is_empty() {
        cleared.insert(None, 0);
    }
    let proof = |((weight, cleared), certificate): (_, Certificate)| ClassProof {
        weight,
        cleared,
        potentials: certificate.potentials,
    };
    cleared.into_iter().rev().zip(certificates).map(proof).collect()
}
