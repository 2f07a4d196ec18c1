//! Instructions that are paid in another currency than that of their debts.

use proptest::prelude::*;
use setoff_union::testing::{ALL_ROLES, Union, amount, code, key_of, new_key, rulebook};
use setoff_union::{
    Account, Action, Actor, Amount, Change, Code, CurrencyId, CycleId, Declaration, InstructionId,
    InstructionStage, MemberId, Mode, Payable, PublicKey, Refusal, Rulebook, Stage, Way, Ways,
};

const FIRST: InstructionId = InstructionId(0);
const USD: CurrencyId = CurrencyId(1);
const JPY: CurrencyId = CurrencyId(2);

fn rules() -> Rulebook {
    let settlement = Ways { own_currency: true, ..Ways::default() };
    Rulebook { settlement, ..rulebook() }
}

fn choose(currency: Option<Code>) -> Action {
    Action::ChooseCurrency { currency }
}

/// One euro is 1.0871 dollars and 160 yen.
fn in_euro() -> Mode {
    let rates = [(code("USD"), amount("1.0871")), (code("JPY"), amount("160"))].into();
    Mode::UnitOfAccount { unit: code("EUR"), rates, published: None }
}

fn owed(union: &mut Union, (debtor, creditor): (u32, u32), text: &str, currency: &str) {
    let declaration = union.declaration(debtor, creditor, text);
    let declaration = Declaration { currency: code(currency), ..declaration };
    let obligation = union.declare(creditor, declaration).unwrap();
    union.confirmed(obligation).unwrap();
}

fn settled(union: &mut Union, mode: Mode) -> CycleId {
    let cycle = union.opened_as(mode).unwrap();
    union.operator(Action::CutOff { cycle }).unwrap();
    union.proposed(cycle).unwrap();
    union.operator(Action::Finalise { cycle }).unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
    cycle
}

/// Ann owes Bob 100 EUR, and both have chosen dollars.
fn in_dollars() -> Union {
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules());
    for member in 0..2 {
        union.member(member, choose(Some(code("USD")))).unwrap();
    }
    owed(&mut union, (0, 1), "60.00", "EUR");
    owed(&mut union, (0, 1), "40.01", "EUR");
    settled(&mut union, in_euro());
    union
}

fn received(amount: Amount) -> Action {
    Action::ConfirmInstruction { instruction: FIRST, amount }
}

/// 100.01 EUR · 1.0871 = 108.720871 USD, so 108.73 USD are to be paid.
#[test]
fn what_both_sides_chose_to_pay_in_is_stated_beside_what_is_owed_and_rounded_up() {
    let union = in_dollars();

    let [instruction] = union.state.instructions() else { panic!("there is one") };

    assert_eq!((instruction.amount, instruction.currency), (100_01, CurrencyId(0)));
    let payable = Payable { currency: USD, amount: 108_73, received: 0 };
    assert_eq!(instruction.payable, Some(payable));
    assert_eq!((instruction.paid_in(), instruction.left()), (USD, 108_73));
}

/// 65.22 USD are 59.9945 EUR, 65.23 USD are 60.0037 EUR.
#[test]
fn a_part_discharges_what_it_comes_to_rounded_down_and_the_whole_the_whole() {
    let mut union = in_dollars();

    union.member(1, received(amount("65.22"))).unwrap();
    assert_eq!(union.outstanding(), [1, 40_01]);
    union.member(1, received(amount("0.01"))).unwrap();
    assert_eq!(union.outstanding(), [0, 40_01]);
    let more = union.member(1, received(amount("43.51"))).map(|_| ());
    union.member(1, received(amount("43.49"))).unwrap();
    assert_eq!(union.outstanding(), [0, 1], "108.72 dollars are a cent too few");
    union.member(1, received(amount("0.01"))).unwrap();

    let (asked, left) = (amount("43.51"), "43.50".to_owned());
    assert_eq!(more, Err(Refusal::MoreThanInstructed { instruction: FIRST, asked, left }));
    assert_eq!(union.stages(), [Stage::Discharged; 2]);
    assert_eq!(union.state.instructions()[0].stage, InstructionStage::Settled);
    let money = |member, currency| {
        union.state.ledger().balances(MemberId(member), currency).of(Account::Money)
    };
    assert_eq!((money(0, CurrencyId(0)), money(1, CurrencyId(0))), (-100_01, 100_01));
    assert_eq!((money(0, USD), money(1, USD)), (0, 0), "the ledger is that of the debts");
    assert_eq!(union.replayed(), union.state);
}

