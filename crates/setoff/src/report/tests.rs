//! What a person reads, and what must hold of any page.

use proptest::prelude::*;
use setoff_money::{Currency, Decimal, Rate};

use super::groups::{GroupedBy, Grouping};
use super::testing::{about, about_in, cleared, cleared_in, words};
use super::*;
use crate::statement::{Statements, file_names};

/// Three that owe each other round, and one that only owes.
const ROUND: &str = "\
    Alder,Birch,150.00,EUR,2026-01-31,A-1\n\
    Birch,Cedar,100.00,EUR,2026-02-28,B-7\n\
    Cedar,Alder,120.00,EUR,,C-3\n\
    Dogwood & Sons,Cedar,30.00,EUR,2026-03-31,D-9\n";

/// More members than are drawn one by one: forty in a circle, and a chord of it.
fn many() -> String {
    let owes = |i: usize| format!("M{i:02},M{:02},{}.00,EUR\n", (i + 1) % 40, 100 + i);
    (0..40).map(owes).chain(["M00,M20,55.50,EUR\n".to_owned()]).collect()
}

fn page(outcome: &Outcome, about: &About) -> String {
    let mut out = Vec::new();
    write_report(outcome, about, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The words from one line to the next that begins with `until`.
fn passage(page: &str, from: &str, until: &str) -> String {
    let words = words(page);
    let lines = words.lines().skip_while(|line| !line.starts_with(from));
    lines.take_while(|line| !line.starts_with(until)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_circle_of_three_is_told_in_words() {
    let outcome = cleared(ROUND, Mode::SetOff);

    let page = page(&outcome, &about());

    insta::assert_snapshot!(passage(&page, "Multilateral", "What is written where"));
}

#[test]
fn each_mode_has_its_own_words() {
    let lead = |mode| {
        let page = page(&cleared(ROUND, mode), &about());
        let circles = passage(&page, "The largest", "What is left to pay");
        let check = passage(&page, "How to check", "In the folder");
        format!("{}\n{circles}\n{check}", passage(&page, "4 members owed", "Owed before"))
    };

    insta::assert_snapshot!([lead(Mode::Bilateral), lead(Mode::Novation)].join("\n\n"));
}

#[test]
fn many_members_are_shown_by_ranks() {
    let outcome = cleared(&many(), Mode::SetOff);

    let page = page(&outcome, &about());

    insta::assert_snapshot!(passage(&page, "Who owes whom", "What the groups owe"));
}

#[test]
fn with_a_unit_of_account_each_currency_reconciles_too() {
    let eur: Currency = "EUR".parse().unwrap();
    let usd: Currency = "USD".parse().unwrap();
    let rate = |currency: &Currency, quote: &str| {
        let one: Decimal = "1".parse().unwrap();
        (*currency, Rate::cross((currency, quote.parse().unwrap()), (&eur, one)).unwrap())
    };
    let rates = vec![rate(&eur, "1"), rate(&usd, "1.0871")];
    let unit = Some((eur, rates.iter().map(|(_, rate)| *rate).collect()));
    let outcome = cleared_in("A,B,100.00,EUR\nB,A,50.00,USD\n", Mode::SetOff, unit);

    let page = page(&outcome, &about_in(eur, rates));

    insta::assert_snapshot!(passage(&page, "The same in the currencies", "What is written where"));
}

#[test]
fn rows_that_were_left_out_are_said_first() {
    let about = About { rejected: 12, ..about() };

    let page = page(&cleared(ROUND, Mode::SetOff), &about);

    assert!(words(&page).contains("12 rows of the input were left out as wrong."));
}

#[test]
fn the_page_stays_small_however_many_members_there_are() {
    let owes = |i: usize| {
        let name = |n: usize| format!("Member number {} with a name of usual length", n % 9000);
        format!("{},{},{}.00,EUR\n", name(i), name(i * 31 + 7), 1 + i % 977)
    };
    let table: String = (0..27_000).map(owes).collect();

    let page = page(&cleared(&table, Mode::SetOff), &about());

    assert!(page.len() < 150_000, "{} bytes", page.len());
}

/// The page's marks without what stands in quotes, so without names, links and lengths.
fn marks(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("</style>").unwrap();
    let marks = body.split('<').skip(1).map(|mark| mark.split_once('>').unwrap().0);
    marks.map(|mark| mark.split('"').step_by(2).collect()).collect()
}

/// A page and the statements of all members.
fn pages(table: &str, mode: Mode) -> Vec<String> {
    let outcome = cleared(table, mode);
    let members: Vec<_> =
        outcome.clearings.iter().flat_map(|clearing| clearing.members.clone()).collect();
    let mut about = about();
    about.statements = file_names(&outcome.obligations, &members);
    let statements = Statements::of(&outcome, &members);
    let mut pages = vec![page(&outcome, &about)];
    // By name, for rows may name members in any order.
    for &member in &outcome.clearings[0].members {
        let mut out = Vec::new();
        statements.write_page(member, &about, &mut out).unwrap();
        pages.push(String::from_utf8(out).unwrap());
    }
    pages
}

/// A table of debts among four, whose names begin with A to D and go on as given.
fn table(debts: &[(usize, usize, u32)], names: &[String; 4]) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    for (line, &(debtor, by, amount)) in debts.iter().enumerate() {
        let creditor = (debtor + by) % 4;
        let name = |m: usize| format!("{}{}", ["A", "B", "C", "D"][m], names[m]);
        let amount = format!("{}.{:02}", amount / 100, amount % 100);
        let reference = format!("{line:03}{}", names[debtor]);
        let record = [&name(debtor), &name(creditor), &amount, "EUR", "2026-05-05", &reference];
        table.write_record(record).unwrap();
    }
    String::from_utf8(table.into_inner().unwrap()).unwrap()
}

fn debts() -> impl Strategy<Value = Vec<(usize, usize, u32)>> {
    proptest::collection::vec((0_usize..4, 1_usize..4, 1_u32..100_000), 1..30)
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::SetOff), Just(Mode::Bilateral), Just(Mode::Novation)]
}

/// Texts that break out of marks, attributes, tables or lines where nothing stops them.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("<script>alert(1)</script>".to_owned()),
        Just("\"><img src=x onerror=alert(1)>".to_owned()),
        Just("' onfocus='alert(1)".to_owned()),
        Just("</title></style></svg><b>".to_owned()),
        Just("&lt;b&gt; &amp; {{ 7 * 7 }}".to_owned()),
        Just("\u{202e}שלום עליכם\u{202c} مرحبا".to_owned()),
        "\\PC{1,200}",
        "[<>&\"'/= ]{200}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_name_changes_the_marks_of_any_page(
        debts in debts(),
        names in [hostile(), hostile(), hostile(), hostile()],
        mode in mode(),
    ) {
        // Trimmed as readers trim them; at least one character, so that files get a suffix or not.
        let names = names.map(|name| format!("{}.", name.trim()));
        let plain = ["a", "b", "c", "d"].map(str::to_owned);

        let hostile = pages(&table(&debts, &names), mode);

        let expected = pages(&table(&debts, &plain), mode);
        prop_assert_eq!(hostile.len(), expected.len());
        for (hostile, expected) in hostile.iter().zip(&expected) {
            prop_assert_eq!(marks(hostile), marks(expected));
            prop_assert!(!hostile.contains("<script"));
        }
    }

    #[test]
    fn the_order_of_the_rows_changes_nothing(debts in debts(), mode in mode()) {
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        let table = table(&debts, &names);
        let reversed = table.lines().rev().collect::<Vec<_>>().join("\n");

        prop_assert_eq!(pages(&table, mode), pages(&reversed, mode));
    }

    #[test]
    fn the_groups_owe_what_the_members_owe(debts in debts(), mode in mode()) {
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        let outcome = cleared(&table(&debts, &names), mode);
        let debts = Debts::of(&outcome, &outcome.clearings[0]);

        let grouping = Grouping::of(&debts, mode);

        let flows = grouping.flows(&debts);
        let (mut before, mut taken) = (0, 0);
        for from in 0..grouping.len() {
            for to in 0..grouping.len() {
                before += flows.all(from, to).before;
                taken += flows.all(from, to).taken;
                if grouping.by == GroupedBy::Rank {
                    let back = flows.back(from, to);
                    prop_assert_eq!(back.before, back.taken);
                    prop_assert!(from <= to || flows.onward(from, to).before == 0);
                }
            }
        }
        prop_assert_eq!(before, debts.clearing.gross);
        prop_assert_eq!(grouping.by == GroupedBy::Rank, mode == Mode::SetOff);
        if mode != Mode::Novation {
            prop_assert_eq!(taken, debts.clearing.cleared);
        }
    }

    #[test]
    fn what_the_members_save_sums_to_what_is_cleared(debts in debts(), mode in mode()) {
        let names = ["a", "b", "c", "d"].map(str::to_owned);
        let outcome = cleared(&table(&debts, &names), mode);
        let clearing = &outcome.clearings[0];

        let savings = savings::Savings::of(&Debts::of(&outcome, clearing), &outcome, &about());

        let minor = |text: &str| text.replace([',', '.'], "").parse::<i128>().unwrap();
        let sum: i128 = savings.bins.iter().map(|bin| minor(&bin.saved)).sum();
        prop_assert_eq!(sum, clearing.cleared);
        let members: usize = savings.bins.iter().map(|b| b.members.parse::<usize>().unwrap()).sum();
        let owing = clearing.positions.iter().filter(|p| p.owing > 0).count();
        prop_assert_eq!(members, owing);
    }
}
