//! The options that say how input files are read, the same for every command that reads them.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use setoff_formats::{
    CreditNotes, DateOrder, DecimalMark, Delimiter, Encoding, HeaderLine, ReadError, Reading,
    Rules, Source, read_each, read_mapping,
};
use setoff_money::Currency;

use crate::bad_rows::{TOLD, told};
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

    /// A TOML file that says which column holds what (docs/input.md), in all files or, as
    /// FILE=MAP, in one; may be repeated
    #[arg(long, value_name = "MAP", help_heading = "Reading")]
    map: Vec<String>,

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

    /// The line of the columns' names; 0 where there is none [default: 1]
    #[arg(long, value_name = "LINE", help_heading = "Reading")]
    header: Option<u32>,

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
    /// One space or several
    Space,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CreditNotesArg {
    /// They are bad rows
    Refuse,
    /// The creditor owes them to the debtor
    Reverse,
}

/// The files to read, and how.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// The rules of the files that have none of their own.
    pub(crate) rules: Rules,
    /// Every file with its rules.
    pub(crate) files: Vec<(Source, Rules)>,
}

impl ReadingArgs {
    /// The files as they were named.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// The files to read, with the rules of `--map` and over them those of the command line.
    /// `weights` is the column that weighs the obligations.
    ///
    /// # Errors
    /// [`Failure`] if a map can't be read, or it is not clear what it holds for.
    pub(crate) fn inputs(&self, weights: Option<&str>) -> Result<Inputs, Failure> {
        let mut for_all = None;
        let mut own: Vec<Option<Rules>> = vec![None; self.files.len()];
        for map in &self.map {
            let (file, path) = self.tied(map)?;
            let rules = read_mapping(path)
                .map_err(|error| Failure::of_reading(error.is_machine(), &error))?;
            let place = match file {
                Some(file) => &mut own[file],
                None => &mut for_all,
            };
            if place.replace(rules).is_some() {
                return Err(Failure::Input(format!(
                    "--map {map}: another --map is for the same files already; to tie one to a \
                     file, write --map FILE=MAP"
                )));
            }
        }
        let rules = self.with_options(for_all.unwrap_or_default(), weights);
        let own = own.into_iter().map(|own| match own {
            Some(own) => self.with_options(own, weights),
            None => rules.clone(),
        });
        let files = self.files.iter().map(|file| source(file)).zip(own).collect();
        Ok(Inputs { rules, files })
    }

    /// The file that a map is tied to, by its place, and the map's path.
    fn tied<'a>(&self, map: &'a str) -> Result<(Option<usize>, &'a Path), Failure> {
        let equals = map.match_indices('=').map(|(at, _)| (&map[..at], Path::new(&map[at + 1..])));
        for (name, path) in equals {
            if let Some(file) = self.files.iter().position(|file| file == Path::new(name)) {
                return Ok((Some(file), path));
            }
        }
        let path = Path::new(map);
        match map.split_once('=') {
            Some((name, _)) if !path.exists() => Err(Failure::Input(format!(
                "--map {map}: \"{name}\" is not one of the files that are read: name it as it is \
                 named there"
            ))),
            _ => Ok((None, path)),
        }
    }

    /// Rules, and over them those of the command line.
    fn with_options(&self, mut rules: Rules, weights: Option<&str>) -> Rules {
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
                DelimiterArg::Space => Delimiter::Space,
            });
        }
        if let Some(credit_notes) = self.credit_notes {
            rules.credit_notes = match credit_notes {
                CreditNotesArg::Refuse => CreditNotes::Refuse,
                CreditNotesArg::Reverse => CreditNotes::Reverse,
            };
        }
        if let Some(line) = self.header {
            rules.header = HeaderLine(line);
        }
        rules.currency = self.currency.or(rules.currency);
        rules.sheet = self.sheet.clone().or(rules.sheet);
        rules.weights = weights.map(str::to_owned);
        rules
    }
}

/// A file as the command line names it.
pub(crate) fn source(file: &std::path::Path) -> Source {
    if file.as_os_str() == "-" { Source::Stdin } else { Source::File(file.to_owned()) }
}

/// Reads all files, keeping the reasons of at most `keep` bad rows.
pub(crate) fn read(inputs: &Inputs, keep: usize, phases: &mut Phases) -> Result<Reading, Failure> {
    let total: Option<u64> = inputs.files.iter().map(|(source, _)| source.size()).sum();
    read_each(&inputs.files, keep, &mut |bytes| {
        if let Some(total) = total {
            phases.advance(bytes, total);
        }
    })
    .map_err(|error| read_failure(inputs, &error))
}

/// Reads all files of a command that takes no bad rows.
///
/// # Errors
/// [`Failure::Input`] tells the bad rows, if there are any.
pub(crate) fn read_good(inputs: &Inputs, phases: &mut Phases) -> Result<Reading, Failure> {
    let reading = read(inputs, TOLD, phases)?;
    if reading.rejected_count == 0 {
        return Ok(reading);
    }
    let told = told(&reading).join("\n");
    Err(Failure::Input(format!("{told}\nNothing was computed. Mend the rows first.")))
}

/// A file that can't be read, as a failure of the command.
fn read_failure(inputs: &Inputs, error: &ReadError) -> Failure {
    let several = inputs.files.len() > 1 && matches!(error, ReadError::NotATable { .. });
    if several && inputs.rules != Rules::default() {
        return Failure::Input(format!(
            "{error}\nThe rules of reading hold for every file; --map FILE=MAP ties a map to one."
        ));
    }
    Failure::of_reading(error.is_machine(), error)
}
