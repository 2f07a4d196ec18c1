//! Obligations as `setoff frontier` and `setoff within` take them: all good, each with its weight.

use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};
use setoff_clearing::Seed;
use setoff_formats::{FileRead, Obligations, Rules};

use crate::clear::parse_seed;
use crate::failure::Failure;
use crate::netting::{self, CurrencyNetwork};
use crate::progress::Phases;
use crate::reading_args::{ReadingArgs, read_good};
use crate::result_json::{self, Weights, hex};
use crate::weights;

#[derive(Debug, Args)]
pub(crate) struct WeighedArgs {
    #[command(flatten)]
    reading: ReadingArgs,

    /// Count a unit discharged as often as this column says, or N times if its obligation was due before
    /// --as-of
    #[arg(long, value_name = "COLUMN|overdue:N")]
    weights: Option<String>,

    /// The day on which an obligation is overdue, for --weights overdue:N
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,

    /// Decides between equally large discharges: a whole number or 64 hexadecimal digits [default: a
    /// hash of the obligations]
    #[arg(long, value_name = "SEED", value_parser = parse_seed)]
    seed: Option<Seed>,
}

/// The obligations, and how they came about.
pub(crate) struct Weighed {
    pub(crate) obligations: Obligations,
    pub(crate) files: Vec<FileRead>,
    /// How they were read, unless a file's own rules differ.
    pub(crate) rules: Rules,
    /// How each of them was read.
    own_rules: Vec<Rules>,
    pub(crate) seed: Seed,
    pub(crate) weights: Option<String>,
    /// The day on which obligations are overdue.
    as_of: Option<Date>,
}

impl WeighedArgs {
    /// Reads and weighs the obligations, and makes a network of those of each currency, by code.
    ///
    /// # Errors
    /// [`Failure`] if there are bad rows, or something is wrong with the weights.
    pub(crate) fn read(
        &self,
        phases: &mut Phases,
    ) -> Result<(Weighed, Vec<CurrencyNetwork>), Failure> {
        let weights = weights::parse_counting(self.weights.as_deref(), self.as_of)?;
        phases.begin("read");
        let inputs = self.reading.inputs(weights.as_ref().and_then(Weights::column))?;
        let reading = read_good(&inputs, phases)?;
        let mut obligations = reading.obligations;
        if let Some(weights) = &weights {
            weights::weigh(&mut obligations, weights, self.as_of);
        }
        let (networks, own_seed) = netting::networks(&obligations)?;
        let weighed = Weighed {
            obligations,
            files: reading.files,
            rules: inputs.rules,
            own_rules: inputs.files.into_iter().map(|(_, rules)| rules).collect(),
            seed: self.seed.unwrap_or(own_seed),
            weights: self.weights.clone(),
            as_of: self.as_of,
        };
        Ok((weighed, networks))
    }
}

impl Weighed {
    /// The fields of a result that say what it was found from.
    pub(crate) fn json(&self, format: &str) -> Value {
        json!({
            "format": format,
            "inputs": result_json::inputs(&self.files, &self.rules, &self.own_rules),
            "reading": self.rules,
            "seed": hex(&self.seed.0),
            "weights": self.weights,
            "as_of": self.as_of,
        })
    }
}
