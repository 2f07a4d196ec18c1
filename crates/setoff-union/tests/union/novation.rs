use proptest::prelude::*;
use setoff_union::testing::{Union, amount, rulebook};
use setoff_union::{
    Account, Action, Capacity, Change, CurrencyId, CycleId, InstructionId, Kind, MemberId,
    ObligationId, Refusal, Rulebook, Stage, Standing, Step, Way, Ways, history,
};

const EURO: CurrencyId = CurrencyId(0);

/// Members may settle net through this centre, or gross.
fn through(centre: u32) -> Rulebook {
    let settlement = Ways {
        centre: Some(MemberId(centre)),
        allowed: [Way::Net, Way::Gross].into(),
        own_currency: false,
    };
    Rulebook { settlement, ..rulebook() }
}

/// Ann owes Bob 10, Bob owes Cem 7; Zoe is the centre.
fn chain() -> Union {
    let mut union = Union::with_rulebook(&["Ann", "Bob", "Cem", "Zoe"], through(3));
    union.owed(0, 1, "10").unwrap();
    union.owed(1, 2, "7").unwrap();
    union
}

fn instructed(union: &mut Union) -> CycleId {
    let cycle = union.cleared().unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
    cycle
}

/// Who pays whom how much.
fn payments(union: &Union) -> Vec<(u32, u32, i128)> {
    let instructions = union.state.instructions().iter();
    instructions.map(|found| (found.debtor.0, found.creditor.0, found.amount)).collect()
}

fn balance(union: &Union, member: u32, account: Account) -> i128 {
    union.state.ledger().balances(MemberId(member), EURO).of(account)
}

#[test]
fn net_positions_with_the_centre_take_the_place_of_the_debts() {
    let mut union = chain();

    instructed(&mut union);

    assert_eq!(payments(&union), [(0, 3, 10_00), (3, 1, 3_00), (3, 2, 7_00)]);
    assert_eq!(union.outstanding(), [0, 0, 10_00, 3_00, 7_00]);
    let [.., last] = union.state.obligations() else { panic!("there are five") };
    assert_eq!((last.kind, last.stage), (Kind::NetPosition, Stage::Confirmed));
    for (member, position) in (0..).zip([-10_00, 3_00, 7_00, 0]) {
        let balances = union.state.ledger().balances(MemberId(member), EURO);
        assert_eq!((balances.net_position(), balances.of(Account::SetOff)), (position, 0));
    }
    assert_eq!(union.replayed().digest(), union.state.digest());
}

#[test]
fn net_positions_are_paid_to_the_centre_and_by_it() {
    let mut union = chain();
    instructed(&mut union);

    for (instruction, creditor, text) in [(0, 3, "10"), (1, 1, "3"), (2, 2, "7")] {
        let (instruction, amount) = (InstructionId(instruction), amount(text));
        union.member(creditor, Action::ConfirmInstruction { instruction, amount }).unwrap();
    }

    assert_eq!(union.outstanding(), [0; 5]);
    let money: Vec<i128> = (0..4).map(|member| balance(&union, member, Account::Money)).collect();
    assert_eq!(money, [-10_00, 3_00, 7_00, 0]);
}

#[test]
fn a_centre_that_has_debts_itself_pays_and_is_paid_what_the_others_are_left_with() {
    let mut union = Union::with_rulebook(&["Ann", "Bob", "Zoe"], through(2));
    union.owed(0, 2, "10").unwrap();
    union.owed(2, 1, "4").unwrap();
    union.owed(0, 1, "1").unwrap();

    instructed(&mut union);

    assert_eq!(payments(&union), [(0, 2, 11_00), (2, 1, 5_00)]);
    assert_eq!(balance(&union, 2, Account::SetOff), 0);
}

#[test]
fn a_debt_is_settled_net_only_if_both_its_sides_settle_net() {
    let mut union = chain();
    union.owed(0, 2, "2").unwrap();
    union.owed(0, 2, "3").unwrap();
    union.member(2, Action::ChooseSettlement { way: Way::Gross }).unwrap();

    instructed(&mut union);

    let direct = [(1, 2, 7_00), (0, 2, 2_00), (0, 2, 3_00)];
    assert_eq!(payments(&union), [[(0, 3, 10_00), (3, 1, 10_00)].as_slice(), &direct].concat());

    union.member(2, Action::ChooseSettlement { way: Way::Net }).unwrap();
    assert_eq!(union.state.members()[2].way, Some(Way::Net));
}

#[test]
fn a_way_that_the_rulebook_does_not_have_is_refused_and_what_was_chosen_before_counts_no_more() {
    let mut union = Union::founded(&["Ann", "Bob"]);

    let refused = union.member(0, Action::ChooseSettlement { way: Way::Gross }).map(|_| ());

    assert_eq!(refused, Err(Refusal::WayNotAllowed { member: MemberId(0) }));
    let only_gross = Ways { centre: None, allowed: [Way::Gross].into(), own_currency: false };
    let mut union =
        Union::with_rulebook(&["Ann", "Bob"], Rulebook { settlement: only_gross, ..rulebook() });
    union.owed(0, 1, "2").unwrap();
    union.owed(0, 1, "3").unwrap();
    instructed(&mut union);
    assert_eq!(payments(&union), [(0, 1, 2_00), (0, 1, 3_00)]);
}

