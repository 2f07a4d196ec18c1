//! A network of debts with its liquidity and limits, as one network with a price of money.
//!
//! # The network
//! Nodes are the members, the funders, for each funder that tenders its *till*, and for each tender
//! to anyone its *pool*. Arcs of weight 0 besides the debts:
//!
//! - from a funder to its till, with [`Liquidity::most`] as the limit;
//! - from a till to the member of a tender or to a pool, with the tender's limit;
//! - from a pool to every member;
//! - from a member to the funder whose money it accepts, with the acceptance's limit.
//!
//! [`Limits`] add nodes and arcs of their own.
//!
//! # The price of money
//! Money that lies idle must not count as used, and which money is used must be decided. So money
//! has a [`Price`]: a unit is used only where it discharges more than that. With the price `p / q`
//! debts have `q` times their weight and an arc to a till the weight `−p`. What is then largest is
//! `q · discharged − p · money`, and the certificate of this network proves it.
//!
//! At a price low enough the largest discharge comes first and the least money for it second. How
//! low: take two set-offs, the second with a larger discharge. Their difference falls apart into
//! simple circles of changes. One of them gains at least 1, and as it meets each of `k` tills at
//! most once, it uses at most `k` units of money more for each unit round it. So at any price under
//! `1 / k` no set-off with less than the largest discharge is best. The price used is
//! `1 / (2k + 1)`, at which [marginal values](crate::marginal_values()) can be told apart, too.
//!
//! # What could overflow
//! The debts together may be at most [`LARGEST_AMOUNT`], 2^62; no more than that ever flows through
//! one arc, so limits are cut to it. There are fewer than 2^31 tills: money is summed in `u128`.

use crate::limits::Detours;
use crate::loops::take_out_circles;
use crate::{
    Clearing, Debt, LARGEST_AMOUNT, LARGEST_WEIGHT, Limits, Liquidity, LiquidityError, Network,
    NetworkError, Price, Recipient, Seed, solve, verify,
};

/// A network together with liquidity, and perhaps limits, that fit it.
#[derive(Clone, Debug)]
pub struct Funded<'a> {
    network: &'a Network,
    liquidity: &'a Liquidity,
    /// The ways that limits make of debts.
    detours: Detours,
    /// The funders that tender something, sorted. Each has a till.
    tenderers: Vec<u32>,
    /// How many those are.
    tills: u32,
    /// How many nodes there are in all.
    nodes: u32,
    /// No arc needs to carry more.
    gross: u64,
}

/// What is discharged with some money, and the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundedClearing {
    /// What is taken off each debt, in the network's order of debts.
    pub discharges: Vec<u64>,
    /// Who gets how much by which tender, without those of 0; by tender, then member.
    pub receipts: Vec<Receipt>,
    /// What is held in the end by each acceptance.
    pub held: Vec<u64>,
    /// The money used: the sum of all receipts.
    pub money: u128,
    /// The sum of all discharges.
    pub cleared: u64,
    /// The weighted sum of all discharges.
    pub weighted: i128,
    /// The price of money at which this is best; `None` where money was left out.
    pub price: Option<Price>,
    /// Discharges of all arcs, and potentials of all nodes, of [`Funded::priced`] at this price.
    pub proof: Clearing,
}

/// Money that reaches a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The tender's place in [`Liquidity::tenders`].
    pub tender: usize,
    /// Who gets it.
    pub member: u32,
    /// How much.
    pub amount: u64,
}

/// An arc besides the debts.
#[derive(Clone, Copy)]
enum Arc {
    /// From the funder of this number among those that tender to its till.
    Till,
    /// From a till straight to a member.
    Direct { tender: usize, member: u32 },
    /// From a till to a pool.
    Pool,
    /// From a pool to a member.
    FromPool { tender: usize, member: u32 },
    /// From a member to a funder.
    Acceptance(usize),
    /// To a node that a limit made.
    Limit,
}

impl<'a> Funded<'a> {
    /// Puts liquidity beside a network.
    ///
    /// # Errors
    /// [`LiquidityError`] names the first tender or acceptance that does not fit the network, or the
    /// limit of size that is passed.
    pub fn new(network: &'a Network, liquidity: &'a Liquidity) -> Result<Self, LiquidityError> {
        Self::within(network, liquidity, &Limits::default())
    }

