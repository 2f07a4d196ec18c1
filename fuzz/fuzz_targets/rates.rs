#![no_main]
//! Tables of rates, asked for some of what they may hold.

use std::path::Path;

use setoff_formats::RateTable;
use setoff_money::{Currency, Minor};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let table = match RateTable::parse(Path::new("rates.csv"), bytes) {
        Ok(table) => table,
        Err(error) => {
            assert!(!error.is_machine());
            assert!(!error.to_string().chars().any(char::is_control), "{error}");
            return;
        }
    };
    let currency = |code: &str| code.parse::<Currency>().expect("ISO 4217 has it");
    let euro = currency("EUR");
    for date in [None, "2026-10-30".parse().ok()] {
        for from in ["USD", "JPY", "KWD"] {
            let Ok(rates) = table.rates_to(&euro, &[currency(from)], date) else { continue };
            for amount in [Minor(0), Minor(1), Minor::LARGEST] {
                let _ = rates[0].convert_down(amount);
            }
        }
    }
});
