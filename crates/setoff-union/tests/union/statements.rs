use setoff_union::testing::{Union, amount, code};
use setoff_union::{
    Account, Action, Aging, Change, CurrencyId, InstructionId, MemberId, Mode, ObligationId,
    Position, aging, compensation, history, statement,
};

const EURO: CurrencyId = CurrencyId(0);
const ANN: MemberId = MemberId(0);

fn cleared_circle() -> Union {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    for (n, text) in (0..).zip(["100", "150", "120"]) {
        union.owed(n, (n + 1) % 3, text).unwrap();
    }
    union.cleared().unwrap();
    union
}

#[test]
fn a_statement_of_any_position_ends_with_the_ledgers_balances_there() {
    let union = cleared_circle();

    let now = statement(&union.entries, ANN);
    let before = union.entries.iter().take_while(|entry| entry.position < Position(8));
    let before = statement(before, ANN);

    assert_eq!(now.balances[&EURO], union.state.ledger().balances(ANN, EURO));
    assert_eq!(now.lines.len(), 4, "two confirmations and two set-offs");
    assert_eq!(before.balances[&EURO].of(Account::Payable), -100_00);
    assert_eq!(before.balances[&EURO].net_position(), 20_00);
    for line in now.lines {
        assert_eq!(line.lines[0].amount + line.lines[1].amount, 0);
    }
}

#[test]
fn a_statement_of_compensation_lists_each_invoice_and_the_circle_that_it_went_round() {
    let union = cleared_circle();
    let entry = union.entries.last().unwrap();

    let voucher = compensation(&union.state, entry, ANN).unwrap();

    let lines = voucher.lines.iter().map(|line| {
        let amounts = (line.before.0, line.set_off.0, line.after.0);
        (line.reference.as_str(), line.counterparty.0, line.owed, amounts)
    });
    let lines: Vec<_> = lines.collect();
    let owes = ("INV-0", 1, true, (100_00, 100_00, 0));
    let is_owed = ("INV-2", 2, false, (120_00, 100_00, 20_00));
    assert_eq!(lines, [owes, is_owed]);
    assert!(voucher.difference.is_empty());
    let [circle] = &voucher.trace[..] else { panic!("there is one circle") };
    assert_eq!(circle.members, [MemberId(0), MemberId(1), MemberId(2)]);
    assert_eq!((circle.amount, voucher.position), (100_00, entry.position));
    assert_eq!(compensation(&union.state, &union.entries[0], ANN), None);
}

#[test]
fn by_a_unit_of_account_the_voucher_says_what_was_exchanged() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    let declaration = union.declaration(1, 0, "108.71");
    let declaration = setoff_union::Declaration { currency: code("USD"), ..declaration };
    let obligation = union.declare(0, declaration).unwrap();
    union.confirmed(obligation).unwrap();
    let rates = [(code("USD"), amount("1.0871"))].into();
    let cycle =
        union.opened_as(Mode::UnitOfAccount { unit: code("EUR"), rates, published: None }).unwrap();
    union.operator(Action::CutOff { cycle }).unwrap();
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();

    let voucher = compensation(&union.state, union.entries.last().unwrap(), ANN).unwrap();

    let exchanged = [(EURO, 100_00), (CurrencyId(1), -108_71)].into();
    assert_eq!(voucher.difference, exchanged);
    assert!(voucher.trace.is_empty());
}

#[test]
fn what_is_overdue_is_told_by_its_age() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let today = setoff_union::utc_date(union.now);
    for (days, text) in
        [(-1, "1"), (0, "2"), (1, "4"), (30, "8"), (31, "16"), (61, "32"), (91, "64")]
    {
        let due = today.saturating_sub(jiff::Span::new().days(days));
        let issued = today.saturating_sub(jiff::Span::new().days(200));
        let declaration = union.declaration(0, 1, text);
        let declaration = setoff_union::Declaration { issued, due, ..declaration };
        let obligation = union.declare(1, declaration).unwrap();
        union.confirmed(obligation).unwrap();
    }
    union.declared(0, 1, "1000").unwrap();

    let [owes, is_owed] = aging(&union.state, ANN, today)[&EURO];

    let expected =
        Aging { not_overdue: 3_00, to_30: 12_00, to_60: 16_00, to_90: 32_00, over_90: 64_00 };
    assert_eq!((owes, is_owed), (expected, Aging::default()));
    assert_eq!(aging(&union.state, MemberId(1), today)[&EURO][1], expected);
}

#[test]
fn the_history_of_a_disputed_part_begins_with_the_whole() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(1, 0, "5").unwrap();
    let whole = union.declared(0, 1, "100").unwrap();
    let reason = || "broken".to_owned();
    let part = Some(amount("30"));
    let dispute = Action::Dispute { obligation: whole, part, reason: reason(), evidence: None };
    union.member(0, dispute).unwrap();
    let hold = Action::Hold { obligation: whole, reason: reason() };
    union.member(0, hold).unwrap();
    let split = ObligationId(2);
    union.confirmed(split).unwrap();

    let names = |obligation| -> Vec<&str> {
        let entries = history(&union.entries, obligation).into_iter();
        entries
            .map(|entry| match entry.change {
                Change::Declared { .. } => "declared",
                Change::Disputed { .. } => "disputed",
                Change::Held { .. } => "held",
                Change::Confirmed { .. } => "confirmed",
                _ => "other",
            })
            .collect()
    };

    assert_eq!(names(whole), ["declared", "disputed", "held"]);
    assert_eq!(names(split), ["declared", "disputed", "confirmed"]);
}

