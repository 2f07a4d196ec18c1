//! What happened in a run, by kind: a rule that nobody tried was not tested.

use std::collections::BTreeMap;
use std::fmt;

/// How often something happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By action: accepted, accepted before, refused by the rules, unfit before them.
    pub actions: BTreeMap<String, [u64; 4]>,
    /// By cause, as the table of refusals names it.
    pub refusals: BTreeMap<&'static str, u64>,
    /// Crashes, takeovers, failures of the disk, checks and what else is no command.
    pub events: BTreeMap<&'static str, u64>,
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Accepted.
    Accepted = 0,
    /// Accepted before.
    Again = 1,
    /// Refused by the rules.
    Refused = 2,
    /// Refused before the rules heard of it.
    Unfit = 3,
}

impl Coverage {
    /// Counts a command.
    pub(crate) fn command(&mut self, action: &str, fate: Fate) {
        // Most are known already: no text is made for them.
        if let Some(counts) = self.actions.get_mut(action) {
            counts[fate as usize] += 1;
        } else {
            self.actions.entry(action.to_owned()).or_default()[fate as usize] += 1;
        }
    }

    /// Counts something else.
    pub(crate) fn event(&mut self, what: &'static str) {
        *self.events.entry(what).or_default() += 1;
    }

    /// Adds what happened in another run.
    pub fn add(&mut self, other: &Self) {
        for (action, counts) in &other.actions {
            let own = self.actions.entry(action.clone()).or_default();
            own.iter_mut().zip(counts).for_each(|(own, count)| *own += count);
        }
        for (cause, count) in &other.refusals {
            *self.refusals.entry(cause).or_default() += count;
        }
        for (event, count) in &other.events {
            *self.events.entry(event).or_default() += count;
        }
    }

    /// The actions that were never accepted, or never refused.
    #[must_use]
    pub fn one_sided(&self) -> Vec<&str> {
        let lacks = |counts: &[u64; 4]| counts[0] == 0 || counts[2] == 0;
        self.actions.iter().filter(|(_, counts)| lacks(counts)).map(|(name, _)| &**name).collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:24}{:>12}{:>12}{:>12}{:>12}",
            "action", "accepted", "again", "refused", "unfit"
        )?;
        for (action, [accepted, again, refused, unfit]) in &self.actions {
            writeln!(f, "{action:24}{accepted:>12}{again:>12}{refused:>12}{unfit:>12}")?;
        }
        writeln!(f, "\n{:24}{:>12}", "event", "times")?;
        for (event, times) in &self.events {
            writeln!(f, "{event:24}{times:>12}")?;
        }
        writeln!(f, "\n{:24}{:>12}", "refused because", "times")?;
        for (cause, times) in &self.refusals {
            writeln!(f, "{cause:24}{times:>12}")?;
        }
        Ok(())
    }
}
