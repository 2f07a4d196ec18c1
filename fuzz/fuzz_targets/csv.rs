#![no_main]
//! Delimited text, and whatever else the first bytes say it is.

mod reading;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reading::read(bytes));
