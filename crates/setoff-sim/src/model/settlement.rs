//! Instructions and payments for what a cycle left over.

use std::collections::BTreeMap;

use jiff::civil::Date;
use setoff_union::{Amount, InstructionStage, Kind, Side, Stage, Way, Ways};

use super::{Checked, CycleStage, Instruction, Model, Obligation, PaidAs, must, there};

impl Instruction {
    /// What a payment discharges: all that is left where it is the last, else what has come in all
    /// is worth, rounded down, less what was discharged before.
    pub(super) fn discharged_by(&self, paid: i64) -> i128 {
        let Some(paid_as) = self.paid_as else { return i128::from(paid) };
        let come = paid_as.received + i128::from(paid);
        if come >= paid_as.amount {
            return self.amount - self.received;
        }
        let (over, under) = paid_as.worth;
        come / over * under + come % over * under / over - self.received
    }
}

impl Model {
    pub(super) fn instruct(&mut self, number: u32, day: Date) -> Checked {
        let cycle = there(self.cycles.get(number as usize), "cycle", number)?;
        let ready = matches!(cycle.stage, CycleStage::Final { instructed: false, .. });
        must(ready, "instructions once, after finality", || format!("cycle {number}"))?;
        let value_date = cycle.opening.value_date;
        let rules = self.rulebook(value_date).settlement.clone();
        let centre = rules.centre.map(|n| n.0).filter(|n| self.members[*n as usize].clears());
        let mut pairs: BTreeMap<(u32, u32, u8), Vec<u32>> = BTreeMap::new();
        let (mut netted, mut single) = (Vec::new(), Vec::new());
        for &candidate in &cycle.candidates {
            let found = &self.obligations[candidate as usize];
            let to_pay = found.stage == Stage::Confirmed
                && found.instruction.is_none()
                && found.due <= value_date
                && found.held == [false, false]
                && self.holder(candidate).is_none();
            if !to_pay {
                continue;
            }
            let sides = [found.debtor, found.creditor];
            let nets = |n: &u32| self.nets(*n, &rules);
            let clears = |n: &u32| self.members[*n as usize].clears();
            let pair = (found.debtor, found.creditor, found.currency);
            if centre.is_some() && sides.iter().all(|n| nets(n) && clears(n)) {
                netted.push(candidate);
            } else if sides.iter().all(nets) {
                pairs.entry(pair).or_default().push(candidate);
            } else {
                single.push((pair, vec![candidate]));
            }
        }
        if let Some(centre) = centre {
            self.novate(number, centre, &netted, day)?;
        }
        for (pair, mut obligations) in pairs.into_iter().chain(single) {
            obligations.sort_by_key(|n| (self.obligations[*n as usize].due, *n));
            self.add_instruction(number, pair, obligations, day);
        }
        if let CycleStage::Final { instructed, .. } = &mut self.cycles[number as usize].stage {
            *instructed = true;
        }
        Ok(())
    }

    /// Whether a member settles net, by its choice where it has one.
    fn nets(&self, member: u32, rules: &Ways) -> bool {
        let chosen = self.members[member as usize].way.filter(|way| rules.allowed.contains(way));
        chosen.map_or_else(|| rules.allowed.contains(&Way::Net), |way| way == Way::Net)
    }

    /// In another currency only if both chose that one, and the cycle has rates.
    fn paid_as(
        &self,
        cycle: u32,
        (debtor, creditor, currency): (u32, u32, u8),
        amount: i128,
    ) -> Option<PaidAs> {
        let value_date = self.cycles[cycle as usize].opening.value_date;
        let chosen = |member: u32| self.members[member as usize].pays_in;
        let own =
            chosen(debtor).filter(|own| chosen(creditor) == Some(*own) && *own != currency)?;
        if !self.rulebook(value_date).settlement.own_currency {
            return None;
        }
        let (over, under) = self.worth_in(cycle, currency, own)?;
        // Rounded up, in two parts so that nothing is too large on the way.
        let rest = amount % under * over;
        let amount = (amount / under).checked_mul(over)? + (rest + under - 1) / under;
        Some(PaidAs { currency: own, amount, received: 0, worth: (over, under) })
    }

    fn add_instruction(
        &mut self,
        cycle: u32,
        pair: (u32, u32, u8),
        obligations: Vec<u32>,
        day: Date,
    ) {
        let (debtor, creditor, currency) = pair;
        let of = |n: &u32| i128::from(self.obligations[*n as usize].outstanding);
        let amount = obligations.iter().map(of).sum();
        let own = u32::try_from(self.instructions.len()).unwrap_or(u32::MAX);
        for number in &obligations {
            self.touch(*number).instruction = Some(own);
        }
        self.instructions.push(Instruction {
            debtor,
            creditor,
            currency,
            amount,
            received: 0,
            paid_as: self.paid_as(cycle, pair, amount),
            obligations,
            issued: day,
            stage: InstructionStage::Open,
        });
    }

