//! A plain model of a union: maps and lists that say what has to be so after each command that was
//! accepted.
//!
//! It is written from the rules as they are stated for people, not from the code that it watches,
//! and knows of that code only the words of its documents (`Action`, `Rulebook`, …). It is one-sided
//! on purpose: what the node *accepts* must be allowed here, and must have exactly the effect that
//! it has here; what the node refuses has no effect. So a new rule that refuses more needs no change
//! here, and a rule that is broken is found by the first command that comes through.

mod agreements;
mod authority;
mod books;
mod compare;
mod cycles;
mod keys;
mod members;
mod mergers;
mod obligations;
mod optimum;
mod settlement;
mod votes;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use setoff_union::{
    Action, Actor, Amount, Asked, Clears, Code, Discharge, Draft, InstructionStage, Kind, Limit,
    Opening, Outcome, PublicKey, Role, Rulebook, Scope, Side, Stage, Standing, Subject, Way,
    utc_date,
};

use books::Books;

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {what}")]
pub struct Broken {
    /// Which, in a few words.
    pub rule: &'static str,
    /// What was found.
    pub what: String,
}

/// What every check gives.
pub(crate) type Checked<T = ()> = Result<T, Broken>;

/// A rule that has to hold.
pub(crate) fn must(holds: bool, rule: &'static str, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Broken { rule, what: what() }) }
}

/// What there has to be.
fn there<T>(found: Option<T>, what: &'static str, number: u32) -> Checked<T> {
    found.ok_or_else(|| Broken { rule: "exists", what: format!("{what} {number} does not exist") })
}

/// A command as the model sees it.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// For whom.
    pub by: Actor,
    /// What.
    pub action: &'a Action,
    /// Signed by these keys.
    pub signers: &'a [PublicKey],
    /// When it was received.
    pub at: Timestamp,
}

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    /// How it stands.
    pub standing: Standing,
    /// Whether it only acts for others.
    pub agent: bool,
    /// Its group.
    pub group: Option<String>,
    /// Over which amounts it takes two people, by currency.
    pub limits: BTreeMap<u8, i64>,
    /// How it stood before it was suspended or blocked.
    pub before: Option<Standing>,
    /// The last day of its run-off.
    pub run_off_until: Option<Date>,
    /// Into which member it offers to merge.
    pub merger: Option<u32>,
    /// Who absorbed it.
    pub merged_into: Option<u32>,
    /// How it chose to settle.
    pub way: Option<Way>,
    /// In which currency it chose to pay and be paid.
    pub pays_in: Option<u8>,
}

impl Member {
    /// Whether its debts take part in cycles.
    #[must_use]
    pub fn clears(&self) -> bool {
        matches!(self.standing, Standing::Active | Standing::RunningOff)
    }
}

/// A key.
#[derive(Clone, Debug)]
pub struct Key {
    /// Of which member; none is the operator.
    pub owner: Option<u32>,
    /// Of which person.
    pub holder: String,
    /// What for.
    pub roles: BTreeSet<Role>,
    /// Whether it counts.
    pub live: bool,
}

/// An obligation.
#[derive(Clone, Debug)]
pub struct Obligation {
    /// Who owes.
    pub debtor: u32,
    /// Who is owed.
    pub creditor: u32,
    /// In which currency.
    pub currency: u8,
    /// How much in all.
    pub amount: i64,
    /// How much is left.
    pub outstanding: i64,
    /// The date of the document.
    pub issued: Date,
    /// When it is due.
    pub due: Date,
    /// The document's number.
    pub reference: String,
    /// What is special.
    pub kind: Kind,
    /// Where it stands.
    pub stage: Stage,
    /// Who declared it.
    pub declared_by: Side,
    /// Held by debtor, by creditor.
    pub held: [bool; 2],
    /// The instruction that is open about it.
    pub instruction: Option<u32>,
    /// What a side asks the other for.
    pub asked: Option<Asked>,
}

