//! Which column of one table holds which field, by its header's names and the rules.

use crate::amount::{self, AmountProblem};
use crate::columns::{Field, normalised};
use crate::rejected::{Part, shown};
use crate::rules::{Column, Columns, HeaderLine, Rules};

/// Which column, from 0, holds each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    columns: [Option<usize>; 7],
    /// The names of all columns as the header spells them; where there is none, the first row.
    header: Vec<String>,
    has_header: bool,
}

/// Why a header does not say where the fields are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeaderProblem {
    /// No column has a name that is known for a field that is needed.
    Missing(Field),
    /// Two columns, from 0, could be the same field.
    Twice(Field, usize, usize),
    /// A column named by a rule is not there.
    NoSuchColumn(Field, Column),
    /// There are no names, and no rule gives the field's number.
    NoNumber(Field),
    /// The line names nothing that is known and holds an amount, in a column from 0.
    NoHeader(usize),
}

impl Layout {
    /// Finds the fields in the line that the rules say is the header or, where there is none, the
    /// first row.
    ///
    /// # Errors
    /// What is wrong and how to mend it.
    pub(crate) fn find(first: Vec<String>, rules: &Rules) -> Result<Self, String> {
        let has_header = rules.header != HeaderLine(0);
        let mut layout = Self { columns: [None; 7], header: first, has_header };
        let found = if has_header { layout.by_names(rules) } else { layout.by_numbers(rules) };
        match found {
            Ok(()) => Ok(layout),
            Err(problem) => Err(layout.in_words(&problem, rules)),
        }
    }

    fn by_names(&mut self, rules: &Rules) -> Result<(), HeaderProblem> {
        let normal: Vec<String> = self.header.iter().map(|name| normalised(name)).collect();
        for field in Field::NAMED {
            self.columns[field as usize] = match rules.columns.of(field) {
                Some(rule) => Some(self.ruled(field, rule)?),
                None => self.known(field, &normal, rules)?,
            };
        }
        if let Some(name) = &rules.weights {
            let column = self.ruled(Field::Weight, &Column::Name(name.clone()))?;
            self.columns[Field::Weight as usize] = Some(column);
        }
        let missing = Field::NEEDED.into_iter().find(|field| self.column(*field).is_none());
        let Some(missing) = missing else { return Ok(()) };
        let names_nothing = self.columns.iter().all(Option::is_none);
        match self.header.iter().position(|cell| is_amount(cell, rules)) {
            Some(column) if names_nothing => Err(HeaderProblem::NoHeader(column)),
            _ => Err(HeaderProblem::Missing(missing)),
        }
    }

    /// Three columns of which no rule says anything are those that are needed, in their order.
    fn by_numbers(&mut self, rules: &Rules) -> Result<(), HeaderProblem> {
        if self.header.len() == 3 && rules.columns == Columns::default() && rules.weights.is_none()
        {
            for (column, field) in Field::NEEDED.into_iter().enumerate() {
                self.columns[field as usize] = Some(column);
            }
            return Ok(());
        }
        for field in Field::NAMED {
            self.columns[field as usize] = match rules.columns.of(field) {
                Some(rule @ Column::Number(_)) => Some(self.ruled(field, rule)?),
                None if !Field::NEEDED.contains(&field) => None,
                _ => return Err(HeaderProblem::NoNumber(field)),
            };
        }
        if let Some(name) = &rules.weights {
            // Without names, the weight's is the number of its column.
            let number = name.trim().parse().map_err(|_| HeaderProblem::NoNumber(Field::Weight))?;
            let column = self.ruled(Field::Weight, &Column::Number(number))?;
            self.columns[Field::Weight as usize] = Some(column);
        }
        Ok(())
    }

