//! `setoff union ledger`: the double-entry books of all members, for hledger, Beancount and tables.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use setoff_money::Currency;
use setoff_union::{
    Account, CurrencyId, Entry, Line, MemberId, ObligationId, Posting, State, utc_date,
};

use crate::failure::Failure;
use crate::place::PlaceArgs;

use super::names;
use super::reading::{At, Read, read_entries};
use super::statement::cause;

/// Print the books: every movement of every member, balanced
#[derive(Debug, Args)]
#[command(
    after_help = "Both plain-text formats end with the balances that the union holds, so that \
    the program that reads them checks them: hledger -f FILE check, bean-check FILE."
)]
pub(crate) struct LedgerArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// For which program
    #[arg(long, value_enum, default_value = "hledger")]
    format: FormatArg,
    /// Only this member's books
    #[arg(long)]
    member: Option<String>,
    /// Only what came about up to this date, or before this position
    #[arg(long, value_name = "DATE|POSITION")]
    at: Option<At>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    /// The journal of hledger and Ledger
    Hledger,
    /// Beancount
    Beancount,
    /// A table, one line a line of the books
    Csv,
}

/// Runs the command.
///
/// # Errors
/// [`Failure::Input`] if there is no union, [`Failure::Machine`] if it can't be printed.
pub(crate) fn run(args: &LedgerArgs) -> Result<(), Failure> {
    let read = read_entries(&args.place.union, args.at)?;
    let member = args.member.as_deref().map(|name| names::member(&read.state, name)).transpose()?;
    let books = Books { read: &read, member, hledger_names: hledger_names(&read.state) };
    let mut out = BufWriter::new(io::stdout().lock());
    let written = match args.format {
        FormatArg::Hledger => books.hledger(&mut out),
        FormatArg::Beancount => books.beancount(&mut out),
        FormatArg::Csv => books.csv(&mut out).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => error,
            other => io::Error::other(format!("{other:?}")),
        }),
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Machine(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

struct Books<'a> {
    read: &'a Read,
    member: Option<MemberId>,
    /// Of each member, its part of the names of hledger's accounts.
    hledger_names: Vec<String>,
}

impl Books<'_> {
    fn state(&self) -> &State {
        &self.read.state
    }

    fn currency(&self, number: CurrencyId) -> Currency {
        self.state().currencies()[usize::from(number.0)]
    }

    /// The lines of a posting that are to be shown.
    fn lines(&self, posting: &Posting) -> impl Iterator<Item = Line> {
        let only = self.member;
        posting.lines().into_iter().filter(move |l| only.is_none_or(|member| l.member == member))
    }

    fn postings(&self) -> impl Iterator<Item = (&Entry, &Posting)> {
        self.read.entries.iter().flat_map(|entry| entry.postings.iter().map(move |p| (entry, p)))
    }

    /// Every account that was posted to, with what the union holds on it.
    fn balances(&self) -> Vec<(MemberId, Account, CurrencyId, i128)> {
        let mut met = BTreeSet::new();
        for (_, posting) in self.postings() {
            for line in self.lines(posting) {
                met.insert((line.member, line.account, posting.currency));
            }
        }
        let balance = |(member, account, currency): (MemberId, Account, CurrencyId)| {
            let held = self.state().ledger().balances(member, currency).of(account);
            (member, account, currency, held)
        };
        met.into_iter().map(balance).collect()
    }

    fn last_day(&self) -> Date {
        utc_date(self.state().last_received())
    }

    fn hledger(&self, out: &mut dyn Write) -> io::Result<()> {
        let currencies: BTreeSet<CurrencyId> =
            self.balances().into_iter().map(|(_, _, currency, _)| currency).collect();
        for number in currencies {
            let currency = self.currency(number);
            writeln!(out, "commodity {}", self.hledger_amount(number, 0))?;
            debug_assert!(currency.decimals() <= 18);
        }
        for (member, account, _, _) in self.balances() {
            writeln!(out, "account {}", self.hledger_account(member, account))?;
        }
        for (entry, posting) in self.postings() {
            let mut lines = self.lines(posting).peekable();
            if lines.peek().is_none() {
                continue;
            }
            let words = cause(posting.cause);
            let reference = plain(self.reference(posting.obligation));
            writeln!(
                out,
                "\n{} * {words} {reference}  ; obligation:{}, position:{}",
                utc_date(entry.at),
                posting.obligation.0,
                entry.position.0
            )?;
            for line in lines {
                let amount = self.hledger_amount(posting.currency, line.amount);
                writeln!(out, "    {}  {amount}", self.hledger_account(line.member, line.account))?;
            }
        }
        if self.balances().is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{} * the balances that the union holds", self.last_day())?;
        for (member, account, currency, held) in self.balances() {
            let (zero, held) =
                (self.hledger_amount(currency, 0), self.hledger_amount(currency, held));
            writeln!(out, "    {}  {zero} = {held}", self.hledger_account(member, account))?;
        }
        Ok(())
    }

    fn hledger_account(&self, member: MemberId, account: Account) -> String {
        let name = &self.hledger_names[member.0 as usize];
        format!("{}:{name}:{}", kind(account).to_lowercase(), leaf(account).to_lowercase())
    }

    fn hledger_amount(&self, number: CurrencyId, amount: i128) -> String {
        let currency = self.currency(number);
        let code = currency.code();
        // A digit in a commodity's name would be read as part of the number.
        let quoted = if code.bytes().all(|b| b.is_ascii_alphabetic()) {
            code.to_owned()
        } else {
            format!("\"{code}\"")
        };
        let digits = currency.format_sum(amount);
        // A commodity's format needs its decimal mark, also where it has no decimals.
        let mark = if currency.decimals() == 0 { "." } else { "" };
        format!("{quoted} {digits}{mark}")
    }

    fn beancount(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "option \"title\" \"{}\"", quoted(self.state().name()))?;
        let Some((first, _)) = self.postings().next() else { return Ok(()) };
        let opened = utc_date(first.at);
        let accounts: BTreeSet<(MemberId, Account)> =
            self.balances().into_iter().map(|(member, account, _, _)| (member, account)).collect();
        for (member, account) in accounts {
            let name = quoted(names::name(self.state(), member));
            writeln!(out, "{opened} open {}", self.beancount_account(member, account))?;
            writeln!(out, "  member: \"{name}\"")?;
        }
        for (entry, posting) in self.postings() {
            let mut lines = self.lines(posting).peekable();
            if lines.peek().is_none() {
                continue;
            }
            let reference = quoted(self.reference(posting.obligation));
            writeln!(out, "\n{} * \"{} {reference}\"", utc_date(entry.at), cause(posting.cause))?;
            writeln!(out, "  obligation: {}", posting.obligation.0)?;
            writeln!(out, "  position: {}", entry.position.0)?;
            for line in lines {
                let currency = self.currency(posting.currency);
                let amount = currency.format_sum(line.amount);
                let account = self.beancount_account(line.member, line.account);
                writeln!(out, "  {account}  {amount} {}", currency.code())?;
            }
        }
        // A balance of Beancount is that at the beginning of its day.
        let next = self.last_day().tomorrow().unwrap_or(Date::MAX);
        writeln!(out)?;
        for (member, account, number, held) in self.balances() {
            let currency = self.currency(number);
            let (account, held) =
                (self.beancount_account(member, account), currency.format_sum(held));
            writeln!(out, "{next} balance {account}  {held} {}", currency.code())?;
        }
        Ok(())
    }

    /// Beancount knows letters, digits and dashes in the parts of an account's name.
    fn beancount_account(&self, member: MemberId, account: Account) -> String {
        let words = names::ascii_words(names::name(self.state(), member));
        format!("{}:M{}-{words}:{}", kind(account), member.0, leaf(account))
    }

    fn csv(&self, out: &mut dyn Write) -> csv::Result<()> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record([
            "position",
            "at",
            "cause",
            "obligation",
            "reference",
            "member",
            "account",
            "currency",
            "amount",
        ])?;
        for (entry, posting) in self.postings() {
            let currency = self.currency(posting.currency);
            for line in self.lines(posting) {
                table.write_record([
                    &entry.position.0.to_string(),
                    &entry.at.to_string(),
                    cause(posting.cause),
                    &posting.obligation.0.to_string(),
                    self.reference(posting.obligation),
                    names::name(self.state(), line.member),
                    &leaf(line.account).to_lowercase(),
                    currency.code(),
                    &currency.format_sum(line.amount),
                ])?;
            }
        }
        Ok(table.flush()?)
    }

    fn reference(&self, number: ObligationId) -> &str {
        self.state().reference(&self.state().obligations()[number.0 as usize])
    }
}

