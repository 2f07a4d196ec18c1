//! Money as the rest of Setoff speaks it: whole minor units of a currency, and exact rates
//! between two currencies. No floating point, no rounding that is not named.
//!
//! ```
//! use setoff_money::{Currency, Minor};
//!
//! let euro: Currency = "EUR".parse()?;
//! assert_eq!(euro.format(Minor(-1_234_56)), "-1234.56");
//! # Ok::<(), setoff_money::UnknownCurrency>(())
//! ```

mod currency;
mod decimal;
mod minor;
mod rate;

pub use currency::{Currency, MAX_DECIMALS, UnknownCurrency};
pub use decimal::{Decimal, DecimalError};
pub use minor::Minor;
pub use rate::{Rate, RateError};
