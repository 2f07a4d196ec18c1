//! What a verification found, for people and for programs.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use serde_json::json;

use super::Stop;
use super::claims::{Claims, Weights};
use super::figures::{AllFigures, Figures, Searched};
use super::findings::{Findings, quoted};
use crate::choosing::{Among, Weighing};
use crate::failure::Failure;
use crate::outcome::Mode;
use crate::standard_output::print;

/// The files that are checked.
const CHECKED: [&str; 7] = [
    "result.json",
    "input.sha256",
    "discharges.csv",
    "positions.csv",
    "payments.csv",
    "circles.csv",
    "certificate.json",
];

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) findings: Findings,
    mode: Option<Mode>,
    weighted: Option<Weighing>,
    among: Among,
    whole: bool,
    searched: Vec<Searched>,
    rejected: u64,
    inputs: Vec<String>,
    clearings: Vec<Figures>,
    obligations: u64,
    not_checked: Vec<String>,
}

impl Report {
    /// Notes what was checked and what can't be.
    pub(super) fn describe(
        &mut self,
        folder: &Path,
        claims: &Claims,
        (figures, searched): (AllFigures, Vec<Searched>),
        unknown: Vec<String>,
        rates_checked: bool,
    ) -> Result<(), Stop> {
        self.mode = Some(claims.mode);
        self.weighted = Some(match claims.weights {
            None => Weighing::Alike,
            Some(_) if claims.has_classes() => Weighing::Classes,
            Some(_) => Weighing::Weights,
        });
        self.among = claims.among;
        self.whole = claims.whole;
        self.searched = searched;
        self.rejected = claims.rejected;
        self.inputs = claims.inputs.iter().map(|input| input.name.clone()).collect();
        self.obligations = figures.currencies.iter().map(|figures| figures.obligations).sum();
        self.clearings = figures.clearings;

        let mut not = vec!["result.json: reading, by which the input was read again".to_owned()];
        if claims.among != Among::Fair {
            not.push("result.json: seed, which decides between equally large set-offs".to_owned());
        }
        if claims.unit.is_some() && !rates_checked {
            not.push(
                "result.json: unit, whether its rates are those of its source (--rates)".to_owned(),
            );
        }
        if claims.as_of.is_some()
            && !matches!(claims.weights, Some(Weights::Overdue(_) | Weights::OverdueFirst))
        {
            not.push("result.json: as_of, which nothing depends on".to_owned());
        }
        not.extend(unknown);
        not.extend(self.other_files(folder)?);
        self.not_checked = not;
        Ok(())
    }

    /// Says it all: to standard output that the result is good, or as JSON whatever it is.
    ///
    /// # Errors
    /// [`Failure::Check`] with the findings, if there are any.
    pub(super) fn print(&self, folder: &Path, as_json: bool) -> Result<(), Failure> {
        let good = self.findings.count() == 0;
        let text = match (as_json, good) {
            (true, _) => format!("{:#}\n", self.json()),
            (false, true) => self.words(folder),
            (false, false) => String::new(),
        };
        print(&text)?;
        if good { Ok(()) } else { Err(Failure::Check(self.findings.in_words(folder))) }
    }

    fn words(&self, folder: &Path) -> String {
        let names: Vec<_> = self.inputs.iter().map(String::as_str).collect();
        let mut text = format!(
            "{} verifies: {} obligations, each as it stands in {}.\n",
            folder.display(),
            self.obligations,
            names.join(", ")
        );
        if self.rejected > 0 {
            let _ = writeln!(text, "{} bad rows of the input are left out.", self.rejected);
        }
        text.push('\n');
        for (number, figures) in self.clearings.iter().enumerate() {
            let money = |sum| figures.currency.format_readable(sum);
            let _ = writeln!(
                text,
                "  {}: {} of {} cleared among {} members",
                figures.currency,
                money(figures.cleared),
                money(figures.gross),
                figures.members,
            );
            if let Some(searched) = self.searched.get(number) {
                text.push_str(&self.bounds(figures, searched));
            }
        }
        let stopped = self.searched.iter().any(Searched::is_stopped);
        text.push_str(match (self.mode, self.weighted) {
            (Some(Mode::SetOff), _) if stopped => {
                "\nNo set-off exceeds this one by more than is stated above (certificate.json proves \
                 it).\nNobody's net position changes.\n"
            }
            (Some(Mode::SetOff), _) if self.whole => {
                "\nEvery obligation is set off whole or not at all (certificate.json proves the \
                 bound). Nobody's\nnet position changes.\n"
            }
            (Some(Mode::SetOff), Some(Weighing::Classes)) => {
                "\nNo other set-off discharges more of the first class, or as much of it and more of \
                 the next\n(certificate.json proves it). Nobody's net position changes.\n"
            }
            (Some(Mode::SetOff), None | Some(Weighing::Alike)) => {
                "\nNo larger set-off exists (certificate.json proves it). Nobody's net position \
                 changes.\n"
            }
            (Some(Mode::SetOff), Some(Weighing::Weights)) => {
                "\nNo set-off with a larger weighted sum exists (certificate.json proves it). \
                 Nobody's\nnet position changes.\n"
            }
            (Some(Mode::Bilateral), _) => {
                "\nBetween any two members all is set off that can be, and nothing else. Nobody's \
                 net\nposition changes.\n"
            }
            _ => "\nEvery net position is one payment to or from the centre.\n",
        });
        if self.among == Among::Fair {
            text.push_str(
                "Of all like it, this one shares most evenly by the rule of --among fair.\n",
            );
        }
        let _ = writeln!(text, "\nChecked, every figure of: {}.", CHECKED.join(", "));
        text.push_str("Not checked:\n");
        for what in &self.not_checked {
            let _ = writeln!(text, "  {what}");
        }
        text
    }

