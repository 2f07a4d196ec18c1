//! The ways in which a result is tampered with.

use proptest::prelude::*;
use proptest::test_runner::TestRng;
use serde_json::Value;

use crate::careful;
use crate::folder::{Folder, minor, money};

/// Tampers with a folder; `other` is another valid result.
pub(crate) type Mutation = fn(&mut Folder, &Folder, &mut TestRng);

/// Every kind by its name, and how often it is tried in a hundred attempts or so.
pub(crate) const KINDS: &[(&str, usize, Mutation)] = &[
    ("discharge one minor unit more or less", 6, discharge_one_off),
    ("discharge one minor unit more or less, outstanding mended", 6, discharge_and_outstanding),
    ("discharge moved within a pair", 6, moved_within_a_pair),
    ("discharge moved between any two obligations", 3, moved_anywhere),
    ("discharge moved within a pair, all else mended", 6, careful::out_of_turn),
    ("a smaller set-off, all else mended", 8, careful::smaller_set_off),
    ("another gap or none, in all files", 6, careful::gap_changed),
    ("amount changed", 2, amount_changed),
    ("due date, reference, weight, line or file changed", 4, fact_changed),
    ("currency code changed in a row", 2, currency_changed),
    ("debtor and creditor swapped in a row", 3, names_swapped),
    ("a name replaced everywhere in one file", 2, renamed),
    ("two rows swapped", 5, rows_swapped),
    ("a row twice", 3, row_twice),
    ("a row removed", 3, row_removed),
    ("circle removed", 3, circle_removed),
    ("circle added", 3, circle_added),
    ("circle's amount changed", 3, circle_amount),
    ("two circles swapped", 2, circles_swapped),
    ("circle split in two and counted so", 2, circle_split),
    ("position changed on both sides", 2, position_changed),
    ("payment split in two", 2, payment_split),
    ("one potential changed", 6, potential_changed),
    ("all potentials shifted", 2, potentials_shifted),
    ("potential removed, added or renamed", 3, potential_renamed),
    ("two potentials swapped", 2, potentials_swapped),
    ("certificate of another result", 2, other_certificate),
    ("a file of another result", 3, other_file),
    ("a file removed", 1, file_removed),
    ("file cut off", 8, cut_off),
    ("input cut off", 2, input_cut_off),
    ("a byte of the input changed", 4, input_byte),
    ("a digit of the input changed and all hashes mended", 4, input_digit_and_hash),
    ("a row of the input removed and all hashes mended", 2, input_row_and_hash),
    ("figure of result.json changed", 6, figure_changed),
    ("field of result.json removed", 2, field_removed),
    ("mode, centre or weights of result.json changed", 3, terms_changed),
    ("rates or unit changed", 3, rate_changed),
    ("seed changed", 1, seed_changed),
    ("how the input was read changed", 2, reading_changed),
    ("a byte of any file changed", 8, any_byte),
    ("a digit of any file changed", 6, any_digit),
];

const TABLES: [&str; 4] = ["discharges.csv", "positions.csv", "payments.csv", "circles.csv"];

const DISCHARGED: usize = 9;
const OUTSTANDING: usize = 10;

fn some_row(folder: &Folder, table: &str, draws: &mut TestRng) -> Option<usize> {
    let rows = folder.table(table).len();
    (rows > 1).then(|| draws.random_range(1..rows))
}

fn some_table(folder: &Folder, draws: &mut TestRng) -> &'static str {
    let table = TABLES[draws.random_range(0..TABLES.len())];
    if folder.table(table).len() > 2 { table } else { "discharges.csv" }
}

/// Adds to an amount in its last decimal.
fn add(text: &mut String, by: i128) {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    *text = money(minor(text) + by, decimals);
}

fn one_off(draws: &mut TestRng) -> i128 {
    if draws.random() { 1 } else { -1 }
}

fn discharge_one_off(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let Some(row) = some_row(folder, "discharges.csv", draws) else { return };
    let by = one_off(draws);
    let unit = folder.table("discharges.csv")[0].len() > 11 && draws.random();
    folder.edit_row("discharges.csv", row, |row| {
        add(&mut row[if unit { 12 } else { DISCHARGED }], by);
    });
}

