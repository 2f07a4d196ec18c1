//! The table of liquidity: is the network of a proof made of its tenders and acceptances, and does
//! `liquidity.csv` say what flows through them?

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use setoff_formats::{LiquidityKind, read_liquidity};
use setoff_money::Currency;

use super::Stop;
use super::discharges::Tallies;
use super::network::Network;
use super::tally::Tally;

/// Who offers where no table says so, to all and without limit.
const NEW_MONEY: &str = "new money";

/// What is offered and taken in one currency: from whom to whom, `None` for anyone, and how much.
#[derive(Debug, Default)]
pub(super) struct Liquidity {
    tenders: Vec<(String, Option<u32>, i128)>,
    acceptances: Vec<(String, u32, i128)>,
    /// Without a table, a member may be called like the funder of new money and is not it.
    is_supposed: bool,
}

/// What an arc beside the obligations carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Carried {
    /// Money from the funder of this node to the member of that, by a tender to anyone or to it.
    Tender { funder: usize, member: usize, to_anyone: bool },
    /// What the member of this node holds of the funder of that in the end.
    Held { funder: usize, member: usize },
}

/// Reads the table, or supposes new money where there is none.
///
/// # Errors
/// [`Stop::Usage`] if it can't be read, [`Stop::Broken`] if it does not fit the obligations.
pub(super) fn read(
    path: Option<&Path>,
    default: Option<Currency>,
    tallies: &Tallies,
) -> Result<BTreeMap<String, Liquidity>, Stop> {
    let mut all = BTreeMap::new();
    for (code, tally) in &tallies.currencies {
        let mut liquidity = Liquidity { is_supposed: path.is_none(), ..Liquidity::default() };
        if path.is_none() {
            let members = 0..tally.members.len();
            let members = members.filter_map(|member| u32::try_from(member).ok());
            let accepted = members.map(|member| (NEW_MONEY.to_owned(), member, tally.gross));
            liquidity.acceptances = accepted.collect();
            liquidity.tenders = vec![(NEW_MONEY.to_owned(), None, tally.gross)];
        }
        all.insert(code.clone(), liquidity);
    }
    let Some(path) = path else { return Ok(all) };
    let rows = read_liquidity(path, default.unwrap_or(Currency::NONE))
        .map_err(|error| Stop::Usage(error.to_string()))?;
    for row in rows {
        let misfit = || {
            let file = path.display();
            Stop::Broken(format!("{file}:{}: does not fit the obligations", row.line))
        };
        let code = row.currency.code();
        let (tally, liquidity) =
            tallies.currencies.get(code).zip(all.get_mut(code)).ok_or_else(misfit)?;
        let member = match &row.member {
            None => None,
            Some(name) => Some(tally.find(name).ok_or_else(misfit)?),
        };
        // No more than all obligations ever flows through one arc.
        let limit = row.limit.map_or(tally.gross, |limit| limit.wide().min(tally.gross));
        match row.kind {
            LiquidityKind::Tender => liquidity.tenders.push((row.funder, member, limit)),
            LiquidityKind::Acceptance => {
                let all = 0..u32::try_from(tally.members.len()).unwrap_or(u32::MAX);
                let members = member.map_or(all, |member| member..member + 1);
                let own = tally.find(&row.funder);
                let others = members.filter(|member| Some(*member) != own);
                let taken = others.map(|member| (row.funder.clone(), member, limit));
                liquidity.acceptances.extend(taken);
            }
        }
    }
    Ok(all)
}

impl Liquidity {
    /// The names of those who tender something.
    pub(super) fn tenderers(&self) -> BTreeSet<&str> {
        self.tenders.iter().map(|(funder, ..)| funder.as_str()).collect()
    }

    /// The node of a funder.
    pub(super) fn node(&self, network: &Network, funder: &str) -> Option<usize> {
        network
            .nodes
            .iter()
            .position(|node| *node.name == *funder && !(self.is_supposed && node.member.is_some()))
    }

