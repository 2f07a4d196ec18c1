//! Amounts and currency codes as they stand in documents, before they meet a union's currencies.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use setoff_money::{Currency, Decimal, Minor};

use crate::{CurrencyId, Refusal, State};

/// An amount as a decimal text of major units, such as `"1234.50"`.
///
/// A JSON number is not accepted: its reader may round it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(pub Decimal);

impl Amount {
    /// The whole minor units of it in a currency, above zero and exactly.
    pub(crate) fn minor(self, currency: &Currency) -> Result<Minor, Refusal> {
        let wrong = |why| Refusal::NoAmount { amount: self, currency: Code::of(currency), why };
        let minor = self.0.in_minor_units(currency).map_err(|error| wrong(error.to_string()))?;
        if minor <= Minor(0) {
            return Err(wrong("is not above zero".to_owned()));
        }
        Ok(minor)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, "a string", |text| {
            text.parse().map(Self).map_err(|error| format!("the amount \"{text}\" {error}"))
        })
    }
}

/// A currency's code as it stands in a document, such as `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code([u8; 12]);

impl Code {
    /// The code of a currency.
    #[must_use]
    pub fn of(currency: &Currency) -> Self {
        Self::padded(currency.code()).unwrap_or(Self([0; 12]))
    }

    fn padded(text: &str) -> Option<Self> {
        let good = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let mut code = [0; 12];
        code.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        (good && text.len() >= 3).then_some(Self(code))
    }

    fn text(&self) -> &str {
        let end = self.0.iter().position(|&byte| byte == 0).unwrap_or(self.0.len());
        std::str::from_utf8(&self.0[..end]).expect("codes are ASCII by construction")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = |text: &str| {
            format!("\"{text}\" is not a currency code: 3 to 12 upper-case letters and digits")
        };
        from_text(deserializer, "a string", |text| Self::padded(text).ok_or_else(|| wrong(text)))
    }
}

/// Reads a value from its text without a copy of that: a file of obligations has millions of them.
pub(crate) fn from_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &'static str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct Text<F>(&'static str, F);

    impl<T, F: FnOnce(&str) -> Result<T, String>> de::Visitor<'_> for Text<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            (self.1)(text).map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Text(expected, read))
}

/// Amounts by currency, each currency once: of a name that stands twice in a JSON object most
/// readers take the last and some the first, and people who sign it must not mean different things.
pub(crate) fn by_code<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Code, Amount>, D::Error> {
    struct Once;

    impl<'de> de::Visitor<'de> for Once {
        type Value = BTreeMap<Code, Amount>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("amounts by currency, each currency once")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut read: A) -> Result<Self::Value, A::Error> {
            let mut amounts = BTreeMap::new();
            while let Some((code, amount)) = read.next_entry()? {
                if amounts.insert(code, amount).is_some() {
                    return Err(de::Error::custom(format!("{code} stands in it twice")));
                }
            }
            Ok(amounts)
        }
    }

    deserializer.deserialize_map(Once)
}

impl State {
    /// The union's currency with this code.
    pub(crate) fn currency_of(&self, code: Code) -> Result<(CurrencyId, Currency), Refusal> {
        (0..)
            .zip(self.currencies())
            .find(|(_, currency)| Code::of(currency) == code)
            .map(|(number, currency)| (CurrencyId(number), *currency))
            .ok_or(Refusal::NoSuchCurrency { code })
    }
}
