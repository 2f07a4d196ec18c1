use setoff_union::testing::Union;
use setoff_union::{Action, Actor, Command, CycleId, DocumentError, MemberId, State};

fn parse(text: &str) -> Result<Command, DocumentError> {
    Command::parse(text.as_bytes(), Vec::new())
}

/// Version 1 as it is signed. This text must be readable for ever.
#[test]
fn a_declaration_of_version_1_is_read_for_ever() {
    let text = r#"{"setoff-command":1,"by":{"member":1},"do":{"declare":{"obligations":[
        {"debtor":0,"creditor":1,"currency":"EUR","amount":"1234.50","issued":"2026-01-05",
         "due":"2026-02-04","reference":"INV-7","kind":"secured"}],"file":null}}}"#;

    let command = parse(text).unwrap();

    assert_eq!(command.by, Actor::Member(MemberId(1)));
    let Action::Declare { obligations, file: None } = command.action else { panic!("it declares") };
    assert_eq!(obligations[0].amount.to_string(), "1234.50");
    assert_eq!(obligations[0].due, setoff_union::testing::day(2, 4));
}

#[test]
fn a_plain_obligation_is_written_without_its_kind_and_read_with_or_without() {
    let bare = r#"{"setoff-command":1,"by":{"member":1},"do":{"declare":{"obligations":[{"debtor":0,"creditor":1,"currency":"EUR","amount":"0.05","issued":"2026-01-05","due":"2026-02-04","reference":"INV-7"}],"file":null}}}"#;
    let said = bare.replace("INV-7\"", "INV-7\",\"kind\":\"plain\"");

    let command = parse(bare).unwrap();

    assert_eq!(parse(&said).unwrap(), command);
    assert_eq!(Command::document(command.by, &command.action), bare.as_bytes());
}

#[test]
fn what_a_version_does_not_say_is_refused() {
    let newer = parse(r#"{"setoff-command":2,"by":"operator","do":{"cut-off":{"cycle":0}}}"#);
    let number = r#"{"setoff-command":1,"by":{"member":1},
        "do":{"credit-note":{"obligation":1,"amount":12.5,"reference":"x","reason":"y"}}}"#;
    let unknown =
        r#"{"setoff-command":1,"by":"operator","do":{"cut-off":{"cycle":0,"soft":true}}}"#;
    let extra = r#"{"setoff-command":1,"by":"operator","do":{"cut-off":{"cycle":0}},"at":"now"}"#;
    let twice =
        r#"{"setoff-command":1,"by":"operator","by":"operator","do":{"cut-off":{"cycle":0}}}"#;
    let impossible = r#"{"setoff-command":1,"by":{"member":1},"do":{"declare":{"obligations":[
        {"debtor":0,"creditor":1,"currency":"EUR","amount":"1","issued":"2026-02-30",
         "due":"2026-03-04","reference":"INV-7"}],"file":null}}}"#;

    assert_eq!(newer, Err(DocumentError::UnknownVersion { version: 2 }));
    for text in [number, unknown, extra, twice, impossible] {
        assert!(matches!(parse(text), Err(DocumentError::Malformed { version: 1, .. })), "{text}");
    }
    for text in ["", "null", "[]", "{}", "{\"setoff-command\":-1}", "\u{0}"] {
        assert!(matches!(parse(text), Err(DocumentError::NoDocument { .. })), "{text}");
    }
}

#[test]
fn a_command_reads_as_it_was_written() {
    let action = Action::CutOff { cycle: CycleId(3) };

    let text = Command::document(Actor::Operator, &action);

    let expected = r#"{"setoff-command":1,"by":"operator","do":{"cut-off":{"cycle":3}}}"#;
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}

#[test]
fn a_snapshot_gives_the_same_state_and_digest() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "60").unwrap();
    union.declared(1, 2, "46116860184273879.04").unwrap();
    let cycle = union.cleared().unwrap();
    union.operator(Action::Instruct { cycle }).unwrap();
    union.cut_off().unwrap();

    let snapshot = serde_json::to_vec(&union.state).unwrap();
    let restored: State = serde_json::from_slice(&snapshot).unwrap();

    assert_eq!(restored, union.state);
    assert_eq!(restored.digest(), union.state.digest());
    assert_eq!(union.replayed().digest(), union.state.digest());
}

#[test]
fn an_obligation_takes_at_most_72_bytes_in_memory() {
    // And 8 bytes beside the text of its reference.
    assert!(
        size_of::<setoff_union::Obligation>() <= 72,
        "{}",
        size_of::<setoff_union::Obligation>()
    );
}

#[test]
fn a_currency_that_stands_twice_in_a_list_of_rates_or_amounts_is_refused() {
    let rates = r#"{"setoff-command":1,"by":"operator","do":{"open-cycle":{"mode":
        {"unit-of-account":{"unit":"EUR","rates":{"USD":"1.0871","USD":"1.8071"}}},
        "value_date":"2026-01-05"}}}"#;
    let once = rates.replace(r#","USD":"1.8071""#, "");
    let rulebook = serde_json::to_string(&setoff_union::testing::rulebook()).unwrap();
    let smallest = rulebook.replace(r#""smallest":{}"#, r#""smallest":{"EUR":"1","EUR":"2"}"#);

    assert!(parse(&once).is_ok());
    let error = parse(rates).unwrap_err().to_string();
    assert!(error.contains("USD stands in it twice"), "{error}");
    assert_ne!(smallest, rulebook);
    assert!(serde_json::from_str::<setoff_union::Rulebook>(&smallest).is_err());
}
