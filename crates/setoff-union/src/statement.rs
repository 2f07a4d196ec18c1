//! Views: what members, accountants and courts read, folded from entries and state.
//!
//! None of them is kept: each is made of the entries up to any position or date, so that what was
//! true on a day can be shown ten years later. Whoever shows them asks
//! [`may_see`](crate::may_see()) first.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use setoff_clearing::{Debt, circles};
use setoff_money::{Minor, Rate};

use crate::cycle::unit_rates;
use crate::{
    Account, Balances, Cause, Change, CurrencyId, CycleId, Entry, Ledger, Line, MemberId,
    ObligationId, Position, Posting, Stage, State,
};

/// A line of a member's statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// At which position it came about.
    pub position: Position,
    /// When.
    pub at: Timestamp,
    /// About which obligation.
    pub obligation: ObligationId,
    /// With whom.
    pub counterparty: MemberId,
    /// In which currency.
    pub currency: CurrencyId,
    /// What for.
    pub cause: Cause,
    /// The member's two lines in the ledger, which sum to zero.
    pub lines: [Line; 2],
}

/// Everything that moved in a member's books, with what they held at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// In the order in which it came about.
    pub lines: Vec<StatementLine>,
    /// By currency; those that nothing was ever posted in are left out.
    pub balances: BTreeMap<CurrencyId, Balances>,
}

/// A member's statement of these entries: of all of them that of today, of the first ones that of
/// an earlier position or date.
///
/// Takes time in proportion to the entries and their postings.
#[must_use]
pub fn statement<'a>(entries: impl IntoIterator<Item = &'a Entry>, member: MemberId) -> Statement {
    let mut ledger = Ledger::default();
    let mut statement = Statement { lines: Vec::new(), balances: BTreeMap::new() };
    for entry in entries {
        for posting in &entry.postings {
            let Some((counterparty, lines)) = own_lines(posting, member) else { continue };
            ledger.post(posting);
            let balances = ledger.balances(member, posting.currency);
            statement.balances.insert(posting.currency, balances);
            statement.lines.push(StatementLine {
                position: entry.position,
                at: entry.at,
                obligation: posting.obligation,
                counterparty,
                currency: posting.currency,
                cause: posting.cause,
                lines,
            });
        }
    }
    statement
}

fn own_lines(posting: &Posting, member: MemberId) -> Option<(MemberId, [Line; 2])> {
    let [a, b, c, d] = posting.lines();
    match member {
        _ if member == posting.from => Some((posting.to, [a, b])),
        _ if member == posting.to => Some((posting.from, [c, d])),
        _ => None,
    }
}

/// What is outstanding of confirmed obligations, by how long it is overdue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aging {
    /// Not yet overdue.
    pub not_overdue: i128,
    /// Overdue by 1 to 30 days.
    pub to_30: i128,
    /// Overdue by 31 to 60 days.
    pub to_60: i128,
    /// Overdue by 61 to 90 days.
    pub to_90: i128,
    /// Overdue by more than 90 days.
    pub over_90: i128,
}

/// What a member owes and is owed on a day, by how long it is overdue: by currency, first what it
/// owes, then what it is owed.
#[must_use]
pub fn aging(state: &State, member: MemberId, day: Date) -> BTreeMap<CurrencyId, [Aging; 2]> {
    let mut sums: BTreeMap<CurrencyId, [Aging; 2]> = BTreeMap::new();
    for found in state.obligations().iter().filter(|found| found.stage == Stage::Confirmed) {
        let Some(side) = found.side(member) else { continue };
        let aging = &mut sums.entry(found.currency).or_default()[side as usize];
        let bucket = match (day - found.due).get_days() {
            ..=0 => &mut aging.not_overdue,
            1..=30 => &mut aging.to_30,
            31..=60 => &mut aging.to_60,
            61..=90 => &mut aging.to_90,
            _ => &mut aging.over_90,
        };
        *bucket += found.outstanding.wide();
    }
    sums
}

