//! Whether a result that was tampered with and accepted is still right, found out in another way
//! than the verifiers do.
//!
//! The result before was written by `setoff clear` and compared with an independent solver by the
//! `oracle` tests. So nothing in it may have changed except what leaves it as good as it was: other
//! circles that add up to the same, other potentials whose bound is the sum that was cleared, and
//! what the verifiers say they do not check. Only of whole obligations less may be set off, since what
//! is claimed of them is the bound and not that it is reached.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::folder::{Folder, minor};
use crate::mutations::circles;

/// Says why the result still holds, or what is wrong with it.
pub(crate) fn still_valid(before: &Folder, after: &Folder) -> Result<&'static str, String> {
    if before.files.keys().ne(after.files.keys()) {
        return Err("files came or went".to_owned());
    }
    let changed: Vec<&str> = before
        .files
        .iter()
        .filter(|(name, content)| after.files[*name] != **content)
        .map(|(name, _)| name.as_str())
        .collect();
    if less_of_whole(before, after) {
        return Ok("less of whole obligations, with the same bound");
    }
    let mut why = "nothing was changed";
    for name in changed {
        why = match name {
            "circles.csv" => same_sum_of_circles(before, after)?,
            "certificate.json" => as_good_a_bound(before, after)?,
            "result.json" => same_figures(before, after)?,
            "rejected.csv" => same_rows_left_out(before, after)?,
            "input.sha256" => hashes_of_the_inputs(after)?,
            input if input.starts_with("../") => same_obligations(input, before, after)?,
            name => return Err(format!("{name} was changed")),
        };
    }
    Ok(why)
}

/// Whether less is set off of whole obligations, and what could be set off is said as before.
fn less_of_whole(before: &Folder, after: &Folder) -> bool {
    let (before, after) = (before.json("result.json"), after.json("result.json"));
    let figure = |clearing: &Value, name: &str| clearing[name].as_str().unwrap_or("0").to_owned();
    let number = |text: String| text.parse::<i128>().unwrap_or(0);
    let clearings = |result: &Value| result["clearings"].as_array().unwrap().clone();
    let is_less = |(one, other): (&Value, &Value)| {
        figure(one, "weighted_bound") == figure(other, "weighted_bound")
            && number(figure(other, "weighted")) < number(figure(one, "weighted"))
    };
    before["whole"] == true
        && after["whole"] == true
        && clearings(&before).iter().zip(&clearings(&after)).all(is_less)
}

/// What goes through the circles from whom to whom; each of them closed.
fn circle_sums(folder: &Folder) -> Result<BTreeMap<[String; 3], i128>, String> {
    let mut sums = BTreeMap::new();
    for circle in circles(folder) {
        let next = circle.iter().cycle().skip(1);
        for (step, next) in circle.iter().zip(next) {
            if step[3] != next[2] || step[5] != next[5] || step[4] != next[4] {
                return Err(format!("circle {} is not closed", step[0]));
            }
            let key = [step[4].clone(), step[2].clone(), step[3].clone()];
            *sums.entry(key).or_default() += minor(&step[5]);
        }
    }
    Ok(sums)
}

fn same_sum_of_circles(before: &Folder, after: &Folder) -> Result<&'static str, String> {
    if circle_sums(before)? != circle_sums(after)? {
        return Err("the circles add up to something else".to_owned());
    }
    let count = |figures: &Value| figures["circles"].as_u64();
    let result = after.json("result.json");
    let claimed: Option<u64> = result["clearings"].as_array().unwrap().iter().map(count).sum();
    if claimed != Some(circles(after).len() as u64) {
        return Err("the circles are miscounted".to_owned());
    }
    Ok("other circles that add up to the same")
}