    /// Puts liquidity beside a network, and keeps to limits.
    ///
    /// # Errors
    /// As [`Funded::new`], and [`LiquidityError::Limit`] for the first limit that does not fit.
    pub fn within(
        network: &'a Network,
        liquidity: &'a Liquidity,
        limits: &Limits,
    ) -> Result<Self, LiquidityError> {
        let members = network.members();
        let count = members.checked_add(liquidity.funders);
        let too_many = NetworkError::TooManyMembers { members: u32::MAX, weight: 1 };
        let count = count.ok_or(LiquidityError::Network(too_many))?;
        for (tender, t) in liquidity.tenders.iter().enumerate() {
            let fits = match t.to {
                Recipient::Member(member) => member < members && member != t.funder,
                Recipient::Anyone => true,
            };
            if !fits || t.funder >= count {
                return Err(LiquidityError::Tender { tender });
            }
        }
        for (acceptance, a) in liquidity.acceptances.iter().enumerate() {
            if a.member >= members || a.funder >= count || a.member == a.funder {
                return Err(LiquidityError::Acceptance { acceptance });
            }
        }
        let gross = u64::try_from(network.gross()).ok().filter(|sum| *sum <= LARGEST_AMOUNT);
        let gross = gross.ok_or(LiquidityError::Gross)?;

        let mut tenderers: Vec<u32> = liquidity.tenders.iter().map(|t| t.funder).collect();
        tenderers.sort_unstable();
        tenderers.dedup();
        if tenderers.len() > 1 && !matches!(liquidity.most, 0 | u64::MAX) {
            return Err(LiquidityError::SeveralFunders);
        }
        let pools = liquidity.tenders.iter().filter(|t| t.to == Recipient::Anyone).count();
        let [tills, pools] = [tenderers.len(), pools].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let nodes = count.checked_add(tills).and_then(|nodes| nodes.checked_add(pools));
        let nodes = nodes.ok_or(LiquidityError::Network(too_many))?;
        let detours = Detours::new(network, limits, nodes).map_err(LiquidityError::Limit)?;
        Ok(Self { network, liquidity, tenderers, tills, nodes: detours.nodes(), detours, gross })
    }

