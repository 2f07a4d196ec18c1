//! Names that may mean the same member.
//!
//! Members are told apart by their names, byte by byte: `Fir SA` and `Fir S.A.` are two, and
//! debts that would close a circle through Fir don't. So names that look alike are reported, and
//! never merged, for only people know.
//!
//! Every name is read in a few ways ([`super::spelling`]); names with a reading in common form a
//! cluster, and names of different clusters that are one letter apart ([`super::one_letter`]) are
//! pairs too. Both steps sort or hash keys, as many as the names have letters, so the time is
//! O(n log n) in the letters of all names.

use std::collections::HashMap;

use setoff_formats::{Member, Obligations, Place};

use super::alike::Alike;
use super::one_letter::one_letter_apart;
use super::spelling::{Reading, bare_words, has_no_width, is_greek_or_cyrillic, readings};

/// Shorter names have too many true neighbours one letter away.
const FEWEST_LETTERS_FOR_TYPO: usize = 6;

/// A word this short that differs is an initial, a number or a code.
const FEWEST_LETTERS_OF_WORD: usize = 4;

/// Two names that may mean the same member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lookalike {
    /// The name with more obligations first.
    pub(super) names: [Member; 2],
    /// In what they differ.
    pub(super) difference: Difference,
}

/// In what two names differ that may mean the same member; what can't be seen comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    /// Letters of the Greek or Cyrillic alphabet in one of them.
    Alphabet,
    /// Spaces or characters that can't be seen.
    Spaces,
    /// Capitals.
    Capitals,
    /// Punctuation, and perhaps capitals.
    Punctuation,
    /// Accents, the spelling of a legal form, and perhaps the above.
    Spelling,
    /// One has no legal form, and perhaps the above.
    LegalForm,
    /// The order of the words or the spaces between them, and perhaps the above.
    Words,
    /// One letter.
    OneLetter,
}

impl Difference {
    /// In words, after "differ in".
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Alphabet => "letters of another alphabet",
            Self::Spaces => "spaces or characters that can't be seen",
            Self::Capitals => "capitals",
            Self::Punctuation => "punctuation",
            Self::Spelling => "spelling",
            Self::LegalForm => "the legal form, which one leaves out",
            Self::Words => "how the words are ordered or parted",
            Self::OneLetter => "one letter",
        }
    }

    /// The word for programs.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Alphabet => "alphabet",
            Self::Spaces => "spaces",
            Self::Capitals => "capitals",
            Self::Punctuation => "punctuation",
            Self::Spelling => "spelling",
            Self::LegalForm => "legal-form",
            Self::Words => "words",
            Self::OneLetter => "one-letter",
        }
    }
}

/// Where a member is named first, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Appearance {
    /// The first obligation that names it.
    pub(super) first: Place,
    /// How many obligations it owes or is owed.
    pub(super) obligations: usize,
}

/// An appearance a member, in the members' order.
pub(super) fn appearances(obligations: &Obligations) -> Vec<Appearance> {
    // Members are numbered in the order of their first appearance.
    let mut appearances: Vec<Appearance> = Vec::with_capacity(obligations.names().len());
    for row in obligations.rows() {
        for Member(member) in [row.debtor, row.creditor] {
            match appearances.get_mut(member as usize) {
                Some(known) => known.obligations += 1,
                None => appearances.push(Appearance { first: row.place, obligations: 1 }),
            }
        }
    }
    appearances
}

/// The pairs of names that look alike: by difference, then by first appearance.
pub(super) fn lookalikes(obligations: &Obligations, appearances: &[Appearance]) -> Vec<Lookalike> {
    let names = Names::read(obligations, appearances);
    let mut clusters = names.clusters();
    let mut found = Vec::new();
    for cluster in clusters.groups() {
        names.pair_up(&cluster, &mut found);
    }
    names.pair_typos(&mut clusters, &mut found);

    found.sort_unstable_by_key(|l| {
        let [a, b] = l.names;
        (l.difference, a.min(b), a.max(b))
    });
    found
}

/// All names with their readings.
struct Names<'a> {
    written: &'a [String],
    appearances: &'a [Appearance],
    readings: Vec<Vec<Reading>>,
}

impl<'a> Names<'a> {
    fn read(obligations: &'a Obligations, appearances: &'a [Appearance]) -> Self {
        let names = obligations.names();
        Self {
            written: names,
            appearances,
            readings: names.iter().map(|name| readings(name)).collect(),
        }
    }

    /// Names with a reading in common, the legal form left aside.
    fn clusters(&self) -> Alike {
        let mut alike = Alike::new(self.written.len());
        let mut first: HashMap<String, usize> = HashMap::with_capacity(self.written.len());
        for (name, readings) in self.readings.iter().enumerate() {
            for reading in readings.iter().filter(|r| !r.words.is_empty()) {
                for key in [reading.run_together(), reading.sorted()] {
                    let other = *first.entry(key).or_insert(name);
                    alike.join(other, name);
                }
            }
        }
        alike
    }

