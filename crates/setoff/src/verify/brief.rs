//! What a verification of a folder of `setoff frontier` or `setoff within` found, for people and for
//! programs.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;
use setoff_money::Currency;

use super::Stop;
use super::findings::{Findings, quoted};
use super::tally::Tally;
use crate::failure::Failure;
use crate::standard_output::print;
use crate::wording::counted;

/// What was found.
#[derive(Debug)]
pub(super) struct Brief {
    /// `frontier` or `within`.
    pub(super) mode: &'static str,
    /// The files that are checked.
    pub(super) checked: &'static [&'static str],
    pub(super) inputs: Vec<String>,
    pub(super) findings: Findings,
    pub(super) clearings: Vec<Clearing>,
    pub(super) not_checked: Vec<String>,
}

/// What is proven in one currency. Sums are in minor units.
#[derive(Debug)]
pub(super) struct Clearing {
    currency: Currency,
    obligations: u64,
    members: usize,
    gross: i128,
    cleared: i128,
    weighted: i128,
    /// How much more there is at most, by weight.
    gap: i128,
    /// The money used.
    money: i128,
    /// How many breakpoints there are, what is discharged at the first, and money and discharge at the
    /// last.
    curve: Option<(usize, i128, i128, i128)>,
}

impl Clearing {
    pub(super) fn of(tally: &Tally, gap: i128) -> Self {
        Self {
            currency: tally.currency,
            obligations: tally.obligations,
            members: tally.members_taking_part(),
            gross: tally.gross,
            cleared: tally.discharged,
            weighted: tally.weighted,
            gap,
            money: 0,
            curve: None,
        }
    }

    /// The same with so much money used, and with its curve.
    pub(super) fn with_money(tally: &Tally, money: i128, curve: (usize, i128, i128, i128)) -> Self {
        Self { money, curve: Some(curve), ..Self::of(tally, 0) }
    }

    fn words(&self) -> String {
        let money = |sum| self.currency.format_readable(sum);
        let currency = self.currency;
        if let Some((points, first, last_money, last)) = self.curve {
            let mut text = format!(
                "  {currency}: {}, from {} without money to {} with {}, of {}\n",
                counted(points, "breakpoint", "breakpoints"),
                money(first),
                money(last),
                money(last_money),
                money(self.gross)
            );
            if self.money > 0 {
                let (used, cleared) = (money(self.money), money(self.cleared));
                let _ = writeln!(text, "    the money there is: {used} discharges {cleared}");
            }
            return text;
        }
        let proven = match self.gap {
            0 => "the largest within the limits".to_owned(),
            gap if self.weighted == self.cleared => format!("at most {} is missing", money(gap)),
            gap => format!("at most {} by weight is missing", money(gap)),
        };
        let (cleared, gross) = (money(self.cleared), money(self.gross));
        format!(
            "  {currency}: {cleared} of {gross} set off among {} members: {proven}\n",
            self.members
        )
    }
}

impl Brief {
    pub(super) fn of(mode: &'static str, checked: &'static [&'static str]) -> Self {
        Self {
            mode,
            checked,
            inputs: Vec::new(),
            findings: Findings::default(),
            clearings: Vec::new(),
            not_checked: Vec::new(),
        }
    }

    /// Notes the files of the folder that are not checked.
    pub(super) fn note_other_files(&mut self, folder: &Path) -> Result<(), Stop> {
        self.not_checked
            .push(format!("{}.json: reading, by which the input was read again", self.mode));
        self.not_checked
            .push(format!("{}.json: seed, which decides between equally large results", self.mode));
        let unreadable = |error: std::io::Error| Stop::of_io(folder, &error);
        let mut others = Vec::new();
        for entry in folder.read_dir().map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let name = name.to_string_lossy();
            match &*name {
                name if self.checked.contains(&name) => {}
                "frontier.html" => {
                    others.push("frontier.html, which shows these figures to people".to_owned());
                }
                other => {
                    others.push(format!(
                        "{}, which is no part of a result",
                        quoted(other.as_bytes())
                    ));
                }
            }
        }
        others.sort_unstable();
        self.not_checked.extend(others);
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
        let obligations: u64 = self.clearings.iter().map(|clearing| clearing.obligations).sum();
        let mut text = format!(
            "{} verifies: {obligations} obligations, each as it stands in {}.\n\n",
            folder.display(),
            self.inputs.join(", ")
        );
        for clearing in &self.clearings {
            text.push_str(&clearing.words());
        }
        text.push_str(if self.mode == "frontier" {
            "\nEvery breakpoint is reached, and with no amount of money can more be discharged than the \
             curve\nsays (curve.csv and proof.csv prove it).\n"
        } else {
            "\nEvery limit is kept (proof.csv proves the bound). Nobody's net position changes.\n"
        });
        let _ = writeln!(text, "\nChecked, every figure of: {}.", self.checked.join(", "));
        text.push_str("Not checked:\n");
        for what in &self.not_checked {
            let _ = writeln!(text, "  {what}");
        }
        text
    }

    fn json(&self) -> serde_json::Value {
        let clearings = self.clearings.iter().map(|clearing| {
            json!({
                "currency": clearing.currency.code(),
                "decimals": clearing.currency.decimals(),
                "obligations": clearing.obligations,
                "members": clearing.members,
                "gross": clearing.gross.to_string(),
                "cleared": clearing.cleared.to_string(),
                "weighted": clearing.weighted.to_string(),
                "gap": (clearing.gap > 0).then(|| clearing.gap.to_string()),
            })
        });
        json!({
            "format": "setoff-verification/1",
            "verified": self.findings.count() == 0,
            "mode": self.mode,
            "inputs": self.inputs,
            "obligations": self.clearings.iter().map(|clearing| clearing.obligations).sum::<u64>(),
            "clearings": clearings.collect::<Vec<_>>(),
            "checked": self.checked,
            "not_checked": self.not_checked,
            "findings_count": self.findings.count(),
            "findings": self.findings.first(),
        })
    }
}