fn discharge_and_outstanding(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let Some(row) = some_row(folder, "discharges.csv", draws) else { return };
    let by = one_off(draws);
    folder.edit_row("discharges.csv", row, |row| {
        add(&mut row[DISCHARGED], by);
        add(&mut row[OUTSTANDING], -by);
    });
}

/// Moves part of a discharge to another row, if there is room.
fn move_discharge(rows: &mut [Vec<String>], from: usize, to: usize, draws: &mut TestRng) {
    let most = minor(&rows[from][DISCHARGED]).min(minor(&rows[to][OUTSTANDING]));
    if from == to || most == 0 {
        return;
    }
    let by = if draws.random() { most } else { draws.random_range(1..=most) };
    add(&mut rows[from][DISCHARGED], -by);
    add(&mut rows[from][OUTSTANDING], by);
    add(&mut rows[to][DISCHARGED], by);
    add(&mut rows[to][OUTSTANDING], -by);
}

fn moved_within_a_pair(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let mut rows = folder.table("discharges.csv");
    let key = |row: &[String]| (row[3].clone(), row[4].clone(), row[5].clone());
    for _ in 0..50 {
        let (from, to) = (draws.random_range(1..rows.len()), draws.random_range(1..rows.len()));
        if key(&rows[from]) == key(&rows[to]) {
            move_discharge(&mut rows, from, to, draws);
        }
    }
    folder.set_table("discharges.csv", &rows);
}

fn moved_anywhere(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let mut rows = folder.table("discharges.csv");
    let (from, to) = (draws.random_range(1..rows.len()), draws.random_range(1..rows.len()));
    if rows[from][5] == rows[to][5] {
        move_discharge(&mut rows, from, to, draws);
    }
    folder.set_table("discharges.csv", &rows);
}

fn amount_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let Some(row) = some_row(folder, "discharges.csv", draws) else { return };
    folder.edit_row("discharges.csv", row, |row| {
        add(&mut row[8], 1);
        add(&mut row[OUTSTANDING], 1);
    });
}

fn fact_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let Some(row) = some_row(folder, "discharges.csv", draws) else { return };
    let (column, text) = match draws.random_range(0..5) {
        0 => (0, "2".to_owned()),
        1 => (1, draws.random_range(1..60).to_string()),
        2 => (2, "R1-x".to_owned()),
        3 => (6, format!("2026-01-{:02}", draws.random_range(1..29))),
        _ => (7, draws.random_range(1..5).to_string()),
    };
    folder.edit_row("discharges.csv", row, |row| row[column] = text);
}

fn currency_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let table = some_table(folder, draws);
    let Some(row) = some_row(folder, table, draws) else { return };
    let codes = ["EUR", "JPY", "KWD", "USD", "eur"];
    let code = codes[draws.random_range(0..codes.len())];
    folder.edit_row(table, row, |row| {
        for field in row.iter_mut().filter(|field| codes.contains(&&***field)) {
            code.clone_into(field);
        }
    });
}

fn names_swapped(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let (table, one) = match draws.random_range(0..3) {
        0 => ("discharges.csv", 3),
        1 => ("payments.csv", 0),
        _ => ("circles.csv", 2),
    };
    let Some(row) = some_row(folder, table, draws) else { return };
    folder.edit_row(table, row, |row| row.swap(one, one + 1));
}

fn renamed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let table = some_table(folder, draws);
    let member = format!("Member {}", draws.random_range(0..6));
    let mut rows = folder.table(table);
    for field in rows.iter_mut().flatten().filter(|field| **field == member) {
        field.push('x');
    }
    folder.set_table(table, &rows);
}

fn rows_swapped(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let table = some_table(folder, draws);
    let mut rows = folder.table(table);
    let (one, other) = (draws.random_range(1..rows.len()), draws.random_range(1..rows.len()));
    rows.swap(one, other);
    folder.set_table(table, &rows);
}

fn row_twice(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let table = some_table(folder, draws);
    let mut rows = folder.table(table);
    let row = draws.random_range(1..rows.len());
    rows.insert(row, rows[row].clone());
    folder.set_table(table, &rows);
}

