//! `statements/NAME.html` and `.csv`: what one member needs for its books.
//!
//! A statement of compensation lists every invoice of one member with what is set off, the
//! circles it went through, and what is left. It shows a member its own obligations and its
//! neighbours on each circle, not what others owe each other.

mod file_name;
mod page;
mod table;
#[cfg(test)]
mod tests;
mod trace;

use std::io::{self, Write};

use askama::Template;
use setoff_formats::Member;

use crate::about::About;
use crate::outcome::{Outcome, Position};

pub(crate) use file_name::file_names;

use page::Page;
use trace::Trace;

/// All that the statements of some members need, found in one pass over the outcome.
pub(crate) struct Statements<'a> {
    outcome: &'a Outcome,
    /// The chosen members in ascending order.
    members: Vec<Member>,
    /// By the chosen members' order: their rows.
    rows: Vec<Vec<usize>>,
    /// By the chosen members' order: where they take part.
    parts: Vec<Vec<TakesPart>>,
    trace: Trace,
}

/// A member's place in one clearing.
struct TakesPart {
    /// The clearing's place in the outcome.
    clearing: usize,
    position: Position,
    links: Vec<Neighbours>,
}

/// A member's place on one circle.
struct Neighbours {
    /// The circle's number in `circles.csv`.
    circle: usize,
    /// How many members the circle passes.
    length: usize,
    /// Who owes the member, by the clearing's numbers.
    debtor: u32,
    /// Whom the member owes.
    creditor: u32,
    amount: u64,
}

impl<'a> Statements<'a> {
    /// Prepares the statements of these members.
    pub(crate) fn of(outcome: &'a Outcome, members: &[Member]) -> Self {
        let mut members = members.to_vec();
        members.sort_unstable();
        members.dedup();
        let mut chosen = vec![usize::MAX; outcome.obligations.names().len()];
        for (place, member) in members.iter().enumerate() {
            chosen[member.0 as usize] = place;
        }
        let place = |member: Member| chosen[member.0 as usize];

        let mut rows = vec![Vec::new(); members.len()];
        for (row, obligation) in outcome.obligations.rows().iter().enumerate() {
            for party in [obligation.debtor, obligation.creditor] {
                if let Some(rows) = rows.get_mut(place(party)) {
                    rows.push(row);
                }
            }
        }
        let trace = Trace::of(outcome, |row| {
            let obligation = &outcome.obligations.rows()[row];
            [obligation.debtor, obligation.creditor].iter().any(|&m| place(m) < members.len())
        });
        let parts = parts(outcome, &members, &chosen);
        Self { outcome, members, rows, parts, trace }
    }

    /// Writes a member's statement as a page to print and to file.
    ///
    /// # Errors
    /// Those of `out`.
    pub(crate) fn write_page(
        &self,
        member: Member,
        about: &About,
        out: &mut impl Write,
    ) -> io::Result<()> {
        match self.place(member) {
            Some(place) => Page::of(self, place, about).write_into(out),
            None => Ok(()),
        }
    }

    /// Writes a member's statement as a table, a row an invoice.
    ///
    /// # Errors
    /// Those of `out`.
    pub(crate) fn write_table(
        &self,
        member: Member,
        about: &About,
        out: &mut impl Write,
    ) -> io::Result<()> {
        match self.place(member) {
            Some(place) => table::write(self, place, about, out),
            None => Ok(()),
        }
    }

    fn place(&self, member: Member) -> Option<usize> {
        self.members.binary_search(&member).ok()
    }

    /// A member's rows as they are listed: debts before claims, then by currency, the other
    /// party, due date (none last), reference and place in the input.
    fn listed(&self, place: usize) -> Vec<Line> {
        let obligations = &self.outcome.obligations;
        let member = self.members[place];
        let mut lines: Vec<Line> = self.rows[place]
            .iter()
            .map(|&row| {
                let obligation = &obligations.rows()[row];
                if obligation.debtor == member {
                    Line { side: Side::Payable, row, other: obligation.creditor }
                } else {
                    Line { side: Side::Receivable, row, other: obligation.debtor }
                }
            })
            .collect();
        lines.sort_by_cached_key(|line| {
            let obligation = &obligations.rows()[line.row];
            (
                line.side,
                self.outcome.currency(line.row),
                obligations.name(line.other),
                obligation.due.is_none(),
                obligation.due,
                obligations.reference(line.row),
                obligation.place,
            )
        });
        lines
    }
}

/// One invoice as a statement lists it.
#[derive(Clone, Copy)]
struct Line {
    side: Side,
    row: usize,
    other: Member,
}

/// Whether a member owes or is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Payable,
    Receivable,
}

/// Where the chosen members take part, by their order.
fn parts(outcome: &Outcome, members: &[Member], chosen: &[usize]) -> Vec<Vec<TakesPart>> {
    let mut parts: Vec<Vec<TakesPart>> = members.iter().map(|_| Vec::new()).collect();
    let mut first = 1;
    for (number, clearing) in outcome.clearings.iter().enumerate() {
        for (&member, &position) in clearing.members.iter().zip(&clearing.positions) {
            if let Some(parts) = parts.get_mut(chosen[member.0 as usize]) {
                parts.push(TakesPart { clearing: number, position, links: Vec::new() });
            }
        }
        for circle in 0..clearing.circles.len() {
            let (on, amount) = clearing.circles.get(circle);
            for (i, &m) in on.iter().enumerate() {
                let Some(&member) = clearing.members.get(m as usize) else { continue };
                let part = parts.get_mut(chosen[member.0 as usize]).and_then(|p| p.last_mut());
                if let Some(part) = part {
                    part.links.push(Neighbours {
                        circle: first + circle,
                        length: on.len(),
                        debtor: on[(i + on.len() - 1) % on.len()],
                        creditor: on[(i + 1) % on.len()],
                        amount,
                    });
                }
            }
        }
        first += clearing.circles.len();
    }
    parts
}
