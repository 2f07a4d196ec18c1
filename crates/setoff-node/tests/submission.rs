//! The document that is signed: what is written is read, and what is not known is refused.
#![allow(clippy::unwrap_used)]

use setoff_node::{PAYLOAD_TYPE, Submission, SubmissionError, UnionId};
use setoff_union::{Action, Actor, DocumentError, MemberId, ObligationId};

fn document(position: Option<u64>) -> String {
    let action = Action::Confirm { obligations: vec![ObligationId(17)] };
    let union = Some(UnionId::founded_by(b"a union"));
    let by = Actor::Member(MemberId(3));
    String::from_utf8(Submission::document(union, "2026/\"17\"", position, by, &action)).unwrap()
}

fn parsed(text: &str) -> Result<Submission, SubmissionError> {
    Submission::parse(PAYLOAD_TYPE, text.as_bytes())
}

#[test]
fn what_is_written_is_read_and_written_as_documented() {
    let union = UnionId::founded_by(b"a union");
    let command = r#"{"setoff-command":1,"by":{"member":3},"do":{"confirm":{"obligations":[17]}}}"#;

    let expected = format!(
        r#"{{"setoff-submission":1,"union":"{union}","key":"2026/\"17\"","position":41,"command":{command}}}"#
    );
    assert_eq!(document(Some(41)), expected);
    for position in [None, Some(41)] {
        let read = parsed(&document(position)).unwrap();
        assert_eq!((read.union, read.position), (Some(union), position));
        assert_eq!(read.key, "2026/\"17\"");
        assert_eq!(read.command.by, Actor::Member(MemberId(3)));
    }
}

#[test]
fn what_is_of_a_later_version_is_told_from_what_is_malformed() {
    let text = document(None);
    let later = text.replace("\"setoff-submission\":1", "\"setoff-submission\":2,\"more\":[]");
    let unknown = text.replace("\"key\"", "\"colour\":\"blue\",\"key\"");

    assert_eq!(parsed(&later), Err(SubmissionError::Later { found: 2 }));
    for malformed in [unknown.as_str(), "{", "[]", "{\"setoff-submission\":1}"] {
        let refused = parsed(malformed);
        assert!(matches!(refused, Err(SubmissionError::Malformed { .. })), "{refused:?}");
    }
    let other = Submission::parse("text/plain", text.as_bytes());
    assert_eq!(other, Err(SubmissionError::OtherType { found: "text/plain".to_owned() }));
    let without_key = parsed(&text.replace("2026/\\\"17\\\"", ""));
    assert_eq!(without_key, Err(SubmissionError::Key { length: 0 }));
}

#[test]
fn what_is_wrong_with_the_command_is_said_by_its_own_reader() {
    let text = document(None);
    let later = text.replace("\"setoff-command\":1", "\"setoff-command\":2");
    let unknown = text.replace("[17]", "[17],\"colour\":\"blue\"");

    let expected = SubmissionError::Command(DocumentError::UnknownVersion { version: 2 });
    assert_eq!(parsed(&later), Err(expected));
    let refused = parsed(&unknown);
    let of_the_command = matches!(
        refused,
        Err(SubmissionError::Command(DocumentError::Malformed { version: 1, .. }))
    );
    assert!(of_the_command, "{refused:?}");
    let mut no_text = text.into_bytes();
    let at = no_text.iter().position(|&byte| byte == b'6').unwrap();
    no_text[at] = 0xff;
    let refused = Submission::parse(PAYLOAD_TYPE, &no_text);
    assert!(matches!(refused, Err(SubmissionError::Malformed { .. })), "{refused:?}");
}
