//! Every kind of bad input and the exact message it gets: file, line, column, value, what is wrong
//! and how to mend it.

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
use reading::{csv_rules, read, rules, told, told_with};
use setoff_formats::{CreditNotes, Encoding, LONGEST_ROW, Rules, Source};

/// A file whose second line is bad, and the message without `t.csv:2: `.
fn row_message(row: &str) -> String {
    let text = format!("debtor,creditor,amount,currency,due,reference\n{row}\n");
    let told = told(&text);
    told.strip_prefix("t.csv:2: ").unwrap_or_else(|| panic!("{row}: {told}")).to_owned()
}

#[test]
fn a_bad_cell_is_told_with_its_column_value_and_mend() {
    for (row, message) in [
        // Amounts.
        (
            "A,B,-5,EUR,,",
            r#"column "amount": "-5" is below zero: if it is a credit note, --credit-notes reverse makes it a debt of the creditor to the debtor; otherwise correct it"#,
        ),
        (
            "A,B,0.00,EUR,,",
            r#"column "amount": "0.00" is zero: an obligation is above zero; delete the row"#,
        ),
        (
            "A,B,1.005,EUR,,",
            r#"column "amount": "1.005" can be 1005 or 1.005: say which with --decimal . or --decimal ,"#,
        ),
        (
            "A,B,1.0055,EUR,,",
            r#"column "amount": "1.0055" has 4 decimals where EUR has 2: round it yourself, Setoff does not"#,
        ),
        (
            "A,B,5.5,JPY,,",
            r#"column "amount": "5.5" has 1 decimal where JPY has 0: round it yourself, Setoff does not"#,
        ),
        (
            "A,B,12.5,,,",
            r#"column "amount": "12.5" has 1 decimal, but amounts without a currency are whole numbers: name it with --currency EUR, or a unit of your own with --currency UNIT:1"#,
        ),
        (
            "A,B,46116860184273879.05,EUR,,",
            r#"column "amount": "46116860184273879.05" is over the limit of one amount, 2^62 minor units of EUR: split it"#,
        ),
        (
            "A,B,1234567890123456789012345678901,EUR,,",
            r#"column "amount": "1234567890123456789012345678901" has more than 30 digits: correct it"#,
        ),
        (
            "A,B,1.234,EUR,,",
            r#"column "amount": "1.234" can be 1234 or 1.234: say which with --decimal . or --decimal ,"#,
        ),
        (
            "A,B,12.50 pieces,EUR,,",
            r#"column "amount": "12.50 pieces" is more than a number: write the number alone, and the currency into a column of its own"#,
        ),
        (
            "A,B,$12.50,EUR,,",
            r#"column "amount": "$12.50" names another currency than the row's, EUR: correct one of the two"#,
        ),
        (
            "A,B,USD 12.50,EUR,,",
            r#"column "amount": "USD 12.50" names another currency than the row's, EUR: correct one of the two"#,
        ),
        (
            "A,B,€12.50,,,",
            r#"column "amount": "€12.50" names a currency that the row does not: add --currency EUR, or a column for it"#,
        ),
        (
            "A,B,$12.50,,,",
            r#"column "amount": "$12.50" names a currency that the row does not, with a sign of several: say which with --currency, or add a column for it"#,
        ),
        (
            "A,B,€ 1.234,EUR,,",
            r#"column "amount": "€ 1.234" can be 1234 or 1.234: say which with --decimal . or --decimal ,"#,
        ),
        (
            "A,B,€ 5.555,EUR,,",
            r#"column "amount": "€ 5.555" can be 5555 or 5.555: say which with --decimal . or --decimal ,"#,
        ),
        ("A,B,EUR,EUR,,", r#"column "amount": "EUR" is not a number: correct it, as in 1234.50"#),
        (
            "A,B,1.5E+05,EUR,,",
            r#"column "amount": "1.5E+05" has an exponent: write all its digits"#,
        ),
        (
            "A,B,(12.50),EUR,,",
            r#"column "amount": "(12.50)" is in brackets, an accountant's minus: write it with a minus"#,
        ),
        (
            r#"A,B,"12,34,567.00",EUR,,"#,
            r#"column "amount": "12,34,567.00" has marks that are not between groups of three digits: correct it, or say with --decimal which mark is the decimal one"#,
        ),
        ("A,B,--5,EUR,,", r#"column "amount": "--5" is not a number: correct it, as in 1234.50"#),
        (
            "A,B,soon,EUR,,",
            r#"column "amount": "soon" is not a number: correct it; if this line is a second header, delete it, or name its line with --header"#,
        ),
        ("A,B,,EUR,,", r#"column "amount": is empty: every obligation needs its amount"#),
        // Names.
        (
            "A,A,5,EUR,,",
            r#""A" is both debtor and creditor: nobody owes themselves; correct one of the two, or delete the row"#,
        ),
        (
            " ,B,5,EUR,,",
            r#"column "debtor": is empty: every obligation needs its debtor; if this is a line of totals, delete it"#,
        ),
        (
            "A,,5,EUR,,",
            r#"column "creditor": is empty: every obligation needs its creditor; if this is a line of totals, delete it"#,
        ),
        (
            "A\u{200b}G,B,5,EUR,,",
            r#"column "debtor": "A\u{200b}G" holds the invisible character U+200B, which makes two names look alike: remove it"#,
        ),
        (
            "\"A\nG\",B,5,EUR,,",
            r#"column "debtor": "A\u{a}G" holds a line break: write it on one line (the row runs to line 3)"#,
        ),
        // Currencies.
        (
            "A,B,5,EURO,,",
            r#"column "currency": "EURO" is not a currency code of ISO 4217 (EUR, USD, …): correct it, or declare a unit of your own with --currency, such as POINTS:2"#,
        ),
        // Dates.
        (
            "A,B,5,EUR,2026-02-30,",
            r#"column "due": "2026-02-30" is not a day of the calendar: correct it"#,
        ),
        (
            "A,B,5,EUR,01/02/2026,",
            r#"column "due": "01/02/2026" can be 2026-02-01 or 2026-01-02: say which with --date-order dmy or --date-order mdy"#,
        ),
        (
            "A,B,5,EUR,25.02.26,",
            r#"column "due": "25.02.26" has a year of two digits: write all four"#,
        ),
        (
            "A,B,5,EUR,46078,",
            r#"column "due": "46078" is a number: if it is a spreadsheet's count of days it means 2026-02-25; format the column as a date, or write 2026-11-24"#,
        ),
        (
            "A,B,5,EUR,0226-02-25,",
            r#"column "due": "0226-02-25" is not between 1900 and 2199: correct it"#,
        ),
        (
            "A,B,5,EUR,next week,",
            r#"column "due": "next week" is not a date: write it as 2026-11-24"#,
        ),
        // The row itself.
        (
            "A,B,1,5,EUR,,",
            r#"has 7 fields where the header has 6 (a "," inside a field needs quotes around it)"#,
        ),
        ("A,B,5,EUR", "has 4 fields where the header has 6: write all of them, empty ones too"),
        (
            "A,12\" disc,5,EUR,,",
            r#"has a stray quote in its field 2: put the whole field in quotes and double the quotes inside it ("12"" disc")"#,
        ),
        (
            "A,\"B\" Ltd,5,EUR,,",
            r#"has a stray quote in its field 2: put the whole field in quotes and double the quotes inside it ("12"" disc")"#,
        ),
        (
            "A,B\0,5,EUR,,",
            "holds a NUL byte (byte 4 of the row): the file is damaged, or UTF-16 text; save it as UTF-8",
        ),
    ] {
        assert_eq!(row_message(row), message, "{row}");
    }
}

#[test]
fn a_stray_quote_does_not_swallow_the_rows_behind_it() {
    let told = told("debtor,creditor,amount\nA,12\" disc,5\nA,B,6\nA,7\" disc,5\nA,B,7\n");

    let stray = r#"has a stray quote in its field 2: put the whole field in quotes and double the quotes inside it ("12"" disc")"#;
    assert_eq!(told, format!("t.csv:2: {stray}\nt.csv:4: {stray}"));
}

#[test]
fn a_long_name_is_refused_and_shown_shortened() {
    let name = "x".repeat(1_001);
    assert_eq!(
        row_message(&format!("{name},B,5,EUR,,")),
        format!(r#"column "debtor": "{}…" is longer than 1,000 bytes: shorten it"#, "x".repeat(40))
    );
}

#[test]
fn credit_notes_are_refused_or_turn_the_pair_round() {
    let reverse = Rules { credit_notes: CreditNotes::Reverse, ..rules() };

    let reading = read("debtor,creditor,amount\nA,B,-5\nA,B,7\n", &reverse).unwrap();

    let rows: Vec<_> = reading
        .obligations
        .rows()
        .iter()
        .map(|o| (reading.obligations.name(o.debtor), o.amount.0))
        .collect();
    assert_eq!(rows, [("B", 5), ("A", 7)]);
    let zero = told_with("debtor,creditor,amount\nA,B,-0\n", &reverse);
    assert!(zero.contains(r#""-0" is zero"#), "{zero}");
}

#[test]
fn sums_over_64_bits_are_accepted_and_single_amounts_over_62_are_not() {
    let largest = 1_u64 << 62;
    let reading =
        read(format!("debtor,creditor,amount\n{}", format!("A,B,{largest}\n").repeat(4)), &rules())
            .unwrap();

    let sum: i128 = reading.obligations.rows().iter().map(|o| o.amount.wide()).sum();
    assert_eq!(sum, 1 << 64);
    assert_eq!(
        told(format!("debtor,creditor,amount\nA,B,{}\n", largest + 1)),
        r#"t.csv:2: column "amount": "4611686018427387905" is over the limit of one amount, 2^62: split it"#
    );
}

#[test]
fn a_second_order_of_dates_in_one_file_is_noticed() {
    assert_eq!(
        told("debtor,creditor,amount,due\nA,B,1,25/02/2026\nA,B,1,02/26/2026\n"),
        r#"t.csv:3: column "due": "02/26/2026" has day and month in another order than line 2: say which with --date-order dmy or --date-order mdy, and correct the other rows"#
    );
}

#[test]
fn a_second_decimal_mark_in_one_file_is_noticed() {
    assert_eq!(
        told("debtor;creditor;amount;currency\nA;B;1.234,56;EUR\nA;B;78.50;EUR\n"),
        r#"t.csv:3: column "amount": "78.50" has another decimal mark than line 2: say which with --decimal . or --decimal , and correct the other rows"#
    );
}

#[test]
fn one_unit_has_one_number_of_decimals() {
    assert_eq!(
        told("debtor,creditor,amount,currency\nA,B,5,POINTS:2\nA,B,5,POINTS:3\n"),
        r#"t.csv:3: column "currency": "POINTS:3" has 3 decimals where an earlier row has 2: a unit has one number of decimals"#
    );
    assert_eq!(
        told("debtor,creditor,amount,currency\nA,B,5,EUR:3\n"),
        r#"t.csv:2: column "currency": "EUR:3" has other decimals than ISO 4217 gives EUR (2): write EUR, or choose another code for a unit of your own"#
    );
}

#[test]
fn the_same_reference_with_different_amounts_makes_every_row_of_it_bad() {
    assert_eq!(
        told(
            "debtor,creditor,amount,reference,currency\nA,B,5,R1,EUR\nA,B,5,R1,EUR\nA,C,6,R1,EUR\nA,B,7.50,R1,EUR\nA,B,8,,EUR\nA,B,9,,EUR\nA,D,1,R2,EUR\nA,D,1,R2,USD\n"
        ),
        "t.csv:2: \"R1\" stands here with 5.00 EUR and in t.csv:5 with 7.50 EUR between the same two members: correct one, or give them different references\n\
         t.csv:3: \"R1\" stands here with 5.00 EUR and in t.csv:5 with 7.50 EUR between the same two members: correct one, or give them different references\n\
         t.csv:5: \"R1\" stands here with 7.50 EUR and in t.csv:2 with 5.00 EUR between the same two members: correct one, or give them different references\n\
         t.csv:8: \"R2\" stands here with 1.00 EUR and in t.csv:9 with 1.00 USD between the same two members: correct one, or give them different references\n\
         t.csv:9: \"R2\" stands here with 1.00 USD and in t.csv:8 with 1.00 EUR between the same two members: correct one, or give them different references"
    );
}

#[test]
fn a_header_that_does_not_say_enough_is_told_with_what_it_has() {
    for (text, message) in [
        (
            "debtor,creditor,amout\nA,B,5\n",
            r#"t.csv:1: no column is known to hold the amount; the header has "debtor", "creditor", "amout" (is "amout" the one?). Name it in the header, or in --map: [columns] amount = "…". If another line is the header, say which with --header 2"#,
        ),
        (
            "Our invoices of 2026\ndebtor,creditor,amount\nA,B,5\n",
            "t.csv:1: names no columns, but line 2 does: say --header 2",
        ),
        (
            "Our invoices of 2026\n\n\"a\";\nStand;\nKunde;Lieferant;Betrag\nA;B;5\n",
            "t.csv:1: names no columns, but line 5 does: say --header 5",
        ),
        (
            "Our invoices of 2026\nKunde;Konto\nA;B\n",
            r#"t.csv:1: no column is known to hold the debtor; the header has "Our invoices of 2026". Name it in the header, or in --map: [columns] debtor = "…". If another line is the header, say which with --header 2"#,
        ),
        (
            "debtor,buyer,creditor,amount\nA,A,B,5\n",
            r#"t.csv:1: the columns "debtor" and "buyer" could both be the debtor: rename one, or say which in --map: [columns] debtor = "…""#,
        ),
        (
            "debtor,creditor,amount,amount\nA,B,5,6\n",
            r#"t.csv:1: the columns "amount" and "amount" could both be the amount: rename one, or say which in --map: [columns] amount = 3"#,
        ),
        (
            "debtor\",creditor,amount\nA,B,5\n",
            r#"t.csv:1: has a stray quote in its field 1: put the whole field in quotes and double the quotes inside it ("12"" disc")"#,
        ),
    ] {
        assert_eq!(told(text), message, "{text}");
    }
}

#[test]
fn a_file_without_a_header_is_told_how_to_say_so() {
    for (text, message) in [
        (
            "A,B,5\nB,C,6\n",
            r#"t.csv:1: names no column that is known, and holds an amount ("5"): if the file has no header, say so with --header 0; the columns then are debtor, creditor and amount"#,
        ),
        (
            "A B 5\nB C 6\n",
            r#"t.csv:1: names no column that is known, and holds an amount ("5"): if the file has no header, say so with --header 0; the columns then are debtor, creditor and amount"#,
        ),
        (
            "R-1;A;B;1.234;EUR\nR-2;A;B;5;EUR\n",
            r#"t.csv:1: names no column that is known, and holds an amount ("1.234"): if the file has no header, say so with --header 0 and name the columns by their numbers in --map, such as: columns = { debtor = 1, creditor = 2, amount = 4 }"#,
        ),
        (
            "# Nodes: 4 Edges: 4\n# From To\n1 2 3\n",
            r##"t.csv:1: names no columns, and begins with "#" as comments do: if the file has no header, say so with --header 0"##,
        ),
        (
            "debtor|creditor|amount\nA|B|5\n",
            r#"t.csv:1: no column is known to hold the debtor; the header has "debtor|creditor|amount". Name it in the header, or in --map: [columns] debtor = "…". If another line is the header, say which with --header 2. Fields are found between commas, semicolons, tabs or spaces; "|" is none of them"#,
        ),
        (
            "Kunde,B,5\n",
            r#"t.csv:1: no column is known to hold the creditor; the header has "Kunde", "B", "5". Name it in the header, or in --map: [columns] creditor = "…". If another line is the header, say which with --header 2"#,
        ),
    ] {
        assert_eq!(told(text), message, "{text}");
    }
    let map = "header = 0\ncolumns = { debtor = 2, creditor = 3, amount = 4 }\n";
    assert_eq!(told_with("R-1;A;B;1;EUR\n", &csv_rules(map)), "1 good rows");
}

#[test]
fn fields_between_spaces_need_quotes_around_a_space() {
    assert_eq!(
        told("source target weight\nAlder Mills Birch 5\nAlder Birch 5\nAlder 1 234,55\n"),
        "t.csv:2: has 4 fields where the header has 3 (a space inside a name needs quotes around it)\n\
         t.csv:4: column \"weight\": \"234,55\" has 2 decimals, but amounts without a currency are whole numbers: name it with --currency EUR, or a unit of your own with --currency UNIT:2"
    );
    let stray = r#"t.csv:2: has a stray quote in its field 2: put the whole field in quotes and double the quotes inside it ("12"" disc")"#;
    assert_eq!(told("from to amount\nA 12\" 5\n"), stray);
}

#[test]
fn rules_that_do_not_fit_the_header_are_told() {
    for (map, text, message) in [
        (
            "[columns]\ndebtor = \"Kunde\"\n",
            "debtor,creditor,amount\nA,B,5\n",
            r#"t.csv:1: has no column "Kunde" for the debtor; the header has "debtor", "creditor", "amount""#,
        ),
        (
            "[columns]\ndebtor = 9\n",
            "debtor,creditor,amount\nA,B,5\n",
            r#"t.csv:1: has no column 9 for the debtor; the header has "debtor", "creditor", "amount""#,
        ),
        (
            "header = 0\n",
            "A,B,x,5\n",
            "t.csv:1: without a header columns go by number: name the debtor's in --map: [columns] debtor = 1",
        ),
        (
            "header = 0\n[columns]\ndebtor = 1\ncreditor = 2\namount = 4\n",
            "A,B,5\n",
            r#"t.csv:1: has no column 4 for the amount; the first row has "A", "B", "5""#,
        ),
        (
            "header = 0\n[columns]\ndebtor = \"Kunde\"\n",
            "A,B,5\n",
            "t.csv:1: without a header columns go by number: name the debtor's in --map: [columns] debtor = 1",
        ),
        (
            "header = 0\n[columns]\ndebtor = 1\ncreditor = 2\namount = 3\n",
            "A;B;1,234,500\n",
            "t.csv:1: can be taken apart at \",\" and at \";\": say which with --delimiter comma or --delimiter semicolon",
        ),
        (
            "header = 0\n[columns]\ndebtor = 1\ncreditor = 2\namount = 3\n",
            "A,B,5\nA,B,12,50\n",
            r#"t.csv:2: has 4 fields where the first row has 3 (a "," inside a field needs quotes around it)"#,
        ),
        (
            "header = 9\n",
            "debtor,creditor,amount\nA,B,5\n",
            "t.csv: ends before line 9, which should be the header",
        ),
    ] {
        assert_eq!(told_with(text, &csv_rules(map)), message, "{map}{text}");
    }
    let weights = Rules { weights: Some("prio".into()), ..rules() };
    assert_eq!(
        told_with("debtor,creditor,amount\nA,B,5\n", &weights),
        r#"t.csv:1: has no column "prio" for the weight; the header has "debtor", "creditor", "amount""#
    );
    assert_eq!(
        told_with("debtor,creditor,amount,prio\nA,B,5,\nA,B,5,0\nA,B,5,1.5\n", &weights),
        "t.csv:2: column \"prio\": is empty: every obligation needs its weight\n\
         t.csv:3: column \"prio\": \"0\" is not a weight: write a whole number from 1 to 1000000\n\
         t.csv:4: column \"prio\": \"1.5\" is not a weight: write a whole number from 1 to 1000000"
    );
}

#[test]
fn what_is_no_table_at_all_says_what_it_is() {
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    };
    let utf16_message = "t.csv: is UTF-16 text: save it as UTF-8 (in a spreadsheet: \"CSV UTF-8\")";
    let table = "debtor,creditor,amount\nA,B,5\n";
    for (bytes, message) in [
        (Vec::new(), "t.csv: is empty: there is nothing to clear"),
        (b"\n \r\n".to_vec(), "t.csv: is empty: there is nothing to clear"),
        (b"\xef\xbb\xbf".to_vec(), "t.csv: is empty: there is nothing to clear"),
        (
            b"debtor,creditor,amount\n\n".to_vec(),
            "t.csv: has a header and no rows: there is nothing to clear",
        ),
        (utf16(table, false), utf16_message),
        (utf16(table, true), utf16_message),
        (utf16(&format!("\u{feff}{table}"), false), utf16_message),
        (utf16(&format!("\u{feff}{table}"), true), utf16_message),
        (
            b"debtor,creditor,amount\rA,B,5\r".to_vec(),
            "t.csv:1: ends its lines with a carriage return alone, as old Macs did: save it with line feeds (in a spreadsheet: \"CSV UTF-8\")",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1".to_vec(),
            "t.csv: is a workbook of the old .xls kind or one with a password: save it as .xlsx without a password, or as CSV",
        ),
        (b"%PDF-1.7".to_vec(), "t.csv: is a PDF: export the table as CSV or XLSX"),
        (b"<?xml".to_vec(), "t.csv: is XML or HTML: export the table as CSV or XLSX"),
        (
            b"[{\"debtor\": 1}]".to_vec(),
            "t.csv: is a JSON array: write one object a line (JSON Lines)",
        ),
    ] {
        assert_eq!(told(&bytes), message, "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn the_wrong_encoding_is_told_with_the_byte_and_read_when_named() {
    let latin: &[u8] = b"debtor,creditor,amount\nM\xfcller,B,5\n";

    assert_eq!(
        told(latin),
        "t.csv:2: is not UTF-8 at byte 2 of the row (0xFC behind \"M\"): save it as UTF-8, or add --encoding windows-1252"
    );
    let windows = Rules { encoding: Encoding::Windows1252, ..rules() };
    let reading = read(latin, &windows).unwrap();
    assert_eq!(reading.obligations.names(), ["Müller", "B"]);
    let header = told(b"debtor,creditor,amount,F\xe4llig\nA,B,5,\n");
    assert!(header.starts_with("t.csv:1: is not UTF-8 at byte 25 of the row"), "{header}");
}

#[test]
fn a_quote_that_is_never_closed_is_told_where_it_opens() {
    assert_eq!(
        told("debtor,creditor,amount\nA,B,5\n\"A,B,5\nA,B,5\n"),
        "t.csv:3: opens a quote that is never closed: close it, or double a quote that is part of the text"
    );
    let endless = format!("debtor,creditor,amount\nA,\"B,5\n{}", "A,B,5\n".repeat(200_000));
    assert_eq!(
        told(endless),
        "t.csv:2: opens a quote that is not closed within 1 MiB: close it, or double a quote that is part of the text"
    );
}

#[test]
fn a_line_of_any_length_stops_at_the_limit() {
    let mut text = b"debtor,creditor,amount\nA,".to_vec();
    text.resize(text.len() + LONGEST_ROW, b'x');
    let message = "is longer than 1 MiB, which no row is: check that lines end with a line feed";

    assert_eq!(told(&text), format!("t.csv:2: {message}"));
    let mut json = b"{\"debtor\": \"".to_vec();
    json.resize(json.len() + LONGEST_ROW, b'x');
    assert_eq!(told(&json), format!("t.csv:1: {message}"));
    let wide = format!("{}\n", "x,".repeat(2_000));
    assert_eq!(told(wide), "t.csv:1: has more than 1000 fields: check the delimiter");
    let wide = format!("debtor,creditor,amount\n{}\n", "x,".repeat(2_000));
    assert_eq!(told(wide), "t.csv:2: has more than 1000 fields: check the delimiter");
}

/// `count` times `bytes`, compressed one behind the other.
fn gzip(bytes: &[u8], count: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().repeat(count)
}

#[test]
fn a_gzip_bomb_stops_at_the_limit() {
    let lines = gzip(&[b'\n'; 1 << 20], 1 << 10);
    let row = format!("A,B,5,{}\n", "x".repeat(1_000));
    let rows = gzip(row.repeat(1 << 10).as_bytes(), 1 << 10);
    let header = gzip(b"debtor,creditor,amount,memo\n", 1);
    let rows = [header.clone(), rows].concat();
    let lines = [header, lines].concat();

    let limit = "t.csv: unpacks to more than 200 times its size or 64 GiB, which no table does: check where it comes from, or unpack it yourself";
    assert_eq!(told(&lines), limit);
    assert_eq!(told(&rows), limit);
    let zeros = gzip(&[0; 1 << 20], 1 << 10);
    assert!(told(&zeros).contains("UTF-16"), "{}", told(&zeros));
}

#[test]
fn a_broken_gzip_file_is_told() {
    let whole = gzip(&"debtor,creditor,amount\nA,B,5\n".repeat(3_000).into_bytes(), 1);

    let cut = told(&whole[..whole.len() / 2]);
    assert!(cut.starts_with("t.csv: is not a whole gzip file ("), "{cut}");
    assert!(cut.ends_with("): get it again"), "{cut}");
    let mut altered = whole.clone();
    let last = altered.len() - 6;
    altered[last] ^= 1;
    let altered = told(&altered);
    assert!(altered.starts_with("t.csv: is not a whole gzip file ("), "{altered}");
    let twice = gzip(&whole, 1);
    assert_eq!(told(twice), "t.csv: is compressed twice: unpack it once");
}

#[test]
fn a_line_without_end_is_not_read_to_its_end() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let endless = std::thread::spawn(move || {
        let mut written = writer.write(b"debtor,creditor,amount\nA,").unwrap();
        // Ends when nobody reads any more; ten gigabytes otherwise.
        while written < 10_000_000_000 {
            match writer.write(&[b'x'; 1 << 16]) {
                Ok(count) => written += count,
                Err(_) => break,
            }
        }
        written
    });
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
    let files = [Source::File(path.clone().into())];

    let error = setoff_formats::read_obligations(&files, &rules(), 20, &mut |_| {}).unwrap_err();

    drop(reader);
    assert!(error.to_string().starts_with(&format!("{path}:2: is longer than 1 MiB")), "{error}");
    assert!(endless.join().unwrap() < 4 << 20);
}

#[test]
fn bad_json_lines_are_told_by_key() {
    for (line, message) in [
        (
            r#"{"debtor":"A","creditor":"B","amount":-5}"#,
            r#"key "amount": "-5" is below zero: if it is a credit note, --credit-notes reverse makes it a debt of the creditor to the debtor; otherwise correct it"#,
        ),
        (
            r#"{"debtor":"A","creditor":"B","amt":1.5,"ccy":"JPY"}"#,
            r#"key "amt": "1.5" has 1 decimal where JPY has 0: round it yourself, Setoff does not"#,
        ),
        (
            r#"{"debtor":"A","creditor":"B","amout":5}"#,
            r#"no key is known to hold the amount; the object has "debtor", "creditor", "amout" (is "amout" the one?). Rename it, or name it in --map: [columns] amount = "…""#,
        ),
        (
            r#"{"debtor":"A","creditor":null,"amount":5}"#,
            r#"key "creditor": is empty: every obligation needs its creditor; if this is a line of totals, delete it"#,
        ),
        (
            r#"{"debtor":"A","creditor":"B","amount":5,"amount":6}"#,
            r#"has the key "amount" twice: leave one out"#,
        ),
        (
            r#"{"debtor":"A","creditor":"B","amount":null,"amount":6}"#,
            r#"has the key "amount" twice: leave one out"#,
        ),
        (
            r#"{"debtor":"A","buyer":"A","creditor":"B","amount":5}"#,
            r#"the keys "debtor" and "buyer" could both be the debtor: rename one, or say which in --map: [columns] debtor = "…""#,
        ),
        (
            r#"{"debtor":"A","creditor":"B","amount":5,"id":1,"no":2}"#,
            r#"the keys "id" and "no" could both be the reference: rename one, or say which in --map: [columns] reference = "…""#,
        ),
        (
            r#"{"debtor":"A","creditor":"B","amount":1e2}"#,
            r#"key "amount": "1e2" has an exponent: write all its digits"#,
        ),
        (
            r#"{"debtor":{"name":"A"},"creditor":"B","amount":5}"#,
            r#"key "debtor": "{"name":"A"}" is neither a text nor a number"#,
        ),
        (
            r#"{"debtor":"A","creditor":"B","amount":true}"#,
            r#"key "amount": "true" is neither a text nor a number"#,
        ),
        (
            r#"{"debtor":"A","creditor":"B","amount":"1.234"}"#,
            r#"key "amount": "1.234" can be 1234 or 1.234: say which with --decimal . or --decimal ,"#,
        ),
        (
            r#"{"debtor":"A","creditor":"B""#,
            "is not a JSON object (column 28: EOF while parsing an object): write one object a line",
        ),
        (
            "5",
            "is not a JSON object (column 1: invalid type: integer `5`, expected an object): write one object a line",
        ),
    ] {
        let text = format!("{{\"debtor\":\"X\",\"creditor\":\"Y\",\"amount\":1}}\n{line}\n");
        assert_eq!(told(text), format!("t.csv:2: {message}"), "{line}");
    }
    let by_number = csv_rules("[columns]\namount = 3\n");
    assert_eq!(
        told_with("{\"debtor\":\"A\",\"creditor\":\"B\",\"x\":5}\n", &by_number),
        "t.csv: is JSON Lines, whose keys have no numbers: name the amount in --map by its key"
    );
    let latin = b"{\"debtor\":\"M\xfcller\",\"creditor\":\"B\",\"amount\":5}\n";
    assert_eq!(told(latin), "t.csv:1: is not UTF-8 at byte 13: save it as UTF-8");
}

#[test]
fn what_the_machine_cannot_read_is_its_fault_and_what_is_not_there_is_not() {
    let error = |path: &str| {
        let files = [Source::File(path.into())];
        setoff_formats::read_obligations(&files, &rules(), 20, &mut |_| {}).unwrap_err()
    };

    let unreadable = error("/proc/self/mem");
    assert!(unreadable.is_machine(), "{unreadable}");
    assert!(unreadable.to_string().contains(": can't be read: "), "{unreadable}");
    let absent = error("/no/such/file.csv");
    assert!(!absent.is_machine());
    assert_eq!(
        absent.to_string(),
        "/no/such/file.csv: is not there: check its name, and the folder that you are in"
    );
    let folder = error("/proc");
    assert!(!folder.is_machine());
    assert_eq!(folder.to_string(), "/proc: is a folder: name a file in it");
}
