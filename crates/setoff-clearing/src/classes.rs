//! Classes of debts, one before the other: the most of the first class, then of the second, …
//!
//! # The problem
//! Every debt belongs to a class; class 0 comes first. Among all set-offs take those with the
//! largest weighted sum of class 0, among these those with the largest of class 1, and so on. No
//! amount of a later class makes up for a unit of an earlier one, which no finite weights say for
//! all networks.
//!
//! # How
//! Class after class: the first is an ordinary clearing in which all other debts weigh nothing;
//! what it leaves open is a network again ([`face`](crate::face)), in which the next class is
//! cleared. Each clearing leaves one potential a member.
//!
//! # Why the certificates prove it
//! Take the gains of a debt in all classes as one row of numbers: in class `k` the gain is its
//! weight if it belongs to `k` and 0 otherwise, plus `π_k[debtor] − π_k[creditor]`. Compare such rows
//! as words in a dictionary. Rows add and scale like numbers do and keep their order, so the proof
//! of [`verify`](crate::verify()) holds word by word: a conserved set-off is the largest, class
//! before class, if it discharges whole every debt whose first gain other than 0 is positive, and
//! nothing of those where it is negative.
//!
//! # Cost
//! One clearing a class, of what the classes before leave open.

use std::cmp::Reverse;
use std::ops::ControlFlow;

use crate::choice::MOST_CLASSES;
use crate::face::{self, Way};
use crate::in_turn::in_turn;
use crate::{
    Certificate, ChoiceError, Clearing, Debt, Network, Progress, Seed, Stopped, solve_with,
};

/// One class's part of the way, in parts.
const WHOLE: u64 = 1 << 20;

/// The class of every debt of a network; class 0 comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    of: Vec<u8>,
    count: usize,
}

impl Classes {
    /// The classes of the debts in the network's order. Numbers that no debt has are left out: the
    /// certificates are of those that some debt has, in their order.
    ///
    /// # Errors
    /// [`ChoiceError::Classes`] if there is not one for each debt of `network`, or if there are
    /// more than [`MOST_CLASSES`].
    pub fn new(network: &Network, of: &[u32]) -> Result<Self, ChoiceError> {
        let mut met = of.to_vec();
        met.sort_unstable();
        met.dedup();
        if of.len() != network.debts().len() || met.len() > MOST_CLASSES {
            return Err(ChoiceError::Classes { given: of.len(), classes: met.len() });
        }
        // MOST_CLASSES is below 2^8.
        let place = |class: &u32| met.partition_point(|other| other < class);
        let place = |class| u8::try_from(place(class)).unwrap_or(u8::MAX);
        Ok(Self { of: of.iter().map(place).collect(), count: met.len().max(1) })
    }

    /// All debts in one class: an ordinary clearing.
    #[must_use]
    pub fn one(network: &Network) -> Self {
        Self { of: vec![0; network.debts().len()], count: 1 }
    }

    /// How many classes there are, at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The class of each debt, from 0 to below [`Classes::count`].
    #[must_use]
    pub fn of(&self) -> &[u8] {
        &self.of
    }

    /// What a unit of a debt counts in a class.
    pub(crate) fn weight(&self, class: usize, place: usize, debt: &Debt) -> i32 {
        if usize::from(self.of[place]) == class { debt.weight } else { 0 }
    }
}

/// A set-off that is the largest class before class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassClearing {
    /// What is taken off each debt, in the network's order of debts.
    pub discharges: Vec<u64>,
    /// A certificate for each class.
    pub certificates: Vec<Certificate>,
}

