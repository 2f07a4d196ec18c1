//! What the certificate says about a debt that is not set off whole: whether chance decided.
//!
//! By complementary slackness a debt whose gain (its weight, plus its debtor's potential, less its
//! creditor's) is negative is set off by no largest set-off at all; where the gain is 0 another
//! largest set-off may set it off.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::answer::Tie;
use super::result_folder::read_json;
use crate::failure::Failure;

/// The potentials of a result's clearings.
#[derive(Debug, Deserialize)]
pub(super) struct Ties {
    clearings: Vec<Clearing>,
}

#[derive(Debug, Deserialize)]
struct Clearing {
    currency: String,
    #[serde(default)]
    potentials: HashMap<String, i64>,
}

impl Ties {
    /// Reads `certificate.json`.
    ///
    /// # Errors
    /// [`Failure::Input`] if it is not there or not as Setoff writes it.
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        read_json(folder, "certificate.json")
    }

    /// Whether chance decided about what is left of an obligation of this weight.
    pub(super) fn of(&self, currency: &str, ends: [&str; 2], weight: i64) -> Option<Tie> {
        let clearing = self.clearings.iter().find(|c| c.currency == currency)?;
        let [debtor, creditor] = ends.map(|name| clearing.potentials.get(name).copied());
        let gain = weight.checked_add(debtor?)?.checked_sub(creditor?)?;
        Some(if gain < 0 { Tie::No } else { Tie::Perhaps })
    }
}
