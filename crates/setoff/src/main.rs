//! The command line of Setoff.

mod check;
mod failure;
mod outcome;

fn main() {}
