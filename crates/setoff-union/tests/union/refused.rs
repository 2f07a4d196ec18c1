//! Each cause of refusal with a command that meets it: the rows of `docs/refusals.md`, in its order.
//!
//! Where nothing else is said, Ann (0) owes Bob (1) 100 EUR (obligation 0) and Bob owes Ann 60 EUR
//! (1); that Ann owes Bob 10 EUR (2) waits for Ann's confirmation. Cem (3) has nothing to do with
//! it. Ledger Ltd (2) is an agent.

mod other_ways;
mod rows;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use setoff_union::testing::{
    ALL_ROLES, Union, amount, application, code, day, key_of, new_key, parties, rulebook,
};
use setoff_union::{
    Action, Actor, AgreementId, Application, Capacity, Choice, Declaration, Digest, Draft,
    Founding, InstructionId, MemberId, ObligationId, ProposalId, PublicKey, Refusal, Rulebook,
    Scope, State, Step, Subject, Supersedes, refusals_table,
};

/// A cause and what is refused for it.
type Row = (&'static str, fn(&mut Union) -> Refusal);

/// What no test brings about: it would take 2^31 debts. `id.rs` shows `Full`.
const OUT_OF_REACH: [&str; 2] = ["Full", "TooManyToClear"];

const ANN: Actor = Actor::Member(MemberId(0));
const FIRM: MemberId = MemberId(2);
const ZERO: ObligationId = ObligationId(0);
const WAITING: ObligationId = ObligationId(2);
const PROPOSAL: ProposalId = ProposalId(0);
const INSTRUCTION: InstructionId = InstructionId(0);
const AGREEMENT: AgreementId = AgreementId(0);
const TEXT: Digest = Digest([1; 32]);

#[test]
fn every_row_of_the_table_of_refusals_is_met_by_a_command_and_changes_nothing() {
    let mut met = BTreeSet::from(OUT_OF_REACH);
    for row in rows::ROWS.iter().copied().flatten() {
        check(row);
        assert!(met.insert(row.0), "{} stands twice", row.0);
    }

    let table = refusals_table();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let published: BTreeSet<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert_eq!(met, published);
}

#[test]
fn every_other_way_to_a_cause_is_refused_for_it_as_well() {
    other_ways::OTHER_WAYS.iter().copied().flatten().for_each(check);
}

fn check((cause, refused): &Row) {
    let mut union = with_rules(rulebook());

    let refusal = refused(&mut union);

    assert_eq!(refusal.cause(), *cause, "{refusal}");
    assert_eq!(union.replayed().digest(), union.state.digest(), "{cause} leaves a trace");
}

fn with_rules(rules: Rulebook) -> Union {
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules);
    union.admitted("Ledger Ltd", Capacity::Agent).unwrap();
    union.admitted("Cem", Capacity::Member).unwrap();
    for (debtor, creditor, text) in [(0, 1, "100"), (1, 0, "60")] {
        union.owed(debtor, creditor, text).unwrap();
    }
    union.declared(0, 1, "10").unwrap();
    union
}

fn give(union: &mut Union, by: Actor, signers: &[u32], action: Action) -> Refusal {
    let signers = signers.iter().copied().map(key_of).collect();
    union.give(by, signers, action).unwrap_err()
}

fn member(union: &mut Union, number: u32, action: Action) -> Refusal {
    union.member(number, action).unwrap_err()
}

fn operator(union: &mut Union, action: Action) -> Refusal {
    union.operator(action).unwrap_err()
}

fn why() -> String {
    "for the test".to_owned()
}

fn hold(obligation: ObligationId) -> Action {
    Action::Hold { obligation, reason: why() }
}

fn paid(text: &str) -> Action {
    let (amount, paid_on) = (amount(text), day(1, 1));
    Action::ConfirmPayment { obligation: ZERO, amount, paid_on, reason: why() }
}

/// Bob lowers what Ann owes him by a euro.
fn credited(reference: &str) -> Action {
    let (amount, reference) = (amount("1"), reference.to_owned());
    Action::CreditNote { obligation: ZERO, amount, reference, reason: why() }
}

fn withdraw(obligation: ObligationId) -> Action {
    Action::Withdraw { obligation, reason: why() }
}

