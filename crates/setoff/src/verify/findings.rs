//! What is wrong with a result, as the person who must act on it reads it.

use std::fmt::Write as _;
use std::path::Path;

/// How many findings are kept with their words; the rest are only counted.
const MOST_KEPT: usize = 20;

/// Everything found wrong, in the order found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<String>,
    count: u64,
}

impl Findings {
    /// Adds a finding. The words are made only if they are kept.
    pub(super) fn add(&mut self, words: impl FnOnce() -> String) {
        if self.kept.len() < MOST_KEPT {
            self.kept.push(words());
        }
        self.count += 1;
    }

    /// Adds a finding that explains the others, in front of them.
    pub(super) fn add_in_front(&mut self, words: String) {
        self.kept.insert(0, words);
        self.kept.truncate(MOST_KEPT);
        self.count += 1;
    }

    /// The first ones.
    pub(super) fn first(&self) -> &[String] {
        &self.kept
    }

    /// How many there are in all.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// All of them, as the message of a failure.
    pub(super) fn in_words(&self, folder: &Path) -> String {
        let noun = if self.count == 1 { "finding" } else { "findings" };
        let mut text = format!("{}: does not verify, {} {noun}:", folder.display(), self.count);
        for finding in &self.kept {
            let _ = write!(text, "\n  {finding}");
        }
        let more = self.count - self.kept.len() as u64;
        if more > 0 {
            let _ = write!(text, "\n  … and {more} more");
        }
        text
    }
}

/// Text out of an untrusted file, short enough for a line of a message.
pub(super) fn quoted(bytes: &[u8]) -> String {
    const LONGEST: usize = 60;
    let text = String::from_utf8_lossy(bytes);
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}
