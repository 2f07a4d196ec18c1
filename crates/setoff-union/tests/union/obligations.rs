use setoff_union::testing::{Union, amount, code, day};
use setoff_union::{
    Account, Action, Answer, CurrencyId, Declaration, Declares, Digest, MemberId, ObligationId,
    Refusal, Side, Stage,
};

const EURO: CurrencyId = CurrencyId(0);

fn receivable(union: &Union, member: u32) -> i128 {
    union.state.ledger().balances(MemberId(member), EURO).of(Account::Receivable)
}

fn why() -> String {
    "for the test".to_owned()
}

fn dispute(obligation: ObligationId, part: Option<&str>) -> Action {
    let evidence = Some(Digest([7; 32]));
    Action::Dispute { obligation, part: part.map(amount), reason: why(), evidence }
}

fn correct(obligation: ObligationId, text: &str) -> Action {
    let (outstanding, due) = (amount(text), day(3, 1));
    Action::Correct { obligation, outstanding, due, reason: why() }
}

fn paid(obligation: ObligationId, text: &str) -> Action {
    Action::ConfirmPayment { obligation, amount: amount(text), paid_on: day(1, 1), reason: why() }
}

fn refused(result: Result<&[setoff_union::Entry], Refusal>) -> Refusal {
    result.map(|_| ()).unwrap_err()
}

#[test]
fn silence_is_never_consent() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.declared(0, 1, "100").unwrap();
    union.declared(1, 0, "100").unwrap();

    union.wait(24 * 365);
    union.cleared().unwrap();

    assert_eq!(union.stages(), [Stage::Proposed, Stage::Proposed]);
    assert_eq!(receivable(&union, 1), 0);
}

#[test]
fn the_other_side_confirms_once() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let debt = union.declared(0, 1, "100").unwrap();
    let confirm = |debts: &[ObligationId]| Action::Confirm { obligations: debts.to_vec() };

    let own = refused(union.member(1, confirm(&[debt])));
    let stranger = refused(union.member(2, confirm(&[debt])));
    let twice_at_once = refused(union.member(0, confirm(&[debt, debt])));
    union.member(0, confirm(&[debt])).unwrap();
    let twice = refused(union.member(0, confirm(&[debt])));

    assert_eq!(own, Refusal::OwnDeclaration { obligation: debt });
    assert_eq!(stranger, Refusal::NotASide { member: MemberId(2) });
    assert_eq!(twice_at_once, Refusal::ConfirmedAlready { obligation: debt });
    assert_eq!(twice, Refusal::ConfirmedAlready { obligation: debt });
    assert_eq!(receivable(&union, 1), 100_00);
}

#[test]
fn a_file_of_obligations_is_one_entry_taken_whole_or_not_at_all() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let good = union.declaration(0, 1, "10");
    let bad = union.declaration(1, 1, "10");
    let before = union.state.clone();

    let file = Some(Digest([3; 32]));
    let obligations = vec![good.clone(), bad];
    let half = refused(union.member(1, Action::Declare { obligations, file }));
    assert_eq!(union.state, before);
    let other = setoff_union::Declaration { reference: "INV-2".to_owned(), ..good.clone() };
    let obligations = vec![good, other];
    let entries = union.member(1, Action::Declare { obligations, file }).unwrap();

    assert_eq!(entries.len(), 1);
    let cause = Box::new(Refusal::OwesItself { member: MemberId(1) });
    assert_eq!(half, Refusal::InRow { row: 2, cause });
    assert_eq!(union.state.obligations().len(), 2);
}

#[test]
fn the_rulebook_says_which_side_declares() {
    let mut rules = setoff_union::testing::rulebook();
    rules.declares = Declares::Debtor;
    rules.smallest = [(code("EUR"), amount("250"))].into();
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules);

    let creditor = union.declared(0, 1, "300").unwrap_err();
    let small = union.declaration(0, 1, "249.99");
    let small = union.declare(0, small).unwrap_err();
    let floor = union.declaration(0, 1, "250.00");
    union.declare(0, floor).unwrap();

    let in_row = |cause| Refusal::InRow { row: 1, cause: Box::new(cause) };
    assert_eq!(creditor, in_row(Refusal::NotTheDeclaringSide));
    let (amount, smallest) = (amount("249.99"), amount("250"));
    assert_eq!(small, in_row(Refusal::TooSmall { amount, smallest, currency: code("EUR") }));
}

