//! `rejected.csv`: the rows that were left out. Each must be a bad one by itself, or one of all
//! that name the same document with different amounts.

use std::collections::HashMap;
use std::path::Path;

use setoff_formats::{Declared, MOST_REJECTED, Place};
use setoff_money::{Currency, Minor};

use super::Stop;
use super::claims::Claims;
use super::discharges::in_input;
use super::findings::Findings;
use super::table::Table;

const HEADER: [&str; 13] = [
    "file",
    "line",
    "column",
    "found",
    "problem",
    "debtor",
    "creditor",
    "amount",
    "currency",
    "due",
    "reference",
    "weight",
    "row",
];

/// The rows left out, met in the order of the input.
pub(super) struct Rejections {
    /// There where rows were left out.
    table: Option<Table>,
    /// The place that the table's current row names.
    next: Option<Place>,
    count: u64,
    /// Rows that are good by themselves and were left out, by what makes them the same document.
    documents: HashMap<String, Document>,
}

struct Document {
    place: Place,
    amount: (Minor, Currency),
    has_two_amounts: bool,
}

impl Rejections {
    pub(super) fn begin(folder: &Path, claims: &Claims) -> Result<Self, Stop> {
        let table = match claims.rejected {
            0 => None,
            _ => Some(Table::open(folder, "rejected.csv", &HEADER)?),
        };
        let mut rejections = Self { table, next: None, count: 0, documents: HashMap::new() };
        rejections.advance()?;
        Ok(rejections)
    }

    fn advance(&mut self) -> Result<(), Stop> {
        self.next = None;
        if let Some(table) = &mut self.table
            && table.next_row()?
        {
            let place = table.place_in_input(0, 1);
            let place = place.ok_or_else(|| {
                Stop::Broken(format!("{}: does not name a row of the input", table.place()))
            })?;
            self.next = Some(place);
        }
        Ok(())
    }

    /// Meets a row that is bad by itself.
    pub(super) fn bad_row(
        &mut self,
        place: Place,
        claims: &Claims,
        findings: &mut Findings,
    ) -> Result<(), Stop> {
        if self.next == Some(place) {
            self.advance()?;
        } else if self.count < MOST_REJECTED as u64 {
            findings.add(|| {
                format!(
                    "rejected.csv: the row for {}, which is bad, is missing",
                    in_input(claims, place)
                )
            });
        }
        self.count += 1;
        Ok(())
    }

    /// Meets a row that is good by itself; says whether it was left out.
    pub(super) fn leaves_out(
        &mut self,
        row: &Declared<'_>,
        claims: &Claims,
        findings: &mut Findings,
    ) -> Result<bool, Stop> {
        let document = || [row.debtor, row.creditor, row.reference].join("\0");
        if self.next != Some(row.place) {
            let has_document = !self.documents.is_empty() && !row.reference.is_empty();
            if has_document && self.documents.contains_key(&document()) {
                findings.add(|| {
                    let place = in_input(claims, row.place);
                    format!("rejected.csv: {place} is not left out as others of its document are")
                });
            }
            return Ok(false);
        }
        let amount = (row.amount, row.currency);
        let document = self.documents.entry(document()).or_insert(Document {
            place: row.place,
            amount,
            has_two_amounts: false,
        });
        document.has_two_amounts |= document.amount != amount && !row.reference.is_empty();
        self.count += 1;
        self.advance()?;
        Ok(true)
    }

    /// Ends behind the input's last row.
    pub(super) fn end(mut self, claims: &Claims, findings: &mut Findings) -> Result<(), Stop> {
        let mut good: Vec<_> = self.documents.values().filter(|d| !d.has_two_amounts).collect();
        good.sort_unstable_by_key(|document| document.place);
        for document in good {
            findings.add(|| {
                let place = in_input(claims, document.place);
                format!("rejected.csv: {place} is left out, but nothing is wrong with it")
            });
        }
        while let Some(place) = self.next {
            findings.add(|| {
                format!("rejected.csv: {} is left out, but is not bad", in_input(claims, place))
            });
            self.advance()?;
        }
        if self.count != claims.rejected {
            findings.add(|| {
                let (found, claimed) = (self.count, claims.rejected);
                format!("result.json: rejected is {claimed}, expected {found}")
            });
        }
        Ok(())
    }
}
