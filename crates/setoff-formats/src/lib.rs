//! Tables of obligations and of exchange rates, read into types that hold.

mod obligations;

pub use obligations::{Declared, Member, Obligation, Obligations, Place};
