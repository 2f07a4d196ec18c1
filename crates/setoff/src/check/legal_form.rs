//! Legal forms of companies as they stand in names: what is written differently but means the
//! same, and what may be left out.

/// Forms of one word and their common spelling. An empty one says nothing by itself (`Co`, `Pty`).
/// Sorted by the first, in the letters that a reading of a name has: lower-case ASCII.
const WORDS: &[(&str, &str)] = &[
    ("ab", "ab"),
    ("ad", "ad"),
    ("ag", "ag"),
    ("aktiebolag", "ab"),
    ("aktiengesellschaft", "ag"),
    ("ao", "ao"),
    ("aps", "aps"),
    ("as", "as"),
    ("asa", "asa"),
    ("bhd", "bhd"),
    ("bt", "bt"),
    ("bv", "bv"),
    ("bvba", "bvba"),
    ("cjsc", "cjsc"),
    ("co", ""),
    ("company", ""),
    ("corp", "corp"),
    ("corporation", "corp"),
    ("cv", "cv"),
    ("dd", "dd"),
    ("dno", "dno"),
    ("doo", "doo"),
    ("dooel", "dooel"),
    ("ead", "ead"),
    ("eg", "eg"),
    ("ehf", "ehf"),
    ("ek", "ek"),
    ("eood", "eood"),
    ("epe", "epe"),
    ("eu", "eu"),
    ("eurl", "eurl"),
    ("gbr", "gbr"),
    ("gesmbh", "gmbh"),
    ("gie", "gie"),
    ("gmbh", "gmbh"),
    ("hb", "hb"),
    ("hf", "hf"),
    ("inc", "inc"),
    ("incorporated", "inc"),
    ("is", "is"),
    ("jdoo", "jdoo"),
    ("jsc", "jsc"),
    ("kb", "kb"),
    ("kd", "kd"),
    ("kft", "kft"),
    ("kg", "kg"),
    ("kgaa", "kgaa"),
    ("kk", "kk"),
    ("ks", "ks"),
    ("lda", "lda"),
    ("limited", "ltd"),
    ("llc", "llc"),
    ("llp", "llp"),
    ("lp", "lp"),
    ("ltd", "ltd"),
    ("ltda", "ltda"),
    ("nv", "nv"),
    ("nyrt", "nyrt"),
    ("oao", "oao"),
    ("og", "og"),
    ("ohg", "ohg"),
    ("ojsc", "ojsc"),
    ("ood", "ood"),
    ("ooo", "ooo"),
    ("ou", "ou"),
    ("oy", "oy"),
    ("oyj", "oyj"),
    ("pao", "pao"),
    ("pjsc", "pjsc"),
    ("plc", "plc"),
    ("pt", "pt"),
    ("pte", ""),
    ("pty", ""),
    ("sa", "sa"),
    ("sae", "sae"),
    ("sapa", "sapa"),
    ("sarl", "sarl"),
    ("sas", "sas"),
    ("sasu", "sasu"),
    ("sau", "sau"),
    ("sc", ""),
    ("sca", "sca"),
    ("scs", "scs"),
    ("sdn", ""),
    ("se", "se"),
    ("sia", "sia"),
    ("sicav", "sicav"),
    ("sk", "sk"),
    ("sl", "sl"),
    ("slu", "slu"),
    ("snc", "snc"),
    ("spa", "spa"),
    ("spj", "spj"),
    ("spk", "spk"),
    ("spol", ""),
    ("sprl", "sprl"),
    ("spzoo", "spzoo"),
    ("srl", "srl"),
    ("srls", "srls"),
    ("sro", "sro"),
    ("tbk", ""),
    ("tov", "tov"),
    ("uab", "uab"),
    ("ug", "ug"),
    ("vof", "vof"),
    ("vos", "vos"),
    ("zao", "zao"),
    ("zrt", "zrt"),
];

/// Forms of several words, longer ones first where one ends with another.
const PHRASES: &[(&[&str], &str)] = &[
    (&["gesellschaft", "mit", "beschrankter", "haftung"], "gmbh"),
    (&["public", "limited", "company"], "plc"),
    (&["limited", "liability", "company"], "llc"),
    (&["limited", "liability", "partnership"], "llp"),
    (&["societe", "anonyme"], "sa"),
    (&["sociedad", "anonima"], "sa"),
    (&["sociedad", "limitada"], "sl"),
    (&["societa", "per", "azioni"], "spa"),
    (&["naamloze", "vennootschap"], "nv"),
    (&["besloten", "vennootschap"], "bv"),
    (&["sp", "z", "oo"], "spzoo"),
    (&["sp", "zoo"], "spzoo"),
    (&["sp", "j"], "spj"),
    (&["sp", "k"], "spk"),
    (&["sa", "rl"], "sarl"),
    (&["s", "r", "o"], "sro"),
    (&["s", "ro"], "sro"),
    (&["d", "o", "o"], "doo"),
    (&["s", "a"], "sa"),
];

/// Takes the legal forms off the ends of a name's words, but never all words, and returns them:
/// their common spellings, sorted, or an empty text.
pub(super) fn take_legal_form(words: &mut Vec<String>) -> String {
    let mut forms = Vec::new();
    while let Some((form, length)) = form_at_the_end(words) {
        forms.push(form);
        words.truncate(words.len() - length);
    }
    while words.len() > 1
        && let Some(form) = form_of_one_word(&words[0])
    {
        forms.push(form);
        words.remove(0);
    }
    forms.retain(|form| !form.is_empty());
    forms.sort_unstable();
    forms.dedup();
    forms.join(" ")
}

/// The form that the words end with and how many of them it is; at least one word stays.
fn form_at_the_end(words: &[String]) -> Option<(&'static str, usize)> {
    let phrase = PHRASES.iter().find(|(phrase, _)| {
        words.len() > phrase.len() && words[words.len() - phrase.len()..] == **phrase
    });
    if let Some((phrase, form)) = phrase {
        return Some((form, phrase.len()));
    }
    let last = words.last().filter(|_| words.len() > 1)?;
    form_of_one_word(last).map(|form| (form, 1))
}

fn form_of_one_word(word: &str) -> Option<&'static str> {
    let found = WORDS.binary_search_by_key(&word, |&(written, _)| written);
    found.ok().map(|i| WORDS[i].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_are_sorted_for_the_search() {
        assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn one_word_always_stays() {
        let mut words = vec!["sa".to_owned(), "ltd".to_owned()];

        let form = take_legal_form(&mut words);

        assert_eq!((words, form), (vec!["sa".to_owned()], "ltd".to_owned()));
    }
}