#[test]
fn what_can_not_be_an_obligation_is_refused_with_its_row() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let good = union.declaration(0, 1, "10");
    let mut cause = |change: &dyn Fn(&mut setoff_union::Declaration)| {
        let mut declaration = good.clone();
        change(&mut declaration);
        match union.declare(1, declaration).unwrap_err() {
            Refusal::InRow { row: 1, cause } => cause.cause(),
            other => panic!("{other}"),
        }
    };

    assert_eq!(cause(&|d| d.debtor = MemberId(9)), "NoSuchMember");
    assert_eq!(cause(&|d| d.creditor = MemberId(0)), "OwesItself");
    assert_eq!(cause(&|d| d.currency = code("CHF")), "NoSuchCurrency");
    assert_eq!(cause(&|d| d.amount = amount("0")), "NoAmount");
    assert_eq!(cause(&|d| d.amount = amount("-1")), "NoAmount");
    assert_eq!(cause(&|d| d.amount = amount("1.005")), "NoAmount");
    assert_eq!(cause(&|d| d.amount = amount("46116860184273879.05")), "NoAmount");
    assert_eq!(cause(&|d| d.due = d.issued.yesterday().unwrap()), "ImpossibleDate");
    assert_eq!(cause(&|d| d.due = d.due.with().year(2199).build().unwrap()), "ImpossibleDate");
    assert_eq!(cause(&|d| d.reference = " ".to_owned()), "NoReference");
    assert_eq!(cause(&|d| d.reference = "x".repeat(141)), "NoReference");
    assert_eq!(cause(&|d| d.amount = amount("0.001")), "NoAmount");
}

#[test]
fn an_obligation_of_the_largest_amount_goes_all_the_way() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    for (debtor, creditor) in [(0, 1), (1, 0), (0, 1)] {
        union.owed(debtor, creditor, "46116860184273879.04").unwrap();
    }

    union.cleared().unwrap();

    let mut left = union.outstanding();
    left.sort_unstable();
    assert_eq!(left, [0, 0, 1 << 62]);
}

#[test]
fn a_disputed_part_is_split_off_and_the_rest_clears() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.declared(0, 1, "100").unwrap();

    union.member(0, dispute(debt, Some("30"))).unwrap();

    assert_eq!(union.outstanding(), [70_00, 30_00]);
    assert_eq!(union.stages(), [Stage::Confirmed, Stage::Disputed]);
    assert_eq!(receivable(&union, 1), 70_00);
    let part = &union.state.obligations()[1];
    assert_eq!(union.state.reference(part), "INV-0");
}

#[test]
fn a_dispute_after_confirmation_takes_the_debt_off_the_ledger_until_it_is_confirmed_again() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.owed(0, 1, "100").unwrap();

    union.member(0, dispute(debt, None)).unwrap();
    assert_eq!(receivable(&union, 1), 0);
    let own = refused(union.member(1, dispute(debt, None)));
    let answer = Action::Answer { obligation: debt, answer: Answer::Insist, reason: why() };
    union.member(1, answer).unwrap();
    union.confirmed(debt).unwrap();

    assert_eq!(own, Refusal::OwnDeclaration { obligation: debt });
    assert_eq!(receivable(&union, 1), 100_00);
}

#[test]
fn a_declarer_that_gives_up_withdraws() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.declared(0, 1, "100").unwrap();
    union.member(0, dispute(debt, None)).unwrap();
    let answer = |answer| Action::Answer { obligation: debt, answer, reason: why() };

    let other_side = refused(union.member(0, answer(Answer::GiveUp)));
    union.member(1, answer(Answer::GiveUp)).unwrap();
    let over = refused(union.member(0, dispute(debt, None)));

    assert_eq!(other_side, Refusal::NotYourDeclaration { obligation: debt });
    assert_eq!(union.stages(), [Stage::Withdrawn]);
    assert_eq!(over, Refusal::WrongStage { obligation: debt, stage: "withdrawn".to_owned() });
}

#[test]
fn a_confirmed_debt_is_withdrawn_only_when_both_say_so() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.owed(0, 1, "100").unwrap();
    let withdraw = || Action::Withdraw { obligation: debt, reason: why() };

    union.member(1, withdraw()).unwrap();
    union.member(1, withdraw()).unwrap();
    assert_eq!(union.stages(), [Stage::Confirmed]);
    union.member(0, withdraw()).unwrap();

    assert_eq!(union.stages(), [Stage::Withdrawn]);
    assert_eq!(receivable(&union, 1), 0);
}

