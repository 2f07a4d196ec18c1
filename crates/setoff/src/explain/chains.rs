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
    /// places in [`Debts::debts`].
    Bottlenecks(Vec<usize>),
    /// A chain of outstanding debts leads back: the result is not the largest set-off.
    NotLargest,
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
        let offset = all.debts.partition_point(|d| d.clearing < clearing);
        let end = all.debts.partition_point(|d| d.clearing <= clearing);
        let debts = &all.debts[offset..end];
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
mod tests {
    use proptest::prelude::*;
    use setoff_clearing::{Network, Seed, solve};
    use setoff_money::Currency;

    use super::*;

    /// The largest set-off of debts (debtor, creditor, amount), at most one a debtor and creditor.
    fn cleared(members: u32, debts: &[(u32, u32, u64)]) -> Debts {
        cleared_with_potentials(members, debts, Seed::default()).0
    }

    fn cleared_with_potentials(
        members: u32,
        debts: &[(u32, u32, u64)],
        seed: Seed,
    ) -> (Debts, Vec<i64>) {
        let network = debts.iter().map(|&(debtor, creditor, amount)| setoff_clearing::Debt {
            debtor,
            creditor,
            amount,
            weight: 1,
        });
        let network = Network::new(members, network.collect()).unwrap();
        let clearing = solve(&network, seed);
        let names = (0..members).map(|m| m.to_string()).collect();
        let debts = network.debts().iter().zip(clearing.discharges).map(|(d, discharged)| Debt {
            clearing: 0,
            debtor: d.debtor,
            creditor: d.creditor,
            amount: i128::from(d.amount),
            discharged: i128::from(discharged),
        });
        let debts = Debts::of_one_clearing(names, Currency::NONE, debts.collect());
        (debts, clearing.certificate.potentials)
    }

    fn why(debts: &Debts, member: u32, debtor: u32, creditor: u32) -> Why {
        let place = debts.place(0, debtor, creditor).unwrap();
        Chains::new(debts, 0, member).why(&debts.debts[place])
    }

    #[test]
    fn without_a_chain_back_the_plainest_reason_is_given() {
        let debts = cleared(5, &[(0, 1, 10), (1, 2, 10), (2, 1, 10), (3, 1, 10), (4, 0, 10)]);

        assert_eq!(why(&debts, 4, 4, 0), Why::NobodyOwesDebtor);
        assert_eq!(why(&debts, 0, 0, 1), Why::NoChain { members: 1 });
        assert_eq!(why(&debts, 1, 0, 1), Why::NoChain { members: 1 });
        let chain = cleared(2, &[(0, 1, 10)]);
        assert_eq!(why(&chain, 0, 0, 1), Why::CreditorOwesNobody);
    }

    #[test]
    fn on_a_circle_the_end_that_is_used_up_is_named() {
        let debts = cleared(3, &[(0, 1, 10), (1, 2, 10), (2, 0, 7)]);

        assert_eq!(why(&debts, 0, 0, 1), Why::DebtorUsedUp);
        assert_eq!(why(&debts, 1, 1, 2), Why::CreditorUsedUp);
        assert_eq!(why(&debts, 2, 1, 2), Why::CreditorUsedUp);
    }

    #[test]
    fn a_bottleneck_far_away_is_found() {
        let debts = cleared(5, &[(0, 1, 10), (1, 2, 10), (2, 3, 4), (3, 4, 10), (4, 0, 10)]);

        let narrow = debts.place(0, 2, 3).unwrap();
        assert_eq!(why(&debts, 0, 0, 1), Why::Bottlenecks(vec![narrow]));
        assert_eq!(why(&debts, 1, 0, 1), Why::Bottlenecks(vec![narrow]));
    }

    #[test]
    fn a_result_that_is_not_the_largest_is_told() {
        let mut debts = cleared(2, &[(0, 1, 10), (1, 0, 10)]);
        for debt in &mut debts.debts {
            debt.discharged = 5;
        }

        assert_eq!(why(&debts, 0, 0, 1), Why::NotLargest);
    }

    #[test]
    fn chance_decided_between_two_circles_with_a_debt_in_common() {
        let list = [(0, 1, 5), (1, 2, 5), (2, 0, 5), (1, 3, 5), (3, 0, 5)];
        let (debts, potentials) = cleared_with_potentials(4, &list, Seed::default());
        let chains = Chains::new(&debts, 0, 0);
        let could_be_more = |debtor, creditor| {
            let place = debts.place(0, debtor, creditor).unwrap();
            chains.could_be_more(&debts.debts[place], &potentials)
        };

        let left: Vec<(u32, u32)> = debts
            .debts
            .iter()
            .filter(|d| d.outstanding() > 0)
            .map(|d| (d.debtor, d.creditor))
            .collect();

        assert_eq!(left.len(), 2, "one of the two circles was closed");
        assert!(left.iter().all(|&(debtor, creditor)| could_be_more(debtor, creditor)));
    }

