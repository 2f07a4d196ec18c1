//! Every form of table that is read as it is, or with the rule that it needs.

#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::large_stack_arrays,
    reason = "what a test needs and has not got fails the test; tables are long"
)]

mod reading;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use reading::{csv_rules, read, rows, rules, told_with};
use setoff_formats::{
    CreditNotes, DateOrder, DecimalMark, Encoding, Field, HeaderLine, Rules, Source,
};

const ROWS: [&str; 2] = ["A & Co>B 1234.50 EUR 2026-02-25 R 1", "B>C 7.00 EUR"];

#[test]
fn delimited_text_of_every_kind_says_the_same() {
    let plain = "debtor,creditor,amount,currency,due,reference\nA & Co,B,1234.50,EUR,2026-02-25,R 1\nB,C,7,EUR,,\n";
    let quoted = plain
        .lines()
        .map(|line| {
            line.split(',').map(|field| format!("\"{field}\"")).collect::<Vec<_>>().join(";")
        })
        .collect::<Vec<_>>()
        .join("\r\n");
    for text in [
        plain.to_owned(),
        plain.replace(',', ";"),
        plain.replace(',', "\t"),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\n\n"),
        format!("\u{feff}{plain}"),
        format!("\n\n{plain}"),
        plain.trim_end().to_owned(),
        plain.replace('\n', ",\n"),
        plain.replace("A & Co", "\"A & Co\"").replace("1234.50", "\" 1,234.50 \""),
        quoted,
    ] {
        assert_eq!(rows(&text, &rules()), ROWS, "{text}");
    }
}

#[test]
fn columns_may_stand_in_any_order_and_others_are_ignored() {
    let reading = read(
        "Memo,Invoice No.,Due Date,CCY,Amount Due,Supplier,Customer Name\n\"paid\nlate\",R 1,2026-02-25,eur,1234.50,B,A & Co\n",
        &rules(),
    )
    .unwrap();

    assert_eq!(reading.files[0].ignored_columns, ["Memo"]);
    assert_eq!(reading.obligations.rows()[0].place.line, 2);
    assert_eq!(reading.obligations.reference(0), "R 1");
}

#[test]
fn edge_lists_and_the_layout_of_mtcs_are_read_as_they_are() {
    assert_eq!(
        rows("source,target,amount\n1,2,30\n2,1,20\n", &rules()),
        ["1>2 30 XXX", "2>1 20 XXX"]
    );
    assert_eq!(rows("source\ttarget\tweight\n1\t2\t30\n", &rules()), ["1>2 30 XXX"]);
    assert_eq!(rows("from,to,value\n1,2,30\n", &rules()), ["1>2 30 XXX"]);
    assert_eq!(rows("id,debtor,creditor,amount\n7,1,2,30\n", &rules()), ["1>2 30 XXX 7"]);
}

