use setoff_union::testing::{Union, amount, day};
use setoff_union::{
    Action, CycleId, InstructionId, InstructionStage, ObligationId, Refusal, Stage,
};

const FIRST: InstructionId = InstructionId(0);

/// Ann owes Bob 60 and 60, Bob owes Ann 50: 70 are left, in one instruction.
fn instructed() -> (Union, CycleId) {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "60").unwrap();
    union.owed(0, 1, "60").unwrap();
    union.owed(1, 0, "50").unwrap();
    let cycle = union.cleared().unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
    (union, cycle)
}

fn received(text: &str) -> Action {
    Action::ConfirmInstruction { instruction: FIRST, amount: amount(text) }
}

fn refused(result: Result<&[setoff_union::Entry], Refusal>) -> Refusal {
    result.map(|_| ()).unwrap_err()
}

#[test]
fn what_a_cycle_leaves_is_one_instruction_a_pair_and_currency() {
    let (union, _) = instructed();

    let [instruction] = union.state.instructions() else { panic!("there is one") };
    assert_eq!((instruction.debtor.0, instruction.creditor.0, instruction.amount), (0, 1, 70_00));
    assert_eq!(instruction.obligations, [ObligationId(0), ObligationId(1)]);
}

#[test]
fn an_instruction_is_paid_in_parts_the_oldest_debt_first() {
    let (mut union, _) = instructed();

    union.member(1, received("30")).unwrap();
    assert_eq!(union.outstanding(), [0, 40_00, 0]);
    let more = refused(union.member(1, received("40.01")));
    union.member(1, received("40")).unwrap();
    let over = refused(union.member(1, received("1")));

    let left = "40.00".to_owned();
    assert_eq!(
        more,
        Refusal::MoreThanInstructed { instruction: FIRST, asked: amount("40.01"), left }
    );
    assert_eq!(union.state.instructions()[0].stage, InstructionStage::Settled);
    assert_eq!(union.stages(), [Stage::Discharged; 3]);
    assert_eq!(over, Refusal::InstructionOver { instruction: FIRST });
}

#[test]
fn only_who_is_paid_confirms() {
    let (mut union, _) = instructed();

    let debtor = refused(union.member(0, received("70")));

    assert_eq!(debtor, Refusal::OnlyTheRecipient { instruction: FIRST });
}

#[test]
fn while_it_is_being_paid_a_debt_neither_clears_nor_changes() {
    let (mut union, _) = instructed();
    union.owed(1, 0, "70").unwrap();

    union.cleared().unwrap();
    let pay = Action::ConfirmPayment {
        obligation: ObligationId(1),
        amount: amount("1"),
        paid_on: day(1, 1),
        reason: "cash".to_owned(),
    };
    let pay = refused(union.member(1, pay));

    assert_eq!(union.outstanding(), [10_00, 60_00, 0, 70_00]);
    assert_eq!(pay, Refusal::Instructed { obligation: ObligationId(1), instruction: FIRST });
}

#[test]
fn a_failed_instruction_goes_back_to_outstanding_and_clears_again() {
    let (mut union, _) = instructed();
    union.member(1, received("30")).unwrap();
    let fail = || Action::FailInstruction { instruction: FIRST, reason: "no cover".to_owned() };

    union.member(0, fail()).unwrap();
    let again = refused(union.member(0, fail()));
    union.owed(1, 0, "40").unwrap();
    union.cleared().unwrap();

    assert_eq!(again, Refusal::InstructionOver { instruction: FIRST });
    assert_eq!(union.outstanding(), [0, 0, 0, 0]);
}

#[test]
fn an_instruction_goes_stale_after_the_rulebooks_days_and_not_sooner() {
    let (mut union, _) = instructed();
    let expire = || Action::ExpireInstruction { instruction: FIRST };

    union.wait(24 * 9);
    let early = refused(union.operator(expire()));
    let by_member = refused(union.member(1, expire()));
    union.wait(24);
    union.operator(expire()).unwrap();

    assert_eq!(early, Refusal::NotStale { instruction: FIRST, days: 10 });
    assert_eq!(by_member, Refusal::OnlyTheOperator);
    assert_eq!(union.state.instructions()[0].stage, InstructionStage::Stale);
    assert_eq!(union.state.obligations()[1].instruction, None);
}

#[test]
fn instructions_are_made_once_and_only_of_a_final_cycle() {
    let (mut union, cycle) = instructed();
    let twice = refused(union.operator(Action::Instruct { cycle }));
    let open = union.opened().unwrap();
    let early = refused(union.operator(Action::Instruct { cycle: open }));

    assert_eq!(twice, Refusal::NothingToInstruct { cycle });
    assert_eq!(early, Refusal::NothingToInstruct { cycle: open });
    assert_eq!(union.state.instructions().len(), 1);
}

#[test]
fn what_the_next_cycle_holds_already_is_not_to_be_paid_as_well() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "120").unwrap();
    union.owed(1, 0, "50").unwrap();
    let first = union.cleared().unwrap();
    union.owed(1, 0, "70").unwrap();
    let second = union.cut_off().unwrap();

    union.operator(Action::Instruct { cycle: first }).unwrap();

    assert!(union.state.instructions().is_empty());
    union.wait(24);
    union.proposed(second).unwrap();
    union.operator(Action::Finalise { cycle: second }).unwrap();
    assert_eq!(union.stages(), [Stage::Discharged; 3]);
}
