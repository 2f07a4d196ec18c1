//! Members put together into few groups, so that a picture of a hundred thousand of them still
//! says something.

use crate::outcome::{Mode, Position};
use crate::wording::{count, counted, money, scaled};

use super::debts::Debts;
use super::ranks::{Rank, ranks};

/// The most groups that a picture shows.
const MOST_GROUPS: usize = 12;

/// Every member in one group, and the groups in an order that means something.
pub(super) struct Grouping {
    pub(super) by: GroupedBy,
    /// Each member's place in the order; debts that are left between places of the same group
    /// still run one way when grouped by rank.
    places: Vec<usize>,
    /// The group of every place.
    group_of_place: Vec<usize>,
    pub(super) labels: Vec<String>,
}

/// What the groups' order means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupedBy {
    /// Debts that are left run from an earlier group to a later one, or on within one.
    Rank,
    /// From members that only owe to members that are only owed.
    NetPosition,
}

/// What one group owes another, in the clearing's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) before: i128,
    pub(super) taken: i128,
}

/// The debts between groups, towards later places and back apart.
pub(super) struct Flows {
    groups: usize,
    onward: Vec<Flow>,
    back: Vec<Flow>,
}

impl Grouping {
    /// By rank where the debts left have one, otherwise by net position.
    pub(super) fn of(debts: &Debts<'_>, mode: Mode) -> Self {
        let ranked = match mode {
            Mode::SetOff => ranks(debts),
            Mode::Bilateral | Mode::Novation => None,
        };
        match ranked {
            Some(ranks) => Self::by_rank(debts, &ranks),
            None => Self::by_net_position(debts),
        }
    }

    /// Ranks, neighbouring ones together where there are many, so that groups are about equally
    /// large in what they owe and are owed. Members with nothing left come first.
    fn by_rank(debts: &Debts<'_>, ranks: &[Rank]) -> Self {
        let places: Vec<usize> = ranks.iter().map(|r| r.map_or(0, |rank| rank + 1)).collect();
        let mut turnover = vec![0_i128; places.iter().max().map_or(0, |&p| p + 1)];
        for (place, position) in places.iter().zip(&debts.clearing.positions) {
            turnover[*place] += position.owed + position.owing;
        }
        let ranked = turnover.len().saturating_sub(1);
        let bounds = parts(&turnover[turnover.len().min(1)..], MOST_GROUPS - 1);
        let mut labels = Vec::new();
        let mut group_of_place = vec![0; turnover.len()];
        if places.contains(&0) {
            labels.push("Nothing left".to_owned());
        }
        for window in bounds.windows(2) {
            let (first, last) = (window[0] + 1, window[1]);
            group_of_place[first..=last].fill(labels.len());
            labels.push(if first == last {
                format!("Rank {first}")
            } else {
                format!("Ranks {first}–{last}")
            });
        }
        debug_assert!(ranked == 0 || *bounds.last().unwrap_or(&0) == ranked);
        Self { by: GroupedBy::Rank, places, group_of_place, labels }
    }

