//! The checker of classes: as [`verify`](crate::verify()), with a row of gains instead of one.
//!
//! [`classes`](crate::classes) says why the certificates prove it. Nothing here calls the optimiser.

use crate::{Certificate, Classes, Network, Violation};

/// What a verified clearing in classes is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedClasses {
    /// The sum of all debts.
    pub gross: u128,
    /// The sum of all discharges.
    pub cleared: u128,
    /// The weighted sum of the discharges of each class: the largest there can be, class before
    /// class.
    pub weighted: Vec<i128>,
}

/// Checks in one pass over the debts that these discharges are feasible, conserved, and the
/// largest class before class.
///
/// Takes `O(members + classes · debts)` time and 16 bytes a member.
///
/// # Errors
/// The first [`Violation`] found; [`Violation::Potentials`] also if there is not one certificate
/// for each class.
pub fn verify_classes(
    network: &Network,
    classes: &Classes,
    discharges: &[u64],
    certificates: &[Certificate],
) -> Result<VerifiedClasses, Violation> {
    weigh(network, classes, discharges, certificates, |debt, _, missed| {
        if missed > 0 { Err(Violation::NotOptimal { debt }) } else { Ok(()) }
    })
}

/// Checks that these discharges are feasible and conserved, and says class by class by how much more
/// any set-off could be worth at most.
///
/// The first gap that is not 0 says: no set-off discharges more of the classes before, and none that
/// discharges as much of them is worth by more than the gap more in this class. The gaps after it
/// prove nothing. With all gaps 0 it is the largest, as [`verify_classes`] finds.
///
/// Why: rows whose gain in an earlier class is not 0 are discharged as that class asks, in every
/// set-off that is as large in the earlier classes. In the others the argument of
/// [`gap`](crate::gap()) holds for this class.
///
/// Takes `O(members + classes · debts)` time and 16 bytes a member.
///
/// # Errors
/// The first [`Violation`] found; never [`Violation::NotOptimal`].
pub fn class_gaps(
    network: &Network,
    classes: &Classes,
    discharges: &[u64],
    certificates: &[Certificate],
) -> Result<(VerifiedClasses, Vec<u128>), Violation> {
    let mut gaps = vec![0_u128; classes.count()];
    let verified =
        weigh(network, classes, discharges, certificates, |_, (class, gain), missed| {
            let more = gain.unsigned_abs().saturating_mul(u128::from(missed));
            gaps[class] = gaps[class].saturating_add(more);
            Ok(())
        })?;
    Ok((verified, gaps))
}

/// Checks that discharges are feasible and conserved and adds them up. `judge` hears of each debt
/// with a gain, in order, its place, the first class in which it has one, and that; and how much of it
/// the sign of the gain would have otherwise.
fn weigh(
    network: &Network,
    classes: &Classes,
    discharges: &[u64],
    certificates: &[Certificate],
    mut judge: impl FnMut(usize, (usize, i128), u64) -> Result<(), Violation>,
) -> Result<VerifiedClasses, Violation> {
    let members = network.members() as usize;
    if discharges.len() != network.debts().len() || classes.of().len() != discharges.len() {
        return Err(Violation::Discharges);
    }
    if certificates.len() != classes.count()
        || certificates.iter().any(|certificate| certificate.potentials.len() != members)
    {
        return Err(Violation::Potentials);
    }

    let mut balances = vec![0_i128; members];
    let mut verified = VerifiedClasses { gross: 0, cleared: 0, weighted: vec![0; classes.count()] };
    for (debt, (owed, &discharge)) in network.debts().iter().zip(discharges).enumerate() {
        let (debtor, creditor) = (owed.debtor as usize, owed.creditor as usize);
        let class = usize::from(classes.of()[debt]);
        if discharge > owed.amount {
            return Err(Violation::MoreThanOwed { debt });
        }

        let gain = |(number, certificate): (usize, &Certificate)| {
            let weight = if number == class { i128::from(owed.weight) } else { 0 };
            let potential = |member: usize| i128::from(certificate.potentials[member]);
            (number, weight + potential(debtor) - potential(creditor))
        };
        if let Some((class, gain)) =
            certificates.iter().enumerate().map(gain).find(|(_, gain)| *gain != 0)
        {
            let missed = if gain > 0 { owed.amount - discharge } else { discharge };
            judge(debt, (class, gain), missed)?;
        }

        balances[debtor] -= i128::from(discharge);
        balances[creditor] += i128::from(discharge);
        verified.gross += u128::from(owed.amount);
        verified.cleared += u128::from(discharge);
        verified.weighted[class] += i128::from(owed.weight) * i128::from(discharge);
    }
    match (0..).zip(balances).find(|(_, balance)| *balance != 0) {
        Some((member, _)) => Err(Violation::NotConserved { member }),
        None => Ok(verified),
    }
}