    /// Pairs each name of a cluster with the most used one of its legal form, and these with the
    /// most used one that leaves the form out. Names of different forms are different companies.
    fn pair_up(&self, cluster: &[usize], found: &mut Vec<Lookalike>) {
        let mut by_form: Vec<usize> = cluster.to_vec();
        by_form.sort_by_key(|&name| self.form(name));
        let mut main_without_form = None;
        for same_form in by_form.chunk_by(|&a, &b| self.form(a) == self.form(b)) {
            let main = self.most_used(same_form.iter().copied());
            let others = same_form.iter().filter(|&&name| name != main);
            found.extend(others.map(|&other| self.lookalike(main, other)));
            if self.form(main).is_empty() {
                main_without_form = Some(main);
            } else if let Some(without) = main_without_form {
                found.push(self.lookalike(main, without));
            }
        }
    }

    /// Pairs names of different clusters that are one letter apart.
    fn pair_typos(&self, clusters: &mut Alike, found: &mut Vec<Lookalike>) {
        let mut keys: Vec<(String, usize)> = (0..self.written.len())
            .map(|name| (self.readings[name][0].run_together(), name))
            .filter(|(key, _)| could_be_mistyped(key))
            .collect();
        keys.sort_unstable();
        // Of names that share a key the most used one speaks for all.
        let keys: Vec<(&str, usize)> = keys
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| {
                let main = self.most_used(same.iter().map(|&(_, name)| name));
                (same[0].0.as_str(), main)
            })
            .collect();

        for (a, b) in one_letter_apart(&keys) {
            let different = clusters.group(a) != clusters.group(b);
            if different && self.forms_agree(a, b) && self.is_typo_in_a_word(a, b) {
                found.push(self.pair(a, b, Difference::OneLetter));
            }
        }
    }

    fn form(&self, name: usize) -> &str {
        &self.readings[name][0].form
    }

    fn forms_agree(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.form(a), self.form(b));
        a == b || a.is_empty() || b.is_empty()
    }

    /// The name with the most obligations, of several the first.
    fn most_used(&self, names: impl Iterator<Item = usize>) -> usize {
        names
            .min_by_key(|&name| {
                let uses = self.appearances[name].obligations;
                (std::cmp::Reverse(uses), name)
            })
            .expect("callers pass one name at least")
    }

    fn lookalike(&self, a: usize, b: usize) -> Lookalike {
        self.pair(a, b, self.difference(a, b))
    }

    fn pair(&self, a: usize, b: usize, difference: Difference) -> Lookalike {
        let main = self.most_used([a, b].into_iter());
        let other = if main == a { b } else { a };
        let member = |name| Member(u32::try_from(name).expect("names are numbered in 32 bits"));
        Lookalike { names: [member(main), member(other)], difference }
    }

    /// The first difference of the list that explains all of it.
    fn difference(&self, a: usize, b: usize) -> Difference {
        let same = |fold: fn(&str) -> Vec<String>| fold(&self.written[a]) == fold(&self.written[b]);
        let (x, y) = (&self.readings[a], &self.readings[b]);
        let same_words = x.iter().any(|r| y.iter().any(|s| r.words == s.words));
        let foreign = |name: usize| self.written[name].contains(is_greek_or_cyrillic);
        if foreign(a) != foreign(b) {
            Difference::Alphabet
        } else if same(visible_words) {
            Difference::Spaces
        } else if same(|name| visible_words(&name.to_lowercase())) {
            Difference::Capitals
        } else if same(|name| bare_words(name, |c, word| word.extend(c.to_lowercase()))) {
            Difference::Punctuation
        } else if !same_words {
            Difference::Words
        } else if self.form(a) == self.form(b) {
            Difference::Spelling
        } else {
            Difference::LegalForm
        }
    }

    /// Whether the one letter is in a word long enough to be mistyped, and no Roman number.
    fn is_typo_in_a_word(&self, a: usize, b: usize) -> bool {
        let (x, y) = (&self.readings[a][0].words, &self.readings[b][0].words);
        let mut both = x.iter().zip(y);
        both.find(|(v, w)| v != w).is_some_and(|(v, w)| {
            let short = v.len().min(w.len()) < FEWEST_LETTERS_OF_WORD;
            let roman = |word: &str| word.chars().all(|c| "ivxlcdm".contains(c));
            let numbers = roman(v) && roman(w);
            !short && !numbers
        })
    }
}

/// The words between white space, without characters of no width.
fn visible_words(name: &str) -> Vec<String> {
    let visible: String = name.chars().filter(|&c| !has_no_width(c)).collect();
    visible.split_whitespace().map(str::to_owned).collect()
}

