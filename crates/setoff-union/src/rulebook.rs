//! The rulebook: what the members agreed on for everyone, in force from a day on.
//!
//! It is changed as a whole, by a proposal and a vote ([`vote`](crate::Subject)), with the notice
//! that the rulebook now in force asks for. What a cycle freezes and how long
//! its corrections count is fixed at its cut-off, by the rulebook in force on its value date: a
//! change never touches a cycle that is cut off, much less a final one.
//!
//! The calendar is kept here as the members agreed on it. [`decide`](crate::decide()) does not
//! compute with time zones: their rules change from year to year, and a journal must replay the
//! same for ever. Who runs the node sends each cut-off when the calendar says so.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, Time, Weekday, time};
use serde::{Deserialize, Serialize};

use crate::{Amount, Capacity, Code, MemberId, RateSource, Refusal, Sight, State, Ways, amount};

/// An exact fraction, such as 2/3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fraction {
    /// Above the line.
    pub over: u32,
    /// Below the line, at least 1.
    pub under: u32,
}

impl Fraction {
    /// How `part` of `whole` compares with the fraction, without division.
    #[must_use]
    pub fn compare(self, part: u64, whole: u64) -> std::cmp::Ordering {
        let part = u128::from(part) * u128::from(self.under);
        part.cmp(&(u128::from(whole) * u128::from(self.over)))
    }

    fn is_proper(self) -> bool {
        self.under > 0 && self.over <= self.under
    }
}

/// What happens exactly at a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtThreshold {
    /// It passes: "at least two thirds".
    Passes,
    /// It fails: "more than half".
    Fails,
}

/// Who decides on a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decider {
    /// The operator, as an act of administration.
    Operator,
    /// The members, by a vote.
    Vote,
}

/// Who may declare an obligation. The other side always has to confirm it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Declares {
    /// Only who owes.
    Debtor,
    /// Only who is owed.
    Creditor,
    /// Either side.
    Either,
}

/// Whether a class of obligations clears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clears {
    /// Always; a hold by a side does not keep it out.
    Must,
    /// Unless a side holds it back.
    May,
    /// Never.
    MayNot,
}

/// Which obligations clear. The first class that an obligation belongs to decides, in the order of
/// the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classes {
    /// In litigation.
    pub in_litigation: Clears,
    /// Secured by a pledge or a guarantee.
    pub secured: Clears,
    /// Between two members of one group.
    pub within_group: Clears,
    /// Overdue by `overdue_days` or more on the value date.
    pub overdue: Clears,
    /// From how many days on a debt counts as overdue.
    pub overdue_days: u16,
    /// Due on or before the value date.
    pub due: Clears,
    /// Due after the value date.
    pub not_yet_due: Clears,
}

/// Whether set-off may discharge an obligation in part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Portions {
    /// It may.
    #[default]
    Parts,
    /// Whole or not at all.
    Whole,
}

/// When cut-offs are, for people and for the node's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The name in the IANA time zone database, such as `Europe/Ljubljana`.
    pub time_zone: String,
    /// The time of day of a cut-off.
    pub cut_off: Time,
    /// The day of the month on or after which it falls, 1 to 28.
    pub day_of_month: u8,
    /// The days of the week on which business is done.
    pub business_days: Vec<Day>,
    /// Days on which it is not, though the day of the week says so.
    pub holidays: Vec<Date>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names of the days say it")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    fn weekday(self) -> Weekday {
        match self {
            Self::Monday => Weekday::Monday,
            Self::Tuesday => Weekday::Tuesday,
            Self::Wednesday => Weekday::Wednesday,
            Self::Thursday => Weekday::Thursday,
            Self::Friday => Weekday::Friday,
            Self::Saturday => Weekday::Saturday,
            Self::Sunday => Weekday::Sunday,
        }
    }
}

