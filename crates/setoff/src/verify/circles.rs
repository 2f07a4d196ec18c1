//! `circles.csv`: is each circle closed, and do they add up to the discharges, pair by pair?

use std::collections::BTreeMap;
use std::path::Path;

use super::Stop;
use super::book::Book;
use super::claims::Claims;
use super::discharges::Books;
use super::findings::Findings;
use super::table::Table;
use crate::outcome::Mode;

const CIRCLE: usize = 0;
const STEP: usize = 1;
const DEBTOR: usize = 2;
const CREDITOR: usize = 3;
const CURRENCY: usize = 4;
const AMOUNT: usize = 5;

const HEADER: [&str; 6] = ["circle", "step", "debtor", "creditor", "currency", "amount"];

/// The circles of one clearing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) circles: u64,
    pub(super) longest: u64,
}

/// The circle whose steps are being read.
struct Circle {
    number: u64,
    steps: u64,
    first_debtor: u32,
    last_creditor: u32,
    code: String,
    amount: i128,
}

/// Takes the circles off the discharges in the books, of which nothing may be left, and counts
/// them by currency code.
pub(super) fn check(
    folder: &Path,
    claims: &Claims,
    books: &mut Books,
    findings: &mut Findings,
) -> Result<BTreeMap<String, Counted>, Stop> {
    let mut table = Table::open(folder, "circles.csv", &HEADER)?;
    if let Some(centre) = &claims.centre {
        let codes: Vec<_> = books.clearings().iter().map(|b| b.currency.code().to_owned()).collect();
        for code in codes {
            books.clearing_mut(&code).into_iter().for_each(|book| add_new_claims(book, centre));
        }
    }
    let mut counted: BTreeMap<String, Counted> = BTreeMap::new();
    let mut circle: Option<Circle> = None;
    while table.next_row()? {
        let step = step(&table, books, circle.take(), |ended| {
            close(&ended, claims.mode, &mut counted, findings);
        });
        match step {
            Ok(going_on) => circle = Some(going_on),
            Err(wrong) => {
                // Nothing can be said of the steps that follow.
                findings.add(|| format!("{}: {wrong}", table.place()));
                return Ok(counted);
            }
        }
    }
    if let Some(ended) = circle {
        close(&ended, claims.mode, &mut counted, findings);
    }
    for book in books.clearings() {
        for pair in book.pairs.iter().filter(|pair| pair.discharged != 0) {
            findings.add(|| {
                format!(
                    "circles.csv: the circles do not add up to what is discharged from {}: {} {} \
                     is left",
                    book.pair_name(pair),
                    book.currency,
                    book.currency.format_sum(pair.discharged),
                )
            });
        }
    }
    Ok(counted)
}

/// Reads one step of a circle and takes it off its pair. `ended` gets the circle before it, if
/// this step begins another.
fn step(
    table: &Table,
    books: &mut Books,
    before: Option<Circle>,
    ended: impl FnOnce(Circle),
) -> Result<Circle, String> {
    let number = table.number(CIRCLE).ok_or("circle is not a number")?;
    let step = table.number(STEP).ok_or("step is not a number")?;
    let code = table.text(CURRENCY);
    let book = books.clearing_mut(code).ok_or("there is no clearing in this currency")?;
    let amount = table.minor(AMOUNT, book.currency.decimals()).filter(|amount| *amount > 0);
    let amount = amount.ok_or("amount is not an amount above zero")?;
    let debtor = book.find(table.text(DEBTOR)).ok_or("debtor is not a member of the clearing")?;
    let creditor =
        book.find(table.text(CREDITOR)).ok_or("creditor is not a member of the clearing")?;

    let (last, steps) = before.as_ref().map_or((0, 0), |circle| (circle.number, circle.steps));
    let circle = match before {
        Some(circle) if number == last && step == steps + 1 => {
            if (circle.code.as_str(), circle.amount) != (code, amount) {
                return Err("its currency and amount are not those of the step before".to_owned());
            }
            if circle.last_creditor != debtor {
                return Err("its debtor is not the creditor of the step before".to_owned());
            }
            Circle { steps: step, last_creditor: creditor, ..circle }
        }
        before if number == last + 1 && step == 1 => {
            before.into_iter().for_each(ended);
            let code = code.to_owned();
            Circle { number, steps: 1, first_debtor: debtor, last_creditor: creditor, code, amount }
        }
        _ => return Err(format!("does not follow circle {last}, step {steps}")),
    };
    let member = &mut book.members[debtor as usize];
    if member.circle == number {
        return Err("its debtor is in this circle twice".to_owned());
    }
    member.circle = number;
    let left = book.find_pair_mut(debtor, creditor).map(|pair| &mut pair.discharged);
    let left = left.filter(|left| **left >= amount);
    *left.ok_or("more goes through the circles than is discharged between the two")? -= amount;
    Ok(circle)
}

/// Checks and counts a circle whose last step is known.
fn close(
    circle: &Circle,
    mode: Mode,
    counted: &mut BTreeMap<String, Counted>,
    findings: &mut Findings,
) {
    if circle.first_debtor != circle.last_creditor {
        findings.add(|| {
            let number = circle.number;
            format!("circles.csv: circle {number} does not close: its last creditor is not its first debtor")
        });
    }
    if mode == Mode::Bilateral && circle.steps != 2 {
        findings.add(|| {
            let number = circle.number;
            format!("circles.csv: circle {number} is not of two members, as mode bilateral asks")
        });
    }
    let counted = counted.entry(circle.code.clone()).or_default();
    counted.circles += 1;
    counted.longest = counted.longest.max(circle.steps);
}

/// Adds the new claims of a novation, to and from the centre, with their direction turned round:
/// with them the discharged debts are a sum of circles.
fn add_new_claims(book: &mut Book, centre: &str) {
    let nets: Vec<i128> = book.members.iter().map(super::book::Member::net).collect();
    let centre = book.number(centre);
    for (member, net) in (0..).zip(nets) {
        if member == centre || net == 0 {
            continue;
        }
        let pair = match net > 0 {
            true => book.pair_of(member, centre),
            false => book.pair_of(centre, member),
        };
        book.pairs[pair].discharged += net.abs();
    }
}