/// Something voted on.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What.
    pub subject: Subject,
    /// Until when.
    pub closes: Timestamp,
    /// By which rulebook.
    pub rulebook: Rulebook,
    /// Who may vote.
    pub voters: BTreeSet<u32>,
    /// Who has, and how.
    pub votes: BTreeMap<u32, setoff_union::Choice>,
    /// How it came out.
    pub outcome: Option<Outcome>,
}

/// Where a cycle stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CycleStage {
    /// Nothing is frozen.
    Open,
    /// These are.
    CutOff,
    /// A result waits.
    Proposed(Vec<Discharge>),
    /// Nothing unwinds.
    Final {
        /// Since when.
        at: Timestamp,
        /// Whether instructions were made.
        instructed: bool,
    },
    /// Given up.
    Abandoned,
}

/// A cycle.
#[derive(Clone, Debug)]
pub struct Cycle {
    /// What it was opened as.
    pub opening: Opening,
    /// Where it stands.
    pub stage: CycleStage,
    /// What the cut-off froze, by number.
    pub candidates: Vec<u32>,
    /// Until when corrections count.
    pub until: Timestamp,
}

impl Cycle {
    /// Whether it holds its candidates.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(self.stage, CycleStage::CutOff | CycleStage::Proposed(_))
    }
}

/// A payment to be made.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// Who pays.
    pub debtor: u32,
    /// Who is paid.
    pub creditor: u32,
    /// In which currency.
    pub currency: u8,
    /// How much in all.
    pub amount: i128,
    /// How much of it was discharged.
    pub received: i128,
    /// What is paid instead, where both sides chose another currency.
    pub paid_as: Option<PaidAs>,
    /// For which obligations, the oldest due date first.
    pub obligations: Vec<u32>,
    /// On which day it was made.
    pub issued: Date,
    /// How it stands.
    pub stage: InstructionStage,
}

/// What is paid on an instruction in another currency than that of its debts.
#[derive(Clone, Copy, Debug)]
pub struct PaidAs {
    /// In which.
    pub currency: u8,
    /// How much in all.
    pub amount: i128,
    /// How much has come.
    pub received: i128,
    /// What a minor unit of the debts is worth in it, over what.
    pub worth: (i128, i128),
}

impl Instruction {
    /// In which currency it is paid, and how much of that is left.
    #[must_use]
    pub fn to_pay(&self) -> (u8, i128) {
        match self.paid_as {
            Some(paid) => (paid.currency, paid.amount - paid.received),
            None => (self.currency, self.amount - self.received),
        }
    }
}

/// An agreement.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// What was drafted.
    pub draft: Draft,
    /// Who signed.
    pub signed: BTreeSet<u32>,
    /// The first day on which it is over.
    pub ended: Option<Date>,
}

/// Everything that has to be so.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Codes and decimals.
    pub currencies: Vec<(Code, u8)>,
    /// By number.
    pub members: Vec<Member>,
    /// By public key.
    pub keys: BTreeMap<PublicKey, Key>,
    /// By principal and delegate: what, and until when.
    pub delegations: BTreeMap<(u32, u32), (BTreeSet<Scope>, Date)>,
    /// By number.
    pub obligations: Vec<Obligation>,
    /// By number.
    pub proposals: Vec<Proposal>,
    /// By number.
    pub cycles: Vec<Cycle>,
    /// By number.
    pub instructions: Vec<Instruction>,
    /// By number.
    pub agreements: Vec<Agreement>,
    /// By day of effect.
    pub rulebooks: Vec<(Date, Rulebook)>,
    /// All accounts.
    pub books: Books,
    /// When the last command was received.
    pub last: Option<Timestamp>,
    /// How many were accepted.
    pub accepted: u64,
    /// Obligations that the last commands touched, to be compared.
    touched: Vec<u32>,
}

