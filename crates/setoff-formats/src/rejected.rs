//! What is wrong with a file or one of its rows, told to the person who must mend it.

use std::fmt;
use std::io;

use thiserror::Error;

use crate::Place;

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
    /// The machine can't read it.
    #[error("{file}: can't be read: {error}")]
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
        matches!(self, Self::Unreadable { .. })
    }

    pub(crate) fn not_a_table(file: &str, line: Option<u64>, problem: impl Into<String>) -> Self {
        Self::NotATable { file: file.to_owned(), line, problem: problem.into() }
    }
}
