use jiff::SignedDuration;
use setoff_union::testing::{Union, day, rulebook};
use setoff_union::{
    Action, AtThreshold, Capacity, Choice, Decider, Digest, Fraction, MemberId, Outcome,
    ProposalId, Refusal, Rulebook, Standing, Step, Subject,
};

const FIRST: ProposalId = ProposalId(0);

fn propose(union: &mut Union, subject: Subject) -> Result<(), Refusal> {
    let closes = union.now + SignedDuration::from_hours(24 * 7);
    union.member(0, Action::Propose { subject, closes }).map(|_| ())
}

fn resolution() -> Subject {
    Subject::Resolution { text: Digest([5; 32]) }
}

fn vote(union: &mut Union, member: u32, choice: Choice) -> Result<(), Refusal> {
    union.member(member, Action::Vote { proposal: FIRST, choice }).map(|_| ())
}

/// The outcome of a vote in which the first vote for, the next against, the next abstain.
fn outcome(rules: Rulebook, members: usize, votes: [usize; 3]) -> Outcome {
    let names: Vec<String> = (0..members).map(|n| format!("Member {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut union = Union::with_rulebook(&names, rules);
    propose(&mut union, resolution()).unwrap();
    let mut member = 0;
    for (choice, count) in [Choice::For, Choice::Against, Choice::Abstain].into_iter().zip(votes) {
        for _ in 0..count {
            vote(&mut union, member, choice).unwrap();
            member += 1;
        }
    }
    union.wait(24 * 7);
    union.operator(Action::CountVotes { proposal: FIRST }).unwrap();
    union.state.proposals()[0].outcome.clone().unwrap()
}

#[test]
fn exactly_two_thirds_is_enough_where_at_least_two_thirds_are_asked() {
    assert_eq!(outcome(rulebook(), 6, [4, 2, 0]), Outcome::Passed);
    assert_eq!(outcome(rulebook(), 6, [3, 2, 1]), Outcome::NoMajority);
}

#[test]
fn exactly_half_is_not_more_than_half() {
    let mut rules = rulebook();
    rules.majority = Fraction { over: 1, under: 2 };
    rules.at_majority = AtThreshold::Fails;

    assert_eq!(outcome(rules.clone(), 6, [3, 3, 0]), Outcome::NoMajority);
    assert_eq!(outcome(rules, 7, [4, 3, 0]), Outcome::Passed);
}

#[test]
fn exactly_the_quorum_is_enough_and_abstentions_count_for_it_only() {
    assert_eq!(outcome(rulebook(), 6, [2, 0, 1]), Outcome::Passed);
    assert_eq!(outcome(rulebook(), 6, [2, 0, 0]), Outcome::NoQuorum);
    assert_eq!(outcome(rulebook(), 6, [0, 0, 6]), Outcome::NoMajority);
}

#[test]
fn the_operator_has_no_vote_and_can_not_propose() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    propose(&mut union, resolution()).unwrap();
    let closes = union.now + SignedDuration::from_hours(24 * 7);

    let voted = Action::Vote { proposal: FIRST, choice: Choice::For };
    let voted = union.operator(voted).map(|_| ()).unwrap_err();
    let proposed = Action::Propose { subject: resolution(), closes };
    let proposed = union.operator(proposed).map(|_| ()).unwrap_err();

    assert_eq!((voted, proposed), (Refusal::OperatorHasNoVote, Refusal::OperatorHasNoVote));
}

#[test]
fn a_member_votes_once_and_in_time() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    propose(&mut union, resolution()).unwrap();
    let closes = union.state.proposals()[0].closes;

    vote(&mut union, 0, Choice::For).unwrap();
    let twice = vote(&mut union, 0, Choice::Against).unwrap_err();
    let early = union.operator(Action::CountVotes { proposal: FIRST }).map(|_| ()).unwrap_err();
    union.now = closes - SignedDuration::from_secs(1);
    union.clone().member(1, Action::Vote { proposal: FIRST, choice: Choice::For }).unwrap();
    union.now = closes;
    let late = vote(&mut union, 1, Choice::For).unwrap_err();
    union.operator(Action::CountVotes { proposal: FIRST }).unwrap();
    let counted = vote(&mut union, 1, Choice::For).unwrap_err();
    let again = union.operator(Action::CountVotes { proposal: FIRST }).map(|_| ()).unwrap_err();

    assert_eq!(twice, Refusal::VotedAlready { proposal: FIRST, member: MemberId(0) });
    assert_eq!(early, Refusal::VoteOpen { proposal: FIRST, until: closes });
    let closed = Refusal::VoteClosed { proposal: FIRST, at: closes };
    assert_eq!((late, counted, again), (closed.clone(), closed.clone(), closed));
}

