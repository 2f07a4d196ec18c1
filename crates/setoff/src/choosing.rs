//! Which set-off of a network it is to be: the choice, and its proof.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::time::Instant;

use setoff_clearing::{
    Certificate, ChoiceError, ClassClearing, Classes, Clearing, FairClearing, FairStep,
    FewestClearing, FewestProof, Network, Progress, Stopped, WholeClearing, WholeProof, class_gaps,
    solve_classes, solve_fair, solve_fewest, solve_whole, verify_classes, verify_fair,
    verify_fewest, verify_whole,
};

use crate::failure::Failure;
use crate::netting::{Settings, Stage, Task};

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
    /// How much larger another one could be, where the optimiser was stopped before the largest.
    pub(crate) gap: Option<Gap>,
}

/// How much more of a class could be set off at most, with as much of the classes before, of which
/// there is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The class's place in [`Proof::largest`]; 0 if there are no classes.
    pub(crate) class: usize,
    /// In minor units, counted as often as they weigh where there are weights. Never 0.
    pub(crate) most: u128,
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

/// A set-off that was chosen, and why.
pub(crate) struct Chosen {
    pub(crate) discharges: Vec<u64>,
    pub(crate) proof: Proof,
    /// How it was chosen; as any largest if there was no time for more.
    pub(crate) among: Among,
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
    task: &Task,
    progress: &mut dyn FnMut(Stage<'_>),
) -> Result<Chosen, Failure> {
    let (choice, seed) = (settings.choice, task.seed);
    let in_words = |error: ChoiceError| Failure::Input(format!("{}: {error}", task.currency));
    let unverified = |wrong: &dyn fmt::Display| {
        Failure::Bug(format!("{}: the result does not verify: {wrong}", task.currency))
    };
    progress(Stage::Optimise(Progress { done: 0, of: 1 }));
    let go_on = || match task.deadline {
        Some(deadline) if Instant::now() >= deadline => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let mut tell = |p| {
        progress(Stage::Optimise(p));
        go_on()
    };
    if choice.whole {
        let clearing = solve_whole(network, seed, &mut tell).map_err(in_words)?;
        progress(Stage::Verify);
        verify_whole(network, &clearing).map_err(|wrong| unverified(&wrong))?;
        let WholeClearing { discharges, bound, proof, .. } = clearing;
        let searched = Some(Searched::Whole { bound, proof });
        let proof = Proof { searched, ..Proof::default() };
        return Ok(Chosen { discharges, proof, among: choice.among });
    }
    let classes = match choice.weighing {
        Weighing::Alike | Weighing::Weights => Classes::one(network),
        Weighing::Classes => {
            // The largest first.
            let of: Vec<u32> = weights.iter().map(|weight| u32::MAX - weight).collect();
            Classes::new(network, &of).map_err(in_words)?
        }
    };
    let found = match choice.among {
        Among::Default if classes.count() == 1 => (settings.engine)(network, seed, &mut |watch| {
            progress(Stage::Watch(task.currency, watch));
            go_on()
        })
        .map(|Clearing { discharges, certificate }| {
            Found::Largest(ClassClearing { discharges, certificates: vec![certificate] })
        })
        .map_err(|Stopped { discharges, certificate }| {
            let certificates = vec![certificate];
            ChoiceError::Stopped(Box::new(ClassClearing { discharges, certificates }))
        }),
        Among::Default => solve_classes(network, &classes, seed, &mut tell).map(Found::Largest),
        Among::Fair => solve_fair(network, &classes, seed, &mut tell).map(Found::Fair),
        Among::Fewest => solve_fewest(network, &classes, seed, &mut tell).map(Found::Fewest),
    };
    let found = match found {
        Err(ChoiceError::Stopped(clearing)) if task.deadline.is_some() => Found::Stopped(*clearing),
        found => found.map_err(in_words)?,
    };

    progress(Stage::Verify);
    let mut proof = Proof::default();
    let mut among = choice.among;
    let (discharges, certificates) = match found {
        Found::Largest(ClassClearing { discharges, certificates }) => {
            verify_classes(network, &classes, &discharges, &certificates)
                .map_err(|wrong| unverified(&wrong))?;
            (discharges, certificates)
        }
        Found::Fair(clearing) => {
            verify_fair(network, &classes, seed, &clearing).map_err(|wrong| unverified(&wrong))?;
            let FairClearing { discharges, certificates, steps } = clearing;
            proof.even = steps;
            (discharges, certificates)
        }
        Found::Fewest(clearing) => {
            verify_fewest(network, &classes, &clearing).map_err(|wrong| unverified(&wrong))?;
            let FewestClearing { discharges, certificates, whole, bound, proof: search } = clearing;
            proof.searched = Some(Searched::Fewest { whole, bound, proof: search });
            (discharges, certificates)
        }
        Found::Stopped(ClassClearing { discharges, certificates }) => {
            let (_, gaps) = class_gaps(network, &classes, &discharges, &certificates)
                .map_err(|wrong| unverified(&wrong))?;
            let gap = |class: usize| Some(Gap { class, most: *gaps.get(class)? });
            proof.gap = gaps.iter().position(|most| *most > 0).and_then(gap);
            among = Among::Default;
            (discharges, certificates)
        }
    };
    proof.largest = class_proofs(weights, choice.weighing, &discharges, certificates);
    Ok(Chosen { discharges, proof, among })
}

/// What the solvers came to.
enum Found {
    Largest(ClassClearing),
    Fair(FairClearing),
    Fewest(FewestClearing),
    /// The time limit came first.
    Stopped(ClassClearing),
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