impl Calendar {
    /// Whether business is done on a day.
    #[must_use]
    pub fn is_business_day(&self, day: Date) -> bool {
        let open = self.business_days.iter().any(|open| open.weekday() == day.weekday());
        open && !self.holidays.contains(&day)
    }

    /// The day of the first cut-off after `after`: in each month the first business day on or after
    /// the day of the month, which may fall into the next month. `None` where no business day
    /// follows within a year.
    #[must_use]
    pub fn next_cut_off(&self, after: Date) -> Option<Date> {
        let last_month = after.first_of_month().yesterday().ok()?.first_of_month();
        let months = last_month.series(1.month()).take(15);
        let days = months.filter_map(|month| {
            let begin = month.with().day(i8::try_from(self.day_of_month).ok()?).build().ok()?;
            begin.series(1.day()).take(366).find(|day| self.is_business_day(*day))
        });
        days.into_iter().find(|day| *day > after)
    }
}

/// What the members agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rulebook {
    /// Who may declare.
    pub declares: Declares,
    /// The smallest amount of an obligation, by currency; none where a currency is not named.
    #[serde(deserialize_with = "amount::by_code")]
    pub smallest: BTreeMap<Code, Amount>,
    /// Which obligations clear.
    pub classes: Classes,
    /// How many hours after a cut-off confirmations and disputes still count.
    pub correction_hours: u16,
    /// Who admits.
    pub admission: Decider,
    /// Who suspends and reinstates.
    pub suspension: Decider,
    /// What part of the votes for and against must be for.
    pub majority: Fraction,
    /// What happens exactly at the majority.
    pub at_majority: AtThreshold,
    /// What part of those who may vote must have voted, abstentions included; exactly at it is
    /// enough.
    pub quorum: Fraction,
    /// For how many days a proposal must be open, at least.
    pub voting_days: u16,
    /// How many days must lie between the end of a vote and a change of the rulebook, at least.
    pub notice_days: u16,
    /// After how many days an instruction that nobody answered goes back to outstanding.
    pub instruction_days: u16,
    /// When cut-offs are.
    pub calendar: Calendar,
    /// Where the rates of cycles in a unit of account are from; from anywhere, where it is not named.
    #[serde(default)]
    pub rates: Option<RateSource>,
    /// How what a cycle leaves is settled.
    #[serde(default)]
    pub settlement: Ways,
    /// Whether set-off may discharge an obligation in part.
    #[serde(default)]
    pub portions: Portions,
    /// Who sees what.
    #[serde(default)]
    pub sight: Sight,
    /// For how many days a member that leaves with open obligations only settles first.
    #[serde(default = "default_run_off")]
    pub run_off_days: u16,
}

/// Three months, where a rulebook does not say.
fn default_run_off() -> u16 {
    90
}

/// Checks a rulebook against the currencies and members of the union.
pub(crate) fn check(state: &State, rulebook: &Rulebook) -> Result<(), Refusal> {
    let of = |member: MemberId| state.members().get(member.index());
    check_with(state, rulebook, |member| of(member).map(|found| found.profile.capacity))
}

impl Rulebook {
    /// The rulebook of a union whose founding says nothing else: either side declares, everything but
    /// what is in litigation may clear, a day for corrections, the operator admits, at least two thirds
    /// for decide if half have voted, and the cut-off is at noon UTC on the 20th.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            declares: Declares::Either,
            smallest: BTreeMap::new(),
            classes: Classes {
                in_litigation: Clears::MayNot,
                secured: Clears::May,
                within_group: Clears::May,
                overdue: Clears::May,
                overdue_days: 30,
                due: Clears::May,
                not_yet_due: Clears::May,
            },
            correction_hours: 24,
            admission: Decider::Operator,
            suspension: Decider::Operator,
            majority: Fraction { over: 2, under: 3 },
            at_majority: AtThreshold::Passes,
            quorum: Fraction { over: 1, under: 2 },
            voting_days: 7,
            notice_days: 14,
            instruction_days: 10,
            calendar: Calendar {
                time_zone: "Etc/UTC".to_owned(),
                cut_off: time(12, 0, 0, 0),
                day_of_month: 20,
                business_days: vec![
                    Day::Monday,
                    Day::Tuesday,
                    Day::Wednesday,
                    Day::Thursday,
                    Day::Friday,
                ],
                holidays: Vec::new(),
            },
            rates: None,
            settlement: Ways::default(),
            portions: Portions::default(),
            sight: Sight::default(),
            run_off_days: default_run_off(),
        }
    }
}

