//! Obligations, from declaration to discharge.
//!
//! ```text
//!            ┌─────────── withdrawn ◄───────────┐
//! declared ──┤                                  │ (both agree)
//! (proposed) ├──► confirmed ──► discharged      │
//!            │      │  ▲   set-off · settlement · payment elsewhere · credit note
//!            └──► disputed ─────────────────────┘
//! ```
//!
//! The rules:
//! - The rulebook says which side may declare. Only the *other* side can confirm, and must: silence
//!   is never consent, and a proposed obligation neither clears nor stands in the ledger.
//! - A document (debtor, creditor, currency, reference) is declared once, unless it was withdrawn:
//!   a file that is imported twice, or by both sides, does not double a debt. After an assignment it
//!   is known with the new creditor, too; where a dispute split it, until no part of it is left.
//! - The other side may dispute what was declared, also after it confirmed, with a reason. A
//!   dispute of a part splits the obligation: the part becomes one of its own, disputed, and the
//!   rest is confirmed by the dispute. So each obligation has one stage, and each is whole.
//! - The declarer answers a dispute: it insists, or it gives up and the obligation is withdrawn.
//!   Who disputed may confirm after all.
//! - While it is only proposed, the declarer alone withdraws it, and nobody corrects it. Once
//!   confirmed, one side asks and the other agrees to exactly the same; every other change of the
//!   obligation meanwhile ends what was asked.
//! - The creditor alone can say that it was paid elsewhere, give a credit note, and assign, which
//!   the new creditor must accept. The debtor has notice by the entry itself. A credit note lowers
//!   an obligation once: the same reference on it again is refused.
//! - Each side may hold an obligation back from clearing, and release its own hold.
//! - What a cycle has frozen is not touched; only confirmations and disputes still count while the
//!   correction window is open. What a settlement instruction is about is settled by it alone.

mod changing;
mod checks;
mod declaring;
mod document;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use setoff_money::Minor;

use crate::rulebook::Clears;
use crate::{
    Amount, Cause, Change, Code, CurrencyId, InstructionId, MemberId, ObligationId, Posting,
    Refusal, Rulebook,
};

pub(crate) use changing::{
    accept_assignment, correct, credit_note, hold, offer_assignment, received, release, withdraw,
};
pub(crate) use declaring::{answer, confirm, declare, dispute};
pub use document::DocumentKey;
pub(crate) use document::Documents;

/// A side of an obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Who owes.
    Debtor,
    /// Who is owed.
    Creditor,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Debtor => Self::Creditor,
            Self::Creditor => Self::Debtor,
        }
    }
}

/// What is special about an obligation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Nothing.
    #[default]
    Plain,
    /// Secured by a pledge or a guarantee.
    Secured,
    /// In litigation.
    InLitigation,
    /// A net position with the netting centre: made by a settlement, declared by nobody.
    NetPosition,
}

impl Kind {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// Where an obligation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Declared by one side.
    Proposed,
    /// Agreed by both.
    Confirmed,
    /// Not agreed: the other side says why.
    Disputed,
    /// No longer claimed.
    Withdrawn,
    /// Nothing of it is outstanding any more.
    Discharged,
}

impl Stage {
    /// Whether nothing can happen to it any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Discharged)
    }

    /// The name in texts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Confirmed => "confirmed",
            Self::Disputed => "disputed",
            Self::Withdrawn => "withdrawn",
            Self::Discharged => "discharged",
        }
    }
}

/// One obligation as it is declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Who owes.
    pub debtor: MemberId,
    /// Who is owed.
    pub creditor: MemberId,
    /// In which currency.
    pub currency: Code,
    /// How much.
    pub amount: Amount,
    /// The date of its document.
    #[serde(with = "crate::date")]
    pub issued: Date,
    /// When it is due.
    #[serde(with = "crate::date")]
    pub due: Date,
    /// The number of its document.
    pub reference: String,
    /// What is special about it; not written where that is nothing.
    #[serde(default, skip_serializing_if = "Kind::is_plain")]
    pub kind: Kind,
}