    fn ruled(&self, field: Field, rule: &Column) -> Result<usize, HeaderProblem> {
        let missing = || HeaderProblem::NoSuchColumn(field, rule.clone());
        match rule {
            Column::Number(number) => {
                let column = (*number as usize).checked_sub(1);
                column.filter(|column| *column < self.header.len()).ok_or_else(missing)
            }
            Column::Name(name) => {
                let is_named = |(_, h): &(usize, &String)| h.trim() == name.trim();
                let mut found = self.header.iter().enumerate().filter(is_named);
                let (column, _) = found.next().ok_or_else(missing)?;
                match found.next() {
                    Some((second, _)) => Err(HeaderProblem::Twice(field, column, second)),
                    None => Ok(column),
                }
            }
        }
    }

    fn known(
        &self,
        field: Field,
        normal: &[String],
        rules: &Rules,
    ) -> Result<Option<usize>, HeaderProblem> {
        let is_weights = |column: usize| {
            let name = rules.weights.as_deref();
            name.is_some_and(|name| self.header[column].trim() == name.trim())
        };
        for names in [field.known_names(), field.weak_names()] {
            let mut found = (0..normal.len())
                .filter(|&column| names.contains(&normal[column].as_str()) && !is_weights(column));
            let Some(first) = found.next() else { continue };
            return match found.next() {
                Some(second) => Err(HeaderProblem::Twice(field, first, second)),
                None => Ok(Some(first)),
            };
        }
        Ok(None)
    }

    /// The column of a field, from 0.
    pub(crate) fn column(&self, field: Field) -> Option<usize> {
        self.columns[field as usize]
    }

    /// How many columns the table has.
    pub(crate) fn width(&self) -> usize {
        self.header.len()
    }

    /// What the width is taken from.
    pub(crate) fn widths_line(&self) -> &'static str {
        if self.has_header { "the header" } else { "the first row" }
    }

    /// The name of a field's column as the file spells it.
    pub(crate) fn name(&self, field: Field) -> String {
        let name = self.column(field).and_then(|column| self.header.get(column));
        let name = name.filter(|name| self.has_header && !name.trim().is_empty());
        name.map_or_else(|| field.name().to_owned(), |name| shown(name.trim()))
    }

    /// The names of the columns that nothing is read from.
    pub(crate) fn ignored(&self) -> Vec<String> {
        if !self.has_header {
            return Vec::new();
        }
        let used = |column: usize| self.columns.contains(&Some(column));
        let unused = self.header.iter().enumerate().filter(|(column, _)| !used(*column));
        unused.map(|(_, name)| name.trim()).filter(|name| !name.is_empty()).map(shown).collect()
    }

    /// What is wrong with the header, for the person who wrote it.
    fn in_words(&self, problem: &HeaderProblem, rules: &Rules) -> String {
        let names = self.header.iter().map(String::as_str);
        let line = self.widths_line();
        match problem {
            HeaderProblem::Missing(field) => {
                let HeaderLine(header) = rules.header;
                format!(
                    "{} Name it in the header, or in --map: [columns] {field} = \"…\". If another \
                     line is the header, say which with --header {}",
                    missing(Part::Column, *field, line, names),
                    u64::from(header) + 1
                )
            }
            HeaderProblem::Twice(field, one, other) => {
                let (one_name, other_name) = (self.header[*one].trim(), self.header[*other].trim());
                let by = if one_name == other_name {
                    (one + 1).to_string()
                } else {
                    "\"…\"".to_owned()
                };
                twice(Part::Column, *field, one_name, other_name, &by)
            }
            HeaderProblem::NoSuchColumn(field, column) => {
                let column = match column {
                    Column::Number(number) => number.to_string(),
                    Column::Name(name) => format!("\"{}\"", shown(name)),
                };
                format!("has no column {column} for the {field}; {line} has {}", quoted(names))
            }
            HeaderProblem::NoNumber(Field::Weight) => {
                "without a header columns go by number: give --weights the number of its column"
                    .to_owned()
            }
            HeaderProblem::NoNumber(field) => format!(
                "without a header columns go by number: name the {field}'s in --map: [columns] \
                 {field} = {}",
                *field as usize + 1
            ),
            HeaderProblem::NoHeader(column) => {
                let how = if self.header.len() == 3 {
                    "the columns then are debtor, creditor and amount".to_owned()
                } else {
                    format!(
                        "and name the columns by their numbers in --map, such as: columns = {{ \
                         debtor = 1, creditor = 2, amount = {} }}",
                        column + 1
                    )
                };
                format!(
                    "names no column that is known, and holds an amount (\"{}\"): if the file has \
                     no header, say so with --header 0{}{how}",
                    shown(self.header[*column].trim()),
                    if self.header.len() == 3 { "; " } else { " " }
                )
            }
        }
    }
}

