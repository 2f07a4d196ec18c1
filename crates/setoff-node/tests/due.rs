//! What the calendar asks of the operator, in the union of `setoff_union::testing`: cut-offs at
//! 13:00 in Ljubljana on or after the 20th, votes of a week, instructions of ten days.
#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use jiff::civil::{Date, date};
use setoff_node::{DueError, cut_off_at, due};
use setoff_union::testing::{Union, code, rulebook};
use setoff_union::{Action, CycleId, InstructionId, Mode, Opening, ProposalId, State, Subject};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn opening(value_date: Date) -> Action {
    let currencies = ["EUR", "USD", "JPY"].map(code).to_vec();
    Action::OpenCycle(Opening { mode: Mode::PerCurrency { currencies }, value_date })
}

/// Does as the operator what is due, and gives it.
fn obeyed(union: &mut Union, now: &str) -> Vec<Action> {
    union.now = at(now);
    let actions = due(&union.state, union.now).unwrap();
    for action in &actions {
        union.operator(action.clone()).unwrap();
    }
    actions
}

#[test]
fn nothing_is_due_before_the_union_is_founded() {
    assert_eq!(due(&State::default(), at("2026-11-20T12:00:00Z")), Ok(Vec::new()));
}

#[test]
fn cycles_are_opened_and_cut_off_by_the_calendar_in_its_time_zone() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);

    assert_eq!(obeyed(&mut union, "2026-01-05T09:00:00Z"), [opening(date(2026, 1, 20))]);
    assert_eq!(obeyed(&mut union, "2026-01-20T11:59:59Z"), [], "13:00 is 12:00 UTC in winter");
    let cut_off = Action::CutOff { cycle: CycleId(0) };
    assert_eq!(obeyed(&mut union, "2026-01-20T12:00:00Z"), [cut_off]);
    assert_eq!(obeyed(&mut union, "2026-01-20T12:00:01Z"), [opening(date(2026, 2, 20))]);
    // While the first still holds its currencies, the second waits.
    assert_eq!(obeyed(&mut union, "2026-02-20T12:00:00Z"), []);
    let abandon = Action::Abandon { cycle: CycleId(0), reason: "nothing to clear".to_owned() };
    union.operator(abandon).unwrap();
    let cut_off = Action::CutOff { cycle: CycleId(1) };
    assert_eq!(obeyed(&mut union, "2026-02-20T12:00:01Z"), [cut_off]);
}

#[test]
fn cut_offs_that_were_missed_are_made_up_for_by_one() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    obeyed(&mut union, "2026-01-05T09:00:00Z");
    obeyed(&mut union, "2026-01-20T12:00:00Z");
    let abandon = Action::Abandon { cycle: CycleId(0), reason: "nothing to clear".to_owned() };
    union.operator(abandon).unwrap();
    // Abandoned, the January cycle counts no more, and the next is looked for from today on.
    assert_eq!(obeyed(&mut union, "2026-01-21T09:00:00Z"), [opening(date(2026, 2, 20))]);

    let late = obeyed(&mut union, "2026-06-25T09:00:00Z");
    assert_eq!(late, [Action::CutOff { cycle: CycleId(1) }]);
    assert_eq!(obeyed(&mut union, "2026-06-25T09:00:01Z"), [opening(date(2026, 6, 25))]);
}

#[test]
fn summer_time_is_the_time_zones() {
    let calendar = rulebook().calendar;

    assert_eq!(cut_off_at(&calendar, date(2026, 7, 20)), Ok(at("2026-07-20T11:00:00Z")));
    assert_eq!(cut_off_at(&calendar, date(2026, 11, 20)), Ok(at("2026-11-20T12:00:00Z")));
    let mut unknown = calendar;
    unknown.time_zone = "Europe/Atlantis".to_owned();
    let refused = cut_off_at(&unknown, date(2026, 7, 20));
    assert_eq!(refused, Err(DueError::NoSuchTimeZone { name: "Europe/Atlantis".to_owned() }));
}

#[test]
fn votes_are_counted_once_closed_and_instructions_expire_when_stale() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let obligation = union.declared(0, 1, "100.00").unwrap();
    union.confirmed(obligation).unwrap();
    let cycle = union.cleared().unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
    let begun = union.now;
    let closes = begun.checked_add(jiff::SignedDuration::from_hours(24 * 8)).unwrap();
    let text = setoff_union::Digest([7; 32]);
    let propose = Action::Propose { subject: Subject::Resolution { text }, closes };
    union.member(0, propose).unwrap();
    let due_after = |days: i64| {
        let now = begun.checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
        let actions = due(&union.state, now).unwrap();
        actions.into_iter().filter(|a| !matches!(a, Action::OpenCycle(_))).collect::<Vec<_>>()
    };

    let count = Action::CountVotes { proposal: ProposalId(0) };
    let expire = Action::ExpireInstruction { instruction: InstructionId(0) };
    assert_eq!(due_after(7), []);
    assert_eq!(due_after(8), std::slice::from_ref(&count));
    assert_eq!(due_after(10), [count, expire]);
}
