//! A folder of `setoff within`: do the discharges keep the limits, and does the proof bound what could?

use std::path::Path;

use serde_json::{Value, json};

use super::brief::{Brief, Clearing};
use super::claims::Claims;
use super::discharges::Tallies;
use super::findings::Findings;
use super::limits::{Limits, Sums};
use super::network::{self, Files, Network};
use super::table::Table;
use super::tally::Tally;
use super::{Stop, VerifyArgs, balance, figures, inputs};
use crate::result_json::money;

const FILES: Files = Files { arcs: "proof.csv", flow: None, levels: "levels.csv", level: "level" };

/// The parts of a unit that tolls are in.
const SCALE: i128 = 72;

/// Checks all that goes beyond the rows of `discharges.csv`.
pub(super) fn check(
    args: &VerifyArgs,
    claims: &Claims,
    tallies: &Tallies,
    brief: &mut Brief,
) -> Result<(), Stop> {
    let broken = |words: String| Stop::Broken(words);
    let name = claims.found["limits"].as_str();
    let name = name.ok_or_else(|| broken("within.json: names no table of limits".to_owned()))?;
    let path = inputs::find_table(&args.folder, name, args.limits.as_deref(), "--limits")?;
    let mut all = super::limits::read(&path, claims.rules.currency, tallies)?;
    let mut table = Table::open(
        &args.folder,
        "limits.csv",
        &["currency", "kind", "name", "limit", "discharged", "toll"],
    )?;
    let networks = network::read(&args.folder, FILES, tallies)?;
    let mut expected = Vec::new();
    for (code, network) in &networks {
        let Some(tally) = tallies.currencies.get(code) else { continue };
        let limits = all.remove(code).unwrap_or_default();
        balance::check(claims, tally, &mut brief.findings);
        let discharged = |row: usize| tally.kept[row].discharged;
        limits.check(tally, discharged).map_err(broken)?;
        let (lines, tolls) = lines(&mut table, &limits, tally, &mut brief.findings)?;
        let bound = bound(network, &limits, &tolls, tally).map_err(broken)?;
        if bound < tally.weighted {
            return Err(broken(format!(
                "{code}: {} is discharged by weight, over the proven bound of {bound}",
                tally.weighted
            )));
        }
        let found = &claims.found["clearings"][expected.len()];
        expected.push(json!({
            "currency": code,
            "decimals": tally.currency.decimals(),
            "obligations": tally.obligations,
            "members": tally.members_taking_part(),
            "gross": money(&tally.currency, tally.gross),
            "cleared": money(&tally.currency, tally.discharged),
            "weighted": tally.weighted.to_string(),
            "bound": bound.to_string(),
            "unlimited": unlimited(found, tally),
            "limits": lines,
            "held": limits.held.len(),
            "piece": money(&tally.currency, limits.piece),
        }));
        brief.clearings.push(Clearing::of(tally, bound - tally.weighted));
    }
    if table.next_row()? {
        return Err(broken(format!("{}: the table of limits has no such limit", table.place())));
    }
    let mut whole = claims.known_beside("setoff-within/1");
    whole["limits"] = json!(name);
    whole["clearings"] = expected.into();
    figures::compare(
        claims.file,
        "",
        &claims.found,
        &whole,
        &mut brief.not_checked,
        &mut brief.findings,
    );
    brief
        .not_checked
        .push("within.json: unlimited, which is what `setoff clear` finds and proves".to_owned());
    Ok(())
}

/// What is set off without limits, as claimed, if it can be.
fn unlimited(found: &Value, tally: &Tally) -> String {
    let claimed = found["unlimited"].as_str().unwrap_or_default();
    let number = claimed.parse::<i128>().ok().filter(|sum| *sum >= tally.weighted);
    number.unwrap_or(tally.weighted).to_string()
}

/// Compares the lines of `limits.csv` with the limits; returns them as JSON has them, and the tolls.
fn lines(
    table: &mut Table,
    limits: &Limits,
    tally: &Tally,
    findings: &mut Findings,
) -> Result<(Vec<Value>, Vec<i128>), Stop> {
    let sums = Sums::of(tally, &|row| tally.kept[row].discharged);
    let names = tally.names();
    let name = |member: u32| names[member as usize].to_owned();
    let members = limits
        .members
        .iter()
        .map(|&(member, most)| ("member", name(member), most, sums.member(member)));
    let pairs = limits.pairs.iter().map(|&((debtor, creditor), most)| {
        let both = format!("{} to {}", name(debtor), name(creditor));
        ("pair", both, most, sums.pair(debtor, creditor))
    });
    let groups = limits.groups.iter();
    let groups = groups.map(|group| ("group", group.name.clone(), group.most, sums.group(group)));
    let (mut found, mut tolls) = (Vec::new(), Vec::new());
    for (kind, name, most, discharged) in members.chain(pairs).chain(groups) {
        if !table.next_row()? {
            return Err(Stop::Broken(format!("limits.csv: the limit of {name} is missing")));
        }
        let sum = |sum| tally.currency.format_sum(sum);
        let fields = [tally.currency.code(), kind, &name, &sum(most), &sum(discharged)];
        for (column, expected) in fields.into_iter().enumerate() {
            if table.bytes(column) != expected.as_bytes() {
                findings.add(|| table.unexpected(column, expected));
            }
        }
        let toll = table.number(5).and_then(|toll| u32::try_from(toll).ok());
        if toll.is_some() != (kind == "group") || kind != "group" && !table.bytes(5).is_empty() {
            return Err(Stop::Broken(table.unexpected(5, "a whole number for groups only")));
        }
        tolls.extend(toll.map(i128::from));
        let [limit, discharged] = [most, discharged].map(|sum| money(&tally.currency, sum));
        found.push(json!({
            "kind": kind, "name": name, "limit": limit, "discharged": discharged, "toll": toll,
        }));
    }
    Ok((found, tolls))
}

/// What no set-off within the limits exceeds by weight.
fn bound(
    network: &Network,
    limits: &Limits,
    tolls: &[i128],
    tally: &Tally,
) -> Result<i128, String> {
    network.expect(0, 1, FILES)?;
    limits.check_ways(network, tally)?;
    for arc in &network.arcs {
        let weight = match arc.row {
            None => 0,
            Some(row) => {
                let kept = &tally.kept[row];
                let groups = limits.groups.iter().zip(tolls);
                let own = groups.filter(|(group, _)| group.members.contains(&kept.debtor));
                SCALE * i128::from(kept.weight) - own.map(|(_, toll)| toll).sum::<i128>()
            }
        };
        if arc.weight != weight {
            return Err(format!(
                "{}: weight is {}, expected {weight}",
                network.at(arc),
                arc.weight
            ));
        }
    }
    let paid = limits.groups.iter().zip(tolls);
    let paid: i128 = paid.map(|(group, toll)| toll * group.most.min(tally.gross)).sum();
    let sum = network.bound(0, 1, 1).and_then(|sum| sum.checked_add(paid));
    let sum = sum.ok_or_else(|| format!("{}: the bound is beyond 128 bits", network.file))?;
    Ok(sum.div_euclid(SCALE))
}

/// The files of such a folder that are checked.
pub(super) const CHECKED: [&str; 5] =
    ["within.json", "discharges.csv", "limits.csv", "proof.csv", "levels.csv"];

/// Whether a folder is one.
pub(super) fn is_folder(folder: &Path) -> bool {
    folder.join("within.json").is_file()
}
