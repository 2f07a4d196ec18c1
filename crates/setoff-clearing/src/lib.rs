//! The largest multilateral set-off of a network of debts, exactly, with a proof.

mod bilateral;
mod bundle;
mod certificate;
mod circles;
mod components;
mod flow;
mod network;
mod novation;
mod potential;
mod push_relabel;
mod queue;
mod residual;
mod shuffle;
mod solve;
#[cfg(test)]
mod testing;
mod verify;

pub use bilateral::bilateral;
pub use certificate::Certificate;
pub use circles::{Circles, FlowError, circles};
pub use flow::flow;
pub use network::{Debt, LARGEST_AMOUNT, LARGEST_WEIGHT, MOST_DEBTS, Network, NetworkError};
pub use novation::{net_positions, novation_flow};
pub use solve::{Clearing, Progress, Seed, Stopped, solve, solve_with};
pub use verify::{Verified, Violation, verify};
