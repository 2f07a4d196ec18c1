//! docs/input.md says what the program does.

#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::large_stack_arrays,
    reason = "what a test needs and has not got fails the test; tables are long"
)]

mod reading;

use std::fmt::Write;

use reading::{csv_rules, rows, told};
use setoff_formats::{
    Field, LARGEST_MAPPING, LARGEST_RATES, LARGEST_RATIO, LARGEST_UNPACKED, LARGEST_WEIGHT,
    LARGEST_WORKBOOK, LARGEST_WORKBOOK_PART, LARGEST_WORKBOOK_UNPACKED, LONGEST_ROW, LONGEST_TEXT,
    MOST_COLUMNS, MOST_REJECTED, MOST_ROWS, RATIO_FREE, Rules,
};

const PAGE: &str = include_str!("../../../docs/input.md");

/// The blocks of code in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opened = PAGE.split(&format!("```{language}\n")).skip(1).collect::<Vec<_>>();
    opened.into_iter().map(|rest| &rest[..rest.find("```").unwrap()]).collect()
}

#[test]
fn the_table_of_names_is_the_program_s() {
    let mut table = "| column | holds | names that are recognised |\n|---|---|---|\n".to_owned();
    let holds =
        ["who owes", "who is owed", "how much", "in what", "when it is due", "its document"];
    for (field, holds) in Field::NAMED.into_iter().zip(holds) {
        let quoted = |names: &[&str]| {
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ")
        };
        write!(table, "| **{field}** | {holds} | {}", quoted(field.known_names())).unwrap();
        if !field.weak_names().is_empty() {
            write!(table, " *else* {}", quoted(field.weak_names())).unwrap();
        }
        table.push_str(" |\n");
    }

    assert!(PAGE.contains(&table), "the table should be:\n{table}");
}

#[test]
fn the_table_of_limits_is_the_program_s() {
    let mib = |bytes: u64| match bytes >> 20 {
        mib if mib >= 1024 => format!("{} GiB", mib >> 10),
        mib => format!("{mib} MiB"),
    };
    let count = |number: u64| {
        let digits = number.to_string();
        let groups = digits.as_bytes().rchunks(3).rev();
        groups.map(|g| std::str::from_utf8(g).unwrap()).collect::<Vec<_>>().join(",")
    };
    for (what, limit) in [
        ("one amount", "2^62 minor units (sums are not limited)".to_owned()),
        ("a weight", count(LARGEST_WEIGHT.into())),
        ("a name or a reference", format!("{} bytes", count(LONGEST_TEXT as u64))),
        ("a row of text", mib(LONGEST_ROW as u64)),
        ("columns", count(MOST_COLUMNS as u64)),
        ("rows of one run", count(MOST_ROWS)),
        ("bad rows kept with their reasons", count(MOST_REJECTED as u64)),
        ("what a compressed file unpacks to", mib(LARGEST_UNPACKED)),
        ("a workbook", mib(LARGEST_WORKBOOK)),
        ("what a workbook unpacks to", mib(LARGEST_WORKBOOK_UNPACKED)),
        ("a part of a workbook other than its sheets", mib(LARGEST_WORKBOOK_PART)),
        ("a `--map` file", mib(LARGEST_MAPPING)),
        ("a table of rates", mib(LARGEST_RATES)),
    ] {
        let row = format!("| {what} | {limit} |\n");
        assert!(PAGE.contains(&row), "there should be a row: {row}");
    }
    let ratio = format!(
        "more than {LARGEST_RATIO} times its\nown size, once that is over {}",
        mib(RATIO_FREE)
    );
    assert!(PAGE.contains(&ratio), "{ratio}");
}

#[test]
fn the_first_example_is_read_as_it_is() {
    let table = blocks("csv")[0];

    assert_eq!(
        rows(table, &Rules::default()),
        [
            "Alder Mills>Birch Foods 1200.50 EUR 2026-09-30 INV-1001",
            "Birch Foods>Cedar Freight 980.00 EUR 2026-10-15 BF/2026/88",
            "Cedar Freight>Alder Mills 1100.00 EUR CF-7",
        ]
    );
}

#[test]
fn the_examples_of_map_files_read_what_the_page_says() {
    let [vienna, numbers] = blocks("toml").try_into().unwrap();
    let table = blocks("text")[0];
    let windows: Vec<u8> = table.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();

    assert_eq!(
        rows(&windows, &csv_rules(vienna)),
        ["Ahorn GmbH>Birke AG 1234.50 EUR 2026-02-01 R 17"]
    );
    assert_eq!(rows("A,B,x,5\n", &csv_rules(numbers)), ["A>B 5 XXX"]);
}

#[test]
fn the_amounts_and_messages_of_the_page_are_real() {
    for (written, read) in [
        ("1234.5", "1234.50"),
        ("1234,5", "1234.50"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("1.234.567", "1234567.00"),
        ("€ 12.50", "12.50"),
        ("12.50 EUR", "12.50"),
    ] {
        assert!(PAGE.contains(&format!("`{written}`")), "{written}");
        let table = format!("debtor\tcreditor\tamount\tcurrency\nA\tB\t{written}\tEUR\n");
        assert_eq!(rows(table, &Rules::default()), [format!("A>B {read} EUR")]);
    }
    for refused in ["1.234", "1,234", "$12.50", "12 USD", "(12.50)", "1.2E+05"] {
        assert!(PAGE.contains(&format!("`{refused}`")), "{refused}");
        let table = format!("debtor\tcreditor\tamount\tcurrency\nA\tB\t{refused}\tEUR\n");
        assert!(told(&table).starts_with("t.csv:2: column \"amount\""), "{}", told(&table));
    }
    let table = "debtor,creditor,amount,due\nA,B,-5,\n\n\n\n\nA,B,5,01/02/2026\n";
    assert_eq!(blocks("text")[1].replace("invoices.csv", "t.csv").trim_end(), told(table));
}
