//! A union on a real journal: what is accepted is there after opening again, and nothing else is.

#![allow(clippy::unwrap_used)] // here a panic is the report

mod desk;

use desk::{Desk, NOW, OPERATOR, declaration, founding, key, new_application, public, signed};
use setoff_journal::{Envelope, EnvelopeError, JournalError, Micros, Salt, StoreError};
use setoff_node::{Answer, Node, NodeError, Receipt, Rejection, Submission, Unfit, UnionId};
use setoff_union::testing::{ALL_ROLES, new_key};
use setoff_union::{Action, Actor, MemberId, ObligationId, PublicKey, Refusal, Role, Stage};

fn unfit(answer: Answer) -> Unfit {
    match answer {
        Answer::Rejected(Rejection::Unfit(unfit)) => unfit,
        other => panic!("{other:?} instead of an unfit envelope"),
    }
}

#[test]
fn what_was_accepted_is_the_same_state_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let mut desk = Desk::founded(&path);
    assert_eq!(desk.member(0, "1", &declaration()), Answer::Accepted(Receipt { position: 1 }));
    let confirm = Action::Confirm { obligations: vec![ObligationId(0)] };
    assert_eq!(desk.member(1, "1", &confirm), Answer::Accepted(Receipt { position: 2 }));
    let (digest, union, later) = (desk.node.state().digest(), desk.node.union(), desk.now);
    desk.node.close().unwrap();

    let mut again = Desk::open(&path, later).unwrap();

    assert_eq!(again.node.state().digest(), digest);
    assert_eq!(again.node.union(), union);
    assert_eq!(union, Some(UnionId::founded_by(&founding())));
    assert_eq!(again.node.state().obligations()[0].stage, Stage::Confirmed);
    assert_eq!(again.node.journal().size(), 3);
}

#[test]
fn asking_twice_changes_nothing_and_is_answered_as_the_first_time_even_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let mut desk = Desk::founded(&path);
    let first = desk.member(0, "once", &declaration());
    assert_eq!(first, Answer::Accepted(Receipt { position: 1 }));

    assert_eq!(
        desk.member(0, "once", &declaration()),
        Answer::AcceptedBefore(Receipt { position: 1 })
    );
    let later = desk.now;
    desk.node.close().unwrap();
    let mut again = Desk::open(&path, later).unwrap();
    assert_eq!(
        again.member(0, "once", &declaration()),
        Answer::AcceptedBefore(Receipt { position: 1 })
    );

    assert_eq!(again.node.state().obligations().len(), 1);
    let other = Action::Confirm { obligations: vec![ObligationId(0)] };
    let reused = unfit(again.member(0, "once", &other));
    assert_eq!(reused, Unfit::KeyUsed { key: "once".to_owned() });
    let founded = again.give(signed(founding(), &[OPERATOR, 0, 1, 2]));
    assert_eq!(founded, Answer::AcceptedBefore(Receipt { position: 0 }));
}

#[test]
fn two_applicants_may_choose_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::founded(&folder.path().join("three.journal"));
    let union = desk.node.union();
    let applies = |number: u8, name: &str| {
        let action = Action::Apply(new_application(number, name));
        signed(Submission::document(union, "apply", None, Actor::Applicant, &action), &[number])
    };

    let (dan, eva) = (desk.give(applies(3, "Dan")), desk.give(applies(4, "Eva")));

    assert_eq!(dan, Answer::Accepted(Receipt { position: 1 }));
    assert_eq!(eva, Answer::Accepted(Receipt { position: 2 }));
    assert_eq!(desk.give(applies(3, "Dan")), Answer::AcceptedBefore(Receipt { position: 1 }));
}

#[test]
fn what_is_refused_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::founded(&folder.path().join("three.journal"));
    let before = desk.node.state().digest();
    let union = desk.node.union();
    let by = Actor::Member(MemberId(0));
    let payload = |union, position| Submission::document(union, "k", position, by, &declaration());

    // A changed byte.
    let mut forged = signed(payload(union, None), &[0]).encode();
    let place = forged.windows(6).position(|bytes| bytes == b"100.00").unwrap();
    forged[place] = b'9';
    let forged = unfit(desk.give(Envelope::decode(&forged).unwrap()));
    assert!(matches!(forged, Unfit::Signature(EnvelopeError::Forged(_))), "{forged:?}");
    // The signature of someone whom nobody knows.
    assert!(matches!(unfit(desk.give(signed(payload(union, None), &[77]))), Unfit::Signature(_)));
    // For another union.
    let elsewhere = Some(UnionId::founded_by(b"another"));
    let found = unfit(desk.give(signed(payload(elsewhere, None), &[0])));
    assert!(matches!(found, Unfit::OtherUnion { .. }));
    // On an old view.
    let old = unfit(desk.give(signed(payload(union, Some(0)), &[0])));
    assert_eq!(old, Unfit::OutOfDate { position: 0, now: 1 });
    // By the rules: Cem signs for Ann.
    let answer = desk.give(signed(payload(union, None), &[2]));
    assert!(matches!(answer, Answer::Rejected(Rejection::Refused(_))), "{answer:?}");
    // Without a union, and no founding.
    assert_eq!(unfit(desk.give(signed(payload(None, None), &[0]))), Unfit::Founding);

    assert_eq!(desk.node.state().digest(), before);
    assert_eq!(desk.node.journal().size(), 1);
}