    /// What a search proved about a clearing.
    fn bounds(&self, figures: &Figures, searched: &Searched) -> String {
        let mut text = String::new();
        if let Some(bound) = searched.weighted_bound.as_ref().and_then(|b| b.parse().ok()) {
            let money = figures.currency.format_readable(bound);
            let what = if self.weighted == Some(Weighing::Alike) {
                "exceeds"
            } else {
                "is worth more under the weights than"
            };
            let reached = if figures.weighted == bound { ", which it reaches" } else { "" };
            let _ = writeln!(text, "    no set-off of whole obligations {what} {money}{reached}");
        }
        for (class, gap) in searched.gaps.iter().enumerate() {
            let Some(gap) = gap.as_ref().and_then(|gap| gap.parse().ok()) else { continue };
            let money = figures.currency.format_readable(gap);
            let of = match figures.classes.get(class) {
                Some((weight, _)) => format!(" of the weight {weight}"),
                None if self.weighted == Some(Weighing::Weights) => " under the weights".to_owned(),
                None => String::new(),
            };
            let _ = writeln!(
                text,
                "    feasible, not proven the largest: at most {money}{of} is missing"
            );
            if class + 1 < searched.gaps.len() {
                text.push_str("    nothing is proven of smaller weights\n");
            }
        }
        if let Some((whole, bound)) = searched.whole_obligations {
            let _ = writeln!(
                text,
                "    {whole} obligations discharged whole; no set-off as large has more than {bound}"
            );
        }
        text
    }

    fn json(&self) -> serde_json::Value {
        let clearings = self.clearings.iter().enumerate().map(|(number, figures)| {
            let gaps = self.searched.get(number).map_or(&[][..], |searched| &searched.gaps);
            json!({
                "currency": figures.currency.code(),
                "decimals": figures.currency.decimals(),
                "obligations": figures.obligations,
                "members": figures.members,
                "gross": figures.gross.to_string(),
                "cleared": figures.cleared.to_string(),
                "weighted": figures.weighted.to_string(),
                "gap": gaps.iter().find_map(Option::as_ref),
            })
        });
        json!({
            "format": "setoff-verification/1",
            "verified": self.findings.count() == 0,
            "mode": self.mode.map(|mode| mode.to_string()),
            "among": self.mode.map(|_| self.among.to_string()),
            "inputs": self.inputs,
            "obligations": self.obligations,
            "clearings": clearings.collect::<Vec<_>>(),
            "checked": CHECKED,
            "not_checked": self.not_checked,
            "findings_count": self.findings.count(),
            "findings": self.findings.first(),
        })
    }

    /// The files of the folder that are not checked.
    fn other_files(&self, folder: &Path) -> Result<Vec<String>, Stop> {
        let unreadable = |error: io::Error| Stop::of_io(folder, &error);
        let mut others = Vec::new();
        for entry in folder.read_dir().map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let name = name.to_string_lossy();
            others.push(match &*name {
                checked if CHECKED.contains(&checked) => continue,
                "report.html" => "report.html, which shows these figures to people".to_owned(),
                "statements" => "statements/, which show them to the members".to_owned(),
                "rejected.csv" if self.rejected > 0 => {
                    "rejected.csv: why rows were left out, and what they hold".to_owned()
                }
                other => format!("{}, which is no part of a result", quoted(other.as_bytes())),
            });
        }
        others.sort_unstable();
        Ok(others)
    }
}
