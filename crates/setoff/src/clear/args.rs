//! The arguments of `setoff clear`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use jiff::civil::Date;
use setoff_clearing::Seed;
use setoff_money::Currency;

use crate::choosing::Among;
use crate::outcome::Mode;
use crate::reading_args::ReadingArgs;

/// Set off what the members owe each other, as much as possible, and prove it
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ClearArgs {
    #[command(flatten)]
    pub(super) reading: ReadingArgs,

    /// How debts are set off
    #[arg(long, value_enum, default_value_t = ModeArg::SetOff)]
    pub(super) mode: ModeArg,

    /// Name of the netting centre, with --mode novation
    #[arg(long, value_name = "NAME")]
    pub(super) centre: Option<String>,

    /// Show what all three modes would do, side by side, and write nothing
    #[arg(long, conflicts_with_all = ["mode", "out", "weights"])]
    pub(super) compare: bool,

    /// Clear all currencies together in this unit of account (needs --rates)
    #[arg(long, value_name = "CURRENCY", requires = "rates")]
    pub(super) unit: Option<Currency>,

    /// Table of exchange rates: base,quote,rate or the ECB's eurofxref-hist.csv
    #[arg(long, value_name = "FILE", requires = "unit")]
    pub(super) rates: Option<PathBuf>,

    /// The day whose rates are used, where the table has dates
    #[arg(long, value_name = "DATE", requires = "rates")]
    pub(super) rate_date: Option<Date>,

    /// Maximise the weighted sum: a column of whole numbers, or overdue:N for obligations due
    /// before --as-of to count N times. Or in classes: overdue-first, or classes:COLUMN for the
    /// largest numbers of a column first
    #[arg(long, value_name = "COLUMN|overdue:N|overdue-first|classes:COLUMN")]
    pub(super) weights: Option<String>,

    /// Which of several largest set-offs is taken
    #[arg(long, value_enum, default_value_t = AmongArg::Default, conflicts_with = "compare")]
    pub(super) among: AmongArg,

    /// Discharge each obligation whole or not at all, as far as a search finds, with a proven bound
    #[arg(long, conflicts_with_all = ["compare", "among"])]
    pub(super) whole: bool,

    /// The day of the clearing, for --weights overdue:N and overdue-first
    #[arg(long, value_name = "DATE")]
    pub(super) as_of: Option<Date>,

    /// Stop optimising after this long, 30s or 5m or 1h30m: what is found by then is the result, with
    /// its proven gap to the largest
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, conflicts_with = "compare")]
    pub(super) time_limit: Option<Duration>,

    /// Decides between equally large set-offs: a whole number or 64 hexadecimal digits [default:
    /// a hash of the obligations]
    #[arg(long, value_name = "SEED", value_parser = parse_seed)]
    pub(super) seed: Option<Seed>,

    /// Write the results to this new folder
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,

    /// Replace an earlier result in --out
    #[arg(long, requires = "out")]
    pub(super) force: bool,

    /// Which members get a statement: all, none, or names separated by commas [default: all up to
    /// 200 members]
    #[arg(long, value_name = "all|none|NAME,…", requires = "out")]
    pub(super) statements: Option<String>,

    /// Leave bad rows out, write them with their reasons to rejected.csv, and clear the rest
    #[arg(long)]
    pub(super) keep_going: bool,

    /// With --keep-going: exit with 0 although rows were left out
    #[arg(long, requires = "keep_going")]
    pub(super) allow_rejected: bool,

    /// Do everything except write files
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Print the result as JSON (docs/result.schema.json)
    #[arg(long)]
    pub(super) json: bool,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    pub(super) quiet: bool,

    /// Print the memory that clearing takes at most, and the seconds of each phase as JSON, on standard
    /// error
    #[arg(long)]
    pub(super) timings: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ModeArg {
    /// Along circles of debt; nobody becomes anyone else's creditor
    SetOff,
    /// Between two members only
    Bilateral,
    /// Every net position becomes one payment to or from a netting centre
    Novation,
}

impl From<ModeArg> for Mode {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::SetOff => Self::SetOff,
            ModeArg::Bilateral => Self::Bilateral,
            ModeArg::Novation => Self::Novation,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum AmongArg {
    /// The first that is found, in an order that the seed decides
    Default,
    /// The one with the most even shares of what each member owes
    Fair,
    /// The one with the most obligations discharged whole, as far as a search finds
    Fewest,
}

impl From<AmongArg> for Among {
    fn from(among: AmongArg) -> Self {
        match among {
            AmongArg::Default => Self::Default,
            AmongArg::Fair => Self::Fair,
            AmongArg::Fewest => Self::Fewest,
        }
    }
}

/// A duration as the command line gives it, such as `90s`, `5m` or `1h30m`.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration: Option<SignedDuration> = text.parse().ok();
    duration
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| "a duration is such as 500ms, 30s, 5m or 1h30m".to_owned())
}

/// A seed as the command line gives it.
pub(crate) fn parse_seed(text: &str) -> Result<Seed, String> {
    let mut seed = Seed::default();
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        for (byte, digits) in seed.0.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|e| e.to_string())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|e| e.to_string())?;
        }
        return Ok(seed);
    }
    let number: u64 = text.parse().map_err(|_| {
        "a seed is a whole number from 0 to 2^64-1, or 64 hexadecimal digits".to_owned()
    })?;
    seed.0[..8].copy_from_slice(&number.to_le_bytes());
    Ok(seed)
}
