//! Why a debt was not set off, or not whole: no chain of debts leads from its creditor back to its
//! debtor, or every such chain passes a debt that is already set off whole.
//!
//! In a largest set-off the outstanding debts close no circle, or it would not be the largest. So
//! for a debt with something outstanding, the members that its creditor reaches along outstanding
//! debts never include its debtor: all debts that lead out of that set are set off whole, and every
//! chain back passes one of them. They are the cut that this module finds, nearest first
//! (max-flow min-cut: L. Ford and D. Fulkerson, *Maximal flow through a network*, 1956). Of the two ends of a debt one is always the
//! member in question, so its sets are searched once, in time O(members + debts).

use std::collections::HashSet;

use super::result_folder::{Debt, Debts};

/// How many debts of a cut are named.
pub(super) const MOST_BOTTLENECKS: usize = 5;

/// Which way a chain of debts is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// From a debtor to its creditors.
    ToCreditors,
    /// From a creditor to its debtors.
    ToDebtors,
}

/// Why something of a debt is outstanding after a set-off along circles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The creditor owes nobody.
    CreditorOwesNobody,
    /// Nobody owes the debtor.
    NobodyOwesDebtor,
    /// The creditor owes none of those who owe the debtor, directly or through others.
    NoChain {
        /// How many members are at the end of chains from, or to, the member in question.
        members: usize,
    },
    /// Everything that the debtor is owed is set off whole.
    DebtorUsedUp,
    /// Everything that the creditor owes is set off whole.
    CreditorUsedUp,
    /// Every chain back passes debts that are set off whole; these are the nearest of them, as
    /// places in [`Debts::all`].
    Bottlenecks(Vec<usize>),
    /// A chain of outstanding debts leads back: the result is not the largest set-off.
    NotLargest,
    /// The same where the time limit came before the largest was found.
    Stopped,
    /// Obligations are set off whole or not at all, and no choice of what the member in question owes
    /// adds up to one of what it is owed, with any of these in it.
    Amounts,
    /// Obligations are set off whole or not at all, and a search found nothing larger than this.
    WholeOnly {
        /// Whether it proved that there is nothing larger.
        is_proven: bool,
    },
}

impl Why {
    /// Whether the debt lies on a circle of debts at all.
    pub(super) fn is_on_a_circle(&self) -> bool {
        matches!(self, Self::DebtorUsedUp | Self::CreditorUsedUp | Self::Bottlenecks(_))
    }
}

/// The debts of one clearing, seen from one member.
pub(super) struct Chains<'a> {
    debts: &'a [Debt],
    /// The first debt of this clearing in the list of all.
    offset: usize,
    /// The debts of debtor m are `start[m]..start[m + 1]`, relative to the offset.
    start: Vec<usize>,
    /// The debts owed to m are `to[to_start[m]..to_start[m + 1]]`, relative to the offset.
    to_start: Vec<usize>,
    to: Vec<usize>,
    member: u32,
    /// Who is at the end of chains of debts from the member.
    owed_by_member: Reached,
    /// Who is at the beginning of chains of debts to the member.
    owing_to_member: Reached,
    /// The same along outstanding debts only.
    outstanding_from_member: Reached,
    outstanding_to_member: Reached,
}

/// A set of members.
struct Reached {
    is_in: Vec<bool>,
    count: usize,
}

impl<'a> Chains<'a> {
    /// The debts of `clearing`, seen from `member`.
    pub(super) fn new(all: &'a Debts, clearing: usize, member: u32) -> Self {
        let members = all.names.len();
        let offset = all.all.partition_point(|d| d.clearing < clearing);
        let end = all.all.partition_point(|d| d.clearing <= clearing);
        let debts = &all.all[offset..end];
        let (start, _) = indexed(members, debts.iter().map(|d| d.debtor));
        let (to_start, to) = indexed(members, debts.iter().map(|d| d.creditor));
        let nobody = || Reached { is_in: Vec::new(), count: 0 };
        let mut chains = Self {
            debts,
            offset,
            start,
            to_start,
            to,
            member,
            owed_by_member: nobody(),
            owing_to_member: nobody(),
            outstanding_from_member: nobody(),
            outstanding_to_member: nobody(),
        };
        chains.owed_by_member = chains.reach(Way::ToCreditors, |_| true);
        chains.owing_to_member = chains.reach(Way::ToDebtors, |_| true);
        chains.outstanding_from_member = chains.reach(Way::ToCreditors, |d| d.outstanding() > 0);
        chains.outstanding_to_member = chains.reach(Way::ToDebtors, |d| d.outstanding() > 0);
        chains
    }

