//! What users of other systems complain of, each shown not to happen here. What concerns journals is
//! in `setoff-node/tests/complaints.rs`.

use setoff_union::testing::{Union, amount, code, day};
use setoff_union::{
    Account, Action, CurrencyId, InstructionId, MemberId, ObligationId, Refusal, Stage,
};

const EURO: CurrencyId = CurrencyId(0);

fn net(union: &Union, member: u32) -> i128 {
    union.state.ledger().balances(MemberId(member), EURO).net_position()
}

/// mojaloop/project#4115: positions doubled after settlement.
#[test]
fn positions_are_not_doubled_by_settlement() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "40").unwrap();
    let cycle = union.cleared().unwrap();
    assert_eq!((net(&union, 0), net(&union, 1)), (-60_00, 60_00));
    union.operator(Action::Instruct { cycle }).unwrap();
    let instruction = InstructionId(0);
    let pay = Action::ConfirmInstruction { instruction, amount: amount("60") };
    union.member(1, pay).unwrap();

    assert_eq!((net(&union, 0), net(&union, 1)), (0, 0));
}

/// mojaloop/project#2105: creating right after closing fails.
#[test]
fn an_obligation_is_accepted_right_after_a_cut_off_and_right_after_finality() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let cycle = union.cut_off().unwrap();
    union.owed(0, 1, "1").unwrap();
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();

    union.owed(0, 1, "1").unwrap();
}

/// mojaloop/project#2525: transfers that belong to no window.
#[test]
fn every_confirmed_debt_that_may_clear_is_in_the_next_cycle() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let cycle = union.cut_off().unwrap();
    let during = union.owed(0, 1, "1").unwrap();
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();
    let after = union.owed(0, 1, "1").unwrap();

    let next = union.cut_off().unwrap();

    let frozen = union.state.cycles()[next.0 as usize].frozen().unwrap();
    assert_eq!(frozen.candidates, [during, after]);
}

/// blnkfinance/blnk#182: a rejected item that could still be committed.
#[test]
fn what_is_withdrawn_can_not_be_confirmed_or_discharged() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.declared(0, 1, "100").unwrap();
    let withdraw = Action::Withdraw { obligation: debt, reason: "wrong".to_owned() };
    union.member(1, withdraw).unwrap();

    let confirm = union.confirmed(debt).unwrap_err();
    let pay = Action::ConfirmPayment {
        obligation: debt,
        amount: amount("1"),
        paid_on: day(1, 1),
        reason: "cash".to_owned(),
    };
    let pay = union.member(1, pay).map(|_| ()).unwrap_err();

    let over = Refusal::WrongStage { obligation: debt, stage: "withdrawn".to_owned() };
    assert_eq!((confirm, pay), (over.clone(), over));
}

/// formancehq/ledger#340, tigerbeetle/tigerbeetle#1893: no way to load history.
#[test]
fn old_invoices_are_loaded_with_their_own_dates() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let old = jiff::civil::date(2015, 3, 1);
    let declaration = union.declaration(0, 1, "100");
    let declaration = setoff_union::Declaration { issued: old, due: old, ..declaration };

    let debt = union.declare(1, declaration).unwrap();
    union.confirmed(debt).unwrap();

    assert_eq!(union.state.obligations()[0].issued, old);
}

/// frappe/erpnext#42665: a firm that is customer and supplier can't be knocked off;
/// Dolibarr#24955: set-off of invoices without a bank line.
#[test]
fn a_firm_that_is_customer_and_supplier_is_set_off_without_money() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "100").unwrap();

    union.cleared().unwrap();

    for member in 0..2 {
        let balances = union.state.ledger().balances(MemberId(member), EURO);
        assert_eq!((balances.of(Account::Money), balances.of(Account::Payable)), (0, 0));
    }
}

/// InterCooperative-Network/icn#643: a netting that was computed and never changed the positions.
#[test]
fn a_final_cycle_changes_what_is_outstanding_in_the_same_entry() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "100").unwrap();
    let cycle = union.cut_off().unwrap();
    union.proposed(cycle).unwrap();
    assert_eq!(union.outstanding(), [100_00, 100_00], "a proposal never looks like a final");

    let entries = union.operator(Action::Finalise { cycle }).unwrap();

    assert_eq!(entries.len(), 1);
    assert_eq!(union.outstanding(), [0, 0]);
}

/// komunitin#675: a default limit of zero that blocks the first trade.
#[test]
fn without_a_limit_of_its_own_a_member_trades_at_once() {
    let mut union = Union::founded(&["Ann", "Bob"]);

    union.owed(0, 1, "1000000").unwrap();

    assert_eq!(union.stages(), [Stage::Confirmed]);
}

/// plaintextaccounting/hledger#906: which invoices are still unpaid.
#[test]
fn what_is_still_owed_is_seen_for_each_invoice() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    union.owed(0, 1, "50").unwrap();
    union.owed(1, 0, "120").unwrap();

    union.cleared().unwrap();

    assert_eq!(union.outstanding(), [0, 30_00, 0]);
    let unpaid = &union.state.obligations()[1];
    assert_eq!(union.state.reference(unpaid), "INV-1");
}

