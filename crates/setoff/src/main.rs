//! The command line of Setoff.

mod outcome;

fn main() {}
