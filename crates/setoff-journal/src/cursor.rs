//! Reads stored forms from left to right, and says when they end too early.

/// The bytes end before what should follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Truncated;

/// What is left to read.
pub(crate) struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Truncated> {
        let (head, rest) = self.0.split_at_checked(length).ok_or(Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Truncated> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Truncated)?;
        self.0 = rest;
        Ok(*head)
    }

    /// How many bytes are left.
    pub(crate) fn rest(&self) -> usize {
        self.0.len()
    }

    /// The bytes that are left.
    pub(crate) fn remaining(&self) -> &'a [u8] {
        self.0
    }
}