/// Only in ASCII: in other scripts one sign is too much of a name.
fn could_be_mistyped(key: &str) -> bool {
    let letters = key.bytes().filter(u8::is_ascii_alphabetic).count();
    key.is_ascii() && letters >= FEWEST_LETTERS_FOR_TYPO
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{obligations, obligations_of};

    fn found(names: &[&str]) -> Vec<(String, String, Difference)> {
        let obligations = obligations_of(names);
        lookalikes(&obligations, &appearances(&obligations))
            .into_iter()
            .map(|l| {
                let [a, b] = l.names.map(|m| obligations.name(m).to_owned());
                (a, b, l.difference)
            })
            .collect()
    }

    #[track_caller]
    fn assert_differ_in(a: &str, b: &str, difference: Difference) {
        assert_eq!(found(&[a, b, "Quite Another Plc"]), [(a.to_owned(), b.to_owned(), difference)]);
    }

    #[track_caller]
    fn assert_two_members(a: &str, b: &str) {
        assert_eq!(found(&[a, b, "Quite Another Plc"]), []);
    }

    #[test]
    fn every_difference_has_its_name() {
        assert_differ_in("Fir SA", "Fir  SA", Difference::Spaces);
        assert_differ_in("Fir SA", "Fir\u{a0}SA\u{200b}", Difference::Spaces);
        assert_differ_in("Fir SA", "FIR sa", Difference::Capitals);
        assert_differ_in("Fir SA", "Fir - S.A.", Difference::Punctuation);
        assert_differ_in("Müller AG", "Mueller AG", Difference::Spelling);
        assert_differ_in("Citroën SA", "CITROEN SA", Difference::Spelling);
        assert_differ_in("Elm Ltd", "Elm Limited", Difference::Spelling);
        assert_differ_in("Elm Ltd", "Elm", Difference::LegalForm);
        assert_differ_in("Elm Trading Ltd", "Trading Elm Ltd", Difference::Words);
        assert_differ_in("Elm-Trading Ltd", "ElmTrading Ltd", Difference::Words);
        assert_differ_in("Alder AG", "Аlder AG", Difference::Alphabet);
        assert_differ_in("POMA AG", "РОМА AG", Difference::Alphabet);
        assert_differ_in("Ёлка", "Elka", Difference::Alphabet);
        assert_differ_in("Juniper GmbH", "Junipper", Difference::OneLetter);
        assert_differ_in("Juniper", "Junpier", Difference::OneLetter);
        assert_differ_in("N0rdica", "Nordica", Difference::OneLetter);
        assert_differ_in("00123", "123", Difference::Spelling);
    }

    #[test]
    fn different_companies_are_left_alone() {
        assert_two_members("Oak AG", "Oak GmbH");
        assert_two_members("Juniper AG", "Junipper GmbH");
        assert_two_members("Plant 12 Trading", "Plant 13 Trading");
        assert_two_members("Plant Trading 1", "Plant Trading 11");
        assert_two_members("Branch Office A", "Branch Office B");
        assert_two_members("Branch Office", "Branch Office B");
        assert_two_members("Holding Fund XVII", "Holding Fund XVIII");
        assert_two_members("Elm", "Elf");
        assert_two_members("深圳", "深川");
        assert_two_members("!", "?");
    }

    #[test]
    fn the_name_used_more_often_comes_first() {
        let rows = ["FIR,A,1.00,EUR,,", "Fir,B,1.00,EUR,,", "C,Fir,1.00,EUR,,"];
        let obligations = obligations(&rows);
        let appearances = appearances(&obligations);

        let found = lookalikes(&obligations, &appearances);

        let names = found[0].names.map(|m| obligations.name(m));
        assert_eq!((found.len(), names), (1, ["Fir", "FIR"]));
        let fir = appearances[found[0].names[0].0 as usize];
        assert_eq!((fir.obligations, fir.first.line), (2, 3));
    }

    #[test]
    fn a_name_without_form_is_paired_with_each_form() {
        let pairs = found(&["Oak AG", "Oak", "Oak GmbH", "Oak A.G."]);

        let pairs: Vec<_> = pairs.iter().map(|(a, b, _)| (a.as_str(), b.as_str())).collect();
        assert_eq!(pairs, [("Oak AG", "Oak A.G."), ("Oak AG", "Oak"), ("Oak", "Oak GmbH")]);
    }

    #[test]
    fn numbered_series_are_no_typos() {
        let names: Vec<String> = (0..2000).map(|n| format!("Company Number {n}")).collect();
        let letters: Vec<String> = ('a'..='z')
            .flat_map(|a| ('a'..='z').map(move |b| format!("Company{a}{b}Branch")))
            .collect();

        assert_eq!(found(&names.iter().map(String::as_str).collect::<Vec<_>>()), []);
        let pairs = found(&letters.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(pairs.len() <= 26 * letters.len());
    }
}