/// A yen is 0.625 euro cents, so that the first discharges nothing and the second one cent.
#[test]
fn money_that_is_less_than_a_minor_unit_of_the_debt_is_not_lost() {
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules());
    for member in 0..2 {
        union.member(member, choose(Some(code("JPY")))).unwrap();
    }
    owed(&mut union, (0, 1), "1.00", "EUR");
    settled(&mut union, in_euro());

    let first = union.member(1, received(amount("1"))).unwrap()[0].change.clone();
    assert!(matches!(&first, Change::Received { payments, .. } if payments.is_empty()));
    assert_eq!(union.state.instructions()[0].left(), 159);
    union.member(1, received(amount("1"))).unwrap();
    assert_eq!(union.outstanding(), [99]);
    let fail = Action::FailInstruction { instruction: FIRST, reason: "no cover".to_owned() };
    union.member(0, fail).unwrap();
    settled(&mut union, Mode::PerCurrency { currencies: vec![code("EUR")] });

    let again = &union.state.instructions()[1];
    assert_eq!((again.amount, again.payable), (99, None), "what failed is owed in euro again");
}

#[test]
fn nobody_is_paid_in_a_currency_that_it_did_not_choose() {
    for (debtor, creditor) in [
        (Some("USD"), None),
        (None, Some("USD")),
        (Some("USD"), Some("JPY")),
        (Some("EUR"), Some("EUR")),
    ] {
        let mut union = Union::with_rulebook(&["Ann", "Bob"], rules());
        union.member(0, choose(debtor.map(code))).unwrap();
        union.member(1, choose(creditor.map(code))).unwrap();
        owed(&mut union, (0, 1), "100", "EUR");

        settled(&mut union, in_euro());

        assert_eq!(union.state.instructions()[0].payable, None, "{debtor:?} {creditor:?}");
    }
}

#[test]
fn a_choice_can_be_taken_back() {
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules());
    for chosen in [Some(code("USD")), None] {
        for member in 0..2 {
            union.member(member, choose(chosen)).unwrap();
        }
    }
    owed(&mut union, (0, 1), "100", "EUR");

    settled(&mut union, in_euro());

    assert_eq!(union.state.instructions()[0].payable, None);
}

#[test]
fn a_cycle_without_a_rate_leaves_what_is_paid_in_its_own_currency() {
    let only_yen = {
        let rates = [(code("JPY"), amount("160"))].into();
        Mode::UnitOfAccount { unit: code("EUR"), rates, published: None }
    };
    for mode in [Mode::PerCurrency { currencies: vec![code("EUR"), code("USD")] }, only_yen] {
        let mut union = Union::with_rulebook(&["Ann", "Bob"], rules());
        for member in 0..2 {
            union.member(member, choose(Some(code("USD")))).unwrap();
        }
        owed(&mut union, (0, 1), "100", "EUR");

        settled(&mut union, mode);

        assert_eq!(union.state.instructions()[0].payable, None);
    }
}

#[test]
fn a_currency_of_ones_own_needs_the_rulebook_and_one_of_the_unions_currencies() {
    let mut without = Union::founded(&["Ann", "Bob"]);
    let mut with = Union::with_rulebook(&["Ann", "Bob"], rules());

    let refused = without.member(0, choose(Some(code("USD")))).map(|_| ());
    let back = without.member(0, choose(None)).map(|_| ());
    let unknown = with.member(0, choose(Some(code("CHF")))).map(|_| ());
    let operator = with.operator(choose(Some(code("USD")))).map(|_| ());

    assert_eq!(refused, Err(Refusal::OwnCurrencyNotAllowed { member: MemberId(0) }));
    assert_eq!(back, Ok(()));
    assert_eq!(unknown, Err(Refusal::NoSuchCurrency { code: code("CHF") }));
    assert_eq!(operator, Err(Refusal::OnlyMembers));
}

/// Ann owes Bob 160 JPY, Bob owes Cem 1 EUR; Dan is the centre. One euro is 160 yen.
#[test]
fn net_positions_with_a_centre_are_paid_in_the_currency_that_it_and_the_member_chose() {
    let centre = Some(MemberId(3));
    let allowed = [Way::Net].into();
    let settlement = Ways { centre, allowed, own_currency: true };
    let rules = Rulebook { settlement, ..rulebook() };
    let mut union = Union::with_rulebook(&["Ann", "Bob", "Cem", "Dan"], rules);
    for member in [0, 2, 3] {
        union.member(member, choose(Some(code("JPY")))).unwrap();
    }
    owed(&mut union, (0, 1), "160", "JPY");
    owed(&mut union, (1, 2), "1", "EUR");

    settled(&mut union, in_euro());

    let found = union.state.instructions().iter();
    let found: Vec<_> = found.map(|i| (i.debtor.0, i.creditor.0, i.paid_in(), i.left())).collect();
    let expected =
        [(1, 3, CurrencyId(0), 1_00), (3, 2, JPY, 160), (0, 3, JPY, 160), (3, 1, JPY, 160)];
    assert_eq!(found, expected, "Bob has not chosen; yen are yen");
}

