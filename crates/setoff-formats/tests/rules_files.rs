//! `--map` files and tables of rates that are wrong, and the exact message each gets.

#![allow(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::large_stack_arrays,
    reason = "what a test needs and has not got fails the test; tables are long"
)]

use std::fs;
use std::path::Path;

use setoff_formats::{RateTable, parse_mapping, read_mapping};
use setoff_money::Currency;

#[test]
fn a_wrong_map_is_told_with_line_and_column() {
    for (text, message) in [
        (
            "[columns]\ndeptor = \"Kunde\"\n",
            "map.toml:2:1: unknown field `deptor`, expected one of `debtor`, `creditor`, `amount`, `currency`, `due`, `reference`",
        ),
        ("[amount]\ndecimal = \"x\"\n", "map.toml:2:11: unknown variant `x`, expected `.` or `,`"),
        (
            "[date]\norder = \"ydm\"\n",
            "map.toml:2:9: unknown variant `ydm`, expected one of `dmy`, `mdy`, `ymd`",
        ),
        (
            "encoding = \"latin-1\"\n",
            "map.toml:1:12: unknown variant `latin-1`, expected `utf-8` or `windows-1252`",
        ),
        (
            "currency = \"EURO\"\n",
            "map.toml: currency: \"EURO\" is not a currency code of ISO 4217 (EUR, USD, …); a unit of your own is written with its decimals, such as POINTS:2",
        ),
        ("header = -1\n", "map.toml:1:10: invalid value: integer `-1`, expected u32"),
        ("debtor,creditor,amount\n", "map.toml:1:7: "),
    ] {
        let told = parse_mapping(Path::new("map.toml"), text).unwrap_err().to_string();
        let told = told.strip_suffix(". docs/input.md says what a --map file holds").unwrap();
        // The last is in the words of the TOML library.
        let exact = !message.ends_with(": ");
        assert!(told == message || (!exact && told.starts_with(message)), "{text}{told}");
    }
}

