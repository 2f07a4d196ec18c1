//! A result and its inputs in memory, where they can be tampered with.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The files that a verifier reads, and the inputs behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    /// Content by name; the inputs are `../input-1.csv` and so on.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

/// What is not read by a verifier.
const VIEWS: [&str; 2] = ["report.html", "statements"];

impl Folder {
    /// Reads a result and its inputs, which stand beside it.
    pub(crate) fn read(dir: &Path, inputs: &[String]) -> Self {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(dir).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !VIEWS.contains(&&*name) {
                files.insert(name.clone(), fs::read(dir.join(&name)).unwrap());
            }
        }
        for input in inputs {
            let name = format!("../{input}");
            files.insert(name.clone(), fs::read(dir.join(&name)).unwrap());
        }
        Self { files }
    }

    /// Writes what differs from `other`, which is what stands there.
    pub(crate) fn write_over(&self, other: &Self, dir: &Path) {
        for (name, content) in &self.files {
            if other.files.get(name) != Some(content) {
                fs::write(dir.join(name), content).unwrap();
            }
        }
        for name in other.files.keys().filter(|name| !self.files.contains_key(*name)) {
            fs::remove_file(dir.join(name)).unwrap();
        }
    }

    pub(crate) fn inputs(&self) -> Vec<&String> {
        self.files.keys().filter(|name| name.starts_with("../")).collect()
    }

    /// A CSV file's rows, the header first.
    pub(crate) fn table(&self, name: &str) -> Vec<Vec<String>> {
        let content = self.files.get(name).map_or(&[][..], |content| content);
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content);
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    pub(crate) fn set_table(&mut self, name: &str, rows: &[Vec<String>]) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in rows {
            writer.write_record(row).unwrap();
        }
        self.files.insert(name.to_owned(), writer.into_inner().unwrap());
    }

    /// Changes one row of a CSV file, counted from 1 behind the header.
    pub(crate) fn edit_row(&mut self, name: &str, row: usize, edit: impl FnOnce(&mut Vec<String>)) {
        let mut rows = self.table(name);
        edit(&mut rows[row]);
        self.set_table(name, &rows);
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.files[name]).unwrap()
    }

    pub(crate) fn edit_json(&mut self, name: &str, edit: impl FnOnce(&mut Value)) {
        let mut value = self.json(name);
        edit(&mut value);
        let text = match name {
            "certificate.json" => format!("{value}\n"),
            _ => format!("{value:#}\n"),
        };
        self.files.insert(name.to_owned(), text.into_bytes());
    }

    /// Makes the hashes and lengths in the result those of the inputs as they are now.
    pub(crate) fn mend_hashes(&mut self) {
        let inputs: Vec<Vec<u8>> =
            self.inputs().into_iter().map(|name| self.files[name].clone()).collect();
        let mut listed = String::new();
        self.edit_json("result.json", |result| {
            for (claimed, bytes) in result["inputs"].as_array_mut().unwrap().iter_mut().zip(inputs)
            {
                let hash = Sha256::digest(&bytes);
                let mut text = String::new();
                for byte in hash {
                    write!(text, "{byte:02x}").unwrap();
                }
                let hash = text;
                writeln!(listed, "{hash}  {}", claimed["name"].as_str().unwrap()).unwrap();
                claimed["sha256"] = hash.into();
                claimed["bytes"] = bytes.len().into();
            }
        });
        self.files.insert("input.sha256".to_owned(), listed.into_bytes());
    }

    /// The decimals of each currency of the result, by code.
    pub(crate) fn decimals(&self) -> BTreeMap<String, usize> {
        let result = self.json("result.json");
        let figures =
            ["currencies", "clearings"].map(|part| result[part].as_array().unwrap().clone());
        let decimals = |f: &Value| {
            let decimals = usize::try_from(f["decimals"].as_u64().unwrap()).unwrap();
            (f["currency"].as_str().unwrap().to_owned(), decimals)
        };
        figures.iter().flatten().map(decimals).collect()
    }
}

/// The minor units of an amount as a result writes it.
pub(crate) fn minor(text: &str) -> i128 {
    text.replace('.', "").parse().unwrap()
}

/// Minor units as a result writes them.
pub(crate) fn money(minor: i128, decimals: usize) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let mut digits = format!("{:0width$}", minor.unsigned_abs(), width = decimals + 1);
    if decimals > 0 {
        digits.insert(digits.len() - decimals, '.');
    }
    format!("{sign}{digits}")
}
