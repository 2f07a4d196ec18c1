//! What the operator has to do now: which cycles to open and cut off by the calendar, which votes
//! to count, which instructions nobody answered in time.
//!
//! The rules know no time zones ([`setoff_union::Calendar`]), so that a replay never depends on a
//! database that changes from year to year. Here it is the one that comes with the program, not
//! that of the machine: two nodes of one version agree.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use setoff_union::{
    Action, Calendar, Code, CycleId, CycleStage, InstructionId, InstructionStage, Mode, Opening,
    ProposalId, State, utc_date,
};

/// Why it is not known what is due.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DueError {
    /// The rulebook names a time zone that this program does not know.
    #[error(
        "`{name}` is not in the IANA time zone database of this program: vote on a rulebook with a name that is, such as Europe/Ljubljana"
    )]
    NoSuchTimeZone {
        /// The name.
        name: String,
    },
    /// No business day follows within a year, or the time is out of a calendar's range.
    #[error("the calendar has no cut-off after {after}: vote on a rulebook with business days")]
    NoCutOff {
        /// The day after which it was looked for.
        after: Date,
    },
}

/// The operator's commands that are due at `now`, in the order in which to give them. Empty before
/// the union is founded.
///
/// - A cycle of all currencies is to be opened while none is open for a day that is still to come,
///   so that members can look at what will clear. Its value date is the day of the next cut-off; if
///   some were missed it is today, once for all of them.
/// - A cycle is to be cut off at the calendar's time of day on its value date. One that clears a
///   currency which another cycle holds has to wait, and is not due before that is over.
/// - The votes on a proposal are to be counted once it has closed.
/// - An instruction is stale when it is as old as the rulebook says.
///
/// `O(cycles + proposals + instructions)`.
///
/// # Errors
/// [`DueError`]: the calendar can't be reckoned with.
pub fn due(state: &State, now: Timestamp) -> Result<Vec<Action>, DueError> {
    if !state.is_founded() {
        return Ok(Vec::new());
    }
    let counted = closed(state, now).map(|proposal| Action::CountVotes { proposal });
    let expired =
        stale(state, utc_date(now)).map(|instruction| Action::ExpireInstruction { instruction });
    let cut_off = ripe(state, now)?.into_iter().map(|cycle| Action::CutOff { cycle });
    let opened = to_open(state, now)?.into_iter().map(Action::OpenCycle);
    Ok(counted.chain(expired).chain(cut_off).chain(opened).collect())
}

/// The moment of a calendar's cut-off on a day. On a day on which the clocks skip that time, as much
/// later as they skip; where it comes twice, the first.
///
/// # Errors
/// [`DueError::NoSuchTimeZone`], and [`DueError::NoCutOff`] at the end of a calendar's range.
pub fn cut_off_at(calendar: &Calendar, day: Date) -> Result<Timestamp, DueError> {
    let moment = zone(calendar)?.to_timestamp(day.to_datetime(calendar.cut_off));
    moment.map_err(|_| DueError::NoCutOff { after: day })
}

fn zone(calendar: &Calendar) -> Result<TimeZone, DueError> {
    let name = &calendar.time_zone;
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(name);
    zone.map_err(|_| DueError::NoSuchTimeZone { name: name.clone() })
}

fn closed(state: &State, now: Timestamp) -> impl Iterator<Item = ProposalId> {
    let numbered = (0..).map(ProposalId).zip(state.proposals());
    let closed = numbered.filter(move |(_, p)| p.outcome.is_none() && p.closes <= now);
    closed.map(|(number, _)| number)
}

fn stale(state: &State, today: Date) -> impl Iterator<Item = InstructionId> {
    let days = i32::from(state.rulebook_on(today).instruction_days);
    let numbered = (0..).map(InstructionId).zip(state.instructions());
    let stale = numbered.filter(move |(_, instruction)| {
        instruction.stage == InstructionStage::Open
            && (today - instruction.issued).get_days() >= days
    });
    stale.map(|(number, _)| number)
}

/// The open cycles whose cut-off has come, and that no other holds up; of several that clear one
/// currency the first.
fn ripe(state: &State, now: Timestamp) -> Result<Vec<CycleId>, DueError> {
    let held_by = |cycle: &setoff_union::Cycle| cycle.frozen().is_some();
    let frozen = state.cycles().iter().filter(|cycle| held_by(cycle));
    let mut held: Vec<Code> = frozen.flat_map(|cycle| currencies(&cycle.opening.mode)).collect();
    let mut ripe = Vec::new();
    for (number, cycle) in (0..).map(CycleId).zip(state.cycles()) {
        if cycle.stage != CycleStage::Open {
            continue;
        }
        let day = cycle.opening.value_date;
        let own = currencies(&cycle.opening.mode);
        if cut_off_at(&state.rulebook_on(day).calendar, day)? <= now
            && !own.iter().any(|code| held.contains(code))
        {
            held.extend(own);
            ripe.push(number);
        }
    }
    Ok(ripe)
}

fn currencies(mode: &Mode) -> Vec<Code> {
    match mode {
        Mode::PerCurrency { currencies } => currencies.clone(),
        Mode::UnitOfAccount { unit, rates, .. } => rates.keys().copied().chain([*unit]).collect(),
    }
}

/// The cycle to open, if none that is not abandoned has the value date of the next cut-off or of
/// the last that was missed.
fn to_open(state: &State, now: Timestamp) -> Result<Option<Opening>, DueError> {
    let calendar = |day| &state.rulebook_on(day).calendar;
    let today = zone(calendar(utc_date(now)))?.to_datetime(now).date();
    let next =
        |after: Date| calendar(after).next_cut_off(after).ok_or(DueError::NoCutOff { after });
    let live = state.cycles().iter().filter(|c| !matches!(c.stage, CycleStage::Abandoned { .. }));
    let last = live.map(|cycle| cycle.opening.value_date).max();
    let value_date = match last {
        None => {
            let yesterday = today.checked_sub(1.day());
            let first = next(yesterday.map_err(|_| DueError::NoCutOff { after: today })?)?;
            if cut_off_at(calendar(first), first)? > now { first } else { next(first)? }
        }
        Some(last) if last > today || is_open(state, last) => return Ok(None),
        Some(last) => {
            let mut day = next(last)?;
            loop {
                let following = next(day)?;
                if following > today {
                    break day;
                }
                day = following;
            }
        }
    };
    // One that was missed is made up for today: the rules take no value date of the past.
    let value_date = value_date.max(utc_date(now));
    let currencies = state.currencies().iter().map(Code::of).collect();
    Ok(Some(Opening { mode: Mode::PerCurrency { currencies }, value_date }))
}

fn is_open(state: &State, value_date: Date) -> bool {
    let of_day = |cycle: &&setoff_union::Cycle| cycle.opening.value_date == value_date;
    state.cycles().iter().filter(of_day).any(|cycle| cycle.stage == CycleStage::Open)
}
