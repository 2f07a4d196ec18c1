//! Commands that run cycles and settle what they leave.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use jiff::ToSpan as _;
use setoff_clearing::{Seed, solve, solve_whole};
use setoff_money::Decimal;
use setoff_union::{
    Action, Amount, Code, CycleId, CycleNetwork, Digest, InstructionId, InstructionStage, Mode,
    NetworkResult, Opening, Portions, Role, Scope, networks, seed,
};

use super::{Author, Draft};
use crate::model::CycleStage;

/// Whole debts only, as far as a short search comes.
fn whole_debts(part: &CycleNetwork, ties: Seed) -> Option<Vec<u64>> {
    let mut looks = 0;
    let mut enough = |_| {
        looks += 1;
        if looks > 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    Some(solve_whole(&part.network, ties, &mut enough).ok()?.discharges)
}

impl Author<'_> {
    /// The next step of a cycle that is not over, or a new one.
    pub(super) fn cycle(&mut self) -> Option<Draft> {
        let running = |stage: &CycleStage| {
            !matches!(stage, CycleStage::Abandoned | CycleStage::Final { instructed: true, .. })
        };
        let numbered = (0..).map(CycleId).zip(&self.model.cycles);
        let live: Vec<_> = numbered.filter(|(_, cycle)| running(&cycle.stage)).collect();
        let Some((number, cycle)) = self.dice.pick(&live).copied() else {
            return self.open_cycle();
        };
        if live.len() < 2 && self.dice.one_in(8) {
            return self.open_cycle();
        }
        let over = matches!(cycle.stage, CycleStage::Final { .. });
        if !over && self.dice.one_in(25) {
            let action = Action::Abandon { cycle: number, reason: self.reason() };
            return Some(self.operator(action));
        }
        let action = match cycle.stage {
            CycleStage::Open => Action::CutOff { cycle: number },
            CycleStage::CutOff => return self.result(number),
            CycleStage::Proposed(_) if self.dice.one_in(3) => return self.result(number),
            CycleStage::Proposed(_) => Action::Finalise { cycle: number },
            CycleStage::Final { .. } | CycleStage::Abandoned => Action::Instruct { cycle: number },
        };
        Some(self.operator(action))
    }

    fn open_cycle(&mut self) -> Option<Draft> {
        let opening = self.opening()?;
        Some(self.operator(Action::OpenCycle(opening)))
    }

    pub(super) fn opening(&mut self) -> Option<Opening> {
        let codes: Vec<Code> = self.model.currencies.iter().map(|(code, _)| *code).collect();
        let one = *self.dice.pick(&codes)?;
        let mode = match self.dice.below(4) {
            0 => Mode::PerCurrency { currencies: vec![one] },
            1 => {
                let mut rates = BTreeMap::new();
                for code in codes.iter().filter(|code| **code != one) {
                    let rate = Decimal::new(i128::from(self.dice.within(5_000, 20_000)), 4);
                    rates.insert(*code, Amount(rate));
                }
                Mode::UnitOfAccount { unit: one, rates, published: None }
            }
            _ => Mode::PerCurrency { currencies: codes },
        };
        let value_date = self.today().saturating_add(self.dice.within(-1, 8).max(0).days());
        Some(Opening { mode, value_date })
    }

    /// The right result, or now and then a false one.
    fn result(&mut self, cycle: CycleId) -> Option<Draft> {
        let networks = networks(self.state, cycle).ok()?;
        let seed = seed(self.state, cycle, &networks);
        let mut results = Vec::new();
        for part in &networks {
            let ties = if self.dice.one_in(4) { Seed(self.dice.bytes()) } else { seed };
            let clearing = solve(&part.network, ties);
            let discharges = match self.whole(cycle) {
                // A poor one, in whose place a better may come.
                true if self.dice.one_in(3) => vec![0; clearing.discharges.len()],
                true => whole_debts(part, ties)?,
                false => clearing.discharges,
            };
            results.push(NetworkResult {
                currency: self.model.currencies[usize::from(part.currency.0)].0,
                discharges,
                potentials: clearing.certificate.potentials,
            });
        }
        let mut cleared = Digest(seed.0);
        if self.dice.one_in(3) {
            self.falsify(&mut results, &mut cleared);
        }
        let action = Action::ProposeResult { cycle, cleared, results };
        if self.dice.one_in(4) {
            // Anyone may hand in a result.
            let member = self.active()?;
            return Some(self.by(member, action, Role::Submit, None));
        }
        Some(self.operator(action))
    }

    fn whole(&self, cycle: CycleId) -> bool {
        let value_date = self.model.cycles[cycle.0 as usize].opening.value_date;
        self.model.rulebook(value_date).portions == Portions::Whole
    }

    fn falsify(&mut self, results: &mut Vec<NetworkResult>, cleared: &mut Digest) {
        let kind = self.dice.below(6);
        let place = self.dice.below(results.len());
        let Some(result) = results.get_mut(place) else { return };
        let debt = self.dice.below(result.discharges.len());
        match kind {
            // Too little for somebody.
            0 => result.discharges.iter_mut().skip(debt).take(1).for_each(|d| *d /= 2),
            // Too much.
            1 => result.discharges.iter_mut().skip(debt).take(1).for_each(|d| *d += 1),
            // Feasible, and not the largest.
            2 => result.discharges.fill(0),
            3 => result.potentials.iter_mut().skip(debt).take(1).for_each(|p| *p += 1),
            4 => *cleared = Digest(self.dice.bytes()),
            _ => drop(results.pop()),
        }
    }

    pub(super) fn instruction(&mut self) -> Option<Draft> {
        let numbered = (0..).map(InstructionId).zip(&self.model.instructions);
        let open = numbered.filter(|(_, i)| i.stage == InstructionStage::Open);
        let open: Vec<_> = open.collect();
        let (instruction, found) = *self.dice.pick(&open)?;
        let receives = Some(Scope::Receive);
        match self.dice.below(10) {
            0 => {
                let action = Action::FailInstruction { instruction, reason: self.reason() };
                let member = if self.dice.one_in(2) { found.debtor } else { found.creditor };
                Some(self.by(member, action, Role::Approve, receives))
            }
            1 => Some(self.operator(Action::ExpireInstruction { instruction })),
            _ => {
                let (currency, left) = found.to_pay();
                let left = i64::try_from(left).unwrap_or(1 << 62).min(1 << 62);
                let amount =
                    if self.dice.one_in(2) { left } else { self.dice.within(1, left.max(1)) };
                let amount = self.amount(currency, amount);
                let action = Action::ConfirmInstruction { instruction, amount };
                Some(self.by(found.creditor, action, Role::Approve, receives))
            }
        }
    }
}
