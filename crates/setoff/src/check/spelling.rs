//! How a name may be meant: the words that remain when capitals, accents, punctuation, alphabet
//! and legal form are left aside.
//!
//! Letters are transliterated to ASCII (`any_ascii`) where the alphabet has a customary one:
//! Latin, Greek, Cyrillic. Other scripts are compared as they are; their transliterations say
//! too little (many Chinese names sound the same).

use any_ascii::any_ascii_char;
use unicode_normalization::UnicodeNormalization;

use super::legal_form::take_legal_form;

/// One way to read a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// The words in their order, lower-case, without the legal form; empty if the name has no
    /// letter or digit.
    pub(super) words: Vec<String>,
    /// The legal form in its common spelling, or an empty text.
    pub(super) form: String,
}

impl Reading {
    /// The words without the spaces between them, except where two numbers would become one.
    pub(super) fn run_together(&self) -> String {
        let mut text = String::new();
        for word in &self.words {
            let digit_before = text.ends_with(|c: char| c.is_ascii_digit());
            if digit_before && word.starts_with(|c: char| c.is_ascii_digit()) {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }

    /// The words in alphabetical order.
    pub(super) fn sorted(&self) -> String {
        let mut words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        words.sort_unstable();
        words.join(" ")
    }
}

/// The ways to read a name, the usual one first: letter by letter; with `ae` for `ä` and the like;
/// and with Cyrillic and Greek letters taken for the Latin ones that look the same.
pub(super) fn readings(name: &str) -> Vec<Reading> {
    if name.is_ascii() {
        return vec![reading(name)];
    }
    let composed: String = name.nfkc().collect();
    let mut readings = vec![reading(&composed)];
    if composed.contains(|c| two_letters(c).is_some()) {
        let spelt_out: String = composed
            .chars()
            .flat_map(|c| match two_letters(c) {
                Some(pair) => pair.chars().collect::<Vec<_>>(),
                None => vec![c],
            })
            .collect();
        readings.push(reading(&spelt_out));
    }
    if composed.contains(is_greek_or_cyrillic) {
        let as_seen: String = composed.chars().map(latin_twin).collect();
        readings.push(reading(&as_seen));
    }
    readings
}

fn reading(text: &str) -> Reading {
    let mut words = bare_words(text, transliterate);
    if words.len() > 1 {
        words.retain(|word| !matches!(word.as_str(), "and" | "und" | "et"));
    }
    for word in &mut words {
        without_leading_zeros(word);
    }
    let form = take_legal_form(&mut words);
    Reading { words, form }
}

/// A number that went through a spreadsheet has lost its leading zeros.
fn without_leading_zeros(word: &mut String) {
    if word.len() > 1 && word.bytes().all(|b| b.is_ascii_digit()) {
        let zeros = word.bytes().take_while(|&b| b == b'0').count();
        word.drain(..zeros.min(word.len() - 1));
    }
}

/// The words of letters and digits, each letter written by `letter`; single letters with a point
/// or slash between them are one word (`S.A.`, `d. o. o.`, `A/S`).
pub(super) fn bare_words(text: &str, mut letter: impl FnMut(char, &mut String)) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    // Whether the last word in `words` is of single letters, and a point or slash came after it.
    let mut single_before = false;
    let mut point_since = false;
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() {
            letter(c, &mut word);
            continue;
        }
        if is_within_word(c) {
            continue;
        }
        if !word.is_empty() {
            let single = word.len() == 1 && word.as_bytes()[0].is_ascii_alphabetic();
            match words.last_mut() {
                Some(last) if single && single_before && point_since => last.push_str(&word),
                _ => words.push(std::mem::take(&mut word)),
            }
            word.clear();
            single_before = single;
            point_since = false;
        }
        point_since |= matches!(c, '.' | '/');
    }
    words
}

/// Apostrophes, accents that stand by themselves and characters of no width part no words.
fn is_within_word(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | '\u{2018}' | '\u{2019}' | '\u{2BC}')
        || ('\u{300}'..='\u{36F}').contains(&c)
        || has_no_width(c)
}

/// Whether a character can't be seen at all: soft hyphen, zero-width spaces and joiners, marks of
/// direction and byte order.
pub(super) fn has_no_width(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{FEFF}')
}

