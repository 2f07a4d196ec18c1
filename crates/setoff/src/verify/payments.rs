//! `payments.csv`: what is left to pay, and the figures that follow from it.

use std::collections::BTreeMap;
use std::path::Path;

use super::Stop;
use super::book::Book;
use super::claims::Claims;
use super::discharges::Books;
use super::findings::Findings;
use super::table::Table;

const PAYER: usize = 0;
const PAYEE: usize = 1;
const CURRENCY: usize = 2;
const AMOUNT: usize = 3;
const OBLIGATIONS: usize = 4;

const HEADER: [&str; 5] = ["payer", "payee", "currency", "amount", "obligations"];

/// The payments in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) payments: u64,
    pub(super) volume: i128,
    pub(super) largest: i128,
}

impl Left {
    fn add(&mut self, amount: i128) {
        self.payments += 1;
        self.volume += amount;
        self.largest = self.largest.max(amount);
    }
}

/// What is left between two members of a book.
pub(super) fn left_by_pair(book: &Book) -> Left {
    let mut left = Left::default();
    for pair in book.pairs.iter().filter(|pair| pair.open > 0) {
        left.add(pair.amount - pair.discharged);
    }
    left
}

/// The net positions of a book, against the centre.
fn left_by_net(book: &Book, centre: &str) -> Left {
    let centre = book.find(centre);
    let mut left = Left::default();
    for (number, member) in (0..).zip(&book.members) {
        if Some(number) != centre && member.net() != 0 {
            left.add(member.net().abs());
        }
    }
    left
}

/// What the payments must add up to, by currency code.
pub(super) fn expected(claims: &Claims, books: &Books) -> BTreeMap<String, Left> {
    let paid = |book: &Book| match &claims.centre {
        None => left_by_pair(book),
        Some(centre) => left_by_net(book, centre),
    };
    let books = match &claims.centre {
        None => books.currencies.values().collect(),
        Some(_) => books.clearings(),
    };
    books.into_iter().map(|book| (book.currency.code().to_owned(), paid(book))).collect()
}

/// Compares the file with the books.
///
/// Its rows stand in strict order, so each row that is right is so for another payment, and as
/// many right rows as payments are all of them.
pub(super) fn check(
    folder: &Path,
    claims: &Claims,
    books: &Books,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let mut table = Table::open(folder, "payments.csv", &HEADER)?;
    let expected: u64 = expected(claims, books).values().map(|left| left.payments).sum();
    let mut right = 0;
    let mut last: Option<[Vec<u8>; 3]> = None;
    while table.next_row()? {
        let key = [CURRENCY, PAYER, PAYEE].map(|column| table.bytes(column).to_vec());
        if last.as_ref().is_some_and(|last| *last >= key) {
            findings.add(|| {
                format!("{}: does not stand behind the row before it in order", table.place())
            });
        }
        last = Some(key);
        let Some((book, amount, obligations)) = payment(claims, books, &table) else {
            findings.add(|| format!("{}: there is no such payment to make", table.place()));
            continue;
        };
        right += 1;
        if table.minor(AMOUNT, book.currency.decimals()) != Some(amount) {
            findings.add(|| table.unexpected(AMOUNT, &book.currency.format_sum(amount)));
        }
        if table.number(OBLIGATIONS) != Some(obligations) {
            findings.add(|| table.unexpected(OBLIGATIONS, &obligations.to_string()));
        }
    }
    if right != expected {
        findings.add(|| format!("payments.csv: has {right} of {expected} payments that are left"));
    }
    Ok(())
}

/// What the row's payer must pay its payee, and how many obligations that pays off.
fn payment<'a>(claims: &Claims, books: &'a Books, table: &Table) -> Option<(&'a Book, i128, u64)> {
    let (payer, payee) = (table.text(PAYER), table.text(PAYEE));
    let code = table.text(CURRENCY);
    let Some(centre) = &claims.centre else {
        let book = books.currencies.get(code)?;
        let pair = book.find_pair(book.find(payer)?, book.find(payee)?)?;
        return (pair.open > 0).then_some((book, pair.amount - pair.discharged, pair.open));
    };
    let book = books.clearings().into_iter().find(|book| book.currency.code() == code)?;
    let net = |name: &str| book.find(name).map(|number| book.members[number as usize].net());
    let amount = match (payer == centre, payee == centre) {
        (true, false) => net(payee)?,
        (false, true) => -net(payer)?,
        _ => return None,
    };
    (amount > 0).then_some((book, amount, 0))
}
