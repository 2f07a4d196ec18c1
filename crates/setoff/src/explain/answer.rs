//! The answer to "why": one member's obligations by counterparty, each with what set it off or
//! what stood in the way.

use std::collections::HashMap;
use std::path::Path;

use super::amounts::Amounts;
use super::certificate::Certificates;
use super::chains::{Chains, Why};
use super::circles_through::{CirclesThrough, circles_through};
use super::result_folder::{Debt, Debts, Mode, OwnObligation, Settings};
use crate::failure::Failure;

/// For how many debts another set-off with the same total is searched for, which can take a look
/// at every debt of the clearing.
const MOST_TIES: usize = 50;

/// What is said about a member.
#[derive(Debug)]
pub(super) struct Answer {
    /// The member.
    pub(super) member: u32,
    /// How many obligations of it there are, or with the reference asked for.
    pub(super) obligations: usize,
    /// How many of them are left out of `counterparties` to keep the answer short.
    pub(super) left_out: usize,
    /// First whom the member owes, then who owes it; the largest sums first.
    pub(super) counterparties: Vec<Counterparty>,
    /// What the member owes and is owed in all, for each clearing in which it takes part.
    pub(super) positions: Vec<Position>,
    /// The circles through debts that stood in the way, by the debts' places.
    pub(super) circles: HashMap<usize, CirclesThrough>,
}

/// What the member owes and is owed in one clearing, in minor units of its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// Which clearing.
    pub(super) clearing: usize,
    /// What it owes.
    pub(super) owing: i128,
    /// What of that is set off.
    pub(super) owing_discharged: i128,
    /// What it is owed.
    pub(super) owed: i128,
    /// What of that is set off.
    pub(super) owed_discharged: i128,
}

impl Position {
    /// What it is owed less what it owes.
    pub(super) fn net(&self) -> i128 {
        self.owed - self.owing
    }
}

/// What the member owes one counterparty, or is owed by it, in one clearing.
#[derive(Debug)]
pub(super) struct Counterparty {
    /// Which clearing.
    pub(super) clearing: usize,
    /// Which side the member is on.
    pub(super) side: Side,
    /// The other one.
    pub(super) other: u32,
    /// The sum of all obligations this way between the two that took part in the clearing.
    pub(super) debt: Option<Debt>,
    /// The sum the other way, which bilateral netting looks at.
    pub(super) debt_back: i128,
    /// Those asked for, in the order of the input.
    pub(super) obligations: Vec<OwnObligation>,
    /// What set the debt off, in mode set-off.
    pub(super) circles: CirclesThrough,
    /// Why something of it is left, in mode set-off.
    pub(super) why: Option<Why>,
    /// Whether another set-off with the same total takes off more, where that was searched for.
    pub(super) could_be_more: Option<bool>,
}

/// Which side of an obligation the member is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    /// It owes.
    Owes,
    /// It is owed.
    IsOwed,
}

/// Finds the answer for `member` from a result folder.
///
/// # Errors
/// As the readers of the folder's files.
pub(super) fn answer(
    folder: &Path,
    settings: &Settings,
    debts: &Debts,
    amounts: &Amounts,
    member: u32,
    obligations: Vec<OwnObligation>,
    most: usize,
) -> Result<Answer, Failure> {
    let count = obligations.len();
    let mut counterparties = by_counterparty(debts, member, obligations);
    let left_out = keep_at_most(most, &mut counterparties);

    let mut circles = HashMap::new();
    if settings.mode == Mode::SetOff {
        explain_what_is_left(folder, settings, debts, member, &mut counterparties)?;
        if settings.whole {
            explain_whole(settings, debts, amounts, &mut counterparties);
        }
        let own = counterparties.iter().filter_map(|c| c.place(debts));
        let in_the_way = counterparties.iter().flat_map(|c| match &c.why {
            Some(Why::Bottlenecks(places)) => places.as_slice(),
            _ => &[],
        });
        circles = circles_through(folder, debts, own.chain(in_the_way.copied()))?;
        for counterparty in &mut counterparties {
            if let Some(of_debt) = counterparty.place(debts).and_then(|p| circles.get(&p)) {
                counterparty.circles = of_debt.clone();
            }
        }
    }
    Ok(Answer {
        member,
        obligations: count,
        left_out,
        counterparties,
        positions: positions(debts, member),
        circles,
    })
}

impl Counterparty {
    /// Where the debt stands in the list of all.
    fn place(&self, debts: &Debts) -> Option<usize> {
        let debt = self.debt?;
        debts.place(debt.clearing, debt.debtor, debt.creditor)
    }
}