fn row_removed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let table = some_table(folder, draws);
    let mut rows = folder.table(table);
    rows.remove(draws.random_range(1..rows.len()));
    folder.set_table(table, &rows);
}

/// The rows of each circle, without the header.
pub(crate) fn circles(folder: &Folder) -> Vec<Vec<Vec<String>>> {
    let rows = folder.table("circles.csv");
    rows[1..].chunk_by(|a, b| a[0] == b[0]).map(<[_]>::to_vec).collect()
}

/// Writes circles and numbers them anew.
pub(crate) fn set_circles(folder: &mut Folder, circles: &[Vec<Vec<String>>]) {
    let mut rows = vec![folder.table("circles.csv").swap_remove(0)];
    for (number, circle) in (1..).zip(circles) {
        for (step, row) in (1..).zip(circle) {
            let mut row = row.clone();
            row[0] = format!("{number}");
            row[1] = format!("{step}");
            rows.push(row);
        }
    }
    folder.set_table("circles.csv", &rows);
}

fn with_circle(
    folder: &mut Folder,
    draws: &mut TestRng,
    edit: impl FnOnce(&mut Vec<Vec<Vec<String>>>, usize),
) {
    let mut all = circles(folder);
    if !all.is_empty() {
        let which = draws.random_range(0..all.len());
        edit(&mut all, which);
        set_circles(folder, &all);
    }
}

fn circle_removed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    with_circle(folder, draws, |all, which| {
        all.remove(which);
    });
}

fn circle_added(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    with_circle(folder, draws, |all, which| all.push(all[which].clone()));
}

fn circle_amount(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let by = one_off(draws);
    with_circle(folder, draws, |all, which| {
        for step in &mut all[which] {
            add(&mut step[5], by);
        }
    });
}

fn circles_swapped(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    with_circle(folder, draws, |all, which| all.swap(0, which));
}

fn circle_split(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let mut code = None;
    with_circle(folder, draws, |all, which| {
        let mut part = all[which].clone();
        if minor(&part[0][5]) > 1 {
            code = Some(part[0][4].clone());
            for (one, other) in part.iter_mut().zip(&mut all[which]) {
                let rest = minor(&other[5]) - 1;
                add(&mut other[5], -rest);
                add(&mut one[5], -1);
            }
            all.push(part);
        }
    });
    let Some(code) = code else { return };
    folder.edit_json("result.json", |result| {
        for clearing in result["clearings"].as_array_mut().unwrap() {
            if clearing["currency"] == code.as_str() {
                clearing["circles"] = (clearing["circles"].as_u64().unwrap() + 1).into();
            }
        }
    });
}

fn position_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let Some(row) = some_row(folder, "positions.csv", draws) else { return };
    let by = one_off(draws);
    let columns = if draws.random() { [2, 3] } else { [6, 7] };
    folder.edit_row("positions.csv", row, |row| {
        for column in columns {
            add(&mut row[column], by);
        }
    });
}

fn payment_split(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let Some(row) = some_row(folder, "payments.csv", draws) else { return };
    let mut rows = folder.table("payments.csv");
    let rest = minor(&rows[row][3]) - 1;
    let mut part = rows[row].clone();
    add(&mut part[3], -rest);
    add(&mut rows[row][3], -1);
    rows.insert(row, part);
    folder.set_table("payments.csv", &rows);
}

/// Changes the potentials of one clearing, if there are any.
fn with_potentials(
    folder: &mut Folder,
    draws: &mut TestRng,
    edit: impl FnOnce(&mut serde_json::Map<String, Value>, &mut TestRng),
) {
    folder.edit_json("certificate.json", |certificate| {
        let clearings = certificate["clearings"].as_array_mut().unwrap();
        let which = draws.random_range(0..clearings.len());
        if let Some(potentials) = clearings[which].get_mut("potentials") {
            edit(potentials.as_object_mut().unwrap(), draws);
        }
    });
}

fn some_key(object: &serde_json::Map<String, Value>, draws: &mut TestRng) -> String {
    object.keys().nth(draws.random_range(0..object.len())).unwrap().clone()
}

