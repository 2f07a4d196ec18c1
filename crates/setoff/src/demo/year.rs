//! A year in the life of the union: trade every month, and once each what can happen besides.

use std::collections::BTreeMap;

use jiff::civil::{Date, date, time};
use setoff_money::Decimal;
use setoff_union::{
    Action, Actor, Amount, Answer, Application, Capacity, Choice, CycleId, Declaration, Digest,
    Draft, Founding, InstructionStage, Kind, MemberId, Mode, ObligationId, Opening, Profile,
    ProposalId, Rulebook, Scope, Side, Stage, Step, Subject, Supersedes,
};
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;
use crate::union::{cleared, proposal};
use crate::wording::{counted, money, percent};

use super::firms::{ACCOUNTANT, FOUNDERS, JOINERS};
use super::world::{World, new_key};

/// How the currencies are shared out among invoices: of ten, so many in each.
const CURRENCIES: [(&str, u64); 3] = [("EUR", 6), ("CHF", 3), ("USD", 1)];

/// Tells a line of the story, with the month.
pub(super) type Tell<'a> = &'a mut dyn FnMut(&str, &str);

/// Lives the year.
///
/// # Errors
/// What the node and its disk fail with.
pub(super) fn live(world: &mut World, tell: Tell<'_>) -> Result<(), Failure> {
    found(world)?;
    tell("2025-01", &format!("{} firms found the Alpe-Adria circle.", FOUNDERS.len()));
    for month in 1..=12 {
        let name = format!("2025-{month:02}");
        let mut told = Vec::new();
        events(world, month, &mut told)?;
        trade(world, month, &mut told)?;
        clear(world, month, &mut told)?;
        tell(&name, &told.join(" "));
    }
    Ok(())
}

fn text_of(words: &str) -> Digest {
    Digest(Sha256::digest(words.as_bytes()).into())
}

fn amount(minor: u64) -> Amount {
    Amount(Decimal::new(i128::from(minor), 2))
}

fn codes() -> Vec<setoff_union::Code> {
    CURRENCIES.iter().map(|(code, _)| code_of(code)).collect()
}

fn code_of(text: &str) -> setoff_union::Code {
    setoff_union::Code::of(&text.parse().expect("the demo's currencies are known"))
}

fn application(name: &str, country: &str, capacity: Capacity, group: Option<&str>) -> Application {
    let profile = Profile {
        name: name.to_owned(),
        country: country.to_owned(),
        lei: None,
        capacity,
        group: group.map(str::to_owned),
    };
    Application { profile, keys: vec![new_key(name, name)] }
}

fn found(world: &mut World) -> Result<(), Failure> {
    let mut rulebook = Rulebook::usual();
    "Europe/Ljubljana".clone_into(&mut rulebook.calendar.time_zone);
    rulebook.calendar.cut_off = time(13, 0, 0, 0);
    let founding = Founding {
        name: "Alpe-Adria circle".to_owned(),
        currencies: CURRENCIES.iter().map(|(code, _)| (*code).to_owned()).collect(),
        unit_of_account: Some(code_of("EUR")),
        operator: vec![new_key("operator", "Olga Oblak")],
        members: FOUNDERS
            .iter()
            .map(|(name, country, group)| application(name, country, Capacity::Member, *group))
            .collect(),
        rulebook,
    };
    let mut signers = vec!["operator"];
    signers.extend(FOUNDERS.iter().map(|(name, _, _)| *name));
    world.later(Actor::Operator, &signers, &Action::Found(Box::new(founding)))?;
    world.end_day()
}

