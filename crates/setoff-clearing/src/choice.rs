//! Why a choice among set-offs was not made.

use std::fmt;

use crate::{ClassClearing, NetworkError};

/// The most classes that debts can belong to, each of which takes a clearing.
pub const MOST_CLASSES: usize = 64;

/// Why there is no answer to which of several set-offs it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChoiceError {
    /// Not one class for each debt of the network, or more than [`MOST_CLASSES`].
    Classes {
        /// For how many debts there is a class.
        given: usize,
        /// How many different classes there are.
        classes: usize,
    },
    /// What is left open makes a network that is too large; it has up to two nodes a member and
    /// weights up to a million.
    Network(NetworkError),
    /// The caller's progress function asked to stop before the choice was made. What there was is a
    /// feasible set-off with a certificate for each class; [`class_gaps`](crate::class_gaps()) says
    /// how far it may be from the largest. Between one debtor and one creditor earlier classes go
    /// first, then heavier debts, then those given first.
    Stopped(Box<ClassClearing>),
}

impl From<NetworkError> for ChoiceError {
    fn from(error: NetworkError) -> Self {
        Self::Network(error)
    }
}

impl fmt::Display for ChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Classes { given, classes } => write!(
                f,
                "there must be one class for each debt, and at most {MOST_CLASSES} different \
                 ones: here are {classes} for {given} debts"
            ),
            Self::Network(error) => write!(f, "to choose among the largest set-offs: {error}"),
            Self::Stopped(_) => write!(f, "it was asked to stop"),
        }
    }
}

impl std::error::Error for ChoiceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Network(error) => Some(error),
            Self::Classes { .. } | Self::Stopped(_) => None,
        }
    }
}