#[test]
fn a_map_that_is_no_text_or_endless_is_the_file_s_fault() {
    let folder = std::env::temp_dir().join(format!("setoff-map-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let told = |bytes: &[u8]| {
        let path = folder.join("map.toml");
        fs::write(&path, bytes).unwrap();
        let error = read_mapping(&path).unwrap_err();
        assert!(!error.is_machine());
        error.to_string().replace(path.to_str().unwrap(), "map.toml")
    };

    let windows = told(b"[columns]\ndebtor = \"Gl\xe4ubiger\"\n");
    assert!(windows.starts_with("map.toml: is not UTF-8 text: save it as UTF-8"), "{windows}");
    let large = told(&b"# the table itself\n".repeat(1 << 16));
    assert!(
        large.starts_with("map.toml: is larger than 1 MiB: is it the table itself?"),
        "{large}"
    );
    fs::remove_dir_all(&folder).unwrap();
    assert!(!read_mapping(&folder.join("map.toml")).unwrap_err().is_machine());
    assert!(read_mapping(Path::new("/proc/self/mem")).unwrap_err().is_machine());
}

#[test]
fn a_wrong_table_of_rates_is_told_with_line_column_and_value() {
    let what = "A table of rates is a CSV file with the columns base,quote,rate and perhaps date (1 base = rate quote), or the ECB's eurofxref-hist.csv, unzipped";
    for (text, message) in [
        ("", format!("rates.csv: its first line is \"\". {what}")),
        ("a,b\n1,2\n", format!("rates.csv: its first line is \"a,b\". {what}")),
        ("base,quote,rate\n", format!("rates.csv: it has no rates. {what}")),
        ("PK\u{3}\u{4}", format!("rates.csv: it is a zip archive: unzip it first. {what}")),
        (
            "base,quote,rate\nEUR,USD,1,1\n",
            "rates.csv:2: has 4 fields where the header has 3: write rates with a decimal point, and no thousands marks".to_owned(),
        ),
        (
            "base,quote,rate\nEUR,USD\n",
            "rates.csv:2: has 2 fields where the header has 3: write rates with a decimal point, and no thousands marks".to_owned(),
        ),
        (
            "base,quote,rate\nEUR,USD,\"1,1\"\n",
            r#"rates.csv:2: column "rate": "1,1" is not a number: write it with a decimal point, such as 1.0871"#.to_owned(),
        ),
        (
            "base,quote,rate\nEUR,USD,-1.1\n",
            r#"rates.csv:2: column "rate": "-1.1" is not above zero: write it with a decimal point, such as 1.0871"#.to_owned(),
        ),
        (
            "base,quote,rate\nEUR,US$,1.1\n",
            r#"rates.csv:2: column "quote": "US$" is no currency: write a code of ISO 4217 (EUR, USD, …), or a unit of your own with its decimals, such as POINTS:2"#.to_owned(),
        ),
        (
            "base,quote,rate\nEUR,USD,1.1\nEUR,USD,1.2\n",
            r#"rates.csv:3: column "rate": "1.2" stands in a second line for the same pair and day: leave one out"#.to_owned(),
        ),
        (
            "base,quote,rate\nEUR,eur,1.1\n",
            r#"rates.csv:2: column "quote": "eur" is the base itself: a currency is worth itself"#.to_owned(),
        ),
        (
            "base,quote,rate,date\nEUR,USD,1.1,30.10.2026\n",
            r#"rates.csv:2: column "date": "30.10.2026" is not a date: write it as 2026-11-24"#.to_owned(),
        ),
        (
            "Date,USD,JPY,\n2026-10-30,1.1172,x,\n",
            r#"rates.csv:2: column "JPY": "x" is not a number: write it with a decimal point, such as 1.0871"#.to_owned(),
        ),
        (
            "Date,USD,JPY,\nyesterday,1.1172,1,\n",
            r#"rates.csv:2: column "Date": "yesterday" is not a date: write it as 2026-11-24"#.to_owned(),
        ),
    ] {
        let told = RateTable::parse(Path::new("rates.csv"), text.as_bytes()).unwrap_err();
        assert_eq!(told.to_string(), message, "{text}");
        assert!(!told.is_machine());
    }
}

#[test]
fn a_rate_that_is_not_there_or_stands_twice_is_told() {
    let currency = |code: &str| code.parse::<Currency>().unwrap();
    let told = |text: &str, from: &str, date: Option<&str>| {
        RateTable::parse(Path::new("rates.csv"), text.as_bytes())
            .unwrap()
            .rates_to(&currency("EUR"), &[currency(from)], date.map(|d| d.parse().unwrap()))
            .unwrap_err()
            .to_string()
    };
    let days = "base,quote,rate,date\nEUR,USD,1.1,2026-10-30\nEUR,USD,1.2,2026-11-02\nEUR,JPY,170,2026-10-29\n";

    assert_eq!(
        told(days, "USD", Some("2026-10-31")),
        "rates.csv: no rate between USD and EUR on 2026-10-31; the nearest days that have it are 2026-10-30 and 2026-11-02"
    );
    assert_eq!(
        told(days, "JPY", Some("2026-10-30")),
        "rates.csv: no rate between JPY and EUR on 2026-10-30; the nearest day that has it is 2026-10-29"
    );
    assert_eq!(
        told(days, "CHF", Some("2026-10-30")),
        "rates.csv: no rate between CHF and EUR on 2026-10-30; add it to the table"
    );
    assert_eq!(
        told(days, "USD", None),
        "rates.csv: has rates of many days: name one, such as --rate-date 2026-11-02"
    );
    assert_eq!(
        told("base,quote,rate\nEUR,USD,1.1\n", "USD", Some("2026-10-30")),
        "rates.csv: has no column \"date\": leave --rate-date out, or add the column"
    );
    assert_eq!(
        told("base,quote,rate\nEUR,USD,1.1\nUSD,EUR,0.91\n", "USD", None),
        "rates.csv: gives two different rates between USD and EUR, by way of EUR and of USD: leave one of them out"
    );
}
