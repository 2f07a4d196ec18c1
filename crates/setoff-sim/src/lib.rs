//! Clearing unions, simulated: the real node, rules and journal on a disk that fails, beside a
//! plain model that checks after every step.
//!
//! A run is decided by its seed alone. It founds a union, and then at each step something happens:
//! members, honest and not, give commands; requests are lost and repeated; the disk fails before or
//! after it stored; nodes are killed, closed, put to sleep and woken too late; two want to lead;
//! clocks jump.
//!
//! After each step must hold ([`Model`], [`World`]):
//! - what was accepted was allowed, and had exactly the effect that the model says: money is
//!   conserved for each member and currency, the ledger balances, nothing is discharged beyond its
//!   amount or twice, nothing final changes, votes count once and the operator's never;
//! - what was acknowledged is in the journal, in order, and a request that comes again is known;
//! - two nodes never write one history;
//! - a replay gives the live state: that of a reader that follows, that of each node that opens
//!   again, at the end that of a copy on SQLite.
//!
//! | file | one subject |
//! |---|---|
//! | `run.rs` | a run, and how a failure is made smaller |
//! | `world.rs` | what happens at a step |
//! | `world/mail.rs`, `world/nodes.rs` | requests and answers; nodes that come and go |
//! | `disk.rs` | the disk that fails |
//! | `commands.rs` | what people ask for |
//! | `model.rs` | what has to be so |
//! | `coverage.rs` | how often each thing happened |
//! | `plant.rs` | mistakes planted from outside; `planted/` holds those planted in the code |
//!
//! ```
//! use setoff_sim::{Config, run};
//!
//! let outcome = run(&Config { seed: 1, steps: 50, plant: None }, None, false);
//! assert!(outcome.failure.is_none());
//! ```

mod commands;
mod coverage;
mod dice;
mod disk;
mod model;
mod people;
mod plant;
mod run;
mod world;

pub use coverage::{Coverage, Fate};
pub use model::{Broken, Model};
pub use plant::Plant;
pub use run::{Config, Failure, Outcome, keep_panics, run, shrink};
pub use world::World;