fn by_counterparty(
    debts: &Debts,
    member: u32,
    mut obligations: Vec<OwnObligation>,
) -> Vec<Counterparty> {
    let key = |o: &OwnObligation| {
        let owes = o.debtor == member;
        let (side, other) = if owes { (Side::Owes, o.creditor) } else { (Side::IsOwed, o.debtor) };
        (side, o.clearing, other)
    };
    obligations.sort_by_key(key);
    let mut counterparties: Vec<Counterparty> = obligations
        .chunk_by(|a, b| key(a) == key(b))
        .map(|with_one| {
            let (side, clearing, other) = key(&with_one[0]);
            let (debtor, creditor) = (with_one[0].debtor, with_one[0].creditor);
            let debt = |d, c| debts.place(clearing, d, c).map(|place| debts.all[place]);
            Counterparty {
                clearing,
                side,
                other,
                debt: debt(debtor, creditor),
                debt_back: debt(creditor, debtor).map_or(0, |d| d.amount),
                obligations: with_one.to_vec(),
                circles: CirclesThrough::default(),
                why: None,
                could_be_more: None,
            }
        })
        .collect();
    counterparties.sort_by(|a, b| {
        let amount = |c: &Counterparty| c.debt.map_or(0, |d| d.amount);
        let code = |c: &Counterparty| debts.clearings[c.clearing];
        (a.side, code(a))
            .cmp(&(b.side, code(b)))
            .then_with(|| amount(b).cmp(&amount(a)))
            .then_with(|| debts.name(a.other).cmp(debts.name(b.other)))
    });
    counterparties
}

/// Leaves out all obligations after the first `most`, and returns how many.
fn keep_at_most(most: usize, counterparties: &mut Vec<Counterparty>) -> usize {
    let mut room = most;
    let mut left_out = 0;
    for counterparty in &mut *counterparties {
        let kept = room.min(counterparty.obligations.len());
        left_out += counterparty.obligations.len() - kept;
        counterparty.obligations.truncate(kept);
        room -= kept;
    }
    counterparties.retain(|c| !c.obligations.is_empty());
    left_out
}

fn explain_what_is_left(
    folder: &Path,
    settings: &Settings,
    debts: &Debts,
    member: u32,
    counterparties: &mut [Counterparty],
) -> Result<(), Failure> {
    let is_left = |c: &Counterparty| c.debt.is_some_and(|d| d.outstanding() > 0);
    if !counterparties.iter().any(is_left) {
        return Ok(());
    }
    let certificates = Certificates::read(folder)?;
    let mut of_clearings = HashMap::new();
    let mut ties_left = MOST_TIES;
    for counterparty in counterparties.iter_mut().filter(|c| is_left(c)) {
        let Some(debt) = counterparty.debt else { continue };
        let (chains, potentials) = of_clearings.entry(debt.clearing).or_insert_with(|| {
            let chains = Chains::new(debts, debt.clearing, member);
            (chains, certificates.potentials(debts, debt.clearing))
        });
        let is_stopped = settings.is_stopped(debts.clearings[debt.clearing]);
        let why = match chains.why(&debt) {
            Why::NotLargest if is_stopped => Why::Stopped,
            why => why,
        };
        if let Some(potentials) = potentials
            && !(settings.weighted || settings.whole || is_stopped)
            && why.is_on_a_circle()
            && ties_left > 0
        {
            ties_left -= 1;
            counterparty.could_be_more = Some(chains.could_be_more(&debt, potentials));
        }
        counterparty.why = Some(why);
    }
    Ok(())
}

/// Puts in place what whole obligations are left for beside what debts in parts would be.
fn explain_whole(
    settings: &Settings,
    debts: &Debts,
    amounts: &Amounts,
    counterparties: &mut [Counterparty],
) {
    for counterparty in counterparties {
        let mut left = counterparty.obligations.iter().filter(|o| o.discharged == 0).peekable();
        let never = left.peek().is_some() && left.all(|o| amounts.never_add_up(o));
        let is_proven = settings.reaches_bound(debts.clearings[counterparty.clearing]);
        counterparty.why = counterparty.why.take().map(|why| match why {
            Why::NotLargest | Why::DebtorUsedUp | Why::CreditorUsedUp | Why::Bottlenecks(_)
                if never =>
            {
                Why::Amounts
            }
            Why::NotLargest => Why::WholeOnly { is_proven },
            why => why,
        });
    }
}

/// The member's position in each clearing in which it takes part.
fn positions(debts: &Debts, member: u32) -> Vec<Position> {
    let mut positions: Vec<Position> = Vec::new();
    for debt in debts.all.iter().filter(|d| d.debtor == member || d.creditor == member) {
        // Debts are sorted by clearing.
        if positions.last().is_none_or(|p| p.clearing != debt.clearing) {
            positions.push(Position { clearing: debt.clearing, ..Position::default() });
        }
        if let Some(position) = positions.last_mut() {
            if debt.debtor == member {
                position.owing += debt.amount;
                position.owing_discharged += debt.discharged;
            } else {
                position.owed += debt.amount;
                position.owed_discharged += debt.discharged;
            }
        }
    }
    positions.sort_by_key(|p| debts.clearings[p.clearing]);
    positions
}