    fn by_net_position(debts: &Debts<'_>) -> Self {
        const LABELS: [&str; 9] = [
            "Only owe",
            "Owe far more",
            "Owe more",
            "Owe a little more",
            "In balance",
            "Are owed a little more",
            "Are owed more",
            "Are owed far more",
            "Are only owed",
        ];
        let class = |net: i128, turnover: i128| {
            let share = scaled(net.abs(), turnover, 100);
            let distance = match share {
                _ if net == 0 => 0,
                100 => 4,
                50.. => 3,
                20.. => 2,
                _ => 1,
            };
            if net < 0 { 4 - distance } else { 4 + distance }
        };
        let places: Vec<usize> =
            debts.clearing.positions.iter().map(|p| class(p.net(), p.owed + p.owing)).collect();
        let mut labels = Vec::new();
        let mut group_of_place = vec![0; LABELS.len()];
        for (place, label) in LABELS.iter().enumerate() {
            if places.contains(&place) {
                group_of_place[place] = labels.len();
                labels.push((*label).to_owned());
            }
        }
        Self { by: GroupedBy::NetPosition, places, group_of_place, labels }
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    /// The group of a member.
    pub(super) fn group(&self, member: usize) -> usize {
        self.group_of_place[self.places[member]]
    }

    /// What the groups owe each other.
    pub(super) fn flows(&self, debts: &Debts<'_>) -> Flows {
        let groups = self.len();
        let mut flows = Flows {
            groups,
            onward: vec![Flow::default(); groups * groups],
            back: vec![Flow::default(); groups * groups],
        };
        for debt in debts.iter() {
            let at = self.group(debt.debtor) * groups + self.group(debt.creditor);
            let onward = self.places[debt.debtor] < self.places[debt.creditor];
            let side = if onward { &mut flows.onward } else { &mut flows.back };
            side[at].before += debt.before;
            side[at].taken += debt.taken;
        }
        flows
    }

    /// A line about every group.
    pub(super) fn described(&self, debts: &Debts<'_>) -> Vec<GroupLine> {
        let currency = debts.clearing.currency;
        let mut members = vec![0_usize; self.len()];
        let mut sums = vec![Position::default(); self.len()];
        for (m, position) in debts.clearing.positions.iter().enumerate() {
            let group = self.group(m);
            members[group] += 1;
            sums[group].owing += position.owing;
            sums[group].owed += position.owed;
            sums[group].owing_after += position.owing_after;
            sums[group].owed_after += position.owed_after;
        }
        (0..self.len())
            .map(|group| GroupLine {
                number: group + 1,
                label: self.labels[group].clone(),
                members: count(members[group]),
                owing: currency.format_readable(sums[group].owing),
                owing_after: currency.format_readable(sums[group].owing_after),
                owed: currency.format_readable(sums[group].owed),
                owed_after: currency.format_readable(sums[group].owed_after),
                net: currency.format_readable(sums[group].net()),
                spoken: format!(
                    "{}: {}, owing {}",
                    self.labels[group],
                    counted(members[group], "member", "members"),
                    money(currency, sums[group].owing)
                ),
            })
            .collect()
    }
}

/// One group in the table beside the picture.
pub(super) struct GroupLine {
    pub(super) number: usize,
    pub(super) label: String,
    pub(super) members: String,
    pub(super) owing: String,
    pub(super) owing_after: String,
    pub(super) owed: String,
    pub(super) owed_after: String,
    pub(super) net: String,
    /// The same for whoever points at the group.
    pub(super) spoken: String,
}

impl Flows {
    /// What the first group owes the second, to members at later places.
    pub(super) fn onward(&self, debtor: usize, creditor: usize) -> Flow {
        self.onward[debtor * self.groups + creditor]
    }

    /// What the first group owes the second, to members at the same or earlier places.
    pub(super) fn back(&self, debtor: usize, creditor: usize) -> Flow {
        self.back[debtor * self.groups + creditor]
    }

    /// All that the first group owes the second.
    pub(super) fn all(&self, debtor: usize, creditor: usize) -> Flow {
        let (onward, back) = (self.onward(debtor, creditor), self.back(debtor, creditor));
        Flow { before: onward.before + back.before, taken: onward.taken + back.taken }
    }
}

/// Cuts a row of sizes into at most `most` neighbouring parts of about equal sums; returns the
/// bounds, from 0 to the number of sizes.
fn parts(sizes: &[i128], most: usize) -> Vec<usize> {
    let mut bounds = vec![0];
    if sizes.len() <= most {
        bounds.extend(1..=sizes.len());
        return bounds;
    }
    let whole: i128 = sizes.iter().sum();
    let share =
        |n: usize| scaled(i128::try_from(n).unwrap_or(0), i128::try_from(most).unwrap_or(1), 1000);
    let mut sum = 0;
    for (i, size) in sizes.iter().enumerate() {
        sum += size;
        let (done, left) = (i + 1, sizes.len() - i - 1);
        let missing = most - bounds.len();
        let full = scaled(sum, whole, 1000) >= share(bounds.len());
        if missing > 0 && left > 0 && (full || left == missing) {
            bounds.push(done);
        }
    }
    bounds.push(sizes.len());
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_ranks_become_few_groups_that_keep_their_order() {
        assert_eq!(parts(&[5, 5, 5], 12), [0, 1, 2, 3]);
        assert_eq!(parts(&[1, 1, 1, 1], 2), [0, 2, 4]);
        assert_eq!(parts(&[100, 1, 1, 1], 3), [0, 1, 2, 4]);
        assert_eq!(parts(&[], 3), [0]);
        for most in 1..8 {
            let bounds = parts(&[0, 9, 0, 0, 2, 30, 1, 1, 1], most);
            assert_eq!(bounds.len(), most + 1);
            assert!(bounds.is_sorted_by(|a, b| a < b), "{bounds:?}");
        }
    }
}
