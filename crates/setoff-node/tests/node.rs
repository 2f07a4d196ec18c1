//! A union on a real journal: what is accepted is there after opening again, and nothing else is.

#![allow(clippy::unwrap_used)] // here a panic is the report

use std::path::Path;
use std::time::Duration;

use setoff_journal::{
    Envelope, EnvelopeError, JournalError, Micros, Origin, Salt, SecretKey, SqliteStore, StoreError,
};
use setoff_node::{
    Answer, Node, NodeError, PAYLOAD_TYPE, Receipt, Rejection, Submission, Unfit, UnionId,
};
use setoff_union::testing::{ALL_ROLES, amount, application, code, new_key, rulebook};
use setoff_union::{
    Action, Actor, Capacity, Declaration, Founding, Kind, MemberId, ObligationId, PublicKey,
    Refusal, Stage,
};

const NOW: Micros = Micros(1_790_000_000_000_000);
const TERM: Duration = Duration::from_secs(10);

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

const OPERATOR: u8 = 100;

fn public(number: u8) -> PublicKey {
    PublicKey(key(number).public().to_bytes())
}

fn signed(payload: Vec<u8>, signers: &[u8]) -> Envelope {
    let mut envelope = Envelope::new(PAYLOAD_TYPE, payload).unwrap();
    for signer in signers {
        envelope.sign(&key(*signer)).unwrap();
    }
    envelope
}

fn founding() -> Vec<u8> {
    let member = |number: u8, name: &str| {
        let mut application = application(name, number.into(), Capacity::Member);
        application.keys = vec![new_key(public(number), name, &ALL_ROLES)];
        application
    };
    let founding = Founding {
        name: "Three".to_owned(),
        currencies: vec!["EUR".to_owned()],
        unit_of_account: None,
        operator: vec![new_key(public(OPERATOR), "Olga", &ALL_ROLES)],
        members: vec![member(0, "Ann"), member(1, "Bob"), member(2, "Cem")],
        rulebook: rulebook(),
    };
    Submission::document(None, "found", None, Actor::Operator, &Action::Found(Box::new(founding)))
}

fn declaration() -> Action {
    let declaration = Declaration {
        debtor: MemberId(0),
        creditor: MemberId(1),
        currency: code("EUR"),
        amount: amount("100.00"),
        issued: "2026-09-01".parse().unwrap(),
        due: "2026-09-30".parse().unwrap(),
        reference: "A-1".to_owned(),
        kind: Kind::default(),
    };
    Action::Declare { obligations: vec![declaration], file: None }
}

/// A union with its journal in a folder.
struct Desk {
    node: Node,
    salts: u8,
    now: Micros,
}

impl Desk {
    fn open(path: &Path, now: Micros) -> Result<Self, NodeError> {
        let store = if path.exists() {
            SqliteStore::open(path)?
        } else {
            SqliteStore::create(path, &Origin::new("example.org/three").unwrap())?
        };
        let node = Node::open(Box::new(store), key(OPERATOR), "desk", now, TERM)?;
        Ok(Self { node, salts: 0, now })
    }

    fn founded(path: &Path) -> Self {
        let mut desk = Self::open(path, NOW).unwrap();
        let answer = desk.give(signed(founding(), &[OPERATOR, 0, 1, 2]));
        assert_eq!(answer, Answer::Accepted(Receipt { position: 0 }));
        desk
    }

    fn give(&mut self, envelope: Envelope) -> Answer {
        self.now.0 += 1_000_000;
        self.salts += 1;
        let (mut answers, _) =
            self.node.submit(vec![(envelope, Salt([self.salts; 32]))], self.now).unwrap();
        answers.pop().unwrap()
    }

    fn member(&mut self, number: u8, submission_key: &str, action: &Action) -> Answer {
        let by = Actor::Member(MemberId(number.into()));
        let union = self.node.union();
        let payload = Submission::document(union, submission_key, None, by, action);
        self.give(signed(payload, &[number]))
    }
}

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
        let mut application = application(name, number.into(), Capacity::Member);
        application.keys = vec![new_key(public(number), name, &ALL_ROLES)];
        let action = Action::Apply(application);
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
    let store = SqliteStore::create(&path, &Origin::new("example.org/three").unwrap()).unwrap();
    let mut stranger = Node::open(Box::new(store), key(50), "stranger", NOW, TERM).unwrap();

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