impl Model {
    /// Takes a command that the node accepted.
    ///
    /// # Errors
    /// [`Broken`] where it must not have been accepted.
    pub fn accept(&mut self, ask: Ask) -> Checked {
        let day = utc_date(ask.at);
        must(self.last.is_none_or(|last| last <= ask.at), "time goes forward", || {
            format!("{} after {:?}", ask.at, self.last)
        })?;
        match ask.action {
            Action::Found(founding) => self.found(ask, founding, day)?,
            Action::Apply(application) => self.apply_for(ask, application)?,
            _ => {
                self.check_authority(ask, day)?;
                self.check_limits(ask)?;
                self.act(ask, day)?;
            }
        }
        self.last = Some(ask.at);
        self.accepted += 1;
        Ok(())
    }

    fn act(&mut self, ask: Ask, day: Date) -> Checked {
        match (ask.by, ask.action) {
            (_, Action::Stand { member, step, reason, .. }) => {
                self.stand(ask.by, member.0, *step, reason, day)
            }
            (
                _,
                Action::AddKey(_)
                | Action::RotateKey { .. }
                | Action::RevokeKey { .. }
                | Action::LimitOnePerson { .. }
                | Action::Delegate { .. }
                | Action::EndDelegation { .. },
            ) => self.administer(ask, day),
            (Actor::Member(member), Action::OfferMerger(offer)) => {
                self.check_two_to_change(ask)?;
                self.offer_merger(member.0, offer.into.0)
            }
            (Actor::Member(member), Action::AcceptMerger { member: absorbed }) => {
                self.check_two_to_change(ask)?;
                self.accept_merger(member.0, absorbed.0, day)
            }
            (Actor::Member(member), Action::ChooseSettlement { way }) => {
                let allowed = self.rulebook(day).settlement.allowed.contains(way);
                must(allowed, "the rulebook says how to settle", || format!("{way:?}"))?;
                self.members[member.0 as usize].way = Some(*way);
                Ok(())
            }
            (Actor::Member(member), Action::ChooseCurrency { currency }) => {
                let allowed = currency.is_none() || self.rulebook(day).settlement.own_currency;
                must(allowed, "the rulebook says in what to settle", || format!("{currency:?}"))?;
                let known = currency.map(|code| self.known(code)).transpose()?;
                self.members[member.0 as usize].pays_in = known;
                Ok(())
            }
            (_, Action::CountVotes { proposal }) => self.count(ask.by, proposal.0, ask.at, day),
            (_, Action::ProposeResult { cycle, results, .. }) => {
                self.propose_result(cycle.0, results, ask.at)
            }
            (Actor::Operator, action) => self.operate(action, ask.at, day),
            (Actor::Member(member), action) => self.act_as(member.0, action, ask.at, day),
            (Actor::Applicant, _) => Err(Broken {
                rule: "strangers only apply",
                what: "an applicant gave another command".to_owned(),
            }),
        }
    }

    fn operate(&mut self, action: &Action, at: Timestamp, day: Date) -> Checked {
        match action {
            Action::OpenCycle(opening) => self.open_cycle(opening.clone(), day),
            Action::CutOff { cycle } => self.cut_off(cycle.0, at),
            Action::Finalise { cycle } => self.finalise(cycle.0, at),
            Action::Abandon { cycle, .. } => self.abandon(cycle.0),
            Action::Instruct { cycle } => self.instruct(cycle.0, day),
            Action::ExpireInstruction { instruction } => self.expire(instruction.0, day),
            _ => Err(Broken {
                rule: "the operator only runs the node",
                what: format!("the operator did {action:?}"),
            }),
        }
    }

