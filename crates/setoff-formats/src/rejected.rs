//! What is wrong with a file or one of its rows, told to the person who must mend it.

use std::fmt;
use std::io;

use thiserror::Error;

use crate::Place;
use crate::columns::Field;
use crate::row::LONGEST_TEXT;
use crate::source::{is_machine, unreadable};

/// How much of a value a message shows.
const SHOWN: usize = 40;

/// One bad row. Its `Display` is one line: file, line, column, value, what is wrong, how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The file's name.
    pub file: String,
    /// Where the row stands.
    pub place: Place,
    /// The column or key at fault, as the file spells it, if it is one.
    pub column: Option<String>,
    /// What `column` is.
    pub part: Part,
    /// What stands there, shortened and with control characters made visible.
    pub value: Option<String>,
    /// What is wrong and how to mend it.
    pub problem: String,
    /// What `problem` comes from.
    pub cause: Cause,
    /// The row itself, for those who mend it.
    pub original: Original,
}

/// What is wrong with a row, without what differs from row to row: rows of the same cause, file and
/// column are mended in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause(pub(crate) &'static str);

/// What is wrong and how to mend it, in words, and its cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) cause: Cause,
    pub(crate) words: String,
}

impl Problem {
    /// A problem whose words hold something of the row.
    pub(crate) fn new(cause: &'static str, words: String) -> Self {
        Self { cause: Cause(cause), words }
    }
}

/// Words that are the same in every row are their own cause.
impl From<&'static str> for Problem {
    fn from(words: &'static str) -> Self {
        Self::new(words, words.to_owned())
    }
}

/// A bad row as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Original {
    /// What it holds of each field, in the order of [`Field::NAMED`], then its weight. Each is cut
    /// to [`LONGEST_TEXT`] bytes.
    Fields([String; 7]),
    /// Its text, where it can't be taken apart into fields, cut to [`LONGEST_ORIGINAL`] bytes.
    Text(String),
}

/// The most bytes that are kept of a bad row's text.
pub const LONGEST_ORIGINAL: usize = 10_000;

impl Original {
    pub(crate) fn fields(field: impl Fn(Field) -> String) -> Self {
        Self::Fields(Field::ALL.map(|name| cut(field(name), LONGEST_TEXT)))
    }

    pub(crate) fn text(bytes: &[u8]) -> Self {
        let kept = &bytes[..bytes.len().min(LONGEST_ORIGINAL)];
        Self::Text(cut(String::from_utf8_lossy(kept).into_owned(), LONGEST_ORIGINAL))
    }
}

/// The text, no longer than `most` bytes.
fn cut(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

/// What a row's values are found by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// The column of a table.
    #[default]
    Column,
    /// The key of a JSON object.
    Key,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Column => "column",
            Self::Key => "key",
        })
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.place.line)?;
        if let Some(column) = &self.column {
            write!(f, "{} \"{column}\": ", self.part)?;
        }
        if let Some(value) = &self.value {
            write!(f, "\"{value}\" ")?;
        }
        f.write_str(&self.problem)
    }
}

/// A value as a message shows it.
pub(crate) fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(SHOWN).flat_map(visible).collect();
    if value.chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    text
}

/// A character, or its code where it could not be seen.
fn visible(c: char) -> Vec<char> {
    if c.is_control() || is_invisible(c) {
        return format!("\\u{{{:x}}}", u32::from(c)).chars().collect();
    }
    vec![c]
}

/// Characters that can't be seen and make two names look alike: zero-width and direction marks.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Why a file can't be read as obligations at all.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The machine can't read it, or it is not there.
    #[error("{file}: {}", unreadable(error))]
    Unreadable {
        /// The file's name.
        file: String,
        /// What the machine says.
        error: io::Error,
    },
    /// It is not a table of obligations.
    #[error("{file}{}: {problem}", at(*line))]
    NotATable {
        /// The file's name.
        file: String,
        /// The line at fault, from 1, if it is one.
        line: Option<u64>,
        /// What is wrong and how to mend it.
        problem: String,
    },
}

fn at(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(":{line}"))
}

impl ReadError {
    /// Whether the machine is at fault rather than the file.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        matches!(self, Self::Unreadable { error, .. } if is_machine(error))
    }

    pub(crate) fn not_a_table(file: &str, line: Option<u64>, problem: impl Into<String>) -> Self {
        Self::NotATable { file: file.to_owned(), line, problem: problem.into() }
    }
}
