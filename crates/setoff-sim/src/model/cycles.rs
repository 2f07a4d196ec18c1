//! Cycles: what is frozen, which results are true, and what is final.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use setoff_money::Minor;
use setoff_union::{Discharge, Mode, NetworkResult, ObligationId, Opening, Portions, Stage};

use super::optimum::{Arc, is_largest};
use super::{Checked, Cycle, CycleStage, Model, must, there};

/// A whole number of one currency's minor units is worth `over / under` of another's.
#[derive(Clone, Copy, Debug)]
struct Worth {
    over: i128,
    under: i128,
}

impl Worth {
    fn down(self, amount: i64) -> i128 {
        i128::from(amount) * self.over / self.under
    }

    fn back_down(self, amount: i128) -> i128 {
        amount * self.under / self.over
    }
}

impl Model {
    /// What a minor unit of one currency is worth in another's at the rates of a cycle, in lowest
    /// terms; nothing where it has none.
    pub(super) fn worth_in(&self, cycle: u32, from: u8, to: u8) -> Option<(i128, i128)> {
        let opening = &self.cycles[cycle as usize].opening;
        if matches!(opening.mode, Mode::PerCurrency { .. }) {
            return None;
        }
        let scope = self.scope(opening).ok()?;
        let (from, to) = (scope.get(&from)?, scope.get(&to)?);
        let (over, under) = (from.over * to.under, from.under * to.over);
        let (mut a, mut b) = (over, under);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Some((over / a, under / a))
    }

    /// The currencies of a cycle, and what a minor unit of each is worth in what it clears in.
    fn scope(&self, opening: &Opening) -> Checked<BTreeMap<u8, Worth>> {
        let even = Worth { over: 1, under: 1 };
        let mut scope = BTreeMap::new();
        match &opening.mode {
            Mode::PerCurrency { currencies } => {
                for code in currencies {
                    scope.insert(self.known(*code)?, even);
                }
            }
            Mode::UnitOfAccount { unit, rates, .. } => {
                let unit = self.known(*unit)?;
                let decimals = |currency: u8| u32::from(self.currencies[usize::from(currency)].1);
                scope.insert(unit, even);
                for (code, rate) in rates {
                    let currency = self.known(*code)?;
                    // One major unit of the unit of account is `rate` major units of the other.
                    let over = 10_i128.pow(decimals(unit) + u32::from(rate.0.scale()));
                    let under = 10_i128.pow(decimals(currency)) * rate.0.digits();
                    must(under > 0, "rates are above zero", || format!("{rate:?}"))?;
                    let twice = scope.insert(currency, Worth { over, under }).is_some();
                    must(!twice, "a currency stands once", || code.to_string())?;
                }
            }
        }
        must(!scope.is_empty(), "a cycle has currencies", || format!("{opening:?}"))?;
        Ok(scope)
    }

    pub(super) fn open_cycle(&mut self, opening: Opening, day: Date) -> Checked {
        self.scope(&opening)?;
        let days = (opening.value_date - day).get_days();
        must((0..=62).contains(&days), "a value date is near", || format!("{days} days"))?;
        let (stage, candidates) = (CycleStage::Open, Vec::new());
        self.cycles.push(Cycle { opening, stage, candidates, until: Timestamp::MIN });
        Ok(())
    }

