//! `--whole` and `--among fewest`: does the search that the certificate describes show the bound?
//!
//! The rows are put together again as a network, in the order of names and turns, and the engine's
//! checker of searches walks through the certificate's. That checker shares nothing with the
//! optimiser.

use std::collections::HashMap;
use std::fmt::Display;

use setoff_clearing::{
    Certificate, Classes, Debt, FewestClearing, FewestProof, Network, WholeClearing, WholeProof,
    verify_fewest, verify_whole,
};

use super::certificate::{
    CertifiedClearing, CertifiedFewest, CertifiedWhole, FewestNode, WholeNode,
};
use super::claims::Claims;
use super::findings::Findings;
use super::tally::{Kept, Tally};

/// What a search is about: the rows as a network.
struct Rebuilt<'a> {
    network: Network,
    rows: Vec<&'a Kept>,
    /// The members' places by name.
    places: HashMap<&'a str, u32>,
    /// The members' numbers in the tally, by place.
    numbers: Vec<usize>,
}

/// Checks what the certificate says of searches in one clearing.
pub(super) fn check(
    claims: &Claims,
    tally: &Tally,
    certified: &CertifiedClearing,
    findings: &mut Findings,
) {
    if certified.whole.is_none() && certified.fewest.is_none() {
        return;
    }
    let checked = Rebuilt::new(claims, tally).and_then(|rebuilt| {
        if let Some(whole) = &certified.whole {
            rebuilt.check_whole(tally, whole)?;
        }
        if let Some(fewest) = &certified.fewest {
            rebuilt.check_fewest(claims, tally, fewest)?;
        }
        Ok(())
    });
    if let Err(wrong) = checked {
        findings.add(|| format!("certificate.json: {}: {wrong}", tally.currency));
    }
}

impl<'a> Rebuilt<'a> {
    fn new(claims: &Claims, tally: &'a Tally) -> Result<Self, String> {
        let names: Vec<&str> = tally.by_name().into_iter().map(|(name, _)| name).collect();
        let places: HashMap<&str, u32> = names.iter().copied().zip(0..).collect();
        let numbers: Vec<usize> =
            names.iter().filter_map(|name| tally.find(name)).map(|n| n as usize).collect();
        let mut place_of = vec![0; tally.members.len()];
        for (place, number) in (0..).zip(&numbers) {
            place_of[*number] = place;
        }
        let place = |number: u32| place_of[number as usize];
        let mut rows: Vec<&Kept> = tally.kept.iter().collect();
        rows.sort_unstable_by(|a, b| {
            let key = |row: &Kept| (place(row.debtor), place(row.creditor));
            key(a).cmp(&key(b)).then_with(|| a.turn.cmp(&b.turn))
        });
        let debt = |row: &&Kept| {
            Some(Debt {
                debtor: place(row.debtor),
                creditor: place(row.creditor),
                amount: u64::try_from(row.amount).ok()?,
                weight: if claims.has_classes() { 1 } else { i32::try_from(row.weight).ok()? },
            })
        };
        let debts = rows.iter().map(debt).collect::<Option<Vec<_>>>();
        let members = u32::try_from(names.len()).ok();
        let network = debts.zip(members).ok_or("its rows are beyond what can be searched")?;
        let network =
            Network::new(network.1, network.0).map_err(|wrong| format!("its rows: {wrong}"))?;
        Ok(Self { network, rows, places, numbers })
    }

    fn discharges(&self) -> Vec<u64> {
        self.rows.iter().map(|row| u64::try_from(row.discharged).unwrap_or(u64::MAX)).collect()
    }

    fn check_whole(&self, tally: &Tally, whole: &CertifiedWhole) -> Result<(), String> {
        let by_number: HashMap<u64, usize> =
            self.rows.iter().map(|row| row.number).zip(0..).collect();
        let node = |node: &WholeNode| match node {
            WholeNode::Split(row) => {
                let debt = by_number.get(row).copied();
                debt.map(|debt| WholeProof::Split { debt }).ok_or(format!("whole: no row {row}"))
            }
            WholeNode::Bound(potentials) => {
                Ok(WholeProof::Bound { potentials: potentials.clone() })
            }
            WholeNode::None(potentials) => Ok(WholeProof::None { potentials: potentials.clone() }),
            WholeNode::Unbalanced(name) => Ok(WholeProof::Unbalanced { member: self.place(name)? }),
        };
        let proof = whole.proof.iter().map(node).collect::<Result<_, String>>()?;
        let bound = stated(&whole.bound)?;
        let clearing =
            WholeClearing { discharges: self.discharges(), weighted: tally.weighted, bound, proof };
        verify_whole(&self.network, &clearing).map_err(|wrong| in_words("whole", &wrong))?;
        Ok(())
    }

    fn check_fewest(
        &self,
        claims: &Claims,
        tally: &Tally,
        fewest: &CertifiedFewest,
    ) -> Result<(), String> {
        let node = |node: &FewestNode| match node {
            FewestNode::Split { debtor, creditor, whole } => Ok(FewestProof::Split {
                debtor: self.place(debtor)?,
                creditor: self.place(creditor)?,
                whole: *whole,
            }),
            FewestNode::Bound { scale, potentials } => {
                Ok(FewestProof::Bound { scale: *scale, potentials: potentials.clone() })
            }
        };
        let classes = if claims.has_classes() {
            // The largest first.
            let of: Vec<u32> = self.rows.iter().map(|row| u32::MAX - row.weight).collect();
            Classes::new(&self.network, &of).map_err(|wrong| wrong.to_string())?
        } else {
            Classes::one(&self.network)
        };
        let certificate = |class: &super::tally::Class| Certificate {
            potentials: self
                .numbers
                .iter()
                .map(|&number| class.potentials.get(number).copied().flatten().unwrap_or(0))
                .collect(),
        };
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let clearing = FewestClearing {
            discharges: self.discharges(),
            certificates: tally.classes.iter().map(certificate).collect(),
            whole: count(fewest.whole),
            bound: count(fewest.bound),
            proof: fewest.proof.iter().map(node).collect::<Result<_, String>>()?,
        };
        verify_fewest(&self.network, &classes, &clearing)
            .map_err(|wrong| in_words("fewest", &wrong))?;
        Ok(())
    }

    fn place(&self, name: &str) -> Result<u32, String> {
        self.places.get(name).copied().ok_or_else(|| format!("{name:?} takes no part"))
    }
}

/// A bound as the certificate states it.
pub(super) fn stated(bound: &str) -> Result<i128, String> {
    let number = bound.parse::<i128>().ok().filter(|number| number.to_string() == bound);
    number.ok_or_else(|| format!("whole: {bound:?} is no bound"))
}

fn in_words(search: &str, wrong: &dyn Display) -> String {
    format!("{search}: {wrong}")
}