#[test]
fn a_correction_needs_both_to_say_exactly_the_same() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.owed(0, 1, "100").unwrap();
    union.member(1, paid(debt, "40")).unwrap();

    union.member(0, correct(debt, "50")).unwrap();
    union.member(1, correct(debt, "55")).unwrap();
    assert_eq!(union.outstanding(), [60_00], "they said different amounts");
    union.member(0, correct(debt, "55")).unwrap();

    let found = &union.state.obligations()[0];
    assert_eq!((found.amount.0, found.outstanding.0, found.due), (95_00, 55_00, day(3, 1)));
    assert_eq!(receivable(&union, 1), 55_00);
}

#[test]
fn a_payment_meanwhile_ends_what_was_asked() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.owed(0, 1, "100").unwrap();
    union.member(0, correct(debt, "90")).unwrap();
    union.member(1, paid(debt, "95")).unwrap();

    union.member(1, correct(debt, "90")).unwrap();

    assert_eq!(union.outstanding(), [5_00], "this asks anew and corrects nothing");
    assert_eq!(union.state.asked(debt).map(|asked| asked.by), Some(Side::Creditor));
}

#[test]
fn what_is_only_proposed_is_withdrawn_and_declared_anew_and_never_changed_under_its_number() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.declared(0, 1, "100").unwrap();

    let debtor = refused(union.member(0, correct(debt, "80")));
    let declarer = refused(union.member(1, correct(debt, "80")));

    assert_eq!(debtor, declarer);
    assert_eq!((union.outstanding(), union.stages()), (vec![100_00], vec![Stage::Proposed]));
}

#[test]
fn only_the_creditor_says_that_it_was_paid_and_never_more_than_is_owed() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.owed(0, 1, "100").unwrap();

    let debtor = refused(union.member(0, paid(debt, "100")));
    let more = refused(union.member(1, paid(debt, "100.01")));
    union.member(1, paid(debt, "99.99")).unwrap();
    union.member(1, paid(debt, "0.01")).unwrap();
    let after = refused(union.member(1, paid(debt, "0.01")));

    assert_eq!(debtor, Refusal::OnlyTheCreditor { obligation: debt });
    let outstanding = "100.00 EUR".to_owned();
    let asked = amount("100.01");
    assert_eq!(more, Refusal::MoreThanOutstanding { obligation: debt, asked, outstanding });
    assert_eq!(union.stages(), [Stage::Discharged]);
    assert_eq!(after, Refusal::WrongStage { obligation: debt, stage: "discharged".to_owned() });
    let money = |member| union.state.ledger().balances(MemberId(member), EURO).of(Account::Money);
    assert_eq!((money(0), money(1)), (-100_00, 100_00));
}

#[test]
fn an_assigned_claim_is_owed_to_the_new_creditor_once_that_accepts() {
    let mut union = Union::founded(&["Ann", "Bob", "Factor"]);
    let debt = union.owed(0, 1, "100").unwrap();
    let offer = |to| Action::OfferAssignment { obligation: debt, to: MemberId(to), reason: why() };

    let to_debtor = refused(union.member(1, offer(0)));
    let not_creditor = refused(union.member(0, offer(2)));
    let not_offered = refused(union.member(2, Action::AcceptAssignment { obligation: debt }));
    union.member(1, offer(2)).unwrap();
    assert_eq!(receivable(&union, 1), 100_00);
    union.member(2, Action::AcceptAssignment { obligation: debt }).unwrap();
    let old_creditor = refused(union.member(1, paid(debt, "100")));
    union.member(2, paid(debt, "100")).unwrap();

    assert_eq!(to_debtor, Refusal::AssignedToASide { member: MemberId(0) });
    assert_eq!(not_creditor, Refusal::OnlyTheCreditor { obligation: debt });
    assert_eq!(not_offered, Refusal::NotOffered { obligation: debt });
    assert_eq!(old_creditor, Refusal::NotASide { member: MemberId(1) });
    assert_eq!(union.stages(), [Stage::Discharged]);
}

#[test]
fn a_document_is_known_again_after_its_claim_was_assigned() {
    let mut union = Union::founded(&["Ann", "Bob", "Factor"]);
    let debt = union.owed(0, 1, "100").unwrap();
    let offer = Action::OfferAssignment { obligation: debt, to: MemberId(2), reason: why() };
    union.member(1, offer).unwrap();
    union.member(2, Action::AcceptAssignment { obligation: debt }).unwrap();

    let again = |creditor| {
        let reference = "INV-0".to_owned();
        Declaration { reference, ..union.declaration(0, creditor, "100") }
    };
    let (to_new, to_old) = (again(2), again(1));

    let cause = || Box::new(Refusal::DeclaredAlready { obligation: debt });
    let twice = || Refusal::InRow { row: 1, cause: cause() };
    assert_eq!(union.declare(2, to_new.clone()), Err(twice()));
    assert_eq!(union.declare(0, to_new), Err(twice()));
    assert_eq!(union.declare(1, to_old), Err(twice()));
}

