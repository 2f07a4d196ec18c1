//! What still flows: the entries of a flow, by debtor and by creditor, which vanish when used up.

use crate::Debt;
use crate::bundle::index;

/// Which end of an entry one stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At the debtor, whose row leads to its creditors.
    Debtor = 0,
    /// At the creditor, whose row leads to its debtors.
    Creditor = 1,
}

impl End {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Debtor => Self::Creditor,
            Self::Creditor => Self::Debtor,
        }
    }
}

/// An entry of the flow.
#[derive(Clone, Copy)]
struct Entry {
    left: u64,
    /// The debtor and the creditor.
    members: [u32; 2],
    /// Its places in their rows.
    places: [u32; 2],
}

/// All entries that still flow, in rows of neighbours, one row a member.
#[derive(Default)]
struct Rows {
    /// Where each row starts and ends.
    bounds: Vec<[u32; 2]>,
    /// Who is at the other end.
    others: Vec<u32>,
    entries: Vec<u32>,
}

/// What still flows.
pub(super) struct Stream {
    entries: Vec<Entry>,
    /// By debtor and by creditor.
    rows: [Rows; 2],
}

impl Stream {
    pub(super) fn new(members: usize, flow: &[Debt]) -> Self {
        let mut stream = Self {
            entries: flow
                .iter()
                .map(|debt| Entry {
                    left: debt.amount,
                    members: [debt.debtor, debt.creditor],
                    places: [0; 2],
                })
                .collect(),
            rows: Default::default(),
        };
        for end in [End::Debtor, End::Creditor] {
            stream.rows[end as usize] = Rows::new(members, &mut stream.entries, end);
        }
        stream
    }

    /// The places of a member's row.
    pub(super) fn row(&self, end: End, member: u32) -> std::ops::Range<usize> {
        let [start, end] = self.rows[end as usize].bounds[index(member)];
        index(start)..index(end)
    }

    /// Who is at the other end of the entry at a place.
    pub(super) fn across(&self, end: End, place: usize) -> u32 {
        self.rows[end as usize].others[place]
    }

    /// The entry at a place.
    pub(super) fn entry(&self, end: End, place: usize) -> u32 {
        self.rows[end as usize].entries[place]
    }

    /// Who is at an end of an entry.
    pub(super) fn member(&self, end: End, entry: u32) -> u32 {
        self.entries[index(entry)].members[end as usize]
    }

    /// How much still flows in an entry.
    pub(super) fn left(&self, entry: u32) -> u64 {
        self.entries[index(entry)].left
    }

    /// Takes an amount, which is not more than is left, off an entry. One that is used up leaves
    /// both rows, and the last of each row takes its place.
    pub(super) fn take(&mut self, entry: u32, amount: u64) {
        let used = &mut self.entries[index(entry)];
        used.left -= amount;
        if used.left > 0 {
            return;
        }
        let Entry { members, places, .. } = *used;
        for end in [End::Debtor, End::Creditor].map(|end| end as usize) {
            let rows = &mut self.rows[end];
            let [_, bound] = &mut rows.bounds[index(members[end])];
            *bound -= 1;
            let (place, last) = (index(places[end]), index(*bound));
            rows.others[place] = rows.others[last];
            rows.entries[place] = rows.entries[last];
            self.entries[index(rows.entries[place])].places[end] = places[end];
        }
    }

    /// What still flows, the members named.
    pub(super) fn rest(&self, name: impl Fn(u32) -> u32) -> impl Iterator<Item = Debt> {
        self.entries.iter().filter(|entry| entry.left > 0).map(move |entry| Debt {
            debtor: name(entry.members[0]),
            creditor: name(entry.members[1]),
            amount: entry.left,
            weight: 1,
        })
    }
}

impl Rows {
    /// Enters all entries in the rows of their members at `end`.
    fn new(members: usize, entries: &mut [Entry], end: End) -> Self {
        let mut rows = Self {
            bounds: vec![[0; 2]; members],
            others: vec![0; entries.len()],
            entries: vec![0; entries.len()],
        };
        for entry in &*entries {
            rows.bounds[index(entry.members[end as usize])][1] += 1;
        }
        let mut start = 0;
        for bounds in &mut rows.bounds {
            let length = bounds[1];
            *bounds = [start, start];
            start += length;
        }
        for (number, entry) in (0..).zip(entries) {
            let [_, place] = &mut rows.bounds[index(entry.members[end as usize])];
            entry.places[end as usize] = *place;
            rows.others[index(*place)] = entry.members[end.other() as usize];
            rows.entries[index(*place)] = number;
            *place += 1;
        }
        rows
    }
}
