//! Which column of a table holds what, found by the names that people give columns.

use serde::Serialize;

use crate::rules::{Column, Rules};

/// What a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// Who owes.
    Debtor,
    /// Who is owed.
    Creditor,
    /// How much.
    Amount,
    /// In what.
    Currency,
    /// When it is due.
    Due,
    /// The document's number.
    Reference,
    /// What a unit set off counts.
    Weight,
}

impl Field {
    /// All fields that a header is searched for.
    pub const NAMED: [Self; 6] =
        [Self::Debtor, Self::Creditor, Self::Amount, Self::Currency, Self::Due, Self::Reference];

    /// Its name in documentation and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Debtor => "debtor",
            Self::Creditor => "creditor",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Due => "due",
            Self::Reference => "reference",
            Self::Weight => "weight",
        }
    }

    /// The header names that are recognised, in lower case without spaces and punctuation.
    #[must_use]
    pub fn known_names(self) -> &'static [&'static str] {
        match self {
            Self::Debtor => &[
                "debtor",
                "debtorname",
                "buyer",
                "buyername",
                "customer",
                "customername",
                "client",
                "payer",
                "payername",
                "payor",
                "from",
                "source",
                "borrower",
                "obligor",
                "issuer",
                "owedby",
                "schuldner",
                "debitor",
                "kunde",
                "käufer",
                "zahler",
                "débiteur",
                "acheteur",
                "payeur",
                "deudor",
                "comprador",
                "pagador",
                "cliente",
                "debitore",
                "acquirente",
                "pagatore",
                "devedor",
                "debiteur",
                "afnemer",
                "dłużnik",
                "nabywca",
                "dlžník",
                "odběratel",
                "dlužník",
                "dlžnik",
                "kupac",
                "dužnik",
                "dolžnik",
                "adós",
                "vevő",
                "cumpărător",
                "gäldenär",
                "købende",
                "velallinen",
                "должник",
                "покупатель",
            ],
            Self::Creditor => &[
                "creditor",
                "creditorname",
                "seller",
                "sellername",
                "supplier",
                "suppliername",
                "vendor",
                "vendorname",
                "payee",
                "payeename",
                "beneficiary",
                "to",
                "target",
                "lender",
                "obligee",
                "owedto",
                "gläubiger",
                "kreditor",
                "lieferant",
                "verkäufer",
                "zahlungsempfänger",
                "créancier",
                "vendeur",
                "fournisseur",
                "bénéficiaire",
                "acreedor",
                "vendedor",
                "proveedor",
                "beneficiario",
                "creditore",
                "venditore",
                "fornitore",
                "credor",
                "fornecedor",
                "crediteur",
                "leverancier",
                "wierzyciel",
                "sprzedawca",
                "věřitel",
                "dodavatel",
                "veriteľ",
                "dodávateľ",
                "vjerovnik",
                "povjerilac",
                "poverilac",
                "dobavljač",
                "upnik",
                "dobavitelj",
                "hitelező",
                "szállító",
                "furnizor",
                "borgenär",
                "velkoja",
                "кредитор",
                "поставщик",
            ],
            Self::Amount => &[
                "amount",
                "amt",
                "value",
                "sum",
                "total",
                "totalamount",
                "openamount",
                "amountdue",
                "outstanding",
                "outstandingamount",
                "balance",
                "openbalance",
                "invoiceamount",
                "betrag",
                "summe",
                "offenerbetrag",
                "rechnungsbetrag",
                "montant",
                "solde",
                "importe",
                "monto",
                "importo",
                "valor",
                "montante",
                "bedrag",
                "kwota",
                "částka",
                "suma",
                "iznos",
                "znesek",
                "összeg",
                "sumă",
                "belopp",
                "beløb",
                "beløp",
                "summa",
                "сумма",
            ],
            Self::Currency => &[
                "currency",
                "currencycode",
                "ccy",
                "cur",
                "curr",
                "iso",
                "währung",
                "waehrung",
                "devise",
                "monnaie",
                "moneda",
                "divisa",
                "valuta",
                "moeda",
                "waluta",
                "měna",
                "mena",
                "pénznem",
                "monedă",
                "валюта",
            ],
            Self::Due => &[
                "due",
                "duedate",
                "dueon",
                "maturity",
                "maturitydate",
                "paymentdue",
                "payby",
                "fällig",
                "fälligkeit",
                "fälligam",
                "fälligkeitsdatum",
                "faellig",
                "échéance",
                "dateéchéance",
                "datedéchéance",
                "vencimiento",
                "fechavencimiento",
                "fechadevencimiento",
                "scadenza",
                "datascadenza",
                "datadiscadenza",
                "vencimento",
                "vervaldatum",
                "terminpłatności",
                "splatnost",
                "datumsplatnosti",
                "dospijeće",
                "datumdospijeća",
                "dospeće",
                "zapadlost",
                "datumzapadlosti",
                "esedékesség",
                "scadență",
                "förfallodatum",
                "forfaldsdato",
                "forfallsdato",
                "eräpäivä",
                "срококончания",
                "срок",
            ],
            Self::Reference => &[
                "reference",
                "ref",
                "invoice",
                "invoiceno",
                "invoicenumber",
                "invoicenr",
                "invoiceid",
                "invno",
                "documentno",
                "documentnumber",
                "docno",
                "docnumber",
                "document",
                "voucher",
                "voucherno",
                "belegnummer",
                "belegnr",
                "beleg",
                "rechnung",
                "rechnungsnummer",
                "rechnungsnr",
                "rechnungnr",
                "referenz",
                "facture",
                "nofacture",
                "nfacture",
                "numérofacture",
                "référence",
                "factura",
                "nofactura",
                "referencia",
                "fattura",
                "nfattura",
                "riferimento",
                "fatura",
                "referência",
                "factuur",
                "factuurnummer",
                "faktura",
                "nrfaktury",
                "čísofaktury",
                "číslofaktury",
                "brojračuna",
                "brojfakture",
                "račun",
                "številkaračuna",
                "számla",
                "számlaszám",
                "nrfactură",
                "fakturanummer",
                "fakturanr",
                "laskunumero",
                "номерсчета",
            ],
            Self::Weight => &[],
        }
    }

    /// Names that mean this field only where no better one is there.
    #[must_use]
    pub fn weak_names(self) -> &'static [&'static str] {
        match self {
            Self::Reference => &["id", "no", "nr", "number", "key", "obligation", "obligationid"],
            // A researcher's weighted edge list.
            Self::Amount => &["weight"],
            _ => &[],
        }
    }
}

