//! From what people write to numbers of members and obligations, and back.

use setoff_money::Currency;
use setoff_union::{
    AgreementId, Amendment, CycleId, InstructionId, MemberId, Obligation, ObligationId, ProposalId,
    State,
};

use crate::failure::Failure;
use crate::wording::money;

/// How alike a name must be to be suggested.
const ALIKE: f64 = 0.8;

/// A member by its name or its number (`3` or `#3`).
///
/// # Errors
/// [`Failure::Input`] with the most alike name.
pub(crate) fn member(state: &State, text: &str) -> Result<MemberId, Failure> {
    if let Some(found) = member_named(state, text) {
        return Ok(found);
    }
    let number = text.trim_start_matches('#').parse().ok();
    if let Some(number) = number.filter(|number| (*number as usize) < state.members().len()) {
        return Ok(MemberId(number));
    }
    let alike = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &text.to_lowercase());
    let names = state.members().iter().map(|member| member.profile.name.as_str());
    let nearest = names.max_by(|a, b| alike(a).total_cmp(&alike(b)));
    let suggestion = nearest
        .filter(|name| alike(name) >= ALIKE)
        .map_or("`setoff union member list` has their names".to_owned(), |name| {
            format!("did you mean \"{name}\"?")
        });
    Err(Failure::Input(format!("no member is named \"{text}\": {suggestion}")))
}

/// A member by its exact name. One that has left gives way to another of the same name.
pub(crate) fn member_named(state: &State, name: &str) -> Option<MemberId> {
    let numbered = (0..).map(MemberId).zip(state.members());
    let named = numbered.filter(|(_, member)| member.profile.name == name);
    named.last().map(|(number, _)| number)
}

/// Members by name or number, several to a text with commas between them.
///
/// A name may have commas of its own: the longest text that is a member's name is taken first.
///
/// # Errors
/// As [`member`].
pub(crate) fn members(state: &State, texts: &[String]) -> Result<Vec<MemberId>, Failure> {
    let mut found = Vec::new();
    for text in texts {
        let parts: Vec<&str> = text.split(',').collect();
        let mut from = 0;
        while from < parts.len() {
            let named = (from + 1..=parts.len()).rev().find_map(|to| {
                let number = member_named(state, parts[from..to].join(",").trim())?;
                Some((number, to))
            });
            let (number, to) = match named {
                Some(named) => named,
                None => (member(state, parts[from].trim())?, from + 1),
            };
            found.push(number);
            from = to;
        }
    }
    Ok(found)
}

/// The name of a member.
pub(crate) fn name(state: &State, member: MemberId) -> &str {
    &state.members()[member.0 as usize].profile.name
}

