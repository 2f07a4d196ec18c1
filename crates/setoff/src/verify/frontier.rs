//! A folder of `setoff frontier`: is every breakpoint reached, is nothing above the curve, and does what the
//! money there is discharges follow from its proof?

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::brief::{Brief, Clearing};
use super::claims::Claims;
use super::discharges::Tallies;
use super::findings::Findings;
use super::limits::Limits;
use super::liquidity::{self, Carried, Liquidity};
use super::marginal;
use super::network::{self, Files, Network, Sums};
use super::table::Table;
use super::tally::Tally;
use super::{Stop, VerifyArgs, figures, inputs};
use crate::result_json::money;

const CURVE: Files =
    Files { arcs: "curve.csv", flow: Some("flows"), levels: "curve-levels.csv", level: "levels" };
const PROOF: Files =
    Files { arcs: "proof.csv", flow: Some("flow"), levels: "levels.csv", level: "level" };

/// The files of such a folder that are checked.
pub(super) const CHECKED: [&str; 9] = [
    "frontier.json",
    "frontier.csv",
    "curve.csv",
    "curve-levels.csv",
    "discharges.csv",
    "liquidity.csv",
    "next-unit.csv",
    "proof.csv",
    "levels.csv",
];

/// The largest part of a slope.
const LARGEST_PART: i128 = 1 << 31;

/// A breakpoint, and what the next unit of money discharges: a fraction.
struct Point {
    sums: Sums,
    discharge: i128,
    money: i128,
    place: String,
}

/// Whether a folder is one.
pub(super) fn is_folder(folder: &Path) -> bool {
    folder.join("frontier.json").is_file()
}

/// Checks all that goes beyond the rows of `discharges.csv`.
pub(super) fn check(
    args: &VerifyArgs,
    claims: &Claims,
    tallies: &Tallies,
    brief: &mut Brief,
) -> Result<(), Stop> {
    let folder = &args.folder;
    let found = &claims.found;
    let table = |field: &str, given: Option<&Path>, option: &str| {
        let name = found[field].as_str();
        name.map(|name| inputs::find_table(folder, name, given, option)).transpose()
    };
    let offered = table("liquidity", args.liquidity.as_deref(), "--liquidity")?;
    let limits = table("limits", args.limits.as_deref(), "--limits")?;
    let default = claims.rules.currency;
    let liquidities = liquidity::read(offered.as_deref(), default, tallies)?;
    let mut limits = match limits {
        None => BTreeMap::new(),
        Some(path) => super::limits::read(&path, default, tallies)?,
    };
    let mut points = read_points(folder, tallies)?;
    let curves = network::read(folder, CURVE, tallies)?;
    let proofs = network::read(folder, PROOF, tallies)?;
    let mut tables = Tables::open(folder)?;
    let mut expected = Vec::new();
    for (number, (code, tally)) in tallies.currencies.iter().enumerate() {
        let parts = points.remove(code).zip(curves.get(code)).zip(proofs.get(code));
        let Some((((points, curve), proof), liquidity)) = parts.zip(liquidities.get(code)) else {
            return Err(Stop::Broken(format!("frontier.csv: has no breakpoints in {code}")));
        };
        let limits = limits.remove(code).unwrap_or_default();
        let one = Currency { tally, limits, liquidity };
        one.check_curve(&points, curve).map_err(Stop::Broken)?;
        let most = match found["money"]["minor"].as_str().map(str::parse::<i128>) {
            Some(Ok(most)) if tallies.currencies.len() == 1 && most >= 0 => most,
            None if found["money"].is_null() => {
                if offered.is_some() {
                    tally.gross
                } else {
                    0
                }
            }
            _ => {
                return Err(Stop::Broken(
                    "frontier.json: money is no sum of one currency".to_owned(),
                ));
            }
        };
        let (sums, carried) =
            one.check_proof(proof, most.min(tally.gross)).map_err(Stop::Broken)?;
        tables.check_liquidity(tally, proof, &carried)?;
        let next = one.check_next(&mut tables, proof, &mut brief.findings)?;
        let claimed = &found["clearings"][number];
        let mut fields = one.json(&points, sums, claimed);
        for (field, list) in one.json_of_carried(proof, &carried, claimed) {
            fields[field] = list;
        }
        fields["next_unit"] = next.into();
        expected.push(fields);
        let (first, last) = (points[0].sums, points[points.len() - 1].sums);
        let curve = (points.len(), first.cleared, last.money, last.cleared);
        brief.clearings.push(Clearing::with_money(tally, sums.money, curve));
    }
    tables.end()?;
    let mut whole = claims.known_beside("setoff-frontier/1");
    for field in ["liquidity", "limits", "money"] {
        whole[field] = found[field].clone();
    }
    if let (Some(minor), Some(tally)) =
        (found["money"]["minor"].as_str(), tallies.currencies.values().next())
    {
        whole["money"] = money(&tally.currency, minor.parse().unwrap_or(0));
    }
    whole["clearings"] = expected.into();
    figures::compare(claims.file, "", found, &whole, &mut brief.not_checked, &mut brief.findings);
    brief.not_checked.push("frontier.json: solves, how often the optimiser ran".to_owned());
    Ok(())
}

