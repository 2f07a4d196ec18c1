//! Where the rates of a cycle are from.

use jiff::civil::Date;
use setoff_union::testing::{Union, amount, code, day, rulebook};
use setoff_union::{
    Action, Choice, Digest, Mode, Opening, ProposalId, Published, RateSource, Refusal, Rulebook,
    Subject,
};

const SOURCE: &str = "euro reference rates of the ECB";
/// On this day the unions of these tests are founded.
const TODAY: Date = jiff::civil::date(2026, 1, 1);

fn rules(oldest_days: u16) -> Rulebook {
    let rates = Some(RateSource { name: SOURCE.to_owned(), oldest_days });
    Rulebook { rates, ..rulebook() }
}

fn in_euro(published: Option<Date>) -> Mode {
    let published = published.map(|on| Published { on, document: Digest([7; 32]) });
    let rates = [(code("USD"), amount("1.0871"))].into();
    Mode::UnitOfAccount { unit: code("EUR"), rates, published }
}

fn open(union: &mut Union, mode: Mode, value_date: Date) -> Result<(), Refusal> {
    union.operator(Action::OpenCycle(Opening { mode, value_date })).map(|_| ())
}

#[test]
fn where_the_rulebook_names_a_source_of_rates_a_cycle_states_day_and_document() {
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules(3));

    let nowhere = open(&mut union, in_euro(None), TODAY).unwrap_err();
    open(&mut union, in_euro(Some(TODAY)), TODAY).unwrap();

    assert_eq!(nowhere, Refusal::RatesFromNowhere { named: SOURCE.to_owned() });
    assert!(nowhere.to_string().contains(SOURCE), "{nowhere}");
    assert_eq!(union.state.cycles()[0].opening.mode, in_euro(Some(TODAY)), "it is kept");
    assert_eq!(union.replayed(), union.state);
}

#[test]
fn rates_are_not_older_than_the_rulebook_says_and_not_of_after_the_value_date() {
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules(3));
    let value_date = day(1, 20);
    let mut of = |month, date| open(&mut union, in_euro(Some(day(month, date))), value_date);

    assert_eq!((of(1, 17), of(1, 20)), (Ok(()), Ok(())));
    let (on, oldest) = (day(1, 16), day(1, 17));
    assert_eq!(of(1, 16), Err(Refusal::RatesTooOld { on, oldest }));
    let on = day(1, 21);
    assert_eq!(of(1, 21), Err(Refusal::RatesOfLater { on, value_date }));
}

#[test]
fn without_a_source_rates_are_from_anywhere_but_never_of_after_the_value_date() {
    let mut union = Union::founded(&["Ann", "Bob"]);

    assert_eq!(open(&mut union, in_euro(None), TODAY), Ok(()));
    assert_eq!(open(&mut union, in_euro(Some(day(1, 1))), TODAY), Ok(()));
    assert_eq!(open(&mut union, in_euro(Some(jiff::civil::date(1999, 1, 4))), TODAY), Ok(()));
    let (on, value_date) = (day(1, 2), TODAY);
    let later = open(&mut union, in_euro(Some(on)), TODAY);
    assert_eq!(later, Err(Refusal::RatesOfLater { on, value_date }));
}

#[test]
fn a_cycle_without_rates_needs_no_source() {
    let mut union = Union::with_rulebook(&["Ann", "Bob"], rules(0));
    let alone = Mode::UnitOfAccount { unit: code("EUR"), rates: [].into(), published: None };

    assert!(union.opened().is_ok());
    assert_eq!(open(&mut union, alone, TODAY), Ok(()));
}

#[test]
fn a_source_that_was_adopted_after_the_opening_counts_at_the_cut_off() {
    let mut union = Union::founded(&["Ann", "Bob"]);
    let closes = union.now + jiff::SignedDuration::from_hours(24 * 7);
    let subject = Subject::Rulebook { rulebook: Box::new(rules(5)), from: day(1, 25) };
    union.member(0, Action::Propose { subject, closes }).unwrap();
    for n in 0..2 {
        let (proposal, choice) = (ProposalId(0), Choice::For);
        union.member(n, Action::Vote { proposal, choice }).unwrap();
    }
    for value_date in [day(1, 24), day(1, 25)] {
        open(&mut union, in_euro(None), value_date).unwrap();
    }
    union.wait(24 * 8);
    union.operator(Action::CountVotes { proposal: ProposalId(0) }).unwrap();
    let mut cut_off = |cycle| {
        let cycle = setoff_union::CycleId(cycle);
        union.operator(Action::CutOff { cycle }).map(|_| ())
    };

    assert_eq!(cut_off(1), Err(Refusal::RatesFromNowhere { named: SOURCE.to_owned() }));
    assert_eq!(cut_off(0), Ok(()), "the rulebook before it is in force on its value date");
}

#[test]
fn a_source_without_a_name_is_none() {
    let rates = Some(RateSource { name: " ".to_owned(), oldest_days: 1 });
    let mut union = Union::founded(&["Ann", "Bob"]);
    let rulebook = Box::new(Rulebook { rates, ..rulebook() });
    let closes = union.now + jiff::SignedDuration::from_hours(24 * 7);
    let subject = Subject::Rulebook { rulebook, from: day(6, 1) };

    let refused = union.member(0, Action::Propose { subject, closes }).map(|_| ());

    let what = "the source of rates needs a name".to_owned();
    assert_eq!(refused, Err(Refusal::BadRulebook { what }));
}
