//! Reads bytes as obligations and checks what must hold of whatever comes out.

use setoff_formats::{
    CreditNotes, DateOrder, DecimalMark, Encoding, Rules, Source, read_obligations,
};
use setoff_money::Minor;

/// Reads the bytes as they are and with every rule that could matter.
pub fn read(bytes: &[u8]) {
    read_with(bytes, &Rules::default());
    let rules = Rules {
        encoding: Encoding::Windows1252,
        currency: "POINTS:2".parse().ok(),
        decimal: Some(DecimalMark::Comma),
        date_order: Some(DateOrder::Dmy),
        credit_notes: CreditNotes::Reverse,
        weights: Some("weight".to_owned()),
        ..Rules::default()
    };
    read_with(bytes, &rules);
}

/// Reads the bytes with these rules.
pub fn read_with(bytes: &[u8], rules: &Rules) {
    let source = Source::Bytes { name: "input".to_owned(), bytes: bytes.to_vec() };
    let reading = match read_obligations(&[source], rules, 1_000, &mut |_| {}) {
        Ok(reading) => reading,
        Err(error) => {
            assert!(!error.is_machine(), "{error}");
            return assert_one_line(&error.to_string());
        }
    };
    assert_eq!(reading.files[0].bytes, bytes.len() as u64);
    let good = reading.obligations.rows();
    assert_eq!(good.len() as u64 + reading.rejected_count, reading.files[0].rows);
    for (row, obligation) in good.iter().enumerate() {
        assert!(obligation.amount > Minor(0) && obligation.amount <= Minor::LARGEST);
        assert!(obligation.debtor != obligation.creditor && obligation.weight > 0);
        for member in [obligation.debtor, obligation.creditor] {
            let name = reading.obligations.name(member);
            assert!(!name.is_empty() && name.trim() == name);
            assert_eq!(reading.obligations.find(name), Some(member));
        }
        assert_one_line(reading.obligations.reference(row));
    }
    for rejected in &reading.rejected {
        assert_one_line(&rejected.to_string());
    }
}

/// What a person reads on a terminal must not command it.
fn assert_one_line(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
