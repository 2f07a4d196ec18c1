//! A statement as a page to print and to file.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use askama::Template;
use setoff_formats::Member;
use setoff_money::{Currency, Minor};

use crate::about::About;
use crate::outcome::{Mode, Outcome};
use crate::wording::{count, counted, money};

use super::{Line, Side, Statements, TakesPart};

/// The most circles that an invoice's line names; the table has them all.
const MOST_CIRCLES_A_LINE: usize = 4;

/// The most circles that are listed, the largest; `circles.csv` has them all.
const MOST_CIRCLES: usize = 60;

#[derive(Template)]
#[template(path = "statement.html")]
pub(super) struct Page<'a> {
    about: &'a About,
    mode: Mode,
    centre: &'a str,
    name: &'a str,
    /// The page's own name without an ending, to find the table beside it.
    file: &'a str,
    sums: Vec<Sums>,
    parties: Vec<PartyLine>,
    invoices: Vec<Invoices>,
    circles: Vec<CirclesOn>,
    bookings: Vec<Booking>,
    /// The rates of the member's currencies.
    rates: String,
}

/// Payables, receivables and net position in one currency.
struct Sums {
    currency: String,
    /// Whether these are all currencies together, converted.
    converted: bool,
    payables: Amounts,
    receivables: Amounts,
    /// The net position before and after, where the currency is the clearing's.
    net: Option<(String, String)>,
    /// In mode novation: the new payment to the centre or from it.
    net_payment: Option<NetPayment>,
}

/// A sum before, what is set off of it, and after.
struct Amounts {
    before: String,
    set_off: String,
    after: String,
}

/// What a member pays the centre or gets from it.
struct NetPayment {
    pays: bool,
    amount: String,
}

/// What a member and another owe each other in one currency.
struct PartyLine {
    name: String,
    currency: String,
    /// Payables and receivables, where there are any.
    sides: [Option<Amounts>; 2],
}

/// All debts, or all claims, in one currency.
struct Invoices {
    payable: bool,
    currency: String,
    lines: Vec<InvoiceLine>,
    sums: Amounts,
}

struct InvoiceLine {
    reference: String,
    due: String,
    other: String,
    amounts: Amounts,
    circles: String,
    /// How many circles are not named.
    more: usize,
    in_unit: String,
}

/// The circles in one clearing that pass the member.
struct CirclesOn {
    currency: String,
    lines: Vec<CircleLine>,
    /// Those not listed, and their sum.
    rest: Option<(String, String)>,
    sum: String,
}

struct CircleLine {
    number: String,
    length: usize,
    debtor: String,
    creditor: String,
    amount: String,
}

/// What to enter into the books.
struct Booking {
    currency: String,
    account: Account,
    amount: String,
    debit: bool,
}

enum Account {
    Payables,
    Receivables,
    PayableToCentre,
    ReceivableFromCentre,
}

/// A sum of obligations and of what is set off, in minor units.
#[derive(Clone, Copy, Default)]
struct Tally {
    before: i128,
    set_off: i128,
}

impl Tally {
    fn add(&mut self, before: i128, set_off: i128) {
        self.before += before;
        self.set_off += set_off;
    }

    fn amounts(self, currency: Currency) -> Amounts {
        Amounts {
            before: currency.format_readable(self.before),
            set_off: currency.format_readable(self.set_off),
            after: currency.format_readable(self.before - self.set_off),
        }
    }
}

impl<'a> Page<'a> {
    pub(super) fn of(statements: &Statements<'a>, place: usize, about: &'a About) -> Self {
        let outcome = statements.outcome;
        let member = statements.members[place];
        let lines = statements.listed(place);
        let parts = &statements.parts[place];
        let tallies = tallies(outcome, &lines);
        Self {
            about,
            mode: outcome.mode,
            centre: outcome.party_name(outcome.centre_party()),
            name: outcome.obligations.name(member),
            file: about.statements.get(&member).map_or("", String::as_str),
            sums: sums(outcome, parts, &tallies),
            parties: parties(outcome, &lines),
            invoices: invoices(statements, about, &lines),
            circles: parts.iter().filter_map(|part| circles_on(outcome, part)).collect(),
            bookings: bookings(outcome, parts, &tallies),
            rates: rates(about, tallies.keys().copied()),
        }
    }

    fn set_off(&self) -> bool {
        self.mode == Mode::SetOff
    }

    fn novation(&self) -> bool {
        self.mode == Mode::Novation
    }

