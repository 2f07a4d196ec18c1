//! A network with what flows through it and its levels, as the tables of a proof have it: is it made of
//! the obligations, is what flows feasible, and what do the levels bound?
//!
//! For any levels no flow within the limits adds up to more, by weight, than the sum of
//! `limit × max(0, gain)` with `gain = weight + level(from) − level(to)`: round a circle the levels cancel
//! out. `docs/certificate.md` has the proof.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use setoff_formats::Place;

use super::Stop;
use super::discharges::Tallies;
use super::table::Table;
use super::tally::Tally;

/// The largest limit or level, and what weights and prices stay under: gains fit 2^64 and more.
const LARGEST: i128 = 1 << 62;
const LARGEST_WEIGHT: i128 = 1 << 31;

/// The tables of a proof.
#[derive(Clone, Copy)]
pub(super) struct Files {
    pub(super) arcs: &'static str,
    /// The column of what flows, if there is one.
    pub(super) flow: Option<&'static str>,
    pub(super) levels: &'static str,
    /// The column of the levels.
    pub(super) level: &'static str,
}

/// The network of one currency.
#[derive(Debug, Default)]
pub(super) struct Network {
    /// The name of the table of arcs.
    pub(super) file: &'static str,
    pub(super) nodes: Vec<Node>,
    /// Every obligation is the arc of this place.
    pub(super) of_row: Vec<usize>,
    pub(super) arcs: Vec<Arc>,
}

#[derive(Debug)]
pub(super) struct Node {
    /// Empty for a till, a pool and what a limit makes.
    pub(super) name: Box<str>,
    /// Its number in the tally, if it is a member.
    pub(super) member: Option<u32>,
    levels: Vec<i128>,
}

#[derive(Debug)]
pub(super) struct Arc {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) limit: i128,
    pub(super) weight: i128,
    pub(super) flows: Vec<i128>,
    /// The place among the tally's rows of the obligation that it is.
    pub(super) row: Option<usize>,
    pub(super) line: u64,
}

/// What a flow adds up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) money: i128,
    pub(super) cleared: i128,
    pub(super) weighted: i128,
}

/// Reads the networks of all currencies.
///
/// # Errors
/// [`Stop::Broken`] with the first line that is not in its form, or is no network of the obligations.
pub(super) fn read(
    folder: &Path,
    files: Files,
    tallies: &Tallies,
) -> Result<BTreeMap<String, Network>, Stop> {
    let mut networks = read_nodes(folder, files, tallies)?;
    let header = ["currency", "file", "line", "from", "to", "limit", "weight"];
    let header: Vec<&str> = header.into_iter().chain(files.flow).collect();
    let mut table = Table::open(folder, files.arcs, &header)?;
    let rows: BTreeMap<&str, HashMap<Place, usize>> = tallies
        .currencies
        .iter()
        .map(|(code, tally)| {
            (
                code.as_str(),
                tally.kept.iter().enumerate().map(|(row, kept)| (kept.turn.place, row)).collect(),
            )
        })
        .collect();
    while table.next_row()? {
        let broken = |what: &str| Stop::Broken(format!("{}: {what}", table.place()));
        let code = table.text(0);
        let known = networks.get_mut(code).zip(tallies.currencies.get(code)).zip(rows.get(code));
        let ((network, tally), rows) =
            known.ok_or_else(|| broken("there are no obligations in this currency"))?;
        let of_node = |column| {
            let node = table.number(column).and_then(|node| usize::try_from(node).ok());
            node.filter(|node| *node < network.nodes.len())
                .ok_or_else(|| broken("has no such node"))
        };
        let within = |column, most: i128| {
            let number = table.minor(column, 0).filter(|number| number.abs() <= most);
            number.ok_or_else(|| broken("is not a whole number of a size that can be"))
        };
        let (from, to) = (of_node(3)?, of_node(4)?);
        let (limit, weight) = (within(5, LARGEST)?, within(6, LARGEST_WEIGHT)?);
        if limit < 0 {
            return Err(broken("its limit is below zero"));
        }
        let flows = match files.flow {
            None => Vec::new(),
            Some(_) => table.numbers(7).ok_or_else(|| broken("what flows is no whole number"))?,
        };
        let row = if table.bytes(1).is_empty() && table.bytes(2).is_empty() {
            None
        } else {
            let place = table.place_in_input(1, 2).and_then(|place| rows.get(&place).copied());
            let row = place.ok_or_else(|| broken("the input has no such obligation"))?;
            let kept = &tally.kept[row];
            if kept.amount != limit || network.nodes[to].member != Some(kept.creditor) {
                return Err(broken("is not as the obligation of this line"));
            }
            if network.of_row[row] != usize::MAX {
                return Err(broken("is the second line of the same obligation"));
            }
            network.of_row[row] = network.arcs.len();
            Some(row)
        };
        let line = table.line();
        network.arcs.push(Arc { from, to, limit, weight, flows, row, line });
    }
    for (code, network) in &networks {
        if network.of_row.contains(&usize::MAX) {
            return Err(Stop::Broken(format!(
                "{}: an obligation in {code} is missing",
                files.arcs
            )));
        }
    }
    Ok(networks)
}

