//! The node's state beside the model.

use setoff_union::{
    Account, CurrencyId, InstructionStage, MemberId, ObligationId, Outcome, Stage, State,
};

use super::{Checked, Cycle, CycleStage, Model, limits_of, must};

impl Model {
    /// Compares what the last commands touched, all balances, and how many there are of everything.
    ///
    /// # Errors
    /// [`Broken`](super::Broken): the first difference.
    pub fn compare(&mut self, state: &State) -> Checked {
        self.compare_counts(state)?;
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        touched.iter().try_for_each(|number| self.compare_obligation(state, *number))?;
        self.compare_books(state)
    }

    /// Compares everything.
    ///
    /// # Errors
    /// [`Broken`](super::Broken): the first difference.
    pub fn compare_all(&mut self, state: &State) -> Checked {
        self.compare(state)?;
        let count = u32::try_from(self.obligations.len()).unwrap_or(u32::MAX);
        (0..count).try_for_each(|number| self.compare_obligation(state, number))?;
        self.compare_sums(state)?;
        self.compare_members(state)?;
        for (own, theirs) in self.proposals.iter().zip(state.proposals()) {
            let same = own.votes.len() == theirs.votes.len()
                && theirs.votes.iter().all(|(who, how)| own.votes.get(&who.0) == Some(how))
                && same_outcome(own.outcome.as_ref(), theirs.outcome.as_ref());
            must(same, "votes are as given", || format!("{own:?} and {theirs:?}"))?;
        }
        for (own, theirs) in self.cycles.iter().zip(state.cycles()) {
            must(same_cycle(own, theirs), "cycles stand as they should", || {
                format!("{own:?} and {theirs:?}")
            })?;
        }
        for (own, theirs) in self.instructions.iter().zip(state.instructions()) {
            let same = (own.debtor, own.creditor) == (theirs.debtor.0, theirs.creditor.0)
                && (own.amount, own.received) == (theirs.amount, theirs.received)
                && own.paid_as.map(|paid| (paid.currency, paid.amount, paid.received))
                    == theirs.payable.map(|paid| (paid.currency.0, paid.amount, paid.received))
                && own.stage == theirs.stage
                && (own.received == own.amount) == (own.stage == InstructionStage::Settled)
                && own.obligations.iter().eq(theirs.obligations.iter().map(|number| &number.0));
            must(same, "instructions are as paid", || format!("{own:?} and {theirs:?}"))?;
        }
        for (own, theirs) in self.agreements.iter().zip(state.agreements()) {
            let same = own.draft == theirs.draft
                && own.ended == theirs.ended
                && own.signed.iter().eq(theirs.signed.iter().map(|party| &party.0));
            must(same, "agreements are as signed", || format!("{own:?} and {theirs:?}"))?;
        }
        Ok(())
    }

    fn compare_counts(&self, state: &State) -> Checked {
        let own = [
            self.members.len(),
            self.keys.len(),
            self.obligations.len(),
            self.proposals.len(),
            self.cycles.len(),
            self.instructions.len(),
            self.agreements.len(),
        ];
        let theirs = [
            state.members().len(),
            state.keys().len(),
            state.obligations().len(),
            state.proposals().len(),
            state.cycles().len(),
            state.instructions().len(),
            state.agreements().len(),
        ];
        must(own == theirs, "as many of everything", || format!("{own:?} and {theirs:?}"))?;
        must(self.accepted == state.position().0, "every command has a position", || {
            format!("{} and {}", self.accepted, state.position())
        })?;
        let time = self.last.is_none_or(|last| last == state.last_received());
        must(time, "the time of receipt counts", || {
            format!("{:?} and {}", self.last, state.last_received())
        })
    }

    fn compare_obligation(&self, state: &State, number: u32) -> Checked {
        let own = &self.obligations[number as usize];
        let theirs = &state.obligations()[number as usize];
        let same = (own.debtor, own.creditor) == (theirs.debtor.0, theirs.creditor.0)
            && (own.amount, own.outstanding) == (theirs.amount.0, theirs.outstanding.0)
            && (own.currency, own.kind) == (theirs.currency.0, theirs.kind)
            && (own.issued, own.due) == (theirs.issued, theirs.due)
            && (own.stage, own.declared_by) == (theirs.stage, theirs.declared_by)
            && own.held == [theirs.held_by_debtor, theirs.held_by_creditor]
            && own.instruction == theirs.instruction.map(|number| number.0)
            && own.asked.as_ref() == state.asked(ObligationId(number))
            && own.reference == state.reference(theirs);
        must(same, "debts are as they should be", || {
            format!("obligation {number} should be {own:?}, and is {theirs:?}")
        })
    }

