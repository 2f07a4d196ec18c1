//! A careful forger, who mends every other figure. All that is left to find is the fault itself.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::TestRng;
use serde_json::{Value, json};

use crate::folder::{Folder, minor, money};
use crate::mutations::{circles, set_circles};

const DISCHARGED: usize = 9;
const OUTSTANDING: usize = 10;

/// Moves a discharge to an obligation of the same pair whose turn is later, and mends the counts
/// in `payments.csv`: conserved, optimal, and every sum right, but not the oldest first.
pub(crate) fn out_of_turn(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let mut rows = folder.table("discharges.csv");
    if rows[0].len() > 11 {
        return;
    }
    for _ in 0..200 {
        let (from, to) = (draws.random_range(1..rows.len()), draws.random_range(1..rows.len()));
        // Reference, currency, parties and weight: which is due first decides.
        let same = (3..6).chain([7]).all(|column| rows[from][column] == rows[to][column]);
        let most = minor(&rows[from][DISCHARGED]).min(minor(&rows[to][OUTSTANDING]));
        if from == to || !same || most == 0 {
            continue;
        }
        shift(&mut rows[from], -most);
        shift(&mut rows[to], most);
        break;
    }
    folder.set_table("discharges.csv", &rows);
    mend_payments(folder);
    mend_result(folder);
}

/// Takes some or all of a circle back, in every file: conserved, and every figure right, but not
/// the largest.
pub(crate) fn smaller_set_off(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let mut all = circles(folder);
    let result = folder.json("result.json");
    if all.is_empty() || !result["unit"].is_null() || result["mode"] == "novation" {
        return;
    }
    let which = draws.random_range(0..all.len());
    let whole = minor(&all[which][0][5]);
    let less = if draws.random() { whole } else { draws.random_range(1..=whole) };
    let mut rows = folder.table("discharges.csv");
    for step in &all[which] {
        take_back(&mut rows, &step[2], &step[3], &step[4], less);
    }
    folder.set_table("discharges.csv", &rows);
    if less == whole {
        all.remove(which);
    } else {
        for step in &mut all[which] {
            let decimals = step[5].split_once('.').map_or(0, |(_, decimals)| decimals.len());
            step[5] = money(whole - less, decimals);
        }
    }
    set_circles(folder, &all);
    mend_positions(folder);
    mend_payments(folder);
    mend_result(folder);
    mend_certificate(folder);
}

/// States another gap to the largest, or none, or one where there is none: in every file.
pub(crate) fn gap_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let (which, how) = (draws.random_range(0..3), draws.random_range(0..4));
    let mut forge = |file: &str| {
        folder.edit_json(file, |all| {
            let clearings = all["clearings"].as_array_mut().unwrap();
            let which = which % clearings.len();
            let clearing = &mut clearings[which];
            let in_classes = clearing.get("classes").is_some();
            let parts = match clearing.get_mut("classes") {
                Some(classes) => classes.as_array_mut().unwrap().iter_mut().collect(),
                None => vec![clearing],
            };
            let stated = parts.iter().position(|part| part.get("gap").is_some());
            let part = parts.into_iter().nth(stated.unwrap_or(0)).unwrap();
            let before = part.get("gap").map_or("0", |gap| gap.as_str().unwrap());
            let before: u128 = before.parse().unwrap();
            let after = match how {
                0 => None,
                1 => Some(before / 2),
                2 => Some(before.saturating_sub(1)),
                _ => Some(before + 1),
            };
            assert!(!in_classes || part.get("weight").is_some());
            match after {
                None => drop(part.as_object_mut().unwrap().shift_remove("gap")),
                Some(after) => part["gap"] = after.to_string().into(),
            }
        });
    };
    forge("certificate.json");
    forge("result.json");
}

fn shift(row: &mut [String], by: i128) {
    let decimals = row[DISCHARGED].split_once('.').map_or(0, |(_, decimals)| decimals.len());
    row[DISCHARGED] = money(minor(&row[DISCHARGED]) + by, decimals);
    row[OUTSTANDING] = money(minor(&row[OUTSTANDING]) - by, decimals);
}

/// Takes back discharges of a pair, those first whose turn is last.
fn take_back(rows: &mut [Vec<String>], debtor: &str, creditor: &str, code: &str, mut less: i128) {
    let mut turns: Vec<usize> = (1..rows.len())
        .filter(|&row| (&*rows[row][3], &*rows[row][4], &*rows[row][5]) == (debtor, creditor, code))
        .collect();
    turns.sort_by_cached_key(|&row| {
        let fields = &rows[row];
        let weight: u32 = fields[7].parse().unwrap();
        (u32::MAX - weight, fields[6].is_empty(), fields[6].clone(), fields[2].clone())
    });
    for row in turns.into_iter().rev() {
        let part = minor(&rows[row][DISCHARGED]).min(less);
        shift(&mut rows[row], -part);
        less -= part;
    }
    assert_eq!(less, 0, "circles add up to the discharges");
}