/// Checks a rulebook against the union's currencies, and against members with these capacities.
pub(crate) fn check_with(
    state: &State,
    rulebook: &Rulebook,
    capacity: impl Fn(MemberId) -> Option<Capacity>,
) -> Result<(), Refusal> {
    let wrong = |what: &str| Err(Refusal::BadRulebook { what: what.to_owned() });
    if !rulebook.majority.is_proper() || !rulebook.quorum.is_proper() {
        return wrong("a majority and a quorum are fractions from 0 to 1");
    }
    let never = rulebook.majority.over == rulebook.majority.under
        && rulebook.at_majority == AtThreshold::Fails;
    if never {
        return wrong("nothing could ever pass: more than all would have to be for it");
    }
    if rulebook.quorum.over == 0 || rulebook.majority.over == 0 {
        return wrong("a majority and a quorum are above zero");
    }
    let calendar = &rulebook.calendar;
    if !(1..=28).contains(&calendar.day_of_month) || calendar.business_days.is_empty() {
        return wrong("the calendar needs a day of the month from 1 to 28 and a business day");
    }
    if calendar.time_zone.trim().is_empty() {
        return wrong("the calendar needs the name of a time zone");
    }
    if rulebook.rates.as_ref().is_some_and(|source| source.name.trim().is_empty()) {
        return wrong("the source of rates needs a name");
    }
    if let Some(what) = rulebook.settlement.wrong(&capacity) {
        return wrong(what);
    }
    if let Some(what) = rulebook.sight.wrong(&capacity) {
        return wrong(what);
    }
    for (code, amount) in &rulebook.smallest {
        let (_, currency) = state.currency_of(*code)?;
        amount.minor(&currency)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use jiff::civil::date;

    use super::*;
    use crate::testing;

    #[test]
    fn two_thirds_of_three_is_two_exactly() {
        let two_thirds = Fraction { over: 2, under: 3 };

        assert_eq!(two_thirds.compare(2, 3), Ordering::Equal);
        assert_eq!(two_thirds.compare(66_666, 100_000), Ordering::Less);
        assert_eq!(two_thirds.compare(66_667, 100_000), Ordering::Greater);
        assert_eq!(two_thirds.compare(u64::MAX / 3 * 2, u64::MAX), Ordering::Equal);
    }

    #[test]
    fn a_cut_off_on_a_weekend_or_holiday_falls_on_the_next_business_day() {
        let mut calendar = testing::rulebook().calendar;
        calendar.day_of_month = 25;
        calendar.holidays = vec![date(2026, 12, 25)];

        let of = calendar.clone();
        let next = |year, month, day| of.next_cut_off(date(year, month, day)).unwrap();

        assert_eq!(next(2026, 10, 1), date(2026, 10, 26), "the 25th is a Sunday");
        assert_eq!(next(2026, 10, 26), date(2026, 11, 25));
        assert_eq!(next(2027, 2, 26), date(2027, 3, 25));
        calendar.day_of_month = 28;
        assert_eq!(calendar.next_cut_off(date(2027, 2, 2)), Some(date(2027, 3, 1)), "a Sunday");
        calendar.day_of_month = 25;
        assert_eq!(calendar.next_cut_off(date(2026, 12, 1)), Some(date(2026, 12, 28)), "Friday");
    }
}
