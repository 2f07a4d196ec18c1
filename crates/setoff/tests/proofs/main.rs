//! `setoff frontier` and `setoff within` as a user has them: the files that they write, that anyone can
//! check the proofs with the program of the docs, and that `setoff verify` refuses what is forged.

#![allow(clippy::unwrap_used)] // here a panic is the report

mod forged;
mod frontier;
mod within;

use std::path::Path;
use std::process::Command;

/// Runs the command; returns whether it succeeded, and all that it said.
fn setoff(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_setoff")).args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// The program of a page of the docs, run on a folder.
fn checked(page: &str, folder: &Path) -> Result<String, String> {
    let page = std::fs::read_to_string(format!("../../docs/{page}")).unwrap();
    let (_, program) = page.split_once("```python\n").unwrap();
    let (program, _) = program.split_once("```").unwrap();
    let output = Command::new("python3").args(["-c", program]).arg(folder).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    if output.status.success() { Ok(text) } else { Err(error) }
}
