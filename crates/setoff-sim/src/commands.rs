//! What people ask for: mostly sensible, now and then dishonest.
//!
//! A sensible command is chosen by what the model says is possible now, so that whole stories
//! happen: debts are declared, confirmed, cleared, paid. Every fifth command is then bent
//! ([`twist`]).

mod clearing;
mod debts;
mod parties;
pub(crate) mod twist;

use jiff::Timestamp;
use jiff::civil::Date;
use setoff_money::Decimal;
use setoff_union::{
    Action, Actor, Amount, Digest, MemberId, PublicKey, Role, Scope, Standing, State, utc_date,
};

use crate::dice::Dice;
use crate::model::{Model, Obligation};
use crate::people::People;

pub(crate) use parties::founding;

/// A command before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// For whom.
    pub by: Actor,
    /// What.
    pub action: Action,
    /// Who signs.
    pub signers: Vec<PublicKey>,
}

/// Who thinks up the command of a step, and what they know.
pub(crate) struct Author<'a> {
    /// How things stand.
    pub model: &'a Model,
    /// The node's state, for what is cleared next.
    pub state: &'a State,
    /// Everyone's keys.
    pub people: &'a mut People,
    /// The chance of this step.
    pub dice: &'a mut Dice,
    /// When it is.
    pub at: Timestamp,
    /// Names things that are new in this step.
    pub step: u64,
}

#[derive(Clone, Copy)]
enum Kind {
    Declare,
    Confirm,
    Dispute,
    Answer,
    Withdraw,
    Correct,
    Pay,
    Credit,
    Offer,
    Take,
    Hold,
    Release,
    Cycle,
    Instruction,
    Join,
    Merge,
    Way,
    Stand,
    Keys,
    Delegation,
    Propose,
    Vote,
    Count,
    Agreement,
}

const WEIGHTS: [(usize, Kind); 24] = [
    (20, Kind::Declare),
    (22, Kind::Confirm),
    (4, Kind::Dispute),
    (3, Kind::Answer),
    (3, Kind::Withdraw),
    (4, Kind::Correct),
    (4, Kind::Pay),
    (2, Kind::Credit),
    (3, Kind::Offer),
    (3, Kind::Take),
    (2, Kind::Hold),
    (2, Kind::Release),
    (18, Kind::Cycle),
    (10, Kind::Instruction),
    (1, Kind::Join),
    (2, Kind::Merge),
    (2, Kind::Way),
    (4, Kind::Stand),
    (3, Kind::Keys),
    (2, Kind::Delegation),
    (2, Kind::Propose),
    (8, Kind::Vote),
    (3, Kind::Count),
    (5, Kind::Agreement),
];

impl Author<'_> {
    /// A sensible command, if anyone has one to give.
    pub(crate) fn sensible(&mut self) -> Option<Draft> {
        match self.dice.weighted(&WEIGHTS) {
            Kind::Declare => self.declare(),
            Kind::Confirm => self.confirm(),
            Kind::Dispute => self.dispute(),
            Kind::Answer => self.answer(),
            Kind::Withdraw => self.withdraw(),
            Kind::Correct => self.correct(),
            Kind::Pay => self.pay(),
            Kind::Credit => self.credit(),
            Kind::Offer => self.offer(),
            Kind::Take => self.take(),
            Kind::Hold => self.hold(),
            Kind::Release => self.release(),
            Kind::Cycle => self.cycle(),
            Kind::Instruction => self.instruction(),
            Kind::Join => self.join(),
            Kind::Merge => self.merge(),
            Kind::Way => self.way(),
            Kind::Stand => self.stand(),
            Kind::Keys => self.keys(),
            Kind::Delegation => self.delegation(),
            Kind::Propose => self.propose(),
            Kind::Vote => self.vote(),
            Kind::Count => self.count(),
            Kind::Agreement => self.agreement(),
        }
    }

    fn today(&self) -> Date {
        utc_date(self.at)
    }

    fn reason(&self) -> String {
        format!("because of step {}", self.step)
    }

    fn digest(&mut self) -> Digest {
        Digest(self.dice.bytes())
    }

    /// An amount of whole minor units.
    fn amount(&self, currency: u8, minor: i64) -> Amount {
        let decimals = self.model.currencies[usize::from(currency)].1;
        Amount(Decimal::new(i128::from(minor), decimals))
    }

    /// The number of a member like this, if a few tries find one.
    fn member(&mut self, like: impl Fn(u32) -> bool) -> Option<u32> {
        let count = self.model.members.len();
        let tries = (0..12).map(|_| u32::try_from(self.dice.below(count)).unwrap_or(0));
        tries.into_iter().find(|number| like(*number))
    }

    /// A member that may do everything.
    fn active(&mut self) -> Option<u32> {
        let model = self.model;
        self.member(|n| {
            let found = &model.members[n as usize];
            found.standing == Standing::Active && !found.agent
        })
    }

    /// A debt like this, rather one of the last few hundred, if some tries find one.
    fn debt(&mut self, like: impl Fn(u32, &Obligation) -> bool) -> Option<u32> {
        let count = self.model.obligations.len();
        let recent = count.min(if self.dice.one_in(4) { count } else { 60 });
        for _ in 0..40 {
            let place = count.checked_sub(1 + self.dice.below(recent))?;
            let number = u32::try_from(place).ok()?;
            if like(number, &self.model.obligations[place]) {
                return Some(number);
            }
        }
        None
    }

    /// A command of a member, signed by whom it takes.
    fn by(&mut self, member: u32, action: Action, role: Role, scope: Option<Scope>) -> Draft {
        let mut signer = member;
        if let Some(scope) = scope
            && self.dice.one_in(3)
        {
            let today = self.today();
            let mut given = self.model.delegations.range((member, 0)..=(member, u32::MAX));
            let able =
                given.find(|(_, (scopes, until))| scopes.contains(&scope) && today <= *until);
            signer = able.map_or(member, |((_, delegate), _)| *delegate);
        }
        let two = self.dice.one_in(6) || !self.model.members[member as usize].limits.is_empty();
        let signers = self.signers(Some(signer), role, two);
        Draft { by: Actor::Member(MemberId(member)), action, signers }
    }

    fn operator(&mut self, action: Action) -> Draft {
        let signers = self.signers(None, Role::Submit, false);
        Draft { by: Actor::Operator, action, signers }
    }

    /// Live keys of an owner: one with the role, and where asked for a second person's.
    fn signers(&mut self, owner: Option<u32>, role: Role, two: bool) -> Vec<PublicKey> {
        let of_owner = self.model.keys.iter().filter(|(_, key)| key.owner == owner && key.live);
        let live: Vec<_> = of_owner.collect();
        let fit: Vec<_> =
            live.iter().filter(|(_, key)| key.roles.contains(&role)).copied().collect();
        let Some((first, key)) = self.dice.pick(&fit).or(live.first()) else { return Vec::new() };
        let mut signers = vec![**first];
        if two {
            let other = live.iter().find(|(_, other)| other.holder != key.holder);
            signers.extend(other.map(|(public, _)| **public));
        }
        signers
    }
}
