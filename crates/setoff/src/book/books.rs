//! A book a currency, and changes told by names.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use setoff_clearing::{
    BookError, ClearingBook, Debt, DebtId, Network, Seed, Standing, Undone, verify,
};
use setoff_formats::{Change, ChangeRow, Named, Obligations};
use setoff_money::{Currency, Minor};

use crate::failure::Failure;
use crate::netting::{self, CurrencyNetwork};
use crate::wording::in_currency;

/// How a currency stands after a change.
pub(super) struct Moment {
    /// The line of the change.
    pub(super) line: u64,
    /// What was changed: add, change, remove or undo.
    pub(super) change: &'static str,
    pub(super) currency: Currency,
    pub(super) standing: Standing,
}

/// A currency at the end, cleared and verified.
pub(super) struct Cleared {
    pub(super) currency: Currency,
    pub(super) names: Vec<String>,
    /// The references in the order of the network's debts.
    pub(super) references: Vec<String>,
    pub(super) network: Network,
    pub(super) discharges: Vec<u64>,
    pub(super) potentials: Vec<i64>,
    pub(super) standing: Standing,
}

/// The books of all currencies.
pub(super) struct Books {
    books: BTreeMap<Currency, CurrencyBook>,
    /// For each change not taken back, its currency and how many changes of the book it was.
    history: Vec<(Currency, usize)>,
}

impl Books {
    /// The obligations, each currency cleared, and the seed that decided between equals.
    pub(super) fn new(
        obligations: &Obligations,
        seed: Option<Seed>,
    ) -> Result<(Self, Seed), Failure> {
        let (networks, own_seed) = netting::networks(obligations)?;
        let seed = seed.unwrap_or(own_seed);
        let mut books = BTreeMap::new();
        for network in networks {
            let currency = network.currency;
            let book = CurrencyBook::of(obligations, &network, seed)
                .map_err(|error| Failure::Input(format!("{currency}: {error}")))?;
            books.insert(currency, book);
        }
        Ok((Self { books, history: Vec::new() }, seed))
    }

    /// Makes a change, and looks so far for more to set off. If it can't be made, says why and how
    /// to mend it.
    pub(super) fn apply(&mut self, row: &ChangeRow, improve: u64) -> Result<Moment, String> {
        let (change, currency) = match &row.change {
            Change::Add { debtor, creditor, amount, reference, currency } => {
                let book = match self.books.entry(*currency) {
                    Entry::Occupied(book) => book.into_mut(),
                    Entry::Vacant(place) => place.insert(CurrencyBook::empty().map_err(refused)?),
                };
                let ends = [debtor.as_str(), creditor.as_str()];
                let made = book.add(ends, *amount, reference).map_err(refused)?;
                self.history.push((*currency, made));
                ("add", *currency)
            }
            Change::Amount { of, amount } => {
                let (book, id) = self.find(of)?;
                book.book.change(id, unsigned(*amount)).map_err(refused)?;
                self.history.push((of.currency, 1));
                ("change", of.currency)
            }
            Change::Remove { of } => {
                let (book, id) = self.find(of)?;
                book.leave(id);
                book.book.remove(id).map_err(refused)?;
                self.history.push((of.currency, 1));
                ("remove", of.currency)
            }
            Change::Undo => ("undo", self.undo()?),
        };
        let book = self.books.get_mut(&currency).ok_or("has no book")?;
        let standing = book.book.improve(improve);
        Ok(Moment { line: row.line, change, currency, standing })
    }

    /// Makes every set-off a largest one.
    pub(super) fn cleared(self) -> Result<Vec<Cleared>, Failure> {
        self.books.into_iter().map(|(currency, book)| book.cleared(currency)).collect()
    }

    fn undo(&mut self) -> Result<Currency, String> {
        let (currency, made) = self.history.pop().ok_or(
            "there is no change left to take back: delete the line, or put it behind the change",
        )?;
        if let Some(book) = self.books.get_mut(&currency) {
            (0..made).for_each(|_| book.undo());
        }
        Ok(currency)
    }

    /// The one obligation that is as a line says.
    fn find(&mut self, of: &Named) -> Result<(&mut CurrencyBook, DebtId), String> {
        let book = self.books.get_mut(&of.currency).ok_or_else(|| {
            let currency = in_currency(of.currency);
            format!("there are no obligations{currency}: correct the currency")
        })?;
        let fitting = book.fitting(of);
        match fitting[..] {
            [id] => Ok((book, id)),
            [] => Err("no obligation is as it says: correct the reference or the names".to_owned()),
            _ => Err(format!(
                "{} obligations are as it says: give the reference of one, or debtor and creditor \
                 beside it",
                fitting.len()
            )),
        }
    }
}

/// A book whose members and debts have names.
struct CurrencyBook {
    book: ClearingBook,
    names: Vec<String>,
    numbers: BTreeMap<String, u32>,
    /// The reference of every debt in the book, and of those that undoing can bring back.
    references: BTreeMap<DebtId, String>,
    by_reference: BTreeMap<String, BTreeSet<DebtId>>,
    by_pair: BTreeMap<(u32, u32), BTreeSet<DebtId>>,
}

impl CurrencyBook {
    fn empty() -> Result<Self, BookError> {
        let mut book = ClearingBook::new(0)?;
        book.set_undo_limit(usize::MAX);
        Ok(Self {
            book,
            names: Vec::new(),
            numbers: BTreeMap::new(),
            references: BTreeMap::new(),
            by_reference: BTreeMap::new(),
            by_pair: BTreeMap::new(),
        })
    }

