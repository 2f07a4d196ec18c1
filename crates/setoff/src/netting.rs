//! From obligations to an outcome: converts, hands each clearing to the engine, checks what comes
//! back, and adds up positions, payments and circles.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use setoff_clearing::{
    Circles, Clearing, Debt, Network, Progress, Seed, Stopped, Watch, bilateral, circles, flow,
    net_positions, novation_flow,
};
use setoff_formats::{Member, Obligations};
use setoff_money::{Currency, Minor, Rate};

use crate::canonical;
use crate::choosing::{Among, Choice, Chosen, Weighing, choose};
use crate::failure::Failure;
use crate::outcome::{Converted, CurrencyClearing, Mode, Outcome, Party, Payment, Position};

/// What the person who clears may choose.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How debts are set off.
    pub(crate) mode: Mode,
    /// Which set-off it is to be, in mode set-off.
    pub(crate) choice: Choice,
    /// The netting centre's name, in mode novation.
    pub(crate) centre: String,
    /// The unit of account in which all currencies clear together, and every currency's rate to
    /// it in the order of [`Obligations::currencies`].
    pub(crate) unit: Option<(Currency, Vec<Rate>)>,
    /// What decides between equally large clearings; the input's own hash if `None`.
    pub(crate) seed: Option<Seed>,
    /// How long the optimiser may take in all, in mode set-off.
    pub(crate) time_limit: Option<Duration>,
    /// What clears in mode set-off. It is not trusted: what it answers is verified.
    pub(crate) engine: Engine,
}