/// The entries that changed an obligation, from its declaration on, with the instructions to pay it
/// and how these ended; of a disputed part that was
/// split off, also those of the obligation that it was part of, until then.
///
/// Takes time in proportion to the entries.
#[must_use]
pub fn history(entries: &[Entry], obligation: ObligationId) -> Vec<&Entry> {
    let mut wanted = vec![obligation];
    let mut found = Vec::new();
    let mut declared = declared_before(entries);
    let instructed = instructed(entries);
    for entry in entries.iter().rev() {
        if let Change::Declared { obligations: new, .. } | Change::Novated { arising: new, .. } =
            &entry.change
        {
            declared -= new.len();
            let range = declared..declared + new.len();
            let touched =
                |number| touches(&entry.change, number) || range.contains(&number.index());
            if wanted.iter().any(|number| touched(*number)) {
                found.push(entry);
            }
            continue;
        }
        if let Change::Disputed { obligation: whole, split: Some(part), .. } = &entry.change {
            declared -= 1;
            if wanted.contains(part) {
                wanted.push(*whole);
            }
        }
        let of_instruction = match &entry.change {
            Change::InstructionEnded { instruction, .. } => instructed[instruction.index()],
            _ => &[],
        };
        let touched = |number| touches(&entry.change, number) || of_instruction.contains(&number);
        if wanted.iter().any(|number| touched(*number)) {
            found.push(entry);
        }
    }
    found.reverse();
    found
}

fn declared_before(entries: &[Entry]) -> usize {
    let numbered = entries.iter().map(|entry| match &entry.change {
        Change::Declared { obligations: new, .. } | Change::Novated { arising: new, .. } => {
            new.len()
        }
        Change::Disputed { split, .. } => usize::from(split.is_some()),
        _ => 0,
    });
    numbered.sum()
}

/// What each settlement instruction of these entries was made for, by number.
fn instructed(entries: &[Entry]) -> Vec<&[ObligationId]> {
    let made = entries.iter().filter_map(|entry| match &entry.change {
        Change::Instructed { instructions, .. } => Some(instructions),
        _ => None,
    });
    made.flatten().map(|instruction| instruction.obligations.as_slice()).collect()
}

fn touches(change: &Change, number: ObligationId) -> bool {
    match change {
        Change::Confirmed { obligations } => obligations.contains(&number),
        Change::Novated { ended, .. } => ended.contains(&number),
        Change::Merged(merger) => merger.pass.contains(&number) || merger.lapse.contains(&number),
        Change::Disputed { obligation, .. }
        | Change::Insisted { obligation, .. }
        | Change::Withdrawn { obligation, .. }
        | Change::Asked { obligation, .. }
        | Change::Corrected { obligation, .. }
        | Change::Paid { obligation, .. }
        | Change::Credited { obligation, .. }
        | Change::Assigned { obligation, .. }
        | Change::Held { obligation, .. }
        | Change::Released { obligation, .. } => *obligation == number,
        Change::Final { discharges, .. } => discharges.iter().any(|d| d.obligation == number),
        Change::Instructed { instructions, .. } => {
            instructions.iter().any(|instruction| instruction.obligations.contains(&number))
        }
        Change::Received { payments, .. } => payments.iter().any(|p| p.obligation == number),
        _ => false,
    }
}

/// One obligation on a statement of compensation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompensationLine {
    /// Which.
    pub obligation: ObligationId,
    /// The number of its document.
    pub reference: String,
    /// The date of its document.
    pub issued: Date,
    /// When it was due.
    pub due: Date,
    /// With whom.
    pub counterparty: MemberId,
    /// Whether the member owed it; otherwise it was owed it.
    pub owed: bool,
    /// In which currency.
    pub currency: CurrencyId,
    /// What was outstanding before.
    pub before: Minor,
    /// What was set off.
    pub set_off: Minor,
    /// What is outstanding after.
    pub after: Minor,
    /// What it came to in the unit of account, where the cycle cleared in one.
    pub exchange: Option<Exchange>,
}

/// What a set-off was in a cycle's unit of account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Which currency the unit of account is.
    pub unit: CurrencyId,
    /// How many minor units of it one minor unit of the obligation's currency was worth.
    pub rate: Rate,
    /// How much of the unit of account was set off.
    pub value: Minor,
    /// What rounding made of it: what was set off of the obligation at the exact rate, less `value`,
    /// in minor units of the unit of account, as a numerator over the denominator of `rate`. For an
    /// obligation that was discharged whole it is from 0 up to one minor unit of the unit of account;
    /// for one discharged in part from 0 down to one of the obligation's currency.
    pub rounding: i128,
}

