//! What is in a folder of results, written file by file.

use std::io::{self, Write};
use std::path::Path;

use serde_json::Value;
use setoff_formats::{Member, Rejected};
use sha2::{Digest, Sha256};

use crate::about::{About, InputFile};
use crate::failure::Failure;
use crate::out_dir::OutDir;
use crate::outcome::Outcome;
use crate::progress::Phases;
use crate::result_json::{self, Provenance, Weights, hex};
use crate::statement::{Statements, file_names};
use crate::{report, tables};

/// All that a folder of results is made of.
pub(crate) struct Folder<'a> {
    pub(crate) outcome: &'a Outcome,
    pub(crate) provenance: &'a Provenance,
    /// The content of `result.json`.
    pub(crate) result: &'a Value,
    /// The rows left out.
    pub(crate) rejected: &'a [Rejected],
    /// Who gets a statement.
    pub(crate) members: &'a [Member],
}

impl Folder<'_> {
    /// Writes the folder, whole or not at all.
    pub(crate) fn write(
        &self,
        destination: &Path,
        replace: bool,
        phases: &mut Phases,
    ) -> Result<(), Failure> {
        let certificate = format!("{}\n", result_json::certificate(self.outcome));
        let about = self.about(&certificate);
        let out = OutDir::create(destination, replace)?;
        let steps = 4 + about.statements.len() as u64;
        // The circles are the largest file by far: they are written beside the other tables.
        std::thread::scope(|scope| {
            let circles = scope
                .spawn(|| out.write("circles.csv", |out| tables::write_circles(self.outcome, out)));
            out.write("discharges.csv", |out| tables::write_discharges(self.outcome, out))?;
            phases.advance(1, steps);
            out.write("positions.csv", |out| tables::write_positions(self.outcome, out))?;
            out.write("payments.csv", |out| tables::write_payments(self.outcome, out))?;
            phases.advance(2, steps);
            circles.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        phases.advance(3, steps);
        out.write("certificate.json", |out| out.write_all(certificate.as_bytes()))?;
        out.write("result.json", |out| writeln!(out, "{:#}", self.result))?;
        out.write("input.sha256", |out| self.write_hashes(out))?;
        if self.provenance.rejected > 0 {
            out.write("rejected.csv", |out| tables::write_rejected(self.rejected, out))?;
        }
        out.write("report.html", |mut out| report::write_report(self.outcome, &about, &mut out))?;
        let statements = Statements::of(self.outcome, self.members);
        for ((&member, name), done) in about.statements.iter().zip(4..) {
            phases.advance(done, steps);
            out.write(&format!("statements/{name}.html"), |mut out| {
                statements.write_page(member, &about, &mut out)
            })?;
            out.write(&format!("statements/{name}.csv"), |mut out| {
                statements.write_table(member, &about, &mut out)
            })?;
        }
        out.publish()
    }

    /// The input files' hashes in the manner of `sha256sum`.
    fn write_hashes(&self, out: &mut dyn Write) -> io::Result<()> {
        for file in &self.provenance.files {
            writeln!(out, "{}  {}", hex(&file.sha256), file.name)?;
        }
        Ok(())
    }

    fn about(&self, certificate: &str) -> About {
        let files = &self.provenance.files;
        let base = |name: &str| {
            let name = Path::new(name).file_name().map(|name| name.to_string_lossy().into_owned());
            name.unwrap_or_else(|| "standard input".to_owned())
        };
        let names: Vec<String> = files.iter().map(|file| base(&file.name)).collect();
        let input = |file: &setoff_formats::FileRead| InputFile {
            name: file.name.clone(),
            sha256: hex(&file.sha256),
        };
        let weights = self.provenance.weights.as_ref().map(|weights| match weights {
            Weights::Column(column) => format!("weighted by the column {column}"),
            Weights::Overdue(weight) => {
                format!("weighted by {weight} where an obligation is overdue")
            }
            Weights::OverdueFirst => "overdue obligations first".to_owned(),
            Weights::Classes(column) => format!("the largest numbers of the column {column} first"),
        });
        About {
            title: names.join(", "),
            inputs: files.iter().map(input).collect(),
            rejected: self.provenance.rejected,
            seed: hex(&self.outcome.seed.0),
            certificate: hex(&Sha256::digest(certificate.as_bytes())),
            as_of: self.provenance.as_of,
            weights,
            unit: self.provenance.unit.clone(),
            statements: file_names(&self.outcome.obligations, self.members),
        }
    }
}
