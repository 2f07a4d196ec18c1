//! Tables of liquidity: who offers money or credit, and who takes it.

use std::path::Path;

use setoff_money::{Currency, Minor};

use crate::table::{self, Line, TableError, Wrong};

const EXPECTED: &str = "A table of liquidity is a CSV file with the columns \
                        kind,funder,member,limit and perhaps currency (docs/liquidity.md)";

/// One line of a table of liquidity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiquidityRow {
    /// What is said.
    pub kind: LiquidityKind,
    /// Whose money or credit it is.
    pub funder: String,
    /// The member, or `None` for `*`, any member.
    pub member: Option<String>,
    /// How much at most, 0 to [`Minor::LARGEST`]; `None` for no limit.
    pub limit: Option<Minor>,
    /// In what.
    pub currency: Currency,
    /// Where it stands, from 1, the header counted.
    pub line: u64,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiquidityKind {
    /// The funder's money may go to the member.
    Tender,
    /// The member takes the funder's money or credit.
    Acceptance,
}

/// Reads a table of liquidity. Lines that name no currency are in `currency`.
///
/// # Errors
/// [`TableError`] names the file, line and column at fault.
pub fn read_liquidity(path: &Path, currency: Currency) -> Result<Vec<LiquidityRow>, TableError> {
    parse_liquidity(path, &table::bytes(path)?, currency)
}

/// Reads a table of liquidity from its bytes; `path` is its name in messages.
///
/// # Errors
/// As [`read_liquidity`].
pub fn parse_liquidity(
    path: &Path,
    bytes: &[u8],
    currency: Currency,
) -> Result<Vec<LiquidityRow>, TableError> {
    let needed = ["kind", "funder", "member", "limit"];
    table::lines(path, bytes, &needed, EXPECTED, |line| row(line, currency))
}

fn row(line: &Line<'_>, default: Currency) -> Result<LiquidityRow, Wrong> {
    let kind = match line.cell("kind").to_ascii_lowercase().as_str() {
        "tender" => LiquidityKind::Tender,
        "acceptance" => LiquidityKind::Acceptance,
        other => {
            let problem = "is no kind of liquidity: write tender or acceptance";
            return Err(Wrong::new("kind", other, problem));
        }
    };
    let funder = line.name("funder")?;
    if funder == "*" {
        return Err(Wrong::new("funder", "*", "is not one funder: write a line for each"));
    }
    let member = line.name("member")?;
    if member == funder {
        let problem = "is the funder, too: nobody lends to themselves; delete the line";
        return Err(Wrong::new("member", &member, problem));
    }
    let currency = line.currency(default)?;
    let limit = line.limit(&currency)?;
    let member = (member != "*").then_some(member);
    Ok(LiquidityRow { kind, funder, member, limit, currency, line: line.number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<LiquidityRow>, String> {
        parse_liquidity(Path::new("liquidity.csv"), text.as_bytes(), Currency::NONE)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_table_says_who_offers_and_who_takes() {
        let text = "kind,funder,member,limit,currency\n\
                    tender,Bank,Alder,100.50,EUR\n\
                    Acceptance,Bank,*,,EUR\n";

        let rows = rows(text).unwrap();

        assert_eq!(rows[0].kind, LiquidityKind::Tender);
        assert_eq!(
            (rows[0].member.as_deref(), rows[0].limit),
            (Some("Alder"), Some(Minor(10_050)))
        );
        assert_eq!(rows[1].kind, LiquidityKind::Acceptance);
        assert_eq!((rows[1].member.as_deref(), rows[1].limit, rows[1].line), (None, None, 3));
    }

    #[test]
    fn a_bad_cell_is_named_with_its_line_and_column() {
        let message =
            |row: &str| rows(&format!("kind,funder,member,limit,currency\n{row}\n")).unwrap_err();

        assert_eq!(
            message("loan,Bank,Alder,1,EUR"),
            "liquidity.csv:2: column \"kind\": \"loan\" is no kind of liquidity: write tender or \
             acceptance"
        );
        assert!(message("tender,*,Alder,1,EUR").contains("is not one funder"));
        assert!(message("tender,Alder,Alder,1,EUR").contains("nobody lends to themselves"));
        assert!(message("tender,Bank,,1,EUR").contains("is no name"));
        assert!(message("tender,Bank,Alder,-1,EUR").contains("is below zero"));
        assert!(message("tender,Bank,Alder,1.005,EUR").contains("column \"limit\""));
        assert!(message("tender,Bank,Alder,1,EURO").contains("is no currency"));
        assert!(rows("kind,funder,member\n").unwrap_err().contains("no column \"limit\""));
        assert!(rows("kind,funder,member,limit\n").unwrap_err().contains("has no lines"));
    }
}
