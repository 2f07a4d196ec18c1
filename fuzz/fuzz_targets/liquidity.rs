#![no_main]
//! Tables of liquidity: what is read holds what the type says, and what is not is told in one line.

use std::path::Path;

use setoff_formats::parse_liquidity;
use setoff_money::{Currency, Minor};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let rows = match parse_liquidity(Path::new("liquidity.csv"), bytes, Currency::NONE) {
        Ok(rows) => rows,
        Err(error) => {
            assert!(!error.is_machine());
            assert!(!error.to_string().chars().any(char::is_control), "{error}");
            return;
        }
    };
    assert!(!rows.is_empty());
    for row in &rows {
        assert!(!row.funder.is_empty() && row.funder != "*");
        assert!(row.member.as_ref().is_none_or(|m| !m.is_empty() && *m != row.funder));
        assert!(row.limit.is_none_or(|limit| (Minor(0)..=Minor::LARGEST).contains(&limit)));
        assert!(row.line > 1);
    }
});
