//! The circles that set certain debts off, from `circles.csv`, read once.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;

use super::result_folder::{Debts, Table};
use crate::failure::Failure;

/// How many circles of a debt are shown.
pub(super) const MOST_SHOWN: usize = 3;

/// One circle of debts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Circle {
    /// Its number in `circles.csv`.
    pub(super) number: u64,
    /// By how much each of its debts is lighter, in minor units of the clearing's currency.
    pub(super) amount: i128,
    /// Its members, each a debtor of the next and the last of the first; the debtor of the debt
    /// that it is shown for comes first.
    pub(super) members: Vec<u32>,
}

/// The circles through one debt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CirclesThrough {
    /// How many there are.
    pub(super) count: usize,
    /// The shortest, of equally long ones the largest, at most [`MOST_SHOWN`].
    pub(super) shown: Vec<Circle>,
    /// What all of them take off the debt.
    pub(super) amount: i128,
}

/// What decides which circles are shown: the smallest first.
type Rank = (usize, Reverse<i128>, u64);

impl Circle {
    fn rank(&self) -> Rank {
        (self.members.len(), Reverse(self.amount), self.number)
    }
}

impl CirclesThrough {
    /// Where a circle of this rank is to be shown, if it is.
    fn place(&self, rank: &Rank) -> Option<usize> {
        let place = self.shown.partition_point(|shown| shown.rank() < *rank);
        (place < MOST_SHOWN).then_some(place)
    }

    fn show(&mut self, place: usize, circle: Circle) {
        self.shown.insert(place, circle);
        self.shown.truncate(MOST_SHOWN);
    }
}

/// The circles through each of these debts, which are places in [`Debts::all`].
///
/// # Errors
/// [`Failure::Input`] if the file is not there or not as Setoff writes it.
pub(super) fn circles_through(
    folder: &Path,
    debts: &Debts,
    wanted: impl Iterator<Item = usize>,
) -> Result<HashMap<usize, CirclesThrough>, Failure> {
    let mut search = Search::new(debts, wanted);
    let mut table =
        Table::open(folder, "circles.csv", ["circle", "debtor", "creditor", "currency", "amount"])?;
    let mut steps = Steps::default();
    while table.next()? {
        let [number, debtor, _, currency, amount] = table.bytes();
        if number != steps.number {
            search.note(&steps, &table)?;
            steps.begin(number, currency, amount);
        }
        // The creditor is the next step's debtor, or the first one's.
        steps.push(debtor, search.wanted.contains_key(debtor));
    }
    search.note(&steps, &table)?;
    Ok(search.found)
}

/// The steps of one circle as they stand in the file. There may be millions of circles, of which
/// few are looked at closer.
#[derive(Default)]
struct Steps {
    number: Vec<u8>,
    currency: Vec<u8>,
    amount: Vec<u8>,
    /// The debtors one behind the other, and where each ends.
    debtors: Vec<u8>,
    ends: Vec<usize>,
    /// The steps whose debtors have wanted debts.
    of_wanted: Vec<usize>,
}

impl Steps {
    fn begin(&mut self, number: &[u8], currency: &[u8], amount: &[u8]) {
        for (field, value) in [
            (&mut self.number, number),
            (&mut self.currency, currency),
            (&mut self.amount, amount),
            (&mut self.debtors, &[]),
        ] {
            field.clear();
            field.extend_from_slice(value);
        }
        self.ends.clear();
        self.of_wanted.clear();
    }

    fn push(&mut self, debtor: &[u8], wanted: bool) {
        if wanted {
            self.of_wanted.push(self.ends.len());
        }
        self.debtors.extend_from_slice(debtor);
        self.ends.push(self.debtors.len());
    }

    /// The debtor of a step, counted round the circle.
    fn debtor(&self, step: usize) -> &[u8] {
        let step = step % self.ends.len();
        let start = if step == 0 { 0 } else { self.ends[step - 1] };
        &self.debtors[start..self.ends[step]]
    }
}

/// Debts by creditor and currency.
type ByCreditor<'a> = HashMap<(&'a [u8], &'a [u8]), usize>;

struct Search<'a> {
    debts: &'a Debts,
    /// The places of the wanted debts, first by debtor.
    wanted: HashMap<&'a [u8], ByCreditor<'a>>,
    found: HashMap<usize, CirclesThrough>,
}

impl<'a> Search<'a> {
    fn new(debts: &'a Debts, places: impl Iterator<Item = usize>) -> Self {
        let mut wanted: HashMap<&[u8], ByCreditor<'_>> = HashMap::new();
        let mut found = HashMap::new();
        for place in places {
            let debt = &debts.all[place];
            let [debtor, creditor] = [debt.debtor, debt.creditor].map(|m| debts.name(m).as_bytes());
            let currency = debts.clearings[debt.clearing].code().as_bytes();
            wanted.entry(debtor).or_default().insert((creditor, currency), place);
            found.insert(place, CirclesThrough::default());
        }
        Self { debts, wanted, found }
    }

    /// Adds a circle to those of every wanted debt that it passes.
    fn note(&mut self, steps: &Steps, table: &Table<5>) -> Result<(), Failure> {
        for &step in &steps.of_wanted {
            let ends = (steps.debtor(step + 1), steps.currency.as_slice());
            let place = self.wanted[steps.debtor(step)].get(&ends);
            let Some((place, circles)) = place.and_then(|p| Some((p, self.found.get_mut(p)?)))
            else {
                continue;
            };
            let currency = &self.debts.clearings[self.debts.all[*place].clearing];
            let text = |bytes, column| std::str::from_utf8(bytes).map_err(|_| table.fault(column));
            let amount = table.money("amount", text(&steps.amount, "amount")?, currency)?;
            let number = text(&steps.number, "circle")?.parse();
            let number = number.map_err(|_| table.fault("circle"))?;
            circles.count += 1;
            circles.amount += amount;
            if let Some(place) = circles.place(&(steps.ends.len(), Reverse(amount), number)) {
                let member = |step| {
                    let name = text(steps.debtor(step), "debtor")?;
                    self.debts.find(name).ok_or_else(|| table.fault("debtor"))
                };
                let members =
                    (step..step + steps.ends.len()).map(member).collect::<Result<_, _>>()?;
                circles.show(place, Circle { number, amount, members });
            }
        }
        Ok(())
    }
}
