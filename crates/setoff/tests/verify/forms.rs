//! Every form of input is read again by both verifiers and found to be the same: what one takes
//! for an obligation, and which rows one takes for bad, the other does too.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use crate::Bench;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn tables_as_people_have_them() {
    let mut bench = Bench::new();
    let semicolons = "\u{feff}Kunde;Lieferant;Betrag;Währung;Fällig am;Rechnungs-Nr.;Notiz\r\n\
        Ahorn GmbH;Birke AG;1.234,50;EUR;25.02.2026;R 17;\r\n\
        Birke AG;\"Ceder; \"\"& Co\"\"\";12,5;eur;2026/3/1;;\"zwei\r\nZeilen\"\r\n\r\n\
        \"Ceder; \"\"& Co\"\"\";Ahorn GmbH;7;EUR;;R 18;\r\n";
    bench.write("semicolons.csv", semicolons);
    bench.clear(&["semicolons.csv"]);
    bench.verify(&["semicolons.csv"]).unwrap();

    bench.write("packed", gzip(semicolons.as_bytes()));
    bench.clear(&["packed"]);
    bench.verify(&["packed"]).unwrap();

    let western =
        b"from\tto\tamount\tinvoice no\nM\xfcller\tDup\xe9\t5\t1\nDup\xe9\tM\xfcller\t3\t2\n";
    bench.write("western.txt", western);
    bench.clear(&["western.txt", "--encoding", "windows-1252", "--currency", "POINTS:3"]);
    bench.verify(&["western.txt"]).unwrap();

    bench.write("edges.csv", "source,target,weight\n1,2,10\n2,3,10\n3,1,20\n4,3,10\n");
    bench.clear(&["edges.csv"]);
    bench.verify(&["edges.csv"]).unwrap();

    bench.write("spaces.txt", "source target weight\n 1 2 10\n\"2\"  \"the \"\"3rd\"\"\" 10\n\"the \"\"3rd\"\"\" 1 20 \n\n");
    bench.clear(&["spaces.txt"]);
    bench.verify(&["spaces.txt"]).unwrap();

    for (name, bare) in [
        ("bare.txt", "1 2 10\n2 3 10\n3 1 20\n"),
        ("bare.csv", "% 2 nodes\n#,\n\n1,2,10\n#2,1,5\n"),
    ] {
        bench.write(name, bare);
        bench.clear(&[name, "--header", "0"]);
        bench.verify(&[name]).unwrap();
    }

    bench.write("minus.csv", "id,debtor,creditor,amount\n1,A,B,-5\n2,A,B,6\n3,B,A,1\n");
    bench.clear(&["minus.csv", "--credit-notes", "reverse", "--currency", "JPY"]);
    bench.verify(&["minus.csv"]).unwrap();

    bench.write("weighted.csv", "debtor,creditor,amount,prio\nA,B,5,3\nA,B,5,1\nB,A,7,2\n");
    bench.clear(&["weighted.csv", "--weights", "prio", "--currency", "EUR"]);
    bench.verify(&["weighted.csv"]).unwrap();

    bench.clear(&["edges.csv", "minus.csv", "--credit-notes", "reverse"]);
    bench.verify(&["edges.csv", "minus.csv"]).unwrap();
}

#[test]
fn tables_that_a_map_describes() {
    let mut bench = Bench::new();
    bench.write(
        "items.csv",
        b"Offene Posten \"alt;;;;\nStand 25.02.2026;;;;\nKunde;Lieferant;Offen;F\xe4llig;Beleg\n\
          Ahorn GmbH;Birke AG;-1.234,50;01.02.2026;R 17\nBirke AG;Ahorn GmbH;-10;02.03.2026;R 18\n",
    );
    bench.write(
        "items.toml",
        "encoding = \"windows-1252\"\ndelimiter = \";\"\nheader = 3\ncurrency = \"EUR\"\n\
         [columns]\ndebtor = \"Kunde\"\ncreditor = 2\namount = \"Offen\"\ndue = \"Fällig\"\n\
         reference = \"Beleg\"\n[amount]\ndecimal = \",\"\nsign = \"debt-negative\"\n\
         [date]\norder = \"dmy\"\n",
    );
    bench.clear(&["items.csv", "--map", "items.toml"]);
    bench.verify(&["items.csv"]).unwrap();

    bench.write("bare.csv", "A,B,x,5,2\nB,A,y,4,1\n");
    bench.write(
        "bare.toml",
        "header = 0\ncurrency = \"EUR\"\n[columns]\ndebtor = 1\ncreditor = 2\namount = 4\n",
    );
    bench.clear(&["bare.csv", "--map", "bare.toml"]);
    bench.verify(&["bare.csv"]).unwrap();
    bench.clear(&["bare.csv", "--map", "bare.toml", "--weights", "5"]);
    bench.verify(&["bare.csv"]).unwrap();
}