/// What happens once.
fn events(world: &mut World, month: i8, told: &mut Vec<String>) -> Result<(), Failure> {
    world.go_to(date(2025, month, 2));
    match month {
        2 => joins(world, &JOINERS[..2], told)?,
        3 => {
            joins(world, &JOINERS[2..4], told)?;
            first_agreements(world, told)?;
        }
        4 => {
            joins(world, &JOINERS[4..], told)?;
            accountant(world, told)?;
        }
        5 => vote(world, told)?,
        6 => overriding_agreement(world, told)?,
        7 => two_people(world, told)?,
        8 => suspension(world, told)?,
        9 => {
            factoring(world, told)?;
            let tauern = world.member("Tauern Kühlhaus");
            stand(world, tauern, Step::Block, "order of the district court of Klagenfurt")?;
            told.push("The account of Tauern Kühlhaus GmbH is blocked by a court.".to_owned());
        }
        10 => {
            let walensee = world.member("Walensee");
            stand(world, walensee, Step::Reinstate, "its dues are paid")?;
            let tauern = world.member("Tauern Kühlhaus");
            stand(world, tauern, Step::Unblock, "the order was lifted")?;
            told.push("Walensee Textil AG is back, and the block is lifted.".to_owned());
        }
        12 => leaves(world, told)?,
        _ => {}
    }
    Ok(())
}

fn joins(world: &mut World, who: &[(&str, &str)], told: &mut Vec<String>) -> Result<(), Failure> {
    for (name, country) in who {
        let apply = Action::Apply(application(name, country, Capacity::Member, None));
        world.later(Actor::Applicant, &[name], &apply)?;
        world.end_day()?;
        let member = world.member(name);
        stand(world, member, Step::Admit, "its register entry and its owners were checked")?;
    }
    let names: Vec<&str> = who.iter().map(|(name, _)| *name).collect();
    told.push(format!("{} join.", names.join(" and ")));
    Ok(())
}

fn stand(world: &mut World, member: MemberId, step: Step, why: &str) -> Result<(), Failure> {
    let reason = why.to_owned();
    world.by_operator(&Action::Stand { member, step, reason, evidence: Some(text_of(why)) })
}

fn agree(
    world: &mut World,
    sides: [MemberId; 2],
    subject: &str,
    from: Date,
    supersedes: Supersedes,
) -> Result<(), Failure> {
    let text = text_of(&format!("{subject} from {from}"));
    let draft =
        Draft { subject: subject.to_owned(), parties: sides.into(), text, from, supersedes };
    world.by_member(sides[0], &Action::DraftAgreement(draft))?;
    let number = world.state().agreements().len() - 1;
    let agreement = setoff_union::AgreementId(u32::try_from(number).unwrap_or(u32::MAX));
    world.by_member(sides[1], &Action::SignAgreement { agreement, text })
}

fn first_agreements(world: &mut World, told: &mut Vec<String>) -> Result<(), Failure> {
    let sides = [world.member("Adler"), world.member("Bora")];
    agree(world, sides, "payment terms", date(2025, 4, 1), Supersedes::Nothing)?;
    agree(world, sides, "exchange rates", date(2025, 4, 1), Supersedes::Nothing)?;
    told.push("Adler and Bora agree on payment terms and on exchange rates.".to_owned());
    Ok(())
}

fn overriding_agreement(world: &mut World, told: &mut Vec<String>) -> Result<(), Failure> {
    let sides = [world.member("Adler"), world.member("Bora")];
    let earlier = [setoff_union::AgreementId(0), setoff_union::AgreementId(1)];
    agree(world, sides, "framework", date(2025, 7, 1), Supersedes::Named(earlier.into()))?;
    told.push(
        "Adler and Bora sign a framework agreement, which overrides their two earlier ones from 1 \
         July."
            .to_owned(),
    );
    Ok(())
}

fn accountant(world: &mut World, told: &mut Vec<String>) -> Result<(), Failure> {
    let (name, country) = ACCOUNTANT;
    let apply = Action::Apply(application(name, country, Capacity::Agent, None));
    world.later(Actor::Applicant, &[name], &apply)?;
    world.end_day()?;
    let delegate = world.member("Računovodstvo");
    stand(world, delegate, Step::Admit, "licensed accountant")?;
    for firm in ["Jelka", "Karst", "Pohorje"] {
        let member = world.member(firm);
        let scope = [Scope::Enter, Scope::Bind].into();
        world.member_later(
            member,
            &Action::Delegate { delegate, scope, until: date(2026, 3, 31) },
        )?;
    }
    world.end_day()?;
    told.push(format!("{name} acts for three firms from now on."));
    Ok(())
}

