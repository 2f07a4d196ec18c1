#![no_main]
//! Tables of limits: what is read holds what the type says, and what is not is told in one line.

use std::path::Path;

use setoff_formats::{LimitKind, parse_limits};
use setoff_money::{Currency, Minor};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let rows = match parse_limits(Path::new("limits.csv"), bytes, Currency::NONE) {
        Ok(rows) => rows,
        Err(error) => {
            assert!(!error.is_machine());
            assert!(!error.to_string().chars().any(char::is_control), "{error}");
            return;
        }
    };
    assert!(!rows.is_empty());
    let is_amount = |amount: Minor| (Minor(0)..=Minor::LARGEST).contains(&amount);
    for row in &rows {
        let good = match &row.kind {
            LimitKind::Member { member, most } => !member.is_empty() && is_amount(*most),
            LimitKind::Pair { debtor, creditor, most } => {
                !debtor.is_empty() && !creditor.is_empty() && is_amount(*most)
            }
            LimitKind::Hold { member, creditor, reference } => {
                let given = [creditor, reference].map(|name| name.as_deref() != Some(""));
                !member.is_empty() && given == [true, true]
            }
            LimitKind::Group { group, member, most } => {
                !group.is_empty()
                    && member.as_deref() != Some("*")
                    && most.is_none_or(is_amount)
            }
            LimitKind::Total { most } => is_amount(*most),
            LimitKind::Piece { least } => is_amount(*least),
        };
        assert!(good && row.line > 1, "{row:?}");
    }
});