/// mojaloop/project#3482: settling one of two open windows breaks a cap.
#[test]
fn finality_of_a_cycle_in_one_currency_leaves_another_cycle_alone() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "100").unwrap();
    let in_currency = |text| setoff_union::Mode::PerCurrency { currencies: vec![code(text)] };
    let euros = union.opened_as(in_currency("EUR")).unwrap();
    let dollars = union.opened_as(in_currency("USD")).unwrap();
    union.operator(Action::CutOff { cycle: euros }).unwrap();
    union.operator(Action::CutOff { cycle: dollars }).unwrap();
    let other = union.state.cycles()[dollars.0 as usize].clone();

    union.proposed(euros).unwrap();
    union.operator(Action::Finalise { cycle: euros }).unwrap();

    assert_eq!(union.state.cycles()[dollars.0 as usize], other);
    let hold = Action::Hold { obligation: ObligationId(0), reason: "late".to_owned() };
    assert!(union.member(0, hold).is_err(), "it is discharged");
}

/// frappe/erpnext#49652: a party has one receivable and one payable account, in one currency, so that
/// whoever trades in several enters the same firm several times.
#[test]
fn a_firm_that_trades_in_several_currencies_is_one_member_and_is_set_off_in_each() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    for (debtor, currency, text) in
        [(0, "EUR", "100"), (1, "EUR", "100"), (0, "USD", "70"), (1, "USD", "50")]
    {
        let declaration = union.declaration(debtor, 1 - debtor, text);
        let declaration = setoff_union::Declaration { currency: code(currency), ..declaration };
        let debt = union.declare(debtor, declaration).unwrap();
        union.confirmed(debt).unwrap();
    }

    union.cleared().unwrap();

    assert_eq!(union.state.members().len(), 2);
    assert_eq!(union.outstanding(), [0, 0, 20_00, 0]);
    let owes = |currency| union.state.ledger().balances(MemberId(0), CurrencyId(currency));
    assert_eq!((owes(0).net_position(), owes(1).net_position()), (0, -20_00));
}

fn credit_note(reference: &str, text: &str) -> Action {
    let (amount, reason) = (amount(text), "returned goods".to_owned());
    Action::CreditNote {
        obligation: ObligationId(0),
        amount,
        reference: reference.to_owned(),
        reason,
    }
}

/// blnkfinance/blnk#152: the same transaction is refunded as often as it is asked for.
#[test]
fn a_credit_note_lowers_a_debt_once_however_often_it_is_given() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let obligation = union.owed(0, 1, "100").unwrap();
    union.member(1, credit_note("CN-1", "30")).unwrap();

    let again = union.member(1, credit_note("CN-1", "30")).map(|_| ()).unwrap_err();
    union.member(1, credit_note("CN-2", "30")).unwrap();

    let reference = "CN-1".to_owned();
    assert_eq!(again, Refusal::CreditedAlready { obligation, reference });
    assert_eq!(union.outstanding(), [40_00]);
}

/// The number of a credit note is known by what it is on: another debt may have one of the same, and
/// a creditor may invoice under it.
#[test]
fn credit_notes_on_two_debts_and_an_invoice_may_have_the_same_number() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    let other = union.owed(0, 1, "100").unwrap();
    union.member(1, credit_note("7", "30")).unwrap();
    let (reference, reason) = ("7".to_owned(), "returned goods".to_owned());
    let on_other =
        Action::CreditNote { obligation: other, amount: amount("30"), reference, reason };
    let invoice = union.declaration(0, 1, "5");
    let invoice = setoff_union::Declaration { reference: "7".to_owned(), ..invoice };

    union.member(1, on_other).unwrap();
    union.declare(1, invoice).unwrap();

    assert_eq!(union.outstanding(), [70_00, 70_00, 5_00]);
}

/// blnkfinance/blnk#181: a balance is checked without what is in flight, so that six amounts of 1000
/// are set aside of 5000.
#[test]
fn what_is_being_paid_is_not_discharged_a_second_time_in_another_way() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let obligation = union.owed(0, 1, "5000").unwrap();
    let cycle = union.cleared().unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
    let instruction = InstructionId(0);
    let reason = || "for the test".to_owned();
    let elsewhere = [
        Action::ConfirmPayment {
            obligation,
            amount: amount("1"),
            paid_on: day(1, 1),
            reason: reason(),
        },
        Action::OfferAssignment { obligation, to: MemberId(2), reason: reason() },
        credit_note("CN-1", "1"),
    ];

    for action in elsewhere {
        let refused = union.member(1, action).map(|_| ()).unwrap_err();
        assert_eq!(refused, Refusal::Instructed { obligation, instruction });
    }
    let pay = || Action::ConfirmInstruction { instruction, amount: amount("1000") };
    for _ in 0..5 {
        union.member(1, pay()).unwrap();
    }
    let sixth = union.member(1, pay()).map(|_| ()).unwrap_err();

    assert_eq!(sixth, Refusal::InstructionOver { instruction });
    assert_eq!(union.outstanding(), [0]);
}

/// The same complaint: what is held back counts as if it were free.
#[test]
fn what_is_held_back_is_neither_set_off_nor_to_be_paid() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    let held = union.owed(1, 0, "100").unwrap();
    union.member(0, Action::Hold { obligation: held, reason: "checked".to_owned() }).unwrap();

    let cycle = union.cleared().unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();

    assert_eq!(union.outstanding(), [100_00, 100_00]);
    let [instruction] = union.state.instructions() else { panic!("there is one") };
    assert_eq!(instruction.obligations, [ObligationId(0)]);
}