#[test]
fn a_document_of_which_a_disputed_part_is_left_is_not_declared_anew() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.declared(0, 1, "100").unwrap();
    let again = Declaration { reference: "INV-0".to_owned(), ..union.declaration(0, 1, "100") };
    let (part, evidence) = (Some(amount("30")), None);
    union.member(0, Action::Dispute { obligation: debt, part, reason: why(), evidence }).unwrap();
    let withdraw = |obligation| Action::Withdraw { obligation, reason: why() };
    union.member(1, withdraw(debt)).unwrap();
    union.member(0, withdraw(debt)).unwrap();

    let disputed = ObligationId(1);
    let cause = Box::new(Refusal::DeclaredAlready { obligation: disputed });
    assert_eq!(union.declare(1, again.clone()), Err(Refusal::InRow { row: 1, cause }));
    union.member(1, withdraw(disputed)).unwrap();

    assert_eq!(union.declare(1, again), Ok(ObligationId(2)));
}

#[test]
fn either_side_holds_a_debt_back_and_releases_its_own_hold() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "100").unwrap();
    let hold = || Action::Hold { obligation: debt, reason: why() };
    let release = || Action::Release { obligation: debt, reason: why() };

    union.member(0, hold()).unwrap();
    let twice = refused(union.member(0, hold()));
    let not_mine = refused(union.member(1, release()));
    union.cleared().unwrap();
    assert_eq!(union.outstanding(), [100_00, 100_00]);
    union.member(0, release()).unwrap();
    union.cleared().unwrap();

    assert_eq!(union.outstanding(), [0, 0]);
    assert_eq!(twice, Refusal::HeldAlready { obligation: debt });
    assert_eq!(not_mine, Refusal::NotHeld { obligation: debt });
}

#[test]
fn a_credit_note_lowers_a_debt_without_the_debtors_consent() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.owed(0, 1, "100").unwrap();
    let note = |reference: &str, text| Action::CreditNote {
        obligation: debt,
        amount: amount(text),
        reference: reference.to_owned(),
        reason: why(),
    };

    union.member(1, note("CN-1", "25.50")).unwrap();
    assert_eq!((union.outstanding(), receivable(&union, 1)), (vec![74_50], 74_50));
    union.member(1, note("CN-2", "74.50")).unwrap();

    assert_eq!(union.stages(), [Stage::Discharged]);
}

#[test]
fn a_change_without_a_reason_is_refused() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let debt = union.owed(0, 1, "100").unwrap();

    let hold = Action::Hold { obligation: debt, reason: "  ".to_owned() };

    assert_eq!(refused(union.member(0, hold)), Refusal::NoReason);
}

#[test]
fn a_file_imported_twice_or_by_both_sides_does_not_double_a_debt() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let declaration = union.declaration(0, 1, "100");
    let obligations = vec![declaration.clone(), declaration.clone()];
    let twice = refused(union.member(1, Action::Declare { obligations, file: None }));
    let debt = union.declare(1, declaration.clone()).unwrap();

    let again = union.declare(1, declaration.clone()).unwrap_err();
    let by_the_other_side = union.declare(0, declaration.clone()).unwrap_err();
    union.confirmed(debt).unwrap();
    union.member(1, paid(debt, "100")).unwrap();
    let paid_already = union.declare(1, declaration.clone()).unwrap_err();

    let in_row = |row, cause| Refusal::InRow { row, cause: Box::new(cause) };
    assert_eq!(twice, in_row(2, Refusal::TwiceInList { reference: "INV-0".to_owned() }));
    let already = in_row(1, Refusal::DeclaredAlready { obligation: debt });
    assert_eq!(
        (again, by_the_other_side, paid_already),
        (already.clone(), already.clone(), already)
    );
    let other_currency = setoff_union::Declaration { currency: code("USD"), ..declaration };
    assert!(union.declare(1, other_currency).is_ok());
}

#[test]
fn a_withdrawn_document_may_be_declared_again() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let declaration = union.declaration(0, 1, "100");
    let obligation = union.declare(1, declaration.clone()).unwrap();
    union.member(1, Action::Withdraw { obligation, reason: why() }).unwrap();

    let again = union.declare(1, declaration.clone()).unwrap();
    let third = union.declare(1, declaration).unwrap_err();

    assert_eq!(again, ObligationId(1));
    let cause = Box::new(Refusal::DeclaredAlready { obligation: again });
    assert_eq!(third, Refusal::InRow { row: 1, cause });
}
