//! The options that say how input files are read, the same for every command that reads them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use setoff_formats::{
    CreditNotes, DateOrder, DecimalMark, Delimiter, Encoding, ReadError, Reading, Rules, Source,
    read_mapping, read_obligations,
};
use setoff_money::Currency;

use crate::failure::Failure;
use crate::progress::Phases;

/// What is read and how
#[derive(Debug, Args)]
pub(crate) struct ReadingArgs {
    /// Tables of obligations: CSV, XLSX or JSON Lines, also gzip'd; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The currency of rows that name none: EUR, or a unit of your own with its decimals, POINTS:2
    #[arg(long, value_name = "CURRENCY", help_heading = "Reading")]
    currency: Option<Currency>,

    /// A TOML file that says which column holds what (docs/input.md)
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    map: Option<PathBuf>,

    /// The mark before decimals, where amounts such as 1.234 have two readings
    #[arg(long, value_enum, help_heading = "Reading")]
    decimal: Option<DecimalArg>,

    /// The order of dates such as 01/02/2026
    #[arg(long, value_enum, help_heading = "Reading")]
    date_order: Option<DateOrderArg>,

    /// The encoding of text files [default: utf-8]
    #[arg(long, value_enum, help_heading = "Reading")]
    encoding: Option<EncodingArg>,

    /// The character between fields [default: found in the header]
    #[arg(long, value_enum, help_heading = "Reading")]
    delimiter: Option<DelimiterArg>,

    /// The sheet of a workbook, where several hold data
    #[arg(long, value_name = "NAME", help_heading = "Reading")]
    sheet: Option<String>,

    /// What becomes of amounts below zero [default: refuse]
    #[arg(long, value_enum, help_heading = "Reading")]
    credit_notes: Option<CreditNotesArg>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DecimalArg {
    /// 1,234.50
    #[value(name = ".")]
    Point,
    /// 1.234,50
    #[value(name = ",")]
    Comma,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DateOrderArg {
    /// Day, month, year
    Dmy,
    /// Month, day, year
    Mdy,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EncodingArg {
    /// Unicode, with or without its mark
    #[value(name = "utf-8")]
    Utf8,
    /// What Western European spreadsheets still write
    #[value(name = "windows-1252")]
    Windows1252,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DelimiterArg {
    /// ,
    Comma,
    /// ;
    Semicolon,
    /// The tab character
    Tab,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CreditNotesArg {
    /// They are bad rows
    Refuse,
    /// The creditor owes them to the debtor
    Reverse,
}

impl ReadingArgs {
    /// The files to read.
    pub(crate) fn sources(&self) -> Vec<Source> {
        self.files.iter().map(|file| source(file)).collect()
    }

    /// The rules of `--map`, and over them those of the command line.
    pub(crate) fn rules(&self) -> Result<Rules, Failure> {
        let mut rules = match &self.map {
            None => Rules::default(),
            Some(path) => read_mapping(path)
                .map_err(|error| Failure::of_reading(error.is_machine(), &error))?,
        };
        if let Some(decimal) = self.decimal {
            rules.decimal = Some(match decimal {
                DecimalArg::Point => DecimalMark::Point,
                DecimalArg::Comma => DecimalMark::Comma,
            });
        }
        if let Some(order) = self.date_order {
            rules.date_order = Some(match order {
                DateOrderArg::Dmy => DateOrder::Dmy,
                DateOrderArg::Mdy => DateOrder::Mdy,
            });
        }
        if let Some(encoding) = self.encoding {
            rules.encoding = match encoding {
                EncodingArg::Utf8 => Encoding::Utf8,
                EncodingArg::Windows1252 => Encoding::Windows1252,
            };
        }
        if let Some(delimiter) = self.delimiter {
            rules.delimiter = Some(match delimiter {
                DelimiterArg::Comma => Delimiter::Comma,
                DelimiterArg::Semicolon => Delimiter::Semicolon,
                DelimiterArg::Tab => Delimiter::Tab,
            });
        }
        if let Some(credit_notes) = self.credit_notes {
            rules.credit_notes = match credit_notes {
                CreditNotesArg::Refuse => CreditNotes::Refuse,
                CreditNotesArg::Reverse => CreditNotes::Reverse,
            };
        }
        rules.currency = self.currency.or(rules.currency);
        rules.sheet = self.sheet.clone().or(rules.sheet);
        Ok(rules)
    }
}

/// A file as the command line names it.
pub(crate) fn source(file: &std::path::Path) -> Source {
    if file.as_os_str() == "-" { Source::Stdin } else { Source::File(file.to_owned()) }
}

/// Reads all files, keeping the reasons of at most `keep` bad rows.
pub(crate) fn read(
    args: &ReadingArgs,
    rules: &Rules,
    keep: usize,
    phases: &mut Phases,
) -> Result<Reading, Failure> {
    let sources = args.sources();
    let total: Option<u64> = sources.iter().map(Source::size).sum();
    read_obligations(&sources, rules, keep, &mut |bytes| {
        if let Some(total) = total {
            phases.advance(bytes, total);
        }
    })
    .map_err(|error| read_failure(&error))
}

/// A file that can't be read, as a failure of the command.
pub(crate) fn read_failure(error: &ReadError) -> Failure {
    Failure::of_reading(error.is_machine(), error)
}