    /// Net positions with the centre take the place of these debts: nobody's position changes.
    fn novate(&mut self, cycle: u32, centre: u32, ended: &[u32], day: Date) -> Checked {
        let mut positions: BTreeMap<(u8, u32), i128> = BTreeMap::new();
        for &number in ended {
            let found = self.obligations[number as usize].clone();
            let amount = found.outstanding;
            *positions.entry((found.currency, found.debtor)).or_default() -= i128::from(amount);
            *positions.entry((found.currency, found.creditor)).or_default() += i128::from(amount);
            self.books.novate(found.part(amount));
            self.discharge(number, amount)?;
        }
        for ((currency, member), position) in positions {
            if member == centre || position == 0 {
                continue;
            }
            let (debtor, creditor) = if position < 0 { (member, centre) } else { (centre, member) };
            let mut rest = position.abs();
            let mut numbers = Vec::new();
            while rest > 0 {
                let amount = i64::try_from(rest.min(1 << 62)).unwrap_or(1 << 62);
                rest -= i128::from(amount);
                let part = match numbers.len() {
                    0 => String::new(),
                    parts => format!(", part {}", parts + 1),
                };
                let number = u32::try_from(self.obligations.len()).unwrap_or(u32::MAX);
                let arising = Obligation {
                    debtor,
                    creditor,
                    currency,
                    amount,
                    outstanding: amount,
                    issued: day,
                    due: day,
                    reference: format!("net position of cycle {cycle}{part}"),
                    kind: Kind::NetPosition,
                    stage: Stage::Confirmed,
                    declared_by: Side::Creditor,
                    held: [false; 2],
                    instruction: None,
                    asked: None,
                };
                self.books.replace(arising.part(amount));
                self.obligations.push(arising);
                numbers.push(number);
            }
            self.add_instruction(cycle, (debtor, creditor, currency), numbers, day);
        }
        Ok(())
    }

    fn open_instruction(&self, number: u32) -> Checked<Instruction> {
        let found = there(self.instructions.get(number as usize), "instruction", number)?;
        must(found.stage == InstructionStage::Open, "what is over stays", || format!("{found:?}"))?;
        Ok(found.clone())
    }

    pub(super) fn confirm_instruction(
        &mut self,
        member: u32,
        number: u32,
        amount: Amount,
    ) -> Checked {
        let found = self.open_instruction(number)?;
        must(member == found.creditor, "who is paid confirms", || format!("{member}: {found:?}"))?;
        let (currency, left) = found.to_pay();
        let paid = self.minor(amount, currency)?;
        must(i128::from(paid) <= left, "no more than is to be paid", || {
            format!("{paid} on {found:?}")
        })?;
        let discharged = found.discharged_by(paid);
        let received = found.received + discharged;
        let mut rest = discharged;
        for obligation in &found.obligations {
            let owed = &self.obligations[*obligation as usize];
            let part = i64::try_from(rest).map_or(owed.outstanding, |r| r.min(owed.outstanding));
            if part > 0 {
                self.books.pay(owed.part(part));
                self.discharge(*obligation, part)?;
                rest -= i128::from(part);
            }
        }
        must(rest == 0, "a payment discharges what it pays", || format!("{rest} of {found:?}"))?;
        let found = &mut self.instructions[number as usize];
        found.received = received;
        if let Some(as_paid) = &mut found.paid_as {
            as_paid.received += i128::from(paid);
        }
        if received == found.amount {
            found.stage = InstructionStage::Settled;
        }
        Ok(())
    }

    pub(super) fn fail_instruction(&mut self, member: u32, number: u32, reason: &str) -> Checked {
        let found = self.open_instruction(number)?;
        let side = member == found.debtor || member == found.creditor;
        must(side, "a side says that it failed", || format!("{member}: {found:?}"))?;
        must(!reason.trim().is_empty(), "a reason is given", || format!("{found:?}"))?;
        self.give_back(number, InstructionStage::Failed { reason: reason.to_owned() });
        Ok(())
    }

    pub(super) fn expire(&mut self, number: u32, day: Date) -> Checked {
        let found = self.open_instruction(number)?;
        let days = (day - found.issued).get_days();
        let needed = i32::from(self.rulebook(day).instruction_days);
        must(days >= needed, "it goes stale in its time", || format!("{days} days: {found:?}"))?;
        self.give_back(number, InstructionStage::Stale);
        Ok(())
    }

    fn give_back(&mut self, number: u32, stage: InstructionStage) {
        for obligation in self.instructions[number as usize].obligations.clone() {
            self.touch(obligation).instruction = None;
        }
        self.instructions[number as usize].stage = stage;
    }
}
