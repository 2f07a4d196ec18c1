//! What users of other ledgers complain of about history and streams of changes, each shown not to
//! happen here. What concerns the rules alone is in `setoff-union/tests/union/complaints.rs`.

#![allow(clippy::unwrap_used)] // here a panic is the report

mod desk;

use desk::{Desk, declared, store};
use jiff::civil::date;
use setoff_journal::Journal;
use setoff_node::{Answer, Receipt, Rejection, Replayed};
use setoff_union::testing::amount;
use setoff_union::{Action, Change, Declaration, ObligationId, Refusal, State, apply, utc_date};

const CONFIRM: fn(u32) -> Action =
    |number| Action::Confirm { obligations: vec![ObligationId(number)] };

fn accepted(answer: &Answer) -> bool {
    matches!(answer, Answer::Accepted(_))
}

/// tigerbeetle/tigerbeetle#2046: no way to stream changes out as they happen, for analytics say.
#[test]
fn who_follows_gets_each_change_once_in_order_and_they_make_the_state() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let mut desk = Desk::founded(&path);
    let mut journal = Journal::open(store(&path)).unwrap();
    let (mut reader, mut stream, mut batches) = (Replayed::default(), Vec::new(), Vec::new());

    desk.member(0, "1", &desk::declaration());
    let mut follow = |stream: &mut Vec<setoff_union::Entry>| {
        let begun = stream.len();
        let follow = reader.follow_seeing(&mut journal, &mut |changes, _| stream.extend(changes));
        follow.unwrap();
        batches.push(stream.len() - begun);
    };
    follow(&mut stream);
    follow(&mut stream);
    desk.member(1, "2", &CONFIRM(0));
    follow(&mut stream);

    assert_eq!(batches, [2, 0, 1], "the founding and a declaration, nothing new, a confirmation");
    let positions: Vec<u64> = stream.iter().map(|change| change.position.0).collect();
    assert_eq!(positions, [0, 1, 2]);
    assert!(matches!(stream[2].change, Change::Confirmed { .. }));
    let mut copy = State::default();
    for change in &stream {
        apply(&mut copy, change);
    }
    assert_eq!(copy.digest(), desk.node.state().digest());
}

/// formancehq/ledger#340, tigerbeetle/tigerbeetle#1893: what happened before a ledger came into use
/// can't be loaded with the dates on which it happened.
#[test]
fn ten_years_of_history_are_loaded_with_their_own_dates_and_the_order_of_receipt_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let mut desk = Desk::founded(&path);
    let invoice = |year: i16| {
        let (issued, due) = (date(year, 3, 1), date(year, 3, 31));
        Declaration { issued, due, ..declared(&format!("{year}-1")) }
    };
    let history = Action::Declare { obligations: (2016..2026).map(invoice).collect(), file: None };
    let numbers = (0..10).map(ObligationId).collect();
    let paid = Action::ConfirmPayment {
        obligation: ObligationId(0),
        amount: amount("100"),
        paid_on: date(2016, 5, 2),
        reason: "bank statement of 2016".to_owned(),
    };

    assert!(accepted(&desk.member(0, "file", &history)));
    assert!(accepted(&desk.member(1, "all of it", &Action::Confirm { obligations: numbers })));
    assert!(accepted(&desk.member(1, "paid", &paid)));

    let obligations = desk.node.state().obligations();
    let dates: Vec<_> = obligations.iter().map(|found| (found.issued, found.due)).collect();
    let expected: Vec<_> = (2016..2026).map(|year| (date(year, 3, 1), date(year, 3, 31))).collect();
    assert_eq!(dates, expected);
    let mut stream = Vec::new();
    let mut journal = Journal::open(store(&path)).unwrap();
    let mut see = |changes: Vec<setoff_union::Entry>, _: &State| stream.extend(changes);
    Replayed::default().follow_seeing(&mut journal, &mut see).unwrap();
    let Change::Paid { paid_on, .. } = stream[3].change else { panic!("{:?}", stream[3].change) };
    assert_eq!(paid_on, date(2016, 5, 2));
    assert!(stream.is_sorted_by_key(|change| (change.at, change.position)));
    assert_eq!(utc_date(stream[3].at).year(), 2026, "received when it was, not in 2016");
}

/// The other half of the same complaint: what was in force then is seen from now.
#[test]
fn the_union_is_seen_as_it_was_at_each_position() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let mut desk = Desk::founded(&path);
    let mut digests = vec![desk.node.state().digest()];
    for (member, key, action) in [(0, "1", desk::declaration()), (1, "2", CONFIRM(0))] {
        assert!(accepted(&desk.member(member, key, &action)));
        digests.push(desk.node.state().digest());
    }

    let seen = (1..=3).map(|size| {
        let mut journal = Journal::open(store(&path)).unwrap();
        let mut then = Replayed::default();
        let mut wanted = |entry: &setoff_journal::Entry| entry.seq < size;
        then.follow_while(&mut journal, &mut wanted, &mut |_, _| {}).unwrap();
        then.state.digest()
    });

    assert_eq!(seen.collect::<Vec<_>>(), digests);
}

/// blnkfinance/blnk#152, #374: a refund that is asked for again, after a lost answer say, is given
/// again, or undone while the answer says that nothing happened.
#[test]
fn a_credit_note_that_is_sent_again_is_answered_as_before_and_lowers_the_debt_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::founded(&folder.path().join("three.journal"));
    desk.member(0, "1", &desk::declaration());
    desk.member(1, "1", &CONFIRM(0));
    let note = Action::CreditNote {
        obligation: ObligationId(0),
        amount: amount("30"),
        reference: "CN-1".to_owned(),
        reason: "returned goods".to_owned(),
    };

    let answers: Vec<Answer> = (0..3).map(|_| desk.member(1, "note", &note)).collect();
    let anew = desk.member(1, "another key", &note);

    let again = Answer::AcceptedBefore(Receipt { position: 3 });
    assert_eq!(answers, [Answer::Accepted(Receipt { position: 3 }), again.clone(), again]);
    let (obligation, reference) = (ObligationId(0), "CN-1".to_owned());
    let refusal = Refusal::CreditedAlready { obligation, reference };
    assert_eq!(anew, Answer::Rejected(Rejection::Refused(refusal)));
    assert_eq!(desk.node.state().obligations()[0].outstanding.0, 70_00);
    assert_eq!(desk.node.journal().size(), 4);
}
