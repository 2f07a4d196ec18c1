//! Standard output: a command's data, and nothing else.

use std::io::{ErrorKind, Write};

use crate::failure::Failure;

/// Prints a text, its colours only if standard output is a terminal and `NO_COLOR` is not set.
///
/// A reader that has seen enough (`setoff check FILE | head`) is no failure.
///
/// # Errors
/// [`Failure::Machine`] if it can't be written.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Machine(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