    fn of(
        obligations: &Obligations,
        network: &CurrencyNetwork,
        seed: Seed,
    ) -> Result<Self, BookError> {
        let names = network.members.iter().map(|member| obligations.name(*member).to_owned());
        let names: Vec<String> = names.collect();
        let mut book = ClearingBook::from_network(&network.network, seed)?;
        book.set_undo_limit(usize::MAX);
        let ids = book.ids();
        let numbers = names.iter().cloned().zip(0..).collect();
        let mut named = Self { book, names, numbers, ..Self::empty()? };
        for (id, &row) in ids.into_iter().zip(&network.rows) {
            named.references.insert(id, obligations.reference(row).to_owned());
            named.enter(id);
        }
        Ok(named)
    }

    /// Adds a debt, and before it the members that are new. Returns how many changes these are.
    fn add(&mut self, ends: [&str; 2], amount: Minor, reference: &str) -> Result<usize, BookError> {
        let before = self.names.len();
        let [debtor, creditor] = [self.number(ends[0])?, self.number(ends[1])?];
        let made = 1 + self.names.len() - before;
        let debt = Debt { debtor, creditor, amount: unsigned(amount), weight: 1 };
        let id = self.book.add(debt)?;
        self.references.insert(id, reference.to_owned());
        self.enter(id);
        Ok(made)
    }

    /// A member's number; a name that is new gets one.
    fn number(&mut self, name: &str) -> Result<u32, BookError> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        let number = self.book.add_member()?;
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        Ok(number)
    }

    /// Takes the book's latest change back.
    fn undo(&mut self) {
        // If a debt goes it is the one added last, since what was added later has gone already.
        let last = self.references.last_key_value().map(|(id, _)| *id);
        let pair = last.and_then(|id| self.book.debt(id)).map(|debt| (debt.debtor, debt.creditor));
        match self.book.undo() {
            Some(Undone::Member(_)) => {
                if let Some(name) = self.names.pop() {
                    self.numbers.remove(&name);
                }
            }
            Some(Undone::Added(id)) => {
                debug_assert_eq!(last, Some(id), "the debt added last has the greatest number");
                if let Some(pair) = pair {
                    self.leave_pair(id, pair);
                }
                self.references.remove(&id);
            }
            Some(Undone::Removed(id)) => self.enter(id),
            Some(Undone::Changed(_)) | None => {}
        }
    }

    /// The debts that are as a line says.
    fn fitting(&self, of: &Named) -> Vec<DebtId> {
        let number = |name: &Option<String>| name.as_ref().map(|name| self.numbers.get(name));
        let (debtor, creditor) = (number(&of.debtor), number(&of.creditor));
        let candidates = match (&of.reference, debtor, creditor) {
            (Some(reference), ..) => self.by_reference.get(reference),
            (None, Some(Some(&debtor)), Some(Some(&creditor))) => {
                self.by_pair.get(&(debtor, creditor))
            }
            _ => None,
        };
        let fits = |id: &DebtId| {
            let is = |asked: Option<Option<&u32>>, member: u32| {
                asked.is_none_or(|asked| asked == Some(&member))
            };
            let debt = self.book.debt(*id);
            debt.is_some_and(|debt| is(debtor, debt.debtor) && is(creditor, debt.creditor))
        };
        candidates.into_iter().flatten().copied().filter(fits).collect()
    }

    /// Lets a debt of the book be found by its names.
    fn enter(&mut self, id: DebtId) {
        let Some(debt) = self.book.debt(id) else { return };
        self.by_pair.entry((debt.debtor, debt.creditor)).or_default().insert(id);
        let reference = self.references.get(&id).cloned().unwrap_or_default();
        self.by_reference.entry(reference).or_default().insert(id);
    }

    /// Lets a debt that is about to go be found no more.
    fn leave(&mut self, id: DebtId) {
        if let Some(debt) = self.book.debt(id) {
            self.leave_pair(id, (debt.debtor, debt.creditor));
        }
    }

    fn leave_pair(&mut self, id: DebtId, pair: (u32, u32)) {
        if let Some(ids) = self.by_pair.get_mut(&pair) {
            ids.remove(&id);
        }
        let reference = self.references.get(&id);
        if let Some(ids) = reference.and_then(|name| self.by_reference.get_mut(name)) {
            ids.remove(&id);
        }
    }

    fn cleared(mut self, currency: Currency) -> Result<Cleared, Failure> {
        self.book.optimise();
        let wrong = |why: String| {
            Failure::Bug(format!("{currency}: the set-off does not pass its check: {why}"))
        };
        let clearing = self.book.clearing().ok_or_else(|| wrong("there is a gap".to_owned()))?;
        let network = self.book.to_network();
        let verified = verify(&network, &clearing.discharges, &clearing.certificate)
            .map_err(|violation| wrong(violation.to_string()))?;
        let standing = self.book.standing();
        if verified.cleared != standing.cleared {
            return Err(wrong("the sum is another".to_owned()));
        }
        let references = self.book.ids().into_iter();
        let references = references.map(|id| self.references.remove(&id).unwrap_or_default());
        Ok(Cleared {
            currency,
            references: references.collect(),
            names: self.names,
            network,
            discharges: clearing.discharges,
            potentials: clearing.certificate.potentials,
            standing,
        })
    }
}

/// Why a book refuses a change, for the person who wrote it.
#[allow(clippy::needless_pass_by_value)] // it is handed to `map_err`
fn refused(error: BookError) -> String {
    error.to_string()
}

/// An amount, which its reader keeps above zero.
fn unsigned(amount: Minor) -> u64 {
    u64::try_from(amount.0).unwrap_or(0)
}