    pub(super) fn cut_off(&mut self, number: u32, at: Timestamp) -> Checked {
        let cycle = there(self.cycles.get(number as usize), "cycle", number)?;
        must(cycle.stage == CycleStage::Open, "cut off once", || format!("{cycle:?}"))?;
        let scope = self.scope(&cycle.opening)?;
        for (place, other) in self.cycles.iter().enumerate().filter(|(_, other)| other.holds()) {
            let apart = self.scope(&other.opening)?.keys().all(|key| !scope.contains_key(key));
            must(apart, "two cycles never hold one debt", || format!("{number} beside {place}"))?;
        }
        let value_date = cycle.opening.value_date;
        let hours = self.rulebook(value_date).correction_hours;
        let numbered = (0..).zip(&self.obligations);
        let candidates = numbered.filter(|(_, found)| {
            !found.stage.is_over()
                && found.instruction.is_none()
                && scope.contains_key(&found.currency)
                && self.may_clear(found, value_date)
        });
        let candidates = candidates.map(|(number, _)| number).collect();
        let cycle = &mut self.cycles[number as usize];
        cycle.candidates = candidates;
        cycle.until = at + SignedDuration::from_hours(i64::from(hours));
        cycle.stage = CycleStage::CutOff;
        Ok(())
    }

    /// The networks of a cycle that is cut off: by the currency they clear in, each debt with the
    /// amount that it enters with, by debtor, creditor, due date and number.
    fn networks(&self, cycle: &Cycle) -> Checked<BTreeMap<u8, Vec<(u32, i128)>>> {
        let scope = self.scope(&cycle.opening)?;
        let unit = match &cycle.opening.mode {
            Mode::PerCurrency { .. } => None,
            Mode::UnitOfAccount { unit, .. } => Some(self.known(*unit)?),
        };
        let active = |member: u32| self.members[member as usize].clears();
        let mut networks: BTreeMap<u8, Vec<(u32, i128)>> = BTreeMap::new();
        for &number in &cycle.candidates {
            let found = &self.obligations[number as usize];
            let amount = scope[&found.currency].down(found.outstanding);
            let clears = found.stage == Stage::Confirmed
                && active(found.debtor)
                && active(found.creditor)
                && (1..=1 << 62).contains(&amount);
            if clears {
                networks.entry(unit.unwrap_or(found.currency)).or_default().push((number, amount));
            }
        }
        for network in networks.values_mut() {
            network.sort_by_key(|(number, _)| {
                let found = &self.obligations[*number as usize];
                (found.debtor, found.creditor, found.due, *number)
            });
        }
        Ok(networks)
    }

    pub(super) fn propose_result(
        &mut self,
        number: u32,
        results: &[NetworkResult],
        at: Timestamp,
    ) -> Checked {
        let cycle = there(self.cycles.get(number as usize), "cycle", number)?;
        let whole = self.rulebook(cycle.opening.value_date).portions == Portions::Whole;
        let before = match &cycle.stage {
            CycleStage::Proposed(before) if whole => Some(before.clone()),
            stage => {
                must(*stage == CycleStage::CutOff, "one result at a time", || format!("{number}"))?;
                None
            }
        };
        must(at >= cycle.until, "results after the corrections", || format!("{number} at {at}"))?;
        let scope = self.scope(&cycle.opening)?;
        let networks = self.networks(cycle)?;
        must(networks.len() == results.len(), "a result for each network", || format!("{number}"))?;
        let mut discharges = Vec::new();
        for ((currency, debts), result) in networks.iter().zip(results) {
            let fits = self.currency(result.currency) == Some(*currency)
                && result.discharges.len() == debts.len();
            must(fits, "a result for each network", || format!("cycle {number}: {result:?}"))?;
            let arcs = debts.iter().zip(&result.discharges).map(|((n, amount), cleared)| {
                let found = &self.obligations[*n as usize];
                let (cleared, capacity, due) = (i128::from(*cleared), *amount, found.due);
                Arc { from: found.debtor, to: found.creditor, capacity, cleared, due }
            });
            let arcs: Vec<Arc> = arcs.collect();
            check_balanced(&arcs)?;
            if whole {
                check_whole(&arcs)?;
            } else {
                must(is_largest(&arcs), "a result is the largest there is", || {
                    format!("{arcs:?}")
                })?;
            }
            for ((n, amount), cleared) in debts.iter().zip(&result.discharges) {
                let found = &self.obligations[*n as usize];
                let own = if i128::from(*cleared) == *amount {
                    i128::from(found.outstanding)
                } else {
                    scope[&found.currency].back_down(i128::from(*cleared))
                };
                let own = Minor(i64::try_from(own).unwrap_or(i64::MAX));
                if own > Minor(0) {
                    let (obligation, before) = (ObligationId(*n), Minor(found.outstanding));
                    let value = Minor(i64::try_from(*cleared).unwrap_or(i64::MAX));
                    let (due, amount) = (found.due, own);
                    discharges.push(Discharge { obligation, before, amount, due, value });
                }
            }
        }
        if let Some(before) = before {
            let sum = |of: &[Discharge]| of.iter().map(|d| d.value.wide()).sum::<i128>();
            must(sum(&discharges) > sum(&before), "only a better result replaces one", || {
                format!("cycle {number}")
            })?;
        }
        self.cycles[number as usize].stage = CycleStage::Proposed(discharges);
        Ok(())
    }

