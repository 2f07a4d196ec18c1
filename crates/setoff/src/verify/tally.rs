//! What the rows of one currency add up to, by member and by pair: all that is remembered of them.

use std::collections::HashMap;

use jiff::civil::Date;
use setoff_formats::Place;
use setoff_money::Currency;

use super::certificate::Potentials;
use super::even::Step;

/// The rows of one currency, or of the unit of account, added up.
///
/// At most 2^40 rows of at most 2^62 minor units and a weight below 2^20 are added, so no sum
/// reaches 2^122.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) currency: Currency,
    pub(super) obligations: u64,
    pub(super) gross: i128,
    pub(super) discharged: i128,
    /// The sum of the discharges, each times its weight.
    pub(super) weighted: i128,
    numbers: HashMap<Box<str>, u32>,
    pub(super) members: Vec<Member>,
    places: HashMap<(u32, u32), u32>,
    pub(super) pairs: Vec<Pair>,
    /// The certificate's classes, the first first; a single one without a weight if there are none.
    pub(super) classes: Vec<Class>,
    /// Whether the certificate states a gap: then not every row is as its gain asks.
    pub(super) is_stopped: bool,
    /// The steps of the rule of `--among fair`.
    pub(super) even: Option<Vec<Step>>,
    /// The rows themselves, where a search is to be followed.
    pub(super) kept: Vec<Kept>,
}

/// A row that takes part.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) debtor: u32,
    pub(super) creditor: u32,
    pub(super) weight: u32,
    pub(super) amount: i128,
    pub(super) discharged: i128,
    pub(super) turn: Turn,
    /// Its number in `discharges.csv`, from 1.
    pub(super) number: u64,
}

/// A class of the certificate.
#[derive(Debug)]
pub(super) struct Class {
    /// The weight of the rows in it; `None` where the weights are no classes.
    pub(super) weight: Option<u32>,
    /// Each member's potential, by number.
    pub(super) potentials: Vec<Option<i64>>,
    /// What is discharged of its rows.
    pub(super) discharged: i128,
    /// How many rows it has.
    pub(super) rows: u64,
    /// How much more or less of the rows whose gain is decided in this class the gains ask for,
    /// times the gain. Below 2^40 rows, gains of 2^66 and amounts of 2^62 may pass 128 bits; `None`
    /// then.
    pub(super) missed: Option<u128>,
}

/// One member's sums.
#[derive(Clone, Debug, Default)]
pub(super) struct Member {
    /// Whether any row names it; the certificate may name more.
    pub(super) takes_part: bool,
    pub(super) owed: i128,
    pub(super) owing: i128,
    /// What is discharged of the debts to it.
    pub(super) owed_discharged: i128,
    /// What is discharged of its own debts.
    pub(super) owing_discharged: i128,
    /// The last circle in which it is a debtor.
    pub(super) circle: u64,
}

/// The rows of one debtor and one creditor.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) debtor: u32,
    pub(super) creditor: u32,
    pub(super) amount: i128,
    pub(super) discharged: i128,
    /// How many rows are not discharged whole.
    pub(super) open: u64,
    /// The sum of the rows whose gain is 0.
    pub(super) free: i128,
    /// What is discharged of these.
    pub(super) free_discharged: i128,
    order: Option<Box<Order>>,
}

/// How far down the order the discharges of a pair go.
#[derive(Debug, Default)]
struct Order {
    /// The last row that is discharged at all.
    last_discharged: Option<Turn>,
    /// The first row that is not discharged whole.
    first_open: Option<Turn>,
}

/// When it is a row's turn to be discharged, among those of its debtor and creditor: the heavier
/// first, then the one due first, one without a due date last, then by reference, the smaller
/// number of minor units, the currency's code and the place in the input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    pub(super) lightness: std::cmp::Reverse<u32>,
    pub(super) undated: bool,
    pub(super) due: Option<Date>,
    pub(super) reference: Box<str>,
    pub(super) amount: i64,
    pub(super) currency: Currency,
    pub(super) place: Place,
}

impl Tally {
    pub(super) fn new(currency: Currency) -> Self {
        Self {
            currency,
            obligations: 0,
            gross: 0,
            discharged: 0,
            weighted: 0,
            numbers: HashMap::new(),
            members: Vec::new(),
            places: HashMap::new(),
            pairs: Vec::new(),
            classes: Vec::new(),
            is_stopped: false,
            even: None,
            kept: Vec::new(),
        }
    }

    /// Adds a row and returns its pair.
    pub(super) fn add(
        &mut self,
        (debtor, creditor): (&str, &str),
        weight: u32,
        amount: i128,
        discharged: i128,
    ) -> usize {
        self.obligations += 1;
        self.gross += amount;
        self.discharged += discharged;
        self.weighted += i128::from(weight) * discharged;
        let (debtor, creditor) = (self.number(debtor), self.number(creditor));
        let member = &mut self.members[debtor as usize];
        member.takes_part = true;
        member.owing += amount;
        member.owing_discharged += discharged;
        let member = &mut self.members[creditor as usize];
        member.takes_part = true;
        member.owed += amount;
        member.owed_discharged += discharged;
        let pair = self.pair_of(debtor, creditor);
        self.pairs[pair].amount += amount;
        self.pairs[pair].discharged += discharged;
        self.pairs[pair].open += u64::from(discharged < amount);
        pair
    }