fn potential_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    with_potentials(folder, draws, |potentials, draws| {
        let key = some_key(potentials, draws);
        let by = one_off(draws) * draws.random_range(1..4);
        let changed = i128::from(potentials[&key].as_i64().unwrap()) + by;
        potentials[&key] = i64::try_from(changed).unwrap().into();
    });
}

fn potentials_shifted(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let by: i64 = if draws.random() { -7 } else { 1 << 40 };
    with_potentials(folder, draws, |potentials, _| {
        for potential in potentials.values_mut() {
            *potential = (potential.as_i64().unwrap() + by).into();
        }
    });
}

fn potential_renamed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    with_potentials(folder, draws, |potentials, draws| {
        let key = some_key(potentials, draws);
        match draws.random_range(0..3) {
            0 => {
                potentials.remove(&key);
            }
            1 => {
                potentials.insert(format!("{key}x"), 0.into());
            }
            _ => {
                let value = potentials.remove(&key).unwrap();
                potentials.insert(format!("{key}x"), value);
            }
        }
    });
}

fn potentials_swapped(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    with_potentials(folder, draws, |potentials, draws| {
        let (one, other) = (some_key(potentials, draws), some_key(potentials, draws));
        let value = potentials[&one].clone();
        potentials[&one] = std::mem::replace(&mut potentials[&other], value);
    });
}

fn other_certificate(folder: &mut Folder, other: &Folder, _: &mut TestRng) {
    let certificate = other.files["certificate.json"].clone();
    folder.files.insert("certificate.json".to_owned(), certificate);
}

fn other_file(folder: &mut Folder, other: &Folder, draws: &mut TestRng) {
    let names: Vec<&String> =
        folder.files.keys().filter(|name| other.files.contains_key(*name)).collect();
    let name = names[draws.random_range(0..names.len())].clone();
    folder.files.insert(name.clone(), other.files[&name].clone());
}

fn some_file(folder: &Folder, draws: &mut TestRng) -> String {
    let names: Vec<&String> = folder.files.keys().filter(|name| !name.starts_with("..")).collect();
    names[draws.random_range(0..names.len())].clone()
}

fn file_removed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let name = some_file(folder, draws);
    folder.files.remove(&name);
}

fn cut_off(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let name = some_file(folder, draws);
    let content = folder.files.get_mut(&name).unwrap();
    let length = match draws.random_range(0..4) {
        // Where a cut is hardest to see: near the end.
        0 => content.len().saturating_sub(draws.random_range(1..4)),
        _ => draws.random_range(0..content.len()),
    };
    content.truncate(length);
}

fn some_input<'a>(folder: &'a mut Folder, draws: &mut TestRng) -> &'a mut Vec<u8> {
    let names: Vec<String> = folder.inputs().into_iter().cloned().collect();
    folder.files.get_mut(&names[draws.random_range(0..names.len())]).unwrap()
}

fn input_cut_off(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let input = some_input(folder, draws);
    input.truncate(draws.random_range(0..input.len()));
}

fn change_byte(content: &mut [u8], draws: &mut TestRng) {
    let at = draws.random_range(0..content.len());
    content[at] = match draws.random_range(0..3) {
        0 => content[at] ^ (1 << draws.random_range(0..8)),
        1 => b"0123456789,\"\n\r .-:{}[]xE\\"[draws.random_range(0..25)],
        _ => draws.random(),
    };
}

fn change_digit(content: &mut [u8], draws: &mut TestRng) {
    let digits: Vec<usize> =
        (0..content.len()).filter(|&at| content[at].is_ascii_digit()).collect();
    if !digits.is_empty() {
        let at = digits[draws.random_range(0..digits.len())];
        content[at] = b'0' + draws.random_range(0..10_u8);
    }
}

fn input_byte(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    change_byte(some_input(folder, draws), draws);
}

fn input_digit_and_hash(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    change_digit(some_input(folder, draws), draws);
    folder.mend_hashes();
}

fn input_row_and_hash(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let input = some_input(folder, draws);
    let mut lines: Vec<&[u8]> = input.split_inclusive(|&byte| byte == b'\n').collect();
    lines.remove(draws.random_range(1..lines.len()));
    *input = lines.concat();
    folder.mend_hashes();
}

