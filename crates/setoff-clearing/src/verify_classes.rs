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
            weight + potential(debtor) - potential(creditor)
        };
        let first = certificates.iter().enumerate().map(gain).find(|gain| *gain != 0).unwrap_or(0);
        if first > 0 && discharge < owed.amount || first < 0 && discharge > 0 {
            return Err(Violation::NotOptimal { debt });
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