    /// Every account of every member is as it should be, and the ledger balances.
    fn compare_books(&self, state: &State) -> Checked {
        must(state.ledger().is_balanced(self.currencies.len()), "the ledger balances", || {
            "it does not".to_owned()
        })?;
        let members = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        let currencies = u8::try_from(self.currencies.len()).unwrap_or(u8::MAX);
        for member in 0..members {
            for currency in 0..currencies {
                let own = self.books.of(member, currency);
                let theirs = state.ledger().balances(MemberId(member), CurrencyId(currency));
                let same = own.receivable == theirs.of(Account::Receivable)
                    && own.payable == theirs.of(Account::Payable)
                    && own.invoiced == theirs.of(Account::Invoiced)
                    && own.set_off == theirs.of(Account::SetOff)
                    && own.money == theirs.of(Account::Money)
                    && own.assigned == theirs.of(Account::Assigned);
                must(same, "money is conserved", || {
                    format!("member {member}, currency {currency}: {own:?} and {theirs:?}")
                })?;
            }
        }
        Ok(())
    }

    /// What the accounts say is what the agreed debts say.
    fn compare_sums(&self, state: &State) -> Checked {
        let mut sums = std::collections::BTreeMap::<(u32, u8), (i128, i128)>::new();
        for found in self.obligations.iter().filter(|o| o.stage == Stage::Confirmed) {
            let outstanding = i128::from(found.outstanding);
            sums.entry((found.creditor, found.currency)).or_default().0 += outstanding;
            sums.entry((found.debtor, found.currency)).or_default().1 -= outstanding;
        }
        for (member, _) in (0..).zip(&self.members) {
            for (currency, _) in (0..).zip(&self.currencies) {
                let sum = sums.get(&(member, currency)).copied().unwrap_or_default();
                let balances = state.ledger().balances(MemberId(member), CurrencyId(currency));
                let said = (balances.of(Account::Receivable), balances.of(Account::Payable));
                must(sum == said, "accounts are what is owed", || {
                    format!("member {member}, currency {currency}: {sum:?} and {said:?}")
                })?;
            }
        }
        Ok(())
    }

    fn compare_members(&self, state: &State) -> Checked {
        let mut open = vec![0_u32; self.members.len()];
        for found in self.obligations.iter().filter(|o| !o.stage.is_over()) {
            open[found.debtor as usize] += 1;
            open[found.creditor as usize] += 1;
        }
        for ((own, theirs), open) in self.members.iter().zip(state.members()).zip(open) {
            let same = own.standing == theirs.standing
                && own.limits == limits_of(&theirs.two_people_over)
                && (own.before, own.run_off_until) == (theirs.before, theirs.run_off_until)
                && own.merger == theirs.merger.as_ref().map(|offer| offer.into.0)
                && own.merged_into == theirs.merged_into.map(|member| member.0)
                && own.way == theirs.way
                && own.pays_in == theirs.currency.map(|currency| currency.0)
                && open == theirs.open;
            must(same, "members stand as they should", || {
                format!("{own:?} with {open} open, and {theirs:?}")
            })?;
        }
        for key in state.keys() {
            let own = self.keys.get(&key.key.public);
            let same = own.is_some_and(|own| own.live == key.is_live());
            must(same, "keys count as they should", || format!("{own:?} and {key:?}"))?;
        }
        Ok(())
    }
}

fn same_outcome(own: Option<&Outcome>, theirs: Option<&Outcome>) -> bool {
    use Outcome::PassedWithoutEffect;
    match (own, theirs) {
        // For what cause is the rules' to say.
        (Some(PassedWithoutEffect(_)), Some(PassedWithoutEffect(_))) => true,
        (own, theirs) => own == theirs,
    }
}

fn same_cycle(own: &Cycle, theirs: &setoff_union::Cycle) -> bool {
    use setoff_union::CycleStage as Theirs;
    let frozen = theirs.frozen().is_none_or(|cut_off| {
        cut_off.corrections_until == own.until
            && own.candidates.iter().eq(cut_off.candidates.iter().map(|number| &number.0))
    });
    frozen
        && match (&own.stage, &theirs.stage) {
            (CycleStage::Open, Theirs::Open)
            | (CycleStage::CutOff, Theirs::CutOff(_))
            | (CycleStage::Abandoned, Theirs::Abandoned { .. }) => true,
            (CycleStage::Proposed(own), Theirs::Proposed { discharges, .. }) => own == discharges,
            (
                CycleStage::Final { at, instructed },
                Theirs::Final { at: theirs_at, instructed: theirs, .. },
            ) => at == theirs_at && instructed == theirs,
            _ => false,
        }
}