    /// Why something of a debt, of or to the member, is outstanding.
    pub(super) fn why(&self, debt: &Debt) -> Why {
        let (debtor, creditor) = (debt.debtor, debt.creditor);
        let mut owed_by_creditor = self.debts_of(creditor, Way::ToCreditors).peekable();
        let mut owed_to_debtor = self.debts_of(debtor, Way::ToDebtors).peekable();
        if owed_by_creditor.peek().is_none() {
            return Why::CreditorOwesNobody;
        }
        if owed_to_debtor.peek().is_none() {
            return Why::NobodyOwesDebtor;
        }
        let (other, way, before, outstanding) = if debtor == self.member {
            (creditor, Way::ToCreditors, &self.owing_to_member, &self.outstanding_to_member)
        } else {
            (debtor, Way::ToDebtors, &self.owed_by_member, &self.outstanding_from_member)
        };
        if !before.has(other) {
            return Why::NoChain { members: before.count };
        }
        if outstanding.has(other) {
            return Why::NotLargest;
        }
        let whole = |place: usize| self.debts[place].outstanding() == 0;
        if owed_to_debtor.all(whole) {
            return Why::DebtorUsedUp;
        }
        if owed_by_creditor.all(whole) {
            return Why::CreditorUsedUp;
        }
        Why::Bottlenecks(self.bottlenecks(other, way, outstanding))
    }

    /// Whether another set-off with the same total takes off more of this debt.
    ///
    /// The largest set-offs differ only along debts whose gain by the certificate is 0 (complementary
    /// slackness), so there is one exactly if more can go through this debt and on from its
    /// creditor to its debtor, over debts of gain 0: more of an outstanding one, or less of one
    /// that is set off. Holds for debts without weights.
    pub(super) fn could_be_more(&self, debt: &Debt, potentials: &[i64]) -> bool {
        let no_gain = |d: &Debt| {
            let [debtor, creditor] = [d.debtor, d.creditor].map(|m| potentials[m as usize]);
            1 + i128::from(debtor) == i128::from(creditor)
        };
        if !no_gain(debt) {
            return false;
        }
        let mut seen = HashSet::from([debt.creditor]);
        let mut queue = vec![debt.creditor];
        let mut next = 0;
        while next < queue.len() {
            let member = queue[next];
            let more = self
                .debts_of(member, Way::ToCreditors)
                .map(|place| &self.debts[place])
                .filter(|d| d.outstanding() > 0 && no_gain(d))
                .map(|d| d.creditor);
            let less = self
                .debts_of(member, Way::ToDebtors)
                .map(|place| &self.debts[place])
                .filter(|d| d.discharged > 0 && no_gain(d) && *d != debt)
                .map(|d| d.debtor);
            for other in more.chain(less) {
                if other == debt.debtor {
                    return true;
                }
                if seen.insert(other) {
                    queue.push(other);
                }
            }
            next += 1;
        }
        false
    }

    /// The debts nearest to `from` that lead into `target`, a set that can be entered only by
    /// debts set off whole.
    fn bottlenecks(&self, from: u32, way: Way, target: &Reached) -> Vec<usize> {
        let mut found = Vec::new();
        // The search usually ends after a few members, of perhaps a million.
        let mut seen = HashSet::from([from]);
        let mut queue = vec![from];
        let mut next = 0;
        while next < queue.len() {
            for place in self.debts_of(queue[next], way) {
                let other = self.other_end(place, way);
                if target.has(other) {
                    found.push(self.offset + place);
                    if found.len() == MOST_BOTTLENECKS {
                        return found;
                    }
                } else if seen.insert(other) {
                    queue.push(other);
                }
            }
            next += 1;
        }
        found
    }

    /// Everyone that chains of such debts connect with the member, and the member itself.
    fn reach(&self, way: Way, follow: impl Fn(&Debt) -> bool) -> Reached {
        let mut is_in = vec![false; self.start.len() - 1];
        is_in[self.member as usize] = true;
        let mut queue = vec![self.member];
        let mut next = 0;
        while next < queue.len() {
            for place in self.debts_of(queue[next], way) {
                let other = self.other_end(place, way);
                if follow(&self.debts[place]) && !is_in[other as usize] {
                    is_in[other as usize] = true;
                    queue.push(other);
                }
            }
            next += 1;
        }
        Reached { is_in, count: queue.len() - 1 }
    }

    /// The debts of a member, or to it, as places among this clearing's.
    fn debts_of(&self, member: u32, way: Way) -> impl Iterator<Item = usize> + '_ {
        let m = member as usize;
        let own = self.start[m]..self.start[m + 1];
        let owed = self.to_start[m]..self.to_start[m + 1];
        let (own, owed) = match way {
            Way::ToCreditors => (own, 0..0),
            Way::ToDebtors => (0..0, owed),
        };
        own.chain(self.to[owed].iter().copied())
    }

    fn other_end(&self, place: usize, way: Way) -> u32 {
        match way {
            Way::ToCreditors => self.debts[place].creditor,
            Way::ToDebtors => self.debts[place].debtor,
        }
    }
}

impl Reached {
    fn has(&self, member: u32) -> bool {
        self.is_in[member as usize]
    }
}

/// The places of things by the member that each belongs to: where each member's begin in the list,
/// and the list.
fn indexed(members: usize, of: impl Iterator<Item = u32> + Clone) -> (Vec<usize>, Vec<usize>) {
    let mut start = vec![0; members + 1];
    let mut count = 0;
    for member in of.clone() {
        start[member as usize + 1] += 1;
        count += 1;
    }
    for member in 0..members {
        start[member + 1] += start[member];
    }
    let mut next = start.clone();
    let mut list = vec![0; count];
    for (place, member) in of.enumerate() {
        let slot = &mut next[member as usize];
        list[*slot] = place;
        *slot += 1;
    }
    (start, list)
}

#[cfg(test)]
mod tests;