    /// What happened to a debt, as the head of a column.
    fn taken(&self) -> &'static str {
        match self.mode {
            Mode::SetOff | Mode::Bilateral => "Set off",
            Mode::Novation => "Discharged",
        }
    }

    fn kind(&self) -> &'static str {
        match self.mode {
            Mode::SetOff | Mode::Bilateral => "Statement of compensation",
            Mode::Novation => "Statement of netting",
        }
    }
}

/// By currency, what the member owes and is owed.
fn tallies(outcome: &Outcome, lines: &[Line]) -> BTreeMap<Currency, [Tally; 2]> {
    let mut tallies: BTreeMap<Currency, [Tally; 2]> = BTreeMap::new();
    for line in lines {
        let tally = tallies.entry(outcome.currency(line.row)).or_default();
        let (before, set_off) = amounts(outcome, line.row);
        tally[line.side as usize].add(before, set_off);
    }
    tallies
}

/// The rates of these currencies in words.
fn rates(about: &About, currencies: impl Iterator<Item = Currency>) -> String {
    let Some(unit) = &about.unit else {
        return String::new();
    };
    let others = currencies.filter(|currency| *currency != unit.currency);
    let rates: Vec<String> =
        others.map(|currency| about.rate_in_words(currency, unit.currency)).collect();
    rates.join("; ")
}

fn amounts(outcome: &Outcome, row: usize) -> (i128, i128) {
    (outcome.obligations.rows()[row].amount.wide(), outcome.discharged[row].wide())
}

/// A member's net position as a payment to the centre or from it, in mode novation.
fn net_payment(outcome: &Outcome, part: &TakesPart) -> Option<NetPayment> {
    let net = part.position.net();
    let clearing = &outcome.clearings[part.clearing];
    (outcome.mode == Mode::Novation && net != 0)
        .then(|| NetPayment { pays: net < 0, amount: money(clearing.currency, net.abs()) })
}

fn sums(
    outcome: &Outcome,
    parts: &[TakesPart],
    tallies: &BTreeMap<Currency, [Tally; 2]>,
) -> Vec<Sums> {
    let mut sums: Vec<Sums> = tallies
        .iter()
        .map(|(&currency, [payables, receivables])| Sums {
            currency: currency.to_string(),
            converted: false,
            payables: payables.amounts(currency),
            receivables: receivables.amounts(currency),
            net: None,
            net_payment: None,
        })
        .collect();
    for part in parts {
        let clearing = &outcome.clearings[part.clearing];
        let position = &part.position;
        let readable = |sum| clearing.currency.format_readable(sum);
        let net = (readable(position.net()), readable(position.owed_after - position.owing_after));
        let code = clearing.currency.to_string();
        match sums.iter_mut().find(|s| s.currency == code && outcome.converted.is_none()) {
            Some(own) => {
                own.net = Some(net);
                own.net_payment = net_payment(outcome, part);
            }
            None => sums.push(converted_sums(outcome, part, code, net)),
        }
    }
    sums
}

/// All currencies together, in the unit of account.
fn converted_sums(
    outcome: &Outcome,
    part: &TakesPart,
    currency: String,
    net: (String, String),
) -> Sums {
    let position = &part.position;
    let readable = |sum| outcome.clearings[part.clearing].currency.format_readable(sum);
    // The centre's new claims and debts are not what is left of the old ones.
    let after = |after| if outcome.mode == Mode::Novation { 0 } else { after };
    let amounts = |before, after| Amounts {
        before: readable(before),
        set_off: readable(before - after),
        after: readable(after),
    };
    Sums {
        currency,
        converted: true,
        payables: amounts(position.owing, after(position.owing_after)),
        receivables: amounts(position.owed, after(position.owed_after)),
        net: Some(net),
        net_payment: net_payment(outcome, part),
    }
}

fn parties(outcome: &Outcome, lines: &[Line]) -> Vec<PartyLine> {
    let mut tallies: BTreeMap<(&str, Currency), [Tally; 2]> = BTreeMap::new();
    for line in lines {
        let key = (outcome.obligations.name(line.other), outcome.currency(line.row));
        let (before, set_off) = amounts(outcome, line.row);
        tallies.entry(key).or_default()[line.side as usize].add(before, set_off);
    }
    tallies
        .into_iter()
        .map(|((name, currency), tallies)| PartyLine {
            name: name.to_owned(),
            currency: currency.to_string(),
            sides: tallies.map(|tally| (tally.before > 0).then(|| tally.amounts(currency))),
        })
        .collect()
}

