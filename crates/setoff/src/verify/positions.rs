//! `positions.csv`: every member's claims and debts, before and after.

use std::path::Path;

use super::Stop;
use super::claims::Claims;
use super::discharges::Tallies;
use super::findings::Findings;
use super::table::Table;
use super::tally::{Member, Tally};
use crate::outcome::Mode;

const HEADER: [&str; 9] = [
    "member",
    "currency",
    "owed",
    "owing",
    "net_before",
    "set_off",
    "owed_after",
    "owing_after",
    "net_after",
];

/// Compares the file with the tallies, row by row.
pub(super) fn check(
    folder: &Path,
    claims: &Claims,
    tallies: &Tallies,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let mut table = Table::open(folder, "positions.csv", &HEADER)?;
    for tally in tallies.clearings() {
        for (name, member) in tally.by_name() {
            if !table.next_row()? {
                findings.add(|| format!("positions.csv: ends before {name:?}"));
                return Ok(());
            }
            compare(&table, claims, tally, (name, member), findings);
        }
    }
    while table.next_row()? {
        findings.add(|| format!("{}: this member has no such position", table.place()));
    }
    Ok(())
}

fn compare(
    table: &Table,
    claims: &Claims,
    tally: &Tally,
    (name, member): (&str, &Member),
    findings: &mut Findings,
) {
    for (column, text) in [name, tally.currency.code()].into_iter().enumerate() {
        if table.bytes(column) != text.as_bytes() {
            findings.add(|| table.unexpected(column, text));
        }
    }
    let (owed_after, owing_after) = match &claims.centre {
        None => (member.owed - member.owed_discharged, member.owing - member.owing_discharged),
        Some(centre) if centre == name => new_claims(tally, member),
        Some(_) => (member.net().max(0), (-member.net()).max(0)),
    };
    let set_off = match claims.mode {
        Mode::SetOff | Mode::Bilateral => member.owing_discharged,
        Mode::Novation => member.owed.min(member.owing),
    };
    let sums = [
        member.owed,
        member.owing,
        member.net(),
        set_off,
        owed_after,
        owing_after,
        owed_after - owing_after,
    ];
    for (column, sum) in (2..).zip(sums) {
        if table.minor(column, tally.currency.decimals()) != Some(sum) {
            findings.add(|| table.unexpected(column, &tally.currency.format_sum(sum)));
        }
    }
}

/// What a centre that is itself a member is owed and owes after a novation: what the others
/// together owe and are owed.
fn new_claims(tally: &Tally, centre: &Member) -> (i128, i128) {
    let nets = || tally.members.iter().map(Member::net);
    let (owed, owing): (i128, i128) =
        (nets().map(|net| (-net).max(0)).sum(), nets().map(|net| net.max(0)).sum());
    (owed - (-centre.net()).max(0), owing - centre.net().max(0))
}