/// An obligation as an entry records its declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Which side declared it.
    pub by: Side,
    /// Who owes.
    pub debtor: MemberId,
    /// Who is owed.
    pub creditor: MemberId,
    /// In which currency.
    pub currency: CurrencyId,
    /// How much.
    pub amount: Minor,
    /// The date of its document.
    pub issued: Date,
    /// When it is due.
    pub due: Date,
    /// The number of its document.
    pub reference: String,
    /// What is special about it.
    pub kind: Kind,
    /// What its document is known by.
    pub document: DocumentKey,
}

/// An obligation in the state. 52 bytes and its reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// Who owes.
    pub debtor: MemberId,
    /// Who is owed; another than at first where it was assigned.
    pub creditor: MemberId,
    /// How much it was, after corrections and splits.
    pub amount: Minor,
    /// What is left of it.
    pub outstanding: Minor,
    /// The date of its document.
    #[serde(with = "crate::date")]
    pub issued: Date,
    /// When it is due.
    #[serde(with = "crate::date")]
    pub due: Date,
    /// Where its reference stands in [`State::reference`].
    pub(crate) reference: u32,
    /// The settlement instruction that is open about it.
    pub instruction: Option<InstructionId>,
    /// In which currency.
    pub currency: CurrencyId,
    /// What is special about it.
    pub kind: Kind,
    /// Where it stands.
    pub stage: Stage,
    /// Which side declared it.
    pub declared_by: Side,
    /// Held back from clearing by the debtor.
    pub held_by_debtor: bool,
    /// Held back from clearing by the creditor.
    pub held_by_creditor: bool,
}

impl Obligation {
    /// Which side a member is.
    #[must_use]
    pub fn side(&self, member: MemberId) -> Option<Side> {
        match member {
            _ if member == self.debtor => Some(Side::Debtor),
            _ if member == self.creditor => Some(Side::Creditor),
            _ => None,
        }
    }

    fn is_held_by(&self, side: Side) -> bool {
        match side {
            Side::Debtor => self.held_by_debtor,
            Side::Creditor => self.held_by_creditor,
        }
    }

    /// Whether it may clear on a value date, all sides and stages aside.
    #[must_use]
    pub fn class(&self, rulebook: &Rulebook, value_date: Date, one_group: bool) -> Clears {
        let classes = &rulebook.classes;
        let overdue = (value_date - self.due).get_days();
        match self.kind {
            Kind::InLitigation => classes.in_litigation,
            Kind::Secured => classes.secured,
            Kind::Plain | Kind::NetPosition if one_group => classes.within_group,
            Kind::Plain | Kind::NetPosition
                if overdue >= i32::from(classes.overdue_days.max(1)) =>
            {
                classes.overdue
            }
            Kind::Plain | Kind::NetPosition if overdue >= 0 => classes.due,
            Kind::Plain | Kind::NetPosition => classes.not_yet_due,
        }
    }

    fn posting(&self, obligation: ObligationId, amount: Minor, cause: Cause) -> Posting {
        let (from, to, currency) = (self.debtor, self.creditor, self.currency);
        Posting { obligation, from, to, currency, amount, cause }
    }
}

/// What one side asks the other to agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Amendment {
    /// That it is no longer owed.
    Withdraw,
    /// That another amount is outstanding, due on another date.
    Correct {
        /// What is outstanding then.
        outstanding: Minor,
        /// When it is due then.
        due: Date,
    },
    /// That this member takes it over; it is asked by the creditor.
    Assign {
        /// The new creditor.
        to: MemberId,
    },
}

/// What was asked, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// By which side.
    pub by: Side,
    /// For what.
    pub what: Amendment,
}

/// How a declarer answers a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It stands by what it declared.
    Insist,
    /// It gives up; the obligation is withdrawn.
    GiveUp,
}

/// The longest reference, in bytes.
pub const LONGEST_REFERENCE: usize = 140;

/// A change with what it posts.
type Outcome = Result<(Change, Vec<Posting>), Refusal>;
