use jiff::civil::Date;
use setoff_union::testing::{Union, day, parties};
use setoff_union::{
    Action, AgreementId, Digest, Draft, MemberId, Refusal, Standing, Step, Supersedes,
    terms_in_force,
};

const TEXT: Digest = Digest([1; 32]);

fn draft(from: Date, supersedes: Supersedes) -> Draft {
    let (subject, parties) = ("payment terms".to_owned(), parties(&[0, 1]));
    Draft { subject, parties, text: TEXT, from, supersedes }
}

fn sign(union: &mut Union, member: u32, agreement: u32) -> Result<(), Refusal> {
    let agreement = AgreementId(agreement);
    union.member(member, Action::SignAgreement { agreement, text: TEXT }).map(|_| ())
}

fn agree(union: &mut Union, from: Date, supersedes: Supersedes) -> Result<(), Refusal> {
    let number = u32::try_from(union.state.agreements().len()).unwrap();
    union.member(0, Action::DraftAgreement(draft(from, supersedes)))?;
    sign(union, 1, number)
}

fn in_force(union: &Union, date: Date) -> Option<u32> {
    terms_in_force(&union.state, "payment terms", &parties(&[0, 1]), date).map(|found| found.0.0)
}

#[test]
fn an_agreement_is_in_force_from_its_day_once_all_have_signed() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let action = Action::DraftAgreement(draft(day(2, 1), Supersedes::Nothing));
    union.member(0, action).unwrap();
    assert_eq!(in_force(&union, day(3, 1)), None, "Bob has not signed");

    sign(&mut union, 1, 0).unwrap();

    assert_eq!((in_force(&union, day(1, 31)), in_force(&union, day(2, 1))), (None, Some(0)));
}

#[test]
fn strangers_other_texts_and_second_signatures_are_refused() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let action = Action::DraftAgreement(draft(day(2, 1), Supersedes::Nothing));
    let by_stranger = union.member(2, action.clone()).map(|_| ()).unwrap_err();
    union.member(0, action).unwrap();
    let agreement = AgreementId(0);

    let stranger = sign(&mut union, 2, 0).unwrap_err();
    let other = Action::SignAgreement { agreement, text: Digest([2; 32]) };
    let other = union.member(1, other).map(|_| ()).unwrap_err();
    let twice = sign(&mut union, 0, 0).unwrap_err();

    let not_a_party = Refusal::NotAParty { agreement, member: MemberId(2) };
    assert_eq!((by_stranger, stranger), (not_a_party.clone(), not_a_party));
    assert_eq!(other, Refusal::OtherText { agreement });
    assert_eq!(twice, Refusal::AgreedAlready { agreement, member: MemberId(0) });
}

#[test]
fn of_two_that_contradict_the_last_signature_is_refused() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    agree(&mut union, day(2, 1), Supersedes::Nothing).unwrap();

    let refused = agree(&mut union, day(3, 1), Supersedes::Nothing).unwrap_err();

    let (agreement, other) = (AgreementId(1), AgreementId(0));
    assert_eq!(refused, Refusal::Contradicts { agreement, other });
    assert_eq!(in_force(&union, day(4, 1)), Some(0));
}

#[test]
fn a_younger_agreement_takes_the_place_of_what_it_names_or_of_its_whole_subject() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    agree(&mut union, day(2, 1), Supersedes::Nothing).unwrap();
    agree(&mut union, day(3, 1), Supersedes::Named([AgreementId(0)].into())).unwrap();
    agree(&mut union, day(4, 1), Supersedes::Subject).unwrap();

    let on = |month| in_force(&union, day(month, 15));
    assert_eq!([on(1), on(2), on(3), on(4), on(12)], [None, Some(0), Some(1), Some(2), Some(2)]);
}

#[test]
fn supersession_forms_no_circle_because_only_older_ones_can_be_named() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let itself = agree(&mut union, day(2, 1), Supersedes::Named([AgreementId(0)].into()));
    let future = agree(&mut union, day(2, 1), Supersedes::Named([AgreementId(1)].into()));
    agree(&mut union, day(2, 1), Supersedes::Nothing).unwrap();
    let mut others = draft(day(3, 1), Supersedes::Named([AgreementId(0)].into()));
    others.parties = parties(&[0, 2]);
    let others = union.member(0, Action::DraftAgreement(others)).map(|_| ());

    assert_eq!(itself, Err(Refusal::SupersedesItself { agreement: AgreementId(0) }));
    assert_eq!(future, Err(Refusal::NoSuchAgreement { agreement: AgreementId(1) }));
    let (agreement, other) = (AgreementId(1), AgreementId(0));
    assert_eq!(others, Err(Refusal::OtherParties { agreement, other }));
}

#[test]
fn a_final_cycle_survives_a_retroactive_agreement() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    union.owed(0, 1, "100").unwrap();
    union.owed(1, 0, "100").unwrap();
    union.cleared().unwrap();
    let (cycles, left) = (union.state.cycles().to_vec(), union.outstanding());

    agree(&mut union, day(1, 1), Supersedes::Nothing).unwrap();

    assert_eq!(in_force(&union, day(1, 1)), Some(0));
    assert_eq!((union.state.cycles(), union.outstanding()), (&cycles[..], left));
}

#[test]
fn a_party_ends_an_agreement_with_notice() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    agree(&mut union, day(1, 1), Supersedes::Nothing).unwrap();
    let end = |from| Action::EndAgreement {
        agreement: AgreementId(0),
        from,
        reason: "new terms are being drafted".to_owned(),
    };

    let soon = union.member(1, end(day(1, 14))).map(|_| ()).unwrap_err();
    union.member(1, end(day(1, 15))).unwrap();
    let twice = union.member(0, end(day(2, 15))).map(|_| ()).unwrap_err();
    agree(&mut union, day(1, 15), Supersedes::Nothing).unwrap();

    assert_eq!(soon, Refusal::TooLittleNotice { from: day(1, 14), earliest: day(1, 15) });
    assert_eq!(twice, Refusal::NotInForce { agreement: AgreementId(0) });
    assert_eq!((in_force(&union, day(1, 14)), in_force(&union, day(1, 15))), (Some(0), Some(1)));
}

#[test]
fn nothing_is_agreed_with_a_party_that_is_insolvent() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let drafted = Action::DraftAgreement(draft(day(2, 1), Supersedes::Nothing));
    union.member(0, drafted.clone()).unwrap();
    union.member(1, drafted.clone()).unwrap();
    union.stand(1, Step::Insolvency).unwrap();

    let by_the_insolvent = sign(&mut union, 1, 0);
    let by_the_other = sign(&mut union, 0, 1);
    let new = union.member(0, drafted.clone()).map(|_| ());
    let its_own = union.member(1, drafted).map(|_| ());

    let standing = Standing::Insolvent.name().to_owned();
    let refused = Err(Refusal::StandsSo { member: MemberId(1), standing });
    for tried in [by_the_insolvent, by_the_other, new, its_own] {
        assert_eq!(tried, refused);
    }
}

/// The second, drafted later and concluded first, says that it supersedes the subject.
#[test]
fn an_older_agreement_that_is_signed_late_is_superseded_from_the_start_of_the_younger() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let older = Action::DraftAgreement(draft(day(2, 1), Supersedes::Nothing));
    union.member(0, older).unwrap();
    agree(&mut union, day(3, 1), Supersedes::Subject).unwrap();

    sign(&mut union, 1, 0).unwrap();

    let on = |month| in_force(&union, day(month, 15));
    assert_eq!([on(1), on(2), on(3)], [None, Some(0), Some(1)]);
}
