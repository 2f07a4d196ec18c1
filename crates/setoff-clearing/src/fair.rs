//! Of all largest set-offs the one in which the members' shares are as even as possible.
//!
//! # The rule
//! A member's *share* is what is discharged of its debts, over what it owes. Let `x[u]` be what is
//! discharged of member `u`'s debts (and, as set-offs are conserved, of what it is owed) and `o[u]`
//! what it owes. `F` is the set of all largest set-offs, class before class where there are classes.
//!
//! 1. *Prices.* The unit that raises `x[u]` from `t` to `t + 1` costs the share before it in
//!    millionths, `⌊10^6·t / o[u]⌋`, and earns a million. Keep the set-offs of `F` at which all units
//!    together earn most above their costs. (That is the least `Σ (o − x)²/o`, the least squares of
//!    the shares that are left, with every unit of debt counting alike, in whole numbers. Without
//!    weights all of `F` discharge the same sum, and it is the least squares of the shares, too.)
//! 2. *Further digits.* Because prices never fall, the `x[u]` in all that is left lie in a span in
//!    which each unit costs the same, or are one number. Where spans are wider than one unit, price
//!    the units by their place in the span, `⌊10^6·(t − low) / (high − low)⌋`, and keep what costs
//!    least; again, until no span is.
//! 3. *Draws.* Should several set-offs be left, the seed decides: every debtor and creditor draws a
//!    number below 2^19; keep the set-offs in which the draws, each times what is discharged between
//!    the two, sum up to least. Again with new draws, until one is left.
//!
//! Each step keeps a set of set-offs that is defined by its predecessor and the rule alone. So no
//! algorithm, certificate or order of work has an influence on the one that is left. A member whose
//! name changes places in the numbering keeps its share, except for what step 3 decides: single
//! units, and which of its debts they come from.
//!
//! # How
//! Split each member in two: what is discharged *to* it arrives at one half, passes to the other
//! half, and leaves there. Then `x[u]` is what passes between the halves, and the problem is a
//! flow with convex costs (Ahuja, Magnanti, Orlin, *Network Flows*, 1993, chapter 14) on what the
//! optimum leaves open ([`face`](crate::face)). It is solved by scaling the prices: first in fifths
//! of the whole, then ever finer. At each scale the units near `x[u]` are priced in a window, a few
//! steps up and down; if someone's best is at the edge of its window, the windows move and it is
//! done again. As costs are convex, a best choice inside all windows is the best of all.
//!
//! # The certificate
//! One potential a half and step. What is left after a step are again the choices that obey its
//! potentials (complementary slackness for convex costs), so checking is one pass a step:
//! [`verify_fair`](crate::verify_fair()) does it.
//!
//! # Cost
//! About nine clearings of what is open a step of prices, which is twice that size, and one a draw.
//! Amounts below 10^12 need two steps of prices at most.

use std::ops::ControlFlow;

use crate::classes::{free_debts, solve_classes};
use crate::face::{self, Free, Way};
use crate::settled::{Arc, is_settled};
use crate::shares::{Draws, PARTS, Span};
use crate::{Certificate, ChoiceError, ClassClearing, Classes, Network, Progress, Seed};

/// The most rounds of draws. Two set-offs that differ tie in a round with odds of 2^-19.
pub(crate) const MOST_DRAWS: u64 = 64;

/// The scales of prices, each a divisor of the one before; the last is the rule's own.
const SCALES: [u32; 9] = [200_000, 40_000, 8_000, 1_600, 320, 64, 16, 4, 1];

/// How many steps of the scale are priced each way at first.
const REACH: usize = 4;

/// The potentials of one step of the rule: of each member's half where discharges arrive, and of
/// the one where they leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FairStep {
    /// Of the half where what is discharged to the member arrives.
    pub owed: Vec<i64>,
    /// Of the half where what is discharged of its debts leaves.
    pub owing: Vec<i64>,
}

