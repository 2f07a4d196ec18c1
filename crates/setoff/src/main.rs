//! The command line of Setoff.

mod failure;
mod outcome;

fn main() {}
