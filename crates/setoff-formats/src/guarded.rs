//! Calls into `calamine`, whose arithmetic on a broken file's addresses can panic where overflow is
//! checked. Such a panic is a broken file, and told as one, in the words of this crate alone.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use calamine::XlsxError;

use crate::rejected::shown;

thread_local! {
    /// Whether this thread is inside such a call.
    static IN_CALL: Cell<bool> = const { Cell::new(false) };
}

/// Makes the process's panic hook silent inside such calls; all other panics reach it as before.
static SILENCED: Once = Once::new();

/// Calls into the reader of one workbook, which is not used again if it panics.
///
/// # Errors
/// That the workbook is broken, and what to do.
pub(crate) fn guarded<T>(call: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, String> {
    SILENCED.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            if !IN_CALL.get() {
                hook(panic);
            }
        }));
    });
    let broken = |why: &str| {
        format!("is no workbook that can be read ({why}): save it again as .xlsx or CSV")
    };
    IN_CALL.set(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    IN_CALL.set(false);
    match result {
        Ok(result) => result.map_err(|error| broken(&shown(&error.to_string()))),
        Err(_) => Err(broken("its parts contradict each other")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_reader_is_a_broken_file() {
        let told = guarded(|| -> Result<(), XlsxError> { panic!("as calamine might") });
        assert!(told.unwrap_err().contains("contradict"));
        assert!(!IN_CALL.get());
    }
}
