//! From the lines of a table of limits to what the engine takes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use setoff_clearing::{Group, Limits, MemberLimit, PairLimit, SideLimits};
use setoff_formats::{LimitKind, LimitRow, Member, Obligations, read_limits};
use setoff_money::{Currency, Minor};

use crate::failure::Failure;
use crate::netting::CurrencyNetwork;

/// What the group of all members is called that a limit of all makes.
const TOTAL: &str = "total";

/// The limits in one currency, in the network's numbering.
#[derive(Default)]
pub(crate) struct CurrencyLimits {
    /// Those that are network flow.
    pub(crate) limits: Limits,
    /// The others.
    pub(crate) side: SideLimits,
    /// The groups' names, in the order of the groups.
    pub(crate) groups: Vec<String>,
}

/// Reads a table of limits and gives each network its own.
///
/// # Errors
/// [`Failure::Machine`] if it can't be read, [`Failure::Input`] if it is no table of limits or names
/// what the obligations don't have.
pub(crate) fn read(
    path: &Path,
    default: Currency,
    obligations: &Obligations,
    networks: &[CurrencyNetwork],
) -> Result<Vec<CurrencyLimits>, Failure> {
    let rows = read_limits(path, default)
        .map_err(|error| Failure::of_reading(error.is_machine(), &error))?;
    let at =
        |line: u64, problem: &str| Failure::Input(format!("{}:{line}: {problem}", path.display()));
    let mut builders: Vec<Builder<'_>> =
        networks.iter().map(|network| Builder::of(obligations, network)).collect();
    for row in &rows {
        let place = networks.iter().position(|network| network.currency == row.currency);
        let builder = place.and_then(|place| builders.get_mut(place)).ok_or_else(|| {
            let problem = format!(
                "there are no obligations in {}: name the currency of some, or delete the line",
                row.currency
            );
            at(row.line, &problem)
        })?;
        builder.add(row).map_err(|problem| at(row.line, &problem))?;
    }
    let finished = builders.into_iter().map(Builder::finish);
    finished.collect::<Result<_, _>>().map_err(|(line, problem)| at(line, &problem))
}

struct Builder<'a> {
    obligations: &'a Obligations,
    network: &'a CurrencyNetwork,
    numbers: BTreeMap<&'a str, u32>,
    found: CurrencyLimits,
    /// Each group's members and limit, and the line that names it first.
    groups: BTreeMap<String, (BTreeSet<u32>, Option<u64>, u64)>,
}

impl<'a> Builder<'a> {
    fn of(obligations: &'a Obligations, network: &'a CurrencyNetwork) -> Self {
        let names = network.members.iter().map(|member: &Member| obligations.name(*member));
        Self {
            obligations,
            network,
            numbers: names.zip(0..).collect(),
            found: CurrencyLimits::default(),
            groups: BTreeMap::new(),
        }
    }

    fn add(&mut self, row: &LimitRow) -> Result<(), String> {
        let Limits { members, pairs, held } = &mut self.found.limits;
        let number = |name: &String| {
            self.numbers.get(name.as_str()).copied().ok_or_else(|| {
                format!(
                    "\"{name}\" has no obligations in {}: correct the name, or delete the line",
                    row.currency
                )
            })
        };
        match &row.kind {
            LimitKind::Member { member, most } => {
                members.push(MemberLimit { member: number(member)?, most: unsigned(*most) });
            }
            LimitKind::Pair { debtor, creditor, most } => {
                let (debtor, creditor) = (number(debtor)?, number(creditor)?);
                pairs.push(PairLimit { debtor, creditor, most: unsigned(*most) });
            }
            LimitKind::Hold { member, creditor, reference } => {
                let member = number(member)?;
                let creditor = creditor.as_ref().map(number).transpose()?;
                let before = held.len();
                let debts = self.network.network.debts().iter().zip(&self.network.rows);
                held.extend(debts.enumerate().filter_map(|(place, (debt, &row))| {
                    // Without more, a member's claims are held out with its debts.
                    let all = creditor.is_none() && reference.is_none();
                    let is_its = debt.debtor == member || all && debt.creditor == member;
                    let to = creditor.is_none_or(|creditor| debt.creditor == creditor);
                    let named = reference.as_ref();
                    let named = named.is_none_or(|name| self.obligations.reference(row) == name);
                    (is_its && to && named).then_some(place)
                }));
                if held.len() == before {
                    return Err("holds out nothing: no obligation is as it says".to_owned());
                }
            }
            LimitKind::Group { group, member, most } => {
                let all = 0..self.network.network.members();
                let of_group = match member {
                    None => all,
                    Some(name) => number(name).map(|member| member..member + 1)?,
                };
                let new = || (BTreeSet::new(), None, row.line);
                let entry = self.groups.entry(group.clone()).or_insert_with(new);
                entry.0.extend(of_group);
                if let Some(most) = most
                    && entry.1.replace(unsigned(*most)).is_some()
                {
                    return Err(format!("is the second limit of the group \"{group}\": leave one"));
                }
            }
            LimitKind::Total { most } => {
                let members = (0..self.network.network.members()).collect();
                self.found.side.groups.push(Group { members, most: unsigned(*most) });
                self.found.groups.push(TOTAL.to_owned());
            }
            LimitKind::Piece { least } => {
                let piece = &mut self.found.side.piece;
                *piece = (*piece).max(unsigned(*least));
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<CurrencyLimits, (u64, String)> {
        for (name, (members, most, line)) in self.groups {
            let no_limit =
                || (line, format!("the group \"{name}\" has a limit in none of its lines"));
            let most = most.ok_or_else(no_limit)?;
            let members = members.into_iter().collect();
            self.found.side.groups.push(Group { members, most });
            self.found.groups.push(name);
        }
        self.found.limits.held.sort_unstable();
        self.found.limits.held.dedup();
        Ok(self.found)
    }
}

/// A limit, which its reader keeps from below zero.
fn unsigned(amount: Minor) -> u64 {
    u64::try_from(amount.0).unwrap_or(0)
}
