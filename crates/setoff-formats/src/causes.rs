//! Bad rows by what is wrong with them: where a whole column is written in another way, one cause
//! has thousands of rows, and the others must be seen beside it.

use std::collections::HashMap;

use crate::rejected::{Cause, Rejected};

/// The most causes that are told apart; rows of further ones are only counted.
pub const MOST_CAUSES: usize = 1_000;

/// How many rows of a cause are kept with their values.
const MOST_FIRST: usize = 2;

/// How many lines of further rows are kept.
const MOST_LINES: usize = 10;

/// The bad rows of one cause, file and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameCause {
    /// The first rows, at least one and at most two, by place.
    pub first: Vec<Rejected>,
    /// The lines of the next ten.
    pub lines: Vec<u64>,
    /// How many rows there are, these included.
    pub count: u64,
}

/// Rows are noted in the order of their places, or nearly so.
#[derive(Default)]
pub(crate) struct Causes {
    groups: Vec<SameCause>,
    by_cause: HashMap<(u16, Option<String>, Cause), usize>,
}

impl Causes {
    pub(crate) fn note(&mut self, rejected: &Rejected) {
        let key = (rejected.place.file, rejected.column.clone(), rejected.cause);
        let group = match self.by_cause.get(&key) {
            Some(&group) => &mut self.groups[group],
            None if self.groups.len() == MOST_CAUSES => return,
            None => {
                self.by_cause.insert(key, self.groups.len());
                self.groups.push(SameCause { first: Vec::new(), lines: Vec::new(), count: 0 });
                self.groups.last_mut().expect("it was pushed just now")
            }
        };
        group.count += 1;
        if group.first.len() < MOST_FIRST {
            group.first.push(rejected.clone());
        } else if group.lines.len() < MOST_LINES {
            group.lines.push(rejected.place.line);
        }
    }

    /// All causes, by the place of the first row of each.
    pub(crate) fn in_order(mut self) -> Vec<SameCause> {
        self.groups.sort_by_key(|group| group.first[0].place);
        self.groups
    }
}
