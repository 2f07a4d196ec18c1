//! The table of limits: what it says of each currency, whether discharges keep to it, and whether a proof's
//! network lets through whatever the limits let through.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use setoff_formats::{LimitKind, LimitRow, read_limits};
use setoff_money::{Currency, Minor};

use super::Stop;
use super::discharges::Tallies;
use super::network::Network;
use super::tally::Tally;

/// The limits in one currency. Members are numbered as in the tally.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) members: Vec<(u32, i128)>,
    pub(super) pairs: Vec<((u32, u32), i128)>,
    /// The places of the tally's rows that are held out.
    pub(super) held: BTreeSet<usize>,
    /// First the limits of all, then the groups by name.
    pub(super) groups: Vec<Group>,
    pub(super) piece: i128,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) members: BTreeSet<u32>,
    pub(super) most: i128,
}

/// The groups by name while they are read: the members, and the limit once it is met.
type Named = BTreeMap<String, (BTreeSet<u32>, Option<i128>)>;

/// Reads the table.
///
/// # Errors
/// [`Stop::Usage`] if it can't be read, [`Stop::Broken`] if it does not fit the obligations.
pub(super) fn read(
    path: &Path,
    default: Option<Currency>,
    tallies: &Tallies,
) -> Result<BTreeMap<String, Limits>, Stop> {
    let rows = read_limits(path, default.unwrap_or(Currency::NONE))
        .map_err(|error| Stop::Usage(error.to_string()))?;
    let mut all: BTreeMap<String, (Limits, Named)> = BTreeMap::new();
    for row in &rows {
        let code = row.currency.code();
        let added = tallies.currencies.get(code).and_then(|tally| {
            let (limits, named) = all.entry(code.to_owned()).or_default();
            limits.add(row, tally, named)
        });
        added.ok_or_else(|| {
            let file = path.display();
            Stop::Broken(format!("{file}:{}: does not fit the obligations", row.line))
        })?;
    }
    let finished = all.into_iter().map(|(code, (mut limits, named))| {
        for (name, (members, most)) in named {
            let most = most.ok_or_else(|| {
                Stop::Broken(format!("{}: the group {name:?} has no limit", path.display()))
            })?;
            limits.groups.push(Group { name, members, most });
        }
        Ok((code, limits))
    });
    finished.collect()
}

impl Limits {
    fn add(&mut self, row: &LimitRow, tally: &Tally, named: &mut Named) -> Option<()> {
        match &row.kind {
            LimitKind::Member { member, most } => {
                self.members.push((tally.find(member)?, most.wide()));
            }
            LimitKind::Pair { debtor, creditor, most } => {
                let pair = (tally.find(debtor)?, tally.find(creditor)?);
                self.pairs.push((pair, most.wide()));
            }
            LimitKind::Hold { member, creditor, reference } => {
                let member = tally.find(member)?;
                let creditor = match creditor {
                    None => None,
                    Some(name) => Some(tally.find(name)?),
                };
                let all = creditor.is_none() && reference.is_none();
                let is_held = |kept: &super::tally::Kept| {
                    (kept.debtor == member || all && kept.creditor == member)
                        && creditor.is_none_or(|creditor| kept.creditor == creditor)
                        && reference.as_ref().is_none_or(|name| *kept.turn.reference == **name)
                };
                let held = tally.kept.iter().enumerate().filter(|(_, kept)| is_held(kept));
                self.held.extend(held.map(|(row, _)| row));
            }
            LimitKind::Group { group, member, most } => {
                let entry = named.entry(group.clone()).or_default();
                match member {
                    None => entry.0.extend(tally.kept.iter().map(|kept| kept.debtor)),
                    Some(name) => entry.0.extend([tally.find(name)?]),
                }
                entry.1 = most.map(Minor::wide).or(entry.1);
            }
            LimitKind::Total { most } => {
                let members = tally.kept.iter().map(|kept| kept.debtor).collect();
                let most = most.wide();
                self.groups.push(Group { name: "total".to_owned(), members, most });
            }
            LimitKind::Piece { least } => self.piece = self.piece.max(least.wide()),
        }
        Some(())
    }