/// The largest set-off of `network`, the first class before all others and so on; between equally
/// large ones `seed` decides.
///
/// # Errors
/// [`ChoiceError`] if `classes` are not of this network, or if what a class leaves open is too large
/// a network; [`ChoiceError::Stopped`] soon after `progress` breaks, with a feasible set-off and its
/// proven gap, not with nothing.
pub fn solve_classes(
    network: &Network,
    classes: &Classes,
    seed: Seed,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<ClassClearing, ChoiceError> {
    let debts = network.debts();
    if classes.of.len() != debts.len() {
        return Err(ChoiceError::Classes { given: classes.of.len(), classes: classes.count });
    }
    let mut certificates = Vec::with_capacity(classes.count);
    let mut tell = |class: usize, p: Progress| {
        let (class, of) = (class as u64, classes.count as u64 * WHOLE);
        progress(Progress { done: class * WHOLE + p.share_of(WHOLE), of })
    };
    let weighted = |class| {
        let weigh = |(place, debt)| Debt { weight: classes.weight(class, place, debt), ..*debt };
        Network::new(network.members(), debts.iter().enumerate().map(weigh).collect())
    };

    let first = match classes.count {
        1 => solve_with(network, seed, &mut |p| tell(0, p)),
        _ => solve_with(&weighted(0)?, seed, &mut |p| tell(0, p)),
    };
    let (mut discharges, mut end) = match first {
        Ok(Clearing { discharges, certificate }) => {
            certificates.push(certificate);
            (discharges, ControlFlow::Continue(()))
        }
        Err(Stopped { discharges, certificate }) => {
            certificates.push(certificate);
            (discharges, ControlFlow::Break(()))
        }
    };
    let kind = |place: usize| (classes.of[place], debts[place].weight);
    while end.is_continue() && certificates.len() < classes.count {
        let class = certificates.len();
        let is_free = free_debts(network, classes, &certificates);
        let mut free = face::free(network, &discharges, |place| is_free[place], kind);
        let mut ways = Vec::with_capacity(2 * free.len());
        for sum in &free {
            let weight = classes.weight(class, sum.first, &debts[sum.first]);
            let (from, to, room) = (sum.debtor, sum.creditor, sum.amount - sum.set_off);
            ways.push(Way { from, to, room, weight });
            ways.push(Way { from: to, to: from, room: sum.set_off, weight: -weight });
        }
        let members = network.members() as usize;
        let mut tell = |p| tell(class, p);
        let (change, ended) = face::best_change_unless(members, &ways, seed, &mut tell)?;
        end = ended;
        // One that was stopped may be for the worse.
        if end.is_continue() || change.is_gain(&ways) {
            for (sum, moved) in free.iter_mut().zip(change.moved.chunks(2)) {
                sum.set_off = sum.set_off + moved[0] - moved[1];
            }
        }
        face::share_out(network, &mut discharges, &free, |place| is_free[place], kind);
        certificates.push(Certificate { potentials: change.potentials });
    }
    if end.is_break() {
        let none = Certificate { potentials: vec![0; network.members() as usize] };
        certificates.resize(classes.count, none);
        let turn = |place: usize| (classes.of[place], Reverse(debts[place].weight));
        in_turn(network, &mut discharges, turn);
        let clearing = ClassClearing { discharges, certificates };
        return Err(ChoiceError::Stopped(Box::new(clearing)));
    }
    debug_assert!(
        crate::verify_classes(network, classes, &discharges, &certificates).is_ok(),
        "the classes' own result verifies"
    );
    Ok(ClassClearing { discharges, certificates })
}

/// Which debts the certificates of the first classes leave open.
pub(crate) fn free_debts(
    network: &Network,
    classes: &Classes,
    certificates: &[Certificate],
) -> Vec<bool> {
    let is_free = |(place, debt): (usize, &Debt)| {
        let mut gains = certificates.iter().enumerate().map(|(class, certificate)| {
            let potential = |member: u32| i128::from(certificate.potentials[member as usize]);
            i128::from(classes.weight(class, place, debt)) + potential(debt.debtor)
                - potential(debt.creditor)
        });
        gains.all(|gain| gain == 0)
    };
    network.debts().iter().enumerate().map(is_free).collect()
}
