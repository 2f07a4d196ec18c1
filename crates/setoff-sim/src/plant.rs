//! Mistakes that can be planted from outside, to see that the simulator finds them.
//!
//! Those of the rules and the node are patches of their code, beside this crate's sources in
//! `planted/`.

/// A mistake of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Plant {
    /// It answers an append before it is durable.
    LazyDisk,
    /// It takes appends under a lease that another has taken over.
    UnfencedDisk,
}