/// An optimiser, as [`setoff_clearing::solve_watched`] is one.
pub(crate) type Engine =
    fn(&Network, Seed, &mut dyn FnMut(Watch<'_>) -> ControlFlow<()>) -> Result<Clearing, Stopped>;

/// What is to be cleared of a currency, and until when.
pub(crate) struct Task {
    pub(crate) currency: Currency,
    pub(crate) seed: Seed,
    /// When the optimiser stops with what it has.
    pub(crate) deadline: Option<Instant>,
}

/// What the clearing is about.
#[derive(Clone, Copy)]
pub(crate) enum Stage<'a> {
    /// The optimiser looks for the largest set-off, and is so far.
    Optimise(Progress),
    /// The same, in this currency, with a look at how large it can be at most.
    Watch(Currency, Watch<'a>),
    /// The checker goes through the optimiser's result.
    Verify,
    /// The rest: networks are made of obligations, and circles and positions of discharges.
    Account,
}

/// Clears `obligations`; `progress` hears what it is about.
///
/// # Errors
/// [`Failure::Input`] if an amount does not fit the unit of account or the network is too large
/// for its weights, [`Failure::Bug`] if the engine's answer does not verify.
pub(crate) fn clear(
    obligations: Obligations,
    settings: &Settings,
    progress: &mut dyn FnMut(Stage<'_>),
) -> Result<Outcome, Failure> {
    let ranks = canonical::ranks(&obligations);
    let order = canonical::order(&obligations, &ranks);
    let seed = settings.seed.unwrap_or_else(|| canonical::seed(&obligations, &order));
    let amounts = clearing_amounts(&obligations, settings.unit.as_ref())?;
    let mut in_clearing = vec![0; obligations.rows().len()];

    let deadline = settings.time_limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut among = settings.choice.among;
    let mut clearings = Vec::new();
    for (currency, rows) in divide(&obligations, &order, &amounts, settings.unit.as_ref()) {
        let part = Part { obligations: &obligations, amounts: &amounts, ranks: &ranks, rows };
        let task = Task { currency, seed, deadline };
        let (clearing, discharges, chosen) = part.clear(&task, settings, progress)?;
        if chosen != settings.choice.among {
            among = chosen;
        }
        for (&row, discharge) in clearing.rows.iter().zip(discharges) {
            in_clearing[row] = discharge;
        }
        clearings.push(clearing);
    }

    if among == Among::Default {
        // One choice holds of all clearings. Whatever was chosen is a largest set-off, too.
        for proof in clearings.iter_mut().filter_map(|clearing| clearing.proof.as_mut()) {
            proof.even.clear();
            if !settings.choice.whole {
                proof.searched = None;
            }
        }
    }

    let (discharged, converted) = match &settings.unit {
        None => (in_clearing.iter().map(|&d| to_minor(d)).collect(), None),
        Some((_, rates)) => {
            let back = back_to_own_currency(&obligations, &amounts, &in_clearing, rates);
            (back, Some(Converted { amounts, discharged: in_clearing }))
        }
    };
    let centre = (settings.mode == Mode::Novation).then(|| settings.centre.clone());
    let mut outcome = Outcome {
        obligations,
        mode: settings.mode,
        choice: Choice { among, ..settings.choice },
        given_up: (among != settings.choice.among).then_some(settings.choice.among),
        centre,
        seed,
        discharged,
        converted,
        clearings,
        payments: Vec::new(),
    };
    outcome.payments = match settings.mode {
        Mode::SetOff | Mode::Bilateral => outstanding_payments(&outcome, &order),
        Mode::Novation => net_payments(&outcome),
    };
    Ok(outcome)
}

/// The obligations of one currency as the engine sees them.
pub(crate) struct CurrencyNetwork {
    /// The currency.
    pub(crate) currency: Currency,
    /// The obligations' rows in canonical order, that of the network's debts.
    pub(crate) rows: Vec<usize>,
    /// Who takes part, by name, in the network's numbering.
    pub(crate) members: Vec<Member>,
    /// Who owes whom.
    pub(crate) network: Network,
}

/// Each currency's network, by code, and the seed that follows from the obligations.
///
/// # Errors
/// [`Failure::Input`] if a network is too large for its weights.
pub(crate) fn networks(obligations: &Obligations) -> Result<(Vec<CurrencyNetwork>, Seed), Failure> {
    let ranks = canonical::ranks(obligations);
    let order = canonical::order(obligations, &ranks);
    let amounts = clearing_amounts(obligations, None)?;
    let parts = divide(obligations, &order, &amounts, None).into_iter();
    let networks = parts.map(|(currency, rows)| {
        let part = Part { obligations, amounts: &amounts, ranks: &ranks, rows };
        let (members, network) = part.network(currency, Weighing::Weights)?;
        Ok(CurrencyNetwork { currency, rows: part.rows, members, network })
    });
    Ok((networks.collect::<Result<_, Failure>>()?, canonical::seed(obligations, &order)))
}

/// Every obligation's amount in the currency in which it clears.
fn clearing_amounts(
    obligations: &Obligations,
    unit: Option<&(Currency, Vec<Rate>)>,
) -> Result<Vec<u64>, Failure> {
    let convert = |row: &setoff_formats::Obligation| match unit {
        None => Ok(row.amount),
        Some((unit, rates)) => {
            rates[usize::from(row.currency)].convert_down(row.amount).ok_or_else(|| {
                let from = &obligations.currencies()[usize::from(row.currency)];
                Failure::Input(format!(
                    "line {}: {} {} is more than 2^62 minor units of {}: the limit of one amount",
                    row.place.line,
                    from.format_readable(row.amount.wide()),
                    from,
                    unit,
                ))
            })
        }
    };
    let to_u64 = |amount: Minor| u64::try_from(amount.0).expect("amounts are above zero");
    obligations.rows().iter().map(|row| convert(row).map(to_u64)).collect()
}

/// The rows that take part in each clearing, in canonical order, by currency code.
fn divide(
    obligations: &Obligations,
    order: &[usize],
    amounts: &[u64],
    unit: Option<&(Currency, Vec<Rate>)>,
) -> BTreeMap<Currency, Vec<usize>> {
    let mut parts: BTreeMap<Currency, Vec<usize>> = BTreeMap::new();
    for &row in order {
        let own = obligations.currencies()[usize::from(obligations.rows()[row].currency)];
        let part = parts.entry(unit.map_or(own, |(unit, _)| *unit)).or_default();
        if amounts[row] > 0 {
            part.push(row);
        }
    }
    parts
}

/// The discharges in the unit of account, back in each obligation's own currency: whole if whole
/// there, otherwise rounded down.
fn back_to_own_currency(
    obligations: &Obligations,
    amounts: &[u64],
    discharged: &[u64],
    rates: &[Rate],
) -> Vec<Minor> {
    let back = |row: usize| {
        let obligation = &obligations.rows()[row];
        if amounts[row] > 0 && discharged[row] == amounts[row] {
            return obligation.amount;
        }
        let rate = rates[usize::from(obligation.currency)].inverse();
        let back = rate.convert_down(to_minor(discharged[row]));
        let back = back.expect("a part converts back to less than the amount it is a part of");
        debug_assert!(back <= obligation.amount);
        back
    };
    (0..obligations.rows().len()).map(back).collect()
}

fn to_minor(amount: u64) -> Minor {
    Minor(i64::try_from(amount).expect("amounts are at most 2^62"))
}

/// The rows of one clearing, before it.
struct Part<'a> {
    obligations: &'a Obligations,
    amounts: &'a [u64],
    ranks: &'a [u32],
    /// In canonical order.
    rows: Vec<usize>,
}

impl Part<'_> {
    fn clear(
        self,
        task: &Task,
        settings: &Settings,
        progress: &mut dyn FnMut(Stage<'_>),
    ) -> Result<(CurrencyClearing, Vec<u64>, Among), Failure> {
        let currency = task.currency;
        let (members, network) = self.network(currency, settings.choice.weighing)?;
        let weights: Vec<u32> =
            self.rows.iter().map(|&row| self.obligations.rows()[row].weight).collect();
        let asked = settings.choice.among;
        let (discharges, proof, among) = match settings.mode {
            Mode::SetOff => {
                let found = choose(&network, &weights, settings, task, progress)?;
                progress(Stage::Account);
                let Chosen { discharges, proof, among } = found;
                (discharges, Some(proof), among)
            }
            Mode::Bilateral => (bilateral(&network), None, asked),
            Mode::Novation => {
                (network.debts().iter().map(|debt| debt.amount).collect(), None, asked)
            }
        };
        let nets = net_positions(&network);
        let centre = self.centre(settings, &members);
        let flow = match centre {
            Some(centre) => novation_flow(&network, centre),
            None => flow(&network, &discharges),
        };
        let parties = network.members().max(centre.map_or(0, |centre| centre + 1));
        let find: Box<dyn FnOnce() -> Circles + Send> = Box::new(move || {
            circles(parties, &flow).expect("what each mode discharges is conserved at every member")
        });
        let positions = positions(&network, &discharges, centre, &nets);
        let gross = positions.iter().map(|p| p.owed).sum();
        let residual: i128 = match settings.mode {
            Mode::SetOff | Mode::Bilateral => positions.iter().map(|p| p.owed_after).sum(),
            Mode::Novation => nets.iter().filter(|&&net| net < 0).map(|net| -net).sum(),
        };
        let weighted = weights.iter().zip(&discharges);
        let weighted = weighted.map(|(&w, &f)| i128::from(w) * i128::from(f)).sum();
        let clearing = CurrencyClearing {
            currency,
            rows: self.rows,
            members,
            gross,
            cleared: gross - residual,
            weighted,
            proof,
            positions,
            circles: LazyLock::new(find),
        };
        Ok((clearing, discharges, among))
    }

    /// The members that take part, by name, and the debts between them in canonical order.
    fn network(
        &self,
        currency: Currency,
        weighing: Weighing,
    ) -> Result<(Vec<Member>, Network), Failure> {
        let mut takes_part = vec![false; self.ranks.len()];
        for &row in &self.rows {
            let obligation = &self.obligations.rows()[row];
            takes_part[obligation.debtor.0 as usize] = true;
            takes_part[obligation.creditor.0 as usize] = true;
        }
        let mut members: Vec<Member> =
            (0..).map(Member).zip(takes_part).filter_map(|(m, part)| part.then_some(m)).collect();
        members.sort_unstable_by_key(|member| self.ranks[member.0 as usize]);
        let mut numbers = vec![u32::MAX; self.ranks.len()];
        for (number, member) in (0..).zip(&members) {
            numbers[member.0 as usize] = number;
        }
        let debt = |&row: &usize| {
            let obligation = &self.obligations.rows()[row];
            Debt {
                debtor: numbers[obligation.debtor.0 as usize],
                creditor: numbers[obligation.creditor.0 as usize],
                amount: self.amounts[row],
                weight: match weighing {
                    Weighing::Alike | Weighing::Weights => {
                        i32::try_from(obligation.weight).expect("weights are at most a million")
                    }
                    Weighing::Classes => 1,
                },
            }
        };
        let count = u32::try_from(members.len()).expect("members are numbered by u32");
        let network = Network::new(count, self.rows.iter().map(debt).collect())
            .map_err(|wrong| Failure::Input(format!("{currency}: {wrong}")))?;
        Ok((members, network))
    }

    /// The centre's number in mode novation: its own as a member, else one past the last.
    fn centre(&self, settings: &Settings, members: &[Member]) -> Option<u32> {
        if settings.mode != Mode::Novation {
            return None;
        }
        let number = members.iter().position(|m| self.obligations.name(*m) == settings.centre);
        let number = number.unwrap_or(members.len());
        Some(u32::try_from(number).expect("members are numbered by u32"))
    }
}

fn positions(
    network: &Network,
    discharges: &[u64],
    centre: Option<u32>,
    nets: &[i128],
) -> Vec<Position> {
    let mut positions = vec![Position::default(); nets.len()];
    for (debt, &discharge) in network.debts().iter().zip(discharges) {
        let (before, after) = (i128::from(debt.amount), i128::from(debt.amount - discharge));
        let debtor = &mut positions[debt.debtor as usize];
        debtor.owing += before;
        debtor.owing_after += after;
        let creditor = &mut positions[debt.creditor as usize];
        creditor.owed += before;
        creditor.owed_after += after;
    }
    if let Some(centre) = centre {
        for (member, &net) in (0..).zip(nets) {
            if member == centre {
                continue;
            }
            let (claim, debt) = (net.max(0), (-net).max(0));
            positions[member as usize].owed_after = claim;
            positions[member as usize].owing_after = debt;
            if let Some(centre) = positions.get_mut(centre as usize) {
                centre.owed_after += debt;
                centre.owing_after += claim;
            }
        }
    }
    debug_assert!(positions.iter().all(|p| p.net() == p.owed_after - p.owing_after));
    positions
}

/// What is outstanding between two members in one currency, as one payment.
fn outstanding_payments(outcome: &Outcome, order: &[usize]) -> Vec<Payment> {
    let mut payments: Vec<Payment> = Vec::new();
    let obligations = &outcome.obligations;
    let mut by_currency: BTreeMap<Currency, Vec<usize>> = BTreeMap::new();
    for &row in order {
        if outcome.outstanding(row) > 0 {
            by_currency.entry(outcome.currency(row)).or_default().push(row);
        }
    }
    for (currency, rows) in by_currency {
        for row in rows {
            let obligation = &obligations.rows()[row];
            let payer = Party::Member(obligation.debtor);
            let payee = Party::Member(obligation.creditor);
            let amount = i128::from(outcome.outstanding(row));
            match payments.last_mut() {
                Some(last)
                    if (last.currency, last.payer, last.payee) == (currency, payer, payee) =>
                {
                    last.amount += amount;
                    last.obligations += 1;
                }
                _ => payments.push(Payment { payer, payee, currency, amount, obligations: 1 }),
            }
        }
    }
    payments
}

/// Every net position, paid to or by the centre.
fn net_payments(outcome: &Outcome) -> Vec<Payment> {
    let mut payments = Vec::new();
    let centre = outcome.centre_party();
    for clearing in &outcome.clearings {
        let currency = clearing.currency;
        for (&member, position) in clearing.members.iter().zip(&clearing.positions) {
            let (member, net) = (Party::Member(member), position.net());
            if net == 0 || member == centre {
                continue;
            }
            let (payer, payee) = if net < 0 { (member, centre) } else { (centre, member) };
            payments.push(Payment { payer, payee, currency, amount: net.abs(), obligations: 0 });
        }
    }
    payments.sort_by_cached_key(|payment| {
        let name = |party| outcome.party_name(party).to_owned();
        (payment.currency, name(payment.payer), name(payment.payee))
    });
    payments
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use setoff_clearing::solve_watched;
    use setoff_formats::{Declared, Place};

    use super::*;

    fn obligations(rows: &[(&str, &str, i64, &str, &str)]) -> Obligations {
        let mut obligations = Obligations::default();
        for (line, &(debtor, creditor, amount, currency, due)) in (2..).zip(rows) {
            obligations.push(&Declared {
                debtor,
                creditor,
                amount: Minor(amount),
                currency: currency.parse().unwrap(),
                due: due.parse().ok(),
                reference: "",
                weight: 1,
                place: Place { file: 0, line },
            });
        }
        obligations
    }

    fn settings(mode: Mode) -> Settings {
        Settings {
            mode,
            choice: Choice::default(),
            centre: "Centre".to_owned(),
            unit: None,
            seed: None,
            time_limit: None,
            engine: solve_watched,
        }
    }

    fn cleared(rows: &[(&str, &str, i64, &str, &str)], settings: &Settings) -> Outcome {
        clear(obligations(rows), settings, &mut |_| {}).unwrap()
    }

    fn discharged(outcome: &Outcome) -> Vec<i64> {
        outcome.discharged.iter().map(|d| d.0).collect()
    }

    fn payments(outcome: &Outcome) -> Vec<(&str, &str, i128)> {
        let party = |party| outcome.party_name(party);
        outcome.payments.iter().map(|p| (party(p.payer), party(p.payee), p.amount)).collect()
    }

    const CIRCLE: [(&str, &str, i64, &str, &str); 4] = [
        ("A", "B", 100, "EUR", ""),
        ("B", "C", 100, "EUR", ""),
        ("C", "A", 200, "EUR", ""),
        ("D", "C", 100, "EUR", ""),
    ];

    #[test]
    fn a_circle_of_three_clears_and_the_rest_is_paid() {
        let outcome = cleared(&CIRCLE, &settings(Mode::SetOff));

        assert_eq!(discharged(&outcome), [100, 100, 100, 0]);
        assert_eq!(payments(&outcome), [("C", "A", 100), ("D", "C", 100)]);
        assert_eq!((outcome.clearings[0].gross, outcome.clearings[0].cleared), (500, 300));
    }

    #[test]
    fn novation_leaves_the_net_positions_to_the_centre() {
        let outcome = cleared(&CIRCLE, &settings(Mode::Novation));

        assert_eq!(discharged(&outcome), [100, 100, 200, 100]);
        assert_eq!(payments(&outcome), [("Centre", "A", 100), ("D", "Centre", 100)]);
        assert_eq!(outcome.clearings[0].cleared, 400);
    }

    #[test]
    fn a_member_that_is_the_centre_pays_and_is_paid_as_itself() {
        let centre = Settings { centre: "C".to_owned(), ..settings(Mode::Novation) };

        let outcome = cleared(&CIRCLE, &centre);

        assert_eq!(payments(&outcome), [("C", "A", 100), ("D", "C", 100)]);
    }

    #[test]
    fn bilateral_netting_sees_pairs_only() {
        let rows =
            [("A", "B", 70, "EUR", ""), ("B", "A", 50, "EUR", ""), ("B", "C", 20, "EUR", "")];

        let outcome = cleared(&rows, &settings(Mode::Bilateral));

        assert_eq!(discharged(&outcome), [50, 50, 0]);
    }

    #[test]
    fn between_two_members_the_oldest_is_discharged_first_and_undated_last() {
        let rows = [
            ("A", "B", 30, "EUR", ""),
            ("A", "B", 30, "EUR", "2026-03-01"),
            ("A", "B", 30, "EUR", "2026-01-01"),
            ("B", "A", 40, "EUR", ""),
        ];

        let outcome = cleared(&rows, &settings(Mode::SetOff));

        assert_eq!(discharged(&outcome), [0, 10, 30, 40]);
    }

    #[test]
    fn currencies_clear_by_themselves_unless_a_unit_joins_them() {
        let rows = [("A", "B", 10_000, "EUR", ""), ("B", "A", 11_000, "USD", "")];
        let apart = cleared(&rows, &settings(Mode::SetOff));
        assert_eq!(discharged(&apart), [0, 0]);

        // 1 EUR = 1.1 USD.
        let rates = vec![Rate::ONE, Rate::fraction(10, 11).unwrap()];
        let unit = Some(("EUR".parse().unwrap(), rates));
        let together = cleared(&rows, &Settings { unit, ..settings(Mode::SetOff) });

        assert_eq!(discharged(&together), [10_000, 11_000]);
        assert_eq!(together.payments, []);
    }

    #[test]
    fn a_part_cleared_in_the_unit_is_converted_back_rounded_down() {
        // 1 JPY = 0.6 cent: 1,000 yen are 600 cents; 500 cents are 833.33 yen.
        let rows =
            [("A", "B", 1000, "JPY", ""), ("B", "A", 500, "EUR", ""), ("A", "B", 1, "JPY", "")];
        let rates = vec![Rate::fraction(6, 10).unwrap(), Rate::ONE];
        let unit = Some(("EUR".parse().unwrap(), rates));

        let outcome = cleared(&rows, &Settings { unit, ..settings(Mode::SetOff) });

        // The single yen is worth less than a cent and takes no part.
        assert_eq!(discharged(&outcome), [833, 500, 0]);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        let outcome = cleared(&[], &settings(Mode::SetOff));

        assert!(outcome.clearings.is_empty() && outcome.payments.is_empty());
    }

    fn some_rows() -> impl Strategy<Value = Vec<(u8, u8, i64, bool)>> {
        let row = (0..6_u8, 0..6_u8, 1..1000_i64, any::<bool>());
        let distinct = row.prop_filter("a debt to oneself", |(a, b, ..)| a != b);
        prop::collection::vec(distinct, 1..40)
    }

    proptest! {
        #[test]
        fn the_order_of_rows_changes_nothing(rows in some_rows(), turn in 0..40_usize) {
            let names = ["Ash", "Box", "Cob", "Dam", "Elm", "Fig"];
            let rows: Vec<_> = rows.iter().map(|&(a, b, amount, euro)| {
                let currency = if euro { "EUR" } else { "USD" };
                (names[usize::from(a)], names[usize::from(b)], amount, currency, "")
            }).collect();
            let mut turned = rows.clone();
            turned.rotate_left(turn % rows.len());
            let listing = |rows: &[_], outcome: &Outcome| {
                let mut lines: Vec<_> =
                    rows.iter().copied().zip(discharged(outcome)).collect();
                lines.sort_unstable();
                (outcome.seed, lines)
            };

            let one = cleared(&rows, &settings(Mode::SetOff));
            let other = cleared(&turned, &settings(Mode::SetOff));

            prop_assert_eq!(listing(&rows, &one), listing(&turned, &other));
        }

        #[test]
        fn every_mode_keeps_every_net_position(rows in some_rows(), mode in 0..3_usize) {
            let names = ["Ash", "Box", "Cob", "Dam", "Elm", "Fig"];
            let rows: Vec<_> = rows.iter().map(|&(a, b, amount, _)| {
                (names[usize::from(a)], names[usize::from(b)], amount, "EUR", "")
            }).collect();
            let mode = [Mode::SetOff, Mode::Bilateral, Mode::Novation][mode];

            let outcome = cleared(&rows, &settings(mode));

            let clearing = &outcome.clearings[0];
            for position in &clearing.positions {
                prop_assert_eq!(position.net(), position.owed_after - position.owing_after);
            }
            let paid: i128 = outcome.payments.iter().map(|p| p.amount).sum();
            let left = clearing.gross - clearing.cleared;
            prop_assert_eq!(paid, if mode == Mode::Novation { 2 * left } else { left });
        }
    }
}
