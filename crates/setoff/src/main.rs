//! The command line of Setoff.

mod about;
mod failure;
mod outcome;
mod report;
mod wording;

fn main() {}
