#![no_main]
//! `--map` files, and a table read by what they say.

mod reading;

use std::path::Path;

use setoff_formats::parse_mapping;

const TABLE: &[u8] = b"Open items;2026;;;;\nKunde;Lieferant;Saldo;Datum;Nr;Waehrung\n\
    A;B;1.234,50;01.02.2026;1;EUR\nB;\"C;D\";-7;2026-02-25;2;USD\n";

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match parse_mapping(Path::new("map.toml"), text) {
        Ok(rules) => reading::read_with(TABLE, &rules),
        Err(error) => assert!(!error.is_machine()),
    }
});
