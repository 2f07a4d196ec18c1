//! What a column can hold, and the names that people give such columns.

use std::fmt;

use serde::Serialize;

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

    /// All fields, the weight too, in the order of their numbers.
    pub(crate) const ALL: [Self; 7] = [
        Self::Debtor,
        Self::Creditor,
        Self::Amount,
        Self::Currency,
        Self::Due,
        Self::Reference,
        Self::Weight,
    ];

    /// The fields without which there is no obligation.
    pub(crate) const NEEDED: [Self; 3] = [Self::Debtor, Self::Creditor, Self::Amount];

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
    #[allow(clippy::too_many_lines, reason = "it is a table")]
    pub fn known_names(self) -> &'static [&'static str] {
        match self {
            Self::Debtor => &[
                "debtor",
                "debtorname",
                "fromentity",
                "fromcompany",
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
                "debitorname",
                "debitorenname",
                "kundenname",
                "schuldnername",
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
                "toentity",
                "tocompany",
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
                "kreditorname",
                "kreditorenname",
                "lieferantenname",
                "gläubigername",
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
                "whrg",
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

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A header name as it is compared: lower case, letters and digits only, without what stands behind
/// it in brackets, such as a unit.
pub(crate) fn normalised(name: &str) -> String {
    let name = match name.split_once('(') {
        Some((before, _)) if !before.trim().is_empty() => before,
        _ => name,
    };
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