    /// What the arcs beside the obligations carry, if they are those of this liquidity with so much money
    /// at most, and of limits. With none, there is nothing that would carry it.
    pub(super) fn carried(
        &self,
        network: &Network,
        tally: &Tally,
        most: i128,
    ) -> Result<BTreeMap<usize, Carried>, String> {
        let is_named = |node: usize| !network.nodes[node].name.is_empty();
        let beside = || network.arcs.iter().enumerate().filter(|(_, arc)| arc.row.is_none());
        // A till by its funder, and a pool by its till's funder.
        let (mut tills, mut pools) = (HashMap::new(), HashMap::new());
        for (_, arc) in beside().filter(|(_, arc)| arc.weight != 0) {
            let fits = arc.weight < 0 && is_named(arc.from) && !is_named(arc.to);
            if !fits || arc.limit != most || tills.insert(arc.to, arc.from).is_some() {
                return Err(format!("{}: is not the money of a funder", network.at(arc)));
            }
        }
        let mut found_tenders = Vec::new();
        for (_, arc) in beside() {
            if let Some(&funder) = tills.get(&arc.from) {
                let member = network.nodes[arc.to].member;
                let mut is_shared =
                    || pools.insert(arc.to, funder).is_some_and(|other| other != funder);
                if !is_named(arc.to) && is_shared() {
                    return Err(format!("{}: is a pool of two funders", network.at(arc)));
                }
                found_tenders.push((funder, member, arc.limit));
            }
        }
        let mut carried = BTreeMap::new();
        let mut found_acceptances = Vec::new();
        let mut pooled: HashMap<usize, BTreeSet<usize>> = HashMap::new();
        for (number, arc) in beside().filter(|(_, arc)| arc.weight == 0) {
            let wrong = || Err(format!("{}: is no tender and no acceptance", network.at(arc)));
            let member = network.nodes[arc.to].member;
            if let Some(&funder) = tills.get(&arc.from) {
                match member {
                    Some(_) => {
                        let member = arc.to;
                        carried
                            .insert(number, Carried::Tender { funder, member, to_anyone: false });
                    }
                    None if is_named(arc.to) => return wrong(),
                    None => {}
                }
            } else if let Some(&funder) = pools.get(&arc.from) {
                let fits = member.is_some() && arc.to != funder && arc.limit == tally.gross;
                if !fits || !pooled.entry(arc.from).or_default().insert(arc.to) {
                    return wrong();
                }
                let member = arc.to;
                carried.insert(number, Carried::Tender { funder, member, to_anyone: true });
            } else if is_named(arc.from) && is_named(arc.to) {
                let Some(member) = network.nodes[arc.from].member else { return wrong() };
                found_acceptances.push((arc.to, member, arc.limit));
                carried.insert(number, Carried::Held { funder: arc.to, member: arc.from });
            } else if is_named(arc.to) || tills.contains_key(&arc.to) || pools.contains_key(&arc.to)
            {
                // Behind limits only obligations end at a member, and a funder's money alone in a till.
                return wrong();
            }
        }
        let both = self.tenders.iter().map(|(funder, ..)| funder);
        let both = both.chain(self.acceptances.iter().map(|(funder, ..)| funder));
        let known: BTreeSet<&String> = both.collect();
        let known = known.into_iter().map(|funder| (funder, self.node(network, funder)));
        let known: BTreeMap<&String, Option<usize>> = known.collect();
        let node = |funder: &String| known.get(funder).copied().flatten().unwrap_or(usize::MAX);
        let acceptances = self.acceptances.iter().filter(|(.., limit)| *limit > 0);
        let acceptances =
            acceptances.map(|(funder, member, limit)| (node(funder), *member, *limit));
        if !is_same(found_acceptances, acceptances.collect()) {
            return Err(format!("{}: its acceptances are not those on offer", network.file));
        }
        if most == 0 {
            return if tills.is_empty() {
                Ok(carried)
            } else {
                Err(format!("{}: has money", network.file))
            };
        }
        let tenders = self.tenders.iter().filter(|(.., limit)| *limit > 0);
        let tenders = tenders.map(|(funder, member, limit)| (node(funder), *member, *limit));
        let all_pooled = pools.iter().all(|(pool, funder)| {
            let others =
                tally.members_taking_part() - usize::from(network.nodes[*funder].member.is_some());
            pooled.get(pool).is_some_and(|members| members.len() == others)
        });
        let funders: BTreeSet<usize> = tills.values().copied().collect();
        if !is_same(found_tenders, tenders.collect())
            || !all_pooled
            || funders.len() != tills.len()
            || funders.len() != self.tenderers().len()
        {
            return Err(format!("{}: its tenders are not those on offer", network.file));
        }
        Ok(carried)
    }
}

fn is_same<T: Ord>(mut one: Vec<T>, mut two: Vec<T>) -> bool {
    one.sort_unstable();
    two.sort_unstable();
    one == two
}
