//! Tables of obligations and of exchange rates, read into types that hold.

mod obligations;
mod rates;

pub use obligations::{Declared, Member, Obligation, Obligations, Place};
pub use rates::{RateTable, RatesError};
