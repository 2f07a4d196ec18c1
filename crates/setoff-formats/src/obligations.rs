//! The obligations that files declare, held compactly.

use std::collections::HashSet;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use jiff::civil::Date;
use setoff_money::{Currency, Minor};

/// One obligation as a file declares it, its texts borrowed from the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared<'a> {
    /// Who owes; outer white space removed, never empty.
    pub debtor: &'a str,
    /// Who is owed; never the debtor.
    pub creditor: &'a str,
    /// How much, 1 to [`Minor::LARGEST`].
    pub amount: Minor,
    /// In what.
    pub currency: Currency,
    /// When it is due, if the file says.
    pub due: Option<Date>,
    /// Its document's number, or empty.
    pub reference: &'a str,
    /// What a unit set off counts; 1 where no weights are read.
    pub weight: u32,
    /// Where it stands.
    pub place: Place,
}

/// Where an obligation stands: which of the files read, and its line (its row in a sheet).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file's place in the list of files read, from 0.
    pub file: u16,
    /// From 1, the header's line counted.
    pub line: u64,
}

/// A member's number within one [`Obligations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member(pub u32);

/// One obligation with its texts replaced by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Who owes.
    pub debtor: Member,
    /// Who is owed.
    pub creditor: Member,
    /// How much, 1 to [`Minor::LARGEST`].
    pub amount: Minor,
    /// The currency's number within the [`Obligations`].
    pub currency: u16,
    /// When it is due, if the file says.
    pub due: Option<Date>,
    /// What a unit set off counts.
    pub weight: u32,
    /// Where it stands.
    pub place: Place,
}

/// Obligations in the order in which they were read, and the members and currencies they name.
#[derive(Clone, Debug, Default)]
pub struct Obligations {
    rows: Vec<Obligation>,
    names: Vec<String>,
    currencies: Vec<Currency>,
    /// All references one behind the other; row i's ends at `reference_ends[i]`.
    references: String,
    reference_ends: Vec<usize>,
    /// The members, found by the hashes of their names, which stand in `names` alone.
    by_name: HashTable<Member>,
    hasher: DefaultHashBuilder,
}

impl Obligations {
    /// Adds one obligation.
    ///
    /// # Panics
    /// With more than 2^32 members or 2^16 currencies, which no reader lets through.
    pub fn push(&mut self, declared: &Declared<'_>) {
        let debtor = self.member(declared.debtor);
        let creditor = self.member(declared.creditor);
        let currency = self.currency(declared.currency);
        self.references.push_str(declared.reference);
        self.reference_ends.push(self.references.len());
        self.rows.push(Obligation {
            debtor,
            creditor,
            amount: declared.amount,
            currency,
            due: declared.due,
            weight: declared.weight,
            place: declared.place,
        });
    }

    /// The same without the rows named.
    pub(crate) fn without(&self, rows: &HashSet<usize>) -> Self {
        let mut kept = Self::default();
        for (row, obligation) in self.rows.iter().enumerate().filter(|(row, _)| !rows.contains(row))
        {
            kept.push(&Declared {
                debtor: self.name(obligation.debtor),
                creditor: self.name(obligation.creditor),
                amount: obligation.amount,
                currency: self.currencies[usize::from(obligation.currency)],
                due: obligation.due,
                reference: self.reference(row),
                weight: obligation.weight,
                place: obligation.place,
            });
        }
        kept
    }

    /// Sets every obligation's weight.
    pub fn weigh(&mut self, weight: impl Fn(&Obligation) -> u32) {
        for obligation in &mut self.rows {
            obligation.weight = weight(obligation);
        }
    }

    fn member(&mut self, name: &str) -> Member {
        let Self { names, by_name, hasher, .. } = self;
        let hash = hasher.hash_one(name);
        if let Some(&member) = by_name.find(hash, |member| names[member.0 as usize] == name) {
            return member;
        }
        let member = Member(u32::try_from(names.len()).expect("readers limit the rows"));
        names.push(name.to_owned());
        by_name.insert_unique(hash, member, |member| {
            hasher.hash_one(names[member.0 as usize].as_str())
        });
        member
    }

    /// A unit of the same code that has other decimals, if one was pushed.
    pub(crate) fn same_code(&self, currency: Currency) -> Option<Currency> {
        if self.currencies.last() == Some(&currency) {
            return None;
        }
        self.currencies.iter().copied().find(|c| c.code() == currency.code() && *c != currency)
    }

    fn currency(&mut self, currency: Currency) -> u16 {
        let known = self.currencies.iter().position(|c| *c == currency);
        let number = known.unwrap_or_else(|| {
            self.currencies.push(currency);
            self.currencies.len() - 1
        });
        u16::try_from(number).expect("there are fewer currencies than 2^16")
    }

    /// The obligations in the order read.
    #[must_use]
    pub fn rows(&self) -> &[Obligation] {
        &self.rows
    }

    /// A row's reference, or the empty text.
    #[must_use]
    pub fn reference(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.reference_ends[row - 1] };
        &self.references[start..self.reference_ends[row]]
    }

    /// The members' names by their numbers, in the order in which they first appear.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A member's name.
    #[must_use]
    pub fn name(&self, member: Member) -> &str {
        &self.names[member.0 as usize]
    }

    /// The member of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Member> {
        let is_it = |member: &Member| self.name(*member) == name;
        self.by_name.find(self.hasher.hash_one(name), is_it).copied()
    }

    /// The currencies by their numbers, in the order in which they first appear.
    #[must_use]
    pub fn currencies(&self) -> &[Currency] {
        &self.currencies
    }
}
