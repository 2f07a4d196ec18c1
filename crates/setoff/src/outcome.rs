//! What a clearing of files found: every figure that any report of it shows.

use std::sync::LazyLock;

use std::fmt;

use setoff_clearing::{Circles, Seed};
use setoff_formats::{Member, Obligations};
use setoff_money::{Currency, Minor};

use crate::choosing::{Among, Choice, Gap, Proof};

/// How debts are set off against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Along circles of debt; nobody becomes anyone else's creditor.
    SetOff,
    /// Between two members only.
    Bilateral,
    /// All net positions against a netting centre.
    Novation,
}

impl fmt::Display for Mode {
    /// Its name in files and on the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SetOff => "set-off",
            Self::Bilateral => "bilateral",
            Self::Novation => "novation",
        })
    }
}

/// The obligations, what is taken off each, and what follows from that.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What was read.
    pub(crate) obligations: Obligations,
    /// How it was set off.
    pub(crate) mode: Mode,
    /// Which set-off was to be found, in mode set-off.
    pub(crate) choice: Choice,
    /// Which of several largest was asked for, if the time limit came before it was chosen.
    pub(crate) given_up: Option<Among>,
    /// The netting centre's name, in mode novation.
    pub(crate) centre: Option<String>,
    /// What decided between equally large clearings.
    pub(crate) seed: Seed,
    /// What is taken off each obligation, in its own currency and minor units.
    pub(crate) discharged: Vec<Minor>,
    /// With a unit of account: every obligation's amount and discharge in it.
    pub(crate) converted: Option<Converted>,
    /// One a currency, by code; with a unit of account exactly one, in the unit.
    pub(crate) clearings: Vec<CurrencyClearing>,
    /// What is left to pay, by currency, payer and payee.
    pub(crate) payments: Vec<Payment>,
}

impl Outcome {
    /// Whether the time limit came before the largest set-off of some clearing.
    pub(crate) fn is_stopped(&self) -> bool {
        self.clearings.iter().any(|clearing| clearing.gap().is_some())
    }

    /// What is left of an obligation, in its own currency and minor units.
    pub(crate) fn outstanding(&self, row: usize) -> i64 {
        self.obligations.rows()[row].amount.0 - self.discharged[row].0
    }

    /// An obligation's own currency.
    pub(crate) fn currency(&self, row: usize) -> Currency {
        self.obligations.currencies()[usize::from(self.obligations.rows()[row].currency)]
    }

    /// The centre as a party: a member if one has its name.
    pub(crate) fn centre_party(&self) -> Party {
        let member = self.centre.as_ref().and_then(|name| self.obligations.find(name));
        member.map_or(Party::Centre, Party::Member)
    }

    /// A party's name.
    pub(crate) fn party_name(&self, party: Party) -> &str {
        match party {
            Party::Member(member) => self.obligations.name(member),
            Party::Centre => self.centre.as_deref().unwrap_or_default(),
        }
    }
}

/// Every obligation in the unit of account, in minor units, row by row.
#[derive(Debug)]
pub(crate) struct Converted {
    /// The amount, rounded down; 0 takes no part.
    pub(crate) amounts: Vec<u64>,
    /// What of it is set off.
    pub(crate) discharged: Vec<u64>,
}

/// The clearing of one currency (or of all, in the unit of account).
#[derive(Debug)]
pub(crate) struct CurrencyClearing {
    /// The currency or unit.
    pub(crate) currency: Currency,
    /// The obligations' rows that take part.
    pub(crate) rows: Vec<usize>,
    /// Who takes part, by name; the clearing's own numbering, that of `circles`.
    pub(crate) members: Vec<Member>,
    /// The sum of the amounts.
    pub(crate) gross: i128,
    /// The sum of the discharges; in mode novation the gross less what net debtors owe the centre.
    pub(crate) cleared: i128,
    /// The weighted sum of the discharges.
    pub(crate) weighted: i128,
    /// Why it is this set-off, where the mode has a certificate.
    pub(crate) proof: Option<Proof>,
    /// A position a member, in the order of `members`.
    pub(crate) positions: Vec<Position>,
    /// The discharges taken apart. In mode novation one more member, the centre, has the number
    /// `members.len()` if it is not itself one of the members. Found when they are first looked
    /// at, since that takes longer than the clearing itself.
    pub(crate) circles: LazyLock<Circles, Box<dyn FnOnce() -> Circles + Send>>,
}

impl CurrencyClearing {
    /// How much more could be set off, where the optimiser was stopped before the largest.
    pub(crate) fn gap(&self) -> Option<Gap> {
        self.proof.as_ref()?.gap
    }

    /// The weight of the class in which it could be more, if there are classes.
    pub(crate) fn class_of_gap(&self) -> Option<u32> {
        self.proof.as_ref()?.largest.get(self.gap()?.class)?.weight
    }
}

/// What one member is owed and owes in one clearing, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Claims before.
    pub(crate) owed: i128,
    /// Debts before.
    pub(crate) owing: i128,
    /// Claims after.
    pub(crate) owed_after: i128,
    /// Debts after.
    pub(crate) owing_after: i128,
}

impl Position {
    /// What the member is owed less what it owes.
    pub(crate) fn net(&self) -> i128 {
        self.owed - self.owing
    }
}

/// Who is a party to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    /// A member.
    Member(Member),
    /// A netting centre that is not a member.
    Centre,
}

/// One payment that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Payment {
    /// Who pays.
    pub(crate) payer: Party,
    /// Who is paid.
    pub(crate) payee: Party,
    /// In what.
    pub(crate) currency: Currency,
    /// How much, in minor units.
    pub(crate) amount: i128,
    /// How many obligations it pays off; 0 for a net position.
    pub(crate) obligations: usize,
}