fn vote(world: &mut World, told: &mut Vec<String>) -> Result<(), Failure> {
    let smallest: BTreeMap<_, _> = codes().into_iter().map(|code| (code, amount(50_00))).collect();
    let current = world.state().rulebook_on(world.today()).clone();
    let rulebook = Box::new(Rulebook { smallest, ..current });
    let closes = world.moment_in(8);
    let subject = Subject::Rulebook { rulebook, from: date(2025, 6, 1) };
    let sava = world.member("Sava");
    world.by_member(sava, &Action::Propose { subject, closes })?;
    let proposal = ProposalId(0);
    let mut counts = [0_usize; 3];
    for member in world.active() {
        let (choice, place) = match world.draws.below(10) {
            0 => (Choice::Against, 1),
            1 => (Choice::Abstain, 2),
            _ => (Choice::For, 0),
        };
        counts[place] += 1;
        world.member_later(member, &Action::Vote { proposal, choice })?;
    }
    world.end_day()?;
    world.wait(24 * 8);
    world.by_operator(&Action::CountVotes { proposal })?;
    told.push(format!(
        "A vote on leaving out what is under 50.00 passes: {} for, {} against, {} abstained.",
        counts[0], counts[1], counts[2]
    ));
    Ok(())
}

fn two_people(world: &mut World, told: &mut Vec<String>) -> Result<(), Failure> {
    let adler = world.member("Adler");
    let name = world.name(adler).to_owned();
    let second = new_key("Adler, second", "Eva Adler");
    let actor = Actor::Member(adler);
    world.later(actor, &[&name, "Adler, second"], &Action::AddKey(second))?;
    world.end_day()?;
    let limit =
        Action::LimitOnePerson { currency: code_of("EUR"), over: Some(amount(200_000_000)) };
    world.by_member(adler, &limit)?;
    told.push("Adler asks for two people's keys over two million euro.".to_owned());
    Ok(())
}

fn suspension(world: &mut World, told: &mut Vec<String>) -> Result<(), Failure> {
    let walensee = world.member("Walensee");
    stand(world, walensee, Step::Suspend, "its dues are not paid")?;
    told.push("Walensee Textil AG is suspended: its debts wait.".to_owned());
    Ok(())
}

fn factoring(world: &mut World, told: &mut Vec<String>) -> Result<(), Failure> {
    let (bora, drava) = (world.member("Bora"), world.member("Drava"));
    let numbered = (0..).map(ObligationId).zip(world.state().obligations());
    let mut claims = numbered.filter(|(_, found)| {
        found.creditor == bora
            && found.debtor != drava
            && found.stage == Stage::Confirmed
            && found.instruction.is_none()
    });
    let Some((obligation, _)) = claims.next() else { return Ok(()) };
    let reason = "sold to raise money".to_owned();
    world.by_member(bora, &Action::OfferAssignment { obligation, to: drava, reason })?;
    world.by_member(drava, &Action::AcceptAssignment { obligation })?;
    world.remember(obligation.0 as usize);
    told.push("Bora Trade d.o.o. assigns a claim to Drava Energija d.d.".to_owned());
    Ok(())
}

fn leaves(world: &mut World, told: &mut Vec<String>) -> Result<(), Failure> {
    let member = world.member("Ossola");
    let reason = "the family sold the quarry".to_owned();
    let step = Step::RunOff;
    world.by_member(member, &Action::Stand { member, step, reason, evidence: None })?;
    told.push(
        "Ossola Pietre S.r.l. begins to leave: it settles, and takes on nothing new.".to_owned(),
    );
    Ok(())
}

/// Invoices of a month: declared by who sold, confirmed or disputed by who bought.
fn trade(world: &mut World, month: i8, told: &mut Vec<String>) -> Result<(), Failure> {
    world.go_to(date(2025, month, 12));
    let begun = world.state().obligations().len();
    let active = world.active();
    for (place, seller) in active.iter().enumerate() {
        let mut obligations = Vec::new();
        for _ in 0..6 + world.draws.below(7) {
            // Mostly to the next firms along the chain, so that debt runs in circles.
            let step = 1 + world.draws.below_cubed(active.len() as u64 - 1);
            let buyer = active[(place + usize::try_from(step).unwrap_or(1)) % active.len()];
            obligations.push(invoice(world, *seller, buyer, month, obligations.len()));
        }
        let file = Some(text_of(&format!("{} {month}", seller.0)));
        let declare = Action::Declare { obligations, file };
        let helped =
            ["Jelka", "Karst", "Pohorje"].iter().any(|n| world.name(*seller).starts_with(n));
        if month >= 5 && helped {
            world.later(Actor::Member(*seller), &[ACCOUNTANT.0], &declare)?;
        } else {
            world.member_later(*seller, &declare)?;
        }
    }
    world.end_day()?;
    world.go_to(date(2025, month, 14));
    let disputed = answers(world, begun)?;
    told.push(format!(
        "{}, {} of them disputed.",
        counted(world.state().obligations().len() - begun, "invoice", "invoices"),
        disputed
    ));
    Ok(())
}

