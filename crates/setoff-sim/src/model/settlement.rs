//! Instructions and payments for what a cycle left over.

use std::collections::BTreeMap;

use jiff::civil::Date;
use setoff_union::{Amount, InstructionStage, Stage};

use super::{Checked, CycleStage, Instruction, Model, must, there};

impl Model {
    pub(super) fn instruct(&mut self, number: u32, day: Date) -> Checked {
        let cycle = there(self.cycles.get(number as usize), "cycle", number)?;
        let ready = matches!(cycle.stage, CycleStage::Final { instructed: false, .. });
        must(ready, "instructions once, after finality", || format!("cycle {number}"))?;
        let value_date = cycle.opening.value_date;
        let mut pairs: BTreeMap<(u32, u32, u8), Vec<u32>> = BTreeMap::new();
        for &candidate in &cycle.candidates {
            let found = &self.obligations[candidate as usize];
            let to_pay = found.stage == Stage::Confirmed
                && found.instruction.is_none()
                && found.due <= value_date
                && found.held == [false, false]
                && self.holder(candidate).is_none();
            if to_pay {
                let pair = (found.debtor, found.creditor, found.currency);
                pairs.entry(pair).or_default().push(candidate);
            }
        }
        for ((debtor, creditor, currency), mut obligations) in pairs {
            obligations.sort_by_key(|n| (self.obligations[*n as usize].due, *n));
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
                obligations,
                issued: day,
                stage: InstructionStage::Open,
            });
        }
        if let CycleStage::Final { instructed, .. } = &mut self.cycles[number as usize].stage {
            *instructed = true;
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
        let amount = self.minor(amount, found.currency)?;
        let received = found.received + i128::from(amount);
        must(received <= found.amount, "no more than is to be paid", || {
            format!("{amount} on {found:?}")
        })?;
        let mut rest = amount;
        for obligation in &found.obligations {
            let owed = &self.obligations[*obligation as usize];
            let part = rest.min(owed.outstanding);
            if part > 0 {
                self.books.pay(owed.part(part));
                self.discharge(*obligation, part)?;
                rest -= part;
            }
        }
        must(rest == 0, "a payment discharges what it pays", || format!("{rest} of {found:?}"))?;
        let found = &mut self.instructions[number as usize];
        found.received = received;
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
