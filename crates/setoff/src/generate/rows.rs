//! The rows of a test network as CSV.

use std::io::{self, Write};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use setoff_money::{Currency, Minor};

use super::Size;
use super::draws::Draws;
use super::families::{Drawn, Family};

const HEADER: &str = "debtor,creditor,amount,currency,due,reference";

/// The first of the days on which obligations fall due, a Friday; the others follow week by week.
const FIRST_DUE: Date = date(2026, 7, 3);
const WEEKS: i64 = 26;

/// Writes the header and as many rows as the size asks for.
pub(super) fn write(
    mut family: Family,
    mut draws: Draws,
    size: Size,
    currencies: &[Currency],
    out: &mut impl Write,
) -> io::Result<()> {
    let days = due_days();
    let codes: Vec<String> = currencies.iter().map(code).collect();
    let name = digits(size.members - 1);
    let number = digits(size.obligations);
    writeln!(out, "{HEADER}")?;
    for row in 1..=size.obligations {
        let Drawn { debtor, creditor, amount } = family.draw(&mut draws, size.members);
        let day = &days[draw_due(&mut draws)];
        let which = if codes.len() == 1 { 0 } else { choice(&mut draws, codes.len()) };
        let amount = i64::try_from(amount).expect("amounts have less than 60 bits");
        let amount = currencies[which].format(Minor(amount));
        let code = &codes[which];
        writeln!(
            out,
            "M{debtor:0name$},M{creditor:0name$},{amount},{code},{day},INV-{row:0number$}"
        )?;
    }
    Ok(())
}

/// Writes the four obligations of family *micro*, in the first of the currencies.
pub(super) fn write_micro(currencies: &[Currency], out: &mut impl Write) -> io::Result<()> {
    let currency = &currencies[0];
    let one = 10_i64.pow(u32::from(currency.decimals()));
    let code = code(currency);
    let day = FIRST_DUE;
    writeln!(out, "{HEADER}")?;
    let rows = [(10, 20, 100), (20, 30, 100), (30, 10, 200), (40, 30, 100)];
    for (row, (debtor, creditor, amount)) in (1..).zip(rows) {
        let amount = currency.format(Minor(amount * one));
        writeln!(out, "{debtor},{creditor},{amount},{code},{day},INV-{row}")?;
    }
    Ok(())
}

/// Draws in which of the weeks an obligation falls due.
pub(super) fn draw_due(draws: &mut Draws) -> usize {
    choice(draws, usize::try_from(WEEKS).expect("26 weeks"))
}

fn due_days() -> Vec<String> {
    (0..WEEKS).map(|week| FIRST_DUE.saturating_add(week.weeks()).to_string()).collect()
}

/// A place in a list of `length` entries.
fn choice(draws: &mut Draws, length: usize) -> usize {
    let place = draws.below(length as u64);
    usize::try_from(place).expect("below the length of a list")
}

/// The currency as a file names it: a unit of one's own states its decimals.
fn code(currency: &Currency) -> String {
    match currency.code().parse::<Currency>() {
        Ok(known) if known == *currency => currency.code().to_owned(),
        _ => format!("{}:{}", currency.code(), currency.decimals()),
    }
}

/// How many digits the largest of a row of numbers has.
fn digits(largest: u64) -> usize {
    largest.to_string().len()
}
