//! What holds of every input: what is written is what is read, in every format, and no bytes
//! whatever make the readers panic.

#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::large_stack_arrays,
    reason = "what a test needs and has not got fails the test; tables are long"
)]

mod reading;

use proptest::prelude::*;
use reading::{read, rows, rules, told};
use rust_xlsxwriter::Workbook;
use setoff_formats::{LONGEST_TEXT, Rules};

/// One row as it is written: debtor, creditor, minor units of EUR, day, reference.
type Written = (String, String, i64, Option<(i16, i8, i8)>, String);

/// Names with everything that a file format could trip over.
fn name() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "\"", "\"\"", ",", ";", "\t ", "'", "\\", "\\n", "{", "<&>", "&amp;", "ä", "Ж", "株", "𝒜",
        "=1+1", " ", "_x000D_",
    ]);
    prop::collection::vec(prop_oneof![odd.prop_map(str::to_owned), "[A-Za-z0-9]{1,4}"], 1..8)
        .prop_map(|parts| parts.concat().replace('\t', " ").trim().to_owned())
        .prop_filter("a name", |name| !name.is_empty() && name.len() <= LONGEST_TEXT)
}

fn row() -> impl Strategy<Value = Written> {
    let due = prop::option::of((1900..2200_i16, 1..=12_i8, 1..=28_i8));
    (name(), name(), 1..=(1_i64 << 62), due, prop_oneof![Just(String::new()), name()])
        .prop_filter("two members", |(debtor, creditor, ..)| debtor != creditor)
}

fn fields((debtor, creditor, minor, due, reference): &Written) -> [String; 6] {
    let amount = format!("{}.{:02}", minor / 100, minor % 100);
    let due = due.map_or_else(String::new, |(y, m, d)| format!("{y:04}-{m:02}-{d:02}"));
    [debtor.clone(), creditor.clone(), amount, "EUR".to_owned(), due, reference.clone()]
}

/// Every row with a reference of its own, so that no two contradict each other.
fn table(rows: &[Written]) -> Vec<[String; 6]> {
    let numbered = rows.iter().enumerate().map(|(number, row)| {
        let mut fields = fields(row);
        if !fields[5].is_empty() {
            fields[5] = format!("{} {number}", fields[5]);
        }
        fields
    });
    numbered.collect()
}

fn expected(table: &[[String; 6]]) -> Vec<String> {
    let spaced = |text: &str| if text.is_empty() { String::new() } else { format!(" {text}") };
    table
        .iter()
        .map(|[debtor, creditor, amount, currency, due, reference]| {
            format!("{debtor}>{creditor} {amount} {currency}{}{}", spaced(due), spaced(reference))
        })
        .collect()
}

const HEADER: [&str; 6] = ["debtor", "creditor", "amount", "currency", "due", "reference"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_as_csv_is_read(
        written in prop::collection::vec(row(), 1..8),
        delimiter in prop::sample::select(vec![b',', b';', b'\t']),
    ) {
        let table = table(&written);
        let mut csv = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        csv.write_record(HEADER).unwrap();
        for row in &table {
            csv.write_record(row).unwrap();
        }
        prop_assert_eq!(rows(csv.into_inner().unwrap(), &rules()), expected(&table));
    }

    #[test]
    fn what_is_written_as_json_lines_is_read(written in prop::collection::vec(row(), 1..8)) {
        let table = table(&written);
        let mut text = String::new();
        for row in &table {
            let object: serde_json::Map<_, _> = HEADER
                .iter()
                .zip(row)
                .map(|(key, value)| ((*key).to_owned(), value.clone().into()))
                .collect();
            text += &serde_json::to_string(&object).unwrap();
            text.push('\n');
        }
        prop_assert_eq!(rows(text, &rules()), expected(&table));
    }

    #[test]
    fn arbitrary_bytes_are_read_or_told_and_never_panic(
        start in prop::sample::select(vec!["", "debtor,creditor,amount\n", "{\"debtor\":", "from\tto\tvalue\tdue\n"]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let _ = read([start.as_bytes(), &bytes].concat(), &rules());
    }

    #[test]
    fn arbitrary_cells_are_read_or_told_in_one_line(cells in "[-+ .,0-9eE'\"A-Za-z/\u{a0}\u{2212}\n]{0,60}") {
        let text = format!("debtor,creditor,amount,due\nA,B,{cells}\n");
        if let Ok(reading) = read(text, &Rules { decimal: None, ..rules() }) {
            for rejected in &reading.rejected {
                prop_assert!(!rejected.to_string().chars().any(char::is_control), "{}", rejected);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_as_a_workbook_is_read(written in prop::collection::vec(row(), 1..8)) {
        let table = table(&written);
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_row(0, 0, HEADER).unwrap();
        for (number, row) in (1..).zip(&table) {
            for (column, text) in (0..).zip(row) {
                sheet.write_string(number, column, text).unwrap();
            }
        }
        prop_assert_eq!(rows(book.save_to_buffer().unwrap(), &rules()), expected(&table));
    }
}

#[test]
fn a_line_break_in_a_name_is_refused_in_every_format() {
    let message = "holds a line break: write it on one line";
    let csv = told("debtor,creditor,amount\n\"A\nB\",C,5\n");
    assert_eq!(
        csv,
        format!("t.csv:2: column \"debtor\": \"A\\u{{a}}B\" {message} (the row runs to line 3)")
    );
    let json = told(r#"{"debtor":"A\nB","creditor":"C","amount":5}"#);
    assert_eq!(json, format!("t.csv:1: key \"debtor\": \"A\\u{{a}}B\" {message}"));
}
