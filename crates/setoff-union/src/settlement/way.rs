//! In which way a member settles what cycles leave: net or gross.
//!
//! The rules:
//! - The rulebook says which ways there are, and may name a member as the *netting centre*.
//! - *Net*: with a centre, the debts are replaced by one debt to or from it (`novation.rs`); without
//!   one, a debtor pays each of its creditors once a cycle and currency. *Gross*: each obligation
//!   is paid by itself, directly.
//! - Where the rulebook has both, each member chooses, and may choose anew at any time; who has not
//!   chosen settles net. A debt is settled net only if both its sides settle net: nobody gets
//!   another debtor or creditor without having agreed to it.
//! - A cycle is settled by the rulebook in force on its value date, with the choices as they are
//!   when its instructions are made.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Author, Capacity, Change, MemberId, Refusal, State};

/// How a member's debts are settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// In one sum with the centre, or with each other member where there is no centre.
    Net,
    /// Each obligation by itself.
    Gross,
}

/// What a rulebook says of settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ways {
    /// The member that is the netting centre, where there is one.
    pub centre: Option<MemberId>,
    /// In which ways members may settle, at least one.
    pub allowed: BTreeSet<Way>,
    /// Whether members may choose a currency of their own, in which they pay and are paid.
    #[serde(default)]
    pub own_currency: bool,
}

impl Default for Ways {
    /// Directly, in one sum with each other member.
    fn default() -> Self {
        Self { centre: None, allowed: [Way::Net].into(), own_currency: false }
    }
}

impl Ways {
    /// The way of a member with this choice.
    pub(crate) fn of(&self, chosen: Option<Way>) -> Way {
        let chosen = chosen.filter(|way| self.allowed.contains(way));
        chosen.unwrap_or(if self.allowed.contains(&Way::Net) { Way::Net } else { Way::Gross })
    }

    /// What is wrong with it, if anything, where members have these capacities.
    pub(crate) fn wrong(&self, capacity: impl Fn(MemberId) -> Option<Capacity>) -> Option<&str> {
        if self.allowed.is_empty() {
            return Some("members need a way to settle: net, gross or both");
        }
        let centre = self.centre.map(capacity);
        centre.is_some_and(|found| found != Some(Capacity::Member)).then_some(
            "the netting centre has to be a member: no agent, and none that is not there yet",
        )
    }
}

/// A member chooses.
pub(crate) fn choose(
    state: &State,
    author: &Author,
    way: Way,
    today: Date,
) -> Result<Change, Refusal> {
    let member = author.member()?;
    if !state.rulebook_on(today).settlement.allowed.contains(&way) {
        return Err(Refusal::WayNotAllowed { member });
    }
    Ok(Change::WayChosen { member, way })
}
