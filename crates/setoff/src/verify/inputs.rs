//! The input files: where they are found again, and whether they are the ones that were cleared.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde_json::json;
use setoff_formats::{FileRead, Source};
use sha2::{Digest, Sha256};

use super::claims::{Claims, Input};
use super::findings::{Findings, quoted};
use super::{Stop, open_file};

/// Where the inputs are: as the person says, else under the name that they were given to `clear`
/// by, else under their file name beside the result.
///
/// # Errors
/// [`Stop::Usage`] says which one can't be found and what to do.
pub(super) fn find(folder: &Path, claims: &Claims, given: &[PathBuf]) -> Result<Vec<Source>, Stop> {
    if given.is_empty() {
        return claims.inputs.iter().map(|input| find_one(folder, &input.name)).collect();
    }
    if given.len() != claims.inputs.len() {
        let names: Vec<_> = claims.inputs.iter().map(|i| quoted(i.name.as_bytes())).collect();
        return Err(Stop::Usage(format!(
            "--input names {} files, but the result is of {}: {}. Give them in this order.",
            given.len(),
            names.len(),
            names.join(", ")
        )));
    }
    let source = |path: &PathBuf| match path.to_str() {
        Some("-") => Source::Stdin,
        _ => Source::File(path.clone()),
    };
    Ok(given.iter().map(source).collect())
}

/// Where a table is that the result was computed with: where the person says, else as the result names
/// it, else beside the result.
///
/// # Errors
/// [`Stop::Usage`] if it is not found.
pub(super) fn find_table(
    folder: &Path,
    name: &str,
    given: Option<&Path>,
    option: &str,
) -> Result<PathBuf, Stop> {
    match given.map_or_else(|| find_one(folder, name), |path| Ok(Source::File(path.to_owned()))) {
        Ok(Source::File(path)) => Ok(path),
        _ => Err(Stop::Usage(format!(
            "the table {} is neither there nor beside the result: say where it is with {option} FILE",
            quoted(name.as_bytes())
        ))),
    }
}

fn find_one(folder: &Path, name: &str) -> Result<Source, Stop> {
    if name == "-" {
        return Err(Stop::Usage(
            "the result is of standard input: say where its bytes are with --input FILE, or \
             --input - to pass them again"
                .to_owned(),
        ));
    }
    let beside = Path::new(name).file_name().map(|name| {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        folder.parent().unwrap_or(&folder).join(name)
    });
    [Some(PathBuf::from(name)), beside]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
        .map(Source::File)
        .ok_or_else(|| {
            Stop::Usage(format!(
                "the input {} is neither there nor beside the result: say where it is with \
                 --input FILE",
                quoted(name.as_bytes())
            ))
        })
}

/// Compares what was read with what the result says was read; says whether it is the same file.
pub(super) fn check(claimed: &Input, read: &FileRead, findings: &mut Findings) -> bool {
    if !check_hash(claimed, &hex(&read.sha256), findings) {
        return false;
    }
    for (what, found, claimed) in
        [("bytes", read.bytes, claimed.bytes), ("rows", read.rows, claimed.rows)]
    {
        if found != claimed {
            findings.add(|| {
                let name = quoted(read.name.as_bytes());
                format!("{name}: has {found} {what}, but the result says {claimed}")
            });
        }
    }
    let recipe = json!(read.recipe);
    if recipe != claimed.recipe {
        findings.add(|| {
            let name = quoted(claimed.name.as_bytes());
            format!("{name}: was read by another recipe than the result says: by {recipe}")
        });
    }
    true
}

/// Says whether the bytes of an input that can't be read as it was are still the same.
pub(super) fn check_unread(
    claimed: &Input,
    source: &Source,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let Source::File(path) = source else { return Ok(()) };
    let mut hash = Sha256::new();
    let unreadable = |error: io::Error| Stop::of_io(path, &error);
    let mut input = BufReader::with_capacity(1 << 17, File::open(path).map_err(unreadable)?);
    loop {
        let chunk = input.fill_buf().map_err(unreadable)?;
        if chunk.is_empty() {
            break;
        }
        hash.update(chunk);
        let length = chunk.len();
        input.consume(length);
    }
    check_hash(claimed, &hex(&hash.finalize()), findings);
    Ok(())
}

fn check_hash(claimed: &Input, hash: &str, findings: &mut Findings) -> bool {
    let is_same = hash == claimed.sha256;
    if !is_same {
        let name = quoted(claimed.name.as_bytes());
        findings.add_in_front(format!(
            "{name}: these are not the bytes that were cleared: their SHA-256 is {hash}, but \
             the result says {}",
            claimed.sha256
        ));
    }
    is_same
}

/// Compares `input.sha256` with the hashes in `result.json`.
pub(super) fn check_list(
    folder: &Path,
    claims: &Claims,
    findings: &mut Findings,
) -> Result<(), Stop> {
    let listed = claims.inputs.iter().map(|input| format!("{}  {}\n", input.sha256, input.name));
    let expected: String = listed.collect();
    let path = folder.join("input.sha256");
    let file = open_file(&path)?;
    let length = file.metadata().map_err(|error| Stop::of_io(&path, &error))?.len();
    let same = length == expected.len() as u64
        && io::read_to_string(file).is_ok_and(|found| found == expected);
    if !same {
        findings.add(|| "input.sha256: does not list the inputs of result.json".to_owned());
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).expect("a half byte is a digit");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
