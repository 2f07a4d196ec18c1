//! The Python programs that check us, each a process that answers one line with one line.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A running Python program.
pub(crate) struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    /// Starts a program of `tests/oracle`.
    pub(crate) fn start(program: &str) -> Self {
        let program = repository().join("tests/oracle").join(program);
        let mut child = Command::new(interpreter())
            .arg(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Sends one request and waits for its answer.
    pub(crate) fn ask(&mut self, request: &Value) -> Result<Value, String> {
        let mut answer = String::new();
        writeln!(self.input, "{request}").map_err(|error| error.to_string())?;
        self.output.read_line(&mut answer).map_err(|error| error.to_string())?;
        serde_json::from_str(&answer)
            .map_err(|_| format!("no answer to {request}: the Python program has stopped"))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It may have stopped by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The Python that has what `tests/requirements.txt` lists.
fn interpreter() -> String {
    std::env::var("SETOFF_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Fails with what to do if the independent solver is not there: a test that quietly does
/// without it would prove nothing.
pub(crate) fn require_the_independent_solver() {
    let found = Command::new(interpreter())
        .args(["-c", "import ortools, numpy"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    assert!(
        found,
        "{} has no OR-Tools: run ./test, or install tests/requirements.txt and name that Python \
         in SETOFF_TEST_PYTHON",
        interpreter()
    );
}