/// A name in letters and digits of ASCII with dashes between its words, for file and account names.
pub(crate) fn ascii_words(name: &str) -> String {
    let ascii = any_ascii::any_ascii(name);
    let words = ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// An obligation by its number (`17` or `#17`) or its document's, if only one has that.
///
/// A number that is also another's document is never guessed at: with `#` it is the number.
///
/// # Errors
/// [`Failure::Input`] if there is none, or several.
pub(crate) fn obligation(state: &State, text: &str) -> Result<ObligationId, Failure> {
    let with_reference = |text: &str| -> Vec<ObligationId> {
        let numbered = (0..).map(ObligationId).zip(state.obligations());
        let same = numbered.filter(|(_, found)| state.reference(found) == text);
        same.map(|(number, _)| number).collect()
    };
    let numbered = |digits: &str| {
        let number = digits.parse::<u32>().ok();
        number.filter(|n| (*n as usize) < state.obligations().len()).map(ObligationId)
    };
    if let Some(number) = text.strip_prefix('#').and_then(numbered) {
        return Ok(number);
    }
    let same = with_reference(text);
    if let Some(number) = numbered(text) {
        return match same.iter().find(|other| **other != number) {
            None => Ok(number),
            Some(other) => Err(Failure::Input(format!(
                "\"{text}\" is the number of one obligation and the reference of another: say \
                 \"#{}\" for {}, \"#{}\" for {}",
                number.0,
                obligation_line(state, number),
                other.0,
                obligation_line(state, *other)
            ))),
        };
    }
    match same[..] {
        [only] => Ok(only),
        [] => Err(Failure::Input(format!(
            "no obligation has the number or the reference \"{text}\": `setoff union \
             obligations` lists them"
        ))),
        [first, second, ..] => Err(Failure::Input(format!(
            "several obligations have the reference \"{text}\": say \"#{}\" or \"#{}\", or \
             another by its number",
            first.0, second.0
        ))),
    }
}

/// `17: Alder owes Birch 100.00 EUR, due 2026-10-31, INV-1`.
pub(crate) fn obligation_line(state: &State, number: ObligationId) -> String {
    let found = &state.obligations()[number.0 as usize];
    format!(
        "{}: {} owes {} {}, due {}, {}",
        number.0,
        name(state, found.debtor),
        name(state, found.creditor),
        outstanding(state, found),
        found.due,
        state.reference(found)
    )
}

/// What is outstanding of an obligation, with its currency.
pub(crate) fn outstanding(state: &State, found: &Obligation) -> String {
    money(currency(state, found), found.outstanding.wide())
}

/// What one side asks of the other, behind "asks".
pub(crate) fn wish(state: &State, currency: Currency, amendment: &Amendment) -> String {
    match amendment {
        Amendment::Withdraw => "to withdraw it".to_owned(),
        Amendment::Correct { outstanding, due } => {
            format!("to correct it to {}, due {due}", money(currency, outstanding.wide()))
        }
        Amendment::Assign { to } => format!("{} to take it over", name(state, *to)),
    }
}

/// The currency of an obligation.
pub(crate) fn currency(state: &State, found: &Obligation) -> Currency {
    state.currencies()[usize::from(found.currency.0)]
}

/// A text of the rules with the names of those it numbers: `member 3` becomes `member 3 (Birch)`.
pub(crate) fn explained(state: &State, text: &str) -> String {
    let mut explained = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("member ") {
        let (before, after) = rest.split_at(at + "member ".len());
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let (number, behind) = after.split_at(digits);
        explained.push_str(before);
        explained.push_str(number);
        let found = number.parse::<usize>().ok().and_then(|number| state.members().get(number));
        if let Some(found) = found {
            explained.push_str(" (");
            explained.push_str(&found.profile.name);
            explained.push(')');
        }
        rest = behind;
    }
    explained.push_str(rest);
    explained
}

macro_rules! numbered {
    ($($(#[$doc:meta])* $function:ident($id:ident, $all:ident, $noun:literal);)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// [`Failure::Input`] if there is none.
        pub(crate) fn $function(state: &State, text: &str) -> Result<$id, Failure> {
            let count = state.$all().len();
            let number = text.trim_start_matches('#').parse().ok();
            number.filter(|number| (*number as usize) < count).map($id).ok_or_else(|| {
                Failure::Input(match count {
                    0 => format!("there is no {} yet", $noun),
                    _ => format!("{} \"{text}\": they are numbered 0 to {}", $noun, count - 1),
                })
            })
        }
    )*};
}

numbered! {
    /// A cycle by its number.
    cycle(CycleId, cycles, "cycle");
    /// A proposal by its number.
    proposal(ProposalId, proposals, "proposal");
    /// A settlement instruction by its number.
    instruction(InstructionId, instructions, "settlement instruction");
    /// An agreement by its number.
    agreement(AgreementId, agreements, "agreement");
}

#[cfg(test)]
mod tests {
    use setoff_union::testing::Union;

    use super::*;

    #[test]
    fn members_are_known_by_name_and_number_and_the_nearest_is_suggested() {
        let union = Union::founded(&["Alder AG", "Birch Ltd", "7"]);

        assert_eq!(member(&union.state, "Birch Ltd").ok(), Some(MemberId(1)));
        assert_eq!(member(&union.state, "#0").ok(), Some(MemberId(0)));
        assert_eq!(member(&union.state, "7").ok(), Some(MemberId(2)), "a name goes first");
        let unknown = member(&union.state, "birch ltd.").unwrap_err().to_string();
        assert!(unknown.contains("did you mean \"Birch Ltd\"?"), "{unknown}");
    }

    #[test]
    fn several_members_are_named_with_commas_between_them_also_those_with_commas_of_their_own() {
        let union = Union::founded(&["Alder", "Birch, Ltd", "Birch", "Cedar"]);
        let named = |text: &str| members(&union.state, &[text.to_owned()]).ok();

        assert_eq!(
            named("Alder,Birch, Ltd,Cedar"),
            Some(vec![MemberId(0), MemberId(1), MemberId(3)])
        );
        assert_eq!(named("Birch, Alder"), Some(vec![MemberId(2), MemberId(0)]));
        assert_eq!(named("0,3"), Some(vec![MemberId(0), MemberId(3)]));
        assert_eq!(named("Alder,Oak"), None);
    }

    #[test]
    fn a_refusal_names_whom_it_numbers() {
        let union = Union::founded(&["Alder AG", "Birch Ltd"]);
        let text = explained(&union.state, "member 1 has left; member 9 has not; a member too");

        assert_eq!(text, "member 1 (Birch Ltd) has left; member 9 has not; a member too");
    }
}