#[test]
fn json_lines() {
    let mut bench = Bench::new();
    let lines = "{\"buyer\": \"A\", \"seller\": \"B\", \"amount\": 12.50, \"currency\": \"EUR\", \"id\": 7}\n\n\
         {\"seller\": \" A \", \"buyer\": \"B\", \"amount\": \"1.234,56\", \"currency\": \"EUR\", \
         \"due\": \"2026-02-25\", \"id\": \"x\", \"invoice\": \"\\u0052-1\", \"note\": [1, {}]}\n\
         {\"debtor\": 1, \"creditor\": 2, \"amount\": 5, \"currency\": \"EUR\", \"reference\": null}\n";
    bench.write("lines.jsonl", lines);
    bench.clear(&["lines.jsonl"]);
    bench.verify(&["lines.jsonl"]).unwrap();

    bench.write("lines.jsonl.gz", gzip(lines.as_bytes()));
    bench.clear(&["lines.jsonl.gz"]);
    bench.verify(&["lines.jsonl.gz"]).unwrap();
}

#[test]
fn workbooks() {
    let mut bench = Bench::new();
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("Notes").unwrap();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Open items").unwrap();
    for (column, name) in
        (0..).zip(["Debtor", "Creditor", "Note", "Amount", "Currency", "Due date", "No."])
    {
        sheet.write(0, column, name).unwrap();
    }
    let day = Format::new().set_num_format("dd/mm/yyyy");
    let red = Format::new().set_num_format("[Red]#,##0.00 \"due\"");
    let date = |year, month, day| ExcelDateTime::from_ymd(year, month, day).unwrap();
    let rows = [
        ("Alder", "Birch", 1234.5, date(2026, 2, 25), 17.0),
        ("Birch", "Cedar & Söhne", 0.1 + 0.2, date(1900, 2, 1), 18.0),
        ("Cedar & Söhne", "Alder", 99_999_999_999.99, date(2199, 12, 31), 19.0),
    ];
    for (row, (debtor, creditor, amount, due, number)) in (2..).zip(rows) {
        sheet.write(row, 0, debtor).unwrap();
        sheet.write(row, 1, creditor).unwrap();
        sheet.write_with_format(row, 3, amount, &red).unwrap();
        sheet.write(row, 4, "EUR").unwrap();
        sheet.write_with_format(row, 5, &due, &day).unwrap();
        sheet.write(row, 6, number).unwrap();
    }
    sheet.write(6, 0, "Alder").unwrap();
    sheet.write(6, 1, "Birch").unwrap();
    sheet.write_formula(6, 3, Formula::new("=D3*2").set_result("2469")).unwrap();
    sheet.write(6, 4, "EUR").unwrap();
    sheet
        .write_rich_string(6, 6, &[(&Format::new(), "R "), (&Format::new().set_bold(), "20")])
        .unwrap();
    // Bad rows: a date that is a number, a truth, a number of too many digits.
    for (row, fill) in (7..).zip(0..3) {
        sheet.write(row, 0, "Alder").unwrap();
        sheet.write(row, 1, "Birch").unwrap();
        sheet.write(row, 3, 5).unwrap();
        match fill {
            0 => sheet.write(row, 5, 46078).unwrap(),
            1 => sheet.write(row, 3, true).unwrap(),
            _ => sheet.write(row, 3, 1e16).unwrap(),
        };
    }
    bench.write("items.xlsx", workbook.save_to_buffer().unwrap());
    bench.clear(&["items.xlsx", "--keep-going", "--allow-rejected"]);

    let said = bench.verify(&["items.xlsx"]).unwrap();

    assert!(said.contains("4 obligations"), "{said}");
    assert!(said.contains("3 bad rows of the input are left out"), "{said}");
}

#[test]
fn rows_that_contradict_each_other_are_left_out_together() {
    let mut bench = Bench::new();
    bench.write(
        "twins.csv",
        "debtor,creditor,amount,currency,reference\nA,B,5,EUR,1\nA,B,5,EUR,1\nA,B,6,EUR,1\n\
         A,B,5,EUR,2\nA,B,5,USD,2\nB,A,5,EUR,3\nB,A,5,EUR,3\nA,B,7,XYZ:2,4\nA,B,7,XYZ:3,5\n",
    );
    bench.clear(&["twins.csv", "--keep-going", "--allow-rejected"]);

    let said = bench.verify(&["twins.csv"]).unwrap();

    assert!(said.contains("3 obligations"), "{said}");
    assert!(said.contains("6 bad rows of the input are left out"), "{said}");

    // A good row can't be passed off as a bad one.
    bench.edit("discharges.csv", "1,7,3,B,A,EUR,,1,5.00,0.00,5.00\n", "");
    bench.edit("rejected.csv", "1,10,", "1,7,,3,is bad,,,,,,,,\n1,10,");
    bench.edit("result.json", "\"rejected\": 6", "\"rejected\": 7");
    let said = bench.verify(&["twins.csv"]).unwrap_err();
    assert!(
        said.contains("rejected.csv: twins.csv:7 is left out, but nothing is wrong with it"),
        "{said}"
    );
}