#[test]
fn many_are_answered_as_one_append_and_each_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::founded(&folder.path().join("three.journal"));
    let union = desk.node.union();
    let declare = |key: &str, member: u8| {
        let by = Actor::Member(MemberId(member.into()));
        (
            signed(Submission::document(union, key, None, by, &declaration()), &[member]),
            Salt([9; 32]),
        )
    };

    let envelopes = vec![declare("a", 0), declare("b", 2), declare("a", 0), declare("c", 0)];
    let (answers, checkpoint) = desk.node.submit(envelopes, Micros(NOW.0 + 5_000_000)).unwrap();

    assert_eq!(answers[0], Answer::Accepted(Receipt { position: 1 }));
    assert!(matches!(answers[1], Answer::Rejected(Rejection::Refused(_))), "Cem is no party");
    assert_eq!(answers[2], Answer::AcceptedBefore(Receipt { position: 1 }));
    let cause = Box::new(Refusal::DeclaredAlready { obligation: ObligationId(0) });
    let twice = Refusal::InRow { row: 1, cause };
    assert_eq!(answers[3], Answer::Rejected(Rejection::Refused(twice)));
    assert_eq!(checkpoint.unwrap().checkpoint().size, 2);
}

#[test]
fn a_second_writer_has_to_wait_and_the_first_can_not_go_on_once_it_took_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let mut first = Desk::founded(&path);

    let too_early = Desk::open(&path, NOW).map(|_| ());
    assert!(matches!(too_early, Err(NodeError::Store(StoreError::Held(_)))), "{too_early:?}");
    let mut second = Desk::open(&path, Micros(NOW.0 + 60_000_000)).unwrap();

    let union = first.node.union();
    let payload =
        Submission::document(union, "late", None, Actor::Member(MemberId(0)), &declaration());
    let envelope = signed(payload, &[0]);
    let late = first.node.submit(vec![(envelope.clone(), Salt([1; 32]))], NOW);
    assert!(
        matches!(late, Err(NodeError::Journal(JournalError::Store(StoreError::Fenced { .. })))),
        "{late:?}"
    );
    let after = first.node.submit(vec![(envelope, Salt([1; 32]))], NOW);
    assert!(matches!(after, Err(NodeError::Failed)), "and knows that it must open again");
    assert_eq!(second.member(0, "1", &declaration()), Answer::Accepted(Receipt { position: 1 }));
}

#[test]
fn a_clock_that_goes_back_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::founded(&folder.path().join("three.journal"));
    desk.now = Micros(0);

    let answer = desk.member(0, "1", &declaration());

    assert_eq!(answer, Answer::Accepted(Receipt { position: 1 }));
    assert!(desk.node.state().last_received().as_microsecond() >= NOW.0);
    let confirmed = desk.member(0, "2", &Action::Confirm { obligations: vec![ObligationId(0)] });
    assert!(
        matches!(confirmed, Answer::Rejected(Rejection::Refused(Refusal::OwnDeclaration { .. }))),
        "{confirmed:?}"
    );
}

#[test]
fn only_the_operators_key_runs_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let mut stranger =
        Node::open(desk::store(&path), key(50), "stranger", NOW, desk::TERM).unwrap();

    let founded =
        stranger.submit(vec![(signed(founding(), &[OPERATOR, 0, 1, 2]), Salt([1; 32]))], NOW);

    assert!(matches!(founded, Err(NodeError::NotTheOperator)), "{founded:?}");
    stranger.close().unwrap();
    assert_eq!(Desk::open(&path, NOW).unwrap().node.journal().size(), 0, "nothing was appended");
}

#[test]
fn a_changed_receipt_time_is_found_when_the_journal_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let desk = Desk::founded(&path);
    let later = desk.now;
    desk.node.close().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let received = (NOW.0 + 1_000_000).to_be_bytes();
    let found = bytes.windows(8).position(|bytes| bytes == received);
    let place = found.expect("the receipt time is stored as eight bytes");
    bytes[place + 7] ^= 1;
    std::fs::write(&path, bytes).unwrap();

    let opened = Desk::open(&path, later).map(|_| ());

    assert!(matches!(opened, Err(NodeError::Replay(_) | NodeError::Journal(_))), "{opened:?}");
}

