//! Figures as people read them: amounts with their currency, counts, shares, plurals.

use setoff_money::Currency;

/// `1,234.56 EUR`; amounts that came without a currency stand alone.
pub(crate) fn money(currency: Currency, sum: i128) -> String {
    let digits = currency.format_readable(sum);
    if currency == Currency::NONE { digits } else { format!("{digits} {currency}") }
}

/// ` in EUR`; nothing for amounts that came without a currency.
pub(crate) fn in_currency(currency: Currency) -> String {
    if currency == Currency::NONE { String::new() } else { format!(" in {currency}") }
}

/// What to call this currency in a table.
pub(crate) fn currency_name(currency: Currency) -> String {
    if currency == Currency::NONE { "no currency".to_owned() } else { currency.to_string() }
}

/// `12,345`.
pub(crate) fn count(n: usize) -> String {
    // A count is below 2^64.
    Currency::NONE.format_readable(i128::try_from(n).unwrap_or(i128::MAX))
}

/// `1 payment`, `12 payments`.
pub(crate) fn counted(n: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", count(n), if n == 1 { singular } else { plural })
}

/// ⌊`part` × `of` / `whole`⌋, for bars and percentages; 0 of nothing.
///
/// `part` and `whole` are not negative and below 2^126; above 2^100 the last bits are dropped,
/// which no picture shows.
pub(crate) fn scaled(part: i128, whole: i128, of: u32) -> u32 {
    let (mut part, mut whole) = (part.unsigned_abs(), whole.unsigned_abs());
    if whole >= 1 << 95 {
        (part, whole) = (part >> 32, whole >> 32);
    }
    if whole == 0 {
        return 0;
    }
    u32::try_from(part.min(whole) * u128::from(of) / whole).unwrap_or(of)
}

/// A share as a percentage, rounded down so that only the whole is ever called 100%.
pub(crate) fn percent(part: i128, whole: i128) -> String {
    let basis_points = scaled(part, whole, 10_000);
    match basis_points {
        0 if part > 0 => "under 0.01%".to_owned(),
        0 => "0%".to_owned(),
        10_000 => "100%".to_owned(),
        1..1000 => format!("{}.{:02}%", basis_points / 100, basis_points % 100),
        _ => format!("{}.{}%", basis_points / 100, basis_points % 100 / 10),
    }
}

/// A name no longer than `most` characters, for a place where the full one is given too.
pub(crate) fn shortened(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let kept: String = name.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_up_to_the_whole() {
        assert_eq!(percent(99_999, 100_000), "99.9%");
        assert_eq!(percent(1, 1), "100%");
        assert_eq!(percent(535_494_678, 61_202_827_278), "0.87%");
        assert_eq!(percent(1, 1_000_000), "under 0.01%");
        assert_eq!(percent(0, 0), "0%");
        assert_eq!(percent(1 << 124, 1 << 126), "25.0%");
    }

    #[test]
    fn counts_have_marks_and_plurals() {
        assert_eq!(counted(1, "circle", "circles"), "1 circle");
        assert_eq!(counted(12_345, "circle", "circles"), "12,345 circles");
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(shortened("Šumarstvo Žepče", 9), "Šumarstv…");
        assert_eq!(shortened("Alder", 5), "Alder");
    }
}