/// Cells that are read, or not, in a way that two programs could see differently.
const AMOUNTS: [&str; 56] = [
    "5",
    "12.50",
    "1234,5",
    "1.234,56",
    "1,234.56",
    "1 234,56",
    "1'234.56",
    "1’234",
    "1.234.567",
    "1,234,567.8",
    "1.234",
    "-12.5",
    "12.5-",
    "\u{2212}3",
    "+7",
    "- 5",
    "0",
    "0.00",
    "-0",
    "00.50",
    ".5",
    "5.",
    "1e5",
    "(5)",
    "5 EUR",
    "€5",
    "€ 1.234,50",
    "-€5",
    "€-5",
    "€5-",
    "- € 5",
    "eur5",
    "EUR",
    "€",
    "€€5",
    "$5",
    "¥5",
    "KWD 5",
    "5 points",
    "5 kr",
    "1.23.456",
    "12,34",
    "12.345",
    "1\u{a0}234\u{202f}567",
    "1 234 56",
    "٥",
    "1-2",
    "--1",
    "+-1",
    "4611686018427387904",
    "46116860184273879.05",
    "99999999999999999999999999999999",
    "0.0000000000",
    "1,2,3",
    "'5",
    " 8 ",
];
const DATES: [&str; 30] = [
    "",
    "2026-02-25",
    "2026/2/5",
    "20260225",
    "25.02.2026",
    "25/2/2026",
    "02-25-2026",
    "01/02/2026",
    "02/02/2026",
    "2026-02-30",
    "31/31/2026",
    "01/02/26",
    "0202-01-01",
    "46078",
    "soon",
    "2026-02-25T10:00:00Z",
    "2026-02-25 00:00:00",
    "2/25/2026 12:00:00 AM",
    "2026-02-25x",
    "2026-02-25 x",
    "2026-002-05",
    "2026-02",
    "1899-12-31",
    "2199-12-31",
    "2200-01-01",
    "25.02/2026",
    "T",
    "2026-2-5T1",
    "२०२६-०२-२५",
    "5.5.2026",
];
const NAMES: [&str; 13] = [
    "A",
    "B",
    "Ä",
    "Ä",
    " A ",
    "A\u{a0}",
    "A\u{200b}",
    "",
    "\"A, B\"",
    "A\u{85}B",
    "\"say \"\"A\"\"\"",
    "A\tB",
    "\"A\nB\"",
];
const CURRENCIES: [&str; 12] = [
    "EUR", "eur", "JPY", "KWD", "XXX", "", "EURO", "POINTS:2", "points:2", "POINTS:9", "POINTS:3",
    "EUR:3",
];
const REFERENCES: [&str; 8] = ["", "1", "2", "R-1", "R\u{feff}1", "\"R,1\"", "R\"1", "R1 "];

#[test]
fn rows_of_odd_cells_are_good_or_bad_to_both() {
    let mut bench = Bench::new();
    for (number, delimiter, rules) in [
        (0_u8, ",", &[][..]),
        (1, ";", &[]),
        (2, "\t", &["--decimal", ",", "--date-order", "mdy", "--currency", "POINTS:2"]),
        (3, ";", &["--decimal", ".", "--date-order", "dmy", "--credit-notes", "reverse"]),
        (4, " ", &[]),
    ] {
        let mut draws = TestRng::from_seed(RngAlgorithm::ChaCha, &[number; 32]);
        let mut table =
            ["debtor", "creditor", "amount", "currency", "due", "reference"].join(delimiter);
        table.push('\n');
        for _ in 0..4_000 {
            let mut pick = |often: &'static str, from: &[&'static str]| {
                if draws.random_range(0..3) > 0 {
                    often
                } else {
                    from[draws.random_range(0..from.len())]
                }
            };
            let cells = [
                pick("C", &NAMES),
                pick("D", &NAMES),
                pick("5", &AMOUNTS),
                pick("EUR", &CURRENCIES),
                pick("", &DATES),
                pick("", &REFERENCES),
            ];
            // One in fifty has a field too many or too few.
            let count = [5, 7].get(draws.random_range(0..100_usize)).copied().unwrap_or(6);
            let cells: Vec<&str> = cells.iter().copied().chain(["x"]).take(count).collect();
            table += &cells.join(delimiter);
            table.push_str(if draws.random_range(0..20) == 0 { "\r\n" } else { "\n" });
        }
        // And one good row in any case.
        table += &["C", "D", "77", "EUR", "", ""].join(delimiter);
        table.push('\n');
        bench.write("odd.csv", &table);
        bench.clear(&[&["odd.csv", "--keep-going", "--allow-rejected"], rules].concat());

        let said = bench.verify(&["odd.csv"]).unwrap();

        println!("{}", said.lines().take(2).collect::<Vec<_>>().join(" "));
    }
}