fn transliterate(c: char, word: &mut String) {
    if c.is_ascii() {
        word.push(c.to_ascii_lowercase());
    } else if c < '\u{590}' || ('\u{1E00}'..='\u{1FFF}').contains(&c) {
        let ascii = any_ascii_char(c).chars();
        word.extend(ascii.filter(char::is_ascii_alphanumeric).map(|a| a.to_ascii_lowercase()));
    } else {
        word.extend(c.to_lowercase());
    }
}

fn two_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' | 'Ä' => "ae",
        'ö' | 'Ö' | 'ø' | 'Ø' => "oe",
        'ü' | 'Ü' => "ue",
        'å' | 'Å' => "aa",
        _ => return None,
    })
}

/// Whether a letter is of the Greek or Cyrillic alphabet.
pub(super) fn is_greek_or_cyrillic(c: char) -> bool {
    ('\u{370}'..='\u{52F}').contains(&c)
}

/// The Latin letter that a Greek or Cyrillic one can't be told from in most typefaces.
fn latin_twin(c: char) -> char {
    match c {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' | 'Ϲ' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | 'Ӏ' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'Ү' | 'Υ' | 'У' => 'Y',
        'Х' | 'Χ' => 'X',
        'Ζ' => 'Z',
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' => 'e',
        'һ' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' => 't',
        'у' => 'y',
        'х' | 'χ' => 'x',
        'ν' => 'v',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(name: &str) -> (String, String) {
        let reading = readings(name).swap_remove(0);
        (reading.words.join(" "), reading.form)
    }

    #[track_caller]
    fn assert_reads(name: &str, words: &str, form: &str) {
        assert_eq!(usual(name), (words.to_owned(), form.to_owned()), "{name}");
    }

    #[test]
    fn legal_forms_have_one_spelling() {
        assert_reads("Birch Components GmbH", "birch components", "gmbh");
        assert_reads("BIRCH  COMPONENTS G.m.b.H.", "birch components", "gmbh");
        assert_reads("Elm Trading Limited", "elm trading", "ltd");
        assert_reads("Elm Trading Co., Ltd.", "elm trading", "ltd");
        assert_reads("Fir S. A.", "fir", "sa");
        assert_reads("Plan B S.A.", "plan b", "sa");
        assert_reads("Fir Société Anonyme", "fir", "sa");
        assert_reads("Jelka d.o.o.", "jelka", "doo");
        assert_reads("Smrk spol. s r.o.", "smrk", "sro");
        assert_reads("Jodła Sp. z o.o.", "jodla", "spzoo");
        assert_reads("Pin S.à r.l.", "pin", "sarl");
        assert_reads("Gran A/S", "gran", "as");
        assert_reads("Kiefer GmbH & Co. KG", "kiefer", "gmbh kg");
        assert_reads("ООО «Ёлка»", "elka", "ooo");
        assert_reads("S.C. Brad S.R.L.", "brad", "srl");
    }

    #[test]
    fn a_name_that_is_only_a_legal_form_keeps_it() {
        assert_reads("AG", "ag", "");
        assert_reads("SE", "se", "");
    }

    #[test]
    fn numbers_keep_apart_but_lose_leading_zeros() {
        assert_reads("Plant 0012", "plant 12", "");
        assert_reads("000", "0", "");
        assert_ne!(readings("1.0")[0].run_together(), readings("10")[0].run_together());
    }

    #[test]
    fn umlauts_read_both_ways_also_when_decomposed() {
        for name in ["Müller", "Mu\u{308}ller"] {
            let words: Vec<String> = readings(name).iter().map(Reading::sorted).collect();

            assert_eq!(words, ["muller", "mueller"], "{name:?}");
        }
    }

    #[test]
    fn letters_that_look_latin_are_read_as_seen_too() {
        let as_seen = readings("РОМА").pop().unwrap();

        assert_eq!(as_seen.words, ["poma"]);
        assert_eq!(readings("РОМА")[0].words, ["roma"]);
    }

    #[test]
    fn other_scripts_stay_as_they_are() {
        assert_reads("深圳 Trading Ltd", "深圳 trading", "ltd");
        assert_reads("!?", "", "");
    }
}