    fn act_as(&mut self, member: u32, action: &Action, at: Timestamp, day: Date) -> Checked {
        match action {
            Action::Propose { subject, closes } => self.propose(member, subject, *closes, at),
            Action::Vote { proposal, choice } => self.vote(member, proposal.0, *choice, at),
            Action::ConfirmInstruction { instruction, amount } => {
                self.confirm_instruction(member, instruction.0, *amount)
            }
            Action::FailInstruction { instruction, reason } => {
                self.fail_instruction(member, instruction.0, reason)
            }
            Action::DraftAgreement(draft) => self.draft(member, draft),
            Action::SignAgreement { agreement, text } => self.sign(member, agreement.0, *text),
            Action::EndAgreement { agreement, from, .. } => {
                self.end_agreement(member, agreement.0, *from, day)
            }
            Action::OpenCycle(_)
            | Action::CutOff { .. }
            | Action::Finalise { .. }
            | Action::Abandon { .. }
            | Action::Instruct { .. }
            | Action::ExpireInstruction { .. } => Err(Broken {
                rule: "only the operator runs cycles",
                what: format!("member {member} did {action:?}"),
            }),
            _ => self.change_obligations(member, action, at, day),
        }
    }

    /// The rulebook of a day.
    ///
    /// # Panics
    /// Before the founding.
    #[must_use]
    pub fn rulebook(&self, day: Date) -> &Rulebook {
        let mut best = &self.rulebooks[0];
        for candidate in &self.rulebooks {
            if candidate.0 <= day && (candidate.0 >= best.0 || best.0 > day) {
                best = candidate;
            }
        }
        &best.1
    }

    /// The number of a currency.
    #[must_use]
    pub fn currency(&self, code: Code) -> Option<u8> {
        let place = self.currencies.iter().position(|(other, _)| *other == code)?;
        u8::try_from(place).ok()
    }

    /// An amount in whole minor units, above zero.
    fn minor(&self, amount: Amount, currency: u8) -> Checked<i64> {
        let decimals = self.currencies[usize::from(currency)].1;
        let (digits, scale) = (amount.0.digits(), amount.0.scale());
        let power = |n: u8| 10_i128.pow(u32::from(n));
        let minor = if scale <= decimals {
            digits.checked_mul(power(decimals - scale))
        } else {
            let unit = power(scale - decimals);
            (digits % unit == 0).then_some(digits / unit)
        };
        let fits = minor.filter(|minor| (1..=1_i128 << 62).contains(minor));
        let minor = fits.and_then(|minor| i64::try_from(minor).ok());
        minor.ok_or_else(|| Broken {
            rule: "amounts are whole minor units above zero",
            what: format!("{amount} was accepted"),
        })
    }

    fn obligation(&self, number: u32) -> Checked<&Obligation> {
        there(self.obligations.get(number as usize), "obligation", number)
    }

    fn touch(&mut self, number: u32) -> &mut Obligation {
        self.touched.push(number);
        &mut self.obligations[number as usize]
    }

    /// The cycle that holds an obligation, and until when it can be corrected.
    #[must_use]
    pub fn holder(&self, number: u32) -> Option<(usize, Timestamp)> {
        let holds =
            |cycle: &Cycle| cycle.holds() && cycle.candidates.binary_search(&number).is_ok();
        let place = self.cycles.iter().rposition(holds)?;
        Some((place, self.cycles[place].until))
    }

    /// What is to clear by its class and holds on a value date.
    fn may_clear(&self, found: &Obligation, value_date: Date) -> bool {
        let classes = &self.rulebook(value_date).classes;
        let group = |member: u32| self.members[member as usize].group.as_ref();
        let one_group =
            group(found.debtor).is_some() && group(found.debtor) == group(found.creditor);
        let days = (value_date - found.due).get_days();
        let class = match found.kind {
            Kind::InLitigation => classes.in_litigation,
            Kind::Secured => classes.secured,
            _ if one_group => classes.within_group,
            _ if days > 0 && days >= i32::from(classes.overdue_days) => classes.overdue,
            _ if days >= 0 => classes.due,
            _ => classes.not_yet_due,
        };
        match class {
            Clears::Must => true,
            Clears::May => found.held == [false, false],
            Clears::MayNot => false,
        }
    }
}

/// The limits of a member as the state keeps them.
fn limits_of(limits: &BTreeMap<setoff_union::CurrencyId, Limit>) -> BTreeMap<u8, i64> {
    limits.iter().map(|(currency, limit)| (currency.0, limit.0.0)).collect()
}
