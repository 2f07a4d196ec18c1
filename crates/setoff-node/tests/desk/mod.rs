//! A union of three with real keys, and who signs for whom.
// Each test that takes this in uses a part of it.
#![allow(clippy::unwrap_used, dead_code)]

use std::path::Path;
use std::time::Duration;

use setoff_journal::{Envelope, Micros, Origin, Salt, SecretKey, SqliteStore, Store};
use setoff_node::{Answer, Node, NodeError, PAYLOAD_TYPE, Receipt, Submission, UnionId};
use setoff_union::testing::{ALL_ROLES, amount, application, code, new_key, rulebook};
use setoff_union::{
    Action, Actor, Application, Capacity, Declaration, Founding, Kind, MemberId, PublicKey,
};

pub(crate) const NOW: Micros = Micros(1_790_000_000_000_000);
pub(crate) const TERM: Duration = Duration::from_secs(10);

pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

pub(crate) const OPERATOR: u8 = 100;

pub(crate) fn public(number: u8) -> PublicKey {
    PublicKey(key(number).public().to_bytes())
}

pub(crate) fn signed(payload: Vec<u8>, signers: &[u8]) -> Envelope {
    let mut envelope = Envelope::new(PAYLOAD_TYPE, payload).unwrap();
    for signer in signers {
        envelope.sign(&key(*signer)).unwrap();
    }
    envelope
}

pub(crate) fn new_application(number: u8, name: &str) -> Application {
    let mut application = application(name, number.into(), Capacity::Member);
    application.keys = vec![new_key(public(number), name, &ALL_ROLES)];
    application
}

pub(crate) fn founding() -> Vec<u8> {
    let founding = Founding {
        name: "Three".to_owned(),
        currencies: vec!["EUR".to_owned()],
        unit_of_account: None,
        operator: vec![new_key(public(OPERATOR), "Olga", &ALL_ROLES)],
        members: vec![
            new_application(0, "Ann"),
            new_application(1, "Bob"),
            new_application(2, "Cem"),
        ],
        rulebook: rulebook(),
    };
    Submission::document(None, "found", None, Actor::Operator, &Action::Found(Box::new(founding)))
}

/// Ann owes Bob a hundred euro.
pub(crate) fn declared(reference: &str) -> Declaration {
    Declaration {
        debtor: MemberId(0),
        creditor: MemberId(1),
        currency: code("EUR"),
        amount: amount("100.00"),
        issued: "2026-09-01".parse().unwrap(),
        due: "2026-09-30".parse().unwrap(),
        reference: reference.to_owned(),
        kind: Kind::default(),
    }
}

pub(crate) fn declaration() -> Action {
    Action::Declare { obligations: vec![declared("A-1")], file: None }
}

pub(crate) fn by_member(
    union: Option<UnionId>,
    number: u8,
    submission_key: &str,
    action: &Action,
) -> Envelope {
    let by = Actor::Member(MemberId(number.into()));
    signed(Submission::document(union, submission_key, None, by, action), &[number])
}

pub(crate) fn by_operator(
    union: Option<UnionId>,
    submission_key: &str,
    action: &Action,
) -> Envelope {
    let by = Actor::Operator;
    signed(Submission::document(union, submission_key, None, by, action), &[OPERATOR])
}

/// A union with its journal in a folder.
pub(crate) struct Desk {
    pub(crate) node: Node,
    salts: u8,
    pub(crate) now: Micros,
}

pub(crate) fn store(path: &Path) -> Box<dyn Store> {
    if path.exists() {
        return Box::new(SqliteStore::open(path).unwrap());
    }
    Box::new(SqliteStore::create(path, &Origin::new("example.org/three").unwrap()).unwrap())
}

impl Desk {
    pub(crate) fn open(path: &Path, now: Micros) -> Result<Self, NodeError> {
        Ok(Self { now, ..Self::with(Node::open(store(path), key(OPERATOR), "desk", now, TERM)?) })
    }

    pub(crate) fn with(node: Node) -> Self {
        Self { node, salts: 0, now: NOW }
    }

    pub(crate) fn founded(path: &Path) -> Self {
        let mut desk = Self::open(path, NOW).unwrap();
        let answer = desk.give(signed(founding(), &[OPERATOR, 0, 1, 2]));
        assert_eq!(answer, Answer::Accepted(Receipt { position: 0 }));
        desk
    }

    pub(crate) fn give(&mut self, envelope: Envelope) -> Answer {
        self.now.0 += 1_000_000;
        self.salts += 1;
        let (mut answers, _) =
            self.node.submit(vec![(envelope, Salt([self.salts; 32]))], self.now).unwrap();
        answers.pop().unwrap()
    }

    pub(crate) fn member(&mut self, number: u8, submission_key: &str, action: &Action) -> Answer {
        self.give(by_member(self.node.union(), number, submission_key, action))
    }

    pub(crate) fn operator(&mut self, submission_key: &str, action: &Action) -> Answer {
        self.give(by_operator(self.node.union(), submission_key, action))
    }
}