fn invoice(
    world: &mut World,
    seller: MemberId,
    buyer: MemberId,
    month: i8,
    number: usize,
) -> Declaration {
    let share = world.draws.below(10);
    let mut passed = 0;
    let currency = CURRENCIES.iter().find(|(_, of_ten)| {
        passed += of_ten;
        share < passed
    });
    let minor = world.draws.pareto(80_00, (6, 5), 13);
    let issued = date(2025, month, 1 + i8::try_from(world.draws.below(10)).unwrap_or(0));
    let days = [0, 14, 30][usize::try_from(world.draws.below(3)).unwrap_or(0)];
    Declaration {
        debtor: buyer,
        creditor: seller,
        currency: code_of(currency.map_or("EUR", |(code, _)| code)),
        amount: amount(minor),
        issued,
        due: issued.saturating_add(jiff::Span::new().days(days)),
        reference: format!("{}-25{month:02}-{:02}", seller.0, number + 1),
        kind: Kind::Plain,
    }
}

/// The buyers answer; of what is disputed some is given up, some insisted on. Returns how much was disputed.
fn answers(world: &mut World, begun: usize) -> Result<usize, Failure> {
    let mut confirmed: BTreeMap<MemberId, Vec<ObligationId>> = BTreeMap::new();
    let mut disputed = Vec::new();
    let end = world.state().obligations().len();
    for place in begun..end {
        let number = ObligationId(u32::try_from(place).unwrap_or(u32::MAX));
        let (debtor, sum) = {
            let found = &world.state().obligations()[place];
            (found.debtor, found.outstanding)
        };
        if world.draws.below(40) > 0 {
            confirmed.entry(debtor).or_default().push(number);
            continue;
        }
        let part = (world.draws.below(2) == 0)
            .then(|| amount(u64::try_from(sum.0 / 3).unwrap_or(1).max(1)));
        let reason = "delivered short".to_owned();
        let evidence = Some(text_of("delivery note"));
        let dispute = Action::Dispute { obligation: number, part, reason, evidence };
        world.member_later(debtor, &dispute)?;
        disputed.push(place);
    }
    for (debtor, obligations) in confirmed {
        world.member_later(debtor, &Action::Confirm { obligations })?;
    }
    world.end_day()?;
    world.wait(24);
    let in_dispute: Vec<(ObligationId, MemberId)> = (0..)
        .map(ObligationId)
        .zip(world.state().obligations())
        .filter(|(_, found)| found.stage == Stage::Disputed && found.declared_by == Side::Creditor)
        .map(|(number, found)| (number, found.creditor))
        .collect();
    let active = world.active();
    for (obligation, seller) in in_dispute {
        if !active.contains(&seller) {
            continue;
        }
        let (answer, reason) = match world.draws.below(3) {
            0 => (Answer::Insist, "the delivery note is signed"),
            _ => (Answer::GiveUp, "credited"),
        };
        let reason = reason.to_owned();
        world.member_later(seller, &Action::Answer { obligation, answer, reason })?;
    }
    world.end_day()?;
    Ok(disputed.len())
}