    pub(super) fn finalise(&mut self, number: u32, at: Timestamp) -> Checked {
        let cycle = there(self.cycles.get(number as usize), "cycle", number)?;
        let CycleStage::Proposed(discharges) = cycle.stage.clone() else {
            return must(false, "final once, after a result", || format!("{:?}", cycle.stage));
        };
        let per_currency = matches!(cycle.opening.mode, Mode::PerCurrency { .. });
        let mut nets: BTreeMap<(u32, u8), i128> = BTreeMap::new();
        for Discharge { obligation, amount, .. } in &discharges {
            let found = self.obligation(obligation.0)?;
            *nets.entry((found.debtor, found.currency)).or_default() -= amount.wide();
            *nets.entry((found.creditor, found.currency)).or_default() += amount.wide();
            self.books.set_off(found.part(amount.0));
            self.discharge(obligation.0, amount.0)?;
        }
        if per_currency {
            let off = nets.iter().find(|(_, net)| **net != 0);
            must(off.is_none(), "a set-off changes no net position", || format!("{off:?}"))?;
        }
        self.cycles[number as usize].stage = CycleStage::Final { at, instructed: false };
        Ok(())
    }

    pub(super) fn abandon(&mut self, number: u32) -> Checked {
        let cycle = there(self.cycles.get_mut(number as usize), "cycle", number)?;
        let over = matches!(cycle.stage, CycleStage::Final { .. } | CycleStage::Abandoned);
        must(!over, "what is final stays final", || format!("cycle {number}"))?;
        cycle.stage = CycleStage::Abandoned;
        Ok(())
    }
}

/// Feasible and conserved.
fn check_balanced(arcs: &[Arc]) -> Checked {
    let mut nets: BTreeMap<u32, i128> = BTreeMap::new();
    for arc in arcs {
        must(
            (0..=arc.capacity).contains(&arc.cleared),
            "no debt is cleared beyond itself",
            || format!("{arc:?}"),
        )?;
        *nets.entry(arc.from).or_default() -= arc.cleared;
        *nets.entry(arc.to).or_default() += arc.cleared;
    }
    let off = nets.iter().find(|(_, net)| **net != 0);
    must(off.is_none(), "nobody pays or gains in a set-off", || format!("{off:?}"))
}

/// Whole or not at all, and of debts that are alike the one that is due first.
fn check_whole(arcs: &[Arc]) -> Checked {
    let part = arcs.iter().find(|arc| arc.cleared != 0 && arc.cleared != arc.capacity);
    must(part.is_none(), "debts are discharged whole", || format!("{part:?}"))?;
    let passed_over = |older: &&Arc| {
        older.cleared == 0
            && arcs.iter().any(|younger| {
                (younger.from, younger.to) == (older.from, older.to)
                    && younger.capacity == older.capacity
                    && younger.cleared > 0
                    && younger.due > older.due
            })
    };
    let older = arcs.iter().find(passed_over);
    must(older.is_none(), "of two alike the older goes first", || format!("{older:?}"))
}
