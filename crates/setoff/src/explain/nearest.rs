//! What a person probably meant who wrote a name that is not there.

use strsim::osa_distance;

/// How many names are suggested.
const MOST: usize = 3;

/// The known names that are nearest to `text`: those that contain it, else those that few typos
/// lead to; at most three.
pub(super) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let text = text.trim().to_lowercase();
    let length = text.chars().count();
    let most_typos = (length / 3).max(1);
    let mut near: Vec<(usize, &str)> = known
        .filter_map(|name| {
            let lower = name.to_lowercase();
            if length > 1 && lower.contains(&text) {
                return Some((0, name));
            }
            if lower.chars().count().abs_diff(length) > most_typos {
                return None;
            }
            let typos = osa_distance(&text, &lower);
            (typos <= most_typos).then_some((1 + typos, name))
        })
        .collect();
    near.sort_unstable_by_key(|&(rank, name)| (rank, name.len(), name));
    near.truncate(MOST);
    near.into_iter().map(|(_, name)| name).collect()
}

/// "Did you mean …?" with names nearest first, or what else to do where nothing is near.
pub(super) fn suggestion(names: &[&str], otherwise: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.split_last() {
        None => otherwise.to_owned(),
        Some((only, [])) => format!("Did you mean {only}?"),
        Some((last, others)) => format!("Did you mean {} or {last}?", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["Fir Services SA", "Fir Logistics BV", "Birch GmbH", "Oak AG"];

    #[test]
    fn a_part_of_a_name_finds_the_whole() {
        assert_eq!(nearest("fir", NAMES.into_iter()), ["Fir Services SA", "Fir Logistics BV"]);
    }

    #[test]
    fn typos_and_capitals_are_forgiven() {
        assert_eq!(nearest("BRICH GmbH", NAMES.into_iter()), ["Birch GmbH"]);
        assert_eq!(nearest("Quince Inc", NAMES.into_iter()), Vec::<&str>::new());
    }

    #[test]
    fn suggestions_read_like_a_question() {
        assert_eq!(suggestion(&["A", "B", "C"], ""), "Did you mean \"A\", \"B\" or \"C\"?");
        assert_eq!(suggestion(&["A"], ""), "Did you mean \"A\"?");
        assert_eq!(suggestion(&[], "Look it up."), "Look it up.");
    }
}
