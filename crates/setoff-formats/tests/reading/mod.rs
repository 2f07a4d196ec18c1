//! Reads a table from memory, named `t.csv` in messages, and tells what a person would be told.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::Path;

use setoff_formats::{ReadError, Reading, Rules, Source, parse_mapping, read_obligations};

/// The default rules.
pub(crate) fn rules() -> Rules {
    Rules::default()
}

/// The rules of a `--map` file.
pub(crate) fn csv_rules(map: &str) -> Rules {
    parse_mapping(Path::new("map.toml"), map).unwrap()
}

/// Reads a table.
pub(crate) fn read(bytes: impl AsRef<[u8]>, rules: &Rules) -> Result<Reading, ReadError> {
    let source = Source::Bytes { name: "t.csv".into(), bytes: bytes.as_ref().to_vec() };
    read_obligations(&[source], rules, 20, &mut |_| {})
}

/// All messages about a table, a line each; or how many good rows it has, if there is none.
pub(crate) fn told_with(bytes: impl AsRef<[u8]>, rules: &Rules) -> String {
    match read(bytes, rules) {
        Err(error) => error.to_string(),
        Ok(reading) if reading.rejected.is_empty() => {
            format!("{} good rows", reading.obligations.rows().len())
        }
        Ok(reading) => {
            let lines: Vec<_> = reading.rejected.iter().map(ToString::to_string).collect();
            lines.join("\n")
        }
    }
}

/// The same with the default rules.
pub(crate) fn told(bytes: impl AsRef<[u8]>) -> String {
    told_with(bytes, &rules())
}

/// Every good row as `debtor>creditor amount CURRENCY due reference`.
pub(crate) fn rows(bytes: impl AsRef<[u8]>, rules: &Rules) -> Vec<String> {
    let reading = read(bytes, rules).unwrap();
    let bad: Vec<_> = reading.rejected.iter().map(ToString::to_string).collect();
    assert!(bad.is_empty(), "{bad:?}");
    let all = &reading.obligations;
    let row = |(number, o): (usize, &setoff_formats::Obligation)| {
        let currency = all.currencies()[usize::from(o.currency)];
        let due = o.due.map_or_else(String::new, |due| format!(" {due}"));
        let reference = match all.reference(number) {
            "" => String::new(),
            reference => format!(" {reference}"),
        };
        let weight = if o.weight == 1 { String::new() } else { format!(" x{}", o.weight) };
        let (debtor, creditor) = (all.name(o.debtor), all.name(o.creditor));
        format!(
            "{debtor}>{creditor} {} {currency}{due}{reference}{weight}",
            currency.format(o.amount)
        )
    };
    all.rows().iter().enumerate().map(row).collect()
}
