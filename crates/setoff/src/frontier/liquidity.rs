//! From the lines of a table of liquidity to what the engine takes.

use std::collections::BTreeMap;
use std::path::Path;

use setoff_clearing::{Acceptance, Liquidity, Recipient, Tender};
use setoff_formats::{LiquidityKind, LiquidityRow, Obligations};

use crate::failure::Failure;
use crate::netting::CurrencyNetwork;

/// What the funder is called whose money everyone can get and everyone accepts.
const NEW_MONEY: &str = "new money";

/// The liquidity in one currency.
pub(super) struct CurrencyLiquidity {
    /// What is offered and taken, in the network's numbering.
    pub(super) liquidity: Liquidity,
    /// The names of the funders that are not members.
    pub(super) funders: Vec<String>,
    /// Whether it was offered, or is only supposed.
    pub(super) is_offered: bool,
}

/// The liquidity that goes with each network; without any rows, one funder without limits for each.
///
/// # Errors
/// [`Failure::Input`] if a row names a member or a currency that the obligations don't have.
pub(super) fn by_currency(
    obligations: &Obligations,
    networks: &[CurrencyNetwork],
    rows: Option<Vec<LiquidityRow>>,
    source: Option<&Path>,
) -> Result<Vec<CurrencyLiquidity>, Failure> {
    let Some(rows) = rows else {
        return Ok(networks.iter().map(supposed).collect());
    };
    let at = |row: &LiquidityRow, problem: String| {
        let file = source.map(|file| file.display().to_string()).unwrap_or_default();
        Failure::Input(format!("{file}:{}: {problem}", row.line))
    };
    let mut builders: Vec<Builder> =
        networks.iter().map(|network| Builder::of(obligations, network)).collect();
    for row in &rows {
        let place = networks.iter().position(|network| network.currency == row.currency);
        let Some(place) = place else {
            let problem = format!(
                "there are no obligations in {}: name the currency of some, or delete the line",
                row.currency
            );
            return Err(at(row, problem));
        };
        builders[place].add(row).map_err(|problem| at(row, problem))?;
    }
    Ok(builders.into_iter().map(Builder::finish).collect())
}

fn supposed(network: &CurrencyNetwork) -> CurrencyLiquidity {
    CurrencyLiquidity {
        liquidity: Liquidity::unlimited(&network.network),
        funders: vec![NEW_MONEY.to_owned()],
        is_offered: false,
    }
}

struct Builder<'a> {
    members: u32,
    numbers: BTreeMap<&'a str, u32>,
    funders: BTreeMap<String, u32>,
    tenders: Vec<Tender>,
    acceptances: Vec<Acceptance>,
}

impl<'a> Builder<'a> {
    fn of(obligations: &'a Obligations, network: &CurrencyNetwork) -> Self {
        let names = network.members.iter().map(|member| obligations.name(*member));
        Self {
            members: network.network.members(),
            numbers: names.zip(0..).collect(),
            funders: BTreeMap::new(),
            tenders: Vec::new(),
            acceptances: Vec::new(),
        }
    }

    fn add(&mut self, row: &LiquidityRow) -> Result<(), String> {
        let member = match &row.member {
            None => None,
            Some(name) => Some(*self.numbers.get(name.as_str()).ok_or_else(|| {
                format!(
                    "\"{name}\" has no obligations in {}: correct the name, or delete the line",
                    row.currency
                )
            })?),
        };
        let funder = self.funder(&row.funder);
        let limit = row.limit.map_or(u64::MAX, |limit| u64::try_from(limit.0).unwrap_or(0));
        match row.kind {
            LiquidityKind::Tender => {
                let to = member.map_or(Recipient::Anyone, Recipient::Member);
                self.tenders.push(Tender { funder, to, limit });
            }
            LiquidityKind::Acceptance => {
                let all = member.map_or(0..self.members, |member| member..member + 1);
                let others = all.filter(|member| *member != funder);
                self.acceptances.extend(others.map(|member| Acceptance { member, funder, limit }));
            }
        }
        Ok(())
    }

    /// A funder's number: its own as a member, or the next one past the members.
    fn funder(&mut self, name: &str) -> u32 {
        if let Some(&member) = self.numbers.get(name) {
            return member;
        }
        let known = u32::try_from(self.funders.len()).expect("a line adds at most one funder");
        *self.funders.entry(name.to_owned()).or_insert(self.members + known)
    }

    fn finish(self) -> CurrencyLiquidity {
        let mut funders: Vec<(String, u32)> = self.funders.into_iter().collect();
        funders.sort_unstable_by_key(|(_, number)| *number);
        CurrencyLiquidity {
            liquidity: Liquidity {
                funders: u32::try_from(funders.len()).expect("a line adds at most one funder"),
                tenders: self.tenders,
                acceptances: self.acceptances,
                most: u64::MAX,
            },
            funders: funders.into_iter().map(|(name, _)| name).collect(),
            is_offered: true,
        }
    }
}