#[test]
fn who_was_admitted_after_the_opening_does_not_vote_nor_count() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    propose(&mut union, resolution()).unwrap();
    let late = union.admitted("Cem", Capacity::Member).unwrap();

    let refused = vote(&mut union, late, Choice::Against).unwrap_err();

    assert_eq!(refused, Refusal::MayNotVote { proposal: FIRST, member: MemberId(late) });
    assert_eq!(union.state.proposals()[0].voters.len(), 2);
}

#[test]
fn a_suspended_member_does_not_vote() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    propose(&mut union, resolution()).unwrap();
    union.stand(1, Step::Suspend).unwrap();

    let refused = vote(&mut union, 1, Choice::For).unwrap_err();

    let standing = Standing::Suspended.name().to_owned();
    assert_eq!(refused, Refusal::StandsSo { member: MemberId(1), standing });
}

#[test]
fn a_vote_has_to_be_open_as_long_as_the_rulebook_says() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let closes = union.now + SignedDuration::from_hours(24 * 7 - 1);

    let early = Action::Propose { subject: resolution(), closes };
    let early = union.member(0, early).map(|_| ()).unwrap_err();

    assert_eq!(early, Refusal::ClosesTooSoon { days: 7 });
}

#[test]
fn another_rulebook_is_in_force_from_its_day_on_and_needs_notice() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let mut changed = rulebook();
    changed.correction_hours = 72;
    let subject = |from| Subject::Rulebook { rulebook: Box::new(changed.clone()), from };

    // Open on 1 January for 7 days, then 14 days of notice.
    let soon = propose(&mut union, subject(day(1, 21))).unwrap_err();
    propose(&mut union, subject(day(1, 22))).unwrap();
    vote(&mut union, 0, Choice::For).unwrap();
    vote(&mut union, 1, Choice::For).unwrap();
    union.wait(24 * 7);
    union.operator(Action::CountVotes { proposal: FIRST }).unwrap();

    assert_eq!(soon, Refusal::TooLittleNotice { from: day(1, 21), earliest: day(1, 22) });
    let hours = |month, date| union.state.rulebook_on(day(month, date)).correction_hours;
    assert_eq!((hours(1, 21), hours(1, 22), hours(12, 31)), (24, 72, 72));
}

#[test]
fn members_admit_by_vote_where_the_rulebook_says_so() {
    let mut rules = rulebook();
    rules.admission = Decider::Vote;
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules);
    let cem = setoff_union::testing::application("Cem", 2, Capacity::Member);
    let key = vec![setoff_union::testing::key_of(2)];
    union.give(setoff_union::Actor::Applicant, key, Action::Apply(cem)).unwrap();

    let subject = Subject::Standing { member: MemberId(2), step: Step::Admit };
    propose(&mut union, subject).unwrap();
    vote(&mut union, 0, Choice::For).unwrap();
    union.wait(24 * 7);
    union.member(1, Action::CountVotes { proposal: FIRST }).unwrap();

    assert_eq!(union.state.members()[2].standing, Standing::Active);
}

#[test]
fn what_is_no_longer_possible_when_counted_passes_without_effect() {
    let mut union = Union::founded(&["Ann", "Bob", "Cem"]);
    let subject = Subject::Standing { member: MemberId(2), step: Step::Suspend };
    propose(&mut union, subject).unwrap();
    vote(&mut union, 0, Choice::For).unwrap();
    vote(&mut union, 1, Choice::For).unwrap();
    union.stand(2, Step::Insolvency).unwrap();

    union.wait(24 * 7);
    union.operator(Action::CountVotes { proposal: FIRST }).unwrap();

    let why = "StandsSo".to_owned();
    assert_eq!(union.state.proposals()[0].outcome, Some(Outcome::PassedWithoutEffect(why)));
}

#[test]
fn votes_that_are_counted_late_change_the_rulebook_from_then_on_only() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let mut rules = rulebook();
    rules.correction_hours = 48;
    let subject = Subject::Rulebook { rulebook: Box::new(rules), from: day(1, 22) };
    propose(&mut union, subject).unwrap();
    for member in 0..2 {
        vote(&mut union, member, Choice::For).unwrap();
    }
    union.wait(24 * 40);
    let today = setoff_union::utc_date(union.now);

    union.operator(Action::CountVotes { proposal: FIRST }).unwrap();

    let hours = |day| union.state.rulebook_on(day).correction_hours;
    assert_eq!((hours(day(1, 22)), hours(today.yesterday().unwrap())), (24, 24));
    assert_eq!(hours(today), 48);
}