/// Compares the bound that the potentials prove with what was set off: strong duality.
fn as_good_a_bound(before: &Folder, after: &Folder) -> Result<&'static str, String> {
    let without_potentials = |folder: &Folder| {
        let mut certificate = folder.json("certificate.json");
        for clearing in certificate["clearings"].as_array_mut().unwrap() {
            clearing.as_object_mut().unwrap().shift_remove("potentials");
            // Of the classes after one with a gap nothing is proven.
            let classes = clearing.get_mut("classes").and_then(Value::as_array_mut);
            let mut proven = true;
            for class in classes.into_iter().flatten() {
                if !proven {
                    class["potentials"] = Value::Null;
                }
                proven &= class.get("gap").is_none();
            }
            // Another search or other steps may show the same bound and the same choice.
            for search in ["whole", "fewest"] {
                if let Some(search) = clearing.get_mut(search) {
                    search["proof"] = Value::Null;
                }
            }
            if let Some(steps) = clearing.get_mut("fair") {
                *steps = Value::Null;
            }
        }
        certificate
    };
    if without_potentials(before) != without_potentials(after) {
        return Err("the certificate says something else".to_owned());
    }
    let certificate = after.json("certificate.json");
    let unit = before.json("result.json")["unit"]["currency"].clone();
    for clearing in certificate["clearings"].as_array().unwrap() {
        let Some(potentials) = clearing.get("potentials") else { continue };
        let (mut bound, mut achieved) = (0, 0);
        for row in &before.table("discharges.csv")[1..] {
            let in_unit = unit == clearing["currency"];
            if !in_unit && clearing["currency"] != row[5].as_str() {
                continue;
            }
            let [amount, discharged] =
                if in_unit { [11, 12] } else { [8, 9] }.map(|at| minor(&row[at]));
            if amount == 0 {
                continue;
            }
            let potential = |name: &str| potentials[name].as_i64().map(i128::from);
            let weight: i128 = row[7].parse().unwrap();
            let (debtor, creditor) = (potential(&row[3]), potential(&row[4]));
            let (Some(debtor), Some(creditor)) = (debtor, creditor) else {
                return Err("a potential is missing".to_owned());
            };
            bound += (weight + debtor - creditor).max(0) * amount;
            achieved += weight * discharged;
        }
        let gap = clearing.get("gap").map_or("0", |gap| gap.as_str().unwrap());
        if bound != achieved + gap.parse::<i128>().unwrap() {
            return Err(format!("the potentials only prove {bound}, not {achieved}"));
        }
    }
    Ok("other potentials that prove the same bound")
}

/// What the verifiers say they do not check.
const NOT_CHECKED: [&str; 4] = ["/seed", "/unit/source", "/unit/rate_date", "/unit/rates"];

fn same_figures(before: &Folder, after: &Folder) -> Result<&'static str, String> {
    let (mut one, mut other) = (before.json("result.json"), after.json("result.json"));
    if one == other {
        return Ok("written otherwise, the same values");
    }
    let circles_changed = before.files["circles.csv"] != after.files["circles.csv"];
    for result in [&mut one, &mut other] {
        for path in NOT_CHECKED {
            if let Some(value) = result.pointer_mut(path) {
                *value = Value::Null;
            }
        }
        if !result["weights"]["overdue"].is_number() {
            result["as_of"] = Value::Null;
        }
        if before.inputs().iter().any(|name| before.files[*name] != after.files[*name]) {
            // Seen to by `hashes_of_the_inputs`.
            for input in result["inputs"].as_array_mut().unwrap() {
                input["sha256"] = Value::Null;
            }
        }
        if circles_changed {
            // Counted by `same_sum_of_circles`.
            for clearing in result["clearings"].as_array_mut().unwrap() {
                clearing["circles"] = Value::Null;
            }
        }
    }
    // A name that is not known is read by nobody: the verifiers list it.
    if one == other {
        Ok("what is named as not checked")
    } else {
        Err("a figure was changed".to_owned())
    }
}

/// Whether only a column was changed that nothing is read from, or a bad row that is left out.
fn same_obligations(input: &str, before: &Folder, after: &Folder) -> Result<&'static str, String> {
    let weights = &before.json("result.json")["weights"];
    let weighs = weights["column"].is_string() || weights["classes"].is_string();
    let file = before.inputs().iter().position(|name| *name == input).unwrap() + 1;
    let left_out = |line: usize| {
        let place = [file.to_string(), line.to_string()];
        before.files.contains_key("rejected.csv")
            && before.table("rejected.csv").iter().any(|row| row[..2] == place)
    };
    let read = |folder: &Folder| -> Vec<Vec<String>> {
        let columns = if weighs { 7 } else { 6 };
        let rows = (1..).zip(folder.table(input));
        let kept = rows.filter(|(line, _)| !left_out(*line));
        kept.map(|(_, row)| row[..columns.min(row.len())].to_vec()).collect()
    };
    if read(before) == read(after) {
        Ok("a column of the input that is not read")
    } else {
        Err(format!("{input} was changed"))
    }
}

/// Whether the hashes are those of the inputs as they are.
fn hashes_of_the_inputs(after: &Folder) -> Result<&'static str, String> {
    let mut mended = after.clone();
    mended.mend_hashes();
    if mended.files == after.files {
        Ok("a column of the input that is not read")
    } else {
        Err("the hashes are not those of the inputs".to_owned())
    }
}

fn same_rows_left_out(before: &Folder, after: &Folder) -> Result<&'static str, String> {
    let places = |folder: &Folder| -> Vec<Vec<String>> {
        folder.table("rejected.csv").iter().map(|row| row[..2].to_vec()).collect()
    };
    if places(before) == places(after) {
        Ok("what is named as not checked")
    } else {
        Err("other rows are left out".to_owned())
    }
}