fn read_nodes(
    folder: &Path,
    files: Files,
    tallies: &Tallies,
) -> Result<BTreeMap<String, Network>, Stop> {
    let mut table = Table::open(folder, files.levels, &["currency", "node", "name", files.level])?;
    let empty = |(code, tally): (&String, &Tally)| {
        let of_row = vec![usize::MAX; tally.kept.len()];
        (code.clone(), Network { file: files.arcs, of_row, ..Network::default() })
    };
    let mut networks: BTreeMap<String, Network> = tallies.currencies.iter().map(empty).collect();
    let mut met: BTreeMap<String, HashMap<u32, usize>> = BTreeMap::new();
    while table.next_row()? {
        let broken = |what: &str| Stop::Broken(format!("{}: {what}", table.place()));
        let code = table.text(0);
        let known = networks.get_mut(code).zip(tallies.currencies.get(code));
        let (network, tally) =
            known.ok_or_else(|| broken("there are no obligations in this currency"))?;
        let node = network.nodes.len();
        if table.number(1) != u64::try_from(node).ok() {
            return Err(broken(&format!("is not the node {node}")));
        }
        let levels = table.numbers(3).filter(|all| all.iter().all(|level| level.abs() <= LARGEST));
        let levels = levels.ok_or_else(|| broken("the level is no whole number"))?;
        let name: Box<str> = table.text(2).into();
        let met = met.entry(code.to_owned()).or_default();
        // A funder may have a member's name; members come first.
        let member = tally.find(&name).filter(|member| !met.contains_key(member));
        if let Some(member) = member {
            met.insert(member, node);
        }
        network.nodes.push(Node { name, member, levels });
    }
    for (code, tally) in &tallies.currencies {
        if met.get(code).map_or(0, HashMap::len) != tally.members_taking_part() {
            return Err(Stop::Broken(format!("{}: lacks a member in {code}", files.levels)));
        }
    }
    Ok(networks)
}

impl Network {
    /// Whether there are so many flows and so many levels everywhere.
    pub(super) fn expect(&self, flows: usize, levels: usize, files: Files) -> Result<(), String> {
        if let Some(arc) = self.arcs.iter().find(|arc| arc.flows.len() != flows) {
            return Err(format!("{}: has not {flows} flows", self.at(arc)));
        }
        let wrong = self.nodes.iter().position(|node| node.levels.len() != levels);
        wrong.map_or(Ok(()), |node| {
            Err(format!("{}: the node {node} has not {levels} levels", files.levels))
        })
    }

    /// Where an arc stands.
    pub(super) fn at(&self, arc: &Arc) -> String {
        format!("{}:{}", self.file, arc.line)
    }

    /// What a flow adds up to, if it keeps the limits and as much flows out of every node as in.
    pub(super) fn flow(&self, number: usize, tally: &Tally) -> Result<Sums, String> {
        let mut balances = vec![0_i128; self.nodes.len()];
        let mut sums = Sums { money: 0, cleared: 0, weighted: 0 };
        for arc in &self.arcs {
            let flow = arc.flows[number];
            if !(0..=arc.limit).contains(&flow) {
                let at = self.at(arc);
                return Err(format!(
                    "{at}: {flow} flows, which is not from 0 to the limit {}",
                    arc.limit
                ));
            }
            balances[arc.from] -= flow;
            balances[arc.to] += flow;
            match arc.row {
                Some(row) => {
                    sums.cleared += flow;
                    sums.weighted += flow * i128::from(tally.kept[row].weight);
                }
                None if arc.weight < 0 => sums.money += flow,
                None => {}
            }
        }
        match balances.iter().position(|balance| *balance != 0) {
            None => Ok(sums),
            Some(node) => Err(format!(
                "{}: at the node {node} {} more flows in than out",
                self.file, balances[node]
            )),
        }
    }

    /// What some levels bound where a unit of weight counts `weight`, and one of money costs `price`;
    /// `None` beyond 128 bits.
    pub(super) fn bound(&self, number: usize, weight: i128, price: i128) -> Option<i128> {
        let mut sum = 0_i128;
        for arc in &self.arcs {
            let gain = self.gain(arc, number, weight, price);
            if gain > 0 {
                sum = sum.checked_add(gain.checked_mul(arc.limit)?)?;
            }
        }
        Some(sum)
    }

    /// The gain of an arc. Weights and prices are under 2^62 together, levels at most 2^62.
    pub(super) fn gain(&self, arc: &Arc, number: usize, weight: i128, price: i128) -> i128 {
        let times = if arc.weight < 0 { price } else { weight };
        arc.weight * times + self.nodes[arc.from].levels[number] - self.nodes[arc.to].levels[number]
    }

    /// The level of a node.
    pub(super) fn level(&self, node: usize) -> i128 {
        self.nodes[node].levels[0]
    }
}