/// One euro is 1.0871 dollars. Ann owes 33.33 euro, and is owed dollars by Bob.
fn exchanged(dollars: &str, euros: &str) -> [setoff_union::CompensationLine; 2] {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, euros).unwrap();
    let declaration = union.declaration(1, 0, dollars);
    let declaration = setoff_union::Declaration { currency: code("USD"), ..declaration };
    let obligation = union.declare(0, declaration).unwrap();
    union.confirmed(obligation).unwrap();
    let rates = [(code("USD"), amount("1.0871"))].into();
    let cycle =
        union.opened_as(Mode::UnitOfAccount { unit: code("EUR"), rates, published: None }).unwrap();
    union.operator(Action::CutOff { cycle }).unwrap();
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();
    let voucher = compensation(&union.state, union.entries.last().unwrap(), ANN).unwrap();
    voucher.lines.try_into().unwrap()
}

#[test]
fn by_a_unit_of_account_each_line_says_rate_value_and_what_rounding_made_of_it() {
    // 108.72 dollars are 10000.92 cents, rounded down: 0.92 of a cent, or 10000/10871, are given.
    let [euros, dollars] = exchanged("108.72", "100.00");
    let exchange = dollars.exchange.unwrap();
    assert_eq!((exchange.unit, exchange.rate.parts()), (EURO, (10_000, 10_871)));
    assert_eq!((dollars.set_off.0, dollars.after.0), (108_72, 0));
    assert_eq!((exchange.value.0, exchange.rounding), (100_00, 10_000));
    let of_euros = euros.exchange.unwrap();
    assert_eq!((of_euros.rate.parts(), of_euros.rounding), ((1, 1), 0));

    // 33.33 euro are 36.233043 dollars, rounded down to 36.23: 3333 - 3623 / 1.0871 = 3043/10871.
    let [_, dollars] = exchanged("200.00", "33.33");
    let exchange = dollars.exchange.unwrap();
    assert_eq!((dollars.set_off.0, exchange.value.0, exchange.rounding), (36_23, 33_33, -3_043));
}

#[test]
fn a_statement_of_compensation_says_when_a_debt_was_due_at_the_cycle_not_what_was_agreed_since() {
    let mut union = cleared_circle();
    let entry = union.entries.last().unwrap().clone();
    let before = compensation(&union.state, &entry, ANN).unwrap();
    let obligation = ObligationId(2);
    let was_due = union.state.obligations()[2].due;
    let correct = Action::Correct {
        obligation,
        outstanding: amount("20"),
        due: was_due.tomorrow().unwrap(),
        reason: "more time".to_owned(),
    };
    union.member(2, correct.clone()).unwrap();
    union.member(0, correct).unwrap();
    assert_ne!(union.state.obligations()[2].due, was_due);

    assert_eq!(compensation(&union.state, &entry, ANN).unwrap(), before);
}

#[test]
fn a_history_has_the_instruction_to_pay_and_how_it_ended() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let other = union.owed(2, 1, "5").unwrap();
    let debt = union.owed(0, 1, "70").unwrap();
    let cycle = union.cleared().unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
    // Instructions are in the order of their debtors.
    for (instruction, text) in [(0, "30"), (1, "5")] {
        let (instruction, amount) = (InstructionId(instruction), amount(text));
        union.member(1, Action::ConfirmInstruction { instruction, amount }).unwrap();
    }
    let instruction = InstructionId(0);
    let fail = Action::FailInstruction { instruction, reason: "no cover".to_owned() };
    union.member(0, fail).unwrap();

    let names = |obligation| -> Vec<&str> {
        let entries = history(&union.entries, obligation).into_iter();
        entries
            .map(|entry| match entry.change {
                Change::Declared { .. } => "declared",
                Change::Confirmed { .. } => "confirmed",
                Change::Instructed { .. } => "instructed",
                Change::Received { .. } => "received",
                Change::InstructionEnded { .. } => "ended",
                _ => "other",
            })
            .collect()
    };

    assert_eq!(names(debt), ["declared", "confirmed", "instructed", "received", "ended"]);
    assert_eq!(names(other), ["declared", "confirmed", "instructed", "received"]);
}

#[test]
fn a_history_has_everything_that_the_two_sides_did_with_a_debt() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let (obligation, other) =
        (union.declared(0, 1, "100").unwrap(), union.owed(0, 1, "7").unwrap());
    let why = || "for the test".to_owned();
    let answer = setoff_union::Answer::Insist;
    let due = setoff_union::testing::day(3, 1);
    let correct = || Action::Correct { obligation, outstanding: amount("90"), due, reason: why() };
    let steps = [
        (0, Action::Dispute { obligation, part: None, reason: why(), evidence: None }),
        (1, Action::Answer { obligation, answer, reason: why() }),
        (0, Action::Confirm { obligations: vec![obligation] }),
        (0, Action::Hold { obligation, reason: why() }),
        (0, Action::Release { obligation, reason: why() }),
        (0, correct()),
        (1, correct()),
        (
            1,
            Action::ConfirmPayment {
                obligation,
                amount: amount("10"),
                paid_on: due,
                reason: why(),
            },
        ),
        (
            1,
            Action::CreditNote {
                obligation,
                amount: amount("10"),
                reference: why(),
                reason: why(),
            },
        ),
        (1, Action::OfferAssignment { obligation, to: MemberId(2), reason: why() }),
        (2, Action::AcceptAssignment { obligation }),
        (0, Action::Withdraw { obligation, reason: why() }),
        (2, Action::Withdraw { obligation, reason: why() }),
    ];
    let all = steps.len() + 1;
    for (member, action) in steps {
        union.member(member, action).unwrap();
    }

    let told = history(&union.entries, obligation);

    assert_eq!(told.len(), all);
    assert!(told.is_sorted_by_key(|entry| entry.position));
    assert!(matches!(told[all - 1].change, Change::Withdrawn { .. }));
    assert_eq!(history(&union.entries, other).len(), 2);
}
