//! What clearings and netting programs that work today let their users do, where no other test shows
//! it: preview, corrections and finality are in `cycles.rs`, net or gross in `novation.rs`, *matched
//! but not cleared* in `members.rs`, the voucher in `statements.rs`.

use setoff_union::testing::{Union, amount, application, code, day, key_of, rulebook};
use setoff_union::{
    Action, Actor, Capacity, Clears, Declaration, InstructionId, InstructionStage, Kind, MemberId,
    ObligationId, Refusal, Rulebook, Scope, Stage, Step, Ways,
};

/// AJPES, Slovenia: debts under 250 EUR are not taken, and secured ones and those within a group do
/// not clear.
#[test]
fn a_rulebook_has_a_floor_and_leaves_secured_debts_and_those_within_a_group_out() {
    let mut rules = rulebook();
    rules.smallest = [(code("EUR"), amount("250"))].into();
    rules.classes.secured = Clears::MayNot;
    rules.classes.within_group = Clears::MayNot;
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules);
    for (number, name) in [(2, "Cem"), (3, "Cem & Sons")] {
        let mut sister = application(name, number, Capacity::Member);
        sister.profile.group = Some("Cem".to_owned());
        union.give(Actor::Applicant, vec![key_of(number)], Action::Apply(sister)).unwrap();
        union.stand(number, Step::Admit).unwrap();
    }
    let small = union.declared(0, 1, "249.99").unwrap_err();
    let secured = Declaration { kind: Kind::Secured, ..union.declaration(0, 1, "300") };
    let secured = union.declare(1, secured).unwrap();
    union.confirmed(secured).unwrap();
    for (debtor, creditor, text) in
        [(0, 1, "250"), (1, 0, "700"), (2, 3, "400"), (3, 2, "400"), (0, 2, "500"), (2, 0, "500")]
    {
        union.owed(debtor, creditor, text).unwrap();
    }

    union.cleared().unwrap();

    assert!(matches!(small, Refusal::InRow { cause, .. } if cause.cause() == "TooSmall"));
    let left = [300_00, 0, 450_00, 400_00, 400_00, 0, 0];
    assert_eq!(union.outstanding(), left);
}

/// AJPES, Slovenia: an accounting firm hands in for many members, each of which authorised it.
#[test]
fn an_accounting_firm_acts_for_many_members_each_by_its_own_authorisation() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let firm = union.admitted("Ledger Ltd", Capacity::Agent).unwrap();
    let delegate = MemberId(firm);
    for member in [0, 1] {
        let scope = [Scope::Enter, Scope::Bind].into();
        union.member(member, Action::Delegate { delegate, scope, until: day(12, 31) }).unwrap();
    }
    let acts = |union: &mut Union, member, action| {
        let given = union.give(Actor::Member(MemberId(member)), vec![key_of(firm)], action);
        given.map(|entries| (entries[0].author.actor, entries[0].author.through))
    };
    let declare = |union: &Union, debtor, creditor| {
        let obligations = vec![union.declaration(debtor, creditor, "10")];
        Action::Declare { obligations, file: None }
    };
    let for_bob = declare(&union, 0, 1);
    let for_cem = declare(&union, 0, 2);
    let confirm = Action::Confirm { obligations: vec![ObligationId(0)] };

    let declared = acts(&mut union, 1, for_bob);
    let confirmed = acts(&mut union, 0, confirm);
    let not_authorised = acts(&mut union, 2, for_cem);
    let end = Action::EndDelegation { delegate, reason: "own clerk".to_owned() };
    union.member(1, end).unwrap();
    let ended = declare(&union, 0, 1);
    let ended = acts(&mut union, 1, ended);
    let other = declare(&union, 0, 1);
    let other = acts(&mut union, 0, other);

    let by = |member| Ok((Actor::Member(MemberId(member)), Some(delegate)));
    let refused = |member| Err(Refusal::ActsForAnother { principal: MemberId(member), delegate });
    assert_eq!((declared, confirmed), (by(1), by(0)));
    assert_eq!((not_authorised, ended, other), (refused(2), refused(1), by(0)));
    assert_eq!(union.stages(), [Stage::Confirmed, Stage::Proposed]);
}

/// Mojaloop: a settlement has a state for each participant and leg, with a reason.
#[test]
fn each_leg_of_a_settlement_has_its_state_and_one_that_failed_its_reason() {
    let settlement = Ways { centre: Some(MemberId(3)), ..Ways::default() };
    let rules = Rulebook { settlement, ..rulebook() };
    let mut union = Union::with_rulebook(&["Ann", "Bob", "Cem", "Zoe"], rules);
    union.owed(0, 1, "10").unwrap();
    union.owed(1, 2, "7").unwrap();
    let cycle = union.cleared().unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
    let reason = "account closed".to_owned();

    let paid = Action::ConfirmInstruction { instruction: InstructionId(0), amount: amount("10") };
    union.member(3, paid).unwrap();
    let failed = Action::FailInstruction { instruction: InstructionId(1), reason: reason.clone() };
    union.member(1, failed).unwrap();
    union.wait(24 * 10);
    union.operator(Action::ExpireInstruction { instruction: InstructionId(2) }).unwrap();

    let legs: Vec<_> = union.state.instructions().iter().map(|leg| leg.stage.clone()).collect();
    let expected =
        [InstructionStage::Settled, InstructionStage::Failed { reason }, InstructionStage::Stale];
    assert_eq!(legs, expected);
    assert_eq!(union.outstanding()[2..], [0, 3_00, 7_00], "who was not paid is still owed");
}

/// Mojaloop: closing a window needs a reason.
#[test]
fn a_cycle_is_not_given_up_without_a_reason() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let cycle = union.cut_off().unwrap();

    let silent = union.operator(Action::Abandon { cycle, reason: " ".to_owned() }).map(|_| ());

    assert_eq!(silent, Err(Refusal::NoReason));
}

/// Banja Luka Stock Exchange: the claims that a compensation leaves are offered for sale.
#[test]
fn what_a_cycle_leaves_is_assigned_and_clears_for_its_new_creditor() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let debt = union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "60").unwrap();
    union.cleared().unwrap();

    let (to, reason) = (MemberId(2), "sold".to_owned());
    union.member(1, Action::OfferAssignment { obligation: debt, to, reason }).unwrap();
    union.member(2, Action::AcceptAssignment { obligation: debt }).unwrap();
    union.owed(2, 0, "40").unwrap();
    union.cleared().unwrap();

    assert_eq!(union.outstanding(), [0, 0, 0]);
}