    #[test]
    fn chance_did_not_decide_where_a_longer_circle_wins() {
        let list = [(0, 1, 5), (1, 0, 5), (1, 2, 5), (2, 0, 5)];
        let (debts, potentials) = cleared_with_potentials(3, &list, Seed::default());
        let chains = Chains::new(&debts, 0, 1);
        let back = debts.place(0, 1, 0).unwrap();

        assert_eq!(debts.debts[back].discharged, 0);
        assert!(!chains.could_be_more(&debts.debts[back], &potentials));
    }

    /// Everyone whom `from` reaches along debts that may be followed, `from` itself included.
    fn reached(debts: &Debts, from: u32, follow: impl Fn(usize) -> bool) -> Vec<u32> {
        let mut reached = vec![from];
        let mut next = 0;
        while next < reached.len() {
            for (place, d) in debts.debts.iter().enumerate() {
                if d.debtor == reached[next] && follow(place) && !reached.contains(&d.creditor) {
                    reached.push(d.creditor);
                }
            }
            next += 1;
        }
        reached
    }

    /// The most that any of the largest set-offs takes off each debt, by trying all set-offs.
    fn most_by_trying(list: &[(u32, u32, u64)], members: u32) -> Vec<u64> {
        let mut most = vec![0; list.len()];
        let mut largest = 0;
        let mut taken = vec![0; list.len()];
        loop {
            let mut net = vec![0_i64; members as usize];
            for (&(d, c, _), &t) in list.iter().zip(&taken) {
                net[d as usize] -= i64::try_from(t).unwrap();
                net[c as usize] += i64::try_from(t).unwrap();
            }
            let total: u64 = taken.iter().sum();
            if net.iter().all(|&n| n == 0) && total >= largest {
                if total > largest {
                    most.fill(0);
                    largest = total;
                }
                for (m, &t) in most.iter_mut().zip(&taken) {
                    *m = t.max(*m);
                }
            }
            let Some(place) = (0..list.len()).find(|&i| taken[i] < list[i].2) else {
                return most;
            };
            taken[place] += 1;
            taken[..place].fill(0);
        }
    }

    fn distinct(amounts: std::collections::BTreeMap<(u32, u32), u64>) -> Vec<(u32, u32, u64)> {
        let others = amounts.into_iter().filter(|((d, c), _)| d != c);
        others.map(|((d, c), amount)| (d, c, amount)).collect()
    }

    proptest! {
        #[test]
        fn could_be_more_agrees_with_trying_all_set_offs(
            amounts in prop::collection::btree_map((0_u32..4, 0_u32..4), 1_u64..3, 1..9),
            seed in 0_u8..5,
        ) {
            let list = distinct(amounts);
            let most = most_by_trying(&list, 4);
            let (debts, potentials) = cleared_with_potentials(4, &list, Seed([seed; 32]));
            let chains = Chains::new(&debts, 0, 0);

            for (&(debtor, creditor, _), &most) in list.iter().zip(&most) {
                let debt = &debts.debts[debts.place(0, debtor, creditor).unwrap()];
                if debt.outstanding() > 0 {
                    let could = chains.could_be_more(debt, &potentials);
                    prop_assert_eq!(could, i128::from(most) > debt.discharged);
                }
            }
        }

        #[test]
        fn every_reason_holds(
            amounts in prop::collection::btree_map((0_u32..9, 0_u32..9), 1_u64..9, 1..30),
        ) {
            let debts = cleared(9, &distinct(amounts));
            let whole = |place: usize| debts.debts[place].outstanding() == 0;

            for debt in debts.debts.iter().filter(|d| d.outstanding() > 0) {
                let (debtor, creditor) = (debt.debtor, debt.creditor);
                let chain_back = reached(&debts, creditor, |_| true).contains(&debtor);
                let still = reached(&debts, creditor, |place| !whole(place));
                prop_assert!(!still.contains(&debtor));
                for member in [debtor, creditor] {
                    match why(&debts, member, debtor, creditor) {
                        Why::CreditorOwesNobody => {
                            prop_assert!(debts.debts.iter().all(|d| d.debtor != creditor));
                        }
                        Why::NobodyOwesDebtor => {
                            prop_assert!(debts.debts.iter().all(|d| d.creditor != debtor));
                        }
                        Why::NoChain { .. } => prop_assert!(!chain_back),
                        Why::DebtorUsedUp => prop_assert!(chain_back
                            && debts.debts.iter().all(|d| d.creditor != debtor || d.outstanding() == 0)),
                        Why::CreditorUsedUp => prop_assert!(chain_back
                            && debts.debts.iter().all(|d| d.debtor != creditor || d.outstanding() == 0)),
                        Why::NotLargest => prop_assert!(false, "the solver is exact"),
                        Why::Bottlenecks(places) => {
                            prop_assert!(!places.is_empty() && places.iter().all(|&p| whole(p)));
                            for &place in &places {
                                let d = debts.debts[place];
                                prop_assert!(reached(&debts, creditor, |_| true).contains(&d.debtor));
                                prop_assert!(reached(&debts, d.creditor, |_| true).contains(&debtor));
                            }
                            if places.len() < MOST_BOTTLENECKS {
                                let around = reached(&debts, creditor, |p| !places.contains(&p));
                                prop_assert!(!around.contains(&debtor), "a chain passes none of them");
                            }
                        }
                    }
                }
            }
        }
    }
}
