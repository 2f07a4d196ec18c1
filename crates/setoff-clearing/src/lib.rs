//! The largest multilateral set-off of a network of debts, exactly, with a proof.
//!
//! # What it is for
//! Firms, countries or friends owe each other. Where debts form a circle (Ann owes Bob, Bob owes
//! Cem, Cem owes Ann), each can be lowered by the same amount: all three owe less, nobody has
//! paid, and nobody is owed less on balance. *Multilateral set-off* lowers all debts of a whole
//! network like that, as far as can be.
//!
//! This crate finds the largest set-off there is, of networks of a few debts or of millions, and
//! hands out a certificate with which anyone can check in one pass that no set-off is larger.
//! Amounts are whole numbers (cents, say); there is no floating point, no `unsafe`, no input or
//! output, and no input that makes it panic.
//!
//! # An example
//! 10 owes 20 a hundred, 20 owes 30 a hundred, 30 owes 10 two hundred, and 40 owes 30 a hundred.
//! Of the 500 owed in all, 300 need no money: a hundred goes off each debt of the circle.
//!
//! ```
//! use setoff_clearing::{Debt, Network, Seed, circles, flow, solve, verify};
//!
//! // Members are numbered from 0: 10, 20, 30 and 40 are 0, 1, 2 and 3.
//! let debt = |debtor, creditor, amount| Debt { debtor, creditor, amount, weight: 1 };
//! let debts = vec![debt(0, 1, 100), debt(1, 2, 100), debt(2, 0, 200), debt(3, 2, 100)];
//! let network = Network::new(4, debts)?;
//!
//! let clearing = solve(&network, Seed::default());
//! assert_eq!(clearing.discharges, [100, 100, 100, 0]);
//!
//! let verified = verify(&network, &clearing.discharges, &clearing.certificate)?;
//! assert_eq!((verified.gross, verified.cleared), (500, 300));
//!
//! let circles = circles(network.members(), &flow(&network, &clearing.discharges))?;
//! assert_eq!(circles.get(0), (&[0, 1, 2][..], 100));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The problem
//! A debt `d` of debtor `u` to creditor `v` has an amount `c` and a weight `w`. Find whole
//! numbers `0 ≤ f ≤ c`, such that at every member what is set off from it equals what is set off
//! to it, with the largest `Σ w·f`. With all weights 1 that is the largest sum set off; with
//! larger weights for some debts (overdue ones, say) these go first where not all can go. In the
//! words of network flow this is a maximum-weight circulation.
//!
//! # What there is
//! - [`Network`] and [`Debt`]: who owes whom how much.
//! - [`solve()`] and [`solve_with`]: the largest set-off with its [`Certificate`].
//! - [`solve_watched`] with [`Watch`]: the same, with a bound on the largest at any moment.
//! - [`verify()`]: the checker. It is a page of plain code and shares nothing with the optimiser;
//!   trust a clearing because it verifies, not because of where it comes from. [`gap()`] says how
//!   far a feasible set-off may be from the largest, for one that was stopped early.
//! - [`solve_classes`] with [`verify_classes`]: classes of debts, one before the other.
//! - [`solve_fair`] with [`verify_fair`]: of all largest set-offs the one with the most even shares.
//! - [`solve_fewest`] with [`verify_fewest`]: the one with the most debts discharged whole, and
//!   [`solve_whole`] with [`verify_whole`]: the largest set-off of whole debts; both as far as a
//!   search comes, with a proven bound.
//! - [`circles()`]: the set-off as circles of debt, for those who must see which debts were set
//!   off against which.
//! - [`bilateral()`] (between two members only) and [`net_positions`] with [`novation_flow`]
//!   (every debt replaced by a position against a centre): the simpler kinds of netting.
//! - [`Liquidity`] and [`Funded`]: money and credit beside the debts, and the largest discharge for
//!   what there is; [`frontier()`]: how much is discharged with how much money, exactly;
//!   [`prove_frontier()`]: what proves all of it; [`marginal_values()`]: who should get the next unit.
//! - [`Limits`]: at most so much a member or pair, and debts held out; [`clear_within()`]: groups, a
//!   limit of all, and a smallest piece, with a proven gap.
//! - [`ClearingBook`]: a network that stays cleared while debts come, change and go.
//!
//! # Ties
//! There are often several largest set-offs, which lower different members' debts. Which of them
//! is found depends on the debts and the [`Seed`], on nothing else: not on the order in which
//! debts of different pairs are given, nor on the machine. Debts of the same debtor, creditor and
//! weight are set off in the order given.
//!
//! # Limits
//! [`MOST_DEBTS`] debts of up to [`LARGEST_AMOUNT`] each, with weights up to [`LARGEST_WEIGHT`];
//! members² · largest weight under 2^62. [`Network::new`] says so when a network is beyond them.
//! Within them nothing overflows, also where sums exceed 64 bits.
//!
//! # Time and memory
//! `docs/benchmarks.md` has what was measured, beside other solvers. [`memory_needed`] states the most
//! memory before a run. `cargo run --release --example measure -- trade 1000000` measures it on your
//! machine.
//!
//! # References
//! A. V. Goldberg, R. E. Tarjan, *Finding minimum-cost circulations by successive approximation*,
//! Mathematics of Operations Research 15 (1990). R. M. McConnell, K. Mehlhorn, S. Näher,
//! P. Schweitzer, *Certifying algorithms*, Computer Science Review 5 (2011). The modules cite what
//! they use beside it.