#[test]
fn json_lines_are_read_by_key() {
    let text = concat!(
        r#"{"debtor":"A & Co","creditor":"B","amount":"1234.50","currency":"EUR","due":"2026-02-25","reference":"R 1","memo":{"a":[1]}}"#,
        "\r\n\n",
        r#"  {"Buyer":"B","Seller":"C","Total Amount":7.00,"ccy":"EUR","due":null,"ref":""}"#,
    );

    assert_eq!(rows(text, &rules()), ROWS);
    assert_eq!(rows(format!("\u{feff}{text}"), &rules()), ROWS);
    assert_eq!(read(text, &rules()).unwrap().files[0].ignored_columns, ["memo"]);
    let numbers =
        r#"{"source":10,"target":20,"weight":4611686018427387904,"id":1,"reference":"R"}"#;
    assert_eq!(rows(numbers, &rules()), ["10>20 4611686018427387904 XXX R"]);
    let mapped = csv_rules("[columns]\ndebtor = \"wer\"\ncreditor = \"wem\"\namount = \"was\"\n");
    assert_eq!(rows(r#"{"wer":"A","wem":"B","was":5}"#, &mapped), ["A>B 5 XXX"]);
}

#[test]
fn compressed_files_are_read_and_hashed_as_they_are() {
    let text = "debtor,creditor,amount\nA,B,5\n";
    let gzip = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let one = gzip(text);
    let several = [gzip("debtor,creditor,amount\nA,"), gzip("B,5\n")].concat();

    assert_eq!(rows(&one, &rules()), ["A>B 5 XXX"]);
    assert_eq!(rows(&several, &rules()), ["A>B 5 XXX"]);
    let file = &read(&one, &rules()).unwrap().files[0];
    assert_eq!(file.bytes, one.len() as u64);
    let hash: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(&one).into();
    assert_eq!(file.sha256, hash);
}

#[test]
fn windows_1252_is_read_when_named() {
    let windows = Rules { encoding: Encoding::Windows1252, ..rules() };

    assert_eq!(
        rows(b"Schuldner;Gl\xe4ubiger;Betrag\nM\xfcller;B\x80;5\n", &windows),
        ["Müller>B€ 5 XXX"]
    );
}

#[test]
fn numbers_and_dates_are_read_in_their_country_s_way() {
    let german =
        Rules { decimal: Some(DecimalMark::Comma), date_order: Some(DateOrder::Dmy), ..rules() };
    let text = "debtor;creditor;amount;currency;due\nA;B;1.234;EUR;01.02.2026\nA;B;1.234,5;EUR;\nA;B;7;EUR;\n";

    assert_eq!(
        rows(text, &german),
        ["A>B 1234.00 EUR 2026-02-01", "A>B 1234.50 EUR", "A>B 7.00 EUR"]
    );
    let american = Rules { date_order: Some(DateOrder::Mdy), ..rules() };
    let text = "debtor,creditor,amount,currency,due\nA,B,\"1,234.50\",USD,01/02/2026\n";
    assert_eq!(rows(text, &american), ["A>B 1234.50 USD 2026-01-02"]);
}

#[test]
fn every_currency_keeps_its_own_decimals() {
    assert_eq!(
        rows(
            "debtor,creditor,amount,currency\nA,B,5,JPY\nA,B,5.1250,KWD\nA,B,5.5,POINTS:2\nA,B,5,\n",
            &rules()
        ),
        ["A>B 5 JPY", "A>B 5.125 KWD", "A>B 5.50 POINTS", "A>B 5 XXX"]
    );
    let points = Rules { currency: Some("HOURS:1".parse().unwrap()), ..rules() };
    assert_eq!(
        rows("debtor,creditor,amount,currency\nA,B,2.5,\nA,B,2.5,hours\n", &points),
        ["A>B 2.5 HOURS", "A>B 2.5 HOURS"]
    );
}

#[test]
fn a_map_names_columns_signs_and_lines() {
    let text = "Open items;;\nof 25 February;;\nKunde;Lieferant;Saldo\nA;B;-1.234,50\nA;B;20\n";
    let map = "header = 3\ncurrency = \"EUR\"\n[columns]\ndebtor = \"Kunde\"\ncreditor = 2\namount = \"Saldo\"\n[amount]\nsign = \"debt-negative\"\ndecimal = \",\"\n";
    let reverse = Rules { credit_notes: CreditNotes::Reverse, ..csv_rules(map) };

    assert_eq!(rows(text, &reverse), ["A>B 1234.50 EUR", "B>A 20.00 EUR"]);
    let no_header =
        csv_rules("header = 0\n[columns]\ndebtor = 2\ncreditor = 1\namount = 3\ndue = 4\n");
    assert_eq!(
        rows("A,B,5,2026-02-25\nA,C,6,\n", &no_header),
        ["B>A 5 XXX 2026-02-25", "C>A 6 XXX"]
    );
}

#[test]
fn weights_come_from_their_column() {
    let weights = |name: &str| Rules { weights: Some(name.into()), ..rules() };

    let table = "source,target,value,weight\nA,B,5,3\nB,A,5,1\n";
    assert_eq!(rows(table, &weights("weight")), ["A>B 5 XXX x3", "B>A 5 XXX"]);
    let json = r#"{"source":"A","target":"B","value":5,"weight":3}"#;
    assert_eq!(rows(json, &weights("weight")), ["A>B 5 XXX x3"]);
    let no_header = Rules {
        weights: Some("4".into()),
        ..csv_rules("header = 0\n[columns]\ndebtor = 1\ncreditor = 2\namount = 3\n")
    };
    assert_eq!(rows("A,B,5,3\n", &no_header), ["A>B 5 XXX x3"]);
}

#[test]
fn the_same_table_under_every_known_name_is_the_same() {
    for field in Field::NAMED {
        for name in field.known_names().iter().chain(field.weak_names()) {
            let mut header = Field::NAMED.map(Field::name);
            let place = header.iter().position(|h| *h == field.name()).unwrap();
            header[place] = name;
            let upper = header.join(",").to_uppercase();
            let text = format!("{upper}\nA & Co,B,1234.50,EUR,2026-02-25,R 1\n");

            assert_eq!(rows(&text, &rules()), ROWS[..1], "{upper}");
        }
    }
}

#[test]
fn the_row_s_own_currency_may_stand_beside_its_amount() {
    for (amount, currency, read) in [
        ("€ 1,234.00", "EUR", "1234.00 EUR"),
        ("1.234,50 €", "EUR", "1234.50 EUR"),
        ("EUR 5.00", "EUR", "5.00 EUR"),
        ("5.00eur", "eur", "5.00 EUR"),
        ("$5.00", "USD", "5.00 USD"),
        ("$5.00", "CAD", "5.00 CAD"),
        ("12,50 zł", "PLN", "12.50 PLN"),
        ("¥1,234,567", "JPY", "1234567 JPY"),
    ] {
        let table = format!("debtor;creditor;amount;currency\nA;B;{amount};{currency}\n");
        assert_eq!(rows(table, &rules()), [format!("A>B {read}")], "{amount}");
        let table = format!("debtor;creditor;amount\nA;B;{amount}\n");
        let given = Rules { currency: currency.parse().ok(), ..rules() };
        assert_eq!(rows(table, &given), [format!("A>B {read}")], "{amount}");
    }
    let reverse = Rules { credit_notes: CreditNotes::Reverse, ..rules() };
    for amount in ["-€5", "€-5", "€ 5.00-", "- € 5", "\u{2212}EUR 5"] {
        let table = format!("debtor;creditor;amount;currency\nA;B;{amount};EUR\n");
        assert_eq!(rows(table, &reverse), ["B>A 5.00 EUR"], "{amount}");
    }
}

#[test]
fn edge_lists_between_spaces_are_read_with_and_without_a_header() {
    let edges = ["a>b 3 XXX", "b>c d 4 XXX"];
    let no_header = Rules { header: HeaderLine(0), ..rules() };

    assert_eq!(rows("source target weight\na b 3\n  b   \"c d\" 4 \n", &rules()), edges);
    assert_eq!(rows("\"from\" \"to\" \"amount\"\n\"a\" \"b\" 3\nb \"c d\" 4\n", &rules()), edges);
    assert_eq!(rows("a b 3\nb \"c d\" 4\n", &no_header), edges);
    assert_eq!(rows("# 3 nodes, 2 edges\n\n% from to\na b 3\nb \"c d\" 4\n", &no_header), edges);
    assert_eq!(rows("a,b,3\nb,c d,4\n", &no_header), edges);
    assert_eq!(rows("a\tb\t3\nb\tc d\t4\n", &no_header), edges);
    assert_eq!(
        rows("a b 3,50\n", &Rules { currency: "EUR".parse().ok(), ..no_header }),
        ["a>b 3.50 EUR"]
    );
}

#[test]
fn several_files_are_one_reading_and_references_are_compared_across_them() {
    let file = |name: &str, text: &str| Source::Bytes { name: name.into(), bytes: text.into() };
    let files = [
        file("a.csv", "debtor,creditor,amount,reference\nA,B,5,R1\nA,B,6,R2\n"),
        file("b.jsonl", r#"{"debtor":"A","creditor":"B","amount":7,"reference":"R1"}"#),
    ];

    let reading = setoff_formats::read_obligations(&files, &rules(), 20, &mut |_| {}).unwrap();

    assert_eq!(reading.obligations.rows().len(), 1);
    assert_eq!(reading.rejected_count, 2);
    assert_eq!(
        reading.rejected[1].to_string(),
        "b.jsonl:1: \"R1\" stands here with 7 and in a.csv:2 with 5 between the same two members: correct one, or give them different references"
    );
    assert_eq!(reading.files.iter().map(|f| f.rows).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn only_so_many_bad_rows_are_kept_and_all_are_counted() {
    let text = format!("debtor,creditor,amount\n{}", "A,B,0\n".repeat(30));
    let reading = read(&text, &rules()).unwrap();

    assert_eq!((reading.rejected.len(), reading.rejected_count), (20, 30));
    assert_eq!(told_with(&text, &rules()).lines().count(), 20);
}

/// Gives a byte at a time, as a slow pipe does.
#[test]
fn a_pipe_that_gives_a_byte_at_a_time_is_read_the_same() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(b"debtor,creditor,amount\nA,B,5\n").unwrap();
    let bytes = gzip.finish().unwrap();
    let slow = std::thread::spawn(move || {
        for byte in bytes {
            writer.write_all(&[byte]).unwrap();
        }
    });
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));

    let reading =
        setoff_formats::read_obligations(&[Source::File(path.into())], &rules(), 20, &mut |_| {})
            .unwrap();

    slow.join().unwrap();
    assert_eq!(reading.obligations.rows().len(), 1);
}
