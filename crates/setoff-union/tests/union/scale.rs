//! Unions of the size that one node has to carry: nothing per command grows with the union.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use setoff_union::testing::{OPERATOR, Union, application, day, key_of};
use setoff_union::{
    Action, Actor, Capacity, Command, MemberId, PublicKey, Scope, State, Step, apply, decide,
};

fn give(state: &mut State, at: Timestamp, by: Actor, signer: PublicKey, action: Action) {
    let command = Command { signers: vec![signer], by, action };
    for entry in decide(state, &command, at).unwrap() {
        apply(state, &entry);
    }
}

/// Looking through all members for each command would take some 10^10 comparisons.
#[test]
fn a_hundred_thousand_members_join_and_delegate() {
    let union = Union::founded(&["Ann", "Bob"]);
    let (mut state, at) = (union.state, union.now);
    let begun = Instant::now();

    for number in 2..100_000 {
        let joins = Action::Apply(application(&format!("M{number}"), number, Capacity::Member));
        give(&mut state, at, Actor::Applicant, key_of(number), joins);
        let (member, reason, evidence) = (MemberId(number), "complete".to_owned(), None);
        let admit = Action::Stand { member, step: Step::Admit, reason, evidence };
        give(&mut state, at, Actor::Operator, OPERATOR, admit);
        let (delegate, scope, until) = (MemberId(0), [Scope::Enter].into(), day(12, 31));
        let delegate = Action::Delegate { delegate, scope, until };
        give(&mut state, at, Actor::Member(member), key_of(number), delegate);
    }

    assert_eq!(state.members().len(), 100_000);
    assert!(state.delegation(MemberId(99_999), MemberId(0)).is_some());
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}
