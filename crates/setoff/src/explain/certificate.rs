//! The potentials of a result's certificate, which say whether chance decided about a debt.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::result_folder::{Debts, read_json};
use crate::failure::Failure;

/// The certificates of a result's clearings.
#[derive(Debug, Deserialize)]
pub(super) struct Certificates {
    clearings: Vec<Certificate>,
}

#[derive(Debug, Deserialize)]
struct Certificate {
    currency: String,
    #[serde(default)]
    potentials: HashMap<String, i64>,
}

impl Certificates {
    /// Reads `certificate.json`.
    ///
    /// # Errors
    /// [`Failure::Input`] if it is not there or not as Setoff writes it.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        read_json(folder, "certificate.json")
    }

    /// A clearing's potentials in the members' numbering, 0 for those who take no part in it.
    pub(super) fn potentials(&self, debts: &Debts, clearing: usize) -> Option<Vec<i64>> {
        let code = debts.clearings[clearing].code();
        let certificate = self.clearings.iter().find(|c| c.currency == code)?;
        let of = |name: &String| certificate.potentials.get(name).copied().unwrap_or(0);
        Some(debts.names.iter().map(of).collect())
    }
}
