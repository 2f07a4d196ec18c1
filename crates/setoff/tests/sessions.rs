//! Sessions on the terminal, as people have them, and the reference page of all commands.
//!
//! `TRYCMD=overwrite cargo test --test sessions` writes what the commands print now into the
//! sessions and the page; read the difference before you commit it.

use std::process::Command;

const REFERENCE_PAGE: &str = "../../docs/cli.md";

#[test]
fn sessions_and_the_reference_page_print_what_they_say() {
    trycmd::TestCases::new().case("tests/sessions/*.md").case(REFERENCE_PAGE);
}

/// A month of a union, as its page tells it.
#[test]
fn the_month_of_a_union_goes_as_the_page_says() {
    trycmd::TestCases::new()
        .env("SETOFF_PASSPHRASE", "a long sentence")
        .env("SETOFF_OPERATOR", "keys/operator.key")
        .env("SETOFF_UNION", "forest.db")
        .case("../../docs/union.md");
}

#[test]
fn the_reference_page_has_every_command() {
    let page = std::fs::read_to_string(REFERENCE_PAGE).unwrap();
    let help = Command::new(env!("CARGO_BIN_EXE_setoff")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();

    let names: Vec<&str> =
        commands.lines().filter_map(|line| line.split_whitespace().next()).collect();

    assert!(names.contains(&"clear"), "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(page.contains(&format!("\n## setoff {name}\n")), "no section on {name}");
        assert!(page.contains(&format!("\n$ setoff {name} --help\n")), "no options of {name}");
    }
}