    /// The first limit that discharges exceed, by the place of their row.
    pub(super) fn check(
        &self,
        tally: &Tally,
        discharged: impl Fn(usize) -> i128,
    ) -> Result<(), String> {
        let sums = Sums::of(tally, &discharged);
        let over = |what: String, sum: i128, most: i128| {
            let [sum, most] = [sum, most].map(|sum| tally.currency.format_sum(sum));
            Err(format!("{sum} of {what} is discharged, over the limit of {most}"))
        };
        for &(member, most) in &self.members {
            if sums.member(member) > most {
                return over(tally.name(member).to_owned(), sums.member(member), most);
            }
        }
        for &((debtor, creditor), most) in &self.pairs {
            if sums.pair(debtor, creditor) > most {
                let what = format!("{} to {}", tally.name(debtor), tally.name(creditor));
                return over(what, sums.pair(debtor, creditor), most);
            }
        }
        for group in &self.groups {
            if sums.group(group) > group.most {
                return over(format!("the group {}", group.name), sums.group(group), group.most);
            }
        }
        for (row, kept) in tally.kept.iter().enumerate() {
            let discharged = discharged(row);
            let small = discharged > 0 && discharged < self.piece.min(kept.amount);
            if small || discharged > 0 && self.held.contains(&row) {
                let why = if small { "less than the smallest piece" } else { "though held out" };
                return Err(format!("discharges.csv:{}: is discharged, {why}", kept.number + 1));
            }
        }
        Ok(())
    }

    /// Whether every obligation starts, in a proof's network, at its debtor or behind the limits of its
    /// debtor and pair, and behind no others. Then whatever keeps the limits can flow.
    pub(super) fn check_ways(&self, network: &Network, tally: &Tally) -> Result<(), String> {
        let (mut of_member, mut of_pair) = (HashMap::new(), HashMap::new());
        let smallest = |least: &mut i128, most: i128| *least = most.min(*least);
        for &(member, most) in &self.members {
            smallest(of_member.entry(member).or_insert(tally.gross), most);
        }
        for &(pair, most) in &self.pairs {
            smallest(of_pair.entry(pair).or_insert(tally.gross), most);
        }
        let mut into: HashMap<usize, Vec<usize>> = HashMap::new();
        for (number, arc) in network.arcs.iter().enumerate() {
            if arc.row.is_none() && network.nodes[arc.to].name.is_empty() {
                into.entry(arc.to).or_default().push(number);
            }
        }
        let mut behind: HashMap<usize, (u32, Option<u32>)> = HashMap::new();
        for (row, kept) in tally.kept.iter().enumerate() {
            let own = &network.arcs[network.of_row[row]];
            let pair = (kept.debtor, kept.creditor);
            let expected = [
                of_member.get(&kept.debtor).map(|most| (*most, (kept.debtor, None))),
                of_pair.get(&pair).map(|most| (*most, (kept.debtor, Some(kept.creditor)))),
            ];
            let expected: Vec<_> = expected.into_iter().flatten().collect();
            let is_closed = self.held.contains(&row) || expected.iter().any(|limit| limit.0 == 0);
            let wrong = || Err(format!("{}: does not start where it should", network.at(own)));
            let mut node = own.from;
            let mut is_open = true;
            for &(most, key) in expected.iter().rev() {
                let known = into.get(&node).map(Vec::as_slice);
                let Some(&[way]) = known.filter(|_| is_open) else {
                    is_open = false;
                    break;
                };
                let arc = &network.arcs[way];
                if arc.limit != most || arc.weight != 0 || *behind.entry(node).or_insert(key) != key
                {
                    return wrong();
                }
                node = arc.from;
            }
            let starts_well = is_open && network.nodes[node].member == Some(kept.debtor);
            if !starts_well && !is_closed {
                return wrong();
            }
        }
        Ok(())
    }
}

/// What is discharged, by member and by pair.
pub(super) struct Sums {
    members: HashMap<u32, i128>,
    pairs: HashMap<(u32, u32), i128>,
}

impl Sums {
    pub(super) fn of(tally: &Tally, discharged: &impl Fn(usize) -> i128) -> Self {
        let mut sums = Self { members: HashMap::new(), pairs: HashMap::new() };
        for (row, kept) in tally.kept.iter().enumerate() {
            *sums.members.entry(kept.debtor).or_default() += discharged(row);
            *sums.pairs.entry((kept.debtor, kept.creditor)).or_default() += discharged(row);
        }
        sums
    }

    pub(super) fn member(&self, member: u32) -> i128 {
        self.members.get(&member).copied().unwrap_or(0)
    }

    pub(super) fn pair(&self, debtor: u32, creditor: u32) -> i128 {
        self.pairs.get(&(debtor, creditor)).copied().unwrap_or(0)
    }

    pub(super) fn group(&self, group: &Group) -> i128 {
        group.members.iter().map(|member| self.member(*member)).sum()
    }
}