/// Which column, from 0, holds each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    columns: [Option<usize>; 7],
    /// The names of all columns, as the header spells them.
    pub(crate) header: Vec<String>,
}

/// Why a header does not say where the fields are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeaderProblem {
    /// No column has a name that is known for a field that is needed.
    Missing(Field),
    /// Two columns could be the same field.
    Twice(Field, String, String),
    /// A column named by a rule is not there.
    NoSuchColumn(Field, String),
}

impl Layout {
    /// Finds the fields by the header's names and the rules.
    pub(crate) fn of_header(header: Vec<String>, rules: &Rules) -> Result<Self, HeaderProblem> {
        let normal: Vec<String> = header.iter().map(|name| normalised(name)).collect();
        let mut layout = Self { columns: [None; 7], header };
        for field in Field::NAMED {
            let column = match rule(rules, field) {
                Some(rule) => Some(layout.by_rule(field, &rule)?),
                None => layout.by_name(field, &normal, rules)?,
            };
            layout.columns[field as usize] = column;
        }
        if let Some(name) = &rules.weights {
            let column = layout.by_rule(Field::Weight, &Column::Name(name.clone()))?;
            layout.columns[Field::Weight as usize] = Some(column);
        }
        layout.complete()
    }

    /// The fields where there is no header: by the rules' numbers alone.
    pub(crate) fn of_numbers(rules: &Rules) -> Result<Self, HeaderProblem> {
        let mut layout = Self::default();
        for field in Field::NAMED {
            match rule(rules, field) {
                Some(Column::Number(number)) if number > 0 => {
                    layout.columns[field as usize] = Some(number as usize - 1);
                }
                Some(Column::Number(number)) => {
                    return Err(HeaderProblem::NoSuchColumn(field, number.to_string()));
                }
                Some(Column::Name(name)) => return Err(HeaderProblem::NoSuchColumn(field, name)),
                None => {}
            }
        }
        if let Some(name) = &rules.weights {
            return Err(HeaderProblem::NoSuchColumn(Field::Weight, name.clone()));
        }
        layout.complete()
    }

