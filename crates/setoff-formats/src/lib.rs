//! Tables of obligations, of exchange rates, of liquidity, of limits and of changes, read into types that hold.
//!
//! ```no_run
//! use std::path::PathBuf;
//! use setoff_formats::{Rules, Source, read_obligations};
//!
//! let files = [Source::File(PathBuf::from("invoices.csv"))];
//! let reading = read_obligations(&files, &Rules::default(), 20, &mut |_| {})?;
//! for bad in &reading.rejected {
//!     eprintln!("{bad}");
//! }
//! println!("{} obligations", reading.obligations.rows().len());
//! # Ok::<(), setoff_formats::ReadError>(())
//! ```
//!
//! Strings become types here and nowhere else. Nothing ambiguous is guessed: what could mean two
//! things is refused with both readings and the rule that would decide. A file is told by its first
//! bytes, never by its name. Whatever the input, memory is bounded by the limits that the
//! constants name and by the rows that are kept.

mod amount;
mod archive;
mod causes;
mod changes;
mod columns;
mod currency_label;
mod date;
mod delimited;
mod fields;
mod guarded;
mod json_lines;
mod layout;
mod limits;
mod line_count;
mod lines;
mod liquidity;
mod mapping;
mod obligations;
mod rates;
mod read;
mod recipe;
mod rejected;
mod row;
mod rules;
mod sheet;
mod sheet_cell;
mod source;
mod table;
mod twins;

pub use archive::{LARGEST_WORKBOOK, LARGEST_WORKBOOK_PART, LARGEST_WORKBOOK_UNPACKED};
pub use causes::{MOST_CAUSES, SameCause};
pub use changes::{Change, ChangeRow, Named, parse_changes, read_changes};
pub use columns::Field;
pub use fields::MOST_COLUMNS;
pub use limits::{LimitKind, LimitRow, parse_limits, read_limits};
pub use lines::LONGEST_ROW;
pub use liquidity::{LiquidityKind, LiquidityRow, parse_liquidity, read_liquidity};
pub use mapping::{LARGEST_MAPPING, MappingError, parse_mapping, read_mapping};
pub use obligations::{Declared, Member, Obligation, Obligations, Place};
pub use rates::{LARGEST_RATES, RateTable, RatesError};
pub use read::{
    FileRead, MOST_REJECTED, MOST_ROWS, Reading, RowRead, read_each, read_obligations, read_rows,
};
pub use recipe::Recipe;
pub use rejected::{Cause, LONGEST_ORIGINAL, Original, Part, ReadError, Rejected};
pub use row::{LARGEST_WEIGHT, LONGEST_TEXT};
pub use rules::{
    Column, Columns, CreditNotes, DateOrder, DecimalMark, Delimiter, Encoding, HeaderLine, Rules,
    Sign,
};
pub use source::{LARGEST_RATIO, LARGEST_UNPACKED, RATIO_FREE, Source};
pub use table::{LARGEST_TABLE, TableError};