/// Reads `frontier.csv`; every currency has a point at least.
fn read_points(folder: &Path, tallies: &Tallies) -> Result<BTreeMap<String, Vec<Point>>, Stop> {
    let header = ["currency", "money", "cleared", "weighted", "next_discharge", "next_money"];
    let mut table = Table::open(folder, "frontier.csv", &header)?;
    let mut all: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    while table.next_row()? {
        let point = tallies.currencies.get(table.text(0)).and_then(|tally| {
            let sum = |column| table.minor(column, tally.currency.decimals());
            let sums = Sums { money: sum(1)?, cleared: sum(2)?, weighted: sum(3)? };
            let part =
                |column| table.minor(column, 0).filter(|part| (0..LARGEST_PART).contains(part));
            Some(Point { sums, discharge: part(4)?, money: part(5)?, place: table.place() })
        });
        let point =
            point.ok_or_else(|| Stop::Broken(format!("{}: is no breakpoint", table.place())))?;
        all.entry(table.text(0).to_owned()).or_default().push(point);
    }
    Ok(all)
}

/// What is given in one currency.
struct Currency<'a> {
    tally: &'a Tally,
    limits: Limits,
    liquidity: &'a Liquidity,
}

impl Currency<'_> {
    /// Whether flows reach all breakpoints, and nothing is above the lines between them.
    fn check_curve(&self, points: &[Point], curve: &Network) -> Result<(), String> {
        let tally = self.tally;
        curve.expect(points.len(), points.len(), CURVE)?;
        self.limits.check_ways(curve, tally)?;
        self.liquidity.carried(curve, tally, tally.gross)?;
        for arc in &curve.arcs {
            let weight = match arc.row {
                Some(row) => i128::from(tally.kept[row].weight),
                None => arc.weight.clamp(-1, 0),
            };
            if arc.weight != weight {
                return Err(format!(
                    "{}: weight is {}, expected {weight}",
                    curve.at(arc),
                    arc.weight
                ));
            }
        }
        let mut steeper: Option<&Point> = None;
        for (number, point) in points.iter().enumerate() {
            let place = &point.place;
            let next = points.get(number + 1);
            let slope = next.map_or((0, 1), |next| {
                let rise = next.sums.weighted - point.sums.weighted;
                lowest(rise, next.sums.money - point.sums.money)
            });
            if slope != (point.discharge, point.money) || next.is_some() && slope.0.min(slope.1) < 1
            {
                return Err(format!("{place}: the next unit discharges {}/{}", slope.0, slope.1));
            }
            // Parts of slopes are under 2^31.
            if steeper.is_some_and(|s| s.discharge * point.money <= point.discharge * s.money) {
                return Err(format!(
                    "{place}: the next unit discharges no less than the one before"
                ));
            }
            steeper = Some(point);
            let flow = curve.flow(number, tally)?;
            if flow != point.sums {
                return Err(format!("{place}: is not what the flow {} adds up to", number + 1));
            }
            if number == 0 && flow.money != 0 {
                return Err(format!("{place}: the first breakpoint needs money"));
            }
            let discharged = |row: usize| curve.arcs[curve.of_row[row]].flows[number];
            self.limits.check(tally, discharged).map_err(|wrong| format!("{place}: {wrong}"))?;
            let value = point.money * flow.weighted - point.discharge * flow.money;
            if curve.bound(number, point.money, point.discharge) != Some(value) {
                return Err(format!("{place}: curve-levels.csv does not prove what follows on it"));
            }
        }
        Ok(())
    }

    /// How many times an obligation's weight counts in the proof for the money there is.
    fn scale(&self) -> i128 {
        2 * i128::try_from(self.liquidity.tenderers().len()).unwrap_or(0) + 1
    }

    /// What the money there is discharges, and what carries it.
    fn check_proof(
        &self,
        proof: &Network,
        most: i128,
    ) -> Result<(Sums, BTreeMap<usize, Carried>), String> {
        let tally = self.tally;
        proof.expect(1, 1, PROOF)?;
        self.limits.check_ways(proof, tally)?;
        let carried = self.liquidity.carried(proof, tally, most)?;
        for arc in &proof.arcs {
            let (weight, flow) = match arc.row {
                Some(row) => {
                    let kept = &tally.kept[row];
                    (self.scale() * i128::from(kept.weight), kept.discharged)
                }
                None => (arc.weight.clamp(-1, 0), arc.flows[0]),
            };
            if (arc.weight, arc.flows[0]) != (weight, flow) {
                return Err(format!(
                    "{}: weight and flow are {} and {}, expected {weight} and {flow}",
                    proof.at(arc),
                    arc.weight,
                    arc.flows[0]
                ));
            }
        }
        self.limits.check(tally, |row| tally.kept[row].discharged)?;
        let sums = proof.flow(0, tally)?;
        if proof.bound(0, 1, 1) != Some(self.scale() * sums.weighted - sums.money) {
            return Err("levels.csv: does not prove that no more can be discharged".to_owned());
        }
        Ok((sums, carried))
    }

    /// Compares `next-unit.csv` with what follows; returns it as JSON has it.
    fn check_next(
        &self,
        tables: &mut Tables,
        proof: &Network,
        findings: &mut Findings,
    ) -> Result<Vec<Value>, Stop> {
        let currency = self.tally.currency;
        let names: BTreeSet<&str> = self.liquidity.tenderers();
        let funders = names.into_iter().filter_map(|name| self.liquidity.node(proof, name));
        let funders: BTreeSet<usize> = funders.collect();
        let mut found = Vec::new();
        for funder in funders {
            for value in marginal::values(proof, funder, self.scale()) {
                let table = &mut tables.next;
                if !table.next_row()? {
                    return Err(Stop::Broken("next-unit.csv: lacks its last lines".to_owned()));
                }
                let [funder, member] = [funder, value.member].map(|node| &*proof.nodes[node].name);
                let discharge = value.discharge.to_string();
                let least = currency.format_sum(value.at_least);
                let fields = [currency.code(), funder, member, &discharge, &least];
                for (column, expected) in fields.into_iter().enumerate() {
                    if table.bytes(column) != expected.as_bytes() {
                        findings.add(|| table.unexpected(column, expected));
                    }
                }
                found.push(json!({
                    "funder": funder,
                    "member": member,
                    "discharge": discharge,
                    "at_least": money(&currency, value.at_least),
                }));
            }
        }
        Ok(found)
    }

    /// The figures as JSON has them. How often the optimiser ran is taken as claimed, and so is a price
    /// at which its breakpoint is best.
    fn json(&self, points: &[Point], sums: Sums, claimed: &Value) -> Value {
        let (tally, currency) = (self.tally, &self.tally.currency);
        let frontier = points.iter().enumerate().map(|(number, point)| {
            let before = number.checked_sub(1).map(|before| &points[before]);
            let next = (number + 1 < points.len()).then(|| {
                json!({
                    "discharge": point.discharge.to_string(),
                    "money": point.money.to_string(),
                })
            });
            let price = &claimed["frontier"][number]["price"];
            let parts = price["discharge"].as_i64().zip(price["money"].as_i64());
            let is_best = parts.is_some_and(|(discharge, money)| {
                let [p, q] = [discharge, money].map(i128::from);
                let fits = (0..LARGEST_PART).contains(&p) && (1..LARGEST_PART).contains(&q);
                fits && p * point.money >= point.discharge * q
                    && before.is_none_or(|before| p * before.money <= before.discharge * q)
            });
            let price = if is_best { price.clone() } else { Value::Null };
            json!({
                "money": money(currency, point.sums.money),
                "cleared": money(currency, point.sums.cleared),
                "weighted": point.sums.weighted.to_string(),
                "next": next,
                "price": price,
            })
        });
        json!({
            "currency": currency.code(),
            "decimals": currency.decimals(),
            "obligations": tally.obligations,
            "members": tally.members_taking_part(),
            "gross": money(currency, tally.gross),
            "solves": claimed["solves"],
            "frontier": frontier.collect::<Vec<_>>(),
            "money_used": money(currency, sums.money),
            "cleared": money(currency, sums.cleared),
            "weighted": sums.weighted.to_string(),
        })
    }

    /// What carries money and credit, as JSON has it: in the order claimed if it is the same.
    fn json_of_carried(
        &self,
        proof: &Network,
        carried: &BTreeMap<usize, Carried>,
        claimed: &Value,
    ) -> [(&'static str, Value); 2] {
        let (mut receipts, mut held) = (Vec::new(), Vec::new());
        for (arc, carried) in carried {
            let flow = proof.arcs[*arc].flows[0];
            let name = |node: usize| &proof.nodes[node].name;
            let amount = money(&self.tally.currency, flow);
            match *carried {
                _ if flow == 0 => {}
                Carried::Tender { funder, member, to_anyone } => receipts.push(json!({
                    "funder": name(funder),
                    "member": name(member),
                    "to_anyone": to_anyone,
                    "amount": amount,
                })),
                Carried::Held { funder, member } => held.push(json!({
                    "funder": name(funder), "member": name(member), "amount": amount,
                })),
            }
        }
        [("receipts", receipts), ("held", held)].map(|(field, list)| {
            let sorted = |list: &[Value]| {
                let mut texts: Vec<String> = list.iter().map(Value::to_string).collect();
                texts.sort_unstable();
                texts
            };
            let claimed = claimed[field].as_array();
            let same = claimed.filter(|claimed| sorted(claimed) == sorted(&list));
            (field, same.cloned().unwrap_or(list).into())
        })
    }
}