/// Whether a cell of what should be the header is an amount, if perhaps one with two readings.
fn is_amount(cell: &str, rules: &Rules) -> bool {
    let read = amount::read(cell.trim(), rules.decimal);
    matches!(read, Ok(_) | Err(AmountProblem::Ambiguous { .. }))
}

/// That another line looks like the header.
pub(crate) fn header_is(line: u64) -> String {
    format!("names no columns, but line {line} does: say --header {line}")
}

/// That nothing is known to hold a field, and what there is.
pub(crate) fn missing<'a>(
    part: Part,
    field: Field,
    whole: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> String {
    let near = nearest(field, names.clone());
    format!("no {part} is known to hold the {field}; {whole} has {}{near}.", quoted(names))
}

/// That two columns or keys could hold a field; `by` is what a rule could name it by.
pub(crate) fn twice(part: Part, field: Field, one: &str, other: &str, by: &str) -> String {
    format!(
        "the {part}s \"{}\" and \"{}\" could both be the {field}: rename one, or say which in \
         --map: [columns] {field} = {by}",
        shown(one),
        shown(other)
    )
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> =
        names.take(20).map(|name| format!("\"{}\"", shown(name.trim()))).collect();
    if quoted.is_empty() { "nothing".to_owned() } else { quoted.join(", ") }
}

/// A name that was perhaps meant, spelt otherwise.
fn nearest<'a>(field: Field, names: impl Iterator<Item = &'a str>) -> String {
    let distance = |name: &str| strsim::damerau_levenshtein(name, field.name());
    let near = names
        .take(20)
        .map(str::trim)
        .filter(|name| name.len() < 100)
        .min_by_key(|name| distance(&name.to_lowercase()))
        .filter(|name| distance(&name.to_lowercase()) <= 2);
    near.map_or_else(String::new, |name| format!(" (is \"{}\" the one?)", shown(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(header: &str) -> Result<Layout, String> {
        Layout::find(header.split(',').map(str::to_owned).collect(), &Rules::default())
    }

    #[test]
    fn headers_that_people_have_are_recognised() {
        for header in [
            "debtor,creditor,amount",
            "source,target,weight",
            "from,to,value",
            "id,debtor,creditor,amount",
            "Customer Name,Supplier,Amount Due,CCY,Due Date,Invoice No.",
            "Schuldner,Gläubiger,Betrag,Währung,Fällig am,Rechnungs-Nr.",
            "Payer,Payee,Amt",
            "Debitor-Nr.,Debitorenname,Kreditor-Nr.,Kreditorenname,Beleg-Nr.,Fälligkeit,Offener Betrag,Whrg",
            "From Entity,To Entity,Amount (USD),Due Date",
            "DLUŽNÍK,VĚŘITEL,ČÁSTKA",
            "Débiteur,Créancier,Montant,Devise,Date d’échéance,N° facture",
        ] {
            assert!(layout(header).is_ok(), "{header}: {:?}", layout(header));
        }
        let mtcs = layout("id,debtor,creditor,amount").unwrap();
        assert_eq!(mtcs.column(Field::Reference), Some(0));
        let both = layout("id,debtor,creditor,amount,invoice no").unwrap();
        assert_eq!(both.column(Field::Reference), Some(4));
        assert_eq!(both.ignored(), ["id"]);
    }

    #[test]
    fn a_weight_column_is_no_amount_too() {
        let rules = Rules { weights: Some("weight".into()), ..Rules::default() };
        let header = ["source", "target", "weight"].map(str::to_owned).to_vec();

        let problem = Layout::find(header, &rules).unwrap_err();

        assert!(problem.starts_with("no column is known to hold the amount"), "{problem}");
    }
}
