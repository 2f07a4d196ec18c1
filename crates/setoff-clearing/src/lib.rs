//! The largest multilateral set-off of a network of debts, exactly, with a proof.

mod bilateral;
mod certificate;
mod circles;
mod network;
mod novation;
mod solve;
mod verify;

pub use bilateral::bilateral;
pub use certificate::Certificate;
pub use circles::{Circles, circles};
pub use network::{Debt, LARGEST_AMOUNT, LARGEST_WEIGHT, Network, NetworkError};
pub use novation::net_positions;
pub use solve::{Clearing, Progress, Seed, Stopped, solve, solve_with};
pub use verify::{Verified, Violation, verify};
