//! Bad rows in words, for the person who must mend them: all of them if they are few, otherwise so
//! that every cause is seen.

use setoff_formats::{Reading, SameCause};

use crate::wording::count;

/// How many bad rows are told with their values.
pub(crate) const TOLD: usize = 20;

/// What is told of the bad rows, a line each.
///
/// Up to [`TOLD`] rows are told one by one. Where there are more, the first one or two of each
/// cause are, [`TOLD`] together, and the others of the cause by their lines; then how many more.
pub(crate) fn told(reading: &Reading) -> Vec<String> {
    if reading.rejected_count <= TOLD as u64 {
        return reading.rejected.iter().map(ToString::to_string).collect();
    }
    let causes = &reading.causes[..reading.causes.len().min(TOLD)];
    let mut room = TOLD - causes.len();
    let mut lines = Vec::new();
    let mut left = reading.rejected_count;
    for cause in causes {
        let in_full = match cause.first.len() {
            2 if room > 0 => {
                room -= 1;
                2
            }
            _ => 1,
        };
        lines.extend(cause.first[..in_full].iter().map(ToString::to_string));
        lines.extend(more_of(cause, in_full, reading.files.len() > 1));
        left -= cause.count;
    }
    if left > 0 {
        lines.push(format!("… and {} more bad {}", number(left), rows(left)));
    }
    lines
}

/// The rows of a cause behind those that are told in full.
fn more_of(cause: &SameCause, in_full: usize, several_files: bool) -> Option<String> {
    let more = cause.count - in_full as u64;
    if more == 0 {
        return None;
    }
    let skipped = cause.first[in_full..].iter().map(|rejected| rejected.place.line);
    let listed: Vec<String> =
        skipped.chain(cause.lines.iter().copied()).take(10).map(|line| line.to_string()).collect();
    let and_on = if more > listed.len() as u64 { ", …" } else { "" };
    let these = if in_full == 1 { "this" } else { "these" };
    let file = if several_files { format!(" of {}", cause.first[0].file) } else { String::new() };
    let lines = if more == 1 { "line" } else { "lines" };
    let all = listed.join(", ");
    Some(format!("  … and {} more like {these} ({lines} {all}{and_on}{file})", number(more)))
}

fn rows(count: u64) -> &'static str {
    if count == 1 { "row" } else { "rows" }
}

fn number(of: u64) -> String {
    count(usize::try_from(of).unwrap_or(usize::MAX))
}