fn confirm(number: u32) -> Action {
    Action::Confirm { obligations: vec![ObligationId(number)] }
}

fn step(member: u32, step: Step) -> Action {
    Action::Stand { member: MemberId(member), step, reason: why(), evidence: None }
}

fn revoke(key: u32) -> Action {
    Action::RevokeKey { key: key_of(key), reason: why() }
}

fn limit(over: Option<&str>) -> Action {
    Action::LimitOnePerson { currency: code("EUR"), over: over.map(amount) }
}

fn delegate(member: u32, scope: &[Scope]) -> Action {
    let scope = scope.iter().copied().collect();
    Action::Delegate { delegate: MemberId(member), scope, until: day(1, 1) }
}

/// Ann has a second person, and a limit for one of 50 EUR.
fn limited(union: &mut Union) {
    union.member(0, Action::AddKey(new_key(key_of(70), "Ada", &ALL_ROLES))).unwrap();
    union.member(0, limit(Some("50"))).unwrap();
}

fn unfounded(union: &Union) -> Union {
    Union { state: State::default(), commands: vec![], entries: vec![], now: union.now }
}

fn founding(union: &mut Union, change: fn(&mut Founding, &mut Vec<PublicKey>)) -> Refusal {
    let mut command = union.commands[0].0.clone();
    let Action::Found(founding) = &mut command.action else { panic!("the first is the founding") };
    change(founding, &mut command.signers);
    unfounded(union).give(command.by, command.signers, command.action).unwrap_err()
}

fn applies(union: &mut Union, change: fn(&mut Application)) -> Refusal {
    let mut dan = application("Dan", 4, Capacity::Member);
    change(&mut dan);
    give(union, Actor::Applicant, &[4], Action::Apply(dan))
}

/// Bob declares that Ann owes him 5 EUR, but for a change; the cause without its row.
fn declared(union: &mut Union, change: fn(&mut Declaration)) -> Refusal {
    let mut declaration = union.declaration(0, 1, "5");
    change(&mut declaration);
    match union.declare(1, declaration).unwrap_err() {
        Refusal::InRow { row: 1, cause } => *cause,
        other => panic!("{other} is of no row"),
    }
}

fn propose(union: &mut Union, subject: Subject, days: i64) -> Result<(), Refusal> {
    let closes = union.now + SignedDuration::from_hours(24 * days);
    union.member(0, Action::Propose { subject, closes }).map(|_| ())
}

/// A proposal that is open for a week.
fn proposal(union: &mut Union) {
    propose(union, Subject::Resolution { text: TEXT }, 7).unwrap();
}

const FOR: Action = Action::Vote { proposal: PROPOSAL, choice: Choice::For };

/// A result for a cycle that is cut off, but for a change.
fn result(union: &mut Union, change: fn(&mut Digest, &mut Vec<Vec<u64>>)) -> Refusal {
    let cycle = union.cut_off().unwrap();
    union.wait(24);
    let (mut cleared, mut results) = union.result(cycle).unwrap();
    let mut discharges = results.iter().map(|result| result.discharges.clone()).collect();
    change(&mut cleared, &mut discharges);
    results.truncate(discharges.len());
    for (result, discharges) in results.iter_mut().zip(discharges) {
        result.discharges = discharges;
    }
    operator(union, Action::ProposeResult { cycle, cleared, results })
}

/// A cycle has cleared, and what is left is to be paid.
fn instructed(union: &mut Union) {
    let cycle = union.cleared().unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
}

fn received(text: &str) -> Action {
    Action::ConfirmInstruction { instruction: INSTRUCTION, amount: amount(text) }
}

fn failed() -> Action {
    Action::FailInstruction { instruction: INSTRUCTION, reason: why() }
}

fn draft(members: &[u32], supersedes: Supersedes) -> Action {
    let (subject, parties) = ("rates".to_owned(), parties(members));
    Action::DraftAgreement(Draft { subject, parties, text: TEXT, from: day(2, 1), supersedes })
}

fn sign(agreement: AgreementId, text: Digest) -> Action {
    Action::SignAgreement { agreement, text }
}

fn ended() -> Action {
    Action::EndAgreement { agreement: AGREEMENT, from: day(6, 1), reason: why() }
}