/// Bob asks for two people over 50 of one of the two currencies, and gets 108.73 USD for 100.01 EUR.
#[test]
fn the_limit_for_one_person_holds_in_both_currencies() {
    for currency in ["EUR", "USD"] {
        let mut union = in_dollars();
        let second = PublicKey([9; 32]);
        let add = Action::AddKey(new_key(second, "Bea", &ALL_ROLES));
        union.member(1, add).unwrap();
        let limit = Action::LimitOnePerson { currency: code(currency), over: Some(amount("50")) };
        union.member(1, limit).unwrap();

        let alone = union.member(1, received(amount("108.73"))).map(|_| ()).unwrap_err();
        let bob = Actor::Member(MemberId(1));
        let two = union.give(bob, vec![key_of(1), second], received(amount("108.73")));

        assert!(matches!(alone, Refusal::NeedsTwoPeople { .. }), "{currency}: {alone}");
        assert!(two.is_ok(), "{currency}");
    }
}

#[test]
fn a_rulebook_and_an_opening_of_before_are_read_as_they_were_meant() {
    let rulebook = serde_json::to_string(&rulebook()).unwrap();
    let before = rulebook.replace(r#","own_currency":false"#, "").replace(r#""rates":null,"#, "");
    let mode = r#"{"unit-of-account":{"unit":"EUR","rates":{"USD":"1.0871","JPY":"160"}}}"#;

    assert_eq!(rulebook.len() - before.len(), 21 + 13, "both fields were taken out");
    let read: Rulebook = serde_json::from_str(&before).unwrap();
    assert!(!read.settlement.own_currency && read.rates.is_none());
    assert_eq!(serde_json::from_str::<Mode>(mode).unwrap(), in_euro());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// However a payment is cut in parts, at any rate: no more than was paid is discharged, less
    /// than one minor unit waits, and only the whole discharges the whole.
    #[test]
    fn parts_discharge_no_more_than_they_come_to_and_the_whole_exactly_the_whole(
        owed_yen in 1_i64..1_000_000,
        dollars in 1_i128..1_000_000,
        yen in 1_i128..1_000_000,
        cuts in proptest::collection::vec(1_i64..1_000_000, 0..12),
    ) {
        let mut union = Union::with_rulebook(&["Ann", "Bob"], rules());
        for member in 0..2 {
            union.member(member, choose(Some(code("USD")))).unwrap();
        }
        let third = owed_yen / 3;
        for part in [third, third, owed_yen - 2 * third].into_iter().filter(|part| *part > 0) {
            owed(&mut union, (0, 1), &part.to_string(), "JPY");
        }
        let quote = |text: &str| amount(text);
        let rates = [
            (code("USD"), quote(&dollars.to_string())),
            (code("JPY"), quote(&yen.to_string())),
        ];
        let mode = Mode::UnitOfAccount {
            unit: code("EUR"),
            rates: rates.into(),
            published: None,
        };
        settled(&mut union, mode);
        // In cents a yen: 100 · dollars / yen.
        let (over, under) = (dollars * 100, yen);
        let payable = union.state.instructions()[0].payable.unwrap().amount;
        prop_assert!(payable * under >= i128::from(owed_yen) * over, "never less than is owed");
        prop_assert!((payable - 1) * under < i128::from(owed_yen) * over, "less than a cent more");

        let mut paid = 0;
        for cut in cuts.into_iter().map(i128::from).chain([payable]) {
            let part = cut.min(payable - paid);
            if part == 0 {
                break;
            }
            let text = format!("{}.{:02}", part / 100, part % 100);
            union.member(1, received(amount(&text))).unwrap();
            paid += part;
            let left: i64 = union.outstanding().iter().sum();
            let discharged = i128::from(owed_yen - left);
            prop_assert!(discharged * over <= paid * under, "no more than was paid");
            prop_assert!(paid == payable || paid * under < (discharged + 1) * over);
            prop_assert_eq!(left == 0, paid == payable);
        }
        prop_assert_eq!(&union.state.instructions()[0].stage, &InstructionStage::Settled);
        prop_assert!(union.state.obligations().iter().all(|o| o.stage == Stage::Discharged));
        prop_assert_eq!(union.replayed().digest(), union.state.digest());
    }
}