/// The tables that are read from the top, currency by currency.
struct Tables {
    next: Table,
    /// The lines of `liquidity.csv` with their place, by currency.
    liquidity: BTreeMap<String, Vec<(Vec<String>, String)>>,
}

impl Tables {
    fn open(folder: &Path) -> Result<Self, Stop> {
        let header = ["currency", "funder", "member", "discharge", "at_least"];
        let next = Table::open(folder, "next-unit.csv", &header)?;
        let header = ["currency", "kind", "funder", "member", "amount"];
        let mut table = Table::open(folder, "liquidity.csv", &header)?;
        let mut liquidity: BTreeMap<_, Vec<_>> = BTreeMap::new();
        while table.next_row()? {
            let fields = (1..header.len()).map(|column| table.text(column).to_owned()).collect();
            let lines = liquidity.entry(table.text(0).to_owned()).or_default();
            lines.push((fields, table.place()));
        }
        Ok(Self { next, liquidity })
    }

    /// Whether `liquidity.csv` says what flows.
    fn check_liquidity(
        &mut self,
        tally: &Tally,
        proof: &Network,
        carried: &BTreeMap<usize, Carried>,
    ) -> Result<(), Stop> {
        let mut expected: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        for (arc, carried) in carried {
            let flow = proof.arcs[*arc].flows[0];
            let (kind, funder, member) = match *carried {
                Carried::Tender { funder, member, .. } => ("tender", funder, member),
                Carried::Held { funder, member } => ("acceptance", funder, member),
            };
            if flow > 0 {
                let [funder, member] =
                    [funder, member].map(|node| proof.nodes[node].name.to_string());
                let amount = tally.currency.format_sum(flow);
                *expected.entry(vec![kind.to_owned(), funder, member, amount]).or_default() += 1;
            }
        }
        for (fields, place) in self.liquidity.remove(tally.currency.code()).unwrap_or_default() {
            match expected.get_mut(&fields) {
                Some(left) if *left > 0 => *left -= 1,
                _ => return Err(Stop::Broken(format!("{place}: is not what proof.csv says"))),
            }
        }
        match expected.iter().find(|(_, left)| **left > 0) {
            None => Ok(()),
            Some((fields, _)) => {
                Err(Stop::Broken(format!("liquidity.csv: lacks {}", fields.join(","))))
            }
        }
    }

    fn end(mut self) -> Result<(), Stop> {
        if self.next.next_row()? {
            return Err(Stop::Broken(format!("{}: discharges nothing", self.next.place())));
        }
        match self.liquidity.into_values().flatten().next() {
            None => Ok(()),
            Some((_, place)) => Err(Stop::Broken(format!("{place}: is in another currency"))),
        }
    }
}

/// A fraction in lowest terms.
fn lowest(mut part: i128, mut whole: i128) -> (i128, i128) {
    let fraction = (part, whole);
    while whole != 0 {
        (part, whole) = (whole, part % whole);
    }
    let divisor = part.abs().max(1);
    (fraction.0 / divisor, fraction.1 / divisor)
}
