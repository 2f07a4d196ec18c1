//! `payments.csv`: what is left to pay, and the figures that follow from it.

use std::collections::BTreeMap;
use std::path::Path;

use super::Stop;
use super::claims::Claims;
use super::discharges::Tallies;
use super::findings::Findings;
use super::table::Table;
use super::tally::Tally;

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

/// What is left between two members of a tally.
pub(super) fn left_by_pair(tally: &Tally) -> Left {
    let mut left = Left::default();
    for pair in tally.pairs.iter().filter(|pair| pair.open > 0) {
        left.add(pair.amount - pair.discharged);
    }
    left
}

/// The net positions of a tally, against the centre.
fn left_by_net(tally: &Tally, centre: &str) -> Left {
    let centre = tally.find(centre);
    let mut left = Left::default();
    for (number, member) in (0..).zip(&tally.members) {
        if Some(number) != centre && member.net() != 0 {
            left.add(member.net().abs());
        }
    }
    left
}

/// What the payments must add up to, by currency code.
pub(super) fn expected(claims: &Claims, tallies: &Tallies) -> BTreeMap<String, Left> {
    let paid = |tally: &Tally| match &claims.centre {
        None => left_by_pair(tally),
        Some(centre) => left_by_net(tally, centre),
    };
    let tallies = match &claims.centre {
        None => tallies.currencies.values().collect(),
        Some(_) => tallies.clearings(),
    };
    tallies.into_iter().map(|tally| (tally.currency.code().to_owned(), paid(tally))).collect()
}

/// Compares the file with the tallies.
///
/// Its rows stand in strict order, so each row that is right is so for another payment, and as
/// many right rows as payments are all of them.
pub(super) fn check(
    folder: &Path,
    claims: &Claims,
    tallies: &Tallies,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let mut table = Table::open(folder, "payments.csv", &HEADER)?;
    let expected: u64 = expected(claims, tallies).values().map(|left| left.payments).sum();
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
        let Some((tally, amount, obligations)) = payment(claims, tallies, &table) else {
            findings.add(|| format!("{}: there is no such payment to make", table.place()));
            continue;
        };
        right += 1;
        if table.minor(AMOUNT, tally.currency.decimals()) != Some(amount) {
            findings.add(|| table.unexpected(AMOUNT, &tally.currency.format_sum(amount)));
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
fn payment<'a>(
    claims: &Claims,
    tallies: &'a Tallies,
    table: &Table,
) -> Option<(&'a Tally, i128, u64)> {
    let (payer, payee) = (table.text(PAYER), table.text(PAYEE));
    let code = table.text(CURRENCY);
    let Some(centre) = &claims.centre else {
        let tally = tallies.currencies.get(code)?;
        let pair = tally.find_pair(tally.find(payer)?, tally.find(payee)?)?;
        return (pair.open > 0).then_some((tally, pair.amount - pair.discharged, pair.open));
    };
    let tally = tallies.clearings().into_iter().find(|tally| tally.currency.code() == code)?;
    let net = |name: &str| tally.find(name).map(|number| tally.members[number as usize].net());
    let amount = match (payer == centre, payee == centre) {
        (true, false) => net(payee)?,
        (false, true) => -net(payer)?,
        _ => return None,
    };
    (amount > 0).then_some((tally, amount, 0))
}
