//! Outcomes for tests: a table in, everything computed as the command computes it.

use setoff_clearing::{Seed, solve_watched};
use setoff_formats::{Declared, Obligations, Place};
use setoff_money::{Currency, Decimal, Rate};

use crate::about::{About, InputFile, UnitOfAccount};
use crate::choosing::Choice;
use crate::netting::{self, Settings};
use crate::outcome::{Mode, Outcome};

/// Obligations from lines `debtor,creditor,amount,currency,due,reference`, the last two optional.
pub(crate) fn obligations(table: &str) -> Obligations {
    let mut obligations = Obligations::default();
    let mut lines = csv::ReaderBuilder::new();
    let mut lines = lines.has_headers(false).flexible(true).from_reader(table.as_bytes());
    for (line, record) in (1..).zip(lines.records()) {
        let record = record.unwrap();
        let field = |i| record.get(i).filter(|field: &&str| !field.is_empty());
        let currency: Currency = record[3].parse().unwrap();
        obligations.push(&Declared {
            debtor: &record[0],
            creditor: &record[1],
            amount: record[2].parse::<Decimal>().unwrap().in_minor_units(&currency).unwrap(),
            currency,
            due: field(4).map(|due| due.parse().unwrap()),
            reference: field(5).unwrap_or_default(),
            weight: 1,
            place: Place { file: 0, line },
        });
    }
    obligations
}

/// The outcome of clearing a table, as the command finds it.
pub(crate) fn cleared(table: &str, mode: Mode) -> Outcome {
    cleared_in(table, mode, None)
}

/// The same with a unit of account and a rate for each currency in the order of the table.
pub(crate) fn cleared_in(table: &str, mode: Mode, unit: Option<(Currency, Vec<Rate>)>) -> Outcome {
    // A fixed seed: that of the input would decide ties by the members' names.
    let settings = Settings {
        mode,
        choice: Choice::default(),
        centre: "Hub".to_owned(),
        unit,
        seed: Some(Seed::default()),
        time_limit: None,
        engine: solve_watched,
    };
    netting::clear(obligations(table), &settings, &mut |_| ()).unwrap()
}

/// Where the outcome is said to come from.
pub(crate) fn about() -> About {
    About {
        title: "group.csv".to_owned(),
        inputs: vec![InputFile { name: "group.csv".to_owned(), sha256: "1".repeat(64) }],
        seed: "2".repeat(64),
        certificate: "3".repeat(64),
        ..About::default()
    }
}

/// The same with a unit of account.
pub(crate) fn about_in(currency: Currency, rates: Vec<(Currency, Rate)>) -> About {
    let source = "rates.csv".to_owned();
    let unit = UnitOfAccount { currency, rate_date: None, source, rates, rounding: 3 };
    About { unit: Some(unit), ..about() }
}

/// What a page says, without its marks and pictures: a line a block.
pub(crate) fn words(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, marked)) = rest.split_once('<') {
        text.push_str(before);
        let (mark, after) = marked.split_once('>').expect("marks are closed");
        let name = mark.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default();
        rest = match name {
            "style" | "svg" if !mark.starts_with('/') => {
                after.split_once(&format!("</{name}>")).expect("it is closed").1
            }
            _ => after,
        };
        match name {
            "td" | "th" if mark.starts_with('/') => text.push_str(" | "),
            "bdi" | "strong" | "code" | "a" | "time" | "span" | "h4" | "td" | "th" => {}
            _ => text.push('\n'),
        }
    }
    let unescaped = text.replace("&#38;", "&").replace("&#39;", "'").replace("&#34;", "\"");
    let lines = unescaped.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
