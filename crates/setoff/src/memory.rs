//! The memory that a clearing takes, said before it begins.

use setoff_clearing::memory_needed;
use setoff_formats::Obligations;

/// A debt of a network: debtor, creditor, amount and weight.
const A_DEBT: u64 = 24;

/// The most bytes that the optimiser takes at once, beside what is read: each currency clears by itself,
/// unless all do `together`.
pub(crate) fn for_clearing(obligations: &Obligations, together: bool) -> u64 {
    let rows = obligations.rows();
    let members = u32::try_from(obligations.names().len()).unwrap_or(u32::MAX);
    let most = if together {
        rows.len()
    } else {
        let mut counts = vec![0_usize; obligations.currencies().len()];
        for row in rows {
            counts[usize::from(row.currency)] += 1;
        }
        counts.into_iter().max().unwrap_or(0)
    };
    let network = u64::try_from(most).unwrap_or(u64::MAX).saturating_mul(A_DEBT);
    memory_needed(members, most).saturating_add(network)
}

/// What to say before a clearing that may take more memory than is free.
pub(crate) fn warning(needed: u64) -> Option<String> {
    let free = free()?;
    (needed > free).then(|| {
        format!(
            "WARNING: clearing takes up to {} of memory beside what is in use, and {} are free: it may \
             become very slow, or the system may end it.",
            megabytes(needed),
            megabytes(free)
        )
    })
}

/// `96 MB`, rounded up.
pub(crate) fn megabytes(bytes: u64) -> String {
    let whole = usize::try_from(bytes.div_ceil(1_000_000)).unwrap_or(usize::MAX);
    format!("{} MB", crate::wording::count(whole))
}

/// The bytes that programs can still have without anything being moved to disk, where Linux says so.
fn free() -> Option<u64> {
    available(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_read_as_linux_writes_it() {
        let meminfo = "MemTotal:       24576000 kB\nMemAvailable:   20000000 kB\nBuffers: 1 kB\n";

        assert_eq!(available(meminfo), Some(20_480_000_000));
        assert_eq!(available("MemTotal: 1 kB\n"), None);
    }

    #[test]
    fn who_needs_more_than_any_machine_has_is_warned() {
        if free().is_some() {
            let warning = warning(u64::MAX).unwrap();
            assert!(warning.starts_with("WARNING: clearing takes up to 18,446,744,073,710 MB"));
        }
        assert_eq!(super::warning(0), None);
    }
}
