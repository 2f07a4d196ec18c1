//! Unions for tests: a founded one in a line, and commands without ceremony.
//!
//! Every command goes the whole way: written as the document that a member would sign, read again,
//! decided, applied; and after each the ledger must balance.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use jiff::civil::{Date, date, time};
use jiff::{SignedDuration, Timestamp};
use setoff_clearing::{solve, solve_whole};

use crate::{
    Action, Actor, Amount, Application, Calendar, Capacity, Code, Command, CurrencyId, CycleId,
    Declaration, Digest, Entry, Founding, Kind, MemberId, Mode, NetworkResult, NewKey,
    ObligationId, Opening, Portions, Profile, PublicKey, Refusal, Role, Rulebook, Stage, State,
    apply, decide, networks, seed, utc_date,
};

/// The currencies of every union here.
pub const CURRENCIES: [&str; 3] = ["EUR", "USD", "JPY"];

/// The operator's key.
pub const OPERATOR: PublicKey = PublicKey([255; 32]);

/// A union with its history.
#[derive(Clone, Debug)]
pub struct Union {
    /// Where it stands.
    pub state: State,
    /// Every command that was accepted, with its time.
    pub commands: Vec<(Command, Timestamp)>,
    /// Every entry.
    pub entries: Vec<Entry>,
    /// When the next command is received.
    pub now: Timestamp,
}

/// A member's key with all roles, told apart by the number of the member.
#[must_use]
pub fn key_of(member: u32) -> PublicKey {
    let mut key = [1; 32];
    key[..4].copy_from_slice(&member.to_be_bytes());
    PublicKey(key)
}

/// A key for a holder with roles.
#[must_use]
pub fn new_key(public: PublicKey, holder: &str, roles: &[Role]) -> NewKey {
    NewKey { public, holder: holder.to_owned(), roles: roles.iter().copied().collect() }
}

/// All roles.
pub const ALL_ROLES: [Role; 3] = [Role::Submit, Role::Approve, Role::Vote];

/// An application of a member with one key.
#[must_use]
pub fn application(name: &str, number: u32, capacity: Capacity) -> Application {
    Application {
        profile: Profile {
            name: name.to_owned(),
            country: "SI".to_owned(),
            lei: None,
            capacity,
            group: None,
        },
        keys: vec![new_key(key_of(number), name, &ALL_ROLES)],
    }
}

/// [`Rulebook::usual`], with cut-offs at 13:00 in Ljubljana and a run-off of 30 days.
#[must_use]
pub fn rulebook() -> Rulebook {
    let usual = Rulebook::usual();
    let calendar = Calendar {
        time_zone: "Europe/Ljubljana".to_owned(),
        cut_off: time(13, 0, 0, 0),
        ..usual.calendar
    };
    Rulebook { calendar, run_off_days: 30, ..usual }
}

/// A currency's code.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn code(text: &str) -> Code {
    Code::of(&text.parse().expect("a test names a currency"))
}

/// An amount.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn amount(text: &str) -> Amount {
    Amount(text.parse().expect("a test names an amount"))
}

impl Union {
    /// A union of these members, with [`rulebook`].
    ///
    /// # Panics
    /// If the names are not such that a union can be founded.
    #[must_use]
    pub fn founded(names: &[&str]) -> Self {
        Self::with_rulebook(names, rulebook())
    }

    /// A union of these members with this rulebook.
    ///
    /// # Panics
    /// If it can't be founded.
    #[must_use]
    pub fn with_rulebook(names: &[&str], rulebook: Rulebook) -> Self {
        let now = Timestamp::from_second(1_767_254_400).expect("1 January 2026, 08:00 UTC");
        let (state, commands, entries) = (State::default(), Vec::new(), Vec::new());
        let mut union = Self { state, commands, entries, now };
        let members = (0..).zip(names);
        let founding = Founding {
            name: "Test Union".to_owned(),
            currencies: CURRENCIES.map(str::to_owned).to_vec(),
            unit_of_account: Some(code("EUR")),
            operator: vec![new_key(OPERATOR, "Operator", &ALL_ROLES)],
            members: members.map(|(n, name)| application(name, n, Capacity::Member)).collect(),
            rulebook,
        };
        let mut signers = vec![OPERATOR];
        signers.extend((0..).map(key_of).take(names.len()));
        union
            .give(Actor::Operator, signers, Action::Found(Box::new(founding)))
            .expect("a test founds a union that can be");
        union
    }