/// The most even of the largest set-offs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FairClearing {
    /// What is taken off each debt, in the network's order of debts.
    pub discharges: Vec<u64>,
    /// Why no set-off is larger: a certificate for each class.
    pub certificates: Vec<Certificate>,
    /// Why none as large is more even.
    pub steps: Vec<FairStep>,
}

/// The most even of the largest set-offs of `network`, by the rule that the module states.
///
/// `classes` are as in [`solve_classes`]; [`Classes::one`] for an ordinary network. Within one
/// debtor and creditor the debts that are left open are discharged in the order given.
///
/// # Errors
/// [`ChoiceError`] if `classes` are not of this network, or if the network is too large for weights
/// of a million at twice its members; [`ChoiceError::Stopped`] soon after `progress` breaks: with a
/// largest set-off, if there was one by then, and otherwise with a feasible one and its gap.
pub fn solve_fair(
    network: &Network,
    classes: &Classes,
    seed: Seed,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<FairClearing, ChoiceError> {
    let ClassClearing { mut discharges, certificates } =
        solve_classes(network, classes, seed, &mut |p| progress(Progress { of: 4 * p.of, ..p }))?;
    let is_free = free_debts(network, classes, &certificates);
    let is_free = |place: usize| is_free[place];
    let free = face::free(network, &discharges, is_free, |_| ());

    let mut open = Open::new(network, &discharges, free.clone(), seed);
    let mut steps = Vec::new();
    let mut draws = 0;
    while !open.is_settled() {
        let is_first = steps.is_empty();
        let mut tell = |scale: usize| {
            // A quarter was the clearing itself; most networks need a step of prices and a draw.
            let done = (steps.len() * SCALES.len() + scale).min(4 * SCALES.len() - 1) as u64;
            let of = 4 * SCALES.len() as u64;
            let progress = progress(Progress { done: of / 4 + done * 3 / 4, of });
            if progress.is_continue() {
                return Ok(());
            }
            let (discharges, certificates) = (discharges.clone(), certificates.clone());
            Err(ChoiceError::Stopped(Box::new(ClassClearing { discharges, certificates })))
        };
        let step = if is_first || open.is_wide() {
            open.price(is_first, &mut tell)?
        } else if draws < MOST_DRAWS {
            draws += 1;
            tell(SCALES.len() - 1)?;
            open.draw(draws - 1)?
        } else {
            break;
        };
        steps.push(step);
    }

    let mut changed = free;
    open.report(&mut changed);
    face::share_out(network, &mut discharges, &changed, is_free, |_| ());
    let clearing = FairClearing { discharges, certificates, steps };
    debug_assert!(
        crate::verify_fair(network, classes, seed, &clearing).is_ok(),
        "the rule's own result verifies"
    );
    Ok(clearing)
}

/// What is still open, and what is chosen so far.
struct Open {
    seed: Seed,
    /// By debtor and creditor.
    free: Vec<Free>,
    /// What is no longer free, but was.
    fixed: Vec<Free>,
    /// Whether a member has a free debt or claim.
    takes_part: Vec<bool>,
    spans: Vec<Span>,
    /// What is discharged of each member's debts.
    sums: Vec<u128>,
}

impl Open {
    fn new(network: &Network, discharges: &[u64], free: Vec<Free>, seed: Seed) -> Self {
        let members = network.members() as usize;
        let mut spans = vec![Span { low: 0, high: 0 }; members];
        let mut sums = vec![0; members];
        for (debt, discharge) in network.debts().iter().zip(discharges) {
            spans[debt.debtor as usize].high += u128::from(debt.amount);
            sums[debt.debtor as usize] += u128::from(*discharge);
        }
        let takes_part = vec![false; members];
        let mut open = Self { seed, free, fixed: Vec::new(), takes_part, spans, sums };
        open.see_who_takes_part();
        open
    }

    fn see_who_takes_part(&mut self) {
        self.takes_part.fill(false);
        for sum in &self.free {
            self.takes_part[sum.debtor as usize] = true;
            self.takes_part[sum.creditor as usize] = true;
        }
    }

    fn members(&self) -> u32 {
        u32::try_from(self.spans.len()).expect("members are numbered by u32")
    }

    /// The members that take part.
    fn taking_part(&self) -> impl Iterator<Item = u32> {
        (0..self.members()).filter(|member| self.takes_part[*member as usize])
    }

    /// The node where a member's debts leave.
    fn owing(&self, member: u32) -> u32 {
        // Network::new allows fewer than 2^31 members.
        self.members() + member
    }

    fn is_wide(&self) -> bool {
        self.taking_part().any(|member| self.spans[member as usize].is_wide())
    }

    fn is_settled(&self) -> bool {
        let debts = self.free.iter().map(|sum| Arc {
            from: self.owing(sum.debtor),
            to: sum.creditor,
            up: sum.set_off < sum.amount,
            down: sum.set_off > 0,
        });
        let members = self.taking_part().map(|member| {
            let (span, sum) = (self.spans[member as usize], self.sums[member as usize]);
            let (from, to) = (member, self.owing(member));
            Arc { from, to, up: sum < span.high, down: sum > span.low }
        });
        is_settled(2 * self.spans.len(), &debts.chain(members).collect::<Vec<_>>())
    }

    /// Puts what the rule left of the free debts into `changed`, which is in their first order.
    fn report(self, changed: &mut [Free]) {
        let mut all = self.free;
        all.extend(self.fixed);
        all.sort_unstable_by_key(|sum| (sum.debtor, sum.creditor));
        changed.copy_from_slice(&all);
    }

    /// A step of prices; units earn something in the first one.
    fn price(
        &mut self,
        is_first: bool,
        tell: &mut dyn FnMut(usize) -> Result<(), ChoiceError>,
    ) -> Result<FairStep, ChoiceError> {
        let mut potentials = vec![0; 2 * self.spans.len()];
        let mut last_unit = unit(SCALES[0]);
        for (number, scale) in SCALES.into_iter().enumerate() {
            let mut reach = REACH;
            for potential in &mut potentials {
                *potential *= i64::from(last_unit / unit(scale));
            }
            last_unit = unit(scale);
            loop {
                tell(number)?;
                let windows: Vec<Window> =
                    self.taking_part().map(|u| self.window(u, is_first, scale, reach)).collect();
                potentials = self.choose(&windows, |_| 0, &potentials)?;
                let sum = |window: &Window| self.sums[window.member as usize];
                if windows.iter().all(|window| window.is_within(sum(window))) {
                    break;
                }
                reach *= 2;
            }
        }
        let earned = i128::from(earnings(is_first));
        Ok(self.keep(potentials, |_| 0, |span, worth| span.priced(worth + earned)))
    }

    /// A round of draws.
    fn draw(&mut self, round: u64) -> Result<FairStep, ChoiceError> {
        let draws = Draws::new(self.seed, round);
        let windows: Vec<Window> = self.taking_part().map(|member| self.unpriced(member)).collect();
        let cost = |sum: &Free| draws.of(sum.debtor, sum.creditor);
        let potentials = self.choose(&windows, cost, &vec![0; 2 * self.spans.len()])?;
        Ok(self.keep(potentials, cost, Span::unpriced))
    }

    /// Makes the best choice within the windows, where the free debts cost as said, and returns the
    /// potentials of both halves. `near` are potentials from which they will not be far.
    fn choose(
        &mut self,
        windows: &[Window],
        cost: impl Fn(&Free) -> i32,
        near: &[i64],
    ) -> Result<Vec<i64>, ChoiceError> {
        let mut ways = Vec::new();
        for sum in &self.free {
            let (from, to, cost) = (self.owing(sum.debtor), sum.creditor, cost(sum));
            ways.push(Way { from, to, room: sum.amount - sum.set_off, weight: -cost });
            ways.push(Way { from: to, to: from, room: sum.set_off, weight: cost });
        }
        for window in windows {
            let (from, to) = (window.member, self.owing(window.member));
            let up = |&(room, price): &(u128, i32)| Way { from, to, room, weight: -price };
            ways.extend(window.up.iter().map(up));
            let down =
                |&(room, price): &(u128, i32)| Way { from: to, to: from, room, weight: price };
            ways.extend(window.down.iter().map(down));
        }
        let change = face::best_change_near(near, &ways, self.seed)?;
        for (sum, moved) in self.free.iter_mut().zip(change.moved.chunks(2)) {
            sum.set_off = sum.set_off + moved[0] - moved[1];
        }
        let mut moved = change.moved[2 * self.free.len()..].iter();
        for window in windows {
            let up: u128 = moved.by_ref().take(window.up.len()).sum();
            let down: u128 = moved.by_ref().take(window.down.len()).sum();
            let sum = &mut self.sums[window.member as usize];
            *sum = *sum + up - down;
        }
        Ok(change.potentials)
    }

    /// Keeps what obeys the potentials.
    fn keep(
        &mut self,
        mut owed: Vec<i64>,
        cost: impl Fn(&Free) -> i32,
        kept: impl Fn(Span, i128) -> Span,
    ) -> FairStep {
        let owing = owed.split_off(self.spans.len());
        for (member, span) in self.spans.iter_mut().enumerate() {
            if self.takes_part[member] {
                *span = kept(*span, i128::from(owed[member]) - i128::from(owing[member]));
            }
        }
        let gain = |sum: &Free| {
            let potential =
                |potentials: &[i64], member: u32| i128::from(potentials[member as usize]);
            potential(&owing, sum.debtor) - potential(&owed, sum.creditor) - i128::from(cost(sum))
        };
        let (free, fixed) = self.free.iter().partition(|sum| gain(sum) == 0);
        self.free = free;
        self.fixed.extend::<Vec<Free>>(fixed);
        self.see_who_takes_part();
        FairStep { owed, owing }
    }

    /// The units near a member's sum, priced at a scale.
    fn window(&self, member: u32, is_first: bool, scale: u32, reach: usize) -> Window {
        let (span, sum) = (self.spans[member as usize], self.sums[member as usize]);
        let price = |step: u32| {
            // The middle of what a coarse price stands for.
            let price = (step * scale + scale / 2) / unit(scale);
            let signed = |number: u32| i32::try_from(number).expect("at most PARTS");
            signed(price) - signed(earnings(is_first) / unit(scale))
        };
        let mut window =
            Window { member, up: Vec::new(), down: Vec::new(), low: sum, high: sum, span };
        while window.up.len() < reach && window.high < span.high {
            let step = span.price(window.high) / scale;
            let end = span.first_at(i128::from((step + 1) * scale));
            window.up.push((end - window.high, price(step)));
            window.high = end;
        }
        while window.down.len() < reach && window.low > span.low {
            let step = span.price(window.low - 1) / scale;
            let start = span.first_at(i128::from(step * scale));
            window.down.push((window.low - start, price(step)));
            window.low = start;
        }
        window
    }

    /// All of a member's span, where units cost nothing.
    fn unpriced(&self, member: u32) -> Window {
        let (span, sum) = (self.spans[member as usize], self.sums[member as usize]);
        Window {
            member,
            up: vec![(span.high - sum, 0)],
            down: vec![(sum - span.low, 0)],
            low: span.low,
            high: span.high,
            span,
        }
    }
}

/// How a member's sum can change in one go: amounts with the price of each of their units.
struct Window {
    member: u32,
    up: Vec<(u128, i32)>,
    down: Vec<(u128, i32)>,
    /// Where the steps down end.
    low: u128,
    /// Where the steps up end.
    high: u128,
    span: Span,
}

impl Window {
    /// Whether a wider window would make no difference to who chose this sum.
    fn is_within(&self, sum: u128) -> bool {
        (sum > self.low || self.low == self.span.low)
            && (sum < self.high || self.high == self.span.high)
    }
}

/// In what prices are counted at a scale, so that they are small.
fn unit(scale: u32) -> u32 {
    (scale / 2).max(1)
}

/// What a unit earns in a step of prices.
pub(crate) fn earnings(is_first: bool) -> u32 {
    if is_first { PARTS } else { 0 }
}

const _: () = assert!(PARTS.is_multiple_of(SCALES[0]));
