//! `discharges.csv` of the commands that clear without a result folder.

use std::io::{self, Write};

use setoff_formats::Obligations;
use setoff_money::Minor;

/// Writes every obligation in the order of the input and what is taken off it, given the rows of each
/// currency and their discharges.
pub(crate) fn write<'a>(
    obligations: &Obligations,
    parts: impl Iterator<Item = (&'a [usize], &'a [u64])>,
    out: impl Write,
) -> io::Result<()> {
    let mut discharged = vec![0; obligations.rows().len()];
    for (rows, discharges) in parts {
        for (&row, &discharge) in rows.iter().zip(discharges) {
            discharged[row] = i64::try_from(discharge).expect("no more than is owed");
        }
    }
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "file",
        "line",
        "reference",
        "debtor",
        "creditor",
        "currency",
        "due",
        "weight",
        "amount",
        "discharged",
        "outstanding",
    ])?;
    for (row, (obligation, discharged)) in obligations.rows().iter().zip(discharged).enumerate() {
        let currency = obligations.currencies()[usize::from(obligation.currency)];
        table.write_record([
            &(u32::from(obligation.place.file) + 1).to_string(),
            &obligation.place.line.to_string(),
            obligations.reference(row),
            obligations.name(obligation.debtor),
            obligations.name(obligation.creditor),
            currency.code(),
            &obligation.due.map(|due| due.to_string()).unwrap_or_default(),
            &obligation.weight.to_string(),
            &currency.format(obligation.amount),
            &currency.format(Minor(discharged)),
            &currency.format(Minor(obligation.amount.0 - discharged)),
        ])?;
    }
    table.flush()
}