#[test]
fn a_key_that_is_no_point_of_the_curve_is_refused_at_the_gate() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::founded(&folder.path().join("three.journal"));
    let no_key = PublicKey([2; 32]);
    assert!(setoff_journal::PublicKey::from_bytes(&no_key.0).is_err());
    let new = |public| new_key(public, "Ann", &ALL_ROLES);

    let added = unfit(desk.member(0, "1", &Action::AddKey(new(no_key))));
    let rotated = unfit(desk.member(0, "2", &Action::RotateKey { old: public(0), new: no_key }));
    let mut application = new_application(3, "Dan");
    application.keys.push(new(no_key));
    let action = Action::Apply(application);
    let payload = Submission::document(desk.node.union(), "apply", None, Actor::Applicant, &action);
    let applied = unfit(desk.give(signed(payload, &[3])));

    let refused = Unfit::NotAKey { key: no_key };
    assert_eq!([added, rotated, applied], [refused.clone(), refused.clone(), refused]);
    assert_eq!(desk.node.journal().size(), 1);
}

#[test]
fn who_is_not_known_can_not_make_the_node_read_a_large_payload() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::founded(&folder.path().join("three.journal"));

    let large = unfit(desk.give(signed(vec![b'['; 1 << 20], &[77])));

    assert!(matches!(large, Unfit::LargeApplication { bytes: 1_048_576, .. }), "{large:?}");
    // Of who is known, the signature is verified before anything is read.
    let mut forged = signed(vec![b'['; 1 << 20], &[0]).encode();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let forged = unfit(desk.give(Envelope::decode(&forged).unwrap()));
    assert!(matches!(forged, Unfit::Signature(EnvelopeError::Forged(_))), "{forged:?}");
}

#[test]
fn keys_of_the_operator_act_by_their_roles_also_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let mut desk = Desk::founded(&path);
    let clerk = Action::AddKey(new_key(public(101), "Otto", &[Role::Submit]));
    let union = desk.node.union();
    let payload = Submission::document(union, "1", None, Actor::Operator, &clerk);
    let added = desk.give(signed(payload, &[OPERATOR, 101]));
    assert_eq!(added, Answer::Accepted(Receipt { position: 1 }));
    let later = desk.now;
    desk.node.close().unwrap();
    let mut desk = Desk::open(&path, later).unwrap();

    // Who only submits does not decide on keys, nor in a member's name.
    let more = Action::AddKey(new_key(public(102), "Oda", &ALL_ROLES));
    let union = desk.node.union();
    let by_clerk = |by, key: &str, action: &Action| {
        signed(Submission::document(union, key, None, by, action), &[101])
    };
    let keys = desk.give(by_clerk(Actor::Operator, "2", &more));
    let member = desk.give(by_clerk(Actor::Member(MemberId(0)), "3", &declaration()));

    for answer in [keys, member] {
        assert!(matches!(answer, Answer::Rejected(Rejection::Refused(_))), "{answer:?}");
    }
    let payload = Submission::document(union, "4", None, Actor::Operator, &more);
    let by_head = desk.give(signed(payload, &[OPERATOR, 102]));
    assert_eq!(by_head, Answer::Accepted(Receipt { position: 2 }));
}

#[test]
fn the_key_that_signs_the_checkpoints_is_ended_only_by_a_node_with_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("three.journal");
    let mut desk = Desk::founded(&path);
    let second = Action::AddKey(new_key(public(101), "Otto", &ALL_ROLES));
    let payload = Submission::document(desk.node.union(), "1", None, Actor::Operator, &second);
    desk.give(signed(payload, &[OPERATOR, 101]));
    let revoke = Action::RevokeKey { key: public(OPERATOR), reason: "Olga left".to_owned() };

    let own = unfit(desk.operator("2", &revoke));
    assert_eq!(own, Unfit::NodesKey { key: public(OPERATOR) });
    let (union, later) = (desk.node.union(), desk.now);
    desk.node.close().unwrap();
    let mut other = Node::open(desk::store(&path), key(101), "other", later, desk::TERM).unwrap();
    let envelope = signed(Submission::document(union, "3", None, Actor::Operator, &revoke), &[101]);
    let (answers, _) = other.submit(vec![(envelope, Salt([7; 32]))], later).unwrap();

    assert_eq!(answers, [Answer::Accepted(Receipt { position: 2 })]);
    other.close().unwrap();
    assert!(matches!(Desk::open(&path, later).err(), Some(NodeError::NotTheOperator)));
}
