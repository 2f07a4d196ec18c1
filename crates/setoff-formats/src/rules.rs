//! How a file is to be read, where it does not say so itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use setoff_money::Currency;

use crate::columns::Field;

/// What the command line and a `--map` file say about a table of obligations.
///
/// The default reads what needs no rule and refuses what is ambiguous.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// The encoding of text files.
    pub encoding: Encoding,
    /// The character between fields; found in the header if `None`.
    pub delimiter: Option<Delimiter>,
    /// The sheet of a workbook; needed where several hold data.
    pub sheet: Option<String>,
    /// The line of the header, from 1; 0 where there is none and columns go by number.
    pub header: HeaderLine,
    /// Which column holds what, where the names are not recognised.
    pub columns: Columns,
    /// The currency of rows that name none.
    #[serde(with = "currency_text")]
    pub currency: Option<Currency>,
    /// The mark before an amount's decimals.
    pub decimal: Option<DecimalMark>,
    /// What a minus means.
    pub sign: Sign,
    /// The order of day, month and year.
    pub date_order: Option<DateOrder>,
    /// What becomes of an amount below zero.
    pub credit_notes: CreditNotes,
    /// The column that weighs the obligations.
    pub weights: Option<String>,
}

/// The encoding of a text file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without its mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, which Western European spreadsheets still write.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// The character between fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delimiter {
    /// `,`
    #[serde(rename = ",")]
    Comma,
    /// `;`
    #[serde(rename = ";")]
    Semicolon,
    /// The tab character.
    #[serde(rename = "\t", alias = "tab")]
    Tab,
    /// One space or several.
    #[serde(rename = " ", alias = "space")]
    Space,
}

impl Delimiter {
    /// All that are looked for first.
    pub(crate) const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Space => b' ',
        }
    }

    /// Its name on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
            Self::Space => "space",
        }
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Comma => "\",\"",
            Self::Semicolon => "\";\"",
            Self::Tab => "the tab",
            Self::Space => "spaces",
        })
    }
}

/// The line that names the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HeaderLine(
    /// From 1; 0 where there is no such line.
    pub u32,
);

impl Default for HeaderLine {
    fn default() -> Self {
        Self(1)
    }
}

/// The column of each field, by name or by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Columns {
    /// Who owes.
    pub debtor: Option<Column>,
    /// Who is owed.
    pub creditor: Option<Column>,
    /// How much.
    pub amount: Option<Column>,
    /// In what.
    pub currency: Option<Column>,
    /// When it is due.
    pub due: Option<Column>,
    /// The document's number.
    pub reference: Option<Column>,
}

impl Columns {
    /// The rule about one field.
    pub(crate) fn of(&self, field: Field) -> Option<&Column> {
        match field {
            Field::Debtor => self.debtor.as_ref(),
            Field::Creditor => self.creditor.as_ref(),
            Field::Amount => self.amount.as_ref(),
            Field::Currency => self.currency.as_ref(),
            Field::Due => self.due.as_ref(),
            Field::Reference => self.reference.as_ref(),
            Field::Weight => None,
        }
    }
}

/// A column by its name in the header, or its number from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Column {
    /// Its number, from 1.
    Number(u32),
    /// Its name, as the header spells it.
    Name(String),
}

/// The mark before an amount's decimals; the other one then stands between thousands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecimalMark {
    /// `1,234.50`
    #[serde(rename = ".")]
    Point,
    /// `1.234,50`
    #[serde(rename = ",")]
    Comma,
}

/// What a minus before an amount means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// A debt is positive, a credit note negative.
    #[default]
    DebtPositive,
    /// A debt is negative, as in a list of payables; a credit note positive.
    DebtNegative,
}

/// The order of day, month and year in dates such as `01/02/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Year, month, day.
    Ymd,
}

/// What becomes of an amount below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CreditNotes {
    /// It is a bad row.
    #[default]
    Refuse,
    /// The creditor owes it to the debtor.
    Reverse,
}

/// A currency as the text that reads back as it: `EUR`, or `POINTS:2`.
pub(crate) fn written(currency: Currency) -> String {
    let code = currency.code();
    match code.parse::<Currency>() {
        Ok(iso) if iso == currency => code.to_owned(),
        _ => format!("{code}:{}", currency.decimals()),
    }
}

/// The same for serde.
mod currency_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use setoff_money::Currency;

    #[allow(clippy::ref_option, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(
        currency: &Option<Currency>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        currency.map(super::written).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Currency>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}