/// Under which of the five roots of bookkeeping an account stands.
fn kind(account: Account) -> &'static str {
    match account {
        Account::Receivable | Account::Money => "Assets",
        Account::Payable => "Liabilities",
        Account::Invoiced => "Income",
        Account::SetOff | Account::Assigned => "Equity",
    }
}

fn leaf(account: Account) -> &'static str {
    match account {
        Account::Receivable => "Receivable",
        Account::Payable => "Payable",
        Account::Invoiced => "Invoiced",
        Account::SetOff => "Set-off",
        Account::Money => "Money",
        Account::Assigned => "Assigned",
    }
}

/// Of each member, its part of the names of hledger's accounts: its name in which nothing means
/// anything to hledger, with its number where two would be the same and their books be mixed.
fn hledger_names(state: &State) -> Vec<String> {
    let plain = |name: &str| plain(name).replace(':', "-");
    let bare: Vec<String> = state.members().iter().map(|m| plain(&m.profile.name)).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &bare {
        *counts.entry(name).or_default() += 1;
    }
    // A name that ends like one with a number gets its own, too: then no two are the same.
    let numbered =
        |name: &str| name.rsplit_once(" M").is_some_and(|(_, n)| n.parse::<u32>().is_ok());
    let named = bare.iter().enumerate().map(|(number, name)| {
        if counts[name.as_str()] > 1 || numbered(name) {
            format!("{name} M{number}")
        } else {
            name.clone()
        }
    });
    named.collect()
}

/// A text on one line in which nothing means anything to hledger.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split([' ', '\t', '\n', '\r']).filter(|w| !w.is_empty()).collect();
    words.join(" ").replace([';', '|'], ",").replace(char::is_control, "")
}

/// A text within quotation marks.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use setoff_union::testing::Union;

    use super::*;

    #[test]
    fn members_that_hledger_could_not_tell_apart_have_their_numbers_in_its_books() {
        let union = Union::founded(&["Alder AG", "A:B; C", "A-B, C", "Birch M0"]);

        let names = hledger_names(&union.state);

        assert_eq!(names, ["Alder AG", "A-B, C M1", "A-B, C M2", "Birch M0 M3"]);
    }
}
