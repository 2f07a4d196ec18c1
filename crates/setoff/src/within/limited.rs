//! What is found in one currency.

use std::collections::BTreeMap;

use setoff_clearing::{
    Network, Seed, Within, WithinError, bound_network, check_within, clear_within, solve, verify,
};
use setoff_formats::{Member, Obligations};
use setoff_money::Currency;

use crate::failure::Failure;
use crate::limits::CurrencyLimits;
use crate::netting::CurrencyNetwork;

/// A set-off within limits in one currency.
pub(super) struct Limited {
    pub(super) currency: Currency,
    /// The obligations' rows, in the order of the network's debts.
    pub(super) rows: Vec<usize>,
    pub(super) members: Vec<Member>,
    pub(super) network: Network,
    pub(super) limits: CurrencyLimits,
    /// What is found within them.
    pub(super) within: Within,
    /// The weighted sum of the largest set-off without any limit.
    pub(super) unlimited: i128,
    /// The network of the bound's proof.
    pub(super) proven: Network,
}

/// One limit, and what is discharged of it.
pub(super) struct LimitLine {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) limit: i128,
    pub(super) discharged: i128,
    /// In 72nds, where it is a group's.
    pub(super) toll: Option<u32>,
}

impl Limited {
    pub(super) fn of(
        network: CurrencyNetwork,
        limits: CurrencyLimits,
        seed: Seed,
    ) -> Result<Self, Failure> {
        let CurrencyNetwork { currency, rows, members, network } = network;
        let failed = |error: WithinError| match error {
            WithinError::Weight | WithinError::Gross | WithinError::Network(_) => {
                Failure::Input(format!("{currency}: {error}"))
            }
            _ => Failure::Bug(format!("{currency}: the result does not pass its check: {error}")),
        };
        let CurrencyLimits { limits: own, side, .. } = &limits;
        let within = clear_within(&network, own, side, seed).map_err(failed)?;
        check_within(&network, own, side, &within).map_err(failed)?;
        let proven = bound_network(&network, own, side, &within.proof).map_err(failed)?;
        let plain = solve(&network, seed);
        let plain = verify(&network, &plain.discharges, &plain.certificate);
        let plain = plain.map_err(|wrong| failed(WithinError::Unproven(wrong)))?;
        let unlimited = plain.weighted;
        Ok(Self { currency, rows, members, network, limits, within, unlimited, proven })
    }

    /// All that is owed.
    pub(super) fn gross(&self) -> i128 {
        self.network.debts().iter().map(|debt| i128::from(debt.amount)).sum()
    }

    /// All that is set off.
    pub(super) fn cleared(&self) -> i128 {
        self.within.discharges.iter().map(|discharge| i128::from(*discharge)).sum()
    }

    /// Every limit but those of single obligations.
    pub(super) fn lines(&self, obligations: &Obligations) -> Vec<LimitLine> {
        let name = |member: u32| obligations.name(self.members[member as usize]);
        let mut of_members: BTreeMap<u32, i128> = BTreeMap::new();
        let mut of_pairs: BTreeMap<(u32, u32), i128> = BTreeMap::new();
        for (debt, &discharge) in self.network.debts().iter().zip(&self.within.discharges) {
            *of_members.entry(debt.debtor).or_default() += i128::from(discharge);
            *of_pairs.entry((debt.debtor, debt.creditor)).or_default() += i128::from(discharge);
        }
        let members = self.limits.limits.members.iter().map(|limit| LimitLine {
            kind: "member",
            name: name(limit.member).to_owned(),
            limit: limit.most.into(),
            discharged: of_members.get(&limit.member).copied().unwrap_or(0),
            toll: None,
        });
        let pairs = self.limits.limits.pairs.iter().map(|limit| LimitLine {
            kind: "pair",
            name: format!("{} to {}", name(limit.debtor), name(limit.creditor)),
            limit: limit.most.into(),
            discharged: of_pairs.get(&(limit.debtor, limit.creditor)).copied().unwrap_or(0),
            toll: None,
        });
        let groups = self.limits.side.groups.iter().zip(&self.limits.groups);
        let groups = groups.zip(&self.within.proof.tolls).map(|((group, name), &toll)| LimitLine {
            kind: "group",
            name: name.clone(),
            limit: group.most.into(),
            discharged: group.members.iter().filter_map(|member| of_members.get(member)).sum(),
            toll: Some(toll),
        });
        members.chain(pairs).chain(groups).collect()
    }
}