    /// Gives a command a minute after the last; nothing changes where it is refused.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    ///
    /// # Panics
    /// If the document does not come back as it was written, or an invariant breaks.
    #[allow(clippy::needless_pass_by_value, reason = "tests make the action where they give it")]
    pub fn give(
        &mut self,
        by: Actor,
        signers: Vec<PublicKey>,
        action: Action,
    ) -> Result<&[Entry], Refusal> {
        let document = Command::document(by, &action);
        let command = Command::parse(&document, signers).expect("what is written can be read");
        assert_eq!(command.action, action, "a document reads as it was written");
        let at = self.now;
        let entries = decide(&self.state, &command, at)?;
        for entry in &entries {
            apply(&mut self.state, entry);
            self.assert_sound();
        }
        self.now += SignedDuration::from_mins(1);
        self.commands.push((command, at));
        let begun = self.entries.len();
        self.entries.extend(entries);
        Ok(&self.entries[begun..])
    }

    /// A member's command, signed by its key and those that it brings.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn member(&mut self, member: u32, action: Action) -> Result<&[Entry], Refusal> {
        let signers = [vec![key_of(member)], action.brought()].concat();
        self.give(Actor::Member(MemberId(member)), signers, action)
    }

    /// The operator's command, signed by its key and those that it brings.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn operator(&mut self, action: Action) -> Result<&[Entry], Refusal> {
        let signers = [vec![OPERATOR], action.brought()].concat();
        self.give(Actor::Operator, signers, action)
    }

    /// Someone applies and the operator admits.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn admitted(&mut self, name: &str, capacity: Capacity) -> Result<u32, Refusal> {
        let number = u32::try_from(self.state.members().len()).unwrap_or(u32::MAX);
        let action = Action::Apply(application(name, number, capacity));
        self.give(Actor::Applicant, vec![key_of(number)], action)?;
        self.stand(number, crate::Step::Admit)?;
        Ok(number)
    }

    /// The operator changes how a member stands.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn stand(&mut self, member: u32, step: crate::Step) -> Result<&[Entry], Refusal> {
        let (member, reason) = (MemberId(member), "for the test".to_owned());
        self.operator(Action::Stand { member, step, reason, evidence: None })
    }

    /// A debt in euro, issued a month ago and due today, as it would be declared.
    #[must_use]
    pub fn declaration(&self, debtor: u32, creditor: u32, text: &str) -> Declaration {
        let today = utc_date(self.now);
        Declaration {
            debtor: MemberId(debtor),
            creditor: MemberId(creditor),
            currency: code("EUR"),
            amount: amount(text),
            issued: today.saturating_sub(jiff::Span::new().days(30)),
            due: today,
            reference: format!("INV-{}", self.state.obligations().len()),
            kind: Kind::Plain,
        }
    }

    /// The creditor declares a debt of today in euro.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn declared(
        &mut self,
        debtor: u32,
        creditor: u32,
        text: &str,
    ) -> Result<ObligationId, Refusal> {
        let declaration = self.declaration(debtor, creditor, text);
        self.declare(creditor, declaration)
    }

    /// A member declares one obligation.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn declare(&mut self, by: u32, declaration: Declaration) -> Result<ObligationId, Refusal> {
        let number = u32::try_from(self.state.obligations().len()).unwrap_or(u32::MAX);
        self.member(by, Action::Declare { obligations: vec![declaration], file: None })?;
        Ok(ObligationId(number))
    }

    /// The other side confirms.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn confirmed(&mut self, obligation: ObligationId) -> Result<(), Refusal> {
        let found = &self.state.obligations()[obligation.index()];
        let other = match found.declared_by {
            crate::Side::Debtor => found.creditor,
            crate::Side::Creditor => found.debtor,
        };
        self.member(other.0, Action::Confirm { obligations: vec![obligation] }).map(|_| ())
    }

    /// A debt that both sides agree on.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn owed(
        &mut self,
        debtor: u32,
        creditor: u32,
        text: &str,
    ) -> Result<ObligationId, Refusal> {
        let obligation = self.declared(debtor, creditor, text)?;
        self.confirmed(obligation)?;
        Ok(obligation)
    }

    /// A cycle in all currencies, each by itself, with today as its value date.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn opened(&mut self) -> Result<CycleId, Refusal> {
        let currencies = CURRENCIES.map(code).to_vec();
        self.opened_as(Mode::PerCurrency { currencies })
    }

    /// A cycle in this mode with today as its value date.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn opened_as(&mut self, mode: Mode) -> Result<CycleId, Refusal> {
        let number = u32::try_from(self.state.cycles().len()).unwrap_or(u32::MAX);
        let value_date = utc_date(self.now);
        self.operator(Action::OpenCycle(Opening { mode, value_date }))?;
        Ok(CycleId(number))
    }

    /// A cycle that is cut off.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn cut_off(&mut self) -> Result<CycleId, Refusal> {
        let cycle = self.opened()?;
        self.operator(Action::CutOff { cycle })?;
        Ok(cycle)
    }

    /// Waits for a time.
    pub fn wait(&mut self, hours: i64) {
        self.now += SignedDuration::from_hours(hours);
    }

    /// The right result of a cycle.
    ///
    /// # Errors
    /// What [`networks`] refuses.
    ///
    /// # Panics
    /// Never on a union of this module.
    pub fn result(&self, cycle: CycleId) -> Result<(Digest, Vec<NetworkResult>), Refusal> {
        let networks = networks(&self.state, cycle)?;
        let seed = seed(&self.state, cycle, &networks);
        let value_date = self.state.cycles()[cycle.index()].opening.value_date;
        let whole = self.state.rulebook_on(value_date).portions == Portions::Whole;
        let results = networks.iter().map(|part| {
            let clearing = solve(&part.network, seed);
            let discharges = if whole {
                let found = solve_whole(&part.network, seed, &mut |_| ControlFlow::Continue(()));
                found.expect("networks of tests are small").discharges
            } else {
                clearing.discharges
            };
            NetworkResult {
                currency: Code::of(&self.state.currencies()[part.currency.index()]),
                discharges,
                potentials: clearing.certificate.potentials,
            }
        });
        Ok((Digest(seed.0), results.collect()))
    }

    /// Hands in the right result of a cycle that is cut off, a day later.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn proposed(&mut self, cycle: CycleId) -> Result<(), Refusal> {
        self.wait(24);
        let (cleared, results) = self.result(cycle)?;
        self.operator(Action::ProposeResult { cycle, cleared, results }).map(|_| ())
    }

    /// A whole cycle, from opening to finality.
    ///
    /// # Errors
    /// What [`decide`] refuses.
    pub fn cleared(&mut self) -> Result<CycleId, Refusal> {
        let cycle = self.cut_off()?;
        self.proposed(cycle)?;
        self.operator(Action::Finalise { cycle })?;
        Ok(cycle)
    }

    /// What is outstanding of each obligation, in minor units.
    #[must_use]
    pub fn outstanding(&self) -> Vec<i64> {
        self.state.obligations().iter().map(|obligation| obligation.outstanding.0).collect()
    }

    /// Where each obligation stands.
    #[must_use]
    pub fn stages(&self) -> Vec<Stage> {
        self.state.obligations().iter().map(|obligation| obligation.stage).collect()
    }

    /// The state that the accepted commands give when they are decided again from nothing.
    ///
    /// # Panics
    /// If one is refused this time.
    #[must_use]
    pub fn replayed(&self) -> State {
        let mut state = State::default();
        for (command, at) in &self.commands {
            let entries = decide(&state, command, *at).expect("it was accepted the first time");
            for entry in &entries {
                apply(&mut state, entry);
            }
        }
        state
    }

    /// What must hold after every entry: the ledger balances, and says of every member and currency
    /// what its confirmed obligations say; as many are open as are counted.
    fn assert_sound(&self) {
        let ledger = self.state.ledger();
        assert!(ledger.is_balanced(self.state.currencies().len()), "the ledger balances");
        let mut receivable: BTreeMap<(MemberId, CurrencyId), i128> = BTreeMap::new();
        let mut payable = receivable.clone();
        let mut open: BTreeMap<MemberId, u32> = BTreeMap::new();
        for found in self.state.obligations() {
            let outstanding = found.outstanding.wide();
            assert!((0..=found.amount.wide()).contains(&outstanding), "{found:?}");
            if found.stage == Stage::Confirmed {
                *receivable.entry((found.creditor, found.currency)).or_default() += outstanding;
                *payable.entry((found.debtor, found.currency)).or_default() -= outstanding;
            }
            if !found.stage.is_over() {
                *open.entry(found.debtor).or_default() += 1;
                *open.entry(found.creditor).or_default() += 1;
            }
        }
        for (number, member) in (0..).map(MemberId).zip(self.state.members()) {
            assert_eq!(member.open, open.get(&number).copied().unwrap_or(0), "open of {number}");
            for currency in (0..3).map(CurrencyId) {
                let balances = ledger.balances(number, currency);
                let of = |sums: &BTreeMap<_, i128>| sums.get(&(number, currency)).copied();
                let (owed, owes) = (of(&receivable), of(&payable));
                assert_eq!(balances.of(crate::Account::Receivable), owed.unwrap_or(0), "{number}");
                assert_eq!(balances.of(crate::Account::Payable), owes.unwrap_or(0), "{number}");
            }
        }
    }
}

/// A set of members.
#[must_use]
pub fn parties(members: &[u32]) -> BTreeSet<MemberId> {
    members.iter().copied().map(MemberId).collect()
}

/// A day of 2026.
#[must_use]
pub fn day(month: i8, day: i8) -> Date {
    date(2026, month, day)
}
