//! File names for members' statements: safe on every system, and different wherever members are.

use std::collections::{BTreeMap, BTreeSet};

use setoff_formats::{Member, Obligations};
use sha2::{Digest, Sha256};

use crate::result_json::hex;
use crate::wording::shortened;

/// The most characters of a member's name that its file's name keeps.
const LONGEST: usize = 60;

/// Names that Windows keeps for devices, whatever ending follows.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// A file name without an ending for every one of these members.
///
/// A name that every file system takes as it is stays so. Any other is cleaned and gets the first
/// digits of its SHA-256, so that names differ even where a system takes `é` written in two ways,
/// or upper and lower case, for the same.
pub(crate) fn file_names(
    obligations: &Obligations,
    members: &[Member],
) -> BTreeMap<Member, String> {
    let mut same = BTreeMap::<String, usize>::new();
    for &member in members {
        *same.entry(obligations.name(member).to_lowercase()).or_default() += 1;
    }
    let plain = |name: &str| {
        name.is_ascii() && cleaned(name) == name && same.get(&name.to_lowercase()) == Some(&1)
    };
    let (kept, changed): (Vec<Member>, Vec<Member>) =
        members.iter().partition(|&&member| plain(obligations.name(member)));

    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for member in kept {
        let name = obligations.name(member);
        taken.insert(name.to_lowercase());
        names.insert(member, name.to_owned());
    }
    for member in changed {
        let name = obligations.name(member);
        let digits = hex(&Sha256::digest(name.as_bytes()));
        let stem = cleaned(name);
        let unique = (8..=digits.len())
            .map(|length| format!("{stem}-{}", &digits[..length]))
            .find(|candidate| taken.insert(candidate.to_lowercase()))
            .expect("no two names have the same SHA-256");
        names.insert(member, unique);
    }
    names
}

/// The name with everything replaced that some system does not take or that could mislead.
fn cleaned(name: &str) -> String {
    let safe = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%' | '~' => false,
        _ if c.is_ascii() => !c.is_ascii_control(),
        _ => c.is_alphanumeric(),
    };
    let replaced: String = name.chars().map(|c| if safe(c) { c } else { '_' }).collect();
    let short = match shortened(&replaced, LONGEST) {
        cut if cut == replaced => replaced,
        cut => cut.trim_end_matches('…').to_owned(),
    };
    let ends = |c: char| c == '.' || c == ' ';
    let bare = short.trim_end_matches(ends).trim_start_matches(|c| ends(c) || c == '-');
    if bare.is_empty() || is_reserved(bare) { format!("_{bare}") } else { bare.to_owned() }
}

fn is_reserved(name: &str) -> bool {
    let device = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = device.strip_prefix("com").or_else(|| device.strip_prefix("lpt"));
    let port = numbered.is_some_and(|n| {
        let mut digits = n.chars();
        matches!(digits.next(), Some('0'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
    });
    port || RESERVED.contains(&device.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::testing::obligations;

    fn names_of(names: &[&str]) -> Vec<String> {
        let mut table = csv::Writer::from_writer(Vec::new());
        for name in names {
            table.write_record([name, "The only creditor", "1", "EUR"]).unwrap();
        }
        let table = String::from_utf8(table.into_inner().unwrap()).unwrap();
        let obligations = obligations(&table);
        let members: Vec<Member> =
            names.iter().map(|name| obligations.find(name).unwrap()).collect();
        let by_member = file_names(&obligations, &members);
        members.iter().map(|member| by_member[member].clone()).collect()
    }

    #[test]
    fn an_ordinary_name_stays_as_it_is() {
        assert_eq!(names_of(&["Alder Holding AG", "Müller"])[0], "Alder Holding AG");
    }

    #[test]
    fn names_that_lead_elsewhere_or_nowhere_are_tamed() {
        let tamed = names_of(&[
            "../../etc/passwd",
            "C:\\temp",
            "con",
            "NUL.txt",
            "COM1",
            "..",
            "-rf",
            "a/b",
            "a\\b",
            "Acme",
            "ACME",
            "Žepče",
            "Z\u{030c}epče",
            "ends with a dot.",
        ]);

        insta::assert_snapshot!(tamed.join("\n"));
    }

    proptest! {
        #[test]
        fn every_name_is_safe_and_no_two_are_the_same(
            names in proptest::collection::btree_set("\\PC{1,200}|[aA./\\\\ ]{1,3}", 1..12),
        ) {
            let names: Vec<&str> =
                names.iter().map(|n| n.trim()).filter(|n| !n.is_empty()).collect();
            let distinct: BTreeSet<&str> = names.iter().copied().collect();

            let files = names_of(&names);

            let mut seen = BTreeSet::new();
            for file in &files {
                prop_assert!(file.len() <= 250, "{file}");
                prop_assert!(!file.contains(['/', '\\', ':', '\0', '\u{202e}']), "{file}");
                prop_assert!(!file.starts_with(['.', '-', ' ']) && !file.ends_with(['.', ' ']), "{file}");
                prop_assert!(!is_reserved(file), "{file}");
                seen.insert(file.to_lowercase());
            }
            prop_assert_eq!(seen.len(), distinct.len());
        }
    }
}
