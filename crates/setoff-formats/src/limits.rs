//! Tables of limits: how much of whose debts may be discharged at most, and what is held out.

use std::path::Path;

use setoff_money::{Currency, Minor};

use crate::table::{self, Line, TableError, Wrong};

const EXPECTED: &str = "A table of limits is a CSV file with the columns kind,member,limit and, as \
                        needed, creditor,reference,group,currency (docs/limits.md)";

/// One line of a table of limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitRow {
    /// What is limited or held out.
    pub kind: LimitKind,
    /// In what.
    pub currency: Currency,
    /// Where it stands, from 1, the header counted.
    pub line: u64,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// At most so much of a member's debts, in sum.
    Member {
        /// The debtor.
        member: String,
        /// How much.
        most: Minor,
    },
    /// At most so much of a member's debts to another, in sum.
    Pair {
        /// Who owes.
        debtor: String,
        /// Who is owed.
        creditor: String,
        /// How much.
        most: Minor,
    },
    /// Obligations held out.
    Hold {
        /// Whose.
        member: String,
        /// Only its debts to this creditor.
        creditor: Option<String>,
        /// Only its debts with this reference.
        reference: Option<String>,
    },
    /// A member of a group whose debts may be discharged by so much in sum.
    Group {
        /// The group's name.
        group: String,
        /// A member of it, or `None` for `*`, all members.
        member: Option<String>,
        /// How much; in one line of each group.
        most: Option<Minor>,
    },
    /// At most so much in all.
    Total {
        /// How much.
        most: Minor,
    },
    /// Of each obligation nothing, or at least so much, or all of it.
    Piece {
        /// How much.
        least: Minor,
    },
}

/// Reads a table of limits. Lines that name no currency are in `currency`.
///
/// # Errors
/// [`TableError`] names the file, line and column at fault.
pub fn read_limits(path: &Path, currency: Currency) -> Result<Vec<LimitRow>, TableError> {
    parse_limits(path, &table::bytes(path)?, currency)
}

/// Reads a table of limits from its bytes; `path` is its name in messages.
///
/// # Errors
/// As [`read_limits`].
pub fn parse_limits(
    path: &Path,
    bytes: &[u8],
    currency: Currency,
) -> Result<Vec<LimitRow>, TableError> {
    let needed = ["kind", "member", "limit"];
    table::lines(path, bytes, &needed, EXPECTED, |line| row(line, currency))
}

fn row(line: &Line<'_>, default: Currency) -> Result<LimitRow, Wrong> {
    let currency = line.currency(default)?;
    let limit = line.limit(&currency)?;
    let most = || limit.ok_or_else(|| Wrong::new("limit", "", "is no amount: fill it in"));
    let given = |column| match line.cell(column) {
        "" => Ok(None),
        _ => line.name(column).map(Some),
    };
    let kind = match line.cell("kind").to_ascii_lowercase().as_str() {
        "member" => LimitKind::Member { member: line.name("member")?, most: most()? },
        "pair" => {
            let (debtor, creditor) = (line.name("member")?, line.name("creditor")?);
            LimitKind::Pair { debtor, creditor, most: most()? }
        }
        "hold" => {
            let (creditor, reference) = (given("creditor")?, given("reference")?);
            LimitKind::Hold { member: line.name("member")?, creditor, reference }
        }
        "group" => {
            let member = line.name("member")?;
            let member = (member != "*").then_some(member);
            LimitKind::Group { group: line.name("group")?, member, most: limit }
        }
        "total" => LimitKind::Total { most: most()? },
        "piece" => LimitKind::Piece { least: most()? },
        other => {
            let problem = "is no kind of limit: write member, pair, hold, group, total or piece";
            return Err(Wrong::new("kind", other, problem));
        }
    };
    Ok(LimitRow { kind, currency, line: line.number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<LimitRow>, String> {
        parse_limits(Path::new("limits.csv"), text.as_bytes(), Currency::NONE)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_table_says_what_is_limited() {
        let text = "kind,member,creditor,reference,group,limit\n\
                    member,Alder,,,,100\n\
                    pair,Alder,Birch,,,50\n\
                    hold,Cedar,,C-1,,\n\
                    group,*,,,all,70\n\
                    total,,,,,500\n";

        let kinds: Vec<LimitKind> = rows(text).unwrap().into_iter().map(|row| row.kind).collect();

        let (alder, birch) = ("Alder".to_owned(), "Birch".to_owned());
        assert_eq!(kinds[0], LimitKind::Member { member: alder.clone(), most: Minor(100) });
        assert_eq!(kinds[1], LimitKind::Pair { debtor: alder, creditor: birch, most: Minor(50) });
        let reference = Some("C-1".to_owned());
        let hold = LimitKind::Hold { member: "Cedar".to_owned(), creditor: None, reference };
        assert_eq!(kinds[2], hold);
        let all = LimitKind::Group { group: "all".to_owned(), member: None, most: Some(Minor(70)) };
        assert_eq!(kinds[3], all);
        assert_eq!(kinds[4], LimitKind::Total { most: Minor(500) });
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let line = |text: &str| rows(text).unwrap().last().map(|row| row.line);

        for end in ["\n", "\r\n", "\r"] {
            let text = ["kind,member,limit", "member,A,1", "", "member,B,2"].join(end);
            assert_eq!(line(&text), Some(4), "{end:?}");
        }
    }

    #[test]
    fn a_bad_cell_is_named_with_its_line_and_column() {
        let message = |row: &str| {
            rows(&format!("kind,member,creditor,reference,group,limit\n{row}\n")).unwrap_err()
        };

        assert_eq!(
            message("most,Alder,,,,1"),
            "limits.csv:2: column \"kind\": \"most\" is no kind of limit: write member, pair, \
             hold, group, total or piece"
        );
        assert!(message("member,Alder,,,,").contains("column \"limit\": \"\" is no amount"));
        assert!(message("pair,Alder,,,,1").contains("column \"creditor\""));
        assert!(message("group,Alder,,,,1").contains("column \"group\""));
        assert!(message("total,,,,,-1").contains("is below zero"));
    }
}
