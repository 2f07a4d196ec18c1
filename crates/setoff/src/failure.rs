//! Why a command did not do what it was asked, and the exit code that says so.

use std::fmt;
use std::process::ExitCode;

/// A command's failure, told to the person on standard error.
///
/// The codes are published in `docs/exit-codes.md` and never change meaning.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A check found something wrong (exit code 1).
    Check(String),
    /// The input or the command is at fault (2).
    Input(String),
    /// The machine is: a full disk, an unreadable file (3).
    Machine(String),
    /// Setoff is: its own result did not verify, and nothing was written (4).
    Bug(String),
}

impl Failure {
    /// What an error of reading means: the machine's fault or the input's.
    pub(crate) fn of_reading(is_machine: bool, error: &impl fmt::Display) -> Self {
        if is_machine { Self::Machine(error.to_string()) } else { Self::Input(error.to_string()) }
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Check(_) => 1,
            Self::Input(_) => 2,
            Self::Machine(_) => 3,
            Self::Bug(_) => 4,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check(text) | Self::Input(text) | Self::Machine(text) => write!(f, "{text}"),
            Self::Bug(text) => write!(
                f,
                "{text}\nThis is a bug in Setoff; nothing was written. Please report it with the \
                 input, or with the output of `setoff check`."
            ),
        }
    }
}