/// The cycle of a month, with the payments of what it leaves.
fn clear(world: &mut World, month: i8, told: &mut Vec<String>) -> Result<(), Failure> {
    world.go_to(date(2025, month, 20));
    let number = CycleId(u32::try_from(world.state().cycles().len()).unwrap_or(u32::MAX));
    let together = month % 3 == 0;
    let mode = if together {
        let rate = |code, digits| (code_of(code), Amount(Decimal::new(digits, 4)));
        Mode::UnitOfAccount {
            unit: code_of("EUR"),
            rates: [rate("CHF", 9_412), rate("USD", 10_843)].into(),
            published: None,
        }
    } else {
        Mode::PerCurrency { currencies: codes() }
    };
    let value_date = world.today();
    world.by_operator(&Action::OpenCycle(Opening { mode, value_date }))?;
    world.by_operator(&Action::CutOff { cycle: number })?;
    world.wait(25);
    propose(world, number)?;
    if month == 8 {
        // Between result and finality: the result is void, and is found again without it.
        let donau = world.member("Donau");
        stand(world, donau, Step::Insolvency, "notice of the regional court of Linz")?;
        told.push("Donau Druck GmbH is insolvent: the result with it is void.".to_owned());
        propose(world, number)?;
    }
    let before = outstanding(world);
    world.by_operator(&Action::Finalise { cycle: number })?;
    let after = outstanding(world);
    let in_euro = (before - after, before);
    told.push(format!(
        "Cycle {} discharges {} of {} owed in euro{}.",
        number.0,
        percent(in_euro.0, in_euro.1),
        money(world.state().currencies()[0], in_euro.1),
        if together { ", all currencies together" } else { "" },
    ));
    world.by_operator(&Action::Instruct { cycle: number })?;
    pay(world, told)
}

fn propose(world: &mut World, cycle: CycleId) -> Result<(), Failure> {
    let (networks, clearings, digest) = cleared(world.state(), cycle)?;
    let action = proposal(world.state(), cycle, &networks, clearings, digest);
    world.by_operator(&action)
}

/// What is confirmed and owed in euro.
fn outstanding(world: &World) -> i128 {
    let open = world.state().obligations().iter();
    let euro = open.filter(|found| found.currency.0 == 0 && found.stage == Stage::Confirmed);
    euro.map(|found| found.outstanding.wide()).sum()
}

/// Most of what is to be paid is; some in part, some fails, some nobody answers.
fn pay(world: &mut World, told: &mut Vec<String>) -> Result<(), Failure> {
    world.wait(48);
    let open: Vec<(u32, MemberId, i128, u8)> = (0..)
        .zip(world.state().instructions())
        .filter(|(_, found)| found.stage == InstructionStage::Open)
        .map(|(n, found)| (n, found.creditor, found.amount - found.received, found.currency.0))
        .collect();
    let (mut paid, mut failed) = (0_usize, 0_usize);
    for (number, creditor, left, _) in open {
        let instruction = setoff_union::InstructionId(number);
        let whole = u64::try_from(left).unwrap_or(0);
        let action = match world.draws.below(20) {
            0 => {
                failed += 1;
                let reason = "returned by the bank: account closed".to_owned();
                Action::FailInstruction { instruction, reason }
            }
            1 => continue,
            2 => {
                let part = amount((whole / 2).max(1));
                Action::ConfirmInstruction { instruction, amount: part }
            }
            _ => {
                paid += 1;
                Action::ConfirmInstruction { instruction, amount: amount(whole) }
            }
        };
        // Two people's keys where the firm asked for them.
        let name = world.name(creditor).to_owned();
        let second = name.starts_with("Adler") && world.today() >= date(2025, 7, 2);
        let signers: &[&str] = if second { &[&name, "Adler, second"] } else { &[&name] };
        world.later(Actor::Member(creditor), signers, &action)?;
    }
    world.end_day()?;
    world.wait(24 * 6);
    let today = world.today();
    let days = i32::from(world.state().rulebook_on(today).instruction_days);
    let stale: Vec<u32> = (0..)
        .zip(world.state().instructions())
        .filter(|(_, found)| {
            found.stage == InstructionStage::Open && (today - found.issued).get_days() >= days
        })
        .map(|(number, _)| number)
        .collect();
    for number in stale {
        let instruction = setoff_union::InstructionId(number);
        world.later(Actor::Operator, &["operator"], &Action::ExpireInstruction { instruction })?;
    }
    world.end_day()?;
    told.push(format!("{} settled, {} failed.", counted(paid, "payment", "payments"), failed));
    Ok(())
}
