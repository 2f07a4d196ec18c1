//! Every exit code that `docs/exit-codes.md` promises occurs as it says, except 4, which only a bug
//! of ours would bring about: the tests of `src/clear.rs` make one.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const GROUP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/group.csv");

fn setoff(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_setoff"));
    command.args(args).stdin(Stdio::null());
    command
}

#[track_caller]
fn assert_code(args: &[&str], code: i32) {
    let output = setoff(args).output().expect("the binary was built for this test");
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", words(&output));
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with a result of the example in `result`.
fn with_result() -> (TempDir, String) {
    let folder = TempDir::new().expect("tests may write temporary files");
    let result = folder.path().join("result").display().to_string();
    assert_code(&["clear", GROUP, "--quiet", "--out", &result], 0);
    (folder, result)
}

fn path_of(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

#[test]
fn done_is_0() {
    let (_folder, result) = with_result();

    assert_code(&["check", GROUP], 0);
    assert_code(&["explain", &result, "--member", "Oak Machines GmbH"], 0);
    assert_code(&["generate", "micro"], 0);
    assert_code(&["--help"], 0);
    assert_code(&["--version"], 0);
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let folder = TempDir::new().unwrap();
    let input = path_of(&folder, "network.csv");
    assert_code(&["generate", "uniform", "--obligations", "20000", "--out", &input], 0);
    let result = path_of(&folder, "result");
    assert_code(&["clear", &input, "--quiet", "--out", &result], 0);
    let names = fs::read_to_string(Path::new(&result).join("positions.csv")).unwrap();
    let member = names.lines().nth(1).unwrap().split(',').next().unwrap();

    let mut child = setoff(&["explain", &result, "--member", member, "--json", "--all"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();

    assert_eq!((first, output.status.code()), ([b'{'], Some(0)), "{}", words(&output));
}

#[test]
fn a_failed_check_is_1() {
    let (_folder, result) = with_result();
    assert_code(&["verify", &result, "--input", GROUP], 0);
    let file = Path::new(&result).join("discharges.csv");
    let table = fs::read_to_string(&file).unwrap();
    let row = table.lines().find(|row| row.ends_with(",0.00")).unwrap();
    let forged = row.replace(",0.00", ",0.01");
    fs::write(&file, table.replace(row, &forged)).unwrap();

    assert_code(&["verify", &result, "--input", GROUP], 1);
}

#[test]
fn a_fault_of_the_input_or_the_command_is_2() {
    let (folder, result) = with_result();
    let bad = path_of(&folder, "bad.csv");
    fs::write(&bad, "debtor,creditor,amount\nAlder,Alder,1\nAlder,Birch,2\n").unwrap();
    let empty = path_of(&folder, "empty.csv");
    fs::write(&empty, "").unwrap();
    let this_folder = folder.path().display().to_string();

    for args in [
        &["check", &bad][..],
        &["check", &empty],
        &["check", &bad, "--json"],
        &["clear", &bad],
        &["clear", &bad, "--keep-going"],
        &["clear", GROUP, "--out", &result],
        &["explain", &result, "--member", "Nobody"],
        &["explain", &result, "--member", "Oak Machines GmbH", "--reference", "none"],
        &["explain", "/no/such/folder", "--member", "Oak Machines GmbH"],
        &["explain", GROUP, "--member", "Oak Machines GmbH"],
        &["verify", "/no/such/folder"],
        &["verify", &result, "--input", "/no/such/file.csv"],
        &["verify", &result, "--input", &this_folder],
        // What is not there is the fault of who names it, whatever it should be.
        &["check", "/no/such/file.csv"],
        &["check", &this_folder],
        &["check", GROUP, &this_folder, "--json"],
        &["clear", "/no/such/file.csv"],
        &["clear", &this_folder],
        &["clear", &format!("{GROUP}/in-a-file.csv")],
        &["clear", GROUP, "--quiet", "--out", "/no/such/folder/result"],
        &["generate", "micro", "--out", "/no/such/folder/micro.csv"],
        &["clear", GROUP, "--map", "/no/such/map.toml"],
        &["clear", GROUP, "--map", &this_folder],
        &["clear", GROUP, "--unit", "EUR", "--rates", "/no/such/rates.csv"],
        &["clear", GROUP, "--unit", "EUR", "--rates", &this_folder],
        &["check"],
        &["check", GROUP, "--no-such-option"],
        &["no-such-command"],
        &[],
    ] {
        assert_code(args, 2);
    }
    assert_code(&["clear", &bad, "--keep-going", "--allow-rejected"], 0);
}

#[test]
fn a_fault_of_the_machine_is_3() {
    let (_folder, result) = with_result();
    // A table whose bytes can't be read: a folder in its place.
    fs::remove_file(Path::new(&result).join("circles.csv")).unwrap();
    fs::create_dir(Path::new(&result).join("circles.csv")).unwrap();

    // A file that is there and whose first bytes no process may read.
    let unreadable = "/proc/self/mem";
    assert_code(&["check", unreadable], 3);
    assert_code(&["check", GROUP, unreadable, "--json"], 3);
    assert_code(&["clear", GROUP, "--map", unreadable], 3);
    assert_code(&["clear", GROUP, "--unit", "EUR", "--rates", unreadable], 3);
    assert_code(&["explain", &result, "--member", "Oak Machines GmbH"], 3);
    assert_code(&["clear", GROUP, "--quiet", "--out", "/proc/result"], 3);
    assert_code(&["generate", "micro", "--out", "/proc/micro.csv"], 3);
}

#[test]
fn a_full_standard_output_is_3() {
    let (_folder, result) = with_result();
    for args in [
        &["check", GROUP][..],
        &["check", GROUP, "--json"],
        &["clear", GROUP],
        &["clear", GROUP, "--json"],
        &["explain", &result, "--member", "Oak Machines GmbH"],
        &["generate", "trade"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();

        let output = setoff(args).stdout(full).output().unwrap();

        assert_eq!(output.status.code(), Some(3), "{args:?}: {}", words(&output));
        assert!(words(&output).contains("No space left"), "{args:?}: {}", words(&output));
    }
}

#[test]
fn the_page_lists_the_codes_once_each() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exit-codes.md");
    let page = fs::read_to_string(page).unwrap();

    let codes: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next())
        .filter(|code| code.chars().all(|c| c.is_ascii_digit()))
        .collect();

    assert_eq!(codes, ["0", "1", "2", "3", "4"]);
}