/// A circle of set-off through a member: each owes the next, the last the first, and each of these
/// debts went down by the amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedCircle {
    /// In which currency.
    pub currency: CurrencyId,
    /// Who, the member first.
    pub members: Vec<MemberId>,
    /// By how much.
    pub amount: u64,
}

/// A member's voucher for what a final cycle set off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compensation {
    /// Which cycle.
    pub cycle: CycleId,
    /// From this moment on it is final.
    pub at: Timestamp,
    /// At this position.
    pub position: Position,
    /// Each obligation of the member that it set off.
    pub lines: Vec<CompensationLine>,
    /// What was owed by the member and set off, less what was owed to it: nothing in a cycle in
    /// one currency; by a unit of account it is owed in one currency what it no longer owes in
    /// another.
    pub difference: BTreeMap<CurrencyId, i128>,
    /// The circles through the member, which show each set-off as ordinary ones among neighbours;
    /// none for currencies that cleared together in a unit of account.
    pub trace: Vec<TracedCircle>,
}

/// A member's statement of compensation, of the entry that made a cycle final and any later state;
/// `None` for an entry of another kind.
#[must_use]
pub fn compensation(state: &State, entry: &Entry, member: MemberId) -> Option<Compensation> {
    let Change::Final { cycle, discharges } = &entry.change else { return None };
    let unit = unit_rates(state, &state.cycles().get(cycle.index())?.opening.mode);
    let mut lines = Vec::new();
    let mut difference: BTreeMap<CurrencyId, i128> = BTreeMap::new();
    for (discharge, posting) in discharges.iter().zip(&entry.postings) {
        let Some((counterparty, [first, second])) = own_lines(posting, member) else { continue };
        let found = &state.obligations()[discharge.obligation.index()];
        let of_set_off = [first, second].into_iter().filter(|l| l.account == Account::SetOff);
        *difference.entry(posting.currency).or_default() -=
            of_set_off.map(|line| line.amount).sum::<i128>();
        lines.push(CompensationLine {
            obligation: discharge.obligation,
            reference: state.reference(found).to_owned(),
            issued: found.issued,
            due: discharge.due,
            counterparty,
            owed: posting.from == member,
            currency: posting.currency,
            before: discharge.before,
            set_off: discharge.amount,
            after: Minor(discharge.before.0 - discharge.amount.0),
            exchange: unit.as_ref().map(|(unit, rates)| {
                let rate = rates[&posting.currency];
                let (numerator, denominator) = rate.parts();
                // Both products are below 2^124.
                let exact = discharge.amount.wide() * numerator;
                let rounding = exact - discharge.value.wide() * denominator;
                Exchange { unit: *unit, rate, value: discharge.value, rounding }
            }),
        });
    }
    difference.retain(|_, sum| *sum != 0);
    let trace = trace(&entry.postings, member);
    let (cycle, at, position) = (*cycle, entry.at, entry.position);
    Some(Compensation { cycle, at, position, lines, difference, trace })
}

/// The circles of set-off through a member, by currency.
fn trace(postings: &[Posting], member: MemberId) -> Vec<TracedCircle> {
    let mut by_currency: BTreeMap<CurrencyId, Vec<&Posting>> = BTreeMap::new();
    for posting in postings {
        by_currency.entry(posting.currency).or_default().push(posting);
    }
    let mut traced = Vec::new();
    for (currency, postings) in by_currency {
        let mut members: Vec<MemberId> = postings.iter().flat_map(|p| [p.from, p.to]).collect();
        members.sort_unstable();
        members.dedup();
        let place = |member: MemberId| {
            let place = members.binary_search(&member).expect("every side is in the list");
            u32::try_from(place).expect("members are numbered by u32")
        };
        let flow = postings.iter().map(|posting| Debt {
            debtor: place(posting.from),
            creditor: place(posting.to),
            amount: posting.amount.0.unsigned_abs(),
            weight: 1,
        });
        let flow: Vec<Debt> = flow.collect();
        let count = u32::try_from(members.len()).expect("members are numbered by u32");
        // Set-off by a unit of account is not conserved in one currency, and has no circles there.
        let Ok(found) = circles(count, &flow) else { continue };
        for (circle, amount) in found.iter() {
            let mut members: Vec<MemberId> =
                circle.iter().map(|place| members[*place as usize]).collect();
            if let Some(first) = members.iter().position(|found| *found == member) {
                members.rotate_left(first);
                traced.push(TracedCircle { currency, members, amount });
            }
        }
    }
    traced
}
