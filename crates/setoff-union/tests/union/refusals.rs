use std::path::Path;

use setoff_union::testing::{Union, amount, application, day, key_of, new_key, parties};
use setoff_union::{
    Action, Actor, AgreementId, Application, Capacity, Choice, CycleId, Digest, Draft, Entry,
    InstructionId, MemberId, ObligationId, ProposalId, Refusal, Role, Scope, State, Step, Subject,
    Supersedes, refusals_table,
};

/// `UPDATE_DOCS=1 cargo test -p setoff-union` writes the page anew.
#[test]
fn the_published_table_is_that_of_the_code() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/refusals.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, refusals_table()).unwrap();
    }

    let published = std::fs::read_to_string(page).unwrap();

    assert_eq!(published, refusals_table(), "run: UPDATE_DOCS=1 cargo test -p setoff-union");
}

fn refused(result: Result<&[Entry], Refusal>) -> Refusal {
    result.map(|_| ()).unwrap_err()
}

#[test]
fn numbers_at_the_ends_of_their_range_are_refused_and_name_what_is_not_there() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let reason = || "for the test".to_owned();
    let (member, obligation) = (MemberId(u32::MAX), ObligationId(u32::MAX));
    let (proposal, cycle) = (ProposalId(u32::MAX), CycleId(u32::MAX));
    let (instruction, agreement) = (InstructionId(u32::MAX), AgreementId(u32::MAX));
    let before = union.state.clone();

    let hold = refused(union.member(0, Action::Hold { obligation, reason: reason() }));
    let vote = refused(union.member(0, Action::Vote { proposal, choice: Choice::For }));
    let cut_off = refused(union.operator(Action::CutOff { cycle }));
    let expire = refused(union.operator(Action::ExpireInstruction { instruction }));
    let text = Digest([0; 32]);
    let sign = refused(union.member(0, Action::SignAgreement { agreement, text }));
    let act = refused(union.member(u32::MAX, Action::CountVotes { proposal }));

    assert_eq!(hold, Refusal::NoSuchObligation { obligation });
    assert_eq!(vote, Refusal::NoSuchProposal { proposal });
    assert_eq!(cut_off, Refusal::NoSuchCycle { cycle });
    assert_eq!(expire, Refusal::NoSuchInstruction { instruction });
    assert_eq!(sign, Refusal::NoSuchAgreement { agreement });
    assert_eq!(act, Refusal::NoSuchMember { member });
    assert_eq!(union.state, before);
}

#[test]
fn empty_lists_and_things_without_use_are_refused() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let until = jiff::civil::date(2025, 12, 31);
    let scope = || [Scope::Enter].into();
    let own = Action::Delegate { delegate: MemberId(0), scope: scope(), until };
    let over = Action::Delegate { delegate: MemberId(1), scope: scope(), until };
    let roleless = Action::AddKey(new_key(key_of(50), "Ann", &[]));
    let alone = Draft {
        subject: "rates".to_owned(),
        parties: parties(&[0]),
        text: Digest([0; 32]),
        from: day(2, 1),
        supersedes: Supersedes::Nothing,
    };

    let none = refused(union.member(0, Action::Confirm { obligations: vec![] }));
    let own = refused(union.member(0, own));
    let over = refused(union.member(0, over));
    let roleless = refused(union.member(0, roleless));
    let alone = refused(union.member(0, Action::DraftAgreement(alone)));

    assert_eq!(none, Refusal::EmptyList);
    assert_eq!(own, Refusal::OwnDelegate { member: MemberId(0) });
    assert_eq!(over, Refusal::EmptyDelegation { until });
    assert_eq!(roleless, Refusal::KeyWithoutUse { key: key_of(50) });
    assert_eq!(alone, Refusal::NoAgreement);
}

#[test]
fn the_operator_does_nothing_that_is_a_members() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let declaration = union.declaration(0, 1, "10");
    let declare = Action::Declare { obligations: vec![declaration], file: None };

    let operator = refused(union.operator(declare.clone()));
    let applicant = refused(union.give(Actor::Applicant, vec![key_of(9)], declare));

    assert_eq!((operator, applicant), (Refusal::OnlyMembers, Refusal::OnlyMembers));
}

#[test]
fn a_clock_that_goes_back_is_refused() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let last = union.now;
    union.declared(0, 1, "1").unwrap();
    union.now = last - jiff::SignedDuration::from_secs(1);

    assert_eq!(union.declared(0, 1, "1").unwrap_err(), Refusal::ClockWentBack { last });
}

#[test]
fn a_correction_beyond_the_largest_amount_is_refused() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let obligation = union.owed(0, 1, "100").unwrap();
    let amount_paid = amount("1");
    let reason = || "for the test".to_owned();
    let paid_on = day(1, 1);
    let pay = Action::ConfirmPayment { obligation, amount: amount_paid, paid_on, reason: reason() };
    union.member(1, pay).unwrap();
    let outstanding = amount("46116860184273879.04");
    let due = day(2, 1);

    let correct = Action::Correct { obligation, outstanding, due, reason: reason() };

    assert_eq!(refused(union.member(0, correct)), Refusal::TooLargeAfter { obligation });
}

#[test]
fn applications_that_can_not_be_are_refused() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let mut apply = |change: &dyn Fn(&mut Application)| {
        let mut cem = application("Cem", 2, Capacity::Member);
        change(&mut cem);
        refused(union.give(Actor::Applicant, vec![key_of(2)], Action::Apply(cem)))
    };

    let padded = apply(&|cem| cem.profile.name = " Cem".to_owned());
    let clerk = apply(&|cem| cem.keys[0].roles = [Role::Submit].into());

    assert_eq!(padded, Refusal::NoName { name: " Cem".to_owned() });
    assert_eq!(clerk, Refusal::NoApprover { name: "Cem".to_owned() });
}

#[test]
fn leaving_is_not_put_to_the_vote() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let subject = Subject::Standing { member: MemberId(1), step: Step::Leave };
    let closes = union.now + jiff::SignedDuration::from_hours(24 * 8);

    let proposed = refused(union.member(0, Action::Propose { subject, closes }));

    assert_eq!(proposed, Refusal::NotVotable);
}

#[test]
fn an_agent_does_not_found() {
    let founded = Union::founded(&["Ann", "Bob"]);
    let (command, now) = founded.commands[0].clone();
    let Action::Found(mut founding) = command.action else { panic!("the first is the founding") };
    founding.members[1].profile.capacity = Capacity::Agent;
    let mut union = Union { state: State::default(), commands: vec![], entries: vec![], now };

    let agent = refused(union.give(Actor::Operator, command.signers, Action::Found(founding)));

    assert_eq!(agent, Refusal::AgentFounds { name: "Bob".to_owned() });
}
