//! Where the optimiser was stopped: is the gap to the largest what the potentials show?
//!
//! A certificate that states a gap lets rows be discharged otherwise than their gains ask. What that
//! misses, row by row the size of the gain times what is discharged too little or too much, adds up
//! to the gap: no set-off is worth more than by that.

use super::certificate::CertifiedClearing;
use super::claims::Claims;
use super::findings::{Findings, quoted};
use super::tally::Tally;
use crate::choosing::Among;
use crate::outcome::Mode;

/// Checks the gaps that the certificate states of one clearing.
pub(super) fn check(
    claims: &Claims,
    tally: &Tally,
    certified: &CertifiedClearing,
    findings: &mut Findings,
) {
    if !certified.is_stopped() {
        // Every row is as its gain asks, or that was a finding.
        return;
    }
    let is_possible =
        claims.mode == Mode::SetOff && !claims.whole && claims.among == Among::Default;
    if !is_possible || (certified.gap.is_some() && certified.classes.is_some()) {
        findings.add(|| {
            format!("certificate.json: {}: gap must not be there in this mode", tally.currency)
        });
        return;
    }
    // The first class that misses something; of those behind it nothing is proven.
    let first = tally.classes.iter().position(|class| class.missed != Some(0));
    for (place, stated) in certified.gaps().into_iter().enumerate() {
        let expected = tally.classes.get(place).filter(|_| first == Some(place));
        let expected = expected.map(|class| class.missed.map(|missed| missed.to_string()));
        if stated == expected.as_ref().and_then(Option::as_deref) && expected != Some(None) {
            continue;
        }
        findings.add(|| {
            let stated = stated.map_or("not there".to_owned(), |s| quoted(s.as_bytes()));
            let expected = match &expected {
                None => "none".to_owned(),
                Some(None) => "one below 2^128".to_owned(),
                Some(Some(missed)) => format!("{missed:?}"),
            };
            let currency = tally.currency;
            format!("certificate.json: {currency}: gap is {stated}, expected {expected}")
        });
    }
}