    /// The debts.
    #[must_use]
    pub fn network(&self) -> &'a Network {
        self.network
    }

    /// What is offered and taken.
    #[must_use]
    pub fn liquidity(&self) -> &'a Liquidity {
        self.liquidity
    }

    /// How many funders tender something.
    #[must_use]
    pub fn tenderers(&self) -> u32 {
        self.tills
    }

    /// The price at which the largest discharge comes first and the least money second.
    #[must_use]
    pub fn lowest_price(&self) -> Price {
        Price { discharge: 1, money: self.tenderers().saturating_mul(2).saturating_add(1) }
    }

    /// The network of debts, tenders and acceptances at a price of money, or without any money:
    /// first the debts in their order, then what else there is.
    ///
    /// # Errors
    /// [`LiquidityError::Price`] and [`LiquidityError::Network`].
    pub fn priced(&self, price: Option<Price>) -> Result<Network, LiquidityError> {
        let Price { discharge, money } = price.unwrap_or(Price { discharge: 1, money: 1 });
        let within = |weight: i64| {
            let within = weight.abs() <= i64::from(LARGEST_WEIGHT);
            i32::try_from(weight).ok().filter(|_| within).ok_or(LiquidityError::Price)
        };
        let cost = within(-i64::from(discharge))?;
        within(money.into())?;
        let debt = |(place, debt): (usize, &Debt)| {
            // Both are at most a million either way.
            let weight = within(i64::from(money) * i64::from(debt.weight))?;
            let debtor = self.detours.start(place, debt.debtor, debt.creditor);
            Ok(Debt { debtor, weight, ..*debt })
        };
        let debts = self.network.debts().iter().enumerate();
        let mut debts = debts.map(debt).collect::<Result<Vec<_>, _>>()?;
        for (arc, debtor, creditor, amount) in self.arcs(price.is_some()) {
            let weight = if matches!(arc, Arc::Till) { cost } else { 0 };
            debts.push(Debt { debtor, creditor, amount, weight });
        }
        Network::new(self.nodes, debts).map_err(LiquidityError::Network)
    }

    /// The largest discharge for the liquidity there is, with the least money that it takes.
    ///
    /// # Errors
    /// Those of [`Funded::priced`], and [`LiquidityError::Unproven`].
    pub fn clear(&self, seed: Seed) -> Result<FundedClearing, LiquidityError> {
        self.clear_at(Some(self.lowest_price()), seed)
    }

    /// What is best at a price of money, or without any money.
    ///
    /// # Errors
    /// As [`Funded::clear`].
    pub fn clear_at(
        &self,
        price: Option<Price>,
        seed: Seed,
    ) -> Result<FundedClearing, LiquidityError> {
        let network = self.priced(price)?;
        let mut proof = solve(&network, seed);
        let with_money = price.is_some();
        let first = self.network.debts().len();
        self.take_back_idle_credit(with_money, &mut proof.discharges[first..]);
        verify(&network, &proof.discharges, &proof.certificate)
            .map_err(LiquidityError::Unproven)?;

        let mut receipts = Vec::new();
        let mut held = vec![0; self.liquidity.acceptances.len()];
        for ((arc, ..), &amount) in self.arcs(with_money).zip(&proof.discharges[first..]) {
            match arc {
                Arc::Direct { tender, member } | Arc::FromPool { tender, member } => {
                    if amount > 0 {
                        receipts.push(Receipt { tender, member, amount });
                    }
                }
                Arc::Acceptance(acceptance) => held[acceptance] = amount,
                Arc::Till | Arc::Pool | Arc::Limit => {}
            }
        }
        let discharges = proof.discharges[..first].to_vec();
        let weighted = self.network.debts().iter().zip(&discharges);
        let weighted = weighted.map(|(d, &f)| i128::from(d.weight) * i128::from(f)).sum();
        Ok(FundedClearing {
            money: receipts.iter().map(|receipt| u128::from(receipt.amount)).sum(),
            cleared: discharges.iter().sum(),
            discharges,
            receipts,
            held,
            weighted,
            price,
            proof,
        })
    }

    /// Takes out credit that members give each other in a circle, to no effect.
    ///
    /// Such a circle of arcs of weight 0 changes neither what is discharged nor what money is used, so
    /// the optimiser may leave it in. The certificate stays valid without it: where something flows no
    /// gain is negative, and round a circle the gains add up to its weights, which are 0; so each of
    /// them is 0, and such an arc may carry anything. Circles through a funder that is no member cost
    /// money, so that none is ever left.
    fn take_back_idle_credit(&self, with_money: bool, beside_debts: &mut [u64]) {
        let mut places = Vec::new();
        let mut ends = Vec::new();
        for (place, (arc, from, to, _)) in self.arcs(with_money).enumerate() {
            if matches!(arc, Arc::Acceptance(_)) && to < self.network.members() {
                places.push(place);
                ends.push((from, to));
            }
        }
        let mut credit: Vec<u64> = places.iter().map(|place| beside_debts[*place]).collect();
        if credit.iter().any(|amount| *amount > 0) {
            let members = self.network.members() as usize;
            take_out_circles(members, &ends, &mut credit, &mut |_, _| {});
        }
        for (place, amount) in places.into_iter().zip(credit) {
            beside_debts[place] = amount;
        }
    }

    /// The arcs besides the debts, each from whom to whom and with what limit.
    fn arcs(&self, with_money: bool) -> impl Iterator<Item = (Arc, u32, u32, u64)> {
        let members = self.network.members();
        let first_till = members + self.liquidity.funders;
        let till = move |funder: u32| {
            let number = self.tenderers.partition_point(|one| *one < funder);
            first_till + u32::try_from(number).expect("new numbers a till for each in u32")
        };
        let tills = self.tenderers.iter();
        let tills = tills.map(move |&f| (Arc::Till, f, till(f), self.liquidity.most));

        let first_pool = first_till + self.tenderers();
        let pools = self.liquidity.tenders.iter().scan(first_pool, |next, tender| {
            let pool = *next;
            *next += u32::from(tender.to == Recipient::Anyone);
            Some(pool)
        });
        let tenders = self.liquidity.tenders.iter().zip(pools).enumerate();
        let tenders = tenders.flat_map(move |(tender, (t, pool))| {
            let (first, to) = match t.to {
                Recipient::Member(member) => (Arc::Direct { tender, member }, member),
                Recipient::Anyone => (Arc::Pool, pool),
            };
            let pooled = if t.to == Recipient::Anyone && t.limit > 0 { 0..members } else { 0..0 };
            let pooled = pooled.filter(move |member| *member != t.funder);
            let from_pool =
                move |member| (Arc::FromPool { tender, member }, pool, member, u64::MAX);
            std::iter::once((first, till(t.funder), to, t.limit)).chain(pooled.map(from_pool))
        });
        // Where there is none, nothing that would carry it is worth an arc.
        let is_there = with_money && self.liquidity.most > 0;
        let money = tills.chain(tenders).filter(move |_| is_there);

        let acceptances = self.liquidity.acceptances.iter().enumerate();
        let acceptances =
            acceptances.map(|(number, a)| (Arc::Acceptance(number), a.member, a.funder, a.limit));
        let limits = self.detours.arcs().map(|(from, to, most)| (Arc::Limit, from, to, most));
        money
            .chain(acceptances)
            .chain(limits)
            .map(|(arc, from, to, limit)| (arc, from, to, limit.min(self.gross)))
            .filter(|(.., limit)| *limit > 0)
    }
}
