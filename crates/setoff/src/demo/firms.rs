//! Who is in the demo: forty firms and an accountant, all made up.

/// The firms that found the union: name, country, group.
pub(super) const FOUNDERS: [(&str, &str, Option<&str>); 34] = [
    ("Adler Maschinen GmbH", "AT", None),
    ("Bora Trade d.o.o.", "SI", None),
    ("Cedrus Legno S.p.A.", "IT", None),
    ("Drava Energija d.d.", "SI", None),
    ("Elbe Chemie AG", "CH", None),
    ("Fichte Holzbau GmbH", "AT", None),
    ("Gornik Transport d.o.o.", "SI", None),
    ("Hirsch Optik AG", "CH", None),
    ("Idro Impianti S.r.l.", "IT", None),
    ("Jelka Papir d.o.o.", "SI", None),
    ("Karst Kamen d.o.o.", "SI", None),
    ("Lago Tessuti S.p.A.", "IT", None),
    ("Murtal Stahl GmbH", "AT", None),
    ("Napf Milch AG", "CH", None),
    ("Ossola Pietre S.r.l.", "IT", None),
    ("Pohorje Les d.o.o.", "SI", None),
    ("Quelle Getränke GmbH", "AT", None),
    ("Rosa Packaging S.r.l.", "IT", None),
    ("Sava Orodja d.d.", "SI", None),
    ("Tauern Logistik GmbH", "AT", Some("Tauern")),
    ("Tauern Kühlhaus GmbH", "AT", Some("Tauern")),
    ("Uri Präzision AG", "CH", None),
    ("Vinska Klet d.o.o.", "SI", None),
    ("Walensee Textil AG", "CH", None),
    ("Zirbe Möbel GmbH", "AT", None),
    ("Alba Alimentari S.p.A.", "IT", None),
    ("Brenta Macchine S.r.l.", "IT", None),
    ("Celje Cink d.d.", "SI", None),
    ("Donau Druck GmbH", "AT", None),
    ("Engadin Holz AG", "CH", None),
    ("Friuli Vetro S.r.l.", "IT", None),
    ("Glarus Kunststoff AG", "CH", None),
    ("Hrast Pohištvo d.o.o.", "SI", None),
    ("Isonzo Carta S.p.A.", "IT", None),
];

/// The firms that join in the course of the year.
pub(super) const JOINERS: [(&str, &str); 6] = [
    ("Jura Uhren AG", "CH"),
    ("Koralm Tunnelbau GmbH", "AT"),
    ("Ljubljanica Mlini d.o.o.", "SI"),
    ("Marmo Apuano S.r.l.", "IT"),
    ("Nadiža Sadje d.o.o.", "SI"),
    ("Ortler Sport GmbH", "AT"),
];

/// The accountant, who acts for firms that let it.
pub(super) const ACCOUNTANT: (&str, &str) = ("Računovodstvo Kolar d.o.o.", "SI");
