//! What an accountant reads, and that it reconciles to the last minor unit.

use std::collections::BTreeMap;

use proptest::prelude::*;
use setoff_money::{Currency, Decimal, Rate};

use super::*;
use crate::outcome::Mode;
use crate::report::testing::{about, about_in, cleared, cleared_in, words};

/// Three that owe each other round in several invoices, and one that only owes.
const ROUND: &str = "\
    Alder,Birch,90.00,EUR,2026-02-28,A-2\n\
    Alder,Birch,60.00,EUR,2026-01-31,A-1\n\
    Birch,Cedar,100.00,EUR,2026-02-28,B-7\n\
    Cedar,Alder,120.00,EUR,,C-3\n\
    Birch,Alder,20.00,EUR,2026-02-02,B-8\n\
    Dogwood & Sons,Alder,30.00,EUR,2026-03-31,D-9\n\
    Alder,Dogwood & Sons,12.00,GBP,2026-03-31,A-5\n";

fn statement(outcome: &Outcome, about: &About, name: &str) -> (String, String) {
    let member = outcome.obligations.find(name).unwrap();
    let statements = Statements::of(outcome, &[member]);
    let mut about = about.clone();
    about.statements = file_names(&outcome.obligations, &[member]);
    let (mut page, mut table) = (Vec::new(), Vec::new());
    statements.write_page(member, &about, &mut page).unwrap();
    statements.write_table(member, &about, &mut table).unwrap();
    (String::from_utf8(page).unwrap(), String::from_utf8(table).unwrap())
}

fn euro_and_dollar() -> (Currency, Vec<(Currency, Rate)>) {
    let (eur, usd): (Currency, Currency) = ("EUR".parse().unwrap(), "USD".parse().unwrap());
    let one: Decimal = "1".parse().unwrap();
    let dollars = Rate::cross((&usd, "1.0871".parse().unwrap()), (&eur, one)).unwrap();
    (eur, vec![(eur, Rate::ONE), (usd, dollars)])
}

#[test]
fn a_statement_lists_every_invoice_and_what_is_left_of_it() {
    let (page, table) = statement(&cleared(ROUND, Mode::SetOff), &about(), "Alder");

    let words = words(&page);
    let (statement, _version) = words.split_once("Computed with").unwrap();
    insta::assert_snapshot!(format!("{statement}\n{table}"));
}

#[test]
fn with_a_centre_a_statement_ends_in_one_payment() {
    let (page, _) = statement(&cleared(ROUND, Mode::Novation), &about(), "Alder");

    let words = words(&page);
    assert!(words.contains("Hub pays Alder 20.00 EUR."), "{words}");
    assert!(words.contains("Alder pays Hub 12.00 GBP."), "{words}");
    assert!(words.contains("EUR | Receivable from Hub | 20.00 | |"), "{words}");
    assert!(words.contains("GBP | Payable to Hub | | 12.00 |"), "{words}");
}

#[test]
fn with_a_unit_of_account_a_statement_names_the_rate() {
    let (eur, rates) = euro_and_dollar();
    let unit = Some((eur, rates.iter().map(|(_, rate)| *rate).collect()));
    let outcome = cleared_in("A,B,100.00,EUR\nB,A,50.00,USD\n", Mode::SetOff, unit);

    let (page, table) = statement(&outcome, &about_in(eur, rates), "A");

    assert!(words(&page).contains("1 USD ≈ 0.91987857 EUR"), "{}", words(&page));
    insta::assert_snapshot!(table);
}

#[test]
fn only_chosen_members_have_a_statement() {
    let outcome = cleared(ROUND, Mode::SetOff);
    let chosen = outcome.obligations.find("Cedar").unwrap();
    let other = outcome.obligations.find("Alder").unwrap();
    let statements = Statements::of(&outcome, &[chosen]);
    let mut page = Vec::new();

    statements.write_page(other, &about(), &mut page).unwrap();

    assert!(page.is_empty());
}

/// By side and currency, the sums of the columns before, set off and after.
type Sums = BTreeMap<(String, String), [i128; 3]>;

fn sums(table: &str) -> Sums {
    let minor = |text: &str| text.replace('.', "").parse::<i128>().unwrap();
    let mut sums = Sums::new();
    for row in csv::Reader::from_reader(table.as_bytes()).records() {
        let row = row.unwrap();
        let amounts = [minor(&row[5]), minor(&row[6]), minor(&row[7])];
        assert_eq!(amounts[0], amounts[1] + amounts[2]);
        let circles: i128 =
            row[8].split(' ').filter_map(|c| c.split_once(':')).map(|c| minor(c.1)).sum();
        assert_eq!(circles, amounts[1]);
        let sum = sums.entry((row[0].to_owned(), row[4].to_owned())).or_default();
        for (sum, amount) in sum.iter_mut().zip(amounts) {
            *sum += amount;
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_table_sums_to_the_members_position(
        debts in proptest::collection::vec(
            (0_usize..5, 1_usize..5, 1_u64..1 << 40, prop_oneof!["EUR", "JPY"]), 1..40,
        ),
        bilateral in any::<bool>(),
    ) {
        let line = |(debtor, by, amount, currency): &(usize, usize, u64, String)| {
            format!("M{debtor},M{},{amount},{currency}\n", (debtor + by) % 5)
        };
        let table: String = debts.iter().map(line).collect();
        let outcome = cleared(&table, if bilateral { Mode::Bilateral } else { Mode::SetOff });

        for clearing in &outcome.clearings {
            for (&member, position) in clearing.members.iter().zip(&clearing.positions) {
                let name = outcome.obligations.name(member);
                let (_, table) = statement(&outcome, &about(), name);
                let sums = sums(&table);
                let sum = |side: &str| {
                    let key = (side.to_owned(), clearing.currency.to_string());
                    sums.get(&key).copied().unwrap_or_default()
                };
                let (payable, receivable) = (sum("payable"), sum("receivable"));
                prop_assert_eq!(payable[0], position.owing);
                prop_assert_eq!(payable[2], position.owing_after);
                prop_assert_eq!(receivable[0], position.owed);
                prop_assert_eq!(receivable[2], position.owed_after);
                prop_assert_eq!(payable[1], receivable[1]);
            }
        }
    }
}
