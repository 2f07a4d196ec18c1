//! Random unions: whatever is asked of them, the laws hold. [`Union::give`] itself checks after
//! every entry that the ledger balances, agrees with the obligations, and nothing is negative.

use proptest::prelude::*;
use setoff_union::testing::{Union, amount, code, day, rulebook};
use setoff_union::{
    Account, Action, Answer, CurrencyId, CycleId, CycleStage, InstructionId, MemberId, MergerOffer,
    Mode, ObligationId, Portions, Rulebook, Step, Way, Ways,
};

const NAMES: [&str; 4] = ["Ann", "Bob", "Cem", "Dan"];

#[derive(Clone, Copy, Debug)]
struct Random {
    what: u8,
    who: u32,
    other: u32,
    number: u32,
    cents: i64,
}

fn random() -> impl Strategy<Value = Random> {
    (0..28_u8, 0..4_u32, 0..4_u32, 0..12_u32, 1..20_000_i64)
        .prop_map(|(what, who, other, number, cents)| Random { what, who, other, number, cents })
}

/// Tries something; most of it is refused, and that is part of the test.
fn attempt(union: &mut Union, Random { what, who, other, number, cents }: Random) {
    let before = union.state.digest();
    let obligation = ObligationId(number);
    let (cycle, instruction) = (CycleId(number % 3), InstructionId(number % 4));
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    let (sum, reason) = (amount(&text), "for the test".to_owned());
    let member = |union: &mut Union, action| union.member(who, action).map(|_| ());
    let operator = |union: &mut Union, action| union.operator(action).map(|_| ());
    let step = [Step::Suspend, Step::Reinstate, Step::Block, Step::Unblock][number as usize % 4];
    let way = if number % 2 == 0 { Way::Net } else { Way::Gross };
    let outcome = match what {
        0..=3 => union.declared(who, other, &text).map(|_| ()),
        4..=8 => member(union, Action::Confirm { obligations: vec![obligation] }),
        9 => {
            let part = (number % 2 == 0).then_some(sum);
            member(union, Action::Dispute { obligation, part, reason, evidence: None })
        }
        10 => {
            let answer = if cents % 2 == 0 { Answer::Insist } else { Answer::GiveUp };
            member(union, Action::Answer { obligation, answer, reason })
        }
        11 => member(union, Action::Withdraw { obligation, reason }),
        12 => {
            let (outstanding, due) = (amount("50"), day(2, 1));
            member(union, Action::Correct { obligation, outstanding, due, reason })
        }
        13 => {
            let paid_on = day(1, 1);
            member(union, Action::ConfirmPayment { obligation, amount: sum, paid_on, reason })
        }
        14 => {
            let reference = "CN".to_owned();
            member(union, Action::CreditNote { obligation, amount: sum, reference, reason })
        }
        15 => {
            let to = MemberId(other);
            member(union, Action::OfferAssignment { obligation, to, reason })
        }
        16 => member(union, Action::AcceptAssignment { obligation }),
        17 => member(union, Action::Hold { obligation, reason }),
        18 => union.cut_off().map(|_| ()),
        19 => union.proposed(cycle),
        20 => operator(union, Action::Finalise { cycle }),
        21 => operator(union, Action::Instruct { cycle }),
        22 => member(union, Action::ConfirmInstruction { instruction, amount: sum }),
        23 => union.stand(other, step).map(|_| ()),
        24 => member(union, Action::ChooseSettlement { way }),
        25 => member(union, Action::FailInstruction { instruction, reason }),
        26 if number == 0 => {
            let step = Step::RunOff;
            member(union, Action::Stand { member: MemberId(who), step, reason, evidence: None })
        }
        26 => {
            let offer = MergerOffer { into: MemberId(other), reason, evidence: None };
            member(union, Action::OfferMerger(offer))
        }
        // Few of them, so that some members are left.
        _ if number == 0 => member(union, Action::AcceptMerger { member: MemberId(other) }),
        _ => member(union, Action::Release { obligation, reason }),
    };
    if outcome.is_err() && what != 18 {
        assert_eq!(union.state.digest(), before, "a refusal leaves no trace");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn replay_gives_the_live_state_and_every_law_holds(
        attempts in proptest::collection::vec(random(), 1..160),
        centre in any::<bool>(),
        portions in prop_oneof![Just(Portions::Parts), Just(Portions::Whole)],
    ) {
        let centre = centre.then_some(MemberId(3));
        let settlement = Ways { centre, allowed: [Way::Net, Way::Gross].into(), own_currency: false };
        let rules = Rulebook { settlement, portions, ..rulebook() };
        let mut union = Union::with_rulebook(&NAMES, rules);
        let mut finals: Vec<(usize, jiff::Timestamp, setoff_union::Position)> = Vec::new();
        for random in attempts {
            attempt(&mut union, random);
            for (number, found) in union.state.cycles().iter().enumerate() {
                if let CycleStage::Final { at, position, .. } = found.stage {
                    let seen = finals.iter().find(|(n, ..)| *n == number);
                    prop_assert!(seen.is_none_or(|seen| *seen == (number, at, position)));
                    if seen.is_none() {
                        finals.push((number, at, position));
                    }
                } else {
                    prop_assert!(!finals.iter().any(|(n, ..)| *n == number), "finality holds");
                }
            }
        }

        prop_assert_eq!(union.replayed().digest(), union.state.digest());
        for member in (0..4).map(MemberId) {
            let balances = union.state.ledger().balances(member, CurrencyId(0));
            prop_assert_eq!(balances.of(Account::SetOff), 0, "set-off gains nobody anything");
        }
    }

    /// One euro is 1.0871 dollars. Each debt is rounded down once each way, by less than a cent.
    #[test]
    fn in_a_unit_of_account_no_member_gains_more_than_a_cent_a_debt(
        debts in proptest::collection::vec((0..4_u32, 0..4_u32, 1..100_000_i64, any::<bool>()), 1..40),
    ) {
        let mut union = Union::founded(&NAMES);
        for (debtor, creditor, cents, dollars) in debts {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            let mut declaration = union.declaration(debtor, creditor, &text);
            declaration.currency = code(if dollars { "USD" } else { "EUR" });
            if let Ok(obligation) = union.declare(creditor, declaration) {
                union.confirmed(obligation).unwrap();
            }
        }
        let rates = [(code("USD"), amount("1.0871"))].into();
        let cycle = union.opened_as(Mode::UnitOfAccount { unit: code("EUR"), rates, published: None }).unwrap();
        union.operator(Action::CutOff { cycle }).unwrap();
        union.proposed(cycle).unwrap();
        union.operator(Action::Finalise { cycle }).unwrap();

        let of = |member, currency| {
            union.state.ledger().balances(member, CurrencyId(currency)).of(Account::SetOff)
        };
        for member in (0..4).map(MemberId) {
            let own = union.state.obligations().iter().filter(|o| o.side(member).is_some());
            let bound = (10_871 + 10_000) * own.count() as i128;
            let gained = of(member, 0) * 10_871 + of(member, 1) * 10_000;
            prop_assert!(gained.abs() <= bound, "{gained} is over {bound}");
        }
    }

    #[test]
    fn bytes_that_are_no_command_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(setoff_union::Command::parse(&bytes, Vec::new()).is_err());
    }
}