mod bilateral;
mod bits;
mod book;
mod bounded;
mod budget;
mod bundle;
mod certificate;
mod choice;
mod circles;
mod classes;
mod components;
mod curve_proof;
mod engine;
mod face;
mod fair;
mod fewest;
mod flow;
mod frontier;
mod funded;
mod global_update;
mod in_turn;
mod label;
mod limits;
mod liquidity;
mod loops;
mod marginal;
mod memory;
mod network;
mod network_simplex;
mod novation;
mod potential;
mod push_relabel;
mod queue;
mod residual;
mod settled;
mod shares;
mod shuffle;
mod solve;
mod sums;
mod switch;
#[cfg(test)]
mod testing;
mod verify;
mod verify_classes;
mod verify_fair;
mod verify_fewest;
mod verify_whole;
mod watch;
mod whole;
mod within;

/// The examples in the read-me file run, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;

pub use bilateral::bilateral;
pub use book::{BookError, ClearingBook, DebtId, MOST_BOOKED, MOST_OWED, Standing, Undone};
pub use certificate::Certificate;
pub use choice::{ChoiceError, MOST_CLASSES};
pub use circles::{Circles, FlowError, circles};
pub use classes::{ClassClearing, Classes, solve_classes};
pub use curve_proof::{CurveProof, prove_frontier};
pub use fair::{FairClearing, FairStep, solve_fair};
pub use fewest::{FewestClearing, FewestProof, solve_fewest};
pub use flow::flow;
pub use frontier::{Frontier, FrontierPoint, Slope, frontier};
pub use funded::{Funded, FundedClearing, Receipt};
pub use limits::{BrokenLimit, Limits, MemberLimit, PairLimit, check_limits};
pub use liquidity::{Acceptance, Liquidity, LiquidityError, Price, Recipient, Tender};
pub use marginal::{Marginal, marginal_values};
pub use memory::memory_needed;
pub use network::{Debt, LARGEST_AMOUNT, LARGEST_WEIGHT, MOST_DEBTS, Network, NetworkError};
pub use novation::{net_positions, novation_flow};
pub use solve::{Clearing, Progress, Seed, Stopped, solve, solve_watched, solve_with};
pub use verify::{Verified, Violation, gap, verify};
pub use verify_classes::{VerifiedClasses, class_gaps, verify_classes};
pub use verify_fair::{Unfair, verify_fair};
pub use verify_fewest::{NotFewest, verify_fewest};
pub use verify_whole::{NotWhole, VerifiedWhole, verify_whole};
pub use watch::Watch;
pub use whole::{WholeClearing, WholeProof, solve_whole};
pub use within::{
    BoundProof, Group, SideLimits, Within, WithinError, bound_network, check_within, clear_within,
};
