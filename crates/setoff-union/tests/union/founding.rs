use setoff_union::testing::{OPERATOR, Union, code, key_of, rulebook};
use setoff_union::{Action, Actor, Founding, Refusal, State};

fn refounded(change: impl FnOnce(&mut Founding)) -> Result<(), Refusal> {
    let founded = Union::founded(&["Ann", "Bob"]);
    let (command, now) = founded.commands[0].clone();
    let Action::Found(mut founding) = command.action else { panic!("the first is the founding") };
    change(&mut founding);
    let mut union = Union { state: State::default(), commands: vec![], entries: vec![], now };
    union.give(Actor::Operator, command.signers, Action::Found(founding)).map(|_| ())
}

#[test]
fn a_union_begins_with_its_founders_and_their_rulebook() {
    let union = Union::founded(&["Ann", "Bob"]);

    assert_eq!(union.state.name(), "Test Union");
    assert_eq!(union.state.members().len(), 2);
    assert_eq!(union.state.keys().len(), 3);
    assert_eq!(union.state.unit_of_account(), Some(code("EUR")));
    assert_eq!(union.state.position().0, 1);
}

#[test]
fn a_union_is_founded_once() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let again = union.commands[0].0.clone();

    let refused = union.give(again.by, again.signers, again.action).unwrap_err();

    assert_eq!(refused, Refusal::FoundedAlready);
}

#[test]
fn nothing_comes_before_the_founding() {
    let now = Union::founded(&["Ann", "Bob"]).now;
    let mut union = Union { state: State::default(), commands: vec![], entries: vec![], now };

    let refused = union.operator(Action::CutOff { cycle: setoff_union::CycleId(0) }).unwrap_err();

    assert_eq!(refused, Refusal::NotFounded);
    assert_eq!(union.state, State::default());
}

#[test]
fn every_founder_signs() {
    let founded = Union::founded(&["Ann", "Bob"]);
    let (command, now) = founded.commands[0].clone();
    let mut union = Union { state: State::default(), commands: vec![], entries: vec![], now };
    let mut found = |signers| {
        union.give(Actor::Operator, signers, command.action.clone()).map(|_| ()).unwrap_err()
    };

    let without_bob = found(vec![OPERATOR, key_of(0)]);
    let without_operator = found(vec![key_of(0), key_of(1)]);
    let with_a_stranger = found(vec![OPERATOR, key_of(0), key_of(1), key_of(9)]);

    assert_eq!(without_bob, Refusal::FounderMissing { name: "Bob".to_owned() });
    assert_eq!(without_operator, Refusal::FounderMissing { name: "the operator".to_owned() });
    assert_eq!(with_a_stranger, Refusal::UnknownKey { key: key_of(9) });
}

#[test]
fn what_a_union_can_not_be_founded_with_is_refused() {
    let twice = refounded(|f| f.currencies.push("EUR".to_owned())).unwrap_err();
    let euros = refounded(|f| f.currencies.push("EUROS".to_owned())).unwrap_err();
    let alone = refounded(|f| f.members.truncate(1)).unwrap_err();
    let twin = refounded(|f| f.members[1].profile.name = "Ann".to_owned()).unwrap_err();
    let same_key = refounded(|f| f.members[1].keys[0].public = key_of(0)).unwrap_err();
    let country = refounded(|f| f.members[0].profile.country = "Slo".to_owned()).unwrap_err();
    let lei = refounded(|f| f.members[0].profile.lei = Some("506700".to_owned())).unwrap_err();
    let unit = refounded(|f| f.unit_of_account = Some(code("CHF"))).unwrap_err();

    assert_eq!(twice, Refusal::CurrencyTwice { code: code("EUR") });
    assert_eq!(euros, Refusal::NoCurrency { text: "EUROS".to_owned() });
    assert_eq!(alone, Refusal::TooFewFounders);
    assert_eq!(twin, Refusal::NameTaken { name: "Ann".to_owned() });
    assert_eq!(same_key, Refusal::KeyUsedBefore { key: key_of(0) });
    assert_eq!(country, Refusal::NoCountry { country: "Slo".to_owned() });
    assert_eq!(lei, Refusal::NoLei { lei: "506700".to_owned() });
    assert_eq!(unit, Refusal::NoSuchCurrency { code: code("CHF") });
}

#[test]
fn a_rulebook_under_which_nothing_could_pass_is_refused() {
    let impossible = refounded(|f| {
        f.rulebook.majority = setoff_union::Fraction { over: 1, under: 1 };
        f.rulebook.at_majority = setoff_union::AtThreshold::Fails;
    });
    let no_fraction =
        refounded(|f| f.rulebook.quorum = setoff_union::Fraction { over: 1, under: 0 });

    assert!(matches!(impossible, Err(Refusal::BadRulebook { .. })));
    assert!(matches!(no_fraction, Err(Refusal::BadRulebook { .. })));
    assert_eq!(refounded(|f| f.rulebook = rulebook()), Ok(()));
}