fn any_byte(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let name = some_file(folder, draws);
    change_byte(folder.files.get_mut(&name).unwrap(), draws);
}

fn any_digit(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    let name = some_file(folder, draws);
    change_digit(folder.files.get_mut(&name).unwrap(), draws);
}

/// Some figure of a clearing or currency, and its place.
fn figure_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    folder.edit_json("result.json", |result| {
        let part = if draws.random() { "currencies" } else { "clearings" };
        let list = result[part].as_array_mut().unwrap();
        let which = draws.random_range(0..list.len());
        let figures = list[which].as_object_mut().unwrap();
        let key = some_key(figures, draws);
        change_value(&mut figures[&key], draws);
    });
}

fn change_value(value: &mut Value, draws: &mut TestRng) {
    match value {
        Value::Number(number) => *value = (number.as_u64().unwrap() + 1).into(),
        Value::String(text) => {
            let mut bytes = text.clone().into_bytes();
            change_digit(&mut bytes, draws);
            *text = String::from_utf8(bytes).unwrap();
        }
        Value::Object(object) => {
            let key = some_key(object, draws);
            change_value(&mut object[&key], draws);
        }
        _ => *value = Value::Null,
    }
}

fn field_removed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    folder.edit_json("result.json", |result| {
        let mut at = result;
        loop {
            let object = at.as_object_mut().unwrap();
            let key = some_key(object, draws);
            let goes_deeper = match &object[&key] {
                Value::Object(object) => !object.is_empty() && draws.random(),
                Value::Array(list) => list.first().is_some_and(Value::is_object),
                _ => false,
            };
            if !goes_deeper {
                object.shift_remove(&key);
                return;
            }
            at = &mut object[&key];
            if at.is_array() {
                at = &mut at[0];
            }
        }
    });
}

fn terms_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    folder.edit_json("result.json", |result| {
        let pick = |draws: &mut TestRng, values: &[Value]| {
            values[draws.random_range(0..values.len())].clone()
        };
        match draws.random_range(0..4) {
            0 => {
                result["mode"] =
                    pick(draws, &["set-off".into(), "bilateral".into(), "novation".into()]);
            }
            1 => result["centre"] = pick(draws, &[Value::Null, "Member 0".into(), "Hub".into()]),
            2 => {
                let overdue = serde_json::json!({ "overdue": 2 });
                result["weights"] = pick(draws, &[Value::Null, overdue]);
                result["as_of"] = "2026-06-02".into();
            }
            _ => result["rejected"] = (result["rejected"].as_u64().unwrap() + 1).into(),
        }
    });
}

fn rate_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    folder.edit_json("result.json", |result| {
        let Some(unit) = result["unit"].as_object_mut() else {
            result["unit"] = serde_json::json!({
                "currency": "EUR", "decimals": 2, "source": "rates.csv", "rate_date": null,
                "rounding": { "amount": "0.00", "minor": "0" }, "rates": []
            });
            return;
        };
        match draws.random_range(0..4) {
            0 => unit["currency"] = "CHF".into(),
            1 => unit["decimals"] = 3.into(),
            2 => change_value(&mut unit["rounding"], draws),
            _ => {
                let rates = unit["rates"].as_array_mut().unwrap();
                let which = draws.random_range(0..rates.len());
                change_value(&mut rates[which], draws);
            }
        }
    });
}

fn seed_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    folder.edit_json("result.json", |result| change_value(&mut result["seed"], draws));
}

fn reading_changed(folder: &mut Folder, _: &Folder, draws: &mut TestRng) {
    folder.edit_json("result.json", |result| {
        let (key, value): (_, Value) = match draws.random_range(0..6) {
            0 => ("delimiter", ";".into()),
            1 => ("sign", "debt-negative".into()),
            2 => ("header", 2.into()),
            3 => ("weights", "prio".into()),
            4 => ("decimal", ",".into()),
            _ => {
                let columns = result["inputs"][0]["recipe"]["columns"].as_object_mut().unwrap();
                let key = some_key(columns, draws);
                change_value(&mut columns[&key], draws);
                return;
            }
        };
        result["reading"][key] = value;
    });
}
