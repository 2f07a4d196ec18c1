//! The mistakes that `planted/run.sh` plants have to fit the code of today.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

/// The lines of the code as a patch of one hunk expects them, and in which file.
fn expected(patch: &str) -> (&str, Vec<&str>) {
    let file = patch.lines().find_map(|line| line.strip_prefix("--- a/")).unwrap();
    let hunk = patch.lines().skip_while(|line| !line.starts_with("@@")).skip(1);
    let old = hunk.filter(|line| !line.starts_with('+'));
    (file, old.map(|line| line.get(1..).unwrap_or_default()).collect())
}

#[test]
fn every_mistake_can_still_be_planted() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in fs::read_dir(crates.join("planted")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "patch") {
            continue;
        }
        let patch = fs::read_to_string(&path).unwrap();
        let (file, lines) = expected(&patch);
        let code = fs::read_to_string(crates.join("../..").join(file)).unwrap();
        let code: Vec<&str> = code.lines().collect();
        let fits = code.windows(lines.len()).any(|window| window == lines);
        assert!(fits, "{} does not fit {file} any more", path.display());
        count += 1;
    }
    assert_eq!(count, 17);
}
