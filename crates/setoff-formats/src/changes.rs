//! Tables of changes: obligations that come, change and go, one a line.

use std::path::Path;

use setoff_money::{Currency, Minor};

use crate::table::{self, Line, TableError, Wrong};

const EXPECTED: &str = "A table of changes is a CSV file with the columns \
                        change,debtor,creditor,amount and, as needed, reference,currency \
                        (docs/book.md)";

/// One line of a table of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// What changes.
    pub change: Change,
    /// Where it stands, from 1, the header counted.
    pub line: u64,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// An obligation arises.
    Add {
        /// Who owes.
        debtor: String,
        /// Who is owed.
        creditor: String,
        /// How much, above zero.
        amount: Minor,
        /// What it is called, or nothing.
        reference: String,
        /// In what.
        currency: Currency,
    },
    /// An obligation's amount is another now.
    Amount {
        /// Which.
        of: Named,
        /// How much it is now, above zero.
        amount: Minor,
    },
    /// An obligation is gone.
    Remove {
        /// Which.
        of: Named,
    },
    /// The latest change before that was not taken back is taken back.
    Undo,
}

/// An obligation, by what a line says of it. What is not given fits any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its reference.
    pub reference: Option<String>,
    /// Who owes.
    pub debtor: Option<String>,
    /// Who is owed.
    pub creditor: Option<String>,
    /// In what.
    pub currency: Currency,
}

/// Reads a table of changes. Lines that name no currency are in `currency`.
///
/// # Errors
/// [`TableError`] names the file, line and column at fault.
pub fn read_changes(path: &Path, currency: Currency) -> Result<Vec<ChangeRow>, TableError> {
    parse_changes(path, &table::bytes(path)?, currency)
}

/// Reads a table of changes from its bytes; `path` is its name in messages.
///
/// # Errors
/// As [`read_changes`].
pub fn parse_changes(
    path: &Path,
    bytes: &[u8],
    currency: Currency,
) -> Result<Vec<ChangeRow>, TableError> {
    let needed = ["change", "debtor", "creditor", "amount"];
    table::lines(path, bytes, &needed, EXPECTED, |line| row(line, currency))
}

fn row(line: &Line<'_>, default: Currency) -> Result<ChangeRow, Wrong> {
    let currency = line.currency(default)?;
    let amount = || {
        let amount = line.amount(&currency)?;
        let missing = || {
            let problem = "is no amount above zero: fill it in; to take an obligation out, write \
                           remove";
            Wrong::new("amount", line.cell("amount"), problem)
        };
        amount.filter(|amount| amount.0 > 0).ok_or_else(missing)
    };
    let change = match line.cell("change").to_ascii_lowercase().as_str() {
        "add" => {
            let (debtor, creditor) = (line.name("debtor")?, line.name("creditor")?);
            if debtor == creditor {
                let problem = "is the debtor, too: nobody owes themselves; correct the name";
                return Err(Wrong::new("creditor", &creditor, problem));
            }
            let reference = given(line, "reference")?.unwrap_or_default();
            Change::Add { debtor, creditor, amount: amount()?, reference, currency }
        }
        "change" => Change::Amount { of: named(line, currency)?, amount: amount()? },
        "remove" => Change::Remove { of: named(line, currency)? },
        "undo" => Change::Undo,
        other => {
            let problem = "is no kind of change: write add, change, remove or undo";
            return Err(Wrong::new("change", other, problem));
        }
    };
    Ok(ChangeRow { change, line: line.number })
}

fn given(line: &Line<'_>, column: &'static str) -> Result<Option<String>, Wrong> {
    if line.cell(column).is_empty() { Ok(None) } else { line.name(column).map(Some) }
}

fn named(line: &Line<'_>, currency: Currency) -> Result<Named, Wrong> {
    let named = Named {
        reference: given(line, "reference")?,
        debtor: given(line, "debtor")?,
        creditor: given(line, "creditor")?,
        currency,
    };
    if named.reference.is_none() && (named.debtor.is_none() || named.creditor.is_none()) {
        let problem =
            "does not say which obligation: fill in its reference, or debtor and creditor";
        return Err(Wrong::new("reference", "", problem));
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<ChangeRow>, String> {
        parse_changes(Path::new("changes.csv"), text.as_bytes(), Currency::NONE)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_table_says_what_comes_changes_and_goes() {
        let text = "change,reference,debtor,creditor,amount\n\
                    add,A-1,Alder,Birch,100\n\
                    change,A-1,,,60\n\
                    remove,,Alder,Birch,\n\
                    undo,,,,\n";

        let rows = rows(text).unwrap();

        let (alder, birch) = ("Alder".to_owned(), "Birch".to_owned());
        let (reference, currency) = ("A-1".to_owned(), Currency::NONE);
        let of =
            Named { reference: Some(reference.clone()), debtor: None, creditor: None, currency };
        let pair = Named {
            reference: None,
            debtor: Some(alder.clone()),
            creditor: Some(birch.clone()),
            currency,
        };
        let changes: Vec<Change> = rows.into_iter().map(|row| row.change).collect();
        let amount = Minor(100);
        let add = Change::Add { debtor: alder, creditor: birch, amount, reference, currency };
        assert_eq!(changes[0], add);
        assert_eq!(changes[1], Change::Amount { of, amount: Minor(60) });
        assert_eq!(changes[2], Change::Remove { of: pair });
        assert_eq!(changes[3], Change::Undo);
    }

    #[test]
    fn a_bad_cell_is_named_with_its_line_and_column() {
        let message = |row: &str| {
            rows(&format!("change,reference,debtor,creditor,amount\n{row}\n")).unwrap_err()
        };

        assert_eq!(
            message("insert,,Alder,Birch,1"),
            "changes.csv:2: column \"change\": \"insert\" is no kind of change: write add, change, \
             remove or undo"
        );
        assert!(message("add,,Alder,Birch,").contains("column \"amount\": \"\" is no amount"));
        assert!(message("add,,Alder,Birch,0").contains("to take an obligation out, write remove"));
        assert!(message("add,,Alder,Birch,-1").contains("column \"amount\": \"-1\" is below zero"));
        assert!(message("add,,Alder,Alder,1").contains("column \"creditor\": \"Alder\""));
        assert!(message("remove,,Alder,,").contains("does not say which obligation"));
    }
}