    /// The fields by names that are exact, as in JSON Lines.
    pub(crate) fn field_of(name: &str, rules: &Rules) -> Option<(Field, bool)> {
        if rules.weights.as_deref() == Some(name) {
            return Some((Field::Weight, true));
        }
        for field in Field::NAMED {
            if let Some(Column::Name(ruled)) = rule(rules, field)
                && ruled == name
            {
                return Some((field, true));
            }
        }
        let normal = normalised(name);
        let open = |field: &Field| rule(rules, *field).is_none();
        let strong = Field::NAMED.into_iter().filter(open);
        let strong = strong.into_iter().find(|f| f.known_names().contains(&normal.as_str()));
        let weak = || Field::NAMED.into_iter().find(|f| f.weak_names().contains(&normal.as_str()));
        strong.map(|f| (f, true)).or_else(|| weak().filter(open).map(|f| (f, false)))
    }

    fn complete(self) -> Result<Self, HeaderProblem> {
        for field in [Field::Debtor, Field::Creditor, Field::Amount] {
            if self.column(field).is_none() {
                return Err(HeaderProblem::Missing(field));
            }
        }
        Ok(self)
    }

    fn by_rule(&self, field: Field, rule: &Column) -> Result<usize, HeaderProblem> {
        let missing = |name: String| HeaderProblem::NoSuchColumn(field, name);
        match rule {
            Column::Number(number) => {
                let column = (*number as usize).checked_sub(1);
                let column = column.filter(|column| *column < self.header.len());
                column.ok_or_else(|| missing(number.to_string()))
            }
            Column::Name(name) => {
                let mut found =
                    self.header.iter().enumerate().filter(|(_, h)| h.trim() == name.trim());
                let (column, first) = found.next().ok_or_else(|| missing(name.clone()))?;
                match found.next() {
                    Some((_, second)) => {
                        Err(HeaderProblem::Twice(field, first.clone(), second.clone()))
                    }
                    None => Ok(column),
                }
            }
        }
    }

    fn by_name(
        &self,
        field: Field,
        normal: &[String],
        rules: &Rules,
    ) -> Result<Option<usize>, HeaderProblem> {
        for names in [field.known_names(), field.weak_names()] {
            let is_weights = |column: usize| {
                rules
                    .weights
                    .as_deref()
                    .is_some_and(|name| self.header[column].trim() == name.trim())
            };
            let mut found = (0..normal.len())
                .filter(|&column| names.contains(&normal[column].as_str()) && !is_weights(column));
            let Some(first) = found.next() else { continue };
            if let Some(second) = found.next() {
                let name = |column: usize| self.header[column].clone();
                return Err(HeaderProblem::Twice(field, name(first), name(second)));
            }
            return Ok(Some(first));
        }
        Ok(None)
    }

    /// The column of a field, from 0.
    pub(crate) fn column(&self, field: Field) -> Option<usize> {
        self.columns[field as usize]
    }

    /// The name of a field's column as the file spells it.
    pub(crate) fn name(&self, field: Field) -> String {
        let name = self.column(field).and_then(|column| self.header.get(column));
        name.map_or_else(|| field.name().to_owned(), |name| name.trim().to_owned())
    }

    /// The names of the columns that nothing is read from.
    pub(crate) fn ignored(&self) -> Vec<String> {
        let used = |column: usize| self.columns.contains(&Some(column));
        let unused = self.header.iter().enumerate().filter(|(column, _)| !used(*column));
        unused.map(|(_, name)| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    }
}

fn rule(rules: &Rules, field: Field) -> Option<Column> {
    let columns = &rules.columns;
    match field {
        Field::Debtor => columns.debtor.clone(),
        Field::Creditor => columns.creditor.clone(),
        Field::Amount => columns.amount.clone(),
        Field::Currency => columns.currency.clone(),
        Field::Due => columns.due.clone(),
        Field::Reference => columns.reference.clone(),
        Field::Weight => None,
    }
}

/// A header name as it is compared: lower case, letters and digits only.
pub(crate) fn normalised(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(header: &str) -> Result<Layout, HeaderProblem> {
        Layout::of_header(header.split(',').map(str::to_owned).collect(), &Rules::default())
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
    fn no_name_means_two_fields_and_all_are_normalised() {
        let mut all = std::collections::BTreeMap::new();
        for field in Field::NAMED {
            for name in field.known_names().iter().chain(field.weak_names()) {
                assert_eq!(normalised(name), *name);
                assert_eq!(all.insert(*name, field), None, "{name}");
            }
        }
    }

    #[test]
    fn what_could_be_two_columns_is_refused() {
        assert_eq!(
            layout("debtor,buyer,creditor,amount").unwrap_err(),
            HeaderProblem::Twice(Field::Debtor, "debtor".into(), "buyer".into())
        );
        assert_eq!(layout("a,b,c").unwrap_err(), HeaderProblem::Missing(Field::Debtor));
    }
}
