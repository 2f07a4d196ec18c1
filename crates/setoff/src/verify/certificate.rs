//! `certificate.json` as it stands; what it claims is checked elsewhere.

use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::{Stop, strict_json};

/// A certificate names every member once: this is room for some twenty million.
const LARGEST: u64 = 1 << 30;

/// The whole file. Its format has no other fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Certificate {
    pub(super) format: String,
    pub(super) mode: String,
    pub(super) clearings: Vec<CertifiedClearing>,
}

/// One clearing's figures, in minor units, and potentials.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertifiedClearing {
    pub(super) currency: String,
    pub(super) decimals: u8,
    pub(super) gross: String,
    pub(super) cleared: String,
    pub(super) weighted: String,
    #[serde(default)]
    pub(super) potentials: Option<Potentials>,
    /// How much more there could be, where the optimiser was stopped.
    #[serde(default)]
    pub(super) gap: Option<String>,
    #[serde(default)]
    pub(super) classes: Option<Vec<CertifiedClass>>,
    #[serde(default)]
    pub(super) fair: Option<Vec<CertifiedStep>>,
    #[serde(default)]
    pub(super) whole: Option<CertifiedWhole>,
    #[serde(default)]
    pub(super) fewest: Option<CertifiedFewest>,
}

/// The bound on set-offs of whole obligations, and the search that shows it. Potentials are in the
/// order of the members' names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertifiedWhole {
    pub(super) bound: String,
    pub(super) proof: Vec<WholeNode>,
}

/// A node of that search.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WholeNode {
    /// By the number of a row of `discharges.csv`, from 1.
    Split(u64),
    Bound(Vec<i64>),
    None(Vec<i64>),
    /// By the member's name.
    Unbalanced(String),
}

/// How many obligations are discharged whole, the bound on how many can be, and the search that
/// shows it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertifiedFewest {
    pub(super) whole: u64,
    pub(super) bound: u64,
    pub(super) proof: Vec<FewestNode>,
}

/// A node of that search.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FewestNode {
    Split { debtor: String, creditor: String, whole: usize },
    Bound { scale: u64, potentials: Vec<i64> },
}

/// What is cleared of one class, and its potentials.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertifiedClass {
    pub(super) weight: u32,
    pub(super) cleared: String,
    pub(super) potentials: Potentials,
    #[serde(default)]
    pub(super) gap: Option<String>,
}

/// The potentials of one step of the rule of `--among fair`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertifiedStep {
    pub(super) owed: Potentials,
    pub(super) owing: Potentials,
}

/// Names and potentials in the file's order, a name twice included.
#[derive(Debug)]
pub(super) struct Potentials(pub(super) Vec<(Box<str>, i64)>);

impl CertifiedClearing {
    /// The gaps that are stated, class by class; one without classes.
    pub(super) fn gaps(&self) -> Vec<Option<&str>> {
        match &self.classes {
            Some(classes) => classes.iter().map(|class| class.gap.as_deref()).collect(),
            None => vec![self.gap.as_deref()],
        }
    }

    /// Whether it is said to be less than the largest, perhaps.
    pub(super) fn is_stopped(&self) -> bool {
        self.gap.is_some() || self.gaps().iter().any(Option::is_some)
    }
}

impl Certificate {
    pub(super) fn read(folder: &Path) -> Result<Self, Stop> {
        strict_json::read(folder, "certificate.json", LARGEST)
    }
}

impl<'de> Deserialize<'de> for Potentials {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PotentialsVisitor;

        impl<'de> Visitor<'de> for PotentialsVisitor {
            type Value = Potentials;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a whole number for every member")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Potentials, A::Error> {
                let mut potentials = Vec::new();
                while let Some(entry) = object.next_entry()? {
                    potentials.push(entry);
                }
                Ok(Potentials(potentials))
            }
        }

        deserializer.deserialize_map(PotentialsVisitor)
    }
}
