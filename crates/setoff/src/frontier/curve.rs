//! What is found in one currency: the frontier, the clearing with the money there is, and what the
//! next unit would discharge.

use std::ops::ControlFlow;

use setoff_clearing::{
    CurveProof, Frontier, Funded, FundedClearing, Limits, Liquidity, LiquidityError, Marginal,
    Network, Seed, Slope, frontier, marginal_values, net_positions, prove_frontier,
};
use setoff_formats::{Member, Obligations};
use setoff_money::Currency;

use crate::failure::Failure;
use crate::netting::CurrencyNetwork;

use super::liquidity::CurrencyLiquidity;

/// What is to be found.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// How much money there is, if that was named.
    pub(super) money: Option<u64>,
    pub(super) seed: Seed,
    /// Whether what proves the whole frontier is wanted, too.
    pub(super) proof: bool,
}

/// All that is found in one currency.
pub(super) struct Curve {
    pub(super) currency: Currency,
    /// The obligations' rows, in the order of the network's debts.
    pub(super) rows: Vec<usize>,
    pub(super) members: Vec<Member>,
    pub(super) network: Network,
    /// The liquidity there is, with the limit of --money.
    pub(super) liquidity: Liquidity,
    pub(super) funders: Vec<String>,
    /// With all the liquidity, whatever --money says.
    pub(super) frontier: Frontier,
    /// What proves it, if that was asked for.
    pub(super) proof: Option<CurveProof>,
    /// What the money there is discharges.
    pub(super) clearing: FundedClearing,
    /// The network of `clearing`'s proof.
    pub(super) proven: Network,
    /// For each funder that tenders, what one more unit of its money would discharge.
    pub(super) next: Vec<(u32, Vec<Marginal>)>,
}

impl Curve {
    /// Solves; `tell` hears how much is done.
    pub(super) fn of(
        network: CurrencyNetwork,
        liquidity: CurrencyLiquidity,
        limits: &Limits,
        asked: Asked,
        tell: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, Failure> {
        let CurrencyNetwork { currency, rows, members, network } = network;
        let Asked { money, seed, proof } = asked;
        let CurrencyLiquidity { mut liquidity, funders, is_offered } = liquidity;
        let failed = |error: LiquidityError| match error {
            LiquidityError::Unproven(_) => Failure::Bug(format!("{currency}: {error}")),
            _ => Failure::Input(format!("{currency}: {error}")),
        };
        let all = Funded::within(&network, &liquidity, limits).map_err(failed)?;
        let frontier = frontier(&all, seed, &mut |progress| {
            tell(progress.done, progress.of);
            ControlFlow::Continue(())
        })
        .map_err(failed)?;
        let proof = proof.then(|| prove_frontier(&all, &frontier, seed));
        let proof = proof.transpose().map_err(failed)?;

        liquidity.most = money.unwrap_or(if is_offered { u64::MAX } else { 0 });
        let funded = Funded::within(&network, &liquidity, limits).map_err(failed)?;
        let clearing = funded.clear(seed).map_err(failed)?;
        let proven = funded.priced(clearing.price).map_err(failed)?;
        let mut tendering: Vec<u32> = liquidity.tenders.iter().map(|t| t.funder).collect();
        tendering.sort_unstable();
        tendering.dedup();
        let next = tendering.into_iter().map(|funder| {
            let values = marginal_values(&funded, &clearing, funder).map_err(failed)?;
            Ok((funder, values))
        });
        let next = next.collect::<Result<_, Failure>>()?;
        Ok(Self {
            currency,
            rows,
            members,
            network,
            liquidity,
            funders,
            frontier,
            proof,
            clearing,
            proven,
            next,
        })
    }

    /// All that is owed.
    pub(super) fn gross(&self) -> i128 {
        self.network.debts().iter().map(|debt| i128::from(debt.amount)).sum()
    }

    /// The name of a member or a funder.
    pub(super) fn name<'a>(&'a self, obligations: &'a Obligations, node: u32) -> &'a str {
        let member = self.members.get(node as usize).map(|member| obligations.name(*member));
        member.unwrap_or_else(|| {
            let funder = node as usize - self.members.len();
            self.funders.get(funder).map_or("", String::as_str)
        })
    }

    /// The names of the members and the funders, in the order of their numbers.
    pub(super) fn names<'a>(&'a self, obligations: &'a Obligations) -> Vec<&'a str> {
        let members = self.members.iter().map(|member| obligations.name(*member));
        members.chain(self.funders.iter().map(String::as_str)).collect()
    }

    /// Every point of the frontier with the slope of the segment that starts there.
    pub(super) fn points(&self) -> impl Iterator<Item = Point> {
        let slopes = self.frontier.slopes().map(Some).chain(std::iter::once(None));
        self.frontier.points.iter().zip(slopes).map(|(point, slope)| Point {
            money: wide(point.money),
            cleared: point.cleared.into(),
            weighted: point.weighted,
            slope,
        })
    }

    /// What happens without money: set-off, or with credit among members more than that.
    pub(super) fn without_money(&self) -> &'static str {
        let members = self.network.members();
        let is_credit = self.liquidity.acceptances.iter().any(|a| a.funder < members);
        if is_credit { "discharged by set-off and credit among members" } else { "set off" }
    }

    /// What those who owe more than they are owed owe on balance, all together.
    pub(super) fn net(&self) -> i128 {
        net_positions(&self.network).into_iter().filter(|net| *net > 0).sum()
    }

    /// The last point of the frontier.
    pub(super) fn end(&self) -> Point {
        self.points().last().expect("a frontier has a point")
    }

    /// The first point of the frontier.
    pub(super) fn start(&self) -> Point {
        self.points().next().expect("a frontier has a point")
    }
}

/// A point of the frontier.
pub(super) struct Point {
    pub(super) money: i128,
    pub(super) cleared: i128,
    pub(super) weighted: i128,
    pub(super) slope: Option<Slope>,
}

/// A sum of money as everything else counts.
pub(super) fn wide(money: u128) -> i128 {
    i128::try_from(money).expect("sums of money are under 2^94")
}

/// `5`, or `3/2` where several funders' money is needed together.
pub(super) fn in_words(slope: Slope) -> String {
    match slope.money {
        1 => slope.discharge.to_string(),
        money => format!("{}/{money}", slope.discharge),
    }
}