#[test]
fn a_centre_is_a_member_and_there_is_a_way_to_settle() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let agent = union.admitted("Ledger Ltd", Capacity::Agent).unwrap();
    let mut no_way = through(0);
    no_way.settlement.allowed.clear();

    for rules in [through(agent), through(agent + 1), no_way] {
        let subject = setoff_union::Subject::Rulebook {
            rulebook: Box::new(rules),
            from: setoff_union::testing::day(3, 1),
        };
        let closes = union.now + jiff::SignedDuration::from_hours(24 * 7);
        let refused = union.member(0, Action::Propose { subject, closes }).map(|_| ());
        assert!(matches!(refused, Err(Refusal::BadRulebook { .. })), "{refused:?}");
    }
}

#[test]
fn a_net_position_that_is_not_paid_stays_outstanding_and_clears_and_what_it_replaced_is_over() {
    let mut union = chain();
    instructed(&mut union);
    let fail = |instruction| Action::FailInstruction {
        instruction: InstructionId(instruction),
        reason: "no cover".to_owned(),
    };
    union.member(0, fail(0)).unwrap();
    union.member(1, fail(1)).unwrap();
    assert_eq!(union.stages()[..2], [Stage::Discharged; 2]);
    // Ann owes Zoe 10, Zoe owes Bob 3: with Bob's debt to Ann it is a circle.
    union.owed(1, 0, "3").unwrap();

    union.cleared().unwrap();

    assert_eq!(union.outstanding(), [0, 0, 7_00, 0, 7_00, 0]);
}

#[test]
fn nobody_declares_or_disputes_a_net_position() {
    let mut union = chain();
    instructed(&mut union);
    let position = ObligationId(2);
    let declaration = union.declaration(0, 1, "5");
    let declaration = setoff_union::Declaration { kind: Kind::NetPosition, ..declaration };
    let (part, evidence, reason) = (None, None, "not me".to_owned());
    let dispute = Action::Dispute { obligation: position, part, reason, evidence };

    let declared = union.declare(1, declaration).unwrap_err();
    let disputed = union.member(0, dispute).map(|_| ());

    let cause = Box::new(Refusal::OnlyBySettlement);
    assert_eq!(declared, Refusal::InRow { row: 1, cause });
    assert_eq!(disputed, Err(Refusal::FollowsFromConfirmed { obligation: position }));
}

#[test]
fn without_its_centre_a_union_settles_directly() {
    let mut union = chain();
    union.stand(3, Step::Suspend).unwrap();

    instructed(&mut union);

    assert_eq!(payments(&union), [(0, 1, 10_00), (1, 2, 7_00)]);
}

#[test]
fn nothing_is_novated_with_a_member_that_does_not_clear() {
    let mut union = chain();
    let cycle = union.cleared().unwrap();
    union.stand(2, Step::Insolvency).unwrap();

    union.operator(Action::Instruct { cycle }).unwrap();

    assert_eq!(union.state.members()[2].standing, Standing::Insolvent);
    assert_eq!(payments(&union), [(0, 3, 10_00), (3, 1, 10_00), (1, 2, 7_00)]);
}

#[test]
fn a_position_over_the_largest_amount_is_several_debts_and_one_payment() {
    let largest = "46116860184273879.04";
    let mut union = Union::with_rulebook(&["Ann", "Bob", "Zoe"], through(2));
    for _ in 0..3 {
        union.owed(0, 1, largest).unwrap();
    }

    instructed(&mut union);

    let three = 3 << 62;
    assert_eq!(payments(&union), [(0, 2, three), (2, 1, three)]);
    assert_eq!(union.outstanding()[3..], [1 << 62; 6]);
}

#[test]
fn the_history_of_a_debt_tells_its_novation_and_that_of_a_net_position_begins_with_it() {
    let mut union = chain();
    instructed(&mut union);

    let last = |obligation| history(&union.entries, obligation).pop().unwrap().change.clone();
    let first = |obligation| history(&union.entries, obligation)[0].change.clone();

    assert!(matches!(last(ObligationId(0)), Change::Novated { .. }));
    assert!(matches!(first(ObligationId(4)), Change::Novated { .. }));
    assert!(matches!(last(ObligationId(4)), Change::Instructed { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The soundness of the ledger is looked at after each entry by `testing` itself.
    #[test]
    fn novation_moves_nobodys_net_position_and_every_payment_is_one(
        debts in proptest::collection::vec((0..5_u32, 0..5_u32, 1..100_000_i64), 1..30),
    ) {
        let mut union = Union::with_rulebook(&["Ann", "Bob", "Cem", "Dan", "Zoe"], through(4));
        for (debtor, creditor, cents) in debts {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            if debtor != creditor {
                union.owed(debtor, creditor, &text).unwrap();
            }
        }
        let position = |union: &Union, member| {
            union.state.ledger().balances(MemberId(member), EURO).net_position()
        };
        let before: Vec<i128> = (0..5).map(|member| position(&union, member)).collect();

        instructed(&mut union);

        let after: Vec<i128> = (0..5).map(|member| position(&union, member)).collect();
        prop_assert_eq!(&before, &after);
        let expected = (0..4).filter(|member| before[*member as usize] != 0).map(|member| {
            let position = before[member as usize];
            if position < 0 { (member, 4, -position) } else { (4, member, position) }
        });
        prop_assert_eq!(payments(&union), expected.collect::<Vec<_>>());
        for member in 0..5 {
            prop_assert_eq!(balance(&union, member, Account::SetOff), 0);
        }
    }
}