/// What is cleared in each currency, and weighted.
fn sums(folder: &Folder) -> BTreeMap<String, (i128, i128)> {
    let mut sums: BTreeMap<String, (i128, i128)> = BTreeMap::new();
    for row in &folder.table("discharges.csv")[1..] {
        let sum = sums.entry(row[5].clone()).or_default();
        let discharged = minor(&row[DISCHARGED]);
        sum.0 += discharged;
        sum.1 += row[7].parse::<i128>().unwrap() * discharged;
    }
    sums
}

fn mend_positions(folder: &mut Folder) {
    let mut discharged: BTreeMap<(String, String), i128> = BTreeMap::new();
    for row in &folder.table("discharges.csv")[1..] {
        *discharged.entry((row[3].clone(), row[5].clone())).or_default() += minor(&row[DISCHARGED]);
    }
    let decimals = folder.decimals();
    let mut rows = folder.table("positions.csv");
    for row in &mut rows[1..] {
        let off = discharged.get(&(row[0].clone(), row[1].clone())).copied().unwrap_or(0);
        let decimals = decimals[&row[1]];
        row[5] = money(off, decimals);
        row[6] = money(minor(&row[2]) - off, decimals);
        row[7] = money(minor(&row[3]) - off, decimals);
    }
    folder.set_table("positions.csv", &rows);
}

fn mend_payments(folder: &mut Folder) {
    if folder.json("result.json")["mode"] == "novation" {
        return;
    }
    let mut left: BTreeMap<[String; 3], (i128, usize)> = BTreeMap::new();
    for row in &folder.table("discharges.csv")[1..] {
        let outstanding = minor(&row[OUTSTANDING]);
        if outstanding > 0 {
            let key = [row[5].clone(), row[3].clone(), row[4].clone()];
            let (sum, count) = left.entry(key).or_default();
            *sum += outstanding;
            *count += 1;
        }
    }
    let decimals = folder.decimals();
    let mut rows = vec![folder.table("payments.csv").swap_remove(0)];
    for ([code, payer, payee], (sum, count)) in left {
        let amount = money(sum, decimals[&code]);
        rows.push(vec![payer, payee, code, amount, count.to_string()]);
    }
    folder.set_table("payments.csv", &rows);
}

fn mend_result(folder: &mut Folder) {
    let sums = sums(folder);
    let payments = folder.table("payments.csv");
    let circles = circles(folder);
    folder.edit_json("result.json", |result| {
        if result["mode"] == "novation" || !result["unit"].is_null() {
            return;
        }
        for part in ["currencies", "clearings"] {
            for figures in result[part].as_array_mut().unwrap() {
                let code = figures["currency"].as_str().unwrap().to_owned();
                let decimals = usize::try_from(figures["decimals"].as_u64().unwrap()).unwrap();
                let both =
                    |sum: i128| json!({ "amount": money(sum, decimals), "minor": sum.to_string() });
                let (cleared, weighted) = sums[&code];
                let gross = minor(figures["gross"]["minor"].as_str().unwrap());
                let rate = cleared * 1_000_000 / gross;
                figures["cleared"] = both(cleared);
                figures["residual"] = both(gross - cleared);
                figures["rate"] = format!("{}.{:06}", rate / 1_000_000, rate % 1_000_000).into();
                let left =
                    || payments.iter().filter(|row| row[2] == code).map(|row| minor(&row[3]));
                figures["payments"] = left().count().into();
                figures["payment_volume"] = both(left().sum());
                figures["largest_payment"] = both(left().max().unwrap_or(0));
                if part == "clearings" {
                    let own = || circles.iter().filter(|circle| circle[0][4] == code);
                    figures["weighted"] = weighted.to_string().into();
                    figures["circles"] = own().count().into();
                    figures["longest_circle"] = own().map(Vec::len).max().unwrap_or(0).into();
                }
            }
        }
    });
}

fn mend_certificate(folder: &mut Folder) {
    let sums = sums(folder);
    folder.edit_json("certificate.json", |certificate: &mut Value| {
        for clearing in certificate["clearings"].as_array_mut().unwrap() {
            let (cleared, weighted) = sums[clearing["currency"].as_str().unwrap()];
            clearing["cleared"] = cleared.to_string().into();
            clearing["weighted"] = weighted.to_string().into();
        }
    });
}