    /// The gain of a row by the certificate: the first one, class before class, that is not 0, or
    /// 0, and the place of its class. `None` if a potential is missing.
    pub(super) fn gain(&self, debtor: u32, creditor: u32, weight: u32) -> Option<(usize, i128)> {
        for (place, class) in self.classes.iter().enumerate() {
            let own = class.weight.map_or(weight, |of_class| u32::from(of_class == weight));
            let potential = |member: u32| {
                class.potentials.get(member as usize).copied().flatten().map(i128::from)
            };
            let gain = i128::from(own) + potential(debtor)? - potential(creditor)?;
            if gain != 0 {
                return Some((place, gain));
            }
        }
        (!self.classes.is_empty()).then_some((0, 0))
    }

    /// Puts a certificate's potentials by name into a list by number; tells a name that is twice.
    pub(super) fn by_number(
        &mut self,
        potentials: &Potentials,
        mut twice: impl FnMut(&str),
    ) -> Vec<Option<i64>> {
        let mut by_number = Vec::new();
        for (name, potential) in &potentials.0 {
            let number = self.number(name) as usize;
            if by_number.len() <= number {
                by_number.resize(number + 1, None);
            }
            if by_number[number].replace(*potential).is_some() {
                twice(name);
            }
        }
        by_number
    }

    /// A name's number; the next one for a name not seen before.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = u32::try_from(self.members.len()).expect("memory ends before 2^32 members");
        self.numbers.insert(name.into(), number);
        self.members.push(Member::default());
        number
    }

    /// The number of a known name.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The place of a pair in `pairs`, which it takes if it is new.
    pub(super) fn pair_of(&mut self, debtor: u32, creditor: u32) -> usize {
        let next = self.pairs.len();
        let next = u32::try_from(next).expect("memory ends before 2^32 pairs");
        let place = *self.places.entry((debtor, creditor)).or_insert(next);
        if place == next {
            self.pairs.push(Pair {
                debtor,
                creditor,
                amount: 0,
                discharged: 0,
                open: 0,
                free: 0,
                free_discharged: 0,
                order: None,
            });
        }
        place as usize
    }

    /// A pair that is known.
    pub(super) fn find_pair(&self, debtor: u32, creditor: u32) -> Option<&Pair> {
        self.places.get(&(debtor, creditor)).map(|&place| &self.pairs[place as usize])
    }

    /// A pair that is known, to be changed.
    pub(super) fn find_pair_mut(&mut self, debtor: u32, creditor: u32) -> Option<&mut Pair> {
        let place = self.places.get(&(debtor, creditor))?;
        Some(&mut self.pairs[*place as usize])
    }

    /// A member's name, found by looking through all of them: for messages.
    pub(super) fn name(&self, number: u32) -> &str {
        let named = self.numbers.iter().find(|(_, other)| **other == number);
        named.map_or("", |(name, _)| name)
    }

    /// All names, by number.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = vec![""; self.members.len()];
        for (name, number) in &self.numbers {
            names[*number as usize] = name;
        }
        names
    }

    /// A pair in words.
    pub(super) fn pair_name(&self, pair: &Pair) -> String {
        format!("{:?} to {:?}", self.name(pair.debtor), self.name(pair.creditor))
    }

    /// The members that some row names, by name as bytes.
    pub(super) fn by_name(&self) -> Vec<(&str, &Member)> {
        let named = self.numbers.iter().map(|(name, &n)| (&**name, &self.members[n as usize]));
        let mut members: Vec<_> = named.filter(|(_, member)| member.takes_part).collect();
        members.sort_unstable_by_key(|(name, _)| *name);
        members
    }

    /// How many members some row names.
    pub(super) fn members_taking_part(&self) -> usize {
        self.members.iter().filter(|member| member.takes_part).count()
    }
}

impl Pair {
    /// Notes whether a row is discharged, for [`Pair::out_of_turn`].
    pub(super) fn note(&mut self, is_discharged: bool, is_open: bool, turn: Turn) {
        let order = self.order.get_or_insert_default();
        let later = order.last_discharged.as_ref().is_none_or(|last| *last < turn);
        let earlier = order.first_open.as_ref().is_none_or(|first| turn < *first);
        if is_discharged && later {
            order.last_discharged = Some(turn.clone());
        }
        if is_open && earlier {
            order.first_open = Some(turn);
        }
    }

    /// A row that is discharged although another, whose turn is earlier, is not discharged whole.
    pub(super) fn out_of_turn(&self) -> Option<(&Turn, &Turn)> {
        let order = self.order.as_ref()?;
        let (last, first) = (order.last_discharged.as_ref()?, order.first_open.as_ref()?);
        (first < last).then_some((last, first))
    }
}

impl Member {
    /// What it is owed less what it owes.
    pub(super) fn net(&self) -> i128 {
        self.owed - self.owing
    }
}