fn invoices(statements: &Statements<'_>, about: &About, lines: &[Line]) -> Vec<Invoices> {
    let outcome = statements.outcome;
    let table = |line: &Line| (line.side, outcome.currency(line.row));
    lines
        .chunk_by(|a, b| table(a) == table(b))
        .map(|lines| {
            let (side, currency) = table(&lines[0]);
            let mut tally = Tally::default();
            for line in lines {
                let (before, set_off) = amounts(outcome, line.row);
                tally.add(before, set_off);
            }
            Invoices {
                payable: side == Side::Payable,
                currency: currency.to_string(),
                lines: lines.iter().map(|line| invoice(statements, about, line)).collect(),
                sums: tally.amounts(currency),
            }
        })
        .collect()
}

fn invoice(statements: &Statements<'_>, about: &About, line: &Line) -> InvoiceLine {
    let outcome = statements.outcome;
    let obligation = &outcome.obligations.rows()[line.row];
    let currency = outcome.currency(line.row);
    let circles: Vec<String> =
        statements.trace.parts(line.row).map(|part| count(part.circle)).collect();
    let named = circles.len().min(MOST_CIRCLES_A_LINE);
    let in_unit = match (&about.unit, &outcome.converted) {
        (Some(unit), Some(converted)) => {
            unit.currency.format_readable(i128::from(converted.discharged[line.row]))
        }
        _ => String::new(),
    };
    InvoiceLine {
        reference: outcome.obligations.reference(line.row).to_owned(),
        due: obligation.due.map(|due| due.to_string()).unwrap_or_default(),
        other: outcome.obligations.name(line.other).to_owned(),
        amounts: Amounts {
            before: currency.format_readable(obligation.amount.wide()),
            set_off: currency.format_readable(outcome.discharged[line.row].wide()),
            after: currency.format_readable(Minor(outcome.outstanding(line.row)).wide()),
        },
        circles: circles[..named].join(", "),
        more: circles.len() - named,
        in_unit,
    }
}

/// The largest circles that pass the member, and the sum of all.
fn circles_on(outcome: &Outcome, part: &TakesPart) -> Option<CirclesOn> {
    let clearing = &outcome.clearings[part.clearing];
    let mut links: Vec<_> = part.links.iter().collect();
    if links.is_empty() {
        return None;
    }
    links.sort_by_key(|link| (Reverse(link.amount), link.circle));
    let sum: i128 = links.iter().map(|link| i128::from(link.amount)).sum();
    let rest = links.split_off(links.len().min(MOST_CIRCLES));
    let rest_sum: i128 = rest.iter().map(|link| i128::from(link.amount)).sum();
    let name = |number: u32| match clearing.members.get(number as usize) {
        Some(&Member(member)) => outcome.obligations.name(Member(member)).to_owned(),
        None => outcome.party_name(outcome.centre_party()).to_owned(),
    };
    let readable = |sum| clearing.currency.format_readable(sum);
    Some(CirclesOn {
        currency: clearing.currency.to_string(),
        lines: links
            .iter()
            .map(|link| CircleLine {
                number: count(link.circle),
                length: link.length,
                debtor: name(link.debtor),
                creditor: name(link.creditor),
                amount: readable(i128::from(link.amount)),
            })
            .collect(),
        rest: (!rest.is_empty()).then(|| {
            (counted(rest.len(), "smaller circle", "smaller circles"), readable(rest_sum))
        }),
        sum: readable(sum),
    })
}

fn bookings(
    outcome: &Outcome,
    parts: &[TakesPart],
    tallies: &BTreeMap<Currency, [Tally; 2]>,
) -> Vec<Booking> {
    let mut bookings = Vec::new();
    let mut book = |currency: Currency, account, sum: i128, debit| {
        if sum > 0 {
            let amount = currency.format_readable(sum);
            bookings.push(Booking { currency: currency.to_string(), account, amount, debit });
        }
    };
    for (&currency, [payables, receivables]) in tallies {
        book(currency, Account::Payables, payables.set_off, true);
        book(currency, Account::Receivables, receivables.set_off, false);
    }
    if outcome.mode == Mode::Novation {
        for part in parts {
            let currency = outcome.clearings[part.clearing].currency;
            let net = part.position.net();
            book(currency, Account::PayableToCentre, -net, false);
            book(currency, Account::ReceivableFromCentre, net, true);
        }
    }
    // Stable: a currency's lines stay together in this order.
    bookings.sort_by(|a, b| a.currency.cmp(&b.currency));
    bookings
}
