//! Unions from founding to finality: worked examples, refusals and laws.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]
#![allow(clippy::inconsistent_digit_grouping, reason = "100_00 is a hundred euro in cents")]

mod agreements;
mod bounds;
mod complaints;
mod currency;
mod cycles;
mod documents;
mod founding;
mod keys;
mod laws;
mod members;
mod mergers;
mod novation;
mod obligations;
mod practice;
mod rates;
mod refusals;
mod refused;
mod scale;
mod settlement;
mod sight;
mod statements;
mod votes;
mod whole;
